//! Laggards laid out as a table. Pure.

use super::{Laggard, LaggardQuery, Laggards};
use crate::completion::words;
use crate::error::{ApiResult, Language, Text};
use crate::exports::require_whole;
use crate::tabular::table::{Column, Fact, Kind, Table};
use crate::tabular::write::Cell;

/// How many of the columns are printed.
const PRINTED: usize = 14;

const HOW: Text = Text::new(
    "Listed is every target whose progress is behind the pace, the worst first: progress is the rate, or where there is \
     none the score; nothing reported counts as 0.",
    "列出进度落后于序时进度的全部目标，最差的在前：完成进度取完成率，没有完成率的取得分；尚未报送的按 0 计。",
);

#[rustfmt::skip]
const COLUMNS: &[Column<Laggard>] = &[
    Column::new("Association", "组织", Kind::Text, |line, _| (&line.association.name).into()),
    Column::new("Indicator", "指标", Kind::Text, |line, _| line.indicator.name.as_ref().unwrap_or(&line.indicator.code).into()),
    Column::new("Unit", "单位", Kind::Text, |line, _| (&line.indicator.unit).into()),
    Column::new("Bound", "界限", Kind::Text, |line, language| words::bound(line.target.bound).get(language).into()),
    Column::new("Target", "目标", Kind::Quantity, |line, _| line.target.value.into()),
    Column::new("Actual", "实绩", Kind::Quantity, |line, _| line.actual.as_ref().map(|actual| actual.value).into()),
    Column::new("Rate", "完成率", Kind::Bar, |line, _| line.rate.into()),
    Column::new("Score", "得分", Kind::Bar, |line, _| line.score.into()),
    Column::new("Pace", "序时进度", Kind::Share, |line, _| line.pace.expected.into()),
    Column::new("Deviation", "进度偏差", Kind::Share, |line, _| line.deviation.into()),
    Column::new("Gap", "差额", Kind::Quantity, |line, _| line.gap.into()),
    Column::new("Status", "状态", words::STATUS, |line, language| words::status(line.status).get(language).into()),
    Column::new("Why no rate", "无完成率原因", Kind::Text, |line, language| line.reason.map(|reason| words::reason(reason).get(language)).into()),
    Column::new("Approximate", "含约数", Kind::Text, |line, language| words::yes_or_no(line.approximate).get(language).into()),
    Column::new("Association code", "组织编码", Kind::Text, |line, _| (&line.association.code).into()),
    Column::new("Indicator code", "指标编码", Kind::Text, |line, _| (&line.indicator.code).into()),
    Column::new("Parent indicator", "上级指标编码", Kind::Text, |line, _| line.indicator.parent.as_ref().into()),
    Column::new("Upper end", "目标上限", Kind::Quantity, |line, _| line.target.upper.into()),
    Column::new("Weight", "权重", Kind::Quantity, |line, _| line.target.weight.into()),
    Column::new("Met", "是否达标", Kind::Text, |line, language| line.met.map(|met| words::yes_or_no(met).get(language)).into()),
    Column::new("Status code", "状态代码", Kind::Text, |line, _| line.status.as_ref().into()),
    Column::new("Reason code", "原因代码", Kind::Text, |line, _| line.reason.as_ref().map(AsRef::as_ref).into()),
    Column::new("Rate minus pace", "完成率减序时进度", Kind::Share, |line, _| line.pace.deviation.into()),
    Column::new("Numerator", "分子", Kind::Quantity, |line, _| line.actual.as_ref().and_then(|actual| actual.numerator).into()),
    Column::new("Denominator", "分母", Kind::Quantity, |line, _| line.actual.as_ref().and_then(|actual| actual.denominator).into()),
    Column::new("Actuals", "实绩条数", Kind::Count, |line, _| line.actual.as_ref().map(|actual| Cell::count(actual.count)).into()),
];

/// Lays out laggards.
///
/// # Errors
/// `too_many_for_file`.
pub(super) fn table(laggards: Laggards, query: &LaggardQuery, language: Language) -> ApiResult<Table<Laggard>> {
    require_whole(laggards.next_cursor.as_ref())?;
    let title = match language {
        Language::English => format!("Targets behind the pace in {}", laggards.year),
        Language::Chinese => format!("{}年落后指标", laggards.year),
    };
    let mut facts = words::facts(laggards.year, laggards.as_of, laggards.basis, language);
    facts.extend(query.associations().facts(language));
    facts.extend(query.indicator.as_ref().map(|code| Fact::new(words::INDICATOR, code)));
    facts.extend(query.category.as_ref().map(|category| Fact::new(Text::new("Category", "指标类别"), category)));
    let status = query.status.map(|status| words::status(status.into()).get(language));
    facts.extend(status.map(|status| Fact::new(Text::new("Status", "状态"), status)));
    facts.push(Fact::new(Text::new("How many", "条数"), laggards.items.len()));
    Ok(Table {
        chart: None,
        title,
        sheet: Text::new("Behind the pace", "落后指标"),
        language,
        as_of: laggards.as_of,
        facts,
        remarks: vec![HOW, words::PACE, words::RATE, words::NO_RATE, words::LINE_SCORE],
        columns: COLUMNS,
        printed: PRINTED,
        rows: laggards.items,
    })
}
