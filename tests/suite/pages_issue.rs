//! Issuing a bulletin in the browser: filled in, seen as it would be, and only then issued.

use std::thread;
use std::time::{Duration, Instant};

use chrono::TimeDelta;
use kpi::auth::Role;
use serde_json::json;

use crate::support::database::{await_row, hold};
use crate::support::region::region;
use crate::support::{Person, Shown, Visitor};

const KEY: &str = "01a207b9-6968-7744-a613-7f84ddc159ef";

type Fields<'a> = &'a [(&'a str, &'a str)];

const ALL: Fields = &[("key", KEY), ("title", "上半年通报"), ("year", "2018")];

/// These fields, some of them filled in otherwise.
fn with<'a>(fields: &[(&'a str, &'a str)], others: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let kept = fields.iter().filter(|(name, _)| others.iter().all(|(other, _)| other != name));
    kept.chain(others).copied().collect()
}

fn query(fields: Fields<'_>) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish()
}

fn preview(visitor: &Visitor, fields: Fields<'_>) -> Shown {
    visitor.get(&format!("/bulletins/preview?{}", query(fields)))
}

/// What the button that issues sends with the form; none where nothing can be issued.
fn seen(page: &str) -> Option<String> {
    let value = page.split("name=\"seen\" value=\"").nth(1)?.split('"').next()?;
    Some(plain(value))
}

fn plain(value: &str) -> String {
    value.replace("&quot;", "\"").replace("&lt;", "<").replace("&amp;", "&")
}

/// Presses the button on the preview of these fields, with those in the form.
fn confirm(visitor: &Visitor, previewed: Fields<'_>, form: Fields<'_>) -> Shown {
    let seen = seen(&preview(visitor, previewed).expect(200)).expect("a button");
    visitor.post("/bulletins", &with(form, &[("seen", &seen)]))
}

/// What the bulletin says, from its first section on.
fn sections(page: &str) -> &str {
    page.split_once("<section class=\"card\" aria-labelledby=\"part-1\"")
        .expect("a section")
        .1
        .split("</article>")
        .next()
        .expect("its end")
}

fn count(person: &Person) -> usize {
    person.get("/bulletins").expect(200)["items"].as_array().expect("items").len()
}

#[test]
fn a_preview_shows_the_page_that_is_issued_then_and_writes_nothing() {
    let app = region();
    let (admin, visitor) = (app.admin(), app.visitor_with_key_of(&app.person(Role::Verifier, None)));
    let form = visitor.get("/bulletins").expect(200);
    assert!(form.contains("formmethod=\"get\" formaction=\"/bulletins/preview\"") && !form.contains("name=\"seen\""));
    let fields = with(ALL, &[("basis", "verified"), ("scope", "province"), ("audience", "members")]);
    let held = hold(&app.database, "BEGIN; LOCK TABLE bulletins IN SHARE ROW EXCLUSIVE MODE");
    let page = preview(&visitor, &fields).expect(200);
    held.release();
    assert!(page.contains("预览·尚未发布") && page.contains("datetime=\"2018-06-30T02:00:00+00:00\""), "{page}");
    assert!(
        !page.contains("〔2018〕") && page.contains("印发各组织") && page.contains("value=\"上半年通报\""),
        "{page}"
    );
    assert_eq!(count(&admin), 0);
    app.advance(TimeDelta::minutes(1));
    assert_eq!(confirm(&visitor, &fields, &fields).header("location"), "/bulletins/2018/1");
    let issued = visitor.get("/bulletins/2018/1").expect(200);
    assert_eq!(sections(&issued), sections(&page));
    assert!(issued.contains("〔2018〕1号") && !issued.contains("尚未发布"), "{issued}");
    visitor.hold("kpi_language", "en");
    assert!(preview(&visitor, &fields).expect(200).contains("Preview · not issued"));
}

#[test]
fn a_bulletin_is_issued_once_however_often_the_form_is_sent() {
    let app = region();
    let visitor = app.visitor_with_key_of(&app.person(Role::Verifier, None));
    for _ in 0..2 {
        assert_eq!(confirm(&visitor, ALL, ALL).header("location"), "/bulletins/2018/1");
    }
    let other = with(ALL, &[("title", "全年通报")]);
    let page = confirm(&visitor, &other, &other).expect(409);
    assert!(
        page.contains("已经发布过另一份通报") && !page.contains(KEY) && page.contains("value=\"全年通报\""),
        "{page}"
    );
    assert_eq!(count(&app.admin()), 1);
    // Seen once more after that, it is the form of another one.
    let page = preview(&visitor, ALL).expect(200);
    assert!(
        page.contains("已经发布过") && page.contains("name=\"key\"") && !page.contains(&format!("\"{KEY}\"")),
        "{page}"
    );
}

