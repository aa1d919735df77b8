//! Bulletins: what was told stays as it was told, under a number without gaps.

use kpi::auth::Role;
use serde_json::{Value, json};

use crate::support::database::{await_row, hold};
use crate::support::region::region;
use crate::support::{App, Person, at_once};

const BULLETINS: &str = "/bulletins";

fn bulletin(fields: Value) -> Value {
    let mut body = json!({"year": 2018, "title": "2018年上半年通报"});
    body.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    body
}

/// The numbers of the bulletins somebody may see, as `year/number`.
fn listed(person: &Person, query: &str) -> String {
    let page = person.get(&format!("{BULLETINS}{query}")).expect(200);
    let names = page["items"].as_array().unwrap().iter().map(|item| format!("{}/{}", item["year"], item["number"]));
    names.collect::<Vec<_>>().join(" ")
}

#[test]
fn a_bulletin_holds_the_summary_and_the_ranking_and_is_read_as_it_was_issued_ever_after() {
    let app = region();
    let admin = app.admin();
    let summary = admin.get("/completion/2018?within=province&limit=500").expect(200);
    let ranking = admin.get("/rankings/2018?within=province&limit=500").expect(200);
    let issued = admin.post(BULLETINS, bulletin(json!({"scope": "province"})));
    assert_eq!(issued.header("location"), "/api/v1/bulletins/2018/1");
    let text = issued.text.clone();
    let issued = issued.expect(201);
    assert_eq!((&issued["summary"], &issued["ranking"]), (&summary["items"], &ranking["items"]));
    assert_eq!((&issued["total"], &issued["of"]), (&summary["total"], &ranking["of"]));
    assert_eq!((&issued["scope"], &issued["as_of"]), (&json!("province"), &json!("2018-06-30")));
    let read = || admin.get("/bulletins/2018/1");
    assert_eq!(read().text, text, "the same bytes");
    // Whatever changes afterwards.
    app.report("west", "households", "2018-05", 30);
    admin.patch("/associations/west", json!({"name": "西方市科协"})).expect(200);
    admin.patch("/associations/lake", json!({"status": "dissolved"})).expect(200);
    app.set_day(2019, 1, 1);
    assert_eq!(read().text, text);
    let tag = read().header("etag").to_owned();
    assert_eq!(admin.send("GET", "/api/v1/bulletins/2018/1", &[("If-None-Match", &tag)], "").status, 304);
    let head = admin.get(BULLETINS).expect(200)["items"][0].clone();
    let expected = json!({"year": 2018, "number": 1, "title": "2018年上半年通报", "scope": "province",
        "kind": null, "level": null, "audience": "supervisors", "as_of": "2018-06-30", "basis": "reported", "total": 6,
        "issued_at": issued["issued_at"]});
    assert_eq!(head, expected);
    for (path, body) in [("/bulletins/2018/1", ""), (BULLETINS, "{}")] {
        for method in ["DELETE", "PUT", "PATCH"] {
            let reply = admin.send(method, &format!("/api/v1{path}"), &[("Content-Type", "application/json")], body);
            assert_eq!(reply.status, 405, "{method} {path}: there is no way to change one");
        }
    }
}

