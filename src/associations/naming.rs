//! Associations as people name them: by code, full name or alias.

use std::collections::HashMap;

use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use super::store::{AssociationRow, Found};
use crate::auth::Caller;
use crate::error::ApiResult;
use crate::schema::associations;

/// What each of these names stands for, of what the caller may see: the one with this code, else all with this name or
/// alias. Names of nothing are left out.
///
/// # Errors
/// Only the database's.
pub async fn find_named_many(
    conn: &mut AsyncPgConnection,
    caller: &Caller,
    names: &[String],
) -> ApiResult<HashMap<String, Vec<Found>>> {
    let by_code: Vec<AssociationRow> =
        AssociationRow::query().filter(associations::code.eq_any(names)).load(conn).await?;
    let mut named: HashMap<_, _> = seen(caller, by_code).map(|found| (found.code().to_owned(), vec![found])).collect();
    let others: Vec<_> = names.iter().filter(|name| !named.contains_key(*name)).cloned().collect();
    if others.is_empty() {
        return Ok(named);
    }
    let aliases: Vec<_> = others.iter().cloned().map(Some).collect();
    let by_name: Vec<AssociationRow> = AssociationRow::query()
        .filter(associations::name.eq_any(&others).or(associations::aliases.overlaps_with(aliases)))
        .order(associations::code)
        .load(conn)
        .await?;
    for found in seen(caller, by_name) {
        for name in others.iter().filter(|name| found.goes_by(name)) {
            named.entry(name.clone()).or_default().push(found.clone());
        }
    }
    Ok(named)
}

fn seen(caller: &Caller, rows: Vec<AssociationRow>) -> impl Iterator<Item = Found> {
    rows.into_iter().filter(|row| caller.sees(&row.path)).map(Found::alone)
}
