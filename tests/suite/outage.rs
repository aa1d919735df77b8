//! A database that goes away while the service runs, and comes back.

use serde_json::json;

use crate::support::App;
use crate::support::database::execute;

/// Lets nobody in any more and sends everybody away, as a restart or a failover would; or lets them in again.
fn set_open(app: &App, is_open: bool) {
    let (server, name) = app.database.rsplit_once('/').expect("the database's name");
    let other = format!("{server}/postgres");
    execute(&other, &format!("ALTER DATABASE {name} ALLOW_CONNECTIONS {is_open}"));
    if !is_open {
        execute(&other, &format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"));
    }
}

#[test]
fn while_the_database_is_away_the_service_says_so_and_recovers_by_itself() {
    let app = App::start();
    app.association("chuzhou", None);
    app.indicator("households", "户");
    let reporter = app.reporter_of("chuzhou");
    let stranger = app.stranger();
    let health = |name: &str| stranger.send("GET", &format!("/health/{name}"), &[], "");
    let actual = json!({"indicator": "households", "value": 31, "period": "2018-Q1", "external_id": "q1"});
    reporter.get("/me").expect(200);

    set_open(&app, false);
    for reply in [
        reporter.post("/associations/chuzhou/actuals", actual.clone()),
        reporter.get("/associations/chuzhou/completion/2018"),
        reporter.get("/me"),
        health("ready"),
    ] {
        assert_eq!(reply.header("retry-after"), "2");
        let problem = reply.expect_problem(503, "database_unavailable");
        let detail = problem["detail"].as_str().expect("a sentence");
        assert_eq!(detail, "The database cannot be reached right now. Nothing was stored; try again.");
    }
    health("live").expect(200);
    stranger.get("/me").expect_problem(401, "unauthenticated");

    set_open(&app, true);
    health("ready").expect(200);
    reporter.post("/associations/chuzhou/actuals", actual).expect(201);
}

#[test]
fn a_database_without_the_schema_is_a_fault_of_ours_that_tells_nothing() {
    let app = App::start();
    let admin = app.admin();
    app.sql("DROP TABLE scorecards, actual_totals, actual_revisions, actuals");
    app.association("chuzhou", None);
    let problem = admin.get("/associations/chuzhou/completion/2018").expect_problem(500, "internal");
    assert!(!problem.to_string().contains("actual"), "{problem}");
}
