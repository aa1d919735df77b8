//! The records of delimited text, one at a time, none larger than a limit.
//!
//! Reads what the crate `csv` reads (a test compares them), but that one holds a whole record in memory, and one quote
//! that is never closed makes a record of the rest of the file. It also names the line in which a record begins.

use std::io::{self, BufRead};

/// One record; its parts are reused for the next.
#[derive(Debug, Default)]
pub(super) struct Record {
    /// The line it begins in, from 1.
    pub line: u64,
    text: Vec<u8>,
    ends: Vec<usize>,
    /// How it ended.
    pub end: End,
}

/// How a record ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum End {
    /// As it should.
    #[default]
    Whole,
    /// Behind the limit; what stands in it is not kept.
    TooLarge,
    /// Never: a quote opens in this line and is not closed.
    UnclosedQuote(u64),
}

impl Record {
    /// What its fields hold.
    pub fn fields(&self) -> Vec<&str> {
        let text = str::from_utf8(&self.text).unwrap_or_default();
        let starts = std::iter::once(&0).chain(&self.ends);
        starts.zip(&self.ends).map(|(start, end)| text.get(*start..*end).unwrap_or_default()).collect()
    }

    fn begin(&mut self, line: u64) {
        self.line = line;
        self.text.clear();
        self.ends.clear();
        self.end = End::Whole;
    }

    fn push(&mut self, byte: u8, limit: usize) {
        if self.text.len() < limit {
            self.text.push(byte);
        } else {
            self.end = End::TooLarge;
        }
    }

    fn end_field(&mut self, limit: usize) {
        // A field takes room as well, or a line of commas would have no limit.
        if self.text.len() + self.ends.len() < limit {
            self.ends.push(self.text.len());
        } else {
            self.end = End::TooLarge;
        }
    }
}

/// Where in a field the reader stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    /// Before its first character.
    Start,
    /// Between quotes.
    Quoted,
    /// Behind a quote between quotes: it ends them, or stands for itself.
    Quote,
    /// Outside of quotes.
    Plain,
}

/// Reads records.
pub(super) struct Records<R> {
    source: R,
    scanner: Scanner,
}

impl<R: BufRead> Records<R> {
    /// Reads UTF-8 text from its beginning.
    pub fn new(source: R, delimiter: u8, limit: usize) -> Self {
        let scanner = Scanner { delimiter, limit, line: 1, state: State::Start, opened: 1, is_after_return: false };
        Self { source, scanner }
    }

    /// Reads the next record; there is none where it answers no.
    pub fn next(&mut self, record: &mut Record) -> io::Result<bool> {
        record.begin(self.scanner.line);
        let mut is_begun = false;
        loop {
            let chunk = self.source.fill_buf()?;
            if chunk.is_empty() {
                self.scanner.end(record);
                return Ok(is_begun);
            }
            let end = chunk.iter().position(|byte| {
                is_begun |= !self.scanner.is_rest_of_line_break(*byte);
                self.scanner.take(*byte, record)
            });
            let used = end.map_or(chunk.len(), |end| end + 1);
            self.source.consume(used);
            if end.is_some() {
                return Ok(true);
            }
        }
    }
}

/// Tells fields and records apart, byte by byte.
struct Scanner {
    delimiter: u8,
    limit: usize,
    line: u64,
    state: State,
    /// The line the last quote opened in.
    opened: u64,
    /// A carriage return ended the last record.
    is_after_return: bool,
}

impl Scanner {
    /// A line feed behind the carriage return that ended the last record.
    fn is_rest_of_line_break(&self, byte: u8) -> bool {
        self.is_after_return && byte == b'\n'
    }

    /// Takes one byte; answers whether it ends the record.
    fn take(&mut self, byte: u8, record: &mut Record) -> bool {
        if self.is_rest_of_line_break(byte) {
            self.is_after_return = false;
            return false;
        }
        self.is_after_return = false;
        let is_quoted = self.state == State::Quoted;
        let is_end = !is_quoted && matches!(byte, b'\n' | b'\r');
        let next = match (self.state, byte) {
            (State::Quoted, b'"') => State::Quote,
            (State::Quoted, _) | (State::Start | State::Quote, b'"') => State::Quoted,
            _ if is_end || byte == self.delimiter => State::Start,
            _ => State::Plain,
        };
        match (self.state, next) {
            (_, State::Start) => record.end_field(self.limit),
            (State::Start, State::Quoted) => self.opened = self.line,
            (_, State::Quoted | State::Plain) => record.push(byte, self.limit),
            (_, State::Quote) => {}
        }
        self.line += u64::from(is_end || byte == b'\n');
        self.state = next;
        self.is_after_return = is_end && byte == b'\r';
        is_end
    }

    /// Ends the file.
    fn end(&mut self, record: &mut Record) {
        record.end_field(self.limit);
        if self.state == State::Quoted {
            record.end = End::UnclosedQuote(self.opened);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(text: &str, limit: usize) -> Vec<(u64, Vec<String>, End)> {
        // A buffer of a few bytes, so that every state meets its end.
        let source = io::BufReader::with_capacity(3, text.as_bytes());
        let (mut records, mut record) = (Records::new(source, b',', limit), Record::default());
        let mut found = Vec::new();
        while records.next(&mut record).expect("text in memory") {
            found.push((record.line, record.fields().into_iter().map(str::to_owned).collect(), record.end));
        }
        found
    }

    fn lines(text: &str) -> Vec<u64> {
        read(text, 1000).into_iter().map(|(line, ..)| line).collect()
    }

    #[test]
    fn a_record_is_named_by_the_line_it_begins_in() {
        assert_eq!(lines("a,b\n\"x\ny\",2\nc"), [1, 2, 4]);
        assert_eq!(lines("a\r\n\"x\r\ny\"\r\nc\r\n"), [1, 2, 4]);
        assert_eq!(lines("a\n\n\nc"), [1, 2, 3, 4]);
        assert_eq!(lines("a\rb\r\rc"), [1, 2, 3, 4]);
        assert_eq!(lines(""), [0_u64; 0]);
    }

    #[test]
    fn a_record_behind_the_limit_is_left_and_the_next_one_read() {
        let text = format!("a,b\n{},c\n1,2\n", "x".repeat(1000));
        let found = read(&text, 10);
        assert_eq!(found.iter().map(|(.., end)| *end).collect::<Vec<_>>(), [End::Whole, End::TooLarge, End::Whole]);
        assert_eq!(found[2].1, ["1", "2"]);
        assert_eq!(read(&",".repeat(1000), 10)[0].2, End::TooLarge);
    }

    #[test]
    fn a_quote_that_is_never_closed_is_named_by_its_line() {
        let text = format!("a,b\n\"x\ny\",\"z\n{}", "1,2\n".repeat(1000));
        assert_eq!(read(&text, 50).last().expect("a record").2, End::UnclosedQuote(3));
    }

    proptest! {
        #[test]
        fn records_are_those_of_the_crate_csv(text in "[a数,\"\r\n ]{0,40}") {
            let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes());
            let theirs: Vec<Vec<String>> =
                reader.records().map(|record| record.expect("text").iter().map(str::to_owned).collect()).collect();
            let ours = read(&text, 1000).into_iter().map(|(_, fields, _)| fields);
            // It skips empty lines, which are empty records here.
            let is_empty = |fields: &Vec<String>| fields.iter().all(String::is_empty);
            let ours: Vec<_> = ours.filter(|fields| !is_empty(fields)).collect();
            let theirs: Vec<_> = theirs.into_iter().filter(|fields| !is_empty(fields)).collect();
            prop_assert_eq!(ours, theirs);
        }
    }
}
