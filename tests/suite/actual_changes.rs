//! Actuals over time: amended and voided without losing what was there, and listed in the order they came.

use serde_json::{Value, json};

use crate::support::{App, Person, ledger};

const PLACE: &str = "/associations/chuzhou/actuals";
const REASON: &str = "?reason=%E6%9B%B4%E6%AD%A3";

struct Stage {
    app: App,
    reporter: Person,
}

/// An association with a target of 94 households.
fn stage() -> Stage {
    let app = App::start();
    app.association("chuzhou", None);
    app.indicator("households", "户");
    app.target("chuzhou", 2018, "households", 94);
    let reporter = app.reporter_of("chuzhou");
    Stage { app, reporter }
}

impl Stage {
    /// Submits households in the first quarter, and answers the path of the actual.
    fn submitted(&self, fields: Value) -> String {
        let mut body = json!({"indicator": "households", "value": 31, "period": "2018-Q1"});
        body.as_object_mut().expect("an object").extend(fields.as_object().expect("an object").clone());
        let actual = self.reporter.post(PLACE, body).expect(201);
        format!("{PLACE}/{}", actual["id"].as_str().expect("an id"))
    }

    fn amend(&self, path: &str, patch: Value) -> Value {
        self.reporter.patch(&format!("{path}{REASON}"), patch).expect(200)
    }

    /// The year's total of households, and how many actuals it is made of.
    fn total(&self) -> (Value, Value) {
        let completion = self.reporter.get("/associations/chuzhou/completion/2018").expect(200);
        let actual = &completion["lines"][0]["actual"];
        (actual["value"].clone(), actual["count"].clone())
    }
}

#[test]
fn an_amendment_counts_at_once_and_keeps_what_was_there() {
    let stage = stage();
    let path = stage.submitted(json!({"note": "初报"}));
    let first = stage.reporter.get(&path).expect(200);
    stage.app.set_day(2018, 7, 1);
    let amended = stage.amend(&path, json!({"value": 32}));
    assert_eq!((&amended["value"], &amended["version"], &amended["reason"]), (&json!(32), &json!(2), &json!("更正")));
    assert_eq!((&amended["note"], &amended["reported_at"]), (&json!("初报"), &first["reported_at"]));
    assert_eq!(amended["updated_at"], "2018-07-01T02:00:00Z");
    assert_eq!(stage.total(), (json!(32), json!(1)));
    let revisions = stage.reporter.get(&format!("{path}/revisions")).expect(200);
    assert_eq!(revisions["items"], json!([first, amended]));
    ledger::check(&stage.app);
}

#[test]
fn a_patch_leaves_what_it_does_not_name_and_clears_what_it_sets_to_null() {
    let stage = stage();
    let fields = json!({
        "note": "初报", "performed_by": "滁州市医学会", "external_id": "q1", "qualifier": "about",
        "evidence": {"document": "总结", "quote": "31户"},
    });
    let path = stage.submitted(fields);
    let amended = stage.amend(&path, json!({"note": null, "evidence": {"quote": null, "url": "http://example.org/a"}}));
    assert_eq!(amended["note"], json!(null));
    assert_eq!(amended["evidence"], json!({"document": "总结", "url": "http://example.org/a"}));
    for (kept, value) in
        [("performed_by", "滁州市医学会"), ("external_id", "q1"), ("qualifier", "about"), ("period", "2018-Q1")]
    {
        assert_eq!(amended[kept], value, "{kept}");
    }
    assert_eq!(stage.amend(&path, json!({"qualifier": null}))["qualifier"], "exact");
    assert_eq!(stage.amend(&path, json!({"evidence": null}))["evidence"], json!(null));
    ledger::check(&stage.app);
}

