//! The constraints hold the domain's rules, whoever writes to the database.

use serde_json::json;

use crate::support::{App, database};

const CHECK: &str = "23514";
const UNIQUE: &str = "23505";
const FOREIGN: &str = "23503";

/// One row of everything: two revisions of a target, actuals of each value type, one of them amended.
fn app() -> App {
    let app = App::start();
    app.association("chuzhou", None);
    app.association("fengxian", None);
    app.indicator("events", "项");
    app.indicator_with("replies", json!({"unit": "%", "value_type": "percentage", "accumulation": "ratio"}));
    app.indicator_with("reform", json!({"unit": "项", "value_type": "milestone", "accumulation": "latest"}));
    let admin = app.admin();
    let target = "/associations/chuzhou/targets/2018/events";
    admin.put(target, json!({"value": 24})).expect(201);
    admin.put(target, json!({"value": 30, "reason": "任务调整"})).expect(200);
    for (indicator, fields) in [
        ("events", json!({"value": 1, "external_id": "one"})),
        ("events", json!({"value": 1, "external_id": "two"})),
        ("replies", json!({"numerator": 1, "denominator": 2})),
        ("reform", json!({"value": 1})),
    ] {
        let mut body = json!({"indicator": indicator, "period": "2018-03"});
        body.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        admin.post("/associations/chuzhou/actuals", body).expect(201);
    }
    let first = admin.get("/associations/chuzhou/actuals?limit=1").expect(200)["items"][0]["id"].clone();
    let path = format!("/associations/chuzhou/actuals/{}?reason=x", first.as_str().unwrap());
    admin.patch(&path, json!({"note": "更正"})).expect(200);
    let schedule = json!({"frequency": "monthly", "due_days": 5, "within": "chuzhou"});
    admin.put("/reporting/2018/schedule", schedule).expect(201);
    for period in ["2018-04", "2018-05"] {
        admin.post("/associations/chuzhou/nil-reports", json!({"period": period})).expect(201);
    }
    admin.put("/locks/2018", json!({"closed_through": "2018-03-31", "reason": "季度结账"})).expect(200);
    for scope in ["chuzhou", "fengxian"] {
        admin.post("/bulletins", json!({"year": 2018, "scope": scope, "title": "通报"})).expect(201);
    }
    app
}

#[track_caller]
fn assert_refused(app: &App, attempts: &[(&str, &str)]) {
    for (sql, state) in attempts {
        match database::try_execute(&app.database, sql) {
            Ok(_) => panic!("{sql} was taken"),
            Err(refusal) => assert_eq!(refusal.split(' ').next(), Some(*state), "{sql}: {refusal}"),
        }
    }
}

#[test]
fn targets_that_break_a_rule_are_refused() {
    assert_refused(
        &app(),
        &[
            ("UPDATE targets SET bound = 'range'", CHECK),
            ("UPDATE targets SET bound = 'range', upper = value - 0.0001", CHECK),
            ("UPDATE targets SET upper = value", CHECK),
            ("UPDATE targets SET bound = 'about'", CHECK),
            ("UPDATE targets SET value = -1", CHECK),
            ("UPDATE targets SET weight = 0", CHECK),
            ("UPDATE targets SET weight = -1", CHECK),
            ("UPDATE targets SET per = 'day'", CHECK),
            ("UPDATE targets SET basis_of_rate = 'change'", CHECK),
            ("UPDATE targets SET basis_of_rate = 'guess'", CHECK),
            ("UPDATE targets SET baseline_year = 2017", CHECK),
            ("UPDATE targets SET baseline_value = 1", CHECK),
            ("UPDATE targets SET growth = 10", CHECK),
            ("UPDATE targets SET due_on = '2017-12-31'", CHECK),
            ("UPDATE targets SET year = 1948", CHECK),
            ("UPDATE targets SET plan = '{1}'", CHECK),
            ("UPDATE targets SET plan = '{}'", CHECK),
            ("UPDATE targets SET plan = '{0,0,0,0,0,0,0,0,0,0,0,0.9}'", CHECK),
            ("UPDATE targets SET plan = '{0.5,0.4,0.5,0.5,0.5,0.5,0.5,0.5,0.5,0.5,0.5,1}'", CHECK),
            ("UPDATE targets SET plan = '{-0.1,0,0,0,0,0,0,0,0,0,0,1}'", CHECK),
            ("UPDATE targets SET plan = '{0,0,NULL,0,0,0,0,0,0,0,0,1}'", CHECK),
            ("UPDATE targets SET revision = 0 WHERE revision = 1", CHECK),
            ("UPDATE targets SET is_removal = true WHERE is_current", CHECK),
            ("UPDATE targets SET reason = NULL WHERE revision = 2", CHECK),
            ("UPDATE targets SET is_current = true", UNIQUE),
            ("UPDATE targets SET association_id = gen_random_uuid()", FOREIGN),
            ("UPDATE targets SET indicator_id = gen_random_uuid()", FOREIGN),
        ],
    );
}