/// What a form sends that has no field to be seen.
fn hidden(page: &str) -> Vec<(String, String)> {
    let form =
        page.split("<form class=\"sheet\"").nth(1).and_then(|rest| rest.split("</form>").next()).expect("a form");
    let fields = form.split("type=\"hidden\" name=\"").skip(1).map(|rest| {
        let (name, rest) = rest.split_once("\" value=\"").expect("a value");
        (name.to_owned(), plain(rest.split('"').next().expect("its end")))
    });
    fields.collect()
}

#[test]
fn a_bulletin_that_is_being_issued_is_not_said_to_be_refused() {
    let app = region();
    let visitor = app.visitor_with_key_of(&app.person(Role::Verifier, None));
    let seen = seen(&preview(&visitor, ALL).expect(200)).expect("a button");
    let issue = || visitor.post("/bulletins", &with(ALL, &[("seen", &seen)]));
    // The answer of the first click can not be kept yet.
    let held = hold(&app.database, "BEGIN; LOCK TABLE idempotency_keys IN SHARE MODE");
    let page = thread::scope(|scope| {
        let first = scope.spawn(issue);
        let since = Instant::now();
        let waiting = "SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
        assert!(await_row(&app.database, waiting, || since.elapsed() > Duration::from_secs(20)), "nobody waits");
        let second = issue().expect(409);
        held.release();
        assert_eq!(first.join().expect("a thread ends well").header("location"), "/bulletins/2018/1");
        second
    });
    assert!(page.contains("这份通报正在发布") && page.contains(">查看通报</button>"), "{page}");
    assert!(!page.contains("Idempotency-Key") && !page.contains(">预览</button>"), "{page}");
    let again = hidden(&page);
    let again: Vec<_> = again.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    assert_eq!(visitor.post("/bulletins", &again).header("location"), "/bulletins/2018/1");
    assert_eq!(count(&app.admin()), 1);
}

#[test]
fn nothing_is_issued_that_was_not_seen() {
    let app = region();
    let visitor = app.visitor_with_key_of(&app.person(Role::Verifier, None));
    let changed = with(ALL, &[("scope", "east"), ("title", "一 & 二")]);
    let unseen = visitor.post("/bulletins", ALL);
    let otherwise = confirm(&visitor, ALL, &changed);
    for (shown, fields) in [(unseen, ALL), (otherwise, &changed)] {
        assert_eq!(shown.status, 303);
        let mut sorted = fields.to_vec();
        sorted.sort_unstable();
        assert_eq!(shown.header("location"), format!("/bulletins/preview?{}", query(&sorted)));
    }
    assert_eq!(count(&app.admin()), 0);
    assert_eq!(confirm(&visitor, &changed, &changed).header("location"), "/bulletins/2018/1");
}

#[test]
fn figures_that_changed_after_they_were_seen_are_seen_again_once() {
    let app = region();
    let admin = app.admin();
    let visitor = app.visitor_with_key_of(&admin);
    let before = seen(&preview(&visitor, ALL).expect(200)).expect("a button");
    app.report("west", "households", "2018-05", 7);
    let moved = visitor.post("/bulletins", &with(ALL, &[("seen", &before)]));
    assert_eq!((moved.status, count(&admin)), (303, 0), "nothing is issued");
    let again = visitor.get(moved.header("location")).expect(200);
    assert!(again.contains("没有发布：数据在预览之后有变化") && again.contains("57%"), "{again}");
    // They may change all the time: what was seen twice is issued as it stands.
    app.report("west", "households", "2018-06", 1);
    let issued = visitor.post("/bulletins", &with(ALL, &[("seen", &seen(&again).expect("a button"))]));
    assert_eq!((issued.header("location"), count(&admin)), ("/bulletins/2018/1", 1));
    assert!(visitor.get("/bulletins/2018/1").expect(200).contains("58%"));
    let back = visitor.get(moved.header("location")).expect(200);
    assert!(!back.contains("没有发布：") && back.contains("已经发布过"), "it was issued meanwhile: {back}");
    // A second click of the first form finds what was issued with its key.
    let late = visitor.post("/bulletins", &with(ALL, &[("seen", &before)]));
    assert_eq!((late.header("location"), count(&admin)), ("/bulletins/2018/1", 1));
}

