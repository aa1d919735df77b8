//! One private PostgreSQL for the test process, a template migrated once, a database per test cloned from it.

use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{LazyLock, Mutex};

use kpi::database::private::PrivateServer;
use tokio::runtime::Runtime;
use tokio_postgres::{Client, NoTls, SimpleQueryMessage};

/// Runs what is asynchronous outside of the services under test.
pub static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Runtime::new().expect("a runtime"));

static SERVER: LazyLock<PrivateServer> = LazyLock::new(|| {
    let server = RUNTIME.block_on(start());
    let template = server.url("template_kpi");
    execute(&server.url("kpi"), "CREATE DATABASE template_kpi");
    RUNTIME.block_on(kpi::database::migrate(&template)).expect("the template migrates");
    server
});

/// PostgreSQL clones one template at a time.
static CLONING: Mutex<()> = Mutex::new(());

async fn start() -> PrivateServer {
    let place = tempfile::Builder::new().prefix("kpi-tests-").permissions(open_to_all()).tempdir();
    let place = place.expect("a folder").keep();
    // Durability is for data one wants to keep.
    let settings =
        [("fsync", "off"), ("synchronous_commit", "off"), ("full_page_writes", "off"), ("max_connections", "300")];
    let server = PrivateServer::start(&place, None, &settings).await.expect("PostgreSQL starts");
    stop_afterwards(&place);
    server
}

/// As root, PostgreSQL runs as another user, who has to get there.
fn open_to_all() -> std::fs::Permissions {
    std::os::unix::fs::PermissionsExt::from_mode(0o755)
}

/// A test process ends without a last word, so a shell waits for its end and then stops the server and tidies up.
#[expect(clippy::zombie_processes, reason = "the shell outlives this process; that is what it is for")]
fn stop_afterwards(place: &PathBuf) {
    let script = r#"while kill -0 "$1" 2>/dev/null; do sleep 0.5; done
        kill -INT "$(head -n 1 "$2/postgres/postmaster.pid")"
        while [ -e "$2/postgres/postmaster.pid" ]; do sleep 0.2; done
        rm -rf "$2""#;
    Command::new("sh")
        .args(["-c", script, "sh", &std::process::id().to_string()])
        .arg(place)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("a shell");
}

/// The address of a new database with the schema in it.
pub fn fresh() -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let name = format!("test_{}", COUNT.fetch_add(1, Ordering::Relaxed));
    let server = &*SERVER;
    let _turn = CLONING.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    execute(&server.url("kpi"), &format!("CREATE DATABASE {name} TEMPLATE template_kpi"));
    server.url(&name)
}

/// The address of a new, empty database.
pub fn empty() -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let name = format!("empty_{}", COUNT.fetch_add(1, Ordering::Relaxed));
    execute(&SERVER.url("kpi"), &format!("CREATE DATABASE {name}"));
    SERVER.url(&name)
}

/// Runs SQL and answers the rows as text.
pub fn execute(url: &str, sql: &str) -> Vec<Vec<Option<String>>> {
    try_execute(url, sql).unwrap_or_else(|error| panic!("{sql}: {error}"))
}

/// Runs SQL that may be refused.
pub fn try_execute(url: &str, sql: &str) -> Result<Vec<Vec<Option<String>>>, String> {
    RUNTIME.block_on(async {
        let (client, connection) = tokio_postgres::connect(url, NoTls).await.expect("a connection");
        let driver = tokio::spawn(connection);
        let messages = client.simple_query(sql).await.map_err(|error| match error.as_db_error() {
            Some(refused) => format!("{} {}", refused.code().code(), refused.message()),
            None => error.to_string(),
        });
        drop(client);
        driver.await.expect("the driver ends").expect("the connection ends well");
        Ok(messages?.into_iter().filter_map(row).collect())
    })
}

/// What somebody holds in the database, until it is released or dropped.
pub struct Held(#[expect(dead_code, reason = "the transaction ends with it")] Client);

impl Held {
    /// Lets go of it.
    pub fn release(self) {
        drop(self);
    }
}

/// Runs SQL that begins a transaction, and leaves it open.
pub fn hold(url: &str, sql: &str) -> Held {
    RUNTIME.block_on(async {
        let (client, connection) = tokio_postgres::connect(url, NoTls).await.expect("a connection");
        tokio::spawn(connection);
        client.batch_execute(sql).await.expect("it is held");
        Held(client)
    })
}

/// Asks as fast as it can until the answer holds a row; answers no where `is_over` says so first.
pub fn await_row(url: &str, sql: &str, is_over: impl Fn() -> bool) -> bool {
    RUNTIME.block_on(async {
        let (client, connection) = tokio_postgres::connect(url, NoTls).await.expect("a connection");
        tokio::spawn(connection);
        loop {
            let messages = client.simple_query(sql).await.expect("an answer");
            if messages.into_iter().any(|message| row(message).is_some()) {
                return true;
            }
            if is_over() {
                return false;
            }
        }
    })
}

fn row(message: SimpleQueryMessage) -> Option<Vec<Option<String>>> {
    match message {
        SimpleQueryMessage::Row(row) => {
            Some((0..row.len()).map(|index| row.get(index).map(ToOwned::to_owned)).collect())
        }
        _ => None,
    }
}
