//! A laggard says what the completion's line says, and PostgreSQL expects what the rule does: on random data.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use chrono::{Datelike, Days, NaiveDate};
use kpi::quantity::Bound;
use kpi::rule::{BasisOfRate, Goal, expected_share};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use rust_decimal::Decimal;
use serde_json::{Value, json};

use crate::support::laggards::{all, names, number};
use crate::support::{App, Person, ledger};

const EXPECTED: &str = include_str!("../../src/laggards/expected.sql");

/// Every line as the list has to say it and whether it is behind its pace, from the completions of the associations.
fn expected(person: &Person, associations: &[&str], query: &str) -> Vec<(bool, Value)> {
    let mut found = BTreeMap::new();
    for code in associations {
        let completion = person.get(&format!("/associations/{code}/completion/2018?detail=brief&{query}")).expect(200);
        for line in ledger::lines(&completion) {
            let progress = [&line["rate"], &line["score"]].into_iter().find(|one| !one.is_null());
            let Some(progress) = progress.filter(|_| !line["target"].is_null()) else { continue };
            let is_behind = number(progress) < number(&line["pace"]["expected"]);
            let deviation = number(&line["score"]) - number(&line["pace"]["expected"]);
            let mut item = json!({
                "association": completion["association"], "deviation": json!(deviation.to_string().parse::<f64>().unwrap()),
            });
            let shown = [
                "indicator",
                "target",
                "actual",
                "rate",
                "score",
                "met",
                "gap",
                "pace",
                "status",
                "reason",
                "approximate",
            ];
            for name in shown {
                item[name] = line[name].clone();
            }
            item["indicator"]["name"] = line["indicator"]["code"].clone();
            let text = |value: &Value| value.as_str().expect("a text").to_owned();
            let association = &completion["association"];
            let place =
                (deviation, text(&association["name"]), text(&association["code"]), text(&line["indicator"]["code"]));
            assert!(found.insert(place, (is_behind, item)).is_none(), "one line for each");
        }
    }
    found.into_values().collect()
}

/// The statuses are those of the completions' lines that have a target.
fn assert_statuses(person: &Person, associations: &[&str], query: &str) -> BTreeSet<String> {
    let mut expected = BTreeMap::new();
    for code in associations {
        let completion = person.get(&format!("/associations/{code}/completion/2018?detail=brief&{query}")).expect(200);
        for line in ledger::lines(&completion).iter().filter(|line| !line["target"].is_null()) {
            *expected.entry(line["status"].as_str().expect("a status").to_owned()).or_insert(0) += 1;
        }
    }
    let answer = person.get(&format!("/statuses/2018?{query}")).expect(200);
    let counts = answer["counts"].as_object().expect("counts").iter();
    let counts = counts.map(|(status, count)| (status.clone(), count.as_i64().expect("a count")));
    assert_eq!(counts.filter(|(_, count)| *count > 0).collect::<BTreeMap<_, _>>(), expected, "{query}");
    assert_eq!(answer["targets"].as_i64(), Some(expected.values().sum()), "{query}");
    expected.into_keys().collect()
}

/// Numbers as JSON writes them, so that -1 and -1.0 are one.
fn assert_same(found: &[Value], expected: &[Value], of: &str) {
    assert_eq!(names(found), names(expected), "{of}");
    for (one, other) in found.iter().zip(expected) {
        let mut one = one.clone();
        assert_eq!(number(&one["deviation"]), number(&other["deviation"]), "{of}: {one}");
        one["deviation"] = other["deviation"].clone();
        assert_eq!(&one, other, "{of}");
    }
}

/// A target and what is reported for it.
#[derive(Clone, Debug)]
struct Plan {
    kind: u8,
    value: i64,
    reports: Vec<(u32, i64, bool)>,
    /// Instead of these, one report that stands so many ten-thousandths above the target.
    above: Option<i64>,
}

