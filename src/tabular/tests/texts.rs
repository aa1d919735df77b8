//! JSON, NDJSON and CSV.

use std::io::{self, Read, Seek, SeekFrom};

use encoding_rs::GB18030;

use super::*;

const CHINESE: &str =
    "组织,指标,期间,数值,备注\nchuzhou,households,2018-Q1,三十一户,脱贫攻坚：一季度验收，共82户195人\n";

const READ: &str = r#"{"association":"chuzhou","indicator":"households","note":"脱贫攻坚：一季度验收，共82户195人","period":"2018-Q1","value":"三十一户"}"#;

fn utf_16(text: &str, bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
    format!("\u{feff}{text}").encode_utf16().flat_map(bytes).collect()
}

#[test]
fn a_csv_file_is_read_in_every_usual_encoding() {
    let with_mark = format!("\u{feff}{CHINESE}");
    let files = [
        CHINESE.as_bytes().to_vec(),
        with_mark.into_bytes(),
        GB18030.encode(CHINESE).0.into_owned(),
        utf_16(CHINESE, u16::to_le_bytes),
        utf_16(CHINESE, u16::to_be_bytes),
    ];
    for file in files {
        assert_eq!(objects(file, Format::Csv), [READ]);
    }
}

#[test]
fn a_late_byte_tells_the_encoding() {
    let text = format!("association,note\n{}chuzhou,滁州\n", "chuzhou,Chuzhou\n".repeat(20_000));
    let rows = objects(GB18030.encode(&text).0.into_owned(), Format::Csv);
    assert_eq!(rows.last().map(String::as_str), Some(r#"{"association":"chuzhou","note":"滁州"}"#));
}

#[test]
fn text_in_no_known_encoding_is_refused_with_its_line() {
    let mut file = CHINESE.as_bytes().to_vec();
    file.extend(b"chuzhou,\xff\xff\n");
    let (code, detail) = refusal(file, Format::Csv);
    assert_eq!(code, "undecodable_text");
    assert!(detail.starts_with("Line 3 "), "{detail}");
    let half_a_pair = [b"\xff\xfe".as_slice(), b"a\0\n\0\x00\xd8a\0"].concat();
    assert_eq!(refusal(half_a_pair, Format::Csv).0, "undecodable_text");
}

#[test]
fn numbers_keep_every_digit() {
    let file =
        "value,numerator,denominator\n626.1200,\"1,234.50\",１２３\n1.1万人次,\"1,23\",12%\n\"1,234\",-0.5,1e2\n";
    let expected = [
        r#"{"denominator":123,"numerator":1234.50,"value":626.1200}"#,
        r#"{"denominator":"12%","numerator":"1,23","value":"1.1万人次"}"#,
        r#"{"denominator":1e2,"numerator":-0.5,"value":"1,234"}"#,
    ];
    assert_eq!(objects(file, Format::Csv), expected);
}

#[test]
fn every_kind_of_column_becomes_its_json() {
    let file = "组织,年度,数值,是否约数,界限,周期,完成期限,进度计划,baseline.year,基数,来源原文\n\
                fx,2007,2000,是,不少于,每月,2007/12/31,\"0, 0.5、1\",2006,118,\"不少于\"\"2000\"\"人次\"\n\
                fx,2007年,2000,也许,大于,month,明年,0 0.5 x,,,\n";
    let rows = all(file, Format::Csv, targets()).expect("rows");
    let expected = [
        r#"{"approximate":true,"association":"fx","baseline":{"value":118,"year":2006},"bound":"at_least","due_on":"2007-12-31","per":"month","plan":[0,0.5,1],"source":{"quote":"不少于\"2000\"人次"},"value":2000,"year":2007}"#,
        r#"{"approximate":"也许","association":"fx","bound":"大于","due_on":"明年","per":"month","plan":"0 0.5 x","value":2000,"year":"2007年"}"#,
    ];
    assert_eq!(rows.iter().map(object).collect::<Vec<_>>(), expected);
}

#[test]
fn a_period_that_a_spreadsheet_may_have_made_of_another_is_none() {
    let file = "期间\n2018.1\n2018/10/1\n2018/10/15\n2018.10\n2018.2\n2018.10.1\n";
    let expected = [
        "/period ambiguous_period 2018.1",
        "/period ambiguous_period 2018/10/1",
        r#"{"period":"2018/10/15"}"#,
        r#"{"period":"2018.10"}"#,
        r#"{"period":"2018.2"}"#,
        r#"{"period":"2018.10.1"}"#,
    ];
    assert_eq!(objects(file, Format::Csv), expected);
    let rows = all(file, Format::Csv, OPTIONS).expect("rows");
    let allowed = |row: &Row| row.object.as_ref().expect_err("ambiguous")[0].allowed.clone();
    assert_eq!(allowed(&rows[0]), Some("2018-01, 2018-10".into()));
    assert_eq!(allowed(&rows[1]), Some("2018, 2018-Q4, 2018-10, {from, to}".into()));
}

#[test]
fn dotted_columns_nest_and_stand_for_one_thing() {
    let file =
        "evidence.url,period.to,note,evidence.document,period.from\nhttps://a.cn,2018-02-01,n,总结,2018-01-01\n,,n,,\n";
    let expected = [
        r#"{"evidence":{"document":"总结","url":"https://a.cn"},"note":"n","period":{"from":"2018-01-01","to":"2018-02-01"}}"#,
        r#"{"note":"n"}"#,
    ];
    assert_eq!(objects(file, Format::Csv), expected);
    let both = "period,period.from\n2018,2018-01-01\n2018,\n";
    let rows = objects(both, Format::Csv);
    assert_eq!(rows, ["/period/from conflicting_cells period, period.from", r#"{"period":"2018"}"#]);
}

#[test]
fn semicolons_and_tabs_part_columns_as_well() {
    for delimiter in [",", ";", "\t"] {
        let file = ["组织", "数值\nchuzhou", "31\n"].join(delimiter);
        assert_eq!(objects(file, Format::Csv), [r#"{"association":"chuzhou","value":31}"#], "{delimiter:?}");
    }
}

#[test]
fn rows_are_named_by_the_line_they_begin_in_and_empty_ones_do_not_count() {
    let file = "value,note\r\n1,\"a\r\nb\"\r\n\r\n , \r\n2,\"c\nd\"\r\n3\r\n";
    let rows = all(file, Format::Csv, OPTIONS).expect("rows");
    assert_eq!(
        rows.iter().map(|row| (row.index, row.line)).collect::<Vec<_>>(),
        [(0, Some(2)), (1, Some(6)), (2, Some(8))]
    );
    assert_eq!(object(&rows[0]), r#"{"note":"a\r\nb","value":1}"#);
    assert_eq!(cell(&rows[0], "/value"), None);
}

#[test]
fn a_row_may_be_short_but_not_long() {
    let rows = objects("value,note\n1\n2,b,,\n3,c,d\n", Format::Csv);
    assert_eq!(rows, [r#"{"value":1}"#, r#"{"note":"b","value":2}"#, "cell_without_header d"]);
}

#[test]
fn of_many_things_wrong_with_a_row_the_first_are_told() {
    let wide = format!("value\n{}\n", vec!["x"; 400].join(","));
    let rows = all(wide, Format::Csv, OPTIONS).expect("rows");
    let wrong = rows[0].object.as_ref().expect_err("violations");
    assert_eq!(wrong.len(), 1, "{wrong:?}");
    assert_eq!(wrong[0].allowed, Some("B, C, D, E, F, G, H, I, J, K …".into()));
    let two = all("value\n1,x,,y\n", Format::Csv, OPTIONS).expect("rows");
    let wrong = two[0].object.as_ref().expect_err("violations");
    assert_eq!((&wrong[0].given, &wrong[0].allowed), (&Some("x, y".into()), &Some("B, D".into())));

    let (code, detail) = refusal(format!("value{}\n1\n", ",".repeat(256)), Format::Csv);
    assert_eq!((code.as_str(), detail.as_str()), ("unknown_column", "There is no column IW; allowed: 256 columns."));
    assert_eq!(objects(format!("value{}\n1\n", ",".repeat(255)), Format::Csv), [r#"{"value":1}"#]);
}

#[test]
fn a_header_names_each_field_once_and_no_other() {
    assert_eq!(
        refusal("value,数值\n1,2\n", Format::Csv),
        ("duplicate_column".into(), "The columns value, 数值 say the same; keep one of them.".into())
    );
    let (code, detail) = refusal("value,金额,Unit\n1,2,3\n", Format::Csv);
    assert_eq!(code, "unknown_column");
    assert!(
        detail.starts_with("There is no column 金额, Unit; allowed: 组织 association, 指标 indicator,"),
        "{detail}"
    );
}

#[test]
fn a_file_without_rows_is_refused() {
    for file in ["", "\u{feff}", "\n\n", "value\n", "value\n\n , \n", "计划目标,value\n94户,\n"] {
        assert_eq!(refusal(file, Format::Csv).0, "no_rows", "{file:?}");
    }
    assert_eq!(refusal("\n \n", Format::Ndjson).0, "no_rows");
    assert_eq!(refusal(r#"{"items": []}"#, Format::Json).0, "no_rows");
}

#[test]
fn a_row_too_large_is_left_and_the_next_one_read() {
    let long = "长".repeat(1000);
    let rows = objects(format!("value,note\n1,{long}\n2,b\n"), Format::Csv);
    assert_eq!(rows, ["row_too_large", r#"{"note":"b","value":2}"#]);
    let rows = objects(format!("{{\"note\":\"{long}\"}}\n{{\"value\":2}}"), Format::Ndjson);
    assert_eq!(rows, ["row_too_large", r#"{"value":2}"#]);
    assert_eq!(refusal(format!("value,{long}\n1,2"), Format::Csv).0, "invalid_body");
}

#[test]
fn a_quote_that_is_never_closed_ends_the_file_with_its_line() {
    let file = format!("value,note\n1,a\n2,\"b\n{}", "3,c\n".repeat(10_000));
    assert_eq!(
        refusal(file, Format::Csv),
        ("unclosed_quote".into(), "A quote opens in line 3 and is never closed.".into())
    );
}

#[test]
fn apostrophes_that_guard_against_formulas_are_taken_off() {
    let rows = objects("note\n'=1+1\n'@a\n'那个\n''=x\n'\n", Format::Csv);
    let expected = ["=1+1", "@a", "'那个", "'=x", "'"].map(|note| format!(r#"{{"note":"{note}"}}"#));
    assert_eq!(rows, expected);
}

#[test]
fn rows_of_a_form_that_were_not_filled_in_are_left_out() {
    let form = "指标,计划目标（勿填）,数值,分子,分母\nhouseholds,94户,,,\npeople,,0,,\nrate,,,43,\n";
    let rows = objects(form, Format::Csv);
    assert_eq!(rows, [r#"{"indicator":"people","value":0}"#, r#"{"indicator":"rate","numerator":43}"#]);
    assert_eq!(objects("指标,数值\nhouseholds,\n", Format::Csv), [r#"{"indicator":"households"}"#]);
}

#[test]
fn more_rows_than_allowed_end_the_file() {
    let options = || Options { max_rows: 2, ..OPTIONS };
    let mut rows = read(Cursor::new("value\n1\n2\n3\n4\n"), Format::Csv, options()).expect("rows");
    assert!(rows.next().is_some_and(|row| row.is_ok()) && rows.next().is_some_and(|row| row.is_ok()));
    assert!(rows.next().is_some_and(|row| row.is_err_and(|error| error.code().as_ref() == "too_many_rows")));
    assert!(rows.next().is_none());
    assert_eq!(refusal_with(r#"{"items":[{},{},{}]}"#, Format::Json, options()).0, "too_many_rows");
}

#[test]
fn a_line_of_ndjson_stands_for_itself() {
    let file =
        b"\xef\xbb\xbf{\"value\": 626.1200}\r\n\n{\"value\":}\n[1]\n{\"note\": \"\xff\"}\n{} {}\n {\"value\": 2}";
    let rows = all(file.as_slice(), Format::Ndjson, OPTIONS).expect("rows");
    let expected = [
        (1, r#"{"value": 626.1200}"#),
        (3, "malformed_json expected value at column 10"),
        (4, "wrong_type [1]"),
        (5, "invalid_value byte 11 of the line"),
        (6, "malformed_json trailing characters at column 4"),
        (7, r#"{"value": 2}"#),
    ];
    assert_eq!(
        rows.iter().map(|row| (row.line.expect("a line"), object(row))).collect::<Vec<_>>(),
        expected.map(|(line, text)| (line, text.to_owned()))
    );
}

#[test]
fn items_of_a_document_are_merged_over_its_defaults() {
    let file = r#"{"defaults": {"association": "chuzhou", "evidence": {"document": "d", "url": "u"}},
        "items": [{"value": 1.50}, {"association": "fx", "evidence": {"url": null}}, 5]}"#;
    let expected = [
        r#"{"association":"chuzhou","evidence":{"document": "d", "url": "u"},"value":1.50}"#,
        r#"{"association":"fx","evidence":{"document":"d"}}"#,
        "wrong_type 5",
    ];
    assert_eq!(objects(file, Format::Json), expected);
    assert_eq!(objects(r#"{"items": [{ "value": 1.50 }]}"#, Format::Json), [r#"{ "value": 1.50 }"#]);
}

#[test]
fn an_item_is_no_larger_than_a_row_also_with_its_defaults() {
    let (half, other) = ("a".repeat(600), "b".repeat(600));
    let file = format!(r#"{{"defaults": {{"note": "{half}"}}, "items": [{{"unit": "{other}"}}, {{"note": "c"}}]}}"#);
    assert_eq!(objects(file, Format::Json), ["row_too_large", r#"{"note":"c"}"#]);
}

#[test]
fn a_document_is_defaults_and_items_and_nothing_else() {
    for (file, violation) in [
        (r#"{"items": [{}], "dry_run": true}"#, "/dry_run unknown_field dry_run"),
        (r#"{"defaults": {}}"#, "/items missing_field items"),
        (r#"{"items": {}}"#, "/items wrong_type {}"),
        (r#"{"items": [{}], "defaults": [1]}"#, "/defaults wrong_type [1]"),
        ("[{}]", "wrong_type [{}]"),
    ] {
        let error = all(file, Format::Json, OPTIONS).expect_err(file);
        assert_eq!(error.violations().iter().map(super::violation).collect::<Vec<_>>(), [violation], "{file}");
    }
    assert_eq!(refusal("{", Format::Json).0, "malformed_json");
    assert_eq!(refusal(" ".repeat(33 << 20), Format::Json).0, "body_too_large");
    let deep = format!("{}1{}", r#"{"a":"#.repeat(200), "}".repeat(200));
    let rows = all(
        format!(r#"{{"defaults": {deep}, "items": [{deep}]}}"#),
        Format::Json,
        Options { row_limit: 10_000, ..OPTIONS },
    );
    assert_eq!(object(&rows.expect("rows")[0]), "malformed_json it is nested too deeply");
}

/// A file of many rows that is never in memory as a whole.
struct Endless {
    header: &'static [u8],
    line: &'static [u8],
    lines: usize,
    at: usize,
}

impl Read for Endless {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.header.len() + self.line.len() * self.lines;
        let count = buffer.len().min(length - self.at);
        for byte in &mut buffer[..count] {
            *byte = match self.at.checked_sub(self.header.len()) {
                None => self.header[self.at],
                Some(at) => self.line[at % self.line.len()],
            };
            self.at += 1;
        }
        Ok(count)
    }
}

impl Seek for Endless {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let SeekFrom::Start(at) = to else { return Err(io::ErrorKind::Unsupported.into()) };
        self.at = at.try_into().expect("a position");
        Ok(at)
    }
}

#[test]
fn two_hundred_thousand_rows_are_read_as_a_stream() {
    let options = || Options { max_rows: 1_000_000, ..OPTIONS };
    let csv = Endless {
        header: "组织,数值,备注\n".as_bytes(),
        line: "chuzhou,31.5,一季度\n".as_bytes(),
        lines: 200_000,
        at: 0,
    };
    let ndjson = Endless { header: b"", line: b"{\"value\": 31.5}\n", lines: 200_000, at: 0 };
    for (file, format) in [(csv, Format::Csv), (ndjson, Format::Ndjson)] {
        let rows = read(file, format, options()).expect("rows");
        assert_eq!(rows.filter(|row| row.as_ref().is_ok_and(|row| row.object.is_ok())).count(), 200_000);
    }
}
