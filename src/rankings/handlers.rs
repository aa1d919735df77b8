//! Routes of rankings.

use actix_web::get;
use actix_web::web::Data;

use super::{OwnRank, Ranking, RankingQuery, answer};
use crate::auth::Caller;
use crate::error::{ApiError, ApiResult, Language};
use crate::http::{
    Computed, Conditional, FormatQuery, Formatted, Listing, NotModified, Paging, Path, Query, Representation,
};
use crate::standings::YearPath;
use crate::state::AppState;
use crate::targets::PlanPath;

/// Rank associations.
///
/// Standard competition ranking (1-2-2-4) by score, or by the rate of an `indicator`; ties are listed by name, and after the
/// ranked ones those without a rank, each with the reason. Ranks are always over all peers, whatever the page: they are the
/// associations the key may see that fit; a dissolved one only where it has a target in the year. For a past day the
/// ledger is read again, which takes longer. A file has every line, not a page: at most 100,000.
#[utoipa::path(tag = "completion", params(YearPath, RankingQuery, Paging, FormatQuery), responses((status = 200, description = "A page of the ranking, computed now.", content((Ranking = "application/json"), (String = "text/csv"), (Vec<u8> = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"))), NotModified, ApiError))]
#[get("/rankings/{year}")]
pub async fn rank_associations(
    state: Data<AppState>,
    caller: Caller,
    path: Path<YearPath>,
    conditional: Conditional,
    language: Language,
    asked: Formatted<Listing<RankingQuery>>,
) -> ApiResult<Computed<Representation<Ranking>>> {
    answer::represented(&state, &caller, path.year.get(), asked, language, &conditional).await
}

/// Show an association's rank.
///
/// Among those with the same parent, kind and level, also where the key may not see them: it is told how many they are
/// and how many are better, and nothing of who they are. Any of `parent`, `within`, `kind` and `level` replaces these peers
/// altogether; then it is the association's line of `/rankings/{year}` with the same parameters, among those the key may see.
#[utoipa::path(tag = "completion", params(PlanPath, RankingQuery), responses((status = 200, description = "The rank, computed now.", body = OwnRank), NotModified, ApiError))]
#[get("/associations/{association}/rank/{year}")]
pub async fn show_rank(
    state: Data<AppState>,
    caller: Caller,
    path: Path<PlanPath>,
    conditional: Conditional,
    query: Query<RankingQuery>,
) -> ApiResult<Computed<OwnRank>> {
    answer::own_rank(&state, &caller, &path, query.into_inner(), &conditional).await
}
