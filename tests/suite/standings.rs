//! The summary: a line for every association, from its scorecard alone.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use kpi::auth::Role;
use serde_json::{Value, json};

use crate::support::region::{codes, crowd, region, score};
use crate::support::{App, Person, database, ledger};

const SUMMARY: &str = "/completion/2018";

/// The line of an association.
fn line(person: &Person, query: &str, code: &str) -> Value {
    let answer = person.get(&format!("{SUMMARY}{query}")).expect(200);
    let items = answer["items"].as_array().expect("items");
    items.iter().find(|item| item["association"]["code"] == code).expect("a line").clone()
}

#[test]
fn every_association_has_a_line_with_its_score_or_the_reason_why_there_is_none() {
    let app = region();
    let admin = app.admin();
    let answer = admin.get(SUMMARY).expect(200);
    assert_eq!(codes(&answer), ["bureau", "east", "hill", "lake", "province", "south", "west"]);
    let head = [&answer["year"], &answer["as_of"], &answer["basis"], &answer["total"], &answer["next_cursor"]];
    assert_eq!(head, [&json!(2018), &json!("2018-06-30"), &json!("reported"), &json!(7), &json!(null)]);
    let expected = json!({"association": {"code": "east", "name": "东市科协", "kind": "federation", "level": "municipal", "status": "active"},
        "score": 1, "reason": null, "weight": 1, "targets": 1, "met": 1});
    assert_eq!(answer["items"][1], expected);
    let expected = json!({"association": {"code": "hill", "name": "山县学会", "kind": "society", "level": "county", "status": "active"},
        "score": null, "reason": "no_target", "weight": 0, "targets": 0, "met": 0});
    assert_eq!(answer["items"][2], expected);
    assert_eq!(
        (&answer["items"][3]["reason"], &answer["items"][3]["targets"]),
        (&json!("nothing_scorable"), &json!(1))
    );
    assert_eq!(admin.get("/completion/2019").expect(200)["items"][1]["reason"], "no_target");
    // The score is that of the association's own completion.
    let completion = admin.get("/associations/west/completion/2018").expect(200);
    assert_eq!((&answer["items"][6]["score"], &completion["score"]), (&json!(0.5), &json!(0.5)));
    ledger::check(&app);
}

#[test]
fn each_basis_has_a_score_of_its_own_and_an_accepted_actual_is_in_the_very_next_answer() {
    let app = region();
    let admin = app.admin();
    let actual = app.report("west", "households", "2018-04", 40);
    assert_eq!(line(&admin, "", "west")["score"], 0.9);
    assert_eq!(line(&admin, "?basis=verified", "west")["score"], 0);
    admin.post(&format!("{actual}/verify"), json!({"value": 30, "reason": "核减"})).expect(200);
    assert_eq!(line(&admin, "?basis=verified", "west")["score"], 0.3);
    assert_eq!(line(&admin, "", "west")["score"], 0.9);
    assert_eq!(line(&admin, "?basis=verified", "east")["met"], 0);
}

#[test]
fn the_filters_are_those_of_the_list_of_associations() {
    let app = region();
    let admin = app.admin();
    admin.patch("/associations/lake", json!({"status": "dissolved", "aliases": ["湖泊科协"]})).expect(200);
    let people = [("admin", admin), ("east", app.person(Role::Viewer, Some("east")))];
    let filters = [
        "",
        "parent=east",
        "within=east",
        "kind=society",
        "level=county",
        "status=dissolved",
        "q=%E5%AD%A6%E4%BC%9A",
        "q=%E6%B9%96%E6%B3%8A",
        "q=EAST",
        "within=east&kind=society&level=county&status=active&q=hill",
        "q=%25",
        "parent=hill",
    ];
    for (name, person) in &people {
        for filter in filters {
            let listed = person.get(&format!("/associations?{filter}")).expect(200);
            let listed: Vec<_> = listed["items"].as_array().unwrap().iter().map(|item| item["code"].clone()).collect();
            let answer = person.get(&format!("{SUMMARY}?{filter}")).expect(200);
            assert_eq!(codes(&answer), listed, "{name} {filter}");
            assert_eq!(answer["total"], listed.len(), "{name} {filter}");
        }
    }
    let (_, scoped) = &people[1];
    for filter in ["parent=province", "within=west", "parent=nowhere"] {
        let problem = scoped.get(&format!("{SUMMARY}?{filter}"));
        let listed = scoped.get(&format!("/associations?{filter}"));
        assert_eq!((problem.status, &problem.body["errors"]), (listed.status, &listed.body["errors"]), "{filter}");
        assert_eq!(problem.body["errors"][0]["code"], "unknown_association");
    }
}

