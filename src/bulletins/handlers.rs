//! Routes of bulletins.

use actix_web::web::Data;
use actix_web::{HttpRequest, get, post};
use serde_json::value::RawValue;

use super::{Bulletin, BulletinHead, BulletinPath, BulletinQuery, CreateBulletin, store};
use crate::auth::{Caller, Permission};
use crate::error::{ApiError, ApiResult};
use crate::http::{Answer, Computed, Conditional, Listing, NotModified, Page, Paging, Path, Valid};
use crate::idempotency::{self, Fingerprint, IdempotencyKey, Kept};
use crate::ledger::AsOf;
use crate::state::AppState;

/// Issue a bulletin.
///
/// Freezes the summary and the ranking of all associations in the scope, as they stand now or as known at the end of a past
/// day, under the next number of the year. A verifier or admin whose key has a scope issues them for what lies in it.
/// Issued twice, it is two bulletins: an `Idempotency-Key` makes the request safe to repeat for a day.
#[utoipa::path(tag = "bulletins", request_body = CreateBulletin, responses((status = 201, description = "It is issued.", body = Bulletin), ApiError))]
#[post("/bulletins")]
pub async fn create_bulletin(
    state: Data<AppState>,
    caller: Caller,
    request: HttpRequest,
    key: IdempotencyKey,
    body: Valid<CreateBulletin>,
) -> ApiResult<Kept> {
    let body = body.into_inner();
    caller.require(match body.scope {
        Some(_) => Permission::IssueBulletin,
        None => Permission::IssueBulletinOnAll,
    })?;
    let as_of = AsOf::in_body(&state, body.year.get(), body.as_of)?;
    let fingerprint = Fingerprint::of(&request, &body)?;
    let issue = async move |state: Data<AppState>| {
        let mut conn = state.conn().await?;
        let Some(repeatable) = key.of(fingerprint) else {
            return Kept::of(&store::create(&mut conn, &state, &caller, &body, as_of).await?);
        };
        idempotency::store::once(&mut conn, &caller, repeatable, state.now(), async |conn| {
            Kept::of(&store::create(conn, &state, &caller, &body, as_of).await?)
        })
        .await
    };
    state.run_apart(issue).await
}

/// List bulletins.
///
/// Those about what the key may see, without their tables, by year and number.
#[utoipa::path(tag = "bulletins", params(BulletinQuery, Paging), responses((status = 200, description = "A page of bulletins.", body = Page<BulletinHead>), ApiError))]
#[get("/bulletins")]
pub async fn list_bulletins(
    state: Data<AppState>,
    caller: Caller,
    listing: Listing<BulletinQuery>,
) -> ApiResult<Answer<Page<BulletinHead>>> {
    let Listing { filter, paging } = listing;
    let after = paging.after("bulletins")?;
    let heads = store::list(&mut *state.conn().await?, &caller, &filter, after, paging.limit() + 1).await?;
    Ok(Answer::ok(Page::of("bulletins", heads, paging.limit(), |head| (head.year, head.number), |head| head)?))
}

/// Show a bulletin.
///
/// Byte for byte as it was issued. One about more than the key may see is answered as if it did not exist.
#[utoipa::path(tag = "bulletins", params(BulletinPath), responses((status = 200, description = "The bulletin.", body = Bulletin), NotModified, ApiError))]
#[get("/bulletins/{year}/{number}")]
pub async fn show_bulletin(
    state: Data<AppState>,
    caller: Caller,
    path: Path<BulletinPath>,
    conditional: Conditional,
) -> ApiResult<Computed<Box<RawValue>>> {
    let mut conn = state.conn().await?;
    store::require_visible(&mut conn, &caller, *path).await?;
    // It never changes.
    let tag = conditional.tag(&())?;
    if conditional.has(&tag) {
        return Ok(Computed::NotModified(tag));
    }
    Ok(Computed::Answer(store::content(&mut conn, *path).await?, tag))
}
