//! The rows that were refused, as they stand in their file and with the reason, to be corrected and sent again.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use crate::batch::{BatchItem, ItemStatus};
use crate::error::{ApiError, ApiResult, FieldProblem};
use crate::tabular::write::{self, Cell};
use crate::tabular::{self, Column, Format, Options, Original, REJECTED_BECAUSE, REJECTED_CODE};

/// Where the refused rows of a file go: `figures.xlsx.rejected.csv`.
pub(super) fn path(file: &Path) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(".rejected.csv");
    name.into()
}

/// Writes the refused rows among `items`; nothing where there are none.
///
/// # Errors
/// When the file cannot be read once more, or the other one not be written.
pub(super) fn write(file: &Path, format: Format, options: Options, items: &[BatchItem]) -> ApiResult<Option<PathBuf>> {
    let refused = items.iter().filter(|item| item.status == ItemStatus::Rejected);
    let refused: BTreeMap<u64, &BatchItem> = refused.filter_map(|item| Some((place(item)?, item))).collect();
    if refused.is_empty() {
        return Ok(None);
    }
    let path = path(file);
    let out = BufWriter::new(File::create(&path).map_err(ApiError::internal)?);
    let mut table = Table { out, columns: options.columns, kept: Vec::new() };
    let source = File::open(file).map_err(ApiError::internal)?;
    tabular::originals(source, format, options, &mut |original| match original {
        Original::Header(names) => table.begin(names).map_err(ApiError::internal),
        Original::Row(place, cells) => match refused.get(&place) {
            Some(item) => table.row(cells, &item.errors).map_err(ApiError::internal),
            None => Ok(()),
        },
    })?;
    table.out.flush().map_err(ApiError::internal)?;
    Ok(Some(path))
}

/// As the rows of a file are told apart: by line, or by index where there are none.
fn place(item: &BatchItem) -> Option<u64> {
    item.line.unwrap_or(item.index).try_into().ok()
}

struct Table {
    out: BufWriter<File>,
    columns: &'static [Column],
    /// The columns that are written: the reasons of an earlier time are not.
    kept: Vec<bool>,
}

impl Table {
    fn begin(&mut self, names: Vec<String>) -> std::io::Result<()> {
        let reasons = |column: &&Column| [REJECTED_CODE, REJECTED_BECAUSE].contains(&column.path);
        let is_reason = |name: &String| self.columns.iter().filter(reasons).any(|column| column.is_called(name));
        self.kept = names.iter().map(|name| !is_reason(name)).collect();
        let kept = names.iter().zip(&self.kept).filter(|(_, is_kept)| **is_kept).map(|(name, _)| name.as_str());
        let headers: Vec<_> = kept.chain([REJECTED_CODE, REJECTED_BECAUSE]).collect();
        write::csv_header(&mut self.out, &headers)
    }

    fn row(&mut self, mut cells: Vec<Cell<'static>>, errors: &[FieldProblem]) -> std::io::Result<()> {
        // A row may hold less than the header, and more: what stands beyond it may be what is wrong.
        cells.resize(self.kept.len().max(cells.len()), Cell::Empty);
        let beyond = cells.split_off(self.kept.len());
        let cells = cells.into_iter().zip(&self.kept).filter(|(_, is_kept)| **is_kept).map(|(cell, _)| cell);
        let codes: Vec<_> = errors.iter().map(|error| error.code.as_str()).collect();
        let because: Vec<_> = errors.iter().map(reason).collect();
        let said = [codes.join("; "), because.join("; ")].map(|text| Cell::Text(text.into()));
        write::csv_row(&mut self.out, cells.chain(said).chain(beyond))
    }
}

/// `G7 /value: 很多 is no figure.`
pub(super) fn reason(error: &FieldProblem) -> String {
    let places = [error.cell.as_deref().unwrap_or_default(), &error.pointer];
    let place = places.into_iter().filter(|place| !place.is_empty()).collect::<Vec<_>>().join(" ");
    if place.is_empty() { error.detail.clone() } else { format!("{place}: {}", error.detail) }
}
