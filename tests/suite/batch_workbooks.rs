//! Batches as `.xlsx`: cells are named, and what is no workbook does no harm.

use std::io::Write;

use rust_xlsxwriter::Workbook;
use serde_json::{Value, json};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use crate::support::batch::{XLSX, counts, errors, row, started, stored, workbook};
use crate::support::ledger;

const HEAD: &[&str] = &["备注", "组织", "指标", "期间", "数值", "外部编号"];

/// Pointer, code and cell of everything that is wrong.
fn cells(answer: &Value) -> Vec<(String, String, String)> {
    let items = answer["items"].as_array().expect("items").iter();
    let errors = items.flat_map(|item| item["errors"].as_array().into_iter().flatten());
    let text = |error: &Value, name: &str| error[name].as_str().unwrap_or("–").to_owned();
    errors.map(|error| (text(error, "pointer"), text(error, "code"), text(error, "cell"))).collect()
}

fn told(expected: &[(&str, &str, &str)]) -> Vec<(String, String, String)> {
    expected.iter().map(|(a, b, c)| ((*a).to_owned(), (*b).to_owned(), (*c).to_owned())).collect()
}

#[test]
fn what_is_wrong_is_named_by_its_cell() {
    let app = started();
    let book = workbook(&[
        HEAD,
        &["", "north", "households", "2018-03", "5", "a"],
        &[],
        &["", "nowhere", "households", "2018-03", "5", ""],
        &["", "north", "nothing", "2018-13", "5", ""],
        &["", "north", "households", "2018-13", "5", ""],
        &["", "north", "households", "2018-03", "很多", ""],
        &["", "", "households", "2018-03", "5", ""],
    ]);
    let answer = app.admin().upload("/actuals?mode=partial", XLSX, &book).expect(200);
    assert_eq!(counts(&answer), [6, 1, 0, 5]);
    let expected = [
        ("/association", "unknown_association", "B4"),
        ("/indicator", "unknown_indicator", "C5"),
        ("/period", "invalid_period", "D5"),
        ("/period", "invalid_period", "D6"),
        ("/value", "no_figure", "E7"),
        ("/association", "missing_field", "B8"),
    ];
    assert_eq!(cells(&answer), told(&expected));
    assert_eq!(answer["items"][1]["line"], 4);
    ledger::check(&app);
}

#[test]
fn what_is_wrong_only_among_the_others_is_named_by_its_cell_too() {
    let app = started();
    app.admin().post("/actuals", json!({"items": [row("stored", 1)]})).expect(200);
    app.admin().put("/locks/2017", json!({"closed_through": "2017-12-31", "reason": "考核"})).expect(200);
    app.association("gone", None);
    app.admin().patch("/associations/gone", json!({"status": "dissolved"})).expect(200);
    let book = workbook(&[
        HEAD,
        &["", "north", "households", "2018-03", "5", "twice"],
        &["", "north", "households", "2018-03", "2", "stored"],
        &["", "north", "households", "2018-03", "6", "twice"],
        &["", "north", "households", "2017-03", "6", ""],
        &["", "gone", "households", "2018-03", "6", ""],
    ]);
    let problem = app.admin().upload("/actuals", XLSX, &book).expect_problem(422, "batch_rejected");
    let expected = [
        ("/external_id", "repeated_in_batch", "F2"),
        ("/external_id", "external_id_conflict", "F3"),
        ("/external_id", "repeated_in_batch", "F4"),
        ("/period", "period_closed", "D5"),
        ("/association", "association_dissolved", "B6"),
    ];
    assert_eq!(cells(&problem), told(&expected));
    assert_eq!(problem["errors"][0]["cell"], "F2");
    let book = workbook(&[
        &["年度", "组织", "指标", "数值"],
        &["2018", "north", "households", "7"],
        &["2019", "north", "households", "7"],
        &["2019", "north", "households", "8"],
    ]);
    let problem = app.admin().upload("/targets", XLSX, &book).expect_problem(422, "batch_rejected");
    let expected = [
        ("/reason", "reason_required", "–"),
        ("/indicator", "repeated_in_batch", "C3"),
        ("/indicator", "repeated_in_batch", "C4"),
    ];
    assert_eq!(cells(&problem), told(&expected));
}

