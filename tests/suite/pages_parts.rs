//! The parts of the overview as pages of their own: all that a part shows the beginning of.

use serde_json::json;

use crate::support::laggards;
use crate::support::region::region;
use crate::support::{App, Visitor};

fn signed_in(app: &App) -> Visitor {
    app.visitor_with_key_of(&app.admin())
}

fn links(page: &str, start: &str) -> Vec<String> {
    let links = page.split("href=\"").skip(1).filter_map(|part| part.split('"').next());
    links.map(|link| link.replace("&amp;", "&")).filter(|link| link.starts_with(start)).collect()
}

#[test]
fn all_laggards_are_a_page_away_from_the_overview() {
    let app = region();
    for number in 0..55 {
        let code = format!("branch-{number:02}");
        app.association(&code, Some("province"));
        app.target(&code, 2018, "people", 10);
        app.report(&code, "people", "2018-03", 1);
    }
    let visitor = signed_in(&app);
    let part = visitor.part("/overview/2018/laggards?within=province").expect(200);
    let rows = |page: &str| page.matches("<th scope=\"row\">").count();
    assert_eq!(rows(&part), 8);
    assert_eq!(links(&part, "/overview/"), ["/overview/2018/laggards?within=province"]);
    let first = visitor.get("/overview/2018/laggards?within=province").expect(200);
    assert_eq!(rows(&first), 50);
    let next = links(&first, "/overview/2018/laggards?within=province&cursor=");
    let second = visitor.get(&next[0]).expect(200);
    assert_eq!(rows(&second), 5);
    assert!(second.contains("第一页") && !second.contains("rel=\"next\""), "{second}");
}

#[test]
fn all_who_have_not_reported_are_a_page_away_from_the_overview() {
    let app = App::start();
    app.set_day(2017, 12, 1);
    app.association("city", None);
    for number in 0..60 {
        app.association(&format!("county-{number:02}"), Some("city"));
    }
    app.admin().put("/reporting/2018/schedule", json!({"frequency": "monthly", "due_days": 5})).expect(201);
    app.set_day(2018, 2, 20);
    let visitor = signed_in(&app);
    let rows = |page: &str| page.matches("<th scope=\"row\">").count();
    let part = visitor.part("/overview/2018/reporting?parent=city").expect(200);
    assert_eq!((rows(&part), part.contains("（部分）")), (5, true));
    assert!(!part.contains("按今天统计"));
    assert_eq!(links(&part, "/overview/"), ["/overview/2018/reporting?parent=city"]);
    let first = visitor.get("/overview/2018/reporting?parent=city&as_of=2018-02-01&basis=verified").expect(200);
    assert_eq!((rows(&first), first.contains("（部分）")), (50, false));
    assert!(first.contains("报送情况按今天统计"));
    for link in links(&first, "/associations/") {
        assert!(link.ends_with("/2018?as_of=2018-02-01&basis=verified"), "{link}");
    }
    let next = links(&first, "/overview/2018/reporting?");
    let second = visitor.get(&next[0]).expect(200);
    assert_eq!(rows(&second), 10);
}

#[test]
fn how_many_targets_lag_in_one_way_leads_to_these() {
    let app = laggards::tree();
    for (association, value) in [("city", 1), ("town", 4), ("other", 1)] {
        app.report(association, "a", "2018-01", value);
    }
    // Curves that expect nothing yet, or less by now than was done when it was due.
    let curve = |least: f64| [vec![0.0; 5], vec![least; 6], vec![1.0]].concat();
    for (code, target) in [
        ("c", json!({"value": 10, "plan": curve(0.0)})),
        ("d", json!({"value": 10, "plan": curve(0.1), "due_on": "2018-06-30"})),
    ] {
        app.indicator(code, "户");
        app.admin().put(&format!("/associations/city/targets/2018/{code}"), target).expect(201);
    }
    app.report("city", "d", "2018-03", 5);
    let visitor = signed_in(&app);
    let statuses = app.admin().get("/statuses/2018?within=province").expect(200);
    let part = visitor.part("/overview/2018/statuses?within=province").expect(200);
    let lagging = ["overdue", "behind", "at_risk", "not_started"];
    let mut followed = 0;
    for (status, count) in statuses["counts"].as_object().expect("counts") {
        let link = format!("/overview/2018/laggards?status={status}&amp;within=province");
        let is_listed = lagging.contains(&status.as_str()) && *count != 0;
        assert_eq!(part.contains(&format!("href=\"{link}\"")), is_listed, "{status}: {part}");
        if is_listed {
            let page = visitor.get(&link.replace("&amp;", "&")).expect(200);
            assert_eq!(
                page.matches("<th scope=\"row\">").count(),
                usize::try_from(count.as_u64().expect("a count")).expect("few"),
                "{status}"
            );
            assert!(page.contains(&format!("<option value=\"{status}\" selected>")), "{page}");
            assert!(page.contains("<input type=\"hidden\" name=\"within\" value=\"province\">"), "{page}");
            followed += 1;
        }
    }
    assert!(followed >= 2, "{statuses}");
}

