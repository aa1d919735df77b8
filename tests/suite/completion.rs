//! Completion over HTTP: what was just reported, judged by the day, with its reasons.

use serde_json::{Value, json};

use crate::support::{App, Reply, ledger};

const PLACE: &str = "/associations/chuzhou/completion/2018";

fn app() -> App {
    let app = App::start();
    app.association("chuzhou", None);
    app
}

fn plan(app: &App, indicator: &str, body: Value) {
    app.admin().put(&format!("/associations/chuzhou/targets/2018/{indicator}"), body).expect(201);
}

/// Reports one value of an indicator for a period.
fn report(app: &App, indicator: &str, period: &str, value: Value) {
    let body = json!({"indicator": indicator, "value": value, "period": period});
    app.reporter_of("chuzhou").post("/associations/chuzhou/actuals", body).expect(201);
}

fn completion(app: &App, query: &str) -> Value {
    app.admin().get(&format!("{PLACE}{query}")).expect(200)
}

fn line(app: &App, indicator: &str) -> Value {
    let completion = completion(app, "");
    let lines = completion["lines"].as_array().expect("lines");
    lines.iter().find(|line| line["indicator"]["code"] == indicator).expect("a line").clone()
}

#[test]
fn an_accepted_actual_is_in_the_very_next_answer() {
    let app = app();
    app.indicator("households", "户");
    app.target("chuzhou", 2018, "households", 94);
    for (period, value, total, rate) in [
        ("2018-01", 10, 10, 0.1063),
        ("2018-02", 20, 30, 0.3191),
        ("2018-03", 64, 94, 1.0),
        ("2018-04", 26, 120, 1.2765),
    ] {
        report(&app, "households", period, json!(value));
        let line = line(&app, "households");
        assert_eq!(line["actual"]["value"], total);
        assert_eq!(line["rate"].as_f64(), Some(rate));
        assert_eq!(line["actual"]["covered_from"], "2018-01-01");
    }
    let line = line(&app, "households");
    assert_eq!(line["actual"]["covered_through"], "2018-04-30");
    // The clock stands still, and reports of one year still come one after the other.
    assert_eq!(line["actual"]["last_reported_at"], "2018-06-30T02:00:00.000003Z");
    assert_eq!((&line["gap"], &line["score"], &line["met"]), (&json!(-26), &json!(1), &json!(true)));
    ledger::check(&app);
}

#[test]
fn nothing_planned_and_nothing_reported_is_an_empty_answer() {
    let app = app();
    let completion = completion(&app, "");
    assert_eq!((&completion["lines"], &completion["excluded"]), (&json!([]), &json!([])));
    assert_eq!((&completion["score"], &completion["weight"]), (&json!(null), &json!(0)));
    assert_eq!(completion["association"], json!({"code": "chuzhou", "name": "chuzhou科协"}));
    assert_eq!((&completion["as_of"], &completion["basis"]), (&json!("2018-06-30"), &json!("reported")));
}

#[test]
fn the_status_follows_the_calendar() {
    let app = app();
    app.indicator("households", "户");
    app.target("chuzhou", 2018, "households", 100);
    let status = |(month, day)| {
        app.set_day(2018, month, day);
        line(&app, "households")["status"].clone()
    };
    assert_eq!(status((1, 1)), "not_started");
    report(&app, "households", "2018-01", json!(40));
    assert_eq!(status((1, 31)), "on_track");
    // 40 of 100 days: 146/365 is exactly the pace.
    assert_eq!(status((5, 26)), "on_track");
    assert_eq!(status((5, 27)), "at_risk");
    // Down to 0.8 of the pace: 182.5/365 is half.
    assert_eq!(status((7, 1)), "at_risk");
    assert_eq!(status((7, 2)), "behind");
    assert_eq!(status((12, 30)), "behind");
    assert_eq!(status((12, 31)), "overdue");
    report(&app, "households", "2018-12", json!(60));
    assert_eq!(status((12, 31)), "completed");
    report(&app, "households", "2018-12", json!(0.0001));
    assert_eq!(status((12, 31)), "exceeded");
    assert_eq!(line(&app, "households")["pace"]["expected"], 1);
    app.set_day(2019, 8, 1);
    assert_eq!(line(&app, "households")["pace"]["expected"], 1);
    app.set_day(2017, 8, 1);
    assert_eq!(line(&app, "households")["pace"]["expected"], 0);
}

