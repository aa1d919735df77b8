//! Reporting: who reports when, who did, who in time, and who is missing.

use kpi::auth::Role;
use serde_json::{Value, json};

use crate::support::reporting::{Stage, counts, item, listed, stage};
use crate::support::{App, ledger};

fn put(stage: &Stage, code: &str, fields: Value) {
    let mut body = json!({"name": code, "kind": "society", "level": "county", "parent": "city"});
    body.as_object_mut().expect("an object").extend(fields.as_object().expect("an object").clone());
    assert!(stage.admin.put(&format!("/associations/{code}"), body).status < 202, "{code}");
}

#[test]
fn a_report_is_in_time_at_the_last_moment_of_the_due_day_and_late_at_the_first_after_it() {
    let stage = stage("monthly", 5);
    stage.set_end_of(2, 5);
    stage.submit("north", "2018-01");
    stage.set_after(2, 5);
    stage.submit("south", "2018-01");
    let reporting = stage.reporting("?within=city&period=2018-01");
    let january = &reporting["periods"][0];
    assert_eq!(counts(january), [3, 2, 0, 1, 1]);
    assert_eq!((&january["due_on"], &january["state"]), (&json!("2018-02-05"), &json!("due")));
    assert_eq!((&january["reporting_rate"], &january["on_time_rate"]), (&json!(0.6666), &json!(0.3333)));
    let of = |code: &str| {
        let item = item(&reporting, code);
        ["reported", "on_time", "missing", "late"].map(|field| item[field].clone())
    };
    assert_eq!(of("north"), [json!(1), json!(1), json!([]), json!([])]);
    assert_eq!(of("south"), [json!(1), json!(0), json!([]), json!(["2018-01"])]);
    assert_eq!(of("city"), [json!(0), json!(0), json!(["2018-01"]), json!([])]);
    ledger::check(&stage.app);
}

#[test]
fn a_period_is_open_from_its_end_to_its_due_day_and_nobody_is_missing_before() {
    let stage = stage("monthly", 5);
    let january = |expected: [Value; 4]| {
        let reporting = stage.reporting("");
        let january = &reporting["periods"][0];
        let found = ["state", "missing", "reporting_rate", "on_time_rate"].map(|field| january[field].clone());
        assert_eq!(found, expected);
        item(&reporting, "north").clone()
    };
    stage.set_end_of(1, 31);
    let before = january([json!("upcoming"), json!(0), json!(null), json!(null)]);
    assert_eq!(
        (&before["expected"], &before["reporting_rate"], &before["missing"]),
        (&json!(0), &json!(null), &json!([]))
    );
    stage.set_after(1, 31);
    stage.submit("city", "2018-01");
    let open = january([json!("open"), json!(0), json!(0.3333), json!(0.3333)]);
    assert_eq!((&open["expected"], &open["reporting_rate"], &open["missing"]), (&json!(1), &json!(0), &json!([])));
    stage.set_end_of(2, 5);
    january([json!("open"), json!(0), json!(0.3333), json!(0.3333)]);
    stage.set_after(2, 5);
    let due = january([json!("due"), json!(2), json!(0.3333), json!(0.3333)]);
    assert_eq!(due["missing"], json!(["2018-01"]));
}

#[test]
fn what_comes_before_a_period_has_ended_is_counted_but_is_no_rate() {
    let stage = stage("monthly", 5);
    stage.app.set_day(2018, 3, 20);
    stage.submit("north", "2018-03");
    stage.submit("north", "2018");
    let reporting = stage.reporting("");
    let periods = reporting["periods"].as_array().expect("periods");
    assert_eq!(periods.len(), 12);
    assert_eq!(counts(&periods[2]), [3, 1, 0, 1, 0]);
    assert_eq!((counts(&periods[11]), &periods[11]["reporting_rate"]), ([3, 1, 0, 1, 0], &json!(null)));
    assert_eq!(item(&reporting, "north")["reported"], 0, "of January and February");
    assert_eq!((&reporting["as_of"], &reporting["schedule"]["due_days"]), (&json!("2018-03-20"), &json!(5)));
}

