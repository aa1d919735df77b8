//! Routes of standings.

use actix_web::get;
use actix_web::web::Data;

use super::{CompletionSummary, SummaryQuery, YearPath, answer};
use crate::auth::Caller;
use crate::error::{ApiError, ApiResult, Language};
use crate::http::{Computed, Conditional, FormatQuery, Formatted, Listing, NotModified, Paging, Path, Representation};
use crate::state::AppState;

/// Summarize the completion of many associations.
///
/// A line for each association that fits, those without targets included. An accepted actual is in the very next answer. A
/// page goes on after the last line of the page before, by its place in the order as it was then: what does not change
/// between two pages is neither skipped nor repeated. For a past day the ledger is read again, which takes longer; within
/// the hour after a day's end it may answer 503 until all writes of the day are stored. A file has
/// every line, not a page: at most 100,000.
#[utoipa::path(tag = "completion", params(YearPath, SummaryQuery, Paging, FormatQuery), responses((status = 200, description = "A page of the summary, computed now.", content((CompletionSummary = "application/json"), (String = "text/csv"), (Vec<u8> = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"))), NotModified, ApiError))]
#[get("/completion/{year}")]
pub async fn summarize_completion(
    state: Data<AppState>,
    caller: Caller,
    path: Path<YearPath>,
    conditional: Conditional,
    language: Language,
    asked: Formatted<Listing<SummaryQuery>>,
) -> ApiResult<Computed<Representation<CompletionSummary>>> {
    answer::represented(&state, &caller, path.year.get(), asked, language, &conditional).await
}
