//! Requests that are sent again: after an answer that was lost, while they are worked on, after a refusal, too late.

use std::io::Write;
use std::net::{Shutdown, TcpStream};
use std::time::{Duration, Instant};

use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::support::batch::{counts, row, started, stored};
use crate::support::database::{await_row, hold};
use crate::support::{App, Person, Reply, ledger};

/// Holds the year of an association, as somebody does who writes to it.
const HOLD_NORTH: &str = "BEGIN; UPDATE scorecards SET updated_at = updated_at WHERE year = 2018";

fn keyless(value: i64) -> Value {
    let mut item = row("–", value);
    item.as_object_mut().expect("an object").remove("external_id");
    item
}

fn send(person: &Person, key: &str, items: &[Value]) -> Reply {
    let body = json!({"items": items}).to_string();
    person.upload_once(key, "/actuals", "application/json", body)
}

/// Waits until a statement of the service waits for a lock.
fn await_waiting(app: &App) {
    let since = Instant::now();
    let waiting = "SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
    assert!(await_row(&app.database, waiting, || since.elapsed() > Duration::from_secs(20)), "nobody waits");
}

#[test]
fn the_same_request_gets_the_same_answer_byte_for_byte_and_stores_nothing_more() {
    let app = started();
    let reporter = app.reporter_of("north");
    let items = [keyless(1), keyless(2)];
    let first = send(&reporter, "k", &items);
    assert_eq!(first.status, 200, "{}", first.text);
    app.advance(TimeDelta::hours(23));
    let again = send(&reporter, "k", &items);
    assert_eq!((again.status, &again.text, again.header("content-type")), (200, &first.text, "application/json"));
    assert_eq!(stored(&app, "actuals"), 2);
    for other in [
        send(&reporter, "k", &[keyless(1)]),
        reporter.upload_once("k", "/actuals?mode=partial", "application/json", json!({"items": items}).to_string()),
    ] {
        other.expect_problem(409, "idempotency_key_reused");
    }
    // Another key of the same association may use the name for its own.
    let other = app.reporter_of("north");
    assert_eq!(counts(&send(&other, "k", &[keyless(3)]).expect(200)), [1, 1, 0, 0]);
    app.advance(TimeDelta::hours(2));
    assert_eq!(counts(&send(&reporter, "k", &[keyless(4)]).expect(200)), [1, 1, 0, 0]);
    assert_eq!(stored(&app, "actuals"), 4);
    ledger::check(&app);
}

#[test]
fn a_single_submission_is_as_safe_to_repeat() {
    let app = started();
    let reporter = app.reporter_of("north");
    let body = json!({"indicator": "households", "period": "2018-03", "value": 1});
    let submit = |body: &Value| {
        reporter.send_json("POST", "/associations/north/actuals", &[("Idempotency-Key", "k")], body.clone())
    };
    let (first, again) = (submit(&body), submit(&body));
    assert_eq!((first.status, again.status), (201, 201), "{} {}", first.text, again.text);
    assert_eq!(first.text, again.text);
    assert!(!first.header("etag").is_empty());
    for header in ["etag", "location", "content-type"] {
        assert_eq!(first.header(header), again.header(header));
    }
    submit(&json!({"indicator": "households", "period": "2018-03", "value": 2}))
        .expect_problem(409, "idempotency_key_reused");
    for wrong in ["", "a b", "键", &"x".repeat(129)] {
        let headers = [("Idempotency-Key", wrong)];
        let reply = reporter.send_json("POST", "/associations/north/actuals", &headers, body.clone());
        reply.expect_problem(400, "invalid_parameter");
    }
    assert_eq!(stored(&app, "actuals"), 1);
    ledger::check(&app);
}

#[test]
fn a_request_that_is_still_worked_on_is_not_begun_again() {
    let app = started();
    let reporter = app.reporter_of("north");
    let items = [keyless(1)];
    let held = hold(&app.database, HOLD_NORTH);
    std::thread::scope(|scope| {
        let first = scope.spawn(|| send(&reporter.clone(), "k", &items));
        await_waiting(&app);
        let second = send(&reporter.clone(), "k", &items);
        assert!(!second.header("retry-after").is_empty(), "{:?}", second.headers);
        second.expect_problem(409, "request_in_progress");
        held.release();
        let first = first.join().expect("a thread ends well");
        assert_eq!(first.status, 200, "{}", first.text);
        assert_eq!(send(&reporter.clone(), "k", &items).text, first.text);
    });
    assert_eq!(stored(&app, "actuals"), 1);
    ledger::check(&app);
}