const INDICATORS: [&str; 5] = ["sum", "latest", "lower", "percent", "milestone"];

impl Plan {
    fn target(&self, association: &str, indicator: &str) -> Value {
        let mut target = json!({"association": association, "year": 2018, "indicator": indicator, "value": self.value});
        if indicator == "milestone" {
            target["value"] = json!(1);
        }
        match self.kind {
            1 if indicator != "milestone" => {
                let baseline = if indicator == "lower" { self.value + 3 } else { self.value - 3 };
                target["basis_of_rate"] = json!("change");
                target["baseline"] = json!({"year": 2017, "value": baseline});
            }
            2 => target["due_on"] = json!("2018-06-15"),
            3 => target["plan"] = json!([0, 0, 0.03, 0.03, 0.1, 0.2, 0.5, 0.5, 0.5, 0.8, 0.9999, 1]),
            4 => target["due_on"] = json!("2020-02-29"),
            5 if indicator == "sum" => target["per"] = json!("month"),
            6 if indicator != "milestone" => target["bound"] = json!("exactly"),
            8 if indicator == "sum" => target["per"] = json!("week"),
            9 if indicator != "milestone" => {
                target["basis_of_rate"] = json!("change");
                target["baseline"] = json!({"year": 2017, "value": self.value});
            }
            _ => {}
        }
        target
    }

    /// What one report has to say to stand so many ten-thousandths above the target of the whole year.
    fn at_target(&self, indicator: &str, above: i64) -> f64 {
        let periods = match self.kind {
            5 if indicator == "sum" => 12,
            8 if indicator == "sum" => 52,
            _ => 1,
        };
        let value = Decimal::from(self.value * periods) + Decimal::new(above, 4);
        value.to_string().parse().expect("a number")
    }

    fn actuals(&self, association: &str, indicator: &str) -> Vec<Value> {
        let one = |(index, (month, value, _)): (usize, &(u32, i64, bool))| {
            let mut actual = json!({
                "association": association, "indicator": indicator, "period": format!("2018-{month:02}"),
                "external_id": format!("{indicator}-{index}"),
            });
            match (indicator, self.above) {
                ("milestone", Some(_)) => actual["value"] = json!(1),
                ("percent", Some(above)) => {
                    actual["numerator"] = json!(self.at_target(indicator, above));
                    actual["denominator"] = json!(100);
                }
                (_, Some(above)) => {
                    actual["value"] = json!(self.at_target(indicator, above));
                }
                ("percent", None) => {
                    actual["numerator"] = json!(value);
                    actual["denominator"] = json!(value.abs() + 3);
                }
                ("milestone", None) => actual["value"] = json!(value.rem_euclid(2)),
                (_, None) => actual["value"] = json!(value),
            }
            actual
        };
        self.reports.iter().enumerate().map(one).collect()
    }
}

/// The lines of one more association, which lag in every way on 30 June.
fn one_of_each() -> [Option<Plan>; INDICATORS.len()] {
    let plan = |kind, value, reports: &[i64]| {
        let reports = reports.iter().map(|value| (3, *value, true)).collect();
        Some(Plan { kind, value, reports, above: None })
    };
    [plan(0, 20, &[9]), plan(0, 20, &[1]), plan(2, 3, &[9]), plan(0, 80, &[]), None]
}

/// The lines of yet another, which stand in every other way: not computable, exceeded, on track, completed.
fn one_of_each_other() -> [Option<Plan>; INDICATORS.len()] {
    let plan = |value, reported| Some(Plan { kind: 0, value, reports: vec![(3, reported, true)], above: None });
    [plan(0, 9), plan(20, 30), plan(3, 1), None, plan(1, 1)]
}

