//! Actuals: read as people write them, and submitted once however often they are sent.

use serde_json::{Value, json};

use crate::support::{App, Reply, ledger};

const PLACE: &str = "/associations/chuzhou/actuals";

fn app() -> App {
    let app = App::start();
    app.association("chuzhou", None);
    app.indicator("households", "户");
    app
}

/// What a reporter gets for an actual of households with these fields.
fn submit(app: &App, fields: Value) -> Reply {
    let mut body = json!({"indicator": "households", "value": 1, "period": "2018-Q1"});
    let members = body.as_object_mut().expect("an object");
    members.extend(fields.as_object().expect("an object").clone());
    members.retain(|_, value| !value.is_null());
    app.reporter_of("chuzhou").post(PLACE, body)
}

#[test]
fn submitting_the_same_actual_twice_stores_it_once() {
    let app = app();
    app.target("chuzhou", 2018, "households", 94);
    let reporter = app.reporter_of("chuzhou");
    let actual = json!({"indicator": "households", "value": 31, "period": "2018-Q1", "external_id": "q1"});
    let first = reporter.post(PLACE, actual.clone()).expect(201);
    let second = reporter.post(PLACE, actual).expect(200);
    assert_eq!(first, second);
    let completion = reporter.get("/associations/chuzhou/completion/2018").expect(200);
    assert_eq!(completion["lines"][0]["actual"]["value"], 31);
    assert_eq!(completion["lines"][0]["actual"]["count"], 1);
    assert_eq!(completion["lines"][0]["rate"], 0.3297);
    ledger::check(&app);
}

#[test]
fn the_same_content_written_in_another_way_is_the_same_actual() {
    let app = app();
    let stored = submit(&app, json!({"value": 12_000, "external_id": "q1"})).expect(201);
    for fields in [
        json!({"value": "1.2万户"}),
        json!({"value": 1.2, "unit": "万户"}),
        json!({"period": {"from": "2018-01-01", "to": "2018-03-31"}}),
        json!({"evidence": {}, "qualifier": "exact"}),
    ] {
        let mut body = json!({"value": 12_000, "external_id": "q1"});
        body.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        assert_eq!(submit(&app, body).expect(200), stored);
    }
    ledger::check(&app);
}

#[test]
fn an_external_id_that_stands_for_other_content_is_a_conflict_that_says_what_is_stored() {
    let app = app();
    app.indicator("people", "人");
    let stored = submit(&app, json!({"value": 31, "external_id": "q1"})).expect(201);
    for fields in [
        json!({"value": 32}),
        json!({"value": 31, "period": "2018-Q2"}),
        json!({"value": 31, "period": "2017-Q1"}),
        json!({"value": 31, "indicator": "people"}),
        json!({"value": 31, "note": "更正"}),
        json!({"value": "近31户"}),
    ] {
        let mut body = json!({"external_id": "q1"});
        body.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        let problem = submit(&app, body).expect_problem(409, "external_id_conflict");
        let detail = problem["detail"].as_str().unwrap();
        for said in ["q1", "\"value\":31", "2018-Q1", stored["id"].as_str().unwrap()] {
            assert!(detail.contains(said), "{said} in {detail}");
        }
    }
    assert_eq!(app.admin().get(PLACE).expect(200)["items"].as_array().unwrap().len(), 1);
    ledger::check(&app);
}

#[test]
fn another_association_may_use_the_same_external_id() {
    let app = app();
    app.association("fengxian", None);
    submit(&app, json!({"external_id": "q1"})).expect(201);
    let other = json!({"indicator": "households", "value": 2, "period": "2018", "external_id": "q1"});
    app.reporter_of("fengxian").post("/associations/fengxian/actuals", other).expect(201);
}

#[test]
fn without_an_external_id_two_reports_are_two_actuals() {
    let app = app();
    let [first, second] = [(), ()].map(|()| submit(&app, json!({"value": 5})).expect(201));
    assert_ne!(first["id"], second["id"]);
    ledger::check(&app);
}

