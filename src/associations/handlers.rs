//! Routes of associations.

use actix_web::web::Data;
use actix_web::{HttpResponse, delete, get, patch, put};

use super::{Association, AssociationQuery, PutAssociation, store};
use crate::auth::{Caller, Permission};
use crate::error::{ApiError, ApiResult};
use crate::http::{
    Answer, Becoming, Computed, Conditional, IfMatch, Listing, NotModified, Page, Paging, Patch, Path, ResourceCode,
    Valid,
};
use crate::state::AppState;

/// Create or replace an association.
///
/// 201 when it is new, 200 when it was replaced; the same body twice changes nothing. Moving it under another parent
/// moves everything below it along.
#[utoipa::path(tag = "associations", params(("association" = ResourceCode, Path, description = "The association's code.", example = "fengxian")), request_body = PutAssociation, responses((status = 200, description = "It was replaced, or was so already.", body = Association), (status = 201, description = "It is new.", body = Association), ApiError))]
#[put("/associations/{association}")]
pub async fn put_association(
    state: Data<AppState>,
    caller: Caller,
    path: Path<ResourceCode>,
    condition: IfMatch,
    body: Valid<PutAssociation>,
) -> ApiResult<Answer<Association>> {
    caller.require(Permission::ManageAssociations)?;
    let mut conn = state.conn().await?;
    store::put(&mut conn, &caller, &path, &condition, &Becoming::Whole(&body.into_inner()), state.now()).await
}

/// Show an association.
///
/// One outside the key's scope is answered as if it did not exist.
#[utoipa::path(tag = "associations", params(("association" = ResourceCode, Path, description = "The association's code.", example = "fengxian")), responses((status = 200, description = "The association.", body = Association), ApiError))]
#[get("/associations/{association}")]
pub async fn show_association(
    state: Data<AppState>,
    caller: Caller,
    path: Path<ResourceCode>,
) -> ApiResult<Answer<Association>> {
    let found = store::find(&*state.conn().await?, &caller, &path).await?;
    Ok(found.into_answer())
}

/// Change some fields of an association.
///
/// A JSON merge patch (RFC 7396): fields not named stay, null clears.
#[utoipa::path(tag = "associations", params(("association" = ResourceCode, Path, description = "The association's code.", example = "fengxian")), request_body(content = serde_json::Value, content_type = "application/merge-patch+json", description = "The fields to change.", example = json!({"status": "dissolved"})), responses((status = 200, description = "The association as it is now.", body = Association), ApiError))]
#[patch("/associations/{association}")]
pub async fn patch_association(
    state: Data<AppState>,
    caller: Caller,
    path: Path<ResourceCode>,
    condition: IfMatch,
    patch: Patch,
) -> ApiResult<Answer<Association>> {
    caller.require(Permission::ManageAssociations)?;
    let mut conn = state.conn().await?;
    store::put(&mut conn, &caller, &path, &condition, &Becoming::Patched(&patch), state.now()).await
}

/// Delete an association.
///
/// Only one without targets, actuals, nil reports, bulletins, keys or children that no reporting schedule names; otherwise
/// set its status to `dissolved`.
#[utoipa::path(tag = "associations", params(("association" = ResourceCode, Path, description = "The association's code.", example = "fengxian")), responses((status = 204, description = "It is gone."), ApiError))]
#[delete("/associations/{association}")]
pub async fn delete_association(
    state: Data<AppState>,
    caller: Caller,
    path: Path<ResourceCode>,
    condition: IfMatch,
) -> ApiResult<HttpResponse> {
    caller.require(Permission::ManageAssociations)?;
    let mut conn = state.conn().await?;
    let found = store::find(&conn, &caller, &path).await?;
    condition.check(Some(&found.tag()))?;
    store::delete(&mut conn, &caller, &found, state.now()).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// List associations.
///
/// Those the key may see, by code.
#[utoipa::path(tag = "associations", params(AssociationQuery, Paging), responses((status = 200, description = "A page of associations.", body = Page<Association>), NotModified, ApiError))]
#[get("/associations")]
pub async fn list_associations(
    state: Data<AppState>,
    caller: Caller,
    conditional: Conditional,
    listing: Listing<AssociationQuery>,
) -> ApiResult<Computed<Page<Association>>> {
    let Listing { filter, paging } = listing;
    let after: Option<ResourceCode> = paging.after("associations")?;
    let rows = store::list(&mut *state.conn().await?, &caller, &filter, after, paging.limit() + 1).await?;
    let code = |row: &store::Found| row.code().to_owned();
    conditional.answer(Page::of("associations", rows, paging.limit(), code, store::Found::into_association)?)
}
