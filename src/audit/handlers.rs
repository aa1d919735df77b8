//! Routes of the audit trail.

use actix_web::get;
use actix_web::web::Data;
use uuid::Uuid;

use super::{AuditEntry, AuditQuery, store};
use crate::auth::{Caller, Permission};
use crate::error::{ApiError, ApiResult};
use crate::http::{Answer, Listing, Page, Paging};
use crate::state::AppState;

/// List audit entries.
///
/// Who changed what and when, the newest first: one entry per write, stored with it or not at all. For verifiers and
/// admins; a key with a scope sees the entries of its associations, and only an admin without a scope sees what belongs
/// to no association (indicators, locks, keys that reach everything). Entries of keys are for admins alone.
/// An entry stands where its write began, so those of a long batch appear below newer ones once it is stored: who copies
/// the trail asks for the last hours again.
#[utoipa::path(tag = "audit", params(AuditQuery, Paging), responses((status = 200, description = "A page of entries.", body = Page<AuditEntry>), ApiError))]
#[get("/audit")]
pub async fn list_audit_entries(
    state: Data<AppState>,
    caller: Caller,
    listing: Listing<AuditQuery>,
) -> ApiResult<Answer<Page<AuditEntry>>> {
    caller.require(Permission::ReadAudit)?;
    let Listing { filter, paging } = listing;
    let before: Option<Uuid> = paging.after("audit")?;
    let mut conn = state.conn().await?;
    let entries = store::list(&mut conn, &state, &caller, &filter, before, paging.limit() + 1).await?;
    Ok(Answer::ok(Page::of("audit", entries, paging.limit(), |entry| entry.id, |entry| entry)?))
}
