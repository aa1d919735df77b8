//! From rows to a report: read, look up what they name, check, stage, settle.
//!
//! All inside one transaction of the caller's; whether it stays is said in the report.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Read, Seek};

use diesel_async::AsyncPgConnection;
use serde_json::value::RawValue;

use super::names::Names;
use super::{BatchQuery, Mode};
use crate::actuals;
use crate::auth::Caller;
use crate::batch::{BatchAnswer, BatchItem, Counts, LISTED, Place, Refused};
use crate::error::{ApiError, ApiResult, Code, Language, Violation};
use crate::http;
use crate::state::AppState;
use crate::tabular::{self, Format, Options, Row};

/// Rows read, looked up and staged at a time.
const CHUNK: usize = 1_000;

/// Most rows of a text that is streamed.
const MOST_STREAMED: u64 = 5_000_000;

/// What the rows are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Reported values.
    Actuals,
    /// Planned values.
    Targets,
}

/// What an import needs beside its rows.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    /// Pool, clock and limits.
    pub state: &'a AppState,
    /// Who sends the rows.
    pub caller: &'a Caller,
    /// How they are taken.
    pub query: &'a BatchQuery,
    /// What the errors are written in.
    pub language: Language,
}

/// What became of a batch.
#[derive(Clone, Debug)]
pub struct Report {
    /// What is answered.
    pub answer: BatchAnswer,
    /// How many rows are wrong.
    pub wrong: i64,
    /// Whether they stopped the whole batch.
    pub is_refused: bool,
}

impl Report {
    /// Whether what was written shall stay.
    pub const fn stays(&self) -> bool {
        !self.is_refused && !self.answer.dry_run
    }
}

/// Takes the rows of `source`, in the transaction of `conn`; the report says whether that shall be committed.
///
/// # Errors
/// When the file cannot be read as a whole, or the database is away or busy. Rows that are wrong are in the report.
pub async fn run(
    conn: &mut AsyncPgConnection,
    context: &Context<'_>,
    kind: Kind,
    source: impl Read + Seek + Send + 'static,
    format: Format,
) -> ApiResult<Report> {
    let mut rows = tabular::read(source, format, options(context, kind, format))?;
    let mut batch = Batch { context, kind, names: Names::default(), received: 0, wrong: 0, refused: BTreeMap::new() };
    actuals::bulk::open(conn).await?;
    loop {
        let chunk: Vec<Row> = rows.by_ref().take(CHUNK).collect::<ApiResult<_>>()?;
        if chunk.is_empty() {
            break;
        }
        batch.stage(conn, chunk).await?;
    }
    batch.settle(conn).await
}

fn options(context: &Context<'_>, kind: Kind, format: Format) -> Options {
    Options {
        columns: match kind {
            Kind::Actuals => tabular::ACTUALS,
            Kind::Targets => tabular::TARGETS,
        },
        sheet: context.query.sheet.clone(),
        row_limit: context.state.limits.body,
        max_rows: match format {
            Format::Json => 10_000,
            Format::Csv | Format::Ndjson | Format::Xlsx => MOST_STREAMED,
        },
    }
}

/// A batch on its way.
struct Batch<'a> {
    context: &'a Context<'a>,
    kind: Kind,
    names: Names,
    received: i64,
    wrong: i64,
    refused: BTreeMap<i64, BatchItem>,
}

/// A row, the names taken out of it.
struct Addressed {
    row: Row,
    association: String,
    indicator: String,
    members: Members,
}

/// The fields of a row, each still as it was written.
type Members = BTreeMap<String, Box<RawValue>>;

