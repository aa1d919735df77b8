//! The list of laggards page by page, of past days, and for whoever has it already.

use std::collections::BTreeSet;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::TimeDelta;
use kpi::auth::Role;
use rust_decimal::Decimal;
use serde_json::{Value, json};

use crate::support::laggards::{all, names, number, page, report, tree};
use crate::support::{App, Person, Reply};

/// A city with 310 associations below it that plan `a` and `b` and have reported nothing.
fn crowd() -> App {
    let app = App::start();
    app.association("city", None);
    app.indicator("a", "户");
    app.indicator("b", "户");
    app.sql(
        "INSERT INTO associations (id, code, name, kind, level, status, parent_id, path, aliases, version, created_at, updated_at)
        SELECT gen_random_uuid(), 'n' || n, '第' || n % 50 || '学会', 'society', 'county', 'active', id, path || 'n' || n || '/',
            '{}', 1, created_at, updated_at
        FROM associations, generate_series(100, 409) AS n WHERE code = 'city'",
    );
    let row = |n: i32, indicator: &str| json!({"association": format!("n{n}"), "indicator": indicator, "value": 100});
    let items: Vec<_> = (100..410).flat_map(|n| [row(n, "a"), row(n, "b")]).collect();
    app.admin().post("/targets", json!({"defaults": {"year": 2018}, "items": items})).expect(200);
    app
}

#[test]
fn what_does_not_change_between_two_pages_is_neither_skipped_nor_repeated() {
    let app = crowd();
    let admin = app.admin();
    let (mut seen, mut changed, mut cursor) = (Vec::new(), BTreeSet::new(), String::new());
    for number in 0.. {
        let page = page(&admin, &format!("limit=60{cursor}"));
        let items = page["items"].as_array().unwrap().clone();
        let deviations: Vec<_> = items.iter().map(number_of).collect();
        assert!(deviations.is_sorted(), "{deviations:?}");
        seen.extend(names(&items));
        let Some(next) = page["next_cursor"].as_str() else { break };
        assert_eq!(items.len(), 60);
        cursor = format!("&cursor={next}");
        // Of those seen and those to come, some move behind, some to the front and some away.
        for (step, value) in [(0, 3), (1, 49), (2, 60), (3, -5)] {
            let association = format!("n{}", 100 + number * 20 + step * 5);
            report(&app, &association, "a", value);
            changed.insert(format!("{association}/a"));
        }
    }
    let unchanged: Vec<_> = seen.iter().filter(|name| !changed.contains(*name)).collect();
    let distinct: BTreeSet<_> = unchanged.iter().collect();
    assert_eq!((unchanged.len(), distinct.len()), (620 - changed.len(), 620 - changed.len()));
    assert!(changed.len() > 30, "{changed:?}");
    // A whole list in pages of any size is the same.
    let whole = names(&all(&admin, "limit=500"));
    assert_eq!(names(&all(&admin, "limit=101")), whole);
    assert_eq!(whole.iter().collect::<BTreeSet<_>>().len(), whole.len());
    app.advance(TimeDelta::days(1));
    assert_eq!(names(&all(&admin, "limit=150&as_of=2018-06-30")), whole);
}

fn number_of(laggard: &Value) -> Decimal {
    number(&laggard["deviation"])
}

#[test]
fn a_cursor_that_the_list_did_not_make_is_refused() {
    let app = tree();
    let admin = app.admin();
    let cursor = page(&admin, "limit=1")["next_cursor"].as_str().expect("a cursor").to_owned();
    let text = String::from_utf8(URL_SAFE_NO_PAD.decode(&cursor).expect("base64")).expect("a text");
    let ask = |text: &str| admin.get(&format!("/laggards/2018?cursor={}", URL_SAFE_NO_PAD.encode(text)));
    ask(&text).expect(200);
    for (part, other) in
        [("同名", "\\u0000"), ("2018-06-30", "-200000-01-01"), ("-0.4958", "much"), ("laggards", "locks")]
    {
        assert!(text.contains(part), "{text}");
        let problem = ask(&text.replace(part, other)).expect_problem(400, "invalid_parameter");
        assert_eq!(problem["errors"][0]["code"], "invalid_cursor", "{other}");
    }
}

#[test]
fn the_pages_of_one_list_are_of_one_day() {
    let app = tree();
    let admin = app.admin();
    let first = page(&admin, "limit=3");
    app.advance(TimeDelta::days(1));
    report(&app, "town", "b", 100);
    let second = page(&admin, &format!("limit=500&cursor={}", first["next_cursor"].as_str().unwrap()));
    assert_eq!(second["as_of"], first["as_of"]);
    assert_eq!(names(second["items"].as_array().unwrap()).join(" "), "other/b province/a province/b town/a town/b");
    assert_eq!(second["items"][0]["deviation"], first["items"][0]["deviation"]);
}

fn ask(person: &Person, path: &str, tag: &str) -> Reply {
    person.send("GET", path, &[("If-None-Match", tag)], "")
}

#[test]
fn who_has_the_answer_is_told_so_until_something_changes() {
    let app = tree();
    let (admin, path) = (app.admin(), "/api/v1/laggards/2018?within=city");
    let mut tag = ask(&admin, path, "").header("etag").to_owned();
    assert!(tag.starts_with('"'), "{tag}");
    let changes: [(&str, &dyn Fn()); 5] = [
        ("an actual", &|| report(&app, "town", "a", 1)),
        ("a target", &|| drop(admin.delete("/associations/town/targets/2018/b?reason=x").expect(204))),
        ("a name", &|| drop(admin.patch("/associations/town", json!({"name": "新名"})).expect(200))),
        ("an indicator", &|| drop(admin.patch("/indicators/a", json!({"name": "新名"})).expect(200))),
        ("the day", &|| app.advance(TimeDelta::days(1))),
    ];
    for (what, change) in changes {
        let again = ask(&admin, path, &tag);
        assert_eq!((again.status, again.text.as_str(), again.header("etag")), (304, "", tag.as_str()), "before {what}");
        change();
        let changed = ask(&admin, path, &tag);
        assert_eq!(changed.status, 200, "after {what}");
        tag = changed.header("etag").to_owned();
    }
    report(&app, "other", "a", 1);
    assert_eq!(ask(&admin, path, &tag).status, 304, "what lies elsewhere does not matter");
    for other in ["?within=city&basis=verified", "?within=city&limit=1", "?within=city&as_of=2018-06-30", ""] {
        assert_eq!(ask(&admin, &format!("/api/v1/laggards/2018{other}"), &tag).status, 200, "{other}");
    }
    assert_eq!(ask(&app.person(Role::Viewer, Some("city")), path, &tag).status, 200, "another scope");
}

#[test]
fn two_associations_that_change_places_change_the_answer() {
    let app = tree();
    let admin = app.admin();
    let path = "/api/v1/laggards/2018?within=province";
    // Both have the version 2 when they stand below it.
    admin.patch("/associations/town", json!({"aliases": ["镇科协"]})).expect(200);
    let tag = ask(&admin, path, "").header("etag").to_owned();
    admin.patch("/associations/town", json!({"parent": null})).expect(200);
    admin.patch("/associations/other", json!({"parent": "city"})).expect(200);
    let changed = ask(&admin, path, &tag);
    assert_eq!(changed.status, 200);
    assert!(names(changed.body["items"].as_array().unwrap()).contains(&"other/a".to_owned()), "{}", changed.text);
}
