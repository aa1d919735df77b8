//! What a bulletin freezes: the figures of the other answers at one moment, and nothing that comes afterwards.

use chrono::TimeDelta;
use kpi::auth::Role;
use serde_json::{Value, json};

use crate::support::App;
use crate::support::database::{await_row, hold};
use crate::support::region::region;

const BULLETINS: &str = "/bulletins";

fn bulletin(fields: Value) -> Value {
    let mut body = json!({"year": 2018, "title": "2018年上半年通报"});
    body.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    body
}

/// The region with targets of every status, some of them verified.
fn furnished() -> App {
    let app = region();
    for (indicator, target) in [("talks", 40), ("papers", 8), ("visits", 900)] {
        app.indicator_with(indicator, json!({"name": format!("{indicator}指标"), "category": "科普"}));
        for association in ["province", "east", "west", "hill", "bureau"] {
            app.target(association, 2018, indicator, target);
        }
    }
    for (association, indicator, value) in
        [("east", "talks", 18), ("west", "talks", 3), ("hill", "papers", 8), ("bureau", "visits", 0)]
    {
        let path = app.report(association, indicator, "2018-02", value);
        app.admin().post(&format!("{path}/verify"), json!({})).expect(200);
    }
    app
}

/// What the other answers say of those a bulletin is about.
fn figures(app: &App, query: &str) -> [Value; 6] {
    let admin = app.admin();
    let get = |path: &str| admin.get(&format!("{path}/2018?{query}")).expect(200);
    let list = |path: &str, limit: u32| admin.get(&format!("{path}/2018?{query}&limit={limit}")).expect(200);
    let (summary, ranking) = (list("/completion", 500), list("/rankings", 500));
    let laggards = list("/laggards", 20);
    let parts = [&summary["overall"], &summary["items"], &ranking["items"], &laggards["items"], &ranking["of"]];
    let [overall, summary, ranking, laggards, of] = parts.map(Clone::clone);
    [overall, get("/statuses")["counts"].clone(), laggards, summary, ranking, of]
}

fn frozen(bulletin: &Value) -> [Value; 6] {
    ["overall", "counts", "laggards", "summary", "ranking", "of"].map(|name| bulletin[name].clone())
}

#[test]
fn a_bulletin_holds_the_figures_of_the_other_answers_about_the_same_associations() {
    let app = furnished();
    let admin = app.admin();
    let mut issued = Vec::new();
    for (fields, query) in [
        (json!({}), ""),
        (json!({"basis": "verified"}), "basis=verified"),
        (json!({"scope": "province"}), "within=province"),
        (json!({"kind": "federation"}), "kind=federation"),
        (json!({"level": "municipal"}), "level=municipal"),
        (
            json!({"scope": "province", "kind": "society", "level": "county"}),
            "within=province&kind=society&level=county",
        ),
        (json!({"kind": "other"}), "kind=other"),
    ] {
        let answer = admin.post(BULLETINS, bulletin(fields.clone())).expect(201);
        assert_eq!(frozen(&answer), figures(&app, query), "{query}");
        for name in ["kind", "level"] {
            assert_eq!(answer[name], fields.get(name).cloned().unwrap_or_default(), "{query}");
        }
        issued.push((fields, query, answer));
    }
    let counts = |place: usize| issued[place].2["laggards"].as_array().expect("laggards").len();
    assert_eq!((counts(0), counts(1), counts(6)), (14, 17, 0), "{:#}", issued[0].2["laggards"]);
    assert_eq!(issued[6].2["overall"]["score"], json!(null), "nobody is of this kind");
    // The same of a past day, whatever has changed since.
    app.set_day(2018, 7, 3);
    app.report("west", "talks", "2018-05", 37);
    app.target("lake", 2018, "talks", 5);
    for (mut fields, query, then) in issued {
        fields["as_of"] = json!("2018-06-30");
        let again = admin.post(BULLETINS, bulletin(fields)).expect(201);
        assert_eq!(frozen(&again), frozen(&then), "{query}");
        let path = format!("{BULLETINS}/2018/{}", then["number"]);
        assert_eq!(admin.get(&path).expect(200), then, "{query}: and it reads as before");
    }
    assert_ne!(
        frozen(&admin.post(BULLETINS, bulletin(json!({}))).expect(201))[1],
        figures(&app, "as_of=2018-06-30")[1]
    );
}

