//! Where a server listens: the pid file it writes, its unix socket, and the address for clients.
//!
//! Starts and stops nothing.

use std::ffi::OsString;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};

use tokio::process::Command;

use super::error::Result;
use super::files::{create_private_dir, random_name};
use super::programs::{Account, output};

/// The port is part of the socket's file name, nothing listens on TCP.
pub(super) const PORT: u16 = 5432;

/// Bytes of `sockaddr_un.sun_path`, without the final zero.
const PATH_LIMIT: usize = if cfg!(target_os = "linux") { 107 } else { 103 };

/// Name of the socket's directory when the data directory's path is too long for a socket.
const SHORT_DIRECTORY_PREFIX: &str = "kpi-postgres-";

/// What PostgreSQL writes about itself into its cluster while it runs.
#[derive(Debug, Default)]
pub(super) struct PidFile {
    pub(super) pid: Option<u32>,
    /// Where the server listens, which need not be where this process would put it.
    pub(super) socket: Option<Socket>,
}

impl PidFile {
    pub(super) const NAME: &str = "postmaster.pid";

    /// Lines: pid, cluster, start time, port, socket directory, … Anything missing or unreadable is `None`.
    ///
    /// In a copy of a cluster whose server was up the file names that server; it is not the copy's.
    pub(super) fn read(cluster: &Path) -> Self {
        let text = fs::read_to_string(cluster.join(Self::NAME)).unwrap_or_default();
        let mut lines = text.lines();
        let pid = lines.next().and_then(|line| line.trim().parse().ok());
        let is_own = lines.next().is_some_and(|line| is_same_directory(Path::new(line), cluster));
        let port = lines.nth(1).and_then(|line| line.trim().parse().ok()).filter(|_| is_own);
        let directory = lines.next().filter(|line| !line.is_empty()).map(PathBuf::from);
        let socket = port.zip(directory).map(|(port, directory)| Socket { directory, port });
        Self { pid, socket }
    }
}

/// A unix socket PostgreSQL listens on.
#[derive(Debug)]
pub(super) struct Socket {
    pub(super) directory: PathBuf,
    pub(super) port: u16,
}

impl Socket {
    fn path(&self) -> PathBuf {
        self.directory.join(format!(".s.PGSQL.{}", self.port))
    }

    /// The address for `tokio-postgres`, whose host is the socket's directory.
    pub(super) fn url(&self, user: &str, database: &str) -> String {
        let host = percent_encoded(self.directory.as_os_str().as_bytes());
        format!("postgres://{user}@{host}:{}/{}", self.port, percent_encoded(database.as_bytes()))
    }

    /// Only the server's own socket counts: the directory of a dead server below `/tmp` could be made anew by
    /// someone else.
    pub(super) fn is_listening(&self, owner: u32) -> bool {
        let path = self.path();
        fs::symlink_metadata(&path).is_ok_and(|found| found.uid() == owner) && UnixStream::connect(&path).is_ok()
    }

    /// In the data directory; where a socket's path may not be that long (or, for libpq, hold a comma), a new
    /// directory with a random name below the system's temporary one. Others find it through the pid file.
    pub(super) fn create_directory(data_dir: &Path, account: Option<Account>) -> Result<PathBuf> {
        let fits = |directory: &Path| {
            let path = Self { directory: directory.to_owned(), port: PORT }.path();
            path.as_os_str().len() <= PATH_LIMIT && !path.as_os_str().as_bytes().contains(&b',')
        };
        let usual = data_dir.join("postgres-socket");
        if fits(&usual) {
            if !usual.exists() {
                create_private_dir(&usual, account)?;
            }
            Self { directory: usual.clone(), port: PORT }.remove_left_over();
            return Ok(usual);
        }
        let name = format!("{SHORT_DIRECTORY_PREFIX}{}", random_name());
        let short = std::env::temp_dir().join(&name);
        let short = if fits(&short) { short } else { Path::new("/tmp").join(&name) };
        create_private_dir(&short, account)?;
        Ok(short)
    }

    /// A dead server's lock on its socket names its pid, which may by now be another process's.
    fn remove_left_over(&self) {
        let path = self.path();
        if UnixStream::connect(&path).is_err() {
            let _ = fs::remove_file(&path);
            let _ = fs::remove_file(self.directory.join(format!(".s.PGSQL.{}.lock", self.port)));
        }
    }

    pub(super) fn remove_short_directory(&self) {
        let name = self.directory.file_name().unwrap_or_default().as_bytes();
        if name.starts_with(SHORT_DIRECTORY_PREFIX.as_bytes()) {
            let _ = fs::remove_dir(&self.directory);
        }
    }
}

fn is_same_directory(one: &Path, other: &Path) -> bool {
    let identity = |path| fs::metadata(path).map(|found| (found.dev(), found.ino())).ok();
    identity(one).is_some_and(|found| Some(found) == identity(other))
}

/// Whether `pid` is alive and a server of this cluster. Asked of its command line, since after a reboot the pid
/// may be anybody's.
pub(super) async fn is_server_of(pid: Option<u32>, cluster: &Path) -> bool {
    let Some(pid) = pid.map(|pid| pid.to_string()) else { return false };
    let command_line = if Path::new("/proc/self/cmdline").exists() {
        fs::read(Path::new("/proc").join(&pid).join("cmdline")).unwrap_or_default()
    } else {
        output(Command::new("ps").args(["-o", "command=", "-p", &pid])).await.unwrap_or_default().into_bytes()
    };
    let cluster = cluster.as_os_str().as_bytes();
    command_line.windows(cluster.len()).any(|part| part == cluster)
}

/// In the server's list syntax: quoted, since a path may hold commas and spaces.
pub(super) fn quoted_directory(path: &Path) -> OsString {
    let mut quoted = OsString::from("\"");
    for (index, part) in path.to_string_lossy().split('"').enumerate() {
        quoted.push(if index == 0 { "" } else { "\"\"" });
        quoted.push(part);
    }
    quoted.push("\"");
    quoted
}

fn percent_encoded(bytes: &[u8]) -> String {
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.~".contains(byte);
    bytes.iter().map(|byte| if plain(byte) { char::from(*byte).to_string() } else { format!("%{byte:02X}") }).collect()
}
