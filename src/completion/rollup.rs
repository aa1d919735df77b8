//! Adds the targets and totals of many associations to one line per indicator. Pure.
//!
//! DESIGN section 3: additive indicators are summed, percentages are Σ numerator / Σ denominator, the rest is listed.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use rust_decimal::Decimal;
use uuid::Uuid;

use super::part::{Counted, Mixed, Part, Planned};
use super::{Coverage, Excluded, Reason};
use crate::error::{ApiError, ApiResult, Code};
use crate::indicators::store::{Catalog, IndicatorRow};
use crate::indicators::{Direction, ValueType};
use crate::quantity::Bound;
use crate::rule::{BasisOfRate, Goal, Moment, expected_share};
use crate::scorecards::Total;

/// What targets of one indicator must share for their sum to have one pace.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Kind {
    pub bound: Bound,
    pub basis_of_rate: BasisOfRate,
    pub due_on: NaiveDate,
    pub plan: Option<Vec<Decimal>>,
}

/// Targets of one indicator and kind, added up; values are for the whole year.
#[derive(Clone, Debug, Default)]
pub(super) struct Sum {
    pub count: i64,
    /// How many of them have something reported; known of changes, and where less is better.
    pub reported: i64,
    pub is_approximate: bool,
    pub weight: Decimal,
    pub value: Decimal,
    /// Of the upper ends, and of the values of those that have none.
    pub upper: Decimal,
    pub baseline: Decimal,
    pub least: Option<Decimal>,
    pub greatest: Option<Decimal>,
}

impl Sum {
    /// Adds another one of its kind.
    pub(super) fn add(&mut self, other: &Self) -> ApiResult<()> {
        self.count += other.count;
        self.reported += other.reported;
        self.is_approximate |= other.is_approximate;
        self.weight = plus(self.weight, other.weight)?;
        self.value = plus(self.value, other.value)?;
        self.upper = plus(self.upper, other.upper)?;
        self.baseline = plus(self.baseline, other.baseline)?;
        self.least = self.least.into_iter().chain(other.least).min();
        self.greatest = self.greatest.max(other.greatest);
        Ok(())
    }
}

fn plus(one: Decimal, other: Decimal) -> ApiResult<Decimal> {
    one.checked_add(other).ok_or_else(|| ApiError::new(Code::TotalOutOfRange))
}

/// The totals of one indicator's year, added up.
#[derive(Clone, Debug, Default)]
pub(super) struct Reported {
    pub associations: i64,
    pub total: Total,
}

impl Reported {
    /// Adds one association's.
    pub(super) fn add(&mut self, total: &Total) -> ApiResult<()> {
        self.associations += 1;
        let sum = &mut self.total;
        sum.count = sum.count.saturating_add(total.count);
        sum.inexact_count = sum.inexact_count.saturating_add(total.inexact_count);
        sum.value = plus(sum.value, total.value)?;
        sum.denominator = plus(sum.denominator, total.denominator)?;
        sum.from = sum.from.into_iter().chain(total.from).min();
        sum.through = sum.through.max(total.through);
        sum.last_at = sum.last_at.max(total.last_at);
        Ok(())
    }
}

/// Everything below an association, per indicator.
#[derive(Debug, Default)]
pub(super) struct Rollup {
    pub planned: BTreeMap<Uuid, BTreeMap<Kind, Sum>>,
    pub reported: BTreeMap<Uuid, Reported>,
    pub last_year: BTreeMap<Uuid, Reported>,
}

impl Rollup {
    /// The lines, and the indicators that have none because they may not be added, by code.
    pub(super) fn into_parts(mut self, catalog: &Catalog, moment: Moment) -> ApiResult<(Vec<Part>, Vec<Excluded>)> {
        let ids: BTreeSet<_> = self.planned.keys().chain(self.reported.keys()).copied().collect();
        let (mut parts, mut excluded) = (Vec::new(), Vec::new());
        for id in ids {
            let row = catalog.get(&id).ok_or_else(|| ApiError::internal("an indicator is gone"))?;
            if is_added(row) {
                parts.push(self.part(catalog, row, moment)?);
            } else {
                excluded.push(Excluded { indicator: row.code.clone(), reason: Reason::NotAdditive });
            }
        }
        excluded.sort_by(|one, other| one.indicator.cmp(&other.indicator));
        Ok((parts, excluded))
    }

    fn part(&mut self, catalog: &Catalog, row: &IndicatorRow, moment: Moment) -> ApiResult<Part> {
        let kinds = self.planned.remove(&row.id).unwrap_or_default();
        let reported = self.reported.remove(&row.id).unwrap_or_default();
        let last_year = self.last_year.remove(&row.id).map(|reported| reported.total);
        let mut indicator = Counted::of(catalog, row.id)?;
        let reason = if row.value_type.0 == ValueType::Percentage && !are_equal(&kinds) {
            Some(Reason::TargetsDiffer)
        } else if is_partly_reported(&kinds, reported.associations) {
            Some(Reason::PartlyReported)
        } else {
            None
        };
        let planned = if reason.is_some() { None } else { planned(row, &kinds, moment)? };
        if indicator.nature.value_type == ValueType::Milestone {
            // Of many associations, so many have reached it: a number like any other.
            indicator.nature.value_type = ValueType::Number;
        }
        let coverage = Coverage { planned: kinds.values().map(|sum| sum.count).sum(), reported: reported.associations };
        Ok(Part { last_year, coverage: Some(coverage), reason, ..Part::own(indicator, planned, reported.total) })
    }
}

