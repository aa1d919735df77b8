//! The demo: what real plans and reports look like in the service.

use std::collections::BTreeSet;

use kpi::demo::Loaded;
use kpi::rule::Status;
use serde_json::{Value, json};
use strum::IntoEnumIterator;

use crate::support::{App, Person, ledger};

fn app() -> App {
    let app = App::start();
    app.set_day(2019, 12, 30);
    app.load_demo();
    app
}

/// Every item of a list, page after page.
pub(crate) fn all(person: &Person, path: &str) -> Vec<Value> {
    let (mut items, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = person.get(&format!("{path}?limit=500{cursor}")).expect(200);
        items.extend(page["items"].as_array().expect("items").iter().cloned());
        let Some(next) = page["next_cursor"].as_str() else { return items };
        cursor = format!("&cursor={next}");
    }
}

/// The line of an indicator in a completion.
fn line<'a>(completion: &'a Value, indicator: &str) -> &'a Value {
    let mut lines = ledger::lines(completion).into_iter();
    lines.find(|line| line["indicator"]["code"] == indicator).unwrap_or_else(|| panic!("no line {indicator}"))
}

#[test]
fn loading_the_demo_again_changes_nothing() {
    let app = App::start();
    app.set_day(2019, 12, 30);
    let first = app.load_demo();
    assert_eq!((first.associations, first.targets, first.schedules), (24, 64, 1));
    assert!(first.indicators > 200 && first.actuals > 300, "{first:?}");
    let everything = "SELECT md5(string_agg(row::text, ',' ORDER BY row::text)) FROM (
        SELECT associations::text FROM associations UNION ALL SELECT indicators::text FROM indicators
        UNION ALL SELECT targets::text FROM targets UNION ALL SELECT actuals::text FROM actuals
        UNION ALL SELECT actual_revisions::text FROM actual_revisions
        UNION ALL SELECT actual_totals::text FROM actual_totals) AS row";
    let before = app.sql(everything);
    app.set_day(2019, 12, 31);
    assert_eq!(app.load_demo(), Loaded::default());
    assert_eq!(app.sql(everything), before);
    ledger::check(&app);
}

#[test]
fn what_somebody_changed_in_the_demo_stays_changed() {
    let app = app();
    let admin = app.admin();
    let actual = admin.get("/associations/chuzhou/actuals?limit=1").expect(200)["items"][0].clone();
    let path = format!("/associations/chuzhou/actuals/{}", actual["id"].as_str().unwrap());
    admin.patch(&format!("{path}?reason=x"), json!({"note": "已核对"})).expect(200);
    assert_eq!(app.load_demo(), Loaded::default());
    assert_eq!(admin.get(&path).expect(200)["note"], "已核对");
}

#[test]
fn the_plan_of_fengxian_stands_as_it_was_written() {
    let app = app();
    let completion = app.admin().get("/associations/fengxian/completion/2007").expect(200);
    let lines = ledger::lines(&completion);
    let planned: Vec<_> = lines.into_iter().filter(|line| !line["target"].is_null()).collect();
    assert_eq!(planned.len(), 42);
    let projects = &line(&completion, "state-and-city-projects")["target"];
    assert_eq!((&projects["bound"], &projects["value"]), (&json!("at_least"), &json!(130)));
    let enterprises = &line(&completion, "leading-enterprises")["target"];
    let range = (&enterprises["bound"], &enterprises["value"], &enterprises["upper"]);
    assert_eq!(range, (&json!("range"), &json!(1), &json!(2)));
    for line in &planned {
        assert!(line["target"]["source"]["quote"].is_string(), "{line}");
        assert_eq!(line["rate"].is_null(), !line["reason"].is_null(), "a rate or a reason: {line}");
        if line["actual"].is_null() {
            assert_eq!(line["reason"], "no_actual", "{line}");
        }
    }
    assert!(planned.iter().any(|line| line["rate"].is_number()), "something was reported");
    assert!(planned.iter().any(|line| line["actual"].is_null()), "something was not");
}

#[test]
fn a_breakdown_need_not_add_up_and_the_gap_is_shown() {
    let app = app();
    let completion = app.admin().get("/associations/fengxian/completion/2007").expect(200);
    let projects = line(&completion, "state-and-city-projects");
    let breakdown = &projects["breakdown"];
    let children: Vec<_> = breakdown["lines"].as_array().unwrap().iter().map(|line| &line["target"]["value"]).collect();
    assert_eq!((&projects["target"]["value"], children), (&json!(130), vec![&json!(80), &json!(20)]));
    assert_eq!((&breakdown["target_sum"], &breakdown["target_gap"]), (&json!(100), &json!(30)));
}

#[test]
fn what_is_invented_says_so() {
    let app = app();
    let mut invented = 0;
    for association in all(&app.admin(), "/associations") {
        for actual in all(&app.admin(), &format!("/associations/{}/actuals", association["code"].as_str().unwrap())) {
            let is_marked = actual["note"].as_str().is_some_and(|note| note.starts_with("示例"));
            assert_eq!(is_marked, actual["evidence"].is_null(), "marked, or shown by a document: {actual}");
            invented += usize::from(is_marked);
        }
    }
    assert!(invented > 50, "{invented}");
}

#[test]
fn the_example_shows_every_status_in_the_middle_of_any_year() {
    for year in [2021, 2026] {
        let app = App::start();
        app.set_day(year, 6, 15);
        app.load_demo();
        let completion = app.admin().get(&format!("/associations/example-district/completion/{year}")).expect(200);
        let shown: BTreeSet<_> =
            ledger::lines(&completion).into_iter().map(|line| &line["status"]).map(Value::as_str).collect();
        let every: BTreeSet<_> = Status::iter().map(|status| status.as_ref().to_owned()).collect();
        assert_eq!(shown.into_iter().flatten().map(ToOwned::to_owned).collect::<BTreeSet<_>>(), every, "{year}");
        for (name, count) in completion["counts"].as_object().unwrap() {
            assert!(count.as_u64().unwrap() > 0, "{name} in {year}");
        }
    }
}

#[test]
fn every_completion_of_the_demo_is_answered() {
    let app = app();
    let admin = app.admin();
    let associations = all(&admin, "/associations");
    assert_eq!(associations.len(), 24);
    let years = app.sql(
        "SELECT DISTINCT code, year FROM associations JOIN (SELECT association_id, year FROM targets
        UNION SELECT association_id, year FROM actuals) AS used ON association_id = id ORDER BY 1, 2",
    );
    assert!(years.len() > 10, "{years:?}");
    for row in &years {
        let [Some(code), Some(year)] = row.as_slice() else { panic!("{row:?}") };
        let completion = admin.get(&format!("/associations/{code}/completion/{year}")).expect(200);
        let lines = ledger::lines(&completion);
        assert!(!lines.is_empty(), "{code} {year}");
        let counts = completion["counts"].as_object().unwrap().values().map(|count| count.as_u64().unwrap());
        assert_eq!(usize::try_from(counts.sum::<u64>()).unwrap(), lines.len());
    }
    for association in &associations {
        let code = association["code"].as_str().unwrap();
        assert_eq!(admin.get(&format!("/associations/{code}/completion/2018")).status, 200, "{code}");
    }
}
