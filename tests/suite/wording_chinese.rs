//! Problems in Chinese: whoever reads them needs no English, but the names of fields and codes.

use std::fs;
use std::path::Path;

use kpi::error::Code;
use serde_json::{Value, json};
use strum::IntoEnumIterator;

use crate::support::batch::XLSX;
use crate::support::{App, Reply};

const JSON: (&str, &str) = ("Content-Type", "application/json");

const CHINESE: (&str, &str) = ("Accept-Language", "zh");

/// The English of a text: two words side by side, or one that is no name of anything.
fn english(text: &str) -> Vec<&str> {
    const WORDS: [&str; 25] = [
        "a",
        "an",
        "and",
        "or",
        "to",
        "of",
        "in",
        "from",
        "at",
        "most",
        "least",
        "above",
        "below",
        "after",
        "such",
        "as",
        "the",
        "with",
        "without",
        "none",
        "not",
        "rows",
        "bytes",
        "missing",
        "everything",
    ];
    let is_word = |word: &&str| word.chars().all(|letter| letter.is_ascii_alphabetic()) && !word.is_empty();
    let words: Vec<_> = text.split(|letter: char| !letter.is_ascii() || letter == ' ').collect();
    let alone = words.iter().filter(|word| WORDS.contains(*word)).copied();
    let beside = text.split(|letter: char| !letter.is_ascii()).filter(|part| {
        let words: Vec<_> = part.split(' ').collect();
        words.windows(2).any(|pair| pair.iter().all(is_word))
    });
    alone.chain(beside).collect()
}

/// What a problem in Chinese says in English.
fn english_of(problem: &Value) -> Vec<String> {
    let errors = |of: &Value| of["errors"].as_array().cloned().unwrap_or_default();
    let items = problem["items"].as_array().cloned().unwrap_or_default();
    let errors = errors(problem).into_iter().chain(items.iter().flat_map(errors));
    let said = errors.flat_map(|error| [error["detail"].clone(), error["given"].clone(), error["allowed"].clone()]);
    let said = said.chain([problem["title"].clone(), problem["detail"].clone()]);
    said.filter_map(|text| text.as_str().filter(|text| !english(text).is_empty()).map(ToOwned::to_owned)).collect()
}

#[test]
fn english_is_told_from_names_and_numbers() {
    for text in
        ["允许：1 to 100。", "允许：none。", "a period in 2018", "应为 a string", "an exact figure, such as 24户"]
    {
        assert!(!english(text).is_empty(), "{text}");
    }
    for text in [
        "federation, society",
        "允许：2018、2018-Q1 或 {from, to}",
        "Idempotency-Key 为 k",
        "GET, HEAD",
        "32 MiB",
        "Authorization: Bearer <密钥>",
        "application/json, text/csv",
        "GB18030、带字节顺序标记的 UTF-16",
        "2018-01-01 至 2018-12-31，或 null",
    ] {
        assert_eq!(english(text), [""; 0], "{text}");
    }
}

#[test]
fn no_sentence_in_chinese_holds_english() {
    for code in Code::iter() {
        let entry = code.entry();
        for text in [entry.title.zh, entry.detail.zh] {
            assert_eq!(english(text), [""; 0], "{code:?}: {text}");
        }
    }
}

/// Every Rust file below a folder.
fn sources(folder: &Path) -> Vec<(String, String)> {
    let entries = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    entries
        .flat_map(|path| match path.is_dir() {
            true => sources(&path),
            false if path.extension().is_some_and(|extension| extension == "rs") => {
                vec![(path.display().to_string(), fs::read_to_string(&path).expect("a text"))]
            }
            false => Vec::new(),
        })
        .collect()
}

#[test]
fn whatever_completes_a_sentence_in_words_does_so_in_both_languages() {
    let mut only_english = Vec::new();
    for (file, text) in sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src")) {
        for begin in [".allowed(\"", ".given(\"", ".allowed(format!(\"", ".given(format!(\""] {
            for said in text.split(begin).skip(1) {
                let said = said.split('"').next().expect("its end");
                if !english(said).is_empty() {
                    only_english.push(format!("{file}: {said}"));
                }
            }
        }
    }
    assert_eq!(only_english, [""; 0]);
}

