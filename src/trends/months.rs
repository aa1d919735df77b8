//! Folds a year's figures into twelve months. Pure: figures and a day in, a trend out.

use chrono::{Datelike, Months, NaiveDate};
use rust_decimal::Decimal;

use super::{IndicatorTrend, TrendIndicator, TrendMonth};
use crate::completion::shown;
use crate::decimal::Amount;
use crate::error::Code;
use crate::indicators::store::IndicatorRow;
use crate::indicators::{Accumulation, ValueType};
use crate::rule::{BasisOfRate, Goal, MONTHS, Moment, Nature, expected_share, judge};
use crate::scorecards::{Figure, Total};

/// One indicator's year: what was planned, and what was reported for it and for the year before.
#[derive(Debug, Default)]
pub(super) struct Line {
    pub goal: Option<Goal>,
    pub this_year: Year,
    pub last_year: Year,
}

/// A year's actuals combined up to the end of each month.
#[derive(Debug, Default)]
pub(super) struct Year {
    totals: [Total; MONTHS],
}

impl Year {
    /// Adds a figure to the month its period ends in and those after it. Figures come in the order they were reported,
    /// as for [`Total::add`].
    ///
    /// # Errors
    /// `total_out_of_range` when a sum could not be kept.
    pub(super) fn add(&mut self, accumulation: Accumulation, figure: &Figure) -> Result<(), Code> {
        let month = usize::try_from(figure.period.through().month0()).unwrap_or_default();
        self.totals.iter_mut().skip(month).try_for_each(|total| total.add(accumulation, figure))
    }

    /// Whether it has no figure.
    pub(super) fn is_empty(&self) -> bool {
        self.totals.iter().all(|total| total.count == 0)
    }

    /// Where it stood at the end of each month that has begun by a day; none where no figure's period ends in the month.
    fn standings(&self, value_type: ValueType, year: i16, as_of: NaiveDate) -> Vec<Option<Decimal>> {
        let counts_before = std::iter::once(0).chain(self.totals.iter().map(|total| total.count));
        let months = self.totals.iter().zip(counts_before).zip(1..);
        let standing = |((total, before), month): ((&Total, i32), u32)| {
            let has_begun = first_day(year, month).is_some_and(|first| first <= as_of);
            total.standing(value_type).filter(|_| has_begun && total.count > before)
        };
        months.map(standing).collect()
    }
}

impl Line {
    /// As it is answered.
    pub(super) fn trend(&self, indicator: &IndicatorRow, moment: Moment) -> IndicatorTrend {
        let nature = Nature::from(indicator);
        let last_year = self.last_year.standings(nature.value_type, moment.year - 1, moment.as_of);
        IndicatorTrend {
            indicator: TrendIndicator {
                code: indicator.code.clone(),
                name: indicator.name.clone(),
                unit: indicator.unit.clone(),
                decimals: indicator.decimals,
            },
            months: self.months(nature, moment),
            last_year: last_year.into_iter().map(|actual| actual.map(shown)).collect(),
        }
    }

    fn months(&self, nature: Nature, moment: Moment) -> Vec<TrendMonth> {
        let goal = self.goal.as_ref();
        let month = |(actual, month): (Option<Decimal>, u32)| TrendMonth {
            month,
            actual: actual.map(shown),
            plan: goal.and_then(|goal| planned(goal, moment.year, month)),
            rate: actual.and_then(|actual| judge(nature, goal, Some(actual), moment).rate).map(Amount::from),
        };
        let actuals = self.this_year.standings(nature.value_type, moment.year, moment.as_of);
        actuals.into_iter().zip(1..).map(month).collect()
    }
}

/// What should be done by the end of a month.
fn planned(goal: &Goal, year: i16, month: u32) -> Option<Amount> {
    let end = first_day(year, month)?.checked_add_months(Months::new(1))?.pred_opt()?;
    let share = expected_share(goal, year, end);
    let from = goal.baseline.filter(|_| goal.basis_of_rate == BasisOfRate::Change).unwrap_or_default();
    let plan = from.checked_add(goal.value.checked_sub(from)?.checked_mul(share)?)?;
    // 31 days of 365 times 365 is 31: what the division's last digit lacks comes back before the cut.
    Some(shown(plan.round_dp(DIGITS)))
}

/// More decimals than a product of an amount and a share of a year can be away from one with four decimals without being
/// equal to it.
const DIGITS: u32 = 8;