fn plans() -> impl Strategy<Value = Vec<Option<Plan>>> {
    let report = (1..=6_u32, prop_oneof![4 => 0..9_i64, 1 => -5..0_i64], any::<bool>());
    // 0.0002 above 20 is 1.00001, which four decimals do not tell from 1.
    let above = prop::option::weighted(0.4, prop_oneof![Just(-2_i64), Just(0), Just(2)]);
    let plan = (0..10_u8, 0..40_i64, prop::collection::vec(report, 0..4), above);
    let plan = plan.prop_map(|(kind, value, mut reports, above)| {
        if above.is_some() {
            reports = vec![(3, value, true)];
        }
        Plan { kind, value, reports, above }
    });
    let random = prop::collection::vec(prop::option::weighted(0.9, plan), 4 * INDICATORS.len());
    random.prop_map(|plans| plans.into_iter().chain(one_of_each()).chain(one_of_each_other()).collect())
}

/// Stores the plans of six associations and what is reported for them; part of it is verified.
fn store(app: &App, plans: &[Option<Plan>]) -> [&'static str; 6] {
    let associations = ["east", "north", "south", "west", "centre", "rest"];
    associations.iter().for_each(|code| app.association(code, None));
    app.indicator("sum", "户");
    app.indicator_with("latest", json!({"accumulation": "latest"}));
    app.indicator_with("lower", json!({"direction": "lower_is_better"}));
    app.indicator_with("percent", json!({"unit": "%", "value_type": "percentage", "accumulation": "ratio"}));
    app.indicator_with("milestone", json!({"value_type": "milestone", "accumulation": "latest"}));
    let lines = associations.iter().flat_map(|association| INDICATORS.map(|indicator| (*association, indicator)));
    let (mut targets, mut actuals, mut changes) = (Vec::new(), Vec::new(), Vec::new());
    for ((association, indicator), plan) in lines.zip(plans) {
        let Some(plan) = plan else { continue };
        targets.push(plan.target(association, indicator));
        let reported = plan.actuals(association, indicator);
        for (actual, (.., is_verified)) in reported.iter().zip(&plan.reports) {
            if *is_verified {
                changes.push(
                    json!({"association": association, "external_id": actual["external_id"], "action": "verify"}),
                );
            }
        }
        actuals.extend(reported);
    }
    for (path, items) in [("/targets", targets), ("/actuals", actuals), ("/actuals/changes", changes)] {
        if !items.is_empty() {
            app.admin().post(path, json!({"items": items})).expect(200);
        }
    }
    associations
}

#[test]
fn a_laggard_says_what_the_completion_says_line_by_line() {
    let mut runner = TestRunner::new(Config { cases: 6, failure_persistence: None, ..Config::default() });
    let (seen, all_seen) = (RefCell::new(BTreeSet::new()), RefCell::new(BTreeSet::new()));
    let outcome = runner.run(&plans(), |plans| {
        let app = App::start();
        let associations = store(&app, &plans);
        let admin = app.admin();
        let compare = |query: &str| {
            all_seen.borrow_mut().extend(assert_statuses(&admin, &associations, query));
            let lines = expected(&admin, &associations, query);
            for status in ["overdue", "not_started", "at_risk", "behind"] {
                // Those of the first two are all listed where they are asked for.
                let is_whole = ["overdue", "not_started"].contains(&status);
                let of = lines.iter().filter(|(is_behind, one)| one["status"] == status && (is_whole || *is_behind));
                let of: Vec<_> = of.map(|(_, one)| one.clone()).collect();
                assert_same(&all(&admin, &format!("limit=2&{query}&status={status}")), &of, query);
            }
            let lagging: Vec<_> = lines.into_iter().filter_map(|(is_behind, one)| is_behind.then_some(one)).collect();
            assert_same(&all(&admin, &format!("limit=7&{query}")), &lagging, query);
            lagging
        };
        let then = compare("basis=reported");
        let status = |one: &Value| one["status"].as_str().expect("a status").to_owned();
        seen.borrow_mut().extend(then.iter().map(status));
        compare("basis=verified");
        for (year, month, day) in [(2018, 7, 1), (2018, 10, 17), (2018, 12, 31), (2020, 3, 1)] {
            app.set_day(year, month, day);
            compare("basis=reported");
            // Of a past day, the ledger says what the totals said.
            let past = compare("basis=reported&as_of=2018-06-30");
            assert_same(&past, &then, "then and now");
        }
        compare("basis=verified&as_of=2018-06-30");
        compare("basis=reported&as_of=2018-06-29");
        Ok(())
    });
    outcome.unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(all_seen.into_inner().len(), 8, "every status was counted");
    assert_eq!(seen.into_inner(), ["at_risk", "behind", "not_started", "overdue"].map(ToOwned::to_owned).into());
}