#[test]
fn where_less_is_better_it_is_completed_only_once_due() {
    let app = app();
    app.indicator_with("complaints", json!({"unit": "件", "direction": "lower_is_better"}));
    plan(&app, "complaints", json!({"value": 5, "due_on": "2018-11-30"}));
    report(&app, "complaints", "2018-01", json!(5));
    let standing = |month, day| {
        app.set_day(2018, month, day);
        let line = line(&app, "complaints");
        assert_eq!((&line["rate"], &line["reason"]), (&json!(null), &json!("no_ratio_for_lower_is_better")));
        (line["status"].clone(), line["met"].clone(), line["score"].clone())
    };
    assert_eq!(standing(6, 30), (json!("on_track"), json!(true), json!(1)));
    assert_eq!(standing(11, 30), (json!("completed"), json!(true), json!(1)));
    report(&app, "complaints", "2018-11", json!(1));
    assert_eq!(standing(11, 29), (json!("behind"), json!(false), json!(0)));
    assert_eq!(standing(11, 30), (json!("overdue"), json!(false), json!(0)));
    ledger::check(&app);
}

#[test]
fn where_there_is_no_rate_there_is_a_reason() {
    let app = app();
    for code in ["no-target", "zero-target", "no-actual"] {
        app.indicator(code, "项");
    }
    let lower = json!({"unit": "天", "direction": "lower_is_better", "accumulation": "latest"});
    app.indicator_with("no-way", lower.clone());
    app.indicator_with("no-ratio", lower);
    app.target("chuzhou", 2018, "zero-target", 0);
    app.target("chuzhou", 2018, "no-actual", 5);
    app.target("chuzhou", 2018, "no-ratio", 5);
    let way = json!({"value": 5, "basis_of_rate": "change", "baseline": {"year": 2017, "value": 5}, "weight": 3});
    plan(&app, "no-way", way);
    for code in ["no-target", "zero-target", "no-ratio", "no-way"] {
        report(&app, code, "2018-01", json!(4));
    }
    for (code, reason, status, score, met) in [
        ("no-target", "no_target", "not_computable", json!(null), json!(null)),
        ("zero-target", "zero_target", "not_computable", json!(null), json!(null)),
        ("no-actual", "no_actual", "not_started", json!(0), json!(null)),
        ("no-ratio", "no_ratio_for_lower_is_better", "on_track", json!(1), json!(true)),
        ("no-way", "baseline_equals_target", "on_track", json!(1), json!(true)),
    ] {
        let line = line(&app, code);
        assert_eq!((&line["rate"], &line["reason"]), (&json!(null), &json!(reason)), "{code}");
        assert_eq!((&line["status"], &line["score"], &line["met"]), (&json!(status), &score, &met), "{code}");
    }
    let completion = completion(&app, "");
    // Weights 1 (no-actual: 0), 1 (no-ratio: 1), 3 (no-way: 1).
    assert_eq!((&completion["score"], &completion["weight"]), (&json!(0.8), &json!(5)));
    let excluded = json!([
        {"indicator": "no-target", "reason": "no_target"},
        {"indicator": "zero-target", "reason": "zero_target"},
    ]);
    assert_eq!(completion["excluded"], excluded);
    ledger::check(&app);
}

#[test]
fn the_score_is_weighted_and_the_counts_add_up_to_the_lines() {
    let app = app();
    for (code, weight, value) in [("a", json!(2), 50), ("b", json!(0.5), 300), ("c", json!(1), 0)] {
        app.indicator(code, "项");
        plan(&app, code, json!({"value": 100, "weight": weight}));
        report(&app, code, "2018", json!(value));
    }
    let completion = completion(&app, "");
    // (2 × 0.5 + 0.5 × 1 + 1 × 0) / 3.5 = 0.428571…
    assert_eq!((&completion["score"], &completion["weight"]), (&json!(0.4285), &json!(3.5)));
    let counts = completion["counts"].as_object().unwrap();
    assert_eq!(counts.len(), 8);
    assert_eq!(counts.values().map(|count| count.as_u64().unwrap()).sum::<u64>(), 3);
    assert_eq!((&counts["on_track"], &counts["exceeded"], &counts["behind"]), (&json!(1), &json!(1), &json!(1)));
    ledger::check(&app);
}

#[test]
fn a_range_has_a_rate_to_either_end() {
    let app = app();
    app.indicator("brands", "个");
    plan(&app, "brands", json!({"expression": "2-4个"}));
    report(&app, "brands", "2018-01", json!(3));
    let line = line(&app, "brands");
    assert_eq!((&line["rate"], &line["rate_upper"], &line["met"]), (&json!(1.5), &json!(0.75), &json!(true)));
}

#[test]
fn a_change_is_the_share_of_the_way_from_the_baseline() {
    let app = app();
    let days = json!({"unit": "天", "direction": "lower_is_better", "accumulation": "latest"});
    app.indicator_with("days", days);
    plan(&app, "days", json!({"value": 10, "basis_of_rate": "change", "baseline": {"year": 2017, "value": 20}}));
    report(&app, "days", "2018-01", json!(14));
    let line = line(&app, "days");
    assert_eq!(
        (&line["rate"], &line["formula"]),
        (&json!(0.6), &json!("(actual − baseline) ÷ (target − baseline) = (14 天 − 20 天) ÷ (10 天 − 20 天)"))
    );
    ledger::check(&app);
}