#[test]
fn every_order_has_the_best_or_the_worst_first_those_without_last_and_ties_by_name_and_code() {
    let app = region();
    app.association_with("another", json!({"name": "南市学会"}));
    app.target("another", 2018, "households", 10);
    app.report("another", "households", "2018-03", 5);
    let admin = app.admin();
    let order = |sort: &str| codes(&admin.get(&format!("{SUMMARY}?sort={sort}")).expect(200)).join(" ");
    assert_eq!(order("code"), "another bureau east hill lake province south west");
    assert_eq!(order("name"), "east another south hill lake province bureau west");
    assert_eq!(order("score"), "east another south west hill lake province bureau");
    assert_eq!(order("met"), "east another south lake west hill province bureau");
    assert_eq!(order("score_ascending"), "another south west east hill lake province bureau");
    assert_eq!(order("met_ascending"), "another south lake west east hill province bureau");
    app.report("west", "households", "2018-05", 60);
    app.target("west", 2018, "people", 1);
    app.report("west", "people", "2018-05", 1);
    assert!(order("met").starts_with("west east"), "two targets are more than one");
}

#[test]
fn pages_hold_everybody_once_while_scores_change() {
    let app = App::start();
    app.association("province", None);
    crowd(&app, "province", 600, 0.5);
    let admin = app.admin();
    // Every code is an a and hexadecimal digits.
    let keeps = |code: &str| &code[1..2] < "8";
    for sort in ["score", "score_ascending", "name", "code", "met", "met_ascending"] {
        let (mut seen, mut cursor, mut pages) = (BTreeMap::new(), String::new(), 0);
        loop {
            let page = admin.get(&format!("{SUMMARY}?parent=province&sort={sort}&limit=47{cursor}")).expect(200);
            assert_eq!(page["total"], 600);
            codes(&page).into_iter().for_each(|code| *seen.entry(code).or_insert(0) += 1);
            pages += 1;
            let Some(next) = page["next_cursor"].as_str() else { break };
            cursor = format!("&cursor={next}");
            app.sql(&format!(
                "UPDATE scorecards SET reported_score = weight * ({pages} % 5) / 4.0, version = scorecards.version + 1
                FROM associations
                WHERE id = association_id AND substr(code, 2, 1) >= '8'"
            ));
        }
        assert!(pages > 5, "{pages}");
        let kept: Vec<_> = seen.iter().filter(|(code, _)| keeps(code)).collect();
        assert!(kept.len() > 250 && kept.iter().all(|(_, times)| **times == 1), "{sort}: {kept:?}");
        if ["name", "code"].contains(&sort) {
            assert_eq!((seen.len(), seen.values().max()), (600, Some(&1)), "{sort}: nobody moves");
        }
    }
    score(&app, "province", 0.25);
    let whole = admin.get(&format!("{SUMMARY}?sort=score&limit=500")).expect(200);
    assert_eq!((codes(&whole).len(), &whole["total"]), (500, &json!(601)));
}

