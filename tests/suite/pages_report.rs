//! Reporting in the browser: the form for one actual, and the blank one to download.

use kpi::auth::Role;

use crate::support::{App, Visitor};

fn reporter(app: &App) -> Visitor {
    app.association("city", None);
    app.indicator("people", "户");
    app.target("city", 2018, "people", 94);
    app.visitor_with_key_of(&app.reporter_of("city"))
}

fn actual(app: &App) -> String {
    let completion = app.admin().get("/associations/city/completion/2018").expect(200);
    completion["lines"][0]["actual"]["value"].to_string()
}

/// What the form would send again.
fn external_id(page: &str) -> String {
    let field = page.split("name=\"external_id\" value=\"").nth(1).expect("a key");
    field.split('"').next().expect("its end").to_owned()
}

#[test]
fn what_the_form_stores_is_in_the_very_next_completion() {
    let app = App::start();
    let visitor = reporter(&app);
    assert_eq!(visitor.get("/report").header("location"), "/report/city/2018");
    let form = visitor.get("/report/city/2018").expect(200);
    assert!(form.contains("不少于94户") && form.contains("value=\"2018-06\""), "{form}");
    let key = external_id(&form);
    let fields = [
        ("external_id", key.as_str()),
        ("indicator", "people"),
        ("period", "2018-05"),
        ("value", "近90户"),
        ("note", ""),
    ];
    let next = stored(&visitor, &fields);
    assert_eq!(actual(&app), "90");
    // A second click, or going back and sending it again.
    assert_eq!(stored(&visitor, &fields), next);
    assert_eq!(actual(&app), "90");
    let after = visitor.get(&next).expect(200);
    assert!(after.contains("已保存") && after.contains("已报约90户"), "{after}");
    assert_ne!(external_id(&after), key, "the next one is another one");
}

/// Where a form leads that was stored.
fn stored(visitor: &Visitor, fields: &[(&str, &str)]) -> String {
    let sent = visitor.post("/report/city/2018", fields);
    assert_eq!(sent.status, 303, "{}", sent.html);
    sent.header("location").to_owned()
}

/// What a page says was stored; nothing where it says nothing.
fn said(visitor: &Visitor, page: &str) -> String {
    let page = visitor.get(page).expect(200);
    let Some((_, said)) = page.split_once("<p class=\"done\" role=\"status\">") else { return String::new() };
    said.split("</p>").next().expect("its end").replace("<strong>", "").replace("</strong>", "")
}

#[test]
fn saving_says_what_was_stored_and_what_the_line_stands_at_now() {
    let app = App::start();
    let visitor = reporter(&app);
    let next = stored(&visitor, &[("indicator", "people"), ("period", "2018-05"), ("value", "近40户")]);
    let id = next.strip_prefix("/report/city/2018?saved=").expect("an id");
    let link = format!("已保存：<a href=\"/actuals/city/{id}\">people 2018-05 约40 户</a>。");
    let line = "<a href=\"/associations/city/2018/people\">2018年该指标</a>实绩 40户";
    let first = said(&visitor, &next);
    assert!(first.starts_with(&link) && first.contains(line) && first.contains("，完成率 42.55%。"), "{first}");
    // Looked at again later, it says how things stand then.
    app.report("city", "people", "2018-04", 60);
    let later = said(&visitor, &next);
    assert!(later.starts_with(&link) && later.contains("实绩 100户") && later.contains("完成率 106.38%"), "{later}");
    app.admin()
        .post(&format!("/associations/city/actuals/{id}/void"), serde_json::json!({"reason": "重复"}))
        .expect(200);
    let voided = said(&visitor, &next);
    assert!(voided.contains("（后经作废）") && voided.contains("实绩 60户"), "{voided}");
    visitor.post("/language", &[("language", "en"), ("next", "/")]);
    let english = said(&visitor, &next);
    assert!(english.contains("Stored: ") && english.contains("(voided since)"), "{english}");
    assert!(english.contains("2018 so far</a>: 60 户, rate 63.82%."), "{english}");
}

#[test]
fn what_was_stored_is_said_to_its_last_digit() {
    let app = App::start();
    let visitor = reporter(&app);
    app.indicator("visits", "人次");
    for (period, value, shown, total) in [
        ("2018-04", "123456789", "123456789 人次", "1.2345亿人次"),
        ("2018-05", "近123450000", "约123450000 人次", "2.469亿人次"),
    ] {
        let next = stored(&visitor, &[("indicator", "visits"), ("period", period), ("value", value)]);
        let said = said(&visitor, &next);
        assert!(said.contains(&format!("visits {period} {shown}</a>。")), "{said}");
        assert!(said.contains(&format!("实绩 {total}")), "{said}");
    }
}

