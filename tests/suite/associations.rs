//! Associations: created and replaced, moved in their tree, listed, deleted while nothing hangs on them.

use std::sync::Barrier;

use serde_json::{Value, json};

use crate::support::{App, Person};

fn body(name: &str) -> Value {
    json!({"name": name, "kind": "society", "level": "municipal"})
}

fn below(parent: &str) -> Value {
    json!({"name": "学会", "kind": "society", "level": "municipal", "parent": parent})
}

/// The codes on a page, joined.
fn codes(page: &Value) -> String {
    let items = page["items"].as_array().expect("items");
    items.iter().map(|item| item["code"].as_str().expect("a code")).collect::<Vec<_>>().join(" ")
}

fn listed(person: &Person, query: &str) -> String {
    codes(&person.get(&format!("/associations{query}")).expect(200))
}

#[test]
fn putting_creates_then_replaces_and_the_same_body_changes_nothing() {
    let app = App::start();
    let admin = app.admin();
    let first = admin.put("/associations/chuzhou", body("滁州市科协"));
    assert_eq!(first.header("location"), "/api/v1/associations/chuzhou");
    let tag = first.header("etag").to_owned();
    let created = first.expect(201);
    assert_eq!(
        (&created["status"], &created["parent"], &created["aliases"]),
        (&json!("active"), &json!(null), &json!([]))
    );

    app.set_day(2018, 7, 1);
    let same = admin.put("/associations/chuzhou", body("滁州市科协"));
    assert_eq!(same.header("etag"), tag);
    assert_eq!(same.expect(200), created);

    let replaced = admin.put("/associations/chuzhou", body("滁州市科学技术协会"));
    let new_tag = replaced.header("etag").to_owned();
    assert_ne!(new_tag, tag);
    let replaced = replaced.expect(200);
    assert_eq!(replaced["name"], "滁州市科学技术协会");
    assert_eq!(replaced["created_at"], created["created_at"]);
    assert_ne!(replaced["updated_at"], created["updated_at"]);

    let shown = admin.get("/associations/chuzhou");
    assert_eq!(shown.header("etag"), new_tag);
    assert_eq!(shown.expect(200), replaced);
}

#[test]
fn a_write_with_a_stale_tag_is_refused_and_with_the_current_one_accepted() {
    let app = App::start();
    let admin = app.admin();
    let path = "/associations/chuzhou";
    let stale = admin.put(path, body("一")).header("etag").to_owned();
    let current = admin.put(path, body("二")).header("etag").to_owned();
    for (method, content) in [("PUT", body("三")), ("PATCH", json!({"name": "三"})), ("DELETE", json!({}))] {
        let problem = admin.send_json(method, path, &[("If-Match", &stale)], content);
        let problem = problem.expect_problem(412, "precondition_failed");
        assert!(problem["detail"].as_str().expect("a sentence").contains(&current), "{problem}");
    }
    assert_eq!(admin.get(path).expect(200)["name"], "二");
    let either = format!("{stale}, {current}");
    let next = admin.send_json("PUT", path, &[("If-Match", &either)], body("三"));
    let next = (next.header("etag").to_owned(), next.expect(200)).0;
    let next = admin.send_json("PATCH", path, &[("If-Match", &next)], json!({"name": "四"}));
    let next = (next.header("etag").to_owned(), next.expect(200)).0;
    admin.send_json("DELETE", path, &[("If-Match", &next)], json!({})).expect(204);
}

#[test]
fn a_tag_on_what_does_not_exist_is_refused() {
    let app = App::start();
    let admin = app.admin();
    for tag in ["*", "\"0190-1\""] {
        let reply = admin.send_json("PUT", "/associations/nowhere", &[("If-Match", tag)], body("无"));
        reply.expect_problem(412, "precondition_failed");
    }
    admin.get("/associations/nowhere").expect_problem(404, "association_not_found");
    admin.patch("/associations/nowhere", json!({})).expect_problem(404, "association_not_found");
    admin.delete("/associations/nowhere").expect_problem(404, "association_not_found");
}

