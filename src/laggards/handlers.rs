//! Routes of laggards, and of how all lines stand.

use actix_web::get;
use actix_web::web::Data;

use super::statuses::{StatusQuery, Statuses};
use super::{LaggardQuery, Laggards, LaggardsPath, answer};
use crate::auth::Caller;
use crate::error::{ApiError, ApiResult, Language};
use crate::http::{
    Computed, Conditional, FormatQuery, Formatted, Listing, NotModified, Paging, Path, Query, Representation,
};
use crate::state::AppState;

/// List the lines that are behind the pace.
///
/// Association by association and indicator by indicator, every target whose progress is below the share that should be
/// done by now, the worst first: not started, behind, at risk, overdue. What is met is no laggard, nor is what cannot be
/// scored. Progress is the rate, or where there is no ratio the score; nothing reported counts as 0. The order goes by the
/// score, which is never below 0: a change that went the wrong way is no further behind than what was not begun. Asked for
/// by their status, all that is `overdue` or `not_started` is listed, also where a plan curve expects no more by now. Each item
/// says what the association's completion says in brief. An accepted actual is in the very next answer. With `as_of`, what was known at
/// the end of that day; names and the tree are as they are now. A file has every line, not a page: at most 100,000.
#[utoipa::path(tag = "laggards", params(LaggardsPath, LaggardQuery, Paging, FormatQuery), responses((status = 200, description = "A page of laggards, computed now.", content((Laggards = "application/json"), (String = "text/csv"), (Vec<u8> = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"))), NotModified, ApiError))]
#[get("/laggards/{year}")]
pub async fn list_laggards(
    state: Data<AppState>,
    caller: Caller,
    path: Path<LaggardsPath>,
    asked: Formatted<Listing<LaggardQuery>>,
    language: Language,
    conditional: Conditional,
) -> ApiResult<Computed<Representation<Laggards>>> {
    answer::represented(&state, &caller, path.year.get(), asked, language, &conditional).await
}

/// Count how many targets stand how.
///
/// Over every target in force of the associations that fit: each counts under the status that its completion says. An
/// accepted actual is in the very next answer. With `as_of`, what was known at the end of that day; the tree is as it is now.
#[utoipa::path(tag = "completion", params(LaggardsPath, StatusQuery), responses((status = 200, description = "The counts, computed now.", body = Statuses), NotModified, ApiError))]
#[get("/statuses/{year}")]
pub async fn count_statuses(
    state: Data<AppState>,
    caller: Caller,
    path: Path<LaggardsPath>,
    query: Query<StatusQuery>,
    conditional: Conditional,
) -> ApiResult<Computed<Statuses>> {
    answer::statuses(&state, &caller, path.year.get(), &query, &conditional).await
}
