//! The private PostgreSQL against the real server programs: started, shared, killed, found again.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test stops at the first surprise")]

use std::fs::{self, Permissions};
use std::future::Future;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use kpi::database::private::{PrivateServer, PrivateServerError};
use rustix::process::{Pid, Signal, geteuid, kill_process, kill_process_group, test_kill_process};
use tempfile::TempDir;
use tokio_postgres::NoTls;

use crate::support::Serving;

const FAST: [(&str, &str); 3] = [("fsync", "off"), ("full_page_writes", "off"), ("synchronous_commit", "off")];

#[tokio::test]
async fn data_survives_a_stop_and_a_start() {
    in_time(async {
        let place = Place::new();
        let server = place.start().await;
        execute(&server, "CREATE TABLE kept AS SELECT 42 AS number").await;
        assert_eq!(text(&server, "SHOW fsync").await, "off");
        assert_eq!(text(&server, "SHOW listen_addresses").await, "");
        assert_eq!(text(&server, "SHOW server_encoding").await, "UTF8");
        assert_eq!(fs::metadata(place.data_dir().join("postgres-socket")).unwrap().mode() & 0o777, 0o700);
        server.stop().await.unwrap();
        assert!(!place.is_up());

        let server = place.start().await;
        assert_eq!(text(&server, "SELECT number::text FROM kept").await, "42");
        server.stop().await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn the_server_stays_until_its_last_user_leaves() {
    in_time(async {
        let place = Place::new();
        let (first, second) = tokio::join!(place.start(), place.start());
        assert_eq!(first.url("kpi"), second.url("kpi"));
        first.stop().await.unwrap();
        assert_eq!(text(&second, "SELECT 'still here'").await, "still here");
        second.stop().await.unwrap();
        assert!(!place.is_up());
    })
    .await;
}

#[tokio::test]
async fn a_server_left_by_a_killed_process_is_adopted() {
    in_time(async {
        let place = Place::new();
        let mut owner = another_process_on(&place);
        let pid = place.server_pid();
        kill_process(owner.pid(), Signal::KILL).unwrap();
        owner.wait();
        assert!(place.is_up());

        let server = place.start().await;
        assert_eq!(place.server_pid(), pid);
        assert_eq!(text(&server, "SELECT 'adopted'").await, "adopted");
        server.stop().await.unwrap();
        assert!(!place.is_up());
    })
    .await;
}

#[tokio::test]
async fn the_terminals_interrupt_does_not_reach_the_server() {
    in_time(async {
        let place = Place::new();
        let mut owner = another_process_on(&place);
        let pid = place.server_pid();
        let server = place.start().await;
        kill_process_group(owner.pid(), Signal::INT).unwrap();
        owner.wait();
        assert_eq!(place.server_pid(), pid);
        assert_eq!(text(&server, "SELECT 'still here'").await, "still here");
        server.stop().await.unwrap();
        assert!(!place.is_up());
    })
    .await;
}

#[tokio::test]
async fn a_killed_server_is_started_again_with_its_data() {
    in_time(async {
        let place = Place::new();
        let server = place.start().await;
        execute(&server, "SET synchronous_commit = on; CREATE TABLE kept AS SELECT 42 AS number").await;
        kill_process(place.server_pid(), Signal::KILL).unwrap();
        let again = place.start().await;
        assert_eq!(text(&again, "SELECT number::text FROM kept").await, "42");
        again.stop().await.unwrap();
        server.stop().await.unwrap();
        assert!(!place.is_up());
    })
    .await;
}

#[tokio::test]
async fn a_pid_file_left_by_a_power_cut_is_no_obstacle() {
    in_time(async {
        let place = Place::new();
        place.start().await.stop().await.unwrap();
        let cluster = place.data_dir().join("postgres");
        // After a reboot the pid belongs to someone else, here to a process of the server's own account, which
        // is the hard case: PostgreSQL by itself would refuse to start.
        let owner = fs::metadata(&cluster).unwrap();
        let mut stranger = Command::new("sleep").arg("60").uid(owner.uid()).gid(owner.gid()).spawn().unwrap();
        let socket_dir = place.data_dir().join("postgres-socket");
        let reused =
            format!("{}\n{}\n1\n5432\n{}\n\n\nready\n", stranger.id(), cluster.display(), socket_dir.display());
        for content in [reused.as_str(), ""] {
            fs::write(cluster.join("postmaster.pid"), content).unwrap();
            fs::write(socket_dir.join(".s.PGSQL.5432.lock"), content).unwrap();
            let server = place.start().await;
            assert_eq!(text(&server, "SELECT 'up'").await, "up");
            server.stop().await.unwrap();
        }
        assert!(stranger.try_wait().unwrap().is_none(), "the stranger was left alone");
        stranger.kill().unwrap();
        stranger.wait().unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_half_finished_creation_is_done_over() {
    in_time(async {
        let place = Place::new();
        let unfinished = place.data_dir().join("postgres.initializing-0123456789abcdef");
        fs::create_dir_all(unfinished.join("base")).unwrap();
        fs::write(unfinished.join("PG_VERSION"), "15\n").unwrap();
        let server = place.start().await;
        assert_eq!(text(&server, "SELECT current_database()").await, "kpi");
        assert!(!unfinished.exists());
        server.stop().await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_long_or_unusual_path_is_no_obstacle() {
    in_time(async {
        let place = Place::at(&format!("{}/数据, \"a\" b%", "long-".repeat(20)));
        let (first, second) = tokio::join!(place.start(), place.start());
        assert_eq!(first.url("kpi"), second.url("kpi"));
        assert_eq!(text(&second, "SELECT 'up'").await, "up");
        let socket_dir =
            PathBuf::from(text(&first, "SELECT trim('\"' FROM current_setting('unix_socket_directories'))").await);
        assert!(socket_dir.is_dir());
        first.stop().await.unwrap();
        second.stop().await.unwrap();
        assert!(!socket_dir.exists(), "nothing is left in the temporary directory");

        let place = Place::at("数据, \"a\" b%");
        let server = place.start().await;
        assert_eq!(text(&server, "SELECT 'up'").await, "up");
        server.stop().await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_copy_of_a_running_servers_directory_gets_its_own_server() {
    in_time(async {
        let (place, copy) = (Place::new(), Place::new());
        let original = place.start().await;
        let copied = Command::new("cp").arg("-a").arg(place.data_dir()).arg(copy.data_dir()).status().unwrap();
        assert!(copied.success());
        let server = copy.start().await;
        assert_ne!(original.url("kpi"), server.url("kpi"));
        assert_ne!(place.server_pid(), copy.server_pid());
        server.stop().await.unwrap();
        assert!(place.is_up());
        original.stop().await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn data_of_another_version_is_left_alone() {
    in_time(async {
        let place = Place::new();
        let cluster = place.data_dir().join("postgres");
        fs::create_dir_all(&cluster).unwrap();
        fs::write(cluster.join("PG_VERSION"), "11\n").unwrap();
        let error = place.try_start(None).await.unwrap_err();
        let PrivateServerError::OtherVersion { data: 11, programs, .. } = error else { panic!("{error}") };
        assert!(error.to_string().contains("PostgreSQL 11"), "{error}");
        assert!(error.to_string().contains(&format!("version {programs}")), "{error}");
        assert_eq!(fs::read_dir(&cluster).unwrap().count(), 1);
    })
    .await;
}

#[tokio::test]
async fn missing_programs_are_named_in_one_sentence() {
    in_time(async {
        let place = Place::new();
        let empty = tempfile::tempdir().unwrap();
        let error = place.try_start(Some(empty.path())).await.unwrap_err().to_string();
        assert!(error.contains("PG_BIN_DIR") && error.contains("initdb"), "{error}");
        assert!(!error.contains('\n'), "{error}");
        let nowhere = kpi::database::private::ProgramError::Missing.to_string();
        assert!(nowhere.contains("apt-get install postgresql"), "{nowhere}");
    })
    .await;
}

#[tokio::test]
async fn a_server_that_ends_while_starting_shows_its_log() {
    in_time(async {
        let place = Place::new();
        let error = PrivateServer::start(&place.data_dir(), None, &[("shared_buffers", "nonsense")]).await.unwrap_err();
        assert!(matches!(error, PrivateServerError::NotStarted { .. }), "{error}");
        assert!(error.to_string().contains("invalid value for parameter \"shared_buffers\""), "{error}");
        place.start().await.stop().await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_directory_the_servers_account_may_not_enter_is_named() {
    if !geteuid().is_root() {
        return; // An ordinary user's server runs as that user.
    }
    in_time(async {
        let place = Place::new();
        let closed = place.root.path().join("closed");
        fs::create_dir(&closed).unwrap();
        fs::set_permissions(&closed, Permissions::from_mode(0o700)).unwrap();
        let error = PrivateServer::start(&closed.join("data"), None, &FAST).await.unwrap_err();
        assert!(matches!(error, PrivateServerError::OutOfReach { .. }), "{error}");
        assert!(error.to_string().contains(&closed.display().to_string()), "{error}");
    })
    .await;
}

/// A service that has the server of `place` up.
fn another_process_on(place: &Place) -> Serving {
    Serving::start(&["--data-dir", place.data_dir().to_str().unwrap()])
}

/// A temporary directory with a data directory in it. Dropped, it takes a server a failed test left with it.
struct Place {
    root: TempDir,
    inner: String,
}

impl Place {
    fn new() -> Self {
        Self::at("data")
    }

    /// Open to the server's account: as root, that is not the one the test runs as.
    fn at(inner: &str) -> Self {
        let root = tempfile::Builder::new().permissions(Permissions::from_mode(0o755)).tempdir().unwrap();
        Self { root, inner: inner.to_owned() }
    }

    fn data_dir(&self) -> PathBuf {
        self.root.path().join(&self.inner)
    }

    async fn start(&self) -> PrivateServer {
        self.try_start(None).await.unwrap()
    }

    async fn try_start(&self, bin_dir: Option<&Path>) -> Result<PrivateServer, PrivateServerError> {
        PrivateServer::start(&self.data_dir(), bin_dir, &FAST).await
    }

    fn pid(&self) -> Option<Pid> {
        let text = fs::read_to_string(self.data_dir().join("postgres/postmaster.pid")).ok()?;
        Pid::from_raw(text.lines().next()?.parse().ok()?)
    }

    fn server_pid(&self) -> Pid {
        self.pid().expect("a server is up")
    }

    fn is_up(&self) -> bool {
        self.pid().is_some_and(|pid| test_kill_process(pid).is_ok())
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Some(pid) = self.pid().filter(|_| std::thread::panicking()) {
            let _ = kill_process(pid, Signal::QUIT);
        }
    }
}

async fn execute(server: &PrivateServer, sql: &str) {
    let (client, connection) = tokio_postgres::connect(&server.url("kpi"), NoTls).await.unwrap();
    let connection = tokio::spawn(connection);
    client.batch_execute(sql).await.unwrap();
    drop(client);
    connection.await.unwrap().unwrap();
}

async fn text(server: &PrivateServer, sql: &str) -> String {
    let (client, connection) = tokio_postgres::connect(&server.url("kpi"), NoTls).await.unwrap();
    tokio::spawn(connection);
    client.query_one(sql, &[]).await.unwrap().get(0)
}

/// No test here may hang; creating a cluster on a busy machine is what takes long.
async fn in_time(test: impl Future<Output = ()>) {
    let started = Instant::now();
    let finished = tokio::time::timeout(Duration::from_secs(90), test).await;
    assert!(finished.is_ok(), "not finished after {:?}", started.elapsed());
}
