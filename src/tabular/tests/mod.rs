//! Reading files of every format, as their users make them.

mod archives;
mod sheets;
mod texts;
mod ways_back;

use std::io::Cursor;

use super::{ACTUALS, Format, Options, Row, TARGETS, read};
use crate::error::{ApiError, Language, Violation};

const OPTIONS: Options = Options { columns: ACTUALS, sheet: None, row_limit: 1000, max_rows: 100_000 };

fn targets() -> Options {
    Options { columns: TARGETS, ..OPTIONS }
}

/// Every row, or the error that ended them.
fn all(file: impl Into<Vec<u8>>, format: Format, options: Options) -> Result<Vec<Row>, ApiError> {
    read(Cursor::new(file.into()), format, options)?.collect()
}

/// Every row's object, or what is wrong with it.
fn objects(file: impl Into<Vec<u8>>, format: Format) -> Vec<String> {
    all(file, format, OPTIONS).expect("rows").into_iter().map(|row| object(&row)).collect()
}

/// The cell that a JSON pointer into the row's object leads to.
fn cell(row: &Row, pointer: &str) -> Option<String> {
    row.cells.as_ref()?.name(row.line?, pointer)
}

fn object(row: &Row) -> String {
    match &row.object {
        Ok(object) => object.get().to_owned(),
        Err(violations) => violations.iter().map(violation).collect::<Vec<_>>().join("; "),
    }
}

fn violation(violation: &Violation) -> String {
    let given = violation.given.as_ref().map_or("", |given| given.get(Language::English));
    let parts = [violation.pointer.as_str(), violation.code.as_ref(), given];
    parts.join(" ").trim().to_owned()
}

/// The code of the error that the file ends with, and what it says.
fn refusal(file: impl Into<Vec<u8>>, format: Format) -> (String, String) {
    refusal_with(file, format, OPTIONS)
}

fn refusal_with(file: impl Into<Vec<u8>>, format: Format, options: Options) -> (String, String) {
    let error = all(file, format, options).expect_err("a refusal");
    (error.code().as_ref().to_owned(), error.problem(Language::English, "").detail)
}
