//! What waits for somebody stands where it is looked for: on the page of the association and beside the report form.

use kpi::auth::Role;

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
    assert!(page.contains("待更正") && page.contains(&actual) && page.contains("缺少&lt;b&gt;佐证"), "{page}");
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
