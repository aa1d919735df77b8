//! Routes of actuals.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, Responder, get, patch, post};
use futures_util::future::join;

use super::change::{self, Change, What};
use super::{Actual, ActualPath, ActualQuery, Because, SubmitActual, VerifyActual, answer, store};
use crate::auth::{Caller, Permission};
use crate::error::{ApiError, ApiResult};
use crate::http::{
    Answer, Computed, Conditional, IfMatch, Listing, NotModified, Page, Paging, Patch, Path, Query, ResourceCode, Valid,
};
use crate::idempotency::{self, Fingerprint, IdempotencyKey, Kept};
use crate::state::AppState;
use crate::{associations, indicators};

/// Submit an actual.
///
/// Stores one value reported for an indicator; the very next completion contains it. Safe to repeat with an
/// `external_id`: the same content answers 200 and the stored actual, other content 409 and what is stored. An
/// `Idempotency-Key` makes the request as a whole safe to repeat for a day.
#[utoipa::path(tag = "actuals", params(("association" = ResourceCode, Path, description = "Code of the association that reports.", example = "chuzhou")), request_body = SubmitActual, responses((status = 200, description = "It was stored before.", body = Actual), (status = 201, description = "It is stored.", body = Actual), ApiError))]
#[post("/associations/{association}/actuals")]
pub async fn submit_actual(
    state: Data<AppState>,
    caller: Caller,
    request: HttpRequest,
    key: IdempotencyKey,
    path: Path<ResourceCode>,
    body: Valid<SubmitActual>,
) -> ApiResult<HttpResponse> {
    let mut conn = state.conn().await?;
    let body = body.into_inner();
    let association = associations::store::find(&conn, &caller, &path);
    let indicator = indicators::store::find_named(&conn, "/indicator", &body.indicator);
    let (association, indicator) = join(association, indicator).await;
    let association = association?;
    caller.require(Permission::SubmitActual)?;
    let indicator = indicator?;
    let place = store::Place { association: &association, indicator: &indicator };
    let Some(repeatable) = key.of(Fingerprint::of(&request, &body)?) else {
        return Ok(store::submit(&mut conn, &state, &caller, &place, &body).await?.respond_to(&request));
    };
    let kept = idempotency::store::once(&mut conn, &caller, repeatable, state.now(), async |conn| {
        Kept::of(&store::submit(conn, &state, &caller, &place, &body).await?)
    });
    Ok(kept.await?.respond_to(&request))
}

/// List actuals.
///
/// In the order they were reported, voided and rejected ones included.
#[utoipa::path(tag = "actuals", params(("association" = ResourceCode, Path, description = "Code of the association that reports.", example = "chuzhou"), ActualQuery, Paging), responses((status = 200, description = "A page of actuals.", body = Page<Actual>), NotModified, ApiError))]
#[get("/associations/{association}/actuals")]
pub async fn list_actuals(
    state: Data<AppState>,
    caller: Caller,
    path: Path<ResourceCode>,
    conditional: Conditional,
    listing: Listing<ActualQuery>,
) -> ApiResult<Computed<Page<Actual>>> {
    conditional.answer(answer::actuals(&state, &caller, &path, listing).await?)
}

/// Show an actual.
///
/// As it is now; what it said before is under `revisions`.
#[utoipa::path(tag = "actuals", params(ActualPath), responses((status = 200, description = "The actual as it is now.", body = Actual), ApiError))]
#[get("/associations/{association}/actuals/{id}")]
pub async fn show_actual(state: Data<AppState>, caller: Caller, path: Path<ActualPath>) -> ApiResult<Answer<Actual>> {
    let mut conn = state.conn().await?;
    let association = associations::store::find(&conn, &caller, &path.association).await?;
    store::find(&mut conn, &association, path.id).await?.into_answer(&association)
}

