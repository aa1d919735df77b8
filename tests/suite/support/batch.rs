//! What the tests of batches share: who reports what, and what an answer says.

use rust_xlsxwriter::Workbook;
use serde_json::{Value, json};

use super::{App, Person, Reply};

/// Content type of a workbook.
pub const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/// A city with two counties below it, a city beside it, and two indicators.
pub fn started() -> App {
    let app = App::start();
    app.association("city", None);
    app.association("north", Some("city"));
    app.association("south", Some("city"));
    app.association("elsewhere", None);
    app.indicator_with("households", json!({"name": "脱贫户数", "unit": "户"}));
    app.indicator_with("training", json!({"name": "培训人次", "unit": "人次"}));
    app.target("north", 2018, "households", 100);
    app
}

/// A row of actuals: `north` reports households in March.
pub fn row(external_id: &str, value: impl Into<Value>) -> Value {
    json!({"association": "north", "indicator": "households", "period": "2018-03", "value": value.into(),
        "external_id": external_id})
}

/// Goes on when the counts add up, and answers received, created, unchanged and rejected.
#[track_caller]
pub fn counts(answer: &Value) -> [i64; 4] {
    let counts = ["received", "created", "unchanged", "rejected"]
        .map(|name| answer["counts"][name].as_i64().unwrap_or_else(|| panic!("no count {name}: {answer}")));
    assert_eq!(counts[0], counts[1] + counts[2] + counts[3], "{answer}");
    counts
}

/// Index, pointer and code of everything that is wrong with single rows.
pub fn errors(answer: &Value) -> Vec<(i64, &str, &str)> {
    let items = answer["items"].as_array().expect("items");
    items
        .iter()
        .flat_map(|item| {
            let index = item["index"].as_i64().expect("an index");
            let errors = item["errors"].as_array().map_or(&[][..], Vec::as_slice);
            errors.iter().map(move |error| {
                (index, error["pointer"].as_str().expect("a pointer"), error["code"].as_str().expect("a code"))
            })
        })
        .collect()
}

/// How many rows a table has.
pub fn stored(app: &App, table: &str) -> i64 {
    let rows = app.sql(&format!("SELECT count(*) FROM {table}"));
    rows[0][0].as_deref().expect("a count").parse().expect("a number")
}

/// Makes so many of a reported actual, and its line's total to fit.
pub fn repeat(app: &App, external_id: &str, times: u32) {
    app.sql(&format!(
        "UPDATE actual_totals AS t
        SET reported_count = t.reported_count + {times} - 1, reported_value = t.reported_value + a.value * ({times} - 1),
            reported_progress = trunc(t.reported_progress + t.reported_progress / t.reported_value * a.value * ({times} - 1), 4)
        FROM actuals AS a WHERE a.external_id = '{external_id}' AND a.association_id = t.association_id
            AND a.year = t.year AND a.indicator_id = t.indicator_id;
        INSERT INTO actuals
        SELECT (copied).* FROM (
            SELECT jsonb_populate_record(a, jsonb_build_object('id', gen_random_uuid(), 'external_id', NULL)) AS copied
            FROM actuals AS a, generate_series(2, {times}) WHERE external_id = '{external_id}' OFFSET 0
        ) AS copies"
    ));
}

/// A workbook whose first sheet holds these texts.
pub fn workbook(rows: &[&[&str]]) -> Vec<u8> {
    let mut workbook = Workbook::new();
    let sheet = workbook.add_worksheet();
    for (number, row) in (0..).zip(rows) {
        for (column, text) in (0..).zip(*row).filter(|(_, text)| !text.is_empty()) {
            match text.parse::<f64>() {
                Ok(value) => sheet.write_number(number, column, value).expect("a cell"),
                Err(_) => sheet.write_string(number, column, *text).expect("a cell"),
            };
        }
    }
    workbook.save_to_buffer().expect("a workbook")
}

impl Person {
    /// `POST` of a file below `/api/v1`, with an `Idempotency-Key`.
    pub fn upload_once(&self, key: &str, path: &str, content_type: &str, body: impl AsRef<[u8]>) -> Reply {
        let headers = [("Content-Type", content_type), ("Idempotency-Key", key)];
        self.send("POST", &format!("/api/v1{path}"), &headers, body)
    }

    /// The same request as it goes over the wire.
    pub fn raw_upload(&self, key: &str, path: &str, content_type: &str, body: &str) -> Vec<u8> {
        let head = format!(
            "POST /api/v1{path} HTTP/1.1\r\nHost: kpi\r\nAuthorization: Bearer {}\r\nContent-Type: {content_type}\r\n\
            Idempotency-Key: {key}\r\nContent-Length: {}\r\n\r\n",
            self.secret(),
            body.len()
        );
        [head.as_bytes(), body.as_bytes()].concat()
    }
}
