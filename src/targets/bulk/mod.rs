//! Many targets in one transaction: staged in a temporary table first, then settled in the order of their keys, some
//! hundred at a time. Each row is judged as a single one is.

mod settle;

use diesel::sql_query;
use diesel::sql_types::{Array, BigInt, Int2, Nullable, Text, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection};

use super::PutTarget;
use super::terms::Terms;
use crate::associations;
use crate::batch::Place;
use crate::error::{ApiError, ApiResult};
use crate::http::Year;
use crate::indicators::store::IndicatorRow;
use crate::scorecards::store::LineKey;
pub(crate) use settle::settle;

/// A row that was read and found good by itself.
pub(crate) struct Staged {
    place: Place,
    key: LineKey,
    association_code: String,
    body: String,
}

impl Staged {
    /// The row at this place of the batch.
    ///
    /// # Errors
    /// The first thing that is wrong with its terms.
    pub(crate) fn of(
        place: Place,
        association: &associations::store::Found,
        year: Year,
        indicator: &IndicatorRow,
        body: &PutTarget,
    ) -> ApiResult<Self> {
        Terms::of(body, indicator, year.get())?;
        Ok(Self {
            place,
            key: LineKey { association_id: association.id(), year: year.get(), indicator_id: indicator.id },
            association_code: association.code().to_owned(),
            body: serde_json::to_string(body).map_err(ApiError::internal)?,
        })
    }
}

/// Makes room for the rows of one transaction.
pub(crate) async fn open(conn: &mut AsyncPgConnection) -> ApiResult<()> {
    Ok(conn.batch_execute(include_str!("open.sql")).await?)
}

/// Puts rows where [`settle`] finds them.
pub(crate) async fn stage(conn: &mut AsyncPgConnection, rows: &[Staged]) -> ApiResult<()> {
    sql_query(include_str!("stage.sql"))
        .bind::<Array<BigInt>, _>(rows.iter().map(|row| row.place.index).collect::<Vec<_>>())
        .bind::<Array<Nullable<BigInt>>, _>(rows.iter().map(|row| row.place.line).collect::<Vec<_>>())
        .bind::<Array<SqlUuid>, _>(rows.iter().map(|row| row.key.association_id).collect::<Vec<_>>())
        .bind::<Array<Text>, _>(rows.iter().map(|row| row.association_code.as_str()).collect::<Vec<_>>())
        .bind::<Array<Int2>, _>(rows.iter().map(|row| row.key.year).collect::<Vec<_>>())
        .bind::<Array<SqlUuid>, _>(rows.iter().map(|row| row.key.indicator_id).collect::<Vec<_>>())
        .bind::<Array<Text>, _>(rows.iter().map(|row| row.body.as_str()).collect::<Vec<_>>())
        .execute(conn)
        .await?;
    Ok(())
}
