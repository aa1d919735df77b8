//! Routes of targets.

use actix_web::web::Data;
use actix_web::{HttpResponse, delete, get, put};
use diesel_async::AsyncPgConnection;

use super::{PlanPath, PutTarget, Removal, Target, TargetPath, store};
use crate::auth::{Caller, Permission};
use crate::error::{ApiError, ApiResult};
use crate::http::{
    Answer, Computed, Conditional, IfMatch, Listing, NoFilter, NotModified, Page, Paging, Path, Query, Valid,
};
use crate::state::AppState;
use crate::{associations, indicators};

/// The association and indicator a path names.
async fn named(
    conn: &mut AsyncPgConnection,
    caller: &Caller,
    path: &TargetPath,
) -> ApiResult<(associations::store::Found, indicators::store::Found)> {
    let association = associations::store::find(conn, caller, &path.association).await?;
    let indicator = indicators::store::find(conn, &path.indicator).await?;
    Ok((association, indicator))
}

/// Set or revise a target.
///
/// Give fields, or the `expression` of the plan. 201 when there was no target, 200 when it was revised or is so
/// already. A revision needs a `reason`; the first and every later one stay readable.
#[utoipa::path(tag = "targets", params(TargetPath), request_body = PutTarget, responses((status = 200, description = "It was revised, or was so already.", body = Target), (status = 201, description = "It is new.", body = Target), ApiError))]
#[put("/associations/{association}/targets/{year}/{indicator}")]
pub async fn put_target(
    state: Data<AppState>,
    caller: Caller,
    path: Path<TargetPath>,
    condition: IfMatch,
    body: Valid<PutTarget>,
) -> ApiResult<Answer<Target>> {
    let mut conn = state.conn().await?;
    let (association, indicator) = named(&mut conn, &caller, &path).await?;
    caller.require(Permission::SetTarget)?;
    let place = store::Place { association: &association, year: path.year, indicator: &indicator };
    store::put(&mut conn, &caller, &place, &condition, &body.into_inner(), &state).await
}

/// Show a target.
///
/// The revision in force.
#[utoipa::path(tag = "targets", params(TargetPath), responses((status = 200, description = "The target.", body = Target), ApiError))]
#[get("/associations/{association}/targets/{year}/{indicator}")]
pub async fn show_target(state: Data<AppState>, caller: Caller, path: Path<TargetPath>) -> ApiResult<Answer<Target>> {
    let mut conn = state.conn().await?;
    let (association, indicator) = named(&mut conn, &caller, &path).await?;
    let place = store::Place { association: &association, year: path.year, indicator: &indicator };
    store::find(&mut conn, &place).await
}

/// Remove a target.
///
/// The removal is a revision with a reason: what was planned stays readable under `revisions`.
#[utoipa::path(tag = "targets", params(TargetPath, Removal), responses((status = 204, description = "It is no longer in force."), ApiError))]
#[delete("/associations/{association}/targets/{year}/{indicator}")]
pub async fn delete_target(
    state: Data<AppState>,
    caller: Caller,
    path: Path<TargetPath>,
    condition: IfMatch,
    removal: Query<Removal>,
) -> ApiResult<HttpResponse> {
    let mut conn = state.conn().await?;
    let (association, indicator) = named(&mut conn, &caller, &path).await?;
    caller.require(Permission::SetTarget)?;
    let place = store::Place { association: &association, year: path.year, indicator: &indicator };
    store::remove(&mut conn, &caller, &place, &condition, &removal.reason, &state).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// List the targets of a year.
///
/// Those in force, by indicator code.
#[utoipa::path(tag = "targets", params(PlanPath, Paging), responses((status = 200, description = "A page of targets.", body = Page<Target>), NotModified, ApiError))]
#[get("/associations/{association}/targets/{year}")]
pub async fn list_targets(
    state: Data<AppState>,
    caller: Caller,
    path: Path<PlanPath>,
    conditional: Conditional,
    listing: Listing<NoFilter>,
) -> ApiResult<Computed<Page<Target>>> {
    let mut conn = state.conn().await?;
    let association = associations::store::find(&conn, &caller, &path.association).await?;
    let paging = listing.paging;
    let targets = store::list(&mut conn, &association, path.year, paging.after("targets")?, paging.limit() + 1).await?;
    let indicator = |target: &Target| target.indicator.clone();
    conditional.answer(Page::of("targets", targets, paging.limit(), indicator, |target| target)?)
}

/// List the revisions of a target.
///
/// The first one first, removals included; all on one page.
#[utoipa::path(tag = "targets", params(TargetPath), responses((status = 200, description = "Every revision.", body = Page<Target>), ApiError))]
#[get("/associations/{association}/targets/{year}/{indicator}/revisions")]
pub async fn list_target_revisions(
    state: Data<AppState>,
    caller: Caller,
    path: Path<TargetPath>,
) -> ApiResult<Answer<Page<Target>>> {
    let mut conn = state.conn().await?;
    let (association, indicator) = named(&mut conn, &caller, &path).await?;
    let place = store::Place { association: &association, year: path.year, indicator: &indicator };
    let items = store::revisions(&mut conn, &place).await?;
    Ok(Answer::ok(Page { items, next_cursor: None }))
}
