//! The page of an association's year, as a browser gets it.

use kpi::auth::Role;
use serde_json::{Value, json};

use crate::support::{App, Visitor};

/// Somebody with a key for everything, looking at the demo.
fn demo() -> (App, Visitor) {
    let app = App::start();
    app.set_day(2019, 12, 31);
    app.load_demo();
    let visitor = app.visitor_with_key_of(&app.person(Role::Viewer, None));
    (app, visitor)
}

/// The part of a page that is about a line: up to the next one.
fn line<'a>(page: &'a str, indicator: &str) -> &'a str {
    let from =
        page.split_once(&format!("<li class=\"line\" id=\"line-{indicator}\">")).expect("the line is on the page").1;
    from.split("<li class=\"line\"").next().expect("a first part")
}

/// Nothing the policy forbids, and nothing that came as text became markup.
#[track_caller]
fn assert_harmless(page: &str) {
    assert!(!page.contains(" style="), "a style in the page");
    assert!(page.split("<script").skip(1).all(|rest| rest.starts_with(" src=\"/assets/")), "a script in the page");
}

fn flat(lines: &Value) -> Vec<Value> {
    let lines = lines.as_array().expect("lines").iter();
    lines
        .flat_map(|line| {
            [
                vec![line.clone()],
                match &line["breakdown"] {
                    Value::Null => Vec::new(),
                    breakdown => flat(&breakdown["lines"]),
                },
            ]
            .concat()
        })
        .collect()
}

#[test]
fn every_line_is_shown_with_the_figures_of_the_api() {
    let (app, visitor) = demo();
    let page = visitor.get("/associations/fengxian/2007").expect(200);
    let completion = app.admin().get("/associations/fengxian/completion/2007").expect(200);
    let lines = flat(&completion["lines"]);
    assert_eq!(lines.len(), 42);
    for wanted in &lines {
        let indicator = &wanted["indicator"];
        let shown = line(&page, indicator["code"].as_str().expect("a code"));
        assert!(shown.contains(indicator["name"].as_str().expect("a name")));
        if let Some(rate) = wanted["rate"].as_f64() {
            let percent = format!("{}%", (rate * 1_000_000.0).round() / 10_000.0);
            assert!(shown.contains(&format!("<strong>{percent}</strong>")), "{percent}: {shown}");
        }
        if !wanted["actual"].is_null() {
            let exact = format!("实绩 {} {}", wanted["actual"]["value"], indicator["unit"].as_str().expect("a unit"));
            assert!(shown.contains(&exact), "{exact}: {shown}");
        }
        assert!(shown.contains(&format!("badge {}", wanted["status"].as_str().expect("a status"))));
    }
    assert!(page.contains("<dd>63.03%</dd>"), "the score");
    assert_eq!(completion["score"], json!(0.6303));
    let met = lines.iter().filter(|line| line["met"] == true).count();
    assert!(page.contains(&format!("<dd>{met}<small> / 42</small></dd>")));
    assert_harmless(&page);
}

#[test]
fn a_breakdown_says_what_is_missing_between_it_and_the_whole() {
    let (_app, visitor) = demo();
    let page = visitor.get("/associations/fengxian/2007").expect(200);
    let whole = line(&page, "state-and-city-projects");
    assert!(whole.contains("分项目标合计100项，总目标中另有30项未分解。"), "{whole}");
    assert!(whole.contains("分项实绩合计91项，与总实绩一致。"), "{whole}");
}

#[test]
fn a_target_is_shown_as_the_plan_says_it_with_the_sentence_it_was_read_from() {
    let (_app, visitor) = demo();
    let page = visitor.get("/associations/fengxian/2007").expect(200);
    let training = line(&page, "training-attendances");
    for words in ["不少于2000人次", "进行各类科技培训不少于2000人次", "1870人次", "实绩 ÷ 目标 = 1870 人次 ÷ 2000 人次"]
    {
        assert!(training.contains(words), "{words}: {training}");
    }
    assert!(training.contains(">约</abbr>"), "{training}");
    assert!(line(&page, "city-brand-products").contains("1—2个"));
    assert!(line(&page, "city-brand-products").contains("class=\"band\""));
}

