//! What waits for somebody stands where it is looked for: on the page of the association and beside the report form.

use kpi::auth::Role;
use serde_json::json;

use crate::support::{App, Visitor};

#[test]
fn what_was_rejected_or_waits_to_be_verified_stands_where_it_is_looked_for() {
    let app = App::start();
    app.association("city", None);
    app.association("elsewhere", None);
    app.indicator("people", "户");
    app.target("city", 2018, "people", 94);
    let actual = app.report("city", "people", "2018-03", 30).replace("/associations/city/actuals/", "/actuals/city/");
    let visitor = |role, scope| app.visitor_with_key_of(&app.person(role, Some(scope)));
    let (reporter, verifier) = (visitor(Role::Reporter, "city"), visitor(Role::Verifier, "city"));
    let waiting = |visitor: &Visitor| visitor.part("/waiting/city/2018").expect(200);
    let all = |visitor: &Visitor| visitor.get("/waiting/city/2018").expect(200);
    assert!(waiting(&verifier).contains("<strong>待核定的实绩</strong>：1条 <a href=\"/waiting/city/2018\">"));
    assert!(all(&verifier).contains("待核定的实绩") && all(&verifier).contains(&actual));
    assert!(all(&reporter).contains("没有待办事项"));
    assert_eq!(waiting(&reporter), "", "nothing waits");
    let reject = [("action", "reject"), ("version", "1"), ("reason", "缺少<b>佐证</b>")];
    assert_eq!(verifier.post(&actual, &reject).status, 303);
    assert!(waiting(&reporter).contains("待更正的实绩</strong>：1条"));
    let page = all(&reporter);
    assert!(page.contains("待更正") && page.contains(&actual), "{page}");
    for page in [page, reporter.get(&actual).expect(200), reporter.get("/associations/city/2018/people").expect(200)] {
        assert!(page.contains("退回原因：缺少&lt;b&gt;佐证") && !page.contains("变动原因"), "{page}");
    }
    assert_eq!(waiting(&verifier), "");
    for page in ["/associations/city/2018", "/report/city/2018"] {
        let shown = reporter.get(page).expect(200);
        assert!(shown.contains("data-part=\"/waiting/city/2018\""), "{page}: {shown}");
    }
    let viewer = visitor(Role::Viewer, "city");
    assert!(!viewer.get("/associations/city/2018").expect(200).contains("/waiting/"));
    assert_eq!(waiting(&viewer), "");
    assert_eq!(visitor(Role::Verifier, "elsewhere").get("/waiting/city/2018").status, 404);
}

#[test]
fn a_verifier_sees_where_in_the_year_most_waits() {
    let app = App::start();
    app.association_with("city", json!({"name": "市<科协>"}));
    app.association("county", Some("city"));
    app.association("elsewhere", None);
    app.indicator("people", "户");
    let mut first = String::new();
    for (association, count) in [("city", 1), ("county", 2), ("elsewhere", 1)] {
        for month in 1..=count {
            let actual = app.report(association, "people", &format!("2018-0{month}"), 30);
            first = if first.is_empty() { actual } else { first };
        }
    }
    app.report("county", "people", "2017-01", 30);
    let visitor = |role, scope| app.visitor_with_key_of(&app.person(role, scope));
    let everywhere = visitor(Role::Verifier, None);
    let part = everywhere.part("/waiting/2018").expect(200);
    assert!(part.contains("待核定的实绩</strong>：4条，涉及3个组织 <a href=\"/waiting/2018\">"), "{part}");
    let page = everywhere.get("/waiting/2018").expect(200);
    let place = |code: &str| page.find(&format!("href=\"/waiting/{code}/2018\"")).expect(code);
    assert!(everywhere.get("/waiting/county/2018").expect(200).contains("<a href=\"/waiting/2018\">"), "and back");
    assert!(place("county") < place("city") && place("city") < place("elsewhere"), "the most first: {page}");
    assert!(page.contains("市&lt;科协&gt;"), "{page}");
    let below = visitor(Role::Verifier, Some("city"));
    assert!(below.part("/waiting/2018").expect(200).contains("：3条，涉及2个组织"));
    assert!(everywhere.part("/waiting/2018?parent=city").expect(200).contains("：2条，涉及1个组织"));
    below.post(
        &first.replace("/associations/city/actuals/", "/actuals/city/"),
        &[("action", "verify"), ("version", "1")],
    );
    assert!(below.part("/waiting/2018").expect(200).contains("：2条，涉及1个组织"));
    assert_eq!(everywhere.part("/waiting/2019").expect(200), "", "nothing waits");
    app.target("city", 2018, "people", 94);
    assert!(
        everywhere.get("/overview/2018?within=city").expect(200).contains("data-part=\"/waiting/2018?within=city\"")
    );
    assert!(!everywhere.get("/overview/2018?as_of=2018-06-30").expect(200).contains("/waiting/"), "it is about today");
    let reporter = visitor(Role::Reporter, Some("city"));
    let overview = reporter.get("/overview/2018").expect(200);
    assert!(!overview.contains("/waiting/2018") && overview.contains("data-part=\"/waiting/city/2018\""), "{overview}");
    assert!(reporter.get("/waiting/2018").expect(403).contains("核定、管理"));
}

