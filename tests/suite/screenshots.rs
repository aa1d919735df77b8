//! Pictures of every page, to be looked at; `scripts/screenshots` makes them.

use std::fs;
use std::path::PathBuf;

use crate::support::Browser;
use crate::support::browser::{Paper, Theme};
use crate::support::pages::{OTHERS, PAGES, filled};

/// Longer pages go on as they began.
const TALLEST: u64 = 1200;

/// Keeps a picture of the page in the folder that `KPI_SCREENSHOTS` names.
fn keep(browser: &Browser, name: &str) {
    let folder = PathBuf::from(std::env::var_os("KPI_SCREENSHOTS").expect("KPI_SCREENSHOTS names a folder"));
    fs::create_dir_all(&folder).expect("a folder");
    fs::write(folder.join(format!("{name}.png")), browser.picture(TALLEST)).expect("a file");
}

#[test]
#[ignore = "makes files; scripts/screenshots runs it"]
fn every_page_has_its_picture() {
    let (app, admin) = filled();
    let browser = app.browser_of(&admin);
    for width in [360, 1280, 1920] {
        browser.widen(width);
        for (name, path) in PAGES {
            browser.open(path);
            keep(&browser, &format!("{name}-{width}"));
        }
    }
    // Between its margins, a sheet of A4 is 186 mm wide.
    let looks = [(Theme::Dark, Paper::Screen, 1280, "dark"), (Theme::Light, Paper::Print, 703, "print")];
    for (theme, paper, width, suffix) in looks {
        browser.widen(width);
        browser.show_as(theme, paper);
        for (name, path) in PAGES {
            browser.open(path);
            keep(&browser, &format!("{name}-{suffix}"));
        }
    }
    browser.widen(1280);
    browser.show_as(Theme::Light, Paper::Screen);
    for (name, path) in OTHERS {
        browser.open(path);
        keep(&browser, &format!("{name}-1280"));
    }
}