#[test]
fn what_came_as_text_stays_text() {
    let app = App::start();
    let hostile = "<script>alert('x')</script>\"&";
    app.association_with("bad", json!({"name": hostile}));
    app.indicator_with("bad", json!({"name": hostile, "category": hostile, "unit": "<b>\"</b>"}));
    let source = json!({"document": hostile, "locator": hostile, "quote": hostile});
    let target = json!({"value": 10, "source": source});
    app.admin().put("/associations/bad/targets/2018/bad", target).expect(201);
    let actual = json!({"indicator": "bad", "value": 4, "period": "2018-03", "performed_by": hostile});
    app.admin().post("/associations/bad/actuals", actual).expect(201);
    let page = app.visitor_with_key_of(&app.admin()).get("/associations/bad/2018").expect(200);
    assert!(page.contains("&lt;script&gt;alert"));
    assert!(!page.contains("<script>alert") && !page.contains("<b>\""), "{page}");
    assert_harmless(&page);
}

#[test]
fn what_the_key_may_not_see_is_a_page_that_says_so() {
    let app = App::start();
    for code in ["near", "far"] {
        app.association(code, None);
    }
    let visitor = app.visitor_with_key_of(&app.person(Role::Viewer, Some("near")));
    assert_eq!(visitor.get("/associations/near/2018").status, 200);
    let shown = visitor.get("/associations/far/2018");
    assert_eq!((shown.status, shown.header("content-type")), (404, "text/html; charset=utf-8"));
    assert!(shown.html.contains("<h1>") && !shown.html.contains("far科协"), "{}", shown.html);
    assert_eq!(visitor.get("/associations/near/2018?basis=none").status, 400);
}

#[test]
fn a_page_is_english_for_who_wants_it() {
    let (_app, visitor) = demo();
    visitor.post("/language", &[("language", "en"), ("next", "/")]);
    let page = visitor.get("/associations/fengxian/2007").expect(200);
    let training = line(&page, "training-attendances");
    for words in ["at least 2,000 人次", "1,870 人次", "actual ÷ target", "Overdue"] {
        assert!(training.contains(words), "{words}: {training}");
    }
    assert!(line(&page, "state-and-city-projects").contains("30 项 of the whole are not broken down"));
}

#[test]
fn less_is_better_shows_a_limit_and_says_why_there_is_no_rate() {
    let app = App::start();
    app.association("city", None);
    app.indicator_with("accidents", json!({"unit": "起", "direction": "lower_is_better"}));
    app.target("city", 2018, "accidents", 5);
    app.report("city", "accidents", "2018-03", 7);
    let page = app.visitor_with_key_of(&app.admin()).get("/associations/city/2018").expect(200);
    let shown = line(&page, "accidents");
    for words in ["不超过5起", "越低越好，只判断是否达标", "class=\"limit\"", "class=\"broken\"", "class=\"forbidden\""]
    {
        assert!(shown.contains(words), "{words}: {shown}");
    }
    assert!(!shown.contains("class=\"pace\""), "{shown}");
}

#[test]
fn a_change_is_shown_from_where_it_starts() {
    let app = App::start();
    app.association("city", None);
    app.indicator_with("share", json!({"unit": "%", "accumulation": "latest"}));
    let target = json!({"value": 15, "basis_of_rate": "change", "baseline": {"year": 2016, "value": 13}});
    app.admin().put("/associations/city/targets/2018/share", target).expect(201);
    app.report("city", "share", "2018-03", 14);
    let page = app.visitor_with_key_of(&app.admin()).get("/associations/city/2018").expect(200);
    let shown = line(&page, "share");
    assert!(shown.contains("不少于15%<span class=\"quiet\">，自13%起</span>"), "{shown}");
    assert!(shown.contains("<strong>50%</strong>"), "{shown}");
    // Half of the way from 13 to 15, not 14 of 15.
    assert!(shown.contains("class=\"fill\" x=\"0.00%\" width=\"50.00%\""), "{shown}");
}

