//! The large demo: invented, but every row of it what a client could have sent and the service would have stored.

use std::process::Output;
use std::time::{Duration, Instant};

use kpi::demo::generate::{GenerateError, Generated, Options};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Map, Value, json};

use crate::demo::all;
use crate::support::database::{await_row, execute, fresh};
use crate::support::{App, kpi, ledger};

const ASSOCIATIONS: u64 = 60;
const INDICATORS: u64 = 12;

/// A small one with a bit of everything.
fn small() -> Options {
    Options { associations: 60, indicators: 12, years: 2, per_month: 3, seed: 7, prefix: "g".to_owned() }
}

fn app() -> App {
    let app = App::start();
    app.generate(&small()).expect("it is generated");
    app
}

/// One column of text.
fn column(app: &App, sql: &str) -> Vec<String> {
    app.sql(sql).into_iter().flatten().map(Option::unwrap_or_default).collect()
}

/// A digest of each table. The one audit entry says when it was really done.
fn digests(app: &App) -> Vec<String> {
    let digest = |table: &&str| {
        let sql =
            format!("SELECT md5(coalesce(string_agg(rows::text, '|' ORDER BY rows::text), '')) FROM {table} AS rows");
        column(app, &sql).concat()
    };
    ["associations", "indicators", "targets", "actuals", "actual_revisions", "actual_totals", "scorecards", "locks"]
        .iter()
        .map(digest)
        .collect()
}

#[test]
fn totals_scorecards_and_completions_follow_from_what_is_generated() {
    let app = App::start();
    let generated = app.generate(&small()).expect("it is generated");
    assert_eq!((generated.associations, generated.indicators), (ASSOCIATIONS, INDICATORS));
    let stored = |table: &str| column(&app, &format!("SELECT count(*) FROM {table}")).concat().parse::<u64>().unwrap();
    let Generated { targets, actuals, revisions, derived, .. } = generated;
    assert_eq!([targets, actuals, revisions], ["targets", "actuals", "actual_revisions"].map(stored));
    assert_eq!(derived, stored("actual_totals") + stored("scorecards") + stored("first_reports"));
    assert_eq!(stored("scorecards"), 2 * ASSOCIATIONS);
    ledger::check(&app);
    // Every revision of a target and every version of an actual was a write of its year.
    let writes = "SELECT association_id, year, 1 AS writes, recorded_at AS at FROM targets
        UNION ALL SELECT association_id, year, version, updated_at FROM actuals";
    let wrong = format!(
        "SELECT count(*) FROM scorecards JOIN (
            SELECT association_id, year, sum(writes) AS writes, max(at) AS at FROM ({writes}) AS one GROUP BY 1, 2
        ) AS written USING (association_id, year) WHERE version <> writes OR updated_at <> at"
    );
    assert_eq!(column(&app, &wrong), ["0"]);
    let admin = app.admin();
    for association in all(&admin, "/associations") {
        for year in [2017, 2018] {
            let path = format!("/associations/{}/completion/{year}", association["code"].as_str().unwrap());
            let completion = admin.get(&path).expect(200);
            // Those of breakdowns stand below others.
            let counts = completion["counts"].as_object().unwrap().values();
            assert_eq!(counts.map(|count| count.as_u64().unwrap()).sum::<u64>(), 12, "{path}");
        }
    }
}

#[test]
fn something_of_every_sort_is_generated() {
    let app = app();
    for (column_of, sorts) in [
        ("kind FROM associations", "branch bureau federation industry_association other society"),
        ("level FROM associations", "county grassroots municipal national provincial township"),
        ("status FROM associations", "active dissolved preparing"),
        ("value_type FROM indicators", "milestone number percentage"),
        ("direction FROM indicators", "higher_is_better lower_is_better"),
        ("accumulation FROM indicators", "latest ratio sum"),
        ("is_additive FROM indicators", "f t"),
        ("parent_id IS NULL FROM indicators", "f t"),
        ("bound FROM targets", "at_least at_most exactly range"),
        ("basis_of_rate FROM targets", "change level"),
        ("per FROM targets", "quarter year"),
        ("weight::float8 FROM targets", "0.5 1 2 3"),
        ("is_current FROM targets", "f t"),
        ("is_approximate FROM targets", "f t"),
        ("plan IS NULL FROM targets", "f t"),
        ("growth IS NULL FROM targets", "f t"),
        ("due_on - make_date(year, 12, 31) FROM targets", "-184 -92 0"),
        ("state FROM actuals", "rejected reported verified voided"),
        ("qualifier FROM actuals", "about at_least exact"),
        ("version > 1 FROM actuals", "f t"),
        (
            "coalesce(verified_value, verified_numerator) = coalesce(value, numerator) FROM actuals WHERE state = 'verified'",
            "f t",
        ),
        ("verified_version < version FROM actuals WHERE verified_version IS NOT NULL", "f t"),
        ("external_id IS NULL FROM actuals", "f t"),
        ("performed_by IS NULL FROM actuals", "f t"),
        ("evidence_document IS NULL FROM actuals", "f t"),
        ("evidence_url IS NULL FROM actuals", "f t"),
        ("note IS NULL FROM actuals", "f t"),
        ("reported_at > period_through + 30 FROM actuals", "f t"),
    ] {
        let found = column(&app, &format!("SELECT DISTINCT {column_of}"));
        let mut found: Vec<_> = found.iter().map(String::as_str).collect();
        found.sort_unstable();
        assert_eq!(found.join(" "), sorts, "{column_of}");
    }
    assert!(column(&app, "SELECT count(DISTINCT category) FROM indicators").concat().parse::<u8>().unwrap() > 4);
    assert!(column(&app, "SELECT name FROM associations GROUP BY name HAVING count(*) > 1").is_empty());
    let deepest = "SELECT max(length(path) - length(replace(path, '/', '')) - 1) FROM associations";
    assert_eq!(column(&app, deepest), ["5"]);
}

