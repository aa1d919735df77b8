//! Indicators: created and replaced, fixed where figures rest on them, broken down, listed, deleted.

use std::sync::Barrier;

use kpi::auth::Role;
use serde_json::{Value, json};

use crate::support::{App, Person};

/// An indicator that differs from a usual one in some fields.
fn body(fields: Value) -> Value {
    let mut body = json!({
        "name": "脱贫户数", "category": "扶贫", "unit": "户", "value_type": "number",
        "direction": "higher_is_better", "accumulation": "sum", "additive": true,
    });
    body.as_object_mut().expect("an object").extend(fields.as_object().expect("an object").clone());
    body
}

fn listed(person: &Person, query: &str) -> String {
    let page = person.get(&format!("/indicators{query}")).expect(200);
    let items = page["items"].as_array().expect("items");
    items.iter().map(|item| item["code"].as_str().expect("a code")).collect::<Vec<_>>().join(" ")
}

#[test]
fn putting_creates_then_replaces_and_the_same_body_changes_nothing() {
    let app = App::start();
    let admin = app.admin();
    let first = admin.put("/indicators/households", body(json!({})));
    assert_eq!(first.header("location"), "/api/v1/indicators/households");
    let tag = first.header("etag").to_owned();
    let created = first.expect(201);
    assert_eq!(
        (&created["decimals"], &created["definition"], &created["parent"]),
        (&json!(0), &json!(null), &json!(null))
    );

    app.set_day(2018, 7, 1);
    let same = admin.put("/indicators/households", body(json!({})));
    assert_eq!(same.header("etag"), tag);
    assert_eq!(same.expect(200), created);

    let replaced = admin.put("/indicators/households", body(json!({"definition": "以年底验收为准", "decimals": 2})));
    let new_tag = replaced.header("etag").to_owned();
    assert_ne!(new_tag, tag);
    let replaced = replaced.expect(200);
    assert_eq!((&replaced["definition"], &replaced["decimals"]), (&json!("以年底验收为准"), &json!(2)));
    assert_eq!(replaced["created_at"], created["created_at"]);
    let shown = admin.get("/indicators/households");
    assert_eq!(shown.header("etag"), new_tag);
    assert_eq!(shown.expect(200), replaced);
}

#[test]
fn a_write_with_a_stale_tag_is_refused_and_with_the_current_one_accepted() {
    let app = App::start();
    let admin = app.admin();
    let path = "/indicators/households";
    admin.send_json("PUT", path, &[("If-Match", "*")], body(json!({}))).expect_problem(412, "precondition_failed");
    let stale = admin.put(path, body(json!({}))).header("etag").to_owned();
    let current = admin.put(path, body(json!({"decimals": 1}))).header("etag").to_owned();
    for (method, content) in [("PUT", body(json!({}))), ("PATCH", json!({"decimals": 2})), ("DELETE", json!({}))] {
        let reply = admin.send_json(method, path, &[("If-Match", &stale)], content);
        reply.expect_problem(412, "precondition_failed");
    }
    assert_eq!(admin.get(path).expect(200)["decimals"], 1);
    admin.send_json("DELETE", path, &[("If-Match", &current)], json!({})).expect(204);
    admin.get(path).expect_problem(404, "indicator_not_found");
}

#[test]
fn a_patch_changes_what_it_names_and_null_clears() {
    let app = App::start();
    let admin = app.admin();
    app.indicator("projects", "项");
    let fields = json!({"parent": "projects", "definition": "口径", "unit": "项", "decimals": 2});
    let before = admin.put("/indicators/state-projects", body(fields)).expect(201);
    let path = "/indicators/state-projects";
    assert_eq!(admin.patch(path, json!({})).expect(200), before);
    let after = admin.patch(path, json!({"parent": null, "definition": null, "decimals": null})).expect(200);
    assert_eq!((&after["parent"], &after["definition"], &after["decimals"]), (&json!(null), &json!(null), &json!(0)));
    assert_eq!((&after["name"], &after["unit"]), (&before["name"], &before["unit"]));
    admin.patch("/indicators/nowhere", json!({})).expect_problem(404, "indicator_not_found");
}

