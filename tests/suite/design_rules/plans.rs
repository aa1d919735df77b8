//! Units and quantities, indicators, targets.

use serde_json::{Value, json};

use super::stage;

#[test]
fn an_indicator_has_one_unit_and_its_direction_and_accumulation_have_to_be_said() {
    let stage = stage();
    let whole = json!({"name": "x", "category": "测试", "unit": "户", "value_type": "number",
        "direction": "higher_is_better", "accumulation": "sum", "additive": true});
    for field in ["unit", "direction", "accumulation", "value_type", "additive"] {
        let mut body = whole.clone();
        body.as_object_mut().expect("an object").remove(field);
        stage.admin.put("/indicators/y", body).expect_violation(&format!("/{field}"), "missing_field");
    }
    let mut two = whole.clone();
    two["unit"] = json!(["户", "人"]);
    stage.admin.put("/indicators/y", two).expect_violation("/unit", "wrong_type");
    stage.admin.put("/indicators/y", whole).expect(201);
}

#[test]
fn an_indicator_keeps_category_parent_definition_and_decimals() {
    let stage = stage();
    stage.app.indicator("projects", "项");
    let fields =
        json!({"category": "科技项目", "parent": "projects", "definition": "国家级立项", "decimals": 2, "unit": "项"});
    stage.app.indicator_with("state-projects", fields.clone());
    let stored = stage.admin.get("/indicators/state-projects").expect(200);
    for (name, value) in fields.as_object().expect("an object") {
        assert_eq!(&stored[name], value, "{name}");
    }
}

/// What a target says, from a phrase.
fn read(unit: &str, phrase: &str) -> Value {
    let stage = stage();
    stage.app.indicator("x", unit);
    let path = "/associations/chuzhou/targets/2018/x";
    stage.admin.put(path, json!({"expression": phrase})).expect(201)
}

#[test]
fn every_phrase_that_the_design_lists_is_read_into_value_upper_bound_approximate_and_unit() {
    for (phrase, unit, value, upper, bound, approximate) in [
        ("2000人次以上", "人次", json!(2000), json!(null), "at_least", false),
        ("不少于24个", "个", json!(24), json!(null), "at_least", false),
        ("1-2家", "家", json!(1), json!(2), "range", false),
        ("1—2个", "个", json!(1), json!(2), "range", false),
        ("1.1万人次", "人次", json!(11_000), json!(null), "at_least", false),
        ("约230万元", "万元", json!(230), json!(null), "at_least", true),
        ("近90人", "人", json!(90), json!(null), "at_least", true),
    ] {
        let target = read(unit, phrase);
        let fields = [&target["value"], &target["upper"], &target["bound"], &target["approximate"], &target["unit"]];
        assert_eq!(fields, [&value, &upper, &json!(bound), &json!(approximate), &json!(unit)], "{phrase}");
    }
    // What is reported with 余 or 多 is at least the figure, whatever else is said of it.
    let stage = stage();
    for (phrase, unit, value) in [("三千六百余人", "人", 3600), ("约230多万元", "万元", 230), ("近90人", "人", 90)]
    {
        let actual = stage.report(json!({"unit": unit}), json!({"value": phrase, "period": "2018"}));
        assert_eq!((&actual["value"], actual["qualifier"] == "exact"), (&json!(value), false), "{phrase}");
    }
}

#[test]
fn text_is_read_by_the_same_rules_in_csv_in_a_spreadsheet_and_on_a_target() {
    let stage = stage();
    stage.app.indicator("x", "人次");
    stage.admin.put("/associations/chuzhou/targets/2018/x", json!({"expression": "1.1万人次"})).expect(201);
    let rows = [["association", "indicator", "period", "value"], ["chuzhou", "x", "2018-01", "1.1万人次"]];
    stage.admin.upload("/actuals", "text/csv", rows.map(|row| row.join(",")).join("\n")).expect(200);
    let rows: Vec<&[&str]> = rows.iter().map(|row| &row[..]).collect();
    let workbook = crate::support::batch::workbook(&rows);
    stage.admin.upload("/actuals", crate::support::batch::XLSX, workbook).expect(200);
    let line = &stage.completion("")["lines"][0];
    assert_eq!((&line["target"]["value"], &line["actual"]["value"]), (&json!(11_000), &json!(22_000)));
}

