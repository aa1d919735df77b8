//! From rows to a report: read, look up what they name, check, stage, settle.
//!
//! All inside one transaction of the caller's; whether it stays is said in the report.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Read, Seek};

use diesel_async::AsyncPgConnection;

use super::names::Names;
use super::rows::{Addressed, place};
use super::shown::{self, Said};
use super::{BatchQuery, Mode};
use crate::actuals::bulk::effects::Effects;
use crate::auth::Caller;
use crate::batch::{BatchAnswer, BatchItem, Counts, LISTED, LISTED_LIMIT, Place, Refused};
use crate::error::{ApiError, ApiResult, Code, Language, Phrase, Violation};
use crate::scorecards::bulk;
use crate::state::AppState;
use crate::tabular::{self, Cells, Format, Options, Row, Rows};
use crate::{actuals, targets};

/// Rows read, looked up and staged at a time.
const CHUNK: usize = 1_000;

/// Bytes of them, after which no more are taken.
const CHUNK_BYTES: usize = 4 * 1024 * 1024;

/// Bytes of changes that one batch may hold: they wait in memory.
const CHANGES_BYTES: usize = 32 * 1024 * 1024;

/// Most rows of a document, and most changes: those are done one by one.
const MOST_AT_ONCE: u64 = 10_000;

/// Most rows of a text that is streamed.
const MOST_STREAMED: u64 = 5_000_000;

/// What the rows are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Kind {
    /// Reported values.
    Actuals,
    /// Planned values.
    Targets,
    /// Changes of stored actuals.
    Changes,
}

impl Kind {
    /// Where the service takes them, below `/api/v1`.
    pub const fn path(self) -> &'static str {
        match self {
            Self::Actuals => "actuals",
            Self::Targets => "targets",
            Self::Changes => "actuals/changes",
        }
    }

    /// The columns of a table of such rows.
    pub const fn columns(self) -> &'static [tabular::Column] {
        match self {
            Self::Actuals => tabular::ACTUALS,
            Self::Targets => tabular::TARGETS,
            Self::Changes => tabular::CHANGES,
        }
    }
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
    /// Whether somebody looks at what becomes of the rows.
    pub is_shown: bool,
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
    /// What it does, where somebody looks at it.
    pub(crate) view: View,
}

/// What people see of a batch beside its answer.
#[derive(Clone, Debug, Default)]
pub(crate) struct View {
    /// What it does to what is reported.
    pub effects: Effects,
    /// What its rows name.
    pub names: Names,
    /// The first rows, those before all that somebody has to mend or to think about.
    pub items: Vec<BatchItem>,
    /// What these say, by index; unknown before [`read_shown`].
    pub said: BTreeMap<i64, Said>,
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
    let mut batch = Batch::new(context, kind);
    match kind {
        Kind::Actuals => actuals::bulk::open(conn).await?,
        Kind::Targets => targets::bulk::open(conn).await?,
        Kind::Changes => {}
    }
    loop {
        let chunk = chunk(&mut rows)?;
        if chunk.is_empty() {
            break;
        }
        batch.stage(conn, chunk).await?;
    }
    batch.settle(conn).await
}

/// What these rows say: read once more, since only at the end it is known which ones are shown.
///
/// # Errors
/// When the file cannot be read as a whole.
pub(crate) fn read_shown(
    context: &Context<'_>,
    kind: Kind,
    source: impl Read + Seek + Send + 'static,
    format: Format,
    items: &[BatchItem],
) -> ApiResult<BTreeMap<i64, Said>> {
    let mut wanted: BTreeSet<_> = items.iter().map(|item| item.index).collect();
    let mut rows = tabular::read(source, format, options(context, kind, format))?;
    let mut said = BTreeMap::new();
    while !wanted.is_empty()
        && let Some(row) = rows.next().transpose()?
    {
        let index = place(&row).index;
        if wanted.remove(&index) {
            said.insert(index, Said::of(&row));
        }
    }
    Ok(said)
}

/// The next rows that are taken together: a thousand, or fewer large ones.
fn chunk(rows: &mut Rows) -> ApiResult<Vec<Row>> {
    let (mut chunk, mut bytes) = (Vec::new(), 0);
    while chunk.len() < CHUNK && bytes < CHUNK_BYTES {
        let Some(row) = rows.next().transpose()? else { break };
        bytes += row.object.as_ref().map_or(0, |object| object.get().len());
        chunk.push(row);
    }
    Ok(chunk)
}