impl Batch<'_> {
    async fn stage(&mut self, conn: &mut AsyncPgConnection, chunk: Vec<Row>) -> ApiResult<()> {
        let mut addressed = Vec::with_capacity(chunk.len());
        for row in chunk {
            self.received += 1;
            match address(&row) {
                Ok((association, indicator, members)) => {
                    addressed.push(Addressed { row, association, indicator, members });
                }
                Err(violations) => self.refuse(&row, violations),
            }
        }
        let associations: BTreeSet<_> = addressed.iter().map(|row| row.association.clone()).collect();
        let indicators: BTreeSet<_> = addressed.iter().map(|row| row.indicator.clone()).collect();
        self.names.learn(conn, self.context.caller, associations, indicators).await?;
        let mut staged = Vec::with_capacity(addressed.len());
        for row in addressed {
            match self.check(&row) {
                Ok(good) => staged.push(good),
                Err(error) => self.refuse(&row.row, error.into_violations()),
            }
        }
        actuals::bulk::stage(conn, &staged).await
    }

    fn check(&self, row: &Addressed) -> ApiResult<actuals::bulk::Staged> {
        let association = self.names.association(&row.association)?;
        let indicator = self.names.indicator(&row.indicator)?;
        let mut members = row.members.clone();
        let code = serde_json::value::to_raw_value(&indicator.code).map_err(ApiError::internal)?;
        members.insert("indicator".to_owned(), code);
        let body = serde_json::to_string(&members).map_err(ApiError::internal)?;
        let body: actuals::SubmitActual = http::parse(body.as_bytes())?;
        actuals::bulk::Staged::of(place(&row.row), association, indicator, body)
    }

    fn refuse(&mut self, row: &Row, violations: Vec<Violation>) {
        self.wrong += 1;
        let refused = Refused { place: place(row), violations };
        self.list(&refused, |pointer| row.cell(pointer));
    }

    fn list(&mut self, refused: &Refused, cell: impl Fn(&str) -> Option<String>) {
        if self.refused.len() < LISTED {
            let item = BatchItem::refused(refused, self.context.language, cell);
            self.refused.insert(refused.place.index, item);
        }
    }

    async fn settle(mut self, conn: &mut AsyncPgConnection) -> ApiResult<Report> {
        let query = self.context.query;
        let is_atomic = query.mode == Mode::Atomic;
        let settling = actuals::bulk::Batch {
            state: self.context.state,
            caller: self.context.caller,
            indicators: &self.names.indicators(),
            is_atomic,
            has_refused: self.wrong > 0,
        };
        let settled = actuals::bulk::settle(conn, &settling).await?;
        let most = i64::try_from(LISTED).unwrap_or_default();
        for refused in actuals::bulk::refused(conn, most).await? {
            self.list(&refused, |_| None);
        }
        let wrong = self.wrong + settled.rejected;
        let is_refused = is_atomic && wrong > 0;
        let counts = match is_refused {
            true => Counts { received: self.received, rejected: self.received, ..Counts::default() },
            false => Counts { received: self.received, rejected: wrong, ..settled },
        };
        let mut items = self.refused;
        if !is_refused && items.len() < LISTED && self.received <= most {
            for stored in actuals::bulk::stored(conn).await? {
                let stored = if query.dry_run { stored.only_tried() } else { stored };
                items.insert(stored.place.index, stored.into());
            }
        }
        let answer = BatchAnswer { dry_run: query.dry_run, counts, items: items.into_values().collect() };
        Ok(Report { answer, wrong, is_refused })
    }
}

fn place(row: &Row) -> Place {
    Place {
        index: i64::try_from(row.index).unwrap_or(i64::MAX),
        line: row.line.and_then(|line| i64::try_from(line).ok()),
    }
}

/// Takes the names out of a row.
fn address(row: &Row) -> Result<(String, String, Members), Vec<Violation>> {
    let object = row.object.as_ref().map_err(Clone::clone)?;
    let broken = |error| vec![Violation::at("", Code::MalformedJson).given(error)];
    let mut members: Members = serde_json::from_str(object.get()).map_err(broken)?;
    match (take(&mut members, "association"), take(&mut members, "indicator")) {
        (Ok(association), Ok(indicator)) => Ok((association, indicator, members)),
        (association, indicator) => Err([association.err(), indicator.err()].into_iter().flatten().collect()),
    }
}

fn take(members: &mut Members, name: &str) -> Result<String, Violation> {
    let pointer = format!("/{name}");
    let missing = || Violation::at(pointer.as_str(), Code::MissingField).given(name);
    let value = members.remove(name).ok_or_else(missing)?;
    let refused = |_| Violation::at(pointer.as_str(), Code::WrongType).given(value.get()).allowed("a text");
    serde_json::from_str(value.get()).map_err(refused)
}
