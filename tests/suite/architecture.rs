//! How the code hangs together: which module may name which, and what no file may hold.

use std::fs;
use std::path::Path;

/// Each module names only modules to its left.
const ORDER: [&str; 38] = [
    "schema",
    "config",
    "error",
    "database",
    "state",
    "http",
    "period",
    "decimal",
    "quantity",
    "tabular",
    "exports",
    "batch",
    "auth",
    "audit",
    "keys",
    "locks",
    "idempotency",
    "associations",
    "indicators",
    "rule",
    "scorecards",
    "targets",
    "actuals",
    "ledger",
    "completion",
    "trends",
    "laggards",
    "reporting",
    "standings",
    "rankings",
    "bulletins",
    "exchange",
    "pages",
    "health",
    "api",
    "server",
    "demo",
    "commands",
];

/// Every Rust file below a folder, by its path.
fn files(folder: &str) -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let (mut found, mut folders) = (Vec::new(), vec![root.join(folder)]);
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()) {
            if entry.is_dir() {
                folders.push(entry);
            } else if entry.extension().is_some_and(|extension| extension == "rs") {
                let name = entry.strip_prefix(root).expect("a file of ours").display().to_string();
                found.push((name, fs::read_to_string(&entry).expect("a text")));
            }
        }
    }
    found.sort();
    assert!(!found.is_empty(), "no files below {folder}");
    found
}

/// The module path of a file: `src/quantity/unit.rs` is `["quantity", "unit"]`.
fn modules(file: &str) -> Vec<&str> {
    let path = file.trim_start_matches("src/").trim_end_matches(".rs").trim_end_matches("/mod");
    path.split('/').collect()
}

/// The identifier a text begins with.
fn word(text: &str) -> &str {
    let end = text.find(|letter: char| !letter.is_alphanumeric() && letter != '_').unwrap_or(text.len());
    &text[..end]
}

/// The names that follow a path's `::`: one, or those of a group, without what they hold.
fn named(text: &str) -> Vec<&str> {
    let Some(group) = text.strip_prefix('{') else { return vec![word(text)] };
    let (mut depth, mut start, mut names) = (0, 0, Vec::new());
    for (at, letter) in group.char_indices() {
        match letter {
            '{' => depth += 1,
            ',' | '}' if depth == 0 => {
                names.push(word(group[start..at].trim()));
                start = at + 1;
                if letter == '}' {
                    break;
                }
            }
            '}' => depth -= 1,
            _ => {}
        }
    }
    names.retain(|name| !name.is_empty());
    names
}

/// Every top-level module a file names, by `crate::` or by enough `super::`.
fn dependencies<'a>(file: &str, text: &'a str) -> Vec<&'a str> {
    let depth = modules(file).len();
    let inner = text.find("\nmod tests {").unwrap_or(text.len());
    let mut found = Vec::new();
    for (at, _) in text.match_indices("crate::") {
        found.extend(named(&text[at + "crate::".len()..]));
    }
    for (at, _) in text.match_indices("super::").filter(|(at, _)| !text[..*at].ends_with("super::")) {
        let rest = text[at..].trim_start_matches("super::");
        let steps = (text.len() - at - rest.len()) / "super::".len();
        if steps >= depth + usize::from(at > inner) {
            found.extend(named(rest));
        }
    }
    found
}

fn place(module: &str) -> Option<usize> {
    ORDER.iter().position(|other| *other == module)
}

#[test]
fn the_modules_stand_in_the_order_they_are_read_in() {
    let library = include_str!("../../src/lib.rs");
    let declared: Vec<_> =
        library.lines().filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';')).collect();
    assert_eq!(declared, ORDER);
    assert!(!library.contains("\nmod "), "every module has a place in the order");
}

#[test]
fn a_module_names_only_modules_to_its_left() {
    let mut wrong = Vec::new();
    for (file, text) in files("src") {
        let own = modules(&file)[0].to_owned();
        if own == "lib" || own == "main" {
            continue;
        }
        let own_place = place(&own).unwrap_or_else(|| panic!("{file} has no place in the order"));
        for name in dependencies(&file, &text).into_iter().filter(|name| *name != own) {
            match place(name) {
                Some(place) if place < own_place => {}
                Some(_) => wrong.push(format!("{file} names {name}, which stands to its right")),
                None => wrong.push(format!("{file} names {name}, which is no module")),
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn the_reader_of_paths_finds_them_all() {
    let text = "use crate::{api, error::{Code, Text}, http as web};\nuse crate::state::AppState;\nuse super::auth;\n";
    assert_eq!(dependencies("src/actuals.rs", text), ["api", "error", "http", "state", "auth"]);
    assert_eq!(dependencies("src/actuals/store.rs", text), ["api", "error", "http", "state"]);
    assert_eq!(dependencies("src/actuals/mod.rs", "fn f() { super::demo::load(); }"), ["demo"]);
    assert_eq!(dependencies("src/actuals/row.rs", "use super::super::demo;"), ["demo"]);
    assert_eq!(dependencies("src/period.rs", "\nmod tests {\n    use super::*;\n}"), [""; 0]);
}

#[test]
fn nothing_is_silenced_or_left_for_later() {
    let forbidden = [concat!("#[", "allow("), concat!("#![", "allow("), concat!("to", "do!"), concat!("TO", "DO")];
    for (file, text) in [files("src"), files("tests")].concat() {
        for word in forbidden {
            assert!(!text.contains(word), "{file} holds {word}");
        }
    }
}

#[test]
fn no_file_is_longer_than_400_lines() {
    for (file, text) in [files("src"), files("tests")].concat() {
        let lines = text.lines().count();
        assert!(lines <= 400 || file == "src/schema.rs", "{file} has {lines} lines");
    }
}

#[test]
fn every_file_opens_by_saying_what_it_holds() {
    for (file, text) in [files("src"), files("tests")].concat() {
        assert!(text.starts_with("//! ") || file == "src/schema.rs", "{file} opens with no //!");
    }
}