/// What a client would send to have this, of what it reads.
fn sent(read: &Value, fields: &[&str]) -> Value {
    let of = |name: &&str| (!read[*name].is_null()).then(|| ((*name).to_owned(), read[*name].clone()));
    Value::Object(fields.iter().filter_map(of).collect::<Map<_, _>>())
}

#[test]
fn whoever_sends_it_once_more_changes_nothing() {
    let app = app();
    let before = digests(&app);
    let admin = app.admin();
    for association in all(&admin, "/associations") {
        let path = format!("/associations/{}", association["code"].as_str().unwrap());
        admin.put(&path, sent(&association, &["name", "kind", "level", "status", "parent", "aliases"])).expect(200);
    }
    for indicator in all(&admin, "/indicators") {
        let fields = "name category parent unit value_type direction accumulation additive decimals definition";
        let path = format!("/indicators/{}", indicator["code"].as_str().unwrap());
        admin.put(&path, sent(&indicator, &fields.split(' ').collect::<Vec<_>>())).expect(200);
    }
    for association in ["g-00001", "g-00002", "g-00060"] {
        for target in all(&admin, &format!("/associations/{association}/targets/2018")) {
            let fields = "upper bound approximate per basis_of_rate baseline weight due_on plan source";
            let figure = if target["derived"] == true { "growth" } else { "value" };
            let fields: Vec<_> = fields.split(' ').chain([figure]).collect();
            let indicator = target["indicator"].as_str().unwrap();
            admin
                .put(&format!("/associations/{association}/targets/2018/{indicator}"), sent(&target, &fields))
                .expect(200);
        }
        let actuals = all(&admin, &format!("/associations/{association}/actuals"));
        let known: Vec<_> = actuals.iter().filter(|actual| actual["external_id"].is_string()).collect();
        assert!(known.len() > 40, "{association}");
        for actual in known {
            let fields =
                "indicator value numerator denominator period qualifier external_id performed_by evidence note";
            let body = sent(actual, &fields.split(' ').collect::<Vec<_>>());
            admin.post(&format!("/associations/{association}/actuals"), body).expect(200);
        }
    }
    // Who asks takes the lock of the year, which tells when it was last held.
    let [.., scorecards, _] = before.as_slice() else { panic!("{before:?}") };
    let after = digests(&app);
    assert!(before.iter().zip(&after).all(|(one, other)| one == other || one == scorecards), "{before:?} {after:?}");
    ledger::check(&app);
}

