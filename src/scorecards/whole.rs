//! Whole rows of totals, scorecards and first reports: as they are kept, as they follow from the ledger, and how one is made the other.

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
use crate::schema::{actual_totals, first_reports, scorecards};

/// Names a row that is derived from the ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct RowKey {
    pub association_id: Uuid,
    pub year: i16,
    pub of: Of,
}

/// What of a year a row is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Of {
    /// All of it: a row of `scorecards`.
    Year,
    /// A month: a row of `first_reports`.
    Month(i16),
    /// An indicator: a row of `actual_totals`.
    Indicator(Uuid),
}

impl RowKey {
    const fn of_year((association_id, year): (Uuid, i16)) -> Self {
        Self { association_id, year, of: Of::Year }
    }
}

impl From<LineKey> for RowKey {
    fn from(key: LineKey) -> Self {
        Self { association_id: key.association_id, year: key.year, of: Of::Indicator(key.indicator_id) }
    }
}

/// A row of `first_reports`.
#[derive(Clone, Debug, HasQuery, QueryableByName, Insertable)]
#[diesel(table_name = first_reports)]
pub(crate) struct FirstReport {
    pub association_id: Uuid,
    pub year: i16,
    pub month: i16,
    pub reported_at: DateTime<Utc>,
}

impl FirstReport {
    fn into_row(self) -> (RowKey, Row) {
        let key = RowKey { association_id: self.association_id, year: self.year, of: Of::Month(self.month) };
        (key, Row::Month(self.reported_at))
    }
}

/// The columns of `scorecards` that follow from the ledger: all but the version and the time of the last write.
#[derive(Clone, Debug, Default, PartialEq, HasQuery, Insertable, AsChangeset)]
#[diesel(table_name = scorecards)]
pub(crate) struct ScoreRow {
    pub target_count: i32,
    pub weight: Decimal,
    pub reported_score: Decimal,
    pub verified_score: Decimal,
    pub reported_met_count: i32,
    pub verified_met_count: i32,
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
    /// Of `first_reports`: when it was reported.
    Month(DateTime<Utc>),
}

/// A column's name, and what it holds as text.
pub(crate) type Column = (&'static str, String);

impl Row {
    /// The table it stands in.
    pub(crate) const fn table(&self) -> &'static str {
        match self {
            Self::Line(..) => "actual_totals",
            Self::Year(_) => "scorecards",
            Self::Month(_) => "first_reports",
        }
    }

    /// Whether it says nothing. A target that was removed leaves such a row behind; it is as good as none.
    pub(crate) fn is_empty(&self) -> bool {
        match self {
            Self::Line(totals, progress) => *totals == TotalsRow::default() && *progress == ProgressRow::default(),
            Self::Year(score) => *score == ScoreRow::default(),
            Self::Month(_) => false,
        }
    }

    /// Its columns, always in the same order.
    pub(crate) fn columns(&self) -> Vec<Column> {
        match self {
            Self::Line(totals, progress) => [totals_columns(totals), progress_columns(progress)].concat(),
            Self::Month(reported_at) => vec![("reported_at", time(*reported_at))],
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
    let mut first = FirstReport::query().filter(first_reports::association_id.eq_any(association_ids)).into_boxed();
    if let Some(years) = years {
        first = first.filter(first_reports::year.eq_any(years));
        totals = totals.filter(actual_totals::year.eq_any(years));
        scores = scores.filter(scorecards::year.eq_any(years));
    }
    let totals: Vec<((Uuid, i16, Uuid), TotalsRow, ProgressRow)> = totals.load(&mut &*conn).await?;
    let scores: Vec<((Uuid, i16), ScoreRow)> = scores.load(&mut &*conn).await?;
    let first: Vec<FirstReport> = first.load(&mut &*conn).await?;
    let totals = totals.into_iter().map(|((association_id, year, indicator_id), totals, progress)| {
        (RowKey::from(LineKey { association_id, year, indicator_id }), Row::Line(totals, progress))
    });
    let scores = scores.into_iter().map(|(key, score)| (RowKey::of_year(key), Row::Year(score)));
    Ok(totals.chain(scores).chain(first.into_iter().map(FirstReport::into_row)).collect())
}

/// What follows from the ledger, of whole years.
pub(crate) struct Follows {
    pub lines: Vec<Line>,
    pub first: Vec<FirstReport>,
}

/// The rows that shall be kept.
pub(crate) fn following(Follows { lines, first }: &Follows) -> BTreeMap<RowKey, Row> {
    let mut years: BTreeMap<(Uuid, i16), Contribution> = BTreeMap::new();
    for line in lines {
        let sum = years.entry((line.key().association_id, line.key().year)).or_default();
        *sum = *sum + line.contribution();
    }
    let totals = lines.iter().map(|line| {
        let row = Row::Line(TotalsRow::from(&line.totals), line.progress());
        (RowKey::from(line.key()), row)
    });
    let years = years.into_iter().map(|(key, sum)| (RowKey::of_year(key), Row::Year(sum.into())));
    totals.chain(years).chain(first.iter().cloned().map(FirstReport::into_row)).collect()
}

/// Makes the rows of these keys what follows; the locks of the years are held.
///
/// # Errors
/// Only the database's.
pub(crate) async fn put_right(
    conn: &mut AsyncPgConnection,
    mut follows: Follows,
    keys: &BTreeSet<RowKey>,
) -> ApiResult<()> {
    let mut rows = following(&follows);
    for key in keys {
        let row = rows.remove(key);
        match key.of {
            Of::Indicator(indicator_id) if row.is_none() => {
                let row = actual_totals::table.find((key.association_id, key.year, indicator_id));
                diesel::delete(row).execute(conn).await?;
            }
            Of::Indicator(_) => {}
            Of::Month(month) => {
                let kept = first_reports::table.find((key.association_id, key.year, month));
                diesel::delete(kept).execute(conn).await?;
            }
            Of::Year => {
                // A scorecard is never taken away: it is the lock, and tags count on its version.
                let score = if let Some(Row::Year(score)) = row { score } else { ScoreRow::default() };
                let kept = diesel::update(scorecards::table.find((key.association_id, key.year)));
                kept.set(&score).execute(conn).await?;
            }
        }
    }
    follows.first.retain(|first| keys.contains(&first.clone().into_row().0));
    diesel::insert_into(first_reports::table).values(follows.first).execute(conn).await?;
    follows.lines.retain(|line| keys.contains(&line.key().into()));
    save_totals(conn, &follows.lines).await
}
