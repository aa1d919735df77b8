//! The numbers in files: those of the API to the last digit, every one of them, and nothing where there is none.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::support::files::{Table, download};
use crate::support::region::region;
use crate::support::{App, Person};

/// Where the number below a heading stands in a line of the answer.
pub type Places = &'static [(&'static str, &'static str)];

const COMPLETION: Places = &[
    ("Target", "/target/value"),
    ("Upper end", "/target/upper"),
    ("Actual", "/actual/value"),
    ("Rate", "/rate"),
    ("Score", "/score"),
    ("Pace", "/pace/expected"),
    ("Deviation", "/pace/deviation"),
    ("Gap", "/gap"),
    ("Weight", "/target/weight"),
    ("Rate to the upper end", "/rate_upper"),
    ("Rate on the original target", "/original_rate"),
    ("Original target", "/target/original/value"),
    ("Upper end of the original target", "/target/original/upper"),
    ("Revision", "/target/revision"),
    ("Target per period", "/target/value_per_period"),
    ("Baseline", "/target/baseline/value"),
    ("Baseline year", "/target/baseline/year"),
    ("Periods", "/periods/total"),
    ("Periods elapsed", "/periods/elapsed"),
    ("Periods met", "/periods/met"),
    ("Numerator", "/actual/numerator"),
    ("Denominator", "/actual/denominator"),
    ("Actuals", "/actual/count"),
    ("Last year", "/last_year/value"),
    ("Change from last year", "/last_year/change"),
    ("Associations with a target", "/associations/planned"),
    ("Associations that reported", "/associations/reported"),
    ("Targets of the breakdown", "/breakdown/target_sum"),
    ("Target gap of the breakdown", "/breakdown/target_gap"),
    ("Actuals of the breakdown", "/breakdown/actual_sum"),
    ("Actual gap of the breakdown", "/breakdown/actual_gap"),
];

pub const SUMMARY: Places =
    &[("Score", "/score"), ("Targets", "/targets"), ("Targets met", "/met"), ("Weight", "/weight")];

pub const RANKING: Places = &[
    ("Rank", "/rank"),
    ("Score", "/score"),
    ("Rate", "/rate"),
    ("Target", "/target"),
    ("Actual", "/actual"),
    ("Tied", "/tied"),
];

pub const LAGGARDS: Places = &[
    ("Target", "/target/value"),
    ("Upper end", "/target/upper"),
    ("Actual", "/actual/value"),
    ("Rate", "/rate"),
    ("Score", "/score"),
    ("Pace", "/pace/expected"),
    ("Rate minus pace", "/pace/deviation"),
    ("Deviation", "/deviation"),
    ("Gap", "/gap"),
    ("Weight", "/target/weight"),
    ("Numerator", "/actual/numerator"),
    ("Denominator", "/actual/denominator"),
    ("Actuals", "/actual/count"),
];

/// Every number of a line, by its place; those of the lines below it are theirs.
fn numbers(value: &Value, place: &str, found: &mut BTreeMap<String, String>) {
    match value {
        Value::Number(number) => {
            found.insert(place.to_owned(), number.to_string());
        }
        Value::Object(members) => {
            members.iter().for_each(|(name, member)| numbers(member, &format!("{place}/{name}"), found));
        }
        _ => {}
    }
}

/// The lines of a completion, each before those below it.
fn flat(lines: &Value) -> Vec<Value> {
    let lines = lines.as_array().into_iter().flatten();
    let with_below = |line: &Value| [vec![line.clone()], flat(&line["breakdown"]["lines"])].concat();
    lines.flat_map(with_below).collect()
}

/// Both files of a path say what these lines say, number by number.
#[track_caller]
fn agree(person: &Person, path: &str, lines: &[Value], places: Places) {
    let tables =
        [Table::of_csv(&download(person, path, "csv", "en")), Table::of_xlsx(&download(person, path, "xlsx", "en"))];
    assert_eq!(tables[0], tables[1], "{path}");
    says(&tables[0], lines, places);
    for (row, line) in lines.iter().enumerate() {
        assert_eq!(tables[0].cell(row, "Reason code"), line["reason"].as_str().unwrap_or_default(), "{path}: {line}");
    }
}

