//! The contract: the OpenAPI document is complete, says everything in words, and is the one that is committed.

use std::collections::BTreeSet;

use kpi::api;
use kpi::error::{Code, SHARED_STATUSES};
use serde_json::Value;
use strum::IntoEnumIterator;

fn document() -> Value {
    serde_json::to_value(api::document()).expect("a document")
}

/// Every operation with its name, as `GET /api/v1/associations`.
fn operations(document: &Value) -> Vec<(String, &Value)> {
    let mut found = Vec::new();
    for (path, item) in document["paths"].as_object().expect("paths") {
        for (method, operation) in item.as_object().expect("operations") {
            found.push((format!("{} {path}", method.to_uppercase()), operation));
        }
    }
    assert!(found.len() >= 29, "{}", found.len());
    found
}

fn parameters(operation: &Value) -> &[Value] {
    operation["parameters"].as_array().map_or(&[], Vec::as_slice)
}

fn has_text(value: &Value) -> bool {
    value.as_str().is_some_and(|text| !text.trim().is_empty())
}

fn has_example(schema: &Value) -> bool {
    !schema["example"].is_null() || schema["examples"].as_array().is_some_and(|examples| !examples.is_empty())
}

/// Everything that a part of the document refers to.
fn references<'a>(value: &'a Value, found: &mut BTreeSet<&'a str>) {
    match value {
        Value::Object(members) => {
            found.extend(members.get("$ref").and_then(Value::as_str));
            members.values().for_each(|member| references(member, found));
        }
        Value::Array(items) => items.iter().for_each(|item| references(item, found)),
        _ => {}
    }
}

#[test]
fn the_committed_document_is_the_one_the_code_makes() {
    let committed = include_str!("../../openapi/openapi.json");
    let made = format!("{}\n", api::document().to_pretty_json().expect("a document"));
    let differing = committed.lines().zip(made.lines()).position(|(one, other)| one != other);
    assert!(
        committed == made,
        "openapi/openapi.json is not up to date (line {differing:?}): run `cargo run -- openapi`"
    );
}

#[test]
fn the_document_is_openapi_3_1() {
    let document = document();
    assert!(document["openapi"].as_str().is_some_and(|version| version.starts_with("3.1")), "{}", document["openapi"]);
    assert_eq!(document["components"]["securitySchemes"]["key"]["scheme"], "bearer");
    assert!(has_text(&document["info"]["title"]) && has_text(&document["info"]["license"]["name"]));
}

#[test]
fn every_operation_says_what_it_does() {
    let document = document();
    for (name, operation) in operations(&document) {
        let summary = operation["summary"].as_str().unwrap_or_default();
        assert!(
            summary.ends_with(['.', '?']) && !summary.contains('\n'),
            "{name}: the summary is one line: {summary:?}"
        );
        assert!(has_text(&operation["description"]), "{name} has no description beside its summary");
    }
}

#[test]
fn every_operation_is_named_after_its_handler_and_has_a_described_tag() {
    let document = document();
    let described = document["tags"].as_array().expect("tags").iter().filter(|tag| has_text(&tag["description"]));
    let described: BTreeSet<_> = described.map(|tag| &tag["name"]).map(Value::to_string).collect();
    let (mut names, mut used) = (BTreeSet::new(), BTreeSet::new());
    let routes = include_str!("../../src/api.rs");
    for (name, operation) in operations(&document) {
        let id = operation["operationId"].as_str().unwrap_or_default();
        assert!(names.insert(id.to_owned()), "{name}: {id} is taken");
        assert!(routes.contains(&format!("::{id})")), "{name}: there is no handler {id} in the route table");
        let tags = operation["tags"].as_array().expect("tags");
        assert_eq!(tags.len(), 1, "{name}");
        used.insert(tags[0].to_string());
    }
    assert_eq!(used, described);
}

#[test]
fn every_operation_documents_its_answers() {
    let document = document();
    for (name, operation) in operations(&document) {
        let answers = operation["responses"].as_object().expect("answers");
        let good: Vec<_> = answers.iter().filter(|(status, _)| status.starts_with('2')).collect();
        assert!(!good.is_empty(), "{name}");
        for (status, answer) in good {
            assert!(has_text(&answer["description"]), "{name} {status}");
            assert_eq!(answer["content"].is_null(), status == "204", "{name} {status}: what is in the body");
        }
        if name == "GET /health/live" {
            continue;
        }
        for (status, _) in SHARED_STATUSES {
            let answer = &answers[&status.to_string()];
            // Batches say which of their rows are wrong.
            let own =
                answer["content"]["application/problem+json"]["schema"]["$ref"] == "#/components/schemas/RefusedBatch";
            let is_shared = answer["$ref"] == format!("#/components/responses/Problem{status}");
            assert!(is_shared || own && status == 422, "{name} {status}: {answer}");
        }
    }
}

#[test]
fn what_is_safe_to_repeat_says_by_which_headers() {
    let document = document();
    let mut safe = Vec::new();
    for (name, operation) in operations(&document) {
        if !parameters(operation).iter().any(|parameter| parameter["name"] == "Idempotency-Key") {
            continue;
        }
        let answers = operation["responses"].as_object().expect("answers");
        for (status, answer) in answers.iter().filter(|(status, _)| status.starts_with('2')) {
            assert!(has_text(&answer["headers"]["Idempotency-Replayed"]["description"]), "{name} {status}");
        }
        safe.push(name);
    }
    safe.sort();
    let expected = ["actuals", "actuals/changes", "associations/{association}/actuals", "bulletins", "targets"];
    assert_eq!(safe, expected.map(|path| format!("POST /api/v1/{path}")));
    for status in ["409", "503"] {
        let answer = &document["components"]["responses"][format!("Problem{status}")];
        assert!(has_text(&answer["headers"]["Retry-After"]["description"]), "{status}");
    }
}

