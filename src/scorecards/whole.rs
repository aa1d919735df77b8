//! A whole year of an association derived at once, where nobody wrote before: the rows that its writers, one after the
//! other, would have left. Pure.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use rust_decimal::Decimal;
use uuid::Uuid;

use super::store::{GoalRow, LineKey, TotalsRow};
use super::{Contribution, Totals};
use crate::rule::Nature;
use crate::schema::{actual_totals, scorecards};

/// What is known of one indicator's year.
pub(crate) struct WholeLine<'a> {
    pub key: LineKey,
    pub nature: Nature,
    /// The target in force.
    pub goal: Option<&'a GoalRow>,
    /// What was reported, if anything ever was.
    pub totals: Option<Totals>,
}

/// A row of `actual_totals`.
#[derive(Debug, Insertable)]
#[diesel(table_name = actual_totals, treat_none_as_default_value = false)]
pub(crate) struct WholeTotals {
    association_id: Uuid,
    year: i16,
    indicator_id: Uuid,
    #[diesel(embed)]
    totals: TotalsRow,
}

/// A row of `scorecards`.
#[derive(Debug, Insertable)]
#[diesel(table_name = scorecards)]
pub(crate) struct WholeScorecard {
    association_id: Uuid,
    year: i16,
    target_count: i32,
    weight: Decimal,
    reported_score: Decimal,
    verified_score: Decimal,
    updated_at: DateTime<Utc>,
}

/// The rows of an association's year with these lines, last written at `now`.
pub(crate) fn derive(
    association_id: Uuid,
    year: i16,
    lines: Vec<WholeLine<'_>>,
    now: DateTime<Utc>,
) -> (Vec<WholeTotals>, WholeScorecard) {
    let mut sum = Contribution::default();
    let mut rows = Vec::with_capacity(lines.len());
    for WholeLine { key, nature, goal, totals } in lines {
        let is_reported = totals.is_some();
        let totals = totals.unwrap_or_default();
        sum = sum + Contribution::of(nature, goal.map(|goal| goal.to_goal(year)).as_ref(), &totals);
        if is_reported {
            let LineKey { association_id, year, indicator_id } = key;
            rows.push(WholeTotals { association_id, year, indicator_id, totals: TotalsRow::from(&totals) });
        }
    }
    let scorecard = WholeScorecard {
        association_id,
        year,
        target_count: sum.target_count,
        weight: sum.weight,
        reported_score: sum.reported,
        verified_score: sum.verified,
        updated_at: now,
    };
    (rows, scorecard)
}
