//! Whatever a client gets wrong: one form of answer, the place named, never a fault of the service.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};

use serde_json::{Value, json};

use crate::support::{App, Person, Reply};

const JSON: (&str, &str) = ("Content-Type", "application/json");

fn app() -> App {
    let app = App::start();
    app.association("chuzhou", None);
    app.indicator("people", "人");
    app
}

/// A body in the client's own words, put where an association stands.
fn put(person: &Person, body: &str) -> Reply {
    person.send("PUT", "/api/v1/associations/chuzhou", &[JSON], body)
}

/// What one writes into a socket, and what comes back.
fn exchange(app: &App, request: &[u8]) -> String {
    let mut stream = TcpStream::connect(app.address()).expect("a connection");
    stream.write_all(request).expect("the request is sent");
    stream.shutdown(Shutdown::Write).expect("the request ends");
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).expect("an answer");
    String::from_utf8(answer).expect("a text")
}

/// The first of the places a bad parameter is refused at, with its code.
fn parameter(reply: Reply) -> (String, String) {
    let problem = reply.expect_problem(400, "invalid_parameter");
    let first = &problem["errors"][0];
    let text = |name: &str| first[name].as_str().expect(name).to_owned();
    (text("pointer"), text("code"))
}

#[test]
fn every_problem_has_the_same_form() {
    let app = app();
    let admin = app.admin();
    let reply = admin.send_json("PUT", "/associations/chuzhou", &[("X-Request-Id", "mine-1")], json!({"name": ""}));
    assert_eq!(reply.header("content-type"), "application/problem+json");
    let expected = json!({
        "type": "urn:kpi:problem:invalid_body", "title": "Invalid body", "status": 422, "code": "invalid_body",
        "detail": "The body was refused and nothing was stored; see errors.", "request_id": "mine-1",
        "errors": [{"pointer": "/kind", "code": "missing_field", "detail": "The field kind is missing.", "given": "kind"}],
    });
    assert_eq!(reply.expect(422), expected);
    for reply in [
        app.stranger().get("/me"),
        admin.get("/nowhere"),
        admin.get("/associations/nowhere"),
        admin.get("/associations?limit=0"),
        admin.delete("/me"),
        put(&admin, "{"),
        app.stranger().send("GET", "/", &[], ""),
    ] {
        assert_eq!(reply.header("content-type"), "application/problem+json", "{}", reply.text);
        assert_eq!(reply.body["status"], reply.status);
        assert_eq!(reply.body["request_id"], reply.header("x-request-id"));
        for field in ["type", "title", "detail", "code"] {
            assert!(reply.body[field].as_str().is_some_and(|text| !text.is_empty()), "{field}: {}", reply.text);
        }
    }
}

#[test]
fn what_is_not_json_is_malformed() {
    let app = app();
    let admin = app.admin();
    let deep = "[".repeat(10_000);
    let closed = format!("{deep}{}", "]".repeat(10_000));
    let bodies =
        ["{", "nonsense", "{\"name\": \"a\"", "{\"name\": 'a'}", "{\"name\": NaN}", "{} {}", "{,}", " ", "\u{feff}{}"];
    for body in bodies.into_iter().chain([deep.as_str()]) {
        put(&admin, body).expect_problem(400, "malformed_json");
    }
    put(&admin, "").expect_problem(400, "malformed_json");
    put(&admin, &closed).expect_violation("", "wrong_type");
    put(&admin, &format!("{{\"name\":{closed}}}")).expect_violation("/name", "wrong_type");
    for body in ["{", "", "nonsense", &deep] {
        let patch = admin.send("PATCH", "/api/v1/associations/chuzhou", &[JSON], body);
        patch.expect_problem(400, "malformed_json");
    }
    let objects = format!("{}1{}", "{\"a\":".repeat(9_000), "}".repeat(9_000));
    let patch = admin.send("PATCH", "/api/v1/associations/chuzhou", &[JSON], &objects);
    patch.expect_problem(400, "malformed_json");
    admin.get("/associations/chuzhou").expect(200);
}

