//! What is derived from the ledger: a year's totals per indicator, and a scorecard per association and year.
//!
//! How actuals combine is here, pure; how the rows are locked and kept is in `store`. Whoever writes targets or
//! actuals keeps both in the same transaction.

pub(crate) mod bulk;
pub(crate) mod derived;
pub(crate) mod store;
pub(crate) mod version;
pub(crate) mod whole;

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;

use crate::error::{Code, Text};
use crate::indicators::{Accumulation, ValueType};
use crate::period::Period;
use crate::rule::{self, Goal, Nature, Standing};

/// What one actual contributes.
#[derive(Clone, Copy, Debug)]
pub struct Figure {
    /// The days it covers.
    pub period: Period,
    /// The value, or the numerator of a percentage.
    pub value: Decimal,
    /// The denominator of a percentage, else 0.
    pub denominator: Decimal,
    /// Whether the figure is exact.
    pub is_exact: bool,
    /// When it was reported.
    pub reported_at: DateTime<Utc>,
}

/// A year's actuals of one indicator on one basis, combined.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Total {
    /// How many actuals.
    pub count: i32,
    /// Their sum, the latest of them, or that of their numerators.
    pub value: Decimal,
    /// That of their denominators, else 0.
    pub denominator: Decimal,
    /// How many of those the value rests on are not exact.
    pub inexact_count: i32,
    /// First day covered.
    pub from: Option<NaiveDate>,
    /// Last day covered.
    pub through: Option<NaiveDate>,
    /// When the last of them was reported.
    pub last_at: Option<DateTime<Utc>>,
}

/// The totals that are kept, in words.
pub(crate) const KEPT_TOTALS: Text = Text::new("合计小于 10^20", "a total below 10^20");

/// Largest total that is kept, either side of 0.
const LARGEST: Decimal = Decimal::from_parts(0x6310_0000, 0x6BC7_5E2D, 0x0000_0005, false, 0);

impl Total {
    /// Adds a figure. Figures come in the order they were reported: of several that end on the same day, the later
    /// report is the latest.
    ///
    /// # Errors
    /// `total_out_of_range` when the sum could not be kept.
    pub fn add(&mut self, accumulation: Accumulation, figure: &Figure) -> Result<(), Code> {
        let through = figure.period.through();
        let is_latest = self.through.is_none_or(|latest| through >= latest);
        let inexact = i32::from(!figure.is_exact);
        match accumulation {
            Accumulation::Sum | Accumulation::Ratio => {
                self.value = sum(self.value, figure.value)?;
                self.denominator = sum(self.denominator, figure.denominator)?;
                self.inexact_count += inexact;
            }
            Accumulation::Latest if is_latest => {
                (self.value, self.denominator, self.inexact_count) = (figure.value, figure.denominator, inexact);
            }
            Accumulation::Latest => {}
        }
        self.count += 1;
        self.from = Some(self.from.map_or(figure.period.from(), |from| from.min(figure.period.from())));
        self.through = Some(self.through.map_or(through, |latest| latest.max(through)));
        self.last_at = self.last_at.max(Some(figure.reported_at));
        Ok(())
    }

    /// The value the rule compares with a target: none where nothing is reported, in percent for a percentage.
    pub fn standing(&self, value_type: ValueType) -> Option<Decimal> {
        match value_type {
            _ if self.count == 0 => None,
            ValueType::Percentage => (self.value * Decimal::ONE_HUNDRED).checked_div(self.denominator),
            ValueType::Number | ValueType::Milestone => Some(self.value),
        }
    }
}

fn sum(one: Decimal, other: Decimal) -> Result<Decimal, Code> {
    one.checked_add(other).filter(|sum| sum.abs() < LARGEST).ok_or(Code::TotalOutOfRange)
}

/// The totals of one indicator, on both bases.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// 自评: reported and verified actuals, as reported.
    pub reported: Total,
    /// 核定: verified actuals, as verified.
    pub verified: Total,
}

impl Totals {
    /// How they stand against a target, on the reported and on the verified basis.
    pub(crate) fn standings(&self, nature: Nature, goal: &Goal) -> [Standing; 2] {
        [&self.reported, &self.verified].map(|total| rule::stand(nature, goal, total.standing(nature.value_type)))
    }
}

