//! Many changes of stored actuals at once: verified, rejected, voided, amended, or refused row by row.

use std::fmt::Write;

use kpi::auth::Role;
use serde_json::{Value, json};

use crate::support::batch::{XLSX, counts, errors, repeat, row, started, stored, workbook};
use crate::support::{App, Person, at_once, ledger};

const CHANGES: &str = "/actuals/changes";

/// Reports of `north` and `south` under the keys `a0`, `a1`, …, each of value 10.
fn reported(number: usize) -> App {
    let app = started();
    let report = |index: usize| {
        let mut report = row(&format!("a{index}"), 10);
        report["association"] = json!(["north", "south"][index % 2]);
        report["indicator"] = json!(["households", "training"][index / 2 % 2]);
        report
    };
    let items: Vec<_> = (0..number).map(report).collect();
    app.admin().post("/actuals", json!({"items": items})).expect(200);
    app
}

fn verifier(app: &App) -> Person {
    app.person(Role::Verifier, Some("city"))
}

fn change(key: &str, action: &str, fields: &Value) -> Value {
    let mut change = json!({"association": "north", "external_id": key, "action": action});
    let members = change.as_object_mut().expect("an object");
    members.extend(fields.as_object().expect("an object").clone());
    change
}

fn actual(app: &App, association: &str, key: &str) -> Value {
    let page = app.admin().get(&format!("/associations/{association}/actuals?limit=500")).expect(200);
    let items = page["items"].as_array().expect("items");
    items.iter().find(|actual| actual["external_id"] == key).expect("an actual").clone()
}

#[test]
fn many_are_verified_in_one_call_and_count_at_once() {
    let app = reported(200);
    let mut csv = "组织,外部编号,操作,核定值,原因\n".to_owned();
    for index in (0..200).rev() {
        let settled = if index % 10 == 0 { "9户,核减1户" } else { "," };
        let settled = if index / 2 % 2 == 1 { settled.replace('户', "人次") } else { settled.to_owned() };
        writeln!(csv, "{},a{index},核定,{settled}", ["north科协", "south科协"][index % 2]).expect("a text");
    }
    let reply = verifier(&app).upload(CHANGES, "text/csv", &csv);
    let request_id = reply.header("x-request-id").to_owned();
    let answer = reply.expect(200);
    assert_eq!(counts(&answer), [200, 200, 0, 0]);
    assert_eq!(answer["items"][199]["id"], actual(&app, "north", "a0")["id"]);
    assert_eq!(answer["items"][199]["line"], 201);
    let entries = format!("audit_entries WHERE action = 'verified' AND request_id = '{request_id}'");
    assert_eq!(stored(&app, &entries), 200);
    let path = "/associations/north/completion/2018?basis=verified";
    let line = app.admin().get(path).expect(200)["lines"][0]["actual"].clone();
    assert_eq!((&line["value"], &line["count"]), (&json!(490), &json!(50)));
    ledger::check(&app);
    let again = verifier(&app).upload(CHANGES, "text/csv", &csv).expect(200);
    assert_eq!(counts(&again), [200, 0, 200, 0]);
    assert_eq!(stored(&app, "actual_revisions"), 200);
}

/// Good and bad rows, and what is wrong with which.
fn mixture(app: &App) -> (Value, Vec<(i64, &'static str, &'static str)>) {
    let seen = actual(app, "north", "a0");
    let elsewhere = json!({"association": "south", "id": seen["id"], "action": "void", "reason": "x"});
    let both = json!({"association": "north", "id": seen["id"], "external_id": "a0", "action": "verify"});
    let reason = json!({"reason": "误报"});
    let items = json!([
        change("a0", "verify", &json!({"version": 1})),
        change("a2", "reject", &json!({})),
        change("a4", "void", &reason),
        change("none", "void", &reason),
        elsewhere,
        change("a6", "amend", &json!({"reason": "x", "patch": {"value": "很多"}})),
        change("a8", "amend", &json!({"reason": "x", "patch": {"indicator": "training"}})),
        change("a10", "amend", &json!({"reason": "x", "patch": {"value": 12, "note": "更正"}, "version": 1})),
        change("a12", "amend", &json!({"reason": "x"})),
        change("a14", "verify", &json!({"version": 7})),
        change("a16", "verify", &json!({"value": 8})),
        change("a18", "verify", &json!({"patch": {}})),
        both,
        json!({"association": "north", "action": "verify"}),
        change("a20", "delete", &reason),
        change("a22", "reject", &json!({"reason": "x", "value": 3})),
        change("a24", "reject", &reason),
        change("a24", "void", &reason),
        change("a26", "amend", &json!({"reason": "x", "patch": []})),
        change("a28", "verify", &json!({"reason": ""})),
    ]);
    let wrong = vec![
        (1, "/reason", "missing_field"),
        (3, "/external_id", "actual_not_found"),
        (4, "/id", "actual_not_found"),
        (5, "/patch/value", "no_figure"),
        (6, "/patch/indicator", "fixed_field"),
        (8, "/patch", "missing_field"),
        (9, "/version", "precondition_failed"),
        (10, "/reason", "reason_required"),
        (11, "/patch", "unknown_field"),
        (12, "/id", "invalid_value"),
        (13, "/id", "missing_field"),
        (14, "/action", "not_allowed"),
        (15, "/value", "unknown_field"),
        (16, "/external_id", "repeated_in_batch"),
        (17, "/external_id", "repeated_in_batch"),
        (18, "/patch", "wrong_type"),
        (19, "/reason", "too_short"),
    ];
    (json!({"items": items}), wrong)
}

