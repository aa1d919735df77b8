//! The overview, indicators and bulletins: the same figures as the API's, for those who may see them.

use kpi::auth::Role;
use serde_json::{Value, json};

use crate::support::{App, Visitor};

fn signed_in(app: &App) -> Visitor {
    app.visitor_with_key_of(&app.admin())
}

/// 0.8723 as 87.23%.
fn percent(share: &Value) -> String {
    let share: rust_decimal::Decimal = share.to_string().parse().expect("a share");
    format!("{}%", (share * rust_decimal::Decimal::ONE_HUNDRED).normalize())
}

#[test]
fn the_overview_shows_the_figures_of_the_api() {
    let app = App::start();
    app.set_day(2019, 12, 31);
    app.load_demo();
    let (admin, visitor) = (app.admin(), signed_in(&app));
    for year in [2007, 2018, 2019] {
        let answer = admin.get(&format!("/completion/{year}?sort=score")).expect(200);
        let page = visitor.get(&format!("/overview/{year}")).expect(200);
        let overall = &answer["overall"];
        if !overall["score"].is_null() {
            assert!(page.contains(&format!("<dd>{}</dd>", percent(&overall["score"]))), "{year}: {overall}");
        }
        assert!(
            page.contains(&format!("<dd>{}<small> / {}</small></dd>", overall["met"], overall["targets"])),
            "{year}: {overall}"
        );
        for line in answer["items"].as_array().expect("items") {
            let name = line["association"]["name"].as_str().expect("a name");
            let row = page.split("<tr>").find(|row| row.contains(&format!(">{name}</a>"))).expect("a row");
            assert!(
                row.contains(&format!("{}<small class=\"quiet\"> / {}</small>", line["met"], line["targets"])),
                "{row}"
            );
            if !line["score"].is_null() {
                assert!(row.contains(&percent(&line["score"])), "{row}");
            }
        }
    }
}

#[test]
fn the_parts_of_the_overview_show_the_figures_of_the_api() {
    let app = App::start();
    app.set_day(2019, 12, 31);
    app.load_demo();
    let (admin, visitor) = (app.admin(), signed_in(&app));
    let statuses = admin.get("/statuses/2018").expect(200);
    let part = visitor.part("/overview/2018/statuses").expect(200);
    assert!(!part.contains("<html"), "a part has no head: {part}");
    for (status, count) in statuses["counts"].as_object().expect("counts") {
        let shown = part.split("<li>").find(|item| item.contains(&format!("badge {status}")));
        match count.as_i64() {
            Some(0) => assert!(shown.is_none(), "{status}"),
            _ => assert!(shown.expect("a bar").contains(&format!("class=\"figure\">{count}<")), "{status} {count}"),
        }
    }
    let laggards = admin.get("/laggards/2018?limit=1").expect(200);
    let part = visitor.part("/overview/2018/laggards").expect(200);
    let worst = &laggards["items"][0];
    let behind = percent(&worst["deviation"]).replace('-', "");
    assert!(part.contains(worst["indicator"]["name"].as_str().expect("a name")) && part.contains(&behind), "{part}");
    let ranking = visitor.part("/overview/2018/ranking").expect(200);
    assert!(ranking.contains("滁州市科学技术协会"));
    assert!(visitor.part("/overview/2018/reporting").expect(200).contains("没有制定报送计划"));
    // Without a script, the link leads to the part as a page.
    assert!(visitor.get("/overview/2018/statuses").expect(200).contains("<html"));
}

