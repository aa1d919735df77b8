//! What a completion shows beside the rate: the year before, the basis, less detail, exact decimals.

use kpi::auth::Role;
use serde_json::{Value, json};

use crate::support::{App, ledger};

const PLACE: &str = "/associations/chuzhou/completion/2018";

/// An association with a target of 94 households and 82 reported.
fn app() -> App {
    let app = App::start();
    app.association("chuzhou", None);
    app.indicator("households", "户");
    let body = json!({"value": 94, "source": {"document": "2018年工作计划", "quote": "脱贫94户"}});
    app.admin().put("/associations/chuzhou/targets/2018/households", body).expect(201);
    report(&app, "households", "2018-01", "82");
    app
}

/// Reports a number exactly as it is written.
fn report(app: &App, indicator: &str, period: &str, value: &str) -> String {
    let body = format!(r#"{{"indicator": "{indicator}", "value": {value}, "period": "{period}"}}"#);
    let headers = [("Content-Type", "application/json")];
    let path = "/api/v1/associations/chuzhou/actuals";
    let actual = app.reporter_of("chuzhou").send("POST", path, &headers, &body).expect(201);
    actual["id"].as_str().expect("an id").to_owned()
}

/// Verifies an actual with another value than the reported one.
fn verify(app: &App, id: &str, value: i64) {
    let path = format!("/associations/chuzhou/actuals/{id}/verify");
    app.person(Role::Verifier, Some("chuzhou")).post(&path, json!({"value": value, "reason": "核定"})).expect(200);
}

#[test]
fn verified_figures_count_on_a_basis_of_their_own() {
    let app = app();
    let id = app.sql("SELECT id FROM actuals")[0][0].clone().expect("an id");
    let on = |basis: &str| {
        let completion = app.admin().get(&format!("{PLACE}?basis={basis}")).expect(200);
        assert_eq!(completion["basis"], basis);
        let line = &completion["lines"][0];
        (line["actual"]["value"].clone(), line["rate"].clone(), line["reason"].clone())
    };
    assert_eq!(on("verified"), (json!(null), json!(null), json!("no_actual")));
    verify(&app, &id, 47);
    assert_eq!(on("verified"), (json!(47), json!(0.5), json!(null)));
    assert_eq!(on("reported"), (json!(82), json!(0.8723), json!(null)));
    ledger::check(&app);
    // An amendment is a new report: what was verified counts no longer.
    let path = format!("/associations/chuzhou/actuals/{id}?reason=x");
    assert_eq!(app.admin().patch(&path, json!({"value": 80})).expect(200)["state"], "reported");
    assert_eq!(on("verified"), (json!(null), json!(null), json!("no_actual")));
    ledger::check(&app);
}

#[test]
fn voiding_what_was_verified_takes_it_from_both_bases() {
    let app = app();
    let id = app.sql("SELECT id FROM actuals")[0][0].clone().expect("an id");
    verify(&app, &id, 94);
    app.admin().post(&format!("/associations/chuzhou/actuals/{id}/void"), json!({"reason": "误报"})).expect(200);
    for basis in ["reported", "verified"] {
        let completion = app.admin().get(&format!("{PLACE}?basis={basis}")).expect(200);
        assert_eq!(completion["lines"][0]["reason"], "no_actual", "{basis}");
    }
    ledger::check(&app);
}

#[test]
fn last_years_actual_stands_beside_this_years_with_the_change() {
    let app = app();
    let last_year = || app.admin().get(PLACE).expect(200)["lines"][0]["last_year"].clone();
    assert_eq!(last_year(), json!(null));
    report(&app, "households", "2017-12", "70.5");
    assert_eq!(last_year(), json!({"value": 70.5, "change": 11.5}));
    report(&app, "households", "2016", "1000");
    assert_eq!(last_year(), json!({"value": 70.5, "change": 11.5}));
    app.indicator("patents", "件");
    app.target("chuzhou", 2018, "patents", 10);
    report(&app, "patents", "2017", "8");
    let completion = app.admin().get(PLACE).expect(200);
    let patents = completion["lines"].as_array().unwrap().iter().find(|line| line["indicator"]["code"] == "patents");
    assert_eq!(patents.unwrap()["last_year"], json!({"value": 8, "change": null}));
    ledger::check(&app);
}

#[test]
fn what_was_reported_last_year_only_is_no_line_of_this_year() {
    let app = app();
    app.indicator("patents", "件");
    report(&app, "patents", "2017", "8");
    let completion = app.admin().get(PLACE).expect(200);
    assert_eq!(completion["lines"].as_array().unwrap().len(), 1);
    let before = app.admin().get("/associations/chuzhou/completion/2017").expect(200);
    assert_eq!(before["lines"][0]["reason"], "no_target");
}

#[test]
fn a_brief_answer_has_the_same_numbers_and_no_words() {
    let app = app();
    let revision = json!({"value": 100, "reason": "任务调整", "source": {"quote": "脱贫100户"}});
    app.admin().put("/associations/chuzhou/targets/2018/households", revision).expect(200);
    report(&app, "households", "2017", "70");
    let full = app.admin().get(PLACE).expect(200);
    let brief = app.admin().get(&format!("{PLACE}?detail=brief")).expect(200);
    let mut expected = full.clone();
    let line = expected["lines"][0].as_object_mut().unwrap();
    let full_only: [(&str, &[&str]); 4] = [
        ("", &["formula", "last_year", "original_rate"]),
        ("indicator", &["name", "category", "value_type", "direction", "accumulation", "decimals"]),
        (
            "target",
            &[
                "source",
                "original",
                "approximate",
                "per",
                "value_per_period",
                "basis_of_rate",
                "derived",
                "due_on",
                "revision",
            ],
        ),
        ("actual", &["covered_from", "covered_through", "last_reported_at"]),
    ];
    for (member, names) in full_only {
        for name in names {
            let object = if member.is_empty() { &mut *line } else { line[member].as_object_mut().unwrap() };
            assert!(object.remove(*name).is_some(), "{member}/{name} in {full}");
        }
    }
    assert_eq!(brief, expected);
}

#[test]
fn a_line_stands_below_the_one_it_breaks_down() {
    let app = app();
    app.indicator_with("registered", json!({"parent": "households"}));
    app.indicator_with("registered-in-villages", json!({"parent": "registered"}));
    app.target("chuzhou", 2018, "registered-in-villages", 30);
    report(&app, "registered-in-villages", "2018", "5");
    for detail in ["full", "brief"] {
        let answer = || app.admin().get(&format!("{PLACE}?detail={detail}")).expect(200);
        // Its parent has no line: nothing was planned or reported for it.
        let codes = |lines: &Value| -> Vec<String> {
            let lines = lines.as_array().unwrap().iter();
            lines.map(|line| line["indicator"]["code"].as_str().unwrap().to_owned()).collect()
        };
        assert!(codes(&answer()["lines"]).contains(&"registered-in-villages".to_owned()), "{detail}");
    }
    report(&app, "registered", "2018", "7");
    for detail in ["full", "brief"] {
        let completion = app.admin().get(&format!("{PLACE}?detail={detail}")).expect(200);
        let top = completion["lines"].as_array().unwrap();
        assert_eq!(top.len(), 1, "{completion}");
        let registered = &top[0]["breakdown"];
        assert_eq!((&registered["actual_sum"], &registered["actual_gap"]), (&json!(7), &json!(75)));
        assert_eq!((&registered["target_sum"], &registered["target_gap"]), (&json!(null), &json!(null)));
        let below = &registered["lines"][0];
        assert_eq!(below["indicator"]["parent"], "households");
        assert_eq!(below["breakdown"]["target_sum"], 30);
        assert_eq!(below["breakdown"]["lines"][0]["indicator"]["code"], "registered-in-villages");
        assert_eq!(completion["weight"], 2, "the weights of breakdowns count too");
    }
}

#[test]
fn decimals_stay_exact_from_end_to_end() {
    let app = app();
    app.indicator("funds", "万元");
    for (period, values, sum) in [
        ("2018-01", ["0.1", "0.2"], "0.3"),
        ("2018-02", ["0.0001", "0.0002"], "0.3003"),
        ("2018-03", ["999999999999999.9999", "0"], "1000000000000000.3002"),
        ("2018-04", ["999999999999999.9999", "-0.0001"], "2000000000000000.3"),
    ] {
        for value in values {
            report(&app, "funds", period, value);
        }
        let text = app.admin().get(PLACE).text;
        assert!(text.contains(&format!(r#""actual":{{"value":{sum},"#)), "{sum} in {text}");
    }
    let list = app.admin().get("/associations/chuzhou/actuals?indicator=funds").text;
    for value in ["0.1", "0.0002", "999999999999999.9999", "-0.0001"] {
        assert!(list.contains(&format!(r#""value":{value},"#)), "{value} in {list}");
    }
    let headers = [("Content-Type", "application/json")];
    let path = "/api/v1/associations/chuzhou/targets/2018/funds";
    let target = app.admin().send("PUT", path, &headers, r#"{"value": 123456789012345.6789}"#);
    assert!(target.text.contains(r#""value":123456789012345.6789,"#), "{}", target.text);
    target.expect(201);
    ledger::check(&app);
}

#[test]
fn unknown_parameters_and_years_are_refused() {
    let app = app();
    for (query, pointer, code) in [
        ("?basis=guessed", "?basis", "not_allowed"),
        ("?detail=all", "?detail", "not_allowed"),
        ("?when=now", "?when", "unknown_field"),
    ] {
        let problem = app.admin().get(&format!("{PLACE}{query}")).expect_problem(400, "invalid_parameter");
        assert_eq!((&problem["errors"][0]["pointer"], &problem["errors"][0]["code"]), (&json!(pointer), &json!(code)));
    }
    for year in ["1948", "2200", "x", "2018.0"] {
        let path = format!("/associations/chuzhou/completion/{year}");
        app.admin().get(&path).expect_problem(400, "invalid_parameter");
    }
    app.admin().get("/associations/nobody/completion/2018").expect_problem(404, "association_not_found");
}
