//! A workbook in the hands of somebody who fills it in.

use std::io::{Cursor, Read, Write};

use zip::write::SimpleFileOptions;
use zip::{ZipArchive, ZipWriter};

/// What is typed into a cell.
#[derive(Clone, Debug)]
pub enum Typed {
    /// A number.
    Number(String),
    /// Text.
    Text(String),
}

/// Types into cells of the first sheet, as a spreadsheet would: their style stays, and everything else too.
pub fn fill_in(file: &[u8], cells: &[(String, Typed)]) -> Vec<u8> {
    let mut archive = ZipArchive::new(Cursor::new(file)).expect("an archive");
    let mut filled = ZipWriter::new(Cursor::new(Vec::new()));
    for index in 0..archive.len() {
        let mut part = archive.by_index(index).expect("a part");
        let name = part.name().expect("a name").into_owned();
        let mut content = String::new();
        part.read_to_string(&mut content).expect("text");
        if name == "xl/worksheets/sheet1.xml" {
            cells.iter().for_each(|(cell, typed)| type_in(&mut content, cell, typed));
        }
        filled.start_file(name, SimpleFileOptions::default()).expect("a part");
        filled.write_all(content.as_bytes()).expect("its content");
    }
    filled.finish().expect("an archive").into_inner()
}

fn type_in(sheet: &mut String, cell: &str, typed: &Typed) {
    let begin = sheet.find(&format!("<c r=\"{cell}\"")).unwrap_or_else(|| panic!("no cell {cell}"));
    let tag = begin + sheet[begin..].find('>').expect("a tag") + 1;
    let end = if sheet[..tag].ends_with("/>") { tag } else { tag + sheet[tag..].find("</c>").expect("its end") + 4 };
    let style = sheet[begin..tag].split("s=\"").nth(1).and_then(|rest| rest.split('"').next()).expect("a style");
    let written = match typed {
        Typed::Number(number) => format!("<c r=\"{cell}\" s=\"{style}\"><v>{number}</v></c>"),
        Typed::Text(text) => {
            let text = text.replace('&', "&amp;").replace('<', "&lt;");
            format!("<c r=\"{cell}\" s=\"{style}\" t=\"inlineStr\"><is><t>{text}</t></is></c>")
        }
    };
    sheet.replace_range(begin..end, &written);
}
