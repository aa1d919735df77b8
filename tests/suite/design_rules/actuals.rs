//! Actuals: the ledger.

use serde_json::{Value, json};

use super::stage;

#[test]
fn an_edit_does_not_make_a_report_the_latest() {
    let stage = stage();
    let latest = json!({"accumulation": "latest"});
    let first = stage.report(latest, json!({"value": 3, "period": "2018-03"}));
    let indicator = first["indicator"].as_str().expect("a code");
    let report = |value: i64, period: &str| {
        let body = json!({"indicator": indicator, "value": value, "period": period});
        stage.admin.post("/associations/chuzhou/actuals", body).expect(201)
    };
    report(6, "2018-06");
    stage.app.set_day(2018, 7, 1);
    stage.change(&first, "PATCH", "?reason=x", json!({"note": "更正"})).expect(200);
    let value = || stage.completion("")["lines"][0]["actual"]["value"].clone();
    assert_eq!(value(), 6, "the period that ends last");
    let tie = report(7, "2018-Q2");
    stage.app.set_day(2018, 7, 2);
    stage.change(&report(8, "2018-06"), "PATCH", "?reason=x", json!({"value": 9})).expect(200);
    stage.change(&tie, "PATCH", "?reason=x", json!({"value": 10})).expect(200);
    assert_eq!(value(), 9, "of several that end on one day the later report, not the later edit");
}

#[test]
fn an_actual_in_any_state_may_be_voided() {
    let stage = stage();
    for before in ["reported", "verified", "rejected"] {
        let actual = stage.report(json!({}), json!({"value": 3, "period": "2018"}));
        match before {
            "verified" => drop(stage.change(&actual, "POST", "/verify", json!({})).expect(200)),
            "rejected" => drop(stage.change(&actual, "POST", "/reject", json!({"reason": "x"})).expect(200)),
            _ => {}
        }
        let voided = stage.change(&actual, "POST", "/void", json!({"reason": "误报"})).expect(200);
        assert_eq!(voided["state"], "voided", "{before}");
    }
    for basis in ["?basis=reported", "?basis=verified"] {
        assert_eq!(stage.completion(basis)["lines"], json!([]), "{basis}");
    }
}

#[test]
fn no_actual_is_ever_deleted() {
    let stage = stage();
    let actual = stage.report(json!({}), json!({"value": 3, "period": "2018"}));
    stage.change(&actual, "DELETE", "", json!(null)).expect_problem(405, "method_not_allowed");
    stage.change(&actual, "POST", "/void", json!({"reason": "误报"})).expect(200);
    let revisions = stage.change(&actual, "GET", "/revisions", json!(null)).expect(200);
    assert_eq!(revisions["items"].as_array().map(Vec::len), Some(2), "it is still there, and as it was");
}

#[test]
fn two_actuals_that_contradict_each_other_stand_side_by_side_until_one_is_voided() {
    let stage = stage();
    let first = stage.report(json!({}), json!({"value": 30, "period": "2018-Q1"}));
    let indicator = first["indicator"].as_str().expect("a code");
    let other = json!({"indicator": indicator, "value": 40, "period": "2018-Q1"});
    stage.admin.post("/associations/chuzhou/actuals", other).expect(201);
    let list = || {
        let items = stage.admin.get("/associations/chuzhou/actuals?state=reported").expect(200)["items"].clone();
        items.as_array().expect("items").iter().map(|actual| actual["value"].clone()).collect::<Vec<Value>>()
    };
    assert_eq!(list(), [30, 40]);
    stage.change(&first, "POST", "/void", json!({"reason": "重复"})).expect(200);
    assert_eq!(list(), [40]);
}
