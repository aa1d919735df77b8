//! `as_of`: what was known at the end of a past day, the same whenever it is asked, and tags that tell when nothing changed.

use chrono::TimeDelta;
use kpi::auth::Role;
use serde_json::{Value, json};

use crate::support::{App, ledger};

/// A city of two counties with a plan, on 30 June 2018.
fn app() -> App {
    let app = App::start();
    for (code, parent) in [("city", None), ("north", Some("city")), ("south", Some("city"))] {
        app.association(code, parent);
    }
    app.indicator("households", "户");
    app.indicator("briefs", "条");
    app.indicator_with("attendance", json!({"unit": "%", "value_type": "percentage", "accumulation": "ratio"}));
    app.indicator_with("members", json!({"unit": "人", "accumulation": "latest"}));
    for association in ["north", "south"] {
        app.target(association, 2018, "households", 100);
        app.target(association, 2018, "attendance", 90);
        app.target(association, 2018, "members", 10);
        let monthly = json!({"value": 5, "per": "month"});
        app.admin().put(&format!("/associations/{association}/targets/2018/briefs"), monthly).expect(201);
    }
    app
}

fn report(app: &App, association: &str, fields: Value) -> String {
    let mut body = json!({"period": "2018-03", "performed_by": "区教育局"});
    body.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    let path = format!("/associations/{association}/actuals");
    app.reporter_of(association).post(&path, body).expect(201)["id"].as_str().unwrap().to_owned()
}

/// Every question whose answer must stay the same.
const QUESTIONS: [&str; 7] = [
    "/associations/north/completion/2018?",
    "/associations/north/completion/2018?detail=brief&",
    "/associations/north/completion/2018?basis=verified&",
    "/associations/city/completion/2018?scope=subtree&",
    "/associations/city/completion/2018?scope=subtree&basis=verified&detail=brief&",
    "/associations/south/completion/2018?",
    "/associations/north/completion/2017?",
];

fn answers(app: &App, as_of: &str) -> Vec<String> {
    let ask = |question: &&str| {
        let reply = app.admin().get(&format!("{question}{as_of}"));
        assert_eq!(reply.status, 200, "{question}");
        reply.text
    };
    QUESTIONS.iter().map(ask).collect()
}

#[track_caller]
fn assert_same(found: &[String], expected: &[String], when: &str) {
    for ((found, expected), question) in found.iter().zip(expected).zip(QUESTIONS) {
        assert_eq!(found, expected, "{question} {when}");
    }
}

#[test]
fn as_of_answers_byte_for_byte_what_was_answered_on_that_day() {
    let app = app();
    let first = report(&app, "north", json!({"indicator": "households", "value": 40}));
    let second = report(&app, "north", json!({"indicator": "members", "value": 7, "performed_by": "区科协"}));
    report(&app, "north", json!({"indicator": "briefs", "value": 5, "period": "2018-02"}));
    report(&app, "south", json!({"indicator": "attendance", "numerator": 8, "denominator": 10}));
    report(&app, "north", json!({"indicator": "households", "value": 3, "period": "2017-12"}));
    let verifier = app.person(Role::Verifier, None);
    let act = |id: &str, action: &str, body: Value| {
        verifier.post(&format!("/associations/north/actuals/{id}/{action}"), body).expect(200)
    };
    act(&first, "verify", json!({"value": 38, "reason": "核定"}));
    let then = answers(&app, "");
    app.set_day(2018, 7, 1);
    assert_same(&answers(&app, "as_of=2018-06-30"), &then, "the day after");
    // Everything that can happen to what was known happens.
    let patch = |id: &str, patch: Value| {
        app.admin().patch(&format!("/associations/north/actuals/{id}?reason=x"), patch).expect(200)
    };
    patch(&first, json!({"value": 45, "period": "2018-05"}));
    act(&first, "verify", json!({"value": 44, "reason": "再核"}));
    act(&second, "reject", json!({"reason": "重复"}));
    report(&app, "north", json!({"indicator": "households", "value": 50, "performed_by": "学会"}));
    report(&app, "south", json!({"indicator": "members", "value": 5}));
    let revise = |indicator: &str, body: Value| {
        app.admin().put(&format!("/associations/north/targets/2018/{indicator}"), body).expect(200)
    };
    revise("households", json!({"value": 200, "reason": "调整"}));
    app.admin().delete("/associations/north/targets/2018/attendance?reason=x").expect(204);
    assert_same(&answers(&app, "as_of=2018-06-30"), &then, "after all that");
    let july = answers(&app, "");
    assert!(july.iter().zip(&then).take(6).all(|(july, then)| july != then));
    app.set_day(2018, 7, 2);
    app.admin().post(&format!("/associations/north/actuals/{first}/void"), json!({"reason": "误报"})).expect(200);
    app.admin().put("/associations/north/targets/2018/attendance", json!({"value": 80, "reason": "恢复"})).expect(201);
    app.set_day(2019, 7, 2);
    assert_same(&answers(&app, "as_of=2018-06-30"), &then, "a year later");
    assert_same(&answers(&app, "as_of=2018-07-01"), &july, "the day between");
    ledger::check(&app);
}

