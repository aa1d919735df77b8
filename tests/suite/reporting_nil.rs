//! Nil reports (零报告): that there is nothing to report is a report.

use kpi::auth::Role;
use serde_json::{Value, json};

use crate::support::reporting::{Stage, item, stage};
use crate::support::{at_once, ledger};

const PLACE: &str = "/associations/north/nil-reports";

fn id(report: &Value) -> &str {
    report["id"].as_str().expect("an id")
}

fn withdraw(stage: &Stage, report: &Value) -> Value {
    stage.admin.post(&format!("{PLACE}/{}/withdraw", id(report)), json!({"reason": "有活动漏报"})).expect(200)
}

#[test]
fn a_nil_report_stands_for_its_period_until_it_is_withdrawn() {
    let stage = stage("monthly", 5);
    stage.set_end_of(2, 5);
    let reported = stage.admin.post(PLACE, json!({"period": "2018-01", "note": "本月无活动"}));
    let tag = reported.header("etag").to_owned();
    let reported = reported.expect(201);
    let mut expected = json!({"id": id(&reported), "association": "north", "year": 2018, "period": "2018-01",
        "note": "本月无活动", "reported_at": "2018-02-05T15:59:59.999999Z", "withdrawn_at": null, "reason": null});
    assert_eq!(reported, expected);
    stage.set_after(2, 5);
    stage.submit_nil("south", "2018-01").expect(201);
    assert_eq!(stage.counts("2018-01"), [3, 2, 2, 1, 1]);
    let reporting = stage.reporting("");
    let shown = |code: &str| ["reported", "nil", "on_time", "late"].map(|field| item(&reporting, code)[field].clone());
    assert_eq!(shown("north"), [json!(1), json!(1), json!(1), json!([])]);
    assert_eq!(shown("south"), [json!(1), json!(1), json!(0), json!(["2018-01"])]);

    let path = format!("{PLACE}/{}/withdraw", id(&reported));
    let send = |tag: &str| stage.admin.send_json("POST", &path, &[("If-Match", tag)], json!({"reason": "有活动漏报"}));
    send("\"other\"").expect_problem(412, "precondition_failed");
    let withdrawn = send(&tag);
    let withdrawn_tag = withdrawn.header("etag").to_owned();
    let withdrawn = withdrawn.expect(200);
    expected["withdrawn_at"] = json!("2018-02-05T16:00:00Z");
    expected["reason"] = json!("有活动漏报");
    assert_eq!(withdrawn, expected);
    assert_ne!(tag, withdrawn_tag);
    assert_eq!((stage.counts("2018-01"), stage.missing("north")), ([3, 1, 1, 0, 2], json!(["2018-01"])));
    stage.app.set_day(2018, 2, 7);
    assert_eq!(
        stage.admin.post(&path, json!({"reason": "又一次"})).expect(200),
        expected,
        "a second time, nothing changes"
    );
    let another = stage.admin.post(PLACE, json!({"period": "2018-01", "note": "本月无活动"})).expect(201);
    assert_ne!(id(&another), id(&reported));
    assert_eq!(stage.admin.get(PLACE).expect(200)["items"], json!([withdrawn, another]));

    let entries = stage.admin.get("/audit?entity=nil_report&association=north").expect(200)["items"].clone();
    let told: Vec<_> = entries.as_array().unwrap().iter().map(|entry| entry["action"].as_str().unwrap()).collect();
    assert_eq!(told, ["submitted", "withdrawn", "submitted"]);
    assert_eq!(entries[1]["entity_key"], id(&reported));
    assert_eq!(entries[1]["reason"], "有活动漏报");
    assert_eq!(entries[1]["before"], json!({"period": "2018-01", "note": "本月无活动"}));
    assert_eq!(
        entries[1]["after"],
        json!({"period": "2018-01", "note": "本月无活动", "withdrawn_at": "2018-02-05T16:00:00Z"})
    );
    stage.admin.delete("/associations/south").expect_problem(409, "association_in_use");
    ledger::check(&stage.app);
}

#[test]
fn the_same_nil_report_again_changes_nothing_and_another_note_is_a_conflict() {
    let stage = stage("monthly", 5);
    stage.app.set_day(2018, 2, 1);
    let first = stage.submit_nil("north", "2018-01").expect(201);
    stage.app.set_day(2018, 2, 2);
    assert_eq!(stage.submit_nil("north", "2018-01").expect(200), first);
    let days = json!({"period": {"from": "2018-01-01", "to": "2018-01-31"}, "reason": "又一次"});
    assert_eq!(stage.admin.post(PLACE, days).expect(200), first, "the same period, and the reason is no part of it");
    let other = stage.admin.post(PLACE, json!({"period": "2018-01", "note": "停办"}));
    let problem = other.expect_problem(409, "nil_report_exists");
    assert!(problem["detail"].as_str().expect("a text").contains(id(&first)), "{problem}");
    assert_eq!(stage.app.sql("SELECT count(*) FROM nil_reports"), [[Some("1".to_owned())]]);
    assert_eq!(
        stage.app.sql("SELECT count(*) FROM audit_entries WHERE entity = 'nil_report'"),
        [[Some("1".to_owned())]]
    );
}