#[test]
fn the_table_is_filtered_sorted_and_paged() {
    let app = App::start();
    for number in 0..60 {
        app.association_with(
            &format!("a{number:02}"),
            json!({"name": format!("第{number:02}学会"), "kind": "society"}),
        );
    }
    let visitor = signed_in(&app);
    let names = |page: &str| page.matches("<th scope=\"row\">").count();
    let first = visitor.get("/overview/2018?sort=name&kind=&q=").expect(200);
    assert_eq!(names(&first), 50);
    let next = first.split("href=\"").find(|part| part.contains("cursor=")).and_then(|part| part.split('"').next());
    let next = next.expect("a next page").replace("&amp;", "&");
    let second = visitor.get(&next).expect(200);
    assert_eq!(names(&second), 10);
    assert!(second.contains("第一页"));
    let found = visitor.get("/overview/2018?q=%E7%AC%AC07%E5%AD%A6%E4%BC%9A").expect(200);
    assert_eq!(names(&found), 1);
    assert!(found.contains("value=\"第07学会\""), "what was asked stays in the form");
}

#[test]
fn a_name_is_text_whatever_it_holds() {
    let app = App::start();
    app.association_with("evil", json!({"name": "<script>alert('\"x\"')</script>&amp;"}));
    let page = signed_in(&app).get("/overview/2018?q=%22%3E%3Cb%3E").expect(200);
    assert!(!page.contains("\"><b>"), "{page}");
    let page = signed_in(&app).get("/overview/2018").expect(200);
    assert!(page.contains("&lt;script&gt;alert('&quot;x&quot;')&lt;/script&gt;&amp;amp;"), "{page}");
}

#[test]
fn a_visitor_sees_the_scope_of_the_key() {
    let app = App::start();
    app.set_day(2019, 12, 31);
    app.load_demo();
    let visitor = app.visitor_with_key_of(&app.person(Role::Viewer, Some("huishan")));
    let page = visitor.get("/overview/2018").expect(200);
    assert!(page.contains("惠山区农林学会") && !page.contains("滁州市科学技术协会"));
    assert!(!page.contains("href=\"/report\""), "a viewer reports nothing");
    assert_eq!(visitor.get("/report").status, 403);
    assert_eq!(visitor.get("/upload").status, 403);
    assert_eq!(visitor.get("/report/chuzhou/2018").status, 403);
}

#[test]
fn the_start_leads_to_the_latest_year_with_a_plan() {
    let app = App::start();
    app.association("city", None);
    app.indicator("people", "户");
    let visitor = signed_in(&app);
    assert_eq!(visitor.get("/").header("location"), "/overview/2018");
    app.target("city", 2016, "people", 10);
    app.target("city", 2019, "people", 10);
    assert_eq!(visitor.get("/").header("location"), "/overview/2016");
}

#[test]
fn an_indicator_is_compared_over_all_associations() {
    let app = App::start();
    app.set_day(2019, 12, 31);
    app.load_demo();
    let visitor = signed_in(&app);
    assert!(visitor.get("/indicators/2018").expect(200).contains("/indicators/households-lifted/2018"));
    let page = visitor.get("/indicators/households-lifted/2018").expect(200);
    let row = page.split("<tr>").find(|row| row.contains("滁州市科学技术协会")).expect("a row");
    for shown in [">94<", ">82<", "87.23%"] {
        assert!(row.contains(shown), "{shown}: {row}");
    }
    assert!(visitor.part("/indicators/households-lifted/2018/distribution").expect(200).contains("histogram"));
    assert_eq!(visitor.get("/indicators/nothing/2018").status, 404);
}

#[test]
fn a_bulletin_is_shown_as_it_was_issued() {
    let app = App::start();
    app.set_day(2019, 12, 31);
    app.load_demo();
    let (admin, visitor) = (app.admin(), signed_in(&app));
    assert!(visitor.get("/bulletins").expect(200).contains("还没有发布通报"));
    admin.post("/bulletins", json!({"year": 2018, "title": "上半年通报"})).expect(201);
    let before = visitor.get("/bulletins/2018/1").expect(200);
    assert!(before.contains("〔2018〕1号") && before.contains("上半年通报") && before.contains("77.1%"), "{before}");
    app.report("chuzhou", "households-lifted", "2018-06", 12);
    assert_eq!(visitor.get("/bulletins/2018/1").expect(200), before);
    let inside = app.visitor_with_key_of(&app.person(Role::Viewer, Some("huishan")));
    assert_eq!(inside.get("/bulletins/2018/1").status, 404);
}

