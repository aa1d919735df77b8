//! Completion: the table row by row, the score, the status, rounding, and the day.

use chrono::{Datelike, TimeDelta};
use serde_json::{Value, json};

use super::stage;
use crate::support::Serving;

/// Less is better, of several the latest.
fn lower() -> Value {
    json!({"direction": "lower_is_better", "accumulation": "latest"})
}

/// Rate and met of a line.
fn rate_and_met(line: &Value) -> (Value, Value) {
    (line["rate"].clone(), line["met"].clone())
}

#[test]
fn higher_is_better_by_level_is_actual_over_value_and_met_from_the_value_on() {
    let stage = stage();
    for (actual, rate, met) in [(47, json!(0.5), false), (94, json!(1), true), (188, json!(2), true)] {
        let line = stage.line(json!({}), json!({"value": 94}), &[json!(actual)]);
        assert_eq!(rate_and_met(&line), (rate, json!(met)), "{actual}");
    }
}

#[test]
fn a_range_is_rated_on_both_ends_and_met_from_the_lower_one_on() {
    let stage = stage();
    for (actual, rate, upper, met) in [(1, 0.5, 0.25, false), (2, 1.0, 0.5, true), (6, 3.0, 1.5, true)] {
        let line = stage.line(json!({}), json!({"value": 2, "upper": 4}), &[json!(actual)]);
        assert_eq!([line["rate"].as_f64(), line["rate_upper"].as_f64()], [Some(rate), Some(upper)], "{actual}");
        assert_eq!(line["met"], met, "{actual}");
    }
}

#[test]
fn exactly_is_met_by_the_value_alone() {
    let stage = stage();
    for (actual, rate, met) in [(3, json!(0.75), false), (4, json!(1), true), (5, json!(1.25), false)] {
        let line = stage.line(json!({}), json!({"value": 4, "bound": "exactly"}), &[json!(actual)]);
        assert_eq!(rate_and_met(&line), (rate, json!(met)), "{actual}");
    }
}

#[test]
fn a_change_in_either_direction_is_the_share_of_the_way_from_the_baseline_and_met_by_direction() {
    let stage = stage();
    let change =
        |from: i64, to: i64| json!({"value": to, "basis_of_rate": "change", "baseline": {"year": 2017, "value": from}});
    for (fields, from, to, actual, rate, met) in [
        (json!({}), 10, 20, 15, json!(0.5), false),
        (json!({}), 10, 20, 25, json!(1.5), true),
        (json!({}), 10, 20, 5, json!(-0.5), false),
        (lower(), 20, 10, 15, json!(0.5), false),
        (lower(), 20, 10, 10, json!(1), true),
        (lower(), 20, 10, 25, json!(-0.5), false),
    ] {
        let line = stage.line(fields, change(from, to), &[json!(actual)]);
        assert_eq!(rate_and_met(&line), (rate, json!(met)), "{from} to {to}: {actual}");
    }
}

#[test]
fn lower_is_better_by_level_has_no_rate_and_is_met_up_to_the_value() {
    let stage = stage();
    for (actual, met) in [(4, true), (5, true), (6, false)] {
        let line = stage.line(lower(), json!({"value": 5}), &[json!(actual)]);
        assert_eq!(rate_and_met(&line), (json!(null), json!(met)), "{actual}");
        assert_eq!(line["reason"], "no_ratio_for_lower_is_better");
    }
}

#[test]
fn a_milestone_is_1_or_0_and_met_when_done() {
    let stage = stage();
    let milestone = json!({"value_type": "milestone", "accumulation": "latest"});
    for done in [0, 1] {
        let line = stage.line(milestone.clone(), json!({}), &[json!(done)]);
        assert_eq!(rate_and_met(&line), (json!(done), json!(done == 1)));
    }
}

#[test]
fn without_a_target_there_is_neither_rate_nor_met() {
    let line = stage().line(json!({}), json!(null), &[json!(3)]);
    assert_eq!((rate_and_met(&line), &line["reason"]), ((json!(null), json!(null)), &json!("no_target")));
}

#[test]
fn a_target_of_0_where_higher_is_better_has_neither_rate_nor_met() {
    let line = stage().line(json!({}), json!({"value": 0}), &[json!(3)]);
    assert_eq!((rate_and_met(&line), &line["reason"]), ((json!(null), json!(null)), &json!("zero_target")));
}