#[test]
fn a_bulletin_names_twenty_laggards_at_most() {
    let app = App::start();
    app.association("province", None);
    for number in 0..25 {
        let indicator = format!("i{number:02}");
        app.indicator(&indicator, "项");
        app.target("province", 2018, &indicator, 10);
    }
    let issued = app.admin().post(BULLETINS, bulletin(json!({}))).expect(201);
    let named = issued["laggards"].as_array().expect("laggards");
    assert_eq!((named.len(), &named[19]["indicator"]["code"]), (20, &json!("i19")));
    assert_eq!((&named[0]["deviation"], &issued["counts"]["not_started"]), (&json!(-0.4958), &json!(25)));
}

#[test]
fn a_bulletin_about_today_says_who_has_reported_and_one_about_a_past_day_does_not() {
    let app = region();
    let admin = app.admin();
    let issue = |fields: Value| admin.post(BULLETINS, bulletin(fields)).expect(201);
    assert_eq!(issue(json!({})).get("reporting"), None, "there is no schedule");
    admin.put("/reporting/2018/schedule", json!({"frequency": "quarterly", "due_days": 10})).expect(201);
    assert_eq!(issue(json!({})).get("reporting"), None, "they were made after the first quarter");
    app.set_day(2018, 7, 11);
    app.report("east", "households", "2018-06", 1);
    admin.post("/associations/lake/nil-reports", json!({"period": "2018-Q2"})).expect(201);
    for (fields, query) in
        [(json!({}), ""), (json!({"scope": "province", "kind": "federation"}), "&within=province&kind=federation")]
    {
        let issued = issue(fields);
        let reporting = admin.get(&format!("/reporting/2018?period=2018-Q2&missing=true{query}")).expect(200);
        assert_eq!(issued["reporting"]["period"], reporting["periods"][0], "{query}");
        let missing = reporting["items"].as_array().unwrap().iter().map(|item| item["association"].clone());
        assert_eq!(issued["reporting"]["missing"], missing.collect::<Value>(), "{query}");
        assert_eq!(reporting["periods"][0]["state"], "due");
    }
    assert_eq!(issue(json!({"as_of": "2018-07-11"}))["reporting"]["period"]["period"], "2018-Q2");
    assert_eq!(issue(json!({"as_of": "2018-07-10"})).get("reporting"), None);
    assert_eq!(issue(json!({"kind": "other"})).get("reporting"), None, "nobody has to report");
}

#[test]
fn all_of_a_bulletin_is_of_one_moment() {
    let app = region();
    let admin = app.admin();
    admin.put("/reporting/2018/schedule", json!({"frequency": "monthly", "due_days": 0})).expect(201);
    app.set_day(2018, 8, 1);
    // Reporting is read last: what is reported while it waits is in none of the tables.
    let held = hold(&app.database, "BEGIN; LOCK TABLE reporting_schedules IN ACCESS EXCLUSIVE MODE");
    let issued = std::thread::scope(|scope| {
        let issuing = scope.spawn(|| admin.post(BULLETINS, bulletin(json!({}))).expect(201));
        let waiting = "SELECT FROM pg_locks WHERE relation = 'reporting_schedules'::regclass AND NOT granted";
        assert!(await_row(&app.database, waiting, || issuing.is_finished()), "it waits");
        app.report("west", "households", "2018-07", 50);
        held.release();
        issuing.join().expect("it is issued")
    });
    let west = json!({"code": "west", "name": "西市科协"});
    assert!(issued["reporting"]["missing"].as_array().unwrap().contains(&west), "{:#}", issued["reporting"]);
    assert_eq!((&issued["overall"]["met"], &issued["counts"]["completed"]), (&json!(1), &json!(0)));
    let next = admin.post(BULLETINS, bulletin(json!({}))).expect(201);
    assert!(!next["reporting"]["missing"].as_array().unwrap().contains(&west));
    assert_eq!((&next["overall"]["met"], &next["counts"]["completed"]), (&json!(2), &json!(1)));
}

