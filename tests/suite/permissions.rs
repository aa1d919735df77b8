//! Who may do what: every operation of the OpenAPI document, tried by everybody.

use std::collections::BTreeSet;

use kpi::api;
use kpi::auth::Role;
use serde_json::{Value, json};

use crate::support::{App, Person};

/// One operation, how it is tried, and what everybody gets.
struct Row {
    operation: &'static str,
    path: &'static str,
    body: Option<fn() -> Value>,
    statuses: [u16; 8],
}

const fn row(operation: &'static str, path: &'static str, statuses: [u16; 8]) -> Row {
    Row { operation, path, body: None, statuses }
}

const fn with(operation: &'static str, path: &'static str, body: fn() -> Value, statuses: [u16; 8]) -> Row {
    Row { operation, path, body: Some(body), statuses }
}

/// Those who try, in the order of the statuses. The first five have keys of `city`.
fn everybody(app: &App) -> [(&'static str, Person); 8] {
    let inside = |role| app.person(role, Some("city"));
    [
        ("viewer", inside(Role::Viewer)),
        ("reporter", inside(Role::Reporter)),
        ("planner", inside(Role::Planner)),
        ("verifier", inside(Role::Verifier)),
        ("admin", inside(Role::Admin)),
        ("admin of everything", app.person(Role::Admin, None)),
        ("admin of another association", app.person(Role::Admin, Some("elsewhere"))),
        ("stranger", app.stranger()),
    ]
}

/// `{actual}`, `{nil}` and `{key}` in a path stand for an actual of `city`, a nil report and a key of it. What deletes stands last.
#[rustfmt::skip]
const MATRIX: [Row; 54] = [
    //                                                                                                  view  rep  plan  veri admin  all other stranger
    row("GET /health/live", "/health/live",                                                            [200, 200, 200, 200, 200, 200, 200, 200]),
    row("GET /health/ready", "/health/ready",                                                          [200, 200, 200, 200, 200, 200, 200, 200]),
    row("GET /metrics", "/metrics",                                                                    [200, 200, 200, 200, 200, 200, 200, 200]),
    row("GET /api/v1/me", "/api/v1/me",                                                                [200, 200, 200, 200, 200, 200, 200, 401]),

    row("GET /api/v1/associations", "/api/v1/associations",                                            [200, 200, 200, 200, 200, 200, 200, 401]),
    row("GET /api/v1/associations/{association}", "/api/v1/associations/city",                         [200, 200, 200, 200, 200, 200, 404, 401]),
    with("PUT /api/v1/associations/{association}", "/api/v1/associations/city", city,                  [403, 403, 403, 403, 200, 200, 404, 401]),
    with("PATCH /api/v1/associations/{association}", "/api/v1/associations/city", level,               [403, 403, 403, 403, 200, 200, 404, 401]),

    row("GET /api/v1/indicators", "/api/v1/indicators",                                                [200, 200, 200, 200, 200, 200, 200, 401]),
    row("GET /api/v1/indicators/{indicator}", "/api/v1/indicators/people",                             [200, 200, 200, 200, 200, 200, 200, 401]),
    with("PUT /api/v1/indicators/{indicator}", "/api/v1/indicators/spare", indicator,                  [403, 403, 403, 403, 403, 201, 403, 401]),
    with("PATCH /api/v1/indicators/{indicator}", "/api/v1/indicators/people", decimals,                [403, 403, 403, 403, 403, 200, 403, 401]),

    row("GET /api/v1/associations/{association}/targets/{year}", "/api/v1/associations/city/targets/2018",
                                                                                                       [200, 200, 200, 200, 200, 200, 404, 401]),
    row("GET /api/v1/associations/{association}/targets/{year}/{indicator}", "/api/v1/associations/city/targets/2018/people",
                                                                                                       [200, 200, 200, 200, 200, 200, 404, 401]),
    row("GET /api/v1/associations/{association}/targets/{year}/{indicator}/revisions", "/api/v1/associations/city/targets/2018/people/revisions",
                                                                                                       [200, 200, 200, 200, 200, 200, 404, 401]),
    with("PUT /api/v1/associations/{association}/targets/{year}/{indicator}", "/api/v1/associations/city/targets/2018/people", target,
                                                                                                       [403, 403, 200, 403, 200, 200, 404, 401]),

    row("GET /api/v1/associations/{association}/actuals", "/api/v1/associations/city/actuals",         [200, 200, 200, 200, 200, 200, 404, 401]),
    with("POST /api/v1/associations/{association}/actuals", "/api/v1/associations/city/actuals", actual,
                                                                                                       [403, 201, 403, 403, 201, 201, 404, 401]),
    with("POST /api/v1/actuals", "/api/v1/actuals", actuals,                                           [403, 200, 403, 403, 200, 200, 422, 401]),
    with("POST /api/v1/actuals/changes", "/api/v1/actuals/changes", changes,                           [403, 200, 403, 422, 200, 200, 422, 401]),
    with("POST /api/v1/targets", "/api/v1/targets", targets,                                           [403, 403, 200, 403, 200, 200, 422, 401]),
    row("GET /api/v1/templates/actuals", "/api/v1/templates/actuals?association=city&year=2018&format=csv",
                                                                                                       [200, 200, 200, 200, 200, 200, 404, 401]),
    row("GET /api/v1/associations/{association}/actuals/{id}", "/api/v1/associations/city/actuals/{actual}",
                                                                                                       [200, 200, 200, 200, 200, 200, 404, 401]),
    row("GET /api/v1/associations/{association}/actuals/{id}/revisions", "/api/v1/associations/city/actuals/{actual}/revisions",
                                                                                                       [200, 200, 200, 200, 200, 200, 404, 401]),
    with("PATCH /api/v1/associations/{association}/actuals/{id}", "/api/v1/associations/city/actuals/{actual}?reason=r", value,
                                                                                                       [403, 200, 403, 403, 200, 200, 404, 401]),
    with("POST /api/v1/associations/{association}/actuals/{id}/verify", "/api/v1/associations/city/actuals/{actual}/verify", verified,
                                                                                                       [403, 403, 403, 200, 200, 200, 404, 401]),
    with("POST /api/v1/associations/{association}/actuals/{id}/reject", "/api/v1/associations/city/actuals/{actual}/reject", reason,
                                                                                                       [403, 403, 403, 200, 200, 200, 404, 401]),
    with("POST /api/v1/associations/{association}/actuals/{id}/void", "/api/v1/associations/city/actuals/{actual}/void", reason,
                                                                                                       [403, 200, 403, 403, 200, 200, 404, 401]),
    row("GET /api/v1/associations/{association}/completion/{year}", "/api/v1/associations/city/completion/2018",
                                                                                                       [200, 200, 200, 200, 200, 200, 404, 401]),
    row("GET /api/v1/associations/{association}/trend/{year}", "/api/v1/associations/city/trend/2018",
                                                                                                       [200, 200, 200, 200, 200, 200, 404, 401]),
    row("GET /api/v1/statuses/{year}", "/api/v1/statuses/2018",                                        [200, 200, 200, 200, 200, 200, 200, 401]),
    row("GET /api/v1/laggards/{year}", "/api/v1/laggards/2018",                                        [200, 200, 200, 200, 200, 200, 200, 401]),

    row("GET /api/v1/reporting/{year}", "/api/v1/reporting/2018",                                      [200, 200, 200, 200, 200, 200, 200, 401]),
    row("GET /api/v1/reporting/{year}/schedule", "/api/v1/reporting/2018/schedule",                    [200, 200, 200, 200, 200, 200, 200, 401]),
    with("PUT /api/v1/reporting/{year}/schedule", "/api/v1/reporting/2018/schedule", schedule,         [403, 403, 403, 403, 403, 200, 403, 401]),
    row("GET /api/v1/associations/{association}/nil-reports", "/api/v1/associations/city/nil-reports", [200, 200, 200, 200, 200, 200, 404, 401]),
    with("POST /api/v1/associations/{association}/nil-reports", "/api/v1/associations/city/nil-reports", nil_report,
                                                                                                       [403, 201, 403, 403, 201, 201, 404, 401]),
    with("POST /api/v1/associations/{association}/nil-reports/{id}/withdraw", "/api/v1/associations/city/nil-reports/{nil}/withdraw", reason,
                                                                                                       [403, 200, 403, 403, 200, 200, 404, 401]),

    row("GET /api/v1/completion/{year}", "/api/v1/completion/2018",                                    [200, 200, 200, 200, 200, 200, 200, 401]),
    row("GET /api/v1/rankings/{year}", "/api/v1/rankings/2018",                                        [200, 200, 200, 200, 200, 200, 200, 401]),
    row("GET /api/v1/associations/{association}/rank/{year}", "/api/v1/associations/city/rank/2018",   [200, 200, 200, 200, 200, 200, 404, 401]),

    row("GET /api/v1/bulletins", "/api/v1/bulletins",                                                  [200, 200, 200, 200, 200, 200, 200, 401]),
    row("GET /api/v1/bulletins/{year}/{number}", "/api/v1/bulletins/2018/1",                           [200, 200, 200, 200, 200, 200, 404, 401]),
    with("POST /api/v1/bulletins", "/api/v1/bulletins", bulletin,                                      [403, 403, 403, 201, 201, 201, 404, 401]),

    row("GET /api/v1/locks", "/api/v1/locks",                                                          [200, 200, 200, 200, 200, 200, 200, 401]),
    row("GET /api/v1/locks/{year}", "/api/v1/locks/2017",                                              [200, 200, 200, 200, 200, 200, 200, 401]),
    with("PUT /api/v1/locks/{year}", "/api/v1/locks/2017", lock,                                       [403, 403, 403, 403, 403, 200, 403, 401]),
    row("GET /api/v1/audit", "/api/v1/audit",                                                          [403, 403, 403, 200, 200, 200, 200, 401]),

    row("GET /api/v1/keys", "/api/v1/keys",                                                            [403, 403, 403, 403, 200, 200, 200, 401]),
    with("POST /api/v1/keys", "/api/v1/keys", key,                                                     [403, 403, 403, 403, 201, 201, 422, 401]),
    row("DELETE /api/v1/keys/{id}", "/api/v1/keys/{key}",                                              [403, 403, 403, 403, 204, 204, 404, 401]),
    row("DELETE /api/v1/associations/{association}/targets/{year}/{indicator}", "/api/v1/associations/city/targets/2018/people?reason=r",
                                                                                                       [403, 403, 204, 403, 204, 204, 404, 401]),
    row("DELETE /api/v1/associations/{association}", "/api/v1/associations/town",                      [403, 403, 403, 403, 204, 204, 404, 401]),
    row("DELETE /api/v1/indicators/{indicator}", "/api/v1/indicators/unused",                          [403, 403, 403, 403, 403, 204, 403, 401]),
];

fn city() -> Value {
    json!({"name": "市科协", "kind": "federation", "level": "municipal"})
}

fn level() -> Value {
    json!({"level": "county"})
}

fn indicator() -> Value {
    json!({"name": "备用", "category": "测试", "unit": "人", "value_type": "number", "direction": "higher_is_better",
        "accumulation": "sum", "additive": true})
}

fn decimals() -> Value {
    json!({"decimals": 2})
}

fn target() -> Value {
    json!({"value": 300, "reason": "调整"})
}

fn actual() -> Value {
    json!({"indicator": "people", "value": 1, "period": "2018-Q2"})
}

fn actuals() -> Value {
    json!({"items": [{"association": "city", "indicator": "people", "value": 1, "period": "2018-Q2"}]})
}

fn changes() -> Value {
    let change = json!({"association": "city", "external_id": "first", "action": "amend", "patch": {"value": 2}, "reason": "更正"});
    json!({"items": [change]})
}

fn targets() -> Value {
    json!({"items": [{"association": "city", "year": 2018, "indicator": "people", "value": 196, "reason": "调整"}]})
}

fn value() -> Value {
    json!({"value": 7})
}

fn verified() -> Value {
    json!({"value": 6, "reason": "核减1人"})
}

fn reason() -> Value {
    json!({"reason": "重复上报"})
}

fn bulletin() -> Value {
    json!({"year": 2018, "scope": "city", "title": "通报"})
}

fn lock() -> Value {
    json!({"closed_through": "2017-12-31", "reason": "年度考核结束"})
}

fn schedule() -> Value {
    json!({"frequency": "monthly", "due_days": 10})
}

fn nil_report() -> Value {
    json!({"period": "2018-05", "note": "本月无活动"})
}

fn key() -> Value {
    json!({"name": "新", "role": "viewer", "scope": "city"})
}

/// A service with something of everything, and the ids of an actual, a nil report and a key in it.
fn furnished() -> (App, [String; 3]) {
    let app = App::start();
    for (code, parent) in [("region", None), ("city", Some("region")), ("town", Some("city")), ("elsewhere", None)] {
        app.association(code, parent);
    }
    app.indicator("people", "人");
    app.indicator("unused", "人");
    app.target("city", 2018, "people", 196);
    let admin = app.admin();
    let mut actual = actual();
    actual["external_id"] = json!("first");
    let actual = admin.post("/associations/city/actuals", actual).expect(201);
    admin.put("/reporting/2018/schedule", json!({"frequency": "monthly", "due_days": 5})).expect(201);
    let nil = admin.post("/associations/city/nil-reports", json!({"period": "2018-04"})).expect(201);
    let key = admin.post("/keys", key()).expect(201);
    admin.post("/bulletins", bulletin()).expect(201);
    let id = |value: &Value| value["id"].as_str().expect("an id").to_owned();
    (app, [&actual, &nil, &key["key"]].map(id))
}

/// Everything that is stored, but who used a key when.
fn stored(app: &App) -> Vec<Vec<Option<String>>> {
    let tables = [
        "associations",
        "indicators",
        "targets",
        "actuals",
        "actual_revisions",
        "actual_totals",
        "scorecards",
        "audit_entries",
        "locks",
        "reporting_schedules",
        "first_reports",
        "nil_reports",
        "bulletins",
    ];
    let everything = tables.map(|table| format!("SELECT t::text FROM {table} AS t ORDER BY 1;")).concat();
    app.sql(&format!("{everything} SELECT id, revoked_at FROM keys ORDER BY id"))
}

#[test]
fn everybody_may_do_what_the_matrix_says_and_what_is_refused_leaves_nothing_behind() {
    let mut surprises = Vec::new();
    for index in 0..8 {
        let (app, [actual, nil, key]) = furnished();
        let people = everybody(&app);
        let (name, person) = &people[index];
        for Row { operation, path, body, statuses } in &MATRIX {
            let (method, _) = operation.split_once(' ').expect("a method");
            let path = path.replace("{actual}", &actual).replace("{nil}", &nil).replace("{key}", &key);
            let before = (statuses[index] >= 400).then(|| stored(&app));
            let body = body.map_or_else(String::new, |body| body().to_string());
            let reply = person.send(method, &path, &[("Content-Type", "application/json")], &body);
            if reply.status != statuses[index] {
                surprises
                    .push(format!("{operation} by {name}: {}, not {}: {}", reply.status, statuses[index], reply.text));
            }
            if before.is_some_and(|before| before != stored(&app)) {
                surprises.push(format!("{operation} by {name}: refused, but something changed"));
            }
        }
    }
    assert!(surprises.is_empty(), "{}", surprises.join("\n"));
}

#[test]
fn every_operation_of_the_document_has_a_row_in_the_matrix() {
    let document = serde_json::to_value(api::document()).expect("a document");
    let documented: BTreeSet<String> = document["paths"]
        .as_object()
        .expect("paths")
        .iter()
        .flat_map(|(path, item)| {
            let methods = item.as_object().expect("operations").keys();
            methods.map(move |method| format!("{} {path}", method.to_uppercase()))
        })
        .collect();
    let tried: BTreeSet<String> = MATRIX.iter().map(|row| row.operation.to_owned()).collect();
    assert_eq!(documented, tried);
}

#[test]
fn what_a_key_may_not_know_of_looks_like_what_does_not_exist() {
    let app = App::start();
    app.association("elsewhere", None);
    app.association("secret", None);
    let person = app.person(Role::Admin, Some("elsewhere"));
    let answer = |code: &str| {
        let mut problem = person.get(&format!("/associations/{code}")).expect_problem(404, "association_not_found");
        problem["request_id"].take();
        problem.to_string().replace(code, "…")
    };
    assert_eq!(answer("secret"), answer("nowhere"));
}