#[test]
fn what_was_seen_before_midnight_is_seen_anew_after_it() {
    let app = region();
    app.advance(TimeDelta::minutes(14 * 60 - 1));
    let visitor = app.visitor_with_key_of(&app.person(Role::Verifier, None));
    let page = preview(&visitor, ALL).expect(200);
    assert!(page.contains("数据截至2018-06-30"), "{page}");
    app.advance(TimeDelta::minutes(2));
    let seen = seen(&page).expect("a button");
    let shown = visitor.post("/bulletins", &with(ALL, &[("seen", &seen)]));
    assert!(shown.header("location").starts_with("/bulletins/preview?"), "{}", shown.header("location"));
    assert_eq!(count(&app.admin()), 0);
    assert_eq!(confirm(&visitor, ALL, ALL).header("location"), "/bulletins/2018/1");
}

#[test]
fn what_is_wrong_stands_beside_its_field_with_all_that_was_typed() {
    let app = region();
    let visitor = app.visitor_with_key_of(&app.person(Role::Verifier, None));
    for (name, text, said) in [
        ("title", "", "请填写此项。"),
        ("title", &"通".repeat(201), "长度 201 过长"),
        ("year", "1948", "1949至2199年"),
        ("year", "今年", "今年"),
        ("as_of", "2018-07-01", "不晚于 2018-06-30 的日期"),
        ("as_of", "6月30日", "6月30日 不是日期"),
        ("kind", "parrot", "parrot 不在允许的取值之内"),
        ("scope", "东\0", "没有此密钥可见的组织"),
    ] {
        let fields = with(ALL, &[("level", "municipal"), (name, text)]);
        let page = preview(&visitor, &fields).expect(422);
        let wrong = page.split(&format!("id=\"{name}-wrong\" role=\"alert\">")).nth(1);
        let wrong = wrong.and_then(|rest| rest.split('<').next()).unwrap_or_else(|| panic!("{name}: {page}"));
        assert!(wrong.contains(said), "{name} {text}: {wrong}");
        assert!(page.contains(&format!("aria-describedby=\"{name}-wrong\"")), "{page}");
        assert!(page.contains("<option value=\"municipal\" selected>") && page.contains(KEY), "{page}");
        assert!(!page.contains("<article") && seen(&page).is_none(), "{page}");
    }
    let sent = visitor.post("/bulletins", &with(ALL, &[("title", "")])).expect(422);
    assert!(sent.contains("id=\"title-wrong\" role=\"alert\">请填写此项。"), "{sent}");
    assert_eq!(preview(&visitor, &with(ALL, &[("key", "\0")])).status, 200, "another one is made");
    assert_eq!(count(&app.admin()), 0);
}

#[test]
fn what_holds_nothing_is_not_offered_and_what_was_told_before_is_named() {
    let app = region();
    let visitor = app.visitor_with_key_of(&app.person(Role::Verifier, None));
    for (fields, said) in [
        (with(ALL, &[("kind", "branch")]), "没有符合条件的组织"),
        (with(ALL, &[("year", "2017")]), "没有计划目标"),
        (with(ALL, &[("scope", "bureau")]), "没有计划目标"),
    ] {
        let page = preview(&visitor, &fields).expect(200);
        assert!(page.contains(said) && seen(&page).is_none(), "{said}: {page}");
    }
    let admin = app.admin();
    let same = json!({"year": 2018, "title": "同样的", "scope": "east", "kind": "federation"});
    admin.post("/bulletins", same.clone()).expect(201);
    for (name, other) in [
        ("scope", json!("province")),
        ("kind", json!("society")),
        ("level", json!("county")),
        ("basis", json!("verified")),
    ] {
        let mut body = same.clone();
        body[name] = other;
        admin.post("/bulletins", body).expect(201);
    }
    let fields = with(ALL, &[("scope", "east"), ("kind", "federation")]);
    let page = preview(&visitor, &fields).expect(200);
    let before = page.split("已经发布过：").nth(1).and_then(|rest| rest.split("</p>").next()).expect("it is told");
    assert!(before.contains("<a href=\"/bulletins/2018/1\">〔2018〕1号《同样的》</a>。"), "{before}");
    assert_eq!(confirm(&visitor, &fields, &fields).header("location"), "/bulletins/2018/6");
    app.set_day(2018, 7, 1);
    let visitor = app.visitor_with_key_of(&app.person(Role::Verifier, None));
    assert!(!preview(&visitor, &fields).expect(200).contains("已经发布过"), "of another day");
}