#[test]
fn a_quarter_is_reported_by_whatever_ends_in_one_of_its_months() {
    let stage = stage("quarterly", 10);
    stage.app.set_day(2018, 2, 1);
    stage.submit("north", "2018-01");
    stage.set_after(4, 10);
    stage.submit("north", "2018-03-15");
    stage.submit("south", "2018-Q1");
    stage.submit("city", "2018");
    let reporting = stage.reporting("");
    let written: Vec<_> = reporting["periods"].as_array().unwrap().iter().map(|period| &period["period"]).collect();
    assert_eq!(written, ["2018-Q1", "2018-Q2", "2018-Q3", "2018-Q4"]);
    assert_eq!(counts(&reporting["periods"][0]), [3, 2, 0, 1, 1]);
    assert_eq!(counts(&reporting["periods"][3]), [3, 1, 0, 1, 0], "a year's figure is one of its last quarter");
    assert_eq!(item(&reporting, "south")["late"], json!(["2018-Q1"]));
    assert_eq!(item(&reporting, "city")["missing"], json!(["2018-Q1"]));
    stage.admin.get("/reporting/2018?period=2018-01").expect_problem(400, "invalid_parameter");
}

#[test]
fn with_no_days_of_grace_a_report_is_in_time_on_the_last_day_of_its_period() {
    let stage = stage("monthly", 0);
    stage.set_end_of(2, 28);
    stage.submit("north", "2018-02");
    stage.set_after(2, 28);
    stage.submit("south", "2018-02");
    assert_eq!(stage.counts("2018-02"), [3, 2, 0, 1, 1]);
}

#[test]
fn the_schedule_says_whose_reports_are_expected() {
    let stage = stage("monthly", 5);
    put(&stage, "medical", json!({"parent": "north"}));
    put(&stage, "bureau", json!({"kind": "bureau"}));
    put(&stage, "school", json!({"level": "grassroots"}));
    stage.app.set_day(2018, 2, 10);
    let expected = |fields: Value| {
        let mut body = json!({"frequency": "monthly", "due_days": 5});
        body.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        stage.admin.put("/reporting/2018/schedule", body).expect(200);
        let reporting = stage.reporting("?period=2018-01");
        let codes = listed(&reporting).join(" ");
        assert_eq!(reporting["periods"][0]["expected"], listed(&reporting).len(), "{codes}");
        codes
    };
    assert_eq!(expected(json!({"within": "north"})), "medical north");
    assert_eq!(expected(json!({"kinds": ["society"]})), "medical school");
    assert_eq!(expected(json!({"kinds": ["society", "bureau"], "levels": ["county"]})), "bureau medical");
    assert_eq!(expected(json!({"levels": ["county"], "within": "north"})), "medical");
    assert_eq!(expected(json!({})), "bureau city medical north school south");
    put(&stage, "bureau", json!({"kind": "bureau", "status": "dissolved"}));
    put(&stage, "school", json!({"level": "grassroots", "status": "preparing"}));
    assert_eq!(expected(json!({"kinds": []})), "city medical north school south");
}

#[test]
fn nobody_is_asked_for_a_period_that_was_over_before_it_was_stored() {
    let stage = stage("monthly", 5);
    stage.set_end_of(1, 31);
    put(&stage, "january", json!({}));
    stage.set_after(1, 31);
    put(&stage, "february", json!({}));
    stage.submit("february", "2018-01");
    stage.app.set_day(2018, 3, 10);
    assert_eq!(stage.counts("2018-01"), [4, 0, 0, 0, 4], "what nobody asked for counts nowhere");
    assert_eq!(stage.counts("2018-02")[0], 5);
    assert_eq!(
        (stage.missing("january"), stage.missing("february")),
        (json!(["2018-01", "2018-02"]), json!(["2018-02"]))
    );
}