#[test]
fn a_batch_on_its_way_does_not_make_other_requests_with_keys_wait() {
    let app = started();
    let reporter = app.reporter_of("city");
    send(&reporter, "old", &[keyless(1)]).expect(200);
    // Whoever comes first tidies the old key away.
    app.advance(TimeDelta::hours(25));
    let held = hold(&app.database, HOLD_NORTH);
    std::thread::scope(|scope| {
        let batch = scope.spawn(|| send(&reporter.clone(), "batch", &[keyless(2)]));
        await_waiting(&app);
        let (sender, receiver) = std::sync::mpsc::channel();
        let (single, old) = (reporter.clone(), reporter.clone());
        scope.spawn(move || {
            let body = json!({"indicator": "households", "period": "2018-03", "value": 3});
            let headers = [("Idempotency-Key", "single")];
            let status = single.send_json("POST", "/associations/south/actuals", &headers, body).status;
            let _ = sender.send(status);
        });
        let status = receiver.recv_timeout(Duration::from_secs(5));
        held.release();
        assert_eq!(status, Ok(201));
        assert_eq!(batch.join().expect("a thread ends well").status, 200);
        assert_eq!(counts(&send(&old, "old", &[keyless(1)]).expect(200)), [1, 1, 0, 0]);
    });
    assert_eq!(stored(&app, "actuals"), 4);
    ledger::check(&app);
}

#[test]
fn after_a_refusal_the_key_is_free() {
    let app = started();
    let reporter = app.reporter_of("north");
    send(&reporter, "k", &[keyless(1), row("a", "很多")]).expect_problem(422, "batch_rejected");
    assert_eq!(stored(&app, "idempotency_keys"), 0);
    let dry = reporter.upload_once(
        "k",
        "/actuals?dry_run=true",
        "application/json",
        json!({"items": [keyless(1)]}).to_string(),
    );
    dry.expect(200);
    assert_eq!(counts(&send(&reporter, "k", &[keyless(1)]).expect(200)), [1, 1, 0, 0]);
    let partial = json!({"items": [keyless(1), row("a", "很多")]}).to_string();
    let twice = || reporter.upload_once("p", "/actuals?mode=partial", "application/json", &partial);
    let (first, again) = (twice(), twice());
    assert_eq!((first.status, first.text), (again.status, again.text));
    assert_eq!(stored(&app, "actuals"), 2);
    ledger::check(&app);
}

#[test]
fn a_client_that_goes_away_anywhere_and_asks_again_stores_each_row_once() {
    let app = started();
    let reporter = app.reporter_of("north");
    let rows: String = (0..300).map(|row| format!("north,households,2018-03,{row}\n")).collect();
    let csv = format!("association,indicator,period,value\n{rows}");
    for attempt in 0..6 {
        let key = format!("k{attempt}");
        let request = reporter.raw_upload(&key, "/actuals", "text/csv", &csv);
        // In the head, in the body, one byte before its end, and three times with the whole request sent.
        let sent = [40, request.len() / 2, request.len() - 1].get(attempt).copied().unwrap_or(request.len());
        let mut stream = TcpStream::connect(app.address()).expect("a connection");
        stream.write_all(&request[..sent]).expect("it is sent");
        if attempt % 2 == 0 {
            stream.shutdown(Shutdown::Both).expect("it is closed");
        }
        drop(stream);
        let before = stored(&app, "actuals");
        assert!(attempt >= 3 || before == 300 * i64::try_from(attempt).unwrap(), "{before} rows");
        let answer = loop {
            let reply = reporter.upload_once(&key, "/actuals", "text/csv", &csv);
            if reply.status != 409 {
                break reply.expect(200);
            }
            assert_eq!(reply.body["code"], "request_in_progress");
        };
        assert_eq!(counts(&answer), [300, 300, 0, 0]);
        assert_eq!(stored(&app, "actuals"), 300 * (1 + i64::try_from(attempt).unwrap()));
    }
    ledger::check(&app);
}