#[test]
fn a_patch_changes_what_it_names_and_null_clears() {
    let app = App::start();
    app.association("anhui", None);
    let admin = app.admin();
    let whole = json!({"name": "滁州市科协", "kind": "federation", "level": "municipal", "status": "preparing",
        "parent": "anhui", "aliases": ["滁科协"]});
    let before = admin.put("/associations/chuzhou", whole).expect(201);

    let path = "/associations/chuzhou";
    assert_eq!(admin.patch(path, json!({})).expect(200), before);
    let patch = r#"{"level": "county"}"#;
    let headers = [("Content-Type", "application/merge-patch+json")];
    let after = admin.send("PATCH", "/api/v1/associations/chuzhou", &headers, patch).expect(200);
    let mut wanted = before;
    wanted["level"] = json!("county");
    wanted["updated_at"] = after["updated_at"].clone();
    assert_eq!(after, wanted);

    let cleared = admin.patch(path, json!({"parent": null, "aliases": null, "status": null})).expect(200);
    assert_eq!(
        (&cleared["parent"], &cleared["aliases"], &cleared["status"]),
        (&json!(null), &json!([]), &json!("active"))
    );
}

#[test]
fn a_patch_is_refused_at_the_place_that_is_wrong() {
    let app = App::start();
    app.association("chuzhou", None);
    let admin = app.admin();
    for (patch, pointer, code) in [
        (json!({"title": "滁州"}), "/title", "unknown_field"),
        (json!({"code": "other"}), "/code", "unknown_field"),
        (json!({"name": 5}), "/name", "wrong_type"),
        (json!({"name": null}), "/name", "missing_field"),
        (json!({"name": ""}), "/name", "too_short"),
        (json!({"kind": "club"}), "/kind", "not_allowed"),
        (json!({"kind": {"club": true}}), "/kind", "not_allowed"),
        (json!({"aliases": "滁科协"}), "/aliases", "wrong_type"),
        (json!({"aliases": [1]}), "/aliases/0", "wrong_type"),
        (json!({"parent": "No Code"}), "/parent", "invalid_code"),
        (json!(["name"]), "", "wrong_type"),
        (json!(null), "", "wrong_type"),
    ] {
        admin.patch("/associations/chuzhou", patch).expect_violation(pointer, code);
    }
}

#[test]
fn aliases_are_kept_in_their_order_and_limited() {
    let app = App::start();
    let admin = app.admin();
    let put = |aliases: Value| {
        let mut body = body("奉贤区财政会计学会");
        body["aliases"] = aliases;
        admin.put("/associations/society", body)
    };
    let most: Vec<String> = (0..20).rev().map(|number| format!("{number:0>200}")).collect();
    assert_eq!(put(json!(most)).expect(201)["aliases"], json!(most));
    put(json!(vec!["名"; 21])).expect_violation("/aliases", "too_long");
    put(json!(["名".repeat(201)])).expect_violation("/aliases", "invalid_value");
    put(json!([""])).expect_violation("/aliases", "invalid_value");
    assert_eq!(put(json!(["区财会学会"])).expect(200)["aliases"], json!(["区财会学会"]));
}

#[test]
fn moving_an_association_moves_everything_below_it() {
    let app = App::start();
    for (code, parent) in [("east", None), ("west", None), ("city", Some("east")), ("town", Some("city"))] {
        app.association(code, parent);
    }
    app.association("village", Some("town"));
    // A neighbour whose code begins alike is not below it.
    app.association("city-two", Some("east"));
    let admin = app.admin();
    let reader = app.person(kpi::auth::Role::Viewer, Some("west"));
    reader.get("/associations/village").expect_problem(404, "association_not_found");

    assert_eq!(admin.patch("/associations/city", json!({"parent": "west"})).expect(200)["parent"], "west");
    assert_eq!(listed(&admin, "?within=east"), "city-two east");
    assert_eq!(listed(&admin, "?within=west"), "city town village west");
    assert_eq!(listed(&admin, "?within=city"), "city town village");
    assert_eq!(listed(&admin, "?parent=city"), "town");
    reader.get("/associations/village").expect(200);

    admin.patch("/associations/city", json!({"parent": null})).expect(200);
    assert_eq!(listed(&admin, "?within=city"), "city town village");
    assert_eq!(listed(&admin, "?within=west"), "west");
    reader.get("/associations/village").expect_problem(404, "association_not_found");
}

#[test]
fn nothing_comes_to_stand_below_itself() {
    let app = App::start();
    app.association("a", None);
    app.association("b", Some("a"));
    app.association("c", Some("b"));
    let admin = app.admin();
    for parent in ["a", "b", "c"] {
        admin.put("/associations/a", below(parent)).expect_violation("/parent", "association_cycle");
    }
    admin.put("/associations/new", below("new")).expect_violation("/parent", "unknown_association");
    admin.put("/associations/c", below("nowhere")).expect_violation("/parent", "unknown_association");
    assert_eq!(listed(&admin, "?within=a"), "a b c");
}

