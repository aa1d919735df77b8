//! Routes of standings.

use actix_web::get;
use actix_web::web::Data;

use super::{CompletionSummary, SummaryQuery, YearPath, answer};
use crate::auth::Caller;
use crate::error::{ApiError, ApiResult};
use crate::http::{Computed, Conditional, Listing, NotModified, Paging, Path};
use crate::state::AppState;

/// Summarize the completion of many associations.
///
/// A line for each association that fits, those without targets included. An accepted actual is in the very next answer. A
/// page goes on after the last line of the page before, by its place in the order as it was then: what does not change
/// between two pages is neither skipped nor repeated. For a past day the ledger is read again, which takes longer; within
/// the hour after a day's end it may answer 503 until all writes of the day are stored.
#[utoipa::path(tag = "completion", params(YearPath, SummaryQuery, Paging), responses((status = 200, description = "A page of the summary, computed now.", body = CompletionSummary), NotModified, ApiError))]
#[get("/completion/{year}")]
pub async fn summarize_completion(
    state: Data<AppState>,
    caller: Caller,
    path: Path<YearPath>,
    conditional: Conditional,
    listing: Listing<SummaryQuery>,
) -> ApiResult<Computed<CompletionSummary>> {
    answer::summary(&state, &caller, path.year.get(), listing, &conditional).await
}
