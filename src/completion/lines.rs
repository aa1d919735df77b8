//! Lays out the rule's verdicts as lines. Pure: rows and a moment in, a completion out.

use chrono::{Datelike, Days, NaiveDate};
use rust_decimal::Decimal;
use uuid::Uuid;

use super::formula::formula;
use super::part::{Counted, Duty, Part, Planned};
use super::{
    Basis, CompletionQuery, Detail, Excluded, LastYear, Line, LineActual, LineIndicator, LineTarget, OriginalTarget,
    Pace, Periods, Reason, StatusCounts,
};
use crate::decimal::Amount;
use crate::error::{ApiError, ApiResult, Language};
use crate::indicators::ValueType;
use crate::indicators::store::Catalog;
use crate::period::Per;
use crate::rule::{Goal, Judgement, Moment, Nature, Status, combined_score, judge, judge_at};
use crate::scorecards::Total;
use crate::scorecards::store::GoalRow;
use crate::targets::row::TargetRow;

/// The score of a set of lines and what it rests on.
pub(super) struct Summary {
    pub score: Option<Amount>,
    pub weight: Amount,
    pub counts: StatusCounts,
    pub excluded: Vec<Excluded>,
}

impl Summary {
    pub(super) fn of(lines: &[Line]) -> Self {
        let (mut weighted, mut weight) = (Decimal::ZERO, Decimal::ZERO);
        let (mut counts, mut excluded) = (StatusCounts::default(), Vec::new());
        for line in lines {
            counts.count(line.status);
            match (&line.target, line.score, line.reason) {
                (Some(target), Some(score), _) => {
                    weighted += target.weight.0 * score.0;
                    weight += target.weight.0;
                }
                (_, _, Some(reason)) => excluded.push(Excluded { indicator: line.indicator.code.clone(), reason }),
                _ => {}
            }
        }
        Self { score: combined_score(weighted, weight).map(Amount::from), weight: weight.into(), counts, excluded }
    }
}

/// What is the same for all lines of an answer.
pub(crate) struct View {
    pub moment: Moment,
    pub query: CompletionQuery,
    pub language: Language,
}

impl View {
    /// How brief answers about associations' own lines see a moment.
    pub(crate) fn brief(moment: Moment, basis: Basis) -> Self {
        let query = CompletionQuery { basis, detail: Detail::Brief, ..CompletionQuery::default() };
        Self { moment, query, language: Language::English }
    }

    /// The line of an association's target as a brief answer has it, with the indicator's name and without how a duty per
    /// period was kept: for lists of lines of many associations.
    ///
    /// # Errors
    /// Only when there is no such indicator: a fault of ours.
    pub(crate) fn of_target(
        &self,
        catalog: &Catalog,
        indicator_id: Uuid,
        (goal, is_approximate): (&GoalRow, bool),
        total: Total,
    ) -> ApiResult<Line> {
        let indicator = Counted::of(catalog, indicator_id)?;
        let name = indicator.detail.as_ref().map(|detail| detail.name.clone());
        let planned = Planned { duty: None, ..Planned::own(self.moment.year, goal, is_approximate) };
        let line = self.line(Part::own(indicator, Some(planned), total));
        let line = line.ok_or_else(|| ApiError::internal("a target without a line"))?;
        Ok(Line { indicator: LineIndicator { name, ..line.indicator }, ..line })
    }

    fn is_full(&self) -> bool {
        self.query.detail == Detail::Full
    }

