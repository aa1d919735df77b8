//! The program as people run it: its help, its commands, what it says when something is wrong.

use std::process::{Command, Output};

use serde_json::json;

use crate::support::database::{empty, execute, fresh};
use crate::support::{Serving, data_dir, kpi};
use rustix::process::{Pid, Signal, kill_process, test_kill_process};

/// A URL whose password must never show, to where nothing listens.
const NOBODY: &str = "postgres://kpi:geheim@127.0.0.1:1/kpi";

fn run(mut command: Command) -> Output {
    command.output().expect("the program runs")
}

fn on(database: &str, arguments: &[&str]) -> Command {
    let mut command = kpi(arguments);
    command.env("DATABASE_URL", database);
    command
}

fn text(bytes: &[u8]) -> &str {
    str::from_utf8(bytes).expect("text")
}

/// What it prints where all went well.
fn printed(output: &Output) -> &str {
    assert!(output.status.success(), "{}", text(&output.stderr));
    text(&output.stdout)
}

/// The one sentence it ends with where something is wrong.
fn complaint(output: &Output) -> &str {
    assert!(!output.status.success() && output.stdout.is_empty(), "{}", text(&output.stdout));
    let said = text(&output.stderr);
    let complaints: Vec<_> =
        said.lines().filter(|line| line.starts_with("kpi: ") || line.starts_with("error: ")).collect();
    assert!(matches!(complaints[..], [one] if one.len() < 300), "{said}");
    said
}

#[test]
fn the_help_names_every_variable_and_command() {
    let output = run(kpi(&["--help"]));
    let help = printed(&output);
    for name in [
        "DATABASE_URL",
        "KPI_LISTEN",
        "KPI_DATA_DIR",
        "KPI_POOL_SIZE",
        "KPI_TIMEZONE",
        "KPI_AT_RISK_RATIO",
        "KPI_BODY_LIMIT",
        "KPI_WORKERS",
        "KPI_METRICS",
        "KPI_SERVER",
        "KPI_KEY",
        "PG_BIN_DIR",
        "RUST_LOG",
        "serve",
        "migrate",
        "import",
        "export",
        "verify",
        "rebuild",
        "demo",
        "key",
        "openapi",
    ] {
        assert!(help.contains(name), "{name} is missing in: {help}");
    }
    let variables = |part: &str| {
        part.split(|sign: char| !(sign.is_ascii_uppercase() || sign == '_')).any(|word| word == "KPI_SECRET")
    };
    assert!(!variables(help));
    let output = run(on(NOBODY, &["--help"]));
    assert!(!printed(&output).contains("geheim"));
    let output = run(kpi(&["key", "create", "--help"]));
    for flag in ["--name", "--role", "--scope", "--expires"] {
        assert!(printed(&output).contains(flag), "{flag}");
    }
    let output = run(kpi(&["import", "--help"]));
    for flag in ["<KIND>", "<FILE>", "--format", "--dry-run", "--mode", "--sheet", "--again", "--server"] {
        assert!(printed(&output).contains(flag), "{flag}");
    }
    assert!(!printed(&output).contains("--key"), "a key in the arguments can be read by everybody");
    for command in ["verify", "rebuild"] {
        let output = run(kpi(&[command, "--help"]));
        for flag in ["--association", "--year"] {
            assert!(printed(&output).contains(flag), "{command} {flag}");
        }
    }
    let output = run(kpi(&["verify", "--help"]));
    let words: Vec<_> = printed(&output).split_whitespace().collect();
    assert!(
        words
            .join(" ")
            .contains("ends with 0 when all is right, 1 when something differs, 2 when it could not be told")
    );
    let output = run(kpi(&["export", "--help"]));
    for flag in ["<KIND>", "--association", "--year", "--out", "--format"] {
        assert!(printed(&output).contains(flag), "{flag}");
    }
}

#[test]
fn a_wrong_flag_is_refused_in_one_sentence() {
    for (arguments, named) in [
        (["serve", "--colour", "red"].as_slice(), "--colour"),
        (&["fly"], "fly"),
        (&["serve", "--listen", "nowhere"], "nowhere"),
        (&["serve", "--pool-size", "0"], "--pool-size"),
        (&["serve", "--workers", "none"], "--workers"),
        (&["serve", "--at-risk-ratio", "2"], "a number from 0 to 1 is needed"),
        (&["serve", "--timezone", "Mars/Olympus"], "a time zone such as Asia/Shanghai is needed"),
        (&["key", "create", "--name", "n", "--role", "owner"], "owner"),
        (&["key", "create", "--name", "n", "--role", "viewer", "--expires", "soon"], "soon"),
        (&["key", "create", "--role", "viewer"], "--name"),
    ] {
        let output = run(kpi(arguments));
        assert!(complaint(&output).contains(named), "{}", text(&output.stderr));
    }
}

#[test]
fn a_database_that_is_not_there_is_named_without_its_password() {
    for (url, place) in [
        (NOBODY, "127.0.0.1:1/kpi"),
        ("postgres://127.0.0.1:1/kpi?user=me@here&password=geheim", "127.0.0.1:1/kpi"),
        ("host=127.0.0.1 port=1 user=kpi password=x@geheim", "DATABASE_URL"),
        ("postgres://kpi:geheim@127.0.0.1:port/kpi", "127.0.0.1:port/kpi"),
        ("geheim", "DATABASE_URL"),
    ] {
        for command in [["migrate"].as_slice(), &["serve"], &["key", "create", "--name", "n", "--role", "viewer"]] {
            let output = run(on(url, command));
            let said = complaint(&output);
            assert!(said.contains(place) && said.contains("cannot be reached"), "{url}: {said}");
            assert!(!said.contains("geheim"), "{url}: {said}");
        }
    }
}

