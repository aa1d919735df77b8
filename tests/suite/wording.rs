//! The words of problems: what was given, what is allowed, and nothing that only we understand.

use serde_json::json;

use crate::support::App;

const JSON: (&str, &str) = ("Content-Type", "application/json");

fn app() -> App {
    let app = App::start();
    app.association("chuzhou", None);
    app
}

#[test]
fn a_parameter_is_refused_in_words_that_say_what_was_given_and_what_is_allowed() {
    let app = app();
    let admin = app.admin();
    for (path, pointer, code, detail) in [
        (
            "/reporting/2018?missing=maybe",
            "?missing",
            "invalid_value",
            "maybe is not valid here; allowed: true or false.",
        ),
        ("/reporting/2018?missing=", "?missing", "invalid_value", "\"\" is not valid here; allowed: true or false."),
        ("/associations?q=", "?q", "too_short", "A length of 0 is too short; allowed: 1 to 100."),
        ("/associations?kind=", "?kind", "not_allowed", "\"\" is not one of federation, society"),
        ("/associations?parent=", "?parent", "invalid_code", "\"\" is not a code; allowed: 1 to 64 of"),
        ("/completion/2018?as_of=", "?as_of", "invalid_date", "\"\" is not a date; allowed: a day such as 2018-06-30."),
    ] {
        let problem = admin.get(path).expect_problem(400, "invalid_parameter");
        let error = &problem["errors"][0];
        assert_eq!((&error["pointer"], &error["code"]), (&json!(pointer), &json!(code)), "{path}");
        assert!(error["detail"].as_str().unwrap().starts_with(detail), "{path}: {}", error["detail"]);
    }
    let chinese = admin.send("GET", "/api/v1/associations?q=", &[("Accept-Language", "zh")], "").body;
    assert_eq!(chinese["errors"][0]["detail"], "长度 0 过短；允许：1至100。");
}

#[test]
fn an_empty_body_is_called_empty() {
    let app = app();
    let admin = app.admin();
    for body in ["", " \n"] {
        for (method, path) in
            [("PUT", "/associations/chuzhou"), ("PATCH", "/associations/chuzhou"), ("POST", "/actuals")]
        {
            let problem =
                admin.send(method, &format!("/api/v1{path}"), &[JSON], body).expect_problem(400, "malformed_json");
            assert_eq!(problem["detail"], "The body is not valid JSON: it is empty.", "{method} {path}");
        }
    }
}