fn options(context: &Context<'_>, kind: Kind, format: Format) -> Options {
    Options {
        columns: kind.columns(),
        sheet: context.query.sheet.clone(),
        row_limit: context.state.limits.body,
        max_rows: match (kind, format) {
            (Kind::Changes, _) | (_, Format::Json) => MOST_AT_ONCE,
            (_, Format::Csv | Format::Ndjson | Format::Xlsx) => MOST_STREAMED,
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
    /// Changes wait in memory; other rows in the database.
    changes: Vec<actuals::changes::Staged>,
    changes_bytes: usize,
    /// Names the cells, where the rows stand in a sheet.
    cells: Option<Cells>,
}

impl<'a> Batch<'a> {
    fn new(context: &'a Context<'a>, kind: Kind) -> Self {
        Self {
            context,
            kind,
            names: Names::default(),
            received: 0,
            wrong: 0,
            refused: BTreeMap::new(),
            changes: Vec::new(),
            changes_bytes: 0,
            cells: None,
        }
    }

    async fn stage(&mut self, conn: &mut AsyncPgConnection, chunk: Vec<Row>) -> ApiResult<()> {
        if let Some(first) = chunk.first().filter(|_| self.cells.is_none()) {
            self.cells = first.cells.clone();
        }
        let mut rows = Vec::with_capacity(chunk.len());
        for row in chunk {
            self.received += 1;
            self.count_changes(&row)?;
            match Addressed::of(&row, self.kind) {
                Ok(addressed) => rows.push((place(&row), addressed)),
                Err(violations) => self.refuse(place(&row), violations),
            }
        }
        let associations = rows.iter().map(|(_, addressed)| addressed.association.clone()).collect();
        let indicators = rows.iter().filter_map(|(_, addressed)| addressed.indicator.clone()).collect();
        self.names.learn(conn, self.context.caller, associations, indicators).await?;
        match self.kind {
            Kind::Actuals => {
                let today = self.context.state.today();
                let actuals = self.sift(rows, |row, names, place| row.actual(names, place, today));
                actuals::bulk::stage(conn, &actuals).await
            }
            Kind::Targets => targets::bulk::stage(conn, &self.sift(rows, Addressed::target)).await,
            Kind::Changes => {
                let caller = self.context.caller;
                let changes = self.sift(rows, |row, names, place| row.change(names, place, caller));
                self.changes.extend(changes);
                Ok(())
            }
        }
    }

    /// The rows that are good by themselves; the others are refused.
    fn sift<T>(
        &mut self,
        rows: Vec<(Place, Addressed)>,
        check: impl Fn(Addressed, &Names, Place) -> ApiResult<T>,
    ) -> Vec<T> {
        let mut good = Vec::with_capacity(rows.len());
        for (place, addressed) in rows {
            match check(addressed, &self.names, place) {
                Ok(checked) => good.push(checked),
                Err(error) => self.refuse(place, error.into_violations()),
            }
        }
        good
    }

    fn count_changes(&mut self, row: &Row) -> ApiResult<()> {
        if self.kind == Kind::Changes {
            self.changes_bytes += row.object.as_ref().map_or(0, |object| object.get().len());
        }
        if self.changes_bytes > CHANGES_BYTES {
            return Err(ApiError::new(Code::BodyTooLarge).allowed(Phrase::new(
                format!("{CHANGES_BYTES} 字节的更改"),
                format!("{CHANGES_BYTES} bytes of changes"),
            )));
        }
        Ok(())
    }

    fn refuse(&mut self, place: Place, violations: Vec<Violation>) {
        self.wrong += 1;
        self.list(&Refused { place, violations });
    }

    /// Lists a refused row among the first ones.
    fn list(&mut self, refused: &Refused) {
        let Place { index, line } = refused.place;
        let is_beyond = self.refused.last_key_value().is_some_and(|(last, _)| *last < index);
        if self.refused.len() >= LISTED && is_beyond {
            return;
        }
        let cell = |pointer: &str| self.cells.as_ref()?.name(line?, pointer);
        let item = BatchItem::refused(refused, self.context.language, cell);
        self.refused.insert(index, item);
        if self.refused.len() > LISTED {
            self.refused.pop_last();
        }
    }

    async fn settle(mut self, conn: &mut AsyncPgConnection) -> ApiResult<Report> {
        let query = self.context.query;
        let is_atomic = query.mode == Mode::Atomic;
        let batch = bulk::Batch {
            state: self.context.state,
            caller: self.context.caller,
            indicators: &self.names.indicators(),
            is_atomic,
            has_refused: self.wrong > 0,
            lists_stored: self.context.is_shown || self.received <= LISTED_LIMIT,
            is_shown: self.context.is_shown,
            is_preview: self.context.is_shown && query.dry_run,
        };
        let nothing = Effects::default();
        let (settled, effects) = match self.kind {
            Kind::Actuals => actuals::bulk::settle(conn, &batch).await?,
            Kind::Targets => (targets::bulk::settle(conn, &batch).await?, nothing),
            Kind::Changes => {
                let changes = std::mem::take(&mut self.changes);
                (actuals::changes::settle(conn, batch.state, batch.caller, changes).await?, nothing)
            }
        };
        for refused in &settled.refused {
            self.list(refused);
        }
        let wrong = self.wrong + settled.counts.rejected;
        let is_refused = is_atomic && wrong > 0;
        let counts = match is_refused {
            true => Counts { received: self.received, rejected: self.received, ..Counts::default() },
            false => Counts { received: self.received, rejected: wrong, ..settled.counts },
        };
        let mut items = self.refused;
        for stored in settled.stored.into_iter().filter(|_| !is_refused) {
            let stored = if query.dry_run { stored.only_tried() } else { stored };
            items.insert(stored.place.index, stored.into());
        }
        let items: Vec<_> = items.into_values().collect();
        let first = if self.context.is_shown { shown::first(&items, &effects) } else { Vec::new() };
        let view = View { effects, names: self.names, items: first, said: BTreeMap::new() };
        let answer = BatchAnswer { dry_run: query.dry_run, counts, items };
        Ok(Report { answer, wrong, is_refused, view })
    }
}
