//! The page of one line, as a browser gets it: its curve, its target's revisions and its ledger.

use kpi::auth::Role;
use serde_json::{Value, json};

use crate::support::{App, Visitor};

const PAGE: &str = "/associations/city/2018/households";

/// An association that plans 120 households for 2018, and somebody who looks at it.
fn app() -> (App, Visitor) {
    let app = App::start();
    app.association("city", None);
    app.indicator("households", "户");
    app.target("city", 2018, "households", 120);
    let visitor = app.visitor_with_key_of(&app.person(Role::Viewer, Some("city")));
    (app, visitor)
}

/// What stands between the tags of a part.
fn texts(part: &str) -> Vec<&str> {
    part.split('<').filter_map(|piece| Some(piece.split_once('>')?.1.trim())).filter(|text| !text.is_empty()).collect()
}

/// The part of a page from one text to another.
fn between<'a>(page: &'a str, from: &str, to: &str) -> &'a str {
    let after = page.split_once(from).unwrap_or_else(|| panic!("{from} is not on {page}")).1;
    after.split_once(to).unwrap_or_else(|| panic!("{to} does not follow {from}")).0
}

/// The rows of the table below the curve.
fn months(page: &str) -> Vec<Vec<&str>> {
    let body = between(between(page, "id=\"curve\"", "</section>"), "<tbody>", "</tbody>");
    body.split("</tr>").map(texts).filter(|row| !row.is_empty()).collect()
}

/// The wide drawing of the curve.
fn curve(page: &str) -> &str {
    between(page, "<svg class=\"curve wide\"", "</svg>")
}

#[test]
fn the_months_are_those_of_the_trend() {
    let (app, visitor) = app();
    for (period, value) in [("2017-Q2", 41), ("2018-01", 10), ("2018-02", 12), ("2018-04", 30)] {
        app.report("city", "households", period, value);
    }
    let trend = app.admin().get("/associations/city/trend/2018?indicator=households").expect(200);
    let trend = &trend["indicators"][0];
    let page = visitor.get(PAGE).expect(200);
    let figure = |value: &Value| if value.is_null() { "–".to_owned() } else { format!("{value}户") };
    let rows = months(&page);
    assert_eq!(rows.len(), 12);
    for ((row, month), last) in
        rows.iter().zip(trend["months"].as_array().expect("months")).zip(trend["last_year"].as_array().expect("a year"))
    {
        assert_eq!(row[0], format!("{}月", month["month"]));
        assert_eq!(row[1..4], [figure(&month["actual"]), figure(&month["plan"]), figure(last)]);
        assert_eq!(row[4] == "–", month["rate"].is_null());
    }
}

#[test]
fn months_without_a_figure_are_gaps_and_not_zero() {
    let (app, visitor) = app();
    for period in ["2018-01", "2018-02", "2018-04"] {
        app.report("city", "households", period, 10);
    }
    let page = visitor.get(PAGE).expect(200);
    let rows = months(&page);
    assert_eq!([rows[1][1], rows[2][1], rows[3][1], rows[4][1]], ["20户", "–", "30户", "–"]);
    let drawn = curve(&page);
    let lines: Vec<_> = drawn.split("<polyline class=\"actual line\"").skip(1).collect();
    let points = |line: &&str| between(line, "points=\"", "\"").split_whitespace().count();
    assert!(lines.iter().all(|line| points(line) <= 2), "{lines:?}");
    assert_eq!(drawn.matches("<circle").count(), 3, "{drawn}");
    assert_eq!(drawn.matches("class=\"bridge line\"").count(), 1, "a faint line leads over March: {drawn}");
    assert!(drawn.contains("3月\n实绩 无数据\n计划 "), "{drawn}");
    assert!(drawn.contains("4月\n实绩 30 户\n计划 "), "{drawn}");
    // Nothing the policy forbids, and no colour of its own.
    assert!(!page.contains(" style=") && !drawn.contains('#') && !drawn.contains("opacity"), "{drawn}");
    assert!(page.split("<script").skip(1).all(|rest| rest.starts_with(" src=\"/assets/")));
}

