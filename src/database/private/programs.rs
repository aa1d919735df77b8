//! The PostgreSQL server programs of this machine: where they are, which version they have, and as whom they run.
//!
//! Knows nothing of clusters, sockets or locks; `cluster` decides what to run.

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use tokio::process::Command;
use tokio::time::timeout;

/// What the private server runs. A directory counts only when it holds all of them.
const NEEDED: [&str; 4] = ["initdb", "postgres", "pg_ctl", "psql"];

const OLDEST_MAJOR: u32 = 14;

/// No program that ends by itself takes this long; `initdb` on a slow disk comes nearest.
const PROGRAM_LIMIT: Duration = Duration::from_secs(180);

/// Why the server programs could not be found or did not do their work.
#[derive(Debug, thiserror::Error)]
pub enum ProgramError {
    /// Nothing usable is installed.
    #[error(
        "no PostgreSQL server programs were found: install them (Debian, Ubuntu: `apt-get install postgresql`; \
         Fedora: `dnf install postgresql-server`; macOS: `brew install postgresql@17`), say where they are with \
         PG_BIN_DIR, or use a running PostgreSQL with DATABASE_URL"
    )]
    Missing,
    /// The directory the user named does not hold the programs.
    #[error(
        "PG_BIN_DIR is {}, but that directory does not hold the PostgreSQL server programs ({})",
        .0.display(),
        NEEDED.join(", ")
    )]
    NotInDirectory(PathBuf),
    /// The installed PostgreSQL is older than the service supports.
    #[error(
        "the PostgreSQL in {} is version {major}; version {OLDEST_MAJOR} or newer is needed",
        .directory.display()
    )]
    TooOld {
        /// Where the programs are.
        directory: PathBuf,
        /// Their major version.
        major: u32,
    },
    /// PostgreSQL refuses to run as root, and there is no other account to run it as.
    #[error("PostgreSQL does not run as root, and the account `{0}` to run it as does not exist")]
    NoAccount(String),
    /// A program could not be run at all.
    #[error("{program} could not be run: {source}")]
    NotRun {
        /// The program's path.
        program: String,
        /// What the system said.
        source: io::Error,
    },
    /// A program ran and failed.
    #[error("{program} failed: {output}")]
    Failed {
        /// The program's path.
        program: String,
        /// What it wrote to standard error.
        output: String,
    },
    /// A program did not come to an end.
    #[error("{0} did not finish within {limit} seconds", limit = PROGRAM_LIMIT.as_secs())]
    TooSlow(String),
}

/// The unprivileged account the server runs as when the service itself runs as root.
#[derive(Debug, Clone, Copy)]
pub(super) struct Account {
    pub(super) uid: u32,
    gid: u32,
}

impl Account {
    /// The owner of `directory`, so that data made by an ordinary user stays that user's; for root's own
    /// directories `postgres`, else `nobody`. `None` when the service does not run as root.
    pub(super) async fn for_owner_of(directory: &Path) -> Result<Option<Self>, ProgramError> {
        if !rustix::process::geteuid().is_root() {
            return Ok(None);
        }
        let owner = fs::metadata(directory).map_or(0, |found| found.uid());
        if owner != 0 {
            return Self::look_up(&owner.to_string()).await.map(Some);
        }
        match Self::look_up("postgres").await {
            Ok(account) => Ok(Some(account)),
            Err(_) => Self::look_up("nobody").await.map(Some),
        }
    }

    /// Through `id`, which also knows accounts that are not in `/etc/passwd`.
    async fn look_up(name: &str) -> Result<Self, ProgramError> {
        let mut numbers = [0, 0];
        for (number, flag) in numbers.iter_mut().zip(["-u", "-g"]) {
            let text = output(Command::new("id").args([flag, name])).await;
            *number = text
                .ok()
                .and_then(|text| text.trim().parse().ok())
                .filter(|number| *number != 0)
                .ok_or_else(|| ProgramError::NoAccount(name.to_owned()))?;
        }
        let [uid, gid] = numbers;
        Ok(Self { uid, gid })
    }

    /// The outermost part of `directory` that the account may not enter, if any.
    pub(super) async fn barrier(self, directory: &Path) -> Option<&Path> {
        if self.may_enter(directory).await {
            return None;
        }
        let mut ancestors: Vec<&Path> = directory.ancestors().collect();
        ancestors.reverse();
        for ancestor in ancestors {
            if !self.may_enter(ancestor).await {
                return Some(ancestor);
            }
        }
        Some(directory)
    }

    /// Asked of the system itself: mode bits alone do not tell (access lists, mounts).
    async fn may_enter(self, directory: &Path) -> bool {
        let mut command = Command::new("sh");
        command.args(["-c", "cd -- \"$1\"", "sh"]).arg(directory);
        output(command.current_dir("/").uid(self.uid).gid(self.gid)).await.is_ok()
    }
}

/// One installed set of server programs.
#[derive(Debug)]
pub(super) struct Programs {
    directory: PathBuf,
    major: u32,
    account: Option<Account>,
}

