//! The READMEs: what they print is what happens.

use std::collections::BTreeMap;
use std::process::Command;

use crate::support::{App, Reply, kpi};

const READMES: [(&str, &str); 2] =
    [("README.md", include_str!("../../README.md")), ("README.zh-CN.md", include_str!("../../README.zh-CN.md"))];

/// Stands for what a README leaves out of an answer.
const LEFT_OUT: char = '…';

#[test]
fn the_calls_of_the_readmes_answer_as_printed() {
    for (name, readme) in READMES {
        let app = App::start();
        app.set_day(2026, 11, 23);
        app.load_demo();
        let calls = calls(readme);
        assert_eq!(calls.len(), 3, "{name}");
        for (call, printed) in calls {
            let answer = Curl::read(&call).send(&app);
            assert!(is_as_printed(&answer, &printed), "{name}\n{call}\nprints\n{printed}\nand gets\n{answer}");
        }
    }
}

#[test]
fn the_imports_and_exports_of_the_readmes_work() {
    for (name, readme) in READMES {
        let (app, folder) = (App::start(), tempfile::tempdir().expect("a folder"));
        app.set_day(2019, 12, 31);
        app.load_demo();
        let rows = "组织,指标,期间,数值\nchuzhou,households-lifted,2018-Q4,12\n";
        std::fs::write(folder.path().join("figures.csv"), rows).expect("a file");
        let is_ours = |line: &&str| line.starts_with("kpi import ") || line.starts_with("kpi export ");
        let lines: Vec<_> = readme.lines().filter(is_ours).collect();
        assert_eq!(lines.len(), 3, "{name}");
        for line in lines {
            let call = line.split('#').next().unwrap_or_default();
            let words: Vec<_> = call.split_whitespace().skip(1).collect();
            let output = kpi(&words).env("DATABASE_URL", &app.database).current_dir(folder.path()).output();
            let output = output.expect("the program runs");
            assert!(output.status.success(), "{line}: {}", String::from_utf8_lossy(&output.stderr));
        }
        assert!(folder.path().join("fengxian.xlsx").exists(), "{name}");
    }
}

#[test]
fn the_checks_of_the_readmes_find_the_demo_right() {
    for (name, readme) in READMES {
        let app = App::start();
        app.set_day(2019, 12, 31);
        app.load_demo();
        let is_ours = |line: &&str| line.starts_with("kpi verify") || line.starts_with("kpi rebuild");
        let lines: Vec<_> = readme.lines().filter(is_ours).collect();
        assert_eq!(lines.len(), 3, "{name}");
        for line in lines {
            let call = line.split('#').next().unwrap_or_default();
            let words: Vec<_> = call.split_whitespace().skip(1).collect();
            let output = kpi(&words).env("DATABASE_URL", &app.database).output().expect("the program runs");
            assert!(output.status.success() && output.stdout.is_empty(), "{line}: {output:?}");
        }
    }
}

#[test]
fn the_configuration_tables_name_every_variable_with_its_default() {
    let program = Command::new(env!("CARGO_BIN_EXE_kpi")).arg("--help").env_clear().output().expect("kpi --help");
    let help = String::from_utf8(program.stdout).expect("a text");
    let wanted = variables(&help.split_whitespace().collect::<Vec<_>>().join(" "));
    assert!(wanted.contains_key("KPI_LISTEN"), "{help}");
    for (name, readme) in READMES {
        let rows = readme.lines().filter_map(|line| line.strip_prefix("| `")).filter(|row| is_variable(row));
        let table: BTreeMap<_, _> = rows.map(variable_and_default).collect();
        assert_eq!(table, wanted, "{name}");
    }
}

#[test]
fn the_large_demo_of_the_readmes_is_what_is_generated_without_any_option() {
    let help = kpi(&["demo", "generate", "--help"]).output().expect("the program runs");
    let help = String::from_utf8(help.stdout).expect("a text");
    let help = help.split_whitespace().collect::<Vec<_>>().join(" ");
    let named = help.split(" --").skip(1).filter_map(|option| option.split_once(' '));
    let options: BTreeMap<_, _> = named
        .take_while(|(name, _)| *name != "database-url")
        .filter_map(|(name, rest)| Some((name, rest.split_once("[default: ")?.1.split(']').next()?)))
        .collect();
    assert_eq!(options.len(), 6, "{help}");
    for (name, readme) in READMES {
        let line = readme.lines().find(|line| line.starts_with("kpi demo generate ")).expect(name);
        let given: BTreeMap<_, _> = line.split(" --").skip(1).filter_map(|option| option.split_once(' ')).collect();
        assert_eq!(given, options, "{name}");
    }
}

#[test]
fn the_readmes_read_the_modules_in_the_order_of_the_crate() {
    let crate_root = include_str!("../../src/lib.rs");
    let modules: Vec<_> =
        crate_root.lines().filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';')).collect();
    for (name, readme) in READMES {
        let listed = readme.lines().filter_map(|line| line.strip_prefix("- `")?.split_once('`'));
        let listed: Vec<_> = listed.map(|(module, _)| module).collect();
        assert_eq!(listed, modules, "{name}");
    }
}

