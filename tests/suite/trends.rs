//! The trend of a year: twelve months, what was planned by then, the rate, and the year before.

use chrono::TimeDelta;
use kpi::auth::Role;
use serde_json::{Value, json};

use crate::support::App;

const PLACE: &str = "/associations/city/trend/2018";

/// An association that plans 365 households for 2018.
fn app() -> App {
    let app = App::start();
    app.association("city", None);
    app.indicator("households", "户");
    app.target("city", 2018, "households", 365);
    app
}

fn report(app: &App, indicator: &str, period: &str, value: i64) -> String {
    let body = json!({"indicator": indicator, "period": period, "value": value});
    let actual = app.reporter_of("city").post("/associations/city/actuals", body).expect(201);
    actual["id"].as_str().expect("an id").to_owned()
}

fn trend(app: &App, query: &str) -> Value {
    app.admin().get(&format!("{PLACE}{query}")).expect(200)
}

/// A column of the first indicator's months.
fn months(trend: &Value, column: &str) -> Value {
    let months = trend["indicators"][0]["months"].as_array().expect("months");
    months.iter().map(|month| month[column].clone()).collect()
}

#[test]
fn a_year_is_shown_month_by_month_beside_its_plan_and_the_year_before() {
    let app = app();
    for (period, value) in [("2017-Q1", 20), ("2017-Q2", 21), ("2017", 41), ("2018-Q1", 73), ("2018-05", 73)] {
        report(&app, "households", period, value);
    }
    let trend = trend(&app, "");
    assert_eq!(
        trend["indicators"][0]["indicator"],
        json!({"code": "households", "name": "households", "unit": "户", "decimals": 0})
    );
    assert_eq!(trend["association"], json!({"code": "city", "name": "city科协"}));
    assert_eq!(
        (&trend["year"], &trend["as_of"], &trend["basis"]),
        (&json!(2018), &json!("2018-06-30"), &json!("reported"))
    );
    assert_eq!(months(&trend, "month"), json!([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]));
    let n = Value::Null;
    assert_eq!(months(&trend, "actual"), json!([n, n, 73, n, 146, n, n, n, n, n, n, n]));
    assert_eq!(months(&trend, "rate"), json!([n, n, 0.2, n, 0.4, n, n, n, n, n, n, n]));
    assert_eq!(months(&trend, "plan"), json!([31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365]));
    assert_eq!(trend["indicators"][0]["last_year"], json!([n, n, 20, n, n, 41, n, n, n, n, n, 82]));
}

#[test]
fn what_was_planned_or_reported_is_shown_and_nothing_else() {
    let app = app();
    for code in ["reported", "before", "unused"] {
        app.indicator(code, "户");
    }
    report(&app, "reported", "2018-02", 3);
    report(&app, "before", "2017-02", 3);
    let codes = |query: &str| -> Value {
        let trend = trend(&app, query);
        trend["indicators"].as_array().unwrap().iter().map(|one| one["indicator"]["code"].clone()).collect()
    };
    assert_eq!(codes(""), json!(["households", "reported"]));
    assert_eq!(codes("?basis=verified"), json!(["households"]));
    assert_eq!(codes("?indicator=reported"), json!(["reported"]));
    assert_eq!(codes("?indicator=unused"), json!([]));
    assert_eq!(
        trend(&app, "?indicator=reported")["indicators"][0]["months"][1],
        json!({"month": 2, "actual": 3, "plan": null, "rate": null})
    );
    let planned_only = &trend(&app, "?indicator=households")["indicators"][0];
    assert!(planned_only["months"].as_array().unwrap().iter().all(|month| month["actual"].is_null()));
    app.association("empty", None);
    assert_eq!(app.admin().get("/associations/empty/trend/2018").expect(200)["indicators"], json!([]));
}

#[test]
fn each_basis_has_its_own_months() {
    let app = app();
    let id = report(&app, "households", "2018-02", 73);
    let path = format!("/associations/city/actuals/{id}/verify");
    app.person(Role::Verifier, None).post(&path, json!({"value": 36.5, "reason": "核定"})).expect(200);
    report(&app, "households", "2018-03", 1);
    let february = |query: &str| trend(&app, query)["indicators"][0]["months"][1].clone();
    assert_eq!(february("?basis=verified"), json!({"month": 2, "actual": 36.5, "plan": 59, "rate": 0.1}));
    assert_eq!(february("")["rate"], 0.2);
    assert_eq!(months(&trend(&app, "?basis=verified"), "actual")[2], json!(null));
}

