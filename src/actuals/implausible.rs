//! Figures that look like a slip, held against the target and the total of their line. Pure: no database.

use rust_decimal::Decimal;

use super::content::Measure;
use crate::decimal::Amount;
use crate::indicators::store::IndicatorRow;
use crate::indicators::{Accumulation, ValueType};

/// Above so many times the year's target, somebody wrote a zero too many or took another unit.
const FAR: Decimal = Decimal::TEN;

/// Why a figure may be a slip.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Implausible {
    /// It is more than ten times what is planned for the year.
    FarAboveTarget { value: Amount, target: Amount },
    /// It alone is more than what is planned for the year, and with what was reported more than twice that.
    FarBeyondTarget { total: Amount, target: Amount },
    /// It is a share of more than the whole, where none is planned.
    AboveWhole(Amount),
    /// It takes away from what is added up.
    Negative(Amount),
    /// It has decimals, where the indicator shows none and nothing so far has any.
    Broken(Amount),
    /// A verifier settles on more than ten times what was reported, or on less than a tenth.
    FarFromReported { value: Amount, reported: Amount },
}

impl Implausible {
    /// Stands for what exactly is doubted.
    pub(super) fn key(&self) -> String {
        match self {
            Self::FarAboveTarget { value, target } => format!("far_above_target:{value}:{target}"),
            Self::FarBeyondTarget { total, target } => format!("far_beyond_target:{total}:{target}"),
            Self::AboveWhole(value) => format!("above_whole:{value}"),
            Self::Negative(value) => format!("negative:{value}"),
            Self::Broken(value) => format!("broken:{value}"),
            Self::FarFromReported { value, reported } => format!("far_from_reported:{value}:{reported}"),
        }
    }
}

/// What a figure is held against.
#[derive(Clone, Copy, Debug)]
pub(super) struct Line {
    value_type: ValueType,
    accumulation: Accumulation,
    has_decimals: bool,
    target: Option<Decimal>,
    so_far: Decimal,
}

impl Line {
    /// An indicator, what is planned of it for the year where it is, and what the year's actuals come to as reported.
    pub(super) fn new(indicator: &IndicatorRow, target: Option<Decimal>, so_far: Decimal) -> Self {
        Self {
            value_type: indicator.value_type.0,
            accumulation: indicator.accumulation.0,
            has_decimals: indicator.decimals > 0,
            target,
            so_far,
        }
    }

    /// Why a figure may be a slip.
    pub(super) fn implausible(&self, measure: Measure) -> Vec<Implausible> {
        let Some(value) = figure(measure) else { return Vec::new() };
        let is_negative = self.accumulation == Accumulation::Sum && value < Decimal::ZERO;
        let is_whole = |value: Decimal| value.fract().is_zero();
        let is_counted = self.value_type == ValueType::Number && !self.has_decimals;
        let was_whole = is_counted && is_whole(self.so_far) && self.target.is_none_or(is_whole);
        let negative = is_negative.then(|| Implausible::Negative(value.into()));
        let broken = (was_whole && !is_whole(value)).then(|| Implausible::Broken(value.into()));
        self.too_large(value).into_iter().chain(negative).chain(broken).collect()
    }

    fn too_large(&self, value: Decimal) -> Option<Implausible> {
        let target = self.target.filter(|target| *target > Decimal::ZERO && is_far_above(value, *target));
        if let Some(target) = target {
            return Some(Implausible::FarAboveTarget { value: value.into(), target: target.into() });
        }
        if let Some(beyond) = self.far_beyond_target(value) {
            return Some(beyond);
        }
        let whole = Decimal::ONE_HUNDRED;
        // A rate of growth, which is a number in %, may be any.
        let is_share = self.value_type == ValueType::Percentage;
        let is_above = is_share && value > whole && self.target.is_none_or(|target| target <= whole);
        is_above.then(|| Implausible::AboveWhole(value.into()))
    }

    /// Reports come in parts: one that is more than the whole, where there are others, may have a zero too many.
    fn far_beyond_target(&self, value: Decimal) -> Option<Implausible> {
        let target = self.target.filter(|target| *target > Decimal::ZERO && value > *target)?;
        let total = self.so_far.checked_add(value)?;
        let is_part = self.accumulation == Accumulation::Sum && self.so_far > Decimal::ZERO;
        let is_far = is_part && target.checked_mul(Decimal::TWO).is_some_and(|most| total > most);
        is_far.then(|| Implausible::FarBeyondTarget { total: total.into(), target: target.into() })
    }

