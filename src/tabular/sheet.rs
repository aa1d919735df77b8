//! Spreadsheets: a sheet of an `.xlsx` workbook, read cell by cell.

use std::collections::BTreeSet;
use std::io::{BufReader, Read, Seek};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, sync_channel};
use std::thread::{self, JoinHandle};

use calamine::{DataRef, ExcelDateTime, Reader, SheetType, SheetVisible, Style, Xlsx, XlsxCellReader, XlsxError};
use chrono::{NaiveDate, NaiveDateTime, NaiveTime};

use super::archive::{self, malformed, too_large};
use super::header::{Header, MOST_COLUMNS};
use super::object::{self, Cell};
use super::{Cells, Options, Row, number, row_too_large};
use crate::error::{ApiError, ApiResult, Code, Phrase, Text};

const MOST_ROWS: u64 = 100_000;
/// Rows read ahead.
const AHEAD: usize = 64;

/// The rows below the first row that holds anything, which is the header.
///
/// A thread of its own reads them: the reader of cells borrows the workbook, and is not trusted to stand every damaged
/// file without a panic.
///
/// # Errors
/// What is wrong with the archive; what is wrong with the sheet comes in place of its rows.
pub(super) fn rows<R: Read + Seek + Send + 'static>(source: R, options: Options) -> ApiResult<Delivery> {
    let source = archive::check(source)?;
    let (sender, rows) = sync_channel(AHEAD);
    let work = move || {
        if let Err(error) = deliver(source, &options, &|row| sender.send(Ok(row)).is_ok()) {
            // Nobody is left to tell where this fails.
            let _ = sender.send(Err(error));
        }
    };
    let reader = thread::Builder::new().name("sheet".to_owned()).spawn(work).map_err(ApiError::internal)?;
    Ok(Delivery { rows: Some(rows), reader: Some(reader) })
}

/// What stands in the place of a value that was never calculated.
const UNCALCULATED: &str = "a formula without a value";

/// Most of them that are told; a program that writes one writes them all.
const MOST_UNCALCULATED: usize = 100_000;

/// Where a program wrote formulas without their values, as a spreadsheet never does: to pass over them would lose
/// figures without a word.
fn uncalculated<R: Read + Seek>(mut cells: XlsxCellReader<'_, R>) -> ApiResult<BTreeSet<(u32, u32)>> {
    let mut found = BTreeSet::new();
    while let Some(cell) = cells.next_cell_with_formula_metadata().map_err(refused)? {
        if cell.formula.is_some() && cell.value == DataRef::Empty && found.len() < MOST_UNCALCULATED {
            found.insert(cell.pos);
        }
    }
    Ok(found)
}

/// The rows on their way from the thread that reads them.
pub(super) struct Delivery {
    rows: Option<Receiver<ApiResult<Row>>>,
    reader: Option<JoinHandle<()>>,
}

impl Iterator for Delivery {
    type Item = ApiResult<Row>;

    fn next(&mut self) -> Option<Self::Item> {
        if let Some(Ok(row)) = self.rows.as_ref().map(Receiver::recv) {
            return Some(row);
        }
        self.reader.take()?.join().err().map(|_panic| Err(malformed("its cells cannot be read")))
    }
}

impl Drop for Delivery {
    /// Whoever has dropped it may read the same open file again, and a second reader would move its place meanwhile.
    fn drop(&mut self) {
        // Nobody takes its rows any more, and so the reader ends at its next one.
        self.rows = None;
        if let Some(reader) = self.reader.take() {
            // What went wrong in rows that nobody has asked for is nobody's.
            let _ = reader.join();
        }
    }
}