#[test]
fn every_actual_is_listed_with_who_and_when_and_what_became_of_it() {
    let (app, visitor) = app();
    let evidence = json!({"document": "三月简报", "url": "https://www.example.org/a.pdf?b=\"c\"", "quote": "约20户"});
    let body = json!({"indicator": "households", "value": 20, "period": "2018-03", "qualifier": "about", "evidence": evidence, "performed_by": "市医学会", "note": "走访"});
    let first = app.reporter_of("city").post("/associations/city/actuals", body).expect(201);
    let first = format!("/associations/city/actuals/{}", first["id"].as_str().expect("an id"));
    app.person(Role::Verifier, None)
        .post(&format!("{first}/verify"), json!({"value": 18, "reason": "核减2户"}))
        .expect(200);
    let second = app.report("city", "households", "2018-04", 99);
    app.admin().post(&format!("{second}/void"), json!({"reason": "重复上报"})).expect(200);
    let page = visitor.get(PAGE).expect(200);
    let rows: Vec<_> = between(&page, "<table class=\"stacking\">", "</table>").split("<tr").skip(2).collect();
    assert_eq!(rows.len(), 2);
    for words in [
        "2018-03",
        "约20户",
        "18户",
        "已核定",
        "reporter",
        "2018-06-30 10:00",
        "核定：verifier",
        "市医学会",
        "走访",
        "核减2户",
    ] {
        assert!(rows[0].contains(words), "{words}: {}", rows[0]);
    }
    let link = "<a href=\"https://www.example.org/a.pdf?b=&quot;c&quot;\" rel=\"noopener noreferrer\">三月简报</a>";
    assert!(rows[0].contains(link), "{}", rows[0]);
    for words in ["<s>99户</s>", "已作废", "重复上报", "admin"] {
        assert!(rows[1].contains(words), "{words}: {}", rows[1]);
    }
    // Whatever came into the database another way is no link.
    app.sql("UPDATE actuals SET evidence_url = 'javascript:alert(1)' WHERE evidence_url IS NOT NULL");
    assert!(!visitor.get(PAGE).expect(200).contains("href=\"javascript"));
}

#[test]
fn a_revised_target_shows_who_changed_it_when_and_why() {
    let (app, _) = app();
    app.report("city", "households", "2018-03", 60);
    app.set_day(2018, 9, 1);
    let visitor = app.visitor_with_key_of(&app.person(Role::Viewer, None));
    let source = json!({"document": "调整通知", "quote": "脱贫<b>150</b>户"});
    let body = json!({"value": 150, "reason": "市里下达任务调整", "source": source});
    app.planner_of("city").put("/associations/city/targets/2018/households", body).expect(200);
    let page = visitor.get(PAGE).expect(200);
    let revisions = between(&page, "<ol class=\"revisions\">", "</ol>");
    let [first, second] = [1, 2].map(|place| texts(revisions.split("<li>").nth(place).expect("a revision")).join(" "));
    assert_eq!(first, "不少于120户 第1版 · 2018-06-30 10:00 · admin");
    assert_eq!(second, "不少于150户 第2版 · 2018-09-01 10:00 · planner 原因：市里下达任务调整");
    assert!(page.contains("原目标 不少于120户（按原目标完成率 50%），现为第2版 不少于150户"), "{page}");
    assert!(page.contains("<blockquote>脱贫&lt;b&gt;150&lt;/b&gt;户</blockquote>"), "{page}");
    app.admin()
        .delete("/associations/city/targets/2018/households?reason=x")
        .status
        .eq(&204)
        .then_some(())
        .expect("removed");
    assert!(visitor.get(PAGE).expect(200).contains("<strong>撤销目标</strong>"));
}

#[test]
fn of_a_past_day_only_what_was_known_by_then_is_listed() {
    let (app, _) = app();
    app.report("city", "households", "2018-03", 60);
    app.set_day(2018, 9, 1);
    app.report("city", "households", "2018-08", 7);
    let revised = json!({"value": 150, "reason": "调整"});
    app.admin().put("/associations/city/targets/2018/households", revised).expect(200);
    let visitor = app.visitor_with_key_of(&app.person(Role::Viewer, None));
    let counts = |page: &str| {
        let ledger = page.split("id=\"history\"").nth(1).expect("a ledger");
        (page.matches("<li><p><strong>不少于").count(), ledger.matches("<th scope=\"row\">").count())
    };
    assert_eq!(counts(&visitor.get(PAGE).expect(200)), (2, 2));
    let then = visitor.get(&format!("{PAGE}?as_of=2018-06-30")).expect(200);
    assert_eq!(counts(&then), (1, 1), "{then}");
    assert!(then.contains("只列出截至当日已报送的实绩") && then.contains("60户"), "{then}");
}