#[test]
fn a_baseline_that_equals_the_target_has_no_rate_and_is_met_by_direction() {
    let stage = stage();
    let still = json!({"value": 5, "basis_of_rate": "change", "baseline": {"year": 2017, "value": 5}});
    for (fields, actual, met) in [(json!({}), 4, false), (json!({}), 5, true), (lower(), 5, true), (lower(), 6, false)]
    {
        let line = stage.line(fields, still.clone(), &[json!(actual)]);
        assert_eq!(rate_and_met(&line), (json!(null), json!(met)), "{actual}");
        assert_eq!(line["reason"], "baseline_equals_target");
    }
}

#[test]
fn where_nothing_is_reported_met_is_unknown_until_due_and_then_false() {
    let stage = stage();
    let before = stage.line(json!({}), json!({"value": 5, "due_on": "2018-07-01"}), &[]);
    assert_eq!((rate_and_met(&before), &before["reason"]), ((json!(null), json!(null)), &json!("no_actual")));
    let due = stage.line(json!({}), json!({"value": 5, "due_on": "2018-06-30"}), &[]);
    assert_eq!((rate_and_met(&due), &due["reason"]), ((json!(null), json!(false)), &json!("no_actual")));
}

#[test]
fn a_score_is_the_rate_within_0_and_1_or_where_there_is_no_ratio_whether_it_is_met() {
    let stage = stage();
    let score = |fields, target, actual: i64| stage.line(fields, target, &[json!(actual)])["score"].clone();
    let change = json!({"value": 20, "basis_of_rate": "change", "baseline": {"year": 2017, "value": 10}});
    assert_eq!(score(json!({}), json!({"value": 10}), 5), 0.5);
    assert_eq!(score(json!({}), json!({"value": 10}), 25), 1);
    assert_eq!(score(json!({}), change, 5), 0);
    assert_eq!([score(lower(), json!({"value": 5}), 5), score(lower(), json!({"value": 5}), 6)], [1, 0]);
}

#[test]
fn an_associations_score_is_weighted_counts_what_is_not_reported_as_0_and_lists_what_is_left_out() {
    let stage = stage();
    stage.line(json!({}), json!({"value": 10, "weight": 3}), &[json!(5)]);
    stage.line(json!({}), json!({"value": 10, "weight": 2}), &[]);
    stage.line(json!({}), json!({"value": 0, "weight": 9}), &[json!(5)]);
    stage.line(json!({}), json!(null), &[json!(5)]);
    let completion = stage.completion("");
    assert_eq!((&completion["score"], &completion["weight"]), (&json!(0.3), &json!(5)), "1.5 of 5");
    let left_out = json!([{"indicator": "x2", "reason": "zero_target"}, {"indicator": "x3", "reason": "no_target"}]);
    assert_eq!(completion["excluded"], left_out);
}

#[test]
fn the_first_status_that_fits_is_told() {
    let stage = stage();
    let due = |value: i64| json!({"value": value, "due_on": "2018-06-30"});
    let change = json!({"value": 5, "basis_of_rate": "change", "baseline": {"year": 2017, "value": 9}});
    for (fields, target, actuals, status) in [
        (json!({}), json!({"value": 0, "due_on": "2018-06-30"}), vec![], "not_computable"),
        (json!({}), due(10), vec![json!(11)], "exceeded"),
        (lower(), change, vec![json!(4)], "exceeded"),
        (json!({}), due(10), vec![json!(10)], "completed"),
        (json!({}), due(10), vec![], "overdue"),
        (json!({}), due(10), vec![json!(9)], "overdue"),
        (json!({}), json!({"value": 10}), vec![], "not_started"),
        (json!({}), json!({"value": 10}), vec![json!(5)], "on_track"),
        (json!({}), json!({"value": 10}), vec![json!(4)], "at_risk"),
        (json!({}), json!({"value": 10}), vec![json!(3)], "behind"),
    ] {
        let line = stage.line(fields, target.clone(), &actuals);
        assert_eq!(line["status"], status, "{target} {actuals:?}");
    }
}

