//! What a batch of rows answers: how many became what, and what is wrong with the others.
//!
//! Pure: knows neither the rows' kind nor where they came from.

use serde::{Deserialize, Serialize};
use strum::AsRefStr;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::error::{FieldProblem, Language, Violation};

/// Most items a batch's answer lists.
pub const LISTED: usize = 10_000;

/// The same, as a limit in SQL.
pub const LISTED_LIMIT: i64 = 10_000;

/// How many rows became what; `received` is the sum of the others.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Counts {
    /// Rows that were sent.
    #[schema(example = 1000)]
    pub received: i64,
    /// Rows that are new, or changes that were done; of a dry run: that would be.
    #[schema(example = 990)]
    pub created: i64,
    /// Rows that were stored already, with the same content; changes that found it so already.
    #[schema(example = 3)]
    pub unchanged: i64,
    /// Rows that were not stored.
    #[schema(example = 7)]
    pub rejected: i64,
}

impl Counts {
    /// Counts one more row.
    pub fn add(&mut self, status: ItemStatus) {
        self.received += 1;
        match status {
            ItemStatus::Created => self.created += 1,
            ItemStatus::Unchanged => self.unchanged += 1,
            ItemStatus::Rejected => self.rejected += 1,
        }
    }
}

/// Where a row stood.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// Counts the rows from 0.
    pub index: i64,
    /// Line of the text file, or row of the sheet, counted from 1.
    pub line: Option<i64>,
}

/// A row that was refused, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// Where it stood.
    pub place: Place,
    /// What is wrong with it; pointers are into the row.
    pub violations: Vec<Violation>,
}

/// A row that is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stored {
    /// Where it stood.
    pub place: Place,
    /// Whether it was not stored before.
    pub is_new: bool,
    /// What it is called now, where it has an id.
    pub id: Option<Uuid>,
    /// Why it counts nowhere although it is stored: the state of an actual that was voided or rejected.
    pub withdrawn: Option<&'static str>,
}

impl Stored {
    /// The same row where nothing stays: what is new has no name yet.
    #[must_use]
    pub const fn only_tried(self) -> Self {
        if self.is_new { Self { id: None, ..self } } else { self }
    }
}

/// What settling made of the staged rows of a batch.
#[derive(Clone, Debug, Default)]
pub struct Settled {
    /// How many became what.
    pub counts: Counts,
    /// The first of those that were refused.
    pub refused: Vec<Refused>,
    /// Those that are stored, where they shall be listed.
    pub stored: Vec<Stored>,
}

/// What became of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, AsRefStr, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum ItemStatus {
    /// It is new; of a change: it was done.
    Created,
    /// It was stored already, with the same content; of a change: it was so already.
    Unchanged,
    /// It was not stored.
    Rejected,
}

/// What became of one row.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct BatchItem {
    /// Counts the rows from 0, as they were sent.
    #[schema(example = 3)]
    pub index: i64,
    /// Line of the CSV or NDJSON text where the row begins, or row of the sheet, counted from 1; none for JSON.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = 5)]
    pub line: Option<i64>,
    /// What became of it.
    pub status: ItemStatus,
    /// Names the actual; not in a dry run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<Uuid>,
    /// Of an unchanged row whose actual was `voided` or `rejected` since: it is stored, and counts nowhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "voided")]
    pub state: Option<String>,
    /// What is wrong with it; pointers are into the row.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    pub errors: Vec<FieldProblem>,
}

/// What became of a batch.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct BatchAnswer {
    /// Whether it was only tried: nothing is stored then.
    #[schema(example = false)]
    pub dry_run: bool,
    /// How many rows became what.
    pub counts: Counts,
    /// What became of each row, in their order. Of more than 10,000 rows only the rejected ones are listed, and of those
    /// the first 10,000.
    pub items: Vec<BatchItem>,
}

impl BatchItem {
    /// A refused row, in the reader's language.
    pub fn refused(refused: &Refused, language: Language, cell: impl Fn(&str) -> Option<String>) -> Self {
        let problem = |violation: &Violation| FieldProblem {
            cell: cell(&violation.pointer),
            ..FieldProblem::of(violation, language)
        };
        Self {
            index: refused.place.index,
            line: refused.place.line,
            status: ItemStatus::Rejected,
            id: None,
            state: None,
            errors: refused.violations.iter().map(problem).collect(),
        }
    }
}

impl From<Stored> for BatchItem {
    fn from(stored: Stored) -> Self {
        let status = if stored.is_new { ItemStatus::Created } else { ItemStatus::Unchanged };
        let Place { index, line } = stored.place;
        Self { index, line, status, id: stored.id, state: stored.withdrawn.map(ToOwned::to_owned), errors: Vec::new() }
    }
}
