//! What every request needs: the pool, the rules' settings, the clock, the counters.
//!
//! Holds no request's data.

use chrono::{DateTime, NaiveDate, SubsecRound, TimeZone, Utc};
use prometheus::{HistogramOpts, HistogramVec, Registry};

use crate::config::RuleConfig;
use crate::database::{Pool, PooledConnection};
use crate::error::ApiResult;

/// Shared by all workers.
pub struct AppState {
    pool: Pool,
    /// How figures are judged.
    pub rules: RuleConfig,
    /// Largest JSON body of a single resource, in bytes.
    pub body_limit: usize,
    /// Where the time comes from; tests set it.
    pub clock: Box<dyn Fn() -> DateTime<Utc> + Send + Sync>,
    /// What `/metrics` shows.
    pub metrics: Metrics,
    /// Whether it does.
    pub has_metrics: bool,
}

impl AppState {
    /// State over this pool.
    ///
    /// # Errors
    /// When the counters cannot be registered.
    pub fn new(pool: Pool, rules: RuleConfig, body_limit: usize, has_metrics: bool) -> Result<Self, prometheus::Error> {
        Ok(Self { pool, rules, body_limit, clock: Box::new(Utc::now), metrics: Metrics::new()?, has_metrics })
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
