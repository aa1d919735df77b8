//! CSV: delimited text with a header.

use std::borrow::Cow;
use std::io::{BufRead, Cursor, Read, Seek};

use super::header::Header;
use super::object::{self, Cell};
use super::records::{End, Record, Records};
use super::{Options, Row, row_too_large, text, unreadable, write};
use crate::error::{ApiError, ApiResult, Code};

/// Bytes in which the header says how the columns are parted.
const FIRST_LOOK: u64 = 64 * 1024;

/// The rows below the header.
///
/// # Errors
/// What is wrong with the encoding or the header.
pub(super) fn rows<R: Read + Seek + Send + 'static>(
    source: R,
    options: &Options,
) -> ApiResult<impl Iterator<Item = ApiResult<Row>> + use<R>> {
    let mut table = Table::open(source, options)?;
    let header = Header::new(&table.record.fields(), options.columns)?;
    Ok(std::iter::from_fn(move || table.row(&header).transpose()))
}

/// What parts the columns: the one of comma, semicolon and tab that stands most often in the first line.
fn delimiter(begin: &[u8]) -> u8 {
    let mut is_quoted = false;
    let outside = begin.iter().copied().skip_while(u8::is_ascii_whitespace).filter(|byte| {
        is_quoted ^= *byte == b'"';
        !is_quoted
    });
    let header: Vec<_> = outside.take_while(|byte| !matches!(byte, b'\n' | b'\r')).collect();
    let count = |delimiter: &u8| header.iter().filter(|byte| *byte == delimiter).count();
    // Of equals the last one is taken.
    [b'\t', b';', b','].into_iter().max_by_key(count).unwrap_or(b',')
}

/// A table that is read record by record.
pub(super) struct Table<R> {
    records: Records<R>,
    /// The one that was read last.
    pub record: Record,
    row_limit: usize,
}

impl Table<Box<dyn BufRead + Send>> {
    /// Reads the header.
    pub fn open<R: Read + Seek + Send + 'static>(source: R, options: &Options) -> ApiResult<Self> {
        let mut text = text::open(source)?;
        let mut begin = Vec::new();
        text.by_ref().take(FIRST_LOOK).read_to_end(&mut begin).map_err(unreadable)?;
        let delimiter = delimiter(&begin);
        let whole: Box<dyn BufRead + Send> = Box::new(Cursor::new(begin).chain(text));
        let records = Records::new(whole, delimiter, options.row_limit);
        let mut table = Self { records, record: Record::default(), row_limit: options.row_limit };
        if !table.advance()? {
            return Err(ApiError::new(Code::NoRows));
        }
        if table.record.end == End::TooLarge {
            return Err(row_too_large(options.row_limit).into());
        }
        Ok(table)
    }
}

impl<R: BufRead> Table<R> {
    /// Reads the next record that holds anything.
    pub fn advance(&mut self) -> ApiResult<bool> {
        while self.records.next(&mut self.record).map_err(unreadable)? {
            match self.record.end {
                End::UnclosedQuote(line) => return Err(ApiError::new(Code::UnclosedQuote).given(line)),
                End::Whole if self.record.fields().iter().all(|field| field.trim().is_empty()) => {}
                End::Whole | End::TooLarge => return Ok(true),
            }
        }
        Ok(false)
    }

    fn row(&mut self, header: &Header) -> ApiResult<Option<Row>> {
        while self.advance()? {
            let line = Some(self.record.line);
            if self.record.end == End::TooLarge {
                return Ok(Some(Row::at(line, Err(vec![row_too_large(self.row_limit)]))));
            }
            let cells: Vec<_> = self.record.fields().into_iter().map(cell).collect();
            if !header.is_unfilled(|position| cells.get(position).is_some_and(|cell| *cell != Cell::Empty)) {
                let row = Row::at(line, object::build(header, &cells));
                return Ok(Some(Row { is_form: header.is_form(), ..row }));
            }
        }
        Ok(None)
    }
}

/// A field, without the apostrophe that keeps a spreadsheet from taking it for a formula.
fn cell(field: &str) -> Cell<'_> {
    match Cell::text(field) {
        Cell::Text(Cow::Borrowed(text)) => Cell::Text(write::unguarded(text).into()),
        other => other,
    }
}
