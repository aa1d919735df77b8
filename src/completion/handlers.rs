//! Routes of completion.

use actix_web::get;
use actix_web::web::Data;

use super::lines::{Summary, View};
use super::{AssociationName, Completion, CompletionQuery, store};
use crate::associations;
use crate::auth::Caller;
use crate::error::{ApiError, ApiResult, Language};
use crate::http::{Answer, Path, Query};
use crate::rule::Moment;
use crate::state::AppState;
use crate::targets::PlanPath;

/// Compute the completion of an association and year.
///
/// One line per target or reported indicator, each with the inputs, the rate, its formula and, where there is no rate,
/// the reason. An accepted actual is in the very next answer. Formulas are English, or Chinese when `Accept-Language`
/// prefers it.
#[utoipa::path(tag = "completion", params(PlanPath, CompletionQuery), responses((status = 200, description = "The completion, computed now.", body = Completion), ApiError))]
#[get("/associations/{association}/completion/{year}")]
pub async fn show_completion(
    state: Data<AppState>,
    caller: Caller,
    path: Path<PlanPath>,
    query: Query<CompletionQuery>,
    language: Language,
) -> ApiResult<Answer<Completion>> {
    let mut conn = state.conn().await?;
    let association = associations::store::find(&conn, &caller, &path.association).await?;
    let year = path.year.get();
    let parts = store::load(&mut conn, association.id(), year).await?;
    let duties = store::load_duties(&mut conn, association.id(), year, &parts).await?;
    let moment = Moment { year, as_of: state.today(), at_risk_ratio: state.rules.at_risk_ratio };
    let view = View { moment, query: query.into_inner(), language };
    let lines: Vec<_> = parts.into_iter().filter_map(|part| view.line(part, &duties)).collect();
    let Summary { score, weight, counts, excluded } = Summary::of(&lines);
    Ok(Answer::ok(Completion {
        association: AssociationName { code: association.code().to_owned(), name: association.name().to_owned() },
        year,
        as_of: moment.as_of,
        basis: view.query.basis,
        score,
        weight,
        counts,
        excluded,
        lines,
    }))
}
