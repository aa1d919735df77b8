//! What becomes of the rows of a batch beside each other and beside what is stored.

use kpi::auth::Role;
use serde_json::{Value, json};

use crate::support::batch::{counts, errors, repeat, row, started, stored};
use crate::support::{App, ledger};

/// Everything a batch could write to, as text.
fn everything(app: &App) -> Vec<Vec<Option<String>>> {
    let tables = ["actuals", "actual_totals", "scorecards", "targets", "audit_entries", "idempotency_keys"];
    app.sql(&tables.map(|table| format!("SELECT t::text FROM {table} AS t ORDER BY 1;")).concat())
}

/// An answer without what differs between a dry run and a real one.
fn comparable(mut answer: Value) -> Value {
    answer["dry_run"].take();
    answer["request_id"].take();
    for item in answer["items"].as_array_mut().expect("items") {
        if item["status"] == "created" {
            item.as_object_mut().expect("an item").remove("id");
        }
    }
    answer
}

#[test]
fn a_dry_run_answers_what_the_real_run_answers_and_stores_nothing() {
    let app = started();
    let admin = app.admin();
    admin.post("/actuals", json!({"items": [row("stored", 1)]})).expect(200);
    let good = [
        row("a", 1),
        row("stored", 1),
        json!({"association": "south", "indicator": "training", "period": "2018", "value": 3}),
    ];
    let bad = [row("a", 1), row("stored", 2), row("b", "很多"), row("c", 4), row("c", 4)];
    let headers = [("Content-Type", "application/json"), ("Idempotency-Key", "k")];
    for items in [json!(good), json!(bad)] {
        for mode in ["atomic", "partial"] {
            let path = |dry_run| format!("/api/v1/actuals?mode={mode}&dry_run={dry_run}");
            let body = json!({"items": items}).to_string();
            let before = everything(&app);
            let dry = admin.send("POST", &path(true), &headers, &body);
            assert_eq!(everything(&app), before, "{mode}: {}", dry.text);
            let headers = [("Content-Type", "application/json")];
            let real = admin.send("POST", &path(false), &headers, &body);
            assert_eq!(dry.status, real.status, "{} {}", dry.text, real.text);
            counts(&real.body);
            assert_eq!(comparable(dry.body), comparable(real.body));
            // What was new must be so again for the next mode.
            let undo = "DELETE FROM actuals WHERE external_id IS DISTINCT FROM 'stored';
                DELETE FROM audit_entries WHERE entity = 'actual'; DELETE FROM actual_totals WHERE reported_value <> 1";
            app.sql(undo);
        }
    }
}

#[test]
fn an_external_id_that_stands_twice_names_both_rows_and_stores_neither() {
    let app = started();
    let items = json!([row("a", 1), row("b", 2), row("a", 1), row("a", 3)]);
    let answer = app.admin().post("/actuals?mode=partial", json!({"items": items})).expect(200);
    assert_eq!(counts(&answer), [4, 1, 0, 3]);
    let repeated = |index| (index, "/external_id", "repeated_in_batch");
    assert_eq!(errors(&answer), [repeated(0), repeated(2), repeated(3)]);
    let others: Vec<_> = [0, 2, 3].map(|index: usize| answer["items"][index]["errors"][0]["allowed"].clone()).into();
    assert_eq!(others, ["2", "0", "2"]);
    // The key is one association's own.
    let mut other = row("b", 5);
    other["association"] = json!("south");
    let answer = app.admin().post("/actuals", json!({"items": [other, row("a", 1)]})).expect(200);
    assert_eq!(counts(&answer), [2, 2, 0, 0]);
    ledger::check(&app);
}

