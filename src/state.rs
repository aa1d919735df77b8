//! What every request needs: the pool, the rules' settings, the clock, the counters.
//!
//! Holds no request's data.

use std::sync::Arc;

use chrono::{DateTime, NaiveDate, SubsecRound, TimeZone, Utc};

use prometheus::{HistogramOpts, HistogramVec, Registry};
use tokio::runtime::Handle;
use tokio::sync::Semaphore;

use crate::config::RuleConfig;
use crate::database::{Pool, PooledConnection};
use crate::error::{ApiError, ApiResult};

/// Shared by all workers.
pub struct AppState {
    pool: Pool,
    runtime: Handle,
    long_work: Arc<Semaphore>,
    /// How figures are judged.
    pub rules: RuleConfig,
    /// How much a request may bring.
    pub limits: Limits,
    /// Where the time comes from; tests set it.
    pub clock: Box<dyn Fn() -> DateTime<Utc> + Send + Sync>,
    /// What `/metrics` shows.
    pub metrics: Metrics,
    /// Whether it does.
    pub has_metrics: bool,
}

impl AppState {
    /// State over this pool; long work runs on this runtime.
    ///
    /// # Errors
    /// When the counters cannot be registered.
    pub fn new(pool: Pool, runtime: Handle, rules: RuleConfig, limits: Limits) -> Result<Self, prometheus::Error> {
        // Batches hold a connection for long: most of the pool stays for the others.
        let long_work = Arc::new(Semaphore::new((pool.status().max_size / 4).max(1)));
        let clock = Box::new(Utc::now);
        Ok(Self { pool, runtime, long_work, rules, limits, clock, metrics: Metrics::new()?, has_metrics: false })
    }

    /// Runs long work on a thread of its own, so that the requests of this one need not wait for it. It runs to its end
    /// also when nobody waits for it any more.
    ///
    /// # Errors
    /// Those of `work`; a fault of ours when it panics.
    pub async fn run_apart<T, F>(&self, work: impl FnOnce() -> F + Send + 'static) -> ApiResult<T>
    where
        T: Send + 'static,
        F: Future<Output = ApiResult<T>>,
    {
        let permit = Arc::clone(&self.long_work).acquire_owned().await.map_err(ApiError::internal)?;
        let runtime = self.runtime.clone();
        let running = self.runtime.spawn_blocking(move || {
            let outcome = runtime.block_on(work());
            drop(permit);
            outcome
        });
        running.await.map_err(ApiError::internal)?
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
