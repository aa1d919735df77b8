//! Batches of many rows: over the borders of every portion they are worked on in.

use std::fmt::Write;

use serde_json::json;

use crate::support::batch::{counts, errors, started, stored};
use crate::support::{App, ledger};

/// 25,000 rows: 12,000 of them in one line, the others in 30, no line's rows side by side.
fn many() -> String {
    let mut csv = "association,indicator,period,value,numerator,denominator,external_id\n".to_owned();
    for row in 0..25_000 {
        let month = row * 7 % 12 + 1;
        let association = ["north", "south", "city"][row % 3];
        let line = match row {
            row if row % 25 < 12 => format!("north,households,2018-{month:02},{}.5,,", row % 10),
            row if row % 5 == 0 => format!("{association},share,{}-{month:02},,1,{}", 2015 + row % 2, row % 9 + 1),
            row if row % 5 == 1 => format!("{association},standing,{}-{month:02},{row},,", 2015 + row / 25 % 2),
            _ => format!("{association},training,{}-{month:02},1,,", 2014 + row / 25 % 4),
        };
        writeln!(csv, "{line},row-{row}").expect("a text");
    }
    csv
}

fn furnished() -> App {
    let app = started();
    app.set_day(2018, 12, 31);
    app.indicator_with("standing", json!({"accumulation": "latest"}));
    app.indicator_with("share", json!({"value_type": "percentage", "unit": "%", "accumulation": "ratio"}));
    app.target("north", 2015, "standing", 20_000);
    app
}

#[test]
fn twenty_five_thousand_rows_are_stored_once_and_only_the_wrong_ones_are_listed() {
    let app = furnished();
    let admin = app.admin();
    let csv = many();
    let answer = admin.upload("/actuals", "text/csv", &csv).expect(200);
    assert_eq!((counts(&answer), &answer["items"]), ([25_000, 25_000, 0, 0], &json!([])));
    let line = "SELECT reported_count, reported_value FROM actual_totals ORDER BY reported_count DESC LIMIT 1";
    assert_eq!(app.sql(line)[0], ["12000", "57000.0000"].map(|text| Some(text.to_owned())));
    assert_eq!(stored(&app, "audit_entries WHERE entity = 'actual'"), 25_000);
    ledger::check(&app);

    let mut wrong = csv.replace("1,,,row-24999\n", "2,,,row-24999\n").replace("row-21\n", "row-18\n");
    wrong.push_str("nowhere,training,2018-01,1,,,x\nnorth,training,2018-01,1,,,new\n");
    let answer = admin.upload("/actuals?mode=partial", "text/csv", wrong).expect(200);
    assert_eq!(counts(&answer), [25_002, 1, 24_997, 4], "{answer}");
    let expected = [
        (18, "/external_id", "repeated_in_batch"),
        (21, "/external_id", "repeated_in_batch"),
        (24_999, "/external_id", "external_id_conflict"),
        (25_000, "/association", "unknown_association"),
    ];
    assert_eq!(errors(&answer), expected);
    assert_eq!(stored(&app, "actuals"), 25_001);
    ledger::check(&app);
}

#[test]
fn of_more_wrong_rows_than_are_listed_the_counts_still_add_up() {
    let app = started();
    let mut csv = "association,indicator,period,value\n".to_owned();
    for row in 0..11_000 {
        let value = if row == 5 { "1" } else { "很多" };
        writeln!(csv, "north,households,2018-03,{value}").expect("a text");
    }
    let answer = app.admin().upload("/actuals?mode=partial", "text/csv", &csv).expect(200);
    assert_eq!(counts(&answer), [11_000, 1, 0, 10_999]);
    let indexes: Vec<_> = errors(&answer).into_iter().map(|(index, ..)| index).collect();
    assert_eq!(indexes, (0..=10_000).filter(|index| *index != 5).collect::<Vec<_>>());
    let problem = app.admin().upload("/actuals", "text/csv", &csv).expect_problem(422, "batch_rejected");
    assert_eq!(counts(&problem), [11_000, 0, 0, 11_000]);
    assert_eq!(stored(&app, "actuals"), 1);
}