/// What one indicator adds to a scorecard.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Contribution {
    pub(crate) target_count: i32,
    pub(crate) weight: Decimal,
    pub(crate) reported: Share,
    pub(crate) verified: Share,
}

/// What one indicator adds to a scorecard on one basis.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Share {
    /// Weight × score.
    pub(crate) score: Decimal,
    pub(crate) met_count: i32,
}

impl Share {
    fn of(goal: &Goal, standing: Standing) -> Self {
        let score = standing.score.unwrap_or_default();
        Self { score: goal.weight * score, met_count: i32::from(standing.is_met) }
    }
}

impl std::ops::Add for Share {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self { score: self.score + other.score, met_count: self.met_count + other.met_count }
    }
}

impl std::ops::Sub for Share {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self { score: self.score - other.score, met_count: self.met_count - other.met_count }
    }
}

impl std::ops::Add for Contribution {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            target_count: self.target_count + other.target_count,
            weight: self.weight + other.weight,
            reported: self.reported + other.reported,
            verified: self.verified + other.verified,
        }
    }
}

impl std::ops::Sub for Contribution {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self {
            target_count: self.target_count - other.target_count,
            weight: self.weight - other.weight,
            reported: self.reported - other.reported,
            verified: self.verified - other.verified,
        }
    }
}

impl Contribution {
    /// What a target (or none) and its totals add.
    pub fn of(nature: Nature, goal: Option<&Goal>, totals: &Totals) -> Self {
        let Some(goal) = goal else { return Self::default() };
        let [reported, verified] = totals.standings(nature, goal);
        Self {
            target_count: 1,
            // A target of 0 where more is better counts as a target, but nothing can be scored.
            weight: if reported.score.is_some() { goal.weight } else { Decimal::ZERO },
            reported: Share::of(goal, reported),
            verified: Share::of(goal, verified),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figure(period: &str, value: i64, denominator: i64, minute: i64) -> Figure {
        Figure {
            period: period.parse().expect("a period"),
            value: value.into(),
            denominator: denominator.into(),
            is_exact: true,
            reported_at: DateTime::from_timestamp(minute * 60, 0).expect("a time"),
        }
    }

    fn total(accumulation: Accumulation, figures: &[Figure]) -> Total {
        let mut total = Total::default();
        figures.iter().for_each(|figure| total.add(accumulation, figure).expect("in range"));
        total
    }

    #[test]
    fn sum_adds_increments_whatever_their_order() {
        let total = total(Accumulation::Sum, &[figure("2018-03", 5, 0, 1), figure("2018-01", 7, 0, 2)]);
        assert_eq!((total.value, total.count), (12.into(), 2));
        assert_eq!(total.from.map(|day| day.to_string()).as_deref(), Some("2018-01-01"));
        assert_eq!(total.through.map(|day| day.to_string()).as_deref(), Some("2018-03-31"));
    }

    #[test]
    fn latest_goes_by_the_end_of_the_period_covered_and_ties_by_the_later_report() {
        let figures = [figure("2018-06", 60, 0, 1), figure("2018-03", 30, 0, 2), figure("2018-Q2", 65, 0, 3)];
        assert_eq!(total(Accumulation::Latest, &figures).value, 65.into());
        assert_eq!(total(Accumulation::Latest, figures.get(..2).expect("two")).value, 60.into());
    }

    #[test]
    fn ratio_is_the_sum_of_numerators_over_the_sum_of_denominators() {
        let total = total(Accumulation::Ratio, &[figure("2018-01", 1, 2, 1), figure("2018-02", 1, 6, 2)]);
        assert_eq!(total.standing(ValueType::Percentage), Some(25.into()));
    }

    #[test]
    fn nothing_reported_is_not_0() {
        assert_eq!(Total::default().standing(ValueType::Number), None);
    }

    #[test]
    fn a_sum_that_could_not_be_kept_is_refused() {
        let mut total = Total { value: LARGEST - Decimal::ONE, ..Total::default() };
        assert_eq!(total.add(Accumulation::Sum, &figure("2018", 1, 0, 1)), Err(Code::TotalOutOfRange));
        assert_eq!(LARGEST.to_string(), "100000000000000000000");
    }
}
