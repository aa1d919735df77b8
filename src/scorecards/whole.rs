//! Whole rows of totals and scorecards: as they are kept, as they follow from the ledger, and how one is made the other.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, SecondsFormat, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use rust_decimal::Decimal;
use uuid::Uuid;

use super::Contribution;
use super::bulk::save_totals;
use super::store::{Line, LineKey, ProgressRow, TotalsRow};
use crate::error::ApiResult;
use crate::schema::{actual_totals, scorecards};

/// Names a row of `actual_totals`, or without an indicator one of `scorecards`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct RowKey {
    pub association_id: Uuid,
    pub year: i16,
    pub indicator_id: Option<Uuid>,
}

impl RowKey {
    const fn of_year((association_id, year): (Uuid, i16)) -> Self {
        Self { association_id, year, indicator_id: None }
    }
}

impl From<LineKey> for RowKey {
    fn from(key: LineKey) -> Self {
        Self { association_id: key.association_id, year: key.year, indicator_id: Some(key.indicator_id) }
    }
}

/// The columns of `scorecards` that follow from the ledger: all but the version and the time of the last write.
#[derive(Clone, Debug, Default, PartialEq, HasQuery, AsChangeset)]
#[diesel(table_name = scorecards)]
pub(crate) struct ScoreRow {
    target_count: i32,
    weight: Decimal,
    reported_score: Decimal,
    verified_score: Decimal,
    reported_met_count: i32,
    verified_met_count: i32,
}

impl From<Contribution> for ScoreRow {
    fn from(sum: Contribution) -> Self {
        Self {
            target_count: sum.target_count,
            weight: sum.weight,
            reported_score: sum.reported.score,
            verified_score: sum.verified.score,
            reported_met_count: sum.reported.met_count,
            verified_met_count: sum.verified.met_count,
        }
    }
}

/// A row, without its key.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Row {
    /// Of `actual_totals`.
    Line(TotalsRow, ProgressRow),
    /// Of `scorecards`.
    Year(ScoreRow),
}

/// A column's name, and what it holds as text.
pub(crate) type Column = (&'static str, String);

impl Row {
    /// The table it stands in.
    pub(crate) const fn table(&self) -> &'static str {
        match self {
            Self::Line(..) => "actual_totals",
            Self::Year(_) => "scorecards",
        }
    }

    /// Whether it says nothing. A target that was removed leaves such a row behind; it is as good as none.
    pub(crate) fn is_empty(&self) -> bool {
        match self {
            Self::Line(totals, progress) => *totals == TotalsRow::default() && *progress == ProgressRow::default(),
            Self::Year(score) => *score == ScoreRow::default(),
        }
    }

    /// Its columns, always in the same order.
    pub(crate) fn columns(&self) -> Vec<Column> {
        match self {
            Self::Line(totals, progress) => [totals_columns(totals), progress_columns(progress)].concat(),
            Self::Year(score) => vec![
                ("target_count", score.target_count.to_string()),
                ("weight", number(score.weight)),
                ("reported_score", number(score.reported_score)),
                ("verified_score", number(score.verified_score)),
                ("reported_met_count", score.reported_met_count.to_string()),
                ("verified_met_count", score.verified_met_count.to_string()),
            ],
        }
    }
}

fn totals_columns(row: &TotalsRow) -> Vec<Column> {
    vec![
        ("reported_count", row.reported_count.to_string()),
        ("reported_value", number(row.reported_value)),
        ("reported_denominator", number(row.reported_denominator)),
        ("reported_inexact_count", row.reported_inexact_count.to_string()),
        ("reported_from", text(row.reported_from)),
        ("reported_through", text(row.reported_through)),
        ("reported_last_at", text(row.reported_last_at.map(time))),
        ("verified_count", row.verified_count.to_string()),
        ("verified_value", number(row.verified_value)),
        ("verified_denominator", number(row.verified_denominator)),
        ("verified_inexact_count", row.verified_inexact_count.to_string()),
        ("verified_from", text(row.verified_from)),
        ("verified_through", text(row.verified_through)),
        ("verified_last_at", text(row.verified_last_at.map(time))),
    ]
}

