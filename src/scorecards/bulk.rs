//! Many lines of many associations at once: the set-based side of `store`, under the same locks and by the same rule.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{Array, BigInt, Date, Int2, Int4, Nullable, Numeric, Timestamptz, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use rust_decimal::Decimal;
use uuid::Uuid;

use super::store::{GoalRow, Line, LineKey, TotalsRow};
use super::{Contribution, Totals};
use crate::database::is_foreign_key_violation;
use crate::error::{ApiError, ApiResult, Code};
use crate::rule::Nature;

/// Takes the locks of many associations' years, always in the same order.
///
/// # Errors
/// `database_busy` when one of the associations was deleted meanwhile.
pub(crate) async fn take_locks(
    conn: &mut AsyncPgConnection,
    years: &[(Uuid, i16)],
    now: DateTime<Utc>,
) -> ApiResult<()> {
    let mut years = years.to_vec();
    years.sort_unstable();
    years.dedup();
    let (associations, years): (Vec<_>, Vec<_>) = years.into_iter().unzip();
    sql_query(include_str!("take_locks.sql"))
        .bind::<Array<SqlUuid>, _>(associations)
        .bind::<Array<Int2>, _>(years)
        .bind::<Timestamptz, _>(now)
        .execute(conn)
        .await
        .map_err(|error| match is_foreign_key_violation(&error) {
            true => ApiError::new(Code::DatabaseBusy).because("an association was deleted meanwhile"),
            false => error.into(),
        })?;
    Ok(())
}

#[derive(QueryableByName)]
struct StoredGoal {
    #[diesel(sql_type = BigInt)]
    position: i64,
    #[diesel(embed)]
    goal: GoalRow,
}

#[derive(QueryableByName)]
struct StoredTotals {
    #[diesel(sql_type = BigInt)]
    position: i64,
    #[diesel(embed)]
    totals: TotalsRow,
}

/// Reads lines whose locks are held, in the order of their keys.
///
/// # Errors
/// Only the database's.
pub(crate) async fn read(conn: &mut AsyncPgConnection, keys: &[(LineKey, Nature)]) -> ApiResult<Vec<Line>> {
    let goals: Vec<StoredGoal> = named(include_str!("goals.sql"), keys).load(conn).await?;
    let totals: Vec<StoredTotals> = named(include_str!("totals.sql"), keys).load(conn).await?;
    let mut goals: BTreeMap<_, _> = goals.into_iter().map(|row| (row.position, row.goal)).collect();
    let mut totals: BTreeMap<_, _> = totals.into_iter().map(|row| (row.position, row.totals)).collect();
    let lines = (1..).zip(keys).map(|(position, (key, nature))| {
        let goal = goals.remove(&position).map(|row| row.to_goal(key.year));
        Line::new(*key, *nature, goal, totals.remove(&position).map(Totals::from).unwrap_or_default())
    });
    Ok(lines.collect())
}

type Named = diesel::query_builder::BoxedSqlQuery<'static, diesel::pg::Pg, diesel::query_builder::SqlQuery>;

/// A statement whose first three parameters are the parts of the keys.
fn named(sql: &'static str, keys: &[(LineKey, Nature)]) -> Named {
    sql_query(sql)
        .into_boxed()
        .bind::<Array<SqlUuid>, _>(keys.iter().map(|(key, _)| key.association_id).collect::<Vec<_>>())
        .bind::<Array<Int2>, _>(keys.iter().map(|(key, _)| key.year).collect::<Vec<_>>())
        .bind::<Array<SqlUuid>, _>(keys.iter().map(|(key, _)| key.indicator_id).collect::<Vec<_>>())
}

