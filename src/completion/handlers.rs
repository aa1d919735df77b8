//! Routes of completion.

use actix_web::get;
use actix_web::web::Data;

use super::{Completion, CompletionQuery, answer};
use crate::auth::Caller;
use crate::error::{ApiError, ApiResult, Language};
use crate::http::{Computed, Conditional, FormatQuery, Formatted, NotModified, Path, Query, Representation};
use crate::state::AppState;
use crate::targets::PlanPath;

/// Compute the completion of an association and year.
///
/// One line per target or reported indicator, each with the inputs, the rate, its formula and, where there is no rate,
/// the reason. An accepted actual is in the very next answer. With `scope=subtree`, the targets and actuals of the
/// association and all below it are added per indicator: percentages as Σ numerator / Σ denominator, milestones as the
/// number of associations that reached them; what may not be added is listed in `excluded`. With `as_of`, what was known
/// at the end of that day: targets, actuals, verifications and withdrawals; names and the tree are as they are now.
/// Formulas are English, or Chinese when `Accept-Language` prefers it. As a file, the lines of a breakdown stand below the
/// line they break down, with its code, and a workbook quotes the plan in a note on each target.
#[utoipa::path(tag = "completion", params(PlanPath, CompletionQuery, FormatQuery), responses((status = 200, description = "The completion, computed now.", content((Completion = "application/json"), (String = "text/csv"), (Vec<u8> = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"))), NotModified, ApiError))]
#[get("/associations/{association}/completion/{year}")]
pub async fn show_completion(
    state: Data<AppState>,
    caller: Caller,
    path: Path<PlanPath>,
    asked: Formatted<Query<CompletionQuery>>,
    language: Language,
    conditional: Conditional,
) -> ApiResult<Computed<Representation<Completion>>> {
    answer::represented(&state, &caller, &path, asked, language, &conditional).await
}
