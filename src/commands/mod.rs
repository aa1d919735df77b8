//! From the command line: import and export, against a service or directly against the database; verify and rebuild,
//! which know the database only; and the large demo.
//!
//! Import and export go through the same rows, rules and answers as requests do, whichever way. Read in this order:
//! `words` (what people are told, in their language), `progress`, `service` above `wire` (the HTTP client), `import` with
//! `rejected`, `export`, `ledger`, `generate`.

mod export;
pub mod generate;
mod import;
mod ledger;
mod progress;
mod rejected;
mod service;
mod wire;
mod words;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, ValueEnum};

use crate::error::{ApiError, Language};
use crate::exchange::Mode;
use crate::exchange::import::Kind;
use crate::http::{ResourceCode, Year};
use crate::state::AppState;
use crate::tabular::Format;
use service::Service;
use words::Words;

/// How a command ended, or the one sentence that says why it could not be done.
pub type Outcome = Result<ExitCode, Box<dyn std::error::Error>>;

/// Whom a command asks.
pub enum Place<'a> {
    /// A running service, by its address.
    Service(&'a str),
    /// The database itself, as the command line.
    Database(&'a AppState),
}

/// `kpi import`.
#[derive(Args, Clone, Debug)]
pub struct Import {
    /// What its rows are.
    #[arg(value_enum)]
    kind: Kind,
    /// File with the rows; told apart by its name: .csv (also .tsv, .txt), .ndjson (.jsonl), .xlsx, .json.
    file: PathBuf,
    /// How the file is written, whatever its name is.
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// Do everything but store it.
    #[arg(long)]
    dry_run: bool,
    /// Whether one refused row stops the others.
    #[arg(long, value_enum, default_value = "atomic")]
    mode: Mode,
    /// Sheet of a workbook to read; the first one where not given.
    #[arg(long)]
    sheet: Option<String>,
    /// Send it although the service may have taken this very file before; rows without external_id would count twice.
    #[arg(long)]
    again: bool,
}

/// `kpi export`.
#[derive(Args, Clone, Debug)]
pub struct Export {
    /// What to write: targets in force, or actuals that count (neither rejected nor voided), as they were reported.
    #[arg(value_enum)]
    kind: export::Stored,
    /// Code of the association.
    #[arg(long, value_parser = code)]
    association: ResourceCode,
    /// Only this year; a list of targets is always that of a year.
    #[arg(long, value_parser = year, required_if_eq("kind", "targets"))]
    year: Option<Year>,
    /// File to write; standard output where not given.
    #[arg(long)]
    out: Option<PathBuf>,
    /// How to write it; as the file's name says where not given, else csv.
    #[arg(long, value_enum)]
    format: Option<ExportFormat>,
}

/// `kpi verify`.
#[derive(Args, Clone, Debug)]
pub struct Verify {
    #[command(flatten)]
    extent: Extent,
}

/// `kpi rebuild`.
#[derive(Args, Clone, Debug)]
pub struct Rebuild {
    #[command(flatten)]
    extent: Extent,
}

/// Whose years are looked at.
#[derive(Args, Clone, Debug)]
struct Extent {
    /// Code of an association: only it and all below it.
    #[arg(long, value_parser = code)]
    association: Option<ResourceCode>,
    /// Only this year.
    #[arg(long, value_parser = year)]
    year: Option<Year>,
}

/// How an export is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum ExportFormat {
    /// Commas, UTF-8, safe to open in a spreadsheet.
    Csv,
    /// One JSON object per line.
    Ndjson,
    /// A workbook of at most 100,000 rows.
    Xlsx,
}

impl Import {
    /// Takes the rows of a file.
    ///
    /// Ends with 0 when all are stored or were, with 2 when only some are.
    ///
    /// # Errors
    /// When nothing was taken: no file, no service, or refused as a whole.
    pub async fn run(self, place: Place<'_>) -> Outcome {
        import::run(self, place, Words::from_environment()).await
    }
}

impl Export {
    /// Writes rows as an import takes them.
    ///
    /// # Errors
    /// When they cannot be read or written.
    pub async fn run(self, place: Place<'_>) -> Outcome {
        export::run(self, place).await
    }
}

impl Verify {
    /// Tells every total and scorecard that does not follow from the ledger, one line per column on standard output.
    ///
    /// Ends with 0 when all follow, with 1 when something differs.
    ///
    /// # Errors
    /// When it could not look.
    pub async fn run(self, state: &AppState) -> Outcome {
        ledger::run(ledger::Task::Verify, self.extent, state, Words::from_environment()).await
    }
}

impl Rebuild {
    /// Puts right every total and scorecard that does not follow from the ledger, and tells what it was.
    ///
    /// # Errors
    /// When it could not look or write; the associations before the one it stopped at are right.
    pub async fn run(self, state: &AppState) -> Outcome {
        ledger::run(ledger::Task::Rebuild, self.extent, state, Words::from_environment()).await
    }
}

/// The service at an address, with the key of the environment: as a flag, every user of the machine could read it.
fn service(address: &str, words: Words) -> Result<Service, String> {
    let key = std::env::var("KPI_KEY").ok().filter(|key| !key.is_empty());
    Service::new(address, key.ok_or("KPI_KEY is not set; it holds the API key to use")?, words)
}

fn code(text: &str) -> Result<ResourceCode, String> {
    ResourceCode::new(text).map_err(|refused| refused.allowed.unwrap_or_default().get(Language::English).to_owned())
}

fn year(text: &str) -> Result<Year, String> {
    let year = text.parse().ok().and_then(|year| Year::new(year).ok());
    year.ok_or_else(|| "a year from 1949 to 2199 is needed".to_owned())
}

/// The ending of a file's name, in lower case.
fn extension(file: &Path) -> String {
    file.extension().map(|extension| extension.to_string_lossy().to_lowercase()).unwrap_or_default()
}

/// With the cause that a client of the API would not be told.
pub fn explained(error: &ApiError) -> String {
    error.cause().map_or_else(|| error.to_string(), |cause| format!("{error} ({cause})"))
}