#[test]
fn what_may_be_asked_again_says_by_which_headers() {
    let document = document();
    let mut asked = Vec::new();
    for (name, operation) in operations(&document) {
        let takes = parameters(operation).iter().any(|parameter| parameter["name"] == "If-None-Match");
        assert_eq!(takes, !operation["responses"]["304"].is_null(), "{name}");
        if takes {
            for status in ["200", "304"] {
                let tag = &operation["responses"][status]["headers"]["ETag"];
                assert!(has_text(&tag["description"]), "{name} {status}");
            }
            assert!(operation["responses"]["304"]["content"].is_null(), "{name}: 304 has no body");
            asked.push(name);
        }
    }
    asked.sort();
    let expected = [
        "associations",
        "associations/{association}/actuals",
        "associations/{association}/completion/{year}",
        "associations/{association}/rank/{year}",
        "associations/{association}/targets/{year}",
        "associations/{association}/trend/{year}",
        "bulletins/{year}/{number}",
        "completion/{year}",
        "indicators",
        "laggards/{year}",
        "rankings/{year}",
        "statuses/{year}",
    ];
    assert_eq!(asked, expected.map(|path| format!("GET /api/v1/{path}")));
}

#[test]
fn every_parameter_is_described() {
    let document = document();
    for (name, operation) in operations(&document) {
        for parameter in parameters(operation) {
            let place = format!("{name} {}", parameter["name"]);
            assert!(has_text(&parameter["description"]), "{place} has no description");
            let is_shown = has_example(parameter) || has_example(&parameter["schema"]);
            let is_made = parameter["name"] == "cursor" || parameter["schema"]["format"] == "uuid";
            let is_choice = parameter["schema"]["enum"].is_array() || parameter["schema"]["oneOf"].is_array();
            assert!(is_shown || is_made || is_choice, "{place} has no example: {parameter}");
        }
        let path = name.split(' ').nth(1).unwrap();
        let named: BTreeSet<_> = path.split(['{', '}']).skip(1).step_by(2).collect();
        let said = parameters(operation).iter().filter(|parameter| parameter["in"] == "path");
        assert_eq!(said.filter_map(|parameter| parameter["name"].as_str()).collect::<BTreeSet<_>>(), named, "{name}");
    }
}

/// Whether a field says what it is; that of an optional one stands beside the schema it may hold.
fn is_described(field: &Value) -> bool {
    let mut choices = field["oneOf"].as_array().into_iter().flatten();
    has_text(&field["description"]) || choices.any(|choice| has_text(&choice["description"]))
}

/// Whether a value of the schema cannot be guessed from the schema alone.
fn needs_example(field: &Value) -> bool {
    let is_simple = match &field["type"] {
        Value::String(kind) => !matches!(kind.as_str(), "object" | "array"),
        Value::Array(kinds) => !kinds.iter().any(|kind| kind == "object" || kind == "array"),
        _ => false,
    };
    let is_guessable = field["enum"].is_array() || field["const"].is_string();
    is_simple && !is_guessable && !matches!(field["format"].as_str(), Some("uuid" | "date-time"))
}

#[test]
fn every_field_is_described_and_the_simple_ones_have_an_example() {
    let document = document();
    let schemas = document["components"]["schemas"].as_object().expect("schemas");
    for (name, schema) in schemas {
        assert!(has_text(&schema["description"]), "{name} has no description");
        for (field, schema) in schema["properties"].as_object().into_iter().flatten() {
            assert!(is_described(schema), "{name}.{field} has no description");
            assert!(!needs_example(schema) || has_example(schema), "{name}.{field} has no example: {schema}");
        }
        for choice in schema["oneOf"].as_array().into_iter().flatten() {
            assert!(has_text(&choice["description"]) || !choice["$ref"].is_null(), "{name}: {choice}");
        }
    }
}

#[test]
fn every_component_is_used_and_every_reference_leads_somewhere() {
    let document = document();
    let mut used = BTreeSet::new();
    references(&document, &mut used);
    let mut there = BTreeSet::new();
    for kind in ["schemas", "responses"] {
        let components = document["components"][kind].as_object().expect("components");
        there.extend(components.keys().map(|name| format!("#/components/{kind}/{name}")));
    }
    assert_eq!(used.into_iter().map(ToOwned::to_owned).collect::<BTreeSet<_>>(), there);
}

#[test]
fn every_error_code_is_listed_with_its_status() {
    let document = document();
    let description = document["info"]["description"].as_str().expect("a description");
    for code in Code::iter().filter(|code| !code.is_of_pages()) {
        let status = code.entry().status.as_u16();
        let (begin, name) = (format!("- **{status}** "), format!("`{}`", code.as_ref()));
        let listed = description.lines().find(|line| line.starts_with(&begin)).is_some_and(|line| line.contains(&name));
        assert!(listed, "{status} {name}");
        let is_shared = SHARED_STATUSES.iter().any(|(shared, _)| *shared == status);
        assert!(is_shared || status == 405, "{} answers {status}, which no operation documents", code.as_ref());
    }
}
