//! The audit trail: an entry for every write, in the same transaction, and none for anything else.

use kpi::auth::Role;
use serde_json::{Value, json};

use crate::support::{App, Person, Reply};

const REASON: &str = "?reason=%E6%9B%B4%E6%AD%A3";

/// `chuzhou` with `dingyuan` below it, `fengxian` beside it, and one indicator.
fn app() -> App {
    let app = App::start();
    app.association("chuzhou", None);
    app.association("dingyuan", Some("chuzhou"));
    app.association("fengxian", None);
    app.indicator("households", "户");
    app
}

/// The entries somebody sees, the newest first.
fn entries(person: &Person, query: &str) -> Vec<Value> {
    let page = person.get(&format!("/audit{query}")).expect(200);
    page["items"].as_array().expect("entries").clone()
}

/// `entity entity_key action` of each.
fn told(entries: &[Value]) -> Vec<String> {
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    let tell = |entry: &Value| ["entity", "entity_key", "action"].map(|field| text(&entry[field])).join(" ");
    entries.iter().map(tell).collect()
}

fn count(app: &App) -> String {
    app.sql("SELECT count(*) FROM audit_entries")[0][0].clone().expect("a number")
}

fn id(value: &Value) -> &str {
    value["id"].as_str().expect("an id")
}

#[test]
fn every_write_of_an_association_an_indicator_and_a_target_is_told_with_before_and_after() {
    let app = app();
    let admin = app.admin();
    let body = json!({"name": "霍山县科协", "kind": "federation", "level": "county"});
    admin.put("/associations/huoshan", body).expect(201);
    admin.patch("/associations/huoshan", json!({"parent": "chuzhou"})).expect(200);
    admin.delete("/associations/huoshan").expect(204);
    admin.patch("/indicators/households", json!({"decimals": 2})).expect(200);
    let target = "/associations/chuzhou/targets/2018/households";
    admin.put(target, json!({"value": 94})).expect(201);
    admin.put(target, json!({"value": 100, "reason": "任务调整"})).expect(200);
    admin.delete(&format!("{target}{REASON}")).expect(204);
    app.admin().delete("/indicators/households").expect_problem(409, "indicator_in_use");
    app.indicator("spare", "户");
    admin.delete("/indicators/spare").expect(204);

    let found = entries(&app.admin(), "?limit=12");
    let found: Vec<_> = found.into_iter().filter(|entry| entry["entity"] != "key").rev().collect();
    let expected = [
        "association huoshan created",
        "association huoshan changed",
        "association huoshan removed",
        "indicator households changed",
        "target 2018/households created",
        "target 2018/households changed",
        "target 2018/households removed",
        "indicator spare created",
        "indicator spare removed",
    ];
    assert_eq!(told(&found), expected);
    let (made, moved, gone) = (&found[0], &found[1], &found[2]);
    assert_eq!((&made["before"], &made["after"]["name"]), (&json!(null), &json!("霍山县科协")));
    assert_eq!((&moved["before"]["parent"], &moved["after"]["parent"]), (&json!(null), &json!("chuzhou")));
    assert_eq!((&gone["before"]["parent"], &gone["after"]), (&json!("chuzhou"), &json!(null)));
    assert_eq!(made["association"], json!(null), "it is gone");
    assert_eq!(found[3]["association"], json!(null), "an indicator belongs to none");
    let revised = &found[5];
    assert_eq!((&revised["before"]["value"], &revised["after"]["value"]), (&json!(94), &json!(100)));
    assert_eq!((&revised["after"]["revision"], &revised["reason"]), (&json!(2), &json!("任务调整")));
    assert_eq!((&found[6]["before"]["value"], &found[6]["after"]), (&json!(100), &json!(null)));
    assert_eq!((&found[6]["association"], &found[6]["reason"]), (&json!("chuzhou"), &json!("更正")));
}