#[test]
fn the_filters_narrow_the_periods_and_the_items_alike_and_missing_only_the_items() {
    let stage = stage("monthly", 5);
    put(&stage, "medical", json!({"parent": "north"}));
    stage.app.set_day(2018, 2, 1);
    stage.submit("south", "2018-01");
    stage.submit("city", "2018-01");
    stage.app.set_day(2018, 2, 6);
    let found = |query: &str| {
        let reporting = stage.reporting(query);
        (listed(&reporting).join(" "), counts(&reporting["periods"][0]))
    };
    assert_eq!(found("?within=north"), ("medical north".to_owned(), [2, 0, 0, 0, 2]));
    assert_eq!(found("?parent=city"), ("north south".to_owned(), [2, 1, 0, 1, 1]));
    assert_eq!(found("?kind=society"), ("medical".to_owned(), [1, 0, 0, 0, 1]));
    assert_eq!(found("?level=municipal&within=city"), ("city north south".to_owned(), [3, 2, 0, 2, 1]));
    assert_eq!(found("?missing=true"), ("medical north".to_owned(), [4, 2, 0, 2, 2]));
    assert_eq!(found("?missing=true&within=south"), (String::new(), [1, 1, 0, 1, 0]));
    assert_eq!(found("?missing=true&period=2018-02").0, "", "it is not due yet");
    assert_eq!(found("?missing=false&kind=bureau"), (String::new(), [0; 5]));
    let reporting = stage.reporting("?period=2018-01&kind=bureau");
    assert_eq!(reporting["periods"][0]["reporting_rate"], json!(null), "of nobody");
    for (query, pointer, code) in [
        ("?period=2017-01", "?period", "not_a_reporting_period"),
        ("?period=2018-Q1", "?period", "not_a_reporting_period"),
        ("?period=2018-13", "?period", "invalid_period"),
        ("?within=nowhere", "?within", "unknown_association"),
        ("?parent=nowhere", "?parent", "unknown_association"),
        ("?missing=maybe", "?missing", "invalid_value"),
        ("?status=active", "?status", "unknown_field"),
        ("?cursor=x", "?cursor", "invalid_cursor"),
    ] {
        let problem = stage.admin.get(&format!("/reporting/2018{query}")).expect_problem(400, "invalid_parameter");
        assert_eq!((&problem["errors"][0]["pointer"], &problem["errors"][0]["code"]), (&json!(pointer), &json!(code)));
    }
}

#[test]
fn a_key_sees_the_reporting_of_its_part_of_the_tree_only() {
    let stage = stage("monthly", 5);
    stage.app.association("elsewhere", None);
    let viewer = stage.app.person(Role::Viewer, Some("north"));
    stage.app.set_day(2018, 2, 10);
    let reporting = viewer.get("/reporting/2018?period=2018-01").expect(200);
    assert_eq!((listed(&reporting), counts(&reporting["periods"][0])), (vec!["north"], [1, 0, 0, 0, 1]));
    viewer.get("/reporting/2018?within=south").expect_problem(400, "invalid_parameter");
    let within = |place: &str| {
        let body = json!({"frequency": "monthly", "due_days": 5, "within": place});
        stage.admin.put("/reporting/2018/schedule", body).expect(200);
        let reporting = viewer.get("/reporting/2018").expect(200);
        let shown = viewer.get("/reporting/2018/schedule").expect(200)["within"].clone();
        assert_eq!(reporting["schedule"]["within"], shown);
        (listed(&reporting).join(" "), shown)
    };
    assert_eq!(within("north"), ("north".to_owned(), json!("north")));
    assert_eq!(within("city"), ("north".to_owned(), json!(null)), "what lies above does not exist for it");
    assert_eq!(within("elsewhere"), (String::new(), json!(null)));
}