/// A year, a day after its first, the day it is due, and its curve in ten-thousandths.
type Case = (i32, u64, u64, Option<Vec<u32>>);

/// Days, due days and plan curves of any year.
fn shares() -> impl Strategy<Value = Vec<Case>> {
    let curve = prop::collection::vec(0..=10_000_u32, 11).prop_map(|mut curve| {
        curve.sort_unstable();
        curve.push(10_000);
        curve
    });
    let year = prop_oneof![2 => 1949..=2199_i32, 1 => Just(2020), 1 => Just(2000), 1 => Just(2100)];
    let due = prop_oneof![3 => 0..366_u64, 1 => 366..2000_u64, 1 => Just(364_u64)];
    // From some days before the year to some behind it.
    let one = (year, 0..400_u64, due, prop::option::of(curve));
    prop::collection::vec(one, 400)
}

#[test]
fn the_share_that_postgresql_expects_is_the_rules() {
    let app = App::start();
    let date = |year: i32, offset: u64| NaiveDate::from_ymd_opt(year, 1, 1).unwrap() + Days::new(offset);
    let statement = EXPECTED.replace("{day}", "lines.day").replace("{year}", "lines.year");
    let mut runner = TestRunner::new(Config { cases: 20, failure_persistence: None, ..Config::default() });
    let outcome = runner.run(&shares(), |cases| {
        let day = |year, offset| date(year, offset) - Days::new(10);
        let row = |(index, (year, offset, due, curve)): (usize, &Case)| {
            let plan = curve.as_ref().map_or("NULL".to_owned(), |curve| {
                let shares: Vec<_> = curve.iter().map(|share| Decimal::new((*share).into(), 4).to_string()).collect();
                format!("'{{{}}}'", shares.join(","))
            });
            format!(
                "({index}, {year}, date '{}', date '{}', {plan}::numeric(5,4)[])",
                day(*year, *offset),
                date(*year, *due)
            )
        };
        let rows: Vec<_> = cases.iter().enumerate().map(row).collect();
        let found = app.sql(&format!(
            "SELECT {statement} FROM (VALUES {}) AS lines (index, year, day, due_on, plan) ORDER BY index",
            rows.join(", ")
        ));
        prop_assert_eq!(found.len(), cases.len());
        for (found, (year, offset, due, curve)) in found.iter().zip(&cases) {
            let goal = Goal {
                bound: Bound::AtLeast,
                value: Decimal::ONE,
                upper: None,
                basis_of_rate: BasisOfRate::Level,
                baseline: None,
                weight: Decimal::ONE,
                due_on: date(*year, *due),
                plan: curve.as_ref().map(|curve| curve.iter().map(|share| Decimal::new((*share).into(), 4)).collect()),
            };
            let share = expected_share(&goal, i16::try_from(*year).unwrap(), day(*year, *offset)).trunc_with_scale(4);
            let found: Decimal = found[0].as_deref().expect("a share").parse().expect("a number");
            prop_assert_eq!(found, share, "{} {} {:?}", year, day(*year, *offset).ordinal(), goal);
        }
        Ok(())
    });
    outcome.unwrap_or_else(|error| panic!("{error}"));
}