#[test]
fn every_write_of_an_actual_says_who_when_why_and_by_which_request() {
    let app = app();
    let reporter = app.reporter_of("chuzhou");
    let headers = [("X-Request-Id", "report-1")];
    let body = json!({"indicator": "households", "value": "1.5户", "period": "2018-Q1", "note": "初报"});
    let actual = reporter.send_json("POST", "/associations/chuzhou/actuals", &headers, body).expect(201);
    let path = format!("/associations/chuzhou/actuals/{}", id(&actual));
    app.set_day(2018, 7, 1);
    reporter.patch(&format!("{path}{REASON}"), json!({"value": 32})).expect(200);
    reporter.post(&format!("{path}/void"), json!({"reason": "重复上报"})).expect(200);

    let found = entries(&app.admin(), &format!("?entity_key={}", id(&actual)));
    let (voided, amended, submitted) = (&found[0], &found[1], &found[2]);
    assert_eq!(["voided", "amended", "submitted"], [voided, amended, submitted].map(|entry| entry["action"].clone()));
    let content = json!({"indicator": "households", "value": 1.5, "period": "2018-Q1", "qualifier": "exact",
        "note": "初报", "state": "reported", "version": 1});
    assert_eq!((&submitted["before"], &submitted["after"]), (&json!(null), &content));
    assert_eq!(amended["before"], submitted["after"]);
    assert_eq!((&amended["after"]["value"], &amended["reason"]), (&json!(32), &json!("更正")));
    assert_eq!((&voided["before"], &voided["after"]["state"]), (&amended["after"], &json!("voided")));
    assert_eq!((&submitted["request_id"], &submitted["at"]), (&json!("report-1"), &json!("2018-06-30T02:00:00Z")));
    assert_eq!((&amended["at"], &amended["association"]), (&json!("2018-07-01T02:00:00Z"), &json!("chuzhou")));
    assert_eq!(submitted["actor"]["name"], "reporter");
    let key = app.sql("SELECT id FROM keys WHERE role = 'reporter'")[0][0].clone();
    assert_eq!(submitted["actor"]["key_id"].as_str(), key.as_deref());
}

#[test]
fn a_key_is_told_without_its_secret() {
    let app = app();
    let admin = app.admin();
    let created = admin.post("/keys", json!({"name": "上报", "role": "reporter", "scope": "chuzhou"})).expect(201);
    let (secret, key) = (created["secret"].as_str().expect("a secret"), id(&created["key"]));
    admin.delete(&format!("/keys/{key}")).expect(204);
    admin.delete(&format!("/keys/{key}")).expect(204);
    let found = entries(&admin, &format!("?entity=key&entity_key={key}"));
    assert_eq!(told(&found), [format!("key {key} revoked"), format!("key {key} created")]);
    assert_eq!((&found[1]["after"]["name"], &found[1]["association"]), (&json!("上报"), &json!("chuzhou")));
    assert_eq!((&found[0]["before"]["revoked_at"], &found[0]["after"]["revoked_at"]), (&json!(null), &found[0]["at"]));
    let all = app.sql("SELECT string_agg(audit_entries::text, '') FROM audit_entries")[0][0].clone().expect("entries");
    assert!(!all.contains(secret) && !all.contains(&secret[15..]));
    let mine = entries(&admin, "?entity=key").pop().expect("an entry");
    assert_eq!(mine["actor"], json!({"key_id": null, "name": "command line"}));
    assert_eq!(mine["request_id"], json!(null));
}

