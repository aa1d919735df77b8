//! A completion laid out as a table: the lines of a breakdown below the line they break down. Pure.

use super::{Breakdown, Completion, Excluded, Line, LineActual, LineTarget, StatusCounts, words};
use crate::associations::words::ASSOCIATION;
use crate::decimal::Amount;
use crate::error::{Language, Text};
use crate::rule::Status;
use crate::tabular::table::{Chart, Column, Fact, Kind, Table};
use crate::tabular::write::Cell;
use crate::targets::Source;

/// A line among the others.
pub(super) struct Row {
    line: Line,
    /// What the lines below it add up to; they have rows of their own.
    breakdown: Option<Breakdown>,
    /// How many lines it stands below.
    level: u8,
}

impl Row {
    fn name(&self) -> &str {
        self.line.indicator.name.as_deref().unwrap_or(&self.line.indicator.code)
    }

    fn target<'a, T: Into<Cell<'a>>>(&'a self, part: impl FnOnce(&'a LineTarget) -> Option<T>) -> Cell<'a> {
        self.line.target.as_ref().and_then(part).into()
    }

    fn actual<'a, T: Into<Cell<'a>>>(&'a self, part: impl FnOnce(&'a LineActual) -> Option<T>) -> Cell<'a> {
        self.line.actual.as_ref().and_then(part).into()
    }

    fn source(&self) -> Option<&Source> {
        self.line.target.as_ref()?.source.as_ref()
    }

    fn said_of_source<'a>(&'a self, part: impl FnOnce(&'a Source) -> &'a Option<String>) -> Cell<'a> {
        self.source().and_then(|source| part(source).as_ref()).into()
    }

    fn sum(&self, part: impl FnOnce(&Breakdown) -> Option<Amount>) -> Cell<'_> {
        self.breakdown.as_ref().and_then(part).into()
    }

    /// The sentence the target was read from, and where it stands.
    fn quote(&self, language: Language) -> Option<String> {
        let Source { document, locator, quote } = self.source()?;
        let quote = quote.as_ref().map(|quote| match language {
            Language::English => format!("“{quote}”"),
            Language::Chinese => format!("原文：{quote}"),
        });
        let place: Vec<_> = [document, locator].into_iter().flatten().map(String::as_str).collect();
        let place = (!place.is_empty()).then(|| place.join(" "));
        let said: Vec<_> = quote.into_iter().chain(place).collect();
        (!said.is_empty()).then(|| said.join("\n"))
    }
}

/// How many of the columns are printed.
const PRINTED: usize = 14;