/// Files that cannot be read, by their content types.
const FILES: [(&str, &[u8]); 13] = [
    ("text/plain", b"x"),
    ("", b"x"),
    (XLSX, b"x"),
    (XLSX, &[0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1, 0, 0]),
    ("text/csv", b""),
    ("text/csv", b"association,weather\n1,2\n"),
    ("text/csv", b"association,association\n1,2\n"),
    ("text/csv", b"association\n\"1\n"),
    ("text/csv", b"association\n\xff\xff\x81\n"),
    ("text/csv", b"association,indicator\n1,2,3\n"),
    ("application/x-ndjson", b"{\n[]\n\xff\n"),
    ("application/json", b"{"),
    ("application/json", b""),
];

/// What was asked for, and what is English in the answer.
#[derive(Default)]
struct Walk {
    asked: usize,
    found: Vec<String>,
}

impl Walk {
    #[track_caller]
    fn look(&mut self, asked: &str, reply: &Reply) {
        assert!((400..500).contains(&reply.status), "{asked}: {}", reply.text);
        self.asked += 1;
        self.found.extend(english_of(&reply.body).into_iter().map(|text| format!("{asked}: {text}")));
    }
}

/// Somebody whose one actual, `k`, has this id, and whose first half of 2017 is closed.
fn furnished() -> (App, String) {
    let app = App::start();
    app.association("chuzhou", None);
    app.indicator("people", "人");
    app.indicator_with("share", json!({"value_type": "percentage", "unit": "%", "accumulation": "ratio"}));
    app.indicator_with("done", json!({"value_type": "milestone", "unit": "项", "accumulation": "latest"}));
    app.indicator_with("cost", json!({"unit": "万元", "direction": "lower_is_better"}));
    let admin = app.admin();
    admin.put("/locks/2017", json!({"closed_through": "2017-06-30", "reason": "年报"})).expect(200);
    admin.put("/reporting/2018/schedule", json!({"frequency": "quarterly", "due_days": 10})).expect(201);
    let stored = json!({"indicator": "people", "period": "2018-03", "value": 1, "external_id": "k"});
    let stored = admin.post("/associations/chuzhou/actuals", stored).expect(201);
    let id = stored["id"].as_str().expect("an id").to_owned();
    (app, id)
}

#[test]
fn problems_in_chinese_hold_no_english() {
    let (app, id) = furnished();
    let (admin, mut walk) = (app.admin(), Walk::default());
    for line in include_str!("support/refused.txt").lines() {
        let line = line.replace("{id}", &id);
        let mut parts = line.splitn(3, ' ');
        let [method, path, body] = std::array::from_fn(|_| parts.next().unwrap_or_default());
        walk.look(&line, &admin.send(method, &format!("/api/v1{path}"), &[JSON, CHINESE], body));
    }
    for (content_type, file) in FILES {
        let reply = admin.send("POST", "/api/v1/actuals", &[("Content-Type", content_type), CHINESE], file);
        walk.look(&format!("{content_type} {file:?}"), &reply);
    }
    for header in [("If-Match", "x"), ("If-None-Match", "x"), ("If-Match", "\"x\"")] {
        let body = r#"{"name": "x", "kind": "society", "level": "county"}"#;
        let reply = admin.send("PUT", "/api/v1/associations/chuzhou", &[header, JSON, CHINESE], body);
        walk.look(header.1, &reply);
    }
    let reporter = app.reporter_of("chuzhou");
    walk.look("targets", &reporter.send("POST", "/api/v1/targets", &[JSON, CHINESE], "{\"items\": []}"));
    walk.look("keys", &reporter.send("GET", "/api/v1/keys", &[CHINESE], ""));
    walk.look("a stranger", &app.stranger().send("GET", "/api/v1/me", &[CHINESE], ""));
    assert!(walk.found.is_empty(), "{:#?}", walk.found);
    assert!(walk.asked > 90, "{}", walk.asked);
}
