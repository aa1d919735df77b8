//! What every request needs: the pool, the rules' settings, the clock, the counters.
//!
//! Holds no request's data.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use actix_web::web::Data;
use chrono::{DateTime, Datelike, NaiveDate, SubsecRound, TimeZone, Utc};
use prometheus::{HistogramOpts, HistogramVec, Registry};
use tokio::runtime::Handle;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use crate::config::RuleConfig;
use crate::database::{Pool, PooledConnection, Pools};
use crate::error::{ApiError, ApiResult, Code};

/// Most large uploads that lie on the disk at once.
const MOST_UPLOADS: usize = 8;
/// Most whole lists that are held in memory at once, to be written into files.
const MOST_FILES: usize = 2;

/// What one worker has; all but its connections is shared by all of them.
#[derive(Clone)]
pub struct AppState {
    pool: Pool,
    pools: Pools,
    runtime: Handle,
    long_work: Arc<Semaphore>,
    uploads: Arc<Semaphore>,
    files: Arc<Semaphore>,
    /// How long a request waits for others' long work to end.
    pub patience: Duration,
    /// Where uploads lie while they are worked on.
    pub upload_dir: PathBuf,
    /// How figures are judged.
    pub rules: RuleConfig,
    /// How much a request may bring.
    pub limits: Limits,
    /// Where the time comes from; tests set it.
    pub clock: Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>,
    /// What `/metrics` shows.
    pub metrics: Metrics,
    /// Whether it does.
    pub has_metrics: bool,
}

impl AppState {
    /// State over these connections; long work runs on this runtime.
    ///
    /// # Errors
    /// When the counters cannot be registered.
    pub fn new(pools: Pools, runtime: Handle, rules: RuleConfig, limits: Limits) -> Result<Self, prometheus::Error> {
        Ok(Self {
            pool: pools.shared.clone(),
            runtime,
            long_work: Arc::new(Semaphore::new(pools.long_work)),
            pools,
            uploads: Arc::new(Semaphore::new(MOST_UPLOADS)),
            files: Arc::new(Semaphore::new(MOST_FILES)),
            patience: Duration::from_secs(30),
            upload_dir: std::env::temp_dir(),
            rules,
            limits,
            clock: Arc::new(Utc::now),
            metrics: Metrics::new()?,
            has_metrics: false,
        })
    }

    /// The state of a worker.
    #[must_use]
    pub fn of_worker(&self, number: usize) -> Self {
        let own = number.checked_rem(self.pools.of_workers.len()).and_then(|number| self.pools.of_workers.get(number));
        Self { pool: own.unwrap_or(&self.pools.shared).clone(), ..self.clone() }
    }

    /// Runs long work on a thread of its own and with connections that are not this worker's, so that its requests need
    /// not wait for it. It runs to its end also when nobody waits for it any more.
    ///
    /// # Errors
    /// `service_busy` when others' long work does not end in time; those of `work`; a fault of ours when it panics.
    pub async fn run_apart<T, F>(&self, work: impl FnOnce(Data<Self>) -> F + Send + 'static) -> ApiResult<T>
    where
        T: Send + 'static,
        F: Future<Output = ApiResult<T>>,
    {
        let permit = self.turn(&self.long_work).await?;
        let runtime = self.runtime.clone();
        let apart = Data::new(Self { pool: self.pools.shared.clone(), ..self.clone() });
        let running = self.runtime.spawn_blocking(move || {
            let outcome = runtime.block_on(work(apart));
            drop(permit);
            outcome
        });
        running.await.map_err(ApiError::internal)?
    }

    async fn turn(&self, among: &Arc<Semaphore>) -> ApiResult<OwnedSemaphorePermit> {
        let permit = timeout(self.patience, Arc::clone(among).acquire_owned()).await;
        permit.map_err(|_elapsed| ApiError::new(Code::ServiceBusy))?.map_err(ApiError::internal)
    }

    /// Leave to hold a whole list in memory and write a file of it; given back when dropped.
    ///
    /// # Errors
    /// `service_busy` when others do not end in time.
    pub async fn file_turn(&self) -> ApiResult<OwnedSemaphorePermit> {
        self.turn(&self.files).await
    }

    /// Does what waits for a disk on a thread that may wait.
    ///
    /// # Errors
    /// Those of `work`; also when it panics.
    pub async fn off_worker<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> std::io::Result<T> + Send + 'static,
    ) -> std::io::Result<T> {
        self.runtime.spawn_blocking(work).await.map_err(std::io::Error::other)?
    }

    /// Leave to put a large upload on the disk; given back when dropped.
    ///
    /// # Errors
    /// `service_busy` when there are enough already.
    pub fn upload_slot(&self) -> ApiResult<OwnedSemaphorePermit> {
        Arc::clone(&self.uploads).try_acquire_owned().map_err(|_full| ApiError::new(Code::ServiceBusy))
    }

    /// A connection of the pool.
    ///
    /// # Errors
    /// `database_unavailable` when none is to be had in time.
    pub async fn conn(&self) -> ApiResult<PooledConnection> {
        Ok(self.pool.get().await?)
    }

    /// The time now, to the microsecond as PostgreSQL keeps it.
    pub fn now(&self) -> DateTime<Utc> {
        (self.clock)().trunc_subsecs(6)
    }

    /// The moment a day begins in the configured time zone; none where the calendar ends.
    pub fn start_of(&self, day: NaiveDate) -> Option<DateTime<Utc>> {
        // Where clocks are set forward at midnight, the day begins an hour later.
        let at = |hour| self.rules.timezone.from_local_datetime(&day.and_hms_opt(hour, 0, 0)?).earliest();
        at(0).or_else(|| at(1)).map(|time| time.to_utc())
    }

    /// Today's date in the configured time zone.
    pub fn today(&self) -> NaiveDate {
        self.now().with_timezone(&self.rules.timezone).date_naive()
    }

    /// The year it is there.
    pub fn this_year(&self) -> i16 {
        i16::try_from(self.today().year()).unwrap_or(i16::MAX)
    }
}

/// How much a request may bring.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of a single resource's JSON body, or of one row of a batch.
    pub body: usize,
    /// Bytes of a batch.
    pub upload: u64,
}

/// Counters of the service's work.
#[derive(Clone)]
pub struct Metrics {
    /// All of them.
    pub registry: Registry,
    /// Seconds per request by method, route and status.
    pub requests: HistogramVec,
}

impl Metrics {
    fn new() -> Result<Self, prometheus::Error> {
        let registry = Registry::new();
        let options = HistogramOpts::new("kpi_http_request_duration_seconds", "Seconds a request took.");
        let requests = HistogramVec::new(options, &["method", "route", "status"])?;
        registry.register(Box::new(requests.clone()))?;
        Ok(Self { registry, requests })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn nobody_waits_for_long_work_without_end() {
        let rules = RuleConfig { timezone: chrono_tz::UTC, at_risk_ratio: rust_decimal::Decimal::ONE };
        let pools = crate::database::pools("postgres://nowhere", 4, 1).unwrap();
        let limits = Limits { body: 1, upload: 1 };
        let mut state = AppState::new(pools, Handle::current(), rules, limits).unwrap();
        state.patience = Duration::from_millis(20);
        let held = Arc::clone(&state.long_work).acquire_owned().await.unwrap();
        let refused = state.run_apart(async |_| Ok(())).await;
        assert_eq!(refused.map_err(|error| error.code()), Err(Code::ServiceBusy));
        drop(held);
        assert!(state.run_apart(async |_| Ok(())).await.is_ok());
    }
}
