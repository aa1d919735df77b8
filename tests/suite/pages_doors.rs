//! The way into the pages and out again, as a browser goes it.

use chrono::TimeDelta;
use serde_json::json;

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
    app.set_day(2019, 12, 31);
    app.load_demo();
    assert!(signed_in(&app).compressed_size("/overview/2018") < 150 * 1024);
}

#[test]
fn what_the_browser_holds_is_for_this_service_alone() {
    let app = App::start();
    let (admin, visitor) = (app.admin(), app.visitor());
    let plain = visitor.post("/sign-in", &[("key", admin.secret())]);
    let cookie = plain.header("set-cookie");
    for part in ["HttpOnly", "SameSite=Strict", "Path=/", "Max-Age=43200"] {
        assert!(cookie.contains(part), "{cookie}");
    }
    assert!(!cookie.contains("Secure"), "{cookie}");
    let form = format!("key={}", admin.secret());
    let kind = ("Content-Type", "application/x-www-form-urlencoded");
    let closed = visitor.send("POST", "/sign-in", &[kind, ("X-Forwarded-Proto", "https")], &form);
    assert!(closed.header("set-cookie").contains("Secure"), "{}", closed.header("set-cookie"));
    // The key itself is not there, and what is there is no key.
    let held = visitor.cookie("kpi_session").expect("a session");
    assert_ne!(held, admin.secret());
    admin.with_secret(&held).get("/me").expect_problem(401, "unauthenticated");
    let thief = app.visitor();
    thief.hold("kpi_session", admin.secret());
    assert_eq!(thief.get("/overview/2018").status, 303);
    let stored = app.sql("SELECT count(*)::text FROM sessions WHERE encode(digest, 'escape') LIKE '%kpi_%'");
    assert_eq!(stored, [[Some("0".to_owned())]]);
}

#[test]
fn signing_out_ends_the_session_on_the_server() {
    let app = App::start();
    let visitor = signed_in(&app);
    let held = visitor.cookie("kpi_session").expect("a session");
    assert_eq!(way(&visitor.post("/sign-out", &[])), (303, "/sign-in"));
    assert_eq!(visitor.cookie("kpi_session"), None);
    visitor.hold("kpi_session", &held);
    assert_eq!(visitor.get("/overview/2018").status, 303);
}

#[test]
fn a_session_ends_with_the_working_day_and_with_its_key() {
    let app = App::start();
    let visitor = signed_in(&app);
    app.advance(TimeDelta::hours(12) - TimeDelta::seconds(1));
    assert_eq!(visitor.get("/overview/2018").status, 200);
    app.advance(TimeDelta::seconds(1));
    assert_eq!(visitor.get("/overview/2018").status, 303);
    assert_eq!(visitor.part("/overview/2018/ranking").status, 401);

    let admin = app.admin();
    let key = admin.post("/keys", json!({"name": "short", "role": "viewer"})).expect(201);
    let guest = app.visitor();
    guest.sign_in(key["secret"].as_str().expect("a secret"));
    assert_eq!(guest.get("/overview/2018").status, 200);
    admin.delete(&format!("/keys/{}", key["key"]["id"].as_str().expect("an id"))).expect(204);
    assert_eq!(guest.get("/overview/2018").status, 303);
    // The next one who signs in clears away what has ended.
    signed_in(&app);
    assert_eq!(
        app.sql("SELECT count(*)::text FROM sessions WHERE expires_at <= '2018-06-30T14:00Z'"),
        [[Some("0".to_owned())]]
    );
}

#[test]
fn guessing_is_slowed() {
    let app = App::start();
    let visitor = app.visitor();
    let first = (0..20).map(|_| visitor.post("/sign-in", &[("key", "guess")]).status).collect::<Vec<_>>();
    assert_eq!(first, [401; 20]);
    let refused = visitor.post("/sign-in", &[("key", app.admin().secret())]);
    assert_eq!(refused.status, 429);
    let seconds: u64 = refused.header("retry-after").parse().expect("seconds");
    assert!((1..=60).contains(&seconds), "{seconds}");
    assert!(refused.html.contains("登录尝试次数过多"));
}

#[test]
fn forms_of_other_sites_are_not_read() {
    let app = App::start();
    let visitor = signed_in(&app);
    for origin in ["https://evil.example", "null", "http://127.0.0.1:1"] {
        let refused = visitor.post_from(origin, "/sign-out", &[]);
        assert!(refused.expect(403).contains("其他网站"), "{origin}");
    }
    assert_eq!(visitor.get("/overview/2018").status, 200);
}

#[test]
fn the_door_leads_only_to_pages_of_this_service() {
    let app = App::start();
    let (admin, visitor) = (app.admin(), app.visitor());
    for next in ["https://evil.example", "//evil.example", "/\\evil.example", "/\t/evil.example", "/学会", "/\u{1}"] {
        assert_eq!(way(&visitor.post("/sign-in", &[("key", admin.secret()), ("next", next)])), (303, "/"), "{next}");
    }
    assert_eq!(way(&visitor.post("/language", &[("language", "en"), ("next", "//evil.example")])), (303, "/"));
}

/// Attributes of tags that would run something: those whose name begins with `on`.
fn handlers(page: &str) -> Vec<String> {
    let tags = page.split('<').skip(1).filter_map(|rest| rest.split_once('>')).map(|(tag, _)| tag);
    // What is between quotes is a value.
    let bare = tags.map(|tag| tag.split('"').step_by(2).collect::<Vec<_>>().join(" "));
    let words: Vec<_> =
        bare.flat_map(|tag| tag.split_whitespace().skip(1).map(str::to_lowercase).collect::<Vec<_>>()).collect();
    words.into_iter().filter(|word| word.starts_with("on")).collect()
}

