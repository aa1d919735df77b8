//! The program itself, in a process of its own.

use std::fs::Permissions;
use std::io::{BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::process::{Child, ChildStderr, Command, Stdio};

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

use super::person::Person;

/// `kpi` without the variables of whoever runs the tests.
pub fn kpi(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kpi"));
    command.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default()).args(arguments);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// A folder for a private PostgreSQL; open to the account PostgreSQL runs as where that is not the tests' own.
pub fn data_dir() -> TempDir {
    tempfile::Builder::new().permissions(Permissions::from_mode(0o755)).tempdir().expect("a folder")
}

/// A running `kpi serve`. Dropped, it is told to stop, and with it its PostgreSQL.
pub struct Serving {
    child: Child,
    log: BufReader<ChildStderr>,
    address: SocketAddr,
}

impl Serving {
    /// Starts it on a free port with these arguments, in a process group of its own, and waits until it listens.
    pub fn start(arguments: &[&str]) -> Self {
        let mut command = kpi(&["serve", "--listen", "127.0.0.1:0"]);
        let mut child = command.args(arguments).process_group(0).spawn().expect("the program runs");
        let mut log = BufReader::new(child.stderr.take().expect("a log"));
        let mut said = String::new();
        let address = loop {
            assert_ne!(log.read_line(&mut said).expect("a log"), 0, "ended instead of listening: {said}");
            if let Some((_, place)) = said.split_once("listening on http://") {
                break place.split(',').next().expect("a place").parse().expect("an address");
            }
        };
        Self { child, log, address }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Its process.
    pub fn pid(&self) -> Pid {
        Pid::from_child(&self.child)
    }

    /// Somebody with this key, or with none.
    pub fn person(&self, secret: Option<&str>) -> Person {
        Person::new(self.address, secret.map(ToOwned::to_owned))
    }

    /// Waits for its end; answers whether it ended well, and what it logged since it listens.
    pub fn wait(&mut self) -> (bool, String) {
        let mut said = String::new();
        self.log.read_to_string(&mut said).expect("a log");
        (self.child.wait().expect("an end").success(), said)
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        if let Ok(None) = self.child.try_wait() {
            // It may have ended in between, and a test that failed must not panic again.
            let _ = kill_process(self.pid(), Signal::TERM);
            let _ = self.child.wait();
        }
    }
}
