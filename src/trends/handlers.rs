//! The route of trends.

use actix_web::get;
use actix_web::web::Data;

use super::{Trend, TrendQuery, store};
use crate::associations::store::find;
use crate::auth::Caller;
use crate::completion::{self, AssociationName};
use crate::error::{ApiError, ApiResult};
use crate::http::{Computed, Conditional, NotModified, Path, Query};
use crate::indicators::store::find_named;
use crate::ledger::AsOf;
use crate::state::AppState;
use crate::targets::PlanPath;

/// Compute the trend of an association and year.
///
/// Per indicator twelve months: what was done by the end of each, what should have been, the rate, and what was done a
/// year before. A month in which no actual's period ends has no figure, so whoever reports by quarter has figures in March,
/// June, September and December. With `as_of`, what was known at the end of that day: targets, actuals, verifications and
/// withdrawals; names are as they are now.
#[utoipa::path(tag = "trends", params(PlanPath, TrendQuery), responses((status = 200, description = "The trend, computed now.", body = Trend), NotModified, ApiError))]
#[get("/associations/{association}/trend/{year}")]
pub async fn show_trend(
    state: Data<AppState>,
    caller: Caller,
    path: Path<PlanPath>,
    query: Query<TrendQuery>,
    conditional: Conditional,
) -> ApiResult<Computed<Trend>> {
    let at = AsOf::new(&state, path.year.get(), query.as_of)?;
    let conn = &mut *state.conn().await?;
    let association = find(conn, &caller, &path.association).await?;
    let indicator = match &query.indicator {
        Some(code) => Some(find_named(conn, "?indicator", code).await?.row.id),
        None => None,
    };
    // The version first, so that it is never newer than what is computed.
    let version = completion::store::version(conn, association.code(), at.moment.year).await?;
    let tag = conditional.tag(&(version, at.moment.as_of))?;
    if conditional.has(&tag) {
        return Ok(Computed::NotModified(tag));
    }
    at.require_settled(conn, state.now()).await?;
    let trend = Trend {
        association: AssociationName { code: association.code().to_owned(), name: association.name().to_owned() },
        year: at.moment.year,
        as_of: at.moment.as_of,
        basis: query.basis,
        indicators: store::trends(conn, association.id(), &at, query.basis, indicator).await?,
    };
    Ok(Computed::Answer(trend, tag))
}
