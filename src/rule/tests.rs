//! Every case of DESIGN section 3, "Completion", and what must hold whatever the numbers.

use proptest::prelude::*;
use rust_decimal::prelude::FromPrimitive;
use strum::IntoEnumIterator;

use super::*;

const HIGHER: Nature = Nature { value_type: ValueType::Number, direction: Direction::HigherIsBetter };
const LOWER: Nature = Nature { value_type: ValueType::Number, direction: Direction::LowerIsBetter };
const MILESTONE: Nature = Nature { value_type: ValueType::Milestone, direction: Direction::HigherIsBetter };

fn decimal(text: &str) -> Decimal {
    text.parse().expect(text)
}

fn day(month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(2018, month, day).expect("a day")
}

fn goal(value: &str) -> Goal {
    Goal {
        bound: Bound::AtLeast,
        value: decimal(value),
        upper: None,
        basis_of_rate: BasisOfRate::Level,
        baseline: None,
        weight: Decimal::ONE,
        due_on: day(12, 31),
        plan: None,
    }
}

fn exactly(value: &str) -> Goal {
    Goal { bound: Bound::Exactly, ..goal(value) }
}

fn at_most(value: &str) -> Goal {
    Goal { bound: Bound::AtMost, ..goal(value) }
}

fn range(value: &str, upper: &str) -> Goal {
    Goal { bound: Bound::Range, upper: Some(decimal(upper)), ..goal(value) }
}

fn change(baseline: &str, value: &str) -> Goal {
    Goal { basis_of_rate: BasisOfRate::Change, baseline: Some(decimal(baseline)), ..goal(value) }
}

fn at(as_of: NaiveDate) -> Moment {
    Moment { year: 2018, as_of, at_risk_ratio: decimal("0.8") }
}

/// rate, rate_upper, met, score, status, reason: as one line of text, so that a table of them can be read.
fn summary(nature: Nature, goal: Option<Goal>, actual: Option<&str>, as_of: NaiveDate) -> String {
    let judgement = judge(nature, goal.as_ref(), actual.map(decimal), at(as_of));
    let number = |value: Option<Decimal>| value.map_or("-".to_owned(), |value| value.to_string());
    let reason = judgement.reason.map_or("-", |reason| match reason {
        Reason::NoTarget => "no_target",
        Reason::ZeroTarget => "zero_target",
        Reason::NoActual => "no_actual",
        Reason::NoRatioForLowerIsBetter => "no_ratio_for_lower_is_better",
        Reason::BaselineEqualsTarget => "baseline_equals_target",
    });
    let met = judgement.met.map_or("-".to_owned(), |met| met.to_string());
    let (rate, upper, score) = (number(judgement.rate), number(judgement.rate_upper), number(judgement.score));
    format!("{rate} {upper} {met} {score} {} {reason}", judgement.status.as_ref())
}

