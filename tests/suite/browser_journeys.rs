//! What people come for, in a real browser from the door to the end.

use kpi::auth::Role;

use crate::support::batch::{self, stored, workbook};
use crate::support::region::{codes, crowd, region};
use crate::support::workbook::{Typed, fill_in};
use crate::support::{App, Browser};

/// Goes on when the console holds no error but the refusals with these statuses, and nobody else was asked anything.
#[track_caller]
pub fn quiet_but_for(browser: &Browser, statuses: &[u16]) {
    let is_expected = |message: &str| statuses.iter().any(|status| message.contains(&format!("a status of {status} ")));
    let mut complaints = browser.complaints();
    complaints.retain(|message| !is_expected(message));
    assert_eq!(complaints, [""; 0]);
    assert_eq!(browser.asked_elsewhere(), [""; 0]);
}

/// The associations of the overview's table, in their order.
fn listed(browser: &Browser) -> Vec<String> {
    let links = browser
        .ask("return [...document.querySelectorAll('[aria-labelledby=associations] tbody a')].map(a => a.pathname)");
    let links: Vec<String> = serde_json::from_value(links).expect("links");
    links.iter().map(|link| link.split('/').nth(2).expect("a code").to_owned()).collect()
}

/// What the overview's table says of an association.
pub fn row_of(browser: &Browser, code: &str) -> String {
    browser.open("/overview/2018?limit=100");
    browser.text(&format!("[aria-labelledby=associations] tr:has(a[href='/associations/{code}/2018'])"))
}

#[test]
fn only_a_good_key_opens_the_door_and_signing_out_closes_it() {
    let app = region();
    let (viewer, browser) = (app.person(Role::Viewer, None), app.browser());
    browser.open("/overview/2018");
    assert_eq!(browser.place(), "/sign-in?next=%2Foverview%2F2018");
    browser.type_into("#key", "kpi_wrong");
    browser.click("button[type=submit]:not(.plain)");
    browser.sees("密钥无效");
    browser.type_into("#key", viewer.secret());
    browser.click("button[type=submit]:not(.plain)");
    browser.sees("2018年度目标任务完成情况");
    assert_eq!(browser.place(), "/overview/2018");
    browser.click("form[action='/sign-out'] button");
    browser.until("location.pathname === '/sign-in'");
    browser.go_back();
    browser.until("location.pathname === '/sign-in'");
    quiet_but_for(&browser, &[401]);
}

#[test]
fn the_overview_is_sorted_filtered_paged_and_leads_to_a_line() {
    let app = region();
    crowd(&app, "province", 60, 0.5);
    let viewer = app.person(Role::Viewer, None);
    let browser = app.browser_of(&viewer);
    let parts = ["目标任务状态", "报送情况", "排名", "滞后指标"];
    let table = browser.download("a[href^='/exports/summary/'][href*='.csv']");
    assert!(table.starts_with("\u{feff}".as_bytes()) && String::from_utf8_lossy(&table).contains("南市学会"));
    assert!(browser.download("a[href^='/exports/summary/'][href*='.xlsx']").starts_with(b"PK"));
    let titles = browser.texts("main .columns h2");
    assert!(titles.len() == 4 && parts.iter().zip(&titles).all(|(part, title)| title.starts_with(part)), "{titles:?}");
    let first = codes(&viewer.get("/completion/2018?sort=score").expect(200));
    assert_eq!(listed(&browser), first);
    browser.click(".pager a[rel=next]");
    browser.until("document.querySelector('.pager a[rel=first]')");
    let second = listed(&browser);
    assert!(!second.is_empty() && second.iter().all(|code| !first.contains(code)), "{second:?}");
    browser.click(".pager a[rel=first]");
    browser.until("!document.querySelector('.pager a[rel=first]')");
    browser.click("thead a[href*='sort=name']");
    browser.until("document.querySelector('th[aria-sort=ascending]')");
    browser.settle();
    assert_eq!(listed(&browser), codes(&viewer.get("/completion/2018?sort=name").expect(200)));
    // Chosen, it is sent.
    browser.choose("select[name=kind]", "bureau");
    browser.until("new URLSearchParams(location.search).get('kind') === 'bureau'");
    browser.settle();
    assert_eq!(listed(&browser), ["bureau"]);
    browser.choose("select[name=kind]", "");
    browser.until("!location.search.includes('bureau')");
    browser.settle();
    browser.type_into("input[name=q]", "南市");
    browser.click(".filters button");
    browser.until("new URLSearchParams(location.search).get('q')");
    browser.settle();
    assert_eq!(listed(&browser), ["south"]);
    assert_eq!(browser.text("th[aria-sort=ascending]"), "组织 ↑", "it is still in the order that was chosen");
    browser.click("[aria-labelledby=associations] tbody a");
    browser.until("location.pathname === '/associations/south/2018'");
    assert!(browser.text("h1").contains("南市学会"));
    browser.click("main a[href^='/associations/south/2018/households']");
    browser.until("location.pathname === '/associations/south/2018/households'");
    browser.sees("50%");
    quiet_but_for(&browser, &[]);
}