#[test]
fn a_preview_is_for_those_who_may_issue_it() {
    let app = region();
    let inside = app.visitor_with_key_of(&app.person(Role::Verifier, Some("east")));
    let form = inside.get("/bulletins").expect(200);
    assert!(form.contains("required value=\"东市科协\"") && !form.contains("省科协"), "{form}");
    assert!(preview(&inside, ALL).expect(403).contains("不限范围"), "about everybody");
    let own = with(ALL, &[("scope", "east")]);
    let page = preview(&inside, &own).expect(200);
    assert!(page.contains("湖县科协") && !page.contains("西市科协"), "{page}");
    for place in ["west", "province", "nowhere"] {
        let page = preview(&inside, &with(ALL, &[("scope", place)])).expect(422);
        assert!(page.contains(&format!("没有此密钥可见的组织 {place}")), "{page}");
    }
    let viewer = app.visitor_with_key_of(&app.person(Role::Viewer, None));
    assert!(!viewer.get("/bulletins").expect(200).contains("name=\"key\""));
    assert_eq!((preview(&viewer, ALL).status, viewer.post("/bulletins", ALL).status), (403, 403));
}

#[test]
fn a_place_goes_by_its_name_its_aliases_and_its_code_where_these_mean_one() {
    let app = region();
    let east = json!({"name": "东市科协", "kind": "federation", "level": "municipal", "parent": "province", "aliases": ["东协"]});
    app.admin().put("/associations/east", east).expect(200);
    let others = json!({"name": "西市科协", "kind": "society", "level": "county", "parent": "east"});
    app.association_with("western", others);
    let visitor = app.visitor_with_key_of(&app.person(Role::Verifier, None));
    for name in ["东市科协", " 东协 ", "east"] {
        let page = preview(&visitor, &with(ALL, &[("scope", name)])).expect(200);
        assert!(page.contains("东市科协及其下级") && page.contains(&format!("value=\"{name}\"")), "{name}: {page}");
        assert!(seen(&page).expect("a button").contains("\"scope\":\"east\""), "{name}");
    }
    for (name, said) in [("西市科协", "west, western"), ("无此科协", "没有此密钥可见的组织 无此科协")]
    {
        let page = preview(&visitor, &with(ALL, &[("scope", name)])).expect(422);
        let wrong =
            page.split("id=\"scope-wrong\"").nth(1).and_then(|rest| rest.split("</p>").next()).expect("it is told");
        assert!(wrong.contains(said), "{name}: {wrong}");
    }
    let page = visitor.get("/bulletins").expect(200);
    let suggested = page.split("<datalist").nth(1).and_then(|rest| rest.split("</datalist>").next()).expect("a list");
    let suggested: Vec<_> = suggested.split("value=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    assert_eq!(suggested, ["省科协", "东市科协"], "those that have others below them: {page}");
}

#[test]
fn the_form_issues_a_bulletin_about_some_of_a_place_and_for_its_members() {
    let app = region();
    let visitor = app.visitor_with_key_of(&app.person(Role::Verifier, None));
    let page = visitor.get("/bulletins").expect(200);
    assert!(page.contains("包括其他组织的名次和得分"), "what circulating means: {page}");
    let some = [("scope", "province"), ("kind", "federation"), ("level", "municipal"), ("audience", "members")];
    let fields = with(ALL, &some);
    assert_eq!(confirm(&visitor, &fields, &fields).header("location"), "/bulletins/2018/1");
    for page in ["/bulletins", "/bulletins/2018/1"] {
        assert!(visitor.get(page).expect(200).contains("省科协及其下级 · 市级 · 科协"), "{page}");
    }
    let page = visitor.get("/bulletins/2018/1").expect(200);
    assert!(!page.contains("province") && page.contains("印发各组织"), "{page}");
    let member = app.visitor_with_key_of(&app.person(Role::Viewer, Some("west")));
    assert!(member.get("/bulletins").expect(200).contains("上半年通报"));
    assert_eq!(member.get("/bulletins/2018/1").status, 200);
    let outsider = app.visitor_with_key_of(&app.person(Role::Viewer, Some("lake")));
    assert_eq!(outsider.get("/bulletins/2018/1").status, 404);
}
