//! Nothing is reported of a period that has not begun: no way of writing an actual takes one.

use chrono::TimeDelta;
use serde_json::json;

use crate::support::App;
use crate::support::batch::{counts, errors, row, started, stored};

const PLACE: &str = "/associations/north/actuals";

/// Half past twelve at night on 1 April in Shanghai, when it is still March in London.
fn at_night() -> App {
    let app = started();
    app.set_day(2018, 4, 1);
    app.advance(TimeDelta::minutes(-570));
    app
}

#[test]
fn an_actual_of_a_period_that_has_not_begun_is_refused_and_told_which_day_it_is() {
    let app = at_night();
    let reporter = app.reporter_of("north");
    let submit = |period: serde_json::Value| {
        reporter.post(PLACE, json!({"indicator": "households", "value": 1, "period": period}))
    };
    for (period, given) in [
        (json!("2018-04-02"), "2018-04-02"),
        (json!("2018-05"), "2018-05"),
        (json!("2019"), "2019"),
        (json!("2150"), "2150"),
        (json!({"from": "2018-04-02", "to": "2018-06-30"}), "2018-04-02/2018-06-30"),
    ] {
        let violation = submit(period).expect_violation("/period", "period_not_begun");
        assert_eq!((&violation["given"], &violation["allowed"]), (&json!(given), &json!("2018-04-01")));
        let detail = violation["detail"].as_str().unwrap();
        assert!(detail.contains(given) && detail.contains("2018-04-01"), "{detail}");
    }
    assert_eq!(stored(&app, "actuals"), 0);
    // Begun and not over.
    for period in ["2018", "2018-Q2", "2018-04", "2018-04-01"] {
        submit(json!(period)).expect(201);
    }
}

#[test]
fn a_period_begins_when_its_first_day_does_in_the_time_zone_of_the_service() {
    let app = at_night();
    app.advance(TimeDelta::minutes(-30) - TimeDelta::microseconds(1));
    let body = json!({"indicator": "households", "value": 1, "period": "2018-04"});
    app.admin().post(PLACE, body.clone()).expect_violation("/period", "period_not_begun");
    app.advance(TimeDelta::microseconds(1));
    app.admin().post(PLACE, body).expect(201);
}

#[test]
fn an_actual_cannot_be_amended_into_a_period_that_has_not_begun() {
    let app = at_night();
    let admin = app.admin();
    let actual = app.report("north", "households", "2018-03", 5);
    let amend = |period: &str| admin.patch(&format!("{actual}?reason=typo"), json!({"period": period}));
    amend("2018-12").expect_violation("/period", "period_not_begun");
    let id = actual.rsplit('/').next().unwrap();
    let change =
        json!({"association": "north", "id": id, "action": "amend", "reason": "更正", "patch": {"period": "2018-12"}});
    let answer = admin.post("/actuals/changes", json!({"items": [change]})).expect_problem(422, "batch_rejected");
    assert_eq!(errors(&answer), [(0, "/patch/period", "period_not_begun")]);
    assert_eq!(admin.get(&actual).expect(200)["version"], 1);
    amend("2018-04").expect(200);
}

#[test]
fn a_batch_lists_every_row_whose_period_has_not_begun() {
    let app = at_night();
    let admin = app.admin();
    let mut late = row("b", 2);
    late["period"] = json!("2018年下半年");
    let items = json!({"items": [row("a", 1), late, row("c", 3)]});
    let answer = admin.post("/actuals", items.clone()).expect_problem(422, "batch_rejected");
    assert_eq!(errors(&answer), [(1, "/period", "period_not_begun")]);
    assert_eq!(stored(&app, "actuals"), 0);
    let answer = admin.post("/actuals?mode=partial", items).expect(200);
    assert_eq!(counts(&answer), [3, 2, 0, 1]);
    let csv = "association,indicator,period,value\nnorth,households,2018-04,1\nnorth,households,2018-05,1\n";
    let answer = admin.upload("/actuals?dry_run=true", "text/csv", csv).expect_problem(422, "batch_rejected");
    assert_eq!(errors(&answer), [(1, "/period", "period_not_begun")]);
    app.set_day(2018, 5, 1);
    assert_eq!(counts(&admin.upload("/actuals", "text/csv", csv).expect(200)), [2, 2, 0, 0]);
}
