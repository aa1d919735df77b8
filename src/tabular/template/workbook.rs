//! The form as a workbook: the sheet to fill in, and one that explains it.

use rust_xlsxwriter::{
    Color, DataValidation, Format, FormatAlign, FormatBorder, IgnoreError, Workbook, Worksheet, XlsxError,
};

use super::{Form, Line, PARTS, Part, Role};
use crate::error::{ApiError, ApiResult};
use crate::tabular::write;

/// Rows below the last line that may be added by hand: lists and text cells reach so far.
const SPARE_ROWS: u32 = 200;
/// Columns that stay in sight: association, indicator and its name.
const FIXED_COLUMNS: u16 = 3;

const HEADING: Color = Color::RGB(0xD9_E2_F3);
const TO_FILL_IN: Color = Color::RGB(0xFF_F2_CC);
const BARRED: Color = Color::RGB(0xBF_BF_BF);
const QUIET: Color = Color::RGB(0x59_59_59);

/// Takes a cell as text, whatever is typed: of 2018-03 a spreadsheet would make a date.
const TEXT: &str = "@";

const RULES: [&str; 5] = [
    "1. 请在“填报”表中填写黄色单元格；灰色单元格不适用，无需填写。",
    "2. 没有填写数值（或分子、分母）的行视为未填报，导入时跳过；没有完成的请填 0。",
    "3. 请勿改动表头和前三列；同一指标、同一期间有多条数据时，可复制整行后填写，并各填一个不同的外部编号。",
    "4. 百分比指标填写分子和分母，其他指标填写数值。",
    "5. 填好后直接上传本文件，无需另存为其他格式；重复上传不会重复计数，改填期间和数值后可用于下一期。",
];

/// The form as a workbook; its first sheet is read as it is.
///
/// # Errors
/// None that a client can cause.
pub fn xlsx(form: &Form) -> ApiResult<Vec<u8>> {
    make(form).map_err(ApiError::internal)
}

fn make(form: &Form) -> Result<Vec<u8>, XlsxError> {
    let mut workbook = Workbook::new();
    let title = format!("{}{}年实绩填报表", form.name, form.year);
    workbook.set_properties(&write::properties()?.set_title(&title));
    fill_in(workbook.add_worksheet(), form)?;
    explain(workbook.add_worksheet(), &title)?;
    workbook.save_to_buffer()
}

fn fill_in(sheet: &mut Worksheet, form: &Form) -> Result<(), XlsxError> {
    sheet.set_name("填报")?.set_freeze_panes(1, FIXED_COLUMNS)?.set_row_height(0, 24)?;
    let last = u32::try_from(form.lines.len()).unwrap_or(u32::MAX).saturating_add(SPARE_ROWS);
    for (column, part) in (0..).zip(&PARTS) {
        sheet.set_column_width(column, part.width)?;
        sheet.write_string_with_format(0, column, part.header, &heading(part.role))?;
        if is_text(part) {
            sheet.set_column_format(column, &Format::new().set_num_format(TEXT))?;
            sheet.ignore_error_range(1, column, last, column, IgnoreError::NumberStoredAsText)?;
        }
        if let Some(list) = list(part, form.year)? {
            sheet.add_data_validation(1, column, last, column, &list)?;
        }
    }
    for (row, line) in (1..).zip(&form.lines) {
        for (column, (part, text)) in (0..).zip(PARTS.iter().zip(line.cells(form))) {
            let format = format(part, line);
            match text {
                "" => sheet.write_blank(row, column, &format)?,
                text => sheet.write_string_with_format(row, column, text, &format)?,
            };
        }
    }
    Ok(())
}

fn heading(role: Role) -> Format {
    let color = if role == Role::Given { HEADING } else { TO_FILL_IN };
    bordered().set_bold().set_background_color(color).set_align(FormatAlign::VerticalCenter)
}

fn format(part: &Part, line: &Line) -> Format {
    let format = if is_text(part) { bordered().set_num_format(TEXT) } else { bordered() };
    match part.role {
        Role::Given => format.set_font_color(QUIET),
        role if line.is_barred(role) => format.set_background_color(BARRED),
        Role::Prefilled | Role::Value | Role::Ratio | Role::Optional => format.set_background_color(TO_FILL_IN),
    }
}

fn bordered() -> Format {
    Format::new().set_border(FormatBorder::Thin).set_border_color(BARRED)
}

/// Only figures may become numbers.
fn is_text(part: &Part) -> bool {
    !matches!(part.role, Role::Value | Role::Ratio)
}

/// What there is to choose from; anything else may be typed where other things are possible.
fn list(part: &Part, year: i16) -> Result<Option<DataValidation>, XlsxError> {
    let list = |choices: &[String]| DataValidation::new().allow_list_strings(choices);
    match part.header {
        "期间" => {
            let quarters = (1..=4).map(|quarter| format!("{year}-Q{quarter}"));
            let months = (1..=12).map(|month| format!("{year}-{month:02}"));
            let periods: Vec<_> = std::iter::once(year.to_string()).chain(quarters).chain(months).collect();
            Ok(Some(list(&periods)?.show_error_message(false)))
        }
        "准确程度" => Ok(Some(list(&["准确", "约", "以上"].map(str::to_owned))?)),
        _ => Ok(None),
    }
}

fn explain(sheet: &mut Worksheet, title: &str) -> Result<(), XlsxError> {
    let wrapped = Format::new().set_text_wrap().set_align(FormatAlign::Top);
    sheet.set_name("填写说明")?;
    for (column, width) in [(0, 18.0), (1, 14.0), (2, 70.0), (3, 30.0)] {
        sheet.set_column_width(column, width)?;
    }
    sheet.write_string_with_format(0, 0, title, &Format::new().set_bold().set_font_size(14))?;
    for (row, rule) in (1..).zip(RULES) {
        sheet.write_string(row, 0, rule)?;
    }
    let mut row = 7;
    for (column, header) in (0..).zip(["列", "填写", "说明", "示例"]) {
        sheet.write_string_with_format(row, column, header, &heading(Role::Given))?;
    }
    for part in &PARTS {
        row += 1;
        for (column, text) in (0..).zip([part.header, duty(part.role), part.guide, part.example]) {
            sheet.write_string_with_format(row, column, text, &wrapped)?;
        }
    }
    Ok(())
}

const fn duty(role: Role) -> &'static str {
    match role {
        Role::Given => "勿填",
        Role::Prefilled => "核对，可改",
        Role::Value => "必填",
        Role::Ratio => "百分比必填",
        Role::Optional => "选填",
    }
}
