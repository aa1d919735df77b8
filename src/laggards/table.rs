//! Laggards laid out as a table. Pure.

use super::{Laggard, LaggardQuery, LaggardStatus, Laggards};
use crate::completion::words;
use crate::error::{ApiResult, Language, Text};
use crate::exports::require_whole;
use crate::rule::Status;
use crate::tabular::table::{Column, Fact, Kind, Table};
use crate::tabular::write::Cell;

/// How many of the columns are printed.
pub(crate) const PRINTED: usize = 14;

const HOW: Text = Text::new(
    "列出落后于序时进度的全部目标，最差的在前：进度偏差为得分减序时进度，尚未报送的得分为 0。",
    "Listed is every target that is behind the pace, the worst first: the deviation is the score minus the pace, and \
     nothing reported scores 0.",
);

/// Of those asked for by one of the statuses that are listed whole.
const HOW_WHOLE: Text = Text::new(
    "列出该状态的全部目标，最差的在前：进度偏差为得分减序时进度，分月计划尚无更多要求的，偏差为 0 或以上；尚未报送的得分为 0。",
    "Listed is every target of this status, the worst first: the deviation is the score minus the pace, 0 or above where the \
     monthly plan expects no more by now, and nothing reported scores 0.",
);

/// What stands in a line.
#[rustfmt::skip]
pub(crate) const COLUMNS: &[Column<Laggard>] = &[
    Column::new("组织", "Association", Kind::Text, |line, _| (&line.association.name).into()),
    Column::new("指标", "Indicator", Kind::Text, |line, _| line.indicator.name.as_ref().unwrap_or(&line.indicator.code).into()),
    Column::new("单位", "Unit", Kind::Text, |line, _| (&line.indicator.unit).into()),
    Column::new("界限", "Bound", Kind::Text, |line, language| words::bound(line.target.bound).get(language).into()),
    Column::new("目标", "Target", Kind::Quantity, |line, _| line.target.value.into()),
    Column::new("实绩", "Actual", Kind::Quantity, |line, _| line.actual.as_ref().map(|actual| actual.value).into()),
    Column::new("完成率", "Rate", Kind::Bar, |line, _| line.rate.into()),
    Column::new("得分", "Score", Kind::Bar, |line, _| line.score.into()),
    Column::new("序时进度", "Pace", Kind::Share, |line, _| line.pace.expected.into()),
    Column::new("进度偏差", "Deviation", Kind::Share, |line, _| line.deviation.into()),
    Column::new("差额", "Gap", Kind::Quantity, |line, _| line.gap.into()),
    Column::new("状态", "Status", words::STATUS, |line, language| line.status.words().get(language).into()),
    Column::new("无完成率原因", "Why no rate", Kind::Text, |line, language| line.reason.map(|reason| reason.words().get(language)).into()),
    Column::new("含约数", "Approximate", Kind::Text, |line, language| words::yes_or_no(line.approximate).get(language).into()),
    Column::new("组织编码", "Association code", Kind::Text, |line, _| (&line.association.code).into()),
    Column::new("指标编码", "Indicator code", Kind::Text, |line, _| (&line.indicator.code).into()),
    Column::new("上级指标编码", "Parent indicator", Kind::Text, |line, _| line.indicator.parent.as_ref().into()),
    Column::new("目标上限", "Upper end", Kind::Quantity, |line, _| line.target.upper.into()),
    Column::new("权重", "Weight", Kind::Quantity, |line, _| line.target.weight.into()),
    Column::new("是否达标", "Met", Kind::Text, |line, language| line.met.map(|met| words::yes_or_no(met).get(language)).into()),
    Column::new("状态代码", "Status code", Kind::Text, |line, _| line.status.as_ref().into()),
    Column::new("原因代码", "Reason code", Kind::Text, |line, _| line.reason.as_ref().map(AsRef::as_ref).into()),
    Column::new("完成率减序时进度", "Rate minus pace", Kind::Share, |line, _| line.pace.deviation.into()),
    Column::new("分子", "Numerator", Kind::Quantity, |line, _| line.actual.as_ref().and_then(|actual| actual.numerator).into()),
    Column::new("分母", "Denominator", Kind::Quantity, |line, _| line.actual.as_ref().and_then(|actual| actual.denominator).into()),
    Column::new("实绩条数", "Actuals", Kind::Count, |line, _| line.actual.as_ref().map(|actual| Cell::count(actual.count)).into()),
];

/// Lays out laggards.
///
/// # Errors
/// `too_many_for_file`.
pub(super) fn table(laggards: Laggards, query: &LaggardQuery, language: Language) -> ApiResult<Table<Laggard>> {
    require_whole(laggards.next_cursor.as_ref())?;
    let how = if query.status.is_some_and(LaggardStatus::is_whole) { HOW_WHOLE } else { HOW };
    let title = match language {
        Language::English => format!("Targets behind the pace in {}", laggards.year),
        Language::Chinese => format!("{}年落后指标", laggards.year),
    };
    let mut facts = words::facts(laggards.year, laggards.as_of, laggards.basis, language);
    facts.extend(query.associations().facts(language));
    facts.extend(query.indicator.as_ref().map(|code| Fact::new(words::INDICATOR, code)));
    facts.extend(query.category.as_ref().map(|category| Fact::new(Text::new("指标类别", "Category"), category)));
    let status = query.status.map(|status| Status::from(status).words().get(language));
    facts.extend(status.map(|status| Fact::new(Text::new("状态", "Status"), status)));
    facts.push(Fact::new(Text::new("条数", "How many"), laggards.items.len()));
    Ok(Table {
        chart: None,
        others: Vec::new(),
        title,
        sheet: Text::new("落后指标", "Behind the pace"),
        language,
        as_of: laggards.as_of,
        facts,
        remarks: vec![how, words::PACE, words::RATE, words::NO_RATE, words::LINE_SCORE],
        columns: COLUMNS,
        printed: PRINTED,
        rows: laggards.items,
    })
}