#[test]
fn actuals_that_break_a_rule_are_refused() {
    assert_refused(
        &app(),
        &[
            ("UPDATE actuals SET period_from = '2018-04-01'", CHECK),
            ("UPDATE actuals SET period_through = '2019-01-01'", CHECK),
            ("UPDATE actuals SET period_from = '2017-12-31'", CHECK),
            ("UPDATE actuals SET year = 2017", CHECK),
            ("UPDATE actuals SET value = NULL WHERE value_type = 'number'", CHECK),
            ("UPDATE actuals SET numerator = 1 WHERE value_type = 'number'", CHECK),
            ("UPDATE actuals SET denominator = 1 WHERE value_type = 'milestone'", CHECK),
            ("UPDATE actuals SET value = 50 WHERE value_type = 'percentage'", CHECK),
            ("UPDATE actuals SET denominator = 0 WHERE value_type = 'percentage'", CHECK),
            ("UPDATE actuals SET denominator = NULL WHERE value_type = 'percentage'", CHECK),
            ("UPDATE actuals SET numerator = NULL WHERE value_type = 'percentage'", CHECK),
            ("UPDATE actuals SET value = 2 WHERE value_type = 'milestone'", CHECK),
            ("UPDATE actuals SET qualifier = 'roughly'", CHECK),
            ("UPDATE actuals SET state = 'lost'", CHECK),
            ("UPDATE actuals SET state = 'verified'", CHECK),
            ("UPDATE actuals SET state = 'verified', verified_value = 1 WHERE value_type = 'percentage'", CHECK),
            ("UPDATE actuals SET verified_value = 1 WHERE value_type = 'number'", CHECK),
            ("UPDATE actuals SET verified_by = gen_random_uuid()", CHECK),
            ("UPDATE actuals SET verified_at = updated_at", CHECK),
            ("UPDATE actuals SET verified_version = version, verified_at = updated_at", CHECK),
            (
                "UPDATE actuals SET verified_version = version, verified_at = updated_at, verified_value = 1
                WHERE value_type = 'number'",
                CHECK,
            ),
            (
                "UPDATE actuals SET state = 'verified', verified_version = version, verified_at = updated_at,
                verified_value = 2 WHERE value_type = 'milestone'",
                CHECK,
            ),
            (
                "UPDATE actuals SET state = 'verified', verified_version = version + 1, verified_at = updated_at,
                verified_value = 1 WHERE value_type = 'number'",
                CHECK,
            ),
            (
                "UPDATE actuals SET state = 'verified', verified_version = version, verified_value = 1
                WHERE value_type = 'number'",
                CHECK,
            ),
            ("UPDATE actuals SET state = 'voided', reason = NULL", CHECK),
            ("UPDATE actuals SET state = 'rejected', reason = NULL", CHECK),
            ("UPDATE actuals SET version = 0", CHECK),
            ("UPDATE actuals SET value_type = 'ratio'", CHECK),
            ("UPDATE actuals SET external_id = 'one'", UNIQUE),
            ("UPDATE actuals SET value_type = 'milestone' WHERE value_type = 'number'", FOREIGN),
            ("UPDATE actuals SET association_id = gen_random_uuid() WHERE external_id = 'two'", FOREIGN),
            ("UPDATE actuals SET indicator_id = gen_random_uuid()", FOREIGN),
            ("UPDATE actual_revisions SET id = gen_random_uuid()", FOREIGN),
            (
                "UPDATE actual_revisions SET association_id = (SELECT id FROM associations WHERE code = 'fengxian')",
                FOREIGN,
            ),
            ("INSERT INTO actual_revisions SELECT * FROM actual_revisions", UNIQUE),
            ("DELETE FROM actuals", FOREIGN),
        ],
    );
}