/// Amend an actual.
///
/// A JSON merge patch (RFC 7396) of the actual as stored, its value in the indicator's unit: fields not named stay, null
/// clears, and `unit` needs a `value` beside it. Indicator, `external_id` and year stay: for another one, void it and submit anew. What was there before stays readable under `revisions`; a
/// verified actual is `reported` again.
#[utoipa::path(tag = "actuals", params(ActualPath, Because), request_body(content = serde_json::Value, content_type = "application/merge-patch+json", description = "The fields to change.", example = json!({"value": 32})), responses((status = 200, description = "The actual as it is now.", body = Actual), ApiError))]
#[patch("/associations/{association}/actuals/{id}")]
pub async fn amend_actual(
    state: Data<AppState>,
    caller: Caller,
    path: Path<ActualPath>,
    condition: IfMatch,
    because: Query<Because>,
    patch: Patch,
) -> ApiResult<Answer<Actual>> {
    let change = Change { what: What::Amend(&patch), reason: Some(&because.reason), condition: &condition };
    apply(&state, &caller, Permission::SubmitActual, &path, &change).await
}

/// Verify an actual.
///
/// Settles on the reported figure, or on another one with a reason; the reported one stays beside it. The verified figure
/// counts with `basis=verified` from now on. Verifying it the same way again changes nothing; an amendment makes it
/// `reported` until it is verified again.
#[utoipa::path(tag = "actuals", params(ActualPath), request_body = VerifyActual, responses((status = 200, description = "The actual, verified.", body = Actual), ApiError))]
#[post("/associations/{association}/actuals/{id}/verify")]
pub async fn verify_actual(
    state: Data<AppState>,
    caller: Caller,
    path: Path<ActualPath>,
    condition: IfMatch,
    body: Valid<VerifyActual>,
) -> ApiResult<Answer<Actual>> {
    let body = body.into_inner();
    let change = Change { what: What::Verify(&body), reason: body.reason.as_deref(), condition: &condition };
    apply(&state, &caller, Permission::VerifyActual, &path, &change).await
}

/// Reject an actual.
///
/// It counts on neither basis until it is amended or verified. Rejecting it again changes nothing.
#[utoipa::path(tag = "actuals", params(ActualPath), request_body = Because, responses((status = 200, description = "The actual, rejected.", body = Actual), ApiError))]
#[post("/associations/{association}/actuals/{id}/reject")]
pub async fn reject_actual(
    state: Data<AppState>,
    caller: Caller,
    path: Path<ActualPath>,
    condition: IfMatch,
    body: Valid<Because>,
) -> ApiResult<Answer<Actual>> {
    let Because { reason } = body.into_inner();
    let change = Change { what: What::Reject, reason: Some(&reason), condition: &condition };
    apply(&state, &caller, Permission::VerifyActual, &path, &change).await
}

/// Void an actual.
///
/// It counts nowhere from now on, and stays readable. Voiding it again changes nothing.
#[utoipa::path(tag = "actuals", params(ActualPath), request_body = Because, responses((status = 200, description = "The actual, voided.", body = Actual), ApiError))]
#[post("/associations/{association}/actuals/{id}/void")]
pub async fn void_actual(
    state: Data<AppState>,
    caller: Caller,
    path: Path<ActualPath>,
    condition: IfMatch,
    body: Valid<Because>,
) -> ApiResult<Answer<Actual>> {
    let Because { reason } = body.into_inner();
    let change = Change { what: What::Void, reason: Some(&reason), condition: &condition };
    apply(&state, &caller, Permission::SubmitActual, &path, &change).await
}

/// Changes the actual a path names.
async fn apply(
    state: &AppState,
    caller: &Caller,
    permission: Permission,
    path: &ActualPath,
    change: &Change<'_>,
) -> ApiResult<Answer<Actual>> {
    let mut conn = state.conn().await?;
    let association = associations::store::find(&conn, caller, &path.association).await?;
    caller.require(permission)?;
    let found = store::find(&mut conn, &association, path.id).await?;
    change::change(&mut conn, state, caller, &association, &found, change).await
}

/// List the versions of an actual.
///
/// Everything it ever said, the first version first and the current one last; all on one page.
#[utoipa::path(tag = "actuals", params(ActualPath), responses((status = 200, description = "Every version.", body = Page<Actual>), ApiError))]
#[get("/associations/{association}/actuals/{id}/revisions")]
pub async fn list_actual_revisions(
    state: Data<AppState>,
    caller: Caller,
    path: Path<ActualPath>,
) -> ApiResult<Answer<Page<Actual>>> {
    let mut conn = state.conn().await?;
    let association = associations::store::find(&conn, &caller, &path.association).await?;
    let items = store::revisions(&mut conn, &association, path.id).await?;
    Ok(Answer::ok(Page { items, next_cursor: None }))
}
