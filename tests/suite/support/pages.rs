//! The pages, filled with the demo.

use kpi::demo::generate::Options;
use serde_json::json;

use super::batch::workbook;
use super::browser::Browser;
use super::{App, Person, demo};

/// The demo and an invented city in autumn, with a bulletin issued and a schedule; and an admin.
pub fn filled() -> (App, Person) {
    let app = App::start();
    // Whoever was there in January should have reported since.
    app.set_day(2026, 1, 2);
    demo::define_each(&app, "associations");
    app.set_day(2026, 10, 31);
    app.load_demo();
    let few = Options { associations: 60, indicators: 12, years: 2, per_month: 3, seed: 7, prefix: "g".to_owned() };
    app.generate(&few).expect("it is generated");
    let admin = app.admin();
    admin.post("/bulletins", json!({"year": 2026, "title": "2026年三季度目标任务完成情况通报"})).expect(201);
    (app, admin)
}

/// Every page there is, by the name of its picture.
pub const PAGES: [(&str, &str); 16] = [
    ("overview", "/overview/2026"),
    ("association", "/associations/chuzhou/2018"),
    ("line", "/associations/chuzhou/2018/households-lifted"),
    ("province", "/associations/g-00001/2026"),
    ("indicators", "/indicators/2026"),
    ("indicator", "/indicators/g-i001/2026"),
    ("bulletins", "/bulletins"),
    ("bulletin", "/bulletins/2026/1"),
    ("bulletin-preview", "/bulletins/preview?title=2026年10月目标任务完成情况通报&year=2026"),
    ("choose", "/report"),
    ("report", "/report/chuzhou/2018"),
    ("upload", "/upload"),
    ("laggards", "/overview/2026/laggards"),
    ("waiting", "/waiting/chuzhou/2018"),
    ("unverified", "/waiting/2026"),
    ("nothing-planned", "/overview/2031"),
];

/// What is shown instead of a page: the door, and an error.
pub const OTHERS: [(&str, &str); 2] = [("sign-in", "/sign-in"), ("error", "/bulletins/2026/99")];

/// What somebody does.
type Act = fn(&Browser);

/// Pages as they look after something was done on them, by the name of their picture, and what is done.
pub const DONE: [(&str, Act); 3] =
    [("actual", open_an_actual), ("report-asked", be_asked_back), ("upload-tried", try_a_file)];

/// Opens the page of an actual, whose address nobody knows before.
fn open_an_actual(browser: &Browser) {
    browser.open("/associations/chuzhou/2018/households-lifted");
    browser.click("[aria-labelledby=history] tbody th a");
    browser.until("location.pathname.startsWith('/actuals/')");
    browser.settle();
}

/// Reports what counts twice and is ten times as much as was planned.
fn be_asked_back(browser: &Browser) {
    browser.open("/report/chuzhou/2018");
    browser.choose("#indicator", "households-lifted");
    browser.type_into("#period", "2018年");
    browser.type_into("#value", "1200户");
    browser.click(".sheet button");
    browser.until("document.querySelector('.doubts')");
    browser.settle();
}

/// Tries a file with a row that is wrong, and one that may count twice.
fn try_a_file(browser: &Browser) {
    browser.open("/upload");
    let rows = [
        ["组织", "指标", "期间", "数值"],
        ["chuzhou", "households-lifted", "2018-11", "8"],
        ["chuzhou", "households-lifted", "2018-09", "3"],
        ["chuzhou", "households-lifted", "2018-12", "三头牛"],
    ];
    browser.choose_file("#file", "chuzhou.xlsx", workbook(&rows.each_ref().map(|row| row.as_slice())));
    browser.until("document.querySelector('#rows')");
    browser.settle();
}

impl Browser {
    /// Opens every page, one after the other.
    pub fn each_page(&self, mut look: impl FnMut(&str, &str)) {
        for (name, path) in PAGES.into_iter().chain(OTHERS) {
            self.open(path);
            look(name, path);
        }
        for (name, act) in DONE {
            act(self);
            look(name, &self.place());
        }
    }
}
