//! The rows of a file as they stand in it, for whoever wants to show them again.

use std::collections::BTreeSet;
use std::io::{BufReader, Read, Seek};

use calamine::{Reader, Xlsx};
use rust_decimal::Decimal;
use serde_json::value::RawValue;

use super::object::Cell;
use super::sheet::Sheet;
use super::write;
use super::{Column, Format, Options, archive, delimited, flat, number, sheet};
use crate::error::ApiResult;

/// A part of a table.
#[derive(Debug)]
pub enum Original {
    /// Its header, which comes first.
    Header(Vec<String>),
    /// A row, by the place that its report names: its line, or its index in a JSON document.
    Row(u64, Vec<write::Cell<'static>>),
}

/// Hands over the header and every row of a file, as it stands there; of JSON, the members that are columns of the table.
///
/// # Errors
/// As [`super::read`], and those of `take`.
pub fn originals<R: Read + Seek + Send + 'static>(
    source: R,
    format: Format,
    options: Options,
    take: &mut dyn FnMut(Original) -> ApiResult<()>,
) -> ApiResult<()> {
    match format {
        Format::Csv => of_csv(source, &options, take),
        Format::Xlsx => of_sheet(source, &options, take),
        Format::Json | Format::Ndjson => of_objects(source, format, options, take),
    }
}

fn of_csv<R: Read + Seek + Send + 'static>(
    source: R,
    options: &Options,
    take: &mut dyn FnMut(Original) -> ApiResult<()>,
) -> ApiResult<()> {
    let mut table = delimited::Table::open(source, options)?;
    take(Original::Header(table.record.fields().into_iter().map(|name| name.trim().to_owned()).collect()))?;
    while table.advance()? {
        let cells = table.record.fields().into_iter().map(|field| shown(write::unguarded(field.trim())));
        let cells = cells.collect();
        take(Original::Row(table.record.line, cells))?;
    }
    Ok(())
}

fn of_sheet<R: Read + Seek>(
    source: R,
    options: &Options,
    take: &mut dyn FnMut(Original) -> ApiResult<()>,
) -> ApiResult<()> {
    let mut workbook = Xlsx::new(BufReader::new(archive::check(source)?)).map_err(sheet::refused)?;
    let name = sheet::sheet_name(&workbook, options.sheet.as_deref())?;
    let cells = workbook.worksheet_cells_reader(&name).map_err(sheet::refused)?;
    let mut sheet = Sheet::new(cells, BTreeSet::new(), options.row_limit);
    let Some(header) = sheet.line()? else { return Ok(()) };
    take(Original::Header(header.cells.iter().map(|cell| cell.shown().trim().to_owned()).collect()))?;
    while let Some(line) = sheet.line()? {
        take(Original::Row(line.row, line.cells.iter().map(of_cell).collect()))?;
    }
    Ok(())
}

fn of_cell(cell: &Cell<'_>) -> write::Cell<'static> {
    match cell {
        Cell::Text(text) => write::Cell::Text(text.clone().into_owned().into()),
        other => shown(&other.shown()),
    }
}

fn of_objects<R: Read + Seek + Send + 'static>(
    source: R,
    format: Format,
    options: Options,
    take: &mut dyn FnMut(Original) -> ApiResult<()>,
) -> ApiResult<()> {
    let columns: Vec<&'static Column> = options.columns.iter().filter(|column| column.is_read()).collect();
    take(Original::Header(columns.iter().map(|column| column.path.to_owned()).collect()))?;
    for row in super::read(source, format, options)? {
        let row = row?;
        let object = row.object.unwrap_or_else(|_wrong| RawValue::NULL.to_owned());
        take(Original::Row(row.line.unwrap_or(row.index), flat::cells(&object, columns.iter().copied())))?;
    }
    Ok(())
}

/// Text as a cell; a number where nothing of it is lost.
fn shown(text: &str) -> write::Cell<'static> {
    let number = text.parse::<Decimal>().ok().filter(|number| number::is_plain(text) && number.to_string() == text);
    match number {
        _ if text.is_empty() => write::Cell::Empty,
        Some(number) => write::Cell::Number(number),
        None => write::Cell::Text(text.to_owned().into()),
    }
}
