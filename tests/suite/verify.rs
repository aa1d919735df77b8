//! `kpi verify` and `kpi rebuild`: whatever is wrong in totals and scorecards is found by its name and put right.

use std::fmt::Write as _;
use std::process::{Command, Output};

use kpi::auth::Role;
use serde_json::json;

use crate::support::{App, kpi, ledger};

/// What one of the two commands said.
#[derive(Debug)]
struct Ran {
    code: i32,
    /// The fields of each line.
    lines: Vec<Vec<String>>,
    told: String,
}

impl Ran {
    /// The fields between the tabs, of lines that have six.
    #[track_caller]
    fn of(output: &Output) -> Self {
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).expect("a text");
        let fields = |line: &str| line.split('\t').map(ToOwned::to_owned).collect::<Vec<_>>();
        let lines: Vec<_> = text(&output.stdout).lines().map(fields).collect();
        assert!(lines.iter().all(|line| line.len() == 6), "{lines:?}");
        Self { code: output.status.code().expect("an end of its own"), lines, told: text(&output.stderr) }
    }

    /// The only line.
    #[track_caller]
    fn line(&self) -> [&str; 6] {
        let [line] = self.lines.as_slice() else { panic!("one line: {self:?}") };
        [&line[0], &line[1], &line[2], &line[3], &line[4], &line[5]]
    }
}

fn command(app: &App, arguments: &[&str]) -> Command {
    let mut command = kpi(arguments);
    command.env("DATABASE_URL", &app.database);
    command
}

#[track_caller]
fn run(app: &App, arguments: &[&str]) -> Ran {
    Ran::of(&command(app, arguments).output().expect("the program runs"))
}

/// Finds nothing.
#[track_caller]
fn assert_right(app: &App) {
    let ran = run(app, &["verify"]);
    assert!(ran.code == 0 && ran.lines.is_empty(), "{ran:?}");
}

/// A city with a district: two years, every value type and accumulation, with a plan curve, verified and rejected.
fn furnished() -> App {
    let app = App::start();
    app.association("city", None);
    app.association("north", Some("city"));
    app.indicator("households", "户");
    app.indicator_with("standing", json!({"accumulation": "latest", "direction": "lower_is_better"}));
    app.indicator_with("share", json!({"value_type": "percentage", "unit": "%", "accumulation": "ratio"}));
    app.indicator_with("opened", json!({"value_type": "milestone", "accumulation": "latest"}));
    let admin = app.admin();
    for association in ["city", "north"] {
        let target = |indicator: &str| format!("/associations/{association}/targets/2018/{indicator}");
        let plan = json!([0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.9, 1]);
        admin.put(&target("households"), json!({"value": 100, "weight": 2, "plan": plan})).expect(201);
        admin.put(&target("standing"), json!({"value": 5, "due_on": "2018-10-31"})).expect(201);
        admin.put(&target("share"), json!({"value": 90})).expect(201);
        admin.put(&target("opened"), json!({})).expect(201);
        let submit = |body| {
            let actual = admin.post(&format!("/associations/{association}/actuals"), body).expect(201);
            format!("/associations/{association}/actuals/{}", actual["id"].as_str().expect("an id"))
        };
        let about = json!({"indicator": "households", "value": 31, "period": "2018-Q1", "qualifier": "about"});
        let path = submit(about);
        submit(json!({"indicator": "households", "value": 20, "period": "2018-05"}));
        admin.post(&format!("{path}/verify"), json!({"value": 30, "reason": "核减"})).expect(200);
        let path = submit(json!({"indicator": "share", "numerator": 43, "denominator": 50, "period": "2018-Q1"}));
        admin.post(&format!("{path}/verify"), json!({})).expect(200);
        submit(json!({"indicator": "standing", "value": 4, "period": "2018-Q1"}));
        submit(json!({"indicator": "opened", "value": 1, "period": "2018-06"}));
        submit(json!({"indicator": "households", "value": 7, "period": "2017"}));
        let path = submit(json!({"indicator": "standing", "value": 7, "period": "2017"}));
        admin.post(&format!("{path}/void"), json!({"reason": "误报"})).expect(200);
    }
    app
}

