//! How many reported actuals of a year wait to be verified, by association.

use diesel::dsl::sum;
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use crate::associations::selection::Selection;
use crate::error::ApiResult;
use crate::schema::{actual_totals, associations};

/// An association for which actuals wait.
#[derive(Clone, Debug)]
pub(crate) struct Unverified {
    pub code: String,
    pub name: String,
    /// How many were reported and not verified since.
    pub count: i64,
}

/// Those of a set for which any wait, the most first.
///
/// # Errors
/// Only the database's.
pub(crate) async fn unverified(
    conn: &mut AsyncPgConnection,
    selection: &Selection,
    year: i16,
) -> ApiResult<Vec<Unverified>> {
    let count = sum(actual_totals::reported_count - actual_totals::verified_count);
    let rows: Vec<(String, String, Option<i64>)> = actual_totals::table
        .inner_join(associations::table.on(associations::id.eq(actual_totals::association_id)))
        .filter(actual_totals::year.eq(year))
        .filter(actual_totals::reported_count.gt(actual_totals::verified_count))
        .filter(actual_totals::association_id.eq_any(selection.ids()))
        .group_by((associations::code, associations::name))
        .select((associations::code, associations::name, count))
        .order((count.desc(), associations::code.asc()))
        .load(conn)
        .await?;
    let named = |(code, name, count): (_, _, Option<i64>)| Unverified { code, name, count: count.unwrap_or_default() };
    Ok(rows.into_iter().map(named).collect())
}
