//! A database of an earlier version: what its migrations fill in is what the program would have kept.

use diesel_async::{AsyncConnection, AsyncMigrationHarness, AsyncPgConnection};
use diesel_migrations::MigrationHarness;
use kpi::database::MIGRATIONS;
use serde_json::{Value, json};

use crate::support::database::{RUNTIME, try_execute};
use crate::support::{App, Person, kpi, ledger};

/// Undoes migrations until this one is undone too.
fn revert_through(url: &str, version: &'static str) {
    let url = url.to_owned();
    RUNTIME.block_on(async {
        let conn = AsyncPgConnection::establish(&url).await.expect("a connection");
        let done = tokio::task::spawn_blocking(move || {
            let mut harness = AsyncMigrationHarness::new(conn);
            loop {
                let reverted = harness.revert_last_migration(MIGRATIONS).expect("a migration to revert");
                if reverted.to_string() == version {
                    break;
                }
            }
        });
        done.await.expect("the migrations are undone");
    });
}

/// Every kind of target, each with the fields of its indicator: one for each row of the table of completion, and more.
fn targets() -> Vec<(Value, Value)> {
    let (higher, lower) = (json!({}), json!({"direction": "lower_is_better", "accumulation": "latest"}));
    let percentage = json!({"value_type": "percentage", "unit": "%", "accumulation": "ratio"});
    let least =
        json!({"value_type": "percentage", "unit": "%", "accumulation": "latest", "direction": "lower_is_better"});
    let milestone = json!({"value_type": "milestone", "accumulation": "latest"});
    let change =
        |from: i64, to: i64| json!({"value": to, "basis_of_rate": "change", "baseline": {"year": 2017, "value": from}});
    let plan = json!([0, 0.0, 0.1, 0.2, 0.25, 0.3333, 0.5, 0.6, 0.7, 0.8, 0.9, 1]);
    vec![
        (higher.clone(), json!({"value": 40})),
        (higher.clone(), json!({"value": 30.03, "approximate": true, "due_on": "2018-06-30"})),
        (higher.clone(), json!({"value": 0})),
        (higher.clone(), json!({"value": 20, "upper": 60, "plan": plan})),
        (higher.clone(), json!({"value": 40, "bound": "exactly", "weight": 2.5})),
        (higher.clone(), change(10, 40)),
        (higher.clone(), change(40, 40)),
        (higher.clone(), json!({"growth": 10, "baseline": {"year": 2017, "value": 33}})),
        (higher.clone(), json!({"value": 3, "per": "month"})),
        (higher.clone(), json!({"value": 0.77, "per": "week"})),
        (higher.clone(), json!({"value": 20, "upper": 21, "per": "half_year"})),
        (higher, json!({"value": 9.9999, "per": "quarter", "due_on": "2020-12-31"})),
        (lower.clone(), json!({"value": 40})),
        (lower.clone(), json!({"value": 0})),
        (lower.clone(), json!({"value": 20, "upper": 39})),
        (lower.clone(), json!({"value": 40, "bound": "exactly"})),
        (lower.clone(), change(70, 37)),
        (lower.clone(), change(40, 40)),
        (lower, change(3, -4)),
        (percentage.clone(), json!({"value": 60})),
        (percentage, change(33, 66)),
        (least, json!({"value": 33.3333})),
        (milestone.clone(), json!({})),
        (milestone, json!({"bound": "exactly"})),
    ]
}

/// What is reported, in thirds of something: nothing, less, as much, more, and what a verifier makes of it.
const REPORTS: [&[(i64, &str)]; 7] = [
    &[],
    &[(10, "reported")],
    &[(40, "reported"), (0, "rejected")],
    &[(40, "verified"), (37, "reported")],
    &[(70, "settled"), (1, "voided")],
    &[(-5, "verified")],
    &[(39, "rejected")],
];

