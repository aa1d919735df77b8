//! The route of trends.

use actix_web::get;
use actix_web::web::Data;

use super::{Trend, TrendQuery, answer};
use crate::auth::Caller;
use crate::error::{ApiError, ApiResult};
use crate::http::{Computed, Conditional, NotModified, Path, Query};
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
    answer::trend(&state, &caller, &path, &query, &conditional).await
}