#[test]
fn december_stands_where_the_completion_does() {
    let app = app();
    app.set_day(2019, 2, 1);
    app.indicator_with("trained", json!({"accumulation": "latest"}));
    app.indicator_with("share", json!({"unit": "%", "value_type": "percentage", "accumulation": "ratio"}));
    app.indicator_with("opened", json!({"value_type": "milestone", "accumulation": "latest"}));
    app.indicator_with("complaints", json!({"direction": "lower_is_better"}));
    let admin = app.admin();
    for (indicator, target) in [
        ("trained", json!({"value": 35, "basis_of_rate": "change", "baseline": {"year": 2017, "value": 5}})),
        ("share", json!({"value": 90})),
        ("opened", json!({})),
        ("complaints", json!({"value": 3})),
    ] {
        admin.put(&format!("/associations/city/targets/2018/{indicator}"), target).expect(201);
    }
    let periods = ["2018-12", "2018-03", "2018", "2018-Q2", "2018-12-31", "2018-01", "2018-06-30"];
    for (index, period) in (1..).zip(periods) {
        for indicator in ["households", "trained", "complaints"] {
            report(&app, indicator, period, index * 3);
        }
        report(&app, "opened", period, index % 2);
        let share = json!({"indicator": "share", "period": period, "numerator": index, "denominator": index + 2});
        admin.post("/associations/city/actuals", share).expect(201);
    }
    let completion = admin.get("/associations/city/completion/2018").expect(200);
    let trend = trend(&app, "");
    let lines = completion["lines"].as_array().unwrap();
    assert_eq!(lines.len(), 5);
    for (line, one) in lines.iter().zip(trend["indicators"].as_array().unwrap()) {
        assert_eq!(line["indicator"]["code"], one["indicator"]["code"]);
        let december = &one["months"][11];
        assert_eq!(december["actual"], line["actual"]["value"], "{one}");
        assert_eq!(december["rate"], line["rate"], "{one}");
        assert_eq!(december["plan"], line["target"]["value"], "{one}");
    }
}

#[test]
fn a_past_day_is_answered_as_it_was_known() {
    let app = app();
    let id = report(&app, "households", "2018-02", 73);
    let july = json!({"indicator": "households", "period": {"from": "2018-06-30", "to": "2018-07-31"}, "value": 5});
    app.admin().post("/associations/city/actuals", july).expect(201);
    let query = format!("/api/v1{PLACE}?as_of=2018-06-30");
    let then = || app.admin().send("GET", &query, &[], "").text;
    let before = then();
    app.advance(TimeDelta::days(1));
    let admin = app.admin();
    admin.post(&format!("/associations/city/actuals/{id}/void"), json!({"reason": "误报"})).expect(200);
    admin.put("/associations/city/targets/2018/households", json!({"value": 730, "reason": "调整"})).expect(200);
    report(&app, "households", "2018-03", 9);
    assert_eq!(then(), before);
    let now = trend(&app, "");
    assert_eq!(now["as_of"], "2018-07-01");
    let n = Value::Null;
    assert_eq!(months(&now, "actual"), json!([n, n, 9, n, n, n, 14, n, n, n, n, n]));
    assert_eq!(now["indicators"][0]["months"][11]["plan"], 730);
    let past: Value = serde_json::from_str(&before).expect("JSON");
    assert_eq!(months(&past, "actual"), json!([n, 73, n, n, n, n, n, n, n, n, n, n]), "July had not begun");
    admin.get(&format!("{PLACE}?as_of=2018-07-02")).expect_problem(400, "invalid_parameter");
}

#[test]
fn who_has_the_answer_is_told_so_until_something_changes() {
    let app = app();
    let viewer = app.person(Role::Viewer, Some("city"));
    let path = format!("/api/v1{PLACE}");
    let ask = |tag: &str| viewer.send("GET", &path, &[("If-None-Match", tag)], "");
    let first = ask("\"none\"");
    assert_eq!(first.status, 200);
    let tag = first.header("etag").to_owned();
    assert!(tag.starts_with('"'), "{tag}");
    let again = ask(&tag);
    assert_eq!((again.status, again.text.as_str(), again.header("etag")), (304, "", tag.as_str()));
    report(&app, "households", "2017-02", 1);
    let changed = ask(&tag);
    assert_eq!(changed.status, 200, "last year's figures are part of it");
    let tag = changed.header("etag").to_owned();
    assert_eq!(ask(&tag).status, 304);
    app.admin().patch("/indicators/households", json!({"name": "脱贫户数"})).expect(200);
    assert_eq!(ask(&tag).status, 200);
    let tag = ask("").header("etag").to_owned();
    app.advance(TimeDelta::days(1));
    assert_eq!(ask(&tag).status, 200);
}

#[test]
fn what_lies_outside_the_scope_has_no_trend_and_what_is_unknown_is_named() {
    let app = app();
    app.association("elsewhere", None);
    let outside = app.person(Role::Admin, Some("elsewhere"));
    outside.get(PLACE).expect_problem(404, "association_not_found");
    app.admin().get("/associations/nowhere/trend/2018").expect_problem(404, "association_not_found");
    for (query, pointer, code) in [
        ("?indicator=nothing", "?indicator", "unknown_indicator"),
        ("?month=3", "?month", "unknown_field"),
        ("?basis=guessed", "?basis", "not_allowed"),
        ("?as_of=2018", "?as_of", "invalid_date"),
    ] {
        let problem = app.admin().get(&format!("{PLACE}{query}")).expect_problem(400, "invalid_parameter");
        assert_eq!(
            (&problem["errors"][0]["pointer"], &problem["errors"][0]["code"]),
            (&json!(pointer), &json!(code)),
            "{problem}"
        );
    }
}