#[test]
fn associations_and_indicators_that_break_a_rule_are_refused() {
    assert_refused(
        &app(),
        &[
            ("UPDATE associations SET code = 'Chuzhou' WHERE code = 'chuzhou'", CHECK),
            ("UPDATE associations SET parent_id = id", CHECK),
            ("UPDATE associations SET path = '/elsewhere/'", CHECK),
            ("UPDATE associations SET path = 'chuzhou'", CHECK),
            ("UPDATE associations SET name = ''", CHECK),
            ("UPDATE associations SET kind = 'club'", CHECK),
            ("UPDATE associations SET level = 'global'", CHECK),
            ("UPDATE associations SET status = 'asleep'", CHECK),
            ("UPDATE associations SET version = 0", CHECK),
            ("UPDATE associations SET parent_id = gen_random_uuid()", FOREIGN),
            ("UPDATE associations SET code = 'fengxian', path = '/x/fengxian/' WHERE code = 'chuzhou'", UNIQUE),
            ("DELETE FROM associations", FOREIGN),
            ("UPDATE indicators SET unit = ''", CHECK),
            ("UPDATE indicators SET unit = '个' WHERE value_type = 'percentage'", CHECK),
            ("UPDATE indicators SET accumulation = 'ratio' WHERE value_type = 'number'", CHECK),
            ("UPDATE indicators SET accumulation = 'sum' WHERE value_type = 'milestone'", CHECK),
            ("UPDATE indicators SET accumulation = 'mean'", CHECK),
            ("UPDATE indicators SET direction = 'sideways'", CHECK),
            ("UPDATE indicators SET decimals = 5", CHECK),
            ("UPDATE indicators SET parent_id = id", CHECK),
            ("UPDATE indicators SET code = 'x/y'", CHECK),
            ("UPDATE indicators SET value_type = 'milestone', accumulation = 'latest' WHERE code = 'events'", FOREIGN),
            ("DELETE FROM indicators", FOREIGN),
        ],
    );
}

#[test]
fn bulletins_that_break_a_rule_are_refused() {
    assert_refused(
        &app(),
        &[
            ("UPDATE bulletins SET number = 0 WHERE number = 1", CHECK),
            ("UPDATE bulletins SET number = 1", UNIQUE),
            ("UPDATE bulletins SET year = 1948", CHECK),
            ("UPDATE bulletins SET title = ''", CHECK),
            ("UPDATE bulletins SET basis = 'audited'", CHECK),
            ("UPDATE bulletins SET association_count = -1", CHECK),
            ("UPDATE bulletins SET scope_id = gen_random_uuid()", FOREIGN),
            ("UPDATE bulletins SET kind = 'parrot'", CHECK),
            ("UPDATE bulletins SET level = 'galactic'", CHECK),
            ("UPDATE bulletins SET audience = 'everybody'", CHECK),
        ],
    );
}

