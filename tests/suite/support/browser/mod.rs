//! A real browser: Chromium without a window, driven by a chromedriver of its own.

mod acts;
mod checks;
mod driver;
mod looks;

use fantoccini::wd::{Capabilities, WebDriverCompatibleCommand};
use fantoccini::{Client, ClientBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::runtime::{Builder, Runtime};
use url::Url;

use self::driver::Driver;
use super::{App, Person};

pub use looks::{Paper, Theme};

/// A browser that looks at a service; closed when dropped.
pub struct Browser {
    runtime: Runtime,
    client: Client,
    service: String,
    // Dropped in this order: the browser writes to its folder until it ends.
    _driver: Driver,
    folder: TempDir,
}

impl Drop for Browser {
    fn drop(&mut self) {
        // Whatever goes wrong here, the driver's group is ended afterwards.
        let _ = self.runtime.block_on(self.client.clone().close());
    }
}

/// A command that only Chromium has.
#[derive(Debug)]
struct Own {
    path: &'static str,
    body: Value,
}

impl WebDriverCompatibleCommand for Own {
    fn endpoint(&self, base: &Url, session: Option<&str>) -> Result<Url, url::ParseError> {
        base.join(&format!("session/{}/{}", session.unwrap_or_default(), self.path))
    }

    fn method_and_body(&self, _: &Url) -> (ureq::http::Method, Option<String>) {
        (ureq::http::Method::POST, Some(self.body.to_string()))
    }
}

impl App {
    /// A browser of somebody at the door.
    pub fn browser(&self) -> Browser {
        Browser::start(format!("http://{}", self.address()))
    }

    /// A browser of somebody who signed in with this person's key, on the overview.
    pub fn browser_of(&self, person: &Person) -> Browser {
        let browser = self.browser();
        browser.open("/sign-in");
        browser.type_into("#key", person.secret());
        browser.press(ENTER);
        browser.until("location.pathname.startsWith('/overview/')");
        browser.settle();
        browser
    }
}

/// Keys without a letter, as WebDriver writes them.
pub const ENTER: &str = "\u{e007}";
/// The next thing that takes the keyboard.
pub const TAB: &str = "\u{e004}";

impl Browser {
    fn start(service: String) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let driver = Driver::start(folder.path());
        let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
        let mut builder = ClientBuilder::new(HttpConnector::new());
        builder.capabilities(capabilities(&folder));
        let client = runtime.block_on(builder.connect(&driver.address())).expect("Chromium starts");
        Self { runtime, client, service, _driver: driver, folder }
    }

    /// What Chromium answers to a command of its own protocol for developers.
    fn devtools(&self, command: &str, parameters: Value) -> Value {
        self.own("goog/cdp/execute", json!({"cmd": command, "params": parameters}))
    }

    fn own(&self, path: &'static str, body: Value) -> Value {
        let answer = self.runtime.block_on(self.client.issue_cmd(Own { path, body: body.clone() }));
        answer.unwrap_or_else(|error| panic!("{path} {body}: {error}"))
    }
}

/// It sends nothing to anybody but the service, keeps nothing, and logs what pages say and ask for.
fn capabilities(folder: &TempDir) -> Capabilities {
    let place = |name: &str| folder.path().join(name).display().to_string();
    let flags = [
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--disable-quic",
        "--hide-scrollbars",
    ];
    let profile = format!("--user-data-dir={}", place("profile"));
    let flags: Vec<_> = flags.into_iter().chain([profile.as_str()]).collect();
    let capabilities = json!({
        "goog:chromeOptions": {
            "args": flags,
            "prefs": {"download.default_directory": place("downloads"), "download.prompt_for_download": false},
            "perfLoggingPrefs": {"enableNetwork": true, "enablePage": false},
        },
        "goog:loggingPrefs": {"browser": "ALL", "performance": "ALL"},
    });
    serde_json::from_value(capabilities).expect("capabilities")
}
