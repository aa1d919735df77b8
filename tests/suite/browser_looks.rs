//! How every page looks: on a phone and on a wall, in the dark, on paper, and to those who do not see it.

use std::sync::LazyLock;

use crate::support::browser::{Paper, Theme};
use crate::support::pages::{DONE, OTHERS, PAGES, filled};
use crate::support::{App, Browser, Person};

/// Nobody changes it.
static STAGE: LazyLock<(App, Person)> = LazyLock::new(filled);

fn browser() -> Browser {
    STAGE.0.browser_of(&STAGE.1)
}

fn has_room(browser: &Browser, width: u32, wide: &mut Vec<String>, name: &str) {
    let taken = browser.ask("return document.documentElement.scrollWidth").as_u64().expect("a width");
    if taken > u64::from(width) {
        let parts = browser.ask(&format!(
            "return [...document.querySelectorAll('body *')].filter(e => e.getBoundingClientRect().right > {width}
                && !e.closest('.scroll') && !e.closest('svg')).map(e => e.outerHTML.slice(0, 100)).slice(0, 3)"
        ));
        wide.push(format!("{name} takes {taken} of {width}: {parts}"));
    }
}

#[test]
fn every_page_fits_a_phone_and_a_wide_screen_and_asks_nobody_else() {
    let browser = browser();
    let mut wide = Vec::new();
    for width in [360, 1920] {
        browser.widen(width);
        for (name, path) in PAGES {
            browser.open(path);
            has_room(&browser, width, &mut wide, name);
        }
    }
    assert!(wide.is_empty(), "{wide:#?}");
    assert_eq!(browser.complaints(), [""; 0]);
    assert_eq!(browser.asked_elsewhere(), [""; 0]);
    browser.widen(360);
    for (name, path) in OTHERS {
        browser.open(path);
        has_room(&browser, 360, &mut wide, name);
    }
    for (name, act) in DONE {
        act(&browser);
        has_room(&browser, 360, &mut wide, name);
    }
    assert!(wide.is_empty(), "{wide:#?}");
}

#[test]
fn every_page_is_read_by_everybody_in_light_and_dark_and_both_languages() {
    let browser = browser();
    let mut grounds = Vec::new();
    for theme in [Theme::Light, Theme::Dark] {
        browser.show_as(theme, Paper::Screen);
        browser.each_page(|name, _| {
            let barriers = browser.barriers();
            assert!(barriers.is_empty(), "{name} {theme:?}: {barriers:#?}");
        });
        grounds.push(browser.style("html", "background-color"));
    }
    assert_ne!(grounds[0], grounds[1], "the dark is dark");
    browser.open("/");
    browser.click("form[action='/language'] button");
    browser.until("document.documentElement.lang === 'en'");
    browser.each_page(|name, _| {
        let barriers = browser.barriers();
        assert!(barriers.is_empty(), "{name} in English: {barriers:#?}");
    });
    browser.ask("document.querySelector('h1').style.color = '#555'");
    assert!(!browser.barriers().is_empty(), "what cannot be read is found");
}

/// The sizes of a PDF's pages, in points.
fn sheets(pdf: &[u8]) -> Vec<[String; 2]> {
    let text = String::from_utf8_lossy(pdf);
    let boxes = text.split("/MediaBox [").skip(1).map(|rest| rest.split(']').next().expect("its end"));
    let sides =
        boxes.map(|sides| sides.split(' ').map(|side| side.parse::<f64>().expect("a number")).collect::<Vec<_>>());
    sides.map(|sides| [2, 3].map(|side| format!("{:.0}", sides[side]))).collect()
}

#[test]
fn paper_is_a4_and_holds_what_is_to_be_read() {
    let browser = browser();
    for path in ["/overview/2026", "/bulletins/2026/1"] {
        browser.show_as(Theme::Dark, Paper::Print);
        browser.open(path);
        for hidden in [".bar", "footer", ".skip"] {
            assert_eq!(browser.style(hidden, "display"), "none", "{path} {hidden}");
        }
        assert_eq!(browser.style("html", "background-color"), "rgb(255, 255, 255)", "paper is white");
        let pdf = browser.pdf();
        assert!(pdf.starts_with(b"%PDF"));
        let sheets = sheets(&pdf);
        assert!(!sheets.is_empty() && sheets.iter().all(|sheet| *sheet == ["595", "842"]), "{path}: {sheets:?}");
    }
}
