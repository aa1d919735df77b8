//! The pages, filled with the demo.

use kpi::demo::generate::Options;
use serde_json::json;

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

impl Browser {
    /// Opens the page of an actual, whose address nobody knows before.
    pub fn open_an_actual(&self) {
        self.open("/associations/chuzhou/2018/households-lifted");
        self.click("[aria-labelledby=history] tbody th a");
        self.until("location.pathname.startsWith('/actuals/')");
        self.settle();
    }

    /// Opens every page, one after the other.
    pub fn each_page(&self, mut look: impl FnMut(&str, &str)) {
        for (name, path) in PAGES.into_iter().chain(OTHERS) {
            self.open(path);
            look(name, path);
        }
        self.open_an_actual();
        look("actual", &self.place());
    }
}