#[test]
fn reports_come_in_one_after_the_other_and_none_from_the_future() {
    // The first days of a year are the hardest: hardly anything can have been reported.
    for (year, month, day) in [(2018, 6, 30), (2018, 1, 1), (2018, 1, 2), (2018, 1, 4), (2020, 2, 29), (2018, 3, 2)] {
        let app = App::start();
        app.set_day(year, month, day);
        app.generate(&Options { associations: 30, ..small() }).expect("it is generated");
        let wrong = |sql: &str| assert_eq!(column(&app, sql), ["0"], "{year}-{month}-{day}: {sql}");
        let today = format!("'{year}-{month}-{day}'::date");
        wrong(&format!("SELECT count(*) FROM actuals WHERE period_through >= {today}"));
        wrong(
            "SELECT count(*) FROM actuals WHERE (reported_at AT TIME ZONE 'Asia/Shanghai')::date <= period_through
            OR updated_at < reported_at OR verified_at > updated_at",
        );
        let midnight = format!("({today}::timestamp AT TIME ZONE 'Asia/Shanghai')");
        wrong(&format!("SELECT count(*) FROM actuals WHERE updated_at >= {midnight}"));
        wrong(&format!("SELECT count(*) FROM targets WHERE recorded_at >= {midnight}"));
        wrong(&format!("SELECT count(*) FROM associations WHERE updated_at >= {midnight}"));
        wrong("SELECT count(*) FROM targets JOIN associations ON id = association_id WHERE recorded_at < created_at");
        wrong(
            "SELECT count(*) FROM (SELECT reported_at, lag(reported_at) OVER (PARTITION BY association_id ORDER BY id)
            AS before FROM actuals) AS one WHERE reported_at <= before",
        );
        wrong(
            "SELECT count(*) FROM actuals JOIN associations ON associations.id = association_id
            WHERE status = 'dissolved' AND reported_at >= associations.updated_at",
        );
        // Of everybody so many in every month that has a day before yesterday.
        let months = format!("date_trunc('month', {today} - 2)");
        wrong(&format!(
            "SELECT count(*) FROM associations CROSS JOIN
                generate_series(make_date({year} - 1, 1, 1), greatest({months}, make_date({year} - 1, 12, 1)), '1 month') AS month
            WHERE status <> 'dissolved' AND 3 <> (
                SELECT count(*) FROM actuals WHERE association_id = associations.id
                AND date_trunc('month', period_from) = month AND date_trunc('month', period_through) = month
            )"
        ));
        ledger::check(&app);
    }
}

#[test]
fn a_second_time_is_refused_and_changes_nothing() {
    let app = app();
    let before = digests(&app);
    let refused = app.generate(&small()).expect_err("it is there");
    assert!(matches!(&refused, GenerateError::Taken { code } if code == "g-00001"), "{refused}");
    assert_eq!(digests(&app), before);
    app.generate(&Options { prefix: "h".to_owned(), associations: 1, years: 1, ..small() }).expect("beside it");
    ledger::check(&app);
    let one = App::start();
    one.indicator("g-mine", "户");
    assert!(matches!(one.generate(&small()), Err(GenerateError::Taken { code }) if code == "g-mine"));
    assert!(column(&one, "SELECT code FROM associations").is_empty());
}

#[test]
fn a_year_that_is_closed_takes_nothing_invented_either() {
    let app = App::start();
    app.admin().put("/locks/2017", json!({"closed_through": "2017-12-31", "reason": "年报已上报"})).expect(200);
    let refused = app.generate(&small()).expect_err("2017 is closed");
    assert!(matches!(&refused, GenerateError::Closed { year } if year == "2017"), "{refused}");
    assert!(column(&app, "SELECT code FROM associations UNION ALL SELECT code FROM indicators").is_empty());
    app.generate(&Options { years: 1, ..small() }).expect("2018 is open");
}

#[test]
fn the_same_seed_gives_the_same_all_day_and_another_one_something_else() {
    let digest = |options: Options, hours: i64| {
        let app = App::start();
        app.advance(chrono::TimeDelta::hours(hours));
        app.generate(&options).expect("it is generated");
        digests(&app)
    };
    let first = digest(small(), 0);
    assert_eq!(digest(small(), 9), first);
    let other = digest(Options { seed: 8, ..small() }, 0);
    let locks = first.len() - 1;
    assert!(first.iter().zip(&other).take(locks).all(|(one, other)| one != other), "{first:?} {other:?}");
}

#[test]
fn a_client_goes_on_where_the_generated_reports_end() {
    let app = app();
    let reporter = app.reporter_of("g-00003");
    let body = |value: i64| json!({"indicator": "g-i001", "value": value, "period": "2018-06", "external_id": "one"});
    let path = "/associations/g-00003/actuals";
    reporter.post(path, body(5)).expect(201);
    reporter.post(path, body(5)).expect(200);
    reporter.post(path, body(6)).expect_problem(409, "external_id_conflict");
    reporter.post("/associations/g-00002/actuals", body(5)).expect_problem(404, "association_not_found");
    let admin = app.admin();
    for actual in all(&admin, path).iter().filter(|actual| actual["state"] == "reported").take(6) {
        let path = format!("{path}/{}", actual["id"].as_str().unwrap());
        admin.post(&format!("{path}/verify"), json!({})).expect(200);
        admin.patch(&format!("{path}?reason=x"), json!({"note": "补充"})).expect(200);
    }
    let dissolved = column(&app, "SELECT code FROM associations WHERE status = 'dissolved'");
    for code in &dissolved {
        admin.post(&format!("/associations/{code}/actuals"), body(5)).expect_problem(422, "association_dissolved");
    }
    assert!(!dissolved.is_empty());
    ledger::check(&app);
}

