//! Which targets were in force, now or at a moment.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::row::TargetRow;
use crate::error::ApiResult;
use crate::schema::targets;
use crate::scorecards::store::LineKey;

/// A target in force, and as first published where that differs.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub current: TargetRow,
    pub original: Option<TargetRow>,
}

impl Plan {
    /// Names its line.
    pub(crate) fn key(&self) -> LineKey {
        let TargetRow { association_id, year, indicator_id, .. } = self.current;
        LineKey { association_id, year, indicator_id }
    }
}

/// The targets of these associations' years (none: of all years) in force just before a moment (none: now), in the order
/// of their keys.
///
/// # Errors
/// Only the database's.
pub(crate) async fn plans(
    conn: &AsyncPgConnection,
    association_ids: &[Uuid],
    years: Option<&[i16]>,
    before: Option<DateTime<Utc>>,
) -> ApiResult<Vec<Plan>> {
    let mut query = targets::table
        .filter(targets::association_id.eq_any(association_ids))
        .select(TargetRow::as_select())
        .order((targets::association_id, targets::year, targets::indicator_id, targets::revision))
        .into_boxed();
    if let Some(years) = years {
        query = query.filter(targets::year.eq_any(years));
    }
    if let Some(before) = before {
        query = query.filter(targets::recorded_at.lt(before));
    }
    let rows: Vec<TargetRow> = query.load(&mut &*conn).await?;
    let mut plans: Vec<Plan> = Vec::new();
    for row in rows {
        let plan = Plan { current: row, original: None };
        match plans.last_mut().filter(|last| last.key() == plan.key()) {
            Some(last) => {
                let before = std::mem::replace(&mut last.current, plan.current);
                last.original.get_or_insert(before);
            }
            None => plans.push(plan),
        }
    }
    plans.retain(|plan| !plan.current.is_removal);
    Ok(plans)
}