#[test]
fn of_good_and_bad_changes_an_atomic_batch_does_none_and_a_partial_one_the_good_ones() {
    let app = reported(30);
    let admin = app.admin();
    let (body, wrong) = mixture(&app);
    let before = app.sql("SELECT t::text FROM actuals AS t ORDER BY 1; SELECT count(*) FROM audit_entries");
    let problem = admin.post(CHANGES, body.clone()).expect_problem(422, "batch_rejected");
    assert_eq!((counts(&problem), errors(&problem)), ([20, 0, 0, 20], wrong.clone()));
    assert_eq!(problem["errors"][0]["pointer"], "/items/1/reason");
    let dry = admin.post(&format!("{CHANGES}?mode=partial&dry_run=true"), body.clone()).expect(200);
    assert_eq!((counts(&dry), errors(&dry)), ([20, 3, 0, 17], wrong.clone()));
    assert_eq!(app.sql("SELECT t::text FROM actuals AS t ORDER BY 1; SELECT count(*) FROM audit_entries"), before);
    let real = admin.post(&format!("{CHANGES}?mode=partial"), body).expect(200);
    assert_eq!((&real["counts"], errors(&real)), (&dry["counts"], wrong));
    let states = ["a0", "a4", "a10"].map(|key| actual(&app, "north", key)["state"].clone());
    assert_eq!(states, ["verified", "voided", "reported"]);
    let amended = actual(&app, "north", "a10");
    assert_eq!((&amended["value"], &amended["note"], &amended["version"]), (&json!(12), &json!("更正"), &json!(2)));
    assert_eq!(stored(&app, "actual_revisions"), 3);
    ledger::check(&app);
}

#[test]
fn every_row_needs_the_permission_of_its_action_and_the_scope_of_its_association() {
    let app = reported(8);
    let reason = json!({"reason": "x"});
    let all = json!({"items": [
        change("a0", "verify", &json!({})),
        change("a2", "reject", &reason),
        change("a4", "void", &reason),
        change("a6", "amend", &json!({"reason": "x", "patch": {"value": 1}})),
    ]});
    let forbidden = |index| (index, "/action", "forbidden");
    let path = format!("{CHANGES}?mode=partial&dry_run=true");
    for (person, expected) in [
        (verifier(&app), vec![forbidden(2), forbidden(3)]),
        (app.reporter_of("north"), vec![forbidden(0), forbidden(1)]),
        (app.admin(), Vec::new()),
    ] {
        assert_eq!(errors(&person.post(&path, all.clone()).expect(200)), expected);
    }
    for role in [Role::Viewer, Role::Planner] {
        app.person(role, None).post(&path, all.clone()).expect_problem(403, "forbidden");
    }
    let outside = app.reporter_of("south").post(CHANGES, all).expect_problem(422, "batch_rejected");
    let unknown: Vec<_> = (0..4).map(|index| (index, "/association", "unknown_association")).collect();
    assert_eq!(errors(&outside), unknown);
    assert!(!outside.to_string().contains("households"), "{outside}");
}

#[test]
fn a_closed_period_is_changed_only_by_an_admin_with_a_reason() {
    let app = reported(4);
    let admin = app.admin();
    admin.put("/locks/2018", json!({"closed_through": "2018-03-31", "reason": "考核"})).expect(200);
    let body =
        json!({"items": [change("a0", "verify", &json!({"reason": "补核"})), change("a2", "verify", &json!({}))]});
    let problem = verifier(&app).post(CHANGES, body.clone()).expect_problem(422, "batch_rejected");
    assert_eq!(errors(&problem), [(0, "", "period_closed"), (1, "", "period_closed")]);
    let answer = admin.post(&format!("{CHANGES}?mode=partial"), body).expect(200);
    assert_eq!((counts(&answer), errors(&answer)), ([2, 1, 0, 1], vec![(1, "", "period_closed")]));
    ledger::check(&app);
}