#[test]
fn a_schedule_is_created_once_replaced_and_told_in_the_audit_trail() {
    let app = App::start();
    app.association("city", None);
    let admin = app.admin();
    let path = "/reporting/2018/schedule";
    for path in [path, "/reporting/2018"] {
        let problem = admin.get(path).expect_problem(404, "schedule_not_found");
        assert!(problem["detail"].as_str().expect("a text").contains("2018"), "{problem}");
    }
    let body =
        json!({"frequency": "monthly", "due_days": 10, "within": "city", "kinds": ["society"], "levels": ["county"]});
    let created = admin.put(path, body.clone());
    let tag = created.header("etag").to_owned();
    assert_eq!(created.header("location"), "/api/v1/reporting/2018/schedule");
    let created = created.expect(201);
    let expected = json!({"year": 2018, "frequency": "monthly", "due_days": 10, "within": "city", "kinds": ["society"],
        "levels": ["county"], "updated_at": "2018-06-30T02:00:00Z"});
    assert_eq!(created, expected);
    app.set_day(2018, 7, 1);
    let again = admin.put(path, body.clone());
    assert_eq!((again.header("etag"), again.status, &again.body), (tag.as_str(), 200, &expected));
    let shown = admin.get(path);
    assert_eq!((shown.header("etag"), shown.status, &shown.body), (tag.as_str(), 200, &expected));
    let quarterly = json!({"frequency": "quarterly", "due_days": 0});
    let send = |tag: &str| admin.send_json("PUT", path, &[("If-Match", tag)], quarterly.clone());
    let changed = send(&tag).expect(200);
    assert_eq!((&changed["within"], &changed["kinds"]), (&json!(null), &json!([])));
    send(&tag).expect_problem(412, "precondition_failed");
    admin.send_json("PUT", path, &[("If-None-Match", "*")], body.clone()).expect_problem(412, "precondition_failed");

    let entries = admin.get("/audit?entity=schedule&entity_key=2018").expect(200)["items"].clone();
    assert_eq!(entries.as_array().map(Vec::len), Some(2), "{entries:#}");
    assert_eq!((&entries[0]["action"], &entries[1]["action"]), (&json!("changed"), &json!("created")));
    assert_eq!((&entries[0]["before"], &entries[1]["before"]), (&body, &json!(null)));
    assert_eq!(entries[1]["after"], body);
    admin.delete("/associations/city").expect(204);
    admin
        .put(path, json!({"frequency": "monthly", "due_days": 5, "within": "city"}))
        .expect_violation("/within", "unknown_association");
}

#[test]
fn a_schedule_that_makes_no_sense_is_refused() {
    let stage = stage("monthly", 5);
    let put = |year: i32, body: Value| stage.admin.put(&format!("/reporting/{year}/schedule"), body);
    let with = |fields: Value| {
        let mut body = json!({"frequency": "monthly", "due_days": 5});
        body.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        put(2018, body)
    };
    with(json!({"frequency": "weekly"})).expect_violation("/frequency", "not_allowed");
    with(json!({"due_days": 91})).expect_violation("/due_days", "out_of_range");
    with(json!({"due_days": -1})).expect_violation("/due_days", "out_of_range");
    with(json!({"within": "nowhere"})).expect_violation("/within", "unknown_association");
    with(json!({"kinds": ["club"]})).expect_violation("/kinds/0", "not_allowed");
    with(json!({"levels": vec!["county"; 7]})).expect_violation("/levels", "too_long");
    with(json!({"year": 2018})).expect_violation("/year", "unknown_field");
    put(2018, json!({"frequency": "monthly"})).expect_violation("/due_days", "missing_field");
    put(1900, json!({"frequency": "monthly", "due_days": 5})).expect_problem(400, "invalid_parameter");
    assert_eq!(stage.reporting("")["schedule"]["due_days"], 5);
    for due_days in [0, 90] {
        with(json!({"due_days": due_days})).expect(200);
    }
    stage
        .admin
        .put("/reporting/2018/schedule", json!({"frequency": "monthly", "due_days": 5, "within": "south"}))
        .expect(200);
    stage.admin.delete("/associations/south").expect_problem(409, "association_in_use");
}

#[test]
fn of_two_first_schedules_at_once_one_is_the_first() {
    let app = App::start();
    let admin = app.admin();
    let body = json!({"frequency": "monthly", "due_days": 5});
    let mut statuses = crate::support::at_once(6, |_| admin.put("/reporting/2018/schedule", body.clone()).status);
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 200, 200, 200, 200, 201]);
    assert_eq!(app.sql("SELECT version FROM reporting_schedules"), [[Some("1".to_owned())]]);
}