#[test]
fn a_repeated_request_is_told_what_was_issued_before_its_turn_comes() {
    let app = region();
    let admin = app.admin();
    let issue = |key: &str| admin.send_json("POST", BULLETINS, &[("Idempotency-Key", key)], bulletin(json!({})));
    let first = issue("half-year");
    let held = hold(&app.database, "BEGIN; LOCK TABLE bulletins IN SHARE ROW EXCLUSIVE MODE");
    assert_eq!((&issue("half-year").text, first.status), (&first.text, 201), "others are at it");
    held.release();
    app.advance(TimeDelta::hours(25));
    assert_eq!(issue("year").expect(201)["number"], 2);
    let kept = app.sql("SELECT name FROM idempotency_keys");
    assert_eq!(kept, [[Some("year".to_owned())]], "what was kept for a day is tidied up");
}

/// A bulletin as the versions before kept it.
const OLD: &str = r#"{"year":2017,"number":1,"title":"2017年度通报","scope":"east","as_of":"2017-12-31","basis":"reported","total":1,"issued_at":"2018-01-02T02:00:00Z","summary":[{"association":{"code":"east","name":"东市科协","kind":"federation","level":"municipal"},"score":0.5,"reason":null,"weight":2,"targets":2,"met":1}],"of":1,"ranking":[{"rank":1,"tied":1,"association":{"code":"east","name":"东市科协","kind":"federation","level":"municipal"},"score":0.5,"rate":null,"reason":null}]}"#;

#[test]
fn a_bulletin_of_an_earlier_version_reads_as_ever() {
    let app = region();
    app.sql(&format!(
        "INSERT INTO bulletins (year, number, scope_id, title, as_of, basis, association_count, content, issued_at)
        SELECT 2017, 1, id, '2017年度通报', '2017-12-31', 'reported', 1, '{OLD}', '2018-01-02 02:00:00+00'
        FROM associations WHERE code = 'east'"
    ));
    let east = app.person(Role::Viewer, Some("east"));
    assert_eq!(east.get("/bulletins/2017/1").text, OLD);
    let head = east.get(BULLETINS).expect(200)["items"][0].clone();
    assert_eq!([&head["kind"], &head["level"], &head["audience"]], [&json!(null), &json!(null), &json!("supervisors")]);
    app.person(Role::Viewer, Some("lake")).get("/bulletins/2017/1").expect_problem(404, "bulletin_not_found");
    let page = app.visitor_with_key_of(&east).get("/bulletins/2017/1").expect(200);
    for shown in
        ["2017年度通报", "一、排名", "二、各组织完成情况", "表1", "表2", "东市科协及其下级", "仅限主管组织", "50%"]
    {
        assert!(page.contains(shown), "{shown}: {page}");
    }
    assert!(!page.contains("三、") && !page.contains("总体情况"), "{page}");
}

#[test]
fn figures_of_any_size_are_shown_on_the_page_of_a_bulletin() {
    let app = App::start();
    app.association("province", None);
    app.indicator_with("change", json!({"accumulation": "latest"}));
    let admin = app.admin();
    let target = json!({"value": 0.0001, "basis_of_rate": "change", "baseline": {"year": 2017, "value": 0}});
    admin.put("/associations/province/targets/2018/change", target).expect(201);
    app.report("province", "change", "2018-03", -1_000_000_000_000_000);
    let issued = admin.post(BULLETINS, bulletin(json!({}))).expect(201);
    assert_eq!(issued["laggards"][0]["rate"], json!(-1e19));
    let page = app.visitor_with_key_of(&admin).get("/bulletins/2018/1").expect(200);
    assert!(page.contains("-1000000000000000000000%"), "{page}");
}
