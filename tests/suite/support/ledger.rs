//! Whether what is derived from the ledger still follows from it, for a whole database.

use std::str::FromStr;

use kpi::auth::Role;
use rust_decimal::Decimal;
use serde_json::Value;

use super::App;

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
    for key in keys {
        let [association, year] = key.as_slice() else { panic!("two columns: {key:?}") };
        check_scorecard(app, association.as_deref().unwrap(), year.as_deref().unwrap());
    }
}

fn check_scorecard(app: &App, association: &str, year: &str) {
    let kept = app.sql(&format!(
        "SELECT target_count, weight, reported_score, verified_score FROM scorecards
        JOIN associations ON associations.id = association_id WHERE code = '{association}' AND year = {year}"
    ));
    let kept: Vec<_> = kept.iter().flatten().map(|column| decimal(column.as_deref().unwrap())).collect();
    let viewer = app.person(Role::Viewer, None);
    let [reported, verified] = ["reported", "verified"].map(|basis| {
        let path = format!("/associations/{association}/completion/{year}?basis={basis}");
        Sums::of(&viewer.get(&path).expect(200))
    });
    assert_eq!((reported.targets, reported.weight), (verified.targets, verified.weight), "{association} {year}");
    let follows = [reported.targets, reported.weight, reported.weighted, verified.weighted];
    assert_eq!(kept, follows, "the scorecard of {association} {year}");
}

/// What a scorecard is made of, from the lines of a completion.
struct Sums {
    targets: Decimal,
    weight: Decimal,
    weighted: Decimal,
}

impl Sums {
    fn of(completion: &Value) -> Self {
        let mut sums = Self { targets: Decimal::ZERO, weight: Decimal::ZERO, weighted: Decimal::ZERO };
        for line in completion["lines"].as_array().expect("lines") {
            if line["target"].is_null() {
                continue;
            }
            sums.targets += Decimal::ONE;
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

/// Weights and scores have few enough digits for their shortest text to be exact.
fn number(value: &Value) -> Decimal {
    decimal(&value.to_string())
}

fn decimal(text: &str) -> Decimal {
    Decimal::from_str(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}
