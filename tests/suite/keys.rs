//! Keys: made, shown once, limited to a part, expired, revoked.

use chrono::TimeDelta;
use kpi::auth::Role;
use serde_json::{Value, json};

use crate::support::{App, Person};

/// A new key as the API answers it, and somebody who has it.
fn create(admin: &Person, body: Value) -> (Value, Person) {
    let mut created = admin.post("/keys", body).expect(201);
    let person = admin.with_secret(created["secret"].as_str().expect("a secret"));
    (created["key"].take(), person)
}

fn names(admin: &Person) -> Vec<String> {
    let page = admin.get("/keys").expect(200);
    let items = page["items"].as_array().expect("items");
    items.iter().map(|key| key["name"].as_str().expect("a name").to_owned()).collect()
}

#[test]
fn a_new_key_works_at_once_and_says_who_it_is() {
    let app = App::start();
    app.association("chuzhou", None);
    let admin = app.admin();
    for role in ["viewer", "reporter", "planner", "verifier", "admin"] {
        let (key, person) = create(&admin, json!({"name": "报送系统", "role": role, "scope": "chuzhou"}));
        assert_eq!((&key["role"], &key["scope"], &key["expires_at"]), (&json!(role), &json!("chuzhou"), &json!(null)));
        assert_eq!(person.get("/me").expect(200), json!({"name": "报送系统", "role": role, "scope": "chuzhou"}));
    }
    let (_, person) = create(&admin, json!({"name": "全部", "role": "viewer"}));
    assert_eq!(person.get("/me").expect(200), json!({"name": "全部", "role": "viewer", "scope": null}));
}

#[test]
fn a_secret_is_shown_once_and_kept_nowhere() {
    let app = App::start();
    let admin = app.admin();
    let created = admin.post("/keys", json!({"name": "一次", "role": "viewer"})).expect(201);
    let secret = created["secret"].as_str().expect("a secret");
    let prefix = created["key"]["prefix"].as_str().expect("a prefix");
    let hidden = secret.strip_prefix(prefix).expect("the prefix opens the secret").split_at(1).1;
    assert_eq!((prefix.len(), hidden.len()), (14, 43));
    admin.with_secret(secret).get("/me").expect(200);

    let list = admin.get("/keys").text;
    assert!(list.contains(prefix) && !list.contains(hidden) && !list.contains("digest"), "{list}");
    let rows_with = |text: &str| -> Vec<String> {
        let tables = app.sql("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1");
        assert!(tables.len() >= 9, "{tables:?}");
        let names = tables.into_iter().flatten().flatten();
        let found = names.filter(|table| {
            !app.sql(&format!("SELECT 1 FROM {table} AS t WHERE strpos(t::text, '{text}') > 0")).is_empty()
        });
        found.collect()
    };
    assert_eq!(rows_with(prefix), ["audit_entries", "keys"], "the search finds what is there");
    assert!(rows_with(hidden).is_empty());
    let digest = format!("SELECT digest = sha256('{secret}'::bytea) FROM keys WHERE prefix = '{prefix}'");
    assert_eq!(app.sql(&digest), [[Some("t".to_owned())]]);
}

#[test]
fn a_key_is_good_to_the_end_of_its_last_day_in_shanghai() {
    let app = App::start();
    let admin = app.admin();
    let body = |day: &str| json!({"name": "限期", "role": "viewer", "expires_on": day});
    admin.post("/keys", body("2018-06-29")).expect_violation("/expires_on", "expiry_in_the_past");
    admin.post("/keys", body("2018-06-31")).expect_violation("/expires_on", "invalid_date");
    let (key, person) = create(&admin, body("2018-06-30"));
    assert_eq!(key["expires_at"], "2018-06-30T16:00:00Z");
    // It is 10:00 in Shanghai.
    app.advance(TimeDelta::hours(14) - TimeDelta::microseconds(1));
    person.get("/me").expect(200);
    app.advance(TimeDelta::microseconds(1));
    person.get("/me").expect_problem(401, "unauthenticated");
    admin.get("/me").expect(200);
}

#[test]
fn a_revoked_key_is_refused_at_once() {
    let app = App::start();
    let admin = app.admin();
    let (key, person) = create(&admin, json!({"name": "撤销", "role": "viewer"}));
    let path = format!("/keys/{}", key["id"].as_str().expect("an id"));
    person.get("/me").expect(200);
    admin.delete(&path).expect(204);
    person.get("/me").expect_problem(401, "unauthenticated");

    let revoked_at = || admin.get("/keys").expect(200)["items"][1]["revoked_at"].clone();
    let first = revoked_at();
    assert!(first.is_string());
    app.set_day(2018, 7, 1);
    admin.delete(&path).expect(204);
    assert_eq!(revoked_at(), first);
    let unknown = "/keys/019ac1f0-5a53-7000-8000-000000000000";
    admin.delete(unknown).expect_problem(404, "key_not_found");
}

#[test]
fn the_last_use_is_noted_to_the_minute() {
    let app = App::start();
    let admin = app.admin();
    let (key, person) = create(&admin, json!({"name": "使用", "role": "viewer"}));
    assert_eq!(key["last_used_at"], json!(null));
    let after = |seconds| {
        app.advance(TimeDelta::seconds(seconds));
        person.get("/me").expect(200);
        let keys = admin.get("/keys").expect(200);
        keys["items"][1]["last_used_at"].as_str().expect("a time").to_owned()
    };
    assert_eq!(after(0), "2018-06-30T02:00:00Z");
    assert_eq!(after(59), "2018-06-30T02:00:00Z");
    assert_eq!(after(1), "2018-06-30T02:01:00Z");
}

