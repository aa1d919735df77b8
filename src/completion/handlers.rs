//! Routes of completion.

use actix_web::get;
use actix_web::web::Data;

use super::breakdown::nested;
use super::gather::{Gathered, Question};
use super::lines::{Summary, View};
use super::{AssociationName, Completion, CompletionQuery, Scope};
use crate::auth::Caller;
use crate::error::{ApiError, ApiResult, Language};
use crate::http::{Computed, Conditional, NotModified, Path, Query};
use crate::ledger::AsOf;
use crate::state::AppState;
use crate::targets::PlanPath;

/// Compute the completion of an association and year.
///
/// One line per target or reported indicator, each with the inputs, the rate, its formula and, where there is no rate,
/// the reason. An accepted actual is in the very next answer. With `scope=subtree`, the targets and actuals of the
/// association and all below it are added per indicator: percentages as Σ numerator / Σ denominator, milestones as the
/// number of associations that reached them; what may not be added is listed in `excluded`. With `as_of`, what was known
/// at the end of that day: targets, actuals, verifications and withdrawals; names and the tree are as they are now.
/// Formulas are English, or Chinese when `Accept-Language` prefers it.
#[utoipa::path(tag = "completion", params(PlanPath, CompletionQuery), responses((status = 200, description = "The completion, computed now.", body = Completion), NotModified, ApiError))]
#[get("/associations/{association}/completion/{year}")]
pub async fn show_completion(
    state: Data<AppState>,
    caller: Caller,
    path: Path<PlanPath>,
    query: Query<CompletionQuery>,
    language: Language,
    conditional: Conditional,
) -> ApiResult<Computed<Completion>> {
    let query = query.into_inner();
    let at = AsOf::new(&state, path.year.get(), query.as_of)?;
    let question = Question { caller: &caller, code: &path.association, at, query, conditional: &conditional };
    let Gathered { association, tag, parts } = match query.scope {
        Scope::Own => question.own(&state).await?,
        Scope::Subtree => question.subtree(&state).await?,
    };
    let Some((parts, not_additive)) = parts else { return Ok(Computed::NotModified(tag)) };
    let view = View { moment: at.moment, query, language };
    let lines: Vec<_> = parts.into_iter().filter_map(|part| view.line(part)).collect();
    let Summary { score, weight, counts, excluded } = Summary::of(&lines);
    let completion = Completion {
        association: AssociationName { code: association.code().to_owned(), name: association.name().to_owned() },
        year: at.moment.year,
        as_of: at.moment.as_of,
        basis: query.basis,
        scope: query.scope,
        score,
        weight,
        counts,
        excluded: excluded.into_iter().chain(not_additive).collect(),
        lines: nested(lines),
    };
    Ok(Computed::Answer(completion, tag))
}
