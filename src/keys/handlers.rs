//! Routes of keys.

use actix_web::web::Data;
use actix_web::{HttpResponse, delete, get, post};
use uuid::Uuid;

use super::{CreateKey, CreatedKey, Key, Me, end_of, store};
use crate::auth::{self, Caller, Permission};
use crate::error::{ApiError, ApiResult, Code, Text, Violation};
use crate::http::{Answer, Listing, NoFilter, Page, Paging, Path, Valid};
use crate::state::AppState;

/// Create a key.
///
/// The answer holds the secret, which is stored nowhere and never shown again. An admin whose own key is limited to a
/// part of the tree makes keys for that part only.
#[utoipa::path(tag = "keys", request_body = CreateKey, responses((status = 201, description = "The key and its secret.", body = CreatedKey), ApiError))]
#[post("/keys")]
pub async fn create_key(
    state: Data<AppState>,
    caller: Caller,
    body: Valid<CreateKey>,
) -> ApiResult<Answer<CreatedKey>> {
    caller.require(Permission::ManageKeys)?;
    let mut conn = state.conn().await?;
    let body = body.into_inner();
    let scope = match &body.scope {
        Some(code) => Some(
            auth::store::find_scope(&conn, &caller, code)
                .await?
                .ok_or_else(|| ApiError::from(Violation::at("/scope", Code::UnknownAssociation).given(code)))?,
        ),
        None => None,
    };
    if let (Some(own), None) = (&caller.scope, &scope) {
        return Err(ApiError::new(Code::ScopeTooWide).given(Text::new("全部组织", "everything")).allowed(&own.code));
    }
    let expires_at = body.expires_on.map(|day| end_of(day, &state)).transpose()?;
    let new = store::NewKey { name: &body.name, role: body.role, scope, expires_at };
    let (key, secret) = store::create(&mut conn, &caller, new, state.now()).await?;
    Ok(Answer::created(CreatedKey { key, secret: secret.reveal() }))
}

/// List keys.
///
/// Every key the caller may manage, revoked and expired ones included, in the order they were made.
#[utoipa::path(tag = "keys", params(Paging), responses((status = 200, description = "A page of keys.", body = Page<Key>), ApiError))]
#[get("/keys")]
pub async fn list_keys(
    state: Data<AppState>,
    caller: Caller,
    listing: Listing<NoFilter>,
) -> ApiResult<Answer<Page<Key>>> {
    caller.require(Permission::ManageKeys)?;
    let paging = listing.paging;
    let keys = store::list(&mut *state.conn().await?, &caller, paging.after("keys")?, paging.limit() + 1).await?;
    Ok(Answer::ok(Page::of("keys", keys, paging.limit(), |key| key.id, |key| key)?))
}

/// Revoke a key.
///
/// It is refused from this moment on. Revoking it again changes nothing.
#[utoipa::path(tag = "keys", params(("id" = Uuid, Path, description = "The key's id.")), responses((status = 204, description = "It is revoked."), ApiError))]
#[delete("/keys/{id}")]
pub async fn revoke_key(state: Data<AppState>, caller: Caller, path: Path<Uuid>) -> ApiResult<HttpResponse> {
    caller.require(Permission::ManageKeys)?;
    store::revoke(&mut *state.conn().await?, &caller, *path, state.now()).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Who am I?
///
/// Name, role and scope of the key the request came with: a cheap way to test a key.
#[utoipa::path(tag = "keys", responses((status = 200, description = "The caller.", body = Me), ApiError))]
#[get("/me")]
pub async fn show_me(caller: Caller) -> Answer<Me> {
    let scope = caller.scope.map(|scope| scope.code);
    Answer::ok(Me { name: caller.name, role: caller.role, scope })
}
