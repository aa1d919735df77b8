//! The pages of bulletins: the frozen figures in numbered sections and tables, and the list of them.

use kpi::auth::Role;
use rust_decimal::Decimal;
use serde_json::{Value, json};

use crate::support::App;
use crate::support::region::region;

/// The tables of a page by their captions, in their order, with how many rows each has.
fn tables(page: &str) -> Vec<(String, usize)> {
    let tables = page.split("<table").skip(1).map(|part| part.split("</table>").next().expect("its end"));
    let caption = |table: &str| table.split("<caption>").nth(1)?.split("</caption>").next().map(ToOwned::to_owned);
    tables
        .map(|table| {
            assert!(table.contains("<thead>"), "what is repeated on every sheet: {table}");
            (caption(table).expect("a caption"), table.split("<tbody>").nth(1).expect("a body").matches("<tr>").count())
        })
        .collect()
}

/// The headings of the sections, in their order.
fn sections(page: &str) -> Vec<String> {
    let headings = page.split("<h2").skip(1).filter_map(|part| part.split('>').nth(1)?.split('<').next());
    headings.map(ToOwned::to_owned).collect()
}

fn percent(share: &Value) -> String {
    let share: Decimal = share.to_string().parse().expect("a share");
    format!("{}%", (share * Decimal::ONE_HUNDRED).normalize())
}

/// The region in July, when the second quarter is due.
fn july() -> App {
    let app = region();
    app.set_day(2018, 7, 11);
    let admin = app.admin();
    admin.put("/reporting/2018/schedule", json!({"frequency": "quarterly", "due_days": 10})).expect(201);
    app.report("east", "households", "2018-06", 1);
    app
}

#[test]
fn a_bulletin_is_shown_as_it_was_issued() {
    let app = App::start();
    app.set_day(2019, 12, 31);
    app.load_demo();
    let (admin, visitor) = (app.admin(), app.visitor_with_key_of(&app.admin()));
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
fn a_bulletin_is_laid_out_in_numbered_sections_and_tables_with_the_figures_of_the_api() {
    let app = july();
    let admin = app.admin();
    let body = json!({"year": 2018, "title": "半年通报", "scope": "province", "audience": "members"});
    let issued = admin.post("/bulletins", body).expect(201);
    let page = app.visitor_with_key_of(&admin).get("/bulletins/2018/1").expect(200);
    assert_eq!(sections(&page), ["一、总体情况", "二、排名", "三、各组织完成情况", "四、聚焦落后指标", "五、报送情况"]);
    let expected = [
        ("表1　各组织得分排名", 6),
        ("表2　各组织目标完成情况", 6),
        ("表3　落后于序时进度的指标", 2),
        ("表4　未报送的组织", 5),
    ];
    assert_eq!(tables(&page), expected.map(|(caption, rows)| (caption.to_owned(), rows)));
    assert_eq!(issued["laggards"].as_array().unwrap().len(), 2, "{:#}", issued["laggards"]);
    assert!(page.contains("省科协及其下级") && page.contains("印发各组织"));
    let overall = &issued["overall"];
    assert!(page.contains(&format!("<dd>{}</dd>", percent(&overall["score"]))), "{overall}");
    assert!(page.contains(&format!("<dd>{}<small> / {}</small></dd>", overall["met"], overall["targets"])));
    for line in issued["laggards"].as_array().unwrap() {
        let name = line["association"]["name"].as_str().unwrap();
        let row = page.split("<tr>").find(|row| row.contains(name) && row.contains("badge at_risk")).expect("a row");
        let behind: Decimal = line["deviation"].to_string().parse().unwrap();
        let behind = (-behind * Decimal::ONE_HUNDRED).normalize();
        for shown in [percent(&line["rate"]), percent(&line["pace"]["expected"]), format!(">{behind}<")] {
            assert!(row.contains(&shown), "{shown}: {row}");
        }
        assert!(row.contains("不少于100户") && row.contains("50户"), "{row}");
    }
    for rate in ["reporting_rate", "on_time_rate"] {
        assert!(page.contains(&percent(&issued["reporting"]["period"][rate])), "{rate}");
    }
    let english = app.visitor_with_key_of(&admin);
    english.hold("kpi_language", "en");
    let page = english.get("/bulletins/2018/1").expect(200);
    assert_eq!(sections(&page)[3], "4. Furthest behind the pace");
    assert!(page.contains("Table 4. Associations that have not reported"), "{page}");
}

#[test]
fn what_there_is_nothing_to_say_of_has_no_table() {
    let app = App::start();
    app.association("province", None);
    let admin = app.admin();
    admin.post("/bulletins", json!({"year": 2018, "title": "通报"})).expect(201);
    let page = app.visitor_with_key_of(&admin).get("/bulletins/2018/1").expect(200);
    assert_eq!(sections(&page), ["一、总体情况", "二、排名", "三、各组织完成情况", "四、聚焦落后指标"]);
    assert_eq!(tables(&page).len(), 2);
    assert!(page.contains("没有落后于序时进度的指标") && page.contains("全部组织") && page.contains("仅限主管组织"));
}

#[test]
fn the_latest_bulletin_stands_first_and_a_year_can_be_asked_for() {
    let app = region();
    let (admin, visitor) = (app.admin(), app.visitor_with_key_of(&app.admin()));
    for (year, title) in [(2018, "甲"), (2017, "乙"), (2018, "丙")] {
        admin.post("/bulletins", json!({"year": year, "title": title})).expect(201);
    }
    let shown = |path: &str| {
        let page = visitor.get(path).expect(200);
        let links = page.split("href=\"/bulletins/20").skip(1).filter_map(|part| part.split('"').next());
        links.map(ToOwned::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(shown("/bulletins"), ["18/2", "18/1", "17/1"]);
    assert_eq!(shown("/bulletins?year=2017"), ["17/1"]);
    assert_eq!(shown("/bulletins?year="), ["18/2", "18/1", "17/1"]);
    assert_eq!(shown("/bulletins?limit=2"), ["18/2", "18/1"]);
    assert!(visitor.get("/bulletins?year=2016").expect(200).contains("该年度没有可以查看的通报"));
    assert_eq!(visitor.get("/bulletins?year=16").status, 400);
}
