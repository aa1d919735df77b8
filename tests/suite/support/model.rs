//! Completion as DESIGN section 3 words it, over a plain list of what was done. Knows nothing of the program: fractions of
//! whole numbers, no totals that are carried on, everything from the start each time.

use std::cmp::Ordering;

use chrono::{Datelike, NaiveDate};

/// A fraction whose denominator is above 0.
#[derive(Clone, Copy, Debug)]
pub struct Exact(pub i128, pub i128);

impl Exact {
    /// A whole number.
    pub const fn whole(number: i128) -> Self {
        Self(number, 1)
    }

    /// Divided by something that is not 0.
    pub fn over(self, other: Self) -> Self {
        let sign = if other.0 < 0 { -1 } else { 1 };
        Self(self.0 * other.1 * sign, self.1 * other.0 * sign)
    }

    pub fn minus(self, other: Self) -> Self {
        Self(self.0 * other.1 - other.0 * self.1, self.1 * other.1)
    }

    pub fn cmp(self, other: Self) -> Ordering {
        (self.0 * other.1).cmp(&(other.0 * self.1))
    }

    /// Ten-thousandths, cut toward zero.
    pub fn cut(self) -> i128 {
        self.0 * 10_000 / self.1
    }
}

/// Ten-thousandths as a number is written.
pub fn written(cut: i128) -> String {
    let (sign, digits) = (if cut < 0 { "-" } else { "" }, cut.unsigned_abs());
    let text = format!("{sign}{}.{:04}", digits / 10_000, digits % 10_000);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// How a year's actuals combine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Accumulation {
    Sum,
    Latest,
    Ratio,
}

/// What is counted.
#[derive(Clone, Copy, Debug)]
pub struct Indicator {
    pub value_type: &'static str,
    pub is_higher_better: bool,
    pub accumulation: Accumulation,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    Reported,
    Verified,
    Rejected,
    Voided,
}

/// A value, or numerator and denominator, in ten-thousandths.
pub type Figure = (i128, i128);

/// A report, with everything that was done to it since.
#[derive(Clone, Debug)]
pub struct Actual {
    pub id: String,
    pub association: usize,
    pub indicator: usize,
    pub year: i32,
    pub from: NaiveDate,
    pub through: NaiveDate,
    pub figure: Figure,
    pub is_exact: bool,
    pub state: State,
    pub verified: Figure,
    pub reported_at: String,
}

/// What an association plans, in ten-thousandths.
#[derive(Clone, Debug, PartialEq)]
pub struct Target {
    pub bound: &'static str,
    /// Per period.
    pub value: i128,
    pub upper: Option<i128>,
    /// Periods in a year: 1, 2, 4 or 12.
    pub periods: u32,
    pub baseline: Option<i128>,
    /// Whether the rate is the share of the way from the baseline.
    pub is_change: bool,
    pub is_approximate: bool,
    pub weight: i128,
    pub due_on: NaiveDate,
    pub plan: Option<[i128; 12]>,
}

impl Target {
    /// For the whole year.
    pub fn annual(&self) -> Self {
        let periods = i128::from(self.periods);
        Self { value: self.value * periods, upper: self.upper.map(|upper| upper * periods), ..self.clone() }
    }
}

/// A year's actuals on one basis, combined; figures in ten-thousandths.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Total {
    pub count: usize,
    pub value: i128,
    pub denominator: i128,
    pub inexact: usize,
    pub from: Option<NaiveDate>,
    pub through: Option<NaiveDate>,
    pub last_at: Option<String>,
}

impl Total {
    /// The value that is held against a target; none where nothing is reported.
    pub fn standing(&self, indicator: Indicator) -> Option<Exact> {
        let is_percentage = indicator.value_type == "percentage";
        let value = if is_percentage { Exact(self.value * 100, self.denominator) } else { Exact(self.value, 10_000) };
        (self.count > 0).then_some(value)
    }
}

/// The figure an actual counts with on a basis, and whether it is exact.
pub fn counted(actual: &Actual, is_verified: bool) -> Option<(Figure, bool)> {
    match (is_verified, actual.state) {
        (false, State::Reported | State::Verified) => Some((actual.figure, actual.is_exact)),
        // What a verifier settles on instead is exact.
        (true, State::Verified) => Some((actual.verified, actual.is_exact || actual.verified != actual.figure)),
        _ => None,
    }
}

/// Combines the actuals of one line, given in the order they were reported.
pub fn total(indicator: Indicator, actuals: &[&Actual], is_verified: bool) -> Total {
    let counting: Vec<_> = actuals.iter().filter_map(|actual| Some((*actual, counted(actual, is_verified)?))).collect();
    let latest = counting.iter().map(|(actual, _)| actual.through).max();
    // The latest by the end of the period covered, of several the later report.
    let resting: Vec<_> = match indicator.accumulation {
        Accumulation::Latest => {
            counting.iter().rev().find(|(actual, _)| Some(actual.through) == latest).into_iter().collect()
        }
        Accumulation::Sum | Accumulation::Ratio => counting.iter().collect(),
    };
    Total {
        count: counting.len(),
        value: resting.iter().map(|(_, (figure, _))| figure.0).sum(),
        denominator: resting.iter().map(|(_, (figure, _))| figure.1).sum(),
        inexact: resting.iter().filter(|(_, (_, is_exact))| !is_exact).count(),
        from: counting.iter().map(|(actual, _)| actual.from).min(),
        through: latest,
        last_at: counting.last().map(|(actual, _)| actual.reported_at.clone()),
    }
}

