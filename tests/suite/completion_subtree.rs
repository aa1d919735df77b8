//! Completion over a subtree: what is added, what is only listed, and how sums of different targets are judged.

use kpi::auth::Role;
use serde_json::{Value, json};

use crate::support::{App, ledger};

/// A city with two counties, one of which has a society.
fn app() -> App {
    let app = App::start();
    app.association("city", None);
    app.association("north", Some("city"));
    app.association("south", Some("city"));
    app.association("north-medical", Some("north"));
    app.association("elsewhere", None);
    app.indicator("households", "户");
    app
}

fn target(app: &App, association: &str, indicator: &str, body: Value) {
    app.planner_of(association).put(&format!("/associations/{association}/targets/2018/{indicator}"), body).expect(201);
}

fn report(app: &App, association: &str, fields: Value) -> String {
    let mut body = json!({"period": "2018-03"});
    body.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    let path = format!("/associations/{association}/actuals");
    app.reporter_of(association).post(&path, body).expect(201)["id"].as_str().unwrap().to_owned()
}

fn households(app: &App, association: &str, value: i64) {
    report(app, association, json!({"indicator": "households", "value": value}));
}

fn subtree(app: &App, association: &str) -> Value {
    app.admin().get(&format!("/associations/{association}/completion/2018?scope=subtree")).expect(200)
}

fn only(completion: &Value) -> &Value {
    let lines = ledger::lines(completion);
    assert_eq!(lines.len(), 1, "{completion:#}");
    lines[0]
}

#[test]
fn targets_and_actuals_are_summed_over_the_association_and_all_below_it() {
    let app = app();
    for (association, planned, reported) in
        [("city", 10, 1), ("north", 20, 2), ("north-medical", 30, 3), ("elsewhere", 99, 99)]
    {
        target(&app, association, "households", json!({"value": planned, "weight": 2}));
        households(&app, association, reported);
    }
    households(&app, "south", 4);
    let city = subtree(&app, "city");
    assert_eq!((&city["scope"], &city["score"], &city["weight"]), (&json!("subtree"), &json!(0.1666), &json!(6)));
    let line = only(&city);
    assert_eq!((&line["target"]["value"], &line["actual"]["value"]), (&json!(60), &json!(10)));
    assert_eq!((&line["rate"], &line["gap"], &line["actual"]["count"]), (&json!(0.1666), &json!(50), &json!(4)));
    assert_eq!(line["associations"], json!({"planned": 3, "reported": 4}));
    assert_eq!(line["target"]["mixed_bounds"], false);
    assert_eq!(line["formula"], "actual ÷ target = 10 户 ÷ 60 户");
    assert_eq!(only(&subtree(&app, "north"))["actual"]["value"], 5);
    assert_eq!(only(&subtree(&app, "north-medical"))["target"]["value"], 30);
    assert_eq!(only(&subtree(&app, "south"))["reason"], "no_target");
    assert_eq!(app.reporter_of("south").get("/associations/north/completion/2018?scope=subtree").status, 404);
}

#[test]
fn a_leaf_says_the_same_as_its_own_completion() {
    let app = App::start();
    app.set_day(2019, 12, 31);
    app.load_demo();
    let strip = |completion: &Value| -> Vec<Value> {
        let lines = ledger::lines(completion).into_iter();
        let kept = lines.map(|line| {
            let numbers =
                ["rate", "met", "score", "gap", "pace", "status", "approximate"].map(|name| line[name].clone());
            json!([line["indicator"]["code"], line["target"]["value"], line["actual"]["value"], numbers])
        });
        kept.collect()
    };
    for basis in ["reported", "verified"] {
        let path = format!("/associations/fengxian/completion/2007?basis={basis}");
        let own = app.admin().get(&path).expect(200);
        let all = app.admin().get(&format!("{path}&scope=subtree")).expect(200);
        let summed: Vec<_> =
            all["excluded"].as_array().unwrap().iter().filter(|one| one["reason"] == "not_additive").collect();
        let listed = |line: &Value| summed.iter().any(|one| one["indicator"] == line[0]);
        let own: Vec<_> = strip(&own).into_iter().filter(|line| !listed(line)).collect();
        assert!(own.len() > 30, "{}", own.len());
        assert_eq!(strip(&all), own, "{basis}");
    }
}