/// Keeps the totals of lines, and their scorecards with what changed.
///
/// # Errors
/// Only the database's.
pub(crate) async fn save(conn: &mut AsyncPgConnection, lines: &[Line]) -> ApiResult<()> {
    save_totals(conn, lines).await?;
    let mut gains: BTreeMap<(Uuid, i16), Contribution> = BTreeMap::new();
    for line in lines {
        let gain = gains.entry((line.key().association_id, line.key().year)).or_default();
        *gain = *gain + line.gain_by_totals();
    }
    save_gains(conn, &gains).await
}

async fn save_totals(conn: &mut AsyncPgConnection, lines: &[Line]) -> ApiResult<()> {
    let rows: Vec<_> = lines.iter().map(|line| TotalsRow::from(&line.totals)).collect();
    let keys: Vec<_> = lines.iter().map(|line| line.key()).collect();
    sql_query(include_str!("save_totals.sql"))
        .bind::<Array<SqlUuid>, _>(keys.iter().map(|key| key.association_id).collect::<Vec<_>>())
        .bind::<Array<Int2>, _>(keys.iter().map(|key| key.year).collect::<Vec<_>>())
        .bind::<Array<SqlUuid>, _>(keys.iter().map(|key| key.indicator_id).collect::<Vec<_>>())
        .bind::<Array<Int4>, _>(all(&rows, |row| row.reported_count))
        .bind::<Array<Numeric>, _>(all(&rows, |row| row.reported_value))
        .bind::<Array<Numeric>, _>(all(&rows, |row| row.reported_denominator))
        .bind::<Array<Int4>, _>(all(&rows, |row| row.reported_inexact_count))
        .bind::<Array<Nullable<Date>>, _>(all(&rows, |row| row.reported_from))
        .bind::<Array<Nullable<Date>>, _>(all(&rows, |row| row.reported_through))
        .bind::<Array<Nullable<Timestamptz>>, _>(all(&rows, |row| row.reported_last_at))
        .bind::<Array<Int4>, _>(all(&rows, |row| row.verified_count))
        .bind::<Array<Numeric>, _>(all(&rows, |row| row.verified_value))
        .bind::<Array<Numeric>, _>(all(&rows, |row| row.verified_denominator))
        .bind::<Array<Int4>, _>(all(&rows, |row| row.verified_inexact_count))
        .bind::<Array<Nullable<Date>>, _>(all(&rows, |row| row.verified_from))
        .bind::<Array<Nullable<Date>>, _>(all(&rows, |row| row.verified_through))
        .bind::<Array<Nullable<Timestamptz>>, _>(all(&rows, |row| row.verified_last_at))
        .execute(conn)
        .await?;
    Ok(())
}

fn all<T>(rows: &[TotalsRow], column: impl Fn(&TotalsRow) -> T) -> Vec<T> {
    rows.iter().map(column).collect()
}

async fn save_gains(conn: &mut AsyncPgConnection, gains: &BTreeMap<(Uuid, i16), Contribution>) -> ApiResult<()> {
    let changed: Vec<_> = gains.iter().filter(|(_, gain)| **gain != Contribution::default()).collect();
    if changed.is_empty() {
        return Ok(());
    }
    let amounts = |part: fn(&Contribution) -> Decimal| changed.iter().map(|(_, gain)| part(gain)).collect::<Vec<_>>();
    sql_query(include_str!("save_gains.sql"))
        .bind::<Array<SqlUuid>, _>(changed.iter().map(|((association_id, _), _)| *association_id).collect::<Vec<_>>())
        .bind::<Array<Int2>, _>(changed.iter().map(|((_, year), _)| *year).collect::<Vec<_>>())
        .bind::<Array<Int4>, _>(changed.iter().map(|(_, gain)| gain.target_count).collect::<Vec<_>>())
        .bind::<Array<Numeric>, _>(amounts(|gain| gain.weight))
        .bind::<Array<Numeric>, _>(amounts(|gain| gain.reported))
        .bind::<Array<Numeric>, _>(amounts(|gain| gain.verified))
        .execute(conn)
        .await?;
    Ok(())
}
