//! NDJSON: one object per line.

use std::io::{self, BufRead, BufReader, Read};

use serde_json::value::RawValue;

use super::{Options, Row, row_too_large, unreadable};
use crate::error::{AN_OBJECT, ApiResult, Code, Phrase, Violation};

const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// The rows, one for each line that is not blank.
pub(super) fn rows<R: Read>(source: R, options: &Options) -> impl Iterator<Item = ApiResult<Row>> + use<R> {
    let source = BufReader::with_capacity(64 * 1024, source);
    let mut lines = Lines { source, number: 0, text: Vec::new(), limit: options.row_limit };
    std::iter::from_fn(move || lines.row().map_err(unreadable).transpose())
}

struct Lines<R> {
    source: R,
    number: u64,
    text: Vec<u8>,
    limit: usize,
}

impl<R: BufRead> Lines<R> {
    fn row(&mut self) -> io::Result<Option<Row>> {
        while self.advance()? {
            let line = Some(self.number);
            if self.text.len() > self.limit {
                return Ok(Some(Row::at(line, Err(vec![row_too_large(self.limit)]))));
            }
            let mark = if self.number == 1 { BYTE_ORDER_MARK } else { &[] };
            let text = self.text.strip_prefix(mark).unwrap_or(&self.text).trim_ascii();
            if !text.is_empty() {
                return Ok(Some(Row::at(line, object(text).map_err(|violation| vec![violation]))));
            }
        }
        Ok(None)
    }

    /// Reads the next line; of one beyond the limit, a byte more than that is kept.
    fn advance(&mut self) -> io::Result<bool> {
        self.text.clear();
        self.number += 1;
        let mut is_begun = false;
        loop {
            let chunk = self.source.fill_buf()?;
            if chunk.is_empty() {
                return Ok(is_begun);
            }
            is_begun = true;
            let end = chunk.iter().position(|byte| *byte == b'\n');
            let line = chunk.get(..end.unwrap_or(chunk.len())).unwrap_or_default();
            let room = (self.limit + 1).saturating_sub(self.text.len());
            self.text.extend(line.iter().take(room));
            let used = line.len() + usize::from(end.is_some());
            self.source.consume(used);
            if end.is_some() {
                return Ok(true);
            }
        }
    }
}

fn object(text: &[u8]) -> Result<Box<RawValue>, Violation> {
    let text = str::from_utf8(text).map_err(|error| {
        let byte = error.valid_up_to() + 1;
        let place = Phrase::new(format!("该行第 {byte} 字节"), format!("byte {byte} of the line"));
        Violation::at("", Code::InvalidValue).given(place).allowed("UTF-8")
    })?;
    let value: Box<RawValue> = serde_json::from_str(text).map_err(|error| malformed(&error))?;
    if value.get().starts_with('{') {
        return Ok(value);
    }
    Err(Violation::at("", Code::WrongType).given(value).allowed(AN_OBJECT))
}

/// For `serde_json` every line is the first.
fn malformed(error: &serde_json::Error) -> Violation {
    let reason = error.to_string().replace(" at line 1 column ", " at column ");
    Violation::at("", Code::MalformedJson).given(Phrase::new(format!("第 {} 列有误", error.column()), reason))
}
