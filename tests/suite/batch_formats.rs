//! Batches as JSON, NDJSON and CSV: what is read, with which line an answer names a row, and what cannot be read.

use encoding_rs::GB18030;
use serde_json::{Value, json};

use crate::support::batch::{counts, errors, row, started, stored};
use crate::support::{App, ledger};

const CSV: &str = "text/csv; charset=utf-8";
const NDJSON: &str = "application/x-ndjson";

fn only_actual(app: &App, association: &str) -> Value {
    app.admin().get(&format!("/associations/{association}/actuals")).expect(200)["items"][0].clone()
}

#[test]
fn a_csv_is_read_as_office_programs_write_it() {
    let text = "组织,指标,期间,数值,单位,备注\r\nnorth,脱贫户数,2018年3月,\"1,234\",户,扶贫办公室核实㐀\r\n";
    let gb18030 = GB18030.encode(text).0.into_owned();
    let utf_16 = [0xfeff].into_iter().chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    for (name, bytes) in [
        ("UTF-8", text.as_bytes().to_vec()),
        ("a byte order mark", format!("\u{feff}{text}").into_bytes()),
        ("GB18030", gb18030),
        ("UTF-16", utf_16),
        ("semicolons", text.replace("\"1,234\"", "1234").replace(',', ";").into_bytes()),
        ("tabs", text.replace("\"1,234\"", "1234").replace(',', "\t").into_bytes()),
    ] {
        let app = started();
        let answer = app.admin().upload("/actuals", CSV, bytes).expect(200);
        assert_eq!(counts(&answer), [1, 1, 0, 0], "{name}");
        let actual = only_actual(&app, "north");
        assert_eq!((&actual["value"], &actual["note"]), (&json!(1234), &json!("扶贫办公室核实㐀")), "{name}");
        assert_eq!(actual["period"], "2018-03", "{name}");
        ledger::check(&app);
    }
}

#[test]
fn rows_are_named_by_the_line_they_begin_in_also_behind_quoted_line_breaks() {
    let app = started();
    let csv = "组织,指标,期间,数值,备注\n\
        north,households,2018-03,1,\"三\n行\r\n备注\"\n\
        \n\
        north,households,2018-03,很多,\"一\n二\"\n\
        north,households,2018-13,1,\n";
    let answer = app.admin().upload("/actuals?mode=partial", CSV, csv).expect(200);
    assert_eq!(counts(&answer), [3, 1, 0, 2]);
    assert_eq!(errors(&answer), [(1, "/value", "no_figure"), (2, "/period", "invalid_period")]);
    let lines: Vec<_> = (0..3).map(|index| answer["items"][index]["line"].as_i64()).collect();
    assert_eq!(lines, [Some(2), Some(6), Some(8)]);
    assert_eq!(only_actual(&app, "north")["note"], "三\n行\r\n备注");
}

#[test]
fn a_formula_in_a_csv_is_text_like_any_other() {
    let app = started();
    let formula = r#"=HYPERLINK("http://example.org","点我")"#;
    let csv = format!(
        "组织,指标,期间,数值,备注,完成单位\nnorth,households,2018-03,3,\"{}\",@SUM(A1)\n",
        formula.replace('"', "\"\"")
    );
    assert_eq!(counts(&app.admin().upload("/actuals", CSV, csv).expect(200)), [1, 1, 0, 0]);
    let actual = only_actual(&app, "north");
    assert_eq!((&actual["note"], &actual["performed_by"]), (&json!(formula), &json!("@SUM(A1)")));
    let csv = "组织,指标,期间,数值\n=1+1,households,2018-03,=SUM(A1:A9)\n";
    let problem = app.admin().upload("/actuals", CSV, csv).expect_problem(422, "batch_rejected");
    assert_eq!(errors(&problem), [(0, "/association", "unknown_association"), (0, "/value", "unclear_figure")]);
}

