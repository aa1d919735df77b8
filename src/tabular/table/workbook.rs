//! A table as a workbook: the table, what is drawn of it, and a sheet that says what it is.

use std::path::Path;

use rust_xlsxwriter::{
    ConditionalFormatCell, ConditionalFormatCellRule, ConditionalFormatDataBar, ConditionalFormatType, ExcelDateTime,
    IgnoreError, Note, Workbook, Worksheet, XlsxError,
};

use super::{Column, Kind, Table, chart, guide, look};
use crate::error::{ApiError, ApiResult, Language};
use crate::tabular::write::{self, Cell};

/// Columns are as wide as the first rows need; more of them would only cost time.
const MEASURED: usize = 500;
/// A4, as Excel numbers paper sizes.
pub(super) const A4: u8 = 9;
/// Rows of a sheet that is built in memory; those of a larger one lie on the disk until it is whole.
const IN_MEMORY: usize = 1_000;
/// Excel takes no more of a header than 255 characters, with what it adds.
const LONGEST_HEADER: usize = 100;

/// A table as a workbook; what does not fit into memory well lies in this folder while it is built.
///
/// # Errors
/// `storage_full`.
pub fn xlsx<T: Send>(table: &Table<T>, folder: &Path) -> ApiResult<Vec<u8>> {
    make(table, folder).map_err(refused)
}

fn refused(error: XlsxError) -> ApiError {
    match error {
        XlsxError::IoError(error) => ApiError::of_disk(error),
        error => ApiError::internal(error),
    }
}

fn make<T: Send>(table: &Table<T>, folder: &Path) -> Result<Vec<u8>, XlsxError> {
    let mut workbook = Workbook::new();
    let as_of = ExcelDateTime::parse_from_str(&table.as_of.to_string())?;
    let said = match table.language {
        Language::English => format!("as of {}", table.as_of),
        Language::Chinese => format!("截至{}", table.as_of),
    };
    let properties = write::properties()?.set_title(&table.title).set_subject(said).set_creation_datetime(&as_of);
    workbook.set_properties(&properties);
    table.add_to(&mut workbook, folder)?;
    table.others.iter().try_for_each(|other| other.add_to(&mut workbook, folder))?;
    if let Some(chart) = table.chart.as_ref().filter(|chart| !chart.bars.is_empty()) {
        chart::draw(workbook.add_worksheet(), chart, table.language)?;
    }
    guide::explain(workbook.add_worksheet(), table)?;
    workbook.save_to_buffer()
}

/// A table as a sheet of a workbook, whatever its rows are.
pub trait Sheet: Send {
    /// Adds it behind the others; what does not fit into memory well lies in this folder.
    ///
    /// # Errors
    /// Where the disk takes no more.
    fn add_to(&self, workbook: &mut Workbook, folder: &Path) -> Result<(), XlsxError>;
}

impl<T: Send> Sheet for Table<T> {
    fn add_to(&self, workbook: &mut Workbook, folder: &Path) -> Result<(), XlsxError> {
        let sheet = match self.rows.len() > IN_MEMORY {
            true => workbook.set_tempdir(folder)?.add_worksheet_with_constant_memory()?,
            false => workbook.add_worksheet(),
        };
        fill(sheet, self)
    }
}

