//! What is written is read back: objects as cells, and rows as they stand in their file.

use std::io::Cursor;

use proptest::prelude::*;
use serde_json::value::{RawValue, to_raw_value};
use serde_json::{Value, json};

use super::{OPTIONS, objects, targets};
use crate::tabular::write::{self, Cell};
use crate::tabular::{ACTUALS, Column, Format, Options, Original, TARGETS, cells, originals};

fn raw(object: &Value) -> Box<RawValue> {
    to_raw_value(object).expect("JSON")
}

/// The object as a table in this format, with Chinese headers.
fn table(object: &Value, columns: &[Column], format: Format) -> Vec<u8> {
    let columns: Vec<_> = columns.iter().filter(|column| column.is_read()).collect();
    let headers: Vec<_> = columns.iter().map(|column| column.names[0]).collect();
    let row = cells(&raw(object), columns);
    let mut out = Vec::new();
    match format {
        Format::Csv => write::csv(&mut out, &headers, [row]).expect("memory"),
        _ => write::xlsx(&mut out, "表", &headers, [row]).expect("memory"),
    }
    out
}

fn read_back(object: &Value, columns: &'static [Column], format: Format) -> Value {
    let options = Options { columns, ..targets() };
    let rows = super::all(table(object, columns, format), format, options).expect("rows");
    serde_json::from_str(&super::object(&rows[0])).expect("an object")
}

#[test]
fn an_object_is_read_back_from_its_cells() {
    let actual = json!({"association": "city", "indicator": "people", "period": {"from": "2018-01-01", "to": "2018-05-31"},
        "value": -1.5, "unit": "户", "qualifier": "at_least", "external_id": "007", "note": "=1+1\n二",
        "evidence": {"document": "'=x", "quote": "“原文”,\"引\""}});
    let target = json!({"association": "city", "year": 2018, "indicator": "people", "value": 2, "upper": 3, "bound": "range",
        "approximate": true, "per": "month", "basis_of_rate": "level", "baseline": {"year": 2017, "value": 118.25},
        "due_on": "2018-12-31", "plan": [0, 0.5, 1], "source": {"quote": "-3家"}});
    for format in [Format::Csv, Format::Xlsx] {
        assert_eq!(read_back(&actual, ACTUALS, format), actual, "{format:?}");
        assert_eq!(read_back(&target, TARGETS, format), target, "{format:?}");
    }
}

proptest! {
    #[test]
    fn text_of_any_kind_is_read_back_but_for_the_blanks_around_it(note in "[=+@'\"\t\n,;数 a-]{0,8}") {
        let note = note.trim();
        prop_assume!(!note.is_empty());
        let object = json!({"association": "city", "note": note});
        prop_assert_eq!(read_back(&object, ACTUALS, Format::Csv), object);
    }
}

fn rows(file: impl Into<Vec<u8>>, format: Format) -> (Vec<String>, Vec<(u64, Vec<Cell<'static>>)>) {
    let (mut header, mut rows) = (Vec::new(), Vec::new());
    originals(Cursor::new(file.into()), format, OPTIONS, &mut |original| {
        match original {
            Original::Header(names) => header = names,
            Original::Row(place, cells) => rows.push((place, cells)),
        }
        Ok(())
    })
    .expect("a table");
    (header, rows)
}

#[test]
fn the_rows_of_a_file_are_told_as_they_stand_there_by_the_line_that_is_reported() {
    let text = |text: &str| Cell::Text(text.to_owned().into());
    let file = "组织, 谁知道 ,数值\ncity,'=1+1,-5\n\n\"a\nb\",x,007,more\n";
    let (header, found) = rows(file, Format::Csv);
    assert_eq!(header, ["组织", "谁知道", "数值"]);
    let first = vec![text("city"), text("=1+1"), Cell::Number((-5).into())];
    assert_eq!(found, [(2, first), (4, vec![text("a\nb"), text("x"), text("007"), text("more")])]);
}

#[test]
fn the_rows_of_json_are_told_by_line_or_index_in_the_columns_of_the_table() {
    let line = r#"{"association": "city", "value": 10000000000000000.0001, "unknown": 1}"#;
    let (header, found) = rows(format!("\n{line}\n[]\n"), Format::Ndjson);
    assert_eq!(header[0], "association");
    let value = header.iter().position(|name| name == "value").expect("a column");
    assert_eq!(found[0].0, 2);
    assert_eq!(found[0].1[value], Cell::Number("10000000000000000.0001".parse().expect("a number")));
    assert!(found[1].0 == 3 && found[1].1.iter().all(|cell| *cell == Cell::Empty));
    let (_, found) = rows(format!(r#"{{"items": [{line}, {line}]}}"#), Format::Json);
    assert_eq!(found.iter().map(|(place, _)| *place).collect::<Vec<_>>(), [0, 1]);
}

#[test]
fn a_rejected_row_is_taken_with_its_reasons_beside_it() {
    let file = "组织,数值,rejected_code,拒绝原因\ncity,5,no_figure,很多\n";
    assert_eq!(objects(file, Format::Csv), [r#"{"association":"city","value":5}"#]);
}
