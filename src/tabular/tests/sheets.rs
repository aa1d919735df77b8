//! Sheets of workbooks.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::sync::Arc;

use rust_xlsxwriter::{ExcelDateTime, Format as Style, Workbook, Worksheet, XlsxError};

use super::*;

fn workbook(fill: impl FnOnce(&mut Worksheet) -> Result<(), XlsxError>) -> Vec<u8> {
    let mut workbook = Workbook::new();
    fill(workbook.add_worksheet()).expect("a sheet");
    workbook.save_to_buffer().expect("a workbook")
}

fn header(sheet: &mut Worksheet, names: &[&str]) -> Result<(), XlsxError> {
    sheet.write_row(0, 0, names.iter().copied()).map(|_| ())
}

#[test]
fn cells_become_what_they_show() {
    let file = workbook(|sheet| {
        header(sheet, &["组织", "数值", "分子", "期间", "备注", "外部编号"])?;
        sheet.write_row(1, 0, ["chuzhou", "1.1万人次"])?.write(1, 2, 1_234_567.89)?.write(1, 3, 2018)?;
        sheet.write(1, 4, true)?.write(1, 5, 20_180_301)?;
        sheet.write(3, 0, " fx ")?.write(3, 1, 0.1)?.write(3, 2, 43)?.write(3, 3, "2018-03")?;
        sheet.write_formula(4, 1, rust_xlsxwriter::Formula::new("=0.1+0.2").set_result("0.30000000000000004"))?;
        sheet.write_string(4, 4, "=HYPERLINK(\"http://a.cn\")")?;
        sheet.write_with_format(5, 1, 0.95, &Style::new().set_num_format("0.0%"))?;
        Ok(())
    });
    let rows = all(file, Format::Xlsx, OPTIONS).expect("rows");
    let expected = [
        (
            2,
            r#"{"association":"chuzhou","external_id":"20180301","note":"TRUE","numerator":1234567.89,"period":"2018","value":"1.1万人次"}"#,
        ),
        (4, r#"{"association":"fx","numerator":43,"period":"2018-03","value":0.1}"#),
        (5, r#"{"note":"=HYPERLINK(\"http://a.cn\")","value":0.3}"#),
        (6, r#"{"value":"95%"}"#),
    ];
    assert_eq!(
        rows.iter().map(|row| (row.line.expect("a line"), object(row))).collect::<Vec<_>>(),
        expected.map(|(line, text)| (line, text.to_owned()))
    );
    assert_eq!(rows[1].index, 1);
    let cells = ["/value", "/numerator", "/unit", "", "/period/from"].map(|pointer| cell(&rows[1], pointer));
    assert_eq!(cells, [Some("B4".into()), Some("C4".into()), None, None, Some("D4".into())]);
}

#[test]
fn dates_are_dates_and_the_first_of_a_month_is_no_period() {
    let file = workbook(|sheet| {
        let date = Style::new().set_num_format("yyyy-mm-dd");
        header(sheet, &["期间", "备注", "period.from", "数值"])?;
        for (row, day) in [(1, "2018-03-15"), (2, "2018-03-01")] {
            sheet.write_with_format(row, 0, ExcelDateTime::parse_from_str(day)?, &date)?;
        }
        sheet.write_with_format(3, 1, ExcelDateTime::parse_from_str("2018-03-15")?, &date)?;
        sheet.write_with_format(3, 2, ExcelDateTime::parse_from_str("2018-03-01")?, &date)?;
        sheet.write_with_format(3, 3, ExcelDateTime::parse_from_str("2018-03-01T12:30:00")?, &date)?;
        // 2018.10 was typed, perhaps.
        sheet.write_number(4, 0, 2018.1)?;
        sheet.write_number(5, 0, 2018.11)?;
        Ok(())
    });
    let expected = [
        r#"{"period":"2018-03-15"}"#,
        "/period ambiguous_period 2018-03-01",
        r#"{"note":"2018-03-15","period":{"from":"2018-03-01"},"value":"2018-03-01T12:30:00"}"#,
        "/period ambiguous_period 2018.1",
        r#"{"period":"2018.11"}"#,
    ];
    let rows = all(file, Format::Xlsx, OPTIONS).expect("rows");
    assert_eq!(rows.iter().map(object).collect::<Vec<_>>(), expected);
    let violations = rows[1].object.as_ref().expect_err("ambiguous");
    assert_eq!(violations[0].allowed, Some("2018, 2018-Q1, 2018-03, {from, to}".into()));
    assert_eq!(cell(&rows[1], &violations[0].pointer).as_deref(), Some("A3"));
}

#[test]
fn what_is_wrong_in_a_row_is_named_by_its_cell() {
    let file = workbook(|sheet| {
        header(sheet, &["数值", "单位"])?;
        sheet.write_formula(1, 0, rust_xlsxwriter::Formula::new("=A9").set_result("#REF!"))?.write(1, 3, "stray")?;
        sheet.write(2, 0, 5)?.write(3, 1, "长".repeat(2000))?.write(4, 0, 6)?;
        Ok(())
    });
    let rows = objects(file, Format::Xlsx);
    let expected =
        ["cell_without_header stray; /value cell_error #REF!", r#"{"value":5}"#, "row_too_large", r#"{"value":6}"#];
    assert_eq!(rows, expected);
}

#[test]
fn the_header_is_the_first_row_that_holds_anything() {
    let file = workbook(|sheet| sheet.write(4, 2, "数值")?.write(9, 2, 5).map(|_| ()));
    let rows = all(file, Format::Xlsx, OPTIONS).expect("rows");
    assert_eq!((rows[0].line, cell(&rows[0], "/value")), (Some(10), Some("C10".into())));
}

#[test]
fn a_sheet_is_found_by_its_name() {
    let mut workbook = Workbook::new();
    workbook
        .add_worksheet()
        .set_name("说明")
        .and_then(|sheet| sheet.set_hidden(true).write(0, 0, "无"))
        .expect("a sheet");
    for (name, value) in [("一月", 1), ("二月", 2)] {
        let sheet = workbook.add_worksheet().set_name(name).expect("a name");
        sheet.write(0, 0, "数值").and_then(|sheet| sheet.write(1, 0, value)).expect("a sheet");
    }
    workbook.worksheets_mut()[1].set_active(true);
    let file = workbook.save_to_buffer().expect("a workbook");
    assert_eq!(objects(file.clone(), Format::Xlsx), [r#"{"value":1}"#]);
    let named = |name: &str| Options { sheet: Some(name.to_owned()), ..OPTIONS };
    let rows = all(file.clone(), Format::Xlsx, named("二月")).expect("rows");
    assert_eq!(object(&rows[0]), r#"{"value":2}"#);
    let (code, detail) = refusal_with(file, Format::Xlsx, named("三月"));
    assert_eq!(
        (code.as_str(), detail.as_str()),
        ("unknown_sheet", "There is no sheet 三月; the workbook has: 说明, 一月, 二月.")
    );
}

#[test]
fn an_empty_sheet_has_no_rows() {
    for rows in 0..2 {
        let file = workbook(|sheet| (0..rows).try_for_each(|row| sheet.write(row, 0, "数值").map(|_| ())));
        assert_eq!(refusal(file, Format::Xlsx).0, "no_rows");
    }
}

#[test]
fn a_sheet_of_too_many_rows_or_columns_is_refused() {
    let wide = workbook(|sheet| (0..300).try_for_each(|column| sheet.write(0, column, "数值").map(|_| ())));
    let (code, detail) = refusal(wide, Format::Xlsx);
    assert_eq!(code, "spreadsheet_too_large");
    assert!(detail.starts_with("The workbook has 257 columns; allowed: 256 columns."), "{detail}");
    let long = workbook(|sheet| {
        header(sheet, &["数值"])?;
        (1..=100_001).try_for_each(|row| sheet.write(row, 0, 1).map(|_| ()))
    });
    let (code, detail) = refusal_with(long, Format::Xlsx, Options { max_rows: 1_000_000, ..OPTIONS });
    assert_eq!(code, "spreadsheet_too_large");
    assert!(detail.contains("100000 rows"), "{detail}");
}

#[test]
fn rows_may_be_left_unread() {
    let file = workbook(|sheet| {
        header(sheet, &["数值"])?;
        (1..10_000).try_for_each(|row| sheet.write(row, 0, 1).map(|_| ()))
    });
    let mut rows = read(Cursor::new(file), Format::Xlsx, OPTIONS).expect("rows");
    assert!(rows.next().is_some_and(|row| row.is_ok()));
}

#[test]
fn a_written_workbook_is_read_back_exactly() {
    use crate::tabular::write::{Cell, xlsx};
    let numbers = ["626.12", "-3.5", "0", "999999999999999.9999", "123456789012345"];
    let rows =
        numbers.map(|number| [Cell::Text("=1+1".into()), Cell::Number(number.parse().expect(number)), Cell::Empty]);
    let mut file = Vec::new();
    xlsx(&mut file, "完成情况", &["备注", "数值", "单位"], rows).expect("a workbook");
    let expected = numbers.map(|number| format!(r#"{{"note":"=1+1","value":{number}}}"#));
    assert_eq!(objects(file, Format::Xlsx), expected);
}

/// An open file that tells, as long as somebody holds it, that somebody does.
struct Held {
    file: File,
    _holder: Arc<()>,
}

impl Read for Held {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.file.read(buffer)
    }
}

impl Seek for Held {
    fn seek(&mut self, position: SeekFrom) -> io::Result<u64> {
        self.file.seek(position)
    }
}

#[test]
fn whoever_drops_the_rows_of_a_file_may_read_it_again() {
    const COUNT: u32 = 600;
    let content = workbook(|sheet| {
        header(sheet, &["组织", "数值"])?;
        for row in 1..=COUNT {
            sheet.write(row, 0, "chuzhou")?.write(row, 1, f64::from(row).sqrt())?;
        }
        Ok(())
    });
    let mut file = tempfile::tempfile().expect("a file");
    file.write_all(&content).expect("written");
    for _ in 0..10 {
        let holders = Arc::new(());
        // Both are one open file, with one place in it.
        let open = || Held { file: file.try_clone().expect("the same file"), _holder: Arc::clone(&holders) };
        let first: Vec<_> = read(open(), Format::Xlsx, OPTIONS).expect("rows").take(1).collect();
        assert!(first.iter().all(Result::is_ok) && first.len() == 1);
        assert_eq!(Arc::strong_count(&holders), 1, "nobody reads it any more");
        let whole: Result<Vec<_>, _> = read(open(), Format::Xlsx, OPTIONS).expect("rows").collect();
        assert_eq!(whole.map(|rows| rows.len()).ok(), usize::try_from(COUNT).ok());
    }
}