#[test]
fn no_empty_database_is_made_to_look_at() {
    let folder = data_dir();
    let missing = folder.path().join("elsewhere");
    for arguments in [["export", "actuals", "--association", "chuzhou"].as_slice(), &["verify"], &["rebuild"]] {
        let mut command = kpi(arguments);
        command.env("KPI_DATA_DIR", &missing);
        assert!(complaint(&run(command)).contains("there is no database in"));
        assert!(!missing.exists());
    }
}

#[test]
fn migrating_again_changes_nothing() {
    let database = empty();
    let versions = || execute(&database, "SELECT version, run_on FROM __diesel_schema_migrations ORDER BY 1");
    printed(&run(on(&database, &["migrate"])));
    let first = versions();
    assert!(first.len() >= 6);
    printed(&run(on(&database, &["migrate"])));
    assert_eq!(versions(), first);
}

#[test]
fn several_that_migrate_at_once_take_turns() {
    let database = empty();
    let children: Vec<_> = (0..4).map(|_| on(&database, &["migrate"]).spawn().expect("the program runs")).collect();
    let outputs: Vec<_> = children.into_iter().map(|child| child.wait_with_output().expect("an end")).collect();
    outputs.iter().for_each(|output| assert_eq!(printed(output), ""));
    let did = outputs.iter().filter(|output| text(&output.stderr).contains("schema brought up to date")).count();
    assert_eq!(did, 1, "one of them did the work");
}

#[test]
fn a_key_is_made_for_a_part_and_until_a_day() {
    let database = fresh();
    let create = |more: &[&str]| {
        let arguments = [&["key", "create", "--name", "名", "--role", "reporter"], more].concat();
        run(on(&database, &arguments))
    };
    assert!(complaint(&create(&["--scope", "nowhere"])).contains("there is no association nowhere"));
    assert!(complaint(&create(&["--expires", "2001-01-01"])).contains("2001-01-01"));
    let columns = "prefix, role, scope_id, (expires_at AT TIME ZONE 'Asia/Shanghai')::text, created_by";
    assert!(execute(&database, &format!("SELECT {columns} FROM keys")).is_empty());
    let output = create(&["--expires", "2190-12-31"]);
    let some = |text: &str| Some(text.to_owned());
    let (prefix, _) = printed(&output).split_at(14);
    let wanted = [some(prefix), some("reporter"), None, some("2191-01-01 00:00:00"), None];
    assert_eq!(execute(&database, &format!("SELECT {columns} FROM keys")), [wanted.to_vec()]);
    let nameless = run(on(&database, &["key", "create", "--name", "", "--role", "viewer"]));
    assert!(complaint(&nameless).contains("name"), "{}", text(&nameless.stderr));
}

#[test]
fn a_key_made_beside_the_service_works_and_one_signal_ends_it_all() {
    let place = data_dir();
    let folder = place.path().to_str().expect("a path");
    let mut serving = Serving::start(&["--data-dir", folder]);
    let output = run(kpi(&["key", "create", "--name", "名 \"n\"\n", "--role", "admin", "--data-dir", folder]));
    let secret = printed(&output).strip_suffix('\n').expect("a line");
    assert!(secret.len() == 58 && secret.starts_with("kpi_") && !secret.contains(char::is_whitespace), "{secret}");
    assert!(!text(&output.stderr).contains(secret.split_at(14).1));

    let admin = serving.person(Some(secret));
    admin.get("/me").expect(200);
    let body = json!({"name": "滁州市科协", "kind": "federation", "level": "municipal"});
    admin.send_json("PUT", "/associations/chuzhou", &[("X-Request-Id", "r-1")], body).expect(201);
    serving.person(None).get("/associations/chuzhou").expect(401);
    let created = admin.post("/keys", json!({"name": "二", "role": "viewer"})).expect(201);
    admin.get("/nowhere?q=1").expect(404);

    let postgres = std::fs::read_to_string(place.path().join("postgres/postmaster.pid")).expect("a pid file");
    let postgres = postgres.lines().next().and_then(|pid| Pid::from_raw(pid.parse().ok()?)).expect("a pid");
    kill_process(serving.pid(), Signal::TERM).expect("it runs");
    let (ended_well, log) = serving.wait();
    assert!(ended_well, "{log}");
    assert!(test_kill_process(postgres).is_err(), "PostgreSQL is still there");

    let line = |part: &str| log.lines().find(|line| line.contains(part)).unwrap_or_else(|| panic!("{part}: {log}"));
    let put = line(" r-1 ");
    assert!(put.contains("PUT /api/v1/associations/{association} 201 "), "{put}");
    assert!(put.contains("ms r-1 ") && put.ends_with(r#"key="名 \"n\"\n""#), "{put}");
    assert!(line("GET /api/v1/associations/{association} 401 ").ends_with(r#"key="-""#));
    assert!(line("POST /api/v1/keys 201 ").contains("ms "));
    assert!(line(" 404 ").contains("GET unmatched 404 "));
    for secret in [secret, created["secret"].as_str().expect("a secret")] {
        assert!(!log.contains(secret.split_at(14).1), "{log}");
    }
}
