//! A figure that is put right in a real browser: verified, amended, voided, and asked about before it counts twice.

use kpi::auth::Role;

use crate::browser_journeys::{quiet_but_for, row_of};
use crate::support::batch::stored;
use crate::support::browser::{Paper, Theme};
use crate::support::region::region;
use crate::support::{App, Browser};

const LINE: &str = "/associations/west/2018/households";

/// Opens the page of the one actual of a line, at a form of it.
fn open_at(browser: &Browser, form: &str) {
    browser.open(LINE);
    browser.click(&format!("[aria-labelledby=history] a[href$='#{form}']"));
    browser.until("location.pathname.startsWith('/actuals/west/')");
    browser.settle();
}

/// Clicks twice on a form's button.
fn double_click(browser: &Browser, form: &str) {
    browser.ask(&format!("const send = document.querySelector('#{form} button'); send.click(); send.click()"));
}

#[test]
fn a_figure_is_verified_and_the_verified_numbers_change() {
    let app = region();
    let browser = app.browser_of(&app.person(Role::Verifier, Some("province")));
    open_at(&browser, "verify");
    browser.type_into("#verify-value", "45户");
    browser.click("#verify button");
    browser.until("document.querySelector('#verify-reason-wrong')");
    assert_eq!(browser.ask("return document.querySelector('#verify-value').value"), "45户", "what was typed stays");
    browser.type_into("#verify-reason", "核减5户");
    double_click(&browser, "verify");
    browser.sees("已核定，核定口径已更新");
    assert_eq!(stored(&app, "actual_revisions"), 1);
    browser.open(&format!("{LINE}?basis=verified"));
    browser.sees("45%");
    assert!(browser.text("[aria-labelledby=history] tbody tr").contains("45户"));
    quiet_but_for(&browser, &[422]);
}

#[test]
fn an_actual_is_amended_and_voided_and_leaves_the_total() {
    let app = region();
    let browser = app.browser_of(&app.reporter_of("province"));
    open_at(&browser, "amend");
    // The link opens the form that it leads to.
    browser.until("document.querySelector('#amend').closest('details').open");
    browser.type_into("#amend-value", "60");
    browser.type_into("#amend-reason", "录入错误");
    double_click(&browser, "amend");
    browser.sees("已更正，完成情况已更新");
    assert!(row_of(&browser, "west").contains("60%"));
    open_at(&browser, "amend");
    browser.click("details:has(#void) summary");
    browser.type_into("#void-reason", "重复上报");
    double_click(&browser, "void");
    browser.sees("已作废，不再计入完成情况");
    assert_eq!(browser.texts("#amend, #void"), [""; 0], "nothing can be done with it any more");
    browser.open(LINE);
    assert!(browser.text("[aria-labelledby=history] tbody tr").contains("已作废"));
    assert!(!row_of(&browser, "west").contains("60%"));
    assert_eq!(stored(&app, "actual_revisions"), 2);
    quiet_but_for(&browser, &[]);
}

#[test]
fn what_would_count_twice_is_asked_about_and_stored_when_it_is_meant() {
    let app = region();
    let browser = app.browser_of(&app.reporter_of("province"));
    browser.open("/report/west/2018");
    browser.choose("#indicator", "households");
    browser.type_into("#period", "2018-Q1");
    browser.type_into("#value", "25");
    browser.click(".sheet button");
    browser.sees("尚未保存，请先核对");
    assert!(browser.text(".doubts").contains("2018-03 50户"));
    assert_eq!(stored(&app, "actuals WHERE value = 25"), 0);
    browser.ask("const store = document.querySelector('.sheet button'); store.click(); store.click()");
    browser.sees("已保存");
    assert_eq!(stored(&app, "actuals WHERE value = 25"), 1);
    quiet_but_for(&browser, &[]);
}

/// Goes on when the page fits a phone and is read by everybody, in light and dark.
#[track_caller]
fn looks_well(browser: &Browser, name: &str) {
    for theme in [Theme::Light, Theme::Dark] {
        browser.show_as(theme, Paper::Screen);
        let barriers = browser.barriers();
        assert!(barriers.is_empty(), "{name} {theme:?}: {barriers:#?}");
    }
    let taken = browser.ask("return document.documentElement.scrollWidth").as_u64().expect("a width");
    assert!(taken <= 360, "{name} takes {taken} of 360");
}

#[test]
fn the_page_of_an_actual_and_what_is_asked_fit_a_phone_and_are_read_by_everybody() {
    let app: App = region();
    let browser = app.browser_of(&app.admin());
    browser.widen(360);
    open_at(&browser, "amend");
    browser.ask("document.querySelectorAll('details').forEach(part => part.open = true)");
    looks_well(&browser, "an actual");
    browser
        .type_into("#verify-value", "很多很多很多很多很多很多很多很多很多很多很多很多很多很多很多很多很多很多很多很多");
    browser.click("#verify button");
    browser.until("document.querySelector('#verify-value-wrong')");
    looks_well(&browser, "an actual with what is wrong");
    browser.open("/report/west/2018");
    browser.choose("#indicator", "households");
    browser.type_into("#period", "2018-03");
    browser.type_into("#value", "123456789.5");
    browser.click(".sheet button");
    browser.sees("尚未保存，请先核对");
    looks_well(&browser, "what is asked");
    browser.click(".sheet button");
    browser.sees("已保存");
    let key = app.sql("SELECT external_id FROM actuals WHERE external_id IS NOT NULL")[0][0].clone().expect("a key");
    browser.ask(&format!("document.querySelector('[name=external_id]').value = '{key}'"));
    browser.choose("#indicator", "households");
    browser.type_into("#value", "7");
    browser.click(".sheet button");
    browser.sees("这张表已经保存过");
    looks_well(&browser, "what was stored before");
}

#[test]
fn many_are_chosen_at_once_and_verified() {
    let app = region();
    for value in [7, 8] {
        app.report("west", "households", "2018-04", value);
    }
    let browser = app.browser_of(&app.person(Role::Verifier, Some("province")));
    browser.widen(360);
    browser.open("/waiting/west/2018");
    looks_well(&browser, "what waits");
    let chosen = "[...document.querySelectorAll('[name=actual]')].map(box => box.checked).join()";
    browser.click("[data-all]");
    browser.until(&format!("{chosen} === 'true,true,true'"));
    browser.click("tr:nth-child(2) [name=actual]");
    browser.until(&format!("{chosen} === 'true,false,true' && !document.querySelector('[data-all]').checked"));
    browser.ask("const send = document.querySelector('main button'); send.click(); send.click()");
    browser.sees("已核定2条");
    assert_eq!(stored(&app, "actual_revisions"), 2);
    assert_eq!(browser.texts("tbody [data-head=上报数]"), ["7 户"]);
    app.sql("UPDATE actuals SET note = 'changed', version = 2 WHERE state = 'reported'");
    browser.click("[name=actual]");
    browser.click("main button");
    browser.sees("没有核定：1条");
    looks_well(&browser, "what was not verified");
    quiet_but_for(&browser, &[]);
}
