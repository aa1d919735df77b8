//! Reporting follows the ledger: every write of an actual is in the next answer.

use serde_json::{Value, json};

use crate::support::reporting::{Stage, stage};
use crate::support::{at_once, ledger};

/// A stage at 10 March 2018, when January and February are due.
fn in_march() -> Stage {
    let stage = stage("monthly", 5);
    stage.app.set_day(2018, 3, 10);
    stage
}

fn reason() -> Value {
    json!({"reason": "误报"})
}

/// Month and time of the first reports of an association.
fn first(stage: &Stage, association: &str) -> Vec<String> {
    let rows = stage.app.sql(&format!(
        "SELECT month || ' ' || to_char(reported_at AT TIME ZONE 'Asia/Shanghai', 'MM-DD') FROM first_reports
        JOIN associations ON associations.id = association_id WHERE code = '{association}' ORDER BY year, month"
    ));
    rows.into_iter().flatten().flatten().collect()
}

#[test]
fn voiding_the_only_actual_makes_its_period_missing_again() {
    let stage = in_march();
    let only = stage.submit("north", "2018-01");
    assert_eq!((stage.counts("2018-01"), stage.missing("north")), ([3, 1, 0, 0, 2], json!(["2018-02"])));
    stage.admin.post(&format!("{only}/void"), reason()).expect(200);
    assert_eq!((stage.counts("2018-01"), stage.missing("north")), ([3, 0, 0, 0, 3], json!(["2018-01", "2018-02"])));
    assert!(first(&stage, "north").is_empty());
    ledger::check(&stage.app);
}

#[test]
fn voiding_the_first_of_two_actuals_leaves_the_other_as_the_first() {
    let stage = stage("monthly", 5);
    stage.app.set_day(2018, 2, 5);
    let in_time = stage.submit("north", "2018-01");
    stage.app.set_day(2018, 2, 6);
    let late = stage.submit_of("north", "2018-01", "training");
    stage.app.set_day(2018, 2, 7);
    let later = stage.submit("north", "2018-01-31");
    assert_eq!(stage.counts("2018-01"), [3, 1, 0, 1, 2]);
    stage.admin.post(&format!("{late}/void"), reason()).expect(200);
    assert_eq!(first(&stage, "north"), ["1 02-05"], "not the first");
    ledger::check(&stage.app);
    stage.admin.post(&format!("{in_time}/reject"), reason()).expect(200);
    assert_eq!((first(&stage, "north"), stage.counts("2018-01")), (vec!["1 02-07".to_owned()], [3, 1, 0, 0, 2]));
    ledger::check(&stage.app);
    // Amended, the rejected one counts again, with the time it was first reported at.
    stage.admin.patch(&format!("{in_time}?reason=x"), json!({"value": 2})).expect(200);
    assert_eq!((first(&stage, "north"), stage.counts("2018-01")), (vec!["1 02-05".to_owned()], [3, 1, 0, 1, 2]));
    stage.admin.post(&format!("{in_time}/verify"), json!({})).expect(200);
    stage.admin.post(&format!("{later}/verify"), json!({})).expect(200);
    assert_eq!(first(&stage, "north"), ["1 02-05"]);
    ledger::check(&stage.app);
}

#[test]
fn amending_the_period_moves_the_report_to_another_month() {
    let stage = stage("monthly", 5);
    stage.app.set_day(2018, 2, 1);
    let moving = stage.submit("north", "2018-01");
    stage.app.set_day(2018, 3, 10);
    stage.submit("north", "2018-02");
    let amend = |period: &str| stage.admin.patch(&format!("{moving}?reason=x"), json!({"period": period})).expect(200);
    amend("2018-02");
    assert_eq!((first(&stage, "north"), stage.missing("north")), (vec!["2 02-01".to_owned()], json!(["2018-01"])));
    assert_eq!(stage.counts("2018-02"), [3, 1, 0, 1, 2], "its time is that of the first report");
    ledger::check(&stage.app);
    amend("2018-01");
    assert_eq!(first(&stage, "north"), ["1 02-01", "2 03-10"]);
    amend("2018-Q1");
    assert_eq!(first(&stage, "north"), ["2 03-10", "3 02-01"]);
    ledger::check(&stage.app);
    // A rejected one moves nothing.
    stage.admin.post(&format!("{moving}/reject"), reason()).expect(200);
    assert_eq!(first(&stage, "north"), ["2 03-10"]);
    ledger::check(&stage.app);
}

