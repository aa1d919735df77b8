//! Every figure that was read by hand out of three real documents, against what the quantity module reads.

use kpi::quantity::{Bound, Quantity, Unit, read};
use serde_json::Value;

const FIGURES: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/seeds/figures.jsonl"));

/// Records that are refused: number, quote, code. 上一次党课 is one lecture or the last one; 53名 and 20名 are two figures.
const REFUSED: &[(usize, &str, &str)] =
    &[(64, "每半年党组成员上一次党课", "unclear_figure"), (223, "53名学生和20名指导老师获奖", "ambiguous_figure")];

#[test]
fn every_figure_of_the_real_documents_is_read_as_a_person_reads_it() {
    let mut refused = Vec::new();
    for (number, line) in (1..).zip(FIGURES.lines()) {
        let record: Value = serde_json::from_str(line).unwrap();
        let quote = text(&record, "quote");
        let unit = Unit::parse(text(&record, "unit")).unwrap();
        match read(quote, &unit) {
            Ok(quantity) => assert_eq!(described(&quantity), expected(&record), "record {number}: {quote}"),
            Err(error) => refused.push((number, quote.to_owned(), error.code())),
        }
    }
    let refused: Vec<(usize, &str, &str)> =
        refused.iter().map(|(number, quote, code)| (*number, quote.as_str(), *code)).collect();
    assert_eq!(refused, REFUSED);
}

#[test]
fn there_are_as_many_figures_as_were_read_by_hand() {
    assert_eq!(FIGURES.lines().count(), 267);
}

/// The quantity in the words of the records.
fn described(quantity: &Quantity) -> String {
    let bound = match quantity.bound {
        _ if quantity.approximate => "about",
        None | Some(Bound::Exactly) => "exact",
        Some(Bound::AtLeast) => "at_least",
        Some(Bound::AtMost) => "at_most",
        Some(Bound::Range) => "range",
    };
    let upper = quantity.upper.map_or("null".to_owned(), |upper| upper.to_string());
    let unit = quantity.unit.as_ref().map(Unit::to_string).unwrap_or_default();
    format!("{} {upper} {unit} {bound}", quantity.value)
}

fn expected(record: &Value) -> String {
    format!("{} {} {} {}", record["value"], record["upper"], text(record, "unit"), text(record, "bound"))
}

fn text<'a>(record: &'a Value, field: &str) -> &'a str {
    record[field].as_str().unwrap_or_default()
}
