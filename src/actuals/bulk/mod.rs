//! Many actuals in one transaction, set-based: staged in a temporary table first, then settled in one go.
//!
//! Staging takes no lock, however slowly the rows come; settling takes the locks of all association-years in one order.
//! The rows combine by the same rule as single submissions.

pub(crate) mod effects;
mod listing;
mod settle;

use chrono::{DateTime, NaiveDate};
use diesel::sql_query;
use diesel::sql_types::{Array, BigInt, Date, Int2, Nullable, Numeric, Text, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection};

use super::SubmitActual;
use super::content::Content;
use super::row::ActualRow;
use crate::associations;
use crate::batch::Place;
use crate::error::{ApiError, ApiResult, Violation};
use crate::indicators::store::IndicatorRow;
pub(crate) use settle::settle;

/// A row that was read and found good by itself.
pub(crate) struct Staged {
    place: Place,
    row: ActualRow,
    snapshot: String,
}

impl Staged {
    /// The row at this index of the batch, as the ledger will hold it.
    ///
    /// # Errors
    /// Those of [`violations`].
    pub(crate) fn of(
        place: Place,
        association: &associations::store::Found,
        indicator: &IndicatorRow,
        body: SubmitActual,
        today: NaiveDate,
    ) -> ApiResult<Self> {
        let content = match (body.period.require_begun(today), Content::of(&body, indicator)) {
            (Ok(()), Ok(content)) => content,
            _ => return Err(ApiError::invalid_body(violations(&body, indicator, today))),
        };
        // The times are set when it is settled.
        let new = ActualRow::new(association.id(), indicator.value_type, content, DateTime::UNIX_EPOCH);
        let row = ActualRow { external_id: body.external_id, reason: body.reason, ..new };
        let snapshot = row.snapshot(indicator)?;
        Ok(Self { place, row, snapshot })
    }
}

/// What is wrong with a row: `period_not_begun`, and the first thing that is wrong with its content.
pub(crate) fn violations(body: &SubmitActual, indicator: &IndicatorRow, today: NaiveDate) -> Vec<Violation> {
    let (begun, content) = (body.period.require_begun(today), Content::of(body, indicator));
    [begun.err(), content.err()].into_iter().flatten().collect()
}

/// Makes room for the rows of one transaction.
pub(crate) async fn open(conn: &mut AsyncPgConnection) -> ApiResult<()> {
    Ok(conn.batch_execute(include_str!("open.sql")).await?)
}

/// Puts rows where [`settle`] finds them.
pub(crate) async fn stage(conn: &mut AsyncPgConnection, rows: &[Staged]) -> ApiResult<()> {
    sql_query(include_str!("stage.sql"))
        .bind::<Array<BigInt>, _>(all(rows, |staged| staged.place.index))
        .bind::<Array<Nullable<BigInt>>, _>(all(rows, |staged| staged.place.line))
        .bind::<Array<SqlUuid>, _>(all(rows, |staged| staged.row.association_id))
        .bind::<Array<SqlUuid>, _>(all(rows, |staged| staged.row.id))
        .bind::<Array<Int2>, _>(all(rows, |staged| staged.row.year))
        .bind::<Array<SqlUuid>, _>(all(rows, |staged| staged.row.indicator_id))
        .bind::<Array<Text>, _>(all(rows, |staged| staged.row.value_type))
        .bind::<Array<Date>, _>(all(rows, |staged| staged.row.period_from))
        .bind::<Array<Date>, _>(all(rows, |staged| staged.row.period_through))
        .bind::<Array<Nullable<Numeric>>, _>(all(rows, |staged| staged.row.value))
        .bind::<Array<Nullable<Numeric>>, _>(all(rows, |staged| staged.row.numerator))
        .bind::<Array<Nullable<Numeric>>, _>(all(rows, |staged| staged.row.denominator))
        .bind::<Array<Text>, _>(all(rows, |staged| staged.row.qualifier))
        .bind::<Array<Nullable<Text>>, _>(texts(rows, |staged| staged.row.external_id.as_deref()))
        .bind::<Array<Nullable<Text>>, _>(texts(rows, |staged| staged.row.performed_by.as_deref()))
        .bind::<Array<Nullable<Text>>, _>(texts(rows, |staged| staged.row.evidence_document.as_deref()))
        .bind::<Array<Nullable<Text>>, _>(texts(rows, |staged| staged.row.evidence_url.as_deref()))
        .bind::<Array<Nullable<Text>>, _>(texts(rows, |staged| staged.row.evidence_quote.as_deref()))
        .bind::<Array<Nullable<Text>>, _>(texts(rows, |staged| staged.row.note.as_deref()))
        .bind::<Array<Nullable<Text>>, _>(texts(rows, |staged| staged.row.reason.as_deref()))
        .bind::<Array<Text>, _>(rows.iter().map(|staged| staged.snapshot.as_str()).collect::<Vec<_>>())
        .execute(conn)
        .await?;
    Ok(())
}

fn all<T>(rows: &[Staged], column: impl Fn(&Staged) -> T) -> Vec<T> {
    rows.iter().map(column).collect()
}

fn texts<'a>(rows: &'a [Staged], column: impl Fn(&'a Staged) -> Option<&'a str>) -> Vec<Option<&'a str>> {
    rows.iter().map(column).collect()
}
