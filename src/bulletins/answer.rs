//! The answers about bulletins, whoever asks: the routes or the pages.

use actix_web::web::Data;
use serde_json::value::RawValue;

use super::{BulletinHead, BulletinPath, BulletinQuery, CreateBulletin, store};
use crate::auth::{Caller, Permission};
use crate::error::ApiResult;
use crate::http::{Computed, Conditional, Listing, Page};
use crate::idempotency::{self, Fingerprint, IdempotencyKey, Kept};
use crate::ledger::AsOf;
use crate::state::AppState;

/// Issues a bulletin, apart from other requests: it may read the ledger of everybody.
///
/// # Errors
/// `forbidden`; `association_not_found` for its scope; `out_of_range` for a day to come; `database_busy` while writes of
/// the day asked about are under way; those of a repeated request.
pub(crate) async fn issue(
    state: &Data<AppState>,
    caller: Caller,
    body: CreateBulletin,
    key: IdempotencyKey,
    fingerprint: Fingerprint,
) -> ApiResult<Kept> {
    caller.require(match body.scope {
        Some(_) => Permission::IssueBulletin,
        None => Permission::IssueBulletinOnAll,
    })?;
    let as_of = AsOf::in_body(state, body.year.get(), body.as_of)?;
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

/// The bulletins about what the caller may see, without their tables.
///
/// # Errors
/// `invalid_cursor`.
pub(crate) async fn list(
    state: &Data<AppState>,
    caller: &Caller,
    listing: Listing<BulletinQuery>,
) -> ApiResult<Page<BulletinHead>> {
    let Listing { filter, paging } = listing;
    let after = paging.after("bulletins")?;
    let heads = store::list(&mut *state.conn().await?, caller, &filter, after, paging.limit() + 1).await?;
    Page::of("bulletins", heads, paging.limit(), |head| (head.year, head.number), |head| head)
}

/// A bulletin, byte for byte as it was issued.
///
/// # Errors
/// `bulletin_not_found`, also for one about more than the caller may see.
pub(crate) async fn content(
    state: &Data<AppState>,
    caller: &Caller,
    path: BulletinPath,
    conditional: &Conditional,
) -> ApiResult<Computed<Box<RawValue>>> {
    let mut conn = state.conn().await?;
    store::require_visible(&mut conn, caller, path).await?;
    // It never changes.
    let tag = conditional.tag(&())?;
    if conditional.has(&tag) {
        return Ok(Computed::NotModified(tag));
    }
    Ok(Computed::Answer(store::content(&mut conn, path).await?, tag))
}