#[test]
fn a_reported_figure_is_in_the_overview_at_once_and_counts_once() {
    let app = region();
    let reporter = app.reporter_of("province");
    let browser = app.browser_of(&reporter);
    assert!(row_of(&browser, "west").contains("50%"));
    browser.open("/report/west/2018");
    browser.choose("#indicator", "households");
    browser.type_into("#value", "很多");
    browser.click(".sheet button");
    browser.until("document.querySelector('#value-wrong')");
    assert_eq!(browser.ask("return document.querySelector('#value').getAttribute('aria-describedby')"), "value-wrong");
    assert!(!browser.text("#value-wrong").is_empty());
    assert_eq!(browser.ask("return document.querySelector('#indicator').value"), "households", "what was right stays");
    browser.type_into("#value", "25户");
    browser.ask("const store = document.querySelector('.sheet button'); store.click(); store.click()");
    browser.sees("households 2018-06 25 户");
    browser.click(".done a[href^='/associations/']");
    browser.until("location.pathname === '/associations/west/2018/households'");
    browser.sees("75%");
    assert!(row_of(&browser, "west").contains("75%"));
    assert_eq!(stored(&app, "actuals WHERE value = 25"), 1);
    quiet_but_for(&browser, &[422]);
}

#[test]
fn a_workbook_is_tried_first_and_says_which_cell_is_wrong() {
    let app = batch::started();
    let browser = app.browser_of(&app.reporter_of("city"));
    let head: &[&str] = &["组织", "指标", "期间", "数值"];
    let watch = "const bar = document.querySelector('progress');
        window.progressed = false;
        new MutationObserver(() => window.progressed ||= !bar.hidden).observe(bar, {attributes: true})";
    browser.open("/upload");
    browser.ask(watch);
    let wrong =
        workbook(&[head, &["north", "households", "2018-03", "5"], &["north", "households", "2018-13", "三头牛"]]);
    browser.ask("document.querySelector('#file').focus()");
    browser.choose_file("#file", "wrong.xlsx", wrong);
    browser.sees("没有保存任何数据");
    assert_eq!(browser.texts("#outcome .outcome strong"), ["C3", "D3"]);
    assert!(browser.text("tr:has(a[href='/associations/north/2018/households']) .outcome").contains("其余可保存"));
    assert!(browser.ask("return document.querySelector('#said').textContent").to_string().contains("没有保存任何数据"));
    assert_eq!(browser.ask("return document.activeElement.id"), "file", "another file may be chosen at once");
    for width in [360, 1280] {
        browser.widen(width);
        assert_eq!(browser.ask("return document.documentElement.scrollWidth"), width, "it has room");
        assert_eq!(browser.barriers(), [""; 0]);
    }
    assert_eq!(browser.ask("return window.progressed"), true);
    assert_eq!(browser.texts("[data-confirm]"), [""; 0], "there is nothing to confirm");
    let right = workbook(&[head, &["north", "households", "2018-03", "5"], &["north", "households", "2018-04", "6"]]);
    browser.choose_file("#file", "right.xlsx", right);
    browser.sees("尚未保存");
    assert!(browser.text("[aria-labelledby=changes] tbody tr").contains("– → 11%"));
    assert_eq!(stored(&app, "actuals"), 0);
    browser.click("[data-confirm]");
    browser.sees("已保存，完成情况已更新");
    assert_eq!(
        browser.ask("return document.activeElement.innerText"),
        "提交结果",
        "the keyboard is at what came of it"
    );
    assert_eq!(stored(&app, "actuals"), 2);
    let more = workbook(&[head, &["north", "households", "2018-04", "7"]]);
    browser.open("/upload");
    browser.choose_file("#file", "more.xlsx", more);
    browser.sees("1 行的期间与已有实绩或文件中的其他行重叠，可能重复计数");
    assert!(browser.text("[aria-labelledby=changes] tbody tr").contains("11% → 18%"));
    assert!(row_of(&browser, "north").contains("11%"));
    quiet_but_for(&browser, &[]);
}

