//! 序时进度: the share of the plan that should be done by a day.

use chrono::{Datelike, Months, NaiveDate};
use rust_decimal::Decimal;

use super::{Goal, PLACES};

/// Shares of a plan curve.
pub const MONTHS: usize = 12;

/// The share, 0…1, of a goal's work that should be done by the end of a day; after the year, as at its end.
///
/// With a plan curve, interpolated between the ends of its months; else even from 1 January to the day it is due.
pub fn expected_share(goal: &Goal, year: i16, day: NaiveDate) -> Decimal {
    let (Some(first), Some(last)) = (date(year, 1, 1), date(year, 12, 31)) else { return Decimal::ONE };
    if day < first {
        return Decimal::ZERO;
    }
    let day = day.min(last);
    match &goal.plan {
        Some(plan) => planned_share(plan, day),
        None => share(days(first, day).into(), days(first, goal.due_on)).min(Decimal::ONE),
    }
}

/// The share, 0…1, of a year that is over at the end of a day by the calendar, cut as rates are; after the year, all of it.
///
/// It is nobody's plan: what a goal should have done by then is its [`expected_share`].
pub fn elapsed_share(year: i16, day: NaiveDate) -> Decimal {
    let (Some(first), Some(last)) = (date(year, 1, 1), date(year, 12, 31)) else { return Decimal::ONE };
    share(days(first, day.min(last)).max(0).into(), days(first, last)).trunc_with_scale(PLACES)
}

fn planned_share(plan: &[Decimal], day: NaiveDate) -> Decimal {
    let month = usize::try_from(day.month0()).unwrap_or_default();
    let at_end = |month: usize| plan.get(month).copied().unwrap_or(Decimal::ONE);
    let before = month.checked_sub(1).map_or(Decimal::ZERO, at_end);
    let first = day.with_day(1).unwrap_or(day);
    let length = first.checked_add_months(Months::new(1)).map_or(31, |next| (next - first).num_days());
    // Divided last: a third of a month times three hundredths is one hundredth, not a little less.
    before + share((at_end(month) - before) * Decimal::from(day.day()), length)
}

/// Days from one to another, both included.
fn days(from: NaiveDate, through: NaiveDate) -> i64 {
    (through - from).num_days() + 1
}

fn share(part: Decimal, whole: i64) -> Decimal {
    part.checked_div(Decimal::from(whole)).unwrap_or(Decimal::ONE)
}

fn date(year: i16, month: u32, day: u32) -> Option<NaiveDate> {
    NaiveDate::from_ymd_opt(year.into(), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_year_passes_from_nothing_to_all_of_it_and_leap_years_have_a_day_more() {
        let rows = [
            ("2017-12-31", "0"),
            ("2018-01-01", "0.0027"),
            ("2018-06-30", "0.4958"),
            ("2018-12-30", "0.9972"),
            ("2018-12-31", "1"),
            ("2019-05-01", "1"),
        ];
        for (day, share) in rows {
            let (day, share): (NaiveDate, Decimal) = (day.parse().expect("a day"), share.parse().expect("a share"));
            assert_eq!(elapsed_share(2018, day), share, "{day}");
        }
        assert_eq!(elapsed_share(2020, date(2020, 7, 1).expect("a day")), Decimal::new(5, 1));
    }
}
