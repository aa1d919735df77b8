//! The demo in pieces.

use serde_json::Value;

use super::App;

/// The rows of a demo file.
pub fn rows(file: &str) -> Vec<Value> {
    let path = format!("{}/demo/{file}.json", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_str(&std::fs::read_to_string(path).expect("a file")).expect("JSON")
}

/// Defines the demo's associations and indicators, without plans and reports.
pub fn define(app: &App) {
    for kind in ["associations", "indicators"] {
        define_each(app, kind);
    }
}

/// Defines those of one kind.
pub fn define_each(app: &App, kind: &str) {
    let admin = app.admin();
    for mut item in rows(kind) {
        let code = item.as_object_mut().expect("an object").remove("code").expect("a code");
        admin.put(&format!("/{kind}/{}", code.as_str().expect("a text")), item).expect(201);
    }
}