#[test]
fn whoever_loses_the_connection_is_told_what_to_do() {
    let app = batch::started();
    let browser = app.browser_of(&app.reporter_of("city"));
    browser.open("/upload");
    let file = "组织,指标,期间,数值\nnorth,households,2018-03,5\n";
    browser.ask("document.querySelector('#upload').dataset.upload = 'http://127.0.0.1:9/'");
    browser.choose_file("#file", "lost.csv", file);
    browser.sees("没有保存任何数据。请检查网络后重新选择文件");
    browser.ask("document.querySelector('#upload').dataset.upload = '/upload'");
    browser.choose_file("#file", "lost.csv", file);
    browser.sees("尚未保存");
    browser.ask("document.querySelector('#upload').dataset.upload = 'http://127.0.0.1:9/'");
    browser.click("[data-confirm]");
    browser.sees("不知道是否已保存");
    assert_eq!(browser.ask("return document.activeElement.id"), "outcome");
    browser.ask("document.querySelector('#upload').dataset.upload = '/upload'");
    browser.choose_file("#file", "lost.csv", file);
    browser.sees("尚未保存");
    browser.click("[data-confirm]");
    browser.sees("已保存，完成情况已更新");
    assert_eq!(stored(&app, "actuals"), 1);
}

#[test]
fn a_downloaded_form_comes_back_filled_in() {
    let app = batch::started();
    let browser = app.browser_of(&app.reporter_of("city"));
    browser.open("/report/north/2018");
    let form = browser.download("a[download]");
    let filled = fill_in(&form, &[("G2".to_owned(), Typed::Number("40".to_owned()))]);
    browser.click(".tools a[href='/upload']");
    browser.choose_file("#file", "filled.xlsx", filled);
    browser.sees("尚未保存");
    browser.click("[data-confirm]");
    browser.sees("已保存，完成情况已更新");
    assert!(row_of(&browser, "north").contains("40%"));
    quiet_but_for(&browser, &[]);
}

#[test]
fn the_language_is_switched_and_back() {
    let app = App::start();
    let browser = app.browser_of(&app.admin());
    for (language, button, says) in
        [("zh-CN", "English", "年度目标任务完成情况"), ("en", "中文", "plans and completion")]
    {
        assert_eq!(browser.ask("return document.documentElement.lang"), language);
        assert!(browser.text("h1").contains(says));
        assert_eq!(browser.text("form[action='/language'] button"), button);
        browser.click("form[action='/language'] button");
        browser.until(&format!("document.documentElement.lang !== '{language}'"));
        browser.settle();
    }
    assert!(browser.text("h1").contains("年度目标任务完成情况"));
    quiet_but_for(&browser, &[]);
}
