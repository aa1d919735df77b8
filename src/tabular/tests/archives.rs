//! Files that pose as workbooks.

use std::io::Write;

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::*;

const WORKBOOK: &str = r#"<workbook xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="s" sheetId="1" r:id="rId1"/></sheets></workbook>"#;
const ROOT: &str = r#"<Relationships><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>"#;
const PARTS: &str = r#"<Relationships><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/></Relationships>"#;
const CELL: &str = r#"<row r="1"><c r="A1" t="str"><v>value</v></c></row><row r="2"><c r="A2"><v>5</v></c></row>"#;

/// A workbook of one sheet, with more parts.
fn archive(sheet: &str, more: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let deflated = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
    let parts = [
        ("_rels/.rels", ROOT.as_bytes()),
        ("xl/workbook.xml", WORKBOOK.as_bytes()),
        ("xl/_rels/workbook.xml.rels", PARTS.as_bytes()),
        ("xl/worksheets/sheet1.xml", sheet.as_bytes()),
    ];
    for (name, content) in parts.iter().chain(more) {
        zip.start_file(*name, deflated).expect("a part");
        zip.write_all(content).expect("its content");
    }
    zip.finish().expect("an archive").into_inner()
}

fn sheet(data: &str) -> String {
    format!(r#"<worksheet><dimension ref="A1:XFD1048576"/><sheetData>{data}</sheetData></worksheet>"#)
}

#[test]
fn a_sheet_that_claims_to_be_gigantic_is_read_by_what_it_holds() {
    assert_eq!(objects(archive(&sheet(CELL), &[]), Format::Xlsx), [r#"{"value":5}"#]);
    let far =
        r#"<row r="1"><c r="A1" t="str"><v>value</v></c></row><row r="1048576"><c r="A1048576"><v>5</v></c></row>"#;
    let rows = all(archive(&sheet(far), &[]), Format::Xlsx, OPTIONS).expect("rows");
    assert_eq!(cell(&rows[0], "/value").as_deref(), Some("A1048576"));
}

#[test]
fn a_formula_whose_value_was_never_calculated_is_no_empty_cell() {
    let formulas = r#"<row r="1"><c r="A1" t="str"><v>value</v></c><c r="B1" t="str"><v>note</v></c></row><row r="2"><c r="A2"><f>1+1</f></c><c r="B2"><f>A2</f><v>2</v></c></row>"#;
    let rows = all(archive(&sheet(formulas), &[]), Format::Xlsx, OPTIONS).expect("rows");
    let violations = rows[0].object.as_ref().expect_err("a violation");
    assert_eq!((violations[0].pointer.as_str(), violations[0].code), ("/value", crate::error::Code::CellError));
}

#[test]
fn a_file_that_is_no_workbook_is_refused() {
    let no_workbook = {
        let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
        zip.start_file("inner.xlsx", SimpleFileOptions::default()).expect("a part");
        zip.write_all(&archive(&sheet(CELL), &[])).expect("its content");
        zip.finish().expect("an archive").into_inner()
    };
    let whole = archive(&sheet(CELL), &[]);
    for file in [b"".as_slice(), b"value\n1\n", b"PK\x03\x04", &no_workbook, &whole[..whole.len() / 2]] {
        assert_eq!(refusal(file, Format::Xlsx).0, "malformed_spreadsheet");
    }
    let old = [b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1".as_slice(), &[0; 600]].concat();
    let (code, detail) = refusal(old, Format::Xlsx);
    assert_eq!(code, "unsupported_spreadsheet");
    assert_eq!(detail, "The workbook is an old .xls or protected by a password; save it as .xlsx without a password.");
}

#[test]
fn a_bomb_is_not_let_off() {
    let zeros = vec![b' '; 20 << 20];
    let (code, detail) = refusal(archive(&sheet(CELL), &[("xl/media/a.png", &zeros)]), Format::Xlsx);
    assert_eq!(code, "spreadsheet_too_large", "{detail}");
    let styles = archive(&sheet(CELL), &[("xl/styles.xml", &zeros)]);
    assert_eq!(refusal(styles, Format::Xlsx).0, "spreadsheet_too_large");
    let parts: Vec<_> = (0..3000).map(|part| format!("p{part}")).collect();
    let parts: Vec<_> = parts.iter().map(|name| (name.as_str(), b"".as_slice())).collect();
    assert_eq!(refusal(archive(&sheet(CELL), &parts), Format::Xlsx).0, "spreadsheet_too_large");
}

#[test]
fn room_is_not_made_on_the_word_of_a_file() {
    let strings = br#"<sst uniqueCount="99999999999999"><si><t>a</t></si></sst>"#;
    let (code, detail) = refusal(archive(&sheet(CELL), &[("xl/SharedStrings.xml", strings)]), Format::Xlsx);
    assert_eq!(code, "malformed_spreadsheet", "{detail}");
}

#[test]
fn shared_strings_are_counted_also_where_they_are_empty() {
    // Not compressed, or their ratio would be refused first.
    let stored = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    let workbook = |count| {
        let mut zip = ZipWriter::new_append(Cursor::new(archive(&sheet(CELL), &[]))).expect("an archive");
        zip.start_file("xl/sharedStrings.xml", stored).expect("a part");
        zip.write_all(format!("<sst>{}</sst>", "<si/>".repeat(count)).as_bytes()).expect("its content");
        zip.finish().expect("an archive").into_inner()
    };
    let (code, detail) = refusal(workbook(1_000_001), Format::Xlsx);
    assert_eq!(code, "spreadsheet_too_large");
    assert!(detail.contains("more shared strings; allowed: 1000000 shared strings"), "{detail}");
    assert_eq!(objects(workbook(10), Format::Xlsx), [r#"{"value":5}"#]);
}

#[test]
fn a_damaged_sheet_ends_the_rows_with_an_error() {
    for data in [
        r#"<row r="1"><c r="A1" t="str"><v>value</v></c></row><row r="2"><c r="A99999999999"><v>5</v></c></row>"#,
        r#"<row r="5"><c r="A5" t="str"><v>value</v></c></row><row r="2"><c r="A2"><v>5</v></c></row>"#,
        r#"<row r="1"><c r="A1" t="s"><v>7</v></c></row>"#,
        "<row><c",
    ] {
        assert_eq!(refusal(archive(&sheet(data), &[]), Format::Xlsx).0, "malformed_spreadsheet", "{data}");
    }
}
