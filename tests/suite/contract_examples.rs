//! The examples of the OpenAPI document are taken by the service itself.

use kpi::api;
use serde_json::{Map, Value, json};

use crate::support::{App, Person, ledger};

/// What the examples speak of: the associations and indicators of the real plans.
fn app() -> App {
    let app = App::start();
    app.association("chuzhou", None);
    app.association("fengxian", None);
    app.association("huishan", None);
    app.indicator("households-lifted", "户");
    app.indicator("training-attendances", "人次");
    app.indicator("state-and-city-projects", "项");
    app
}

/// What a schema leads to where it is a reference.
fn resolved<'a>(document: &'a Value, schema: &'a Value) -> &'a Value {
    match schema["$ref"].as_str() {
        Some(reference) => document.pointer(reference.trim_start_matches('#')).expect("a component"),
        None => schema,
    }
}

/// The example a schema gives, or one put together of its fields' own.
fn example(document: &Value, schema: &Value) -> Value {
    let schema = resolved(document, schema);
    if !schema["example"].is_null() {
        return schema["example"].clone();
    }
    if let Some(first) = schema["examples"].as_array().and_then(|examples| examples.first()) {
        return first.clone();
    }
    if let Some(first) = schema["enum"].as_array().and_then(|choices| choices.first()) {
        return first.clone();
    }
    if let Some(choices) = schema["oneOf"].as_array() {
        return example(document, choices.iter().find(|choice| choice["type"] != "null").expect("a choice"));
    }
    let fields = schema["properties"].as_object().unwrap_or_else(|| panic!("no example in {schema}"));
    let fields = fields.iter().map(|(name, field)| (name.clone(), example(document, field)));
    Value::Object(fields.collect::<Map<_, _>>())
}

/// Ids of an actual and of a nil report.
struct Ids {
    actual: String,
    nil: String,
}

/// A path with its parameters filled in by their examples.
fn filled(path: &str, operation: &Value, ids: &Ids) -> String {
    let mut path = path.to_owned();
    for parameter in operation["parameters"].as_array().into_iter().flatten() {
        let name = parameter["name"].as_str().expect("a name");
        let example = match parameter["schema"]["format"] == "uuid" {
            true if path.contains("nil-reports") => json!(ids.nil),
            true => json!(ids.actual),
            false => [&parameter["example"], &parameter["schema"]["example"]]
                .into_iter()
                .find(|example| !example.is_null())
                .cloned()
                .unwrap_or_default(),
        };
        let text = example.as_str().map_or_else(|| example.to_string(), ToOwned::to_owned);
        if parameter["in"] == "path" {
            path = path.replace(&format!("{{{name}}}"), &text);
        } else if parameter["required"] == true {
            path = format!("{path}?{name}={}", encoded(&text));
        }
    }
    path
}

/// Stores what the ids in paths stand for.
fn ids(admin: &Person) -> Ids {
    admin.put("/reporting/2018/schedule", json!({"frequency": "monthly", "due_days": 0})).expect(201);
    let id = |path: &str, body| {
        let stored = admin.post(&format!("/associations/chuzhou/{path}"), body).expect(201);
        stored["id"].as_str().expect("an id").to_owned()
    };
    let actual = id("actuals", json!({"indicator": "households-lifted", "value": 1, "period": "2018"}));
    Ids { actual, nil: id("nil-reports", json!({"period": "2018-01"})) }
}

/// Percent-encoded.
fn encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

/// Sends every request of one method that has a body, with each of its examples.
fn send_all(document: &Value, person: &Person, method: &str, ids: &Ids) -> Vec<Value> {
    let mut answers = Vec::new();
    for (path, item) in document["paths"].as_object().expect("paths") {
        let operation = &item[method.to_lowercase()];
        let Some(content) = operation["requestBody"]["content"].as_object() else { continue };
        let path = filled(path, operation, ids);
        // A workbook cannot be written down; tests/suite/batches.rs sends one.
        for (content_type, media) in content.iter().filter(|(name, _)| !name.contains("spreadsheet")) {
            let body = match &media["example"] {
                Value::Null => example(document, &media["schema"]),
                given => given.clone(),
            };
            let headers = [("Content-Type", content_type.as_str())];
            let body = body.as_str().map_or_else(|| body.to_string(), ToOwned::to_owned);
            let reply = person.send(method, &path, &headers, &body);
            assert!((200..300).contains(&reply.status), "{method} {path} {body}: {} {}", reply.status, reply.text);
            answers.push(reply.body);
        }
    }
    assert!(!answers.is_empty(), "no {method} has a body");
    answers
}

#[test]
fn the_examples_of_requests_are_accepted() {
    let app = app();
    let document = serde_json::to_value(api::document()).expect("a document");
    let admin = app.admin();
    let ids = ids(&admin);
    assert_eq!(send_all(&document, &admin, "PUT", &ids).len(), 5, "association, indicator, target, lock, schedule");
    assert_eq!(
        send_all(&document, &admin, "POST", &ids).len(),
        17,
        "actual, verification, rejection, voiding, nil report and its withdrawal, bulletin, key, three batches in three forms"
    );
    ledger::check(&app);
}

#[test]
fn the_examples_of_patches_are_accepted() {
    let app = app();
    let document = serde_json::to_value(api::document()).expect("a document");
    let admin = app.admin();
    let answers = send_all(&document, &admin, "PATCH", &ids(&admin));
    assert_eq!(answers.len(), 3, "association, indicator, actual");
    ledger::check(&app);
}

/// Sends the requests of a block of the introduction and answers what each got.
fn send_block(app: &App, block: &str) -> Vec<Value> {
    let send = |request: &str| {
        let mut words = request.splitn(2, ' ');
        let (method, rest) = (words.next().unwrap(), words.next().unwrap().trim());
        let (path, body) = rest.split_once(' ').map_or((rest, ""), |(path, body)| (path, body.trim()));
        let reply = app.admin().send(method, path, &[("Content-Type", "application/json")], body);
        assert!((200..300).contains(&reply.status), "{request}: {}", reply.text);
        reply.body
    };
    block.trim().lines().map(send).collect()
}

#[test]
fn the_requests_of_the_introduction_are_accepted_in_their_order() {
    let app = App::start();
    let introduction = include_str!("../../openapi/introduction.md");
    let blocks: Vec<_> = introduction.split("```").skip(1).step_by(2).collect();
    assert_eq!(blocks.len(), 2, "the start, and many rows at once");
    let last = send_block(&app, blocks[0]).pop().expect("an answer");
    assert_eq!(last["lines"][0]["actual"]["value"], 31, "{last}");
    assert_eq!(last["lines"][0]["rate"], 0.3297);
    let created: Vec<_> =
        send_block(&app, blocks[1]).iter().map(|answer| answer["counts"]["created"].clone()).collect();
    assert_eq!(created, [2, 2, 1, 1]);
    ledger::check(&app);
}