#[test]
fn the_tree_has_sixteen_levels_at_most() {
    let app = App::start();
    let admin = app.admin();
    admin.put("/associations/level1", body("顶")).expect(201);
    for level in 2..=16 {
        let parent = format!("level{}", level - 1);
        admin.put(&format!("/associations/level{level}"), below(&parent)).expect(201);
    }
    admin.put("/associations/level17", below("level16")).expect_violation("/parent", "association_too_deep");
    // Moving counts what is below: the whole of it would be seventeen levels deep.
    admin.put("/associations/root", body("根")).expect(201);
    admin.put("/associations/level1", below("root")).expect_violation("/parent", "association_too_deep");
    assert_eq!(listed(&admin, "?within=root"), "root");
}

#[test]
fn two_moves_at_the_same_moment_never_make_a_cycle() {
    let app = App::start();
    let admin = app.admin();
    for _ in 0..10 {
        for code in ["a", "b"] {
            admin.put(&format!("/associations/{code}"), body("学会"));
        }
        let together = Barrier::new(2);
        let mut statuses = std::thread::scope(|scope| {
            let moves = [("a", "b"), ("b", "a")].map(|(code, parent)| {
                let (admin, together) = (&admin, &together);
                scope.spawn(move || {
                    together.wait();
                    admin.put(&format!("/associations/{code}"), below(parent)).status
                })
            });
            moves.map(|thread| thread.join().expect("an answer"))
        });
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 422]);
    }
}

#[test]
fn only_what_nothing_hangs_on_is_deleted() {
    let app = App::start();
    app.indicator("households", "户");
    for code in ["free", "parent", "planned", "reported", "keyed"] {
        app.association(code, None);
    }
    app.association("child", Some("parent"));
    app.target("planned", 2018, "households", 94);
    let actual = json!({"indicator": "households", "value": 31, "period": "2018-Q1"});
    app.reporter_of("keyed");
    let admin = app.admin();
    admin.post("/associations/reported/actuals", actual).expect(201);
    for code in ["parent", "planned", "reported", "keyed"] {
        admin.delete(&format!("/associations/{code}")).expect_problem(409, "association_in_use");
        admin.get(&format!("/associations/{code}")).expect(200);
    }
    admin.delete("/associations/free").expect(204);
    admin.get("/associations/free").expect_problem(404, "association_not_found");
    admin.delete("/associations/child").expect(204);
    admin.delete("/associations/parent").expect(204);
}

#[test]
fn pages_neither_skip_nor_repeat_while_rows_are_inserted() {
    let app = App::start();
    for code in ["b", "d", "f", "h"] {
        app.association(code, None);
    }
    let admin = app.admin();
    let first = admin.get("/associations?limit=2").expect(200);
    assert_eq!(codes(&first), "b d");
    for code in ["a", "c", "e"] {
        app.association(code, None);
    }
    let second = format!("/associations?limit=2&cursor={}", first["next_cursor"].as_str().expect("a cursor"));
    let second = admin.get(&second).expect(200);
    assert_eq!(codes(&second), "e f");
    let third = format!("/associations?limit=2&cursor={}", second["next_cursor"].as_str().expect("a cursor"));
    let third = admin.get(&third).expect(200);
    assert_eq!((codes(&third).as_str(), &third["next_cursor"]), ("h", &json!(null)));
    assert_eq!(admin.get("/associations?limit=7").expect(200)["next_cursor"], json!(null));
}

