//! A summary laid out as a table. Pure.

use std::cmp::Reverse;

use super::{CompletionSummary, ListedAssociation, NoScore, SummaryLine, SummaryQuery};
use crate::completion::words;
use crate::decimal::Amount;
use crate::error::{ApiResult, Language, Text};
use crate::exports::require_whole;
use crate::tabular::table::{Chart, Column, Fact, Kind, Table};
use crate::tabular::write::Cell;

/// How many of the columns are printed.
const PRINTED: usize = 8;

#[rustfmt::skip]
const COLUMNS: &[Column<SummaryLine>] = &[
    Column::new("Association", "组织", Kind::Text, |line, _| (&line.association.name).into()),
    Column::new("Kind", "组织类型", Kind::Text, |line, language| line.association.kind.in_words().get(language).into()),
    Column::new("Level", "组织级别", Kind::Text, |line, language| line.association.level.in_words().get(language).into()),
    Column::new("Score", "得分", Kind::Bar, |line, _| line.score.into()),
    Column::new("Targets", "目标数", Kind::Count, |line, _| Cell::count(line.targets)),
    Column::new("Targets met", "达标数", Kind::Count, |line, _| Cell::count(line.met)),
    Column::new("Weight", "计分权重", Kind::Quantity, |line, _| line.weight.into()),
    Column::new("Why no score", "无得分原因", Kind::Text, |line, language| line.reason.map(|reason| no_score(reason).get(language)).into()),
    Column::new("Association code", "组织编码", Kind::Text, |line, _| (&line.association.code).into()),
    Column::new("Kind code", "类型代码", Kind::Text, |line, _| line.association.kind.as_ref().into()),
    Column::new("Level code", "级别代码", Kind::Text, |line, _| line.association.level.as_ref().into()),
    Column::new("Reason code", "原因代码", Kind::Text, |line, _| line.reason.as_ref().map(AsRef::as_ref).into()),
];

/// Why an association has no score.
pub(crate) const fn no_score(reason: NoScore) -> Text {
    match reason {
        NoScore::NoTarget => Text::new("No target", "没有目标"),
        NoScore::NothingScorable => Text::new("Nothing that can be scored", "没有可计分的目标"),
    }
}

/// Lays out a summary.
///
/// # Errors
/// `too_many_for_file`.
pub(super) fn table(
    summary: CompletionSummary,
    query: &SummaryQuery,
    language: Language,
) -> ApiResult<Table<SummaryLine>> {
    require_whole(summary.next_cursor.as_ref())?;
    let title = match language {
        Language::English => format!("Completion by association in {}", summary.year),
        Language::Chinese => format!("{}年目标完成情况汇总", summary.year),
    };
    let mut facts = words::facts(summary.year, summary.as_of, summary.basis, language);
    facts.extend(query.associations().facts(language));
    facts.push(Fact::new(Text::new("How many", "组织数"), summary.total));
    let scores = summary.items.iter().map(|line| (&line.association, line.score));
    Ok(Table {
        chart: Some(best(scores, words::SCORE_HEADING, (&title, language))),
        title,
        sheet: Text::new("Summary", "汇总"),
        language,
        as_of: summary.as_of,
        facts,
        remarks: vec![words::SCORE, words::LINE_SCORE, words::RATE],
        columns: COLUMNS,
        printed: PRINTED,
        rows: summary.items,
    })
}

/// How many associations are drawn at most.
const DRAWN: usize = 20;

/// Draws the best of these scores or rates, the best first, ties in the order they come in.
pub(crate) fn best<'a>(
    values: impl Iterator<Item = (&'a ListedAssociation, Option<Amount>)>,
    measure: Text,
    (title, language): (&str, Language),
) -> Chart {
    let mut best: Vec<_> = values.filter_map(|(association, value)| Some((association, value?))).collect();
    best.sort_by_key(|(_, value)| Reverse(*value));
    best.truncate(DRAWN);
    let title = match language {
        Language::English => format!("{title}: the first {}", best.len()),
        Language::Chinese => format!("{title}（前{}名）", best.len()),
    };
    let bars = best.into_iter().map(|(association, value)| (association.name.clone(), value)).collect();
    Chart { title, measure, bars }
}
