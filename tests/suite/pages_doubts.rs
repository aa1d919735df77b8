//! What forms ask back before they store: figures that count twice or look like a slip, reported, amended or verified, and
//! report forms that were stored before with other content.

use kpi::auth::Role;
use serde_json::{Value, json};

use crate::support::{App, Visitor};

const FORM: &str = "/report/city/2018";

/// A city that plans 94 households for 2018, and somebody who reports for it.
fn app() -> (App, Visitor) {
    let app = App::start();
    app.association("city", None);
    app.indicator("people", "户");
    app.target("city", 2018, "people", 94);
    let visitor = app.visitor_with_key_of(&app.reporter_of("city"));
    (app, visitor)
}

/// What the form says of an indicator, besides what is given.
fn fields<'a>(key: &'a str, period: &'a str, value: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![("external_id", key), ("indicator", "people"), ("period", period), ("value", value)]
}

/// What the page would send in a field again.
fn hidden(page: &str, name: &str) -> String {
    let field = page.split(&format!("name=\"{name}\" value=\"")).nth(1).unwrap_or_else(|| panic!("no {name}: {page}"));
    field.split('"').next().expect("its end").to_owned()
}

/// Goes on when nothing is stored yet and the page asks whether it is meant, and answers what would confirm it.
#[track_caller]
fn asked(page: &str) -> String {
    assert!(page.contains("尚未保存，请先核对") && page.contains("仍然保存"), "{page}");
    hidden(page, "confirmed")
}

fn total(app: &App) -> Value {
    let completion = app.admin().get("/associations/city/completion/2018").expect(200);
    let mut lines = completion["lines"].as_array().expect("lines").iter();
    lines.find(|line| line["indicator"]["code"] == "people").expect("it is planned")["actual"]["value"].clone()
}

#[test]
fn a_period_that_is_added_up_already_is_asked_about_once() {
    let (app, visitor) = app();
    let first = app.report("city", "people", "2018-Q1", 30);
    let page = visitor.post(FORM, &fields("one", "2018-03", "12")).expect(200);
    let confirmed = asked(&page);
    let link = first.replace("/associations/city/actuals/", "/actuals/city/");
    assert!(page.contains(&format!("<a href=\"{link}\">2018-Q1 30户</a>")), "{page}");
    assert!(page.contains("会重复计算") && page.contains("value=\"12\""), "{page}");
    assert_eq!(hidden(&page, "external_id"), "one", "it is still the same form");
    assert_eq!(total(&app), 30);
    let meant = [fields("one", "2018-03", "12"), vec![("confirmed", confirmed.as_str())]].concat();
    assert_eq!(visitor.post(FORM, &meant).status, 303);
    assert_eq!(total(&app), 42);
    // A second click, and a browser that goes back and sends it again.
    assert_eq!(visitor.post(FORM, &meant).status, 303);
    assert_eq!(visitor.post(FORM, &fields("one", "2018-03", "12")).status, 303);
    assert_eq!(total(&app), 42);
}

#[test]
fn what_does_not_count_or_lies_elsewhere_is_not_asked_about() {
    let (app, visitor) = app();
    app.association("town", Some("city"));
    app.indicator("others", "户");
    let voided = app.report("city", "people", "2018-03", 30);
    app.admin().post(&format!("{voided}/void"), json!({"reason": "重复"})).expect(200);
    let rejected = app.report("city", "people", "2018-03", 31);
    app.admin().post(&format!("{rejected}/reject"), json!({"reason": "无佐证"})).expect(200);
    app.report("city", "people", "2018-02", 1);
    app.report("city", "people", "2018-04", 1);
    app.report("city", "people", "2017-03", 1);
    app.report("city", "others", "2018-03", 1);
    app.report("town", "people", "2018-03", 1);
    assert_eq!(visitor.post(FORM, &fields("one", "2018-03", "12")).status, 303);
    assert_eq!(total(&app), 14);
}

#[test]
fn a_standing_is_asked_about_only_for_the_very_same_period() {
    let (app, visitor) = app();
    app.indicator_with("members", json!({"unit": "人", "accumulation": "latest"}));
    app.report("city", "members", "2018-Q1", 30);
    let fields = |period| [("indicator", "members"), ("period", period), ("value", "32")];
    assert_eq!(visitor.post(FORM, &fields("2018-03")).status, 303);
    let page = visitor.post(FORM, &fields("2018-Q1")).expect(200);
    asked(&page);
    assert!(page.contains("同一期间已经报过一笔") && page.contains("2018-Q1 30人"), "{page}");
}

