//! Locks: what ends on or before the day is closed to all but an admin with a reason, the next day is open.

use std::time::{Duration, Instant};

use kpi::auth::Role;
use serde_json::{Value, json};

use crate::support::{App, Person, ledger};

const ACTUALS: &str = "/associations/chuzhou/actuals";
const TARGET: &str = "/associations/chuzhou/targets/2018/households";

struct Stage {
    app: App,
    admin: Person,
    reporter: Person,
}

/// An association with a target of 94 households.
fn stage() -> Stage {
    let app = App::start();
    app.association("chuzhou", None);
    app.indicator("households", "户");
    app.target("chuzhou", 2018, "households", 94);
    let (admin, reporter) = (app.admin(), app.reporter_of("chuzhou"));
    Stage { app, admin, reporter }
}

impl Stage {
    fn close(&self, through: &str) {
        self.admin.put("/locks/2018", json!({"closed_through": through, "reason": "季度结账"})).expect(200);
    }

    /// Submits over a period by the reporter, and answers the path of the actual.
    fn submitted(&self, period: &str) -> String {
        let actual = self.reporter.post(ACTUALS, report(period)).expect(201);
        format!("{ACTUALS}/{}", actual["id"].as_str().expect("an id"))
    }
}

fn report(period: &str) -> Value {
    json!({"indicator": "households", "value": 31, "period": period})
}

fn with(mut body: Value, fields: Value) -> Value {
    body.as_object_mut().expect("an object").extend(fields.as_object().expect("an object").clone());
    body
}

#[test]
fn every_year_has_a_lock_and_one_never_set_closes_nothing() {
    let stage = stage();
    let open = stage.reporter.get("/locks/2018");
    let tag = open.header("etag").to_owned();
    let never = json!({"year": 2018, "closed_through": null, "reason": null, "updated_at": null});
    assert_eq!(open.expect(200), never);
    assert_eq!(stage.reporter.get("/locks").expect(200)["items"], json!([]));
    let body = json!({"closed_through": "2018-06-30", "reason": "季度结账"});
    let put = |tag: &str, body: &Value| stage.admin.send_json("PUT", "/locks/2018", &[("If-Match", tag)], body.clone());
    let closed = put(&tag, &body);
    let closed_tag = closed.header("etag").to_owned();
    let expected = json!({"year": 2018, "closed_through": "2018-06-30", "reason": "季度结账",
        "updated_at": "2018-06-30T02:00:00Z"});
    assert_eq!(closed.expect(200), expected);
    put(&tag, &json!({"closed_through": null, "reason": "重开"})).expect_problem(412, "precondition_failed");
    assert_eq!(stage.reporter.get("/locks").expect(200)["items"], json!([expected]));
    stage.app.set_day(2018, 7, 1);
    let again = stage.admin.put("/locks/2018", body);
    assert_eq!(again.header("etag"), closed_tag, "the same body twice changes nothing");
    assert_eq!(again.expect(200), expected);
    let opened = put(&closed_tag, &json!({"closed_through": null, "reason": "重开"})).expect(200);
    assert_eq!((&opened["closed_through"], &opened["reason"]), (&json!(null), &json!("重开")));
    stage.admin.put("/locks/2017", json!({"closed_through": "2017-12-31", "reason": "年度考核结束"})).expect(200);
    let first = stage.reporter.get("/locks?limit=1").expect(200);
    let second = first["next_cursor"].as_str().expect("a cursor");
    let second = stage.reporter.get(&format!("/locks?limit=1&cursor={second}")).expect(200);
    assert_eq!((&first["items"][0]["year"], &second["items"][0]["year"]), (&json!(2017), &json!(2018)));

    let entries = stage.admin.get("/audit?entity=lock&entity_key=2018").expect(200);
    let entries = entries["items"].as_array().expect("entries");
    assert_eq!(entries.len(), 2, "{entries:?}");
    assert_eq!((&entries[0]["action"], &entries[0]["reason"]), (&json!("unlocked"), &json!("重开")));
    assert_eq!(entries[0]["before"], json!({"closed_through": "2018-06-30", "reason": "季度结账"}));
    assert_eq!((&entries[1]["action"], &entries[1]["before"]), (&json!("locked"), &json!(null)));
}