/// The derived columns of a table, with their types.
fn columns(app: &App, table: &str) -> Vec<[String; 2]> {
    let rows = app.sql(&format!(
        "SELECT column_name, data_type FROM information_schema.columns WHERE table_name = '{table}'
            AND column_name NOT IN ('association_id', 'year', 'month', 'indicator_id', 'version', 'updated_at')
        ORDER BY ordinal_position"
    ));
    rows.into_iter().map(|row| [row[0].clone().expect("a name"), row[1].clone().expect("a type")]).collect()
}

/// Something else than the column holds.
fn other(column: &str, data_type: &str) -> String {
    match data_type {
        "integer" => format!("{column} + 1"),
        "numeric" => format!("{column} + 0.0001"),
        "date" => format!("{column} + 1"),
        "timestamp with time zone" => format!("{column} + interval '1 microsecond'"),
        "ARRAY" => format!("{column}[1:11] || 0.9999"),
        _ => panic!("how is {data_type} changed?"),
    }
}

const NORTH: &str = "association_id = (SELECT id FROM associations WHERE code = 'north') AND year = 2018";
const SHARE: &str = "indicator_id = (SELECT id FROM indicators WHERE code = 'share')";
const HOUSEHOLDS: &str = "indicator_id = (SELECT id FROM indicators WHERE code = 'households')";

