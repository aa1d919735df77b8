//! The schema: every migration can be undone, and what the migrations' README promises holds.

use std::path::PathBuf;
use std::process::Command;

use diesel_async::{AsyncConnection, AsyncMigrationHarness, AsyncPgConnection};
use diesel_migrations::MigrationHarness;
use kpi::database::MIGRATIONS;
use serde_json::json;

use crate::support::database::{RUNTIME, empty, execute, fresh};
use crate::support::{App, ledger};

/// The schema as text, without the table in which diesel counts the migrations.
fn dump(url: &str) -> String {
    let beside = execute(url, "SELECT setting FROM pg_config WHERE name = 'BINDIR'");
    let beside = PathBuf::from(beside[0][0].as_deref().expect("a folder")).join("pg_dump");
    let program = if beside.exists() { beside } else { PathBuf::from("pg_dump") };
    let output = Command::new(program)
        .args(["--schema-only", "--exclude-table=__diesel_schema_migrations", url])
        .output()
        .expect("pg_dump, which comes with PostgreSQL's server or client programs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).expect("a text");
    // Newer versions frame the dump with a random word.
    text.lines().filter(|line| !line.contains("restrict ")).flat_map(|line| [line, "\n"]).collect()
}

/// Runs migrations up or down on a database.
fn migrate(url: &str, work: impl FnOnce(&mut AsyncMigrationHarness<AsyncPgConnection>) + Send + 'static) {
    let url = url.to_owned();
    RUNTIME.block_on(async {
        let conn = AsyncPgConnection::establish(&url).await.expect("a connection");
        let done = tokio::task::spawn_blocking(move || work(&mut AsyncMigrationHarness::new(conn)));
        done.await.expect("the migrations run");
    });
}

fn up(url: &str) {
    migrate(url, |harness| drop(harness.run_next_migration(MIGRATIONS).expect("a migration to run")));
}

fn down(url: &str) {
    migrate(url, |harness| drop(harness.revert_last_migration(MIGRATIONS).expect("a migration to revert")));
}

/// The rows of a query, the columns joined by a blank; a good answer has none.
#[track_caller]
fn assert_none(sql: &str) {
    let found: Vec<_> =
        execute(&fresh(), sql).into_iter().map(|row| row.into_iter().flatten().collect::<Vec<_>>().join(" ")).collect();
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn each_migration_is_undone_by_its_down() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/migrations");
    let count = std::fs::read_dir(folder)
        .expect("a folder")
        .filter(|entry| entry.as_ref().is_ok_and(|entry| entry.path().is_dir()))
        .count();
    assert!(count >= 6, "{count}");
    let url = empty();
    let mut before = dump(&url);
    for _ in 0..count {
        up(&url);
        let after = dump(&url);
        assert_ne!(before, after, "a migration changes something");
        down(&url);
        assert_eq!(dump(&url), before);
        up(&url);
        assert_eq!(dump(&url), after);
        before = after;
    }
    assert_eq!(before, dump(&fresh()), "one by one, and all at once as the program does it");
}

#[test]
fn up_down_and_up_again_is_the_same_schema() {
    let url = fresh();
    let schema = dump(&url);
    assert!(schema.contains("CREATE TABLE public.actuals"), "{schema}");
    migrate(&url, |harness| drop(harness.revert_all_migrations(MIGRATIONS).expect("they revert")));
    assert_eq!(dump(&url), dump(&empty()));
    migrate(&url, |harness| drop(harness.run_pending_migrations(MIGRATIONS).expect("they run")));
    assert_eq!(dump(&url), schema);
}

#[test]
fn migrating_what_is_up_to_date_runs_nothing() {
    assert_eq!(RUNTIME.block_on(kpi::database::migrate(&fresh())).expect("it is up to date"), [""; 0]);
}

#[test]
fn processes_that_start_at_once_take_turns() {
    let url = empty();
    let ran = RUNTIME.block_on(async {
        let starts = (0..4).map(|_| {
            tokio::spawn({
                let url = url.clone();
                async move { kpi::database::migrate(&url).await }
            })
        });
        let mut ran = Vec::new();
        for start in starts.collect::<Vec<_>>() {
            ran.push(start.await.expect("it ends well").expect("it migrates").len());
        }
        ran.sort_unstable();
        ran
    });
    assert_eq!(ran[..3], [0, 0, 0], "{ran:?}");
    assert!(ran[3] >= 6, "{ran:?}");
}

#[test]
fn every_foreign_key_has_an_index_that_leads_with_its_columns() {
    assert_none(
        "SELECT conrelid::regclass, conname FROM pg_constraint AS keys
        WHERE contype = 'f' AND connamespace = 'public'::regnamespace AND NOT EXISTS (
            SELECT FROM pg_index WHERE indrelid = conrelid AND indpred IS NULL
                AND (indkey::smallint[])[0:cardinality(conkey) - 1] @> conkey
        )",
    );
}

#[test]
fn every_table_and_column_has_a_comment() {
    assert_none(
        "SELECT oid::regclass, attname FROM pg_class LEFT JOIN pg_attribute ON attrelid = oid AND attnum > 0 AND NOT attisdropped
        WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND relname <> '__diesel_schema_migrations'
            AND (obj_description(oid, 'pg_class') IS NULL OR col_description(oid, attnum) IS NULL)",
    );
}

#[test]
fn keys_of_an_associations_rows_start_with_the_association() {
    assert_none(
        "WITH owned AS (SELECT attrelid AS id, attnum FROM pg_attribute WHERE attname = 'association_id' AND attnum > 0)
        SELECT 'unique', indexrelid::regclass FROM pg_index JOIN owned ON owned.id = indrelid
        WHERE indisunique AND indkey[0] <> attnum
        UNION ALL
        SELECT 'foreign', conname::regclass FROM (
            SELECT conname, conkey, confkey, own.attnum AS own, other.attnum AS other
            FROM pg_constraint JOIN owned AS own ON own.id = conrelid JOIN owned AS other ON other.id = confrelid
            WHERE contype = 'f'
        ) AS keys WHERE conkey[1] <> own OR confkey[1] <> other",
    );
    let tables = execute(
        &fresh(),
        "SELECT count(*) FROM pg_attribute JOIN pg_class ON oid = attrelid
        WHERE attname = 'association_id' AND relkind = 'r'",
    );
    assert_eq!(
        tables[0][0].as_deref(),
        Some("8"),
        "targets, actuals, actual_revisions, actual_totals, scorecards, first_reports, nil_reports, audit_entries"
    );
}

#[test]
fn the_program_knows_the_schema_as_it_is() {
    // As `diesel print-schema` writes it, from the same catalogue.
    let tables = execute(
        &fresh(),
        "WITH columns AS (
            SELECT attrelid, attnum, attname, attnotnull, col_description(attrelid, attnum) AS comment,
                initcap(ltrim(typname, '_')) AS type,
                typname LIKE E'\\\\_%' AS is_array
            FROM pg_attribute JOIN pg_type ON pg_type.oid = atttypid WHERE attnum > 0 AND NOT attisdropped
        )
        SELECT relname, format(E'    /// %s\\n    %s (%s) {\\n%s\\n    }\\n}\\n',
            obj_description(pg_class.oid, 'pg_class'), relname,
            (SELECT string_agg(attname, ', ' ORDER BY place) FROM pg_constraint, unnest(conkey) WITH ORDINALITY AS key (number, place)
                JOIN pg_attribute ON attnum = number WHERE attrelid = conrelid AND conrelid = pg_class.oid AND contype = 'p'),
            string_agg(format(E'        /// %s\\n        %s -> %s,', comment, attname, CASE
                WHEN is_array AND attnotnull THEN format('Array<Nullable<%s>>', type)
                WHEN is_array THEN format('Nullable<Array<Nullable<%s>>>', type)
                WHEN attnotnull THEN type ELSE format('Nullable<%s>', type) END), E'\\n' ORDER BY attnum))
        FROM pg_class JOIN columns ON attrelid = pg_class.oid
        WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND relname <> '__diesel_schema_migrations'
        GROUP BY pg_class.oid, relname ORDER BY relname COLLATE \"C\"",
    );
    let known: Vec<_> = include_str!("../../src/schema.rs").split("diesel::table! {\n").skip(1).collect();
    assert_eq!(known.len(), tables.len());
    for (known, table) in known.iter().zip(tables) {
        let (name, table) = (table[0].as_deref().unwrap(), table[1].as_deref().unwrap());
        let known = known.split_inclusive("\n}\n").next().unwrap();
        assert_eq!(known, table, "src/schema.rs and the table {name} differ: run `diesel print-schema`");
    }
}