#[test]
fn defaults_stand_where_an_item_says_nothing_and_null_takes_them_away() {
    let app = started();
    let defaults = json!({
        "association": "north", "indicator": "households", "period": "2018-03", "note": "统一备注",
        "evidence": {"document": "总结", "quote": "脱贫"},
    });
    let items = json!([
        {"value": 1},
        {"value": 2, "association": "south", "period": "2018-04", "note": null, "evidence": {"quote": null}},
        {"value": 3, "period": null},
        {"value": 4, "evidence": null, "surprise": null},
        {"value": null},
    ]);
    let answer = app.admin().post("/actuals?mode=partial", json!({"defaults": defaults, "items": items})).expect(200);
    assert_eq!(counts(&answer), [5, 3, 0, 2]);
    assert_eq!(errors(&answer), [(2, "/period", "missing_field"), (4, "/value", "value_required")]);
    let south = only_actual(&app, "south");
    assert_eq!((&south["note"], &south["period"]), (&Value::Null, &json!("2018-04")));
    assert_eq!(south["evidence"], json!({"document": "总结"}));
    let plain = app.admin().post("/actuals", json!({"defaults": null, "items": [row("a", 1)]})).expect(200);
    assert_eq!(counts(&plain), [1, 1, 0, 0]);
    ledger::check(&app);
}

#[test]
fn a_malformed_line_does_not_harm_the_lines_around_it() {
    let app = started();
    let good = |id: &str| row(id, 1).to_string();
    let nested = format!("{{\"association\":{}1{}}}", "[".repeat(500), "]".repeat(500));
    let lines = [
        good("a"),
        "{\"association\": \"north\", ".to_owned(),
        String::new(),
        good("b"),
        "[1, 2]".to_owned(),
        "null".to_owned(),
        nested,
        "{} {}".to_owned(),
        good("c"),
    ];
    let text = format!("\u{feff}{}", lines.join("\r\n"));
    let answer = app.admin().upload("/actuals?mode=partial", NDJSON, text).expect(200);
    assert_eq!(counts(&answer), [8, 3, 0, 5]);
    let wrong: Vec<_> = errors(&answer).into_iter().map(|(index, _, code)| (index, code)).collect();
    let expected = [
        (1, "malformed_json"),
        (3, "wrong_type"),
        (4, "wrong_type"),
        (5, "wrong_type"),
        (5, "missing_field"),
        (6, "malformed_json"),
    ];
    assert_eq!(wrong, expected);
    let lines: Vec<_> = answer["items"].as_array().unwrap().iter().map(|item| item["line"].as_i64().unwrap()).collect();
    assert_eq!(lines, [1, 2, 4, 5, 6, 7, 8, 9]);
    ledger::check(&app);
}

