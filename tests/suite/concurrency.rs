//! Many at once: nothing is lost, nothing counts twice, and what is derived still follows from the ledger.

use serde_json::{Value, json};

use crate::support::{App, at_once, ledger};

const ACTUALS: &str = "/associations/chuzhou/actuals";
const INDICATORS: [&str; 3] = ["a", "b", "c"];

fn app() -> App {
    let app = App::start();
    app.association("chuzhou", None);
    app.indicator("a", "项");
    app.indicator("b", "项");
    app.indicator_with("c", json!({"accumulation": "latest"}));
    app
}

fn count(statuses: &[u16], status: u16) -> usize {
    statuses.iter().filter(|one| **one == status).count()
}

#[test]
fn fifty_reports_at_once_are_each_counted_once() {
    let app = app();
    app.set_day(2018, 12, 31);
    INDICATORS.iter().for_each(|indicator| app.target("chuzhou", 2018, indicator, 100));
    let reporter = app.reporter_of("chuzhou");
    let statuses = at_once(50, |index| {
        let reporter = reporter.clone();
        // Every second one repeats the report of its neighbour.
        let report = index / 2 * 2;
        let (indicator, month) = (INDICATORS[report % 3], report % 12 + 1);
        let body = json!({
            "indicator": indicator, "value": report + 1, "period": format!("2018-{month:02}"),
            "external_id": format!("report-{report}"),
        });
        reporter.post(ACTUALS, body).status
    });
    assert_eq!((count(&statuses, 201), count(&statuses, 200)), (25, 25), "{statuses:?}");
    let completion = app.admin().get("/associations/chuzhou/completion/2018").expect(200);
    let reports = |indicator: usize| (0..50).step_by(2).filter(move |report| report % 3 == indicator);
    for (index, line) in completion["lines"].as_array().unwrap().iter().enumerate() {
        assert_eq!(line["actual"]["count"], reports(index).count());
        if line["indicator"]["code"] != "c" {
            assert_eq!(line["actual"]["value"], reports(index).map(|report| report + 1).sum::<usize>());
        }
    }
    ledger::check(&app);
}

#[test]
fn reports_without_a_key_of_their_own_are_all_counted() {
    let app = app();
    let reporter = app.reporter_of("chuzhou");
    let body = json!({"indicator": "a", "value": 0.1, "period": "2018-01"});
    let statuses = at_once(50, |_| reporter.clone().post(ACTUALS, body.clone()).status);
    assert_eq!(count(&statuses, 201), 50, "{statuses:?}");
    let line = app.admin().get("/associations/chuzhou/completion/2018").expect(200)["lines"][0].clone();
    assert_eq!((&line["actual"]["value"], &line["actual"]["count"]), (&json!(5), &json!(50)));
    ledger::check(&app);
}

#[test]
fn targets_may_change_while_actuals_come_in() {
    let app = app();
    let admin = app.admin();
    let statuses = at_once(24, |index| {
        let indicator = INDICATORS[index / 2 % 3];
        if index % 2 == 0 {
            let body = json!({"indicator": indicator, "value": 10, "period": "2018-01"});
            return admin.post(ACTUALS, body).status;
        }
        let path = format!("/associations/chuzhou/targets/2018/{indicator}");
        admin.put(&path, json!({"value": 50 + index, "weight": 1 + index, "reason": "任务调整"})).status
    });
    assert!(statuses.iter().all(|status| matches!(status, 200 | 201)), "{statuses:?}");
    let revisions = app.sql("SELECT count(*), count(*) FILTER (WHERE is_current) FROM targets");
    assert_eq!(revisions[0], [Some("12".to_owned()), Some("3".to_owned())]);
    ledger::check(&app);
}