#[test]
fn what_is_not_utf_8_is_malformed() {
    let app = app();
    let secret = app.admin().secret().to_owned();
    let head = format!(
        "PUT /api/v1/associations/chuzhou HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {secret}\r\n\
        Content-Type: application/json\r\nConnection: close\r\n"
    );
    let body = b"{\"name\": \"\xff\xfe\"}";
    let request = [format!("{head}Content-Length: {}\r\n\r\n", body.len()).as_bytes(), body].concat();
    let answer = exchange(&app, &request);
    assert!(answer.starts_with("HTTP/1.1 400") && answer.contains("malformed_json"), "{answer}");
}

#[test]
fn a_body_is_an_object_with_the_right_types() {
    let app = app();
    let admin = app.admin();
    let array = r#"["名", "federation", "municipal", "active", null, []]"#;
    for body in ["[]", "5", "\"text\"", "null", "true", array] {
        let violation = put(&admin, body).expect_violation("", "wrong_type");
        assert_eq!(violation["allowed"], "an object", "{body}");
    }
    for (name, pointer, code, allowed) in [
        (json!(5), "/name", "wrong_type", "a string"),
        (json!(null), "/name", "wrong_type", "a string"),
        (json!({"zh": "名"}), "/name", "wrong_type", "a string"),
    ] {
        let violation = admin.put("/associations/chuzhou", json!({"name": name})).expect_violation(pointer, code);
        assert_eq!(violation["allowed"], allowed);
    }
    let twice = r#"{"name": "一", "name": "二", "kind": "other", "level": "county"}"#;
    let violation = put(&admin, twice).expect_violation("/name", "invalid_value");
    assert_eq!(violation["allowed"], "each field once");
    let indicator = json!({"decimals": "two"});
    let violation = admin.patch("/indicators/people", indicator).expect_violation("/decimals", "wrong_type");
    assert_eq!(violation["allowed"], "a whole number from 0 to 255");
}

#[test]
fn every_field_that_is_too_long_is_named_at_once() {
    let app = app();
    let admin = app.admin();
    let body = json!({"name": "名".repeat(201), "kind": "other", "level": "county", "aliases": vec!["名"; 21]});
    let problem = admin.put("/associations/chuzhou", body).expect_problem(422, "invalid_body");
    let errors = problem["errors"].as_array().expect("errors");
    let found: Vec<_> = errors.iter().map(|error| (&error["pointer"], &error["given"])).collect();
    assert_eq!(found, [(&json!("/aliases"), &json!("21")), (&json!("/name"), &json!("201"))]);
    let nested = json!({"value": 1, "source": {"quote": "句".repeat(2001)}});
    admin.put("/associations/chuzhou/targets/2018/people", nested).expect_violation("/source/quote", "too_long");
}