#[test]
fn the_pace_says_which_plan_it_follows() {
    let (app, visitor) = app();
    assert!(visitor.get(PAGE).expect(200).contains("（按时间均匀推进）"));
    let plan = json!([0, 0, 0, 0, 0, 0.25, 0.5, 0.5, 0.5, 0.8, 0.9, 1]);
    let target = json!({"value": 40, "plan": plan, "reason": "按下半年安排"});
    app.admin().put("/associations/city/targets/2018/households", target).expect(200);
    let line = &app.admin().get("/associations/city/completion/2018").expect(200)["lines"][0];
    assert_eq!(line["target"]["plan"], plan);
    let page = visitor.get(PAGE).expect(200);
    assert!(page.contains("应完成25%（按分月计划）"), "{page}");
}

#[test]
fn a_duty_per_period_says_how_many_periods_met_it() {
    let (app, visitor) = app();
    app.indicator("reports", "条");
    app.admin().put("/associations/city/targets/2018/reports", json!({"expression": "每月50条"})).expect(201);
    app.report("city", "reports", "2018-01", 50);
    app.report("city", "reports", "2018-02", 20);
    let page = visitor.get("/associations/city/2018/reports").expect(200);
    assert!(page.contains("每月50条，全年600条；全年12期中已过6期，达到1期"), "{page}");
    assert!(page.contains("<strong>每月50条</strong>，全年600条"), "{page}");
}

#[test]
fn a_long_ledger_comes_in_pages() {
    let (app, visitor) = app();
    for day in 1..=30 {
        app.report("city", "households", &format!("2018-05-{day:02}"), day);
    }
    let entries = |page: &str| between(page, "<table class=\"stacking\">", "</table>").matches("<tr").count() - 1;
    let first = visitor.get(PAGE).expect(200);
    assert_eq!(entries(&first), 25);
    let link = first
        .split("href=\"")
        .find(|part| part.contains("cursor="))
        .expect("a link")
        .split('"')
        .next()
        .expect("an address");
    let second = visitor.get(&link.replace("&amp;", "&")).expect(200);
    assert_eq!(entries(&second), 5);
    assert!(second.contains("2018-05-30") && !first.contains("2018-05-30<"));
    assert_eq!(visitor.get(&format!("{PAGE}?cursor=nonsense")).status, 400);
}

#[test]
fn what_is_not_there_is_said() {
    let (app, visitor) = app();
    app.association("far", None);
    app.indicator("other", "户");
    assert_eq!(visitor.get("/associations/far/2018/households").status, 404);
    let shown = visitor.get("/associations/city/2018/nothing");
    assert_eq!((shown.status, shown.header("content-type")), (404, "text/html; charset=utf-8"));
    let page = visitor.get("/associations/city/2018/other").expect(200);
    for words in ["本年度没有目标，也没有计入的实绩。", "没有可画的数据。", "尚无实绩。"]
    {
        assert!(page.contains(words), "{words}: {page}");
    }
}

#[test]
fn a_line_is_english_for_who_wants_it_and_leads_back() {
    let (app, visitor) = app();
    app.report("city", "households", "2018-03", 11_000);
    visitor.post("/language", &[("language", "en"), ("next", "/")]);
    let page = visitor.get(&format!("{PAGE}?basis=verified")).expect(200);
    for words in ["at least 120 户", "11,000 户", "Verified figures", "Every actual", "reported, not verified yet"] {
        assert!(page.contains(words), "{words}: {page}");
    }
    assert!(page.contains("href=\"/associations/city/2018?basis=verified\""));
    assert!(visitor.compressed_size(PAGE) < 150 * 1024);
}

#[test]
fn no_label_of_a_curve_is_cut_off() {
    let (app, visitor) = app();
    app.report("city", "households", "2018-03", 123_456_789);
    for language in ["en", "zh"] {
        visitor.post("/language", &[("language", language), ("next", "/")]);
        let page = visitor.get(PAGE).expect(200);
        for form in ["wide", "narrow"] {
            let drawn = between(&page, &format!("<svg class=\"curve {form}\""), "</svg>");
            let ends = drawn.split("<text").skip(1).filter(|label| label.contains("text-anchor=\"end\""));
            let labels: Vec<_> =
                ends.map(|label| (between(label, " x=\"", "\""), between(label, ">", "</text>"))).collect();
            assert!(labels.len() > 2, "{drawn}");
            for (x, label) in labels {
                // A digit takes some 6.7 pixels of the style sheet's 12.
                let (end, label) = (x.parse::<f64>().expect("a place"), label.trim());
                let breadth: f64 = label.chars().map(|sign| if sign.is_ascii() { 6.7 } else { 12.0 }).sum();
                assert!(end >= breadth, "{form}: {label} ends at {end}");
            }
        }
    }
}
