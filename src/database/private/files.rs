//! The data directory: made, owned, entered and locked. Knows nothing of what PostgreSQL keeps in it.

use std::fs::{self, DirBuilder, File, OpenOptions, Permissions, TryLockError};
use std::hash::{BuildHasher, RandomState};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use tokio::time::sleep;

use super::error::{PrivateServerError, Result, at};
use super::programs::Account;

/// Longer than a start and a stop together, so that a slow process in front is waited for.
const TURN_LIMIT: Duration = Duration::from_secs(150);

const POLL: Duration = Duration::from_millis(40);

const USERS_LOCK: &str = "postgres.users.lock";

/// The absolute path of the data directory, created when missing.
pub(super) fn create_data_dir(path: &Path) -> Result<PathBuf> {
    if !path.exists() {
        DirBuilder::new().recursive(true).create(path).map_err(at(path))?;
        // Whatever the umask: the server's account has to pass through. What lies inside guards itself.
        fs::set_permissions(path, Permissions::from_mode(0o755)).map_err(at(path))?;
    }
    path.canonicalize().map_err(at(path))
}

/// Whom the server runs as, having made sure that this account can use the data.
pub(super) async fn account_for(data_dir: &Path) -> Result<Option<Account>> {
    let cluster = data_dir.join("postgres");
    let owned = if cluster.exists() { &cluster } else { data_dir };
    let account = Account::for_owner_of(owned).await?;
    match account {
        Some(account) => match account.barrier(data_dir).await {
            Some(barrier) => Err(PrivateServerError::OutOfReach { barrier: barrier.to_owned(), uid: account.uid }),
            None => Ok(Some(account)),
        },
        None => {
            let owner = fs::metadata(&cluster).ok().map(|found| found.uid());
            match owner.filter(|owner| *owner != rustix::process::geteuid().as_raw()) {
                Some(owner) => Err(PrivateServerError::OtherOwner { path: cluster, owner }),
                None => Ok(None),
            }
        }
    }
}

/// Waits for the data directory's turn; it ends when the file is dropped.
pub(super) async fn take_turn(data_dir: &Path, account: Option<Account>) -> Result<File> {
    let path = data_dir.join("postgres.turn.lock");
    let file = open_lock(&path, account)?;
    let started = Instant::now();
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::Error(source)) => return Err(at(&path)(source)),
            Err(TryLockError::WouldBlock) if started.elapsed() > TURN_LIMIT => {
                return Err(PrivateServerError::Busy(data_dir.to_owned()));
            }
            Err(TryLockError::WouldBlock) => sleep(POLL).await,
        }
    }
}

/// Marks this process as a user of the server, as long as the file is open. To be called in turn: nobody holds
/// the file exclusively without the turn, so this never waits.
pub(super) fn join_users(data_dir: &Path, account: Option<Account>) -> Result<File> {
    let path = data_dir.join(USERS_LOCK);
    let file = open_lock(&path, account)?;
    file.lock_shared().map_err(at(&path))?;
    Ok(file)
}

/// Whether nobody uses the server any more. To be called in turn.
pub(super) async fn is_unused(data_dir: &Path, account: Option<Account>) -> Result<bool> {
    const LOOKS: usize = 10;
    let path = data_dir.join(USERS_LOCK);
    let lock = open_lock(&path, account)?;
    for _ in 0..LOOKS {
        match lock.try_lock() {
            Ok(()) => return Ok(true),
            // A program that another thread is just starting holds a copy of our own lock from its fork to its exec.
            Err(TryLockError::WouldBlock) => sleep(Duration::from_millis(20)).await,
            Err(TryLockError::Error(source)) => return Err(at(&path)(source)),
        }
    }
    Ok(false)
}

/// Given to the server's account when root makes it, so that the data's owner can also run the service.
fn open_lock(path: &Path, account: Option<Account>) -> Result<File> {
    let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(0o600).open(path);
    let file = file.map_err(at(path))?;
    give_to(path, account)?;
    Ok(file)
}

/// Fails when there is something at `path` already, whoever made it.
pub(super) fn create_private_dir(path: &Path, account: Option<Account>) -> Result<()> {
    DirBuilder::new().mode(0o700).create(path).map_err(at(path))?;
    give_to(path, account)
}

fn give_to(path: &Path, account: Option<Account>) -> Result<()> {
    match account {
        Some(account) => chown(path, Some(account.uid), None).map_err(at(path)),
        None => Ok(()),
    }
}

/// Seeded by the system at every call; it only has to be new, the directory's mode keeps others out.
pub(super) fn random_name() -> String {
    format!("{:016x}", RandomState::new().hash_one(std::process::id()))
}
