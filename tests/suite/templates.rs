//! The form in which an association reports: what stands in it, and that it comes back as it was meant.

use std::collections::BTreeMap;

use kpi::auth::Role;
use serde_json::{Value, json};

use crate::support::workbook::{Typed, fill_in};
use crate::support::{App, Person, Reply, demo, ledger};

const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/// The demo's associations, indicators and plans of 奉贤, and nothing reported.
fn planned() -> App {
    let app = App::start();
    app.set_day(2007, 10, 8);
    demo::define(&app);
    let targets = demo::rows("targets").into_iter().filter(|target| target["association"] == "fengxian");
    app.admin().post("/targets", json!({"items": targets.collect::<Vec<_>>()})).expect(200);
    app
}

/// What the demo reports for 奉贤 in 2007, by the period the form can say. What stands at the end of several months is
/// reported in the last of them.
fn reported() -> BTreeMap<String, Vec<Value>> {
    let mut by_period: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for actual in demo::rows("actuals").into_iter().filter(|actual| actual["association"] == "fengxian") {
        let period = match &actual["period"] {
            Value::String(period) => period.clone(),
            days => days["to"].as_str().expect("a day")[..7].to_owned(),
        };
        if period.starts_with("2007") {
            by_period.entry(period).or_default().push(actual);
        }
    }
    by_period
}

struct Form {
    workbook: Vec<u8>,
    /// The table as CSV, header and all.
    lines: Vec<Vec<String>>,
}

impl Form {
    fn of(person: &Person, association: &str, year: i16) -> Self {
        let path = format!("/templates/actuals?association={association}&year={year}");
        let table = person.get(&format!("{path}&format=csv"));
        let lines = csv::ReaderBuilder::new()
            .has_headers(false)
            .from_reader(table.text.trim_start_matches('\u{feff}').as_bytes());
        let lines = lines.into_records().map(|line| line.expect("a line").iter().map(ToOwned::to_owned).collect());
        Self { workbook: person.download(&format!("/api/v1{path}")).1, lines: lines.collect() }
    }

    fn line(&self, indicator: &str) -> &[String] {
        self.lines.iter().find(|line| line[1] == indicator).unwrap_or_else(|| panic!("no line {indicator}"))
    }

    /// The cell of an indicator in a column.
    fn cell(&self, indicator: &Value, column: char) -> String {
        let row = self.lines.iter().position(|line| indicator == line[1].as_str());
        format!("{column}{}", row.unwrap_or_else(|| panic!("no line {indicator}")) + 1)
    }

    /// Filled in with these actuals, for this period.
    fn filled_in(&self, period: &str, actuals: &[Value]) -> Vec<u8> {
        let mut cells = Vec::new();
        for actual in actuals {
            let mut put = |column, typed| cells.push((self.cell(&actual["indicator"], column), typed));
            put('F', Typed::Text(period.to_owned()));
            for (field, column) in [("value", 'G'), ("numerator", 'H'), ("denominator", 'I')] {
                match &actual[field] {
                    Value::Null => {}
                    Value::String(text) => put(column, Typed::Text(text.clone())),
                    number => put(column, Typed::Number(number.to_string())),
                }
            }
            for (field, column) in [("unit", 'J'), ("note", 'P')] {
                if let Some(text) = actual[field].as_str() {
                    put(column, Typed::Text(text.to_owned()));
                }
            }
        }
        fill_in(&self.workbook, &cells)
    }
}

fn counts(reply: Reply) -> (i64, i64, i64) {
    let answer = reply.expect(200);
    let count = |name: &str| answer["counts"][name].as_i64().expect("a count");
    assert_eq!(count("rejected"), 0, "{answer}");
    (count("received"), count("created"), count("unchanged"))
}

/// Indicator, rate and met of every line.
fn rates(app: &App) -> Vec<[Value; 4]> {
    let completion = app.admin().get("/associations/fengxian/completion/2007").expect(200);
    let line = |line: &Value| {
        [&line["indicator"]["code"], &line["actual"]["value"], &line["rate"], &line["met"]].map(Clone::clone)
    };
    completion["lines"].as_array().expect("lines").iter().map(line).collect()
}

#[test]
fn a_form_filled_in_from_the_document_imports_and_is_unchanged_the_second_time() {
    let app = planned();
    let reporter = app.reporter_of("fengxian");
    // One form serves every period of the year.
    let form = Form::of(&reporter, "fengxian", 2007);
    let mut sent = 0;
    for (period, actuals) in reported() {
        let file = form.filled_in(&period, &actuals);
        let rows = i64::try_from(actuals.len()).expect("a number");
        assert_eq!(counts(reporter.upload("/actuals", XLSX, &file)), (rows, rows, 0), "{period}");
        assert_eq!(counts(reporter.upload("/actuals", XLSX, &file)), (rows, 0, rows), "{period}, again");
        sent += rows;
    }
    assert!(sent > 80, "{sent}");
    ledger::check(&app);

    let loaded = App::start();
    loaded.set_day(2019, 12, 31);
    loaded.load_demo();
    loaded.set_day(2007, 10, 8);
    assert_eq!(rates(&app), rates(&loaded));
}