#[test]
fn a_text_is_read_with_how_exact_it_is() {
    let app = app();
    app.indicator("people", "人");
    app.indicator("attendances", "人次");
    app.indicator("funds", "元");
    for (indicator, text, value, qualifier) in [
        ("people", "近90人", json!(90), "about"),
        ("people", "90人左右", json!(90), "about"),
        ("attendances", "1万多人次", json!(10_000), "at_least"),
        ("people", "三千六百余人", json!(3600), "at_least"),
        ("people", "100人以上", json!(100), "at_least"),
        ("people", "196人", json!(196), "exact"),
        ("people", "196", json!(196), "exact"),
        ("funds", "1.46万元", json!(14_600), "exact"),
    ] {
        let reply = submit(&app, json!({"indicator": indicator, "value": text}));
        assert_eq!(reply.status, 201, "{text}: {}", reply.text);
        assert_eq!((&reply.body["value"], &reply.body["qualifier"]), (&value, &json!(qualifier)), "{text}");
    }
    let said = submit(&app, json!({"indicator": "people", "value": "近90人", "qualifier": "exact"})).expect(201);
    assert_eq!(said["qualifier"], "exact");
}

#[test]
fn an_actual_is_one_figure_in_a_unit_that_converts() {
    let app = app();
    app.indicator("people", "人");
    for (value, code) in [
        ("1-2户", "not_a_quantity"),
        ("不超过5户", "not_a_quantity"),
        ("脱贫3户、搬迁4户", "ambiguous_figure"),
        ("若干户", "no_figure"),
        ("5人", "unit_mismatch"),
    ] {
        submit(&app, json!({"value": value})).expect_violation("/value", code);
    }
    let mismatch = submit(&app, json!({"indicator": "people", "unit": "人次"}));
    let violation = mismatch.expect_violation("/unit", "unit_mismatch");
    assert_eq!((&violation["given"], &violation["allowed"]), (&json!("人次"), &json!("人")));
    submit(&app, json!({"unit": "5户"})).expect_violation("/unit", "invalid_unit");
    submit(&app, json!({"value": null})).expect_violation("/value", "value_required");
    submit(&app, json!({"value": true})).expect_violation("/value", "wrong_type");
    submit(&app, json!({"numerator": 1})).expect_violation("/numerator", "ratio_unexpected");
    submit(&app, json!({"denominator": 1})).expect_violation("/denominator", "ratio_unexpected");
    submit(&app, json!({"indicator": "people2"})).expect_violation("/indicator", "unknown_indicator");
    ledger::check(&app);
}

#[test]
fn a_percentage_is_a_numerator_over_a_denominator() {
    let app = app();
    app.indicator_with("replies", json!({"unit": "%", "value_type": "percentage", "accumulation": "ratio"}));
    let submit = |fields: Value| {
        let mut body = json!({"indicator": "replies", "value": null});
        body.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        submit(&app, body)
    };
    submit(json!({"value": 95})).expect_violation("/value", "ratio_required");
    submit(json!({"value": 95, "numerator": 1, "denominator": 2})).expect_violation("/value", "ratio_required");
    submit(json!({"numerator": 1})).expect_violation("/denominator", "ratio_required");
    submit(json!({"denominator": 1})).expect_violation("/numerator", "ratio_required");
    for denominator in [0, -1] {
        let body = json!({"numerator": 1, "denominator": denominator});
        submit(body).expect_violation("/denominator", "out_of_range");
    }
    let body = json!({"numerator": 1, "denominator": 2, "unit": "个百分点"});
    submit(body).expect_violation("/unit", "unit_mismatch");
    let actual = submit(json!({"numerator": 1, "denominator": 3, "unit": "%"})).expect(201);
    assert_eq!((&actual["numerator"], &actual["denominator"], &actual["value"]), (&json!(1), &json!(3), &json!(null)));
    ledger::check(&app);
}