#[test]
fn a_part_that_is_a_page_of_its_own_has_a_heading_and_a_way_back() {
    let app = region();
    let visitor = signed_in(&app);
    for part in ["statuses", "ranking", "laggards", "reporting"] {
        let page = visitor.get(&format!("/overview/2018/{part}?within=province&as_of=2018-06-30")).expect(200);
        assert_eq!(page.matches("<h1>").count(), 1, "{part}: {page}");
        assert!(page.contains("href=\"/overview/2018?within=province&amp;as_of=2018-06-30\""), "{part}: {page}");
        let shown = visitor.part(&format!("/overview/2018/{part}")).expect(200);
        assert!(!shown.contains("<h1>") && shown.contains("<h2>"), "{part}: {shown}");
    }
}

#[test]
fn rates_above_all_that_was_planned_are_told_apart_by_their_bars() {
    let app = region();
    let visitor = signed_in(&app);
    let bars = |query: &str| {
        let page = visitor.get(&format!("/indicators/households/2018?{query}")).expect(200);
        let bars =
            page.split("<svg class=\"bar-chart\"").skip(1).map(|bar| bar.split("</svg>").next().unwrap_or_default());
        bars.map(ToOwned::to_owned).collect::<Vec<_>>()
    };
    // 128 % and twice 50 %: the longest bar is 128 % wide.
    let all = bars("");
    assert_eq!(all.len(), 3);
    assert!(all[0].contains("class=\"over\" x=\"78.12%\" width=\"21.88%\""), "{}", all[0]);
    assert!(all[1].contains("class=\"fill\" width=\"39.06%\"") && !all[1].contains("\"over\""), "{}", all[1]);
    assert!(all.iter().all(|bar| bar.contains("class=\"mark\" x=\"78.12%\"")), "{all:?}");
    // Where nobody is above, a full bar is all that was planned.
    let societies = bars("kind=society");
    assert!(societies.len() == 1 && societies[0].contains("class=\"fill\" width=\"50.00%\""), "{societies:?}");
    assert!(!societies[0].contains("mark"), "{societies:?}");
}

#[test]
fn a_milestone_reads_as_done_or_not_in_lists() {
    let app = region();
    app.indicator_with(
        "statute",
        json!({"name": "章程修订", "value_type": "milestone", "accumulation": "latest", "unit": "项"}),
    );
    app.target("east", 2018, "statute", 1);
    app.target("west", 2018, "statute", 1);
    app.report("east", "statute", "2018-03", 1);
    app.report("west", "statute", "2018-03", 0);
    app.admin().post("/bulletins", json!({"year": 2018, "title": "通报"})).expect(201);
    let visitor = signed_in(&app);
    let row = |page: &str, code: &str| {
        let page = visitor.get(page).expect(200);
        let found = page.split("<tr>").find(|row| row.contains(code));
        found.unwrap_or_else(|| panic!("{code}: {page}")).to_owned()
    };
    for page in ["/overview/2018/laggards", "/bulletins/2018/1"] {
        let row = row(page, "章程修订");
        assert!(row.contains("未完成") && row.contains("目标完成"), "{page}: {row}");
        assert!(!row.contains("0项") && !row.contains("1项"), "{page}: {row}");
    }
    let compared = "/indicators/statute/2018";
    assert!(
        row(compared, "东市科协").contains(">完成</td><td class=\"number\">已完成<"),
        "{}",
        row(compared, "东市科协")
    );
    assert!(row(compared, "西市科协").contains(">完成</td><td class=\"number\">未完成<"));
}
