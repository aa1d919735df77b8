//! Who may read a bulletin: whoever may see all it is about, and where it is circulated, those in it.

use kpi::auth::Role;
use serde_json::{Value, json};

use crate::support::region::region;
use crate::support::{App, Person};

const BULLETINS: &str = "/bulletins";

/// Issues a bulletin, and answers its number.
fn issue(person: &Person, fields: Value) -> Value {
    let mut body = json!({"year": 2018, "title": "通报"});
    body.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    person.post(BULLETINS, body).expect(201)["number"].clone()
}

/// The numbers of the bulletins a key of this scope may list; each of them, and no other, is shown to it.
fn read_by(app: &App, scope: Option<&str>, all: u32) -> Vec<u64> {
    let viewer = app.person(Role::Viewer, scope);
    let page = viewer.get(BULLETINS).expect(200);
    let listed: Vec<_> =
        page["items"].as_array().unwrap().iter().map(|head| head["number"].as_u64().unwrap()).collect();
    for number in 1..=u64::from(all) {
        let reply = viewer.get(&format!("{BULLETINS}/2018/{number}"));
        match listed.contains(&number) {
            true => assert_eq!(reply.status, 200, "{scope:?} {number}"),
            false => drop(reply.expect_problem(404, "bulletin_not_found")),
        }
    }
    let newest = viewer.get(&format!("{BULLETINS}?sort=number_descending")).expect(200);
    let reversed: Vec<_> = newest["items"].as_array().unwrap().iter().rev().cloned().collect();
    assert_eq!(&reversed, page["items"].as_array().unwrap());
    listed
}

#[test]
fn a_bulletin_for_members_is_read_by_those_in_it_and_one_for_supervisors_is_not() {
    let app = region();
    let everywhere = app.person(Role::Verifier, None);
    let east = app.person(Role::Verifier, Some("east"));
    // 1 to 6.
    for audience in ["supervisors", "members"] {
        issue(&everywhere, json!({"audience": audience}));
        issue(&everywhere, json!({"audience": audience, "scope": "province"}));
        issue(&east, json!({"audience": audience, "scope": "east"}));
    }
    assert_eq!(issue(&east, json!({"scope": "lake"})), 7, "for supervisors, where nothing is said");
    for (scope, expected) in [
        (None, vec![1, 2, 3, 4, 5, 6, 7]),
        (Some("province"), vec![2, 3, 4, 5, 6, 7]),
        (Some("east"), vec![3, 4, 5, 6, 7]),
        (Some("lake"), vec![4, 5, 6, 7]),
        (Some("hill"), vec![4, 5, 6]),
        (Some("west"), vec![4, 5]),
        (Some("bureau"), vec![4]),
    ] {
        assert_eq!(read_by(&app, scope, 7), expected, "{scope:?}");
    }
    let head = everywhere.get("/bulletins").expect(200)["items"][3].clone();
    assert_eq!(head["audience"], "members");
    let mut body = json!({"year": 2018, "title": "通报", "audience": "everybody"});
    everywhere.post(BULLETINS, body.clone()).expect_violation("/audience", "not_allowed");
    body["audience"] = json!("members");
    east.post(BULLETINS, body).expect_problem(403, "forbidden");
}

#[test]
fn a_bulletin_about_a_kind_and_a_level_is_circulated_to_associations_of_these() {
    let app = region();
    let admin = app.admin();
    issue(&admin, json!({"audience": "members", "kind": "society"}));
    issue(&admin, json!({"audience": "members", "level": "municipal"}));
    issue(&admin, json!({"audience": "members", "scope": "east", "kind": "society", "level": "county"}));
    issue(&admin, json!({"audience": "members", "scope": "east", "kind": "bureau"}));
    for (scope, expected) in [
        (None, vec![1, 2, 3, 4]),
        (Some("province"), vec![3, 4]),
        (Some("east"), vec![2, 3, 4]),
        (Some("hill"), vec![1, 3]),
        (Some("lake"), vec![]),
        (Some("south"), vec![1, 2]),
        (Some("west"), vec![2]),
    ] {
        assert_eq!(read_by(&app, scope, 4), expected, "{scope:?}");
    }
    let heads = admin.get(BULLETINS).expect(200)["items"].clone();
    let said = |place: usize| [&heads[place]["kind"], &heads[place]["level"], &heads[place]["total"]];
    assert_eq!(said(0), [&json!("society"), &json!(null), &json!(2)]);
    assert_eq!(said(2), [&json!("society"), &json!("county"), &json!(1)]);
    let body = json!({"year": 2018, "title": "通报", "kind": "parrot"});
    admin.post(BULLETINS, body).expect_violation("/kind", "not_allowed");
}

#[test]
fn a_code_that_begins_as_another_is_another_place() {
    let app = App::start();
    for (code, parent) in [("a", None), ("a_", None), ("ab", None), ("a-c", Some("a"))] {
        app.association(code, parent);
    }
    issue(&app.admin(), json!({"audience": "members", "scope": "a"}));
    issue(&app.admin(), json!({"audience": "members", "scope": "a_"}));
    for (scope, expected) in [("a", vec![1]), ("a-c", vec![1]), ("a_", vec![2]), ("ab", vec![])] {
        assert_eq!(read_by(&app, Some(scope), 2), expected, "{scope}");
    }
}

#[test]
fn a_member_that_has_a_bulletin_is_told_so() {
    let app = region();
    issue(&app.admin(), json!({"audience": "members"}));
    for scope in [None, Some("lake")] {
        let viewer = app.person(Role::Viewer, scope);
        let tag = viewer.get("/bulletins/2018/1").header("etag").to_owned();
        assert_eq!(viewer.send("GET", "/api/v1/bulletins/2018/1", &[("If-None-Match", &tag)], "").status, 304);
    }
}

#[test]
fn the_pages_of_a_list_go_on_in_their_own_order() {
    let app = region();
    let admin = app.admin();
    (0..5).for_each(|_| drop(issue(&admin, json!({}))));
    let mut numbers = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = admin.get(&format!("{BULLETINS}?sort=number_descending&limit=2{cursor}")).expect(200);
        numbers.extend(page["items"].as_array().unwrap().iter().map(|head| head["number"].clone()));
        let Some(next) = page["next_cursor"].as_str() else { break };
        cursor = format!("&cursor={next}");
        // What is issued meanwhile is on none of the pages to come.
        issue(&admin, json!({}));
        admin.get(&format!("{BULLETINS}?limit=2{cursor}")).expect_problem(400, "invalid_parameter");
    }
    assert_eq!(numbers, [5, 4, 3, 2, 1]);
    admin.get(&format!("{BULLETINS}?sort=title")).expect_problem(400, "invalid_parameter");
}
