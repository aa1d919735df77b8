//! The lines behind the pace, worst first: which they are, and what narrows the list.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use kpi::auth::Role;
use serde_json::json;

use crate::support::App;
use crate::support::laggards::{all, names, number, page, report, tree};

const EXPECTED: &str = include_str!("../../src/laggards/expected.sql");
const PAGE: &str = include_str!("../../src/laggards/page.sql");

/// An association with a line for every way to stand, on 30 June, when 0.4958 of an even plan should be done.
fn app() -> App {
    let app = App::start();
    app.association("city", None);
    app.indicator_with("rejected", json!({"direction": "lower_is_better", "unit": "件"}));
    app.indicator_with("opened", json!({"value_type": "milestone", "accumulation": "latest"}));
    app.indicator_with("share", json!({"unit": "%", "value_type": "percentage", "accumulation": "ratio"}));
    for code in ["a", "b", "c", "d", "e", "f", "g"] {
        app.indicator(code, "户");
    }
    for (indicator, target) in [
        ("a", json!({"value": 100})),
        ("b", json!({"value": 100})),
        ("c", json!({"value": 100})),
        ("d", json!({"value": 100, "due_on": "2018-06-30"})),
        ("e", json!({"value": 100})),
        ("f", json!({"value": 0})),
        ("g", json!({"value": 100, "plan": [0, 0, 0, 0, 0, 0.2, 0.2, 0.2, 0.2, 0.2, 0.2, 1]})),
        ("rejected", json!({"value": 3})),
        ("opened", json!({})),
        ("share", json!({"value": 80})),
    ] {
        app.admin().put(&format!("/associations/city/targets/2018/{indicator}"), target).expect(201);
    }
    for (indicator, value) in [("b", 10), ("c", 40), ("d", 99), ("e", 50), ("f", 0), ("g", 20), ("rejected", 4)] {
        report(&app, "city", indicator, value);
    }
    let share = json!({"indicator": "share", "period": "2018-03", "numerator": 1, "denominator": 4});
    app.admin().post("/associations/city/actuals", share).expect(201);
    app
}

#[test]
fn a_change_that_went_the_wrong_way_is_no_further_behind_than_what_was_not_begun() {
    let app = App::start();
    app.association("city", None);
    for indicator in ["grows", "idle"] {
        app.indicator(indicator, "户");
    }
    let change = json!({"value": 110, "basis_of_rate": "change", "baseline": {"year": 2017, "value": 100}});
    app.admin().put("/associations/city/targets/2018/grows", change).expect(201);
    app.target("city", 2018, "idle", 10);
    report(&app, "city", "grows", 80);
    app.set_day(2018, 7, 2);
    for query in ["", "as_of=2018-06-30"] {
        let page = page(&app.admin(), query);
        let items = page["items"].as_array().expect("items");
        let deviations: Vec<_> = items.iter().map(|one| number(&one["deviation"])).collect();
        assert!(matches!(deviations[..], [one, other] if one == other), "{deviations:?}");
        assert_eq!((&items[0]["rate"], &items[0]["score"]), (&json!(-2), &json!(0)));
        assert!(number(&items[0]["pace"]["deviation"]) < number(&json!(-2)), "{page}");
    }
}