#[test]
fn the_sheet_that_is_asked_for_is_read() {
    let app = started();
    let mut book = Workbook::new();
    for (name, value) in [("说明", 1.0), ("填报", 2.0)] {
        let sheet = book.add_worksheet().set_name(name).unwrap();
        for (column, text) in (0..).zip(["组织", "指标", "期间", "数值"]) {
            sheet.write_string(0, column, text).unwrap();
        }
        for (column, text) in (0..).zip(["north", "households", "2018-03"]) {
            sheet.write_string(1, column, text).unwrap();
        }
        sheet.write_number(1, 3, value).unwrap();
    }
    book.add_worksheet().set_name("空").unwrap();
    let book = book.save_to_buffer().unwrap();
    let admin = app.admin();
    assert_eq!(counts(&admin.upload("/actuals?sheet=%E5%A1%AB%E6%8A%A5", XLSX, &book).expect(200)), [1, 1, 0, 0]);
    let actual = admin.get("/associations/north/actuals").expect(200)["items"][0].clone();
    assert_eq!(actual["value"], 2);
    let problem = admin.upload("/actuals?sheet=nothing", XLSX, &book).expect_problem(422, "unknown_sheet");
    assert!(problem["detail"].as_str().unwrap().contains("说明, 填报, 空"), "{problem}");
    admin.upload("/actuals?sheet=%E7%A9%BA", XLSX, &book).expect_problem(422, "no_rows");
}

#[test]
fn what_is_no_workbook_or_too_much_of_one_is_refused() {
    let app = started();
    let admin = app.admin();
    let wide: Vec<_> = (0..300).map(|_| "x").collect();
    let wide = workbook(&[HEAD, &wide]);
    let mut zip = ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for name in ["_rels/.rels", "xl/worksheets/sheet1.xml"] {
        zip.start_file(name, SimpleFileOptions::default()).unwrap();
        let zeros = vec![b' '; 1024 * 1024];
        (0..if name.starts_with("xl") { 64 } else { 0 }).for_each(|_| zip.write_all(&zeros).unwrap());
    }
    let bomb = zip.finish().unwrap().into_inner();
    assert!(bomb.len() < 200_000, "{}", bomb.len());
    let good = workbook(&[HEAD, &["", "north", "households", "2018-03", "5", "a"]]);
    for (name, body, status, code) in [
        ("300 columns", wide, 413, "spreadsheet_too_large"),
        ("a zip bomb", bomb, 413, "spreadsheet_too_large"),
        ("text", "组织,指标\nnorth,households\n".into(), 422, "malformed_spreadsheet"),
        ("nothing", Vec::new(), 422, "malformed_spreadsheet"),
        ("half of one", good[..good.len() / 2].to_vec(), 422, "malformed_spreadsheet"),
        ("an empty sheet", workbook(&[]), 422, "no_rows"),
        ("only a header", workbook(&[HEAD]), 422, "no_rows"),
        ("an unknown column", workbook(&[&["组织", "工资"], &["north", "1"]]), 422, "unknown_column"),
    ] {
        for path in ["/actuals", "/actuals?mode=partial"] {
            let reply = admin.upload(path, XLSX, &body);
            assert_eq!(reply.body["code"], code, "{name}: {}", reply.text);
            reply.expect_problem(status, code);
        }
    }
    let csv_type = admin.upload("/actuals", "text/csv", &good);
    assert_eq!(csv_type.status, 422, "{}", csv_type.text);
    assert_eq!(stored(&app, "actuals"), 0);
    let beyond = workbook(&[&["组织", "指标", "期间", "数值"], &["north", "households", "2018-03", "5", "多余"]]);
    let problem = admin.upload("/actuals", XLSX, &beyond).expect_problem(422, "batch_rejected");
    assert_eq!(errors(&problem), [(0, "", "cell_without_header")]);
}

#[test]
fn a_row_that_is_wrong_in_several_cells_names_them_all_and_none_twice() {
    let app = started();
    let file = workbook(&[
        &["组织", "指标", "期间", "数值", "单位", "备注"],
        &["nobody", "nothing", "2018-13", "7", "", ""],
        &["north", "households", "2018-13", "很多", "", &"长".repeat(2001)],
        &["nobody", "households", "2019-01", "3", "头", ""],
        &["north", "households", "", "很多", "", ""],
        &["north", "households", "2018-03", "", "", ""],
    ]);
    let problem = app.admin().upload("/actuals", XLSX, file).expect_problem(422, "batch_rejected");
    let cells: Vec<_> = problem["items"]
        .as_array()
        .expect("items")
        .iter()
        .map(|item| {
            let errors = item["errors"].as_array().expect("errors").iter();
            errors.map(|error| error["cell"].as_str().unwrap_or("-").to_owned()).collect::<Vec<_>>().join(" ")
        })
        .collect();
    assert_eq!(cells, ["A2 B2 C2", "C3 F3 D3", "A4 C4 E4", "C5 D5", "D6"], "{problem}");
}
