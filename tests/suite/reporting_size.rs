//! Reporting of many associations: every page, the figures of all, and nothing of the ledger is read.

use serde_json::{Value, json};

use crate::support::reporting::{Stage, counts, listed, stage};

const MONTHS: &str = "{1,2,3,4,5,6,7,8,9,10,11,12}";
const BITS: &str = "{1,2,4,8,16,32,64,128,256,512,1024,2048}";

/// A city with 600 societies below it; of January, every second one reports, and every fifth one that there is nothing.
fn crowd() -> Stage {
    let stage = stage("monthly", 5);
    stage.app.sql(
        "INSERT INTO associations (id, code, name, kind, level, status, parent_id, path, aliases, version, created_at, updated_at)
        SELECT gen_random_uuid(), 's' || n, '学会' || n, 'society', 'county', 'active', id, path || 's' || n || '/', '{}', 1,
            created_at, updated_at
        FROM associations, generate_series(1000, 1599) AS n WHERE code = 'city'; ANALYZE",
    );
    stage.app.set_day(2018, 2, 1);
    let item =
        |n: i32| json!({"association": format!("s{n}"), "indicator": "households", "value": 1, "period": "2018-01"});
    let items: Vec<_> = (1000..1600).step_by(2).map(item).collect();
    stage.admin.post("/actuals", json!({"items": items})).expect(200);
    for n in (1000..1600).step_by(5) {
        stage.submit_nil(&format!("s{n}"), "2018-01").expect(201);
    }
    stage.app.set_day(2018, 2, 6);
    stage
}

/// Every page of a list, and the figures of January that stood on each.
fn pages(stage: &Stage, query: &str) -> (Vec<Vec<String>>, Vec<Value>) {
    let (mut pages, mut figures, mut cursor) = (Vec::new(), Vec::new(), String::new());
    loop {
        let page = stage.reporting(&format!("?within=city&kind=society{query}{cursor}"));
        pages.push(listed(&page).into_iter().map(ToOwned::to_owned).collect());
        figures.push(page["periods"][0].clone());
        let Some(next) = page["next_cursor"].as_str() else { return (pages, figures) };
        cursor = format!("&cursor={next}");
    }
}

#[test]
fn the_pages_hold_everybody_once_and_the_figures_are_those_of_all() {
    let stage = crowd();
    let (found, figures) = pages(&stage, "&limit=150");
    assert_eq!(found.iter().map(Vec::len).collect::<Vec<_>>(), [150; 4]);
    assert_eq!(found.concat(), (1000..1600).map(|n| format!("s{n}")).collect::<Vec<_>>());
    for january in &figures {
        assert_eq!(counts(january), [600, 360, 60, 360, 240]);
        assert_eq!((&january["reporting_rate"], &january["on_time_rate"]), (&json!(0.6), &json!(0.6)));
    }
    assert_eq!(pages(&stage, "&limit=500").0.iter().map(Vec::len).collect::<Vec<_>>(), [500, 100]);
    stage.admin.get("/reporting/2018?limit=501").expect_problem(400, "invalid_parameter");
}

#[test]
fn the_pages_of_those_who_are_missing_hold_each_of_them_once() {
    let stage = crowd();
    let (found, figures) = pages(&stage, "&missing=true&limit=100");
    assert_eq!(found.iter().map(Vec::len).collect::<Vec<_>>(), [100, 100, 40]);
    let expected = (1000..1600).filter(|n| n % 2 != 0 && n % 5 != 0).map(|n| format!("s{n}"));
    assert_eq!(found.concat(), expected.collect::<Vec<_>>());
    assert!(figures.iter().all(|january| counts(january) == [600, 360, 60, 360, 240]), "{figures:#?}");
}

#[test]
fn reporting_is_answered_without_the_ledger() {
    let stage = crowd();
    let ask = || {
        ["", "?missing=true", "?period=2018-01", "?within=city&kind=society&limit=500"]
            .map(|query| stage.reporting(query))
    };
    let before = ask();
    stage
        .app
        .sql("ALTER TABLE actuals RENAME TO out_of_reach; ALTER TABLE actual_revisions RENAME TO out_of_reach_too");
    assert_eq!(ask(), before);
}

/// How PostgreSQL would run a statement of the store where tables are too large to be read as a whole; these are not.
fn plan(stage: &Stage, parts: &[&str], types: &str, values: &str) -> String {
    let statement = format!("PREPARE asked ({types}) AS {}; EXPLAIN EXECUTE asked ({values})", parts.concat());
    stage
        .app
        .sql(&format!("SET enable_seqscan = off; SET enable_bitmapscan = off; {statement}"))
        .into_iter()
        .flatten()
        .flatten()
        .collect::<Vec<_>>()
        .join("\n")
}

#[test]
fn no_node_of_a_plan_reads_the_ledger_and_a_year_may_be_read_from_the_index_alone() {
    let stage = crowd();
    stage.app.sql(
        "INSERT INTO first_reports SELECT id, year, month, created_at
        FROM associations, generate_series(2014, 2018) AS year, generate_series(1, 12) AS month ON CONFLICT DO NOTHING",
    );
    stage.app.sql("ANALYZE first_reports");
    let (who, reports) = (include_str!("../../src/reporting/who.sql"), include_str!("../../src/reporting/reports.sql"));
    let who_types = "text, text, uuid, text[], text[], text, text";
    let types = format!("{who_types}, smallint[], integer[], timestamptz[], timestamptz[], boolean[], smallint");
    let who_values = "'/', '0', NULL, '{}', '{}', NULL, NULL";
    let (days, due) = (format!("{{{}}}", ["2018-02-06"; 12].join(",")), format!("{{{}}}", ["true"; 12].join(",")));
    let values = format!("{who_values}, '{MONTHS}', '{BITS}', '{days}', '{days}', '{due}', 2018");
    let summary = plan(&stage, &[who, reports, include_str!("../../src/reporting/summary.sql")], &types, &values);
    let missing = include_str!("../../src/reporting/missing.sql");
    let missing =
        plan(&stage, &[who, reports, missing], &format!("{types}, text, bigint"), &format!("{values}, '', 51"));
    let page = include_str!("../../src/reporting/page.sql");
    let page = plan(&stage, &[who, page], &format!("{who_types}, text, bigint"), &format!("{who_values}, '', 51"));
    for plan in [&summary, &missing, &page] {
        assert!(!plan.contains("actual"), "{plan}");
        assert!(plan.contains(" on associations"), "{plan}");
    }
    for plan in [&summary, &missing] {
        assert!(plan.contains("Index Only Scan using first_reports_year_month_idx"), "{plan}");
        assert!(plan.contains(" on nil_reports"), "{plan}");
    }
}
