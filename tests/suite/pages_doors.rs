//! The way into the pages and out again, as a browser goes it.

use crate::support::{App, Shown, Visitor};

fn way(shown: &Shown) -> (u16, &str) {
    (shown.status, shown.header("location"))
}

fn signed_in(app: &App) -> Visitor {
    app.visitor_with_key_of(&app.admin())
}

#[test]
fn a_stranger_is_led_to_the_door_and_after_signing_in_back() {
    let app = App::start();
    let (admin, visitor) = (app.admin(), app.visitor());
    assert_eq!(way(&visitor.get("/overview/2018")), (303, "/sign-in?next=%2Foverview%2F2018"));
    let fields = [("key", admin.secret()), ("next", "/overview/2018")];
    assert_eq!(way(&visitor.post("/sign-in", &fields)), (303, "/overview/2018"));
    assert!(visitor.get("/overview/2018").expect(200).contains("<h1>2018年度目标任务完成情况</h1>"));
    assert_eq!(way(&visitor.post("/sign-out", &[])), (303, "/sign-in"));
    assert_eq!(visitor.get("/overview/2018").status, 303);
}

#[test]
fn a_wrong_key_opens_nothing() {
    let app = App::start();
    let visitor = app.visitor();
    assert!(visitor.post("/sign-in", &[("key", "kpi_wrong")]).expect(401).contains("密钥无效"));
    assert_eq!(visitor.get("/overview/2018").status, 303);
}

#[test]
fn the_language_somebody_chose_stays() {
    let app = App::start();
    let visitor = signed_in(&app);
    let chosen = visitor.post("/language", &[("language", "en"), ("next", "/overview/2018")]);
    assert_eq!(way(&chosen), (303, "/overview/2018"));
    assert!(visitor.get("/overview/2018").expect(200).contains("<html lang=\"en\">"));
}

#[test]
fn the_overview_is_small_on_its_way() {
    let app = App::start();
    app.load_demo();
    assert!(signed_in(&app).compressed_size("/overview/2018") < 150 * 1024);
}