#[test]
fn a_bulletin_is_issued_in_the_browser_once_however_often_it_is_sent() {
    let app = App::start();
    app.set_day(2019, 12, 31);
    app.load_demo();
    let visitor = app.visitor_with_key_of(&app.person(Role::Verifier, None));
    let page = visitor.get("/bulletins").expect(200);
    let key = page.split("name=\"key\" value=\"").nth(1).and_then(|rest| rest.split('"').next()).expect("a key");
    let fields = [("key", key), ("title", "上半年通报"), ("year", "2018"), ("as_of", ""), ("basis", "verified")];
    for _ in 0..2 {
        assert_eq!(visitor.post("/bulletins", &fields).header("location"), "/bulletins/2018/1");
    }
    assert!(visitor.get("/bulletins/2018/1").expect(200).contains("核定"));
    let other = "01a207b9-6968-7744-a613-7f84ddc159ef";
    let untitled = visitor.post("/bulletins", &[("key", other), ("title", ""), ("year", "2018")]);
    assert!(untitled.expect(400).contains("title"));
    let inside = app.visitor_with_key_of(&app.person(Role::Verifier, Some("huishan")));
    assert!(inside.get("/bulletins").expect(200).contains("name=\"scope\" value=\"huishan\""));
    assert_eq!(inside.post("/bulletins", &fields).status, 403, "about everybody");
    let viewer = app.visitor_with_key_of(&app.person(Role::Viewer, None));
    assert!(!viewer.get("/bulletins").expect(200).contains("name=\"key\""));
}

#[test]
fn what_a_page_shows_can_be_taken_along_as_the_apis_file() {
    let app = App::start();
    app.set_day(2019, 12, 31);
    app.load_demo();
    let (admin, visitor) = (app.admin(), signed_in(&app));
    let pages = [
        ("/overview/2018?sort=score&cursor=", "/exports/summary/2018", "/completion/2018?sort=score"),
        ("/overview/2018/ranking", "/exports/ranking/2018", "/rankings/2018?"),
        ("/overview/2018/laggards", "/exports/laggards/2018", "/laggards/2018?"),
        ("/indicators/households-lifted/2018", "/exports/ranking/2018", "/rankings/2018?indicator=households-lifted"),
        ("/associations/chuzhou/2018", "/exports/completion/chuzhou/2018", "/associations/chuzhou/completion/2018?"),
    ];
    for (page, file, api) in pages {
        let shown = visitor.get(page).expect(200);
        for format in ["csv", "xlsx"] {
            let link =
                shown.split("href=\"").find(|part| part.starts_with(&format!("{file}.{format}"))).expect("a link");
            let link = link.split('"').next().expect("its end").replace("&amp;", "&");
            let (headers, bytes) = visitor.download(&link);
            assert!(headers["content-disposition"].to_str().expect("a text").starts_with("attachment"), "{link}");
            let path = format!("/api/v1{api}&format={format}");
            let (_, same) = admin.download_as(&path, &[("Accept-Language", "zh")]);
            assert!(bytes == same && !bytes.is_empty(), "{link} and {path} differ");
        }
    }
    let inside = app.visitor_with_key_of(&app.person(Role::Viewer, Some("huishan")));
    assert_eq!(inside.get("/exports/completion/chuzhou/2018.csv").status, 404);
    assert_eq!(inside.get("/exports/summary/2018.pdf").status, 400);
    assert_eq!(app.visitor().get("/exports/summary/2018.csv").status, 303);
}

#[test]
fn the_years_beside_a_page_are_found_also_where_a_code_looks_like_one() {
    let app = App::start();
    app.association("2018", None);
    let visitor = signed_in(&app);
    let page = visitor.get("/associations/2018/2018?basis=verified").expect(200);
    for year in [2017, 2019] {
        assert!(page.contains(&format!("href=\"/associations/2018/{year}?basis=verified\"")), "{year}");
    }
    assert!(!visitor.get("/overview/1949").expect(200).contains("/overview/1948"));
}