#[test]
fn changes_come_in_every_format_and_wrong_cells_are_named() {
    let app = reported(8);
    let id = actual(&app, "south", "a1")["id"].as_str().expect("an id").to_owned();
    let book = workbook(&[
        &["组织", "实绩编号", "外部编号", "操作", "版本", "原因"],
        &["north", "", "a0", "核定", "1", ""],
        &["south", &id, "", "退回", "1", "佐证不足"],
        &["north", "", "a2", "核定", "5", ""],
        &["north", "xyz", "", "作废", "", "误报"],
        &["north", "", "a4", "更正", "", "误报"],
    ]);
    let answer = verifier(&app).upload(&format!("{CHANGES}?mode=partial"), XLSX, book).expect(200);
    assert_eq!(counts(&answer), [5, 2, 0, 3]);
    let cells: Vec<_> = (2..5).map(|index: usize| answer["items"][index]["errors"][0]["cell"].clone()).collect();
    assert_eq!(cells, ["E4", "B5", "D6"]);
    let line = |key: &str, value: i64| change(key, "amend", &json!({"reason": "更正", "patch": {"value": value}}));
    let ndjson = format!("{}\n{}\n", line("a4", 3), line("a6", 10));
    let answer = app.reporter_of("north").upload(CHANGES, "application/x-ndjson", ndjson).expect(200);
    assert_eq!(counts(&answer), [2, 1, 1, 0]);
    let many = format!("association,external_id,action\n{}", "north,a0,verify\n".repeat(10_001));
    app.admin().upload(CHANGES, "text/csv", many).expect_problem(413, "too_many_rows");
    ledger::check(&app);
}

#[test]
fn a_repeated_request_changes_nothing_more() {
    let app = reported(4);
    let body = json!({"items": [change("a0", "amend", &json!({"reason": "x", "patch": {"value": 5}}))]}).to_string();
    let send = || app.admin().upload_once("k", CHANGES, "application/json", &body);
    let admin = app.admin();
    let once = || admin.upload_once("k", CHANGES, "application/json", &body);
    let (first, again) = (once(), once());
    assert_eq!((first.status, &first.text), (200, &again.text));
    // Another key: the request is new, but finds everything so already.
    assert_eq!(counts(&send().expect(200)), [1, 0, 1, 0]);
    assert_eq!(actual(&app, "north", "a0")["version"], 2);
}

#[test]
fn changes_and_reports_in_batches_at_once_wait_for_each_other_and_add_up() {
    let app = reported(24);
    let admin = app.admin();
    let body = |client: usize| -> Value {
        let item = |place: usize| {
            let index = (place * 5 + client * 3) % 24;
            let mut change = match (client + place) % 3 {
                0 => change(&format!("a{index}"), "verify", &json!({})),
                1 => change(&format!("a{index}"), "reject", &json!({"reason": "x"})),
                _ => change(&format!("a{index}"), "amend", &json!({"reason": "x", "patch": {"value": client}})),
            };
            change["association"] = json!(["north", "south"][index % 2]);
            change
        };
        json!({"items": (0..16).map(item).collect::<Vec<_>>()})
    };
    let statuses = at_once(8, |client| match client % 4 {
        3 => {
            let associations = [["south", "north"], ["north", "south"]][client / 4];
            let report = |association: &str| json!({"association": association, "indicator": "training", "period": "2018", "value": 1});
            admin.clone().post("/actuals", json!({"items": associations.map(report)})).status
        }
        _ => admin.clone().post(CHANGES, body(client)).status,
    });
    assert!(statuses.iter().all(|status| matches!(status, 200 | 503)), "{statuses:?}");
    assert!(statuses.contains(&200), "{statuses:?}");
    ledger::check(&app);
}

#[test]
fn a_line_whose_total_would_not_fit_is_left_as_it_was_and_the_others_change() {
    let app = reported(4);
    let largest = 1_000_000_000_000_000_i64;
    app.admin().post("/actuals", json!({"items": [row("big", largest)]})).expect(200);
    // As many of the largest value as fit.
    repeat(&app, "big", 99_999);
    let amend = |key: &str, value: i64| change(key, "amend", &json!({"reason": "x", "patch": {"value": value}}));
    let body = json!({"items": [amend("a0", largest), amend("a2", 11), change("big", "void", &json!({}))]});
    let answer = app.admin().post(&format!("{CHANGES}?mode=partial"), body).expect(200);
    let wrong = vec![(0, "/patch/value", "total_out_of_range"), (2, "/reason", "missing_field")];
    assert_eq!((counts(&answer), errors(&answer)), ([3, 1, 0, 2], wrong));
    let values = app.sql("SELECT value FROM actuals WHERE external_id IN ('a0', 'a2') ORDER BY external_id");
    assert_eq!(values, [["10.0000"], ["11.0000"]].map(|row| row.map(|text| Some(text.to_owned())).to_vec()));
    ledger::check(&app);
}
