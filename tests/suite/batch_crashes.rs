//! The program killed in the middle of a batch: all of it is stored or nothing, and a retry makes it whole.

use std::fmt::Write as _;
use std::io::Write as _;
use std::net::TcpStream;
use std::time::{Duration, Instant};

use rustix::process::{Signal, kill_process};

use crate::support::batch::{counts, started, stored};
use crate::support::database::await_row;
use crate::support::{Serving, ledger};

const ROWS: i64 = 2_000;

/// How the statements of a batch begin, in their order; at each of them the program is killed once.
const MOMENTS: [&str; 7] = [
    "CREATE TEMPORARY TABLE",
    "INSERT INTO staged_actuals",
    "CREATE INDEX ON staged_actuals",
    "FETCH FORWARD",
    "WITH inserted",
    "INSERT INTO audit_entries",
    "COMMIT",
];

fn csv(round: usize) -> String {
    let mut csv = "association,indicator,period,value,external_id\n".to_owned();
    for row in 0..ROWS {
        let association = ["north", "south", "city"][usize::try_from(row % 3).expect("a number")];
        let indicator = if row % 2 == 0 { "households" } else { "training" };
        writeln!(csv, "{association},{indicator},2018-{:02},1,{round}-{row}", row % 12 + 1).expect("a text");
    }
    csv
}

/// Sends a batch, kills the program when it is at this statement, and waits until nothing of it goes on.
fn kill_at(moment: &str, serving: &mut Serving, database: &str, request: &[u8]) {
    let mut stream = TcpStream::connect(serving.address()).expect("a connection");
    stream.write_all(request).expect("it is sent");
    stream.set_nonblocking(true).expect("it can be looked at");
    let since = Instant::now();
    let is_answered = || stream.peek(&mut [0]).is_ok() || since.elapsed() > Duration::from_secs(20);
    let others = "FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid() AND xact_start IS NOT NULL";
    // A statement may be too short to be seen; then the program is killed behind its answer.
    await_row(database, &format!("SELECT {others} AND ltrim(query, E' \\n') LIKE '{moment}%'"), is_answered);
    kill_process(serving.pid(), Signal::KILL).expect("it runs");
    serving.wait();
    assert!(await_row(database, &format!("SELECT WHERE NOT EXISTS (SELECT {others})"), || false));
}

#[test]
fn a_killed_program_leaves_a_batch_whole_or_not_at_all_and_a_retry_makes_it_whole() {
    let app = started();
    let reporter = app.reporter_of("city");
    let arguments = ["--database-url", &app.database];
    let mut undone = 0;
    for (round, moment) in MOMENTS.into_iter().enumerate() {
        let mut serving = Serving::start(&arguments);
        let request = reporter.raw_upload(&format!("round-{round}"), "/actuals", "text/csv", &csv(round));
        kill_at(moment, &mut serving, &app.database, &request);
        let rows = stored(&app, &format!("actuals WHERE external_id LIKE '{round}-%'"));
        assert!(rows == 0 || rows == ROWS, "{rows} rows after {moment}");
        undone += i64::from(rows == 0);
        let all = stored(&app, "actuals");
        assert_eq!(stored(&app, "audit_entries WHERE entity = 'actual'"), all);
        assert_eq!(stored(&app, "idempotency_keys") * ROWS, all);
        ledger::check(&app);
    }
    assert!(undone > 0, "no batch was interrupted");

    let serving = Serving::start(&arguments);
    let person = serving.person(Some(reporter.secret()));
    for round in 0..MOMENTS.len() {
        // Whether it was stored or not: the answer is that of the request that stored it.
        let answer = person.upload_once(&format!("round-{round}"), "/actuals", "text/csv", csv(round)).expect(200);
        assert_eq!(counts(&answer), [ROWS, ROWS, 0, 0]);
        let by_rows = person.upload("/actuals", "text/csv", csv(round)).expect(200);
        assert_eq!(counts(&by_rows), [ROWS, 0, ROWS, 0]);
    }
    let once = app.sql("SELECT count(*), count(DISTINCT external_id) FROM actuals");
    let all = (ROWS * i64::try_from(MOMENTS.len()).expect("a few")).to_string();
    assert_eq!(once[0], [Some(all.clone()), Some(all)]);
    ledger::check(&app);
}
