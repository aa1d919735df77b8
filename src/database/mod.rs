//! The way to PostgreSQL: which server, the pool of connections, the schema brought up to date, transactions.
//!
//! Knows no table; what is asked of the tables is in each feature's `store.rs`.

mod copy;
mod prepared;
pub mod private;

use std::io::Write;
use std::str::FromStr;
use std::time::Duration;

use deadpool::Runtime;
use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::dsl::sql;
use diesel::expression::AsExpression;
use diesel::pg::{Pg, PgValue};
use diesel::result::{DatabaseErrorKind, Error as DieselError};
use diesel::serialize::{self, IsNull, Output, ToSql};
use diesel::sql_types::Text;
use diesel_async::pooled_connection::deadpool::{Object, Pool as AnyPool};
use diesel_async::pooled_connection::{AsyncDieselConnectionManager, ManagerConfig, RecyclingMethod};
use diesel_async::{
    AnsiTransactionManager, AsyncConnection, AsyncMigrationHarness, AsyncPgConnection, RunQueryDsl,
    SimpleAsyncConnection, TransactionManager,
};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};
use log::{info, warn};
use thiserror::Error;

use crate::config::DatabaseConfig;
use crate::error::{ApiError, ApiResult, Code};
pub use copy::Copying;
pub use prepared::Prepared;
use private::{PrivateServer, PrivateServerError};

/// The connections requests share.
pub type Pool = AnyPool<AsyncPgConnection>;
/// One of them, given back when dropped.
pub type PooledConnection = Object<AsyncPgConnection>;

/// Every change of the schema so far.
pub const MIGRATIONS: EmbeddedMigrations = embed_migrations!();

/// Names the advisory lock under which processes take turns at migrating ("kpi" in ASCII).
const MIGRATION_LOCK: i64 = 0x6b_7069;

/// Why there is no database to work with.
#[derive(Debug, Error)]
pub enum DatabaseError {
    /// The private PostgreSQL could not be started.
    #[error(transparent)]
    Private(#[from] PrivateServerError),
    /// `DATABASE_URL` does not lead to a PostgreSQL that answers.
    #[error("PostgreSQL at {place} cannot be reached: {reason}")]
    Unreachable {
        /// Address without the password.
        place: String,
        /// What the driver says.
        reason: String,
    },
    /// A migration failed; the schema is as it was before that migration.
    #[error("the schema could not be brought up to date: {0}")]
    Migration(String),
    /// The pool could not be made.
    #[error("the connection pool could not be made: {0}")]
    Pool(String),
}

/// A PostgreSQL to work with, and the private server behind it where there is one.
pub struct Database {
    url: String,
    private: Option<PrivateServer>,
}

impl Database {
    /// Finds or starts PostgreSQL, as configured.
    ///
    /// # Errors
    /// When there is none to be had; the message says what to do.
    pub async fn open(config: &DatabaseConfig) -> Result<Self, DatabaseError> {
        if let Some(url) = &config.database_url {
            return Ok(Self { url: url.clone(), private: None });
        }
        let private = PrivateServer::start(&config.data_dir, config.pg_bin_dir.as_deref(), &[]).await?;
        Ok(Self { url: private.url("kpi"), private: Some(private) })
    }

    /// Brings the schema up to date and returns the names of the migrations that ran; processes take turns.
    ///
    /// # Errors
    /// When the database is away or a migration fails.
    pub async fn migrate(&self) -> Result<Vec<String>, DatabaseError> {
        migrate(&self.url).await
    }

    /// Where it is, with the password.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Pools of at most `size` connections altogether, for so many workers.
    ///
    /// # Errors
    /// When a pool cannot be made; connections are opened later, on demand.
    pub fn pools(&self, size: usize, workers: usize) -> Result<Pools, DatabaseError> {
        pools(&self.url, size, workers)
    }

