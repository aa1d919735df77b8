//! What a batch's answer lists of its staged rows.

use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{Array, BigInt, Bool, Nullable, Text, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use serde::Serialize;
use uuid::Uuid;

use crate::actuals::row::ActualRow;
use crate::actuals::{Actual, State};
use crate::batch::{LISTED_LIMIT, Place, Refused, Stored};
use crate::database::Coded;
use crate::decimal::Amount;
use crate::error::{ApiError, ApiResult, Code, Violation};
use crate::locks;
use crate::period::Period;
use crate::scorecards::KEPT_TOTALS;
use crate::scorecards::bulk::{self, RefusedRow};

#[derive(QueryableByName)]
struct Conflicting {
    #[diesel(sql_type = BigInt)]
    idx: i64,
    #[diesel(sql_type = Nullable<BigInt>)]
    line: Option<i64>,
    #[diesel(sql_type = Text)]
    association_code: String,
    #[diesel(sql_type = Text)]
    indicator_code: String,
    #[diesel(sql_type = Text)]
    indicator_unit: String,
    #[diesel(embed)]
    row: ActualRow,
}

/// The statement that lists a kind of refused rows, and what is wrong with each.
type Refusals = (&'static str, fn(RefusedRow) -> Violation);

/// The first refused rows of each kind.
///
/// # Errors
/// Only the database's.
pub(super) async fn refused(conn: &mut AsyncPgConnection) -> ApiResult<Vec<Refused>> {
    let mut refused = conflicting(conn).await?;
    let kinds: [Refusals; 4] = [
        (include_str!("list_repeated.sql"), repeated),
        (include_str!("list_dissolved.sql"), dissolved),
        (include_str!("list_closed.sql"), closed),
        (include_str!("list_overflowing.sql"), overflowing),
    ];
    for (sql, violation) in kinds {
        refused.extend(bulk::refused(conn, sql, violation).await?);
    }
    Ok(refused)
}

fn repeated(row: RefusedRow) -> Violation {
    let other = row.other.unwrap_or_default();
    Violation::at("/external_id", Code::RepeatedInBatch).given(row.given).allowed(other)
}

fn dissolved(row: RefusedRow) -> Violation {
    Violation::at("/association", Code::AssociationDissolved).given(row.given)
}

fn closed(row: RefusedRow) -> Violation {
    let closed = row.other.unwrap_or_default();
    Violation::at("/period", Code::PeriodClosed).given(row.given).allowed(locks::store::excuse(&closed))
}

fn overflowing(row: RefusedRow) -> Violation {
    Violation::at("/value", Code::TotalOutOfRange).given(row.given).allowed(KEPT_TOTALS)
}

async fn conflicting(conn: &mut AsyncPgConnection) -> ApiResult<Vec<Refused>> {
    let rows: Vec<Conflicting> =
        sql_query(include_str!("list_conflicting.sql")).bind::<BigInt, _>(LISTED_LIMIT).load(conn).await?;
    rows.into_iter()
        .map(|row| {
            let actual = row.row.into_actual(&row.association_code, &row.indicator_code, &row.indicator_unit)?;
            let violations = vec![conflicts(&actual)?];
            Ok(Refused { place: Place { index: row.idx, line: row.line }, violations })
        })
        .collect()
}

/// What a batch says of the actual that a row contradicts: enough to tell them apart, as there may be 10,000. The whole
/// one is found by its id.
#[derive(Serialize)]
struct Brief<'a> {
    id: Uuid,
    indicator: &'a str,
    period: Period,
    value: Option<Amount>,
    #[serde(skip_serializing_if = "Option::is_none")]
    numerator: Option<Amount>,
    #[serde(skip_serializing_if = "Option::is_none")]
    denominator: Option<Amount>,
    state: State,
}

fn conflicts(stored: &Actual) -> ApiResult<Violation> {
    let Actual { id, ref indicator, period, value, numerator, denominator, state, .. } = *stored;
    let brief = Brief { id, indicator, period, value, numerator, denominator, state };
    let allowed = serde_json::to_string(&brief).map_err(ApiError::internal)?;
    let given = stored.external_id.as_deref().unwrap_or_default();
    Ok(Violation::at("/external_id", Code::ExternalIdConflict).given(given).allowed(allowed))
}

#[derive(QueryableByName)]
struct StoredRow {
    #[diesel(sql_type = BigInt)]
    idx: i64,
    #[diesel(sql_type = Nullable<BigInt>)]
    line: Option<i64>,
    #[diesel(sql_type = Bool)]
    is_new: bool,
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = Nullable<Text>)]
    state: Option<Coded<State>>,
}

impl StoredRow {
    fn withdrawn(&self) -> Option<&'static str> {
        match self.state?.0 {
            State::Voided => Some("voided"),
            State::Rejected => Some("rejected"),
            State::Reported | State::Verified => None,
        }
    }
}

/// So many of the rows that are stored now, the new ones and those that were there; first those that may count twice or are
/// named here.
///
/// # Errors
/// Only the database's.
pub(super) async fn stored(conn: &mut AsyncPgConnection, limit: i64, first: &[i64]) -> ApiResult<Vec<Stored>> {
    let rows: Vec<StoredRow> = sql_query(include_str!("list_stored.sql"))
        .bind::<BigInt, _>(limit)
        .bind::<Array<BigInt>, _>(first)
        .load(conn)
        .await?;
    let stored = rows.into_iter().map(|row| Stored {
        place: Place { index: row.idx, line: row.line },
        is_new: row.is_new,
        id: Some(row.id),
        withdrawn: row.withdrawn(),
    });
    Ok(stored.collect())
}