#[test]
fn every_line_behind_the_pace_is_listed_and_no_other() {
    let app = app();
    let page = page(&app.admin(), "");
    assert_eq!(
        (&page["year"], &page["as_of"], &page["basis"], &page["next_cursor"]),
        (&json!(2018), &json!("2018-06-30"), &json!("reported"), &json!(null))
    );
    let items = page["items"].as_array().unwrap();
    let found: Vec<_> = items
        .iter()
        .map(|one| {
            (
                one["indicator"]["code"].as_str().unwrap(),
                one["status"].as_str().unwrap(),
                number(&one["deviation"]).to_string(),
            )
        })
        .collect();
    let expected = [
        ("a", "not_started", "-0.4958"),
        ("opened", "not_started", "-0.4958"),
        ("rejected", "behind", "-0.4958"),
        ("b", "behind", "-0.3958"),
        ("share", "behind", "-0.1833"),
        ("c", "at_risk", "-0.0958"),
        ("d", "overdue", "-0.01"),
    ];
    assert_eq!(found, expected.map(|(code, status, deviation)| (code, status, deviation.to_owned())));
    assert_eq!(items[0]["indicator"], json!({"code": "a", "name": "a", "unit": "户"}));
    assert_eq!(items[0]["pace"], json!({"expected": 0.4958, "deviation": null}));
    // At the end of the year all of an even plan should be done; before it, nothing.
    app.set_day(2018, 12, 31);
    let found: BTreeSet<_> = names(&all(&app.admin(), "")).into_iter().collect();
    assert_eq!(
        found,
        ["a", "b", "c", "d", "e", "g", "opened", "rejected", "share"].map(|code| format!("city/{code}")).into()
    );
    assert!(all(&app.admin(), "status=at_risk").is_empty() && all(&app.admin(), "status=not_started").is_empty());
    app.target("city", 2019, "a", 5);
    assert_eq!(app.admin().get("/laggards/2019").expect(200)["items"], json!([]));
}

#[test]
fn a_submission_is_in_the_very_next_answer() {
    let app = app();
    let admin = app.admin();
    for (value, status) in [(10, Some("behind")), (35, Some("at_risk")), (5, None)] {
        report(&app, "city", "a", value);
        let found = all(&admin, "indicator=a");
        assert_eq!(found.first().map(|one| one["status"].as_str().unwrap()), status);
    }
    admin.put("/associations/city/targets/2018/a", json!({"value": 1000, "reason": "调整"})).expect(200);
    assert_eq!(all(&admin, "indicator=a")[0]["rate"], 0.05);
    admin.delete("/associations/city/targets/2018/a?reason=x").expect(204);
    assert!(all(&admin, "indicator=a").is_empty());
}

#[test]
fn each_filter_narrows_the_list_and_ties_stand_by_name_code_and_indicator() {
    let app = tree();
    let admin = app.admin();
    report(&app, "town", "b", 1);
    for when in ["", "&as_of=2018-06-30"] {
        for (query, fitting) in [
            ("", "city/a city/b other/a other/b province/a province/b town/a town/b"),
            ("parent=province", "city/a city/b"),
            ("within=city", "city/a city/b town/a town/b"),
            ("kind=society", "other/a other/b town/a town/b"),
            ("level=municipal", "city/a city/b other/a other/b"),
            ("indicator=b", "city/b other/b province/b town/b"),
            ("category=%E7%A7%91%E6%99%AE", "city/a other/a province/a town/a"),
            ("category=none", ""),
            ("status=behind", "town/b"),
            ("status=at_risk", ""),
            ("status=not_started&within=city", "city/a city/b town/a"),
            ("within=province&kind=society&indicator=b&status=behind&level=township", "town/b"),
            ("basis=verified&within=town", "town/a town/b"),
        ] {
            assert_eq!(names(&all(&admin, &format!("{query}{when}"))).join(" "), fitting, "{query}{when}");
        }
        app.advance(TimeDelta::days(1));
    }
}

#[test]
fn what_lies_outside_the_scope_is_not_listed() {
    let app = tree();
    for (scope, fitting) in [("city", "city/a city/b town/a town/b"), ("other", "other/a other/b")] {
        let viewer = app.person(Role::Viewer, Some(scope));
        assert_eq!(names(&all(&viewer, "")).join(" "), fitting);
        app.advance(TimeDelta::days(1));
        assert_eq!(names(&all(&viewer, "as_of=2018-06-30")).join(" "), fitting);
    }
    let viewer = app.person(Role::Viewer, Some("city"));
    let problem = viewer.get("/laggards/2018?within=province").expect_problem(400, "invalid_parameter");
    assert_eq!(problem["errors"][0]["code"], "unknown_association");
}