#[test]
fn there_is_one_target_per_association_year_and_indicator() {
    let stage = stage();
    stage.app.association("fengxian", None);
    let put = |association: &str, year: i16, indicator: &str, value: i64| {
        let path = format!("/associations/{association}/targets/{year}/{indicator}");
        stage.admin.put(&path, json!({"value": value, "reason": "x"})).status
    };
    ["x", "y"].into_iter().for_each(|indicator| stage.app.indicator(indicator, "户"));
    let places = [("chuzhou", 2018, "x"), ("chuzhou", 2018, "y"), ("chuzhou", 2019, "x"), ("fengxian", 2018, "x")];
    for (association, year, indicator) in places {
        assert_eq!(put(association, year, indicator, 1), 201);
        assert_eq!(put(association, year, indicator, 2), 200, "the same one, revised");
    }
    let current = stage.app.sql("SELECT count(*), min(value)::int FROM targets WHERE is_current");
    assert_eq!(current, [["4", "2"].map(|text| Some(text.to_owned()))]);
}

#[test]
fn a_duty_counts_its_value_for_every_period_of_the_year() {
    let stage = stage();
    stage.app.indicator("x", "条");
    // 2020 has 53 weeks.
    for (per, year, count) in [
        ("year", 2018, 1),
        ("half_year", 2018, 2),
        ("quarter", 2018, 4),
        ("month", 2018, 12),
        ("week", 2018, 52),
        ("week", 2020, 53),
    ] {
        let path = format!("/associations/chuzhou/targets/{year}/x");
        let target = stage.admin.put(&path, json!({"value": 50, "per": per, "reason": "x"}));
        assert_eq!(target.body["annual_value"], 50 * count, "{per} {year}");
    }
}

#[test]
fn a_target_keeps_where_it_was_read() {
    let stage = stage();
    let source = json!({"document": "2018年工作计划", "locator": "二、(四)", "quote": "脱贫94户"});
    let line = stage.line(json!({}), json!({"value": 94, "source": source}), &[]);
    assert_eq!(line["target"]["source"], source);
}

#[test]
fn a_target_lower_than_last_years_actual_is_normal_and_gives_no_warning() {
    let stage = stage();
    stage.app.indicator("x", "户");
    let report = json!({"indicator": "x", "value": 500, "period": "2017"});
    stage.admin.post("/associations/chuzhou/actuals", report).expect(201);
    let plain = stage.admin.put("/associations/chuzhou/targets/2019/x", json!({"value": 94})).expect(201);
    let lower = stage.admin.put("/associations/chuzhou/targets/2018/x", json!({"value": 94})).expect(201);
    let names = |target: &Value| target.as_object().expect("an object").keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&lower), names(&plain), "nothing more is said of it");
    assert_eq!(lower["reason"], json!(null));
}

#[test]
fn a_breakdown_need_not_add_up_to_its_parent_and_the_gap_is_reported() {
    let stage = stage();
    stage.app.indicator_with("projects", json!({"unit": "项"}));
    stage.app.indicator_with("state", json!({"unit": "项", "parent": "projects"}));
    stage.app.indicator_with("city", json!({"unit": "项", "parent": "projects"}));
    for (indicator, value, actual) in [("projects", 10, 7), ("state", 3, 2), ("city", 5, 6)] {
        stage.app.target("chuzhou", 2018, indicator, value);
        let report = json!({"indicator": indicator, "value": actual, "period": "2018"});
        stage.admin.post("/associations/chuzhou/actuals", report).expect(201);
    }
    let breakdown = &stage.completion("")["lines"][0]["breakdown"];
    assert_eq!((&breakdown["target_sum"], &breakdown["target_gap"]), (&json!(8), &json!(2)), "{breakdown}");
    assert_eq!((&breakdown["actual_sum"], &breakdown["actual_gap"]), (&json!(8), &json!(-1)), "{breakdown}");
}
