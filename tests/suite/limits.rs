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