    /// One line; none where nothing was planned and nothing counts on this basis.
    pub(super) fn line(&self, part: Part) -> Option<Line> {
        let nature = part.indicator.nature;
        let actual = part.total.standing(nature.value_type);
        if part.planned.is_none() && actual.is_none() && part.reason.is_none() {
            return None;
        }
        let planned = part.planned.as_ref();
        let judgement = self.judgement(nature, planned, actual);
        let is_silent = planned.and_then(|planned| planned.mixed).is_some_and(|mixed| mixed.is_silent);
        let is_withheld = is_silent && judgement.met == Some(true);
        let judgement = if is_withheld { withheld(judgement) } else { judgement };
        let reason = part.reason.or_else(|| is_withheld.then_some(Reason::PartlyReported));
        let unit = &part.indicator.unit;
        let words = |planned: &Planned, actual| formula(nature, &planned.goal, actual, unit, self.language);
        let last_year = part.last_year.as_ref().filter(|_| self.is_full());
        let line = Line {
            reason: reason.or(judgement.reason.map(Reason::from)),
            original_rate: planned.and_then(|planned| self.original_rate(nature, planned, actual)),
            approximate: part.total.inexact_count > 0 || planned.is_some_and(|planned| planned.is_approximate),
            periods: planned.and_then(|planned| self.periods(nature, planned)),
            formula: planned.zip(actual).filter(|_| self.is_full()).map(|(planned, actual)| words(planned, actual)),
            last_year: last_year.and_then(|total| compare(nature, total, actual)),
            associations: part.coverage,
            actual: actual.map(|value| self.line_actual(nature.value_type, &part.total, value, part.performed_by)),
            ..bare(self.line_indicator(part.indicator), judgement)
        };
        Some(Line { target: part.planned.map(|planned| self.line_target(planned)), ..line })
    }

    fn judgement(&self, nature: Nature, planned: Option<&Planned>, actual: Option<Decimal>) -> Judgement {
        let goal = planned.map(|planned| &planned.goal);
        match planned.and_then(|planned| planned.mixed) {
            Some(mixed) => judge_at(nature, goal, actual, self.moment, Some(mixed.expected)),
            None => judge(nature, goal, actual, self.moment),
        }
    }

    fn original_rate(&self, nature: Nature, planned: &Planned, actual: Option<Decimal>) -> Option<Amount> {
        let plan = planned.plan.as_ref().filter(|_| self.is_full())?;
        let original = plan.original.as_ref()?.goal.to_goal(self.moment.year);
        judge(nature, Some(&original), actual, self.moment).rate.map(Amount::from)
    }

    fn periods(&self, nature: Nature, planned: &Planned) -> Option<Periods> {
        let Duty { per, value, upper, sums } = planned.duty.as_ref()?;
        let total = per.count(self.moment.year);
        let one = Goal { value: *value, upper: *upper, ..planned.goal.clone() };
        let is_met = |sum: &&Decimal| judge(nature, Some(&one), Some(**sum), self.moment).met == Some(true);
        let elapsed = elapsed(*per, self.moment.year, self.moment.as_of);
        // Where less is better, a period that has not come yet has kept nothing.
        let reached = sums.iter().take(usize::try_from(started(*per, self.moment)).ok()?);
        Some(Periods { total, elapsed, met: u32::try_from(reached.filter(is_met).count()).ok()? })
    }

    fn line_target(&self, planned: Planned) -> LineTarget {
        let Planned { goal, is_approximate, duty, mixed, plan } = planned;
        let target = LineTarget {
            bound: goal.bound,
            value: goal.value.into(),
            upper: goal.upper.map(Into::into),
            weight: goal.weight.into(),
            mixed_bounds: mixed.map(|mixed| mixed.bounds),
            approximate: None,
            per: None,
            value_per_period: None,
            basis_of_rate: None,
            baseline: None,
            derived: None,
            due_on: None,
            plan: None,
            revision: None,
            original: None,
            source: None,
        };
        if !self.is_full() {
            return target;
        }
        let per_period = duty.as_ref().map_or(goal.value, |duty| duty.value);
        let row = plan.as_ref().map(|plan| &plan.current);
        LineTarget {
            approximate: Some(is_approximate),
            per: Some(duty.map_or(Per::Year, |duty| duty.per)),
            value_per_period: Some(per_period.into()),
            basis_of_rate: Some(goal.basis_of_rate),
            baseline: row.and_then(TargetRow::baseline),
            derived: row.map(TargetRow::is_derived),
            due_on: Some(goal.due_on),
            plan: goal.plan.map(|plan| plan.into_iter().map(Into::into).collect()),
            revision: row.map(|row| row.revision),
            original: plan.as_ref().and_then(|plan| plan.original.as_ref()).map(|row| self.original(row)),
            source: row.and_then(TargetRow::source),
            ..target
        }
    }

