//! `kpi export`: what is stored of an association, as an import takes it.

use std::fs::{File, Permissions};
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use serde::Serialize;
use serde_json::value::{RawValue, to_raw_value};
use tempfile::NamedTempFile;
use uuid::Uuid;

use super::service::{Page, Service};
use super::words::Words;
use super::{Export, ExportFormat, Outcome, Place, explained, extension, service};
use crate::actuals::{self, ActualQuery};
use crate::associations;
use crate::auth::Caller;
use crate::database::PooledConnection;
use crate::error::{ApiError, ApiResult};
use crate::exchange::import::Kind;
use crate::http::{Fields, ResourceCode, Year};
use crate::tabular::write::{self, Cell};
use crate::tabular::{self, Column};
use crate::targets;

/// Rows asked for at a time.
const PAGE: i64 = 500;
/// Rows of a workbook: it is built in memory, and no more are taken back.
const MOST_IN_WORKBOOK: usize = 100_000;

/// What of an actual is reported; the rest the service made of it.
const OF_ACTUALS: [&str; 12] = [
    "association",
    "indicator",
    "period",
    "value",
    "numerator",
    "denominator",
    "unit",
    "qualifier",
    "external_id",
    "performed_by",
    "evidence",
    "note",
];
/// What of a target is planned.
const OF_TARGETS: [&str; 16] = [
    "association",
    "year",
    "indicator",
    "value",
    "upper",
    "bound",
    "approximate",
    "unit",
    "per",
    "basis_of_rate",
    "baseline",
    "growth",
    "weight",
    "due_on",
    "plan",
    "source",
];

/// What is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Stored {
    /// Reported values.
    Actuals,
    /// Planned values.
    Targets,
}

impl Stored {
    const fn fields(self) -> &'static [&'static str] {
        match self {
            Self::Actuals => &OF_ACTUALS,
            Self::Targets => &OF_TARGETS,
        }
    }

    const fn columns(self) -> &'static [Column] {
        match self {
            Self::Actuals => Kind::Actuals.columns(),
            Self::Targets => Kind::Targets.columns(),
        }
    }

    const fn sheet(self) -> &'static str {
        match self {
            Self::Actuals => "实绩",
            Self::Targets => "目标",
        }
    }
}

pub(super) async fn run(command: Export, place: Place<'_>) -> Outcome {
    let mut source = Source::open(&command, place).await?;
    let format = command.format.unwrap_or_else(|| by_name(&command));
    let refused = |error| {
        let path = command.out.as_deref().unwrap_or_else(|| Path::new("standard output"));
        format!("{} cannot be written: {error}", path.display())
    };
    let target = Target::of(command.out.as_deref()).map_err(refused)?;
    let mut sink = Sink::new(BufWriter::new(target.writer().map_err(refused)?), format, command.kind)?;
    let mut cursor = None;
    loop {
        let page = source.page(command.kind, command.year, cursor).await?;
        for item in &page.items {
            sink.take(item)?;
        }
        cursor = page.next_cursor;
        if cursor.is_none() {
            break;
        }
    }
    sink.close()?;
    target.finish().map_err(refused)?;
    Ok(ExitCode::SUCCESS)
}

/// Where an export goes.
enum Target {
    Output,
    /// What is no file, such as a pipe, is written as it is.
    Special(File),
    /// A file takes its name once it is whole: what had that name before stays until then.
    Whole(NamedTempFile, PathBuf),
}

impl Target {
    fn of(path: Option<&Path>) -> io::Result<Self> {
        let Some(path) = path else { return Ok(Self::Output) };
        if path.metadata().is_ok_and(|metadata| !metadata.is_file()) {
            return File::options().write(true).open(path).map(Self::Special);
        }
        // A link stays one.
        let path = path.canonicalize().unwrap_or_else(|_new| path.to_owned());
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let mut builder = tempfile::Builder::new();
        // As every new file; the umask takes away what others shall not do.
        builder.prefix(".kpi-export-").permissions(Permissions::from_mode(0o666));
        Ok(Self::Whole(builder.tempfile_in(folder)?, path))
    }

    fn writer(&self) -> io::Result<Box<dyn Write + Send>> {
        Ok(match self {
            Self::Output => Box::new(io::stdout()),
            Self::Special(file) => Box::new(file.try_clone()?),
            Self::Whole(file, _) => Box::new(file.as_file().try_clone()?),
        })
    }

    fn finish(self) -> io::Result<()> {
        match self {
            Self::Output | Self::Special(_) => Ok(()),
            Self::Whole(file, path) => Ok(file.persist(path).map(|_file| ())?),
        }
    }
}

fn by_name(command: &Export) -> ExportFormat {
    match command.out.as_deref().map(extension).as_deref() {
        Some("xlsx") => ExportFormat::Xlsx,
        Some("ndjson" | "jsonl") => ExportFormat::Ndjson,
        _ => ExportFormat::Csv,
    }
}

/// Where the rows come from, page by page.
enum Source {
    Service(Service, ResourceCode),
    Database(Box<Database>),
}

struct Database {
    conn: PooledConnection,
    association: associations::store::Found,
}

impl Source {
    async fn open(command: &Export, place: Place<'_>) -> Result<Self, String> {
        match place {
            Place::Service(address) => {
                let service = service(address, Words::from_environment())?;
                Ok(Self::Service(service, command.association.clone()))
            }
            Place::Database(state) => {
                let conn = state.conn().await.map_err(|error| explained(&error))?;
                let caller = Caller::command_line();
                let association = associations::store::find(&conn, &caller, &command.association).await;
                let association = association.map_err(|error| explained(&error))?;
                Ok(Self::Database(Box::new(Database { conn, association })))
            }
        }
    }