#[rustfmt::skip]
const COLUMNS: &[Column<Row>] = &[
    Column::new("指标", "Indicator", Kind::Text, |row: &Row, _| row.name().into()).nested(|row| row.level),
    Column::new("单位", "Unit", Kind::Text, |row, _| (&row.line.indicator.unit).into()),
    Column::new("界限", "Bound", Kind::Text, |row, language| row.target(|target| Some(words::bound(target.bound).get(language)))),
    Column::new("目标", "Target", Kind::Quantity, |row: &Row, _| row.target(|target| Some(target.value))).noted(Row::quote),
    Column::new("目标上限", "Upper end", Kind::Quantity, |row, _| row.target(|target| target.upper)),
    Column::new("实绩", "Actual", Kind::Quantity, |row, _| row.actual(|actual| Some(actual.value))),
    Column::new("完成率", "Rate", Kind::Bar, |row, _| row.line.rate.into()),
    Column::new("得分", "Score", Kind::Bar, |row, _| row.line.score.into()),
    Column::new("序时进度", "Pace", Kind::Share, |row, _| row.line.pace.map(|pace| pace.expected).into()),
    Column::new("进度偏差", "Deviation", Kind::Share, |row, _| row.line.pace.and_then(|pace| pace.deviation).into()),
    Column::new("差额", "Gap", Kind::Quantity, |row, _| row.line.gap.into()),
    Column::new("状态", "Status", words::STATUS, |row, language| row.line.status.words().get(language).into()),
    Column::new("无完成率原因", "Why no rate", Kind::Text, |row, language| row.line.reason.map(|reason| reason.words().get(language)).into()),
    Column::new("含约数", "Approximate", Kind::Text, |row, language| words::yes_or_no(row.line.approximate).get(language).into()),
    Column::new("指标编码", "Indicator code", Kind::Text, |row, _| (&row.line.indicator.code).into()),
    Column::new("上级指标编码", "Parent indicator", Kind::Text, |row, _| row.line.indicator.parent.as_ref().into()),
    Column::new("层次", "Nesting", Kind::Count, |row, _| Cell::count(row.level)),
    Column::new("类别", "Category", Kind::Text, |row, _| row.line.indicator.category.as_ref().into()),
    Column::new("是否达标", "Met", Kind::Text, |row, language| row.line.met.map(|met| words::yes_or_no(met).get(language)).into()),
    Column::new("状态代码", "Status code", Kind::Text, |row, _| row.line.status.as_ref().into()),
    Column::new("原因代码", "Reason code", Kind::Text, |row, _| row.line.reason.as_ref().map(AsRef::as_ref).into()),
    Column::new("权重", "Weight", Kind::Quantity, |row, _| row.target(|target| Some(target.weight))),
    Column::new("按上限完成率", "Rate to the upper end", Kind::Share, |row, _| row.line.rate_upper.into()),
    Column::new("按原目标完成率", "Rate on the original target", Kind::Share, |row, _| row.line.original_rate.into()),
    Column::new("原目标", "Original target", Kind::Quantity, |row, _| row.target(|target| target.original.as_ref().map(|original| original.value))),
    Column::new("原目标上限", "Upper end of the original target", Kind::Quantity, |row, _| row.target(|target| target.original.as_ref().and_then(|original| original.upper))),
    Column::new("目标版本", "Revision", Kind::Count, |row, _| row.target(|target| target.revision.map(Cell::count))),
    Column::new("完成期限", "Due on", Kind::Text, |row, _| row.target(|target| target.due_on)),
    Column::new("每期目标", "Target per period", Kind::Quantity, |row, _| row.target(|target| target.value_per_period)),
    Column::new("基数", "Baseline", Kind::Quantity, |row, _| row.target(|target| target.baseline.as_ref().map(|baseline| baseline.value))),
    Column::new("基数年度", "Baseline year", Kind::Count, |row, _| row.target(|target| target.baseline.as_ref().map(|baseline| Cell::count(baseline.year.get())))),
    Column::new("总期数", "Periods", Kind::Count, |row, _| row.line.periods.map(|periods| Cell::count(periods.total)).into()),
    Column::new("已到期数", "Periods elapsed", Kind::Count, |row, _| row.line.periods.map(|periods| Cell::count(periods.elapsed)).into()),
    Column::new("达标期数", "Periods met", Kind::Count, |row, _| row.line.periods.map(|periods| Cell::count(periods.met)).into()),
    Column::new("分子", "Numerator", Kind::Quantity, |row, _| row.actual(|actual| actual.numerator)),
    Column::new("分母", "Denominator", Kind::Quantity, |row, _| row.actual(|actual| actual.denominator)),
    Column::new("实绩条数", "Actuals", Kind::Count, |row, _| row.actual(|actual| Some(Cell::count(actual.count)))),
    Column::new("覆盖起日", "Covered from", Kind::Text, |row, _| row.actual(|actual| actual.covered_from)),
    Column::new("覆盖止日", "Covered through", Kind::Text, |row, _| row.actual(|actual| actual.covered_through)),
    Column::new("上年实绩", "Last year", Kind::Quantity, |row, _| row.line.last_year.map(|last| last.value).into()),
    Column::new("比上年增减", "Change from last year", Kind::Quantity, |row, _| row.line.last_year.and_then(|last| last.change).into()),
    Column::new("有目标的组织数", "Associations with a target", Kind::Count, |row, _| row.line.associations.map(|count| Cell::count(count.planned)).into()),
    Column::new("已报送的组织数", "Associations that reported", Kind::Count, |row, _| row.line.associations.map(|count| Cell::count(count.reported)).into()),
    Column::new("分项目标合计", "Targets of the breakdown", Kind::Quantity, |row, _| row.sum(|sums| sums.target_sum)),
    Column::new("分项目标差额", "Target gap of the breakdown", Kind::Quantity, |row, _| row.sum(|sums| sums.target_gap)),
    Column::new("分项实绩合计", "Actuals of the breakdown", Kind::Quantity, |row, _| row.sum(|sums| sums.actual_sum)),
    Column::new("分项实绩差额", "Actual gap of the breakdown", Kind::Quantity, |row, _| row.sum(|sums| sums.actual_gap)),
    Column::new("计算公式", "Formula", Kind::Text, |row, _| row.line.formula.as_ref().into()),
    Column::new("完成单位", "Performed by", Kind::Text, |row, _| row.actual(|actual| Some(actual.performed_by.join("；")).filter(|names| !names.is_empty()))),
    Column::new("目标来源", "Source", Kind::Text, |row, _| row.said_of_source(|source| &source.document)),
    Column::new("来源位置", "Place in the source", Kind::Text, |row, _| row.said_of_source(|source| &source.locator)),
    Column::new("目标原文", "Quote", Kind::Text, |row, _| row.said_of_source(|source| &source.quote)),
];