#[test]
fn a_stored_row_is_unchanged_and_other_content_says_what_is_stored() {
    let app = started();
    let admin = app.admin();
    let first = admin.post("/actuals", json!({"items": [row("a", 12), row("gone", 1)]})).expect(200);
    let id = first["items"][0]["id"].clone();
    let gone = first["items"][1]["id"].as_str().expect("an id");
    admin.post(&format!("/associations/north/actuals/{gone}/void"), json!({"reason": "误报"})).expect(200);
    let mut converted = row("a", "12户");
    converted["unit"] = json!("户");
    let again = admin.post("/actuals", json!({"items": [converted, row("gone", 1)]})).expect(200);
    assert_eq!(counts(&again), [2, 0, 2, 0]);
    assert_eq!(again["items"][0]["id"], id);
    let conflict = admin.post("/actuals", json!({"items": [row("a", 13)]})).expect_problem(422, "batch_rejected");
    assert_eq!(errors(&conflict), [(0, "/external_id", "external_id_conflict")]);
    let said = conflict["errors"][0]["allowed"].as_str().expect("what is stored");
    assert!(said.contains("12") && said.contains("2018-03") && said.len() < 200, "{said}");
    for other in [
        json!({"value": "近12户"}),
        json!({"period": "2018-04"}),
        json!({"note": "x"}),
        json!({"performed_by": "x"}),
        json!({"evidence": {"quote": "x"}}),
        json!({"indicator": "training"}),
    ] {
        let body = json!({"defaults": row("a", 12), "items": [other]});
        let problem = admin.post("/actuals", body).expect_problem(422, "batch_rejected");
        assert_eq!(errors(&problem), [(0, "/external_id", "external_id_conflict")]);
    }
    assert_eq!(stored(&app, "actuals"), 2);
    ledger::check(&app);
}

#[test]
fn what_is_out_of_scope_is_unknown_and_nothing_of_it_leaks() {
    let app = started();
    app.admin().patch("/associations/elsewhere", json!({"aliases": ["市科协", "北区"]})).expect(200);
    app.admin().patch("/associations/north", json!({"aliases": ["北区"]})).expect(200);
    let reporter = app.reporter_of("city");
    let with = |name: &str| {
        let mut item = row("a", 1);
        item["association"] = json!(name);
        item
    };
    // 北区 is ambiguous only for those who see both.
    assert_eq!(counts(&reporter.post("/actuals", json!({"items": [with("北区")]})).expect(200)), [1, 1, 0, 0]);
    let told = |name: &str| {
        let mut problem =
            reporter.post("/actuals", json!({"items": [with(name)]})).expect_problem(422, "batch_rejected");
        problem["request_id"].take();
        problem.to_string().replace(name, "…")
    };
    for hidden in ["elsewhere", "elsewhere科协", "市科协"] {
        assert_eq!(told(hidden), told("nobody"));
    }
    let problem = app.admin().post("/actuals", json!({"items": [with("北区")]})).expect_problem(422, "batch_rejected");
    assert_eq!(errors(&problem), [(0, "/association", "ambiguous_name")]);
    assert_eq!(problem["errors"][0]["allowed"], "elsewhere, north");
    app.person(Role::Planner, Some("city")).post("/actuals", json!({"items": []})).expect_problem(403, "forbidden");
    let viewer = app.person(Role::Viewer, None);
    viewer.post("/actuals?dry_run=true", json!({"items": [row("b", 1)]})).expect_problem(403, "forbidden");
    ledger::check(&app);
}

