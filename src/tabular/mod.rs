//! Rows in and out of files: JSON, NDJSON, CSV and `.xlsx`, each row read into the JSON object a client would have sent.
//!
//! Knows no database, no clock and no HTTP. Refuses only what cannot become such an object; what stands in it is
//! checked by whoever reads it on. Read in this order: `columns` (what a row may have), `header`, `number`, `object` (one
//! row), then the formats: `json`, `ndjson`, `text` and `records` below `delimited`, `archive` below `sheet`; then `write`,
//! `template` and `table` (an answer laid out for people), and last the ways back: `flat` (an object as cells) and `originals` (rows as they stand in a file).

mod archive;
mod columns;
mod delimited;
mod flat;
mod header;
mod json;
mod ndjson;
mod number;
mod object;
mod originals;
mod records;
mod sheet;
pub mod table;
pub mod template;
mod text;
pub mod write;

use std::fmt;
use std::io::{self, Read, Seek};
use std::sync::Arc;

use serde_json::value::RawValue;
use strum::{AsRefStr, EnumString};

use crate::error::{ApiError, ApiResult, Code, Phrase, Violation};
pub use columns::{ACTUALS, CHANGES, REJECTED_BECAUSE, REJECTED_CODE, TARGETS};
pub use flat::cells;
use header::Header;
pub use originals::{Original, originals};

/// How a file is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, AsRefStr, EnumString, clap::ValueEnum)]
#[strum(serialize_all = "snake_case")]
pub enum Format {
    /// `{"defaults": {…}, "items": [{…}, …]}`, at most 32 MiB.
    Json,
    /// One JSON object per line.
    Ndjson,
    /// Delimited by commas, semicolons or tabs, in UTF-8, GB18030 or UTF-16.
    Csv,
    /// A sheet of an Office Open XML workbook, at most 100,000 rows.
    Xlsx,
}

impl Format {
    /// Its content type.
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Json => "application/json",
            Self::Ndjson => "application/x-ndjson",
            Self::Csv => "text/csv",
            Self::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        }
    }
}

/// A column that a table may have.
#[derive(Clone, Copy, Debug)]
pub struct Column {
    /// The field it fills, with dots: `evidence.document`.
    pub path: &'static str,
    /// Chinese headers that mean it too.
    pub names: &'static [&'static str],
    /// What its cells hold.
    pub kind: Kind,
}

impl Column {
    /// Whether a header means it.
    pub fn is_called(&self, name: &str) -> bool {
        self.path == name || self.names.contains(&name)
    }

    /// Whether its cells fill a field.
    pub const fn is_read(&self) -> bool {
        !matches!(self.kind, Kind::Ignored | Kind::Form)
    }
}

/// What the cells of a column hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Text.
    Text,
    /// A number; text that is none with certainty stays text, to be refused by whoever reads it.
    Number,
    /// A number, or text as people write it (`1.1万人次`).
    NumberOrText,
    /// 是 or 否, `true` or `false`.
    Boolean,
    /// Numbers in one cell: `0, 0.1, …, 1`.
    Numbers,
    /// One of these, by its Chinese label (first) or its code (second).
    Choice(&'static [(&'static str, &'static str)]),
    /// The days covered, as text; a date cell counts where it cannot stand for a month.
    Period,
    /// A date.
    Day,
    /// There to inform; accepted, not read.
    Ignored,
    /// As [`Kind::Ignored`], and makes the table a form of ours: rows without a figure were not filled in.
    Form,
}

/// What to read.
#[derive(Clone, Debug)]
pub struct Options {
    /// The columns a table may have.
    pub columns: &'static [Column],
    /// The sheet of a workbook; its first where not given.
    pub sheet: Option<String>,
    /// Bytes one row may take.
    pub row_limit: usize,
    /// Rows a file may have.
    pub max_rows: u64,
}

/// One row of a file.
#[derive(Debug)]
pub struct Row {
    /// Which of the rows it is, from 0; empty rows do not count.
    pub index: u64,
    /// The line it begins in, or its row in the sheet, from 1; none in a JSON document.
    pub line: Option<u64>,
    /// One JSON object as a client would have sent it, or why there is none.
    pub object: Result<Box<RawValue>, Vec<Violation>>,
    /// The cells of the sheet it stands in.
    pub cells: Option<Cells>,
    /// Whether it stands in a form of ours, whose rows are safe to send twice also where they give no key.
    pub is_form: bool,
}

/// Names the cells of a sheet; every row of it has the same one.
#[derive(Clone, Debug)]
pub struct Cells(Arc<Header>);

impl Cells {
    /// The cell of this row, counted from 1, that a JSON pointer into the row's object leads to: `/value` to `D7`.
    pub fn name(&self, row: impl fmt::Display, pointer: &str) -> Option<String> {
        Some(format!("{}{row}", header::letters(self.0.position(pointer)?)))
    }
}

impl Row {
    /// A row of text; it is numbered once it is delivered.
    fn at(line: Option<u64>, object: Result<Box<RawValue>, Vec<Violation>>) -> Self {
        Self { index: 0, line, object, cells: None, is_form: false }
    }
}

/// The rows of a file, one after the other.
///
/// An error says that the file as a whole cannot be read on; nothing follows it.
pub struct Rows {
    source: Box<dyn Iterator<Item = ApiResult<Row>> + Send>,
    count: u64,
    max_rows: u64,
    is_over: bool,
}

impl Rows {
    fn advance(&mut self) -> Option<ApiResult<Row>> {
        match self.source.next() {
            Some(Ok(_)) if self.count == self.max_rows => {
                Some(Err(ApiError::new(Code::TooManyRows).allowed(self.max_rows)))
            }
            Some(Ok(row)) => {
                let index = self.count;
                self.count += 1;
                Some(Ok(Row { index, ..row }))
            }
            None if self.count == 0 => Some(Err(ApiError::new(Code::NoRows))),
            other => other,
        }
    }
}

impl Iterator for Rows {
    type Item = ApiResult<Row>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.is_over {
            return None;
        }
        let item = self.advance();
        self.is_over = !matches!(item, Some(Ok(_)));
        item
    }
}

/// Reads a file as a stream of rows; only a JSON document is held in memory.
///
/// # Errors
/// What is wrong with the file before its first row: its encoding, its header, its size. More may come between the rows.
pub fn read<R: Read + Seek + Send + 'static>(source: R, format: Format, options: Options) -> ApiResult<Rows> {
    let max_rows = options.max_rows;
    let source: Box<dyn Iterator<Item = ApiResult<Row>> + Send> = match format {
        Format::Json => Box::new(json::rows(source, &options)?),
        Format::Ndjson => Box::new(ndjson::rows(source, &options)),
        Format::Csv => Box::new(delimited::rows(source, &options)?),
        Format::Xlsx => Box::new(sheet::rows(source, options)?),
    };
    Ok(Rows { source, count: 0, max_rows, is_over: false })
}

/// The file lies on our side by now: what fails is not the client's doing.
fn unreadable(error: io::Error) -> ApiError {
    ApiError::internal(error)
}

/// The row is larger than it may be.
fn row_too_large(limit: usize) -> Violation {
    Violation::at("", Code::RowTooLarge).allowed(Phrase::bytes(limit))
}

#[cfg(test)]
mod tests;