#[test]
fn of_many_nil_reports_at_once_one_is_stored_and_of_many_withdrawals_one_is_done() {
    let stage = stage("monthly", 5);
    stage.app.set_day(2018, 2, 1);
    let count = |statuses: &[u16], status| statuses.iter().filter(|one| **one == status).count();
    let statuses = at_once(12, |_| stage.submit_nil("north", "2018-01").status);
    assert_eq!((count(&statuses, 201), count(&statuses, 200)), (1, 11), "{statuses:?}");
    let report = stage.admin.get(PLACE).expect(200)["items"][0].clone();
    let path = format!("{PLACE}/{}/withdraw", id(&report));
    let statuses = at_once(12, |index| match index % 2 {
        0 => stage.admin.post(&path, json!({"reason": "误报"})).status,
        _ => stage.submit_nil("north", "2018-01").status,
    });
    assert!(statuses.iter().all(|status| matches!(status, 200 | 201)), "{statuses:?}");
    let told = "SELECT count(*) FILTER (WHERE action = 'withdrawn') FROM audit_entries WHERE entity = 'nil_report'";
    assert_eq!(stage.app.sql(told), [[Some("1".to_owned())]]);
    assert!(count(&statuses, 201) <= 1, "{statuses:?}");
}

#[test]
fn beside_an_actual_a_nil_report_only_says_who_was_first() {
    let stage = stage("monthly", 5);
    stage.app.set_day(2018, 2, 5);
    stage.submit_nil("north", "2018-01").expect(201);
    stage.app.set_day(2018, 2, 20);
    let actual = stage.submit("north", "2018-01");
    assert_eq!(stage.counts("2018-01"), [3, 1, 0, 1, 2]);
    stage.admin.post(&format!("{actual}/void"), json!({"reason": "误报"})).expect(200);
    assert_eq!(stage.counts("2018-01"), [3, 1, 1, 1, 2]);
}

#[test]
fn a_nil_report_is_for_a_period_of_the_schedule_that_has_begun() {
    let stage = stage("monthly", 5);
    stage.app.set_day(2018, 3, 1);
    let refused = |period: &str| {
        let violation = stage.submit_nil("north", period).expect_violation("/period", "not_a_reporting_period");
        violation["allowed"].as_str().expect("a text").to_owned()
    };
    for period in ["2018-Q1", "2018", "2018-01-15"] {
        assert_eq!(refused(period), "a month, such as 2018-03");
    }
    assert_eq!(refused("2017-12"), "a period of a year with a reporting schedule");
    stage.submit_nil("north", "2018-04").expect_violation("/period", "period_not_begun");
    stage.submit_nil("north", "2018-03").expect(201);
    stage.admin.put("/reporting/2018/schedule", json!({"frequency": "quarterly", "due_days": 5})).expect(200);
    assert_eq!(refused("2018-02"), "a quarter, such as 2018-Q1");
    stage.submit_nil("north", "2018-Q1").expect(201);
    stage.admin.post(PLACE, json!({})).expect_violation("/period", "missing_field");
    stage.admin.post(PLACE, json!({"period": "2018-13"})).expect_violation("/period", "invalid_period");
    stage.admin.post(PLACE, json!({"period": "2018-Q1", "note": ""})).expect_violation("/note", "too_short");
    stage.admin.post(PLACE, json!({"period": "2018-Q1", "value": 0})).expect_violation("/value", "unknown_field");
}

#[test]
fn after_the_schedule_changed_a_nil_report_stands_for_what_it_covers_wholly() {
    let stage = stage("quarterly", 5);
    stage.app.set_day(2018, 4, 1);
    stage.submit_nil("north", "2018-Q1").expect(201);
    stage.admin.put("/reporting/2018/schedule", json!({"frequency": "monthly", "due_days": 5})).expect(200);
    for (period, on_time) in [("2018-01", 0), ("2018-02", 0), ("2018-03", 1)] {
        assert_eq!(stage.counts(period)[1..4], [1, 1, on_time], "{period}");
    }
    stage.submit_nil("south", "2018-02").expect(201);
    stage.admin.put("/reporting/2018/schedule", json!({"frequency": "quarterly", "due_days": 5})).expect(200);
    assert_eq!(stage.counts("2018-Q1"), [3, 1, 1, 1, 0]);
}