#[test]
fn a_lock_that_makes_no_sense_is_refused() {
    let stage = stage();
    let put = |body| stage.admin.put("/locks/2018", body);
    for day in ["2017-12-31", "2019-01-01"] {
        let body = json!({"closed_through": day, "reason": "结账"});
        let violation = put(body).expect_violation("/closed_through", "out_of_range");
        assert_eq!(violation["allowed"], "2018-01-01 to 2018-12-31, or null");
    }
    put(json!({"reason": "结账"})).expect_violation("/closed_through", "missing_field");
    put(json!({"closed_through": null})).expect_violation("/reason", "missing_field");
    put(json!({"closed_through": "2018-06", "reason": "结账"})).expect_violation("/closed_through", "invalid_date");
    stage
        .admin
        .put("/locks/1900", json!({"closed_through": null, "reason": "x"}))
        .expect_problem(400, "invalid_parameter");
    assert_eq!(stage.reporter.get("/locks").expect(200)["items"], json!([]));
}

#[test]
fn a_period_that_ends_on_the_day_is_closed_and_one_that_ends_a_day_later_is_open() {
    let stage = stage();
    stage.app.set_day(2019, 1, 1);
    stage.close("2018-06-30");
    for closed in ["2018-Q2", "2018-06", "2018-06-30", "2018-01-01"] {
        let problem = stage.reporter.post(ACTUALS, report(closed)).expect_problem(409, "period_closed");
        assert!(problem["detail"].as_str().expect("a text").contains("after 2018-06-30"), "{problem}");
    }
    let ranges = json!([{"from": "2018-06-01", "to": "2018-06-30"}, {"from": "2018-06-01", "to": "2018-07-01"}]);
    let submit = |period: &Value| stage.reporter.post(ACTUALS, with(report("2018"), json!({"period": period}))).status;
    assert_eq!([submit(&ranges[0]), submit(&ranges[1])], [409, 201]);
    for open in ["2018-07-01", "2018", "2018-Q3", "2017-12", "2019-01"] {
        stage.reporter.post(ACTUALS, report(open)).expect(201);
    }
    ledger::check(&stage.app);
}

#[test]
fn everything_that_changes_an_actual_of_a_closed_period_is_refused_and_nothing_is_left_behind() {
    let stage = stage();
    stage.app.set_day(2018, 7, 1);
    let paths = ["2018-06-30", "2018-07-01"].map(|period| stage.submitted(period));
    stage.close("2018-06-30");
    let verifier = stage.app.person(Role::Verifier, Some("chuzhou"));
    let stored = || {
        stage.app.sql("SELECT actuals::text FROM actuals UNION ALL SELECT audit_entries::text FROM audit_entries WHERE entity <> 'key' ORDER BY 1")
    };
    let before = stored();
    let [closed, open] = &paths;
    let attempts = |path: &str| {
        [
            stage.reporter.patch(&format!("{path}?reason=x"), json!({"note": "更正"})).status,
            verifier.post(&format!("{path}/verify"), json!({})).status,
            verifier.post(&format!("{path}/reject"), json!({"reason": "无凭据"})).status,
            stage.reporter.post(&format!("{path}/void"), json!({"reason": "误报"})).status,
        ]
    };
    assert_eq!(attempts(closed), [409; 4]);
    assert_eq!(stored(), before);
    assert_eq!(attempts(open), [200; 4]);
    ledger::check(&stage.app);
}

#[test]
fn an_amendment_may_move_an_actual_neither_out_of_a_closed_period_nor_into_it() {
    let stage = stage();
    stage.app.set_day(2018, 8, 1);
    let [closed, open] = ["2018-06", "2018-07"].map(|period| stage.submitted(period));
    stage.close("2018-06-30");
    let amend = |person: &Person, path: &str, period: &str| {
        person.patch(&format!("{path}?reason=x"), json!({"period": period}))
    };
    amend(&stage.reporter, &closed, "2018-07").expect_problem(409, "period_closed");
    amend(&stage.reporter, &open, "2018-06").expect_problem(409, "period_closed");
    amend(&stage.reporter, &open, "2018-08").expect(200);
    amend(&stage.reporter, &closed, "2018-06").expect(200);
    amend(&stage.admin, &closed, "2018-07").expect(200);
    ledger::check(&stage.app);
}

