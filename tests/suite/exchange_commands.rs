//! `kpi import` and `kpi export`: the program itself, against a database and against a running service.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use kpi::auth::Role;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::workbook::{Typed, fill_in};
use crate::support::{App, Person, demo, kpi, ledger};

/// How the program reaches what it works on.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Way {
    Database,
    Service,
}

const WAYS: [Way; 2] = [Way::Database, Way::Service];

fn command(app: &App, way: Way, arguments: &[&str]) -> Command {
    let mut command = kpi(arguments);
    match way {
        Way::Database => command.env("DATABASE_URL", &app.database),
        Way::Service => served(&mut command, &app.admin(), app),
    };
    command
}

fn served<'a>(command: &'a mut Command, person: &Person, app: &App) -> &'a mut Command {
    command.env("KPI_SERVER", format!("http://{}", app.address())).env("KPI_KEY", person.secret())
}

pub(crate) fn run(mut command: Command) -> Ran {
    let Output { status, stdout, stderr } = command.output().expect("the program runs");
    let text = |bytes| String::from_utf8(bytes).expect("text");
    Ran { code: status.code().expect("an end"), said: text(stdout), complained: text(stderr) }
}

#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: i32,
    said: String,
    pub(crate) complained: String,
}

impl Ran {
    /// Goes on with this exit status only, and answers the four counts.
    #[track_caller]
    pub(crate) fn counts(&self, code: i32) -> [i64; 4] {
        assert_eq!(self.code, code, "{self:?}");
        ["received", "created", "unchanged", "rejected"].map(|name| {
            let line =
                self.said.lines().find(|line| line.starts_with(name)).unwrap_or_else(|| panic!("{name}: {self:?}"));
            line.split_whitespace().nth(1).expect("a number").parse().expect("a number")
        })
    }
}

pub(crate) fn started() -> App {
    let app = App::start();
    app.association("city", None);
    app.indicator("households", "户");
    app
}

pub(crate) fn file(folder: &TempDir, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
    let path = folder.path().join(name);
    std::fs::write(&path, content).expect("a file");
    path
}

pub(crate) fn folder() -> TempDir {
    tempfile::tempdir().expect("a folder")
}

pub(crate) fn text(path: &Path) -> &str {
    path.to_str().expect("text")
}

pub(crate) fn stored(app: &App) -> String {
    app.sql("SELECT count(*) FROM actuals")[0][0].clone().expect("a count")
}

const FIGURES: &str = "组织,指标,期间,数值,外部编号,备注\n\
    city,households,2018-01,31,a-1,\n\
    city,unheard-of,2018-01,7,a-2,\"=HYPERLINK(\"\"http://x\"\",\"\"y\"\")\"\n\
    city,households,2018-02,-5,a-3,\n\
    city,households,2018-02,很多,a-4,\n";

