//! A whole year of an association derived at once, where nobody wrote before: the rows that its writers, one after the
//! other, would have left. Pure.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use uuid::Uuid;

use super::Contribution;
use super::store::{Line, LineKey, ProgressRow, TotalsRow};
use super::whole::ScoreRow;
use crate::schema::{actual_totals, scorecards};

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
    #[diesel(embed)]
    score: ScoreRow,
    updated_at: DateTime<Utc>,
    version: i64,
}

/// The rows of an association's year with these lines.
pub(crate) fn derive(
    association_id: Uuid,
    year: i16,
    lines: &[Line],
    writes: Writes,
) -> (Vec<WholeTotals>, WholeScorecard) {
    let sum = lines.iter().fold(Contribution::default(), |sum, line| sum + line.contribution());
    let rows = lines.iter().map(|line| {
        let LineKey { association_id, year, indicator_id } = line.key();
        let (totals, progress) = (TotalsRow::from(&line.totals), line.progress());
        WholeTotals { association_id, year, indicator_id, totals, progress }
    });
    let Writes { count: version, last_at: updated_at } = writes;
    let score = ScoreRow::from(sum);
    (rows.collect(), WholeScorecard { association_id, year, score, updated_at, version })
}
