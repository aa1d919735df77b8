//! The periods of a schedule, where they stand on a day, and what reports make of them. Pure: no database, no clock.

use std::collections::BTreeMap;

use chrono::{DateTime, Datelike, Days, NaiveDate, Utc};
use rust_decimal::Decimal;

use super::{Frequency, PeriodState};
use crate::decimal::{Amount, SCALE};
use crate::error::Text;
use crate::period::Period;

impl Frequency {
    const fn months(self) -> u32 {
        match self {
            Self::Monthly => 1,
            Self::Quarterly => 3,
        }
    }

    /// How its periods are written.
    pub(super) const fn form(self) -> Text {
        match self {
            Self::Monthly => Text::new("月份，如 2018-03", "a month, such as 2018-03"),
            Self::Quarterly => Text::new("季度，如 2018-Q1", "a quarter, such as 2018-Q1"),
        }
    }

    /// Its periods of a year, in their order.
    pub(super) fn periods(self, year: i16) -> Vec<Period> {
        let first_months = (1..=12).step_by(usize::try_from(self.months()).unwrap_or(1));
        let first_days = first_months.filter_map(|month| NaiveDate::from_ymd_opt(year.into(), month, 1));
        first_days.filter_map(|day| Period::months(day, self.months())).collect()
    }

    /// The one of its periods of a year that is reported on a day: the last that has ended and is not overdue, where reports
    /// are due so many days after it, else the one that the day lies in.
    pub(super) fn to_report(self, year: i16, due_days: Option<i16>, today: NaiveDate) -> Option<Period> {
        let periods = self.periods(year);
        let is_open = |period: &&Period| {
            due_days.is_some_and(|days| PeriodState::on(today, period, due_on(period, days)) == PeriodState::Open)
        };
        let goes_on = |period: &&Period| (period.from()..=period.through()).contains(&today);
        periods.iter().rfind(is_open).or_else(|| periods.iter().find(goes_on)).copied()
    }
}

/// The last day on which a report of a period is in time.
pub(super) fn due_on(period: &Period, due_days: i16) -> NaiveDate {
    let days = Days::new(u64::from(due_days.unsigned_abs()));
    period.through().checked_add_days(days).unwrap_or(NaiveDate::MAX)
}

impl PeriodState {
    /// Where a period stands on a day.
    pub(super) fn on(today: NaiveDate, period: &Period, due_on: NaiveDate) -> Self {
        match today {
            _ if today <= period.through() => Self::Upcoming,
            _ if today <= due_on => Self::Open,
            _ => Self::Due,
        }
    }
}

/// A period of a schedule, with the moments that matter.
#[derive(Clone, Copy, Debug)]
pub(super) struct Slot {
    /// The month or quarter.
    pub period: Period,
    /// The last day on which a report is in time.
    pub due_on: NaiveDate,
    /// Where it stands today.
    pub state: PeriodState,
    /// When it has ended: the first moment of the day behind its last one.
    pub ends_at: DateTime<Utc>,
    /// The first moment at which a report is late.
    pub late_at: DateTime<Utc>,
}

impl Slot {
    /// Its months, from 1.
    pub(super) fn months(&self) -> impl Iterator<Item = i16> + use<> {
        let months = self.period.from().month()..=self.period.through().month();
        months.filter_map(|month| i16::try_from(month).ok())
    }
}

/// The first report of a period.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct First {
    at: DateTime<Utc>,
    is_nil: bool,
}

/// What one association reported, by the place of the period among the slots.
#[derive(Clone, Debug, Default)]
pub(super) struct Reports(BTreeMap<usize, First>);

impl Reports {
    fn add(&mut self, place: usize, at: DateTime<Utc>, is_nil: bool) {
        let first = self.0.entry(place).or_insert(First { at, is_nil });
        *first = First { at: at.min(first.at), is_nil: is_nil && first.is_nil };
    }

    /// The first actual that ends in a month.
    pub(super) fn add_actual(&mut self, slots: &[Slot], month: i16, at: DateTime<Utc>) {
        if let Some(place) = slots.iter().position(|slot| slot.months().any(|own| own == month)) {
            self.add(place, at, false);
        }
    }

    /// A nil report stands for every period that it covers wholly.
    pub(super) fn add_nil(&mut self, slots: &[Slot], of: &Period, at: DateTime<Utc>) {
        for (place, slot) in slots.iter().enumerate() {
            if of.from() <= slot.period.from() && slot.period.through() <= of.through() {
                self.add(place, at, true);
            }
        }
    }
}

