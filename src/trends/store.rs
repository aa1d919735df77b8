//! Reads what a trend is folded from: the ledger of two years in one pass, and the targets in force.

use std::collections::BTreeMap;

use diesel_async::AsyncPgConnection;
use uuid::Uuid;

use super::IndicatorTrend;
use super::months::Line;
use crate::actuals::replay::{Extent, each};
use crate::completion::Basis;
use crate::error::{ApiError, ApiResult};
use crate::indicators::store::catalog;
use crate::ledger::AsOf;
use crate::targets::replay::plans;

/// The trends of an association's year, by category and code; only of one indicator where it is given.
///
/// # Errors
/// `total_out_of_range` where a sum has more digits than can be kept.
pub(super) async fn trends(
    conn: &mut AsyncPgConnection,
    association_id: Uuid,
    at: &AsOf,
    basis: Basis,
    indicator_id: Option<Uuid>,
) -> ApiResult<Vec<IndicatorTrend>> {
    let year = at.moment.year;
    let catalog = catalog(conn).await?;
    let mut lines: BTreeMap<Uuid, Line> = BTreeMap::new();
    let association_ids = [association_id];
    for plan in plans(conn, &association_ids, Some(&[year]), at.before).await? {
        if indicator_id.is_none_or(|wanted| wanted == plan.current.indicator_id) {
            let line = lines.entry(plan.current.indicator_id).or_default();
            line.goal = Some(plan.current.goal.to_goal(year));
        }
    }
    let wanted = indicator_id.map(|id| [id]);
    let extent = Extent {
        association_ids: &association_ids,
        years: Some(&[year - 1, year]),
        indicator_ids: wanted.as_ref().map(<[Uuid; 1]>::as_slice),
        before: at.before,
    };
    each(conn, &extent, |key, reading| {
        let Some(figure) = reading.on(basis == Basis::Verified) else { return Ok(()) };
        // An indicator that is newer than the catalog has nothing yet for whoever asked before.
        let Some(indicator) = catalog.get(&key.indicator_id) else { return Ok(()) };
        let line = lines.entry(key.indicator_id).or_default();
        let months = if key.year == year { &mut line.this_year } else { &mut line.last_year };
        months.add(indicator.accumulation.0, &figure).map_err(ApiError::new)
    })
    .await?;
    let mut found: Vec<_> = lines.iter().filter_map(|(id, line)| Some((catalog.get(id)?, line))).collect();
    found.retain(|(_, line)| line.goal.is_some() || !line.this_year.is_empty());
    found.sort_by_key(|(indicator, _)| (&indicator.category, &indicator.code));
    Ok(found.into_iter().map(|(indicator, line)| line.trend(indicator, at.moment)).collect())
}