fn is_added(row: &IndicatorRow) -> bool {
    row.is_additive || row.value_type.0 == ValueType::Percentage
}

/// Whether all targets plan the same: percentages cannot be added.
fn are_equal(kinds: &BTreeMap<Kind, Sum>) -> bool {
    if kinds.values().map(|sum| sum.count).sum::<i64>() <= 1 {
        return true;
    }
    let least = kinds.values().filter_map(|sum| sum.least).min();
    let greatest = kinds.values().filter_map(|sum| sum.greatest).max();
    let bounds: BTreeSet<_> = kinds.keys().map(|kind| (kind.bound, kind.basis_of_rate)).collect();
    let is_plain = |(bound, basis): &(Bound, BasisOfRate)| *bound != Bound::Range && *basis == BasisOfRate::Level;
    least == greatest && bounds.len() <= 1 && bounds.iter().all(is_plain)
}

/// Whether targets measure a change, and others have reported than have them: who said nothing would count as fallen
/// back to 0, and who planned nothing as risen from there. As long as nobody has reported, nothing is said wrongly.
fn is_partly_reported(kinds: &BTreeMap<Kind, Sum>, reporting: i64) -> bool {
    let is_change = |kind: &Kind| kind.basis_of_rate == BasisOfRate::Change;
    let all_change = !kinds.is_empty() && kinds.keys().all(is_change);
    let (planned, reported) = kinds.values().fold((0, 0), |sums, sum| (sums.0 + sum.count, sums.1 + sum.reported));
    all_change && reporting > 0 && (reported < planned || reporting > planned)
}

/// The target of all of them together; none where nobody has one.
fn planned(row: &IndicatorRow, kinds: &BTreeMap<Kind, Sum>, moment: Moment) -> ApiResult<Option<Planned>> {
    let Some(first) = kinds.keys().next() else { return Ok(None) };
    let mut all = Sum::default();
    kinds.values().try_for_each(|sum| all.add(sum))?;
    let mixed_bounds = kinds.keys().any(|kind| kind.bound != first.bound || kind.basis_of_rate != first.basis_of_rate);
    let is_lower_better = row.direction.0 == Direction::LowerIsBetter;
    let is_percentage = row.value_type.0 == ValueType::Percentage;
    let bound = match (mixed_bounds, is_lower_better) {
        (false, _) => first.bound,
        (true, false) => Bound::AtLeast,
        (true, true) => Bound::AtMost,
    };
    let value = match all.least {
        Some(value) if is_percentage => value,
        // Where less is better, a range is kept up to its upper end.
        _ if mixed_bounds && is_lower_better => all.upper,
        _ => all.value,
    };
    let basis_of_rate = if mixed_bounds { BasisOfRate::Level } else { first.basis_of_rate };
    let goal = Goal {
        bound,
        value,
        upper: (bound == Bound::Range).then_some(all.upper),
        basis_of_rate,
        baseline: (basis_of_rate == BasisOfRate::Change).then_some(all.baseline),
        weight: all.weight,
        due_on: kinds.keys().map(|kind| kind.due_on).max().unwrap_or(first.due_on),
        plan: None,
    };
    let is_silent = is_lower_better && all.reported < all.count;
    let mixed = Mixed { bounds: mixed_bounds, expected: expected(kinds, moment), is_silent };
    Ok(Some(Planned { goal, is_approximate: all.is_approximate, duty: None, mixed: Some(mixed), plan: None }))
}

/// The share of the sum that should be done: Σ value × share / Σ value, every target on its own curve.
fn expected(kinds: &BTreeMap<Kind, Sum>, moment: Moment) -> Decimal {
    let share = |kind: &Kind| {
        let Kind { bound, basis_of_rate, due_on, plan } = kind.clone();
        let (value, weight) = (Decimal::ONE, Decimal::ONE);
        let goal = Goal { bound, value, upper: None, basis_of_rate, baseline: None, weight, due_on, plan };
        expected_share(&goal, moment.year, moment.as_of)
    };
    let by = |measure: fn(&Sum) -> Decimal| {
        let whole: Option<Decimal> =
            kinds.values().try_fold(Decimal::ZERO, |whole, sum| whole.checked_add(measure(sum).abs()));
        let part = kinds.iter().try_fold(Decimal::ZERO, |part, (kind, sum)| {
            part.checked_add(share(kind).checked_mul(measure(sum).abs())?)
        });
        part?.checked_div(whole?)
    };
    by(|sum| sum.value).or_else(|| by(|sum| sum.count.into())).unwrap_or_default()
}