#[test]
fn what_is_asked_wrongly_is_refused_by_name() {
    let app = region();
    let admin = app.admin();
    let refused = |query: &str| {
        let problem = admin.get(&format!("{SUMMARY}?{query}")).expect_problem(400, "invalid_parameter");
        (problem["errors"][0]["pointer"].clone(), problem["errors"][0]["code"].clone())
    };
    let is = |pointer: &str, code: &str| (json!(pointer), json!(code));
    assert_eq!(refused("as_of=2018-07-01"), is("?as_of", "out_of_range"));
    assert_eq!(refused("as_of=2018-6-1"), is("?as_of", "invalid_date"));
    assert_eq!(refused("sort=best"), is("?sort", "not_allowed"));
    assert_eq!(refused("basis=audited"), is("?basis", "not_allowed"));
    assert_eq!(refused("order=score"), is("?order", "unknown_field"));
    assert_eq!(refused("limit=501"), is("?limit", "out_of_range"));
    let page = admin.get(&format!("{SUMMARY}?sort=score&limit=2")).expect(200);
    let cursor = page["next_cursor"].as_str().unwrap();
    for sort in ["name", "score_ascending"] {
        assert_eq!(refused(&format!("sort={sort}&cursor={cursor}")), is("?cursor", "invalid_cursor"));
    }
    admin.get("/completion/1948").expect_problem(400, "invalid_parameter");
}

/// What a question answers now: its status and tag, given the tag of an earlier answer.
fn again(person: &Person, path: &str, tag: &str) -> (u16, String) {
    let reply = person.send("GET", &format!("/api/v1{path}"), &[("If-None-Match", tag)], "");
    assert!(reply.status == 200 || reply.text.is_empty(), "{}", reply.text);
    (reply.status, reply.header("etag").to_owned())
}

#[test]
fn a_tag_is_good_until_something_it_stands_for_changes() {
    let app = region();
    let admin = app.admin();
    let own_rank = "/associations/east/rank/2018?within=province";
    for (value, path) in (5..).zip([SUMMARY, "/rankings/2018", own_rank, "/completion/2018?as_of=2018-06-29"]) {
        let tag = admin.get(path).header("etag").to_owned();
        assert!(tag.starts_with('"') && tag.len() > 20, "{path}: {tag}");
        let mut tags = vec![tag];
        let mut expect = |what: &str, changes: bool| {
            let (status, tag) = again(&admin, path, tags.last().unwrap());
            assert_eq!(status, if changes { 200 } else { 304 }, "{path}: {what}");
            assert_eq!(tags.contains(&tag), !changes, "{path}: {what}");
            tags.push(tag);
        };
        expect("nothing", false);
        app.report("west", "households", "2018-05", 1);
        expect("a submission", true);
        app.report("west", "households", "2017-05", 1);
        expect("another year's submission", false);
        admin.patch("/associations/west", json!({"name": format!("西方市科协 {path}")})).expect(200);
        expect("another name", true);
        let target = json!({"value": value, "reason": "调整"});
        assert!(admin.put("/associations/west/targets/2018/people", target).status <= 201);
        expect("a target", true);
        expect("nothing again", false);
    }
}

#[test]
fn a_tag_knows_the_set_the_basis_the_day_and_the_scope() {
    let app = region();
    let admin = app.admin();
    let within = "/completion/2018?within=east";
    let tag = |person: &Person, path: &str| person.get(path).header("etag").to_owned();
    let first = tag(&admin, within);
    app.report("west", "households", "2018-05", 1);
    assert_eq!(again(&admin, within, &first).0, 304, "a submission elsewhere");
    let others = [
        tag(&admin, SUMMARY),
        tag(&admin, "/completion/2018?within=east&basis=verified"),
        tag(&admin, "/completion/2018?within=east&as_of=2018-06-29"),
        tag(&admin, "/completion/2019?within=east"),
        tag(&app.person(Role::Admin, Some("east")), within),
    ];
    assert!(!others.contains(&first), "{others:?}");
    assert_eq!(
        again(&admin, within, &format!("W/{first}, {}", others[0])).0,
        304,
        "one of several, weakened on the way"
    );
    app.set_day(2018, 7, 1);
    assert_eq!(again(&admin, within, &first).0, 200, "another day");
    // One goes and another one like it comes: as many associations, and as many changes.
    app.sql("DELETE FROM scorecards USING associations WHERE id = association_id AND code = 'lake'");
    let before = tag(&admin, "/completion/2018?parent=east&kind=society");
    app.sql(
        "UPDATE associations SET kind = CASE code WHEN 'hill' THEN 'federation' ELSE 'society' END
        WHERE code IN ('hill', 'lake')",
    );
    assert_ne!(tag(&admin, "/completion/2018?parent=east&kind=society"), before);
}