#[test]
fn a_dissolved_association_and_a_closed_period_take_nothing_new() {
    let app = started();
    let admin = app.admin();
    let old = |id: &str| json!({"association": "north", "indicator": "households", "period": "2017-12", "value": 1, "external_id": id});
    let mut south = row("a", 1);
    south["association"] = json!("south");
    admin.post("/actuals", json!({"items": [old("old"), south.clone()]})).expect(200);
    admin.put("/locks/2017", json!({"closed_through": "2017-12-31", "reason": "考核"})).expect(200);
    admin.patch("/associations/south", json!({"status": "dissolved"})).expect(200);
    let mut excused = old("excused");
    excused["reason"] = json!("年报补录");
    let mut newer = south.clone();
    newer["external_id"] = json!("b");
    let items = json!({"items": [old("new"), excused, old("old"), south, newer, row("x", 1)]});
    let reporter = app.reporter_of("city");
    let answer = reporter.post("/actuals?mode=partial&dry_run=true", items.clone()).expect(200);
    assert_eq!(counts(&answer), [6, 1, 2, 3]);
    let closed = |index| (index, "/period", "period_closed");
    assert_eq!(errors(&answer), [closed(0), closed(1), (4, "/association", "association_dissolved")]);
    assert!(answer["items"][0]["errors"][0]["allowed"].as_str().unwrap().contains("2017-12-31"), "{answer}");
    let answer = admin.post("/actuals?mode=partial", items).expect(200);
    assert_eq!(counts(&answer), [6, 2, 2, 2]);
    assert_eq!(errors(&answer), [closed(0), (4, "/association", "association_dissolved")]);
    ledger::check(&app);
}

#[test]
fn a_total_that_would_not_fit_refuses_the_rows_of_its_line_alone() {
    let app = started();
    let largest = 1_000_000_000_000_000_i64;
    app.admin().post("/actuals", json!({"items": [row("big", largest)]})).expect(200);
    // As many of the largest value as fit.
    repeat(&app, "big", 99_999);
    let mut south = row("fits", 5);
    south["association"] = json!("south");
    let items = json!({"items": [row("a", largest), south, row("b", 0.5)]});
    let problem = app.admin().post("/actuals", items.clone()).expect_problem(422, "batch_rejected");
    let wrong = [0, 2].map(|index| (index, "/value", "total_out_of_range"));
    assert_eq!(errors(&problem), wrong);
    let answer = app.admin().post("/actuals?mode=partial", items).expect(200);
    assert_eq!((counts(&answer), errors(&answer)), ([3, 1, 0, 2], wrong.to_vec()));
    assert_eq!(counts(&app.admin().post("/actuals", json!({"items": [row("b", 0.5)]})).expect(200)), [1, 1, 0, 0]);
    ledger::check(&app);
}

/// Rows of every accumulation; periods, figures and qualifiers in no order.
fn mixed() -> Vec<Value> {
    let months = ["2018-03", "2018-01", "2018-Q2", "2018-06", "2018", "2018-06-30", "2018-02"];
    (0..42)
        .map(|number: usize| {
            let association = ["north", "south"][number % 2];
            let period = months[number * 5 % 7];
            let value = [json!(number), json!(format!("近{number}0户")), json!(0.25)][number % 3].clone();
            match number % 7 {
                0 | 1 => json!({"association": association, "indicator": "share", "period": period, "numerator": number, "denominator": number + 1}),
                2..=4 => json!({"association": association, "indicator": "standing", "period": period, "value": value}),
                _ => json!({"association": association, "indicator": "households", "period": period, "value": value}),
            }
        })
        .collect()
}

#[test]
fn a_batch_adds_up_to_what_its_rows_add_up_to_one_by_one() {
    let [together, singly] = [true, false].map(|is_batch| {
        let app = started();
        app.indicator_with("standing", json!({"accumulation": "latest", "unit": "户"}));
        let share = json!({"value_type": "percentage", "unit": "%", "accumulation": "ratio"});
        app.indicator_with("share", share);
        for (association, indicator) in [("north", "standing"), ("south", "share"), ("south", "households")] {
            app.target(association, 2018, indicator, 50);
        }
        let admin = app.admin();
        if is_batch {
            assert_eq!(counts(&admin.post("/actuals", json!({"items": mixed()})).expect(200)), [42, 42, 0, 0]);
        }
        for mut item in mixed().into_iter().filter(|_| !is_batch) {
            let association = item.as_object_mut().unwrap().remove("association").unwrap();
            admin.post(&format!("/associations/{}/actuals", association.as_str().unwrap()), item).expect(201);
        }
        ledger::check(&app);
        app
    });
    let totals = "SELECT associations.code, indicators.code, reported_count, reported_value, reported_denominator,
            reported_inexact_count, reported_from, reported_through
        FROM actual_totals JOIN associations ON associations.id = association_id
        JOIN indicators ON indicators.id = indicator_id ORDER BY 1, 2";
    assert_eq!(together.sql(totals), singly.sql(totals));
    let cards = "SELECT code, year, target_count, weight, reported_score, verified_score
        FROM scorecards JOIN associations ON associations.id = association_id ORDER BY 1, 2";
    assert_eq!(together.sql(cards), singly.sql(cards));
    for association in ["north", "south"] {
        let completion = |app: &App| {
            let path = format!("/associations/{association}/completion/2018?detail=brief");
            let mut completion = app.admin().get(&path).expect(200);
            // Single reports each have a moment of their own.
            let lines = completion["lines"].as_array_mut().expect("lines");
            lines.iter_mut().for_each(|line| drop(line["actual"]["last_reported_at"].take()));
            completion
        };
        assert_eq!(completion(&together), completion(&singly));
    }
}