#[test]
fn nothing_counts_any_more_also_where_something_is_planned() {
    let app = App::start();
    let visitor = reporter(&app);
    app.indicator("visits", "人次");
    for indicator in ["people", "visits"] {
        let next = stored(&visitor, &[("indicator", indicator), ("period", "2018-05"), ("value", "40")]);
        let id = next.rsplit('=').next().expect("an id");
        let void = format!("/associations/city/actuals/{id}/void");
        app.admin().post(&void, serde_json::json!({"reason": "重复"})).expect(200);
        let said = said(&visitor, &next);
        assert!(said.contains("2018年该指标</a>没有计入的实绩。") && !said.contains('–'), "{indicator}: {said}");
    }
}

#[test]
fn a_period_without_a_year_is_one_of_the_year_of_the_form() {
    let app = App::start();
    let visitor = reporter(&app);
    let sent = |period, confirmed| {
        let fields = [("indicator", "people"), ("period", period), ("value", "1"), ("confirmed", confirmed)];
        visitor.post("/report/city/2018", &fields)
    };
    for (period, expected) in [
        ("第一季度", "2018-Q1"),
        ("4月", "2018-04"),
        ("5月1日-5月20日", "2018-05-01/2018-05-20"),
        ("6月1日至15日", "2018-06-01/2018-06-15"),
        ("2018/5/21", "2018-05-21"),
        ("2018.5.22", "2018-05-22"),
    ] {
        let next = sent(period, "").header("location").to_owned();
        assert!(said(&visitor, &next).contains(&format!("people {expected} 1 户")), "{period}: {next}");
    }
    // One that names its year is of that one, and is asked about as before.
    assert_eq!(sent("2017年4月", "").status, 200);
    assert_eq!(sent("2017年4月", "other_year:2017:2018").status, 303);
    assert_eq!(sent(" ", "").status, 422, "nothing is no whole year");
    let refused = sent("十月", "").expect(422);
    assert!(refused.contains("id=\"period-wrong\"") && refused.contains("value=\"十月\""), "{refused}");
    let said = ">十月 不是同一年内的期间；可以写 10月、第三季度、10月1日至31日或 2018-10。</p>";
    assert!(refused.contains(said) && !refused.contains("{from, to}"), "{refused}");
    // Programs have no form, and name the year.
    let body = serde_json::json!({"indicator": "people", "value": 1, "period": "4月"});
    app.admin().post("/associations/city/actuals", body).expect_violation("/period", "invalid_period");
}

#[test]
fn a_milestone_is_reported_in_words_and_kept_as_a_number() {
    let app = App::start();
    let visitor = reporter(&app);
    app.indicator_with(
        "charter",
        serde_json::json!({"unit": "项", "value_type": "milestone", "accumulation": "latest"}),
    );
    let fields = |value| [("indicator", "charter"), ("period", "2018-05"), ("value", value), ("confirmed", "")];
    let next = stored(&visitor, &fields("未完成"));
    assert!(said(&visitor, &next).contains("charter 2018-05 未完成"), "{}", said(&visitor, &next));
    let id = next.rsplit('=').next().expect("an id");
    let amended = [("action", "amend"), ("version", "1"), ("reason", "已通过"), ("value", "已完成")];
    assert_eq!(visitor.post(&format!("/actuals/city/{id}"), &amended).status, 303);
    let rows = "city,charter,2018-03,否\ncity,charter,2018-04,是\ncity,charter,2018-06,完成\n";
    let done = visitor.upload("/upload?mode=atomic", "text/csv", format!("组织,指标,期间,数值\n{rows}")).expect(200);
    assert!(done.contains("已保存"), "{done}");
    let kept = app.sql("SELECT value::int::text FROM actuals ORDER BY period_from");
    assert_eq!(kept.into_iter().flatten().flatten().collect::<Vec<_>>(), ["0", "1", "1", "1"]);
    // A number of people is not done.
    let fields = [("indicator", "people"), ("period", "2018-05"), ("value", "完成")];
    assert_eq!(visitor.post("/report/city/2018", &fields).status, 422);
    assert_eq!(
        visitor
            .post("/report/city/2018", &[("indicator", "charter"), ("period", "2018-05"), ("value", "不完成")])
            .status,
        422
    );
}

#[test]
fn nothing_is_said_to_be_stored_that_is_not_there() {
    let app = App::start();
    let visitor = reporter(&app);
    app.association("elsewhere", None);
    let other = app.report("elsewhere", "people", "2018-04", 7);
    let other = other.rsplit('/').next().expect("its id");
    for id in ["people", "%3Cb%3Ex%3C%2Fb%3E", "01890000-0000-7000-8000-000000000000", other] {
        assert_eq!(said(&visitor, &format!("/report/city/2018?saved={id}")), "", "{id}");
    }
}