/// A table says what these lines say, number by number.
#[track_caller]
pub fn says(table: &Table, lines: &[Value], places: Places) {
    assert_eq!(table.rows.len(), lines.len());
    for (row, line) in lines.iter().enumerate() {
        let mut said = BTreeMap::new();
        numbers(line, "", &mut said);
        // How many decimals to show is no figure.
        said.remove("/indicator/decimals");
        for (heading, place) in places {
            let expected = said.remove(*place).unwrap_or_default();
            assert_eq!(table.cell(row, heading), expected, "{heading}: {line}");
        }
        assert!(said.is_empty(), "no column has {said:?}");
    }
}

fn completion_agrees(person: &Person, path: &str) {
    let completion = person.get(path).expect(200);
    let lines = flat(&completion["lines"]);
    assert!(!lines.is_empty(), "{path}");
    agree(person, path, &lines, COMPLETION);
}

fn list_agrees(person: &Person, path: &str, places: Places) {
    let sign = if path.contains('?') { '&' } else { '?' };
    let list = person.get(&format!("{path}{sign}limit=500")).expect(200);
    assert_eq!(list["next_cursor"], json!(null));
    let lines = list["items"].as_array().expect("items");
    assert!(!lines.is_empty(), "{path}");
    agree(person, path, lines, places);
}

