//! The answer to how far an association is, whoever asks: the route, an export or a page.

use actix_web::web::Data;

use super::breakdown::nested;
use super::gather::{Gathered, Question};
use super::lines::{Summary, View};
use super::{AssociationName, Completion, CompletionQuery, Scope, table};
use crate::auth::Caller;
use crate::error::{ApiResult, Language};
use crate::exports;
use crate::http::{Computed, Conditional, Formatted, Query, Representation};
use crate::ledger::AsOf;
use crate::state::AppState;
use crate::targets::PlanPath;

/// Computes the completion of an association and year, formulas in this language.
///
/// # Errors
/// `association_not_found`; `out_of_range` for a day to come.
pub(crate) async fn completion(
    state: &Data<AppState>,
    caller: &Caller,
    path: &PlanPath,
    query: CompletionQuery,
    language: Language,
    conditional: &Conditional,
) -> ApiResult<Computed<Completion>> {
    let at = AsOf::new(state, path.year.get(), query.as_of)?;
    let question = Question { caller, code: &path.association, at, query, conditional };
    let Gathered { association, tag, parts } = match query.scope {
        Scope::Own => question.own(state).await?,
        Scope::Subtree => question.subtree(state).await?,
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

/// The same, as it is wanted: as JSON, or as a file.
///
/// # Errors
/// As [`completion`].
pub(crate) async fn represented(
    state: &Data<AppState>,
    caller: &Caller,
    path: &PlanPath,
    asked: Formatted<Query<CompletionQuery>>,
    language: Language,
    conditional: &Conditional,
) -> ApiResult<Computed<Representation<Completion>>> {
    let query = asked.question.into_inner();
    let completion = completion(state, caller, path, query, language, conditional).await?;
    let name = format!("{}-{}-completion", path.association, path.year);
    exports::represent(state, exports::Wanted::one(asked.format), completion, name, move |completion| {
        Ok(table::table(completion, language))
    })
    .await
}