#[test]
fn a_day_ends_at_midnight_in_the_services_time_zone() {
    let app = app();
    let count = |as_of: &str| {
        let path = format!("/associations/north/completion/2018?as_of={as_of}");
        let completion = app.admin().get(&path).expect(200);
        let lines = ledger::lines(&completion);
        lines.iter().find(|line| line["indicator"]["code"] == "households").map(|line| line["actual"]["count"].clone())
    };
    // The test clock stands at 10:00 in Shanghai.
    app.advance(TimeDelta::hours(14) - TimeDelta::microseconds(1));
    report(&app, "north", json!({"indicator": "households", "value": 1}));
    app.advance(TimeDelta::microseconds(1));
    report(&app, "north", json!({"indicator": "households", "value": 1}));
    app.set_day(2018, 7, 3);
    assert_eq!((count("2018-06-29"), count("2018-06-30"), count("2018-07-01")), (None, Some(json!(1)), Some(json!(2))));
}

#[test]
fn a_day_to_come_and_what_is_no_day_are_refused() {
    let app = app();
    let ask = |as_of: &str| app.admin().get(&format!("/associations/north/completion/2018?as_of={as_of}"));
    for (as_of, code) in [("2018-07-01", "out_of_range"), ("2018-6-1", "invalid_date"), ("-9999-1-01", "invalid_date")]
    {
        let problem = ask(as_of).expect_problem(400, "invalid_parameter");
        let refused = &problem["errors"][0];
        assert_eq!((&refused["pointer"], &refused["code"]), (&json!("?as_of"), &json!(code)));
    }
    assert_eq!(ask("2018-06-30").expect(200)["as_of"], "2018-06-30");
    let before = ask("2018-06-29").expect(200);
    assert_eq!(before["lines"], json!([]), "nothing was planned yet");
}

#[test]
fn who_did_it_is_shown_with_what_was_reported() {
    let app = app();
    report(&app, "north", json!({"indicator": "households", "value": 1}));
    let voided = report(&app, "north", json!({"indicator": "households", "value": 1, "performed_by": "误报单位"}));
    report(&app, "north", json!({"indicator": "households", "value": 1, "performed_by": "市妇联"}));
    app.admin().post(&format!("/associations/north/actuals/{voided}/void"), json!({"reason": "误报"})).expect(200);
    let completion = app.admin().get("/associations/north/completion/2018").expect(200);
    let lines = ledger::lines(&completion);
    let line = lines.iter().find(|line| line["indicator"]["code"] == "households").unwrap();
    let mut names: Vec<_> =
        line["actual"]["performed_by"].as_array().unwrap().iter().map(|name| name.as_str().unwrap()).collect();
    names.sort_unstable();
    assert_eq!(names, ["区教育局", "市妇联"]);
    // Whoever reports an actual counts it.
    assert_eq!(line["actual"]["value"], 2);
}