#[test]
fn a_milestone_is_done_or_not() {
    let app = app();
    let milestone = json!({"unit": "项", "value_type": "milestone", "accumulation": "latest", "additive": false});
    app.indicator_with("reform", milestone);
    for value in [json!(2), json!(0.5), json!(-1), json!("3项")] {
        submit(&app, json!({"indicator": "reform", "value": value})).expect_violation("/value", "milestone_value");
    }
    for value in [0, 1] {
        assert_eq!(submit(&app, json!({"indicator": "reform", "value": value})).expect(201)["value"], value);
    }
}

#[test]
fn a_period_is_taken_in_every_form_and_written_in_the_shortest() {
    let app = app();
    for (given, written) in [
        (json!("2018"), json!("2018")),
        (json!(2018), json!("2018")),
        (json!("2018-Q2"), json!("2018-Q2")),
        (json!("2018-03"), json!("2018-03")),
        (json!("2018-03-15"), json!("2018-03-15")),
        (json!({"from": "2018-01-01", "to": "2018-10-31"}), json!({"from": "2018-01-01", "to": "2018-10-31"})),
        (json!({"from": "2018-02-01", "to": "2018-02-28"}), json!("2018-02")),
    ] {
        let actual = submit(&app, json!({"period": given})).expect(201);
        assert_eq!((&actual["period"], &actual["year"]), (&written, &json!(2018)));
    }
    ledger::check(&app);
}

#[test]
fn a_period_outside_one_year_is_refused() {
    let app = app();
    for period in [
        json!({"from": "2018-12-31", "to": "2019-01-01"}),
        json!({"from": "2018-03-01", "to": "2018-02-01"}),
        json!({"from": "2018-03-01"}),
        json!("2018-02-30"),
        json!("2018-Q5"),
        json!("1948"),
        json!("2200"),
        json!("今年"),
        json!(201_803),
        json!([]),
    ] {
        submit(&app, json!({"period": period})).expect_violation("/period", "invalid_period");
    }
    submit(&app, json!({"period": null})).expect_violation("/period", "missing_field");
}

#[test]
fn who_did_it_and_what_shows_it_are_kept() {
    let app = app();
    let evidence =
        json!({"document": "2017年工作总结", "url": "https://www.example.org/2017.pdf", "quote": "脱贫82户"});
    let body = json!({"performed_by": "滁州市医学会", "evidence": evidence, "note": "年底验收"});
    let actual = submit(&app, body).expect(201);
    assert_eq!((&actual["performed_by"], &actual["evidence"]), (&json!("滁州市医学会"), &evidence));
    let path = format!("{PLACE}/{}", actual["id"].as_str().unwrap());
    assert_eq!(app.admin().get(&path).expect(200), actual);
    for url in
        ["javascript:alert(1)", "ftp://example.org/a", "file:///etc/passwd", "www.example.org", "https://", "http:// x"]
    {
        submit(&app, json!({"evidence": {"url": url}})).expect_violation("/evidence/url", "invalid_url");
    }
    submit(&app, json!({"evidence": {"page": 5}})).expect_violation("/evidence/page", "unknown_field");
}

#[test]
fn a_total_that_could_not_be_kept_is_refused_and_nothing_is_stored() {
    let app = app();
    let most = json!({"value": 1_000_000_000_000_000_i64});
    submit(&app, most).expect(201);
    let more = json!({"value": 1_000_000_000_000_001_i64});
    submit(&app, more).expect_violation("/value", "out_of_range");
    // As if a hundred thousand others had been reported: the sum stands just below what is kept.
    app.sql("UPDATE actual_totals SET reported_value = 99999999999999999999.9999");
    submit(&app, json!({"value": 1})).expect_violation("/value", "total_out_of_range");
    assert_eq!(app.sql("SELECT count(*) FROM actuals")[0][0].as_deref(), Some("1"));
}

#[test]
fn a_dissolved_association_takes_no_new_actual() {
    let app = app();
    app.admin().patch("/associations/chuzhou", json!({"status": "dissolved"})).expect(200);
    submit(&app, json!({})).expect_problem(422, "association_dissolved");
}