    /// As it would be had this figure never been reported. Of a standing that was the last one, the one before is not known.
    pub(super) fn without(self, own: Measure) -> Self {
        let Measure::Value(own) = own else { return self };
        let so_far = match self.accumulation {
            Accumulation::Latest if own == self.so_far => Decimal::ZERO,
            Accumulation::Latest | Accumulation::Ratio => self.so_far,
            Accumulation::Sum => self.so_far.checked_sub(own).unwrap_or_default(),
        };
        Self { so_far, ..self }
    }

    /// Why a figure that a verifier settles on, in place of the one that was reported, may be a slip.
    pub(super) fn settled(&self, reported: Measure, settled: Measure) -> Vec<Implausible> {
        let was_broken = figure(reported).is_some_and(|value| !value.fract().is_zero());
        let is_new = |one: &Implausible| !(was_broken && matches!(one, Implausible::Broken(_)));
        self.implausible(settled).into_iter().filter(is_new).chain(self.far_from(reported, settled)).collect()
    }

    /// Whether somebody settles on quite another figure; of milestones there are only two.
    fn far_from(&self, reported: Measure, settled: Measure) -> Option<Implausible> {
        let (reported, value) = figure(reported).zip(figure(settled))?;
        let is_far = is_far_above(value, reported) || is_far_above(reported, value);
        let is_doubted = is_far && reported > Decimal::ZERO && self.value_type != ValueType::Milestone;
        is_doubted.then(|| Implausible::FarFromReported { value: value.into(), reported: reported.into() })
    }
}

/// The figure, of a percentage in percent.
fn figure(measure: Measure) -> Option<Decimal> {
    match measure {
        Measure::Value(value) => Some(value),
        Measure::Ratio { numerator, denominator } => {
            numerator.checked_mul(Decimal::ONE_HUNDRED)?.checked_div(denominator)
        }
    }
}

fn is_far_above(value: Decimal, other: Decimal) -> bool {
    other.checked_mul(FAR).is_some_and(|most| value > most)
}

#[cfg(test)]
mod tests {
    use super::*;

    const COUNTED: Line = Line {
        value_type: ValueType::Number,
        accumulation: Accumulation::Sum,
        has_decimals: false,
        target: None,
        so_far: Decimal::ZERO,
    };

    fn decimal(text: &str) -> Decimal {
        text.parse().expect("a number")
    }

    fn keys(line: Line, value: &str) -> Vec<String> {
        line.implausible(Measure::Value(decimal(value))).iter().map(Implausible::key).collect()
    }

    #[test]
    fn only_more_than_ten_times_the_target_is_far_above_it() {
        let planned = Line { target: Some(decimal("94")), ..COUNTED };
        assert_eq!(keys(planned, "940"), [""; 0]);
        assert_eq!(keys(planned, "941"), ["far_above_target:941:94"]);
        assert_eq!(keys(Line { target: None, ..planned }, "941"), [""; 0]);
        assert_eq!(keys(Line { target: Some(Decimal::ZERO), ..planned }, "941"), [""; 0]);
        assert_eq!(keys(Line { target: Some(Decimal::MAX), ..planned }, "941"), [""; 0]);
    }

    #[test]
    fn a_share_is_held_against_its_target_in_percent() {
        let share = Line { value_type: ValueType::Percentage, accumulation: Accumulation::Ratio, ..COUNTED };
        let keys = |target: Option<&str>, numerator, denominator| {
            let share = Line { target: target.map(decimal), ..share };
            let measure = Measure::Ratio { numerator: decimal(numerator), denominator: decimal(denominator) };
            share.implausible(measure).iter().map(Implausible::key).collect::<Vec<_>>()
        };
        assert_eq!(keys(Some("98"), "43", "43"), [""; 0]);
        assert_eq!(keys(Some("98"), "430", "43"), ["far_above_target:1000:98"], "that says it all");
        // More than the whole, unless that is planned.
        for target in [Some("98"), Some("100"), Some("0"), None] {
            assert_eq!(keys(target, "86", "43"), ["above_whole:200"], "{target:?}");
        }
        assert_eq!(keys(Some("120"), "86", "43"), [""; 0]);
    }