#[test]
fn the_scope_is_offered_where_something_is_below() {
    let app = App::start();
    app.association("city", None);
    app.association("county", Some("city"));
    app.indicator("households", "户");
    app.target("county", 2018, "households", 40);
    app.report("county", "households", "2018-03", 10);
    let visitor = app.visitor_with_key_of(&app.admin());
    let own = visitor.get("/associations/city/2018").expect(200);
    assert!(own.contains("href=\"/associations/city/2018?scope=subtree\""), "{own}");
    let all = visitor.get("/associations/city/2018?scope=subtree").expect(200);
    assert!(line(&all, "households").contains("<strong>25%</strong>"), "{all}");
    // What is a sum of many leads to them, not to a line that the association itself has not.
    let link = line(&all, "households").split("href=\"").nth(1).expect("a link").split('"').next().expect("an address");
    assert!(visitor.get(&link.replace("&amp;", "&")).expect(200).contains("county科协"), "{link}");
    let below = visitor.get("/associations/county/2018").expect(200);
    assert!(!below.contains("scope=subtree"));
    assert!(below.contains("<a href=\"/associations/city/2018\">city科协</a>"), "{below}");
    let scoped = app.visitor_with_key_of(&app.person(Role::Viewer, Some("county")));
    assert!(!scoped.get("/associations/county/2018").expect(200).contains("city科协"));
}

#[test]
fn both_bases_stand_side_by_side() {
    let app = App::start();
    app.association("city", None);
    app.indicator("households", "户");
    app.target("city", 2018, "households", 100);
    let actual = app.report("city", "households", "2018-03", 60);
    let visitor = app.visitor_with_key_of(&app.admin());
    let page = visitor.get("/associations/city/2018").expect(200);
    assert!(line(&page, "households").contains("核定 </span>尚无"), "{page}");
    app.admin().post(&format!("{actual}/verify"), json!({"value": 50, "reason": "核减"})).expect(200);
    for path in ["/associations/city/2018", "/associations/city/2018?basis=verified"] {
        let page = visitor.get(path).expect(200);
        let shown = line(&page, "households");
        assert!(shown.contains("自评 </span>60户 · 60%") && shown.contains("核定 </span>50户 · 50%"), "{shown}");
    }
}

#[test]
fn a_page_with_fifty_lines_is_small_on_its_way() {
    let app = App::start();
    app.association("city", None);
    let admin = app.admin();
    for number in 0..50 {
        let code = format!("indicator-{number}");
        app.indicator_with(
            &code,
            json!({"name": format!("第{number}项科普活动覆盖人次"), "category": format!("类别{}", number % 9)}),
        );
        let source = json!({"document": "二〇一八年工作计划", "locator": format!("第{number}条"), "quote": format!("{number}：{}", "全年开展科普活动。".repeat(10))});
        let target = json!({"value": 1000 + number * 37, "source": source});
        admin.put(&format!("/associations/city/targets/2018/{code}"), target).expect(201);
        app.report("city", &code, "2018-03", 300 + i64::from(number) * 53);
    }
    let visitor = app.visitor_with_key_of(&admin);
    assert_eq!(visitor.get("/associations/city/2018").expect(200).matches("<li class=\"line\"").count(), 50);
    let size = visitor.compressed_size("/associations/city/2018");
    assert!(size < 150 * 1024, "{size} bytes");
}

#[test]
fn what_waits_to_be_verified_is_not_said_to_be_missing() {
    let app = App::start();
    app.association("city", None);
    app.indicator("people", "户");
    app.indicator("nobody", "户");
    app.target("city", 2018, "people", 94);
    app.target("city", 2018, "nobody", 94);
    app.report("city", "people", "2018-05", 12);
    let visitor = app.visitor_with_key_of(&app.admin());
    let page = visitor.get("/associations/city/2018?basis=verified").expect(200);
    assert!(line(&page, "people").contains("已报送，尚未核定"));
    assert!(line(&page, "nobody").contains("尚无实绩"));
}