#[test]
fn every_derived_column_that_is_wrong_is_found_by_its_name_and_mended() {
    let app = furnished();
    assert_right(&app);
    // The constraints keep some of it out; a database that lost them is no reason not to look.
    app.sql(
        "ALTER TABLE actual_totals DROP CONSTRAINT actual_totals_count_check;
        ALTER TABLE scorecards DROP CONSTRAINT scorecards_score_check, DROP CONSTRAINT scorecards_met_count_check",
    );
    let (mut wanted, mut wrong) = (Vec::new(), String::new());
    let rows = [
        ("actual_totals", format!("{NORTH} AND {HOUSEHOLDS}"), "2018", "households"),
        ("scorecards", NORTH.to_owned(), "2018", "-"),
        ("first_reports", format!("{NORTH} AND month = 3"), "2018-03", "-"),
    ];
    let derived =
        app.sql("SELECT oid::regclass FROM pg_class WHERE obj_description(oid, 'pg_class') LIKE '%Derived from%'");
    assert_eq!(derived.len(), rows.len(), "each of {derived:?} is looked at");
    for (table, row, time, indicator) in rows {
        let columns = columns(&app, table);
        assert!(!columns.is_empty(), "{table}");
        for [column, data_type] in columns {
            let before = app.sql(&format!("SELECT {column} FROM {table} WHERE {row}"));
            app.sql(&format!("UPDATE {table} SET {column} = {} WHERE {row}", other(&column, &data_type)));
            assert_ne!(app.sql(&format!("SELECT {column} FROM {table} WHERE {row}")), before, "{table}.{column}");
            let ran = run(&app, &["verify", "--association", "north"]);
            assert_eq!(ran.code, 1, "{table}.{column}");
            assert_eq!(ran.line()[..4], ["north", time, indicator, &format!("{table}.{column}")], "{ran:?}");
            assert_ne!(ran.line()[4], ran.line()[5]);
            wanted.push(ran.lines[0].clone());
            write!(wrong, "UPDATE {table} SET {column} = {} WHERE {row};", other(&column, &data_type)).expect("a text");
            app.sql(&format!("UPDATE {table} SET {column} = {} WHERE {row}", literal(&before[0][0], &data_type)));
        }
    }
    assert_right(&app);
    app.sql(&wrong);
    let ran = run(&app, &["verify"]);
    assert_eq!((ran.code, ran.lines.len()), (1, wanted.len()), "{ran:?}");
    assert!(ran.told.contains("3 of 24 rows of 2 associations do not follow"), "{ran:?}");
    let ran = run(&app, &["rebuild"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(ran.told.contains("3 of 24 rows of 2 associations were mended"), "{ran:?}");
    wanted.sort();
    let mut mended = ran.lines;
    mended.sort();
    assert_eq!(mended, wanted, "what is mended is told as it was found");
    assert_right(&app);
    ledger::check(&app);
    let again = run(&app, &["rebuild"]);
    assert!(again.code == 0 && again.lines.is_empty(), "{again:?}");
    assert!(again.told.contains(" 0 of 24 rows"), "{again:?}");
}

fn literal(value: &Option<String>, data_type: &str) -> String {
    let cast = if data_type == "ARRAY" { "numeric[]" } else { data_type };
    value.as_ref().map_or_else(|| "NULL".to_owned(), |value| format!("'{value}'::{cast}"))
}

#[test]
fn missing_rows_and_rows_too_many_are_found_and_mended() {
    let app = furnished();
    let version = format!("SELECT version FROM scorecards WHERE {NORTH}");
    let before = app.sql(&version);
    app.sql(&format!("DELETE FROM actual_totals WHERE {NORTH} AND {SHARE}"));
    app.sql(&format!(
        "INSERT INTO actual_totals SELECT association_id, 2016, indicator_id, 1, 1, 0, 0, reported_from,
        reported_through, reported_last_at, 0, 0, 0, 0 FROM actual_totals WHERE {NORTH} AND {HOUSEHOLDS}"
    ));
    app.sql(
        "INSERT INTO scorecards SELECT association_id, 2015, 1, 1, 1, 0, updated_at, 9, 1, 0 FROM scorecards
        WHERE year = 2018",
    );
    app.sql(&format!("DELETE FROM first_reports WHERE {NORTH} AND month = 5"));
    app.sql(
        "INSERT INTO first_reports SELECT association_id, 2014, 12, reported_at FROM first_reports WHERE month = 6",
    );
    let lines = |ran: &Ran| ran.lines.iter().map(|line| line[1..].join(" ")).collect::<Vec<_>>();
    let wanted = [
        "2014-12 - first_reports present missing",
        "2014-12 - first_reports present missing",
        "2015 - scorecards present missing",
        "2015 - scorecards present missing",
        "2016 households actual_totals present missing",
        "2018 share actual_totals missing present",
        "2018-05 - first_reports missing present",
    ];
    let mut found = lines(&run(&app, &["verify"]));
    found.sort();
    assert_eq!(found, wanted);
    let mut mended = lines(&run(&app, &["rebuild"]));
    mended.sort();
    assert_eq!(mended, wanted);
    assert_right(&app);
    ledger::check(&app);
    // The lock of a year stays, and its version never goes back.
    assert_eq!(
        app.sql("SELECT DISTINCT target_count, version FROM scorecards WHERE year = 2015"),
        [["0", "10"].map(|text| Some(text.to_owned()))]
    );
    assert!(app.sql(&version) > before);

    app.sql(&format!("DELETE FROM scorecards WHERE {NORTH}"));
    assert_eq!(run(&app, &["verify"]).line()[1..], ["2018", "-", "scorecards", "missing", "present"]);
    assert_eq!(run(&app, &["rebuild"]).lines.len(), 1);
    assert_right(&app);
    ledger::check(&app);
    app.sql("TRUNCATE actual_totals, scorecards, first_reports");
    assert_eq!(run(&app, &["rebuild"]).lines.len(), 24, "all there is");
    assert_right(&app);
    ledger::check(&app);
}

#[test]
fn what_a_removed_target_and_a_voided_actual_leave_behind_is_right() {
    let app = furnished();
    let admin = app.admin();
    app.target("city", 2019, "households", 5);
    admin.delete("/associations/city/targets/2019/households?reason=x").expect(204);
    admin.delete("/associations/city/targets/2018/share?reason=x").expect(204);
    let kept = app.sql("SELECT FROM actual_totals WHERE year = 2019");
    assert_eq!(kept.len(), 1, "a row without anything in it");
    assert_right(&app);
}

#[test]
fn only_the_named_association_with_all_below_it_and_the_named_year_are_looked_at() {
    let app = furnished();
    app.association("elsewhere", None);
    app.sql("UPDATE scorecards SET weight = weight + 1");
    let found = |arguments: &[&str]| {
        let ran = run(&app, &[&["verify"], arguments].concat());
        let mut found: Vec<_> = ran.lines.iter().map(|line| format!("{} {}", line[0], line[1])).collect();
        found.sort();
        (ran.code, found.join(", "))
    };
    assert_eq!(found(&[]), (1, "city 2017, city 2018, north 2017, north 2018".to_owned()));
    assert_eq!(found(&["--association", "city"]), (1, "city 2017, city 2018, north 2017, north 2018".to_owned()));
    assert_eq!(found(&["--association", "north"]), (1, "north 2017, north 2018".to_owned()));
    assert_eq!(found(&["--association", "elsewhere"]), (0, String::new()));
    assert_eq!(found(&["--year", "2017"]), (1, "city 2017, north 2017".to_owned()));
    assert_eq!(found(&["--year", "2016"]), (0, String::new()));
    assert_eq!(run(&app, &["rebuild", "--association", "north", "--year", "2018"]).line()[..2], ["north", "2018"]);
    assert_eq!(found(&[]), (1, "city 2017, city 2018, north 2017".to_owned()));
}

#[test]
fn what_could_not_be_looked_at_is_no_difference() {
    let app = furnished();
    let nowhere = run(&app, &["verify", "--association", "nowhere"]);
    assert!(nowhere.code == 2 && nowhere.told.contains("association_not_found"), "{nowhere:?}");
    let mut away = kpi(&["verify"]);
    away.env("DATABASE_URL", "postgres://kpi:geheim@127.0.0.1:1/kpi");
    let away = Ran::of(&away.output().expect("the program runs"));
    assert!(away.code == 2 && away.told.contains("cannot be reached"), "{away:?}");
    let unreadable = run(&app, &["verify", "--year", "1066"]);
    assert_eq!(unreadable.code, 2, "{unreadable:?}");
    let nowhere = run(&app, &["rebuild", "--association", "nowhere"]);
    assert!(nowhere.code == 1 && nowhere.told.contains("association_not_found"), "{nowhere:?}");
    let nothing = App::start();
    assert_right(&nothing);
    let mut chinese = command(&nothing, &["verify"]);
    chinese.env("LANG", "zh_CN.UTF-8");
    let chinese = Ran::of(&chinese.output().expect("the program runs"));
    assert!(chinese.told.contains("0 个组织的 0 行均与台账一致"), "{chinese:?}");
}

#[test]
fn a_ledger_with_all_kinds_of_lines_is_told_right_after_the_demo() {
    let app = App::start();
    app.set_day(2019, 12, 31);
    app.load_demo();
    assert_right(&app);
    let rows = app.sql("SELECT (SELECT count(*) FROM actual_totals) + (SELECT count(*) FROM scorecards) + (SELECT count(*) FROM first_reports)");
    app.sql("UPDATE actual_totals SET reported_progress = reported_progress + 1, verified_progress = 0 WHERE due_on IS NOT NULL AND reported_progress IS NOT NULL");
    let ran = run(&app, &["rebuild"]);
    assert!(ran.lines.len() > 60 && ran.told.contains(rows[0][0].as_deref().expect("a count")), "{ran:?}");
    assert_right(&app);
    ledger::check(&app);
}

#[test]
fn rebuilding_is_nobodys_write_but_changes_the_tags_of_what_was_wrong() {
    let app = furnished();
    let verifier = app.person(Role::Verifier, None);
    let entries = || verifier.get("/audit?limit=1").expect(200)["items"][0].clone();
    let versions = || app.sql("SELECT version FROM scorecards ORDER BY association_id, year");
    let (entry, before) = (entries(), versions());
    run(&app, &["rebuild"]);
    assert_eq!(versions(), before, "what is right is not touched");
    app.sql(&format!("UPDATE scorecards SET weight = weight + 1 WHERE {NORTH}"));
    run(&app, &["rebuild"]);
    assert_eq!(versions().iter().zip(&before).filter(|(after, before)| after != before).count(), 1);
    assert_eq!(entries(), entry);
}
