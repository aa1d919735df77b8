//! An answer laid out for people: the bare table as CSV, or a workbook that is taken into a meeting.
//!
//! Whoever lays an answer out says which columns there are and what stands in them; how a file looks is said here once.

mod chart;
mod guide;
mod look;
mod workbook;

use chrono::NaiveDate;

use super::write::{self, Cell};
use crate::decimal::Amount;
use crate::error::{ApiError, ApiResult, Language, Text};
pub use workbook::{Sheet, xlsx};

/// A table with everything that is said about it.
pub struct Table<T: 'static> {
    /// What it is called, in the reader's language.
    pub title: String,
    /// What its sheet is called: at most 31 characters.
    pub sheet: Text,
    /// The language of its headings and words.
    pub language: Language,
    /// The day its figures stand for.
    pub as_of: NaiveDate,
    /// What it is about: year, day, filters.
    pub facts: Vec<Fact>,
    /// How its figures came about.
    pub remarks: Vec<Text>,
    /// Its columns: first those to print, then what else is known.
    pub columns: &'static [Column<T>],
    /// How many columns are printed.
    pub printed: usize,
    /// Its rows.
    pub rows: Vec<T>,
    /// What is drawn of it.
    pub chart: Option<Chart>,
    /// Tables of other rows that stand behind it in a workbook; what is said about it is said of them too.
    pub others: Vec<Box<dyn Sheet>>,
}

impl<T> Table<T> {
    /// Puts a table of other rows behind it.
    #[must_use]
    pub fn followed_by<U: Send + 'static>(
        mut self,
        sheet: Text,
        columns: &'static [Column<U>],
        printed: usize,
        rows: Vec<U>,
    ) -> Self {
        let (title, language, as_of) = (self.title.clone(), self.language, self.as_of);
        let (facts, remarks, others) = (Vec::new(), Vec::new(), Vec::new());
        let table =
            Table { title, sheet, language, as_of, facts, remarks, columns, printed, rows, chart: None, others };
        self.others.push(Box::new(table));
        self
    }
}

/// Something a table is about.
#[derive(Clone, Debug)]
pub struct Fact {
    /// What.
    pub name: Text,
    /// Which.
    pub value: String,
}

impl Fact {
    /// Says which of something a table is about.
    pub fn new(name: Text, value: impl ToString) -> Self {
        Self { name, value: value.to_string() }
    }
}

/// A column: its heading, and what of a row stands in it.
#[derive(Debug)]
pub struct Column<T> {
    heading: Text,
    kind: Kind,
    cell: for<'a> fn(&'a T, Language) -> Cell<'a>,
    level: Option<fn(&T) -> u8>,
    note: Option<fn(&T, Language) -> Option<String>>,
}

impl<T> Column<T> {
    /// A column with these headings, in Chinese and English.
    pub const fn new(
        chinese: &'static str,
        english: &'static str,
        kind: Kind,
        cell: for<'a> fn(&'a T, Language) -> Cell<'a>,
    ) -> Self {
        Self { heading: Text::new(chinese, english), kind, cell, level: None, note: None }
    }

    /// Indents its text in a workbook, by how many lines a line stands below.
    #[must_use]
    pub const fn nested(self, level: fn(&T) -> u8) -> Self {
        Self { level: Some(level), ..self }
    }

    /// Adds a note to its cells in a workbook.
    #[must_use]
    pub const fn noted(self, note: fn(&T, Language) -> Option<String>) -> Self {
        Self { note: Some(note), ..self }
    }
}

/// What the cells of a column show.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    /// Text.
    Text,
    /// An amount in some unit, with the decimals it has.
    Quantity,
    /// How many, or a rank.
    Count,
    /// A share of one, shown in percent.
    Share,
    /// As [`Kind::Share`], with a bar from 0 to 1.
    Bar,
    /// One of these words, each on a colour of its own.
    Words(&'static [(Text, Tone)]),
}

/// What a word is coloured for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// Done.
    Good,
    /// As it should be.
    Fair,
    /// To be looked at.
    Warning,
    /// Not as it should be.
    Bad,
    /// Neither.
    Neutral,
}

/// Shares drawn as bars, in this order.
#[derive(Clone, Debug)]
pub struct Chart {
    /// What it shows.
    pub title: String,
    /// What is drawn.
    pub measure: Text,
    /// Each bar: whose it is, and how long.
    pub bars: Vec<(String, Amount)>,
}

/// A table as CSV.
///
/// # Errors
/// None that a client can cause.
pub fn csv<T>(table: &Table<T>) -> ApiResult<Vec<u8>> {
    let language = table.language;
    let headings: Vec<_> = table.columns.iter().map(|column| column.heading.get(language)).collect();
    let rows = table.rows.iter().map(|row| table.columns.iter().map(move |column| (column.cell)(row, language)));
    let mut file = Vec::new();
    write::csv(&mut file, &headings, rows).map_err(ApiError::internal)?;
    Ok(file)
}