#[test]
fn a_body_is_refused_at_the_place_that_is_wrong() {
    let app = App::start();
    let admin = app.admin();
    for (fields, pointer, code) in [
        (json!({"colour": "red"}), "/colour", "unknown_field"),
        (json!({"name": ""}), "/name", "too_short"),
        (json!({"name": "名".repeat(201)}), "/name", "too_long"),
        (json!({"category": "类".repeat(101)}), "/category", "too_long"),
        (json!({"definition": "口".repeat(2001)}), "/definition", "too_long"),
        (json!({"decimals": 5}), "/decimals", "out_of_range"),
        (json!({"decimals": -1}), "/decimals", "invalid_value"),
        (json!({"decimals": 1.5}), "/decimals", "wrong_type"),
        (json!({"additive": "yes"}), "/additive", "wrong_type"),
        (json!({"direction": "sideways"}), "/direction", "not_allowed"),
        (json!({"unit": ""}), "/unit", "invalid_unit"),
        (json!({"unit": "5 户"}), "/unit", "invalid_unit"),
        (json!({"unit": "户".repeat(17)}), "/unit", "invalid_unit"),
        (json!({"unit": null}), "/unit", "wrong_type"),
        (json!({"value_type": "percentage", "accumulation": "ratio"}), "/unit", "invalid_unit"),
        (json!({"parent": "nowhere"}), "/parent", "unknown_indicator"),
    ] {
        admin.put("/indicators/households", body(fields)).expect_violation(pointer, code);
    }
    let mut partial = body(json!({}));
    partial.as_object_mut().expect("an object").remove("direction");
    admin.put("/indicators/households", partial).expect_violation("/direction", "missing_field");
    admin.get("/indicators/households").expect_problem(404, "indicator_not_found");
}

#[test]
fn each_value_type_has_its_own_ways_to_accumulate() {
    let app = App::start();
    let admin = app.admin();
    for (value_type, unit, fitting) in [
        ("number", "户", ["sum", "latest"].as_slice()),
        ("percentage", "%", &["ratio", "latest"]),
        ("milestone", "项", &["latest"]),
    ] {
        for accumulation in ["sum", "latest", "ratio"] {
            let code = format!("{value_type}-{accumulation}");
            let fields = json!({"value_type": value_type, "unit": unit, "accumulation": accumulation});
            let reply = admin.put(&format!("/indicators/{code}"), body(fields));
            if fitting.contains(&accumulation) {
                assert_eq!(reply.expect(201)["accumulation"], accumulation);
            } else {
                let violation = reply.expect_violation("/accumulation", "accumulation_mismatch");
                assert_eq!(violation["allowed"], fitting.join(", "));
            }
        }
    }
}

#[test]
fn what_figures_rest_on_is_free_until_there_is_one() {
    let app = App::start();
    app.association("chuzhou", None);
    let admin = app.admin();
    let path = "/indicators/free";
    admin.put(path, body(json!({}))).expect(201);
    let other =
        json!({"unit": "%", "value_type": "percentage", "direction": "lower_is_better", "accumulation": "ratio"});
    assert_eq!(admin.patch(path, other).expect(200)["unit"], "%");
}

#[test]
fn what_figures_rest_on_is_fixed_by_the_first_target_or_actual() {
    let app = App::start();
    app.association("chuzhou", None);
    let admin = app.admin();
    for code in ["planned", "reported", "withdrawn"] {
        app.indicator(code, "户");
    }
    app.target("chuzhou", 2018, "planned", 94);
    let actual = json!({"indicator": "reported", "value": 31, "period": "2018-Q1"});
    admin.post("/associations/chuzhou/actuals", actual).expect(201);
    // What was planned once stays readable, in the unit it was planned in.
    app.target("chuzhou", 2018, "withdrawn", 94);
    admin.delete("/associations/chuzhou/targets/2018/withdrawn?reason=cancelled").expect(204);

    for code in ["planned", "reported", "withdrawn"] {
        let path = format!("/indicators/{code}");
        for change in [
            json!({"unit": "人"}),
            json!({"direction": "lower_is_better"}),
            json!({"accumulation": "latest"}),
            json!({"value_type": "milestone", "accumulation": "latest"}),
        ] {
            admin.patch(&path, change).expect_problem(409, "indicator_in_use");
        }
        let free = json!({"name": "户数", "category": "民生", "additive": false, "decimals": 1, "definition": "口径"});
        let changed = admin.patch(&path, free).expect(200);
        assert_eq!((&changed["name"], &changed["unit"]), (&json!("户数"), &json!("户")));
        admin.delete(&path).expect_problem(409, "indicator_in_use");
    }
}

#[test]
fn a_breakdown_never_comes_to_stand_below_itself() {
    let app = App::start();
    let admin = app.admin();
    let below = |code: &str, parent: &str| admin.put(&format!("/indicators/{code}"), body(json!({"parent": parent})));
    app.indicator("a", "户");
    below("b", "a").expect(201);
    below("c", "b").expect(201);
    for parent in ["a", "b", "c"] {
        below("a", parent).expect_violation("/parent", "indicator_cycle");
    }
    below("new", "new").expect_violation("/parent", "unknown_indicator");
    assert_eq!(listed(&admin, "?parent=a"), "b");
    admin.delete("/indicators/a").expect_problem(409, "indicator_in_use");
    for code in ["c", "b", "a"] {
        admin.delete(&format!("/indicators/{code}")).expect(204);
    }
    assert_eq!(listed(&admin, ""), "");
}

