//! A whole year of an association derived at once, where nobody wrote before: the rows that its writers, one after the
//! other, would have left. Pure.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use rust_decimal::Decimal;
use uuid::Uuid;

use super::store::{Line, LineKey, ProgressRow, TotalsRow};
use super::{Contribution, Totals};
use crate::rule::{Goal, Nature};
use crate::schema::{actual_totals, scorecards};

/// What is known of one indicator's year: its target in force, and what was reported.
pub(crate) struct WholeLine {
    pub key: LineKey,
    pub nature: Nature,
    pub goal: Goal,
    pub totals: Totals,
}

/// How often a year was written, and when last.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Writes {
    pub count: i64,
    pub last_at: DateTime<Utc>,
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
    #[diesel(embed)]
    progress: ProgressRow,
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
    version: i64,
    reported_met_count: i32,
    verified_met_count: i32,
}

/// The rows of an association's year with these lines.
pub(crate) fn derive(
    association_id: Uuid,
    year: i16,
    lines: Vec<WholeLine>,
    writes: Writes,
) -> (Vec<WholeTotals>, WholeScorecard) {
    let mut sum = Contribution::default();
    let mut rows = Vec::with_capacity(lines.len());
    for WholeLine { key, nature, goal, totals } in lines {
        let mut line = Line::new(key, nature, None, Totals::default());
        line.goal = Some(goal);
        line.totals = totals;
        sum = sum + line.gain();
        let LineKey { association_id, year, indicator_id } = key;
        let (totals, progress) = (TotalsRow::from(&line.totals), line.progress());
        rows.push(WholeTotals { association_id, year, indicator_id, totals, progress });
    }
    let scorecard = WholeScorecard {
        association_id,
        year,
        target_count: sum.target_count,
        weight: sum.weight,
        reported_score: sum.reported.score,
        verified_score: sum.verified.score,
        updated_at: writes.last_at,
        version: writes.count,
        reported_met_count: sum.reported.met_count,
        verified_met_count: sum.verified.met_count,
    };
    (rows, scorecard)
}