#[test]
fn percentages_are_the_sum_of_numerators_over_the_sum_of_denominators() {
    let app = app();
    app.indicator_with("attendance", json!({"unit": "%", "value_type": "percentage", "accumulation": "ratio"}));
    for (association, numerator, denominator) in [("north", 1, 10), ("south", 80, 90)] {
        target(&app, association, "attendance", json!({"value": 90}));
        report(
            &app,
            association,
            json!({"indicator": "attendance", "numerator": numerator, "denominator": denominator}),
        );
    }
    let line = only(&subtree(&app, "city")).clone();
    assert_eq!((&line["target"]["value"], &line["actual"]["value"]), (&json!(90), &json!(81)));
    assert_eq!((&line["actual"]["numerator"], &line["actual"]["denominator"]), (&json!(81), &json!(100)));
    assert_eq!(line["rate"], 0.9);
    // One alone is as it is, whatever its bound.
    app.admin()
        .put(
            "/associations/north/targets/2018/attendance",
            json!({"value": 80, "upper": 90, "bound": "range", "reason": "调整"}),
        )
        .expect(200);
    assert_eq!(only(&subtree(&app, "north"))["target"]["upper"], 90);
    // Targets that differ cannot be added; what was reached still can.
    target(&app, "city", "attendance", json!({"value": 95}));
    let completion = subtree(&app, "city");
    let line = only(&completion);
    assert_eq!(
        (&line["target"], &line["reason"], &line["status"]),
        (&json!(null), &json!("targets_differ"), &json!("not_computable"))
    );
    assert_eq!(line["actual"]["value"], 81);
    assert_eq!(completion["excluded"], json!([{"indicator": "attendance", "reason": "targets_differ"}]));
}

#[test]
fn what_is_not_additive_is_listed_and_not_summed() {
    let app = app();
    app.indicator_with(
        "rank",
        json!({"unit": "名", "accumulation": "latest", "additive": false, "direction": "lower_is_better"}),
    );
    target(&app, "north", "rank", json!({"value": 3}));
    report(&app, "south", json!({"indicator": "rank", "value": 5}));
    households(&app, "south", 4);
    let completion = subtree(&app, "city");
    assert_eq!(only(&completion)["indicator"]["code"], "households");
    let excluded =
        json!([{"indicator": "households", "reason": "no_target"}, {"indicator": "rank", "reason": "not_additive"}]);
    assert_eq!(completion["excluded"], excluded);
}

#[test]
fn mixed_bounds_are_flagged_and_bound_as_the_direction_says() {
    let app = app();
    target(&app, "north", "households", json!({"value": 1, "upper": 2, "bound": "range"}));
    target(&app, "south", "households", json!({"value": 5}));
    let line = only(&subtree(&app, "city")).clone();
    let said = (&line["target"]["bound"], &line["target"]["value"], &line["target"]["mixed_bounds"]);
    assert_eq!(said, (&json!("at_least"), &json!(6), &json!(true)));
    target(&app, "north-medical", "households", json!({"value": 3, "upper": 4, "bound": "range"}));
    let north = only(&subtree(&app, "north")).clone();
    let said = (
        &north["target"]["bound"],
        &north["target"]["value"],
        &north["target"]["upper"],
        &north["target"]["mixed_bounds"],
    );
    assert_eq!(said, (&json!("range"), &json!(4), &json!(6), &json!(false)));
    // Where less is better, a range is kept up to its upper end.
    app.indicator_with("accidents", json!({"unit": "起", "direction": "lower_is_better"}));
    target(&app, "north", "accidents", json!({"value": 1, "upper": 2, "bound": "range"}));
    target(&app, "south", "accidents", json!({"value": 5}));
    report(&app, "north", json!({"indicator": "accidents", "value": 0}));
    report(&app, "south", json!({"indicator": "accidents", "value": 7}));
    let completion = subtree(&app, "city");
    let line =
        ledger::lines(&completion).into_iter().find(|line| line["indicator"]["code"] == "accidents").unwrap().clone();
    assert_eq!(
        (&line["target"]["bound"], &line["target"]["value"], &line["met"]),
        (&json!("at_most"), &json!(7), &json!(true))
    );
}

#[test]
fn silence_keeps_no_bound_where_less_is_better() {
    let app = app();
    app.indicator_with("accidents", json!({"unit": "起", "direction": "lower_is_better"}));
    target(&app, "north", "accidents", json!({"value": 3}));
    target(&app, "south", "accidents", json!({"value": 1, "upper": 2, "bound": "range"}));
    let accidents =
        |association: &str, value: i64| report(&app, association, json!({"indicator": "accidents", "value": value}));
    let said = |query: &str| {
        let path = format!("/associations/city/completion/2018?scope=subtree{query}");
        let completion = app.admin().get(&path).expect(200);
        let line = only(&completion);
        assert_eq!(line["rate"], json!(null));
        ["met", "score", "status", "reason"].map(|name| line[name].clone()).to_vec()
    };
    assert_eq!(said(""), [json!(null), json!(0), json!("not_started"), json!("no_actual")]);
    accidents("north", 1);
    let within = [json!(null), json!(null), json!("on_track"), json!("partly_reported")];
    assert_eq!(said(""), within);
    let verified = app.admin().get("/associations/city/completion/2018?scope=subtree&basis=verified").expect(200);
    assert_eq!(only(&verified)["reason"], "no_actual");
    app.set_day(2018, 12, 31);
    assert_eq!(said("&as_of=2018-06-30"), within, "the ledger says what the totals said");
    assert_eq!(said(""), [json!(null), json!(null), json!("not_computable"), json!("partly_reported")]);
    let completion = subtree(&app, "city");
    assert_eq!((&completion["score"], &completion["counts"]["completed"]), (&json!(null), &json!(0)));
    assert_eq!(completion["excluded"], json!([{"indicator": "accidents", "reason": "partly_reported"}]));
    // Too many are too many, whoever has yet to report; and who planned nothing is not waited for.
    let beyond = accidents("north-medical", 5);
    let reason = json!("no_ratio_for_lower_is_better");
    assert_eq!(said(""), [json!(false), json!(0), json!("overdue"), reason.clone()]);
    app.admin()
        .patch(&format!("/associations/north-medical/actuals/{beyond}?reason=x"), json!({"value": 1}))
        .expect(200);
    accidents("south", 0);
    assert_eq!(said(""), [json!(true), json!(1), json!("completed"), reason]);
    assert_eq!(only(&subtree(&app, "north"))["met"], true);
}