#[test]
fn totals_scorecards_entries_locks_and_keys_that_break_a_rule_are_refused() {
    assert_refused(
        &app(),
        &[
            ("UPDATE actual_totals SET verified_count = reported_count + 1", CHECK),
            ("UPDATE actual_totals SET verified_count = -1", CHECK),
            ("UPDATE actual_totals SET reported_count = 0", CHECK),
            ("UPDATE actual_totals SET reported_through = NULL", CHECK),
            ("UPDATE actual_totals SET association_id = gen_random_uuid()", FOREIGN),
            ("UPDATE actual_totals SET indicator_id = gen_random_uuid()", FOREIGN),
            ("UPDATE scorecards SET reported_score = weight + 1", CHECK),
            ("UPDATE scorecards SET verified_score = -1", CHECK),
            ("UPDATE scorecards SET target_count = -1", CHECK),
            ("UPDATE scorecards SET association_id = gen_random_uuid()", FOREIGN),
            ("UPDATE audit_entries SET entity = 'plan'", CHECK),
            ("UPDATE audit_entries SET before = NULL, after = NULL", CHECK),
            ("INSERT INTO audit_entries SELECT * FROM audit_entries", UNIQUE),
            ("UPDATE locks SET closed_through = '2019-01-01'", CHECK),
            ("UPDATE locks SET year = 1948, closed_through = NULL", CHECK),
            ("UPDATE locks SET version = 0", CHECK),
            ("INSERT INTO locks SELECT * FROM locks", UNIQUE),
            ("UPDATE keys SET digest = ''", CHECK),
            ("UPDATE keys SET role = 'king'", CHECK),
            ("UPDATE keys SET name = ''", CHECK),
            ("UPDATE keys SET prefix = 'kpi_same'", UNIQUE),
            ("UPDATE keys SET scope_id = gen_random_uuid()", FOREIGN),
            ("UPDATE keys SET created_by = gen_random_uuid()", FOREIGN),
        ],
    );
}

#[test]
fn schedules_first_reports_and_nil_reports_that_break_a_rule_are_refused() {
    assert_refused(
        &app(),
        &[
            ("UPDATE reporting_schedules SET frequency = 'weekly'", CHECK),
            ("UPDATE reporting_schedules SET due_days = 91", CHECK),
            ("UPDATE reporting_schedules SET due_days = -1", CHECK),
            ("UPDATE reporting_schedules SET year = 1948", CHECK),
            ("UPDATE reporting_schedules SET kinds = '{society,club}'", CHECK),
            ("UPDATE reporting_schedules SET levels = '{global}'", CHECK),
            ("UPDATE reporting_schedules SET version = 0", CHECK),
            ("UPDATE reporting_schedules SET within_id = gen_random_uuid()", FOREIGN),
            ("INSERT INTO reporting_schedules SELECT * FROM reporting_schedules", UNIQUE),
            ("UPDATE first_reports SET month = 13", CHECK),
            ("UPDATE first_reports SET month = 0", CHECK),
            ("UPDATE first_reports SET association_id = gen_random_uuid()", FOREIGN),
            ("INSERT INTO first_reports SELECT * FROM first_reports", UNIQUE),
            ("UPDATE nil_reports SET year = 2017", CHECK),
            ("UPDATE nil_reports SET period_from = period_from + 1", CHECK),
            ("UPDATE nil_reports SET period_through = period_through - 1", CHECK),
            ("UPDATE nil_reports SET period_through = '2018-07-31' WHERE period_from = '2018-05-01'", CHECK),
            ("UPDATE nil_reports SET withdrawn_at = reported_at", CHECK),
            ("UPDATE nil_reports SET withdrawn_by = gen_random_uuid(), reason = 'x'", CHECK),
            ("UPDATE nil_reports SET period_from = '2018-05-01', period_through = '2018-05-31'", UNIQUE),
            ("UPDATE nil_reports SET association_id = gen_random_uuid()", FOREIGN),
        ],
    );
}