fn fill<T>(sheet: &mut Worksheet, table: &Table<T>) -> Result<(), XlsxError> {
    sheet.set_name(table.sheet.get(table.language))?.set_freeze_panes(1, 1)?.set_row_height(0, 36)?;
    for (place, column) in (0..).zip(table.columns) {
        let heading = column.heading.get(table.language);
        sheet.write_string_with_format(0, place, heading, &look::heading())?;
        let measured = table.rows.iter().take(MEASURED).map(|row| (column.cell)(row, table.language));
        sheet.set_column_width(place, look::width(heading, measured))?;
        let is_empty = |row| (column.cell)(row, table.language) == Cell::Empty;
        if !table.rows.is_empty() && table.rows.iter().all(is_empty) {
            sheet.set_column_hidden(place)?;
        }
    }
    for (place, row) in (1..).zip(&table.rows) {
        for (column, described) in (0..).zip(table.columns) {
            put(sheet, (place, column), described, row, table.language)?;
        }
    }
    let last_row = u32::try_from(table.rows.len()).unwrap_or(u32::MAX);
    let last_column = u16::try_from(table.columns.len()).unwrap_or(u16::MAX).saturating_sub(1);
    sheet.autofilter(0, 0, last_row, last_column)?;
    // Amounts of more digits than a spreadsheet can keep stand there as text on purpose.
    sheet.ignore_error_range(0, 0, last_row, last_column, IgnoreError::NumberStoredAsText)?;
    for (place, column) in (0..).zip(table.columns) {
        colour(sheet, place, last_row, column.kind, table.language)?;
    }
    let printed = u16::try_from(table.printed).unwrap_or(u16::MAX).saturating_sub(1).min(last_column);
    sheet.set_print_area(0, 0, last_row, printed)?.set_repeat_rows(0, 0)?;
    page(sheet, &table.title);
    sheet.set_print_fit_to_pages(1, 0);
    Ok(())
}

fn put<T>(
    sheet: &mut Worksheet,
    place: (u32, u16),
    column: &Column<T>,
    row: &T,
    language: Language,
) -> Result<(), XlsxError> {
    let cell: Cell<'_> = (column.cell)(row, language);
    let level = column.level.map_or(0, |level| level(row));
    write::put(sheet, place, &cell, &look::cell(column.kind, &cell, level))?;
    if let Some(text) = column.note.and_then(|note| note(row, language)) {
        // About 24 Chinese characters a line.
        let lines = u32::try_from(text.chars().count() / 24 + text.lines().count()).unwrap_or(u32::MAX);
        let note = Note::new(text).add_author_prefix(false).set_width(340).set_height(lines.clamp(2, 20) * 18 + 12);
        sheet.insert_note(place.0, place.1, &note)?;
    }
    Ok(())
}

/// Landscape on A4, with the title above each page and its number below.
pub(super) fn page(sheet: &mut Worksheet, title: &str) {
    // An ampersand begins an instruction there, and digits after a size would belong to it.
    let title: String = title.chars().filter(|letter| !letter.is_control()).take(LONGEST_HEADER).collect();
    sheet.set_landscape().set_paper_size(A4).set_margins(0.4, 0.4, 0.75, 0.6, 0.3, 0.3);
    sheet.set_header(format!("&C&14&\"-,Bold\"{}", title.replace('&', "&&"))).set_footer("&R&P / &N");
}

fn colour(sheet: &mut Worksheet, column: u16, last: u32, kind: Kind, language: Language) -> Result<(), XlsxError> {
    let last = last.max(1);
    match kind {
        Kind::Bar => {
            let bar = ConditionalFormatDataBar::new()
                .set_minimum(ConditionalFormatType::Number, 0)
                .set_maximum(ConditionalFormatType::Number, 1)
                .set_fill_color(look::PALE)
                .set_solid_fill(true)
                .set_border_off(true);
            sheet.add_conditional_format(1, column, last, column, &bar)?;
        }
        Kind::Words(words) => {
            for (word, tone) in words {
                let rule = ConditionalFormatCellRule::EqualTo(word.get(language));
                let toned = ConditionalFormatCell::new().set_rule(rule).set_format(look::toned(*tone));
                sheet.add_conditional_format(1, column, last, column, &toned)?;
            }
        }
        Kind::Text | Kind::Quantity | Kind::Count | Kind::Share => {}
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::io::{Error, ErrorKind};

    use super::*;
    use crate::error::Code;

    #[test]
    fn no_room_for_a_workbook_is_said() {
        let full = XlsxError::IoError(Error::from(ErrorKind::StorageFull));
        assert_eq!(refused(full).code(), Code::StorageFull);
        assert_eq!(refused(XlsxError::SheetnameCannotBeBlank(String::new())).code(), Code::Internal);
    }
}
