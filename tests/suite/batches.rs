//! Many rows in one request: what is stored, what is refused, and that the counts add up.

use std::fmt::Write;

use serde_json::{Value, json};

use crate::support::{App, ledger};

/// A city with two counties below it, one of them renamed, and two indicators.
fn started() -> App {
    let app = App::start();
    app.association("city", None);
    app.association("north", Some("city"));
    app.association("south", Some("city"));
    app.indicator_with("households", json!({"name": "脱贫户数", "unit": "户"}));
    app.indicator_with("training", json!({"name": "培训人次", "unit": "人次"}));
    app.target("north", 2018, "households", 100);
    app
}

fn add_up(answer: &Value) {
    let count = |name: &str| answer["counts"][name].as_i64().expect("a count");
    assert_eq!(count("received"), count("created") + count("unchanged") + count("rejected"), "{answer}");
}

fn completion(app: &App, association: &str, indicator: &str) -> Value {
    let completion = app.admin().get(&format!("/associations/{association}/completion/2018?detail=brief")).expect(200);
    let lines = completion["lines"].as_array().expect("lines");
    lines
        .iter()
        .find(|line| line["indicator"]["code"] == indicator)
        .map_or(Value::Null, |line| line["actual"]["value"].clone())
}

#[test]
fn rows_over_many_associations_are_stored_and_counted_at_once() {
    let app = started();
    let reply = app.admin().post(
        "/actuals",
        json!({"defaults": {"period": "2018-03"}, "items": [
            {"association": "north", "indicator": "households", "value": 31},
            {"association": "south", "indicator": "households", "value": "近30户", "period": "2018-02"},
            {"association": "north科协", "indicator": "脱贫户数", "value": 9},
            {"association": "north", "indicator": "training", "value": "1.1万人次"},
        ]}),
    );
    let answer = reply.expect(200);
    add_up(&answer);
    assert_eq!(answer["counts"]["created"], 4, "{answer}");
    let statuses: Vec<_> = answer["items"].as_array().expect("items").iter().map(|item| &item["status"]).collect();
    assert_eq!(statuses, ["created"; 4]);
    let id = answer["items"][1]["id"].as_str().expect("an id");
    let actual = app.admin().get(&format!("/associations/south/actuals/{id}")).expect(200);
    assert_eq!(
        (&actual["value"], &actual["qualifier"], &actual["period"]),
        (&json!(30), &json!("about"), &json!("2018-02"))
    );
    assert_eq!(completion(&app, "north", "households"), 40);
    assert_eq!(completion(&app, "north", "training"), 11_000);
    ledger::check(&app);
}

/// 1,000 rows of which 7 are wrong in 7 different ways.
fn seven_wrong() -> String {
    let mut csv = "association,indicator,period,value,unit,external_id\n".to_owned();
    for row in 0..1000 {
        let (mut association, mut indicator, mut period, mut value, mut unit) =
            ("north", "households", "2018-03", row.to_string(), "户");
        match row {
            100 => association = "nowhere",
            200 => indicator = "unheard-of",
            300 => period = "2018-13",
            400 => value = "很多".to_owned(),
            500 => unit = "人",
            600 => value = String::new(),
            700 => value = "1.23456".to_owned(),
            _ => {}
        }
        writeln!(csv, "{association},{indicator},{period},{value},{unit},row-{row}").expect("a text");
    }
    csv
}