#[test]
fn what_a_single_submission_refuses_by_name_a_row_refuses_too() {
    let app = started();
    let reporter = app.reporter_of("north");
    for (body, batch) in [
        (r#""value": 1, "value": 2"#, "a field that stands twice"),
        (r#""value": 1, "note": "a\u0000b""#, "a NUL"),
        (r#""value": 1, "indicators": "x""#, "an unknown field"),
        (r#""value": true"#, "a wrong type"),
        (r#""value": 1e30"#, "a number too large"),
        (r#""value": 1, "external_id": """#, "an empty key"),
    ] {
        let row = format!(r#"{{"indicator": "households", "period": "2018-03", {body}}}"#);
        let headers = [("Content-Type", "application/json")];
        let single = reporter.send("POST", "/api/v1/associations/north/actuals", &headers, &row);
        let told = |reply: &Value| (reply["errors"][0]["code"].clone(), reply["errors"][0]["detail"].clone());
        let single = match single.status {
            400 => (single.body["code"].clone(), single.body["detail"].clone()),
            _ => told(&single.body),
        };
        let row = row.replacen('{', r#"{"association": "north", "#, 1);
        for (content_type, text) in [
            (NDJSON, row.clone()),
            ("application/json", format!(r#"{{"items": [{row}]}}"#)),
            ("application/json", format!(r#"{{"defaults": {{"note": "x", "value": 9}}, "items": [{row}]}}"#)),
        ] {
            let problem = reporter.upload("/actuals", content_type, text).expect_problem(422, "batch_rejected");
            assert_eq!(told(&problem).0, single.0, "{batch} in {content_type}: {problem}");
        }
    }
    assert_eq!(stored(&app, "actuals"), 0);
}

#[test]
fn names_that_no_database_could_hold_are_unknown() {
    let app = started();
    for name in ["a\u{0}b", "", " ", "north\u{0}", "'; DROP TABLE actuals; --", "{north}", "%"] {
        for field in ["association", "indicator"] {
            let mut item = row("a", 1);
            item[field] = json!(name);
            let problem = app.admin().post("/actuals", json!({"items": [item]})).expect_problem(422, "batch_rejected");
            assert_eq!(errors(&problem), [(0, &*format!("/{field}"), &*format!("unknown_{field}"))], "{name:?}");
        }
    }
    let csv = "组织,指标,期间,数值\nnor\u{0}th,households,2018-03,1\n";
    app.admin().upload("/actuals", CSV, csv).expect_problem(422, "batch_rejected");
}

#[test]
fn what_cannot_be_read_as_a_whole_is_refused_in_both_modes_and_stores_nothing() {
    let app = started();
    let admin = app.admin();
    let good = row("a", 1).to_string();
    let head = "组织,指标,期间,数值\nnorth,households,2018-03,1\n";
    let many = format!(r#"{{"items": [{}]}}"#, vec!["{}"; 10_001].join(","));
    let json = "application/json";
    for (content_type, body, status, code) in [
        ("text/plain", good.clone(), 415, "unsupported_media_type"),
        ("application/vnd.ms-excel", good.clone(), 415, "unsupported_media_type"),
        ("", good.clone(), 415, "unsupported_media_type"),
        (json, String::new(), 400, "malformed_json"),
        (json, format!(r#"{{"items": [{good}]"#), 400, "malformed_json"),
        (json, format!("[{good}]"), 422, "invalid_body"),
        (json, format!(r#"{{"items": [{good}], "mode": "partial"}}"#), 422, "invalid_body"),
        (json, r#"{"items": {}}"#.to_owned(), 422, "invalid_body"),
        (json, r#"{"items": []}"#.to_owned(), 422, "no_rows"),
        (json, many, 413, "too_many_rows"),
        (NDJSON, " \n\n".to_owned(), 422, "no_rows"),
        (CSV, String::new(), 422, "no_rows"),
        (CSV, "组织,指标,期间,数值\n".to_owned(), 422, "no_rows"),
        (CSV, head.replace("数值", "数额"), 422, "unknown_column"),
        (CSV, head.replace("期间", "value"), 422, "duplicate_column"),
        (CSV, format!("{head}\"north,households"), 422, "unclosed_quote"),
    ] {
        for path in ["/actuals", "/actuals?mode=partial", "/actuals?dry_run=true"] {
            admin.upload(path, content_type, &body).expect_problem(status, code);
        }
    }
    let mut broken = head.as_bytes().to_vec();
    broken.extend(b"north,\xff\xff,2018-03,1\n");
    admin.upload("/actuals?mode=partial", CSV, broken).expect_problem(422, "undecodable_text");
    let headers = [("Content-Type", CSV), ("Content-Encoding", "gzip")];
    admin.send("POST", "/api/v1/actuals", &headers, head).expect_problem(415, "unsupported_media_type");
    admin.upload("/actuals?mode=half", CSV, head).expect_problem(400, "invalid_parameter");
    admin.upload("/actuals?dryrun=true", CSV, head).expect_problem(400, "invalid_parameter");
    assert_eq!((stored(&app, "actuals"), stored(&app, "actual_totals WHERE reported_count > 0")), (0, 0));
}

#[test]
fn a_row_above_the_limit_is_refused_alone() {
    let app = started();
    let long = "长".repeat(40_000);
    let mut item = row("long", 1);
    item["note"] = json!(long);
    let (first, last) = (row("a", 1).to_string(), row("b", 2).to_string());
    let ndjson = format!("{first}\n{item}\n{last}\n");
    let answer = app.admin().upload("/actuals?mode=partial", NDJSON, ndjson).expect(200);
    assert_eq!((counts(&answer), errors(&answer)), ([3, 2, 0, 1], vec![(1, "", "row_too_large")]));
    let csv = format!(
        "association,indicator,period,value,external_id,note\nnorth,households,2018-03,1,a,\n\
        north,households,2018-03,1,long,{long}\nnorth,households,2018-03,3,c,\n"
    );
    let answer = app.admin().upload("/actuals?mode=partial", CSV, csv).expect(200);
    assert_eq!((counts(&answer), errors(&answer)), ([3, 1, 1, 1], vec![(1, "", "row_too_large")]));
    assert!(answer.to_string().len() < 2_000, "the row is not echoed");
    ledger::check(&app);
}

#[test]
fn of_a_row_with_many_unknown_fields_only_the_first_are_named() {
    let app = started();
    let unknown: Vec<_> = (0..2_000).map(|number| format!("\"field-{number}\": 1")).collect();
    let line = format!("{{\"association\": \"nobody\", \"indicator\": \"households\", {}}}\n", unknown.join(", "));
    let problem = app.admin().upload("/actuals", "application/x-ndjson", line).expect_problem(422, "batch_rejected");
    let wrong = errors(&problem);
    assert_eq!((wrong.len(), wrong[0]), (11, (0, "/association", "unknown_association")), "{wrong:?}");
}
