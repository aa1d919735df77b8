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
    Column::new("Indicator", "指标", Kind::Text, |row: &Row, _| row.name().into()).nested(|row| row.level),
    Column::new("Unit", "单位", Kind::Text, |row, _| (&row.line.indicator.unit).into()),
    Column::new("Bound", "界限", Kind::Text, |row, language| row.target(|target| Some(words::bound(target.bound).get(language)))),
    Column::new("Target", "目标", Kind::Quantity, |row: &Row, _| row.target(|target| Some(target.value))).noted(Row::quote),
    Column::new("Upper end", "目标上限", Kind::Quantity, |row, _| row.target(|target| target.upper)),
    Column::new("Actual", "实绩", Kind::Quantity, |row, _| row.actual(|actual| Some(actual.value))),
    Column::new("Rate", "完成率", Kind::Bar, |row, _| row.line.rate.into()),
    Column::new("Score", "得分", Kind::Bar, |row, _| row.line.score.into()),
    Column::new("Pace", "序时进度", Kind::Share, |row, _| row.line.pace.map(|pace| pace.expected).into()),
    Column::new("Deviation", "进度偏差", Kind::Share, |row, _| row.line.pace.and_then(|pace| pace.deviation).into()),
    Column::new("Gap", "差额", Kind::Quantity, |row, _| row.line.gap.into()),
    Column::new("Status", "状态", words::STATUS, |row, language| words::status(row.line.status).get(language).into()),
    Column::new("Why no rate", "无完成率原因", Kind::Text, |row, language| row.line.reason.map(|reason| words::reason(reason).get(language)).into()),
    Column::new("Approximate", "含约数", Kind::Text, |row, language| words::yes_or_no(row.line.approximate).get(language).into()),
    Column::new("Indicator code", "指标编码", Kind::Text, |row, _| (&row.line.indicator.code).into()),
    Column::new("Parent indicator", "上级指标编码", Kind::Text, |row, _| row.line.indicator.parent.as_ref().into()),
    Column::new("Nesting", "层次", Kind::Count, |row, _| Cell::count(row.level)),
    Column::new("Category", "类别", Kind::Text, |row, _| row.line.indicator.category.as_ref().into()),
    Column::new("Met", "是否达标", Kind::Text, |row, language| row.line.met.map(|met| words::yes_or_no(met).get(language)).into()),
    Column::new("Status code", "状态代码", Kind::Text, |row, _| row.line.status.as_ref().into()),
    Column::new("Reason code", "原因代码", Kind::Text, |row, _| row.line.reason.as_ref().map(AsRef::as_ref).into()),
    Column::new("Weight", "权重", Kind::Quantity, |row, _| row.target(|target| Some(target.weight))),
    Column::new("Rate to the upper end", "按上限完成率", Kind::Share, |row, _| row.line.rate_upper.into()),
    Column::new("Rate on the original target", "按原目标完成率", Kind::Share, |row, _| row.line.original_rate.into()),
    Column::new("Original target", "原目标", Kind::Quantity, |row, _| row.target(|target| target.original.as_ref().map(|original| original.value))),
    Column::new("Upper end of the original target", "原目标上限", Kind::Quantity, |row, _| row.target(|target| target.original.as_ref().and_then(|original| original.upper))),
    Column::new("Revision", "目标版本", Kind::Count, |row, _| row.target(|target| target.revision.map(Cell::count))),
    Column::new("Due on", "完成期限", Kind::Text, |row, _| row.target(|target| target.due_on)),
    Column::new("Target per period", "每期目标", Kind::Quantity, |row, _| row.target(|target| target.value_per_period)),
    Column::new("Baseline", "基数", Kind::Quantity, |row, _| row.target(|target| target.baseline.as_ref().map(|baseline| baseline.value))),
    Column::new("Baseline year", "基数年度", Kind::Count, |row, _| row.target(|target| target.baseline.as_ref().map(|baseline| Cell::count(baseline.year.get())))),
    Column::new("Periods", "总期数", Kind::Count, |row, _| row.line.periods.map(|periods| Cell::count(periods.total)).into()),
    Column::new("Periods elapsed", "已到期数", Kind::Count, |row, _| row.line.periods.map(|periods| Cell::count(periods.elapsed)).into()),
    Column::new("Periods met", "达标期数", Kind::Count, |row, _| row.line.periods.map(|periods| Cell::count(periods.met)).into()),
    Column::new("Numerator", "分子", Kind::Quantity, |row, _| row.actual(|actual| actual.numerator)),
    Column::new("Denominator", "分母", Kind::Quantity, |row, _| row.actual(|actual| actual.denominator)),
    Column::new("Actuals", "实绩条数", Kind::Count, |row, _| row.actual(|actual| Some(Cell::count(actual.count)))),
    Column::new("Covered from", "覆盖起日", Kind::Text, |row, _| row.actual(|actual| actual.covered_from)),
    Column::new("Covered through", "覆盖止日", Kind::Text, |row, _| row.actual(|actual| actual.covered_through)),
    Column::new("Last year", "上年实绩", Kind::Quantity, |row, _| row.line.last_year.map(|last| last.value).into()),
    Column::new("Change from last year", "比上年增减", Kind::Quantity, |row, _| row.line.last_year.and_then(|last| last.change).into()),
    Column::new("Associations with a target", "有目标的组织数", Kind::Count, |row, _| row.line.associations.map(|count| Cell::count(count.planned)).into()),
    Column::new("Associations that reported", "已报送的组织数", Kind::Count, |row, _| row.line.associations.map(|count| Cell::count(count.reported)).into()),
    Column::new("Targets of the breakdown", "分项目标合计", Kind::Quantity, |row, _| row.sum(|sums| sums.target_sum)),
    Column::new("Target gap of the breakdown", "分项目标差额", Kind::Quantity, |row, _| row.sum(|sums| sums.target_gap)),
    Column::new("Actuals of the breakdown", "分项实绩合计", Kind::Quantity, |row, _| row.sum(|sums| sums.actual_sum)),
    Column::new("Actual gap of the breakdown", "分项实绩差额", Kind::Quantity, |row, _| row.sum(|sums| sums.actual_gap)),
    Column::new("Formula", "计算公式", Kind::Text, |row, _| row.line.formula.as_ref().into()),
    Column::new("Performed by", "完成单位", Kind::Text, |row, _| row.actual(|actual| Some(actual.performed_by.join("；")).filter(|names| !names.is_empty()))),
    Column::new("Source", "目标来源", Kind::Text, |row, _| row.said_of_source(|source| &source.document)),
    Column::new("Place in the source", "来源位置", Kind::Text, |row, _| row.said_of_source(|source| &source.locator)),
    Column::new("Quote", "目标原文", Kind::Text, |row, _| row.said_of_source(|source| &source.quote)),
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
        title,
        sheet: Text::new("Completion", "完成情况"),
        language,
        as_of: completion.as_of,
        facts,
        remarks: vec![words::RATE, words::NO_RATE, words::LINE_SCORE, words::SCORE, words::PACE],
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
    facts.push(Fact::new(Text::new("Scope", "统计范围"), completion.scope.in_words().get(language)));
    let score = completion.score.map_or_else(|| "–".to_owned(), |score| score.to_string());
    facts.push(Fact::new(Text::new("Score", "得分"), score));
    facts.push(Fact::new(Text::new("Σ weight", "权重合计"), completion.weight));
    facts.extend(how_many(counts).map(|(status, count)| Fact::new(words::status(status), count)));
    let left_out = |left: &Excluded| format!("{}: {}", left.indicator, words::reason(left.reason).get(language));
    let left_out = completion.excluded.iter().map(left_out);
    facts.extend(left_out.map(|left| Fact::new(Text::new("Left out of the score", "未计分的指标"), left)));
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