#[test]
fn every_file_a_readme_links_to_is_there() {
    for (name, readme) in READMES {
        for link in readme.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let file = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(link);
            assert!(file.exists(), "{name} links to {link}");
        }
    }
}

/// Every `$ curl …` of the `console` blocks, with what is printed below it.
fn calls(readme: &str) -> Vec<(String, String)> {
    let blocks = readme.split("```console\n").skip(1).filter_map(|rest| rest.split("\n```").next());
    let calls = blocks.map(|block| block.split_once('\n').unwrap_or((block, "")));
    calls.map(|(call, printed)| (call.trim_start_matches("$ ").to_owned(), printed.to_owned())).collect()
}

/// The pieces between the gaps come one after the other, the first at the start and the last at the end. A gap between
/// two quotes is one string.
fn is_as_printed(answer: &str, printed: &str) -> bool {
    let mut pieces = printed.split(LEFT_OUT);
    let mut before = pieces.next().unwrap_or_default();
    let Some(mut rest) = answer.strip_prefix(before) else { return false };
    for piece in pieces {
        let found = if piece.is_empty() { Some((rest, "")) } else { rest.split_once(piece) };
        let Some((gap, after)) = found else { return false };
        if before.ends_with('"') && piece.starts_with('"') && gap.contains('"') {
            return false;
        }
        (before, rest) = (piece, after);
    }
    // What is printed last may stand earlier too.
    rest.is_empty() || printed.contains(LEFT_OUT) && rest.ends_with(before)
}

/// A call of `curl`, as far as the READMEs use it.
#[derive(Default)]
struct Curl {
    path: String,
    headers: Vec<(String, String)>,
    body: Option<String>,
    /// What is printed after the answer.
    write_out: String,
}

impl Curl {
    fn read(call: &str) -> Self {
        let mut curl = Self::default();
        let mut words = words(call).into_iter();
        assert_eq!(words.next().as_deref(), Some("curl"), "{call}");
        while let Some(word) = words.next() {
            let mut value = || words.next().expect(call);
            match word.as_str() {
                "-s" => {}
                "-d" => curl.body = Some(value()),
                "-w" => curl.write_out = value().replace("\\n", "\n"),
                "-H" => {
                    let header = value();
                    let (name, value) = header.split_once(": ").expect(call);
                    curl.headers.push((name.to_owned(), value.to_owned()));
                }
                url => curl.path = url.strip_prefix("http://127.0.0.1:8080").expect(call).to_owned(),
            }
        }
        curl
    }

    fn send(self, app: &App) -> String {
        // The admin sends their key by themselves.
        let (keys, headers): (Vec<_>, Vec<_>) = self.headers.iter().partition(|(name, _)| name == "Authorization");
        assert_eq!(keys.first().map(|(_, value)| value.as_str()), Some("Bearer $KEY"));
        let headers: Vec<_> = headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let method = if self.body.is_some() { "POST" } else { "GET" };
        let Reply { status, text, .. } =
            app.admin().send(method, &self.path, &headers, self.body.as_deref().unwrap_or_default());
        let written = self.write_out.replace("%{http_code}", &status.to_string());
        format!("{text}{written}").trim_end().to_owned()
    }
}

/// The words of a shell command without escapes.
fn words(command: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut quote = None;
    for letter in command.chars() {
        match (letter, quote) {
            ('\'' | '"', None) => quote = Some(letter),
            (letter, Some(open)) if letter == open => quote = None,
            (' ', None) => words.push(String::new()),
            _ => words.last_mut().expect("a word").push(letter),
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

fn is_variable(row: &str) -> bool {
    row.split('`').next().is_some_and(|name| name.contains('_') && name == name.to_uppercase())
}

fn variable_and_default(row: &str) -> (String, String) {
    let mut cells = row.split('|').map(|cell| cell.trim_matches([' ', '`']).to_owned());
    (cells.next().expect("a variable"), cells.next().expect("a default"))
}

/// What `kpi --help` says: every variable and its default, empty where there is none.
fn variables(help: &str) -> BTreeMap<String, String> {
    let options = help.split("[env: ").skip(1);
    let mut variables: BTreeMap<_, _> = options
        .map(|option| {
            let name = option.split([']', '=']).next().expect("a variable");
            let rest = option.split_once(']').map_or("", |(_, rest)| rest).trim_start();
            let default = rest.strip_prefix("[default: ").and_then(|rest| rest.split(']').next());
            (name.to_owned(), default.unwrap_or_default().to_owned())
        })
        .collect();
    if help.contains("RUST_LOG") && help.contains("info where not set") {
        variables.insert("RUST_LOG".to_owned(), "info".to_owned());
    }
    if help.contains("KPI_KEY is the API key") {
        variables.insert("KPI_KEY".to_owned(), String::new());
    }
    variables
}
