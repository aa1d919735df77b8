//! A summary laid out as a table. Pure.

use std::cmp::Reverse;

use super::{CompletionSummary, ListedAssociation, SummaryLine, SummaryQuery};
use crate::completion::words;
use crate::decimal::Amount;
use crate::error::{ApiResult, Language, Text};
use crate::exports::require_whole;
use crate::tabular::table::{Chart, Column, Fact, Kind, Table};
use crate::tabular::write::Cell;

/// How many of the columns are printed.
pub(crate) const PRINTED: usize = 8;

/// What stands in a line.
#[rustfmt::skip]
pub(crate) const COLUMNS: &[Column<SummaryLine>] = &[
    Column::new("组织", "Association", Kind::Text, |line, _| (&line.association.name).into()),
    Column::new("组织类型", "Kind", Kind::Text, |line, language| line.association.kind.words().get(language).into()),
    Column::new("组织级别", "Level", Kind::Text, |line, language| line.association.level.words().get(language).into()),
    Column::new("得分", "Score", Kind::Bar, |line, _| line.score.into()),
    Column::new("目标数", "Targets", Kind::Count, |line, _| Cell::count(line.targets)),
    Column::new("达标数", "Targets met", Kind::Count, |line, _| Cell::count(line.met)),
    Column::new("计分权重", "Weight", Kind::Quantity, |line, _| line.weight.into()),
    Column::new("无得分原因", "Why no score", Kind::Text, |line, language| line.reason.map(|reason| reason.words().get(language)).into()),
    Column::new("组织编码", "Association code", Kind::Text, |line, _| (&line.association.code).into()),
    Column::new("类型代码", "Kind code", Kind::Text, |line, _| line.association.kind.as_ref().into()),
    Column::new("级别代码", "Level code", Kind::Text, |line, _| line.association.level.as_ref().into()),
    Column::new("原因代码", "Reason code", Kind::Text, |line, _| line.reason.as_ref().map(AsRef::as_ref).into()),
];

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
    facts.push(Fact::new(Text::new("组织数", "How many"), summary.total));
    let scores = summary.items.iter().map(|line| (&line.association, line.score));
    Ok(Table {
        chart: Some(best(scores, words::SCORE_HEADING, (&title, language))),
        others: Vec::new(),
        title,
        sheet: Text::new("汇总", "Summary"),
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
