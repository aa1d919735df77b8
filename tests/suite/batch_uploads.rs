//! Uploads that are too many, too large or cut off, and the folder they lie in.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::support::batch::{row, started, stored};
use crate::support::database::{await_row, fresh, hold};
use crate::support::{App, Person, kpi};

/// More bytes than a single resource may have.
fn long_csv() -> String {
    let rows: String = (0..4_000).map(|row| format!("north,households,2018-03,{row}\n")).collect();
    format!("association,indicator,period,value\n{rows}")
}

/// A connection over which these bytes were sent.
fn sent(app: &App, bytes: &[u8]) -> TcpStream {
    let mut stream = TcpStream::connect(app.address()).expect("a connection");
    stream.set_read_timeout(Some(Duration::from_secs(10))).expect("a timeout");
    stream.write_all(bytes).expect("it is sent");
    stream
}

/// Whether a large upload is refused because there are enough of them.
fn is_busy(reporter: &Person) -> bool {
    let reply = reporter.upload("/actuals?dry_run=true", "text/csv", long_csv());
    if reply.status == 200 {
        return false;
    }
    assert!(!reply.header("retry-after").is_empty(), "{:?}", reply.headers);
    reply.expect_problem(503, "service_busy");
    true
}

#[test]
fn of_large_uploads_only_so_many_are_received_at_once_and_short_ones_always() {
    let app = started();
    let reporter = app.reporter_of("north");
    let request = reporter.raw_upload("k", "/actuals", "text/csv", &long_csv());
    let mut slow: Vec<_> = (0..8).map(|_| sent(&app, &request[..request.len() - 1])).collect();
    // What is asked between them may have had one of the places.
    while !is_busy(&reporter) {
        slow.push(sent(&app, &request[..request.len() - 1]));
        assert!(slow.len() < 30, "as many as one likes");
    }
    reporter.post("/actuals", json!({"items": [row("a", 1)]})).expect(200);
    drop(slow);
    let since = Instant::now();
    while is_busy(&reporter) {
        assert!(since.elapsed() < Duration::from_secs(20), "the places stay taken");
    }
    assert_eq!(stored(&app, "actuals"), 1);
}

#[test]
fn an_upload_that_says_it_is_too_large_is_refused_unread() {
    let app = started();
    let reporter = app.reporter_of("north");
    let request = String::from_utf8(reporter.raw_upload("k", "/actuals", "text/csv", "")).expect("a text");
    let head = request.to_lowercase().find("content-length: 0").expect("a length");
    let length = format!("Content-Length: {}", 64 * 1024 * 1024 + 1);
    let request = format!("{}{length}{}", &request[..head], &request[head + "content-length: 0".len()..]);
    let mut answer = [0; 12];
    sent(&app, request.as_bytes()).read_exact(&mut answer).expect("an answer");
    assert_eq!(&answer, b"HTTP/1.1 413");
}

#[test]
fn a_retry_of_a_running_batch_is_told_so_also_while_others_wait_for_their_turn() {
    let app = started();
    let reporter = app.reporter_of("north");
    let items = |value: i64| json!({"items": [row(&format!("r{value}"), value)]}).to_string();
    let send =
        |person: &Person, key: &str, value| person.upload_once(key, "/actuals", "application/json", items(value));
    let held = hold(&app.database, "BEGIN; UPDATE scorecards SET updated_at = updated_at WHERE year = 2018");
    std::thread::scope(|scope| {
        // As many as may run at once.
        let running = [1, 2].map(|value| {
            let person = reporter.clone();
            scope.spawn(move || send(&person, &format!("k{value}"), value).status)
        });
        let since = Instant::now();
        let waiting = "SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' \
                       HAVING count(*) >= 2";
        assert!(await_row(&app.database, waiting, || since.elapsed() > Duration::from_secs(20)), "nobody waits");
        let (sender, receiver) = std::sync::mpsc::channel();
        let person = reporter.clone();
        scope.spawn(move || sender.send(send(&person, "k1", 1).body["code"].clone()));
        let code = receiver.recv_timeout(Duration::from_secs(5));
        held.release();
        assert_eq!(code, Ok(json!("request_in_progress")));
        assert_eq!(running.map(|thread| thread.join().expect("a thread ends well")), [200, 200]);
    });
    assert_eq!(stored(&app, "actuals"), 2);
}

#[test]
fn without_its_folder_for_uploads_the_service_does_not_start() {
    let output = kpi(&["serve", "--upload-dir", "/nowhere/at/all"]).env("DATABASE_URL", fresh()).output();
    let output = output.expect("the program runs");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success() && said.contains("KPI_UPLOAD_DIR"), "{said}");
}