#[test]
fn an_implausible_figure_is_asked_about_and_another_one_anew() {
    let (app, visitor) = app();
    let page = visitor.post(FORM, &fields("one", "2018-03", "1200")).expect(200);
    let confirmed = asked(&page);
    assert!(page.contains("1200户超过全年目标94户的10倍"), "{page}");
    // Confirmed was 1200 and not 12000.
    let other = [fields("one", "2018-03", "1.2万户"), vec![("confirmed", confirmed.as_str())]].concat();
    let page = visitor.post(FORM, &other).expect(200);
    asked(&page);
    assert!(page.contains("1.2万户超过全年目标94户的10倍"), "{page}");
    assert_eq!(total(&app), Value::Null);
    // Corrected, there is nothing to ask.
    let right = [fields("one", "2018-03", "12"), vec![("confirmed", confirmed.as_str())]].concat();
    assert_eq!(visitor.post(FORM, &right).status, 303);
    let page = visitor.post(FORM, &fields("two", "2018-04", "-2")).expect(200);
    let negative = asked(&page);
    assert!(page.contains("-2 户是负数"), "{page}");
    let meant = [fields("two", "2018-04", "-2"), vec![("confirmed", negative.as_str())]].concat();
    assert_eq!(visitor.post(FORM, &meant).status, 303);
    assert_eq!(total(&app), 10);
    let page = visitor.post(FORM, &fields("three", "2018-05", "2.5")).expect(200);
    asked(&page);
    assert!(page.contains("2.5 户带小数"), "{page}");
}

#[test]
fn a_share_of_more_than_the_whole_is_asked_about() {
    let (app, visitor) = app();
    app.indicator_with("share", json!({"unit": "%", "value_type": "percentage", "accumulation": "ratio"}));
    let share = |numerator, confirmed| {
        [
            ("external_id", "one"),
            ("indicator", "share"),
            ("period", "2018-03"),
            ("numerator", numerator),
            ("denominator", "43"),
            ("confirmed", confirmed),
        ]
    };
    let page = visitor.post(FORM, &share("50", "")).expect(200);
    let confirmed = asked(&page);
    assert!(page.contains("116.279%超过100%：是否把分子和分母写反了"), "{page}");
    // However little more it is, it does not read as the whole.
    let mut little = share("43000000.0001", "");
    little[4].1 = "43000000";
    let page = visitor.post(FORM, &little).expect(200);
    assert!(page.contains("100.0000000002%超过100%"), "{page}");
    assert_eq!(visitor.post(FORM, &share("50", &confirmed)).status, 303);
    // So it is where it is amended or verified, until more than the whole is planned.
    let id = app.sql("SELECT id::text FROM actuals")[0][0].clone().expect("an id");
    let page = format!("/actuals/city/{id}");
    let verifier = app.visitor_with_key_of(&app.person(Role::Verifier, Some("city")));
    for (who, action) in [(&visitor, "amend"), (&verifier, "verify")] {
        let asks = who.post(&page, &form(action, "1", &[("numerator", "44"), ("denominator", "43")])).expect(200);
        assert!(asked(&asks).starts_with("above_whole:102.3255"), "{asks}");
    }
    app.target("city", 2018, "share", 120);
    assert_eq!(visitor.post(&page, &form("amend", "1", &[("numerator", "44"), ("denominator", "43")])).status, 303);
}

#[test]
fn a_rate_of_growth_may_be_more_than_a_hundred_percent() {
    let (app, visitor) = app();
    app.indicator_with("growth", json!({"unit": "%", "accumulation": "latest"}));
    let fields = [("indicator", "growth"), ("period", "2018-03"), ("value", "130")];
    assert_eq!(visitor.post(FORM, &fields).status, 303);
}

