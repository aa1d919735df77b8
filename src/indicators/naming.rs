//! Indicators as people name them: by code or name.

use std::collections::HashMap;

use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use super::store::IndicatorRow;
use crate::error::ApiResult;
use crate::schema::indicators;

/// What each of these names stands for: the one with this code, else all with this name. Names of nothing are left out.
///
/// # Errors
/// Only the database's.
pub async fn find_named_many(
    conn: &mut AsyncPgConnection,
    names: &[String],
) -> ApiResult<HashMap<String, Vec<IndicatorRow>>> {
    let rows: Vec<IndicatorRow> = IndicatorRow::query()
        .filter(indicators::code.eq_any(names).or(indicators::name.eq_any(names)))
        .order(indicators::code)
        .load(conn)
        .await?;
    let named = names.iter().filter_map(|name| {
        let by_code: Vec<_> = rows.iter().filter(|row| row.code == *name).cloned().collect();
        let by_name = || rows.iter().filter(|row| row.name == *name).cloned().collect();
        let found: Vec<_> = if by_code.is_empty() { by_name() } else { by_code };
        (!found.is_empty()).then(|| (name.clone(), found))
    });
    Ok(named.collect())
}
