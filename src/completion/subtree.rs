//! The lines of an association and all below it, added up by PostgreSQL, or of a past day from the ledger.

use chrono::{DateTime, NaiveDate, Utc};
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{
    Array, BigInt, Bool, Date, Int2, Nullable, Numeric, SmallInt, Text, Timestamptz, Uuid as SqlUuid,
};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use futures_util::future::try_join;
use rust_decimal::Decimal;
use uuid::Uuid;

use super::part::{Part, on};
use super::rollup::{Kind, Reported, Rollup, Sum};
use super::{Basis, Excluded};
use crate::associations::selection::Selection;
use crate::auth::subtree;
use crate::database::Coded;
use crate::error::{ApiError, ApiResult, Code};
use crate::indicators::store::{Catalog, catalog};
use crate::ledger::{AsOf, Entry, SLICE, derive};
use crate::period::Per;
use crate::quantity::Bound;
use crate::rule::BasisOfRate;
use crate::schema::associations;
use crate::scorecards::Total;
use crate::scorecards::store::LineKey;
use crate::scorecards::version::{self, IndicatorsVersion, Version, version_of_indicators};

/// The version of what a subtree's year is computed from.
///
/// # Errors
/// Only the database's.
pub(super) async fn version(
    conn: &AsyncPgConnection,
    path: &str,
    year: i16,
) -> ApiResult<(Version, IndicatorsVersion)> {
    let (selection, years) = (Selection::subtree(path), [year - 1, year]);
    try_join(version::version(conn, &selection, &years), version_of_indicators(conn)).await
}

/// Targets of one indicator and kind, added up by PostgreSQL; values are per period.
#[derive(QueryableByName)]
struct PlannedRow {
    #[diesel(sql_type = SqlUuid)]
    indicator_id: Uuid,
    #[diesel(sql_type = Text)]
    bound: Coded<Bound>,
    #[diesel(sql_type = Text)]
    per: Coded<Per>,
    #[diesel(sql_type = Text)]
    basis_of_rate: Coded<BasisOfRate>,
    #[diesel(sql_type = Date)]
    due_on: NaiveDate,
    #[diesel(sql_type = Nullable<Array<Nullable<Numeric>>>)]
    plan: Option<Vec<Option<Decimal>>>,
    #[diesel(sql_type = BigInt)]
    count: i64,
    #[diesel(sql_type = BigInt)]
    reported: i64,
    #[diesel(sql_type = Bool)]
    is_approximate: bool,
    #[diesel(sql_type = Numeric)]
    weight: Decimal,
    #[diesel(sql_type = Numeric)]
    value: Decimal,
    #[diesel(sql_type = Numeric)]
    upper: Decimal,
    #[diesel(sql_type = Numeric)]
    baseline: Decimal,
    #[diesel(sql_type = Numeric)]
    least: Decimal,
    #[diesel(sql_type = Numeric)]
    greatest: Decimal,
}

impl PlannedRow {
    fn into_sum(self, year: i16) -> ApiResult<(Uuid, Kind, Sum)> {
        let periods = Decimal::from(self.per.0.count(year));
        let annual = |value: Decimal| value.checked_mul(periods).ok_or_else(|| ApiError::new(Code::TotalOutOfRange));
        let kind = Kind {
            bound: self.bound.0,
            basis_of_rate: self.basis_of_rate.0,
            due_on: self.due_on,
            plan: self.plan.map(|plan| plan.into_iter().flatten().collect()),
        };
        let sum = Sum {
            count: self.count,
            reported: self.reported,
            is_approximate: self.is_approximate,
            weight: self.weight,
            value: annual(self.value)?,
            upper: annual(self.upper)?,
            baseline: self.baseline,
            least: Some(annual(self.least)?),
            greatest: Some(annual(self.greatest)?),
        };
        Ok((self.indicator_id, kind, sum))
    }
}

/// The totals of one indicator's year, added up by PostgreSQL.
#[derive(QueryableByName)]
struct ReportedRow {
    #[diesel(sql_type = SqlUuid)]
    indicator_id: Uuid,
    #[diesel(sql_type = SmallInt)]
    year: i16,
    #[diesel(sql_type = BigInt)]
    associations: i64,
    #[diesel(sql_type = BigInt)]
    count: i64,
    #[diesel(sql_type = Numeric)]
    value: Decimal,
    #[diesel(sql_type = Numeric)]
    denominator: Decimal,
    #[diesel(sql_type = BigInt)]
    inexact_count: i64,
    #[diesel(sql_type = Nullable<Date>)]
    covered_from: Option<NaiveDate>,
    #[diesel(sql_type = Nullable<Date>)]
    covered_through: Option<NaiveDate>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    last_at: Option<DateTime<Utc>>,
}