#[test]
fn a_batch_reports_for_all_its_months_and_keeps_what_came_earlier() {
    let stage = stage("monthly", 5);
    stage.app.set_day(2018, 2, 1);
    stage.submit("north", "2018-01");
    stage.app.set_day(2018, 2, 10);
    let row = |association: &str, period: &str, key: &str| json!({"association": association, "indicator": "households", "value": 1, "period": period, "external_id": key});
    let items = json!([
        row("north", "2018-01", "a"),
        row("north", "2018-02", "b"),
        row("south", "2018-01-15", "c"),
        row("south", "2018-01-31", "d"),
        row("south", "2017", "e")
    ]);
    stage.admin.post("/actuals?dry_run=true", json!({"items": items})).expect(200);
    assert_eq!(first(&stage, "south"), [""; 0]);
    stage.admin.post("/actuals", json!({"items": items})).expect(200);
    assert_eq!(first(&stage, "north"), ["1 02-01", "2 02-10"]);
    assert_eq!(first(&stage, "south"), ["12 02-10", "1 02-10"], "2017 and 2018");
    assert_eq!(stage.counts("2018-01"), [3, 2, 0, 1, 1]);
    ledger::check(&stage.app);
    stage.app.set_day(2018, 2, 11);
    stage.admin.post("/actuals", json!({"items": items})).expect(200);
    let mixed = json!([row("city", "2018-01", "a"), row("north", "2018-03", "a")]);
    stage.admin.post("/actuals?mode=partial", json!({"items": mixed})).expect(200);
    assert_eq!(
        (first(&stage, "north"), first(&stage, "city")),
        (vec!["1 02-01".to_owned(), "2 02-10".to_owned()], vec!["1 02-11".to_owned()])
    );
    ledger::check(&stage.app);
}

#[test]
fn a_batch_that_comes_with_an_earlier_time_is_the_first() {
    let stage = stage("monthly", 5);
    stage.app.set_day(2018, 2, 6);
    stage.submit("north", "2018-01");
    // Another process, whose clock is behind.
    stage.app.set_day(2018, 2, 5);
    let item = json!({"association": "north", "indicator": "training", "value": 1, "period": "2018-01"});
    stage.admin.post("/actuals", json!({"items": [item]})).expect(200);
    assert_eq!(first(&stage, "north"), ["1 02-05"]);
    stage.app.set_day(2018, 2, 4);
    stage.app.indicator("events", "项");
    stage.submit_of("north", "2018-01", "events");
    assert_eq!((first(&stage, "north"), stage.counts("2018-01")[3]), (vec!["1 02-04".to_owned()], 1));
    ledger::check(&stage.app);
}

#[test]
fn many_changes_at_once_keep_the_first_reports_as_single_ones_do() {
    let stage = in_march();
    let (who, what) = (["north", "south"], ["households", "training"]);
    let items = (0..12).map(|row| {
        json!({"association": who[row % 2], "indicator": what[row / 6],
            "value": 1, "period": format!("2018-{:02}", row / 2 % 3 + 1), "external_id": format!("key-{row}")})
    });
    stage.admin.post("/actuals", json!({"items": items.collect::<Vec<_>>()})).expect(200);
    let change = |row: usize, fields: Value| {
        let mut change = json!({"association": who[row % 2], "external_id": format!("key-{row}"), "reason": "更正"});
        change.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        change
    };
    let changes = json!([
        change(0, json!({"action": "void"})),
        change(6, json!({"action": "reject"})),
        change(2, json!({"action": "verify"})),
        change(4, json!({"action": "amend", "patch": {"period": {"from": "2018-03-01", "to": "2018-05-31"}}})),
        change(1, json!({"action": "void"})),
        change(3, json!({"action": "amend", "patch": {"period": "2019-01"}})),
    ]);
    stage.admin.post("/actuals/changes?mode=partial&dry_run=true", json!({"items": changes})).expect(200);
    assert_eq!(first(&stage, "north"), ["1 03-10", "2 03-10", "3 03-10"]);
    stage.admin.post("/actuals/changes?mode=partial", json!({"items": changes})).expect(200);
    assert_eq!(first(&stage, "north"), ["2 03-10", "3 03-10", "5 03-10"], "nothing is left of January");
    assert_eq!(first(&stage, "south"), ["1 03-10", "2 03-10", "3 03-10"], "something is left, and 2019 was refused");
    assert_eq!(stage.missing("north"), json!(["2018-01"]));
    ledger::check(&stage.app);
}

#[test]
fn clients_who_submit_void_and_move_at_once_leave_what_follows_from_the_ledger() {
    let stage = in_march();
    let paths: Vec<_> = (0..8).map(|index| stage.submit("north", &format!("2018-0{}", index % 2 + 1))).collect();
    let (admin, place) = (&stage.admin, "/associations/north/actuals");
    let statuses = at_once(24, |index| match index % 3 {
        0 => admin.post(&format!("{}/void", paths[index / 3]), reason()).status,
        1 => admin.patch(&format!("{}?reason=x", paths[7 - index / 3]), json!({"period": "2018-03"})).status,
        _ => {
            let body = json!({"indicator": "training", "value": 1, "period": format!("2018-0{}", index / 3 % 3 + 1)});
            admin.post(place, body).status
        }
    });
    assert!(statuses.iter().all(|status| matches!(status, 200 | 201 | 409)), "{statuses:?}");
    ledger::check(&stage.app);
}