#[test]
fn what_cannot_be_asked_is_refused_by_name() {
    let app = tree();
    let admin = app.admin();
    let cursor = admin.get("/associations?limit=1").expect(200)["next_cursor"].as_str().unwrap().to_owned();
    for (query, pointer, code) in [
        ("status=completed".to_owned(), "?status", "not_allowed"),
        ("indicator=nothing".to_owned(), "?indicator", "unknown_indicator"),
        ("parent=nowhere".to_owned(), "?parent", "unknown_association"),
        ("as_of=2018-07-01".to_owned(), "?as_of", "out_of_range"),
        ("limit=501".to_owned(), "?limit", "out_of_range"),
        ("q=x".to_owned(), "?q", "unknown_field"),
        (format!("cursor={cursor}"), "?cursor", "invalid_cursor"),
    ] {
        let problem = admin.get(&format!("/laggards/2018?{query}")).expect_problem(400, "invalid_parameter");
        assert_eq!(
            (&problem["errors"][0]["pointer"], &problem["errors"][0]["code"]),
            (&json!(pointer), &json!(code)),
            "{problem}"
        );
    }
}

#[test]
fn a_past_day_is_answered_as_it_was_known() {
    let app = app();
    let admin = app.admin();
    let then = |query: &str| admin.send("GET", &format!("/api/v1/laggards/2018?as_of=2018-06-30{query}"), &[], "").text;
    let (before, verified) = (then(""), then("&basis=verified"));
    app.advance(TimeDelta::days(1));
    assert_eq!(then(""), before, "from the ledger and not from the totals");
    let id = app.sql("SELECT actuals.id FROM actuals JOIN indicators ON indicators.id = indicator_id WHERE code = 'c'");
    let actual = format!("/associations/city/actuals/{}", id[0][0].as_deref().unwrap());
    admin.post(&format!("{actual}/verify"), json!({})).expect(200);
    admin.post(&format!("{actual}/void"), json!({"reason": "误报"})).expect(200);
    admin.put("/associations/city/targets/2018/b", json!({"value": 5, "reason": "调整"})).expect(200);
    admin.delete("/associations/city/targets/2018/a?reason=x").expect(204);
    report(&app, "city", "rejected", -4);
    app.indicator("new", "户");
    app.target("city", 2018, "new", 3);
    assert_eq!(then(""), before);
    assert_eq!(then("&basis=verified"), verified);
    let now = names(&all(&admin, ""));
    assert_eq!(now.join(" "), "city/c city/new city/opened city/share city/d");
}

#[test]
fn the_lines_of_today_are_found_without_the_ledger() {
    let app = app();
    let literals = [
        ("{expected}", EXPECTED),
        ("{fitting}", "SELECT id FROM associations"),
        ("{year}", "2018"),
        ("{day}", "date '2018-06-30'"),
        ("{at_risk_ratio}", "0.8"),
        ("{is_verified}", "false"),
        ("{indicator}", "NULL::uuid"),
        ("{category}", "NULL::text"),
        ("{status}", "NULL::text"),
        ("{deviation}", "-0.4::numeric"),
        ("{name}", "'甲'"),
        ("{code}", "'a'"),
        ("{indicator_code}", "'a'"),
        ("{limit}", "51"),
    ];
    let statement = literals.iter().fold(PAGE.to_owned(), |text, (name, literal)| text.replace(name, literal));
    let plan: Vec<_> =
        app.sql(&format!("EXPLAIN (VERBOSE, COSTS OFF) {statement}")).into_iter().flatten().flatten().collect();
    let tables: BTreeSet<_> =
        plan.iter().filter_map(|line| line.split_once(" on public.")?.1.split(' ').next()).collect();
    assert_eq!(tables, ["actual_totals", "associations", "indicators", "targets"].into(), "{plan:#?}");
    // What is not there cannot be read.
    let before = page(&app.admin(), "status=behind");
    app.sql("ALTER TABLE actuals RENAME TO hidden; ALTER TABLE actual_revisions RENAME TO hidden_too");
    assert_eq!(page(&app.admin(), "status=behind"), before);
}
