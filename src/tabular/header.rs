//! The header of a table: which column fills which field.

use std::collections::BTreeMap;

use super::{Column, Kind};
use crate::error::{ApiError, ApiResult, Code, Phrase};

/// Fields of which one at least holds the figure of a row.
const FIGURES: [&str; 3] = ["value", "numerator", "denominator"];

/// Columns a table may have.
pub(super) const MOST_COLUMNS: usize = 256;

/// The columns of one table, in the order they stand in.
#[derive(Debug)]
pub(super) struct Header {
    columns: Vec<Option<&'static Column>>,
    /// Positions of the columns that are read, by path: what belongs to one nested object stands together.
    order: Vec<(usize, &'static Column)>,
    is_form: bool,
}

impl Header {
    /// Finds every named column in the table; an empty name is a column without a header.
    pub fn new(names: &[impl AsRef<str>], table: &'static [Column]) -> ApiResult<Self> {
        if names.len() > MOST_COLUMNS {
            let first_beyond = letters(MOST_COLUMNS);
            return Err(ApiError::new(Code::UnknownColumn)
                .given(first_beyond)
                .allowed(Phrase::new(format!("{MOST_COLUMNS} 列"), format!("{MOST_COLUMNS} columns"))));
        }
        let names: Vec<&str> = names.iter().map(|name| name.as_ref().trim()).collect();
        let columns: Vec<_> = names.iter().map(|name| find(name, table)).collect();
        refuse_unknown(&names, &columns, table)?;
        refuse_duplicates(&names, &columns)?;
        let named = columns.iter().enumerate().filter_map(|(position, column)| Some((position, (*column)?)));
        let mut order: Vec<_> = named.filter(|(_, column)| column.is_read()).collect();
        order.sort_by_key(|(_, column)| column.path);
        let is_form = columns.iter().flatten().any(|column| column.kind == Kind::Form);
        Ok(Self { columns, order, is_form })
    }

    /// The columns to read, by path, each with its position.
    pub fn order(&self) -> &[(usize, &'static Column)] {
        &self.order
    }

    /// Whether a position has a header.
    pub fn has(&self, position: usize) -> bool {
        self.columns.get(position).is_some_and(Option::is_some)
    }

    /// Whether a row of this table was not filled in; only the rows of a form can be so.
    pub fn is_unfilled(&self, is_filled: impl Fn(usize) -> bool) -> bool {
        let figures = self.order.iter().filter(|(_, column)| FIGURES.contains(&column.path));
        self.is_form && !figures.into_iter().any(|(position, _)| is_filled(*position))
    }

    /// Whether it is the header of a form of ours.
    pub const fn is_form(&self) -> bool {
        self.is_form
    }

    /// The position of the column that a JSON pointer into a row leads to, or into whose field it leads.
    pub fn position(&self, pointer: &str) -> Option<usize> {
        let mut path = pointer.strip_prefix('/')?.replace('/', ".");
        loop {
            if let Some((position, _)) = self.order.iter().find(|(_, column)| column.path == path) {
                return Some(*position);
            }
            path.truncate(path.rfind('.')?);
        }
    }
}

fn find(name: &str, table: &'static [Column]) -> Option<&'static Column> {
    table.iter().find(|column| column.is_called(name))
}

fn refuse_unknown(names: &[&str], columns: &[Option<&Column>], table: &[Column]) -> ApiResult<()> {
    let is_unknown = |(name, column): &(&&str, &Option<&Column>)| column.is_none() && !name.is_empty();
    let unknown: Vec<_> = names.iter().zip(columns).filter(is_unknown).map(|(name, _)| *name).collect();
    if unknown.is_empty() {
        return Ok(());
    }
    let both =
        |column: &Column| column.names.first().map_or(column.path.into(), |name| format!("{name} {}", column.path));
    let allowed: Vec<_> = table.iter().map(both).collect();
    Err(ApiError::new(Code::UnknownColumn).given(unknown.join(", ")).allowed(allowed.join(", ")))
}

fn refuse_duplicates(names: &[&str], columns: &[Option<&Column>]) -> ApiResult<()> {
    let mut seen = BTreeMap::new();
    for (name, column) in names.iter().zip(columns).filter_map(|(name, column)| Some((name, (*column)?))) {
        if let Some(first) = seen.insert(column.path, name) {
            return Err(ApiError::new(Code::DuplicateColumn).given(format!("{first}, {name}")));
        }
    }
    Ok(())
}

/// The letters a spreadsheet names a column by, from 0: A, B, …, Z, AA.
pub(super) fn letters(position: usize) -> String {
    let last = char::from_digit(u32::try_from(position % 26).unwrap_or_default() + 10, 36).unwrap_or('?');
    let last = last.to_ascii_uppercase();
    match position / 26 {
        0 => last.to_string(),
        before => format!("{}{last}", letters(before - 1)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_lettered_as_in_a_spreadsheet() {
        for (position, name) in [(0, "A"), (25, "Z"), (26, "AA"), (255, "IV"), (701, "ZZ"), (702, "AAA")] {
            assert_eq!(letters(position), name);
        }
    }
}