#[test]
fn every_new_row_has_an_audit_entry_of_the_request() {
    let app = started();
    app.admin().post("/actuals", json!({"items": [row("a", 1)]})).expect(200);
    let items = json!([row("a", 1), row("b", 2), row("c", "很多"), row("d", 4)]);
    let reply = app.reporter_of("north").post("/actuals?mode=partial", json!({"items": items}));
    let request_id = reply.header("x-request-id").to_owned();
    let answer = reply.expect(200);
    let entries = app.sql(&format!(
        "SELECT entity_key, action, actor, before IS NULL, after->>'external_id', after->>'value'
        FROM audit_entries WHERE request_id = '{request_id}' ORDER BY id"
    ));
    let entry = |index: usize, external_id: &str, value: &str| {
        let id = answer["items"][index]["id"].as_str().expect("an id");
        [id, "submitted", "reporter", "t", external_id, value].map(|text| Some(text.to_owned())).to_vec()
    };
    assert_eq!(entries, [entry(1, "b", "2"), entry(3, "d", "4")]);
    let single = json!({"indicator": "households", "period": "2018-03", "value": 2, "external_id": "single"});
    app.reporter_of("north").post("/associations/north/actuals", single).expect(201);
    let keys = app.sql(
        "SELECT DISTINCT array(SELECT jsonb_object_keys(after) ORDER BY 1)::text FROM audit_entries
        WHERE entity = 'actual'",
    );
    assert_eq!(keys.len(), 1, "single rows and rows of batches are told alike: {keys:?}");
}

#[test]
fn errors_of_rows_are_in_chinese_for_those_who_prefer_it() {
    let app = started();
    let items =
        json!([row("a", "很多"), row("b", 1), row("b", 1), json!({"association": "x", "indicator": "households"})]);
    let headers = [("Accept-Language", "zh-CN,zh;q=0.9")];
    for mode in ["atomic", "partial"] {
        let path = format!("/actuals?mode={mode}");
        let answer = app.admin().send_json("POST", &path, &headers, json!({"items": items})).body;
        let details =
            answer["items"].as_array().unwrap().iter().map(|item| item["errors"][0]["detail"].as_str().unwrap());
        for detail in details {
            assert!(detail.ends_with('。'), "{detail}");
        }
    }
}

#[test]
fn a_refusal_repeats_only_its_first_errors_and_says_its_language() {
    let app = started();
    let items: Vec<_> = (0..150).map(|row_index| row(&format!("r{row_index}"), "很多")).collect();
    let body = json!({"items": items});
    let reply = app.admin().send_json("POST", "/actuals", &[("Accept-Language", "zh")], body);
    assert_eq!(reply.header("content-language"), "zh");
    let problem = reply.expect_problem(422, "batch_rejected");
    assert_eq!(errors(&problem).len(), 150);
    let repeated = problem["errors"].as_array().expect("errors");
    assert_eq!((repeated.len(), &repeated[99]["pointer"]), (100, &json!("/items/99/value")));
}