/// Where a page links to with this relation.
fn link(page: &str, rel: &str) -> Option<String> {
    let before = page.split(&format!("\" rel=\"{rel}\"")).next().filter(|before| before.len() < page.len())?;
    before.rsplit("href=\"").next().map(|place| place.replace("&amp;", "&"))
}

#[test]
fn whatever_waits_is_reached_page_by_page() {
    let app = App::start();
    app.association("city", None);
    app.indicator("people", "户");
    let reporter = app.reporter_of("city");
    for value in 1..=53 {
        let row = json!({"indicator": "people", "value": value, "period": "2018-03"});
        reporter.post("/associations/city/actuals", row).expect(201);
    }
    app.sql("UPDATE actuals SET state = 'rejected', reason = '重复' WHERE value = 53");
    let admin = app.visitor_with_key_of(&app.admin());
    assert!(admin.part("/waiting/city/2018").expect(200).contains("待核定的实绩</strong>：50条以上"));
    let first = admin.get("/waiting/city/2018").expect(200);
    assert!(first.contains(">1 户<") && first.contains(">50 户<") && !first.contains(">51 户<"), "{first}");
    assert_eq!(link(&first, "first"), None);
    let next = link(&first, "next").expect("a next page");
    let second = admin.get(&format!("{next}&done=3")).expect(200);
    assert!(second.contains(">51 户<") && second.contains(">52 户<") && !second.contains(">50 户<"), "{second}");
    assert!(second.contains("被退回、待更正的实绩") && second.contains(">53 户<"), "the other list stays: {second}");
    assert_eq!(link(&second, "next"), None);
    assert_eq!(link(&second, "first").as_deref(), Some("/waiting/city/2018?"));
    assert!(admin.part(&next).expect(200).contains("：2条"));
    // Done with the last page, one is not told that nothing waits.
    let boxes = second.split("name=\"actual\" value=\"").skip(1).map(|rest| rest.split('"').next().expect("its end"));
    let sent = admin.post(&next, &boxes.map(|one| ("actual", one)).collect::<Vec<_>>());
    assert_eq!((sent.status, sent.header("location")), (303, format!("{next}&done=2").as_str()));
    let beyond = admin.get(sent.header("location")).expect(200);
    assert!(beyond.contains("已核定2条") && beyond.contains("更早的见第一页"), "{beyond}");
    assert_eq!(admin.get("/waiting/city/2018?reported_after=x").status, 400);
}

#[test]
fn a_milestone_is_done_or_not_and_about_a_figure_is_said_to_be() {
    let app = App::start();
    app.association("city", None);
    app.indicator("people", "户");
    app.indicator_with("law", json!({"unit": "项", "value_type": "milestone", "accumulation": "latest"}));
    app.report("city", "law", "2018-02", 0);
    let law = app.report("city", "law", "2018-03", 1).replace("/associations/city/actuals/", "/actuals/city/");
    let about = json!({"indicator": "people", "value": "约30户", "period": "2018-03"});
    app.admin().post("/associations/city/actuals", about).expect(201);
    let verifier = app.visitor_with_key_of(&app.person(Role::Verifier, None));
    let page = verifier.get("/waiting/city/2018").expect(200);
    for words in [">未完成</td>", ">已完成</td>", ">约30 户</td>"] {
        assert!(page.contains(words), "{words}: {page}");
    }
    let form = verifier.get(&law).expect(200);
    assert!(form.contains("<label for=\"verify-value\">数值</label>"), "{form}");
}
