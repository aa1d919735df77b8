//! What must be so on every page: readable for everybody, without errors, and nothing asked of anybody else.

use std::sync::LazyLock;

use serde_json::{Value, json};

use super::Browser;

/// axe-core, which tells what a screen reader or a weak eye cannot read.
static AXE: LazyLock<String> = LazyLock::new(|| {
    let place = concat!(env!("CARGO_TARGET_TMPDIR"), "/axe.min.js");
    std::fs::read_to_string(place).unwrap_or_else(|error| panic!("{place}: {error}; run scripts/install-browser"))
});

impl Browser {
    /// What axe finds that is serious or critical: rule, places and why.
    pub fn barriers(&self) -> Vec<String> {
        let run = "const done = arguments[arguments.length - 1];
            axe.run(document, {resultTypes: ['violations']}).then(done, error => done({failed: String(error)}));";
        let found = self.runtime.block_on(async {
            self.client.execute(&format!("{}; return 0", *AXE), vec![]).await?;
            self.client.execute_async(run, vec![]).await
        });
        let found = found.expect("axe runs");
        let violations = found["violations"].as_array().unwrap_or_else(|| panic!("axe: {found}"));
        let serious = violations.iter().filter(|one| one["impact"] == "serious" || one["impact"] == "critical");
        serious.flat_map(barriers_of).collect()
    }

    /// What the console called an error since it was asked last.
    pub fn complaints(&self) -> Vec<String> {
        let entries = self.logged("browser");
        let severe = entries.iter().filter(|entry| entry["level"] == "SEVERE");
        severe.map(|entry| entry["message"].as_str().expect("a message").to_owned()).collect()
    }

    /// What was asked of anybody but the service since it was asked last; everything that was asked has to be something.
    pub fn asked_elsewhere(&self) -> Vec<String> {
        let entries = self.logged("performance");
        let asked: Vec<_> = entries.iter().filter_map(address).collect();
        assert!(!asked.is_empty(), "the log of requests is kept");
        // The browser's own first page is made of what is in the browser.
        let goes_out = |address: &str| ["http", "ws"].iter().any(|scheme| address.starts_with(scheme));
        let own = format!("{}/", self.service);
        asked.into_iter().filter(|address| goes_out(address) && !address.starts_with(&own)).collect()
    }

    fn logged(&self, kind: &str) -> Vec<Value> {
        let entries = self.own("se/log", json!({"type": kind}));
        serde_json::from_value(entries).expect("entries")
    }
}

fn barriers_of(violation: &Value) -> Vec<String> {
    let nodes = violation["nodes"].as_array().into_iter().flatten();
    nodes.map(|node| format!("{} {}: {}", violation["id"], node["target"], node["failureSummary"])).collect()
}

/// Where a request went that the log tells of.
fn address(entry: &Value) -> Option<String> {
    let message: Value = serde_json::from_str(entry["message"].as_str()?).ok()?;
    let message = &message["message"];
    let is_request = message["method"] == "Network.requestWillBeSent";
    is_request.then(|| message["params"]["request"]["url"].as_str().map(ToOwned::to_owned))?
}
