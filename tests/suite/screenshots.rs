//! Pictures of every page, to be looked at: `scripts/screenshots` keeps them all, the tests make those of a phone.

use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::support::Browser;
use crate::support::browser::{Paper, Theme};
use crate::support::pages::{DONE, OTHERS, PAGES, filled};

/// Longer pages go on as they began.
const TALLEST: u64 = 1200;

/// Keeps a picture of the page, as wide as it shall be.
fn keep(browser: &Browser, folder: &Path, width: u32, name: &str) {
    let picture = browser.picture(TALLEST);
    assert_eq!(picture.get(16..20), Some(&width.to_be_bytes()[..]), "{name} is {width} px wide");
    fs::write(folder.join(format!("{name}.png")), picture).expect("a file");
}

#[test]
fn every_page_has_its_picture() {
    let (app, admin) = filled();
    let browser = app.browser_of(&admin);
    let temporary = TempDir::new().expect("a folder");
    let kept = std::env::var_os("KPI_SCREENSHOTS").map(PathBuf::from);
    let folder = kept.as_deref().unwrap_or(temporary.path());
    let widths: &[u32] = if kept.is_some() { &[360, 1280, 1920] } else { &[360] };
    for width in widths {
        browser.widen(*width);
        for (name, path) in PAGES {
            browser.open(path);
            keep(&browser, folder, *width, &format!("{name}-{width}"));
        }
        for (name, act) in DONE {
            act(&browser);
            keep(&browser, folder, *width, &format!("{name}-{width}"));
        }
    }
    if kept.is_some() {
        keep_other_looks(&browser, folder);
    }
}

fn keep_other_looks(browser: &Browser, folder: &Path) {
    // Between its margins, a sheet of A4 is 186 mm wide.
    let looks = [(Theme::Dark, Paper::Screen, 1280, "dark"), (Theme::Light, Paper::Print, 703, "print")];
    for (theme, paper, width, suffix) in looks {
        browser.widen(width);
        browser.show_as(theme, paper);
        for (name, path) in PAGES {
            browser.open(path);
            keep(browser, folder, width, &format!("{name}-{suffix}"));
        }
    }
    browser.widen(1280);
    browser.show_as(Theme::Light, Paper::Screen);
    for (name, path) in OTHERS {
        browser.open(path);
        keep(browser, folder, 1280, &format!("{name}-1280"));
    }
}
