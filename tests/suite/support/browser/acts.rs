//! What somebody does in a browser, and what they read there.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use fantoccini::Locator;
use fantoccini::actions::{InputSource, KeyAction, KeyActions};
use fantoccini::elements::Element;
use serde_json::Value;

use super::Browser;

/// Longer than anything takes on a machine that does much else.
const PATIENCE: Duration = Duration::from_secs(30);

/// Between two looks whether it is so by now.
const PAUSE: Duration = Duration::from_millis(15);

impl Browser {
    /// Opens a page, and waits until it has all its parts.
    pub fn open(&self, path: &str) {
        let opened = self.runtime.block_on(self.client.goto(&format!("{}{path}", self.service)));
        opened.unwrap_or_else(|error| panic!("{path}: {error}"));
        self.settle();
    }

    /// Goes back to the page before.
    pub fn go_back(&self) {
        self.runtime.block_on(self.client.back()).expect("a page before");
    }

    /// Waits until the page has all its parts.
    pub fn settle(&self) {
        self.until("document.readyState === 'complete' && !document.querySelector('[aria-busy]')");
    }

    /// Waits until an expression is true.
    #[track_caller]
    pub fn until(&self, expression: &str) {
        let begin = Instant::now();
        let script = format!("return Boolean({expression})");
        let mut last = self.runtime.block_on(self.client.execute(&script, vec![]));
        while !matches!(last, Ok(Value::Bool(true))) {
            if begin.elapsed() > PATIENCE {
                panic!("not so on {}: {expression}: {last:?}\n{}", self.place(), self.text("body"));
            }
            // On its way to another page, there is nobody to answer.
            last = self.runtime.block_on(async {
                tokio::time::sleep(PAUSE).await;
                self.client.execute(&script, vec![]).await
            });
        }
    }

    /// Waits until the page, with all its parts, says this.
    #[track_caller]
    pub fn sees(&self, text: &str) {
        let text = Value::from(text);
        self.until(&format!("!document.querySelector('[aria-busy]') && document.body.innerText.includes({text})"));
    }

    /// What a function's body in the page returns.
    #[track_caller]
    pub fn ask(&self, script: &str) -> Value {
        let answer = self.runtime.block_on(self.client.execute(script, vec![]));
        answer.unwrap_or_else(|error| panic!("{script}: {error}"))
    }

    /// Path and query of the page.
    pub fn place(&self) -> String {
        self.ask("return location.pathname + location.search").as_str().expect("a text").to_owned()
    }

    /// What the first element says.
    #[track_caller]
    pub fn text(&self, css: &str) -> String {
        self.runtime.block_on(self.element(css).text()).expect("a text")
    }

    /// What each of these elements says.
    pub fn texts(&self, css: &str) -> Vec<String> {
        let found = self.ask(&format!("return [...document.querySelectorAll({})].map(e => e.innerText)", quoted(css)));
        serde_json::from_value(found).expect("texts")
    }

    /// Clicks on the first element.
    #[track_caller]
    pub fn click(&self, css: &str) {
        let clicked = self.runtime.block_on(self.element(css).click());
        clicked.unwrap_or_else(|error| panic!("{css}: {error}"));
    }

    /// Types in place of what stands in a field.
    #[track_caller]
    pub fn type_into(&self, css: &str, text: &str) {
        let field = self.element(css);
        self.runtime.block_on(field.clear()).expect("an empty field");
        self.runtime.block_on(field.send_keys(text)).expect("it takes text");
    }

    /// Chooses an option by its value.
    #[track_caller]
    pub fn choose(&self, css: &str, value: &str) {
        let chosen = self.runtime.block_on(self.element(css).select_by_value(value));
        chosen.unwrap_or_else(|error| panic!("{css} {value}: {error}"));
    }

    /// Chooses a file with this name and content.
    #[track_caller]
    pub fn choose_file(&self, css: &str, name: &str, content: impl AsRef<[u8]>) {
        let path: PathBuf = self.folder.path().join(name);
        std::fs::write(&path, content).expect("a file");
        let chosen = self.runtime.block_on(self.element(css).send_keys(&path.display().to_string()));
        chosen.unwrap_or_else(|error| panic!("{css}: {error}"));
    }

    /// Clicks on a link to a file, and answers the file.
    #[track_caller]
    pub fn download(&self, css: &str) -> Vec<u8> {
        self.click(css);
        let folder = self.folder.path().join("downloads");
        let begin = Instant::now();
        loop {
            let files = std::fs::read_dir(&folder).into_iter().flatten().filter_map(Result::ok).map(|file| file.path());
            // Until it is whole, its name ends in .crdownload or is one for the time being.
            let whole =
                |path: &PathBuf| path.extension().is_some_and(|extension| extension == "xlsx" || extension == "csv");
            if let Some(path) = files.into_iter().find(whole) {
                let content = std::fs::read(&path).expect("a file");
                // The name may be taken before there is anything under it.
                if !content.is_empty() {
                    std::fs::remove_file(&path).expect("it is there");
                    return content;
                }
            }
            assert!(begin.elapsed() < PATIENCE, "{css} leads to no file");
            self.runtime.block_on(async { tokio::time::sleep(PAUSE).await });
        }
    }

    /// Presses keys one after the other, wherever the keyboard is.
    pub fn press(&self, keys: &str) {
        let actions = keys.chars().fold(KeyActions::new("keyboard".to_owned()), |actions, key| {
            actions.then(KeyAction::Down { value: key }).then(KeyAction::Up { value: key })
        });
        self.runtime.block_on(self.client.perform_actions(actions)).expect("keys are pressed");
    }

    #[track_caller]
    fn element(&self, css: &str) -> Element {
        let found = self.client.wait().at_most(PATIENCE).every(PAUSE).for_element(Locator::Css(css));
        self.runtime.block_on(found).unwrap_or_else(|error| panic!("{css} on {}: {error}", self.place()))
    }
}

/// A text as a script writes it.
fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}
