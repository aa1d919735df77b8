//! Lays out the rule's verdicts as lines. Pure: rows and a moment in, a completion out.

use chrono::{Datelike, Days, NaiveDate};
use rust_decimal::Decimal;

use super::formula::formula;
use super::store::{IndicatorPart, Ledger, Part, Plan};
use super::{
    Basis, CompletionQuery, Detail, Excluded, LastYear, Line, LineActual, LineIndicator, LineTarget, OriginalTarget,
    Pace, Periods, StatusCounts,
};
use crate::decimal::Amount;
use crate::error::Language;
use crate::indicators::ValueType;
use crate::period::Per;
use crate::rule::{Goal, Judgement, Moment, Nature, combined_score, judge};
use crate::scorecards::{Total, Totals};
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
pub(super) struct View {
    pub moment: Moment,
    pub query: CompletionQuery,
    pub language: Language,
}

impl View {
    fn is_full(&self) -> bool {
        self.query.detail == Detail::Full
    }

    fn total<'a>(&self, totals: &'a Totals) -> &'a Total {
        match self.query.basis {
            Basis::Reported => &totals.reported,
            Basis::Verified => &totals.verified,
        }
    }

    /// One line; none where nothing was planned and nothing counts on this basis.
    pub(super) fn line(&self, part: Part, ledger: &[Ledger]) -> Option<Line> {
        let nature = Nature { value_type: part.indicator.value_type.0, direction: part.indicator.direction.0 };
        let total = self.total(&part.totals);
        let actual = total.standing(nature.value_type);
        if part.plan.is_none() && actual.is_none() {
            return None;
        }
        let goal = part.plan.as_ref().map(|plan| plan.current.goal.to_goal(self.moment.year));
        let judgement = judge(nature, goal.as_ref(), actual, self.moment);
        let original_rate = part.plan.as_ref().and_then(|plan| self.original_rate(nature, plan, actual));
        let periods = part.plan.as_ref().and_then(|plan| self.periods(nature, &plan.current, ledger));
        let formula = goal
            .as_ref()
            .zip(actual)
            .filter(|_| self.is_full())
            .map(|(goal, actual)| formula(nature, goal, actual, &part.indicator.unit, self.language));
        let approximate = total.inexact_count > 0 || part.plan.as_ref().is_some_and(|plan| plan.current.is_approximate);
        let last_year = self.last_year(nature, part.last_year.as_ref(), actual);
        let actual = actual.map(|value| line_actual(nature.value_type, total, value));
        let target = part.plan.map(|plan| self.line_target(plan, goal.as_ref()));
        let indicator = self.line_indicator(part.indicator, part.parent);
        Some(Line {
            target,
            actual,
            original_rate,
            approximate,
            periods,
            formula,
            last_year,
            ..bare(indicator, judgement)
        })
    }

    fn original_rate(&self, nature: Nature, plan: &Plan, actual: Option<Decimal>) -> Option<Amount> {
        let original = plan.original.as_ref()?.goal.to_goal(self.moment.year);
        judge(nature, Some(&original), actual, self.moment).rate.map(Amount::from)
    }

    fn last_year(&self, nature: Nature, totals: Option<&Totals>, actual: Option<Decimal>) -> Option<LastYear> {
        let before =
            totals.filter(|_| self.is_full()).and_then(|totals| self.total(totals).standing(nature.value_type))?;
        let change = actual.and_then(|actual| actual.checked_sub(before));
        Some(LastYear { value: shown(before), change: change.map(shown) })
    }

    fn periods(&self, nature: Nature, target: &TargetRow, ledger: &[Ledger]) -> Option<Periods> {
        let per = target.goal.per.0;
        if per == Per::Year {
            return None;
        }
        let total = per.count(self.moment.year);
        let mut sums = vec![Decimal::ZERO; usize::try_from(total).ok()?];
        for entry in ledger.iter().filter(|entry| entry.indicator_id == target.indicator_id) {
            let (first, last) = (per.index(entry.period_from), per.index(entry.period_through));
            let slot = usize::try_from(first).ok().filter(|_| first == last).and_then(|index| sums.get_mut(index));
            if let (Some(sum), Some(value)) = (slot, entry.value(self.query.basis)) {
                *sum += value;
            }
        }
        let one = Goal { value: target.goal.value, upper: target.goal.upper, ..target.goal.to_goal(self.moment.year) };
        let is_met = |sum: &&Decimal| judge(nature, Some(&one), Some(**sum), self.moment).met == Some(true);
        let elapsed = elapsed(per, self.moment.year, self.moment.as_of);
        // Where less is better, a period that has not come yet has kept nothing.
        let reached = sums.iter().take(usize::try_from(started(per, self.moment)).ok()?);
        Some(Periods { total, elapsed, met: u32::try_from(reached.filter(is_met).count()).ok()? })
    }

    fn line_target(&self, plan: Plan, goal: Option<&Goal>) -> LineTarget {
        let row = plan.current;
        let original = plan.original.filter(|_| self.is_full()).map(|original| {
            let goal = original.goal.to_goal(self.moment.year);
            OriginalTarget { bound: goal.bound, value: goal.value.into(), upper: goal.upper.map(Into::into) }
        });
        LineTarget {
            bound: row.goal.bound.0,
            value: goal.map_or(row.goal.value, |goal| goal.value).into(),
            upper: goal.and_then(|goal| goal.upper).map(Into::into),
            approximate: row.is_approximate,
            per: row.goal.per.0,
            value_per_period: row.goal.value.into(),
            basis_of_rate: row.goal.basis_of_rate.0,
            baseline: row.baseline(),
            derived: row.is_derived(),
            weight: row.goal.weight.into(),
            due_on: row.goal.due_on,
            revision: row.revision,
            original,
            source: row.source().filter(|_| self.is_full()),
        }
    }

    fn line_indicator(&self, part: IndicatorPart, parent: Option<String>) -> LineIndicator {
        LineIndicator {
            code: part.code,
            name: self.is_full().then_some(part.name),
            category: self.is_full().then_some(part.category),
            parent,
            unit: part.unit,
            value_type: part.value_type.0,
            direction: part.direction.0,
            accumulation: part.accumulation.0,
            decimals: part.decimals,
        }
    }
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
        reason: judgement.reason,
        approximate: false,
        periods: None,
        formula: None,
        last_year: None,
    }
}

fn line_actual(value_type: ValueType, total: &Total, value: Decimal) -> LineActual {
    let is_percentage = value_type == ValueType::Percentage;
    LineActual {
        value: shown(value),
        numerator: is_percentage.then(|| total.value.into()),
        denominator: is_percentage.then(|| total.denominator.into()),
        count: total.count,
        covered_from: total.from,
        covered_through: total.through,
        last_reported_at: total.last_at,
    }
}

/// Percentages of a ratio may have endless decimals; four are shown, cut toward zero like rates.
fn shown(value: Decimal) -> Amount {
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