impl From<ReportedRow> for Reported {
    fn from(row: ReportedRow) -> Self {
        let count = |count: i64| i32::try_from(count).unwrap_or(i32::MAX);
        let total = Total {
            count: count(row.count),
            value: row.value,
            denominator: row.denominator,
            inexact_count: count(row.inexact_count),
            from: row.covered_from,
            through: row.covered_through,
            last_at: row.last_at,
        };
        Self { associations: row.associations, total }
    }
}

/// What the lines of a subtree are made of, and what may not be added.
///
/// # Errors
/// `total_out_of_range` where a sum has more digits than can be kept.
pub(super) async fn parts(
    conn: &mut AsyncPgConnection,
    path: &str,
    at: &AsOf,
    basis: Basis,
) -> ApiResult<(Vec<Part>, Vec<Excluded>)> {
    if at.before.is_some() {
        let catalog = catalog(conn).await?;
        return then(conn, &catalog, path, at, basis).await?.into_parts(&catalog, at.moment);
    }
    let rollup = kept(conn, path, at.moment.year, basis).await?;
    // The indicators after the rows, so that none of theirs is unknown.
    rollup.into_parts(&catalog(conn).await?, at.moment)
}

/// From the targets in force and the totals kept.
async fn kept(conn: &mut AsyncPgConnection, path: &str, year: i16, basis: Basis) -> ApiResult<Rollup> {
    let (from, to) = subtree(path);
    let planned: Vec<PlannedRow> = sql_query(include_str!("subtree_targets.sql"))
        .bind::<Text, _>(&from)
        .bind::<Text, _>(&to)
        .bind::<Int2, _>(year)
        .bind::<Bool, _>(basis == Basis::Verified)
        .load(conn)
        .await?;
    let reported: Vec<ReportedRow> = sql_query(include_str!("subtree_totals.sql"))
        .bind::<Text, _>(&from)
        .bind::<Text, _>(&to)
        .bind::<Array<Int2>, _>(vec![year - 1, year])
        .bind::<Bool, _>(basis == Basis::Verified)
        .load(conn)
        .await?;
    let mut rollup = Rollup::default();
    for row in planned {
        let (indicator_id, kind, sum) = row.into_sum(year)?;
        rollup.planned.entry(indicator_id).or_default().entry(kind).or_default().add(&sum)?;
    }
    for row in reported {
        let of_year = if row.year == year { &mut rollup.reported } else { &mut rollup.last_year };
        of_year.insert(row.indicator_id, row.into());
    }
    Ok(rollup)
}

/// From the ledger as it was known.
async fn then(
    conn: &mut AsyncPgConnection,
    catalog: &Catalog,
    path: &str,
    at: &AsOf,
    basis: Basis,
) -> ApiResult<Rollup> {
    let (from, to) = subtree(path);
    let ids: Vec<Uuid> = associations::table
        .filter(associations::path.ge(from).and(associations::path.lt(to)))
        .select(associations::id)
        .order(associations::id)
        .load(conn)
        .await?;
    let year = at.moment.year;
    let mut rollup = Rollup::default();
    for slice in ids.chunks(SLICE) {
        for (key, entry) in derive(conn, catalog, slice, Some(&[year - 1, year]), at.before).await? {
            add(&mut rollup, year, key, entry, basis)?;
        }
    }
    Ok(rollup)
}

fn add(rollup: &mut Rollup, year: i16, key: LineKey, entry: Entry, basis: Basis) -> ApiResult<()> {
    let total = on(entry.totals, basis);
    if let Some(row) = entry.plan.map(|plan| plan.current).filter(|_| key.year == year) {
        let goal = row.goal.to_goal(year);
        let sum = Sum {
            count: 1,
            reported: i64::from(total.count > 0),
            is_approximate: row.is_approximate,
            weight: goal.weight,
            value: goal.value,
            upper: goal.upper.unwrap_or(goal.value),
            baseline: goal.baseline.unwrap_or_default(),
            least: Some(goal.value),
            greatest: Some(goal.value),
        };
        let kind = Kind { bound: goal.bound, basis_of_rate: goal.basis_of_rate, due_on: goal.due_on, plan: goal.plan };
        rollup.planned.entry(key.indicator_id).or_default().entry(kind).or_default().add(&sum)?;
    }
    if total.count == 0 {
        return Ok(());
    }
    let of_year = if key.year == year { &mut rollup.reported } else { &mut rollup.last_year };
    of_year.entry(key.indicator_id).or_default().add(&total)
}