#[test]
fn an_admin_of_a_part_makes_and_sees_keys_of_that_part_only() {
    let app = App::start();
    app.association("east", None);
    app.association("city", Some("east"));
    app.association("town", Some("city"));
    let everywhere = app.admin();
    let (above, _) = create(&everywhere, json!({"name": "上级", "role": "viewer", "scope": "east"}));
    let (global, _) = create(&everywhere, json!({"name": "全部", "role": "viewer"}));
    let (_, local) = create(&everywhere, json!({"name": "本级", "role": "admin", "scope": "city"}));

    let (own, _) = create(&local, json!({"name": "乡镇", "role": "reporter", "scope": "town"}));
    let problem = local.post("/keys", json!({"name": "越权", "role": "viewer"})).expect_problem(403, "scope_too_wide");
    assert!(problem["detail"].as_str().expect("a sentence").contains("city"), "{problem}");
    for scope in ["east", "nowhere"] {
        let body = json!({"name": "越权", "role": "viewer", "scope": scope});
        local.post("/keys", body).expect_violation("/scope", "unknown_association");
    }
    assert_eq!(names(&local), ["本级", "乡镇"]);
    assert_eq!(names(&everywhere), ["admin", "admin", "admin", "admin", "上级", "全部", "本级", "乡镇"]);
    for key in [above, global] {
        let path = format!("/keys/{}", key["id"].as_str().expect("an id"));
        local.delete(&path).expect_problem(404, "key_not_found");
    }
    local.delete(&format!("/keys/{}", own["id"].as_str().expect("an id"))).expect(204);
}

#[test]
fn only_an_admin_manages_keys() {
    let app = App::start();
    for role in [Role::Viewer, Role::Reporter, Role::Planner, Role::Verifier] {
        let person = app.person(role, None);
        person.get("/keys").expect_problem(403, "forbidden");
        person.post("/keys", json!({"name": "越权", "role": "admin"})).expect_problem(403, "forbidden");
    }
}

#[test]
fn keys_are_listed_page_by_page_in_the_order_they_were_made() {
    let app = App::start();
    let admin = app.admin();
    for number in 1..=4 {
        create(&admin, json!({"name": format!("密钥{number}"), "role": "viewer"}));
    }
    let first = admin.get("/keys?limit=3").expect(200);
    assert_eq!(first["items"][2]["name"], "密钥2");
    create(&admin, json!({"name": "密钥5", "role": "viewer"}));
    let cursor = first["next_cursor"].as_str().expect("a cursor");
    let second = admin.get(&format!("/keys?limit=3&cursor={cursor}")).expect(200);
    let left: Vec<_> =
        second["items"].as_array().expect("items").iter().filter_map(|key| key["name"].as_str()).collect();
    assert_eq!((left, &second["next_cursor"]), (vec!["密钥3", "密钥4", "密钥5"], &json!(null)));
}

#[test]
fn a_key_is_refused_at_the_place_that_is_wrong() {
    let app = App::start();
    let admin = app.admin();
    for (body, pointer, code) in [
        (json!({"role": "viewer"}), "/name", "missing_field"),
        (json!({"name": "", "role": "viewer"}), "/name", "too_short"),
        (json!({"name": "名".repeat(101), "role": "viewer"}), "/name", "too_long"),
        (json!({"name": "名", "role": "owner"}), "/role", "not_allowed"),
        (json!({"name": "名", "role": "viewer", "scope": "Not A Code"}), "/scope", "invalid_code"),
        (json!({"name": "名", "role": "viewer", "secret": "kpi_mine"}), "/secret", "unknown_field"),
    ] {
        admin.post("/keys", body).expect_violation(pointer, code);
    }
    assert_eq!(names(&admin), ["admin"]);
}

#[test]
fn whatever_is_not_a_good_key_is_a_stranger() {
    let app = App::start();
    let admin = app.admin();
    let secret = admin.secret();
    let (rest, last) = secret.split_at(secret.len() - 1);
    let almost = format!("{rest}{}", if last == "A" { "B" } else { "A" });
    let ((prefix, hidden), other) = (secret.split_at(14), app.admin());
    let mixed = format!("{prefix}{}", other.secret().split_at(14).1);
    let stranger = app.stranger();
    let ask = |header: &str| stranger.send("GET", "/api/v1/me", &[("Authorization", header)], "");
    for header in [
        "".to_owned(),
        "Bearer".to_owned(),
        "Bearer ".to_owned(),
        secret.to_owned(),
        format!("Basic {secret}"),
        format!("Bearer{secret}"),
        format!("Bearer {secret}x"),
        format!("Bearer {rest}"),
        format!("Bearer {almost}"),
        format!("Bearer {mixed}"),
        format!("Bearer {}", secret.to_uppercase()),
        format!("Bearer {secret} {secret}"),
        format!("Bearer {secret}, Bearer {secret}"),
        format!("Bearer {}", "x".repeat(4000)),
    ] {
        let reply = ask(&header);
        assert_eq!(reply.header("www-authenticate"), "Bearer", "{header}");
        let problem = reply.expect_problem(401, "unauthenticated");
        assert!(!problem.to_string().contains(hidden), "{header}");
    }
    stranger.get("/me").expect_problem(401, "unauthenticated");
    for header in [format!("bearer {secret}"), format!("BEARER  {secret} ")] {
        ask(&header).expect(200);
    }
}