impl Programs {
    /// The first set in the order of [`candidates`], or the first of the `wanted` major version when there is one.
    pub(super) async fn find(
        bin_dir: Option<&Path>,
        wanted: Option<u32>,
        account: Option<Account>,
    ) -> Result<Self, ProgramError> {
        let mut first = None;
        for directory in candidates(bin_dir).await {
            let Some(directory) = complete(&directory) else { continue };
            let major = major_version(&directory).await?;
            let found = Self { directory, major, account };
            if wanted.is_none_or(|wanted| wanted == major) {
                return found.new_enough();
            }
            first.get_or_insert(found);
        }
        match (first, bin_dir) {
            (Some(found), _) => found.new_enough(),
            (None, Some(named)) => Err(ProgramError::NotInDirectory(named.to_owned())),
            (None, None) => Err(ProgramError::Missing),
        }
    }

    fn new_enough(self) -> Result<Self, ProgramError> {
        let (directory, major) = (self.directory.clone(), self.major);
        if major < OLDEST_MAJOR { Err(ProgramError::TooOld { directory, major }) } else { Ok(self) }
    }

    pub(super) fn major(&self) -> u32 {
        self.major
    }

    pub(super) fn account(&self) -> Option<Account> {
        self.account
    }

    /// A program, ready to be given its arguments, as the account that owns the data. Its working directory is
    /// the root, since that account may not be able to enter the current one.
    pub(super) fn command(&self, program: &str) -> Command {
        let mut command = Command::new(self.directory.join(program));
        // The user's PGHOST, PGOPTIONS or PGSERVICE are meant for another server.
        for (name, _) in std::env::vars_os() {
            if name.as_encoded_bytes().starts_with(b"PG") {
                command.env_remove(name);
            }
        }
        command.env("LC_ALL", "C").current_dir("/");
        if let Some(account) = self.account {
            command.uid(account.uid).gid(account.gid);
        }
        command
    }
}

/// Runs a program to its end and returns what it wrote to standard output.
pub(super) async fn output(command: &mut Command) -> Result<String, ProgramError> {
    let program = command.as_std().get_program().to_string_lossy().into_owned();
    let running = command.stdin(Stdio::null()).kill_on_drop(true).output();
    let Ok(finished) = timeout(PROGRAM_LIMIT, running).await else {
        return Err(ProgramError::TooSlow(program));
    };
    match finished {
        Err(source) => Err(ProgramError::NotRun { program, source }),
        Ok(result) if result.status.success() => Ok(String::from_utf8_lossy(&result.stdout).into_owned()),
        Ok(result) => {
            Err(ProgramError::Failed { program, output: String::from_utf8_lossy(&result.stderr).trim().to_owned() })
        }
    }
}

/// Where server programs may be, most wanted first. A directory the user names is the only one looked at.
async fn candidates(bin_dir: Option<&Path>) -> Vec<PathBuf> {
    if let Some(named) = bin_dir {
        return vec![named.to_owned()];
    }
    let mut found = Vec::new();
    if let Ok(text) = output(Command::new("pg_config").arg("--bindir")).await {
        found.push(PathBuf::from(text.trim_end_matches('\n')));
    }
    if let Some(path) = std::env::var_os("PATH") {
        found.extend(std::env::split_paths(&path));
    }
    for (parent, prefix) in [
        ("/usr/lib/postgresql", ""),          // Debian, Ubuntu
        ("/usr", "pgsql-"),                   // packages of postgresql.org for Fedora and RHEL
        ("/opt/homebrew/opt", "postgresql@"), // Homebrew on Apple silicon
        ("/usr/local/opt", "postgresql@"),    // Homebrew on Intel
    ] {
        found.extend(newest_first(Path::new(parent), prefix));
    }
    found
}

/// `<parent>/<prefix><version>/bin`, the highest version first.
fn newest_first(parent: &Path, prefix: &str) -> Vec<PathBuf> {
    let mut versions: Vec<u32> = fs::read_dir(parent)
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.strip_prefix(prefix)?.parse().ok())
        .collect();
    versions.sort_unstable_by(|a, b| b.cmp(a));
    versions.iter().map(|version| parent.join(format!("{prefix}{version}/bin"))).collect()
}

/// The absolute path of a directory that holds all programs needed.
fn complete(directory: &Path) -> Option<PathBuf> {
    let directory = directory.canonicalize().ok()?;
    NEEDED.iter().all(|program| directory.join(program).is_file()).then_some(directory)
}

/// From `postgres (PostgreSQL) 15.14 (Debian 15.14-0+deb12u1)`.
async fn major_version(directory: &Path) -> Result<u32, ProgramError> {
    let program = directory.join("postgres");
    let text = output(Command::new(&program).arg("--version")).await?;
    text.split(") ")
        .nth(1)
        .and_then(leading_number)
        .ok_or_else(|| ProgramError::Failed { program: program.display().to_string(), output: text })
}

/// `15` of `15.14`, `18` of `18beta1`, `9` of `9.6`.
pub(super) fn leading_number(text: &str) -> Option<u32> {
    let text = text.trim_start();
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    text.get(..end)?.parse().ok()
}