#[test]
fn a_bulletin_of_a_past_day_says_what_was_known_then() {
    let app = region();
    let admin = app.admin();
    let now = admin.post(BULLETINS, bulletin(json!({"basis": "reported"}))).expect(201);
    app.set_day(2018, 7, 1);
    app.report("west", "households", "2018-05", 40);
    let then = admin.post(BULLETINS, bulletin(json!({"as_of": "2018-06-30"}))).expect(201);
    for part in ["summary", "ranking", "as_of", "basis", "total", "of", "scope"] {
        assert_eq!(then[part], now[part], "{part}");
    }
    let now = admin.post(BULLETINS, bulletin(json!({}))).expect(201);
    assert_ne!(then["summary"], now["summary"]);
    assert_eq!([&then["number"], &now["number"]], [&json!(2), &json!(3)]);
    admin.post(BULLETINS, bulletin(json!({"as_of": "2018-07-02"}))).expect_violation("/as_of", "out_of_range");
    admin.post(BULLETINS, bulletin(json!({"title": ""}))).expect_violation("/title", "too_short");
    admin.post(BULLETINS, bulletin(json!({"sort": "score"}))).expect_violation("/sort", "unknown_field");
    admin.post(BULLETINS, bulletin(json!({"year": 1948}))).expect_violation("/year", "out_of_range");
    admin.post(BULLETINS, bulletin(json!({"basis": "audited"}))).expect_violation("/basis", "not_allowed");
    let next = admin.post(BULLETINS, bulletin(json!({"basis": "verified"}))).expect(201);
    assert_eq!((&next["number"], &next["basis"]), (&json!(4), &json!("verified")), "what was refused left no gap");
    assert_eq!(next["ranking"][0]["score"], 0);
}

#[test]
fn bulletins_issued_at_once_take_numbers_without_gaps() {
    let app = region();
    let admin = app.admin();
    let statuses = at_once(8, |index| {
        let year = if index == 3 { 2019 } else { 2018 };
        admin.post(BULLETINS, bulletin(json!({"year": year, "title": format!("第{index}份")}))).status
    });
    assert_eq!(statuses, [201; 8]);
    assert_eq!(listed(&admin, "?year=2018"), "2018/1 2018/2 2018/3 2018/4 2018/5 2018/6 2018/7");
    assert_eq!(listed(&admin, "?year=2019"), "2019/1");
    let pages = admin.get("/bulletins?limit=5").expect(200);
    let cursor = pages["next_cursor"].as_str().expect("a cursor");
    assert_eq!(listed(&admin, &format!("?limit=5&cursor={cursor}")), "2018/6 2018/7 2019/1");
    for index in 1..8 {
        assert_eq!(admin.get(&format!("/bulletins/2018/{index}")).expect(200)["number"], index);
    }
}

#[test]
fn a_bulletin_is_read_when_its_turn_has_come() {
    let app = region();
    let admin = app.admin();
    let held = hold(&app.database, "BEGIN; LOCK TABLE bulletins IN SHARE ROW EXCLUSIVE MODE");
    let issued = std::thread::scope(|scope| {
        let issuing = scope.spawn(|| admin.post(BULLETINS, bulletin(json!({}))).expect(201));
        let waiting = "SELECT FROM pg_locks WHERE relation = 'bulletins'::regclass AND NOT granted";
        assert!(await_row(&app.database, waiting, || issuing.is_finished()), "it waits");
        // Stored before the bulletin of the one whose turn it is: so the next number knows of it.
        app.report("west", "households", "2018-05", 30);
        app.advance(chrono::TimeDelta::seconds(1));
        held.release();
        issuing.join().expect("it is issued")
    });
    let line = issued["summary"].as_array().unwrap().iter().find(|line| line["association"]["code"] == "west").unwrap();
    assert_eq!(line["score"], 0.8);
    assert_eq!(issued["issued_at"], "2018-06-30T02:00:01Z");
}

