//! `kpi verify` and `kpi rebuild` where it gets rough: beside writers, over many rows, killed in the middle.

use std::cell::RefCell;
use std::process::{Command, Output, Stdio};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use serde_json::{Value, json};

use crate::support::database::{await_row, hold};
use crate::support::{App, Person, kpi, ledger};

fn command(app: &App, arguments: &[&str]) -> Command {
    let mut command = kpi(arguments);
    command.env("DATABASE_URL", &app.database);
    command
}

fn run(app: &App, arguments: &[&str]) -> Output {
    command(app, arguments).output().expect("the program runs")
}

/// The lines on standard output of a run that ended with this status.
#[track_caller]
fn lines(output: &Output, code: i32) -> usize {
    assert_eq!(output.status.code(), Some(code), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).lines().count()
}

const ASSOCIATIONS: [&str; 3] = ["north", "south", "west"];

fn furnished() -> App {
    let app = App::start();
    app.set_day(2018, 12, 31);
    app.indicator("households", "户");
    app.indicator_with("share", json!({"value_type": "percentage", "unit": "%", "accumulation": "ratio"}));
    for association in ASSOCIATIONS {
        app.association(association, None);
        app.target(association, 2018, "households", 1000);
        app.target(association, 2018, "share", 50);
    }
    app
}

/// Writes whatever there is to write, round after round.
fn write(person: &Person, writer: usize, round: usize) {
    let association = ASSOCIATIONS[(writer + round) % ASSOCIATIONS.len()];
    let actuals = format!("/associations/{association}/actuals");
    let month = round % 12 + 1;
    let share = json!({"indicator": "share", "numerator": round % 7 + 1, "denominator": 9, "period": format!("2018-{month:02}")});
    let actual = person.post(&actuals, share).expect(201);
    let households = json!({"indicator": "households", "value": round % 5, "period": format!("2018-{month:02}")});
    let other = person.post(&actuals, households).expect(201);
    let path = |actual: &Value| format!("{actuals}/{}", actual["id"].as_str().expect("an id"));
    match round % 4 {
        0 => person.post(&format!("{}/verify", path(&actual)), json!({})).expect(200),
        1 => person.patch(&format!("{}?reason=x", path(&other)), json!({"value": 9})).expect(200),
        2 => person.post(&format!("{}/void", path(&other)), json!({"reason": "误报"})).expect(200),
        _ => {
            let target = format!("/associations/{association}/targets/2018/households");
            let body = json!({"value": 900 + round, "weight": writer + 1, "reason": "任务调整"});
            person.put(&target, body).expect(200)
        }
    };
}

/// Lets eight clients write while `work` is done, and answers how many rounds they made meanwhile.
fn beside_writers<T>(app: &App, work: impl FnOnce() -> T) -> (T, usize) {
    let (is_over, rounds) = (AtomicBool::new(false), AtomicUsize::new(0));
    let admin = app.admin();
    std::thread::scope(|scope| {
        let writers: Vec<_> = (0..8)
            .map(|writer| {
                let (admin, is_over, rounds) = (admin.clone(), &is_over, &rounds);
                scope.spawn(move || {
                    for round in 0.. {
                        if is_over.load(Ordering::Relaxed) {
                            break;
                        }
                        write(&admin, writer, round);
                        rounds.fetch_add(1, Ordering::Relaxed);
                    }
                })
            })
            .collect();
        while rounds.load(Ordering::Relaxed) < 8 {
            std::thread::yield_now();
        }
        let before = rounds.load(Ordering::Relaxed);
        let done = std::panic::catch_unwind(std::panic::AssertUnwindSafe(work));
        is_over.store(true, Ordering::Relaxed);
        writers.into_iter().for_each(|writer| writer.join().expect("a writer ends well"));
        let made = rounds.load(Ordering::Relaxed) - before;
        (done.unwrap_or_else(|panic| std::panic::resume_unwind(panic)), made)
    })
}

#[test]
fn verify_beside_eight_writers_finds_nothing() {
    let app = furnished();
    let ((), made) = beside_writers(&app, || {
        for _ in 0..12 {
            assert_eq!(lines(&run(&app, &["verify"]), 0), 0);
        }
    });
    assert!(made > 20, "{made} rounds");
    ledger::check(&app);
}