#[test]
fn a_new_text_says_anew_how_exact_the_figure_is() {
    let stage = stage();
    let path = stage.submitted(json!({}));
    let amend = |patch| stage.amend(&path, patch)["qualifier"].clone();
    assert_eq!(amend(json!({"value": "近90户"})), "about");
    assert_eq!(amend(json!({"value": "90余户"})), "at_least");
    assert_eq!(amend(json!({"value": "约88户", "qualifier": "at_least"})), "at_least");
    assert_eq!(amend(json!({"value": 91})), "at_least");
    assert_eq!(amend(json!({"value": "92户"})), "exact");
    ledger::check(&stage.app);
}

#[test]
fn an_amendment_that_changes_nothing_is_no_new_version() {
    let stage = stage();
    let path = stage.submitted(json!({}));
    let tag = stage.reporter.get(&path).header("etag").to_owned();
    for patch in [json!({}), json!({"value": 31}), json!({"value": "31户", "note": null}), json!({"period": "2018-Q1"})]
    {
        let reply = stage.reporter.patch(&format!("{path}{REASON}"), patch);
        assert_eq!(reply.header("etag"), tag);
        assert_eq!(reply.expect(200)["version"], 1);
    }
    assert_eq!(stage.reporter.get(&format!("{path}/revisions")).expect(200)["items"].as_array().unwrap().len(), 1);
}

#[test]
fn indicator_external_id_and_year_cannot_be_amended() {
    let stage = stage();
    stage.app.indicator("people", "人");
    let path = stage.submitted(json!({"external_id": "q1"}));
    let patch = |body| stage.reporter.patch(&format!("{path}{REASON}"), body);
    patch(json!({"indicator": "people"})).expect_violation("/indicator", "fixed_field");
    for external_id in [json!("q2"), json!(null)] {
        let violation = patch(json!({"external_id": external_id})).expect_violation("/external_id", "fixed_field");
        assert_eq!(violation["allowed"], "q1");
    }
    patch(json!({"period": "2017-Q1"})).expect_violation("/period", "fixed_field");
    patch(json!({"state": "verified"})).expect_violation("/state", "unknown_field");
    patch(json!({"value": null})).expect_violation("/value", "value_required");
    patch(json!({"period": null})).expect_violation("/period", "missing_field");
    patch(json!([])).expect_violation("", "wrong_type");
    assert_eq!(stage.amend(&path, json!({"period": "2018-Q2"}))["period"], "2018-Q2");
    ledger::check(&stage.app);
}

#[test]
fn amending_and_voiding_need_a_reason() {
    let stage = stage();
    let path = stage.submitted(json!({}));
    let problem = stage.reporter.patch(&path, json!({"value": 32})).expect_problem(400, "invalid_parameter");
    assert_eq!(problem["errors"][0]["pointer"], "?reason");
    let void = format!("{path}/void");
    stage.reporter.post(&void, json!({})).expect_violation("/reason", "missing_field");
    stage.reporter.post(&void, json!({"reason": ""})).expect_violation("/reason", "too_short");
    assert_eq!(stage.reporter.get(&path).expect(200)["version"], 1);
}

#[test]
fn two_amendments_of_different_fields_at_the_same_moment_both_survive() {
    let stage = stage();
    let path = stage.submitted(json!({}));
    let patches = [json!({"value": 35}), json!({"note": "含搬迁户"}), json!({"performed_by": "定远县科协"})];
    std::thread::scope(|scope| {
        for patch in patches {
            scope.spawn(|| stage.amend(&path, patch));
        }
    });
    let actual = stage.reporter.get(&path).expect(200);
    assert_eq!((&actual["value"], &actual["note"]), (&json!(35), &json!("含搬迁户")));
    assert_eq!((&actual["performed_by"], &actual["version"]), (&json!("定远县科协"), &json!(4)));
    ledger::check(&stage.app);
}

