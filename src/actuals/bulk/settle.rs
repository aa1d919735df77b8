//! What becomes of staged rows: refused, found stored already, or written with their totals.

use std::mem;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{BigInt, Bool, Date, Int2, Nullable, Numeric, Text, Timestamptz, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection};
use rust_decimal::Decimal;
use uuid::Uuid;

use super::effects::{Effect, Effects, ROWS_LIMIT, Slips};
use super::listing;
use crate::actuals::content::Measure;
use crate::actuals::first;
use crate::actuals::implausible::Line as Held;
use crate::audit::{Action, Entity};
use crate::auth::Role;
use crate::batch::{Counts, LISTED_LIMIT, Settled};
use crate::error::{ApiError, ApiResult, Code};
use crate::indicators::Accumulation;
use crate::period::Period;
use crate::rule::Nature;
use crate::scorecards::bulk::{self, Batch};
use crate::scorecards::store::{Line, LineKey};
use crate::scorecards::{Figure, Total};
use crate::state::AppState;

/// Rows written by one statement: the checks of foreign keys wait in memory until it ends.
const SLICE: i64 = 100_000;

/// Figures read at a time.
const FETCH: &str = "FETCH FORWARD 5000 FROM figures";

#[derive(QueryableByName)]
struct Status {
    #[diesel(sql_type = Text)]
    status: String,
    #[diesel(sql_type = BigInt)]
    count: i64,
}

/// Decides what becomes of every staged row and writes those that are new, under the locks of their years; also says what
/// that does to their lines.
///
/// # Errors
/// `database_busy` when something changed between staging and settling.
pub(crate) async fn settle(conn: &mut AsyncPgConnection, batch: &Batch<'_>) -> ApiResult<(Settled, Effects)> {
    conn.batch_execute("ANALYZE staged_actuals").await?;
    run(conn, include_str!("mark_repeated.sql")).await?;
    run(conn, include_str!("mark_stored.sql")).await?;
    run(conn, include_str!("mark_dissolved.sql")).await?;
    let is_admin = batch.caller.role == Role::Admin;
    sql_query(include_str!("mark_closed.sql")).bind::<Bool, _>(is_admin).execute(conn).await?;
    if batch.is_shown {
        Effects::mark_overlapping(conn).await?;
    }
    batch.take_locks(conn, "SELECT DISTINCT association_id, year FROM staged_actuals WHERE status = 'created'").await?;
    // Somebody may have stored some while this waited for the locks.
    run(conn, include_str!("mark_stored.sql")).await?;
    let (mut counts, mut effects) = (count(conn).await?, Effects::default());
    if !batch.is_stopped(&counts) {
        let now = moment(conn, batch.state).await?;
        effects = combine(conn, batch, now).await?;
        counts = count(conn).await?;
        if !batch.is_stopped(&counts) {
            if batch.is_shown {
                effects.find_overlapping(conn).await?;
            }
            if !batch.is_preview {
                write(conn, batch, now, counts.created).await?;
            }
        }
    }
    let limit = if batch.is_shown { ROWS_LIMIT } else { LISTED_LIMIT };
    let slips: Vec<_> = effects.slips.first.keys().copied().collect();
    let stored = if batch.lists_stored { listing::stored(conn, limit, &slips).await? } else { Vec::new() };
    Ok((Settled { counts, refused: listing::refused(conn).await?, stored }, effects))
}

async fn run(conn: &mut AsyncPgConnection, sql: &'static str) -> ApiResult<()> {
    sql_query(sql).execute(conn).await?;
    Ok(())
}

async fn count(conn: &mut AsyncPgConnection) -> ApiResult<Counts> {
    let sql = "SELECT status, count(*) AS count FROM staged_actuals GROUP BY status";
    let statuses: Vec<Status> = sql_query(sql).load(conn).await?;
    let mut counts = Counts::default();
    for Status { status, count } in statuses {
        counts.received += count;
        match status.as_str() {
            "created" => counts.created += count,
            "unchanged" => counts.unchanged += count,
            _ => counts.rejected += count,
        }
    }
    Ok(counts)
}

