//! Routes of bulletins.

use actix_web::web::Data;
use actix_web::{HttpRequest, get, post};
use serde_json::value::RawValue;

use super::{Bulletin, BulletinHead, BulletinPath, BulletinQuery, CreateBulletin, answer};
use crate::auth::Caller;
use crate::error::{ApiError, ApiResult, Language};
use crate::http::{
    Answer, Computed, Conditional, Listing, NotModified, Page, Paging, Path, Query, Representation, Valid,
    WorkbookQuery,
};
use crate::idempotency::{Fingerprint, IdempotencyKey, Kept};
use crate::state::AppState;

/// Issue a bulletin.
///
/// Freezes how the associations in the scope stand together and each by itself, their ranking, what is furthest behind the
/// pace and who has reported, all as of one moment: now, or as known at the end of a past day. It gets the next number of the
/// year. A verifier or admin whose key has a scope issues them for what lies in it.
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
    let fingerprint = Fingerprint::of(&request, &body)?;
    answer::issue(&state, caller, body, None, key, fingerprint).await
}

/// List bulletins.
///
/// Those the key may read, without their tables: about nothing but what it may see, or circulated to its association.
#[utoipa::path(tag = "bulletins", params(BulletinQuery, Paging), responses((status = 200, description = "A page of bulletins.", body = Page<BulletinHead>), ApiError))]
#[get("/bulletins")]
pub async fn list_bulletins(
    state: Data<AppState>,
    caller: Caller,
    listing: Listing<BulletinQuery>,
) -> ApiResult<Answer<Page<BulletinHead>>> {
    Ok(Answer::ok(answer::list(&state, &caller, listing).await?))
}

/// Show a bulletin.
///
/// Byte for byte as it was issued, or as a workbook of the same figures with a sheet for each table. One that the key may
/// not read is answered as if it did not exist.
#[utoipa::path(tag = "bulletins", params(BulletinPath, WorkbookQuery), responses((status = 200, description = "The bulletin.", content((Bulletin = "application/json"), (Vec<u8> = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"))), NotModified, ApiError))]
#[get("/bulletins/{year}/{number}")]
pub async fn show_bulletin(
    state: Data<AppState>,
    caller: Caller,
    request: HttpRequest,
    path: Path<BulletinPath>,
    conditional: Conditional,
    language: Language,
    asked: Query<WorkbookQuery>,
) -> ApiResult<Computed<Representation<Box<RawValue>>>> {
    answer::represented(&state, &caller, *path, asked.wanted(&request), language, &conditional).await
}
