//! Why there is no private PostgreSQL. Every message is one sentence that says what to do; nothing else is in here.

use std::io;
use std::path::{Path, PathBuf};

use super::programs::ProgramError;

pub(super) type Result<T> = std::result::Result<T, PrivateServerError>;

/// Why the private PostgreSQL is not available.
#[derive(Debug, thiserror::Error)]
pub enum PrivateServerError {
    /// The server programs are missing, too old, or failed.
    #[error(transparent)]
    Program(#[from] ProgramError),
    /// A file or directory could not be used.
    #[error("{} could not be used for the private PostgreSQL: {source}", .path.display())]
    File {
        /// The file or directory.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The service runs as an ordinary user on another user's data.
    #[error(
        "the database in {} belongs to another user (uid {owner}): run as that user or as root, or choose another \
         directory with KPI_DATA_DIR",
        .path.display()
    )]
    OtherOwner {
        /// The cluster.
        path: PathBuf,
        /// Who owns it.
        owner: u32,
    },
    /// The service runs as root, and the account PostgreSQL runs as cannot get to the data.
    #[error(
        "PostgreSQL does not run as root, and the account it runs as instead (uid {uid}) may not enter {}: allow it \
         with `chmod o+x {}`, or keep the data elsewhere, e.g. KPI_DATA_DIR=/var/lib/kpi",
        .barrier.display(), .barrier.display()
    )]
    OutOfReach {
        /// The directory that may not be entered.
        barrier: PathBuf,
        /// The account.
        uid: u32,
    },
    /// The data was written by another major version of PostgreSQL.
    #[error(
        "the data in {} was made by PostgreSQL {data}, but the server programs found are version {programs}: \
         install PostgreSQL {data} (or name its programs with PG_BIN_DIR), or move the data over with pg_upgrade; \
         nothing was changed",
        .path.display()
    )]
    OtherVersion {
        /// The cluster.
        path: PathBuf,
        /// Major version that made the data.
        data: u32,
        /// Major version of the programs.
        programs: u32,
    },
    /// Another process holds the data directory's turn for too long.
    #[error("another process has been starting or stopping PostgreSQL on {} for minutes; end it first", .0.display())]
    Busy(PathBuf),
    /// PostgreSQL ended while it was starting.
    #[error("PostgreSQL did not start; the end of {}:\n{tail}", .log.display())]
    NotStarted {
        /// The server's log.
        log: PathBuf,
        /// Its last lines.
        tail: String,
    },
    /// PostgreSQL is there, but takes no connections yet.
    #[error(
        "PostgreSQL was not ready within {seconds} seconds and is left to go on (it may be recovering after a \
         crash; start again later); the end of {}:\n{tail}",
        .log.display()
    )]
    NotReady {
        /// How long it was waited for.
        seconds: u64,
        /// The server's log.
        log: PathBuf,
        /// Its last lines.
        tail: String,
    },
}

/// Names the file an operation failed on.
pub(super) fn at(path: &Path) -> impl FnOnce(io::Error) -> PrivateServerError {
    move |source| PrivateServerError::File { path: path.to_owned(), source }
}