#[test]
fn a_number_that_cannot_be_kept_exactly_is_refused() {
    let app = app();
    let admin = app.admin();
    for (value, code) in [
        ("1e400", "out_of_range"),
        ("-1e400", "out_of_range"),
        ("12345678901234567890", "out_of_range"),
        ("1000000000000001", "out_of_range"),
        ("0.00001", "too_many_decimals"),
        ("1e-9", "too_many_decimals"),
        ("0.1234567890123456789012345678901234567890", "out_of_range"),
        ("true", "wrong_type"),
        ("null", "value_required"),
        ("{}", "wrong_type"),
    ] {
        let body = format!(r#"{{"indicator": "people", "period": "2018-Q1", "value": {value}}}"#);
        let reply = admin.send("POST", "/api/v1/associations/chuzhou/actuals", &[JSON], &body);
        assert!(reply.status == 422 && reply.text.contains(code), "{value}: {}", reply.text);
    }
    let path = "/associations/chuzhou/targets/2018/people";
    admin.put(path, json!({"value": -1})).expect_violation("/value", "out_of_range");
    let most = json!({"indicator": "people", "period": "2018-Q1", "value": 1_000_000_000_000_000_i64});
    admin.post("/associations/chuzhou/actuals", most).expect(201);
}

#[test]
fn a_nul_character_is_refused_where_it_stands() {
    let app = app();
    let admin = app.admin();
    let whole = |name: &str, alias: &str| json!({"name": name, "kind": "other", "level": "county", "aliases": [alias]});
    admin.put("/associations/chuzhou", whole("a\0b", "c")).expect_violation("/name", "invalid_value");
    admin.put("/associations/chuzhou", whole("a", "\0")).expect_violation("/aliases/0", "invalid_value");
    admin.patch("/associations/chuzhou", json!({"name": "\0"})).expect_violation("/name", "invalid_value");
    admin.patch("/indicators/people", json!({"unit": "人\0"})).expect_violation("/unit", "invalid_value");
    let target = json!({"value": 1, "source": {"quote": "\0"}});
    let path = "/associations/chuzhou/targets/2018/people";
    admin.put(path, target).expect_violation("/source/quote", "invalid_value");
    let actual = json!({"indicator": "people", "value": 1, "period": "2018-Q1", "external_id": "\0"});
    admin.post("/associations/chuzhou/actuals", actual).expect_violation("/external_id", "invalid_value");
    admin.post("/keys", json!({"name": "\0", "role": "viewer"})).expect_violation("/name", "invalid_value");
    // Text that only looks like one is text.
    let backslashes = admin.put("/associations/chuzhou", whole(r"a\u0000b", "c")).expect(200);
    assert_eq!(backslashes["name"], r"a\u0000b");

    for (path, pointer) in [
        ("/associations?q=%00", "?q"),
        ("/indicators?category=a%00", "?category"),
        ("/associations/chuzhou/targets/2018/people?reason=%00", "?reason"),
        ("/associations?cursor=WyJhc3NvY2lhdGlvbnMiLCJcInUwMDAwIl0", "?cursor"),
        // A cursor of a NUL character.
        ("/associations?cursor=WyJhc3NvY2lhdGlvbnMiLCJcdTAwMDAiXQ", "?cursor"),
        ("/associations/a%00b", "{association}"),
    ] {
        let method = if pointer == "?reason" { "DELETE" } else { "GET" };
        let place = parameter(admin.send(method, &format!("/api/v1{path}"), &[], "")).0;
        assert_eq!(place, pointer, "{path}");
    }
}

#[test]
fn a_body_over_the_limit_is_refused() {
    let app = app();
    let admin = app.admin();
    let of = |length: usize| format!("{}{{}}", " ".repeat(length - 2));
    put(&admin, &of(64 * 1024)).expect_violation("/name", "missing_field");
    let problem = put(&admin, &of(64 * 1024 + 1)).expect_problem(413, "body_too_large");
    assert_eq!(problem["detail"], "The body is larger than 65536 bytes.");
    // Far more than the connection's buffers hold: the client still gets to read why.
    put(&admin, &of(8 * 1024 * 1024)).expect_problem(413, "body_too_large");
    admin.send("PATCH", "/api/v1/associations/chuzhou", &[JSON], of(70_000)).expect_problem(413, "body_too_large");

    let chunk = format!("1000\r\n{}\r\n", " ".repeat(0x1000));
    let request = format!(
        "PUT /api/v1/associations/chuzhou HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\n\
         Content-Type: application/json\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n{}0\r\n\r\n",
        admin.secret(),
        chunk.repeat(17)
    );
    let answer = exchange(&app, request.as_bytes());
    assert!(answer.starts_with("HTTP/1.1 413") && answer.contains("body_too_large"), "{answer}");
}

#[test]
fn only_json_is_read() {
    let app = app();
    let admin = app.admin();
    let send = |method: &str, headers: &[(&str, &str)]| {
        admin.send(
            method,
            "/api/v1/associations/chuzhou",
            headers,
            r#"{"name": "名", "kind": "other", "level": "county"}"#,
        )
    };
    for content_type in ["text/plain", "application/xml", "application/merge-patch+json", "json", ""] {
        let problem = send("PUT", &[("Content-Type", content_type)]).expect_problem(415, "unsupported_media_type");
        assert!(problem["detail"].as_str().expect("a sentence").contains("application/json"), "{problem}");
    }
    send("PUT", &[]).expect_problem(415, "unsupported_media_type");
    send("PATCH", &[("Content-Type", "application/json-patch+json")]).expect_problem(415, "unsupported_media_type");
    send("PUT", &[("Content-Type", "Application/JSON; charset=utf-8")]).expect(200);
    let packed = send("PUT", &[JSON, ("Content-Encoding", "gzip")]);
    packed.expect_problem(415, "unsupported_media_type");
}

#[test]
fn a_path_that_leads_nowhere_and_a_method_that_is_not_there_are_told_apart() {
    let app = app();
    let admin = app.admin();
    for path in
        ["/nowhere", "/api", "/api/v1", "/api/v1/", "/api/v1/me/", "/api/v2/me", "/api/v1/associations/a/b", "/%ff"]
    {
        admin.send("GET", path, &[], "").expect_problem(404, "route_not_found");
    }
    for (method, path, allowed) in [
        ("DELETE", "/api/v1/me", "GET, HEAD"),
        ("POST", "/api/v1/associations/chuzhou", "GET, HEAD, PUT, PATCH, DELETE"),
        ("PUT", "/api/v1/associations/chuzhou/actuals", "GET, HEAD, POST"),
        ("BREW", "/api/v1/associations", "GET, HEAD"),
        ("GET", "/api/v1/associations/chuzhou/actuals/x/void", "POST"),
        ("POST", "/health/live", "GET, HEAD"),
    ] {
        let reply = admin.send(method, path, &[], "");
        assert_eq!(reply.header("allow"), allowed, "{method} {path}");
        reply.expect_problem(405, "method_not_allowed");
    }
}

#[test]
fn head_answers_as_get_without_the_body_and_options_names_the_methods() {
    let app = app();
    let admin = app.admin();
    let path = "/api/v1/associations/chuzhou";
    let get = admin.send("GET", path, &[], "");
    let head = admin.send("HEAD", path, &[], "");
    assert_eq!((head.status, head.text.as_str()), (200, ""));
    for name in ["etag", "content-type"] {
        assert_eq!(head.header(name), get.header(name));
    }
    assert_eq!(admin.send("HEAD", "/api/v1/associations/nowhere", &[], "").status, 404);
    assert_eq!(app.stranger().send("HEAD", path, &[], "").status, 401);
    let options = admin.send("OPTIONS", path, &[], "");
    assert_eq!((options.status, options.header("allow")), (204, "GET, HEAD, PUT, PATCH, DELETE"));
    app.stranger().send("OPTIONS", "/nowhere", &[], "").expect_problem(404, "route_not_found");
}

#[test]
fn a_bad_query_parameter_is_named() {
    let app = app();
    let admin = app.admin();
    for (query, pointer, code) in [
        ("limit=0", "?limit", "out_of_range"),
        ("limit=501", "?limit", "out_of_range"),
        ("limit=-1", "?limit", "out_of_range"),
        ("limit=ten", "?limit", "wrong_type"),
        ("limit=", "?limit", "wrong_type"),
        ("limit=99999999999999999999", "?limit", "wrong_type"),
        ("limit=1&limit=2", "?limit", "invalid_value"),
        ("colour=red", "?colour", "unknown_field"),
        ("kind=club", "?kind", "not_allowed"),
        ("parent=NO", "?parent", "invalid_code"),
        ("cursor=!", "?cursor", "invalid_cursor"),
        ("cursor=e30", "?cursor", "invalid_cursor"),
        ("cursor=", "?cursor", "invalid_cursor"),
        ("q=", "?q", "too_short"),
        ("q=%ff", "?q", "invalid_value"),
    ] {
        let found = parameter(admin.get(&format!("/associations?{query}")));
        assert_eq!((found.0.as_str(), found.1.as_str()), (pointer, code), "{query}");
    }
    let found = parameter(admin.get("/associations/chuzhou/actuals?year=1800"));
    assert_eq!((found.0.as_str(), found.1.as_str()), ("?year", "out_of_range"));
    let problem = admin.get("/associations?limit=ten").expect_problem(400, "invalid_parameter");
    assert_eq!(
        (&problem["errors"][0]["given"], &problem["errors"][0]["allowed"]),
        (&json!("ten"), &json!("a whole number"))
    );
}

#[test]
fn a_bad_path_segment_is_refused() {
    let app = app();
    let admin = app.admin();
    for (path, pointer, code) in [
        ("/associations/Chuzhou", "{association}", "invalid_code"),
        ("/associations/-a", "{association}", "invalid_code"),
        ("/associations/%E6%BB%81%E5%B7%9E", "{association}", "invalid_code"),
        ("/associations/%ff", "{association}", "invalid_code"),
        ("/indicators/a%2Fb", "{indicator}", "invalid_code"),
        ("/associations/chuzhou/targets/1800", "{year}", "out_of_range"),
        ("/associations/chuzhou/targets/year", "{year}", "wrong_type"),
        ("/associations/chuzhou/completion/99999999999", "{year}", "wrong_type"),
        ("/associations/chuzhou/actuals/1", "{id}", "wrong_type"),
    ] {
        let found = parameter(admin.get(path));
        assert_eq!((found.0.as_str(), found.1.as_str()), (pointer, code), "{path}");
    }
    let long = format!("/associations/{}", "a".repeat(65));
    assert_eq!(parameter(admin.get(&long)).1, "invalid_code");
    admin.get(&format!("/associations/{}", "a".repeat(64))).expect_problem(404, "association_not_found");
}

#[test]
fn answers_are_chinese_where_that_is_preferred() {
    let app = app();
    let admin = app.admin();
    for (accepted, title) in [
        ("zh", "组织不存在"),
        ("zh-CN", "组织不存在"),
        ("en;q=0.1, zh;q=0.9", "组织不存在"),
        ("fr, zh;q=0.5, en;q=0.4", "组织不存在"),
        ("en, zh", "No such association"),
        ("zh;q=0.1, en;q=0.9", "No such association"),
        ("zh;q=0", "No such association"),
        ("fr", "No such association"),
        ("*", "No such association"),
        (";;;", "No such association"),
        ("", "No such association"),
    ] {
        let reply = admin.send("GET", "/api/v1/associations/nowhere", &[("Accept-Language", accepted)], "");
        assert_eq!(reply.expect(404)["title"], title, "{accepted}");
    }
    assert_eq!(admin.get("/associations/nowhere").expect(404)["title"], "No such association");
    let headers = [("Accept-Language", "zh")];
    let reply = admin.send_json("PUT", "/associations/chuzhou", &headers, json!({"title": 1}));
    assert!(reply.expect(422)["errors"][0]["detail"].as_str().is_some_and(|detail| detail.starts_with("没有字段")));
}

#[test]
fn a_harmless_request_id_is_kept_and_any_other_replaced() {
    let app = app();
    let admin = app.admin();
    let id = |given: &str| {
        let reply = admin.send("GET", "/api/v1/associations/nowhere", &[("X-Request-Id", given)], "");
        let answered = reply.header("x-request-id").to_owned();
        assert_eq!(reply.body["request_id"], answered.as_str());
        answered
    };
    let longest = "x".repeat(64);
    for harmless in ["a", "0190-ab_c.D", longest.as_str()] {
        assert_eq!(id(harmless), harmless);
    }
    let long = "x".repeat(65);
    for given in ["", "a b", "a\"b", "<b>", "编号", long.as_str()] {
        let replaced = id(given);
        assert!(replaced != given && replaced.len() == 36, "{given}: {replaced}");
    }
    let good = admin.send("GET", "/api/v1/me", &[("X-Request-Id", "good-1")], "");
    assert_eq!(good.header("x-request-id"), "good-1");
    let _: Value = good.expect(200);
}
