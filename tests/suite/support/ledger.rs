//! Whether what is derived from the ledger still follows from it, for a whole database.

use std::str::FromStr;

use kpi::auth::Role;
use rust_decimal::Decimal;
use serde_json::Value;

use super::{App, Person};

/// Where `first_reports` differs from what follows from the ledger, and from which side.
const FIRST_REPORTS: &str = "
    WITH follows AS (
        SELECT association_id, year, date_part('month', period_through)::smallint AS month, min(reported_at) AS reported_at
        FROM actuals WHERE state NOT IN ('rejected', 'voided') GROUP BY 1, 2, 3
    )
    (SELECT 'follows from the ledger', * FROM follows EXCEPT SELECT 'follows from the ledger', * FROM first_reports)
    UNION ALL
    (SELECT 'is kept', * FROM first_reports EXCEPT SELECT 'is kept', * FROM follows)";

/// Goes on when every total and every month's first report follow from the ledger, and every scorecard is what the
/// completion answers.
#[track_caller]
pub fn check(app: &App) {
    let different = app.sql(include_str!("ledger.sql"));
    assert!(different.is_empty(), "totals differ: {different:#?}");
    let different = app.sql(FIRST_REPORTS);
    assert!(different.is_empty(), "first reports differ: {different:#?}");
    let keys = app.sql(
        "SELECT associations.code, year FROM scorecards JOIN associations ON associations.id = association_id
        UNION SELECT associations.code, year FROM targets JOIN associations ON associations.id = association_id",
    );
    let viewer = app.person(Role::Viewer, None);
    for key in keys {
        let [association, year] = key.as_slice() else { panic!("two columns: {key:?}") };
        check_scorecard(app, &viewer, association.as_deref().unwrap(), year.as_deref().unwrap());
    }
}

fn check_scorecard(app: &App, viewer: &Person, association: &str, year: &str) {
    let kept = app.sql(&format!(
        "SELECT target_count, weight, reported_score, verified_score, reported_met_count, verified_met_count FROM scorecards
        JOIN associations ON associations.id = association_id WHERE code = '{association}' AND year = {year}"
    ));
    let kept: Vec<_> = kept.iter().flatten().map(|column| decimal(column.as_deref().unwrap())).collect();
    let [reported, verified] = ["reported", "verified"].map(|basis| {
        let path = format!("/associations/{association}/completion/{year}?basis={basis}");
        let completion = viewer.get(&path).expect(200);
        check_progress(app, association, year, basis, &completion);
        Sums::of(&completion)
    });
    assert_eq!((reported.targets, reported.weight), (verified.targets, verified.weight), "{association} {year}");
    let follows = [reported.targets, reported.weight, reported.weighted, verified.weighted, reported.met, verified.met];
    assert_eq!(kept, follows, "the scorecard of {association} {year}");
}

/// Every target in force is kept with its due day and its rate, or where there is no ratio its score.
fn check_progress(app: &App, association: &str, year: &str, basis: &str, completion: &Value) {
    let kept = app.sql(&format!(
        "SELECT indicators.code, due_on, {basis}_progress FROM actual_totals
        JOIN associations ON associations.id = association_id JOIN indicators ON indicators.id = indicator_id
        WHERE associations.code = '{association}' AND year = {year} AND due_on IS NOT NULL ORDER BY indicators.code"
    ));
    let kept: Vec<_> = kept
        .into_iter()
        .map(|row| {
            let [code, due_on, progress] = row.try_into().expect("three columns");
            (code.unwrap(), due_on.unwrap(), progress.map(|text| text.parse::<f64>().expect("a number")))
        })
        .collect();
    let planned = lines(completion).into_iter().filter(|line| !line["target"].is_null());
    let mut follows: Vec<_> = planned
        .map(|line| {
            // A rate may have more digits than a JSON reader keeps.
            let progress = line["rate"].as_f64().or(line["score"].as_f64());
            let text = |value: &Value| value.as_str().unwrap().to_owned();
            (text(&line["indicator"]["code"]), text(&line["target"]["due_on"]), progress)
        })
        .collect();
    follows.sort_by(|(one, ..), (other, ..)| one.cmp(other));
    assert_eq!(kept, follows, "the progress of {association} {year}, {basis}");
}

/// What a scorecard is made of, from the lines of a completion.
struct Sums {
    met: Decimal,
    targets: Decimal,
    weight: Decimal,
    weighted: Decimal,
}

impl Sums {
    fn of(completion: &Value) -> Self {
        let zero = Decimal::ZERO;
        let mut sums = Self { met: zero, targets: zero, weight: zero, weighted: zero };
        for line in lines(completion) {
            if line["target"].is_null() {
                continue;
            }
            sums.targets += Decimal::ONE;
            sums.met += Decimal::from(u8::from(line["met"] == true));
            if !line["score"].is_null() {
                let weight = number(&line["target"]["weight"]);
                sums.weight += weight;
                sums.weighted += weight * number(&line["score"]);
            }
        }
        assert_eq!(number(&completion["weight"]), sums.weight, "{completion:#}");
        let score = sums.weighted.checked_div(sums.weight).map(|score| score.trunc_with_scale(4).normalize());
        assert_eq!((!completion["score"].is_null()).then(|| number(&completion["score"])), score, "{completion:#}");
        sums
    }
}

/// Every line of a completion, those of breakdowns included.
pub fn lines(completion: &Value) -> Vec<&Value> {
    let here = completion["lines"].as_array().into_iter().flatten();
    here.flat_map(|line| [vec![line], lines(&line["breakdown"])].concat()).collect()
}

/// Weights and scores have few enough digits for their shortest text to be exact.
fn number(value: &Value) -> Decimal {
    decimal(&value.to_string())
}

fn decimal(text: &str) -> Decimal {
    Decimal::from_str(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}
