//! `kpi import` where the service, or the way to it, fails while a file is sent.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::exchange_commands::{file, folder, run, started, stored, text};
use crate::support::{kpi, ledger};

/// Stands between a client and a service, and loses the first answer to a `POST` once the service has given it.
fn losing_the_first_answer(service: SocketAddr) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    let (is_posted, is_lost) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)));
    std::thread::spawn(move || {
        for client in listener.incoming().map(|client| client.expect("a client")) {
            let upstream = TcpStream::connect(service).expect("the service");
            let (mut from, mut to) =
                (client.try_clone().expect("a client"), upstream.try_clone().expect("the service"));
            let posted = Arc::clone(&is_posted);
            std::thread::spawn(move || {
                let mut buffer = [0; 4096];
                while let Ok(read @ 1..) = from.read(&mut buffer) {
                    posted.fetch_or(buffer.starts_with(b"POST"), Ordering::SeqCst);
                    to.write_all(&buffer[..read]).expect("the service reads");
                }
            });
            let (mut from, mut to) = (upstream, client);
            let (posted, lost) = (Arc::clone(&is_posted), Arc::clone(&is_lost));
            std::thread::spawn(move || {
                let mut buffer = [0; 4096];
                while let Ok(read @ 1..) = from.read(&mut buffer) {
                    if posted.load(Ordering::SeqCst) && !lost.swap(true, Ordering::SeqCst) {
                        break;
                    }
                    to.write_all(&buffer[..read]).expect("the client reads");
                }
                let _ = to.shutdown(Shutdown::Both);
            });
        }
    });
    address
}

#[test]
fn an_answer_that_is_lost_is_asked_for_again_and_nothing_counts_twice() {
    let (app, folder) = (started(), folder());
    let path = file(&folder, "figures.csv", "association,indicator,period,value\ncity,households,2018,1\n");
    let admin = app.admin();
    for (sent, more) in [("1", &[][..]), ("2", &["--again"])] {
        let mut command = kpi(&[&["import", "actuals", text(&path)], more].concat());
        command.env("KPI_SERVER", format!("http://{}", losing_the_first_answer(app.address())));
        command.env("KPI_KEY", admin.secret());
        let ran = run(command);
        assert_eq!(ran.counts(0), [1, 1, 0, 0]);
        assert!(ran.complained.contains("trying again in 1 s"), "{ran:?}");
        assert_eq!(stored(&app), sent);
    }
    ledger::check(&app);
}

/// Refuses every `POST` by its head, and reads no more of it.
fn refusing_early() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    std::thread::spawn(move || {
        for client in listener.incoming().map(|client| client.expect("a client")) {
            let mut client = client;
            let mut head = [0; 1024];
            let read = client.read(&mut head).expect("a request");
            let (status, body) = match head[..read].starts_with(b"POST") {
                true => ("403 Forbidden", r#"{"code": "forbidden", "detail": "not with this key"}"#),
                false => ("200 OK", "{}"),
            };
            let length = body.len();
            let answer = format!("HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}");
            client.write_all(answer.as_bytes()).expect("the client reads");
        }
    });
    address
}

#[test]
fn an_answer_that_comes_before_the_whole_file_is_sent_is_told() {
    let folder = folder();
    let row = "city,households,2018,1\n".repeat(1_000_000);
    let path = file(&folder, "large.csv", format!("association,indicator,period,value\n{row}"));
    let mut command = kpi(&["import", "actuals", text(&path)]);
    command.env("KPI_SERVER", format!("http://{}", refusing_early())).env("KPI_KEY", "kpi_any");
    let ran = run(command);
    assert!(ran.code == 1 && ran.complained.contains("kpi: forbidden: not with this key"), "{ran:?}");
    assert!(!ran.complained.contains("trying again"), "{ran:?}");
}
