//! Targets: written as plans write them, revised with a reason, never lost.

use serde_json::{Value, json};

use crate::support::{App, Person, Reply, ledger};

const PLACE: &str = "/associations/chuzhou/targets/2018/events";

fn app() -> App {
    let app = App::start();
    app.association("chuzhou", None);
    app.indicator("events", "项");
    app
}

fn planner(app: &App) -> Person {
    app.planner_of("chuzhou")
}

/// A target for an indicator of this unit, written by expression.
#[track_caller]
fn read(app: &App, unit: &str, expression: &str) -> Reply {
    let code = format!("i{}", app.sql("SELECT count(*) FROM indicators")[0][0].as_deref().unwrap());
    app.indicator(&code, unit);
    app.admin().put(&format!("/associations/chuzhou/targets/2018/{code}"), json!({"expression": expression}))
}

/// The members of an answer that are named in `expected`.
fn part(answer: &Value, expected: &Value) -> Value {
    let names = expected.as_object().expect("an object").keys();
    names.map(|name| (name.clone(), answer[name].clone())).collect::<serde_json::Map<_, _>>().into()
}

#[track_caller]
fn assert_part(answer: &Value, expected: Value) {
    assert_eq!(part(answer, &expected), expected);
}

#[test]
fn a_target_by_fields_has_the_usual_ones_where_they_are_not_given() {
    let app = app();
    let target = planner(&app).put(PLACE, json!({"value": 94})).expect(201);
    assert_part(
        &target,
        json!({
            "association": "chuzhou", "year": 2018, "indicator": "events", "revision": 1, "removed": false,
            "bound": "at_least", "value": 94, "upper": null, "annual_value": 94, "unit": "项", "approximate": false,
            "per": "year", "basis_of_rate": "level", "baseline": null, "growth": null, "derived": false, "weight": 1,
            "due_on": "2018-12-31", "plan": null, "source": null, "reason": null,
            "recorded_at": "2018-06-30T02:00:00Z",
        }),
    );
    assert_eq!(app.admin().get(PLACE).expect(200), target);
}

#[test]
fn a_target_of_a_lower_is_better_indicator_is_at_most_its_value() {
    let app = app();
    app.indicator_with("complaints", json!({"unit": "件", "direction": "lower_is_better"}));
    let target = planner(&app).put("/associations/chuzhou/targets/2018/complaints", json!({"value": 5})).expect(201);
    assert_eq!(target["bound"], "at_most");
}

#[test]
fn an_expression_is_read_as_plans_write_it() {
    let app = app();
    for (unit, expression, expected) in [
        ("个", "不少于24个", json!({"bound": "at_least", "value": 24, "upper": null, "approximate": false})),
        ("家", "1-2家", json!({"bound": "range", "value": 1, "upper": 2})),
        ("个", "1—2个", json!({"bound": "range", "value": 1, "upper": 2})),
        ("项", "130项以上", json!({"bound": "at_least", "value": 130})),
        ("册", "约1000册", json!({"bound": "at_least", "value": 1000, "approximate": true})),
        ("场", "50场左右", json!({"value": 50, "approximate": true})),
        ("万元", "投入35万", json!({"value": 35, "unit": "万元"})),
        ("万元", "35万元", json!({"value": 35, "unit": "万元"})),
        ("元", "35万元", json!({"value": 350_000, "unit": "元"})),
        ("人次", "1.1万人次", json!({"value": 11_000})),
        ("人", "三千六百余人", json!({"value": 3600, "bound": "at_least"})),
        ("户", "脱贫94户", json!({"value": 94, "bound": "at_least"})),
        ("人次", "进行各类科技培训不少于2000人次", json!({"value": 2000, "bound": "at_least"})),
    ] {
        let reply = read(&app, unit, expression);
        assert_eq!(reply.status, 201, "{expression}: {}", reply.text);
        assert_eq!(part(&reply.body, &expected), expected, "{expression}");
    }
}

#[test]
fn an_expression_that_cannot_be_read_with_certainty_is_refused() {
    let app = app();
    for (unit, expression, code) in [
        ("人次", "培训2000人", "unit_mismatch"),
        ("项", "申请专利50件", "unit_mismatch"),
        ("场", "举办讲座3场、培训5场", "ambiguous_figure"),
        ("项", "若干项", "no_figure"),
        ("家", "2、3家", "unclear_figure"),
    ] {
        read(&app, unit, expression).expect_violation("/expression", code);
    }
    assert_eq!(app.sql("SELECT count(*) FROM targets")[0][0].as_deref(), Some("0"));
}

#[test]
fn a_value_in_another_unit_of_the_dimension_is_converted_exactly() {
    let app = app();
    app.indicator("funds", "元");
    let body = json!({"value": 1.46, "upper": 2, "unit": "万元", "baseline": {"year": 2017, "value": 0.5}});
    let target = planner(&app).put("/associations/chuzhou/targets/2018/funds", body).expect(201);
    assert_part(
        &target,
        json!({"value": 14_600, "upper": 20_000, "bound": "range", "unit": "元", "baseline": {"year": 2017, "value": 5000}}),
    );
}

