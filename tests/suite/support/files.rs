//! Files of answers, read back.

use std::io::{Cursor, Read};

use calamine::{Data, Reader, Xlsx};
use zip::ZipArchive;

use super::{Person, Reply};

/// A table as text: its headings, and the cells of each row, numbers as they are written at their shortest.
#[derive(Debug, PartialEq, Eq)]
pub struct Table {
    /// The first line.
    pub headings: Vec<String>,
    /// The others.
    pub rows: Vec<Vec<String>>,
}

impl Table {
    /// Reads a CSV file, which begins with a byte order mark and ends its lines as Windows does.
    pub fn of_csv(file: &[u8]) -> Self {
        let text = std::str::from_utf8(file).expect("UTF-8").strip_prefix('\u{feff}').expect("a byte order mark");
        assert!(text.ends_with("\r\n"), "{text}");
        let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(text.as_bytes());
        let lines = reader.records().map(|line| line.expect("a line").iter().map(ToOwned::to_owned).collect());
        Self::of(lines.collect())
    }

    /// Reads the first sheet of a workbook.
    pub fn of_xlsx(file: &[u8]) -> Self {
        Self::of_sheet(file, 0)
    }

    /// Reads one of the sheets of a workbook.
    pub fn of_sheet(file: &[u8], index: usize) -> Self {
        Self::of(sheet(file, index))
    }

    fn of(mut lines: Vec<Vec<String>>) -> Self {
        let headings = lines.remove(0);
        Self { headings, rows: lines }
    }

    /// The cell of a row below a heading.
    #[track_caller]
    pub fn cell(&self, row: usize, heading: &str) -> &str {
        let column = self.headings.iter().position(|other| other == heading);
        &self.rows[row][column.unwrap_or_else(|| panic!("no column {heading} in {:?}", self.headings))]
    }

    /// All cells below a heading.
    #[track_caller]
    pub fn column(&self, heading: &str) -> Vec<&str> {
        (0..self.rows.len()).map(|row| self.cell(row, heading)).collect()
    }
}

/// The cells of a sheet of a workbook as text.
pub fn sheet(file: &[u8], index: usize) -> Vec<Vec<String>> {
    let mut workbook = Xlsx::new(Cursor::new(file)).expect("a workbook");
    let range = workbook.worksheet_range_at(index).expect("a sheet").expect("its cells");
    let text = |cell: &Data| match cell {
        Data::Empty => String::new(),
        Data::String(text) => text.clone(),
        Data::Float(number) => number.to_string(),
        other => panic!("{other:?}"),
    };
    range.rows().map(|row| row.iter().map(text).collect()).collect()
}

/// The names of a workbook's sheets.
pub fn sheet_names(file: &[u8]) -> Vec<String> {
    Xlsx::new(Cursor::new(file)).expect("a workbook").sheet_names()
}

/// A part of a workbook, such as `xl/charts/chart1.xml`; none where there is no such part.
pub fn part(file: &[u8], name: &str) -> Option<String> {
    let mut archive = ZipArchive::new(Cursor::new(file)).expect("an archive");
    let mut text = String::new();
    archive.by_name(name).ok()?.read_to_string(&mut text).expect("text");
    Some(text)
}

/// What a path below `/api/v1` answers in a format, in a language.
#[track_caller]
pub fn download(person: &Person, path: &str, format: &str, language: &str) -> Vec<u8> {
    let sign = if path.contains('?') { '&' } else { '?' };
    let path = format!("/api/v1{path}{sign}format={format}");
    let (reply, file): (Reply, _) = person.download_as(&path, &[("Accept-Language", language)]);
    assert_eq!(reply.status, 200, "{path}: {}", String::from_utf8_lossy(&file));
    file
}
