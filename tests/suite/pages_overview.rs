//! The overview and indicators: the same figures as the API's, for those who may see them.

use kpi::auth::Role;
use serde_json::{Value, json};

use crate::support::region::region;
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
            if line["targets"] != 0 {
                assert!(
                    row.contains(&format!("{}<small class=\"quiet\"> / {}</small>", line["met"], line["targets"])),
                    "{row}"
                );
            }
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
            _ => assert!(shown.expect("a bar").contains(&format!(">{count}<")), "{status} {count}"),
        }
    }
    let laggards = admin.get("/laggards/2018?limit=1").expect(200);
    let part = visitor.part("/overview/2018/laggards").expect(200);
    let worst = &laggards["items"][0];
    let behind = percent(&worst["deviation"]).replace(['-', '%'], "");
    assert!(part.contains(worst["indicator"]["name"].as_str().expect("a name")) && part.contains(&behind), "{part}");
    let ranking = visitor.part("/overview/2018/ranking").expect(200);
    assert!(ranking.contains("滁州市科学技术协会"));
    let part = visitor.part("/overview/2019/reporting").expect(200);
    assert!(part.contains("2019-Q4</strong> 尚未结束，请于2020-01-10前报送"), "{part}");
    app.set_day(2020, 1, 11);
    let visitor = signed_in(&app);
    let reporting = &admin.get("/reporting/2019?missing=true&limit=8").expect(200)["periods"][3];
    let part = visitor.part("/overview/2019/reporting").expect(200);
    assert!(part.contains(&percent(&reporting["reporting_rate"])) && part.contains("应报日期已过"), "{part}");
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
fn indicators_are_found_by_name_definition_or_code() {
    let app = region();
    app.indicator_with("patents", json!({"name": "专利申请", "definition": "当年受理的申请"}));
    let visitor = signed_in(&app);
    for query in ["q=%E4%B8%93%E5%88%A9", "q=%E5%8F%97%E7%90%86", "q=PATENT&basis=verified"] {
        let page = visitor.get(&format!("/indicators/2018?{query}")).expect(200);
        assert_eq!(page.matches("href=\"/indicators/patents/2018").count(), 1, "{page}");
        assert!(!page.contains("/indicators/households/"), "{page}");
    }
    assert!(visitor.get("/indicators/2018?q=%25").expect(200).contains("没有符合条件的指标"));
    assert_eq!(visitor.get(&format!("/indicators/2018?q={}", "x".repeat(101))).status, 400);
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

/// Where the links of a page lead that begin so.
fn links(page: &str, start: &str) -> Vec<String> {
    let links = page.split("href=\"").skip(1).filter_map(|part| part.split('"').next());
    links.map(|link| link.replace("&amp;", "&")).filter(|link| link.starts_with(start)).collect()
}

#[test]
fn a_part_of_the_tree_is_named_and_leads_back() {
    let app = region();
    let visitor = signed_in(&app);
    let name = app.admin().get("/associations/province").expect(200)["name"].as_str().expect("a name").to_owned();
    for (query, words) in [("parent=province", "的直属下级"), ("within=province", "及其全部下级")] {
        let page = visitor.get(&format!("/overview/2018?{query}")).expect(200);
        assert!(page.contains(&format!("<small>{name}{words}</small>")), "{page}");
        assert!(page.contains(&format!("<a href=\"/associations/province/2018\">{name}</a>")), "{page}");
    }
    assert!(!visitor.get("/overview/2018").expect(200).contains("下级</small>"));
    let scoped = app.visitor_with_key_of(&app.person(Role::Viewer, Some("west")));
    assert_eq!(scoped.get("/overview/2018?parent=province").status, 400);
}

#[test]
fn a_year_without_a_plan_says_so_and_leads_to_one_with_a_plan() {
    let app = region();
    let visitor = signed_in(&app);
    let page = visitor.get("/overview/2017").expect(200);
    assert!(page.contains("还没有计划目标") && page.contains("href=\"/overview/2018\""), "{page}");
    assert!(page.contains("/associations/west/2017"), "what was reported without a plan is still found");
    assert!(
        !page.contains("class=\"tiles\"")
            && !page.contains("data-part")
            && !page.contains("<small class=\"quiet\"> / ")
    );
}

#[test]
fn who_drills_down_keeps_the_basis_and_the_day() {
    let app = region();
    app.set_day(2019, 1, 10);
    let visitor = signed_in(&app);
    let asked = "basis=verified&as_of=2018-12-31";
    let pages = [
        ("/overview/2018?", "/associations/"),
        ("/overview/2018/ranking?", "/associations/"),
        ("/overview/2018/laggards?", "/associations/"),
        ("/indicators/2018?", "/indicators/households/"),
        ("/indicators/households/2018?", "/associations/"),
        ("/indicators/households/2018?", "/indicators/2018?"),
        ("/associations/east/2018?", "/overview/2018?parent="),
        ("/associations/east/2018/households?", "/indicators/households/"),
    ];
    for (page, start) in pages {
        let links = links(&visitor.get(&format!("{page}{asked}")).expect(200), start);
        assert!(!links.is_empty(), "{page} leads nowhere");
        for link in links {
            assert!(link.contains(asked), "{page}: {link}");
            assert_eq!(visitor.get(&link).status, 200, "{link}");
        }
    }
}

#[test]
fn the_distribution_is_of_those_who_are_compared() {
    let app = region();
    app.set_day(2019, 1, 10);
    app.report("east", "households", "2018-10", 1);
    app.target("south", 2017, "households", 10);
    app.report("south", "households", "2017-03", 10);
    let visitor = signed_in(&app);
    let asked = "within=province&kind=society&level=municipal&basis=reported&as_of=2018-06-30";
    let page = visitor.get(&format!("/indicators/households/2018?{asked}")).expect(200);
    let part = page.split("data-part=\"").nth(1).and_then(|part| part.split('"').next()).expect("a part");
    let part = part.replace("&amp;", "&");
    assert_eq!(part, format!("/indicators/households/2018/distribution?{asked}"));
    let halves = |path: &str| {
        let shown = visitor.part(path).expect(200);
        shown.split("<h3>").skip(1).map(str::to_owned).collect::<Vec<_>>()
    };
    let (narrow, all) = (halves(&part), halves("/indicators/households/2018/distribution"));
    assert_ne!(narrow[0], all[0], "one society, and not three associations");
    assert_eq!(narrow[1], all[1], "the whole of the year before, of which only the society has figures");
    assert!(halves("/indicators/households/2018/distribution?as_of=2017-06-30")[1] == all[1]);
}

#[test]
fn a_unit_in_ten_thousands_is_not_counted_in_ten_thousands_again() {
    let app = App::start();
    app.association("city", None);
    app.indicator("money", "万元");
    app.indicator("heads", "人");
    for indicator in ["money", "heads"] {
        app.target("city", 2018, indicator, 23_000);
        app.report("city", indicator, "2018-03", 12_000);
    }
    let visitor = signed_in(&app);
    let money = visitor.get("/indicators/money/2018").expect(200);
    assert!(money.contains(">23000<") && money.contains(">12000<") && !money.contains("2.3万"), "{money}");
    assert!(visitor.get("/indicators/heads/2018").expect(200).contains(">2.3万<"));
    let axis = |indicator: &str| {
        let page = visitor.get(&format!("/associations/city/2018/{indicator}")).expect(200);
        let curve = page.split("<svg class=\"curve wide\"").nth(1).expect("a curve");
        curve.split("</svg>").next().expect("its end").split("<title>").next().expect("what is drawn").to_owned()
    };
    assert!(axis("money").contains("20000") && !axis("money").contains('万'), "{}", axis("money"));
    assert!(axis("heads").contains("2万"), "{}", axis("heads"));
}

#[test]
fn what_cannot_be_filtered_by_name_is_not_shown_beside_what_is() {
    let app = region();
    let visitor = signed_in(&app);
    let page = visitor.get("/overview/2018").expect(200);
    assert!(page.contains("<dt>时间已过</dt><dd>49.58%</dd>"), "{page}");
    assert_eq!(page.matches("data-part=").count(), 5, "{page}");
    for filter in ["q=%E5%8D%97", "status=active"] {
        let page = visitor.get(&format!("/overview/2018?{filter}")).expect(200);
        assert!(!page.contains("data-part="), "{filter}: {page}");
    }
    assert!(
        visitor
            .get("/overview/2018?q=%E5%8D%97&kind=society")
            .expect(200)
            .contains("href=\"/overview/2018?kind=society\"")
    );
}

#[test]
fn of_an_association_that_is_dissolved_it_is_said() {
    let app = region();
    app.admin().patch("/associations/south", json!({"status": "dissolved"})).expect(200);
    let visitor = signed_in(&app);
    let ranked = app.admin().get("/rankings/2018").expect(200);
    let status =
        |code| ranked["items"].as_array().expect("items").iter().find(|one| one["association"]["code"] == code);
    assert_eq!(status("south").expect("it has a target")["association"]["status"], "dissolved");
    let named = "南市学会</a> <small class=\"quiet\">（已注销）</small>";
    for page in ["/overview/2018", "/overview/2018/ranking", "/indicators/households/2018"] {
        let page = visitor.get(page).expect(200);
        assert!(page.contains(named) && page.matches("已注销").count() == 1, "{page}");
    }
    assert!(
        visitor.get("/associations/south/2018").expect(200).contains("<h1>南市学会 <small class=\"quiet\">（已注销）")
    );
    app.admin().post("/bulletins", json!({"year": 2018, "title": "通报"})).expect(201);
    assert_eq!(visitor.get("/bulletins/2018/1").expect(200).matches("（已注销）").count(), 2);
}