fn progress_columns(row: &ProgressRow) -> Vec<Column> {
    let plan = row.plan.as_ref().map(|plan| {
        let shares: Vec<_> = plan.iter().map(|share| text(share.map(number))).collect();
        format!("{{{}}}", shares.join(","))
    });
    vec![
        ("due_on", text(row.due_on)),
        ("plan", text(plan)),
        ("reported_progress", text(row.reported_progress.map(number))),
        ("verified_progress", text(row.verified_progress.map(number))),
    ]
}

fn text(value: Option<impl ToString>) -> String {
    value.map_or_else(|| "null".to_owned(), |value| value.to_string())
}

fn number(value: Decimal) -> String {
    value.normalize().to_string()
}

fn time(value: DateTime<Utc>) -> String {
    value.to_rfc3339_opts(SecondsFormat::Micros, true)
}

/// The rows that are kept of these associations' years (none: of all years).
///
/// # Errors
/// Only the database's.
pub(crate) async fn kept(
    conn: &AsyncPgConnection,
    association_ids: &[Uuid],
    years: Option<&[i16]>,
) -> ApiResult<BTreeMap<RowKey, Row>> {
    let mut totals = actual_totals::table
        .filter(actual_totals::association_id.eq_any(association_ids))
        .select((
            (actual_totals::association_id, actual_totals::year, actual_totals::indicator_id),
            TotalsRow::as_select(),
            ProgressRow::as_select(),
        ))
        .into_boxed();
    let mut scores = scorecards::table
        .filter(scorecards::association_id.eq_any(association_ids))
        .select(((scorecards::association_id, scorecards::year), ScoreRow::as_select()))
        .into_boxed();
    if let Some(years) = years {
        totals = totals.filter(actual_totals::year.eq_any(years));
        scores = scores.filter(scorecards::year.eq_any(years));
    }
    let totals: Vec<((Uuid, i16, Uuid), TotalsRow, ProgressRow)> = totals.load(&mut &*conn).await?;
    let scores: Vec<((Uuid, i16), ScoreRow)> = scores.load(&mut &*conn).await?;
    let totals = totals.into_iter().map(|((association_id, year, indicator_id), totals, progress)| {
        (RowKey::from(LineKey { association_id, year, indicator_id }), Row::Line(totals, progress))
    });
    Ok(totals.chain(scores.into_iter().map(|(key, score)| (RowKey::of_year(key), Row::Year(score)))).collect())
}

/// The rows that shall be kept of these lines, which are all of their years.
pub(crate) fn following(lines: &[Line]) -> BTreeMap<RowKey, Row> {
    let mut years: BTreeMap<(Uuid, i16), Contribution> = BTreeMap::new();
    for line in lines {
        let sum = years.entry((line.key().association_id, line.key().year)).or_default();
        *sum = *sum + line.contribution();
    }
    let totals = lines.iter().map(|line| {
        let row = Row::Line(TotalsRow::from(&line.totals), line.progress());
        (RowKey::from(line.key()), row)
    });
    totals.chain(years.into_iter().map(|(key, sum)| (RowKey::of_year(key), Row::Year(sum.into())))).collect()
}

/// Makes the rows of these keys what follows from the lines, which are all of their years; the locks of the years are
/// held.
///
/// # Errors
/// Only the database's.
pub(crate) async fn put_right(
    conn: &mut AsyncPgConnection,
    mut lines: Vec<Line>,
    keys: &BTreeSet<RowKey>,
) -> ApiResult<()> {
    let mut rows = following(&lines);
    for key in keys {
        match (rows.remove(key), key.indicator_id) {
            (None, Some(indicator_id)) => {
                let row = actual_totals::table.find((key.association_id, key.year, indicator_id));
                diesel::delete(row).execute(conn).await?;
            }
            (Some(Row::Line(..)), _) => {}
            (row, _) => {
                // A scorecard is never taken away: it is the lock, and tags count on its version.
                let score = if let Some(Row::Year(score)) = row { score } else { ScoreRow::default() };
                let row = diesel::update(scorecards::table.find((key.association_id, key.year)));
                row.set(&score).execute(conn).await?;
            }
        }
    }
    lines.retain(|line| keys.contains(&line.key().into()));
    save_totals(conn, &lines).await
}
