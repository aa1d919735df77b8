//! Issuing a bulletin in a real browser.

use kpi::auth::Role;
use serde_json::json;

use crate::browser_journeys::quiet_but_for;
use crate::support::browser::{Paper, Theme};
use crate::support::region::region;

#[test]
fn a_bulletin_is_filled_in_seen_changed_seen_again_and_issued() {
    let app = region();
    let browser = app.browser_of(&app.person(Role::Verifier, None));
    browser.open("/bulletins");
    browser.click("summary");
    browser.choose("#basis", "verified");
    browser.type_into("#title", "半年通报");
    browser.press("\u{e007}");
    browser.sees("预览·尚未发布");
    assert!(browser.place().starts_with("/bulletins/preview?"), "{}", browser.place());
    browser.click("form[action='/language'] button");
    browser.sees("Preview · not issued");
    browser.click("form[action='/language'] button");
    browser.sees("预览·尚未发布");
    browser.click("details summary");
    browser.type_into("#title", "半年通报（更正）");
    // What was changed is not issued before it was seen.
    browser.click("button[name=seen]");
    browser.until("document.querySelector('h1').textContent === '半年通报（更正）'");
    assert!(browser.place().starts_with("/bulletins/preview?"), "{}", browser.place());
    browser.click("button[name=seen]");
    browser.sees("〔2018〕1号");
    assert_eq!(browser.text("h1"), "半年通报（更正）");
    assert_eq!(browser.place(), "/bulletins/2018/1");
    quiet_but_for(&browser, &[]);
}

#[test]
fn a_preview_on_paper_says_on_every_sheet_that_it_is_none() {
    let app = region();
    let browser = app.browser_of(&app.person(Role::Verifier, None));
    browser.show_as(Theme::Light, Paper::Print);
    browser.open("/bulletins/preview?title=半年通报&year=2018");
    assert_eq!(browser.style("section:has(form)", "display"), "none", "what cannot be pressed on paper");
    assert_ne!(browser.style(".unissued", "display"), "none");
    let mark = browser.ask(
        "const mark = getComputedStyle(document.querySelector('.unissued'), '::after'); return [mark.content, mark.position]",
    );
    assert_eq!(mark, json!(["\"预览·尚未发布\"", "fixed"]));
    browser.show_as(Theme::Light, Paper::Screen);
    let mark = browser.ask("return getComputedStyle(document.querySelector('.unissued'), '::after').content");
    assert_eq!(mark, json!("none"));
}