#[test]
fn every_case_of_the_table_is_judged_as_written() {
    let (june, december) = (day(6, 30), day(12, 31));
    let cases = [
        // Higher is better, level: actual / value, met from the value on.
        (HIGHER, Some(goal("94")), Some("47"), june, "0.5 - false 0.5 on_track -"),
        (HIGHER, Some(goal("94")), Some("94"), june, "1 - true 1 completed -"),
        (HIGHER, Some(goal("500")), Some("640"), june, "1.28 - true 1 exceeded -"),
        (HIGHER, Some(goal("94")), Some("40"), june, "0.4255 - false 0.4255 at_risk -"),
        (HIGHER, Some(goal("94")), Some("10"), june, "0.1063 - false 0.1063 behind -"),
        (HIGHER, Some(goal("94")), Some("93"), december, "0.9893 - false 0.9893 overdue -"),
        (HIGHER, Some(goal("94")), Some("0"), june, "0 - false 0 behind -"),
        (HIGHER, Some(goal("94")), Some("-5"), june, "-0.0531 - false 0 behind -"),
        // A range: also the ratio to its upper end.
        (HIGHER, Some(range("1", "2")), Some("1"), june, "1 0.5 true 1 completed -"),
        (HIGHER, Some(range("1", "2")), Some("3"), june, "3 1.5 true 1 exceeded -"),
        (HIGHER, Some(range("4000", "5000")), Some("1000"), december, "0.25 0.2 false 0.25 overdue -"),
        // Exactly: met only by the value itself.
        (HIGHER, Some(exactly("6")), Some("6"), june, "1 - true 1 completed -"),
        (HIGHER, Some(exactly("6")), Some("7"), june, "1.1666 - false 1 exceeded -"),
        (HIGHER, Some(exactly("6")), Some("5"), june, "0.8333 - false 0.8333 on_track -"),
        // A change: the share of the way, in either direction.
        (HIGHER, Some(change("13", "15")), Some("14"), june, "0.5 - false 0.5 on_track -"),
        (HIGHER, Some(change("13", "15")), Some("12"), june, "-0.5 - false 0 behind -"),
        (HIGHER, Some(change("13", "15")), Some("16"), june, "1.5 - true 1 exceeded -"),
        (
            LOWER,
            Some(Goal { bound: Bound::AtMost, ..change("10", "6") }),
            Some("8"),
            june,
            "0.5 - false 0.5 on_track -",
        ),
        (LOWER, Some(Goal { bound: Bound::AtMost, ..change("10", "6") }), Some("6"), june, "1 - true 1 on_track -"),
        (
            LOWER,
            Some(Goal { bound: Bound::AtMost, ..change("10", "6") }),
            Some("6"),
            december,
            "1 - true 1 completed -",
        ),
        (LOWER, Some(Goal { bound: Bound::AtMost, ..change("10", "6") }), Some("5"), june, "1.25 - true 1 exceeded -"),
        // Baseline = target: met by direction, no rate.
        (HIGHER, Some(change("15", "15")), Some("15"), june, "- - true 1 completed baseline_equals_target"),
        (HIGHER, Some(change("15", "15")), Some("14"), june, "- - false 0 behind baseline_equals_target"),
        (HIGHER, Some(change("15", "15")), Some("14"), december, "- - false 0 overdue baseline_equals_target"),
        // Lower is better, level: only whether the bound is kept; completed only once due.
        (LOWER, Some(at_most("3")), Some("3"), june, "- - true 1 on_track no_ratio_for_lower_is_better"),
        (LOWER, Some(at_most("3")), Some("4"), june, "- - false 0 behind no_ratio_for_lower_is_better"),
        (LOWER, Some(at_most("3")), Some("3"), december, "- - true 1 completed no_ratio_for_lower_is_better"),
        (LOWER, Some(at_most("3")), Some("4"), december, "- - false 0 overdue no_ratio_for_lower_is_better"),
        (LOWER, Some(at_most("0")), Some("0"), december, "- - true 1 completed no_ratio_for_lower_is_better"),
        (LOWER, Some(range("1", "2")), Some("2"), december, "- - true 1 completed no_ratio_for_lower_is_better"),
        (LOWER, Some(exactly("2")), Some("1"), december, "- - false 0 overdue no_ratio_for_lower_is_better"),
        // Milestones: done or not.
        (MILESTONE, Some(goal("1")), Some("1"), june, "1 - true 1 completed -"),
        (MILESTONE, Some(goal("1")), Some("0"), june, "0 - false 0 behind -"),
        (MILESTONE, Some(goal("1")), Some("0"), december, "0 - false 0 overdue -"),
        // No target, zero target, nothing reported.
        (HIGHER, None, Some("5"), june, "- - - - not_computable no_target"),
        (HIGHER, Some(goal("0")), Some("5"), june, "- - - - not_computable zero_target"),
        (HIGHER, Some(goal("0")), None, december, "- - - - not_computable zero_target"),
        (HIGHER, Some(goal("94")), None, june, "- - - 0 not_started no_actual"),
        (HIGHER, Some(goal("94")), None, december, "- - false 0 overdue no_actual"),
        (LOWER, Some(at_most("3")), None, june, "- - - 0 not_started no_actual"),
        (MILESTONE, Some(goal("1")), None, december, "- - false 0 overdue no_actual"),
    ];
    for (nature, goal, actual, as_of, expected) in cases {
        let found = summary(nature, goal.clone(), actual, as_of);
        assert_eq!(found, expected, "{nature:?} {goal:?} {actual:?} {as_of}");
    }
}