#[test]
fn the_latest_is_the_one_whose_period_ends_last_and_of_several_the_later_report() {
    let app = app();
    app.indicator_with("members", json!({"unit": "人", "accumulation": "latest"}));
    app.target("chuzhou", 2018, "members", 100);
    let reported = |period: &str, value: i64| {
        report(&app, "members", period, json!(value));
        line(&app, "members")["actual"]["value"].clone()
    };
    assert_eq!(reported("2018-06", 60), 60);
    assert_eq!(reported("2018-03", 30), 60);
    assert_eq!(reported("2018-Q2", 65), 65);
    assert_eq!(reported("2018-06-30", 61), 61);
    assert_eq!(reported("2018-06-29", 70), 61);
    // Amending one does not make it the latest.
    let items = app.admin().get("/associations/chuzhou/actuals").expect(200);
    let first = items["items"][0]["id"].as_str().unwrap().to_owned();
    let path = format!("/associations/chuzhou/actuals/{first}?reason=x");
    app.admin().patch(&path, json!({"value": 63})).expect(200);
    assert_eq!(line(&app, "members")["actual"]["value"], 61);
    ledger::check(&app);
}

#[test]
fn a_percentage_is_the_sum_of_numerators_over_the_sum_of_denominators() {
    let app = app();
    app.indicator_with("replies", json!({"unit": "%", "value_type": "percentage", "accumulation": "ratio"}));
    app.target("chuzhou", 2018, "replies", 90);
    for (period, numerator, denominator) in [("2018-01", 1, 2), ("2018-02", 1, 1)] {
        let body =
            json!({"indicator": "replies", "period": period, "numerator": numerator, "denominator": denominator});
        app.admin().post("/associations/chuzhou/actuals", body).expect(201);
    }
    let line = line(&app, "replies");
    let actual = &line["actual"];
    assert_eq!(
        (&actual["value"], &actual["numerator"], &actual["denominator"]),
        (&json!(66.6666), &json!(2), &json!(3))
    );
    // 66.666… / 90, not 66.6666 / 90.
    assert_eq!(line["rate"], 0.7407);
    ledger::check(&app);
}

#[test]
fn a_duty_per_month_says_how_many_months_met_it() {
    let app = app();
    app.indicator("news", "条");
    plan(&app, "news", json!({"value": 50, "per": "month"}));
    for (period, value) in [("2018-01", 50), ("2018-02", 30), ("2018-02-20", 20), ("2018-03", 49), ("2018-Q2", 150)] {
        report(&app, "news", period, json!(value));
    }
    let line = line(&app, "news");
    assert_eq!((&line["target"]["value"], &line["target"]["value_per_period"]), (&json!(600), &json!(50)));
    assert_eq!(line["rate"], 0.4983);
    assert_eq!(line["periods"], json!({"total": 12, "elapsed": 6, "met": 2}));
    app.set_day(2018, 6, 29);
    assert_eq!(self::line(&app, "news")["periods"]["elapsed"], 5);
    app.set_day(2019, 1, 1);
    report(&app, "news", "2018-12", json!(60));
    assert_eq!(self::line(&app, "news")["periods"], json!({"total": 12, "elapsed": 12, "met": 3}));
    ledger::check(&app);
}

#[test]
fn a_rate_that_rests_on_anything_inexact_is_flagged() {
    let app = app();
    for code in ["exact", "about", "planned"] {
        app.indicator(code, "人");
    }
    for (code, expression) in [("exact", "90人"), ("about", "90人"), ("planned", "约90人")] {
        plan(&app, code, json!({"expression": expression}));
        report(&app, code, "2018-01", json!(if code == "about" { "近80人" } else { "80人" }));
    }
    let approximate = |code| line(&app, code)["approximate"].clone();
    assert_eq!(
        (approximate("exact"), approximate("about"), approximate("planned")),
        (json!(false), json!(true), json!(true))
    );
    ledger::check(&app);
}

#[test]
fn the_formula_is_in_the_language_that_is_asked_for() {
    let app = app();
    app.indicator("households", "户");
    app.target("chuzhou", 2018, "households", 94);
    report(&app, "households", "2018-01", json!(82));
    let formula = |language: &str| {
        let headers = [("Accept-Language", language)];
        let reply: Reply = app.admin().send("GET", &format!("/api/v1{PLACE}"), &headers, "");
        reply.expect(200)["lines"][0]["formula"].clone()
    };
    assert_eq!(formula("zh-CN,zh;q=0.9"), "实绩 ÷ 目标 = 82 户 ÷ 94 户");
    assert_eq!(formula("en"), "actual ÷ target = 82 户 ÷ 94 户");
    assert_eq!(formula("fr, zh;q=0.5"), "实绩 ÷ 目标 = 82 户 ÷ 94 户");
    assert_eq!(formula("fr"), "actual ÷ target = 82 户 ÷ 94 户");
}