/// Lays out a completion.
pub(super) fn table(completion: Completion, language: Language) -> Table<Row> {
    let name = &completion.association.name;
    let year = completion.year;
    let title = match language {
        Language::English => format!("Completion of {name} in {year}"),
        Language::Chinese => format!("{name}{year}年目标完成情况"),
    };
    let facts = facts(&completion, language);
    let mut rows = Vec::new();
    flatten(completion.lines, 0, &mut rows);
    Table {
        chart: Some(chart(&rows, title.clone())),
        others: Vec::new(),
        title,
        sheet: Text::new("完成情况", "Completion"),
        language,
        as_of: completion.as_of,
        facts,
        remarks: vec![words::RATE, words::NO_RATE, words::LINE_SCORE, words::SCORE, words::PACE, words::DEVIATION],
        columns: COLUMNS,
        printed: PRINTED,
        rows,
    }
}

fn flatten(lines: Vec<Line>, level: u8, rows: &mut Vec<Row>) {
    for mut line in lines {
        let mut breakdown = line.breakdown.take();
        let below = breakdown.as_mut().map(|breakdown| std::mem::take(&mut breakdown.lines));
        rows.push(Row { line, breakdown, level });
        flatten(below.unwrap_or_default(), level.saturating_add(1), rows);
    }
}

fn chart(rows: &[Row], title: String) -> Chart {
    let bar = |row: &Row| Some((row.name().to_owned(), row.line.rate?));
    Chart { title, measure: words::RATE_HEADING, bars: rows.iter().filter_map(bar).collect() }
}

fn facts(completion: &Completion, language: Language) -> Vec<Fact> {
    let Completion { association, counts, .. } = completion;
    let whose = format!("{} ({})", association.name, association.code);
    let mut facts = vec![Fact::new(ASSOCIATION, whose)];
    facts.extend(words::facts(completion.year, completion.as_of, completion.basis, language));
    facts.push(Fact::new(Text::new("统计范围", "Scope"), completion.scope.words().get(language)));
    let score = completion.score.map_or_else(|| "–".to_owned(), |score| score.to_string());
    facts.push(Fact::new(Text::new("得分", "Score"), score));
    facts.push(Fact::new(Text::new("权重合计", "Σ weight"), completion.weight));
    facts.extend(how_many(counts).map(|(status, count)| Fact::new(status.words(), count)));
    let left_out = |left: &Excluded| format!("{}: {}", left.indicator, left.reason.words().get(language));
    let left_out = completion.excluded.iter().map(left_out);
    facts.extend(left_out.map(|left| Fact::new(Text::new("未计分的指标", "Left out of the score"), left)));
    facts
}

const fn how_many(counts: &StatusCounts) -> [(Status, u32); 8] {
    [
        (Status::Exceeded, counts.exceeded),
        (Status::Completed, counts.completed),
        (Status::OnTrack, counts.on_track),
        (Status::AtRisk, counts.at_risk),
        (Status::NotStarted, counts.not_started),
        (Status::Behind, counts.behind),
        (Status::Overdue, counts.overdue),
        (Status::NotComputable, counts.not_computable),
    ]
}
