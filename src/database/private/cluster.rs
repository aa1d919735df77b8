//! One cluster (PostgreSQL's word for a data directory): created, started or adopted, asked, stopped.
//!
//! Whoever calls this holds the data directory's turn; sharing between processes is not decided here.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use tokio::process::Child;
use tokio::time::{sleep, timeout};

use super::error::{PrivateServerError, Result, at};
use super::files::{create_private_dir, random_name};
use super::programs::{Account, ProgramError, Programs, leading_number, output};
use super::socket::{PORT, PidFile, Socket, is_server_of, quoted_directory};

/// The database user; it owns the cluster.
pub(super) const USER: &str = "kpi";

/// The database every private server has.
const DATABASE: &str = "kpi";

const START_LIMIT: Duration = Duration::from_secs(60);

const POLL: Duration = Duration::from_millis(40);

/// For a connection that is accepted but never answered.
const PROBE_LIMIT: Duration = Duration::from_secs(5);

const SETTINGS: [(&str, &str); 6] = [
    ("listen_addresses", ""),
    ("unix_socket_permissions", "0700"),
    ("shared_buffers", "128MB"),
    ("max_connections", "100"),
    ("logging_collector", "off"),
    ("cluster_name", "kpi"),
];

/// What PostgreSQL says while processes of a server that was killed are still ending.
const STILL_ENDING: &str = "pre-existing shared memory block";

/// The data directory of one server and the programs that serve it.
#[derive(Debug)]
pub(super) struct Cluster {
    pub(super) data_dir: PathBuf,
    path: PathBuf,
    log: PathBuf,
    pub(super) programs: Programs,
}

impl Cluster {
    /// Finds the programs that fit the data, and makes the cluster the first time.
    pub(super) async fn open(data_dir: PathBuf, bin_dir: Option<&Path>, account: Option<Account>) -> Result<Self> {
        let path = data_dir.join("postgres");
        let log = data_dir.join("postgres.log");
        let made_by = fs::read_to_string(path.join("PG_VERSION")).ok().and_then(|text| leading_number(&text));
        let programs = Programs::find(bin_dir, made_by, account).await?;
        if let Some(data) = made_by.filter(|data| *data != programs.major()) {
            return Err(PrivateServerError::OtherVersion { path, data, programs: programs.major() });
        }
        let cluster = Self { data_dir, path, log, programs };
        if !cluster.path.exists() {
            cluster.initialize().await?;
        }
        Ok(cluster)
    }

    /// Made beside its place and then renamed, so that a crash never leaves half a cluster. The name is random:
    /// an `initdb` that outlived its parent must not write into a later one's directory.
    async fn initialize(&self) -> Result<()> {
        const PREFIX: &str = "postgres.initializing-";
        for entry in fs::read_dir(&self.data_dir).map_err(at(&self.data_dir))?.flatten() {
            if entry.file_name().to_string_lossy().starts_with(PREFIX) {
                fs::remove_dir_all(entry.path()).map_err(at(&entry.path()))?;
            }
        }
        log::info!("creating the private PostgreSQL {} in {}", self.programs.major(), self.path.display());
        let unfinished = self.data_dir.join(format!("{PREFIX}{}", random_name()));
        create_private_dir(&unfinished, self.programs.account())?;
        // Collation C sorts by code point and lets LIKE use an index; the character type knows all of Unicode.
        let characters = if cfg!(target_os = "macos") { "UTF-8" } else { "C.UTF-8" };
        let mut command = self.programs.command("initdb");
        command.arg("--pgdata").arg(&unfinished).args(["--username", USER, "--encoding=UTF8", "--locale=C"]);
        command.args(["--lc-ctype", characters, "--auth-local=trust", "--auth-host=reject"]);
        output(&mut command).await?;
        fs::rename(&unfinished, &self.path).map_err(at(&self.path))?;
        File::open(&self.data_dir).and_then(|directory| directory.sync_all()).map_err(at(&self.data_dir))
    }

    /// Waits for the server that is up, or starts one. One loop for every state it may be found in: stopped,
    /// left behind by a killed process, still starting, still stopping, or gone with its pid file left over.
    pub(super) async fn bring_up(&self, settings: &[(&str, &str)]) -> Result<(Socket, Option<Child>)> {
        let started = Instant::now();
        let mut child: Option<Child> = None;
        loop {
            let pid_file = PidFile::read(&self.path);
            let socket = pid_file.socket.filter(|socket| socket.is_listening(self.server_uid()));
            match (socket, child.as_mut()) {
                (Some(socket), _) => {
                    if self.answers(&socket).await {
                        return Ok((socket, child));
                    }
                }
                (None, Some(running)) => {
                    if running.try_wait().map_err(at(&self.path))?.is_some() {
                        let (log, tail) = (self.log.clone(), self.log_tail());
                        if !tail.contains(STILL_ENDING) {
                            return Err(PrivateServerError::NotStarted { log, tail });
                        }
                        child = None;
                    }
                }
                (None, None) if is_server_of(pid_file.pid, &self.path).await => {}
                (None, None) => {
                    self.disown_pid_file()?;
                    child = Some(self.spawn(settings)?);
                }
            }
            if started.elapsed() > START_LIMIT {
                let (seconds, log, tail) = (START_LIMIT.as_secs(), self.log.clone(), self.log_tail());
                return Err(PrivateServerError::NotReady { seconds, log, tail });
            }
            sleep(POLL).await;
        }
    }