    fn original(&self, row: &TargetRow) -> OriginalTarget {
        let goal = row.goal.to_goal(self.moment.year);
        OriginalTarget { bound: goal.bound, value: goal.value.into(), upper: goal.upper.map(Into::into) }
    }

    fn line_actual(
        &self,
        value_type: ValueType,
        total: &Total,
        value: Decimal,
        performed_by: Vec<String>,
    ) -> LineActual {
        let is_percentage = value_type == ValueType::Percentage;
        LineActual {
            value: shown(value),
            numerator: is_percentage.then(|| total.value.into()),
            denominator: is_percentage.then(|| total.denominator.into()),
            count: total.count,
            covered_from: total.from.filter(|_| self.is_full()),
            covered_through: total.through.filter(|_| self.is_full()),
            last_reported_at: total.last_at.filter(|_| self.is_full()),
            performed_by: if self.is_full() { performed_by } else { Vec::new() },
        }
    }

    fn line_indicator(&self, counted: Counted) -> LineIndicator {
        let Counted { code, category, parent, unit, nature, detail, .. } = counted;
        let detail = detail.filter(|_| self.is_full());
        LineIndicator {
            code,
            parent,
            unit,
            category: detail.is_some().then_some(category),
            value_type: detail.is_some().then_some(nature.value_type),
            direction: detail.is_some().then_some(nature.direction),
            accumulation: detail.as_ref().map(|detail| detail.accumulation),
            decimals: detail.as_ref().map(|detail| detail.decimals),
            name: detail.map(|detail| detail.name),
        }
    }
}

/// Without the verdict that a sum has kept its bound: where less is better, silence keeps every bound. That one is not kept
/// stays said.
fn withheld(judgement: Judgement) -> Judgement {
    let status = if judgement.status == Status::OnTrack { Status::OnTrack } else { Status::NotComputable };
    Judgement { met: None, score: None, status, ..judgement }
}

/// Last year's total beside this year's.
fn compare(nature: Nature, before: &Total, actual: Option<Decimal>) -> Option<LastYear> {
    let before = before.standing(nature.value_type)?;
    let change = actual.and_then(|actual| actual.checked_sub(before));
    Some(LastYear { value: shown(before), change: change.map(shown) })
}

/// A line with the verdict only.
fn bare(indicator: LineIndicator, judgement: Judgement) -> Line {
    let amount = |value: Option<Decimal>| value.map(Amount::from);
    Line {
        indicator,
        target: None,
        actual: None,
        rate: amount(judgement.rate),
        rate_upper: amount(judgement.rate_upper),
        original_rate: None,
        met: judgement.met,
        score: amount(judgement.score),
        gap: judgement.gap.map(shown),
        pace: judgement
            .expected
            .map(|expected| Pace { expected: expected.into(), deviation: amount(judgement.deviation) }),
        status: judgement.status,
        reason: None,
        approximate: false,
        periods: None,
        formula: None,
        last_year: None,
        associations: None,
        breakdown: None,
    }
}

/// Percentages of a ratio may have endless decimals; four are shown, cut toward zero like rates.
pub(crate) fn shown(value: Decimal) -> Amount {
    value.trunc_with_scale(crate::decimal::SCALE).into()
}

/// How many periods of the year were over by the end of a day.
fn elapsed(per: Per, year: i16, day: NaiveDate) -> u32 {
    match day.succ_opt().map(|next| (i16::try_from(next.year()).unwrap_or(i16::MAX), next)) {
        Some((next_year, next)) if next_year == year => per.index(next),
        Some((next_year, _)) if next_year < year => 0,
        _ => per.count(year),
    }
}

/// How many periods of the year had begun by a day.
fn started(per: Per, moment: Moment) -> u32 {
    let before = |day: NaiveDate| day.checked_sub_days(Days::new(1)).unwrap_or(day);
    let over = elapsed(per, moment.year, before(moment.as_of));
    let has_begun = i32::from(moment.year) <= moment.as_of.year();
    if has_begun { (over + 1).min(per.count(moment.year)) } else { 0 }
}