#[test]
fn a_voided_actual_counts_nowhere_and_stays_readable() {
    let stage = stage();
    let path = stage.submitted(json!({"external_id": "q1"}));
    stage.submitted(json!({"value": 5}));
    assert_eq!(stage.total(), (json!(36), json!(2)));
    let void = || stage.reporter.post(&format!("{path}/void"), json!({"reason": "重复上报"}));
    let first = void();
    let tag = first.header("etag").to_owned();
    let voided = first.expect(200);
    assert_eq!(
        (&voided["state"], &voided["reason"], &voided["value"]),
        (&json!("voided"), &json!("重复上报"), &json!(31))
    );
    assert_eq!(stage.total(), (json!(5), json!(1)));
    ledger::check(&stage.app);
    stage.app.set_day(2018, 7, 1);
    let again = void();
    assert_eq!(again.header("etag"), tag);
    assert_eq!(again.expect(200), voided);
    assert_eq!(stage.reporter.get(&path).expect(200), voided);
    stage.reporter.patch(&format!("{path}{REASON}"), json!({"value": 1})).expect_problem(409, "actual_voided");
    assert_eq!(stage.reporter.get(&format!("{path}/revisions")).expect(200)["items"].as_array().unwrap().len(), 2);
}

#[test]
fn after_the_only_actual_is_voided_nothing_is_reported() {
    let stage = stage();
    let path = stage.submitted(json!({}));
    stage.reporter.post(&format!("{path}/void"), json!({"reason": "误报"})).expect(200);
    let completion = stage.reporter.get("/associations/chuzhou/completion/2018").expect(200);
    let line = &completion["lines"][0];
    assert_eq!((&line["actual"], &line["rate"], &line["reason"]), (&json!(null), &json!(null), &json!("no_actual")));
    ledger::check(&stage.app);
}

#[test]
fn who_was_slower_is_told_by_if_match() {
    let stage = stage();
    let path = stage.submitted(json!({}));
    let tag = stage.reporter.get(&path).header("etag").to_owned();
    let patch = |tag: &str, value: i64| {
        let headers = [("If-Match", tag)];
        stage.reporter.send_json("PATCH", &format!("{path}{REASON}"), &headers, json!({"value": value}))
    };
    let second = patch(&tag, 32);
    let second_tag = second.header("etag").to_owned();
    second.expect(200);
    let problem = patch(&tag, 33).expect_problem(412, "precondition_failed");
    assert!(problem["detail"].as_str().unwrap().contains(&second_tag), "{problem}");
    let void = |tag| {
        let headers = [("If-Match", tag)];
        stage.reporter.send_json("POST", &format!("{path}/void"), &headers, json!({"reason": "误报"}))
    };
    void(tag.as_str()).expect_problem(412, "precondition_failed");
    void(second_tag.as_str()).expect(200);
}

#[test]
fn actuals_are_listed_in_the_order_they_were_reported_by_year_indicator_and_state() {
    let stage = stage();
    stage.app.indicator("people", "人");
    let mut values = 1..;
    let mut submit = |fields: Value| {
        let mut fields = fields;
        fields["value"] = json!(values.next());
        stage.submitted(fields)
    };
    let first = submit(json!({"period": "2018-06"}));
    submit(json!({"period": "2018-01"}));
    submit(json!({"period": "2017-12"}));
    submit(json!({"indicator": "people"}));
    submit(json!({"indicator": "people", "period": "2017"}));
    stage.reporter.post(&format!("{first}/void"), json!({"reason": "误报"})).expect(200);
    let list = |query: &str| -> Vec<i64> {
        let page = stage.reporter.get(&format!("{PLACE}{query}")).expect(200);
        page["items"].as_array().unwrap().iter().map(|item| item["value"].as_i64().unwrap()).collect()
    };
    assert_eq!(list(""), [1, 2, 3, 4, 5]);
    assert_eq!(list("?year=2018"), [1, 2, 4]);
    assert_eq!(list("?indicator=people"), [4, 5]);
    assert_eq!(list("?state=voided"), [1]);
    assert_eq!(list("?state=reported&year=2018&indicator=households"), [2]);
    assert_eq!(list("?year=1999"), [0_i64; 0]);
    for (query, pointer, code) in [
        ("?state=gone", "?state", "not_allowed"),
        ("?year=1900", "?year", "out_of_range"),
        ("?indicator=unknown", "?indicator", "unknown_indicator"),
        ("?colour=red", "?colour", "unknown_field"),
        ("?cursor=!", "?cursor", "invalid_cursor"),
    ] {
        let problem = stage.reporter.get(&format!("{PLACE}{query}")).expect_problem(400, "invalid_parameter");
        assert_eq!((&problem["errors"][0]["pointer"], &problem["errors"][0]["code"]), (&json!(pointer), &json!(code)));
    }
}