#[test]
fn of_two_first_plans_at_once_one_is_the_first() {
    let app = app();
    let admin = app.admin();
    let path = "/associations/chuzhou/targets/2018/a";
    let statuses = at_once(8, |index| admin.put(path, json!({"value": index + 1})).status);
    assert_eq!((count(&statuses, 201), count(&statuses, 422)), (1, 7), "{statuses:?}");
    let again = at_once(8, |_| admin.put("/associations/chuzhou/targets/2018/b", json!({"value": 5})).status);
    assert_eq!((count(&again, 201), count(&again, 200)), (1, 7), "{again:?}");
    ledger::check(&app);
}

#[test]
fn an_actual_amended_and_voided_at_once_ends_voided_once() {
    let app = app();
    app.target("chuzhou", 2018, "a", 100);
    let admin = app.admin();
    let actual: Value = admin.post(ACTUALS, json!({"indicator": "a", "value": 1, "period": "2018"})).expect(201);
    let path = format!("{ACTUALS}/{}", actual["id"].as_str().unwrap());
    let statuses = at_once(16, |index| match index % 4 {
        0 => admin.post(&format!("{path}/void"), json!({"reason": "误报"})).status,
        _ => admin.patch(&format!("{path}?reason=x"), json!({"value": index + 1})).status,
    });
    assert!(statuses.iter().all(|status| matches!(status, 200 | 409)), "{statuses:?}");
    let voided = admin.get(&path).expect(200);
    assert_eq!(voided["state"], "voided");
    let is_amendment = |(index, status): &(usize, &u16)| index % 4 != 0 && **status == 200;
    let amendments = statuses.iter().enumerate().filter(is_amendment).count();
    assert_eq!(voided["version"], amendments + 2, "one version per amendment and one for the voiding: {statuses:?}");
    ledger::check(&app);
}

#[test]
fn several_associations_and_years_do_not_mix() {
    let app = app();
    app.association("fengxian", None);
    let admin = app.admin();
    let statuses = at_once(40, |index| {
        let association = ["chuzhou", "fengxian"][index % 2];
        let year = 2017 + index / 2 % 2;
        let body = json!({"indicator": INDICATORS[index % 3], "value": 1, "period": format!("{year}-05")});
        admin.post(&format!("/associations/{association}/actuals"), body).status
    });
    assert_eq!(count(&statuses, 201), 40, "{statuses:?}");
    let per_year = app.sql("SELECT sum(reported_count) FROM actual_totals GROUP BY association_id, year");
    assert_eq!(per_year, vec![vec![Some("10".to_owned())]; 4]);
    ledger::check(&app);
}

#[test]
#[should_panic(expected = "totals differ")]
fn a_total_that_does_not_follow_from_the_ledger_is_seen() {
    let app = app();
    app.admin().post(ACTUALS, json!({"indicator": "a", "value": 1, "period": "2018"})).expect(201);
    app.sql("UPDATE actual_totals SET reported_value = reported_value + 0.0001");
    ledger::check(&app);
}

#[test]
#[should_panic(expected = "first reports differ")]
fn a_first_report_that_does_not_follow_from_the_ledger_is_seen() {
    let app = app();
    app.admin().post(ACTUALS, json!({"indicator": "a", "value": 1, "period": "2018"})).expect(201);
    app.sql("UPDATE first_reports SET reported_at = reported_at + interval '1 microsecond'");
    ledger::check(&app);
}

#[test]
#[should_panic(expected = "first reports differ")]
fn a_first_report_of_a_month_without_any_is_seen() {
    let app = app();
    app.admin().post(ACTUALS, json!({"indicator": "a", "value": 1, "period": "2018"})).expect(201);
    app.sql("INSERT INTO first_reports SELECT association_id, year, 11, reported_at FROM first_reports");
    ledger::check(&app);
}

#[test]
#[should_panic(expected = "the scorecard of chuzhou 2018")]
fn a_scorecard_that_does_not_follow_from_the_ledger_is_seen() {
    let app = app();
    app.target("chuzhou", 2018, "a", 100);
    app.sql("UPDATE scorecards SET reported_score = reported_score + 0.0001");
    ledger::check(&app);
}