/// The moment the rows are reported: past the last report of their lines, whatever the clocks say.
async fn moment(conn: &mut AsyncPgConnection, state: &AppState) -> ApiResult<DateTime<Utc>> {
    #[derive(QueryableByName)]
    struct Last {
        #[diesel(sql_type = Nullable<Timestamptz>)]
        last_at: Option<DateTime<Utc>>,
    }
    let last: Last = sql_query(include_str!("last_at.sql")).get_result(conn).await?;
    Ok(last.last_at.map_or(state.now(), |last| state.now().max(last + TimeDelta::microseconds(1))))
}

#[derive(QueryableByName)]
struct FigureRow {
    #[diesel(sql_type = BigInt)]
    idx: i64,
    #[diesel(sql_type = SqlUuid)]
    association_id: Uuid,
    #[diesel(sql_type = Int2)]
    year: i16,
    #[diesel(sql_type = SqlUuid)]
    indicator_id: Uuid,
    #[diesel(sql_type = Date)]
    period_from: NaiveDate,
    #[diesel(sql_type = Date)]
    period_through: NaiveDate,
    #[diesel(sql_type = Numeric)]
    value: Decimal,
    #[diesel(sql_type = Numeric)]
    denominator: Decimal,
    #[diesel(sql_type = Bool)]
    is_exact: bool,
}

impl FigureRow {
    fn key(&self) -> LineKey {
        LineKey { association_id: self.association_id, year: self.year, indicator_id: self.indicator_id }
    }

    fn figure(&self, reported_at: DateTime<Utc>) -> ApiResult<Figure> {
        let period = Period::new(self.period_from, self.period_through)?;
        Ok(Figure { period, value: self.value, denominator: self.denominator, is_exact: self.is_exact, reported_at })
    }

    fn measure(&self) -> Measure {
        let ratio = Measure::Ratio { numerator: self.value, denominator: self.denominator };
        if self.denominator.is_zero() { Measure::Value(self.value) } else { ratio }
    }
}

/// Adds the new rows to their lines' totals, a few thousand rows at a time and in the order of the lines.
async fn combine(conn: &mut AsyncPgConnection, batch: &Batch<'_>, now: DateTime<Utc>) -> ApiResult<Effects> {
    run(conn, include_str!("figures.sql")).await?;
    let (mut open, mut effects): (Option<Sum>, _) = (None, Effects::default());
    loop {
        let rows: Vec<FigureRow> = sql_query(FETCH).load(conn).await?;
        let mut sums = sums(conn, batch, open.take(), &rows).await?;
        for row in &rows {
            if let Ok(at) = sums.binary_search_by_key(&row.key(), |sum| sum.line.key())
                && let Some(sum) = sums.get_mut(at)
            {
                sum.add(&row.figure(now)?);
                if batch.is_shown {
                    sum.slips.add(row.idx, sum.held.implausible(row.measure()));
                    sum.rows += 1;
                }
            }
        }
        // The last line may go on in the next rows.
        if !rows.is_empty() {
            open = sums.pop();
        }
        let (mut kept, overflowing): (Vec<_>, Vec<_>) = sums.into_iter().partition(|sum| !sum.overflows);
        for sum in &mut kept {
            effects.add(|| sum.effect());
            effects.slips.extend(mem::take(&mut sum.slips));
            if sum.rows > 0 {
                *effects.years.entry(sum.line.key().year).or_default() += sum.rows;
            }
        }
        if !batch.is_preview {
            bulk::save(conn, &kept.into_iter().map(|sum| sum.line).collect::<Vec<_>>()).await?;
        }
        for sum in overflowing {
            mark_overflowing(conn, sum.line.key()).await?;
        }
        if rows.is_empty() {
            run(conn, "CLOSE figures").await?;
            return Ok(effects);
        }
    }
}

/// A line and what the batch adds to it.
struct Sum {
    line: Line,
    before: Total,
    accumulation: Accumulation,
    overflows: bool,
    /// What each figure is held against: the line as it was before.
    held: Held,
    slips: Slips,
    /// How many rows add to it, where somebody looks.
    rows: i64,
}

impl Sum {
    fn add(&mut self, figure: &Figure) {
        let added = self.line.totals.reported.add(self.accumulation, figure);
        self.overflows |= added.is_err();
    }