#[test]
fn rebuild_beside_eight_writers_mends_what_is_wrong_and_nothing_else() {
    let app = furnished();
    let ((), made) = beside_writers(&app, || {
        for _ in 0..4 {
            assert_eq!(lines(&run(&app, &["rebuild"]), 0), 0);
            app.sql("UPDATE scorecards SET weight = weight + 1");
            app.sql("UPDATE actual_totals SET verified_progress = verified_progress + 1 WHERE due_on IS NOT NULL");
            // A writer may have put some of it right before.
            assert!((3..=9).contains(&lines(&run(&app, &["rebuild"]), 0)));
            assert_eq!(lines(&run(&app, &["verify"]), 0), 0);
        }
    });
    assert!(made > 20, "{made} rounds");
    ledger::check(&app);
}

/// So many actuals of one line, and so many associations with an actual each, made by SQL. Nothing follows from them yet.
fn fill(app: &App, actuals: u32, associations: u32) {
    app.association("city", None);
    app.indicator("households", "户");
    app.target("city", 2018, "households", 94);
    let columns = |association: &str| {
        format!(
            "INSERT INTO actuals (association_id, id, year, indicator_id, value_type, period_from, period_through, value,
                qualifier, state, version, reported_at, updated_at)
            SELECT {association}, gen_random_uuid(), 2018, indicators.id, 'number', '2018-01-01', '2018-01-31', 1,
                'exact', 'reported', 1, indicators.created_at, indicators.created_at FROM indicators"
        )
    };
    app.sql(&format!(
        "INSERT INTO associations SELECT gen_random_uuid(), 'a' || n, 'a' || n, kind, level, status, NULL, '/a' || n || '/',
            aliases, 1, created_at, updated_at FROM associations, generate_series(1, {associations}) AS n;
        {}, associations WHERE associations.code LIKE 'a%';
        {}, associations, generate_series(1, {actuals}) WHERE associations.code = 'city'",
        columns("associations.id"),
        columns("associations.id"),
    ));
}

#[test]
fn a_rebuild_that_is_killed_leaves_each_association_right_or_as_it_was_and_another_one_ends_it() {
    let app = App::start();
    fill(&app, 1, 60);
    run(&app, &["rebuild", "--association", "city"]);
    assert_eq!(lines(&run(&app, &["verify"]), 1), 180, "each lacks its three rows");
    // In the order of their ids: it stops in the second slice.
    let held = hold(
        &app.database,
        "BEGIN; SELECT FROM associations WHERE id =
            (SELECT id FROM associations WHERE code LIKE 'a%' ORDER BY id OFFSET 30 LIMIT 1) FOR UPDATE",
    );
    let rebuild = RefCell::new(command(&app, &["rebuild"]).spawn().expect("the program runs"));
    let is_waiting = "SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
    let has_ended = || rebuild.borrow_mut().try_wait().expect("a state").is_some();
    assert!(await_row(&app.database, is_waiting, has_ended));
    let mut rebuild = rebuild.into_inner();
    rebuild.kill().expect("it runs");
    rebuild.wait().expect("an end");
    held.release();
    let others = "SELECT FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid() AND xact_start IS NOT NULL";
    assert!(await_row(&app.database, &format!("SELECT WHERE NOT EXISTS ({others})"), || false));
    assert_eq!(lines(&run(&app, &["verify"]), 1), 90, "the rows of half of them");
    assert_eq!(lines(&run(&app, &["rebuild"]), 0), 90);
    assert_eq!(lines(&run(&app, &["verify"]), 0), 0);
    ledger::check(&app);
}

/// The most memory that a run held which ended well, in kB; it is looked at until it ends.
#[cfg(target_os = "linux")]
fn peak(mut command: Command) -> u64 {
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("the program runs");
    let status = format!("/proc/{}/status", child.id());
    let mut peak = 0;
    loop {
        let ended = child.try_wait().expect("a state");
        if let Some(ended) = ended {
            assert!(ended.success());
            return peak;
        }
        let text = std::fs::read_to_string(&status).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let now = line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok());
        peak = peak.max(now.unwrap_or_default());
        std::thread::yield_now();
    }
}

#[test]
#[cfg(target_os = "linux")]
fn verify_and_rebuild_hold_little_memory_however_many_rows_there_are() {
    let (small, large) = (App::start(), App::start());
    fill(&small, 10, 10);
    fill(&large, 200_000, 2_000);
    for task in ["rebuild", "verify"] {
        let [few, many] = [&small, &large].map(|app| peak(command(app, &[task])));
        assert!(few > 5_000, "{few} kB are not the program's");
        println!("{task}: {few} kB for a few rows, {many} kB for many");
        assert!(many < few + 24_000, "{task}: {few} kB for a few rows, {many} kB for many");
    }
    let kept = large.sql("SELECT max(reported_count), count(*) FROM actual_totals");
    assert_eq!(kept, [["200000", "2001"].map(|text| Some(text.to_owned()))]);
}