#[test]
fn of_two_who_create_the_same_at_once_one_creates_it() {
    let app = App::start();
    let admin = app.admin();
    for round in 0..5 {
        let together = Barrier::new(2);
        let mut statuses = std::thread::scope(|scope| {
            let puts = [(); 2].map(|()| {
                scope.spawn(|| {
                    together.wait();
                    admin.put(&format!("/indicators/same{round}"), body(json!({}))).status
                })
            });
            puts.map(|thread| thread.join().expect("an answer"))
        });
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 201]);
    }
}

#[test]
fn a_list_shows_what_fits_every_filter_page_by_page() {
    let app = App::start();
    let admin = app.admin();
    for (code, fields) in [
        ("training", json!({"name": "科技培训", "category": "科普", "unit": "人次"})),
        ("training_rural", json!({"name": "农技班", "category": "科普", "unit": "人次", "parent": "training"})),
        ("trainingxurban", json!({"name": "市民班", "category": "科普", "unit": "人次", "parent": "training"})),
        (
            "share",
            json!({"name": "达标", "category": "考核", "unit": "%", "value_type": "percentage",
            "accumulation": "ratio", "definition": "100%为满分, 含科技培训"}),
        ),
    ] {
        admin.put(&format!("/indicators/{code}"), body(fields)).expect(201);
    }
    for (query, fitting) in [
        ("", "share training training_rural trainingxurban"),
        ("?category=%E7%A7%91%E6%99%AE", "training training_rural trainingxurban"),
        ("?category=%E7%A7%91", ""),
        ("?parent=training", "training_rural trainingxurban"),
        ("?q=%E5%9F%B9%E8%AE%AD", "share training"),
        ("?q=g_r", "training_rural"),
        ("?q=0%25", "share"),
        ("?q=TRAIN&parent=training", "training_rural trainingxurban"),
    ] {
        assert_eq!(listed(&admin, query), fitting, "{query}");
    }
    let page = admin.get("/indicators?limit=3").expect(200);
    let cursor = page["next_cursor"].as_str().expect("a cursor");
    app.indicator("aaa", "户");
    app.indicator("zzz", "户");
    assert_eq!(listed(&admin, &format!("?limit=3&cursor={cursor}")), "trainingxurban zzz");
    let problem = admin.get("/indicators?parent=nowhere").expect_problem(400, "invalid_parameter");
    assert_eq!(problem["errors"][0]["code"], "unknown_indicator");
}

#[test]
fn indicators_are_everybodys_so_only_an_admin_of_everything_changes_them() {
    let app = App::start();
    app.association("chuzhou", None);
    app.indicator("households", "户");
    let local = app.person(Role::Admin, Some("chuzhou"));
    assert_eq!(listed(&local, ""), "households");
    local.put("/indicators/households", body(json!({}))).expect_problem(403, "forbidden");
    local.patch("/indicators/households", json!({})).expect_problem(403, "forbidden");
    local.delete("/indicators/households").expect_problem(403, "forbidden");
}

#[test]
fn a_breakdown_is_at_most_sixteen_levels_deep_counting_what_moves_along() {
    let app = App::start();
    let admin = app.admin();
    let below = |parent: &str| json!({"parent": parent, "unit": "户"});
    app.indicator("level1", "户");
    for level in 2..=16 {
        app.indicator_with(&format!("level{level}"), below(&format!("level{}", level - 1)));
    }
    let refused = admin.put("/indicators/level17", body(below("level16")));
    let violation = refused.expect_violation("/parent", "indicator_too_deep");
    assert_eq!((&violation["given"], &violation["allowed"]), (&json!("level16"), &json!("16")));
    // Moving counts what is below: the whole of it would be seventeen levels deep.
    app.indicator("top", "户");
    let patch = |code: &str, fields: Value| admin.patch(&format!("/indicators/{code}"), fields);
    patch("level1", json!({"parent": "top"})).expect_violation("/parent", "indicator_too_deep");
    patch("level2", json!({"parent": "top"})).expect(200);
    patch("top", json!({"parent": "level1"})).expect_violation("/parent", "indicator_too_deep");
    patch("top", json!({"parent": "level16"})).expect_violation("/parent", "indicator_cycle");
    // Somebody made them before there was a limit: what does not move is still changed.
    app.sql("UPDATE indicators SET parent_id = (SELECT id FROM indicators WHERE code = 'level1') WHERE code = 'top'");
    patch("level9", json!({"name": "第九级"})).expect(200);
}