/// What is said of a line.
#[derive(Clone, Copy, Debug)]
pub struct Verdict {
    pub rate: Option<Exact>,
    pub rate_upper: Option<Exact>,
    pub met: Option<bool>,
    pub reason: Option<&'static str>,
    /// In ten-thousandths.
    pub score: Option<i128>,
}

/// The table of completion, row by row.
pub fn judge(indicator: Indicator, target: Option<&Target>, actual: Option<Exact>, is_due: bool) -> Verdict {
    let without =
        |reason, met: Option<bool>, score| Verdict { rate: None, rate_upper: None, met, reason: Some(reason), score };
    let Some(target) = target else { return without("no_target", None, None) };
    if target.value == 0 && indicator.is_higher_better && !target.is_change {
        return without("zero_target", None, None);
    }
    let Some(actual) = actual else { return without("no_actual", is_due.then_some(false), Some(0)) };
    let value = Exact(target.value, 10_000);
    let scored = |met: bool| Some(i128::from(met) * 10_000);
    let with = |rate: Exact, rate_upper, met| {
        let score = Some(rate.cut().clamp(0, 10_000));
        Verdict { rate: Some(rate), rate_upper, met: Some(met), reason: None, score }
    };
    if indicator.value_type == "milestone" {
        return with(actual, None, actual.0 != 0);
    }
    let is_at_least = actual.cmp(value).is_ge();
    let is_at_most = actual.cmp(value).is_le();
    if target.is_change {
        let baseline = Exact(target.baseline.expect("a change has one"), 10_000);
        let met = if indicator.is_higher_better { is_at_least } else { is_at_most };
        if baseline.cmp(value).is_eq() {
            return without("baseline_equals_target", Some(met), scored(met));
        }
        return with(actual.minus(baseline).over(value.minus(baseline)), None, met);
    }
    let upper = target.upper.map(|upper| Exact(upper, 10_000));
    if !indicator.is_higher_better {
        let met = match (target.bound, upper) {
            ("exactly", _) => is_at_least && is_at_most,
            (_, Some(upper)) => actual.cmp(upper).is_le(),
            _ => is_at_most,
        };
        return without("no_ratio_for_lower_is_better", Some(met), scored(met));
    }
    let met = if target.bound == "exactly" { is_at_least && is_at_most } else { is_at_least };
    with(actual.over(value), upper.map(|upper| actual.over(upper)), met)
}

/// The first status that fits.
pub fn status(indicator: Indicator, verdict: &Verdict, is_due: bool, expected: Exact) -> &'static str {
    let is_met = verdict.met == Some(true);
    match verdict.rate {
        _ if matches!(verdict.reason, Some("no_target" | "zero_target")) => "not_computable",
        Some(rate) if rate.cmp(Exact::whole(1)).is_gt() => "exceeded",
        _ if is_met && !indicator.is_higher_better && !is_due => "on_track",
        _ if is_met => "completed",
        _ if is_due => "overdue",
        _ if verdict.reason == Some("no_actual") => "not_started",
        Some(rate) if rate.cmp(expected).is_ge() => "on_track",
        Some(rate) if rate.cmp(Exact(expected.0 * 8, expected.1 * 10)).is_ge() => "at_risk",
        _ => "behind",
    }
}

/// The share that should be done by the end of a day.
pub fn expected(target: &Target, year: i32, day: NaiveDate) -> Exact {
    let at = |month, day| NaiveDate::from_ymd_opt(year, month, day).expect("a day");
    let days = |from: NaiveDate, through: NaiveDate| i128::from((through - from).num_days() + 1);
    if day < at(1, 1) {
        return Exact::whole(0);
    }
    let day = day.min(at(12, 31));
    let Some(plan) = &target.plan else {
        let even = Exact(days(at(1, 1), day), days(at(1, 1), target.due_on));
        return if even.0 > even.1 { Exact::whole(1) } else { even };
    };
    let month = usize::try_from(day.month0()).expect("a month");
    let before = if month == 0 { 0 } else { plan[month - 1] };
    let length = i128::from(day.num_days_in_month());
    Exact(before * length + (plan[month] - before) * i128::from(day.day()), length * 10_000)
}

/// Periods of the year, those over by a day, and those that met a duty.
pub fn periods(
    indicator: Indicator,
    target: &Target,
    actuals: &[&Actual],
    is_verified: bool,
    year: i32,
    day: NaiveDate,
) -> [u32; 3] {
    let length = 12 / target.periods;
    let begins = |period: u32| {
        let month = period * length;
        NaiveDate::from_ymd_opt(year + i32::from(month == 12), month % 12 + 1, 1).expect("a day")
    };
    let all = 0..target.periods;
    let elapsed = all.clone().filter(|period| begins(period + 1) <= day.succ_opt().expect("a day")).count();
    let is_met = |period: &u32| {
        let (first, next) = (begins(*period), begins(period + 1));
        let inside = actuals.iter().filter(|actual| actual.from >= first && actual.through < next);
        let sum = inside.filter_map(|actual| counted(actual, is_verified)).map(|((value, _), _)| value).sum();
        first <= day && judge(indicator, Some(target), Some(Exact(sum, 10_000)), true).met == Some(true)
    };
    let met = all.filter(is_met).count();
    [target.periods, u32::try_from(elapsed).expect("few"), u32::try_from(met).expect("few")]
}