#[test]
fn what_comes_up_after_somebody_was_asked_is_asked_too() {
    let (app, visitor) = app();
    let confirmed = asked(&visitor.post(FORM, &fields("one", "2018-03", "1200")).expect(200));
    app.report("city", "people", "2018-03", 7);
    let meant = [fields("one", "2018-03", "1200"), vec![("confirmed", confirmed.as_str())]].concat();
    let page = visitor.post(FORM, &meant).expect(200);
    let confirmed = asked(&page);
    assert!(page.contains("的10倍") && page.contains("2018-03 7户"), "{page}");
    let meant = [fields("one", "2018-03", "1200"), vec![("confirmed", confirmed.as_str())]].concat();
    assert_eq!(visitor.post(FORM, &meant).status, 303);
    assert_eq!(total(&app), 1207);
}

#[test]
fn nothing_is_asked_about_what_would_be_refused_anyway() {
    let (app, visitor) = app();
    app.report("city", "people", "2018-03", 7);
    app.admin().put("/locks/2018", json!({"closed_through": "2018-03-31", "reason": "季度考核"})).expect(200);
    let page = visitor.post(FORM, &fields("one", "2018-03", "1200")).expect(409);
    assert!(page.contains("该期间已封账") && !page.contains("尚未保存，请先核对"), "{page}");
    assert!(!page.contains("name=\"reason\""), "a reporter cannot excuse it: {page}");
    let admin = app.visitor_with_key_of(&app.admin());
    let page = admin.post(FORM, &fields("two", "2018-03", "5")).expect(409);
    assert!(page.contains("name=\"reason\""), "{page}");
    let excused = [fields("two", "2018-03", "5"), vec![("reason", "年报补录")]].concat();
    let page = admin.post(FORM, &excused).expect(200);
    let confirmed = asked(&page);
    assert_eq!(hidden(&page, "reason"), "年报补录");
    assert_eq!(admin.post(FORM, &[excused, vec![("confirmed", confirmed.as_str())]].concat()).status, 303);
    assert_eq!(total(&app), 12);
    let page = visitor.post(FORM, &fields("one", "2018-07", "1200")).expect(422);
    assert!(page.contains("id=\"period-wrong\"") && !page.contains("尚未保存，请先核对"), "{page}");
}

#[test]
fn of_very_many_the_last_ones_are_listed() {
    let (app, visitor) = app();
    for day in 1..=21 {
        app.report("city", "people", &format!("2018-03-{day:02}"), 1);
    }
    let page = visitor.post(FORM, &fields("one", "2018-03", "12")).expect(200);
    let confirmed = asked(&page);
    assert_eq!(confirmed.split(' ').count(), 20);
    assert!(
        page.contains("更早报送的没有列出") && !page.contains("2018-03-01") && page.contains("2018-03-21"),
        "{page}"
    );
    let meant = [fields("one", "2018-03", "12"), vec![("confirmed", confirmed.as_str())]].concat();
    assert_eq!(visitor.post(FORM, &meant).status, 303);
}

#[test]
fn programs_are_not_asked() {
    let (app, _) = app();
    let reporter = app.reporter_of("city");
    for value in [json!(1200), json!(-2), json!(0.5)] {
        let body = json!({"indicator": "people", "value": value, "period": "2018-03"});
        reporter.post("/associations/city/actuals", body).expect(201);
    }
}

#[test]
fn a_form_that_was_stored_before_leads_to_what_is_stored_or_becomes_another_one() {
    let (app, visitor) = app();
    assert_eq!(visitor.post(FORM, &fields("one", "2018-05", "20")).status, 303);
    let page = visitor.post(FORM, &fields("one", "2018-05", "25")).expect(409);
    assert!(page.contains("这张表已经保存过") && !page.contains("external_id one"), "{page}");
    assert!(page.contains("2018-05 20户</a>（已报送）") && page.contains("value=\"25\""), "{page}");
    assert_eq!(total(&app), 20);
    let link = format!("/actuals/{}", linked(&page));
    assert!(visitor.get(&link).expect(200).contains("20户"));
    // As another one it has a key of its own, and is looked at like any other.
    let key = hidden(&page, "external_id");
    assert!(key.starts_with("page-") && page.contains("作为另一笔保存"), "{page}");
    let page = visitor.post(FORM, &fields(&key, "2018-05", "25")).expect(200);
    let confirmed = asked(&page);
    assert_eq!(hidden(&page, "external_id"), key);
    let meant = [fields(&key, "2018-05", "25"), vec![("confirmed", confirmed.as_str())]].concat();
    assert_eq!(visitor.post(FORM, &meant).status, 303);
    assert_eq!(visitor.post(FORM, &meant).status, 303);
    assert_eq!(total(&app), 45);
}