#[test]
fn only_what_was_filled_in_is_imported() {
    let app = planned();
    let reporter = app.reporter_of("fengxian");
    let form = Form::of(&reporter, "fengxian", 2007);
    reporter.upload("/actuals", XLSX, &form.workbook).expect_problem(422, "no_rows");
    let actuals = [
        json!({"indicator": "patent-applications", "value": "近70件"}),
        json!({"indicator": "state-projects", "value": 0}),
    ];
    assert_eq!(counts(reporter.upload("/actuals", XLSX, form.filled_in("2007-04", &actuals))), (2, 2, 0));
    let stored = reporter.get("/associations/fengxian/actuals?year=2007").expect(200);
    let stored: Vec<_> = stored["items"].as_array().expect("items").iter().collect();
    let said =
        |item: &Value| [&item["indicator"], &item["value"], &item["qualifier"], &item["external_id"]].map(Clone::clone);
    let mut said: Vec<_> = stored.into_iter().map(said).collect();
    said.sort_by_key(|item| item[0].to_string());
    let patents = [json!("patent-applications"), json!(70), json!("about"), json!("form/patent-applications/2007-04")];
    let projects = [json!("state-projects"), json!(0), json!("exact"), json!("form/state-projects/2007-04")];
    assert_eq!(said, [patents, projects]);

    let corrected = form.filled_in("2007-04", &[json!({"indicator": "state-projects", "value": 1})]);
    let problem = reporter.upload("/actuals", XLSX, corrected).expect_problem(422, "batch_rejected");
    assert_eq!(problem["errors"][0]["code"], "external_id_conflict", "{problem}");
}

#[test]
fn a_figure_of_a_form_is_the_same_one_however_its_indicator_and_period_are_written() {
    let app = planned();
    let reporter = app.reporter_of("fengxian");
    let form = |indicator: &str, period: &str| {
        format!("组织,指标,计划目标（勿填）,期间,开始日期,结束日期,数值\nfengxian,{indicator},,{period},70\n")
    };
    let csv = |file: String| counts(reporter.upload("/actuals", "text/csv", file));
    let line = Form::of(&reporter, "fengxian", 2007).line("patent-applications").to_vec();
    assert_eq!(csv(form("patent-applications", "2007-Q1,,")), (1, 1, 0));
    for (indicator, period) in [
        ("patent-applications", "2007年第一季度,,"),
        (line[2].as_str(), "2007-Q1,,"),
        ("patent-applications", ",2007-01-01,2007/3/31"),
    ] {
        assert_eq!(csv(form(indicator, period)), (1, 0, 1), "{indicator} {period}");
    }
    assert_eq!(csv(form("patent-applications", "2007-Q2,,")), (1, 1, 0), "a period of its own");
    ledger::check(&app);
}

#[test]
fn a_form_says_what_is_planned_and_reported_in_words() {
    let app = App::start();
    app.association("city", None);
    for (code, fields) in [
        ("training", json!({"name": "培训人次", "unit": "人次"})),
        ("firms", json!({"unit": "家"})),
        ("news", json!({"unit": "条"})),
        ("share", json!({"unit": "%", "value_type": "percentage", "accumulation": "ratio"})),
        ("charter", json!({"unit": "项", "value_type": "milestone", "accumulation": "latest"})),
        ("last-year", json!({})),
        ("withdrawn", json!({})),
        ("next-year", json!({})),
    ] {
        app.indicator_with(code, fields);
    }
    let admin = app.admin();
    for (year, code, target) in [
        (2018, "training", json!({"expression": "不少于2000人次"})),
        (2018, "firms", json!({"expression": "1-2家"})),
        (2018, "news", json!({"expression": "每月报送50条"})),
        (2018, "share", json!({"value": 95})),
        (2018, "charter", json!({})),
        (2018, "withdrawn", json!({"value": 5})),
        (2019, "next-year", json!({"value": 5})),
    ] {
        admin.put(&format!("/associations/city/targets/{year}/{code}"), target).expect(201);
    }
    admin.delete("/associations/city/targets/2018/withdrawn?reason=r").expect(204);
    for actual in [
        json!({"indicator": "training", "value": "近300人次", "period": "2018-Q1"}),
        json!({"indicator": "share", "numerator": 43, "denominator": 50, "period": "2018-03"}),
        json!({"indicator": "last-year", "value": 1, "period": "2017"}),
    ] {
        admin.post("/associations/city/actuals", actual).expect(201);
    }
    let form = Form::of(&app.person(Role::Viewer, Some("city")), "city", 2018);
    let said: Vec<_> =
        form.lines.iter().skip(1).map(|line| [line[1].as_str(), &line[3], &line[4], &line[5], &line[9]]).collect();
    assert_eq!(
        said,
        [
            ["charter", "完成", "", "2018-06", "项"],
            ["firms", "1-2家", "", "2018-06", "家"],
            ["last-year", "", "", "2018-06", "户"],
            ["news", "每月50条", "", "2018-06", "条"],
            ["share", "不少于95%", "86%（截至2018-03-31）", "2018-06", "%"],
            ["training", "不少于2000人次", "约300人次（截至2018-03-31）", "2018-06", "人次"],
        ]
    );
    assert_eq!(form.line("training")[2], "培训人次");
    assert!(form.lines.iter().skip(1).all(|line| line[6].is_empty() && line[11].is_empty()));
}

