//! Tables written into files: CSV that no spreadsheet takes for formulas, and `.xlsx`.

use std::borrow::Cow;
use std::io::{self, Write};

use rust_decimal::Decimal;

/// What a cell shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cell<'a> {
    /// Nothing.
    Empty,
    /// Text, never a formula.
    Text(Cow<'a, str>),
    /// A number, exactly.
    Number(Decimal),
}

/// With these a spreadsheet begins a formula.
const FORMULA: [char; 6] = ['=', '+', '-', '@', '\t', '\r'];

/// Writes CSV: UTF-8 with a byte order mark, lines ended as Windows does.
///
/// # Errors
/// Where `out` takes no more.
pub fn csv<'a, R: IntoIterator<Item = Cell<'a>>>(
    out: &mut impl Write,
    headers: &[&str],
    rows: impl IntoIterator<Item = R>,
) -> io::Result<()> {
    out.write_all("\u{feff}".as_bytes())?;
    record(out, headers.iter().map(|header| Cell::Text((*header).into())))?;
    rows.into_iter().try_for_each(|row| record(out, row))
}

fn record<'a>(out: &mut impl Write, cells: impl IntoIterator<Item = Cell<'a>>) -> io::Result<()> {
    for (position, cell) in cells.into_iter().enumerate() {
        if position > 0 {
            out.write_all(b",")?;
        }
        match cell {
            Cell::Empty => {}
            Cell::Text(text) => field(out, &guarded(&text))?,
            Cell::Number(number) => write!(out, "{number}")?,
        }
    }
    out.write_all(b"\r\n")
}

fn field(out: &mut impl Write, text: &str) -> io::Result<()> {
    if text.contains([',', ';', '\t', '"', '\r', '\n']) {
        write!(out, "\"{}\"", text.replace('"', "\"\""))
    } else {
        out.write_all(text.as_bytes())
    }
}

/// Whether a spreadsheet would take text for a formula, or for one guarded by apostrophes.
fn is_formula(text: &str) -> bool {
    text.trim_start_matches('\'').starts_with(FORMULA)
}

/// Text with an apostrophe before it where a spreadsheet would take it for a formula.
fn guarded(text: &str) -> Cow<'_, str> {
    if is_formula(text) { format!("'{text}").into() } else { text.into() }
}

/// Text without the apostrophe that [`csv`] puts before it.
pub(super) fn unguarded(text: &str) -> &str {
    text.strip_prefix('\'').filter(|rest| is_formula(rest)).unwrap_or(text)
}
