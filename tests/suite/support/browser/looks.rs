//! How wide the window is, in which colours and on what the page is shown; and pictures of it.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::Browser;

/// The colours somebody prefers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Theme {
    /// Dark on light.
    Light,
    /// Light on dark.
    Dark,
}

/// What a page is shown on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Paper {
    /// A screen.
    Screen,
    /// Paper.
    Print,
}

impl Browser {
    /// Gives the window a width, in pixels; a narrow one is a phone's.
    pub fn widen(&self, width: u32) {
        let metrics = json!({"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 600});
        self.devtools("Emulation.setDeviceMetricsOverride", metrics);
    }

    /// Shows pages in these colours, on this.
    pub fn show_as(&self, theme: Theme, paper: Paper) {
        let scheme = match theme {
            Theme::Light => "light",
            Theme::Dark => "dark",
        };
        let media = match paper {
            Paper::Screen => "screen",
            Paper::Print => "print",
        };
        let features = json!([{"name": "prefers-color-scheme", "value": scheme}]);
        self.devtools("Emulation.setEmulatedMedia", json!({"media": media, "features": features}));
    }

    /// How an element's style comes out.
    #[track_caller]
    pub fn style(&self, css: &str, property: &str) -> String {
        let (css, property) = (Value::from(css), Value::from(property));
        let script = format!("return getComputedStyle(document.querySelector({css})).getPropertyValue({property})");
        self.ask(&script).as_str().expect("a text").to_owned()
    }

    /// The page from its head on as PNG, at most so many pixels of it.
    pub fn picture(&self, height: u64) -> Vec<u8> {
        let size = self.devtools("Page.getLayoutMetrics", json!({}))["cssContentSize"].clone();
        let height = size["height"].as_u64().expect("a height").min(height);
        let part = json!({"x": 0, "y": 0, "width": size["width"], "height": height, "scale": 1});
        decoded(&self.devtools("Page.captureScreenshot", json!({"captureBeyondViewport": true, "clip": part})))
    }

    /// The page as PDF, as the browser prints it.
    pub fn pdf(&self) -> Vec<u8> {
        decoded(&self.devtools("Page.printToPDF", json!({"preferCSSPageSize": true, "printBackground": true})))
    }
}

fn decoded(answer: &Value) -> Vec<u8> {
    STANDARD.decode(answer["data"].as_str().expect("data")).expect("base64")
}
