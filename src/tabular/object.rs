//! One row of a table as one JSON object.

use std::borrow::Cow;

use chrono::{Datelike, NaiveDate};
use serde_json::value::RawValue;

use super::header::{Header, letters};
use super::{Column, Kind, number};
use crate::error::{Code, Phrase, Violation};

/// Things that are told of what is wrong with one row: a row may hold half a million cells.
const MOST_WRONG: usize = 10;

/// What a cell holds.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) enum Cell<'a> {
    /// Nothing.
    #[default]
    Empty,
    /// Text, trimmed and not empty.
    Text(Cow<'a, str>),
    /// A number of a spreadsheet, as JSON writes it.
    Number(String),
    /// A yes or no of a spreadsheet.
    Boolean(bool),
    /// A date of a spreadsheet.
    Date(NaiveDate),
    /// What a spreadsheet shows where it cannot compute: `#REF!`.
    Error(String),
}

impl<'a> Cell<'a> {
    /// Text as it stands in a file.
    pub fn text(text: impl Into<Cow<'a, str>>) -> Self {
        let trimmed = match text.into() {
            Cow::Borrowed(text) => Cow::Borrowed(text.trim()),
            Cow::Owned(text) if text.trim().len() == text.len() => Cow::Owned(text),
            Cow::Owned(text) => Cow::Owned(text.trim().to_owned()),
        };
        if trimmed.is_empty() { Self::Empty } else { Self::Text(trimmed) }
    }

    /// What one sees in it.
    pub fn shown(&self) -> Cow<'_, str> {
        match self {
            Self::Empty => "".into(),
            Self::Text(text) => text.as_ref().into(),
            Self::Number(text) | Self::Error(text) => text.into(),
            Self::Boolean(value) => if *value { "TRUE" } else { "FALSE" }.into(),
            Self::Date(day) => day.to_string().into(),
        }
    }
}

