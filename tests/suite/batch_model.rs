//! Any mixture of rows against a plain model of what a batch does: what is answered, what is stored, what it adds up to.

use std::cell::RefCell;
use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Value, json};

use crate::support::batch::{counts, started, stored};
use crate::support::{App, ledger};

/// A row: good by itself with a key and a value, good without a key, or wrong by itself.
#[derive(Clone, Debug)]
enum Row {
    Keyed(u8, u8),
    Keyless(u8),
    Wrong(u8),
}

impl Row {
    fn json(&self) -> Value {
        let good =
            |value: u8| json!({"association": "north", "indicator": "households", "period": "2018", "value": value});
        match self {
            Self::Keyed(key, value) => {
                let mut row = good(*value);
                row["external_id"] = json!(format!("key-{key}"));
                row
            }
            Self::Keyless(value) => good(*value),
            Self::Wrong(0) => json!("a row"),
            Self::Wrong(1) => {
                json!({"association": "elsewhere", "indicator": "households", "period": "2018", "value": 1})
            }
            Self::Wrong(2) => json!({"association": "north", "indicator": "households", "period": "18", "value": 1}),
            Self::Wrong(_) => {
                json!({"association": "north", "indicator": "households", "period": "2018", "value": "1-2户"})
            }
        }
    }
}

fn rows() -> impl Strategy<Value = Vec<Row>> {
    let row = prop_oneof![
        6 => (0..60_u8, 0..2_u8).prop_map(|(key, value)| Row::Keyed(key, value)),
        3 => (0..9_u8).prop_map(Row::Keyless),
        1 => (0..4_u8).prop_map(Row::Wrong),
    ];
    let good = prop_oneof![(60..250_u8).prop_map(|key| Row::Keyed(key, 7)), (0..9_u8).prop_map(Row::Keyless)];
    // Rows are staged by the thousand: some batches end before, at and behind that.
    let padding = prop_oneof![8 => Just(0), 1 => 990..1_005_usize];
    (prop::collection::vec(row, 1..12), prop::collection::vec(good, 0..4), padding).prop_map(|(rows, good, padding)| {
        let padded = (0..padding).map(|_| Row::Keyless(1));
        padded.chain(rows).chain(good).collect()
    })
}

/// What is stored by now.
#[derive(Default)]
struct Model {
    keyed: BTreeMap<u8, u8>,
    count: i64,
    sum: i64,
}

impl Model {
    /// What becomes of each row where the others do not stop it.
    fn statuses(&self, rows: &[Row]) -> Vec<&'static str> {
        let times = |wanted: u8| rows.iter().filter(|row| matches!(row, Row::Keyed(key, _) if *key == wanted)).count();
        let status = |row: &Row| match row {
            Row::Wrong(_) => "rejected",
            Row::Keyed(key, _) if times(*key) > 1 => "rejected",
            Row::Keyed(key, value) => match self.keyed.get(key) {
                Some(stored) if stored == value => "unchanged",
                Some(_) => "rejected",
                None => "created",
            },
            Row::Keyless(_) => "created",
        };
        rows.iter().map(status).collect()
    }

    fn store(&mut self, rows: &[Row], statuses: &[&str]) {
        for (row, _) in rows.iter().zip(statuses).filter(|(_, status)| **status == "created") {
            let value = match row {
                Row::Keyed(key, value) => {
                    self.keyed.insert(*key, *value);
                    *value
                }
                Row::Keyless(value) => *value,
                Row::Wrong(_) => continue,
            };
            self.count += 1;
            self.sum += i64::from(value);
        }
    }
}

fn number(app: &App, sql: &str) -> i64 {
    let rows = app.sql(sql);
    rows.first().map_or(0, |row| row[0].as_deref().expect("a number").parse().expect("a whole number"))
}

#[test]
fn any_mixture_of_rows_becomes_what_a_plain_model_says() {
    let app = started();
    let reporter = app.reporter_of("city");
    let model = RefCell::new(Model::default());
    let mut runner = TestRunner::new(Config { cases: 40, failure_persistence: None, ..Config::default() });
    let outcome = runner.run(&(rows(), any::<bool>(), any::<bool>()), |(rows, is_atomic, is_dry)| {
        let mut model = model.borrow_mut();
        let statuses = model.statuses(&rows);
        let mode = if is_atomic { "atomic" } else { "partial" };
        let body = json!({"items": rows.iter().map(Row::json).collect::<Vec<_>>()});
        let answer = reporter.post(&format!("/actuals?mode={mode}&dry_run={is_dry}"), body);
        let is_refused = is_atomic && statuses.contains(&"rejected");
        prop_assert_eq!(answer.status, if is_refused { 422 } else { 200 }, "{}", &answer.text);
        let listed = answer.body["items"].as_array().expect("items");
        let listed: Vec<_> = listed
            .iter()
            .map(|item| (item["index"].as_u64().expect("an index"), item["status"].as_str().unwrap()))
            .collect();
        let expected = (0..).zip(statuses.iter().copied()).filter(|(_, status)| !is_refused || *status == "rejected");
        prop_assert_eq!(listed, expected.collect::<Vec<_>>());
        let of = |wanted: &str| i64::try_from(statuses.iter().filter(|status| **status == wanted).count()).unwrap();
        let all = i64::try_from(rows.len()).unwrap();
        let expected =
            if is_refused { [all, 0, 0, all] } else { [all, of("created"), of("unchanged"), of("rejected")] };
        prop_assert_eq!(counts(&answer.body), expected);
        if !is_refused && !is_dry {
            model.store(&rows, &statuses);
        }
        prop_assert_eq!(stored(&app, "actuals"), model.count);
        prop_assert_eq!(stored(&app, "audit_entries WHERE entity = 'actual'"), model.count);
        prop_assert_eq!(number(&app, "SELECT reported_count FROM actual_totals"), model.count);
        prop_assert_eq!(number(&app, "SELECT reported_value::bigint FROM actual_totals"), model.sum);
        Ok(())
    });
    outcome.unwrap_or_else(|error| panic!("{error}"));
    ledger::check(&app);
}