#[test]
fn met_is_decided_before_rounding_and_rounding_is_toward_zero() {
    assert_eq!(
        summary(HIGHER, Some(goal("100000")), Some("99999.9999"), day(6, 30)),
        "0.9999 - false 0.9999 on_track -"
    );
    assert_eq!(summary(HIGHER, Some(goal("100000")), Some("100000.0001"), day(6, 30)), "1 - true 1 exceeded -");
    assert_eq!(cut(decimal("-0.00009")), Decimal::ZERO);
    assert_eq!(cut(decimal("-0.00009")).to_string(), "0");
}

#[test]
fn the_gap_is_what_is_missing_and_needs_something_reported() {
    let gap = |actual: Option<&str>| judge(HIGHER, Some(&goal("94")), actual.map(decimal), at(day(6, 30))).gap;
    assert_eq!(gap(Some("37")), Some(decimal("57")));
    assert_eq!(gap(Some("100")), Some(decimal("-6")));
    assert_eq!(gap(None), None);
}

#[test]
fn the_pace_is_even_unless_a_plan_curve_says_otherwise() {
    let share = |goal: &Goal, as_of| cut(expected_share(goal, 2018, as_of)).to_string();
    let even = goal("94");
    assert_eq!(share(&even, day(1, 1)), "0.0027");
    assert_eq!(share(&even, day(6, 30)), "0.4958");
    assert_eq!(share(&even, day(12, 31)), "1");
    let by_june = Goal { due_on: day(6, 30), ..goal("94") };
    assert_eq!(share(&by_june, day(3, 31)), "0.4972");
    assert_eq!(share(&by_june, day(9, 1)), "1");
    let three_years = Goal { due_on: NaiveDate::from_ymd_opt(2020, 12, 31).expect("a day"), ..goal("94") };
    assert_eq!(share(&three_years, day(12, 31)), "0.333");
    let late = "0 0 0 0 0 0 0 0 0.2 0.4 0.7 1".split(' ').map(decimal).collect();
    let late = Goal { plan: Some(late), ..goal("94") };
    assert_eq!(share(&late, day(8, 31)), "0");
    assert_eq!(share(&late, day(9, 15)), "0.1");
    assert_eq!(share(&late, day(12, 31)), "1");
}

#[test]
fn the_pace_is_taken_at_the_earlier_of_the_day_and_the_end_of_the_year() {
    let next_year = NaiveDate::from_ymd_opt(2026, 11, 22).expect("a day");
    let last_year = NaiveDate::from_ymd_opt(2017, 12, 31).expect("a day");
    assert_eq!(expected_share(&goal("94"), 2018, next_year), Decimal::ONE);
    assert_eq!(expected_share(&goal("94"), 2018, last_year), Decimal::ZERO);
}

#[test]
fn every_status_can_be_reached() {
    let reached = [
        summary(HIGHER, None, Some("1"), day(6, 30)),
        summary(HIGHER, Some(goal("1")), Some("2"), day(6, 30)),
        summary(HIGHER, Some(goal("1")), Some("1"), day(6, 30)),
        summary(HIGHER, Some(goal("2")), Some("1"), day(12, 31)),
        summary(HIGHER, Some(goal("2")), None, day(6, 30)),
        summary(HIGHER, Some(goal("2")), Some("1"), day(6, 30)),
        summary(HIGHER, Some(goal("100")), Some("40"), day(6, 30)),
        summary(HIGHER, Some(goal("100")), Some("10"), day(6, 30)),
    ];
    for status in Status::iter() {
        assert!(reached.iter().any(|line| line.split(' ').any(|word| word == status.as_ref())), "{status:?}");
    }
}

fn amount() -> impl Strategy<Value = Decimal> {
    (0_i64..=1_000_000_000_000, 0_u32..=4).prop_map(|(digits, scale)| Decimal::new(digits, scale))
}

fn any_nature() -> impl Strategy<Value = Nature> {
    prop_oneof![Just(HIGHER), Just(LOWER), Just(MILESTONE)]
}