    fn effect(&self) -> Effect {
        let Line { ref goal, ref totals, .. } = self.line;
        Effect { key: self.line.key(), goal: goal.clone(), before: self.before.clone(), after: totals.reported.clone() }
    }
}

/// The lines of these rows in the order of their keys, after the one that is still open.
async fn sums(
    conn: &mut AsyncPgConnection,
    batch: &Batch<'_>,
    open: Option<Sum>,
    rows: &[FigureRow],
) -> ApiResult<Vec<Sum>> {
    let mut keys: Vec<_> = rows.iter().map(FigureRow::key).collect();
    keys.dedup();
    keys.retain(|key| open.as_ref().is_none_or(|open| open.line.key() != *key));
    let known: Vec<_> = keys.iter().map(|key| batch.indicator(key.indicator_id)).collect::<ApiResult<_>>()?;
    let named: Vec<_> = keys.iter().zip(&known).map(|(key, indicator)| (*key, Nature::from(*indicator))).collect();
    let lines = bulk::read(conn, &named).await?;
    let new = lines.into_iter().zip(known).map(|(line, indicator)| {
        let before = line.totals.reported.clone();
        Sum {
            held: Held::new(indicator, line.goal.as_ref().map(|goal| goal.value), before.value),
            accumulation: indicator.accumulation.0,
            overflows: false,
            slips: Slips::default(),
            rows: 0,
            before,
            line,
        }
    });
    Ok(open.into_iter().chain(new).collect())
}

async fn mark_overflowing(conn: &mut AsyncPgConnection, key: LineKey) -> ApiResult<()> {
    sql_query(include_str!("mark_overflowing.sql"))
        .bind::<SqlUuid, _>(key.association_id)
        .bind::<Int2, _>(key.year)
        .bind::<SqlUuid, _>(key.indicator_id)
        .execute(conn)
        .await?;
    Ok(())
}

/// Writes the new rows and their audit entries, slice by slice.
async fn write(conn: &mut AsyncPgConnection, batch: &Batch<'_>, now: DateTime<Utc>, expected: i64) -> ApiResult<()> {
    #[derive(QueryableByName)]
    struct Written {
        #[diesel(sql_type = BigInt)]
        count: i64,
    }
    #[derive(QueryableByName)]
    struct Last {
        #[diesel(sql_type = Nullable<BigInt>)]
        idx: Option<i64>,
    }
    let last: Last = sql_query("SELECT max(idx) AS idx FROM staged_actuals").get_result(conn).await?;
    if last.idx.is_some_and(|last| last >= SLICE) {
        run(conn, "CREATE INDEX ON staged_actuals (idx)").await?;
    }
    let (mut written, mut from) = (0, 0);
    while last.idx.is_some_and(|last| from <= last) {
        let slice: Written = sql_query(include_str!("insert.sql"))
            .bind::<BigInt, _>(from)
            .bind::<BigInt, _>(from + SLICE)
            .bind::<Timestamptz, _>(now)
            .bind::<Nullable<SqlUuid>, _>(batch.caller.key_id)
            .get_result(conn)
            .await?;
        written += slice.count;
        record(conn, batch, now, from).await?;
        from += SLICE;
    }
    if written == expected {
        return first::add_staged(conn, now).await;
    }
    // Under another year's lock, somebody stored one of the keys since they were looked for.
    Err(ApiError::new(Code::DatabaseBusy).because("an external_id was stored meanwhile"))
}

/// An audit entry for every new row of a slice.
async fn record(conn: &mut AsyncPgConnection, batch: &Batch<'_>, now: DateTime<Utc>, from: i64) -> ApiResult<()> {
    sql_query(include_str!("record.sql"))
        .bind::<BigInt, _>(from)
        .bind::<BigInt, _>(from + SLICE)
        .bind::<Timestamptz, _>(now)
        .bind::<Text, _>(Entity::Actual.as_ref())
        .bind::<Text, _>(Action::Submitted.as_ref())
        .bind::<Nullable<SqlUuid>, _>(batch.caller.key_id)
        .bind::<Text, _>(&batch.caller.name)
        .bind::<Nullable<Text>, _>(batch.caller.request_id.as_deref())
        .execute(conn)
        .await?;
    Ok(())
}
