//! Whose keys actuals came with.

use std::collections::HashMap;

use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use crate::error::ApiResult;
use crate::schema::{actual_revisions, actuals, keys};

diesel::alias!(keys as reporters: Reporters, keys as verifiers: Verifiers);

/// The names of the keys that an actual was reported and last verified with; none for the command line.
#[derive(Clone, Debug, Default, Queryable)]
pub(crate) struct Signature {
    pub reported_by: Option<String>,
    pub verified_by: Option<String>,
}

/// The signatures of these actuals of an association.
///
/// # Errors
/// Only the database's.
pub(crate) async fn signatures(
    conn: &AsyncPgConnection,
    association_id: Uuid,
    ids: &[Uuid],
) -> ApiResult<HashMap<Uuid, Signature>> {
    let (reporter, verifier) = (reporters.field(keys::id).nullable(), verifiers.field(keys::id).nullable());
    let names = (reporters.field(keys::name).nullable(), verifiers.field(keys::name).nullable());
    let rows: Vec<(Uuid, Signature)> = actuals::table
        .left_join(reporters.on(reporter.eq(actuals::reported_by)))
        .left_join(verifiers.on(verifier.eq(actuals::verified_by)))
        .filter(actuals::association_id.eq(association_id))
        .filter(actuals::id.eq_any(ids))
        .select((actuals::id, names))
        .load(&mut &*conn)
        .await?;
    Ok(rows.into_iter().collect())
}

/// The names of the keys that the versions of an actual came with, by version; none for the command line.
///
/// # Errors
/// Only the database's.
pub(crate) async fn authors(
    conn: &AsyncPgConnection,
    association_id: Uuid,
    id: Uuid,
) -> ApiResult<HashMap<i32, String>> {
    let earlier: Vec<(i32, String)> = actual_revisions::table
        .inner_join(keys::table.on(actual_revisions::updated_by.eq(keys::id.nullable())))
        .filter(actual_revisions::association_id.eq(association_id))
        .filter(actual_revisions::id.eq(id))
        .select((actual_revisions::version, keys::name))
        .load(&mut &*conn)
        .await?;
    let last: Option<(i32, String)> = actuals::table
        .inner_join(keys::table.on(actuals::updated_by.eq(keys::id.nullable())))
        .filter(actuals::association_id.eq(association_id))
        .filter(actuals::id.eq(id))
        .select((actuals::version, keys::name))
        .first(&mut &*conn)
        .await
        .optional()?;
    Ok(earlier.into_iter().chain(last).collect())
}
