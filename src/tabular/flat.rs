//! A JSON object as the cells of a table: the way back of `object`.

use rust_decimal::Decimal;
use serde_json::value::RawValue;

use super::write::Cell;
use super::{Column, Kind};
use crate::http::Fields;

/// The cells of an object in these columns; empty where it has no such member, or is no object.
pub fn cells<'a>(object: &RawValue, columns: impl IntoIterator<Item = &'a Column>) -> Vec<Cell<'static>> {
    let members = members(object);
    let of = |column: &Column| find(&members, column.path).map_or(Cell::Empty, |value| cell(column.kind, &value));
    columns.into_iter().map(of).collect()
}

fn members(object: &RawValue) -> Fields {
    serde_json::from_str(object.get()).unwrap_or_default()
}

/// The member at a path; a nested object is no cell of its own.
fn find(found: &Fields, path: &str) -> Option<Box<RawValue>> {
    let value = match path.split_once('.') {
        Some((group, name)) => members(found.get(group)?).remove(name)?,
        None => found.get(path)?.clone(),
    };
    (!value.get().starts_with('{')).then_some(value)
}

fn cell(kind: Kind, value: &RawValue) -> Cell<'static> {
    let json = value.get();
    if let Ok(text) = serde_json::from_str::<String>(json) {
        return Cell::Text(label(kind, text).into());
    }
    if let Ok(many) = serde_json::from_str::<Vec<Box<RawValue>>>(json) {
        let many: Vec<_> = many.iter().map(|one| one.get()).collect();
        return Cell::Text(many.join(", ").into());
    }
    match (json, json.parse::<Decimal>()) {
        ("null", _) => Cell::Empty,
        ("true", _) => Cell::Text("是".into()),
        ("false", _) => Cell::Text("否".into()),
        (_, Ok(number)) => Cell::Number(number),
        (other, Err(_)) => Cell::Text(other.to_owned().into()),
    }
}

/// The Chinese label of a choice.
fn label(kind: Kind, text: String) -> String {
    let Kind::Choice(choices) = kind else { return text };
    choices.iter().find(|(_, code)| *code == text).map_or(text, |(label, _)| (*label).to_owned())
}