/// Reads the sheet and hands over row by row, for as long as they are taken.
fn deliver<R: Read + Seek>(source: R, options: &Options, take: &dyn Fn(Row) -> bool) -> ApiResult<()> {
    let mut workbook = Xlsx::new(BufReader::new(source)).map_err(refused)?;
    let name = sheet_name(&workbook, options.sheet.as_deref())?;
    let uncalculated = uncalculated(workbook.worksheet_cells_reader(&name).map_err(refused)?)?;
    let cells = workbook.worksheet_cells_reader(&name).map_err(refused)?;
    let mut sheet = Sheet::new(cells, uncalculated, options.row_limit);
    let Some(header) = sheet.line()? else { return Ok(()) };
    if header.is_too_large {
        return Err(row_too_large(options.row_limit).into());
    }
    let names: Vec<_> = header.cells.iter().map(Cell::shown).collect();
    let header = Arc::new(Header::new(&names, options.columns)?);
    let mut count = 0;
    while let Some(line) = sheet.line()? {
        let is_filled = |position: usize| line.cells.get(position).is_some_and(|cell| *cell != Cell::Empty);
        if !line.is_too_large && header.is_unfilled(is_filled) {
            continue;
        }
        count += 1;
        if count > MOST_ROWS {
            return Err(too_large(
                Text::new("更多行", "more rows"),
                Phrase::new(format!("{MOST_ROWS} 行"), format!("{MOST_ROWS} rows")),
            ));
        }
        let object = match line.is_too_large {
            true => Err(vec![row_too_large(options.row_limit)]),
            false => object::build(&header, &line.cells),
        };
        let cells = Some(Cells(Arc::clone(&header)));
        if !take(Row { cells, is_form: header.is_form(), ..Row::at(Some(line.row), object) }) {
            break;
        }
    }
    Ok(())
}

/// The sheet of this name, or the first that is shown.
pub(super) fn sheet_name<R: Read + Seek>(workbook: &Xlsx<R>, wanted: Option<&str>) -> ApiResult<String> {
    let sheets = workbook.sheets_metadata().iter().filter(|sheet| sheet.typ == SheetType::WorkSheet);
    let found = match wanted {
        Some(wanted) => sheets.clone().find(|sheet| sheet.name == wanted),
        None => sheets.clone().find(|sheet| sheet.visible == SheetVisible::Visible),
    };
    let names = || sheets.map(|sheet| sheet.name.as_str()).collect::<Vec<_>>().join(", ");
    let unknown = || {
        ApiError::new(Code::UnknownSheet)
            .given(wanted.map_or_else(|| Text::new("（未隐藏的）", "that is shown").into(), Phrase::from))
            .allowed(names())
    };
    found.map(|sheet| sheet.name.clone()).ok_or_else(unknown)
}

/// A row that holds anything.
pub(super) struct Line<'a> {
    /// Counted from 1.
    pub row: u64,
    pub cells: Vec<Cell<'a>>,
    size: usize,
    is_too_large: bool,
}

impl<'a> Line<'a> {
    fn put(&mut self, position: usize, cell: Cell<'a>, limit: usize) {
        self.size += cell.shown().len();
        if self.size > limit {
            self.is_too_large = true;
            self.cells.clear();
        }
        if self.is_too_large {
            return;
        }
        if self.cells.len() <= position {
            self.cells.resize(position + 1, Cell::Empty);
        }
        if let Some(place) = self.cells.get_mut(position) {
            *place = cell;
        }
    }
}

pub(super) struct Sheet<'a, R: Read + Seek> {
    cells: XlsxCellReader<'a, R>,
    /// Whether numbers of a style are shown in percent.
    percentages: Vec<bool>,
    /// Where formulas stand without a value.
    uncalculated: BTreeSet<(u32, u32)>,
    /// The first cell of the next row.
    next: Option<(u32, u32, Cell<'a>)>,
    is_over: bool,
    row_limit: usize,
}

impl<'a, R: Read + Seek> Sheet<'a, R> {
    pub fn new(cells: XlsxCellReader<'a, R>, uncalculated: BTreeSet<(u32, u32)>, row_limit: usize) -> Self {
        let percentages = cells.styles().iter().map(is_percentage).collect();
        Self { cells, percentages, uncalculated, next: None, is_over: false, row_limit }
    }

