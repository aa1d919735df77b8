//! Tables written into files: CSV that no spreadsheet takes for formulas, and `.xlsx`.

use std::borrow::Cow;
use std::io::{self, Write};

use chrono::NaiveDate;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, Workbook, Worksheet, XlsxError};

use super::number;
use crate::decimal::Amount;

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

impl Cell<'_> {
    /// A whole number.
    pub fn count(number: impl Into<Decimal>) -> Self {
        Self::Number(number.into())
    }
}

impl<'a> From<&'a str> for Cell<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(text.into())
    }
}

impl<'a> From<&'a String> for Cell<'a> {
    fn from(text: &'a String) -> Self {
        text.as_str().into()
    }
}

impl From<String> for Cell<'_> {
    fn from(text: String) -> Self {
        Self::Text(text.into())
    }
}

impl From<NaiveDate> for Cell<'_> {
    fn from(day: NaiveDate) -> Self {
        day.to_string().into()
    }
}

impl From<Amount> for Cell<'_> {
    fn from(amount: Amount) -> Self {
        Self::Number(amount.0)
    }
}

impl<'a, T: Into<Cell<'a>>> From<Option<T>> for Cell<'a> {
    fn from(content: Option<T>) -> Self {
        content.map_or(Self::Empty, Into::into)
    }
}

/// UTF-16 units a cell of a spreadsheet may have.
const LONGEST_IN_CELL: usize = 32_767;

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
    csv_header(out, headers)?;
    rows.into_iter().try_for_each(|row| csv_row(out, row))
}

/// Begins CSV whose rows come one by one.
///
/// # Errors
/// Where `out` takes no more.
pub fn csv_header(out: &mut impl Write, headers: &[&str]) -> io::Result<()> {
    out.write_all("\u{feff}".as_bytes())?;
    csv_row(out, headers.iter().map(|header| Cell::Text((*header).into())))
}

/// Writes one row of CSV.
///
/// # Errors
/// Where `out` takes no more.
pub fn csv_row<'a>(out: &mut impl Write, cells: impl IntoIterator<Item = Cell<'a>>) -> io::Result<()> {
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

/// Writes a workbook of one sheet, its header in bold and always in sight. It is built in memory.
///
/// # Errors
/// Where `out` takes no more, or the rows are more than a sheet can have.
pub fn xlsx<'a, R: IntoIterator<Item = Cell<'a>>>(
    out: &mut (impl Write + Send),
    sheet_name: &str,
    headers: &[&str],
    rows: impl IntoIterator<Item = R>,
) -> io::Result<()> {
    let mut workbook = Workbook::new();
    fill(workbook.add_worksheet(), sheet_name, headers, rows).map_err(io::Error::other)?;
    workbook.set_properties(&properties().map_err(io::Error::other)?);
    workbook.save_to_writer(out).map_err(io::Error::other)
}

fn fill<'a, R: IntoIterator<Item = Cell<'a>>>(
    sheet: &mut Worksheet,
    name: &str,
    headers: &[&str],
    rows: impl IntoIterator<Item = R>,
) -> Result<(), XlsxError> {
    sheet.set_name(name)?.set_freeze_panes(1, 0)?;
    sheet.write_row_with_format(0, 0, headers.iter().copied(), &Format::new().set_bold())?;
    for (row, cells) in (1..).zip(rows) {
        for (column, cell) in (0..).zip(cells) {
            if cell != Cell::Empty {
                put(sheet, (row, column), &cell, &Format::default())?;
            }
        }
    }
    Ok(())
}

/// Writes one cell of a sheet. A number of more digits than a spreadsheet can keep becomes text, so that none is lost.
pub(super) fn put(
    sheet: &mut Worksheet,
    (row, column): (u32, u16),
    cell: &Cell<'_>,
    format: &Format,
) -> Result<(), XlsxError> {
    match cell {
        Cell::Empty => sheet.write_blank(row, column, format)?,
        Cell::Text(text) => sheet.write_string_with_format(row, column, fitting(text), format)?,
        Cell::Number(number) => match shown(*number) {
            Some(float) => sheet.write_number_with_format(row, column, float, format)?,
            None => sheet.write_string_with_format(row, column, number.to_string(), format)?,
        },
    };
    Ok(())
}

/// Text that fits into a cell of a spreadsheet; what is longer is cut.
fn fitting(text: &str) -> Cow<'_, str> {
    let mut room = LONGEST_IN_CELL;
    if text.encode_utf16().count() <= room {
        return text.into();
    }
    room -= 1;
    let fits = |letter: &char| match room.checked_sub(letter.len_utf16()) {
        Some(left) => {
            room = left;
            true
        }
        None => false,
    };
    text.chars().take_while(fits).chain(['…']).collect::<String>().into()
}

/// The number a spreadsheet shows exactly so; none where it has more digits than that can keep.
fn shown(number: Decimal) -> Option<f64> {
    number.to_f64().filter(|float| number::of_float(*float) == number.normalize().to_string())
}

/// What a workbook says of itself: no clock, so that the same content makes the same file.
pub(super) fn properties() -> Result<DocProperties, XlsxError> {
    Ok(DocProperties::new().set_creation_datetime(&ExcelDateTime::from_ymd(2000, 1, 1)?))
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

#[cfg(test)]
mod tests {
    use calamine::{Reader, Xlsx};
    use proptest::prelude::*;

    use super::*;

    fn text(text: &str) -> Cell<'_> {
        Cell::Text(text.into())
    }

    fn written(rows: Vec<Vec<Cell<'_>>>) -> String {
        let mut out = Vec::new();
        csv(&mut out, &["组织", "数值"], rows).expect("memory");
        String::from_utf8(out).expect("text")
    }

    #[test]
    fn csv_is_what_spreadsheets_open_without_asking() {
        let number = Cell::Number("-626.12".parse().expect("a number"));
        let rows = vec![
            vec![text("a,b"), number],
            vec![text("\"q\"\nx"), Cell::Empty],
            vec![text("=1+1"), text("-5")],
            vec![text("'=x"), text("它's")],
        ];
        let expected = "\u{feff}组织,数值\r\n\"a,b\",-626.12\r\n\"\"\"q\"\"\nx\",\r\n'=1+1,'-5\r\n''=x,它's\r\n";
        assert_eq!(written(rows), expected);
    }

    #[test]
    fn text_that_no_cell_can_hold_is_cut_in_a_workbook() {
        let (longest, longer) = ("数".repeat(32_767), "😀".repeat(16_384));
        let mut file = Vec::new();
        xlsx(&mut file, "表", &["甲", "乙"], [[text(&longest), text(&longer)]]).expect("memory");
        let mut workbook = Xlsx::new(io::Cursor::new(file)).expect("a workbook");
        let range = workbook.worksheet_range_at(0).expect("a sheet").expect("cells");
        let cells: Vec<_> = range.rows().nth(1).expect("a row").iter().map(ToString::to_string).collect();
        assert_eq!(cells, [longest, format!("{}…", "😀".repeat(16_383))]);
    }

    proptest! {
        #[test]
        fn csv_is_read_back_as_it_was_written(cells in prop::collection::vec("[=+@'\t\r\n\",;数a-]{0,8}", 2)) {
            let file = written(vec![cells.iter().map(|cell| text(cell)).collect()]);
            let mut reader = csv::Reader::from_reader(file.trim_start_matches('\u{feff}').as_bytes());
            let record = reader.records().next().expect("a record").expect("text");
            prop_assert_eq!(record.iter().map(unguarded).collect::<Vec<_>>(), cells);
        }
    }
}
