//! Many targets at once: set, found in force, revised, refused, and in the scorecards at once.

use std::fmt::Write;

use serde_json::{Value, json};

use crate::support::batch::{counts, errors, row, started, stored};
use crate::support::{App, ledger};

fn target(association: &str, indicator: &str, value: i64) -> Value {
    json!({"association": association, "year": 2018, "indicator": indicator, "value": value})
}

fn because(mut target: Value) -> Value {
    target["reason"] = json!("任务调整");
    target
}

fn score(app: &App, association: &str) -> Value {
    app.admin().get(&format!("/associations/{association}/completion/2018")).expect(200)["score"].clone()
}

#[test]
fn targets_are_new_unchanged_or_revised_with_a_reason_and_count_at_once() {
    let app = started();
    let planner = app.planner_of("city");
    app.admin().post("/actuals", json!({"items": [row("a", 50)]})).expect(200);
    let items = json!([
        target("north", "households", 100),
        target("north", "training", 10),
        json!({"association": "south", "year": 2019, "indicator": "培训人次", "expression": "不少于1.1万人次"}),
        target("south", "households", 5),
    ]);
    let answer = planner.post("/targets", json!({"items": items})).expect(200);
    assert_eq!(counts(&answer), [4, 3, 1, 0]);
    assert_eq!(answer["items"][0]["status"], "unchanged");
    assert_eq!(score(&app, "north"), 0.25);
    ledger::check(&app);

    let items = json!([
        target("north", "households", 50),
        because(target("north", "training", 20)),
        target("south", "households", 5)
    ]);
    let problem = planner.post("/targets", json!({"items": items})).expect_problem(422, "batch_rejected");
    assert_eq!(errors(&problem), [(0, "/reason", "reason_required")]);
    assert_eq!(score(&app, "north"), 0.25);
    let dry = planner.post("/targets?mode=partial&dry_run=true", json!({"items": items})).expect(200);
    assert_eq!(counts(&dry), [3, 1, 1, 1]);
    assert_eq!(stored(&app, "targets"), 4);
    let reply = planner.post("/targets?mode=partial", json!({"items": items}));
    let request_id = reply.header("x-request-id").to_owned();
    assert_eq!(reply.expect(200)["counts"], dry["counts"]);
    let told = app.sql(&format!(
        "SELECT action, reason, before->>'value', after->>'value' FROM audit_entries WHERE request_id = '{request_id}'"
    ));
    assert_eq!(told, [["changed", "任务调整", "10", "20"].map(|text| Some(text.to_owned()))]);
    let revisions = planner.get("/associations/north/targets/2018/training/revisions").expect(200);
    assert_eq!(revisions["items"].as_array().map(Vec::len), Some(2));
    ledger::check(&app);
}

#[test]
fn a_key_that_stands_twice_is_refused_with_both_rows() {
    let app = started();
    let items =
        json!([target("south", "training", 1), target("north", "training", 2), target("south科协", "培训人次", 1)]);
    let answer = app.planner_of("city").post("/targets?mode=partial", json!({"items": items})).expect(200);
    assert_eq!(counts(&answer), [3, 1, 0, 2]);
    let repeated = |index| (index, "/indicator", "repeated_in_batch");
    assert_eq!(errors(&answer), [repeated(0), repeated(2)]);
    let others: Vec<_> = [0, 2].map(|index: usize| answer["items"][index]["errors"][0]["allowed"].clone()).into();
    assert_eq!(others, ["2", "0"]);
    ledger::check(&app);
}

#[test]
fn what_takes_no_new_target_says_why_in_each_row() {
    let app = started();
    let admin = app.admin();
    admin.put("/locks/2018", json!({"closed_through": "2018-12-31", "reason": "考核"})).expect(200);
    admin.patch("/associations/south", json!({"status": "dissolved"})).expect(200);
    let mut open = target("south", "training", 1);
    open["year"] = json!(2019);
    let mut nonsense = target("north", "training", 1);
    nonsense["year"] = json!(1800);
    let items = json!([
        target("north", "training", 1),
        because(target("north", "households", 90)),
        open,
        target("elsewhere", "training", 1),
        nonsense,
        json!({"association": "north", "year": 2019, "indicator": "training", "value": 1, "bound": "at_most"}),
        json!({"association": "north", "year": 2020, "indicator": "training"}),
    ]);
    let planner = app.planner_of("city");
    let answer = planner.post("/targets?mode=partial", json!({"items": items})).expect(200);
    assert_eq!(counts(&answer), [7, 0, 0, 7]);
    let found: Vec<_> = errors(&answer).into_iter().map(|(index, _, code)| (index, code)).collect();
    let expected = [
        (0, "period_closed"),
        (1, "period_closed"),
        (2, "association_dissolved"),
        (3, "unknown_association"),
        (4, "out_of_range"),
        (5, "bound_contradicts_direction"),
        (6, "value_or_expression"),
    ];
    assert_eq!(found, expected);
    let again = json!({"items": [target("north", "households", 100)]});
    assert_eq!(counts(&planner.post("/targets", again).expect(200)), [1, 0, 1, 0]);
    let answer = admin.post("/targets?mode=partial", json!({"items": [items[0], items[1]]})).expect(200);
    assert_eq!((counts(&answer), errors(&answer)), ([2, 1, 0, 1], vec![(0, "/year", "period_closed")]));
    ledger::check(&app);
}

#[test]
fn many_targets_in_a_form_are_settled_over_the_borders_of_their_portions() {
    let app = started();
    let mut csv = "组织,年度,指标,目标值,权重\n".to_owned();
    for row in 0..1_250 {
        let (association, year) = (["north", "south", "city", "elsewhere"][row % 4], 1950 + row / 4 % 240);
        let indicator = if row >= 960 { "training" } else { "households" };
        writeln!(csv, "{association},{year},{indicator},{},2", row + 1).expect("a text");
    }
    let admin = app.admin();
    let taken = csv.lines().any(|line| line.starts_with("north,2018,households"));
    assert!(taken, "one is in force already");
    let problem = admin.upload("/targets", "text/csv", &csv).expect_problem(422, "batch_rejected");
    let found: Vec<_> = errors(&problem).into_iter().map(|(_, pointer, code)| (pointer, code)).collect();
    assert_eq!(found, [("/reason", "reason_required")]);
    assert_eq!(stored(&app, "targets"), 1);
    let answer = admin.upload("/targets?mode=partial", "text/csv", &csv).expect(200);
    assert_eq!(counts(&answer), [1_250, 1_249, 0, 1]);
    let again = admin.upload("/targets?mode=partial", "text/csv", &csv).expect(200);
    assert_eq!(counts(&again), [1_250, 0, 1_249, 1]);
    let cards = app.sql("SELECT sum(target_count), sum(weight) FROM scorecards");
    assert_eq!(cards[0][0].as_deref(), Some("1250"));
    assert_eq!(stored(&app, "targets WHERE is_current"), 1_250);
}