#[test]
fn a_value_in_a_unit_that_does_not_convert_is_refused() {
    let app = app();
    for (indicator, own, given) in [("trainees", "人", "人次"), ("patents", "件", "项")] {
        app.indicator(indicator, own);
        let path = format!("/associations/chuzhou/targets/2018/{indicator}");
        let violation = planner(&app).put(&path, json!({"value": 5, "unit": given}));
        let violation = violation.expect_violation("/value", "unit_mismatch");
        assert!(violation["given"].as_str().unwrap().contains(given), "{violation}");
        assert!(violation["allowed"].as_str().unwrap().contains(own), "{violation}");
    }
}

#[test]
fn exactly_one_of_value_expression_and_growth_is_taken() {
    let app = app();
    let baseline = json!({"year": 2017, "value": 10});
    for (body, given) in [
        (json!({}), "none"),
        (json!({"value": 1, "expression": "1项"}), "value, expression"),
        (json!({"value": 1, "growth": 10, "baseline": baseline}), "value, growth"),
        (json!({"expression": "1项", "growth": 10, "baseline": baseline}), "expression, growth"),
    ] {
        let violation = planner(&app).put(PLACE, body).expect_violation("/value", "value_or_expression");
        assert_eq!(violation["given"], given);
    }
    for (field, value) in [("upper", json!(3)), ("unit", json!("项"))] {
        let body = json!({"expression": "2项", field: value});
        planner(&app).put(PLACE, body).expect_violation(&format!("/{field}"), "value_or_expression");
    }
}

#[test]
fn growth_over_a_baseline_becomes_a_value_marked_as_derived() {
    let app = app();
    let body = json!({"growth": 10, "baseline": {"year": 2017, "value": 118}});
    let target = planner(&app).put(PLACE, body).expect(201);
    assert_part(
        &target,
        json!({"value": 129.8, "growth": 10, "derived": true, "baseline": {"year": 2017, "value": 118}}),
    );
    let line = app.admin().get("/associations/chuzhou/completion/2018").expect(200)["lines"][0].clone();
    assert_eq!(line["target"]["derived"], true);
}

#[test]
fn growth_up_to_an_upper_end_is_a_range() {
    let app = app();
    let body = json!({"growth": 10, "upper": 150, "baseline": {"year": 2017, "value": 100}});
    let target = planner(&app).put(PLACE, body).expect(201);
    assert_part(&target, json!({"value": 110, "upper": 150, "bound": "range", "derived": true}));
}

#[test]
fn growth_and_change_need_a_baseline() {
    let app = app();
    planner(&app).put(PLACE, json!({"growth": 10})).expect_violation("/baseline", "baseline_required");
    let change = json!({"value": 10, "basis_of_rate": "change"});
    planner(&app).put(PLACE, change).expect_violation("/baseline", "baseline_required");
    let backwards = json!({"value": 10, "basis_of_rate": "change", "baseline": {"year": 2017, "value": 20}});
    planner(&app).put(PLACE, backwards).expect_violation("/value", "change_contradicts_direction");
}

#[test]
fn a_duty_per_month_counts_twelve_times() {
    let app = app();
    for (per, annual) in [("year", 50), ("half_year", 100), ("quarter", 200), ("month", 600), ("week", 2600)] {
        let body = json!({"value": 50, "per": per, "reason": "按期考核"});
        let reply = planner(&app).put(PLACE, body);
        assert!(matches!(reply.status, 200 | 201), "{}", reply.text);
        assert_part(&reply.body, json!({"value": 50, "annual_value": annual, "per": per}));
    }
}

#[test]
fn a_duty_per_period_needs_a_sum_by_level() {
    let app = app();
    app.indicator_with("members", json!({"unit": "人", "accumulation": "latest"}));
    let members = "/associations/chuzhou/targets/2018/members";
    planner(&app).put(members, json!({"value": 5, "per": "month"})).expect_violation("/per", "per_needs_sum");
    let change = json!({"value": 5, "per": "month", "basis_of_rate": "change", "baseline": {"year": 2017, "value": 1}});
    planner(&app).put(PLACE, change).expect_violation("/per", "per_needs_sum");
}

#[test]
fn a_bound_against_the_direction_is_refused() {
    let app = app();
    app.indicator_with("complaints", json!({"unit": "件", "direction": "lower_is_better"}));
    let complaints = "/associations/chuzhou/targets/2018/complaints";
    let code = "bound_contradicts_direction";
    planner(&app).put(PLACE, json!({"value": 5, "bound": "at_most"})).expect_violation("/bound", code);
    planner(&app).put(PLACE, json!({"expression": "不超过5项"})).expect_violation("/bound", code);
    planner(&app).put(complaints, json!({"value": 5, "bound": "at_least"})).expect_violation("/bound", code);
    planner(&app).put(complaints, json!({"expression": "不少于5件"})).expect_violation("/bound", code);
}