#[test]
fn a_key_issues_and_reads_bulletins_about_what_it_may_see() {
    let app = region();
    let everywhere = app.person(Role::Verifier, None);
    let east = app.person(Role::Verifier, Some("east"));
    everywhere.post(BULLETINS, bulletin(json!({}))).expect(201);
    everywhere.post(BULLETINS, bulletin(json!({"scope": "province"}))).expect(201);
    let own = east.post(BULLETINS, bulletin(json!({"scope": "east"}))).expect(201);
    let codes: Vec<_> = own["summary"].as_array().unwrap().iter().map(|line| &line["association"]["code"]).collect();
    assert_eq!(codes, ["east", "hill", "lake"]);
    east.post(BULLETINS, bulletin(json!({"scope": "lake"}))).expect(201);
    everywhere.post(BULLETINS, bulletin(json!({"scope": "west"}))).expect(201);
    let problem = east.post(BULLETINS, bulletin(json!({}))).expect_problem(403, "forbidden");
    assert!(problem["detail"].as_str().unwrap().contains("without a scope"), "{problem}");
    for scope in ["province", "west", "nowhere"] {
        east.post(BULLETINS, bulletin(json!({"scope": scope}))).expect_problem(404, "association_not_found");
    }
    assert_eq!(listed(&everywhere, ""), "2018/1 2018/2 2018/3 2018/4 2018/5");
    assert_eq!(listed(&east, ""), "2018/3 2018/4");
    assert_eq!(listed(&app.person(Role::Viewer, Some("lake")), ""), "2018/4");
    assert_eq!(listed(&app.person(Role::Viewer, Some("bureau")), ""), "");
    for (number, status) in [(1, 404), (2, 404), (3, 200), (4, 200), (5, 404), (6, 404), (0, 404)] {
        let reply = east.get(&format!("/bulletins/2018/{number}"));
        assert_eq!(reply.status, status, "{number}: {}", reply.text);
        if status == 404 {
            reply.expect_problem(404, "bulletin_not_found");
        }
    }
    east.get("/bulletins/2018/first").expect_problem(400, "invalid_parameter");
}

#[test]
fn an_association_that_a_bulletin_is_about_cannot_be_deleted() {
    let app = App::start();
    app.association("empty", None);
    let admin = app.admin();
    let issued = admin.post(BULLETINS, bulletin(json!({"scope": "empty"}))).expect(201);
    assert_eq!(issued["summary"][0]["reason"], "no_target");
    let problem = admin.delete("/associations/empty").expect_problem(409, "association_in_use");
    assert!(problem["detail"].as_str().unwrap().contains("bulletins"), "{problem}");
}

#[test]
fn every_bulletin_is_in_the_audit_trail_without_its_tables() {
    let app = region();
    let east = app.person(Role::Verifier, Some("east"));
    east.post(BULLETINS, bulletin(json!({"scope": "east"}))).expect(201);
    app.admin().post(BULLETINS, bulletin(json!({}))).expect(201);
    let seen = east.get("/audit?entity=bulletin").expect(200);
    assert_eq!(seen["items"].as_array().unwrap().len(), 1);
    let entry = &seen["items"][0];
    let said = [&entry["entity_key"], &entry["action"], &entry["association"], &entry["before"]];
    assert_eq!(said, [&json!("2018/1"), &json!("created"), &json!("east"), &json!(null)]);
    assert_eq!(entry["after"], east.get(BULLETINS).expect(200)["items"][0]);
    assert_eq!(
        app.admin().get("/audit?entity=bulletin&entity_key=2018/2").expect(200)["items"][0]["association"],
        json!(null)
    );
}

#[test]
fn with_an_idempotency_key_a_bulletin_is_issued_once() {
    let app = region();
    let admin = app.admin();
    let issue = |key: &str, body: Value| admin.send_json("POST", BULLETINS, &[("Idempotency-Key", key)], body);
    let first = issue("half-year", bulletin(json!({})));
    assert_eq!((first.status, first.header("idempotency-replayed")), (201, ""));
    app.report("west", "households", "2018-05", 30);
    let again = issue("half-year", bulletin(json!({})));
    assert_eq!((again.status, again.header("idempotency-replayed"), &again.text), (201, "true", &first.text));
    assert_eq!(again.header("location"), "/api/v1/bulletins/2018/1");
    issue("half-year", bulletin(json!({"title": "另一份"}))).expect_problem(409, "idempotency_key_reused");
    assert_eq!(issue("year", bulletin(json!({}))).expect(201)["number"], 2);
    assert_eq!(listed(&admin, ""), "2018/1 2018/2");
}
