//! What the service is told from outside: environment variables, each also a flag, read once at the start.
//!
//! Holds no defaults elsewhere and no secrets in its `Debug`.

use std::net::SocketAddr;
use std::num::{NonZeroU64, NonZeroUsize};
use std::path::PathBuf;

use chrono_tz::Tz;
use clap::Args;
use rust_decimal::Decimal;

/// Where the data is.
#[derive(Args, Clone)]
pub struct DatabaseConfig {
    /// PostgreSQL (14 or newer) to use, as postgres://user:password@host:port/database.
    /// Not set: a private PostgreSQL below KPI_DATA_DIR, started and stopped with the program.
    #[arg(long, env = "DATABASE_URL", hide_env_values = true, global = true)]
    pub database_url: Option<String>,

    /// Folder for the private PostgreSQL's data.
    #[arg(long = "data-dir", env = "KPI_DATA_DIR", default_value = "./data", global = true)]
    pub data_dir: PathBuf,

    /// Folder with PostgreSQL's server programs (initdb, postgres), where they are not found by themselves.
    #[arg(long = "pg-bin-dir", env = "PG_BIN_DIR", global = true)]
    pub pg_bin_dir: Option<PathBuf>,

    /// Most database connections held open at once.
    #[arg(long = "pool-size", env = "KPI_POOL_SIZE", default_value = "16", global = true)]
    pub pool_size: NonZeroUsize,
}

/// How figures are judged.
#[derive(Args, Clone, Debug)]
pub struct RuleConfig {
    /// Time zone that dates follow.
    #[arg(long = "timezone", env = "KPI_TIMEZONE", default_value = "Asia/Shanghai", value_parser = timezone, global = true)]
    pub timezone: Tz,

    /// A line behind the pace is at_risk down to this share of it, and behind below; 0 to 1.
    #[arg(long = "at-risk-ratio", env = "KPI_AT_RISK_RATIO", default_value = "0.8", value_parser = share, global = true)]
    pub at_risk_ratio: Decimal,
}

/// Whom import and export ask.
#[derive(Args, Clone, Debug)]
pub struct ClientConfig {
    /// Service that import and export ask, as http://127.0.0.1:8080, with the key in KPI_KEY.
    /// Not set: they use the database themselves.
    #[arg(id = "service", long = "server", env = "KPI_SERVER", global = true)]
    pub server: Option<String>,
}

/// How the service is reached.
#[derive(Args, Clone, Debug)]
pub struct ServerConfig {
    /// Address and port to listen on.
    #[arg(long, env = "KPI_LISTEN", default_value = "127.0.0.1:8080", global = true)]
    pub listen: SocketAddr,

    /// Threads that answer requests; as many as processors where not set.
    #[arg(long, env = "KPI_WORKERS", global = true)]
    pub workers: Option<NonZeroUsize>,

    /// Largest JSON body of a single resource, in bytes.
    #[arg(long = "body-limit", env = "KPI_BODY_LIMIT", default_value = "1048576", global = true)]
    pub body_limit: NonZeroUsize,

    /// Largest upload of many rows, in bytes; each of its rows is held to the limit of a single resource.
    #[arg(long = "upload-limit", env = "KPI_UPLOAD_LIMIT", default_value = "2147483648", global = true)]
    pub upload_limit: NonZeroU64,

    /// Folder that uploads lie in while they are worked on; the system's temporary folder where not set.
    #[arg(long = "upload-dir", env = "KPI_UPLOAD_DIR", global = true)]
    pub upload_dir: Option<PathBuf>,

    /// Answer /metrics (Prometheus text format), open to everybody who reaches the port.
    #[arg(long, env = "KPI_METRICS", default_value_t = false, action = clap::ArgAction::Set, global = true)]
    pub metrics: bool,
}

impl ServerConfig {
    /// Threads that answer requests.
    pub fn worker_count(&self) -> usize {
        self.workers.or_else(|| std::thread::available_parallelism().ok()).map_or(1, NonZeroUsize::get)
    }
}

fn timezone(text: &str) -> Result<Tz, String> {
    text.parse().map_err(|_unknown| "a time zone such as Asia/Shanghai is needed".to_owned())
}

fn share(text: &str) -> Result<Decimal, String> {
    match text.parse::<Decimal>() {
        Ok(share) if share >= Decimal::ZERO && share <= Decimal::ONE => Ok(share),
        _ => Err("a number from 0 to 1 is needed".to_owned()),
    }
}