#[test]
fn what_the_ledger_holds_already_is_a_first_report_once_there_are_any() {
    let app = App::start();
    app.association("chuzhou", None);
    app.association("fengxian", None);
    app.indicator("events", "项");
    let admin = app.admin();
    let mut paths = Vec::new();
    for (association, period) in
        [("chuzhou", "2018-Q1"), ("chuzhou", "2018-03"), ("chuzhou", "2018"), ("fengxian", "2017-12")]
    {
        let place = format!("/associations/{association}/actuals");
        let actual = admin.post(&place, json!({"indicator": "events", "value": 1, "period": period})).expect(201);
        paths.push(format!("{place}/{}", actual["id"].as_str().unwrap()));
    }
    admin.post(&format!("{}/void", paths[0]), json!({"reason": "误报"})).expect(200);
    admin.post(&format!("{}/reject", paths[2]), json!({"reason": "无凭据"})).expect(200);
    admin.post(&format!("{}/verify", paths[1]), json!({})).expect(200);
    while execute(&app.database, "SELECT to_regclass('first_reports')")[0][0].is_some() {
        down(&app.database);
    }
    migrate(&app.database, |harness| drop(harness.run_pending_migrations(MIGRATIONS).expect("they run")));
    assert_eq!(execute(&app.database, "SELECT count(*) FROM first_reports")[0][0].as_deref(), Some("2"));
    ledger::check(&app);
}