/// The object that a row's cells make, or everything that keeps them from it.
pub(super) fn build(header: &Header, cells: &[Cell<'_>]) -> Result<Box<RawValue>, Vec<Violation>> {
    let mut wrong = Vec::from_iter(headless(header, cells));
    let mut object = Object::default();
    for (position, column) in header.order() {
        let cell = cells.get(*position).unwrap_or(&Cell::Empty);
        let written = json(column.kind, cell).map(|json| json.map(|json| object.put(column, &json)));
        match written {
            Ok(None | Some(Ok(()))) => {}
            Ok(Some(Err(violation))) => wrong.push(violation),
            Err(violation) => wrong.push(Violation { pointer: pointer(column.path), ..violation }),
        }
    }
    wrong.truncate(MOST_WRONG);
    if wrong.is_empty() { object.close().map_err(|violation| vec![violation]) } else { Err(wrong) }
}

/// All cells that stand in columns without a header, the first of them by name.
fn headless(header: &Header, cells: &[Cell<'_>]) -> Option<Violation> {
    let is_headless = |(position, cell): &(usize, &Cell<'_>)| **cell != Cell::Empty && !header.has(*position);
    let mut found = cells.iter().enumerate().filter(is_headless);
    let named: Vec<_> = found.by_ref().take(MOST_WRONG).collect();
    let given: Vec<_> = named.iter().map(|(_, cell)| cell.shown()).collect();
    let columns: Vec<_> = named.iter().map(|(position, _)| letters(*position)).collect();
    let more = if found.next().is_some() { " …" } else { "" };
    let violation = Violation::at("", Code::CellWithoutHeader).given(given.join(", "));
    (!named.is_empty()).then(|| violation.allowed(format!("{}{more}", columns.join(", "))))
}

fn pointer(path: &str) -> String {
    format!("/{}", path.replace('.', "/"))
}

/// A JSON object as it is written, its members sorted by path.
#[derive(Default)]
struct Object {
    json: String,
    /// The nested object that is still open.
    group: Option<&'static str>,
    /// The last member that is no nested object.
    last: Option<&'static str>,
}

impl Object {
    fn put(&mut self, column: &Column, json: &str) -> Result<(), Violation> {
        let (group, name) = match column.path.split_once('.') {
            Some((group, name)) => (Some(group), name),
            None => (None, column.path),
        };
        if group.is_some() && group == self.last {
            let both = format!("{}, {}", group.unwrap_or_default(), column.path);
            return Err(Violation::at(pointer(column.path), Code::ConflictingCells).given(both));
        }
        self.enter(group);
        self.member(name, json);
        if group.is_none() {
            self.last = Some(column.path);
        }
        Ok(())
    }

    /// Closes the nested object that is open, unless it is this one, and opens this one.
    fn enter(&mut self, group: Option<&'static str>) {
        if self.group == group {
            return;
        }
        if self.group.take().is_some() {
            self.json.push('}');
        }
        if let Some(name) = group {
            self.member(name, "{");
            self.group = group;
        }
    }

    fn member(&mut self, name: &str, json: &str) {
        let comma = if self.json.is_empty() || self.json.ends_with('{') { "" } else { "," };
        for part in [comma, "\"", name, "\":", json] {
            self.json.push_str(part);
        }
    }

    fn close(mut self) -> Result<Box<RawValue>, Violation> {
        self.enter(None);
        let wrong = |error| Violation::at("", Code::MalformedJson).given(Phrase::json(&error));
        RawValue::from_string(format!("{{{}}}", self.json)).map_err(wrong)
    }
}

/// A cell as JSON; none where it is empty.
fn json(kind: Kind, cell: &Cell<'_>) -> Result<Option<String>, Violation> {
    if let (Kind::Period, Some(allowed)) = (kind, spoilt(cell)) {
        return Err(Violation::at("", Code::AmbiguousPeriod).given(cell.shown()).allowed(allowed));
    }
    match cell {
        Cell::Empty => Ok(None),
        Cell::Text(text) => Ok(Some(of_text(kind, text))),
        Cell::Number(number) => Ok(Some(of_number(kind, number))),
        Cell::Boolean(value) if kind == Kind::Boolean => Ok(Some(value.to_string())),
        Cell::Error(error) => Err(Violation::at("", Code::CellError).given(error)),
        Cell::Boolean(_) | Cell::Date(_) => Ok(Some(quoted(&cell.shown()))),
    }
}

/// The periods that were typed, perhaps, where a spreadsheet made another one of them: of 2018-10 the first day of the month,
/// of 2018.10 the number 2018.1; also where it saved them as CSV.
fn spoilt(cell: &Cell<'_>) -> Option<String> {
    let text = cell.shown();
    let is_year = |year: &&str| year.len() == 4 && year.bytes().all(|byte| byte.is_ascii_digit());
    if let Some(year) = text.strip_suffix(".1").filter(is_year) {
        return Some(format!("{year}-01, {year}-10"));
    }
    let first = match cell {
        Cell::Date(day) => Some(*day),
        _ => day(&text),
    };
    let first = first.filter(|day| day.day() == 1)?;
    let (year, quarter) = (first.year(), first.month().div_ceil(3));
    Some(format!("{year}, {year}-Q{quarter}, {}, {{from, to}}", first.format("%Y-%m")))
}

fn of_text(kind: Kind, text: &str) -> String {
    match kind {
        Kind::Number => number::read(text).map_or_else(|| quoted(text), Cow::into_owned),
        Kind::NumberOrText if number::is_plain(text) => text.to_owned(),
        Kind::Boolean => boolean(text).map_or_else(|| quoted(text), |value| value.to_string()),
        Kind::Numbers => numbers(text).unwrap_or_else(|| quoted(text)),
        Kind::Choice(choices) => {
            let chosen = choices.iter().find(|(label, _)| *label == text);
            quoted(chosen.map_or(text, |(_, code)| code))
        }
        Kind::Day => quoted(&day(text).map_or_else(|| text.to_owned(), |day| day.to_string())),
        Kind::Text | Kind::NumberOrText | Kind::Period | Kind::Ignored | Kind::Form => quoted(text),
    }
}

fn of_number(kind: Kind, number: &str) -> String {
    match kind {
        Kind::Number | Kind::NumberOrText if number::is_plain(number) => number.to_owned(),
        Kind::Numbers => format!("[{number}]"),
        _ => quoted(number),
    }
}

fn boolean(text: &str) -> Option<bool> {
    match text {
        "是" | "true" | "TRUE" | "True" => Some(true),
        "否" | "false" | "FALSE" | "False" => Some(false),
        _ => None,
    }
}

/// `0, 0.1, …, 1` as an array; brackets may stand around it.
fn numbers(text: &str) -> Option<String> {
    let inner = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
    let parts = inner.split([',', '，', '、', ';', '；']).flat_map(str::split_whitespace);
    let numbers: Option<Vec<_>> = parts.map(|part| number::is_plain(part).then_some(part)).collect();
    Some(format!("[{}]", numbers?.join(",")))
}

/// 2018/3/15: what becomes of a date where a spreadsheet saves CSV.
fn day(text: &str) -> Option<NaiveDate> {
    let mut parts = text.split('/');
    let mut part = || parts.next().filter(|part| part.bytes().all(|byte| byte.is_ascii_digit()));
    let (year, month, day) = (part()?, part()?, part()?);
    let is_whole = year.len() == 4 && parts.next().is_none();
    is_whole.then(|| NaiveDate::from_ymd_opt(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?)).flatten()
}

fn quoted(text: &str) -> String {
    // Text always has a JSON form.
    serde_json::to_string(text).unwrap_or_default()
}
