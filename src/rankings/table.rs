//! A ranking laid out as a table. Pure.

use super::{Ranking, RankingLine, RankingQuery, Unranked};
use crate::completion::words;
use crate::error::{ApiResult, Language, Text};
use crate::exports::require_whole;
use crate::standings::table::best;
use crate::tabular::table::{Column, Fact, Kind, Table};
use crate::tabular::write::Cell;

/// How many of the columns are printed.
const PRINTED: usize = 8;

const HOW: Text = Text::new(
    "Standard competition ranking (1-2-2-4): a rank is one more than the number of those who are better; ties are listed \
     by name. Who has no rank stands last, with the reason.",
    "标准竞赛排名（1-2-2-4）：名次 = 优于本组织的组织数 + 1；并列者按名称排列。没有名次的列在最后并注明原因。",
);

#[rustfmt::skip]
const COLUMNS: &[Column<RankingLine>] = &[
    Column::new("Rank", "名次", Kind::Count, |line, _| line.rank.map(Cell::count).into()),
    Column::new("Association", "组织", Kind::Text, |line, _| (&line.association.name).into()),
    Column::new("Kind", "组织类型", Kind::Text, |line, language| line.association.kind.in_words().get(language).into()),
    Column::new("Level", "组织级别", Kind::Text, |line, language| line.association.level.in_words().get(language).into()),
    Column::new("Score", "得分", Kind::Bar, |line, _| line.score.into()),
    Column::new("Rate", "完成率", Kind::Bar, |line, _| line.rate.into()),
    Column::new("Tied", "并列数", Kind::Count, |line, _| line.tied.map(Cell::count).into()),
    Column::new("Why no rank", "无名次原因", Kind::Text, |line, language| line.reason.map(|reason| unranked(reason).get(language)).into()),
    Column::new("Association code", "组织编码", Kind::Text, |line, _| (&line.association.code).into()),
    Column::new("Kind code", "类型代码", Kind::Text, |line, _| line.association.kind.as_ref().into()),
    Column::new("Level code", "级别代码", Kind::Text, |line, _| line.association.level.as_ref().into()),
    Column::new("Reason code", "原因代码", Kind::Text, |line, _| line.reason.as_ref().map(AsRef::as_ref).into()),
];

const fn unranked(reason: Unranked) -> Text {
    match reason {
        Unranked::NoTarget => Text::new("No target", "没有目标"),
        Unranked::NothingScorable => Text::new("Nothing that can be scored", "没有可计分的目标"),
        Unranked::NoActual => Text::new("Nothing reported", "尚未报送"),
        Unranked::ZeroTarget => Text::new("The target is 0", "目标为 0"),
        Unranked::NoRatioForLowerIsBetter => Text::new("Less is better: no ratio", "越低越好，没有比率"),
        Unranked::BaselineEqualsTarget => Text::new("The target equals the baseline", "目标等于基数"),
        Unranked::NotAPeer => Text::new("Not among those compared", "不在比较范围内"),
    }
}

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
    facts.push(Fact::new(Text::new("Ranked", "有名次的组织数"), ranking.of));
    facts.push(Fact::new(Text::new("Compared", "参加比较的组织数"), ranking.total));
    let measure = if indicator.is_some() { words::RATE_HEADING } else { words::SCORE_HEADING };
    let values = ranking.items.iter().map(|line| (&line.association, line.score.or(line.rate)));
    Ok(Table {
        chart: Some(best(values, measure, (&title, language))),
        title,
        sheet: Text::new("Ranking", "排名"),
        language,
        as_of: ranking.as_of,
        facts,
        remarks: vec![HOW, words::SCORE, words::LINE_SCORE, words::RATE],
        columns: COLUMNS,
        printed: PRINTED,
        rows: ranking.items,
    })
}