/// Association and id of the actual that a page leads to.
fn linked(page: &str) -> &str {
    let link = page.split("href=\"/actuals/").nth(1).expect("a link");
    link.split('"').next().expect("its end")
}

#[test]
fn a_voided_actual_is_not_offered_to_be_amended() {
    let (app, visitor) = app();
    assert_eq!(visitor.post(FORM, &fields("one", "2018-05", "20")).status, 303);
    let id = app.sql("SELECT id::text FROM actuals")[0][0].clone().expect("an id");
    app.admin().post(&format!("/associations/city/actuals/{id}/void"), json!({"reason": "重复"})).expect(200);
    let page = visitor.post(FORM, &fields("one", "2018-05", "25")).expect(409);
    assert!(
        page.contains("（已作废）") && page.contains("它已作废，不能再更改") && !page.contains("请去更正"),
        "{page}"
    );
}

#[test]
fn the_period_is_left_open_for_a_year_that_is_over() {
    let (app, visitor) = app();
    let period = |year: u16| {
        let page = visitor.get(&format!("/report/city/{year}")).expect(200);
        page.split("id=\"period\"").nth(1).expect("the field").split('>').next().expect("its end").to_owned()
    };
    assert!(period(2018).contains("value=\"2018-06\""));
    let past = period(2017);
    assert!(
        past.contains("value=\"\"") && past.contains("required") && past.contains("如 2017-10、2017-Q3、2017"),
        "{past}"
    );
    let viewer = app.visitor_with_key_of(&app.person(Role::Viewer, Some("city")));
    assert_eq!(viewer.get("/report/city/2017").status, 403);
}

/// An actual's path in the API and the page that changes it.
fn stored(app: &App, period: &str, value: i64) -> (String, String) {
    let path = app.report("city", "people", period, value);
    let page = path.replace("/associations/city/actuals/", "/actuals/city/");
    (path, page)
}

/// What the form of an action says, made from the version that was shown.
fn form<'a>(action: &'a str, version: &'a str, fields: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    [&[("action", action), ("version", version), ("reason", "录入错误")], fields].concat()
}

#[test]
fn an_amendment_is_asked_about_and_stored_when_it_is_meant() {
    let (app, visitor) = app();
    let (path, page) = stored(&app, "2018-03", 12);
    let amend = |value, confirmed| form("amend", "1", &[("value", value), ("note", "备注"), ("confirmed", confirmed)]);
    let asks = visitor.post(&page, &amend("1300", "")).expect(200);
    let confirmed = asked(&asks);
    assert!(asks.contains("1300户超过全年目标94户的10倍"), "{asks}");
    assert!(asks.contains("<details class=\"card\" open><summary>更正"), "it is still the same form: {asks}");
    assert!(asks.contains("value=\"1300\"") && asks.contains(">备注</textarea>"), "{asks}");
    assert_eq!((hidden(&asks, "version").as_str(), total(&app)), ("1", json!(12)));
    // Confirmed was 1300 and not 13000.
    let anew = asked(&visitor.post(&page, &amend("13000", &confirmed)).expect(200));
    assert_ne!(anew, confirmed);
    assert_eq!(total(&app), 12);
    for click in ["the first", "the second"] {
        let sent = visitor.post(&page, &amend("1300", &confirmed));
        assert_eq!(sent.header("location"), format!("{page}?done=amend"), "{click}");
    }
    assert_eq!((total(&app), &app.admin().get(&path).expect(200)["version"]), (json!(1300), &json!(2)));
    // It stands: whoever changes something else is not asked again.
    assert_eq!(visitor.post(&page, &form("amend", "2", &[("note", "说明")])).status, 303);
    for (value, doubt) in [("-2", "-2 户是负数"), ("2.5", "2.5 户带小数")] {
        let asks = visitor.post(&page, &form("amend", "3", &[("value", value)])).expect(200);
        asked(&asks);
        assert!(asks.contains(doubt), "{asks}");
    }
}

