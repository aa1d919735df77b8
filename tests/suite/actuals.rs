//! Actuals: submitted once however often they are sent, amended and voided without losing what was there.

use serde_json::json;

use crate::support::App;

fn app() -> App {
    let app = App::start();
    app.association("chuzhou", None);
    app.indicator("households", "户");
    app
}

#[test]
fn submitting_the_same_actual_twice_stores_it_once() {
    let app = app();
    app.target("chuzhou", 2018, "households", 94);
    let reporter = app.reporter_of("chuzhou");
    let actual = json!({"indicator": "households", "value": 31, "period": "2018-Q1", "external_id": "q1"});
    let first = reporter.post("/associations/chuzhou/actuals", actual.clone()).expect(201);
    let second = reporter.post("/associations/chuzhou/actuals", actual).expect(200);
    assert_eq!(first, second);
    let completion = reporter.get("/associations/chuzhou/completion/2018").expect(200);
    assert_eq!(completion["lines"][0]["actual"]["value"], 31);
    assert_eq!(completion["lines"][0]["actual"]["count"], 1);
    assert_eq!(completion["lines"][0]["rate"], 0.3297);
}