    #[test]
    fn a_number_is_no_share_whatever_it_counts() {
        let rate = Line { accumulation: Accumulation::Latest, has_decimals: true, ..COUNTED };
        assert_eq!(keys(rate, "100.5"), [""; 0]);
        assert_eq!(keys(COUNTED, "101"), [""; 0]);
    }

    #[test]
    fn a_part_of_more_than_the_whole_is_doubted_where_it_doubles_that() {
        let line = Line { target: Some(decimal("94")), so_far: decimal("82"), ..COUNTED };
        assert_eq!(keys(line, "120"), ["far_beyond_target:202:94"]);
        assert_eq!(keys(line, "106"), [""; 0], "twice as much is no more than that");
        assert_eq!(keys(line, "1200"), ["far_above_target:1200:94"], "asked once");
        let late = Line { so_far: decimal("120"), ..line };
        assert_eq!(keys(late, "94"), [""; 0], "no more than the whole");
        assert_eq!(keys(Line { so_far: decimal("0"), ..line }, "900"), [""; 0], "the first of them");
        assert_eq!(keys(Line { accumulation: Accumulation::Latest, ..line }, "300"), [""; 0]);
        assert_eq!(keys(Line { target: None, ..line }, "300"), [""; 0]);
    }

    #[test]
    fn what_is_added_up_seldom_shrinks_and_a_standing_may() {
        assert_eq!(keys(COUNTED, "-5"), ["negative:-5"]);
        assert_eq!(keys(Line { accumulation: Accumulation::Latest, ..COUNTED }, "-5"), [""; 0]);
    }

    #[test]
    fn decimals_are_doubted_only_where_nothing_has_any() {
        assert_eq!(keys(COUNTED, "2.5"), ["broken:2.5"]);
        assert_eq!(keys(COUNTED, "2.0"), [""; 0]);
        for line in [
            Line { has_decimals: true, ..COUNTED },
            Line { so_far: decimal("0.5"), ..COUNTED },
            Line { target: Some(decimal("1.5")), ..COUNTED },
        ] {
            assert_eq!(keys(line, "2.5"), [""; 0], "{line:?}");
        }
    }

    #[test]
    fn what_is_amended_is_not_held_against_itself() {
        let line = Line { so_far: decimal("12.5"), ..COUNTED };
        assert_eq!(keys(line.without(Measure::Value(decimal("2.5"))), "3.5"), ["broken:3.5"]);
        assert_eq!(keys(line.without(Measure::Value(decimal("2"))), "3.5"), [""; 0]);
        let standing = Line { accumulation: Accumulation::Latest, ..line };
        assert_eq!(keys(standing.without(Measure::Value(decimal("12.5"))), "3.5"), ["broken:3.5"]);
        assert_eq!(keys(standing.without(Measure::Value(decimal("2.5"))), "3.5"), [""; 0]);
    }

    #[test]
    fn a_verifier_is_not_asked_about_decimals_that_were_reported() {
        let keys = |reported, settled| {
            let [reported, settled] = [reported, settled].map(|text| Measure::Value(decimal(text)));
            COUNTED.settled(reported, settled).iter().map(Implausible::key).collect::<Vec<_>>()
        };
        assert_eq!(keys("1.5", "2.5"), [""; 0]);
        assert_eq!(keys("2", "2.5"), ["broken:2.5"]);
    }

    #[test]
    fn a_verifier_is_asked_about_ten_times_as_much_and_a_tenth() {
        let far = |line: Line, reported, settled| {
            let [reported, settled] = [reported, settled].map(|text| Measure::Value(decimal(text)));
            line.far_from(reported, settled).map(|implausible| implausible.key())
        };
        assert_eq!(far(COUNTED, "36", "361").as_deref(), Some("far_from_reported:361:36"));
        assert_eq!(far(COUNTED, "36", "3.5").as_deref(), Some("far_from_reported:3.5:36"));
        for (reported, settled) in [("36", "360"), ("36", "3.6"), ("0", "5"), ("-36", "5")] {
            assert_eq!(far(COUNTED, reported, settled), None, "{reported} {settled}");
        }
        assert_eq!(far(Line { value_type: ValueType::Milestone, ..COUNTED }, "1", "0"), None);
    }
}