    async fn page(&mut self, kind: Stored, year: Option<Year>, cursor: Option<String>) -> Result<Page, String> {
        match self {
            Self::Service(service, association) => {
                let (service, path) = (service.clone(), path(association, kind, year, cursor.as_deref()));
                tokio::task::spawn_blocking(move || service.page(&path)).await.map_err(|error| error.to_string())?
            }
            Self::Database(database) => {
                let page = match (kind, year) {
                    (Stored::Targets, Some(year)) => database.targets(year, cursor).await,
                    _ => database.actuals(year, cursor).await,
                };
                page.map_err(|error| explained(&error))
            }
        }
    }
}

fn path(association: &ResourceCode, kind: Stored, year: Option<Year>, cursor: Option<&str>) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.append_pair("limit", &PAGE.to_string());
    if let Some(cursor) = cursor {
        query.append_pair("cursor", cursor);
    }
    match (kind, year) {
        (Stored::Targets, Some(year)) => format!("/associations/{association}/targets/{year}?{}", query.finish()),
        (_, Some(year)) => {
            let query = query.append_pair("year", &year.to_string()).finish();
            format!("/associations/{association}/actuals?{query}")
        }
        (_, None) => format!("/associations/{association}/actuals?{}", query.finish()),
    }
}

impl Database {
    async fn actuals(&mut self, year: Option<Year>, cursor: Option<String>) -> ApiResult<Page> {
        let after: Option<Uuid> = cursor.as_deref().map(str::parse).transpose().map_err(ApiError::internal)?;
        let wanted = ActualQuery { year, ..ActualQuery::default() };
        let rows = actuals::store::list(&mut self.conn, &self.association, &wanted, after, PAGE).await?;
        page(&rows, |actual| actual.id.to_string())
    }

    async fn targets(&mut self, year: Year, cursor: Option<String>) -> ApiResult<Page> {
        let after = cursor.map(ResourceCode::new).transpose()?;
        let rows = targets::store::list(&mut self.conn, &self.association, year, after, PAGE).await?;
        page(&rows, |target| target.indicator.clone())
    }
}

/// A full page may be followed by an empty one.
fn page<T: Serialize>(rows: &[T], key: impl Fn(&T) -> String) -> ApiResult<Page> {
    let items = rows.iter().map(to_raw_value).collect::<serde_json::Result<_>>().map_err(ApiError::internal)?;
    let is_full = i64::try_from(rows.len()).is_ok_and(|count| count == PAGE);
    Ok(Page { items, next_cursor: rows.last().filter(|_| is_full).map(key) })
}

/// What of a stored row an import takes; none where it no longer counts.
fn reported(kind: Stored, item: &RawValue) -> serde_json::Result<Option<Fields>> {
    let mut stored: Fields = serde_json::from_str(item.get())?;
    let says = |name: &str, text: &str| stored.get(name).is_some_and(|value| value.get() == text);
    if kind == Stored::Actuals && (says("state", "\"rejected\"") || says("state", "\"voided\"")) {
        return Ok(None);
    }
    if kind == Stored::Targets && says("derived", "true") {
        // It follows from baseline and growth, beside which none may be given.
        stored.remove("value");
    }
    stored.retain(|name, value| kind.fields().contains(&name.as_str()) && value.get() != "null");
    Ok(Some(stored))
}

/// Where the rows go.
struct Sink<W: Write> {
    out: W,
    kind: Stored,
    format: ExportFormat,
    columns: Vec<&'static Column>,
    /// Those of a workbook.
    kept: Vec<Vec<Cell<'static>>>,
}

impl<W: Write + Send> Sink<W> {
    fn new(mut out: W, format: ExportFormat, kind: Stored) -> io::Result<Self> {
        let is_written = |column: &&Column| kind.fields().contains(&column.path.split('.').next().unwrap_or_default());
        let columns: Vec<_> = kind.columns().iter().filter(is_written).collect();
        if format == ExportFormat::Csv {
            write::csv_header(&mut out, &headers(&columns))?;
        }
        Ok(Self { out, kind, format, columns, kept: Vec::new() })
    }

    fn take(&mut self, item: &RawValue) -> Result<(), Box<dyn std::error::Error>> {
        let Some(members) = reported(self.kind, item)? else { return Ok(()) };
        let object = to_raw_value(&members)?;
        if self.format == ExportFormat::Ndjson {
            return Ok(writeln!(self.out, "{object}")?);
        }
        let cells = tabular::cells(&object, self.columns.iter().copied());
        if self.format == ExportFormat::Csv {
            return Ok(write::csv_row(&mut self.out, cells)?);
        }
        if self.kept.len() == MOST_IN_WORKBOOK {
            return Err(format!("a workbook holds at most {MOST_IN_WORKBOOK} rows; export csv or ndjson").into());
        }
        self.kept.push(cells);
        Ok(())
    }

    fn close(mut self) -> io::Result<()> {
        if self.format == ExportFormat::Xlsx {
            write::xlsx(&mut self.out, self.kind.sheet(), &headers(&self.columns), self.kept)?;
        }
        self.out.flush()
    }
}

/// The Chinese name of each column, as the form has it.
fn headers(columns: &[&'static Column]) -> Vec<&'static str> {
    columns.iter().map(|column| column.names.first().copied().unwrap_or(column.path)).collect()
}