#[test]
fn a_client_that_has_the_answer_is_told_so_until_something_in_it_changes() {
    let app = app();
    let admin = app.admin();
    let tag = |question: &str| admin.get(question.trim_end_matches(['?', '&'])).header("etag").to_owned();
    let status = |question: &str, tag: &str| {
        let path = format!("/api/v1{}", question.trim_end_matches(['?', '&']));
        let reply = admin.send("GET", &path, &[("If-None-Match", tag)], "");
        assert!(reply.status == 200 || tag.contains(reply.header("etag")));
        reply.status
    };
    let all = || QUESTIONS.map(&tag);
    let statuses = |tags: &[String; 7]| {
        let mut statuses = [0; 7];
        for (at, question) in QUESTIONS.iter().enumerate() {
            statuses[at] = status(question, &tags[at]);
        }
        statuses
    };
    let tags = all();
    let distinct: std::collections::BTreeSet<_> = tags.iter().collect();
    assert_eq!(distinct.len(), 7, "each representation has a tag of its own");
    assert!(tags.iter().all(|tag| tag.starts_with('"')), "strong: {tags:?}");
    assert_eq!(statuses(&tags), [304; 7]);
    assert_eq!(status(QUESTIONS[0], &format!("\"other\", W/{}", tags[0])), 304);
    assert_eq!(status(QUESTIONS[0], "\"other\""), 200);
    // A write in the south is news of the south and of the city.
    report(&app, "south", json!({"indicator": "households", "value": 1}));
    assert_eq!(statuses(&tags), [304, 304, 304, 200, 200, 200, 304]);
    // Last year's figure stands beside this year's.
    let tags = all();
    report(&app, "north", json!({"indicator": "households", "value": 1, "period": "2017-12"}));
    assert_eq!(statuses(&tags), [200, 200, 200, 200, 200, 304, 200]);
    // A new name of an association, and of an indicator.
    let tags = all();
    admin.patch("/associations/south", json!({"name": "南部县科协"})).expect(200);
    assert_eq!(statuses(&tags), [304, 304, 304, 200, 200, 200, 304]);
    let tags = all();
    admin.patch("/indicators/members", json!({"name": "会员人数"})).expect(200);
    assert_eq!(statuses(&tags), [200; 7]);
    // One indicator goes as another is renamed: the versions add up to the same.
    app.indicator("unused", "项");
    let tags = all();
    admin.patch("/indicators/members", json!({"name": "会员"})).expect(200);
    admin.delete("/indicators/unused").expect(204);
    assert_eq!(statuses(&tags), [200; 7]);
    // Another day has another pace.
    let tags = all();
    app.set_day(2018, 7, 1);
    assert_eq!(statuses(&tags), [200; 7]);
}

#[test]
fn another_language_or_encoding_has_another_tag() {
    let app = app();
    let tag = |header: &[(&str, &str)]| {
        let reply = app.admin().head("/api/v1/associations/north/completion/2018", header);
        assert!(reply.header("vary").to_lowercase().contains("accept-language"), "{}", reply.header("vary"));
        reply.header("etag").to_owned()
    };
    let tags = [tag(&[]), tag(&[("Accept-Language", "zh")]), tag(&[("Accept-Encoding", "gzip")])];
    assert!(tags[0] != tags[1] && tags[0] != tags[2] && tags[1] != tags[2], "{tags:?}");
}

#[test]
fn large_answers_come_compressed_for_those_who_accept_it() {
    let app = App::start();
    app.set_day(2019, 12, 31);
    app.load_demo();
    let path = "/api/v1/associations/fengxian/completion/2007";
    let (_, plain) = app.admin().download(path);
    for encoding in ["gzip", "br"] {
        let (reply, bytes) = app.admin().download_as(path, &[("Accept-Encoding", encoding)]);
        assert_eq!(reply.header("content-encoding"), encoding);
        assert!(bytes.len() * 4 < plain.len(), "{encoding}: {} of {}", bytes.len(), plain.len());
        let unchanged =
            app.admin().head(path, &[("Accept-Encoding", encoding), ("If-None-Match", reply.header("etag"))]);
        assert_eq!(unchanged.status, 304);
    }
}