#[test]
fn a_decimal_is_told_as_exactly_as_it_is_stored() {
    let app = app();
    let admin = app.admin();
    let body = r#"{"indicator": "households", "value": 123456789012345.6789, "period": "2018"}"#;
    let json = [("Content-Type", "application/json")];
    let stored = admin.send("POST", "/api/v1/associations/chuzhou/actuals", &json, body);
    stored.expect(201);
    let Reply { text, .. } = admin.get("/audit?action=submitted");
    assert!(
        text.contains(r#""value":123456789012345.6789"#) || text.contains(r#""value": 123456789012345.6789"#),
        "{text}"
    );
}

#[test]
fn a_write_that_changes_nothing_or_is_refused_leaves_no_entry() {
    let app = app();
    let admin = app.admin();
    app.target("chuzhou", 2018, "households", 94);
    let actual = json!({"indicator": "households", "value": 31, "period": "2018-Q1", "external_id": "q1"});
    let path = format!(
        "/associations/chuzhou/actuals/{}",
        id(&admin.post("/associations/chuzhou/actuals", actual.clone()).expect(201))
    );
    let before = count(&app);
    admin.post("/associations/chuzhou/actuals", actual).expect(200);
    admin.patch(&format!("{path}{REASON}"), json!({"value": 31})).expect(200);
    admin.put("/associations/chuzhou/targets/2018/households", json!({"value": 94})).expect(200);
    admin.patch("/associations/chuzhou", json!({})).expect(200);
    admin.patch("/indicators/households", json!({})).expect(200);
    let other = json!({"indicator": "households", "value": 32, "period": "2018-Q1", "external_id": "q1"});
    admin.post("/associations/chuzhou/actuals", other).expect_problem(409, "external_id_conflict");
    admin
        .put("/associations/chuzhou/targets/2018/households", json!({"value": 95}))
        .expect_problem(422, "invalid_body");
    admin.delete("/associations/chuzhou").expect_problem(409, "association_in_use");
    admin.delete("/indicators/households").expect_problem(409, "indicator_in_use");
    assert_eq!(count(&app), before);
}

#[test]
fn an_entry_is_there_exactly_if_the_write_was_committed() {
    let app = app();
    let reporter = app.reporter_of("chuzhou");
    let before = count(&app);
    // The totals cannot be kept, so the actual that was inserted before them is rolled back.
    app.sql("ALTER TABLE actual_totals ADD CONSTRAINT refused CHECK (reported_value < 100)");
    let submit = |value: i64| {
        let body = json!({"indicator": "households", "value": value, "period": "2018-Q1"});
        reporter.post("/associations/chuzhou/actuals", body).status
    };
    assert_eq!([submit(99), submit(1)], [201, 500]);
    // Nor is there a write without its entry.
    app.sql("ALTER TABLE audit_entries ADD CONSTRAINT refused CHECK (action <> 'submitted') NOT VALID");
    app.sql("ALTER TABLE actual_totals DROP CONSTRAINT refused");
    assert_eq!(submit(1), 500);
    let actuals = app.sql("SELECT count(*) FROM actuals")[0][0].clone();
    assert_eq!(actuals.as_deref(), Some("1"));
    assert_eq!(count(&app).parse::<i32>(), before.parse::<i32>().map(|count| count + 1));
}

#[test]
fn entries_are_found_by_association_subtree_entity_actor_action_request_and_day() {
    let app = app();
    let admin = app.admin();
    let reporter = app.reporter_of("dingyuan");
    let key = app.sql("SELECT id FROM keys WHERE role = 'reporter'")[0][0].clone().expect("an id");
    for (month, association) in [(7, "chuzhou"), (8, "dingyuan"), (9, "fengxian")] {
        app.set_day(2018, month, 1);
        let body = json!({"indicator": "households", "value": month, "period": "2018-Q1"});
        let person = if association == "dingyuan" { &reporter } else { &admin };
        person.post(&format!("/associations/{association}/actuals"), body).expect(201);
    }
    let values = |query: &str| -> Vec<i64> {
        let found = entries(&admin, &format!("?entity=actual{query}"));
        found.iter().map(|entry| entry["after"]["value"].as_i64().expect("a value")).collect()
    };
    assert_eq!(values(""), [9, 8, 7]);
    assert_eq!(values("&association=chuzhou"), [7]);
    assert_eq!(values("&within=chuzhou"), [8, 7]);
    assert_eq!(values(&format!("&actor={key}")), [8]);
    assert_eq!(values("&action=submitted&from=2018-08-01&to=2018-08-31"), [8]);
    assert_eq!(values("&from=2018-08-01"), [9, 8]);
    assert_eq!(values("&to=2018-08-01"), [8, 7]);
    assert_eq!(values("&to=2018-07-31"), [7]);
    assert_eq!(values("&action=voided"), [0_i64; 0]);
    let request = entries(&admin, "?association=chuzhou&entity=actual")[0]["request_id"].clone();
    assert_eq!(values(&format!("&request_id={}", request.as_str().expect("an id"))), [7]);
    for (query, pointer, code) in [
        ("?entity=plan", "?entity", "not_allowed"),
        ("?association=nowhere", "?association", "unknown_association"),
        ("?within=nowhere", "?within", "unknown_association"),
        ("?from=2018-06", "?from", "invalid_date"),
        ("?actor=me", "?actor", "wrong_type"),
        ("?colour=red", "?colour", "unknown_field"),
        ("?cursor=!", "?cursor", "invalid_cursor"),
    ] {
        let problem = admin.get(&format!("/audit{query}")).expect_problem(400, "invalid_parameter");
        assert_eq!((&problem["errors"][0]["pointer"], &problem["errors"][0]["code"]), (&json!(pointer), &json!(code)));
    }
}

#[test]
fn a_day_begins_and_ends_where_the_service_is() {
    let app = app();
    let admin = app.admin();
    // 10:00 on 30 June in Shanghai, and fourteen hours later, which is still 30 June in Greenwich.
    app.target("chuzhou", 2018, "households", 1);
    app.advance(chrono::TimeDelta::hours(14));
    app.target("chuzhou", 2019, "households", 2);
    let values = |query: &str| told(&entries(&admin, &format!("?entity=target{query}")));
    assert_eq!(values("&to=2018-06-30"), ["target 2018/households created"]);
    assert_eq!(values("&from=2018-07-01"), ["target 2019/households created"]);
}

#[test]
fn a_key_with_a_scope_sees_the_entries_of_its_associations_and_only_an_admin_of_everything_those_of_none() {
    let app = app();
    for association in ["chuzhou", "dingyuan", "fengxian"] {
        app.target(association, 2018, "households", 94);
    }
    let seen = |role, scope, query: &str| {
        let found = entries(&app.person(role, scope), query);
        let mut found: Vec<_> =
            found.iter().map(|entry| entry["association"].as_str().unwrap_or("–").to_owned()).collect();
        found.sort();
        found.dedup();
        found
    };
    assert_eq!(seen(Role::Admin, None, "?limit=500"), ["chuzhou", "dingyuan", "fengxian", "–"]);
    assert_eq!(seen(Role::Verifier, None, "?limit=500"), ["chuzhou", "dingyuan", "fengxian"]);
    for role in [Role::Admin, Role::Verifier] {
        assert_eq!(seen(role, Some("chuzhou"), "?limit=500"), ["chuzhou", "dingyuan"]);
        assert_eq!(seen(role, Some("dingyuan"), "?entity=target"), ["dingyuan"]);
        assert_eq!(seen(role, Some("dingyuan"), "?entity=indicator"), [""; 0]);
    }
    app.person(Role::Verifier, Some("dingyuan")).get("/audit?within=chuzhou").expect_problem(400, "invalid_parameter");
    app.reporter_of("chuzhou").get("/audit").expect_problem(403, "forbidden");
}

#[test]
fn an_entry_names_no_parent_that_its_reader_may_not_know_of() {
    let app = app();
    app.admin().patch("/associations/dingyuan", json!({"parent": "fengxian"})).expect(200);
    app.admin().patch("/associations/dingyuan", json!({"parent": "chuzhou"})).expect(200);
    let parents = |role, scope| -> Vec<Value> {
        let found = entries(&app.person(role, scope), "?entity=association&entity_key=dingyuan");
        let parents =
            found.iter().flat_map(|entry| [entry["before"]["parent"].clone(), entry["after"]["parent"].clone()]);
        parents.filter(|parent| !parent.is_null()).collect()
    };
    assert_eq!(parents(Role::Admin, None), ["fengxian", "chuzhou", "chuzhou", "fengxian", "chuzhou"]);
    assert_eq!(parents(Role::Admin, Some("chuzhou")), ["chuzhou", "chuzhou", "chuzhou"]);
    assert_eq!(parents(Role::Verifier, Some("dingyuan")), [""; 0]);
}

#[test]
fn a_cursor_stays_right_while_entries_arrive() {
    let app = app();
    let admin = app.admin();
    for year in 2010..2015 {
        app.target("chuzhou", year, "households", 1);
    }
    let (mut seen, mut query) = (Vec::new(), "?entity=target&limit=2".to_owned());
    loop {
        let page = admin.get(&format!("/audit{query}")).expect(200);
        seen.extend(told(page["items"].as_array().expect("entries")));
        let Some(cursor) = page["next_cursor"].as_str() else { break };
        query = format!("?entity=target&limit=2&cursor={cursor}");
        app.target("chuzhou", 2020 + i16::try_from(seen.len()).expect("few"), "households", 1);
    }
    let expected: Vec<_> = (2010..2015).rev().map(|year| format!("target {year}/households created")).collect();
    assert_eq!(seen, expected);
}

#[test]
fn entries_of_keys_are_for_admins_alone() {
    let app = app();
    let [verifier, admin] = [Role::Verifier, Role::Admin].map(|role| app.person(role, Some("chuzhou")));
    app.reporter_of("dingyuan");
    assert_eq!(entries(&admin, "?entity=key").len(), 3);
    assert_eq!(entries(&verifier, "?entity=key").len(), 0);
    let seen = entries(&verifier, "?within=dingyuan");
    assert_eq!(told(&seen), ["association dingyuan created"]);
}

#[test]
fn what_a_request_did_is_found_by_an_index() {
    let app = app();
    let plan = app.sql(
        "SET enable_seqscan = off; EXPLAIN SELECT * FROM audit_entries WHERE request_id = 'r' ORDER BY id DESC LIMIT 51",
    );
    assert!(format!("{plan:?}").contains("audit_entries_request_id_id_idx"), "{plan:?}");
}
