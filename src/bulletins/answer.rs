//! The answers about bulletins, whoever asks: the routes or the pages.

use actix_web::web::Data;
use serde_json::value::RawValue;

use super::{BulletinHead, BulletinPath, BulletinQuery, store};
use crate::auth::Caller;
use crate::error::ApiResult;
use crate::http::{Computed, Conditional, Listing, Page};
use crate::state::AppState;

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
