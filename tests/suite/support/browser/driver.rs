//! chromedriver, in a process group of its own.

use std::ffi::OsString;
use std::io::{BufRead, BufReader};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};

use rustix::process::{Pid, Signal, kill_process_group};

/// A running chromedriver. Dropped, it ends with all it started.
pub(super) struct Driver {
    child: Child,
    port: u16,
    // It would end if nobody could hear it any more.
    _output: BufReader<ChildStdout>,
}

impl Drop for Driver {
    fn drop(&mut self) {
        // A test that failed must not panic again.
        let _ = kill_process_group(Pid::from_child(&self.child), Signal::KILL);
        let _ = self.child.wait();
    }
}

impl Driver {
    /// Starts it on a free port, and waits until it listens; what it and Chromium leave lying about is in this folder.
    pub(super) fn start(folder: &Path) -> Self {
        let program = std::env::var_os("CHROMEDRIVER").unwrap_or_else(|| OsString::from("chromedriver"));
        let mut command = Command::new(&program);
        command
            .arg("--port=0")
            .env("TMPDIR", folder)
            .process_group(0)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        let mut child = command
            .spawn()
            .unwrap_or_else(|error| panic!("{}: {error}; run scripts/install-browser", program.display()));
        let mut output = BufReader::new(child.stdout.take().expect("what it says"));
        let mut said = String::new();
        let port = loop {
            assert_ne!(output.read_line(&mut said).expect("what it says"), 0, "ended instead of listening: {said}");
            if let Some((_, port)) = said.trim_end_matches(['.', '\n']).split_once("started successfully on port ") {
                break port.parse().expect("a port");
            }
        };
        Self { child, port, _output: output }
    }

    pub(super) fn address(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }
}