/// An association with numbers at the edges of what is kept and shown.
fn edges() -> App {
    let app = App::start();
    app.association("chuzhou", None);
    app.association("county", Some("chuzhou"));
    let kinds = [
        ("almost", json!({})),
        ("more", json!({})),
        ("nothing", json!({})),
        ("zero", json!({})),
        ("fewer", json!({"direction": "lower_is_better"})),
        ("share", json!({"unit": "%", "value_type": "percentage", "accumulation": "ratio"})),
        ("part", json!({"parent": "almost"})),
        ("unplanned", json!({})),
    ];
    for (code, fields) in kinds {
        app.indicator_with(code, fields);
    }
    let targets = [
        ("almost", r#"{"value": 10000, "weight": 2.5}"#),
        ("more", r#"{"value": 6, "upper": 8, "bound": "range"}"#),
        ("nothing", r#"{"value": 12.5, "per": "month"}"#),
        ("zero", r#"{"value": 0}"#),
        ("fewer", r#"{"value": 3}"#),
        ("share", r#"{"value": 80}"#),
        ("part", r#"{"value": 4000.0001, "baseline": {"year": 2017, "value": 3999.9999}, "basis_of_rate": "change"}"#),
    ];
    for (indicator, target) in targets {
        send(&app, "PUT", &format!("/associations/chuzhou/targets/2018/{indicator}"), target);
    }
    send(&app, "PUT", "/associations/chuzhou/targets/2018/more", r#"{"value": 7, "reason": "任务调整"}"#);
    let actuals = [
        ("almost", r#""value": 9999.9999, "period": "2018-01""#),
        ("almost", r#""value": 8000.5, "period": "2017""#),
        ("more", r#""value": 9, "period": "2018-01""#),
        ("zero", r#""value": 1, "period": "2018-02""#),
        ("fewer", r#""value": 3.0001, "period": "2018-02""#),
        ("share", r#""numerator": 2, "denominator": 3, "period": "2018-02""#),
        ("part", r#""value": 4000, "period": "2018-02""#),
        ("unplanned", r#""value": 0, "period": "2018-02""#),
    ];
    for (indicator, actual) in actuals {
        send(&app, "POST", "/associations/chuzhou/actuals", &format!(r#"{{"indicator": "{indicator}", {actual}}}"#));
    }
    app
}

/// Sends numbers exactly as they are written.
fn send(app: &App, method: &str, path: &str, body: &str) {
    let headers = [("Content-Type", "application/json")];
    let reply = app.admin().send(method, &format!("/api/v1{path}"), &headers, body);
    assert!([200, 201].contains(&reply.status), "{path} {body}: {}", reply.text);
}

#[test]
fn the_numbers_of_a_completion_are_those_of_the_api_at_every_edge() {
    let app = edges();
    let admin = app.admin();
    let path = "/associations/chuzhou/completion/2018";
    let lines = flat(&admin.get(path).expect(200)["lines"]);
    let line = |code: &str| lines.iter().find(|line| line["indicator"]["code"] == code).expect(code);
    let rate = |code: &str| (line(code)["rate"].to_string(), line(code)["reason"].as_str().unwrap_or_default());
    assert_eq!(rate("almost"), ("0.9999".to_owned(), ""));
    assert_eq!(rate("more"), ("1.2857".to_owned(), ""));
    assert_eq!(rate("nothing"), ("null".to_owned(), "no_actual"));
    assert_eq!(rate("zero"), ("null".to_owned(), "zero_target"));
    assert_eq!(rate("fewer"), ("null".to_owned(), "no_ratio_for_lower_is_better"));
    assert_eq!(rate("unplanned"), ("null".to_owned(), "no_target"));
    for shape in ["", "?detail=brief", "?scope=subtree", "?scope=subtree&detail=brief", "?basis=verified"] {
        completion_agrees(&admin, &format!("{path}{shape}"));
    }
    app.set_day(2018, 7, 2);
    completion_agrees(&admin, &format!("{path}?as_of=2018-06-30"));
}

#[test]
fn the_numbers_of_completions_are_those_of_the_api_for_every_association_of_the_demo() {
    let app = App::start();
    app.set_day(2019, 12, 31);
    app.load_demo();
    app.set_day(2018, 10, 8);
    for (association, year) in [("fengxian", 2007), ("chuzhou", 2018), ("huishan", 2008)] {
        let path = format!("/associations/{association}/completion/{year}");
        if app.admin().get(&path).expect(200)["lines"] != json!([]) {
            completion_agrees(&app.admin(), &path);
        }
    }
    completion_agrees(&app.admin(), "/associations/fengxian/completion/2007?detail=brief");
    for (path, places) in LISTS {
        list_agrees(&app.admin(), &path.replace("{year}", "2007"), places);
    }
}

const LISTS: [(&str, Places); 4] = [
    ("/completion/{year}", SUMMARY),
    ("/rankings/{year}", RANKING),
    ("/rankings/{year}?indicator=patent-applications", RANKING),
    ("/laggards/{year}", LAGGARDS),
];

#[test]
fn the_numbers_of_a_summary_are_those_of_the_api_in_its_order() {
    let app = region();
    for query in ["", "?sort=score", "?sort=met&within=east", "?basis=verified", "?kind=society&sort=name"] {
        list_agrees(&app.admin(), &format!("/completion/2018{query}"), SUMMARY);
    }
    app.set_day(2018, 7, 2);
    list_agrees(&app.admin(), "/completion/2018?as_of=2018-06-30", SUMMARY);
}

#[test]
fn the_numbers_of_a_ranking_are_those_of_the_api_in_its_order() {
    let app = region();
    for query in ["", "?indicator=households", "?indicator=people", "?level=municipal", "?basis=verified"] {
        list_agrees(&app.admin(), &format!("/rankings/2018{query}"), RANKING);
    }
    app.set_day(2018, 7, 2);
    list_agrees(&app.admin(), "/rankings/2018?as_of=2018-06-30&indicator=households", RANKING);
}

#[test]
fn the_numbers_of_laggards_are_those_of_the_api_in_its_order() {
    let app = edges();
    app.target("county", 2018, "almost", 3);
    app.report("county", "almost", "2018-01", 1);
    app.set_day(2018, 12, 30);
    for query in ["", "?indicator=almost", "?status=not_started"] {
        list_agrees(&app.admin(), &format!("/laggards/2018{query}"), LAGGARDS);
    }
    app.set_day(2019, 1, 2);
    list_agrees(&app.admin(), "/laggards/2018?as_of=2018-12-30", LAGGARDS);
}

#[test]
fn a_number_of_more_digits_than_a_double_holds_is_written_with_all_of_them() {
    let app = App::start();
    app.association("chuzhou", None);
    app.indicator("sum", "元");
    send(&app, "PUT", "/associations/chuzhou/targets/2018/sum", r#"{"value": 123456789012345.6789}"#);
    let actual = r#"{"indicator": "sum", "value": 99999999999999.9999, "period": "2018-02"}"#;
    send(&app, "POST", "/associations/chuzhou/actuals", actual);
    app.set_day(2018, 12, 30);
    let path = "/associations/chuzhou/completion/2018";
    let expected =
        [("Target", "123456789012345.6789"), ("Actual", "99999999999999.9999"), ("Gap", "23456789012345.679")];
    let answer = app.admin().get(path).text;
    let laggards = app.admin().get("/laggards/2018").text;
    for path in [path, "/laggards/2018"] {
        let tables = [
            Table::of_csv(&download(&app.admin(), path, "csv", "en")),
            Table::of_xlsx(&download(&app.admin(), path, "xlsx", "en")),
        ];
        for (heading, number) in expected {
            assert!(answer.contains(number) && laggards.contains(number), "{number}: {answer}");
            assert!(tables.iter().all(|table| table.cell(0, heading) == number), "{heading}: {tables:?}");
        }
    }
}