#[test]
fn an_admin_gives_a_reason_for_what_is_submitted_after_closing_time() {
    let stage = stage();
    let body = with(report("2018-Q1"), json!({"external_id": "q1"}));
    stage.reporter.post(ACTUALS, body.clone()).expect(201);
    stage.close("2018-06-30");
    // What is stored already is no news: a repeated batch goes through.
    assert_eq!(stage.reporter.post(ACTUALS, body).expect(200)["version"], 1);
    let late = with(report("2018-Q2"), json!({"external_id": "q2"}));
    let excused = with(late.clone(), json!({"reason": "年报补录"}));
    stage.admin.post(ACTUALS, late.clone()).expect_problem(409, "period_closed");
    stage.reporter.post(ACTUALS, excused.clone()).expect_problem(409, "period_closed");
    let stored = stage.admin.post(ACTUALS, excused.clone()).expect(201);
    assert_eq!(stored["reason"], "年报补录");
    let entry = &stage.admin.get("/audit?action=submitted").expect(200)["items"][0];
    assert_eq!((&entry["reason"], &entry["after"]["external_id"]), (&json!("年报补录"), &json!("q2")));
    // The reason is no part of the content.
    for body in [late, with(excused, json!({"reason": "又一次"}))] {
        assert_eq!(stage.admin.post(ACTUALS, body).expect(200), stored);
    }
    stage.admin.post(ACTUALS, with(report("2018-Q3"), json!({"reason": ""}))).expect_violation("/reason", "too_short");
    let path = format!("{ACTUALS}/{}?reason=x", stored["id"].as_str().expect("an id"));
    stage.admin.patch(&path, json!({"reason": "y"})).expect_violation("/reason", "unknown_field");
    ledger::check(&stage.app);
}

#[test]
fn targets_are_closed_with_the_last_day_of_their_year() {
    let stage = stage();
    let planner = stage.app.planner_of("chuzhou");
    let revise = |person: &Person, value: i64| person.put(TARGET, json!({"value": value, "reason": "任务调整"}));
    stage.close("2018-12-30");
    revise(&planner, 100).expect(200);
    stage.close("2018-12-31");
    revise(&planner, 110).expect_problem(409, "period_closed");
    revise(&planner, 100).expect(200);
    planner.delete(&format!("{TARGET}?reason=x")).expect_problem(409, "period_closed");
    stage.app.indicator("people", "人");
    let new = TARGET.replace("households", "people");
    planner.put(&new, json!({"value": 1, "reason": "补下达"})).expect_problem(409, "period_closed");
    stage.admin.put(&new, json!({"value": 1})).expect_problem(409, "period_closed");
    stage.admin.put(&new, json!({"value": 1, "reason": "补下达"})).expect(201);
    planner.put(&new.replace("2018", "2019"), json!({"value": 1})).expect(201);
    revise(&stage.admin, 110).expect(200);
    stage.admin.delete(&format!("{TARGET}?reason=x")).expect(204);
    ledger::check(&stage.app);
}

#[test]
fn once_a_period_is_answered_as_closed_nothing_comes_into_it() {
    let stage = stage();
    let (counted, after) = std::thread::scope(|scope| {
        let reporters: Vec<_> = (0..4)
            .map(|_| {
                let reporter = stage.reporter.clone();
                scope.spawn(move || (0..25).filter(|_| reporter.post(ACTUALS, report("2018-Q1")).status == 201).count())
            })
            .collect();
        stage.close("2018-03-31");
        let counted = stage.app.sql("SELECT count(*) FROM actuals")[0][0].clone();
        let stored: usize = reporters.into_iter().map(|thread| thread.join().expect("it ends well")).sum();
        (counted, stored)
    });
    assert_eq!(counted, Some(after.to_string()), "as many as when the lock was answered");
    ledger::check(&stage.app);
}

#[test]
fn a_lock_waits_for_a_writer_only_for_a_while() {
    let stage = stage();
    let body = json!({"closed_through": "2018-03-31", "reason": "季度结账"});
    std::thread::scope(|scope| {
        // A batch that goes on and on, holding what every writer holds.
        scope.spawn(|| stage.app.sql("BEGIN; SELECT closed_through FROM locks; SELECT pg_sleep(5); COMMIT"));
        while stage.app.sql("SELECT FROM pg_locks WHERE relation = 'locks'::regclass").is_empty() {
            std::thread::yield_now();
        }
        let since = Instant::now();
        let busy = stage.admin.put("/locks/2018", body.clone());
        assert_eq!(busy.header("retry-after"), "2");
        assert!(since.elapsed() < Duration::from_secs(2), "one try of a second: {:?}", since.elapsed());
        busy.expect_problem(503, "database_busy");
        stage.reporter.post(ACTUALS, report("2018-Q1")).expect(201);
    });
    stage.admin.put("/locks/2018", body).expect(200);
}