#[test]
fn a_period_that_is_moved_over_others_is_asked_about_and_its_own_is_not() {
    let (app, visitor) = app();
    let (_, page) = stored(&app, "2018-Q2", 12);
    let longer = visitor.post(&page, &form("amend", "1", &[("period", "2018-04-01/2018-06-29")]));
    assert_eq!(longer.status, 303, "its own days are no overlap");
    let (_, other) = stored(&app, "2018-Q1", 5);
    let moved = |confirmed| form("amend", "2", &[("period", "2018"), ("confirmed", confirmed)]);
    let asks = visitor.post(&page, &moved("")).expect(200);
    let confirmed = asked(&asks);
    assert!(asks.contains(&format!("<a href=\"{other}\">2018-Q1 5户</a>")), "{asks}");
    assert_eq!(confirmed.split(' ').count(), 1);
    // What comes up meanwhile is asked too.
    stored(&app, "2018-01", 3);
    let confirmed = asked(&visitor.post(&page, &moved(&confirmed)).expect(200));
    assert_eq!(visitor.post(&page, &moved(&confirmed)).status, 303);
    // The overlap is no doing of whoever corrects the figure or adds a note.
    assert_eq!(visitor.post(&page, &form("amend", "3", &[("value", "13"), ("note", "说明")])).status, 303);
    assert_eq!(total(&app), 21);
}

#[test]
fn what_was_rejected_and_counts_again_is_asked_about_what_was_reported_instead() {
    let (app, visitor) = app();
    let (path, page) = stored(&app, "2018-03", 12);
    app.admin().post(&format!("{path}/reject"), json!({"reason": "无佐证"})).expect(200);
    stored(&app, "2018-03", 11);
    let asks = visitor.post(&page, &form("amend", "2", &[("value", "13")])).expect(200);
    asked(&asks);
    assert!(asks.contains("2018-03 11户"), "{asks}");
}

#[test]
fn a_verified_figure_is_asked_about_where_it_differs_from_the_reported_one() {
    let (app, _) = app();
    let visitor = app.visitor_with_key_of(&app.person(Role::Verifier, Some("city")));
    let (path, page) = stored(&app, "2018-03", 36);
    let verify = |value, confirmed| form("verify", "1", &[("value", value), ("confirmed", confirmed)]);
    let asks = visitor.post(&page, &verify("3600", "")).expect(200);
    let confirmed = asked(&asks);
    assert!(asks.contains("3600户超过全年目标94户的10倍") && asks.contains("相差10倍以上"), "{asks}");
    assert!(asks.contains("<details class=\"card\" open><summary>核定") && asks.contains("value=\"3600\""), "{asks}");
    asked(&visitor.post(&page, &verify("36000", &confirmed)).expect(200));
    let tenth = visitor.post(&page, &verify("3", "")).expect(200);
    assert!(asked(&tenth).starts_with("far_from_reported:3:36"), "{tenth}");
    assert_eq!(app.admin().get(&path).expect(200)["state"], "reported");
    for click in ["the first", "the second"] {
        assert_eq!(visitor.post(&page, &verify("3600", &confirmed)).status, 303, "{click}");
    }
    let actual = app.admin().get(&path).expect(200);
    assert_eq!((&actual["verified_value"], &actual["version"]), (&json!(3600), &json!(2)));
    // As it was reported, a figure is not asked about, whatever it is.
    let (_, page) = stored(&app, "2018-04", 1200);
    assert_eq!(visitor.post(&page, &verify("1200", "")).status, 303);
}

#[test]
fn a_change_that_is_refused_anyway_is_not_asked_about_and_programs_never_are() {
    let (app, visitor) = app();
    let (path, page) = stored(&app, "2018-03", 12);
    let refused = |fields: &[(&str, &str)], status| {
        let page = visitor.post(&page, fields).expect(status);
        assert!(!page.contains("尚未保存，请先核对") && !page.contains("name=\"confirmed\""), "{page}");
    };
    refused(&[("action", "amend"), ("version", "1"), ("value", "1300")], 422);
    refused(&form("amend", "2", &[("value", "1300")]), 412);
    app.admin().patch(&format!("{path}?reason=x"), json!({"value": 1300})).expect(200);
    refused(&form("amend", "1", &[("value", "1400")]), 412);
    app.admin().put("/locks/2018", json!({"closed_through": "2018-03-31", "reason": "季度考核"})).expect(200);
    refused(&form("amend", "2", &[("value", "1400")]), 409);
    app.admin().post(&format!("{path}/void"), json!({"reason": "重复"})).expect(200);
    refused(&form("amend", "3", &[("value", "1400")]), 409);
}