#[test]
fn milestones_are_counted_and_changes_start_from_the_sum_of_baselines() {
    let app = app();
    app.indicator_with("charter", json!({"unit": "项", "value_type": "milestone", "accumulation": "latest"}));
    for association in ["city", "north", "south"] {
        target(&app, association, "charter", json!({"value": 1}));
    }
    report(&app, "north", json!({"indicator": "charter", "value": 1}));
    report(&app, "south", json!({"indicator": "charter", "value": 0}));
    let line = only(&subtree(&app, "city")).clone();
    assert_eq!(
        (&line["target"]["value"], &line["actual"]["value"], &line["rate"]),
        (&json!(3), &json!(1), &json!(0.3333))
    );
    let change = |value: i64, baseline: i64| json!({"value": value, "basis_of_rate": "change", "baseline": {"year": 2017, "value": baseline}});
    target(&app, "north", "households", change(20, 10));
    target(&app, "south", "households", change(40, 30));
    households(&app, "north", 15);
    let partly = subtree(&app, "city");
    let line = ledger::lines(&partly).into_iter().find(|line| line["indicator"]["code"] == "households").unwrap();
    let said = (&line["reason"], &line["rate"], &line["target"], &line["actual"]["value"]);
    assert_eq!(
        said,
        (&json!("partly_reported"), &json!(null), &json!(null), &json!(15)),
        "who said nothing is not at 0"
    );
    households(&app, "south", 30);
    let completion = subtree(&app, "city");
    let line =
        ledger::lines(&completion).into_iter().find(|line| line["indicator"]["code"] == "households").unwrap().clone();
    assert_eq!((&line["target"]["basis_of_rate"], &line["rate"]), (&json!("change"), &json!(0.25)));
}

#[test]
fn the_pace_of_a_sum_is_that_of_its_parts_by_their_values() {
    let app = app();
    // On 30 June: 100 of 100 by June, and 181/365 of 300 by December.
    target(&app, "north", "households", json!({"value": 100, "due_on": "2018-06-30"}));
    target(&app, "south", "households", json!({"value": 300}));
    let line = only(&subtree(&app, "city")).clone();
    let expected = (1.0 + 3.0 * 181.0 / 365.0) / 4.0;
    let found = line["pace"]["expected"].as_f64().unwrap();
    assert!((found - expected).abs() < 0.0001, "{found} {expected}");
    assert_eq!((&line["target"]["due_on"], &line["status"]), (&json!("2018-12-31"), &json!("not_started")));
}

#[test]
fn the_verified_basis_and_the_year_before_are_summed_too() {
    let app = app();
    for (association, period, value) in
        [("north", "2018-01", 5), ("south", "2018-01", 7), ("north", "2017-12", 3), ("south", "2017-12", 4)]
    {
        report(&app, association, json!({"indicator": "households", "period": period, "value": value}));
    }
    assert_eq!(only(&subtree(&app, "city"))["last_year"], json!({"value": 7, "change": 5}));
    let id = app.sql("SELECT id FROM actuals WHERE value = 5")[0][0].clone().unwrap();
    let path = format!("/associations/north/actuals/{id}/verify");
    app.person(Role::Verifier, None).post(&path, json!({"value": 6, "reason": "核定"})).expect(200);
    let verified = app.admin().get("/associations/city/completion/2018?scope=subtree&basis=verified").expect(200);
    let line = only(&verified);
    assert_eq!((&line["actual"]["value"], &line["associations"]["reported"]), (&json!(6), &json!(1)));
    let brief = app.admin().get("/associations/city/completion/2018?scope=subtree&detail=brief").expect(200);
    assert_eq!(only(&brief)["actual"], json!({"value": 12, "count": 2}));
}

#[test]
fn an_association_without_anything_below_it_has_no_lines() {
    let app = app();
    let completion = subtree(&app, "city");
    assert_eq!((&completion["lines"], &completion["score"]), (&json!([]), &json!(null)));
}