#[test]
fn one_entry_of_the_audit_trail_says_what_was_generated() {
    let app = app();
    let entries = all(&app.admin(), "/audit");
    let entries: Vec<_> = entries.iter().filter(|entry| entry["entity"] != "key").collect();
    let [entry] = entries.as_slice() else { panic!("{entries:?}") };
    assert_eq!((&entry["entity_key"], &entry["action"]), (&json!("g-00001"), &json!("created")));
    let command = "kpi demo generate --associations 60 --indicators 12 --years 2 --per-month 3 --seed 7 --prefix g";
    assert_eq!(entry["reason"], command);
    assert_eq!(entry["after"]["level"], "provincial");
}

#[test]
fn as_little_and_as_much_as_one_may_ask_for_is_generated() {
    let options =
        |associations, indicators, years, per_month| Options { associations, indicators, years, per_month, ..small() };
    for options in [options(1, 1, 1, 0), options(2, 500, 1, 1), options(3, 3, 10, 100), options(26, 36, 1, 28)] {
        let app = App::start();
        let generated = app.generate(&options).expect("it is generated");
        let wanted = (u64::from(options.associations), u64::from(options.indicators));
        assert_eq!((generated.associations, generated.indicators), wanted, "{options:?}");
        ledger::check(&app);
    }
}

fn generate(database: &str, arguments: &[&str]) -> Output {
    let small = ["demo", "generate", "--associations", "30", "--indicators", "12"];
    let mut command = kpi(&[&small, arguments].concat());
    command.env("DATABASE_URL", database).output().expect("the program runs")
}

fn text(bytes: &[u8]) -> &str {
    str::from_utf8(bytes).expect("text")
}

#[test]
fn the_command_says_what_it_did_and_why_it_did_nothing() {
    let database = fresh();
    let output = generate(&database, &[]);
    let (said, told) = (text(&output.stdout), text(&output.stderr));
    assert!(output.status.success(), "{told}");
    assert!(said.starts_with("demo: 30 associations, 12 indicators, ") && said.lines().count() == 1, "{said}");
    assert!(told.contains("kpi: generating 30 / 30 associations"), "{told}");
    let counts = execute(&database, "SELECT (SELECT count(*) FROM targets), (SELECT count(*) FROM actuals)");
    let [targets, actuals] = [0, 1].map(|column: usize| counts[0][column].clone().unwrap());
    assert!(said.contains(&format!("{targets} targets, {actuals} actuals are new")), "{said}");
    for (arguments, sentence) in [
        (
            [].as_slice(),
            "there is g-00001 already and nothing was changed; choose another --prefix, or an empty database",
        ),
        (&["--prefix", "G"], "1 to 32 of a to z and 0 to 9 are needed"),
        (&["--prefix", "g'"], "1 to 32 of a to z and 0 to 9 are needed"),
        (&["--years", "11"], "11 is not in 1..=10"),
        (&["--years", "0"], "0 is not in 1..=10"),
        (&["--per-month", "101"], "101 is not in 0..=100"),
        (&["--seed", "seven"], "--seed"),
    ] {
        let output = generate(&database, arguments);
        assert!(!output.status.success() && output.stdout.is_empty(), "{arguments:?}");
        assert!(text(&output.stderr).contains(sentence), "{arguments:?}: {}", text(&output.stderr));
    }
    assert_eq!(execute(&database, "SELECT (SELECT count(*) FROM targets), (SELECT count(*) FROM actuals)"), counts);
}

#[test]
fn a_killed_generation_leaves_nothing_and_the_next_one_makes_it_whole() {
    let others = "FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid() AND xact_start IS NOT NULL";
    for moment in ["COPY associations", "COPY targets", "COPY actuals", "COPY scorecards"] {
        let app = App::start();
        let mut command = kpi(&["demo", "generate", "--associations", "500", "--years", "1"]);
        let mut child = command.env("DATABASE_URL", &app.database).spawn().expect("the program runs");
        let since = Instant::now();
        let is_late = || since.elapsed() > Duration::from_secs(60);
        let seen = await_row(&app.database, &format!("SELECT {others} AND query LIKE '{moment}%'"), is_late);
        kill_process(Pid::from_child(&child), Signal::KILL).expect("it runs");
        child.wait().expect("an end");
        assert!(seen, "{moment} was not seen");
        assert!(await_row(&app.database, &format!("SELECT WHERE NOT EXISTS (SELECT {others})"), || false));
        let rows = "SELECT count(*) FROM (SELECT id FROM associations UNION ALL SELECT id FROM indicators
            UNION ALL SELECT association_id FROM targets UNION ALL SELECT association_id FROM actuals
            UNION ALL SELECT association_id FROM actual_revisions UNION ALL SELECT association_id FROM actual_totals
            UNION ALL SELECT association_id FROM scorecards UNION ALL SELECT association_id FROM audit_entries) AS row";
        assert_eq!(column(&app, rows), ["0"], "{moment}");
        app.generate(&Options { associations: 2, ..small() }).expect("it is generated");
        ledger::check(&app);
    }
}
