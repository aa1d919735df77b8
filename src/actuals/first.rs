//! When each month's first report came: derived from the ledger in the transaction of every write, so that who has
//! reported is never asked of the ledger itself.

use std::collections::BTreeMap;

use chrono::{DateTime, Datelike, Utc};
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{Array, Int2, Nullable, Timestamptz, Uuid as SqlUuid};
use diesel::upsert::excluded;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::State;
use super::change::Applied;
use super::row::ActualRow;
use crate::database::Prepared;
use crate::error::{ApiError, ApiResult};
use crate::schema::first_reports;
use crate::scorecards::whole::FirstReport;

impl ActualRow {
    /// The month its period ends in.
    fn last_month(&self) -> ApiResult<i16> {
        i16::try_from(self.period_through.month()).map_err(ApiError::internal)
    }

    /// The month it is a report of, while it counts.
    ///
    /// # Errors
    /// Never for a month that exists.
    pub(crate) fn reported_month(&self) -> ApiResult<Option<i16>> {
        match self.state.0 {
            State::Reported | State::Verified => self.last_month().map(Some),
            State::Rejected | State::Voided => Ok(None),
        }
    }
}

/// Keeps the first report of the month after `row` was added to it.
///
/// # Errors
/// Only the database's.
pub(super) async fn add(conn: &AsyncPgConnection, row: &ActualRow) -> ApiResult<()> {
    use diesel::query_dsl::methods::FilterDsl;
    let statement = diesel::insert_into(first_reports::table)
        .values((
            first_reports::association_id.eq(row.association_id),
            first_reports::year.eq(row.year),
            first_reports::month.eq(row.last_month()?),
            first_reports::reported_at.eq(row.reported_at),
        ))
        .on_conflict((first_reports::association_id, first_reports::year, first_reports::month))
        .do_update()
        .set(first_reports::reported_at.eq(excluded(first_reports::reported_at)))
        // Reports of different indicators may come in another order than their times: processes have clocks of their own.
        .filter(excluded(first_reports::reported_at).lt(first_reports::reported_at));
    Prepared(statement).execute(&mut &*conn).await?;
    Ok(())
}

/// Keeps the first reports of all months that a batch adds to.
///
/// # Errors
/// Only the database's.
pub(super) async fn add_staged(conn: &mut AsyncPgConnection, reported_at: DateTime<Utc>) -> ApiResult<()> {
    sql_query(include_str!("bulk/first.sql")).bind::<Timestamptz, _>(reported_at).execute(conn).await?;
    Ok(())
}

/// The first reports of these associations' years (none: of all years), found anew.
///
/// # Errors
/// Only the database's.
pub(crate) async fn all(
    conn: &AsyncPgConnection,
    association_ids: &[Uuid],
    years: Option<&[i16]>,
) -> ApiResult<Vec<FirstReport>> {
    let found = sql_query(include_str!("first_all.sql"))
        .bind::<Array<SqlUuid>, _>(association_ids)
        .bind::<Nullable<Array<Int2>>, _>(years)
        .load(&mut &*conn);
    Ok(found.await?)
}

/// Months of one association's year that lost or gained a report, with the time of the earliest one.
#[derive(Debug, Default)]
pub(super) struct Touched(BTreeMap<i16, DateTime<Utc>>);

impl Touched {
    /// What these changes touch.
    ///
    /// # Errors
    /// Never for a month that exists.
    pub(super) fn of<'a>(changes: impl IntoIterator<Item = &'a Applied>) -> ApiResult<Self> {
        let mut touched = Self::default();
        for Applied { row, before } in changes {
            let Some(before) = before else { continue };
            let (lost, gained) = (before.reported_month()?, row.reported_month()?);
            for month in [lost, gained].into_iter().flatten().filter(|_| lost != gained) {
                let earliest = touched.0.entry(month).or_insert(row.reported_at);
                *earliest = row.reported_at.min(*earliest);
            }
        }
        Ok(touched)
    }

    /// Finds the first reports of these months anew; the year is locked by the caller's transaction.
    ///
    /// # Errors
    /// Only the database's.
    pub(super) async fn settle(
        mut self,
        conn: &mut AsyncPgConnection,
        association_id: Uuid,
        year: i16,
    ) -> ApiResult<()> {
        if self.0.is_empty() {
            return Ok(());
        }
        let is_theirs = first_reports::association_id.eq(association_id).and(first_reports::year.eq(year));
        let kept: Vec<(i16, DateTime<Utc>)> = first_reports::table
            .filter(is_theirs)
            .filter(first_reports::month.eq_any(self.0.keys().copied().collect::<Vec<_>>()))
            .select((first_reports::month, first_reports::reported_at))
            .load(conn)
            .await?;
        // Behind one that stays the first, others may come and go.
        let kept: BTreeMap<_, _> = kept.into_iter().collect();
        self.0.retain(|month, earliest| kept.get(month).is_none_or(|first_at| *first_at >= *earliest));
        let months: Vec<_> = self.0.into_keys().collect();
        if months.is_empty() {
            return Ok(());
        }
        let is_touched = is_theirs.and(first_reports::month.eq_any(&months));
        diesel::delete(first_reports::table.filter(is_touched)).execute(conn).await?;
        sql_query(include_str!("first.sql"))
            .bind::<SqlUuid, _>(association_id)
            .bind::<Int2, _>(year)
            .bind::<Array<Int2>, _>(months)
            .execute(conn)
            .await?;
        Ok(())
    }
}
