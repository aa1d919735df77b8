//! Routes of locks.

use actix_web::web::Data;
use actix_web::{get, put};

use super::{Lock, LockPath, PutLock, store};
use crate::auth::{Caller, Permission};
use crate::error::{ApiError, ApiResult};
use crate::http::{Answer, IfMatch, Listing, NoFilter, Page, Paging, Path, Valid};
use crate::state::AppState;

/// Show the lock of a year.
///
/// Which of its periods are closed. Every year has a lock; one that was never set closes nothing.
#[utoipa::path(tag = "locks", params(LockPath), responses((status = 200, description = "The lock.", body = Lock), ApiError))]
#[get("/locks/{year}")]
pub async fn show_lock(state: Data<AppState>, _caller: Caller, path: Path<LockPath>) -> ApiResult<Answer<Lock>> {
    let lock = store::find(&mut *state.conn().await?, path.year).await?;
    Ok(lock.into_answer())
}

/// Close periods of a year, or open them again.
///
/// A period that ends on or before `closed_through` is closed: its actuals can no longer be submitted, amended, verified,
/// rejected or voided, but by an admin who gives a reason. A target's period is its whole year, so it is closed with
/// 31 December. For admins without a scope; the same body twice changes nothing.
#[utoipa::path(tag = "locks", params(LockPath), request_body = PutLock, responses((status = 200, description = "The lock as it is now.", body = Lock), ApiError))]
#[put("/locks/{year}")]
pub async fn put_lock(
    state: Data<AppState>,
    caller: Caller,
    path: Path<LockPath>,
    condition: IfMatch,
    body: Valid<PutLock>,
) -> ApiResult<Answer<Lock>> {
    caller.require(Permission::ManageLocks)?;
    let mut conn = state.conn().await?;
    store::put(&mut conn, &caller, path.year, &condition, &body.into_inner(), state.now()).await
}

/// List locks.
///
/// Those that were ever set, by year.
#[utoipa::path(tag = "locks", params(Paging), responses((status = 200, description = "A page of locks.", body = Page<Lock>), ApiError))]
#[get("/locks")]
pub async fn list_locks(
    state: Data<AppState>,
    _caller: Caller,
    listing: Listing<NoFilter>,
) -> ApiResult<Answer<Page<Lock>>> {
    let paging = listing.paging;
    let locks = store::list(&mut *state.conn().await?, paging.after("locks")?, paging.limit() + 1).await?;
    Ok(Answer::ok(Page::of("locks", locks, paging.limit(), |lock| lock.year, |lock| lock)?))
}