fn any_goal() -> impl Strategy<Value = Goal> {
    let bound = prop_oneof![Just(Bound::AtLeast), Just(Bound::AtMost), Just(Bound::Exactly), Just(Bound::Range)];
    (bound, amount(), amount(), any::<bool>(), amount(), 1_u32..=366).prop_map(
        |(bound, value, extra, is_change, baseline, due)| Goal {
            bound,
            value,
            upper: (bound == Bound::Range).then_some(value + extra),
            basis_of_rate: if is_change { BasisOfRate::Change } else { BasisOfRate::Level },
            baseline: is_change.then_some(baseline),
            weight: Decimal::ONE,
            due_on: day(1, 1) + chrono::Days::new(due.into()),
            plan: None,
        },
    )
}

fn any_day() -> impl Strategy<Value = NaiveDate> {
    (0_u64..800).prop_map(|days| NaiveDate::from_ymd_opt(2017, 6, 1).expect("a day") + chrono::Days::new(days))
}

proptest! {
    #[test]
    fn a_rate_by_level_is_never_negative_from_non_negative_input(
        nature in any_nature(), goal in any_goal(), actual in proptest::option::of(amount()), as_of in any_day(),
    ) {
        let goal = Goal { basis_of_rate: BasisOfRate::Level, baseline: None, ..goal };
        let judgement = judge(nature, Some(&goal), actual, at(as_of));
        prop_assert!(judgement.rate.is_none_or(|rate| rate >= Decimal::ZERO));
        prop_assert!(judgement.rate_upper.is_none_or(|rate| rate >= Decimal::ZERO));
    }

    #[test]
    fn a_score_lies_within_0_and_1_and_no_day_changes_it(
        nature in any_nature(), goal in any_goal(), actual in proptest::option::of(amount()), as_of in any_day(),
    ) {
        let judgement = judge(nature, Some(&goal), actual, at(as_of));
        prop_assert!(judgement.score.is_none_or(|score| (Decimal::ZERO..=Decimal::ONE).contains(&score)));
        let standing = stand(nature, &goal, actual);
        prop_assert_eq!(judgement.score, standing.score);
        prop_assert_eq!(judgement.rate.or(judgement.score), standing.progress);
        prop_assert_eq!(judgement.met == Some(true), standing.is_met);
    }

    #[test]
    fn an_increment_never_lowers_a_rate_where_higher_is_better(
        goal in any_goal(), actual in amount(), increment in amount(), as_of in any_day(),
    ) {
        // A change downwards where higher is better is a contradiction the API refuses.
        prop_assume!(goal.baseline.is_none_or(|baseline| baseline <= goal.value));
        let rate = |actual| judge(HIGHER, Some(&goal), Some(actual), at(as_of)).rate;
        prop_assert!(rate(actual + increment) >= rate(actual));
    }

    #[test]
    fn a_rate_is_there_or_a_reason_is(
        nature in any_nature(), goal in proptest::option::of(any_goal()), actual in proptest::option::of(amount()), as_of in any_day(),
    ) {
        let judgement = judge(nature, goal.as_ref(), actual, at(as_of));
        prop_assert_eq!(judgement.rate.is_none(), judgement.reason.is_some());
        prop_assert_eq!(judgement.status == Status::NotComputable, judgement.score.is_none());
    }

    #[test]
    fn the_pace_never_falls_and_stays_within_0_and_1(goal in any_goal(), from in any_day(), days in 0_u64..400) {
        let (earlier, later) = (expected_share(&goal, 2018, from), expected_share(&goal, 2018, from + chrono::Days::new(days)));
        prop_assert!(Decimal::ZERO <= earlier && earlier <= later && later <= Decimal::ONE);
    }

    #[test]
    fn an_association_scores_between_the_least_and_the_greatest_of_its_lines(
        lines in proptest::collection::vec((0_i64..=10_000, 1_u32..1_000), 1..60),
    ) {
        let scores: Vec<_> = lines.iter().map(|(score, _)| Decimal::new(*score, 4)).collect();
        let weights: Vec<_> = lines.iter().filter_map(|(_, weight)| Decimal::from_u32(*weight)).collect();
        let weighted = scores.iter().zip(&weights).map(|(score, weight)| score * weight).sum();
        let combined = combined_score(weighted, weights.iter().sum()).expect("there is weight");
        prop_assert!(scores.iter().min() <= Some(&combined) && Some(&combined) <= scores.iter().max());
    }
}