#[test]
fn of_a_file_with_wrong_rows_the_good_ones_are_stored_and_the_others_written_beside_it() {
    for way in WAYS {
        let (app, folder) = (started(), folder());
        let path = file(&folder, "figures.csv", FIGURES);
        let rejected = folder.path().join("figures.csv.rejected.csv");
        let import = |more: &[&str]| run(command(&app, way, &[&["import", "actuals", text(&path)], more].concat()));

        assert_eq!(import(&["--mode", "partial", "--dry-run"]).counts(2), [4, 2, 0, 2], "{way:?}");
        assert_eq!(stored(&app), "0", "{way:?}: a dry run stores nothing");
        let refused = import(&[]);
        assert_eq!(refused.counts(1), [4, 0, 0, 4], "{way:?}");
        assert!(refused.complained.contains("kpi: 2 of 4 rows are wrong and nothing was stored"), "{refused:?}");
        assert_eq!(stored(&app), "0", "{way:?}");

        let taken = import(&["--mode", "partial"]);
        assert_eq!(taken.counts(2), [4, 2, 0, 2], "{way:?}");
        assert!(taken.complained.contains("line 3: /indicator: "), "{taken:?}");
        assert!(taken.complained.contains(text(&rejected)), "{taken:?}");
        let written = std::fs::read_to_string(&rejected).expect("a file");
        let lines: Vec<_> = written.lines().collect();
        assert_eq!(lines[0], "\u{feff}组织,指标,期间,数值,外部编号,备注,rejected_code,rejected_because", "{way:?}");
        let harmless = r#"city,unheard-of,2018-01,7,a-2,"'=HYPERLINK(""http://x"",""y"")",unknown_indicator,"#;
        assert!(lines[1].starts_with(harmless), "{}", lines[1]);
        assert!(lines[2].starts_with("city,households,2018-02,很多,a-4,,no_figure,\"/value: "), "{}", lines[2]);
        assert_eq!(lines.len(), 3);

        assert_eq!(import(&["--mode", "partial"]).counts(2), [4, 0, 2, 2], "{way:?}: again");
        // Corrected, the rejected rows go back in as they stand.
        let corrected = written.replace("unheard-of", "households").replace("很多", "近10户");
        std::fs::write(&rejected, corrected).expect("a file");
        let again = run(command(&app, way, &["import", "actuals", text(&rejected)]));
        assert_eq!(again.counts(0), [2, 2, 0, 0], "{way:?}");
        assert!(!folder.path().join("figures.csv.rejected.csv.rejected.csv").exists());
        assert!(!again.complained.contains("earlier run"), "{again:?}");
        // Where nothing is rejected any more, the file of the earlier run stays, and is called what it is.
        std::fs::write(&path, FIGURES.replace("unheard-of", "households").replace("很多", "近10户")).expect("a file");
        let last = import(&[]);
        assert_eq!(last.counts(0), [4, 0, 4, 0], "{way:?}");
        let told = format!("no row was rejected this time; {} is of an earlier run", text(&rejected));
        assert!(last.complained.contains(&told) && rejected.exists(), "{last:?}");
        let note = "SELECT note FROM actuals WHERE external_id = 'a-2'";
        assert_eq!(app.sql(note)[0][0].as_deref(), Some(r#"=HYPERLINK("http://x","y")"#));
        ledger::check(&app);
    }
}

#[test]
fn reasons_of_an_earlier_run_are_replaced_and_cells_beyond_the_header_kept() {
    let (app, folder) = (started(), folder());
    let rows = "拒绝原因,组织,指标,期间,数值,拒绝代码\n旧,city,unheard-of,2018-01,7,old,a,b\n旧,city,households,2018-01,很多\n";
    let path = file(&folder, "figures.csv", rows);
    let ran = run(command(&app, Way::Database, &["import", "actuals", text(&path)]));
    assert_eq!(ran.counts(1), [2, 0, 0, 2]);
    let written = std::fs::read_to_string(folder.path().join("figures.csv.rejected.csv")).expect("a file");
    let mut lines = written.lines();
    assert_eq!(lines.next(), Some("\u{feff}组织,指标,期间,数值,rejected_code,rejected_because"));
    let beyond = lines.next().expect("a row");
    assert!(beyond.starts_with("city,unheard-of,2018-01,7,cell_without_header,"), "{beyond}");
    assert!(beyond.ends_with(",a,b") && !beyond.contains("old"), "{beyond}");
    assert!(lines.next().expect("a row").starts_with("city,households,2018-01,很多,no_figure,"), "{written}");
}

#[test]
fn every_form_of_file_is_taken_by_its_name() {
    let row =
        r#"{"association": "city", "indicator": "households", "period": "2018-03", "value": 3, "external_id": "n-3"}"#;
    let json = format!(r#"{{"defaults": {{"period": "2018-04"}}, "items": [{}]}}"#, row.replace("n-3", "j-1"));
    for way in WAYS {
        let (app, folder) = (started(), folder());
        let wrong = r#"{"association": "city", "indicator": "households", "period": "2018-13", "value": 1.5}"#;
        let lines = file(&folder, "rows.ndjson", format!("{row}\n{wrong}\n{{no json\n"));
        let taken = run(command(&app, way, &["import", "actuals", text(&lines), "--mode", "partial"]));
        assert_eq!(taken.counts(2), [3, 1, 0, 2], "{way:?}");
        let rejected = std::fs::read_to_string(folder.path().join("rows.ndjson.rejected.csv")).expect("a file");
        let rejected: Vec<_> = rejected.lines().collect();
        assert!(rejected[0].starts_with("\u{feff}association,indicator,period,"), "{}", rejected[0]);
        assert!(rejected[1].starts_with("city,households,2018-13,,,1.5,"), "{}", rejected[1]);
        assert!(rejected[1].contains(",invalid_period,") && rejected[2].contains(",malformed_json,"), "{rejected:?}");

        let document = file(&folder, "rows.json", &json);
        assert_eq!(run(command(&app, way, &["import", "actuals", text(&document)])).counts(0), [1, 1, 0, 0]);
        let unnamed = file(&folder, "rows", format!("{row}\n"));
        let arguments = ["import", "actuals", text(&unnamed)];
        let unknown = run(command(&app, way, &arguments));
        assert!(unknown.code == 1 && unknown.complained.contains("--format"), "{unknown:?}");
        let arguments = [&arguments[..], &["--format", "ndjson"]].concat();
        assert_eq!(run(command(&app, way, &arguments)).counts(0), [1, 0, 1, 0]);
    }
}

#[test]
fn a_form_that_was_filled_in_is_taken_and_its_wrong_cells_are_named() {
    for way in WAYS {
        let (app, folder) = (started(), folder());
        app.target("city", 2018, "households", 94);
        let form = app.admin().download("/api/v1/templates/actuals?association=city&year=2018").1;
        let filled = |value: &str| fill_in(&form, &[("G2".to_owned(), Typed::Text(value.to_owned()))]);
        let path = file(&folder, "表.xlsx", filled("很多"));
        let sheet = ["import", "actuals", text(&path), "--sheet"];
        let refused = run(command(&app, way, &[&sheet[..], &["填报"]].concat()));
        assert_eq!(refused.counts(1), [1, 0, 0, 1], "{way:?}");
        assert!(refused.complained.contains("line 2: G2 /value: "), "{refused:?}");
        let rejected = std::fs::read_to_string(folder.path().join("表.xlsx.rejected.csv")).expect("a file");
        assert!(rejected.lines().nth(1).expect("a row").contains("2018-06,很多,,,户,"), "{rejected}");
        std::fs::write(&path, filled("近31户")).expect("a file");
        assert_eq!(run(command(&app, way, &[&sheet[..], &["填报"]].concat())).counts(0), [1, 1, 0, 0], "{way:?}");
        assert_eq!(run(command(&app, way, &[&sheet[..], &["填报"]].concat())).counts(0), [1, 0, 1, 0], "{way:?}");
        let other = run(command(&app, way, &[&sheet[..], &["别的"]].concat()));
        assert!(other.code == 1 && other.complained.contains("unknown_sheet"), "{other:?}");
    }
}

#[test]
fn what_cannot_be_done_is_said_in_one_sentence() {
    let (app, folder) = (started(), folder());
    let good = file(&folder, "good.csv", "association,indicator,period,value\ncity,households,2018,1\n");
    let unknown = file(&folder, "unknown.csv", "association,colour\ncity,red\n");
    for way in WAYS {
        for (path, named) in
            [(text(&unknown), "unknown_column"), ("nowhere.csv", "nowhere.csv cannot be read"), ("/tmp", "--format")]
        {
            let ran = run(command(&app, way, &["import", "actuals", path]));
            assert!(ran.code == 1 && ran.said.is_empty() && ran.complained.contains(named), "{way:?}: {ran:?}");
        }
    }
    let import = ["import", "actuals", text(&good)];
    let ask = |server: &str, key: &str| {
        let mut command = kpi(&import);
        run({
            command.env("KPI_SERVER", server).env("KPI_KEY", key);
            command
        })
    };
    let address = format!("http://{}", app.address());
    let admin = app.admin();
    for (server, key, named) in [
        ("http://127.0.0.1:1", admin.secret(), "http://127.0.0.1:1/api/v1 cannot be reached"),
        ("https://kpi.example.org", admin.secret(), "http://host:port is needed"),
        (&address, "", "KPI_KEY is not set"),
        (&address, "kpi_wrong", "unauthenticated"),
        (&address, app.person(Role::Viewer, None).secret(), "forbidden"),
    ] {
        let ran = ask(server, key);
        assert!(ran.code == 1 && ran.complained.contains(named), "{named}: {ran:?}");
        assert!(key.is_empty() || !ran.complained.contains(key), "{ran:?}");
    }
    assert_eq!(stored(&app), "0");
}

#[test]
fn a_file_without_keys_of_its_own_is_taken_once_by_a_service_unless_asked_for_again() {
    let (app, folder) = (started(), folder());
    let path = file(&folder, "figures.csv", "association,indicator,period,value\ncity,households,2018,1\n");
    // Answers are kept for the key they were given to.
    let admin = app.admin();
    let import = |more: &[&str]| {
        let mut command = kpi(&[&["import", "actuals", text(&path)], more].concat());
        served(&mut command, &admin, &app);
        run(command)
    };
    assert_eq!(import(&[]).counts(0), [1, 1, 0, 0]);
    let again = import(&[]);
    assert_eq!(again.counts(0), [1, 0, 1, 0]);
    assert!(again.complained.contains("took this very file before"), "{again:?}");
    assert_eq!(stored(&app), "1");
    assert_eq!(import(&["--again"]).counts(0), [1, 1, 0, 0]);
    assert_eq!(stored(&app), "2");
}

#[test]
fn people_are_told_in_chinese_where_their_environment_says_so() {
    for way in WAYS {
        let (app, folder) = (started(), folder());
        let path = file(&folder, "figures.csv", FIGURES);
        let mut command = command(&app, way, &["import", "actuals", text(&path)]);
        command.env("LANG", "zh_CN.UTF-8");
        let ran = run(command);
        assert!(ran.code == 1 && ran.said.starts_with("收到 ") && ran.said.contains("拒绝 "), "{ran:?}");
        assert!(ran.complained.contains("4 行中有 2 行有误，未存储任何数据"), "{ran:?}");
        let rejected = std::fs::read_to_string(folder.path().join("figures.csv.rejected.csv")).expect("a file");
        assert!(rejected.contains("指标"), "{rejected}");
    }
}

/// The completion of 奉贤's 2007, without the times it was reported at.
fn completion(app: &App) -> Value {
    let mut completion = app.admin().get("/associations/fengxian/completion/2007").expect(200);
    assert!(ledger::lines(&completion).len() > 40);
    forget_times(&mut completion);
    completion
}

fn forget_times(of: &mut Value) {
    for line in of["lines"].as_array_mut().into_iter().flatten() {
        if let Some(actual) = line["actual"].as_object_mut() {
            actual.remove("last_reported_at");
        }
        if line.get("breakdown").is_some() {
            forget_times(&mut line["breakdown"]);
        }
    }
}

#[test]
fn what_is_exported_imports_into_an_empty_service_with_the_same_completion() {
    let full = App::start();
    full.set_day(2019, 12, 31);
    full.load_demo();
    // What is exported over HTTP goes in through the database, and the other way round.
    let ways = [
        (Way::Service, Way::Database, "csv"),
        (Way::Database, Way::Service, "xlsx"),
        (Way::Database, Way::Database, "ndjson"),
    ];
    for (from, to, format) in ways {
        let (empty, folder) = (App::start(), folder());
        empty.set_day(2019, 12, 31);
        demo::define(&empty);
        for kind in ["targets", "actuals"] {
            let path = folder.path().join(format!("{kind}.{format}"));
            let mut exporting =
                command(&full, from, &["export", kind, "--association", "fengxian", "--out", text(&path)]);
            if kind == "targets" {
                exporting.args(["--year", "2007"]);
            }
            let ran = run(exporting);
            assert!(ran.code == 0 && ran.said.is_empty(), "{format}: {ran:?}");
            let [received, created, ..] = run(command(&empty, to, &["import", kind, text(&path)])).counts(0);
            assert!(received == created && created > 40, "{format} {kind}: {created}");
            // The source holds all of it already.
            let [received, _, unchanged, _] = run(command(&full, to, &["import", kind, text(&path)])).counts(0);
            assert_eq!(received, unchanged, "{format} {kind}");
        }
        assert_eq!(completion(&empty), completion(&full), "{format}");
        ledger::check(&empty);
    }
}

#[test]
fn an_export_that_fails_leaves_the_file_as_it_was() {
    let (app, folder) = (started(), folder());
    let path = file(&folder, "actuals.csv", "of last year\n");
    for way in WAYS {
        let ran = run(command(&app, way, &["export", "actuals", "--association", "nowhere", "--out", text(&path)]));
        assert!(ran.code == 1 && ran.complained.contains("association_not_found"), "{ran:?}");
        assert_eq!(std::fs::read_to_string(&path).expect("a file"), "of last year\n", "{way:?}");
    }
    run(command(&app, Way::Database, &["export", "actuals", "--association", "city", "--out", text(&path)]));
    assert!(std::fs::read_to_string(&path).expect("a file").starts_with('\u{feff}'));
    let elsewhere =
        run(command(&app, Way::Database, &["export", "actuals", "--association", "city", "--out", "/no/a"]));
    assert!(elsewhere.code == 1 && elsewhere.complained.contains("/no/a cannot be written"), "{elsewhere:?}");
    assert_eq!(folder.path().read_dir().expect("a folder").count(), 1, "nothing is left beside it");
    let yearless = run(command(&app, Way::Database, &["export", "targets", "--association", "city"]));
    assert!(yearless.code == 2 && yearless.complained.contains("--year"), "{yearless:?}");
}

#[test]
fn an_export_is_harmless_in_a_spreadsheet_and_leaves_out_what_does_not_count() {
    let app = started();
    let admin = app.admin();
    let report = |value: i64, note: &str| {
        let body = json!({"indicator": "households", "period": {"from": "2018-01-01", "to": "2018-05-31"}, "value": value, "note": note});
        admin.post("/associations/city/actuals", body).expect(201)["id"].as_str().expect("an id").to_owned()
    };
    report(-3, "=1+1");
    let voided = report(4, "@x");
    admin.post(&format!("/associations/city/actuals/{voided}/void"), json!({"reason": "r"})).expect(200);
    for way in WAYS {
        let ran = run(command(&app, way, &["export", "actuals", "--association", "city", "--year", "2018"]));
        let lines: Vec<_> = ran.said.lines().collect();
        assert_eq!(lines.len(), 2, "{ran:?}");
        assert_eq!(lines[1], "city,households,,2018-01-01,2018-05-31,-3,,,户,准确,,,,,,'=1+1");
        let other = run(command(
            &app,
            way,
            &["export", "actuals", "--association", "city", "--year", "2017", "--format", "ndjson"],
        ));
        assert!(other.code == 0 && other.said.is_empty(), "{other:?}");
        let nowhere = run(command(&app, way, &["export", "targets", "--association", "nowhere", "--year", "2018"]));
        assert!(nowhere.code == 1 && nowhere.complained.contains("association_not_found"), "{nowhere:?}");
    }
}
