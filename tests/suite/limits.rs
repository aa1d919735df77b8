//! What no client can make the service do: keep labels for good, echo a long text, answer without a reason.

use serde_json::json;

use crate::support::App;

#[test]
fn what_is_missing_below_the_documentation_is_a_problem_too() {
    App::start().stranger().send("GET", "/docs/nothing", &[], "").expect_problem(404, "route_not_found");
}

#[test]
fn invented_methods_do_not_fill_the_counters() {
    let app = App::start();
    for method in ["AAA", "BBB"] {
        app.stranger().send(method, "/health/live", &[], "");
    }
    let counters = app.stranger().send("GET", "/metrics", &[], "").text;
    assert!(counters.contains("method=\"other\"") && !counters.contains("AAA"), "{counters}");
}

#[test]
fn a_long_text_full_of_figures_is_neither_read_nor_echoed() {
    let app = App::start();
    app.association("chuzhou", None);
    app.indicator("households", "户");
    let value: String = (1..2_000).map(|figure| format!("{figure}户")).collect();
    let actual = json!({"indicator": "households", "value": value, "period": "2018"});
    let reply = app.admin().post("/associations/chuzhou/actuals", actual);
    assert!(reply.text.len() < 2_000, "{}", reply.text);
    reply.expect_violation("/value", "too_long");
}

#[test]
fn a_long_name_of_a_field_is_not_echoed_where_its_place_is_told() {
    let app = App::start();
    app.association("chuzhou", None);
    let (admin, long) = (app.admin(), "长".repeat(5_000));
    let nul = r"\u0000";
    for (path, body) in [
        ("/associations/chuzhou", format!(r#"{{"{long}": 1}}"#)),
        ("/associations/chuzhou", format!(r#"{{"{long}": {{"a": 1, "a": 2}}}}"#)),
        ("/associations/chuzhou", format!(r#"{{"contact": {{"{long}": {{"{long}": "{nul}"}}}}}}"#)),
    ] {
        let headers = [("Content-Type", "application/merge-patch+json")];
        let reply = admin.send("PATCH", &format!("/api/v1{path}"), &headers, body);
        assert!(reply.text.len() < 3_000, "{}", reply.text.len());
        reply.expect_problem(422, "invalid_body");
    }
    let rows = format!(r#"{{"items": [{{"association": "chuzhou", "indicator": "x", "{long}": 1, "{long}": 2}}]}}"#);
    let reply = admin.send("POST", "/api/v1/actuals", &[("Content-Type", "application/json")], rows);
    assert!(reply.text.len() < 3_000, "{}", reply.text.len());
    reply.expect_problem(422, "batch_rejected");
}

#[test]
fn a_condition_that_is_no_entity_tag_is_refused_and_a_new_one_must_be_new() {
    let app = App::start();
    app.association("chuzhou", None);
    let (admin, path) = (app.admin(), "/associations/chuzhou");
    let body = json!({"name": "别名", "kind": "federation", "level": "municipal"});
    let refused = admin.send_json("PUT", path, &[("If-Match", "abc-1")], body.clone());
    assert_eq!(refused.expect_problem(400, "invalid_parameter")["errors"][0]["pointer"], "If-Match");
    let exists = admin.send_json("PUT", path, &[("If-None-Match", "*")], body.clone());
    exists.expect_problem(412, "precondition_failed");
    admin.send_json("PUT", "/associations/new", &[("If-None-Match", "*")], body).expect(201);
}

#[test]
fn a_list_takes_no_cursor_of_another_list() {
    let app = App::start();
    for code in ["a", "b"] {
        app.association(code, None);
        app.indicator(code, "户");
    }
    let admin = app.admin();
    let cursor = admin.get("/indicators?limit=1").expect(200)["next_cursor"].as_str().expect("a cursor").to_owned();
    admin.get(&format!("/indicators?cursor={cursor}")).expect(200);
    admin.get(&format!("/associations?cursor={cursor}")).expect_problem(400, "invalid_parameter");
}

#[test]
fn a_bad_place_in_a_path_is_named() {
    let app = App::start();
    app.association("chuzhou", None);
    for (path, pointer, given) in [
        ("/associations/chuzhou/completion/abc", "{year}", "abc"),
        ("/associations/chuzhou/actuals/17", "{id}", "17"),
        ("/associations/Chuzhou", "{association}", "Chuzhou"),
    ] {
        let problem = app.admin().get(path).expect_problem(400, "invalid_parameter");
        assert_eq!(
            (&problem["errors"][0]["pointer"], &problem["errors"][0]["given"]),
            (&json!(pointer), &json!(given))
        );
    }
}