#[test]
fn what_is_wrong_stands_beside_its_field_and_nothing_typed_is_lost() {
    let app = App::start();
    let visitor = reporter(&app);
    let fields = [
        ("external_id", "one"),
        ("indicator", "people"),
        ("period", "2018-05"),
        ("value", "3头牛"),
        ("note", "备注"),
        ("evidence.url", "ftp://x"),
    ];
    let page = visitor.post("/report/city/2018", &fields).expect(422);
    assert!(page.contains("id=\"evidence-url-wrong\""), "{page}");
    let fields = &fields[..5];
    let page = visitor.post("/report/city/2018", fields).expect(422);
    let field = page.split("id=\"value\"").nth(1).expect("the field").split("</div>").next().expect("its end");
    assert!(
        field.contains("value=\"3头牛\"")
            && field.contains("aria-invalid=\"true\"")
            && field.contains("头 不能换算为 户"),
        "{field}"
    );
    assert!(page.contains(">备注</textarea>") && page.contains("name=\"external_id\" value=\"one\""), "{page}");
    assert_eq!(actual(&app), "null");
    let unread = visitor
        .post("/report/city/2018", &[("unknown", "x"), ("indicator", "people"), ("value", "1"), ("period", "2018")]);
    assert!(unread.expect(422).contains("unknown"));
    assert_eq!(visitor.post("/report/city/2018", &[]).status, 422);
}

#[test]
fn only_those_who_may_report_do() {
    let app = App::start();
    let visitor = reporter(&app);
    app.association("elsewhere", None);
    let fields = [("indicator", "people"), ("period", "2018-05"), ("value", "1")];
    assert_eq!(visitor.post("/report/elsewhere/2018", &fields).status, 404);
    let viewer = app.visitor_with_key_of(&app.person(Role::Viewer, Some("city")));
    assert_eq!(viewer.post("/report/city/2018", &fields).status, 403);
    assert_eq!(viewer.upload("/upload?dry_run=true", "text/csv", "组织,指标\n").status, 403);
    assert_eq!(actual(&app), "null");
}

#[test]
fn the_blank_form_is_a_workbook() {
    let app = App::start();
    let visitor = reporter(&app);
    let (headers, bytes) = visitor.download("/report/city/2018/form.xlsx");
    assert!(bytes.starts_with(b"PK"));
    assert!(headers.get("content-disposition").is_some());
}

#[test]
fn every_digit_of_the_form_arrives_and_the_year_stored_is_the_one_shown() {
    let app = App::start();
    let visitor = reporter(&app);
    app.indicator_with("share", serde_json::json!({"unit": "%", "value_type": "percentage", "accumulation": "ratio"}));
    let fields = [
        ("indicator", "share"),
        ("period", "2017-05"),
        ("numerator", "12345678901234.5678"),
        ("denominator", "99999999999999.9999"),
        ("confirmed", "other_year:2017:2018"),
    ];
    let asked = visitor.post("/report/city/2018", &fields[..4]).expect(200);
    assert!(asked.contains("期间属于2017年，而这是2018年的填报：会计入2017年。"), "{asked}");
    assert!(app.sql("SELECT id FROM actuals").is_empty(), "nothing is stored yet");
    let next = stored(&visitor, &fields);
    assert!(next.starts_with("/report/city/2017?saved="), "{next}");
    // Also below the heading of another year, the line is that of the year the figure counts in.
    for page in [next.clone(), next.replace("2017", "2018")] {
        let said = said(&visitor, &page);
        assert!(said.contains("share 2017-05 12345678901234.5678/99999999999999.9999"), "{said}");
        assert!(said.contains("2017年该指标</a>实绩 12.3456% (") && said.contains("没有计划目标"), "{said}");
    }
    let kept = app.sql("SELECT numerator::text, denominator::text FROM actuals");
    assert_eq!(kept, [[Some("12345678901234.5678".to_owned()), Some("99999999999999.9999".to_owned())]]);
    for numerator in ["1e999", "[[[[", "{", "1 2", "NaN"] {
        let fields = [("indicator", "share"), ("period", "2017-06"), ("numerator", numerator), ("denominator", "1")];
        assert_eq!(visitor.post("/report/city/2018", &fields).status, 422, "{numerator}");
    }
}

#[test]
fn where_nothing_is_planned_there_are_indicators_to_choose_from() {
    let app = App::start();
    let visitor = reporter(&app);
    app.indicator_with("papers", serde_json::json!({"name": "论文<数>"}));
    let form = visitor.get("/report/city/2011").expect(200);
    assert!(
        form.contains("2011年度没有计划目标") && form.contains("<option value=\"papers\">论文&lt;数&gt;</option>"),
        "{form}"
    );
    assert!(form.contains("<a href=\"/indicators/2011\""), "{form}");
}