#[test]
fn handlers_are_found_in_tags_and_nowhere_else() {
    assert_eq!(handlers("<p title=\"a onload=b\">one on <b\nONCLICK=\"x\">"), ["onclick="]);
}

#[test]
fn a_page_lets_nothing_in_from_outside() {
    let app = App::start();
    let visitor = signed_in(&app);
    for path in [
        "/sign-in",
        "/overview/2018",
        "/overview/1",
        "/nowhere",
        "/indicators/2018",
        "/bulletins",
        "/bulletins/preview?title=1&year=2018",
        "/report",
        "/upload",
    ] {
        let shown = visitor.get(path);
        let policy = shown.header("content-security-policy");
        assert!(policy.starts_with("default-src 'none'; style-src 'self'; script-src 'self'"), "{path}: {policy}");
        assert!(!policy.contains("unsafe"), "{path}: {policy}");
        assert_eq!(shown.header("cache-control"), "no-store", "{path}");
        assert_eq!(shown.header("x-content-type-options"), "nosniff", "{path}");
        assert!(!shown.html.contains("style=\"") && !shown.html.contains("<script>"), "{path}");
        assert_eq!(handlers(&shown.html), [""; 0], "{path}");
    }
}

#[test]
fn files_are_kept_for_good_and_change_their_address_with_the_program() {
    let app = App::start();
    let visitor = app.visitor();
    let door = visitor.get("/sign-in").expect(200);
    let address = door.split("href=\"").find(|part| part.starts_with("/assets/") && part.contains("page.css"));
    let address = address.and_then(|part| part.split('"').next()).expect("a style sheet");
    let file = visitor.get(address);
    assert_eq!((file.status, file.header("content-type")), (200, "text/css; charset=utf-8"));
    assert_eq!(file.header("cache-control"), "public, max-age=31536000, immutable");
    assert_eq!(visitor.get("/assets/0000/page.css").header("cache-control"), "no-cache");
    assert_eq!(visitor.get("/assets/0000/other.css").status, 404);
}

#[test]
fn what_is_wrong_is_a_page_for_people_and_a_problem_for_programs() {
    let app = App::start();
    let visitor = signed_in(&app);
    let shown = visitor.get("/overview/2018?kind=parrot");
    assert_eq!(shown.header("content-type"), "text/html; charset=utf-8");
    let page = shown.expect(400);
    assert!(page.contains("?kind") && page.contains("parrot") && page.contains("参数无效"), "{page}");
    let lost = visitor.get("/nowhere").expect(404);
    assert!(
        lost.contains("<a href=\"/bulletins\">") && lost.contains("action=\"/sign-out\""),
        "one finds on from it: {lost}"
    );
    let stranger = app.visitor().get("/nowhere").expect(404);
    assert!(!stranger.contains("/bulletins") && !stranger.contains("sign-out"), "{stranger}");
    app.stranger().send("GET", "/nowhere", &[], "").expect_problem(404, "route_not_found");
    app.stranger().send("GET", "/overview/2018", &[], "").expect_problem(401, "unauthenticated");
}

#[test]
fn whoever_sends_something_without_a_session_reads_that_nothing_was_stored() {
    let app = App::start();
    let visitor = app.visitor();
    let actual = "/actuals/city/019ac1f0-5a53-7000-8000-000000000000";
    for path in ["/report/city/2018", "/bulletins", "/upload", actual] {
        let page = visitor.post(path, &[("value", "1")]).expect(401);
        assert!(page.contains("登录已失效，没有保存任何数据"), "{path}: {page}");
    }
}

#[test]
fn nothing_private_stays_in_the_browser() {
    let app = App::start();
    let visitor = signed_in(&app);
    for path in ["/exports/summary/2018.csv", "/exports/summary/2018.xlsx", "/overview/2018"] {
        let (headers, _) = visitor.download(path);
        assert_eq!(headers["cache-control"], "no-store", "{path}");
        assert!(!headers.contains_key("etag"), "{path}");
    }
}

#[test]
fn a_page_about_what_went_wrong_leads_on_like_every_other() {
    let app = App::start();
    app.association("city", None);
    let reporter = app.visitor_with_key_of(&app.reporter_of("city"));
    for wrong in ["/associations/nowhere/2018", "/overview/2018?kind=none", "/bulletins/2018/1"] {
        let page = reporter.get(wrong);
        assert!(page.status >= 400, "{wrong}");
        for link in ["/overview", "/indicators", "/bulletins", "/report"] {
            assert!(page.html.contains(&format!("<a href=\"{link}\">")), "{wrong} {link}: {}", page.html);
        }
        assert!(page.html.contains(" · 填报</span>"), "{wrong}");
    }
    // Where the address already is wrong, nobody looks into the session.
    for (wrong, status) in [("/nowhere/at/all/here/2018", 404), ("/associations/city/18", 400)] {
        assert!(reporter.get(wrong).expect(status).contains("<a href=\"/indicators\">"), "{wrong}");
    }
    assert_eq!(way(&reporter.get("/indicators")), (303, "/indicators/2018"));
    assert_eq!(way(&reporter.get("/overview")), (303, "/overview/2018"));
    assert!(!app.visitor().get("/associations/city/2018").html.contains("/indicators"));
}
