//! Plain lists that a client has already: 304 until something on the page changes.

use kpi::auth::Role;
use serde_json::json;

use crate::support::{App, Person};

fn app() -> App {
    let app = App::start();
    app.association("city", None);
    app.association("north", Some("city"));
    app.indicator("households", "户");
    app.indicator("training", "人次");
    app.target("city", 2018, "households", 94);
    app
}

/// Asks for a list by the tag it had before, and answers the tag it has now.
struct Asking<'a> {
    person: Person,
    path: &'a str,
    tag: String,
}

impl<'a> Asking<'a> {
    fn first(person: Person, path: &'a str) -> Self {
        let mut asking = Self { person, path, tag: "\"none\"".to_owned() };
        asking.assert_changed();
        asking
    }

    /// It is answered anew.
    #[track_caller]
    fn assert_changed(&mut self) {
        let reply = self.person.send("GET", &format!("/api/v1{}", self.path), &[("If-None-Match", &self.tag)], "");
        assert_eq!(reply.status, 200, "{} {}", self.path, reply.text);
        let tag = reply.header("etag").to_owned();
        assert!(tag.starts_with('"') && tag != self.tag, "{} {tag}", self.path);
        assert_eq!(reply.header("cache-control"), "private, no-cache");
        self.tag = tag;
        self.assert_same();
    }

    /// The client has it already.
    #[track_caller]
    fn assert_same(&self) {
        let reply = self.person.send("GET", &format!("/api/v1{}", self.path), &[("If-None-Match", &self.tag)], "");
        let said = (reply.status, reply.text.as_str(), reply.header("etag"));
        assert_eq!(said, (304, "", self.tag.as_str()), "{}", self.path);
    }
}

#[test]
fn a_list_of_associations_or_indicators_is_answered_anew_when_one_of_them_changes() {
    let app = app();
    let admin = app.admin();
    let mut associations = Asking::first(app.person(Role::Viewer, None), "/associations");
    let mut cities = Asking::first(app.person(Role::Viewer, None), "/associations?limit=1");
    let mut indicators = Asking::first(app.person(Role::Viewer, None), "/indicators");
    admin.patch("/associations/north", json!({"aliases": ["北区"]})).expect(200);
    associations.assert_changed();
    cities.assert_same();
    indicators.assert_same();
    app.association("south", Some("city"));
    associations.assert_changed();
    admin.delete("/associations/south").expect(204);
    associations.assert_changed();
    admin.patch("/associations/north", json!({"parent": null})).expect(200);
    associations.assert_changed();
    admin.patch("/associations/city", json!({"status": "dissolved"})).expect(200);
    cities.assert_changed();
    admin.patch("/indicators/training", json!({"definition": "以签到为准"})).expect(200);
    indicators.assert_changed();
    app.indicator("visits", "次");
    indicators.assert_changed();
}

#[test]
fn a_list_of_targets_is_answered_anew_when_one_is_set_revised_or_removed() {
    let app = app();
    let admin = app.admin();
    let mut targets = Asking::first(app.person(Role::Viewer, None), "/associations/city/targets/2018");
    let other = Asking::first(app.person(Role::Viewer, None), "/associations/city/targets/2017");
    app.target("city", 2018, "training", 5);
    targets.assert_changed();
    admin
        .put("/associations/city/targets/2018/training", json!({"value": 5, "weight": 2, "reason": "调整"}))
        .expect(200);
    targets.assert_changed();
    admin.delete("/associations/city/targets/2018/training?reason=x").expect(204);
    targets.assert_changed();
    app.report("city", "households", "2018-03", 3);
    targets.assert_same();
    other.assert_same();
}

#[test]
fn a_list_of_actuals_is_answered_anew_whatever_becomes_of_one() {
    let app = app();
    let admin = app.admin();
    let mut actuals = Asking::first(app.person(Role::Viewer, Some("city")), "/associations/city/actuals?year=2018");
    let actual = app.report("city", "households", "2018-03", 3);
    actuals.assert_changed();
    for (method, path, body) in [
        ("PATCH", format!("{actual}?reason=x"), json!({"value": 4})),
        ("PATCH", format!("{actual}?reason=x"), json!({"note": "已核对"})),
        ("POST", format!("{actual}/verify"), json!({})),
        ("POST", format!("{actual}/verify"), json!({"value": 2, "reason": "核减"})),
        ("POST", format!("{actual}/reject"), json!({"reason": "无凭据"})),
        ("POST", format!("{actual}/void"), json!({"reason": "误报"})),
    ] {
        admin.send_json(method, &path, &[], body).expect(200);
        actuals.assert_changed();
    }
    let batch = json!({"defaults": {"association": "city", "indicator": "training"}, "items": [{"period": "2018-01", "value": 1}]});
    admin.post("/actuals", batch).expect(200);
    actuals.assert_changed();
    app.report("city", "households", "2017-03", 3);
    app.report("north", "households", "2018-03", 3);
    actuals.assert_same();
}