#[test]
fn a_list_shows_what_fits_every_filter() {
    let app = App::start();
    let admin = app.admin();
    for (code, name, kind, level, status, parent, aliases) in [
        ("huishan", "惠山区科协", "federation", "county", "active", json!(null), json!([])),
        ("medical", "惠山区医学会", "society", "county", "active", json!("huishan"), json!(["医学会"])),
        ("tea_club", "茶叶协会", "industry_association", "township", "preparing", json!("huishan"), json!(["100%茶"])),
        ("teaxclub", "茶业学会", "society", "township", "dissolved", json!("medical"), json!(["100分茶", "Tea"])),
        ("wuxi", "无锡市科协", "federation", "municipal", "active", json!(null), json!([])),
    ] {
        let body = json!({"name": name, "kind": kind, "level": level, "status": status, "parent": parent,
            "aliases": aliases});
        admin.put(&format!("/associations/{code}"), body).expect(201);
    }
    for (query, fitting) in [
        ("", "huishan medical tea_club teaxclub wuxi"),
        ("?parent=huishan", "medical tea_club"),
        ("?within=huishan", "huishan medical tea_club teaxclub"),
        ("?kind=federation", "huishan wuxi"),
        ("?level=county", "huishan medical"),
        ("?status=dissolved", "teaxclub"),
        ("?within=huishan&kind=society&status=active", "medical"),
        ("?within=medical&kind=federation", ""),
        ("?q=%E5%8C%BB%E5%AD%A6%E4%BC%9A", "medical"),
        ("?q=%E8%8C%B6", "tea_club teaxclub"),
        ("?q=TEA", "tea_club teaxclub"),
        ("?q=a_c", "tea_club"),
        ("?q=100%25", "tea_club"),
        ("?q=%25", "tea_club"),
        ("?q=%5C", ""),
        ("?q=wux", "wuxi"),
    ] {
        assert_eq!(listed(&admin, query), fitting, "{query}");
    }
    let problem = admin.get("/associations?within=nowhere").expect_problem(400, "invalid_parameter");
    assert_eq!(
        (&problem["errors"][0]["pointer"], &problem["errors"][0]["code"]),
        (&json!("?within"), &json!("unknown_association"))
    );
}

#[test]
fn a_dissolved_association_keeps_its_figures_and_takes_no_new_ones() {
    let app = App::start();
    app.association("old", None);
    app.indicator("households", "户");
    app.indicator("people", "人");
    app.target("old", 2018, "households", 94);
    let admin = app.admin();
    let actual = json!({"indicator": "households", "value": 31, "period": "2018-Q1"});
    admin.post("/associations/old/actuals", actual.clone()).expect(201);
    admin.patch("/associations/old", json!({"status": "dissolved"})).expect(200);

    admin.post("/associations/old/actuals", actual).expect_problem(422, "association_dissolved");
    let target = "/associations/old/targets/2018/people";
    admin.put(target, json!({"value": 5})).expect_problem(422, "association_dissolved");
    let completion = admin.get("/associations/old/completion/2018").expect(200);
    assert_eq!(completion["lines"][0]["actual"]["value"], 31);
    admin.patch("/associations/old", json!({"status": "active"})).expect(200);
    admin.put(target, json!({"value": 5})).expect(201);
}

#[test]
fn an_admin_of_a_part_builds_in_that_part_only() {
    let app = App::start();
    for (code, parent) in [("east", None), ("city", Some("east")), ("west", None)] {
        app.association(code, parent);
    }
    let admin = app.person(kpi::auth::Role::Admin, Some("city"));
    assert_eq!(listed(&admin, ""), "city");
    admin.put("/associations/branch", below("city")).expect(201);
    for parent in ["east", "west", "nowhere"] {
        admin.put("/associations/branch", below(parent)).expect_violation("/parent", "unknown_association");
    }
    admin.put("/associations/branch", body("分会")).expect_violation("/parent", "missing_field");
    admin.put("/associations/root", body("根")).expect_violation("/parent", "missing_field");
    admin.put("/associations/west", below("city")).expect_problem(404, "association_not_found");
    assert_eq!(listed(&app.admin(), "?within=city"), "branch city");
}

#[test]
fn what_lies_above_a_scope_does_not_exist_for_it() {
    let app = App::start();
    app.association("province", None);
    app.association("city", Some("province"));
    let local = app.person(kpi::auth::Role::Admin, Some("city"));
    let city = local.get("/associations/city").expect(200);
    assert!(city["parent"].is_null());
    assert!(local.get("/associations").expect(200)["items"][0]["parent"].is_null());
    // It may change its own top without naming what it may not know, and stays where it is.
    let renamed = local.patch("/associations/city", json!({"name": "城市科协"})).expect(200);
    assert_eq!((&renamed["name"], &renamed["parent"]), (&json!("城市科协"), &json!(null)));
    assert_eq!(app.admin().get("/associations/city").expect(200)["parent"], "province");
}

#[test]
fn patches_of_different_fields_at_the_same_moment_both_survive() {
    let app = App::start();
    app.association("city", None);
    let admin = app.admin();
    std::thread::scope(|scope| {
        for patch in [json!({"name": "新名称"}), json!({"status": "dissolved"}), json!({"level": "county"})] {
            scope.spawn(|| admin.patch("/associations/city", patch).expect(200));
        }
    });
    let city = admin.get("/associations/city").expect(200);
    assert_eq!(
        (&city["name"], &city["status"], &city["level"]),
        (&json!("新名称"), &json!("dissolved"), &json!("county"))
    );
}