#[test]
fn a_cursor_stays_right_while_actuals_are_added() {
    let stage = stage();
    for value in 1..=5 {
        stage.submitted(json!({"value": value}));
    }
    let (mut seen, mut query) = (Vec::new(), "?limit=2".to_owned());
    loop {
        let page = stage.reporter.get(&format!("{PLACE}{query}")).expect(200);
        seen.extend(page["items"].as_array().unwrap().iter().map(|item| item["value"].as_i64().unwrap()));
        let Some(cursor) = page["next_cursor"].as_str() else { break };
        query = format!("?limit=2&cursor={cursor}");
        if seen.len() == 2 {
            stage.submitted(json!({"value": 6, "period": "2018-01-01"}));
        }
    }
    assert_eq!(seen, [1, 2, 3, 4, 5, 6]);
}

#[test]
fn an_actual_of_another_association_is_not_found() {
    let stage = stage();
    stage.app.association("fengxian", None);
    let path = stage.submitted(json!({})).replace("chuzhou", "fengxian");
    let admin = stage.app.admin();
    admin.get(&path).expect_problem(404, "actual_not_found");
    admin.get(&format!("{path}/revisions")).expect_problem(404, "actual_not_found");
    admin.patch(&format!("{path}{REASON}"), json!({"value": 1})).expect_problem(404, "actual_not_found");
    admin.post(&format!("{path}/void"), json!({"reason": "x"})).expect_problem(404, "actual_not_found");
    admin.get("/associations/chuzhou/actuals/none").expect_problem(400, "invalid_parameter");
}

#[test]
fn a_patch_of_the_unit_needs_the_value_and_a_value_alone_is_in_the_indicators_unit() {
    let app = App::start();
    app.association("chuzhou", None);
    app.indicator("investment", "元");
    let admin = app.admin();
    let actual = json!({"indicator": "investment", "value": 12, "unit": "万元", "period": "2018-Q1"});
    let stored = admin.post("/associations/chuzhou/actuals", actual).expect(201);
    assert_eq!((&stored["value"], &stored["unit"]), (&json!(120_000), &json!("元")));
    let path = format!("/associations/chuzhou/actuals/{}?reason=x", stored["id"].as_str().expect("an id"));
    admin.patch(&path, json!({"unit": "亿元"})).expect_violation("/unit", "value_required");
    assert_eq!(admin.patch(&path, json!({"value": 13, "unit": "万元"})).expect(200)["value"], 130_000);
    assert_eq!(admin.patch(&path, json!({"value": 14})).expect(200)["value"], 14);
}

#[test]
fn a_patch_that_says_a_field_twice_is_refused_at_that_field() {
    let stage = stage();
    let path = stage.submitted(json!({"note": "初报"}));
    let headers = [("Content-Type", "application/merge-patch+json")];
    for (patch, pointer) in [
        (r#"{"value": 1, "value": 2}"#, "/value"),
        (r#"{"note": null, "note": "x"}"#, "/note"),
        (r#"{"evidence": {"quote": "a", "quote": "b"}}"#, "/evidence/quote"),
    ] {
        let reply = stage.reporter.send("PATCH", &format!("/api/v1{path}{REASON}"), &headers, patch);
        reply.expect_violation(pointer, "invalid_value");
    }
    assert_eq!(stage.reporter.get(&path).expect(200)["version"], 1);
}
