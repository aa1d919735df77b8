//! The pages by the keyboard alone.

use kpi::auth::Role;

use crate::support::Browser;
use crate::support::browser::{ENTER, TAB};
use crate::support::region::region;

/// Steps from here on until this has the keyboard; wherever it is on the way, one has to see that.
#[track_caller]
fn step_to(browser: &Browser, css: &str) {
    for _ in 0..60 {
        browser.press(TAB);
        let seen = browser.ask(
            "const style = getComputedStyle(document.activeElement), place = document.activeElement.getBoundingClientRect();
            return style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2 && place.width > 0 && place.left >= 0",
        );
        assert_eq!(seen, true, "{}", browser.ask("return document.activeElement.outerHTML"));
        if browser.ask(&format!("return document.activeElement.matches({css:?})")) == true {
            return;
        }
    }
    panic!("the keyboard does not come to {css}");
}

#[test]
fn the_keyboard_alone_leads_everywhere() {
    let app = region();
    let viewer = app.person(Role::Viewer, None);
    let browser = app.browser();
    browser.open("/overview/2018");
    // At the door, the keyboard is where the key goes.
    browser.press(viewer.secret());
    browser.press(ENTER);
    browser.until("location.pathname === '/overview/2018'");
    browser.settle();
    browser.press(TAB);
    assert_eq!(browser.ask("return document.activeElement.matches('.skip')"), true);
    browser.press(ENTER);
    browser.until("document.activeElement.id === 'main'");
    step_to(&browser, "input[name=q]");
    browser.press("南市");
    browser.press(ENTER);
    browser.until("new URLSearchParams(location.search).get('q')");
    browser.settle();
    assert_eq!(browser.texts("[aria-labelledby=associations] tbody th"), ["南市学会"]);
    step_to(&browser, ".bar nav a[href='/indicators/2018']");
    browser.press(ENTER);
    browser.until("location.pathname === '/indicators/2018'");
    step_to(&browser, "form[action='/sign-out'] button");
    browser.press(ENTER);
    browser.until("location.pathname === '/sign-in'");
}