#[test]
fn a_closed_period_takes_and_gives_back_nil_reports_only_for_an_admin_with_a_reason() {
    let stage = stage("monthly", 5);
    stage.app.set_day(2018, 3, 10);
    let reporter = stage.app.reporter_of("north");
    let before = reporter.post(PLACE, json!({"period": "2018-01"})).expect(201);
    stage.admin.put("/locks/2018", json!({"closed_through": "2018-02-28", "reason": "季度结账"})).expect(200);
    assert_eq!(
        reporter.post(PLACE, json!({"period": "2018-01"})).expect(200),
        before,
        "what is stored already is no news"
    );
    let late = json!({"period": "2018-02", "reason": "年报补录"});
    reporter.post(PLACE, late.clone()).expect_problem(409, "period_closed");
    stage.submit_nil("north", "2018-02").expect_problem(409, "period_closed");
    let path = format!("{PLACE}/{}/withdraw", id(&before));
    reporter.post(&path, json!({"reason": "误报"})).expect_problem(409, "period_closed");
    assert_eq!(stage.counts("2018-02")[1], 0);
    assert_eq!(stage.admin.post(PLACE, late).expect(201)["reason"], "年报补录");
    stage.admin.post(&path, json!({"reason": "误报"})).expect(200);
    reporter.post(PLACE, json!({"period": "2018-03"})).expect(201);
}

#[test]
fn a_dissolved_association_submits_no_nil_reports() {
    let stage = stage("monthly", 5);
    stage.app.set_day(2018, 2, 1);
    let before = stage.submit_nil("north", "2018-01").expect(201);
    stage.admin.patch("/associations/north", json!({"status": "dissolved"})).expect(200);
    stage.submit_nil("north", "2018-02").expect_problem(422, "association_dissolved");
    assert_eq!(stage.submit_nil("north", "2018-01").expect(200), before);
    assert_eq!(stage.counts("2018-01")[..2], [2, 0]);
}

#[test]
fn a_nil_report_outside_the_scope_or_of_another_association_is_not_found() {
    let stage = stage("monthly", 5);
    stage.app.set_day(2018, 2, 1);
    let report = stage.submit_nil("south", "2018-01").expect(201);
    let reporter = stage.app.reporter_of("north");
    let south = PLACE.replace("north", "south");
    reporter.get(&south).expect_problem(404, "association_not_found");
    reporter.post(&south, json!({"period": "2018-01"})).expect_problem(404, "association_not_found");
    let withdraw = |place: &str| reporter.post(&format!("{place}/{}/withdraw", id(&report)), json!({"reason": "x"}));
    withdraw(&south).expect_problem(404, "association_not_found");
    withdraw(PLACE).expect_problem(404, "nil_report_not_found");
    let viewer = stage.app.person(Role::Viewer, Some("south"));
    assert_eq!(viewer.get(&south).expect(200)["items"], json!([report]));
    viewer.post(&south, json!({"period": "2018-01"})).expect_problem(403, "forbidden");
}

#[test]
fn nil_reports_are_listed_by_year_page_by_page() {
    let stage = stage("monthly", 5);
    stage.admin.put("/reporting/2017/schedule", json!({"frequency": "monthly", "due_days": 5})).expect(201);
    stage.app.set_day(2018, 12, 1);
    for year in [2017, 2018] {
        for month in 1..=12 {
            let report = stage.submit_nil("north", &format!("{year}-{month:02}")).expect(201);
            if month % 5 == 0 {
                withdraw(&stage, &report);
            }
        }
    }
    assert_eq!(stage.admin.get(PLACE).expect(200)["items"].as_array().map(Vec::len), Some(24));
    let (mut found, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = stage.admin.get(&format!("{PLACE}?year=2018&limit=5{cursor}")).expect(200);
        found.extend(
            page["items"].as_array().unwrap().iter().map(|report| report["period"].as_str().unwrap().to_owned()),
        );
        let Some(next) = page["next_cursor"].as_str() else { break };
        cursor = format!("&cursor={next}");
    }
    assert_eq!(found, (1..=12).map(|month| format!("2018-{month:02}")).collect::<Vec<_>>());
    stage.admin.get(&format!("{PLACE}?state=nil")).expect_problem(400, "invalid_parameter");
}

#[test]
fn an_association_deleted_meanwhile_is_not_found() {
    let stage = stage("monthly", 5);
    stage.app.set_day(2018, 2, 1);
    for round in 0..12 {
        let code = format!("short-lived-{round}");
        stage.app.association(&code, None);
        let schedule = json!({"frequency": "monthly", "due_days": 5, "within": code});
        let statuses = at_once(3, |index| match index {
            0 => stage.admin.delete(&format!("/associations/{code}")).status,
            1 => stage.submit_nil(&code, "2018-01").status,
            _ => stage.admin.put("/reporting/2018/schedule", schedule.clone()).status,
        });
        assert!(matches!(statuses[0], 204 | 409), "{statuses:?}");
        assert!(matches!(statuses[1], 201 | 404), "{statuses:?}");
        assert!(matches!(statuses[2], 200 | 422), "{statuses:?}");
    }
}
