//! How many reported actuals of a year wait to be verified, altogether and by association.

use std::collections::HashMap;

use diesel::dsl::{auto_type, count, sum};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use crate::associations::selection::{Ids, Selection};
use crate::error::ApiResult;
use crate::schema::{actual_totals, associations};

/// How many wait.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Waiting {
    pub actuals: i64,
    /// Of how many associations they are.
    pub associations: i64,
}

/// How many wait for an association.
#[derive(Clone, Debug)]
pub(crate) struct OfAssociation {
    pub code: String,
    pub name: String,
    pub actuals: i64,
}

/// The totals of a year with actuals that nobody verified since they were reported.
#[auto_type(no_type_alias)]
fn unverified(associations: Ids, year: i16) -> _ {
    actual_totals::table
        .filter(actual_totals::year.eq(year))
        .filter(actual_totals::reported_count.gt(actual_totals::verified_count))
        .filter(actual_totals::association_id.eq_any(associations))
}

/// How many wait for a set, altogether.
///
/// # Errors
/// Only the database's.
pub(crate) async fn waiting(conn: &mut AsyncPgConnection, selection: &Selection, year: i16) -> ApiResult<Waiting> {
    let (actuals, associations): (Option<i64>, i64) = unverified(selection.ids(), year)
        .select((
            sum(actual_totals::reported_count - actual_totals::verified_count),
            count(actual_totals::association_id).aggregate_distinct(),
        ))
        .first(conn)
        .await?;
    Ok(Waiting { actuals: actuals.unwrap_or_default(), associations })
}

/// Those of a set for which the most wait, at most so many.
///
/// # Errors
/// Only the database's.
pub(crate) async fn most_waiting(
    conn: &mut AsyncPgConnection,
    selection: &Selection,
    year: i16,
    limit: i64,
) -> ApiResult<Vec<OfAssociation>> {
    let actuals = sum(actual_totals::reported_count - actual_totals::verified_count);
    let found: Vec<(Uuid, Option<i64>)> = unverified(selection.ids(), year)
        .group_by(actual_totals::association_id)
        .select((actual_totals::association_id, actuals))
        .order((actuals.desc(), actual_totals::association_id))
        .limit(limit)
        .load(conn)
        .await?;
    let named = associations::table
        .filter(associations::id.eq_any(found.iter().map(|(id, _)| *id)))
        .select((associations::id, (associations::code, associations::name)));
    let mut names: HashMap<Uuid, (String, String)> = named.load(conn).await?.into_iter().collect();
    let of = found.into_iter().filter_map(|(id, actuals)| {
        let (code, name) = names.remove(&id)?;
        Some(OfAssociation { code, name, actuals: actuals.unwrap_or_default() })
    });
    Ok(of.collect())
}