    /// Lets go of the private server, which stops when nobody else uses it.
    pub async fn close(self) {
        if let Some(private) = self.private
            && let Err(error) = private.stop().await
        {
            warn!("{error}");
        }
    }
}

/// The connections of a process, shared out.
#[derive(Clone)]
pub struct Pools {
    /// For long work, and for whoever is no worker.
    pub shared: Pool,
    /// One for each worker; none where all share.
    pub of_workers: Vec<Pool>,
    /// How many connections long work may hold.
    pub long_work: usize,
}

/// Fewest connections a worker has for itself.
const FEWEST: usize = 4;

/// Pools of at most `size` connections altogether to the database at `url`, for so many workers.
///
/// A worker's own connections are driven by its own thread: no request waits for another thread to wake. Where that
/// would leave a worker too few of them, all share.
///
/// # Errors
/// When a pool cannot be made; connections are opened later, on demand.
pub fn pools(url: &str, size: usize, workers: usize) -> Result<Pools, DatabaseError> {
    // Long work holds a connection for long: most of them stay for the others.
    let long_work = (size / 4).max(1);
    let each = size.saturating_sub(long_work).checked_div(workers).unwrap_or_default();
    if each < FEWEST {
        return Ok(Pools { shared: pool(url, size)?, of_workers: Vec::new(), long_work });
    }
    let of_workers = (0..workers).map(|_| pool(url, each)).collect::<Result<_, _>>()?;
    Ok(Pools { shared: pool(url, long_work)?, of_workers, long_work })
}

/// A pool of at most `size` connections to the database at `url`.
///
/// # Errors
/// When the pool cannot be made; connections are opened later, on demand.
pub fn pool(url: &str, size: usize) -> Result<Pool, DatabaseError> {
    const PATIENCE: Duration = Duration::from_secs(10);
    let mut config = ManagerConfig::default();
    // A connection that was closed, or left inside a transaction, is told without asking the server.
    config.recycling_method = RecyclingMethod::Fast;
    AnyPool::builder(AsyncDieselConnectionManager::<AsyncPgConnection>::new_with_config(url, config))
        .max_size(size)
        .runtime(Runtime::Tokio1)
        .wait_timeout(Some(PATIENCE))
        .create_timeout(Some(PATIENCE))
        .build()
        .map_err(|error| DatabaseError::Pool(error.to_string()))
}

/// Brings the schema of the database at `url` up to date and returns the names of the migrations that ran.
///
/// # Errors
/// When the database is away or a migration fails.
pub async fn migrate(url: &str) -> Result<Vec<String>, DatabaseError> {
    let mut conn = AsyncPgConnection::establish(url).await.map_err(|error| DatabaseError::Unreachable {
        place: without_password(url).to_owned(),
        reason: error.to_string(),
    })?;
    let failed = |error: &dyn std::fmt::Display| DatabaseError::Migration(error.to_string());
    warn_of_foreign_messages(&mut conn).await;
    // A session lock: it ends with this connection, whatever happens.
    conn.batch_execute(&format!("SELECT pg_advisory_lock({MIGRATION_LOCK})")).await.map_err(|error| failed(&error))?;
    let ran = tokio::task::spawn_blocking(move || {
        let mut harness = AsyncMigrationHarness::new(conn);
        let versions = harness.run_pending_migrations(MIGRATIONS);
        versions
            .map(|versions| versions.iter().map(ToString::to_string).collect::<Vec<_>>())
            .map_err(|error| error.to_string())
    })
    .await
    .map_err(|error| failed(&error))?
    .map_err(|error| failed(&error))?;
    if !ran.is_empty() {
        info!("schema brought up to date: {} migrations", ran.len());
    }
    Ok(ran)
}

/// A few passing conditions (a deadlock, a server on its way down) are told by PostgreSQL's English words only, because
/// diesel does not pass their SQLSTATE on. In another language they are answered as internal errors.
async fn warn_of_foreign_messages(conn: &mut AsyncPgConnection) {
    let setting = diesel::select(sql::<Text>("current_setting('lc_messages')")).get_result::<String>(conn).await;
    if let Ok(language) = setting
        && !["", "C", "POSIX", "en"].iter().any(|known| language.split(['_', '.']).next() == Some(known))
    {
        warn!(
            "PostgreSQL speaks {language}; set lc_messages = 'C' for it, so that passing faults are told from lasting ones"
        );
    }
}

/// Host, port and database of a URL. Whatever has another form may hold a password anywhere.
fn without_password(url: &str) -> &str {
    let place = url.split_once("://").and_then(|(_, rest)| rest.split('?').next());
    place.and_then(|place| place.rsplit('@').next()).unwrap_or("DATABASE_URL")
}

/// How a transaction ends that went well.
#[derive(Clone, Copy, Debug)]
pub enum Ending<T> {
    /// What it did stays.
    Commit(T),
    /// What it did is undone; only its answer stays.
    Rollback(T),
}

/// Runs `work` in one transaction and repeats it when the database asks for that (SQLSTATE 40001, 40P01).
///
/// A request that is dropped in the middle leaves the connection marked as inside a transaction; the pool closes it.
///
/// # Errors
/// What `work` answers; after the third conflict, [`Code::DatabaseBusy`].
pub async fn transaction<T>(
    conn: &mut AsyncPgConnection,
    mut work: impl AsyncFnMut(&mut AsyncPgConnection) -> ApiResult<T>,
) -> ApiResult<T> {
    ending(conn, async |conn| work(conn).await.map(Ending::Commit)).await
}

/// As [`transaction`], where all of `work` sees the database as it was at its first statement, and changes nothing.
///
/// # Errors
/// As [`transaction`].
pub async fn snapshot<T>(
    conn: &mut AsyncPgConnection,
    mut work: impl AsyncFnMut(&mut AsyncPgConnection) -> ApiResult<T>,
) -> ApiResult<T> {
    transaction(conn, async |conn| {
        conn.batch_execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY").await?;
        work(conn).await
    })
    .await
}

/// As [`transaction`], where `work` itself says whether what it did stays.
///
/// # Errors
/// As [`transaction`].
pub async fn ending<T>(
    conn: &mut AsyncPgConnection,
    mut work: impl AsyncFnMut(&mut AsyncPgConnection) -> ApiResult<Ending<T>>,
) -> ApiResult<T> {
    // Inside another transaction this is a savepoint, and the locks that were in the way are still held.
    let is_outermost = is_outermost(conn)?;
    let mut tries = if is_outermost { 3 } else { 1 };
    loop {
        AnsiTransactionManager::begin_transaction(conn).await?;
        tries -= 1;
        let error = match work(conn).await {
            Ok(Ending::Commit(value)) => match AnsiTransactionManager::commit_transaction(conn).await {
                Ok(()) => return Ok(value),
                Err(error) => commit_error(error),
            },
            Ok(Ending::Rollback(value)) => {
                AnsiTransactionManager::rollback_transaction(conn).await?;
                return Ok(value);
            }
            Err(error) => {
                AnsiTransactionManager::rollback_transaction(conn).await?;
                error
            }
        };
        if error.code() != Code::DatabaseBusy || tries == 0 {
            return Err(error);
        }
    }
}

fn is_outermost(conn: &mut AsyncPgConnection) -> ApiResult<bool> {
    let status = AnsiTransactionManager::transaction_manager_status_mut(conn);
    Ok(status.transaction_depth().map_err(ApiError::from)?.is_none())
}

/// A connection lost while committing leaves open whether the database did.
fn commit_error(error: DieselError) -> ApiError {
    let error = ApiError::from(error);
    match error.code() {
        Code::DatabaseUnavailable => ApiError::new(Code::OutcomeUnknown).because(error.cause().unwrap_or_default()),
        _ => error,
    }
}

/// A value kept in a text column under its stable code, as `AsRef<str>` writes and `FromStr` reads it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, AsExpression, FromSqlRow)]
#[diesel(sql_type = Text)]
pub struct Coded<T>(pub T);

impl<T: AsRef<str> + std::fmt::Debug> ToSql<Text, Pg> for Coded<T> {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        out.write_all(self.0.as_ref().as_bytes())?;
        Ok(IsNull::No)
    }
}

impl<T: FromStr> FromSql<Text, Pg> for Coded<T> {
    fn from_sql(bytes: PgValue<'_>) -> deserialize::Result<Self> {
        let text = str::from_utf8(bytes.as_bytes())?;
        text.parse().map(Self).map_err(|_unknown| format!("{text} is not a code this version knows").into())
    }
}

/// The pattern for "contains this text", whatever characters the text has.
pub fn containing(text: &str) -> String {
    format!("%{}%", text.replace('\\', r"\\").replace('%', r"\%").replace('_', r"\_"))
}

/// Whether the statement broke a foreign key; the caller says which meaning that has.
pub fn is_foreign_key_violation(error: &DieselError) -> bool {
    matches!(error, DieselError::DatabaseError(DatabaseErrorKind::ForeignKeyViolation, _))
}