#[test]
fn a_range_needs_an_upper_end_that_is_not_below_the_value() {
    let app = app();
    let put = |body| planner(&app).put(PLACE, body);
    put(json!({"value": 5, "upper": 4})).expect_violation("/upper", "upper_below_value");
    put(json!({"value": 5, "bound": "range"})).expect_violation("/upper", "upper_needs_range");
    put(json!({"value": 5, "upper": 6, "bound": "exactly"})).expect_violation("/upper", "upper_needs_range");
    assert_eq!(put(json!({"value": 5, "upper": 5})).expect(201)["bound"], "range");
}

#[test]
fn a_weight_is_above_0_and_at_most_1000() {
    let app = app();
    for weight in [json!(0), json!(-1), json!(1000.0001)] {
        planner(&app).put(PLACE, json!({"value": 1, "weight": weight})).expect_violation("/weight", "out_of_range");
    }
    let body = json!({"value": 1, "weight": 0.00001});
    planner(&app).put(PLACE, body).expect_violation("/weight", "too_many_decimals");
    assert_eq!(planner(&app).put(PLACE, json!({"value": 1, "weight": 0.0001})).expect(201)["weight"], 0.0001);
    let heaviest = json!({"value": 1, "weight": 1000, "reason": "加权"});
    assert_eq!(planner(&app).put(PLACE, heaviest).expect(200)["weight"], 1000);
    ledger::check(&app);
}

#[test]
fn a_negative_value_is_only_the_end_of_a_change() {
    let app = app();
    planner(&app).put(PLACE, json!({"value": -1})).expect_violation("/value", "out_of_range");
    let change = json!({"value": -1, "basis_of_rate": "change", "baseline": {"year": 2017, "value": -5}});
    assert_eq!(planner(&app).put(PLACE, change).expect(201)["value"], -1);
}

#[test]
fn a_plan_curve_never_falls_and_ends_at_1() {
    let app = app();
    let even = [0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 1.0];
    let with = |month: usize, share: f64| {
        let mut plan = even;
        plan[month] = share;
        json!(plan)
    };
    let [short, long] = [&even[1..], &[even.as_slice(), &[1.0]].concat()].map(|plan| json!(plan));
    for plan in [short, long, json!([]), with(11, 0.99), with(10, 1.1), with(0, -0.1), with(5, 0.1)] {
        planner(&app).put(PLACE, json!({"value": 1, "plan": plan})).expect_violation("/plan", "invalid_plan");
    }
    let target = planner(&app).put(PLACE, json!({"value": 1, "plan": even})).expect(201);
    assert_eq!(target["plan"], json!([0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 1]));
}

#[test]
fn a_target_may_be_due_years_later_but_not_before_its_year() {
    let app = app();
    for due_on in ["2017-12-31", "2029-01-01"] {
        planner(&app).put(PLACE, json!({"value": 1, "due_on": due_on})).expect_violation("/due_on", "due_before_year");
    }
    for due_on in ["2018-01-01", "2020-12-31", "2028-12-31"] {
        let body = json!({"value": 1, "due_on": due_on, "reason": "分年度实施"});
        let reply = planner(&app).put(PLACE, body);
        assert!(matches!(reply.status, 200 | 201), "{}", reply.text);
        assert_eq!(reply.body["due_on"], due_on);
    }
}

#[test]
fn a_milestone_is_planned_as_done() {
    let app = app();
    let milestone = json!({"unit": "项", "value_type": "milestone", "accumulation": "latest", "additive": false});
    app.indicator_with("reform", milestone);
    let reform = "/associations/chuzhou/targets/2018/reform";
    planner(&app).put(reform, json!({"value": 2})).expect_violation("/value", "milestone_value");
    planner(&app).put(reform, json!({"value": 1, "upper": 2})).expect_violation("/value", "milestone_value");
    assert_eq!(planner(&app).put(reform, json!({})).expect(201)["value"], 1);
}

#[test]
fn a_duty_that_an_expression_says_recurs_counts_for_every_period() {
    let app = App::start();
    app.association("chuzhou", None);
    app.indicator("meetings", "次");
    let admin = app.admin();
    let path = "/associations/chuzhou/targets/2018/meetings";
    let target = admin.put(path, json!({"expression": "每月召开不少于2次"})).expect(201);
    assert_eq!((&target["per"], &target["annual_value"]), (&json!("month"), &json!(24)));
    assert_eq!(target["source"]["quote"], "每月召开不少于2次");
    let quarter = json!({"expression": "每月召开不少于2次", "per": "quarter", "reason": "改"});
    admin.put(path, quarter).expect_violation("/per", "not_allowed");
    for unclear in ["每县不少于2次", "月均2次", "每两个月1次"] {
        admin
            .put(path, json!({"expression": unclear, "reason": "改"}))
            .expect_violation("/expression", "unclear_figure");
    }
}