#[test]
fn the_period_of_a_form_is_the_one_to_report_and_blank_where_nothing_says_which() {
    let app = App::start();
    app.association("city", None);
    app.association("town", Some("city"));
    app.indicator("people", "户");
    app.indicator("firms", "家");
    for year in 2017..=2019 {
        app.target("city", year, "people", 94);
        app.target("city", year, "firms", 5);
    }
    app.report("city", "people", "2017-Q1", 20);
    let reporter = app.reporter_of("city");
    let period = |year, indicator| Form::of(&reporter, "city", year).line(indicator)[5].clone();
    let now = |expected: &str| {
        assert_eq!([period(2018, "people"), period(2018, "firms")], [expected; 2]);
        let page = app.visitor_with_key_of(&reporter).get("/report/city/2018").expect(200);
        assert!(page.contains(&format!("name=\"period\" value=\"{expected}\"")), "{page}");
    };
    now("2018-06");
    let schedule = |fields: Value| app.admin().put("/reporting/2018/schedule", fields);
    schedule(json!({"frequency": "quarterly", "due_days": 5})).expect(201);
    now("2018-Q2");
    app.set_day(2018, 7, 5);
    now("2018-Q2");
    app.set_day(2018, 7, 6);
    now("2018-Q3");
    for others in [json!({"within": "town"}), json!({"kinds": ["society"]}), json!({"levels": ["grassroots"]})] {
        let mut fields = json!({"frequency": "quarterly", "due_days": 5});
        fields.as_object_mut().expect("fields").extend(others.as_object().expect("fields").clone());
        schedule(fields).expect(200);
        now("2018-07");
    }
    // Of a year that is over the whole, but not once some of it was reported; of one to come nothing can be.
    assert_eq!([period(2017, "firms"), period(2017, "people"), period(2019, "people")], ["2017", "", ""]);
    let form = Form::of(&reporter, "city", 2017);
    let cell = form.cell(&json!("people"), 'G');
    let filled = fill_in(&form.workbook, &[(cell, Typed::Number("30".to_owned()))]);
    let refused = reporter.upload("/actuals", XLSX, filled).expect_problem(422, "batch_rejected");
    let error = &refused["errors"][0];
    let (code, cell) = (json!("missing_field"), json!(form.cell(&json!("people"), 'F')));
    assert_eq!((&error["code"], &error["cell"]), (&code, &cell), "{refused}");
    // In January the last quarter is still due, also where nothing was reported all year.
    schedule(json!({"frequency": "quarterly", "due_days": 5})).expect(200);
    app.set_day(2019, 1, 5);
    now("2018-Q4");
}

#[test]
fn a_form_is_a_workbook_unless_csv_is_asked_for_and_has_a_chinese_name() {
    let app = App::start();
    app.association("city", None);
    let viewer = app.person(Role::Viewer, None);
    let path = "/api/v1/templates/actuals?association=city&year=2018";
    let (reply, file) = viewer.download(path);
    assert_eq!((reply.status, reply.header("content-type")), (200, XLSX));
    assert!(file.starts_with(b"PK"));
    let name = "filename*=UTF-8''city%E7%A7%91%E5%8D%8F2018%E5%B9%B4%E5%AE%9E%E7%BB%A9%E5%A1%AB%E6%8A%A5%E8%A1%A8.xlsx";
    let disposition = reply.header("content-disposition");
    assert_eq!(disposition, format!("attachment; filename=\"city-2018-actuals.xlsx\"; {name}"));
    let accepted = viewer.send("GET", path, &[("Accept", "text/csv")], "");
    assert_eq!(accepted.header("content-type"), "text/csv; charset=utf-8");
    assert_eq!(accepted.text, viewer.get("/templates/actuals?association=city&year=2018&format=csv").text);

    viewer.get("/templates/actuals?association=nowhere&year=2018").expect_problem(404, "association_not_found");
    viewer.get("/templates/actuals?association=city&year=20").expect_problem(400, "invalid_parameter");
    viewer.get("/templates/actuals?association=city&year=2018&format=pdf").expect_problem(400, "invalid_parameter");
    viewer.get("/templates/actuals?year=2018").expect_problem(400, "invalid_parameter");
}