/// How one association reports.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Tally {
    pub expected: i64,
    pub reported: i64,
    pub nil: i64,
    pub on_time: i64,
    pub missing: Vec<Period>,
    pub late: Vec<Period>,
}

impl Tally {
    /// What these reports make of the periods that have ended since the association is known.
    pub(super) fn of(slots: &[Slot], known_since: DateTime<Utc>, reports: &Reports) -> Self {
        let mut tally = Self::default();
        for (place, slot) in slots.iter().enumerate() {
            if slot.state == PeriodState::Upcoming || slot.ends_at <= known_since {
                continue;
            }
            tally.expected += 1;
            match reports.0.get(&place) {
                Some(first) => {
                    tally.reported += 1;
                    tally.nil += i64::from(first.is_nil);
                    if first.at < slot.late_at {
                        tally.on_time += 1;
                    } else {
                        tally.late.push(slot.period);
                    }
                }
                None if slot.state == PeriodState::Due => tally.missing.push(slot.period),
                None => {}
            }
        }
        tally
    }
}

/// A share of what is expected, cut toward zero; none where nothing is.
pub(super) fn rate(part: i64, expected: i64) -> Option<Amount> {
    let share = Decimal::from(part).checked_div(Decimal::from(expected))?;
    Some(share.trunc_with_scale(SCALE).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().expect("a day")
    }

    fn period(text: &str) -> Period {
        text.parse().expect("a period")
    }

    /// The first moment of a day; here, days begin at midnight UTC.
    fn start(text: &str) -> DateTime<Utc> {
        day(text).and_hms_opt(0, 0, 0).expect("a time").and_utc()
    }

    fn slots(frequency: Frequency, due_days: i16, today: &str) -> Vec<Slot> {
        let slot = |period: Period| {
            let due_on = due_on(&period, due_days);
            let after = |day: NaiveDate| day.succ_opt().expect("a day").and_hms_opt(0, 0, 0).expect("a time").and_utc();
            let state = PeriodState::on(day(today), &period, due_on);
            Slot { period, due_on, state, ends_at: after(period.through()), late_at: after(due_on) }
        };
        frequency.periods(2018).into_iter().map(slot).collect()
    }

    #[test]
    fn a_year_has_twelve_months_or_four_quarters() {
        let written = |frequency: Frequency| frequency.periods(2018).iter().map(Period::to_string).collect::<Vec<_>>();
        assert_eq!(written(Frequency::Quarterly), ["2018-Q1", "2018-Q2", "2018-Q3", "2018-Q4"]);
        let months = written(Frequency::Monthly);
        assert_eq!((months.len(), months[0].as_str(), months[11].as_str()), (12, "2018-01", "2018-12"));
        assert_eq!(Frequency::Monthly.periods(2199).len(), 12, "the last year the service keeps");
    }

    #[test]
    fn what_is_reported_on_a_day_is_the_period_that_is_open_or_else_goes_on() {
        use Frequency::{Monthly, Quarterly};
        for (frequency, due_days, today, expected) in [
            (Monthly, None, "2018-01-01", Some("2018-01")),
            (Monthly, None, "2018-12-31", Some("2018-12")),
            (Monthly, None, "2019-01-01", None),
            (Monthly, None, "2017-12-31", None),
            (Quarterly, Some(5), "2018-06-30", Some("2018-Q2")),
            (Quarterly, Some(5), "2018-07-05", Some("2018-Q2")),
            (Quarterly, Some(5), "2018-07-06", Some("2018-Q3")),
            (Quarterly, Some(0), "2018-07-01", Some("2018-Q3")),
            (Quarterly, Some(5), "2019-01-05", Some("2018-Q4")),
            (Quarterly, Some(5), "2019-01-06", None),
            (Monthly, Some(90), "2018-06-10", Some("2018-05")),
        ] {
            let found = frequency.to_report(2018, due_days, day(today));
            assert_eq!(found, expected.map(period), "{frequency:?} {due_days:?} {today}");
        }
    }

    #[test]
    fn a_due_day_is_counted_from_the_last_day_of_the_period() {
        assert_eq!(due_on(&period("2018-02"), 0), day("2018-02-28"));
        assert_eq!(due_on(&period("2020-02"), 1), day("2020-03-01"));
        assert_eq!(due_on(&period("2018-Q4"), 90), day("2019-03-31"));
    }

    #[test]
    fn a_period_is_open_from_the_day_after_its_end_through_its_due_day() {
        let state = |today: &str, due_days| {
            let period = period("2018-03");
            PeriodState::on(day(today), &period, due_on(&period, due_days))
        };
        assert_eq!(state("2017-01-01", 5), PeriodState::Upcoming);
        assert_eq!(state("2018-03-31", 5), PeriodState::Upcoming);
        assert_eq!(state("2018-04-01", 5), PeriodState::Open);
        assert_eq!(state("2018-04-05", 5), PeriodState::Open);
        assert_eq!(state("2018-04-06", 5), PeriodState::Due);
        assert_eq!(state("2018-03-31", 0), PeriodState::Upcoming);
        assert_eq!(state("2018-04-01", 0), PeriodState::Due, "never open");
    }

    #[test]
    fn a_report_is_in_time_until_the_due_day_is_over() {
        let slots = slots(Frequency::Monthly, 5, "2018-05-03");
        let mut reports = Reports::default();
        reports.add_actual(&slots, 1, start("2018-02-06") - chrono::TimeDelta::microseconds(1));
        reports.add_actual(&slots, 2, start("2018-03-06"));
        reports.add_actual(&slots, 4, start("2018-04-20"));
        let tally = Tally::of(&slots, start("2017-12-01"), &reports);
        assert_eq!((tally.expected, tally.reported, tally.on_time, tally.nil), (4, 3, 2, 0));
        assert_eq!((tally.late, tally.missing), (vec![period("2018-02")], vec![period("2018-03")]));
    }

    #[test]
    fn the_first_report_decides_and_a_nil_report_beside_an_actual_is_none() {
        let slots = slots(Frequency::Quarterly, 10, "2018-12-31");
        let mut reports = Reports::default();
        reports.add_actual(&slots, 3, start("2018-06-01"));
        reports.add_actual(&slots, 1, start("2018-02-01"));
        reports.add_nil(&slots, &period("2018-Q1"), start("2018-04-11"));
        reports.add_nil(&slots, &period("2018-Q2"), start("2018-07-11"));
        // A month is not the whole quarter.
        reports.add_nil(&slots, &period("2018-09"), start("2018-10-01"));
        let tally = Tally::of(&slots, start("2017-12-01"), &reports);
        assert_eq!((tally.expected, tally.reported, tally.on_time, tally.nil), (3, 2, 1, 1));
        assert_eq!((tally.late, tally.missing), (vec![period("2018-Q2")], vec![period("2018-Q3")]));
    }

    #[test]
    fn a_nil_report_of_a_quarter_stands_for_its_months() {
        let slots = slots(Frequency::Monthly, 0, "2018-04-01");
        let mut reports = Reports::default();
        reports.add_nil(&slots, &period("2018-Q1"), start("2018-03-01"));
        let tally = Tally::of(&slots, start("2017-12-01"), &reports);
        assert_eq!((tally.expected, tally.reported, tally.on_time, tally.nil), (3, 3, 1, 3));
        assert_eq!(tally.late, [period("2018-01"), period("2018-02")]);
    }

    #[test]
    fn nobody_is_asked_for_what_was_over_before_it_was_known() {
        let slots = slots(Frequency::Monthly, 5, "2018-05-03");
        let known = |since: &str| Tally::of(&slots, start(since), &Reports::default()).missing;
        assert_eq!(known("2018-03-01"), [period("2018-03")], "the first moment after February");
        assert_eq!(known("2018-02-28"), [period("2018-02"), period("2018-03")]);
        assert_eq!(Tally::of(&slots, start("2018-05-01"), &Reports::default()), Tally::default());
    }

    #[test]
    fn rates_are_cut_toward_zero() {
        let text = |rate: Option<Amount>| rate.map(|rate| rate.to_string());
        assert_eq!(text(rate(2, 3)).as_deref(), Some("0.6666"));
        assert_eq!(text(rate(19_999, 20_000)).as_deref(), Some("0.9999"));
        assert_eq!(text(rate(3, 3)).as_deref(), Some("1"));
        assert_eq!(text(rate(0, 3)).as_deref(), Some("0"));
        assert_eq!(rate(0, 0), None);
    }
}