fn first_day(year: i16, month: u32) -> Option<NaiveDate> {
    NaiveDate::from_ymd_opt(year.into(), month, 1)
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use proptest::prelude::*;

    use super::*;
    use crate::indicators::Direction;
    use crate::quantity::Bound;

    fn decimal(text: &str) -> Decimal {
        text.parse().expect(text)
    }

    fn figure(period: &str, value: i64, denominator: i64) -> Figure {
        Figure {
            period: period.parse().expect("a period"),
            value: value.into(),
            denominator: denominator.into(),
            is_exact: true,
            reported_at: DateTime::UNIX_EPOCH,
        }
    }

    fn year(accumulation: Accumulation, figures: &[Figure]) -> Year {
        let mut year = Year::default();
        figures.iter().for_each(|figure| year.add(accumulation, figure).expect("in range"));
        year
    }

    /// The twelve actuals as one line of text, a dash for none.
    fn text(year: &Year, value_type: ValueType, as_of: &str) -> String {
        let standings = year.standings(value_type, 2018, as_of.parse().expect("a day"));
        let one = |standing: Option<Decimal>| {
            standing.map_or_else(|| "-".to_owned(), |value| value.trunc_with_scale(4).normalize().to_string())
        };
        standings.into_iter().map(one).collect::<Vec<_>>().join(" ")
    }

    fn goal(value: &str) -> Goal {
        Goal {
            bound: Bound::AtLeast,
            value: decimal(value),
            upper: None,
            basis_of_rate: BasisOfRate::Level,
            baseline: None,
            weight: Decimal::ONE,
            due_on: "2018-12-31".parse().expect("a day"),
            plan: None,
        }
    }

    fn plans(goal: &Goal) -> Vec<String> {
        (1..=12).map(|month| planned(goal, 2018, month).expect("a plan").to_string()).collect()
    }

    fn moment() -> Moment {
        Moment { year: 2018, as_of: "2019-03-01".parse().expect("a day"), at_risk_ratio: decimal("0.8") }
    }

    #[test]
    fn a_quarterly_reporter_has_figures_in_the_last_month_of_each_quarter() {
        let figures = ["2018-Q1", "2018-Q2", "2018-Q3", "2018-Q4"].map(|quarter| figure(quarter, 10, 0));
        let year = year(Accumulation::Sum, &figures);
        assert_eq!(text(&year, ValueType::Number, "2018-12-31"), "- - 10 - - 20 - - 30 - - 40");
        assert_eq!(text(&year, ValueType::Number, "2018-09-30"), "- - 10 - - 20 - - 30 - - -");
        assert_eq!(text(&year, ValueType::Number, "2018-09-01"), "- - 10 - - 20 - - 30 - - -");
        assert_eq!(text(&year, ValueType::Number, "2018-08-31"), "- - 10 - - 20 - - - - - -");
        assert_eq!(text(&year, ValueType::Number, "2017-12-31"), "- - - - - - - - - - - -");
    }

    #[test]
    fn a_late_report_counts_from_the_month_its_period_ends_in() {
        let figures =
            [figure("2018-03", 5, 0), figure("2018-05", 1, 0), figure("2018-01", 7, 0), figure("2018-03", 2, 0)];
        let year = year(Accumulation::Sum, &figures);
        assert_eq!(text(&year, ValueType::Number, "2018-12-31"), "7 - 14 - 15 - - - - - - -");
    }

    #[test]
    fn an_early_report_waits_for_the_month_its_period_ends_in() {
        let year = year(Accumulation::Sum, &[figure("2018", 40, 0), figure("2018-02", 3, 0)]);
        assert_eq!(text(&year, ValueType::Number, "2018-06-30"), "- 3 - - - - - - - - - -");
        assert_eq!(text(&year, ValueType::Number, "2018-12-01"), "- 3 - - - - - - - - - 43");
    }

    #[test]
    fn the_latest_of_a_month_is_the_later_report_of_the_period_that_ends_last() {
        let figures = [
            figure("2018-06", 60, 0),
            figure("2018-03", 30, 0),
            figure("2018-03-15", 20, 0),
            figure("2018-Q2", 65, 0),
            figure("2018-Q1", 31, 0),
        ];
        let year = year(Accumulation::Latest, &figures);
        assert_eq!(text(&year, ValueType::Number, "2018-12-31"), "- - 31 - - 65 - - - - - -");
    }

    #[test]
    fn a_ratio_is_the_sum_of_numerators_over_the_sum_of_denominators_so_far() {
        let year =
            year(Accumulation::Ratio, &[figure("2018-01", 1, 2), figure("2018-04", 1, 6), figure("2018-05", 1, 1)]);
        assert_eq!(text(&year, ValueType::Percentage, "2018-12-31"), "50 - - 25 33.3333 - - - - - - -");
    }

    #[test]
    fn a_milestone_has_a_rate_where_something_is_said_of_it() {
        let this_year = year(Accumulation::Latest, &[figure("2018-02", 0, 0), figure("2018-08", 1, 0)]);
        let line = Line { goal: Some(goal("1")), this_year, last_year: Year::default() };
        let nature = Nature { value_type: ValueType::Milestone, direction: Direction::HigherIsBetter };
        let months = line.months(nature, moment());
        let rates: Vec<_> = months.iter().filter_map(|month| Some((month.month, month.rate?.to_string()))).collect();
        assert_eq!(rates, [(2, "0".to_owned()), (8, "1".to_owned())]);
    }

    #[test]
    fn the_rate_is_on_the_whole_years_target_and_null_where_there_is_no_ratio() {
        let number = |direction| Nature { value_type: ValueType::Number, direction };
        let line =
            |goal| Line { goal, this_year: year(Accumulation::Sum, &[figure("2018-03", 47, 0)]), ..Line::default() };
        let march = |line: Line, direction| *line.months(number(direction), moment()).get(2).expect("March");
        let higher = march(line(Some(goal("94"))), Direction::HigherIsBetter);
        assert_eq!((higher.actual, higher.rate), (Some(Amount(47.into())), Some(Amount(decimal("0.5")))));
        let lower = march(line(Some(goal("94"))), Direction::LowerIsBetter);
        assert_eq!((lower.actual, lower.rate), (Some(Amount(47.into())), None));
        let unplanned = march(line(None), Direction::HigherIsBetter);
        assert_eq!((unplanned.actual, unplanned.plan, unplanned.rate), (Some(Amount(47.into())), None, None));
    }

    #[test]
    fn the_plan_is_exact() {
        let days = ["31", "59", "90", "120", "151", "181", "212", "243", "273", "304", "334", "365"];
        assert_eq!(plans(&goal("365")), days);
        let june = Goal { due_on: "2018-06-30".parse().expect("a day"), ..goal("181") };
        assert_eq!(plans(&june).get(4..7).expect("months"), ["151", "181", "181"]);
        let curve = (1..=12).map(|month| if month < 6 { Decimal::ZERO } else { decimal("0.25") });
        let mut curve: Vec<_> = curve.collect();
        *curve.last_mut().expect("a month") = Decimal::ONE;
        assert_eq!(
            plans(&Goal { plan: Some(curve), ..goal("10") }).get(4..).expect("months").join(" "),
            "0 2.5 2.5 2.5 2.5 2.5 2.5 10"
        );
        let change = Goal { basis_of_rate: BasisOfRate::Change, baseline: Some(decimal("400")), ..goal("35") };
        assert_eq!(plans(&change).first().map(String::as_str), Some("369"));
        assert_eq!(plans(&change).last().map(String::as_str), Some("35"));
    }

    fn figures() -> impl Strategy<Value = Vec<Figure>> {
        let one = (1..=12_u32, 1..=28_u32, 0..=27_u32, -50..50_i64, 1..9_i64, 0..9_i64);
        let one = one.prop_map(|(month, day, length, value, denominator, minute)| {
            let end = NaiveDate::from_ymd_opt(2018, month, day).expect("a day");
            let start = end.checked_sub_days(chrono::Days::new(length.into())).filter(|day| day.year() == 2018);
            let figure = figure(&format!("2018-{month:02}"), value, denominator);
            let period = crate::period::Period::new(start.unwrap_or(end), end).expect("a period");
            Figure { period, reported_at: DateTime::from_timestamp(minute, 0).expect("a time"), ..figure }
        });
        prop::collection::vec(one, 0..30)
    }

    proptest! {
        #[test]
        fn the_last_month_with_a_figure_stands_where_the_completion_does(figures in figures()) {
            for (accumulation, value_type) in [
                (Accumulation::Sum, ValueType::Number),
                (Accumulation::Latest, ValueType::Number),
                (Accumulation::Ratio, ValueType::Percentage),
            ] {
                let mut total = Total::default();
                figures.iter().for_each(|figure| total.add(accumulation, figure).expect("in range"));
                let standings = year(accumulation, &figures).standings(value_type, 2018, moment().as_of);
                prop_assert_eq!(standings.into_iter().flatten().last(), total.standing(value_type));
            }
        }

        #[test]
        fn nothing_of_a_month_to_come_is_used(figures in figures(), month in 1..=12_u32, day in 1..=28_u32) {
            let as_of = NaiveDate::from_ymd_opt(2018, month, day).expect("a day");
            let so_far: Vec<_> = figures.iter().filter(|one| one.period.through().month() <= month).copied().collect();
            for accumulation in [Accumulation::Sum, Accumulation::Latest] {
                let all = year(accumulation, &figures).standings(ValueType::Number, 2018, as_of);
                let known = year(accumulation, &so_far).standings(ValueType::Number, 2018, moment().as_of);
                prop_assert_eq!(all, known);
            }
        }
    }
}