    pub fn line(&mut self) -> ApiResult<Option<Line<'a>>> {
        let first = match self.next.take() {
            Some(cell) => Some(cell),
            None => self.cell()?,
        };
        let Some((row, column, cell)) = first else { return Ok(None) };
        let mut line = Line { row: u64::from(row) + 1, cells: Vec::new(), size: 0, is_too_large: false };
        line.put(position(column)?, cell, self.row_limit);
        while let Some((next_row, column, cell)) = self.cell()? {
            if next_row < row {
                return Err(malformed("its rows are out of order"));
            }
            if next_row > row {
                self.next = Some((next_row, column, cell));
                break;
            }
            line.put(position(column)?, cell, self.row_limit);
        }
        Ok(Some(line))
    }

    /// The next cell that holds anything.
    fn cell(&mut self) -> ApiResult<Option<(u32, u32, Cell<'a>)>> {
        while !self.is_over {
            let next = self.cells.next_cell_with_style_id().map_err(refused)?;
            // Asked once more, the reader would miss an end that it has already passed.
            self.is_over = next.is_none();
            let Some((cell, style)) = next else { break };
            let (row, column) = cell.get_position();
            let value = match cell.get_value() {
                DataRef::Float(value) if self.percentages.get(style) == Some(&true) => {
                    Cell::text(format!("{}%", number::of_float(value * 100.0)))
                }
                DataRef::Empty if self.uncalculated.contains(&(row, column)) => Cell::Error(UNCALCULATED.to_owned()),
                value => value_of(value),
            };
            if value != Cell::Empty {
                return Ok(Some((row, column, value)));
            }
        }
        Ok(None)
    }
}

/// The position of a column, where a sheet may have that many.
fn position(column: u32) -> ApiResult<usize> {
    let position = usize::try_from(column).unwrap_or(usize::MAX);
    let refused = || {
        let columns = |count: usize| Phrase::new(format!("{count} 列"), format!("{count} columns"));
        too_large(columns(position.saturating_add(1)), columns(MOST_COLUMNS))
    };
    (position < MOST_COLUMNS).then_some(position).ok_or_else(refused)
}

fn value_of<'a>(value: &DataRef<'a>) -> Cell<'a> {
    match value {
        DataRef::Int(value) => Cell::Number(value.to_string()),
        DataRef::Float(value) => Cell::Number(number::of_float(*value)),
        DataRef::String(text) => Cell::text(text.clone()),
        DataRef::SharedString(text) => Cell::text(*text),
        DataRef::Bool(value) => Cell::Boolean(*value),
        DataRef::DateTime(time) => of_time(time),
        DataRef::DateTimeIso(text) => {
            let time = text.parse().or_else(|_no_time| text.parse().map(|day: NaiveDate| day.and_time(NaiveTime::MIN)));
            time.map_or_else(|_no_date| Cell::text(text.clone()), at)
        }
        DataRef::DurationIso(text) => Cell::text(text.clone()),
        DataRef::Error(error) => Cell::Error(error.to_string()),
        DataRef::Empty => Cell::Empty,
    }
}

/// A number that is shown as a date; a duration or a bare time of day stays the number it is.
fn of_time(time: &ExcelDateTime) -> Cell<'static> {
    let (year, month, day, hour, minute, second, _) = time.to_ymd_hms_milli();
    let day = NaiveDate::from_ymd_opt(year.into(), month.into(), day.into());
    let moment = day.and_then(|day| day.and_hms_opt(hour.into(), minute.into(), second.into()));
    match moment {
        Some(moment) if time.is_datetime() && time.as_f64() >= 1.0 => at(moment),
        _ => Cell::Number(number::of_float(time.as_f64())),
    }
}

/// A date, or a moment as text, which no field takes.
fn at(moment: NaiveDateTime) -> Cell<'static> {
    let is_day = moment.time() == NaiveTime::MIN;
    if is_day { Cell::Date(moment.date()) } else { Cell::text(moment.format("%Y-%m-%dT%H:%M:%S").to_string()) }
}

/// 95% is kept as 0.95: a reader of the bare number would be wrong by a hundred times.
fn is_percentage(style: &Style) -> bool {
    let code = style.number_format.as_ref().map_or("", |format| format.format_code.as_str());
    code.split('"').step_by(2).any(|unquoted| unquoted.contains('%'))
}

/// What keeps a workbook from being read.
pub(super) fn refused(error: XlsxError) -> ApiError {
    match error {
        XlsxError::CellError(error) => ApiError::new(Code::CellError).given(error),
        error => malformed(error),
    }
}
