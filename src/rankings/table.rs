//! A ranking laid out as a table. Pure.

use super::{Ranking, RankingLine, RankingQuery};
use crate::completion::words;
use crate::error::{ApiResult, Language, Text};
use crate::exports::require_whole;
use crate::standings::table::best;
use crate::tabular::table::{Column, Fact, Kind, Table};
use crate::tabular::write::Cell;

/// How many of the columns are printed.
pub(crate) const PRINTED: usize = 8;

const HOW: Text = Text::new(
    "标准竞赛排名（1-2-2-4）：名次 = 优于本组织的组织数 + 1；并列者按名称排列。没有名次的列在最后并注明原因。",
    "Standard competition ranking (1-2-2-4): a rank is one more than the number of those who are better; ties are listed \
     by name. Who has no rank stands last, with the reason.",
);

/// What stands in a line.
#[rustfmt::skip]
pub(crate) const COLUMNS: &[Column<RankingLine>] = &[
    Column::new("名次", "Rank", Kind::Count, |line, _| line.rank.map(Cell::count).into()),
    Column::new("组织", "Association", Kind::Text, |line, _| (&line.association.name).into()),
    Column::new("组织类型", "Kind", Kind::Text, |line, language| line.association.kind.words().get(language).into()),
    Column::new("组织级别", "Level", Kind::Text, |line, language| line.association.level.words().get(language).into()),
    Column::new("得分", "Score", Kind::Bar, |line, _| line.score.into()),
    Column::new("完成率", "Rate", Kind::Bar, |line, _| line.rate.into()),
    Column::new("目标", "Target", Kind::Quantity, |line, _| line.target.into()),
    Column::new("实绩", "Actual", Kind::Quantity, |line, _| line.actual.into()),
    Column::new("并列数", "Tied", Kind::Count, |line, _| line.tied.map(Cell::count).into()),
    Column::new("无名次原因", "Why no rank", Kind::Text, |line, language| line.reason.map(|reason| reason.words().get(language)).into()),
    Column::new("组织编码", "Association code", Kind::Text, |line, _| (&line.association.code).into()),
    Column::new("类型代码", "Kind code", Kind::Text, |line, _| line.association.kind.as_ref().into()),
    Column::new("级别代码", "Level code", Kind::Text, |line, _| line.association.level.as_ref().into()),
    Column::new("原因代码", "Reason code", Kind::Text, |line, _| line.reason.as_ref().map(AsRef::as_ref).into()),
];

/// Lays out a ranking; by the rate of an indicator where its name is given.
///
/// # Errors
/// `too_many_for_file`.
pub(super) fn table(
    ranking: Ranking,
    query: &RankingQuery,
    indicator: Option<&str>,
    language: Language,
) -> ApiResult<Table<RankingLine>> {
    require_whole(ranking.next_cursor.as_ref())?;
    let year = ranking.year;
    let title = match (language, indicator) {
        (Language::English, None) => format!("Ranking in {year}"),
        (Language::English, Some(indicator)) => format!("Ranking by {indicator} in {year}"),
        (Language::Chinese, None) => format!("{year}年目标完成情况排名"),
        (Language::Chinese, Some(indicator)) => format!("{year}年{indicator}完成率排名"),
    };
    let mut facts = words::facts(year, ranking.as_of, ranking.basis, language);
    facts.extend(query.associations().facts(language));
    facts.extend(indicator.map(|name| Fact::new(words::INDICATOR, name)));
    facts.push(Fact::new(Text::new("有名次的组织数", "Ranked"), ranking.of));
    facts.push(Fact::new(Text::new("参加比较的组织数", "Compared"), ranking.total));
    let measure = if indicator.is_some() { words::RATE_HEADING } else { words::SCORE_HEADING };
    let values = ranking.items.iter().map(|line| (&line.association, line.score.or(line.rate)));
    Ok(Table {
        chart: Some(best(values, measure, (&title, language))),
        others: Vec::new(),
        title,
        sheet: Text::new("排名", "Ranking"),
        language,
        as_of: ranking.as_of,
        facts,
        remarks: vec![HOW, words::SCORE, words::LINE_SCORE, words::RATE],
        columns: COLUMNS,
        printed: PRINTED,
        rows: ranking.items,
    })
}