#[test]
fn a_lower_is_better_target_is_completed_only_once_due_and_until_then_on_track_or_behind() {
    let stage = stage();
    for (due_on, actual, status) in [
        ("2018-07-01", 5, "on_track"),
        ("2018-07-01", 6, "behind"),
        ("2018-06-30", 5, "completed"),
        ("2018-06-30", 6, "overdue"),
    ] {
        let line = stage.line(lower(), json!({"value": 5, "due_on": due_on}), &[json!(actual)]);
        assert_eq!(line["status"], status, "{due_on} {actual}");
    }
}

#[test]
fn the_share_of_the_pace_that_is_at_risk_is_configurable() {
    let stage = stage();
    stage.app.indicator("x0", "户");
    // The program has a clock of its own: whatever day it is, a thousandth is behind this plan.
    let year = chrono::Utc::now().year();
    stage.app.set_day(year, 1, 1);
    let path = format!("/associations/chuzhou/targets/{year}/x0");
    let plan = json!([0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 1]);
    let far = json!({"value": 100, "plan": plan, "due_on": format!("{}-12-31", year + 9)});
    stage.admin.put(&path, far).expect(201);
    let report = json!({"indicator": "x0", "value": 0.1, "period": format!("{year}-01-01")});
    stage.admin.post("/associations/chuzhou/actuals", report).expect(201);
    let statuses = ["0.0001", "1"].map(|ratio| {
        let serving = Serving::start(&["--database-url", &stage.app.database, "--at-risk-ratio", ratio]);
        let person = serving.person(Some(stage.admin.secret()));
        person.get(&format!("/associations/chuzhou/completion/{year}")).expect(200)["lines"][0]["status"].clone()
    });
    assert_eq!(statuses, ["at_risk", "behind"]);
}

#[test]
fn rates_have_four_decimals_cut_toward_zero_and_met_is_decided_before() {
    let stage = stage();
    let line = stage.line(json!({}), json!({"value": 1_000_000}), &[json!(999_999)]);
    assert_eq!(rate_and_met(&line), (json!(0.9999), json!(false)), "0.999999 never reads as 1");
    let line = stage.line(json!({}), json!({"value": 1_000_000}), &[json!(1_000_001)]);
    assert_eq!((rate_and_met(&line), &line["status"]), ((json!(1), json!(true)), &json!("exceeded")));
    let change = json!({"value": 30_000, "basis_of_rate": "change", "baseline": {"year": 2017, "value": 0}});
    assert_eq!(stage.line(json!({}), change, &[json!(-2)])["rate"], 0, "-0.00006");
}

#[test]
fn dates_follow_shanghai_unless_another_time_zone_is_configured() {
    let stage = stage();
    stage.app.advance(TimeDelta::hours(13) + TimeDelta::minutes(59));
    assert_eq!(stage.completion("")["as_of"], "2018-06-30", "23:59 in Shanghai");
    stage.app.advance(TimeDelta::minutes(1));
    assert_eq!(stage.completion("")["as_of"], "2018-07-01", "midnight in Shanghai, 16:00 in Greenwich");
    // More than a day apart.
    let days = ["Pacific/Kiritimati", "Pacific/Pago_Pago"].map(|zone| {
        let serving = Serving::start(&["--database-url", &stage.app.database, "--timezone", zone]);
        let person = serving.person(Some(stage.admin.secret()));
        person.get("/associations/chuzhou/completion/2018").expect(200)["as_of"].clone()
    });
    assert_ne!(days[0], days[1]);
}

#[test]
fn the_pace_is_taken_at_the_end_of_the_year_once_that_is_over() {
    let stage = stage();
    stage.line(json!({}), json!({"value": 10, "due_on": "2019-12-31"}), &[json!(1)]);
    let expected = || stage.completion("")["lines"][0]["pace"]["expected"].clone();
    stage.app.set_day(2018, 12, 31);
    let at_the_end = expected();
    stage.app.set_day(2019, 11, 30);
    assert_eq!((expected(), at_the_end), (json!(0.5), json!(0.5)));
}

#[test]
fn the_rule_is_one_pure_function_without_clock_or_database() {
    let rule = [include_str!("../../../src/rule/mod.rs"), include_str!("../../../src/rule/pace.rs")].concat();
    for word in ["Utc", "Local", "now()", "async", "Connection", "diesel", "state::"] {
        assert!(!rule.contains(word), "{word}");
    }
    assert_eq!(rule.matches("pub fn judge(").count(), 1);
}
