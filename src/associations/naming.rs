//! Associations as people name them: by code, full name or alias.

use std::collections::HashMap;

use diesel::dsl::exists;
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use super::store::{AssociationRow, Found};
use crate::auth::{Caller, subtree};
use crate::error::ApiResult;
use crate::http::Limit;
use crate::schema::associations;

diesel::alias!(associations as members: Members);

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

/// What the associations with these codes are called now, whoever asks: codes that the caller has read already.
///
/// # Errors
/// Only the database's.
pub async fn names_of(conn: &mut AsyncPgConnection, codes: &[&str]) -> ApiResult<HashMap<String, String>> {
    let named = associations::table.filter(associations::code.eq_any(codes));
    let named: Vec<(String, String)> = named.select((associations::code, associations::name)).load(conn).await?;
    Ok(named.into_iter().collect())
}

/// What those are called that have others below them, of what the caller may see, each before those below it.
///
/// # Errors
/// Only the database's.
pub async fn names_of_places(conn: &mut AsyncPgConnection, caller: &Caller, limit: Limit) -> ApiResult<Vec<String>> {
    let is_parent = exists(members.filter(members.field(associations::parent_id).eq(associations::id.nullable())));
    let mut places = associations::table.filter(is_parent).into_boxed();
    if let Some(scope) = &caller.scope {
        let (from, to) = subtree(&scope.path);
        places = places.filter(associations::path.ge(from).and(associations::path.lt(to)));
    }
    Ok(places.order(associations::path).select(associations::name).limit(limit).load(conn).await?)
}

fn seen(caller: &Caller, rows: Vec<AssociationRow>) -> impl Iterator<Item = Found> {
    rows.into_iter().filter(|row| caller.sees(&row.path)).map(Found::alone)
}
