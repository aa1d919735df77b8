//! Laggards as the tests ask for them.

use std::str::FromStr;

use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::{App, Person};

/// Reports a value for March.
pub fn report(app: &App, association: &str, indicator: &str, value: i64) {
    let body = json!({"indicator": indicator, "period": "2018-03", "value": value});
    app.admin().post(&format!("/associations/{association}/actuals"), body).expect(201);
}

/// A page of the laggards of 2018.
pub fn page(person: &Person, query: &str) -> Value {
    person.get(&format!("/laggards/2018?{query}")).expect(200)
}

/// Every laggard, page after page.
pub fn all(person: &Person, query: &str) -> Vec<Value> {
    let (mut found, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = page(person, &format!("{query}{cursor}"));
        found.extend(page["items"].as_array().expect("items").iter().cloned());
        let Some(next) = page["next_cursor"].as_str() else { return found };
        cursor = format!("&cursor={next}");
    }
}

/// The lines as `association/indicator`.
pub fn names(laggards: &[Value]) -> Vec<String> {
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    let name = |one: &Value| format!("{}/{}", text(&one["association"]["code"]), text(&one["indicator"]["code"]));
    laggards.iter().map(name).collect()
}

/// Exactly.
pub fn number(value: &Value) -> Decimal {
    Decimal::from_str(&value.to_string()).unwrap_or_else(|error| panic!("{value}: {error}"))
}

/// A tree of associations of several kinds and levels, each with the targets `a` and `b` and nothing reported.
pub fn tree() -> App {
    let app = App::start();
    let admin = app.admin();
    for (code, kind, level, parent) in [
        ("province", "federation", "provincial", json!(null)),
        ("city", "federation", "municipal", json!("province")),
        ("town", "society", "township", json!("city")),
        ("other", "society", "municipal", json!(null)),
    ] {
        let body = json!({"name": "同名", "kind": kind, "level": level, "parent": parent});
        admin.put(&format!("/associations/{code}"), body).expect(201);
    }
    app.indicator_with("a", json!({"category": "科普"}));
    app.indicator_with("b", json!({"category": "人才"}));
    for code in ["province", "city", "town", "other"] {
        app.target(code, 2018, "a", 10);
        app.target(code, 2018, "b", 10);
    }
    app
}