#[test]
fn of_a_thousand_rows_with_seven_wrong_ones_an_atomic_batch_stores_none_and_a_partial_one_993() {
    let app = started();
    let admin = app.admin();
    let problem = admin.upload("/actuals", "text/csv", seven_wrong()).expect_problem(422, "batch_rejected");
    add_up(&problem);
    let rejected: Vec<_> = problem["items"]
        .as_array()
        .expect("items")
        .iter()
        .map(|item| item["index"].as_i64().expect("an index"))
        .collect();
    assert_eq!(rejected, [100, 200, 300, 400, 500, 600, 700]);
    let codes: Vec<_> = problem["errors"]
        .as_array()
        .expect("errors")
        .iter()
        .map(|error| error["code"].as_str().expect("a code"))
        .collect();
    assert_eq!(
        codes,
        [
            "unknown_association",
            "unknown_indicator",
            "invalid_period",
            "no_figure",
            "unit_mismatch",
            "value_required",
            "too_many_decimals"
        ]
    );
    assert_eq!(problem["items"][0]["line"], 102);
    assert_eq!(problem["errors"][0]["pointer"], "/items/100/association");
    assert_eq!(app.sql("SELECT count(*) FROM actuals"), [[Some("0".to_owned())]]);

    let answer = admin.upload("/actuals?mode=partial", "text/csv", seven_wrong()).expect(200);
    add_up(&answer);
    assert_eq!(answer["counts"], json!({"received": 1000, "created": 993, "unchanged": 0, "rejected": 7}));
    assert_eq!(app.sql("SELECT count(*) FROM actuals"), [[Some("993".to_owned())]]);
    ledger::check(&app);

    let again = admin.upload("/actuals?mode=partial", "text/csv", seven_wrong()).expect(200);
    assert_eq!(again["counts"], json!({"received": 1000, "created": 0, "unchanged": 993, "rejected": 7}));
    ledger::check(&app);
}

#[test]
fn a_row_refused_among_others_leaves_no_scorecard_behind() {
    let app = started();
    let rows = json!({"items": [
        {"association": "south", "indicator": "households", "value": 1, "period": "2017-03", "external_id": "twice"},
        {"association": "south", "indicator": "households", "value": 2, "period": "2017-03", "external_id": "twice"},
        {"association": "north", "indicator": "households", "value": 3, "period": "2018-03"},
    ]});
    let answer = app.admin().post("/actuals?mode=partial", rows).expect(200);
    assert_eq!(answer["counts"], json!({"received": 3, "created": 1, "unchanged": 0, "rejected": 2}));
    assert_eq!(app.sql("SELECT count(*) FROM scorecards WHERE year = 2017"), [[Some("0".to_owned())]]);
    ledger::check(&app);
}

#[test]
fn large_rows_are_taken_a_few_at_a_time_and_changes_that_would_not_fit_into_memory_are_refused() {
    let app = started();
    let note = "注".repeat(1_900);
    let items: Vec<_> = (0..3_000)
        .map(|row| json!({"association": "north", "indicator": "households", "value": row, "period": "2018-03"}))
        .collect();
    let body = json!({"defaults": {"note": note}, "items": items});
    let answer = app.admin().post("/actuals?dry_run=true", body).expect(200);
    assert_eq!(answer["counts"]["created"], 3_000);

    let defaults =
        json!({"association": "north", "action": "amend", "reason": "补充", "patch": {"note": "x".repeat(60_000)}});
    let items: Vec<_> = (0..1_000).map(|row| json!({"external_id": format!("row-{row}")})).collect();
    let refused = app.admin().post("/actuals/changes", json!({"defaults": defaults, "items": items}));
    refused.expect_problem(413, "body_too_large");
    ledger::check(&app);
}

#[test]
fn a_name_of_no_association_may_be_one_of_an_indicator() {
    let app = started();
    let row = |association: &str| json!({"association": association, "indicator": "脱贫户数", "value": 1, "period": "2018-03"});
    let answer =
        app.admin().post("/actuals?mode=partial", json!({"items": [row("脱贫户数"), row("north")]})).expect(200);
    assert_eq!(answer["counts"], json!({"received": 2, "created": 1, "unchanged": 0, "rejected": 1}));
}

#[test]
fn a_row_that_was_voided_since_is_told_apart_when_it_is_sent_again() {
    let app = started();
    let admin = app.admin();
    let row = json!({"items": [{"association": "north", "indicator": "households", "value": 5, "period": "2018-03", "external_id": "k"}]});
    let stored = admin.post("/actuals", row.clone()).expect(200);
    let id = stored["items"][0]["id"].as_str().expect("an id");
    admin.post(&format!("/associations/north/actuals/{id}/void"), json!({"reason": "重复上报"})).expect(200);
    let again = admin.post("/actuals", row).expect(200);
    assert_eq!(again["items"][0], json!({"index": 0, "status": "unchanged", "id": id, "state": "voided"}));
    assert_eq!(completion(&app, "north", "households"), Value::Null);
    ledger::check(&app);
}
