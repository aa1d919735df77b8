//! A form that was filled in is read as it was meant.

use std::io::Cursor;

use calamine::{Reader, Xlsx};

use super::*;
use crate::tabular::{ACTUALS, Format, Options, Row, read};

fn form() -> Form {
    let line = |indicator: &str, unit: &str, is_percentage| Line {
        indicator: indicator.to_owned(),
        name: "脱贫户数".to_owned(),
        unit: unit.to_owned(),
        planned: "=不少于94户".to_owned(),
        reported: "31户".to_owned(),
        period: "2018".to_owned(),
        is_percentage,
    };
    let lines = vec![line("households", "户", false), line("rate", "%", true), line("people", "人", false)];
    let period = "2018".to_owned();
    Form { association: "chuzhou".to_owned(), name: "滁州市科协".to_owned(), year: 2018, period, lines }
}

fn rows(file: Vec<u8>, format: Format) -> Vec<Row> {
    let options = Options { columns: ACTUALS, sheet: None, row_limit: 10_000, max_rows: 100 };
    read(Cursor::new(file), format, options).and_then(Iterator::collect).expect("rows")
}

fn is_refused_as_empty(file: Vec<u8>, format: Format) -> bool {
    let options = Options { columns: ACTUALS, sheet: None, row_limit: 10_000, max_rows: 100 };
    let rows: ApiResult<Vec<Row>> = read(Cursor::new(file), format, options).and_then(Iterator::collect);
    rows.is_err_and(|error| error.code().as_ref() == "no_rows")
}

fn objects(rows: &[Row]) -> Vec<&str> {
    rows.iter().map(|row| row.object.as_ref().expect("an object").get()).collect()
}

const FILLED_IN: [&str; 2] = [
    r#"{"association":"chuzhou","indicator":"households","period":"2018","qualifier":"about","unit":"户","value":31}"#,
    r#"{"association":"chuzhou","denominator":50,"indicator":"rate","numerator":43,"period":"2018","unit":"%"}"#,
];

#[test]
fn a_form_not_filled_in_reports_nothing() {
    assert!(is_refused_as_empty(xlsx(&form()).expect("a form"), Format::Xlsx));
    assert!(is_refused_as_empty(csv(&form()).expect("a form"), Format::Csv));
}

#[test]
fn a_form_is_read_back_once_it_is_filled_in() {
    let file = String::from_utf8(csv(&form()).expect("a form")).expect("text");
    let filled = file.replacen("2018,,,,户,,", "2018,31,,,户,约,", 1).replacen("2018,,,,%", "2018,,43,50,%", 1);
    assert_eq!(objects(&rows(filled.into_bytes(), Format::Csv)), FILLED_IN);
}

#[test]
fn the_rows_of_a_form_are_known_as_such() {
    let table = "指标,计划目标（勿填）,期间,数值,外部编号\na,不少于1户,2018-Q1,1,\na,,2018-Q2,1,own\n";
    assert_eq!(rows(table.into(), Format::Csv).iter().map(|row| row.is_form).collect::<Vec<_>>(), [true, true]);
    let table = "指标,期间,数值\na,2018-Q1,1\n";
    assert!(!rows(table.into(), Format::Csv)[0].is_form);
}

/// Writes figures into the cells of the finished file, as a spreadsheet would: their style stays.
fn fill_in(file: &[u8], cells: &[(&str, &str)]) -> Vec<u8> {
    let mut archive = zip::ZipArchive::new(Cursor::new(file)).expect("an archive");
    let mut filled = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for index in 0..archive.len() {
        let mut part = archive.by_index(index).expect("a part");
        let name = part.name().expect("a name").into_owned();
        let mut content = String::new();
        std::io::Read::read_to_string(&mut part, &mut content).expect("text");
        if name == "xl/worksheets/sheet1.xml" {
            for (cell, value) in cells {
                let at = content.find(&format!("r=\"{cell}\"")).expect("a cell");
                let end = at + content.split_at(at).1.find("/>").expect("an empty cell");
                content.replace_range(end..end + 2, &format!("{value}</c>"));
            }
        }
        filled.start_file(name, zip::write::SimpleFileOptions::default()).expect("a part");
        std::io::Write::write_all(&mut filled, content.as_bytes()).expect("its content");
    }
    filled.finish().expect("an archive").into_inner()
}

#[test]
fn a_workbook_is_read_back_once_it_is_filled_in() {
    let file = xlsx(&form()).expect("a form");
    let about = " t=\"inlineStr\"><is><t>约</t></is>";
    let cells = [("G2", "><v>31</v>"), ("K2", about), ("H3", "><v>43</v>"), ("I3", "><v>50</v>")];
    let rows = rows(fill_in(&file, &cells), Format::Xlsx);
    assert_eq!(objects(&rows), FILLED_IN);
    assert_eq!(
        (rows[1].line, rows[1].cells.as_ref().and_then(|cells| cells.name(3, "/numerator")).as_deref()),
        (Some(3), Some("H3"))
    );
}

#[test]
fn a_form_explains_every_column() {
    let mut workbook = Xlsx::new(Cursor::new(xlsx(&form()).expect("a form"))).expect("a workbook");
    assert_eq!(workbook.sheet_names(), ["填报", "填写说明"]);
    let guide = workbook.worksheet_range("填写说明").expect("a sheet");
    let named: Vec<_> = guide.rows().map(|row| row[0].to_string()).collect();
    assert!(PARTS.iter().all(|part| named.iter().any(|name| name == part.header)), "{named:?}");
    assert_eq!(named[0], "滁州市科协2018年实绩填报表");
    let value = guide.rows().find(|row| row[0] == "数值").expect("a column");
    assert!(value.iter().any(|cell| cell.to_string().contains("填“完成”或“未完成”（也可填“是”或“否”）")), "{value:?}");
}

#[test]
fn the_same_form_makes_the_same_file() {
    assert_eq!(xlsx(&form()).expect("a form"), xlsx(&form()).expect("a form"));
}
