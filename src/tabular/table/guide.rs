//! The sheet that says what a table is about and how its figures came about.

use rust_xlsxwriter::{Worksheet, XlsxError};

use super::{Table, look, workbook};
use crate::error::Text;
use crate::tabular::write::{Cell, put};

const SHEET: Text = Text::new("说明", "About");
const HOW: Text = Text::new("计算说明", "How to read it");
const DIGITS: Text = Text::new(
    "位数超出电子表格可精确保存范围的数以文本形式写入单元格，一位不丢。",
    "A number of more digits than a spreadsheet can keep stands in its cell as text, so that none is lost.",
);

const HIDDEN: Text = Text::new(
    "没有内容的列已隐藏；打印区域右侧的列为编码等更多内容。",
    "Columns in which nothing stands are hidden; those to the right of the printed ones say more, such as codes.",
);

/// Fills the sheet.
pub(super) fn explain<T>(sheet: &mut Worksheet, table: &Table<T>) -> Result<(), XlsxError> {
    let language = table.language;
    sheet.set_name(SHEET.get(language))?.set_column_width(0, 22)?.set_column_width(1, 100)?;
    sheet.set_screen_gridlines(false);
    sheet.write_string_with_format(0, 0, &table.title, &look::title())?.set_row_height(0, 28)?;
    let mut row = 2;
    for fact in &table.facts {
        sheet.write_string_with_format(row, 0, fact.name.get(language), &look::label())?;
        put(sheet, (row, 1), &Cell::from(&fact.value), &look::text())?;
        row += 1;
    }
    row += 1;
    sheet.write_string_with_format(row, 0, HOW.get(language), &look::label())?;
    for remark in table.remarks.iter().chain([&DIGITS, &HIDDEN]) {
        sheet.write_string_with_format(row, 1, remark.get(language), &look::text())?;
        row += 1;
    }
    workbook::page(sheet, &table.title);
    sheet.set_print_fit_to_pages(1, 0);
    Ok(())
}
