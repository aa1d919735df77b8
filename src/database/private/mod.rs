//! The private PostgreSQL: a server of the service's own, started from the server programs of the machine on
//! `<data_dir>/postgres` and reachable only through a unix socket that only its owner (and root) may open.
//!
//! Several processes may share one data directory. Two lock files keep them apart; the kernel drops a lock with
//! the process that held it, however that process ended:
//!
//! - `postgres.turn.lock`, exclusive, is held while a process looks at the server to start, adopt or stop it;
//! - `postgres.users.lock`, shared, is held as long as a process uses the server. Whoever leaves and then gets it
//!   exclusively was the last one, and stops the server. (One file would not do: changing a `flock` from one kind
//!   to the other first gives it up.)
//!
//! `programs` finds and runs the server programs, `files` keeps the data directory and its locks, `socket` knows
//! where a server listens, `cluster` creates, starts and stops. Nothing in here knows of the schema, of connection
//! pools or of the service's configuration.

mod cluster;
mod error;
mod files;
mod programs;
mod socket;

use std::fs::File;
use std::path::Path;
use std::time::Duration;

use tokio::process::Child;
use tokio::time::timeout;

pub use self::error::PrivateServerError;
pub use self::programs::ProgramError;

use self::cluster::{Cluster, USER};
use self::error::Result;
use self::socket::Socket;

/// How long a server that has said goodbye may take to be gone.
const EXIT_LIMIT: Duration = Duration::from_secs(5);

/// A share in the private PostgreSQL of one data directory.
///
/// Dropped without [`stop`](Self::stop), or killed, the server stays up and the next start adopts it.
#[derive(Debug)]
pub struct PrivateServer {
    cluster: Cluster,
    socket: Socket,
    users: File,
    /// `None` when the server was already up.
    child: Option<Child>,
}

impl PrivateServer {
    /// Starts the server of `data_dir`, creating it the first time, or joins the one that is already up.
    ///
    /// `bin_dir` names the directory of the server programs; without it they are looked for. `settings` are
    /// server settings that win over the defaults; a server that is already up keeps its own.
    /// Returns once the database `kpi` takes connections. Cancelled halfway, it may leave a server up, which the
    /// next start adopts.
    ///
    /// # Errors
    /// Every [`PrivateServerError`]; `NotReady` after 60 seconds.
    pub async fn start(data_dir: &Path, bin_dir: Option<&Path>, settings: &[(&str, &str)]) -> Result<Self> {
        let data_dir = files::create_data_dir(data_dir)?;
        let account = files::account_for(&data_dir).await?;
        let turn = files::take_turn(&data_dir, account).await?;
        let users = files::join_users(&data_dir, account)?;
        let cluster = Cluster::open(data_dir, bin_dir, account).await?;
        let (socket, child) = cluster.bring_up(settings).await?;
        cluster.create_database(&socket).await?;
        drop(turn);
        Ok(Self { cluster, socket, users, child })
    }

    /// The address of one of the server's databases, for `tokio-postgres`.
    #[must_use]
    pub fn url(&self, database: &str) -> String {
        self.socket.url(USER, database)
    }

    /// Gives up this share; the last one out stops the server.
    ///
    /// # Errors
    /// When the server does not stop within a minute.
    pub async fn stop(self) -> Result<()> {
        let Self { cluster, socket, users, child } = self;
        let account = cluster.programs.account();
        let turn = files::take_turn(&cluster.data_dir, account).await?;
        drop(users);
        if !files::is_unused(&cluster.data_dir, account).await? {
            log::debug!("PostgreSQL stays up: another process uses it");
            return Ok(());
        }
        cluster.stop().await?;
        if let Some(mut child) = child {
            // Not waiting would leave a zombie until this process ends.
            let _ = timeout(EXIT_LIMIT, child.wait()).await;
        }
        socket.remove_short_directory();
        drop(turn);
        Ok(())
    }
}
