//! Totals combined anew from the ledger, as it stands or as it was known at a moment.

use chrono::{DateTime, NaiveDate, Utc};
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{Array, Date, Int2, Integer, Nullable, Numeric, SmallInt, Text, Timestamptz, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use futures_util::TryStreamExt;
use rust_decimal::Decimal;
use uuid::Uuid;

use super::content::Measure;
pub(crate) use super::row::Reading;
use super::store::add;
use super::{Qualifier, State};
use crate::database::Coded;
use crate::error::{ApiError, ApiResult};
use crate::indicators::store::Catalog;
use crate::period::Period;
use crate::scorecards::Totals;
use crate::scorecards::store::LineKey;

/// Which part of the ledger is read.
#[derive(Clone, Debug)]
pub(crate) struct Extent<'a> {
    /// Whose actuals.
    pub association_ids: &'a [Uuid],
    /// Of which years; none: of all.
    pub years: Option<&'a [i16]>,
    /// Of which indicators; none: of all.
    pub indicator_ids: Option<&'a [Uuid]>,
    /// As known just before this moment; none: as it stands.
    pub before: Option<DateTime<Utc>>,
}

/// A version of an actual.
#[derive(QueryableByName)]
struct VersionRow {
    #[diesel(sql_type = SqlUuid)]
    association_id: Uuid,
    #[diesel(sql_type = SmallInt)]
    year: i16,
    #[diesel(sql_type = SqlUuid)]
    indicator_id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = Integer)]
    version: i32,
    #[diesel(sql_type = Date)]
    period_from: NaiveDate,
    #[diesel(sql_type = Date)]
    period_through: NaiveDate,
    #[diesel(sql_type = Nullable<Numeric>)]
    value: Option<Decimal>,
    #[diesel(sql_type = Nullable<Numeric>)]
    numerator: Option<Decimal>,
    #[diesel(sql_type = Nullable<Numeric>)]
    denominator: Option<Decimal>,
    #[diesel(sql_type = Text)]
    qualifier: Coded<Qualifier>,
    #[diesel(sql_type = Text)]
    state: Coded<State>,
    #[diesel(sql_type = Nullable<Numeric>)]
    verified_value: Option<Decimal>,
    #[diesel(sql_type = Nullable<Numeric>)]
    verified_numerator: Option<Decimal>,
    #[diesel(sql_type = Nullable<Numeric>)]
    verified_denominator: Option<Decimal>,
    #[diesel(sql_type = Timestamptz)]
    reported_at: DateTime<Utc>,
    #[diesel(sql_type = Nullable<Text>)]
    performed_by: Option<String>,
}

impl VersionRow {
    fn key(&self) -> LineKey {
        LineKey { association_id: self.association_id, year: self.year, indicator_id: self.indicator_id }
    }

    fn into_reading(self) -> ApiResult<Reading> {
        let measure = Measure::read(self.value, self.numerator, self.denominator);
        Ok(Reading {
            state: self.state.0,
            is_exact: self.qualifier.0 == Qualifier::Exact,
            period: Period::new(self.period_from, self.period_through)?,
            measure: measure.ok_or_else(|| ApiError::internal("an actual without a figure"))?,
            verified: Measure::read(self.verified_value, self.verified_numerator, self.verified_denominator),
            reported_at: self.reported_at,
            performed_by: self.performed_by,
        })
    }
}

/// Hands over every actual of the extent that was known, in the order of the lines and in each line as they were
/// reported. Reads one at a time, however many there are.
///
/// # Errors
/// The database's, and those of `take`.
pub(crate) async fn each(
    conn: &mut AsyncPgConnection,
    extent: &Extent<'_>,
    mut take: impl FnMut(LineKey, Reading) -> ApiResult<()>,
) -> ApiResult<()> {
    let mut versions = sql_query(include_str!("replay.sql"))
        .bind::<Array<SqlUuid>, _>(extent.association_ids)
        .bind::<Nullable<Array<Int2>>, _>(extent.years)
        .bind::<Nullable<Array<SqlUuid>>, _>(extent.indicator_ids)
        .bind::<Nullable<Timestamptz>, _>(extent.before)
        .load_stream::<VersionRow>(conn)
        .await?;
    let mut last: Option<VersionRow> = None;
    while let Some(version) = versions.try_next().await? {
        // Of an actual's versions, only the last one known counts.
        let is_next = last.as_ref().is_some_and(|last| last.id == version.id && last.version < version.version);
        if let Some(before) = last.replace(version).filter(|_| !is_next) {
            take(before.key(), before.into_reading()?)?;
        }
    }
    last.map_or(Ok(()), |last| take(last.key(), last.into_reading()?))
}

/// The totals of every line that has actuals, in the order of their keys.
///
/// # Errors
/// Only the database's.
pub(crate) async fn totals(
    conn: &mut AsyncPgConnection,
    catalog: &Catalog,
    extent: &Extent<'_>,
) -> ApiResult<Vec<(LineKey, Totals)>> {
    let mut lines: Vec<(LineKey, Totals)> = Vec::new();
    each(conn, extent, |key, reading| {
        if lines.last().is_none_or(|(last, _)| *last != key) {
            lines.push((key, Totals::default()));
        }
        let indicator = catalog.get(&key.indicator_id).ok_or_else(|| ApiError::internal("an indicator is gone"))?;
        lines.last_mut().map_or(Ok(()), |(_, totals)| add(totals, indicator, &reading))
    })
    .await?;
    Ok(lines)
}