#[test]
fn a_day_just_over_waits_for_the_writes_that_may_still_come_into_it() {
    let app = region();
    let admin = app.admin();
    let timezone = chrono_tz::Asia::Shanghai;
    let today = chrono::Utc::now().with_timezone(&timezone).date_naive();
    let tomorrow = today.succ_opt().unwrap();
    let path = format!("/completion/2018?as_of={today}");
    let at = |hours: i64| {
        use chrono::Datelike;
        app.set_day(tomorrow.year(), tomorrow.month(), tomorrow.day());
        app.advance(TimeDelta::hours(hours - 10));
    };
    // To the database it is still today, so the write began before the end of the day.
    let held = database::hold(&app.database, "BEGIN; UPDATE associations SET version = version");
    at(0);
    app.advance(TimeDelta::minutes(5));
    let busy = admin.get(&path);
    assert_eq!(busy.header("retry-after"), "2");
    busy.expect_problem(503, "database_busy");
    let bulletin = json!({"year": 2018, "title": "通报", "as_of": today});
    admin.post("/bulletins", bulletin.clone()).expect_problem(503, "database_busy");
    admin.get(SUMMARY).expect(200);
    admin.get("/completion/2018?as_of=2018-06-29").expect(200);
    at(1);
    admin.get(&path).expect(200);
    at(0);
    app.advance(TimeDelta::minutes(5));
    held.release();
    let is_released = "SELECT 1 WHERE NOT EXISTS (SELECT FROM pg_stat_activity
        WHERE datname = current_database() AND backend_xid IS NOT NULL)";
    assert!(database::await_row(&app.database, is_released, || false));
    admin.get(&path).expect(200);
    assert_eq!(admin.post("/bulletins", bulletin).expect(201)["as_of"], json!(today));
    let _reading = database::hold(&app.database, "BEGIN; SELECT count(*) FROM associations");
    admin.get(&path).expect(200);
    at(0);
    app.advance(TimeDelta::seconds(9));
    admin.get(&path).expect_problem(503, "database_busy");
}

#[test]
fn no_live_answer_reads_the_ledger() {
    let database = database::fresh();
    database::execute(
        &database,
        "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET lock_timeout = ''200ms''', current_database()); END $$",
    );
    let app = App::start_on(database);
    app.set_day(2018, 6, 28);
    app.association("province", None);
    crowd(&app, "province", 20, 0.5);
    app.indicator("households", "户");
    app.target("province", 2018, "households", 10);
    app.set_day(2018, 6, 30);
    let admin = app.admin();
    let hold =
        |tables: &str| database::hold(&app.database, &format!("BEGIN; LOCK TABLE {tables} IN ACCESS EXCLUSIVE MODE"));
    let _ledger = hold("actuals, actual_revisions");
    admin.get("/rankings/2018?indicator=households").expect(200);
    admin.get("/associations/province/rank/2018?indicator=households").expect(200);
    let _lines = hold("actual_totals, targets");
    admin.get(SUMMARY).expect(200);
    admin.get("/rankings/2018").expect(200);
    admin.get("/associations/province/rank/2018").expect(200);
    // Whoever reads what is locked gives up after a while.
    admin.get("/completion/2018?as_of=2018-06-29&q=province").expect_problem(503, "database_busy");
}