/// Reports one figure and takes it where it shall be.
fn report(admin: &Person, association: &str, indicator: &Value, code: &str, (value, fate): (i64, &str)) {
    let actuals = format!("/associations/{association}/actuals");
    let figure = |value: i64| match indicator["value_type"].as_str() {
        Some("percentage") => json!({"numerator": value, "denominator": 66}),
        Some("milestone") => json!({"value": i64::from(value > 10)}),
        _ => json!({"value": value}),
    };
    let mut body = figure(value);
    let fields = json!({"indicator": code, "period": "2018-Q1", "qualifier": "about"});
    body.as_object_mut().expect("an object").extend(fields.as_object().expect("an object").clone());
    let actual = admin.post(&actuals, body).expect(201);
    let path = format!("{actuals}/{}", actual["id"].as_str().expect("an id"));
    let mut other = figure(value - 30);
    other["reason"] = json!("核减");
    match fate {
        "verified" => admin.post(&format!("{path}/verify"), json!({})).expect(200),
        "settled" => admin.post(&format!("{path}/verify"), other).expect(200),
        "rejected" => admin.post(&format!("{path}/reject"), json!({"reason": "无凭据"})).expect(200),
        "voided" => admin.post(&format!("{path}/void"), json!({"reason": "误报"})).expect(200),
        _ => actual,
    };
}

/// Every kind of target with every kind of report, each of them in an association of its own, and reports without a target.
fn furnished() -> App {
    let app = App::start();
    let (admin, targets) = (app.admin(), targets());
    for (number, (indicator, _)) in targets.iter().enumerate() {
        app.indicator_with(&format!("i{number}"), indicator.clone());
    }
    for (number, reports) in REPORTS.into_iter().enumerate() {
        let association = format!("a{number}");
        app.association(&association, None);
        for (number, (indicator, target)) in targets.iter().enumerate() {
            let code = format!("i{number}");
            admin.put(&format!("/associations/{association}/targets/2018/{code}"), target.clone()).expect(201);
            reports.iter().for_each(|one| report(&admin, &association, indicator, &code, *one));
        }
    }
    app.association("planless", None);
    REPORTS.into_iter().flatten().for_each(|one| report(&admin, "planless", &json!({}), "i0", *one));
    let target = "/associations/a1/targets/2018/i0";
    admin.put(target, json!({"value": 50, "reason": "任务调整"})).expect(200);
    admin.delete("/associations/a1/targets/2018/i3?reason=x").expect(204);
    app
}

#[test]
fn a_database_from_before_progress_was_kept_is_right_after_its_upgrade() {
    let app = furnished();
    app.set_day(2019, 12, 31);
    app.load_demo();
    ledger::check(&app);
    let progress = "SELECT association_id, indicator_id, due_on, plan, trim_scale(reported_progress),
        trim_scale(verified_progress) FROM actual_totals WHERE due_on IS NOT NULL ORDER BY 1, 2";
    let scores = "SELECT association_id, year, reported_met_count, verified_met_count FROM scorecards ORDER BY 1, 2";
    let kept = [progress, scores].map(|sql| app.sql(sql));
    assert!(kept[0].len() > 200, "{}", kept[0].len());
    revert_through(&app.database, "20261123000011");
    assert!(try_execute(&app.database, "SELECT due_on FROM actual_totals").is_err(), "that is the earlier version");
    // It kept no row of a target nobody reported against.
    app.sql(
        "DELETE FROM actual_totals WHERE reported_count = 0 AND NOT EXISTS (SELECT FROM actuals
        WHERE (actuals.association_id, actuals.year, actuals.indicator_id)
            = (actual_totals.association_id, actual_totals.year, actual_totals.indicator_id))",
    );
    assert!(kpi(&["migrate"]).env("DATABASE_URL", &app.database).status().expect("the program runs").success());
    assert_eq!([progress, scores].map(|sql| app.sql(sql)), kept);
    let verified = kpi(&["verify"]).env("DATABASE_URL", &app.database).output().expect("the program runs");
    assert_eq!((verified.status.code(), String::from_utf8_lossy(&verified.stdout)), (Some(0), "".into()));
    ledger::check(&app);
}