    /// A process group of its own keeps the terminal's ctrl-C from the server: the service stops it when its
    /// last requests are answered.
    fn spawn(&self, settings: &[(&str, &str)]) -> Result<Child> {
        let directory = Socket::create_directory(&self.data_dir, self.programs.account())?;
        let mut directories = OsString::from("unix_socket_directories=");
        directories.push(quoted_directory(&directory));
        let mut command = self.programs.command("postgres");
        command.arg("-D").arg(&self.path).arg("-c").arg(directories).arg("-c").arg(format!("port={PORT}"));
        for (name, value) in SETTINGS.iter().chain(settings) {
            command.arg("-c").arg(format!("{name}={value}"));
        }
        let log = self.new_log().map_err(at(&self.log))?;
        let second = log.try_clone().map_err(at(&self.log))?;
        command.process_group(0).stdin(Stdio::null()).stdout(log).stderr(second);
        command.spawn().map_err(|source| ProgramError::NotRun { program: "postgres".to_owned(), source }.into())
    }

    /// One log per start, the one before it kept: bounded without a rotation of its own.
    fn new_log(&self) -> io::Result<File> {
        let _ = fs::rename(&self.log, self.data_dir.join("postgres.previous.log"));
        OpenOptions::new().create(true).append(true).mode(0o600).open(&self.log)
    }

    fn log_tail(&self) -> String {
        let text = fs::read(&self.log).unwrap_or_default();
        let text = String::from_utf8_lossy(&text);
        let lines: Vec<&str> = text.lines().collect();
        lines.get(lines.len().saturating_sub(15)..).unwrap_or_default().join("\n")
    }

    /// Lets PostgreSQL see a pid file left by a dead server as such, though the file may be empty (power cut) or
    /// its pid may by now be another process's. PostgreSQL takes its own parent's pid for left over and goes on
    /// to check the shared memory the file names; deleting the file would skip that check.
    fn disown_pid_file(&self) -> Result<()> {
        let path = self.path.join(PidFile::NAME);
        let Ok(content) = fs::read(&path) else { return Ok(()) };
        let text = String::from_utf8_lossy(&content);
        let rest = text.split_once('\n').map_or("", |(_, rest)| rest);
        fs::write(&path, format!("{}\n{rest}", std::process::id())).map_err(at(&path))
    }

    async fn answers(&self, socket: &Socket) -> bool {
        let asked = timeout(PROBE_LIMIT, self.query(socket, "SELECT 1")).await;
        matches!(asked, Ok(Ok(_)))
    }

    pub(super) async fn create_database(&self, socket: &Socket) -> Result<()> {
        let existing = format!("SELECT 1 FROM pg_database WHERE datname = '{DATABASE}'");
        if self.query(socket, &existing).await?.is_empty() {
            self.query(socket, &format!("CREATE DATABASE {DATABASE}")).await?;
        }
        Ok(())
    }

    async fn query(&self, socket: &Socket, sql: &str) -> std::result::Result<String, ProgramError> {
        let mut command = self.programs.command("psql");
        command.arg("--host").arg(&socket.directory).args(["--port", &socket.port.to_string(), "--username", USER]);
        command.args(["--no-password", "--no-psqlrc", "--quiet", "--tuples-only", "--no-align"]);
        output(command.args(["--dbname", "postgres", "--command", sql])).await
    }

    /// Does nothing when the server has died: `pg_ctl` would signal whoever has its pid now.
    pub(super) async fn stop(&self) -> Result<()> {
        let socket = PidFile::read(&self.path).socket;
        if !socket.is_some_and(|socket| socket.is_listening(self.server_uid())) {
            return Ok(());
        }
        let mut command = self.programs.command("pg_ctl");
        command.arg("stop").arg("--pgdata").arg(&self.path);
        output(command.args(["--mode=fast", "--wait", "--timeout=60"])).await?;
        Ok(())
    }

    fn server_uid(&self) -> u32 {
        self.programs.account().map_or_else(|| rustix::process::geteuid().as_raw(), |account| account.uid)
    }
}
