//! Routes of indicators.

use actix_web::web::Data;
use actix_web::{HttpResponse, delete, get, patch, put};

use super::{Indicator, IndicatorQuery, PutIndicator, store};
use crate::auth::{Caller, Permission};
use crate::error::{ApiError, ApiResult};
use crate::http::{
    Answer, Becoming, Computed, Conditional, IfMatch, Listing, NotModified, Page, Paging, Patch, Path, ResourceCode,
    Valid,
};
use crate::state::AppState;

/// Create or replace an indicator.
///
/// 201 when it is new, 200 when it was replaced; the same body twice changes nothing. Once a target or an actual exists,
/// value type, unit, direction and accumulation cannot change.
#[utoipa::path(tag = "indicators", params(("indicator" = ResourceCode, Path, description = "The indicator's code.", example = "households-lifted")), request_body = PutIndicator, responses((status = 200, description = "It was replaced, or was so already.", body = Indicator), (status = 201, description = "It is new.", body = Indicator), ApiError))]
#[put("/indicators/{indicator}")]
pub async fn put_indicator(
    state: Data<AppState>,
    caller: Caller,
    path: Path<ResourceCode>,
    condition: IfMatch,
    body: Valid<PutIndicator>,
) -> ApiResult<Answer<Indicator>> {
    caller.require(Permission::ManageIndicators)?;
    let mut conn = state.conn().await?;
    store::put(&mut conn, &caller, &path, &condition, &Becoming::Whole(&body.into_inner()), state.now()).await
}

/// Show an indicator.
///
/// Indicators are shared: every key may read them.
#[utoipa::path(tag = "indicators", params(("indicator" = ResourceCode, Path, description = "The indicator's code.", example = "households-lifted")), responses((status = 200, description = "The indicator.", body = Indicator), ApiError))]
#[get("/indicators/{indicator}")]
pub async fn show_indicator(
    state: Data<AppState>,
    _caller: Caller,
    path: Path<ResourceCode>,
) -> ApiResult<Answer<Indicator>> {
    let found = store::find(&*state.conn().await?, &path).await?;
    Ok(found.into_answer())
}

/// Change some fields of an indicator.
///
/// A JSON merge patch (RFC 7396): fields not named stay, null clears.
#[utoipa::path(tag = "indicators", params(("indicator" = ResourceCode, Path, description = "The indicator's code.", example = "households-lifted")), request_body(content = serde_json::Value, content_type = "application/merge-patch+json", description = "The fields to change.", example = json!({"definition": "建档立卡贫困户，以年底验收为准"})), responses((status = 200, description = "The indicator as it is now.", body = Indicator), ApiError))]
#[patch("/indicators/{indicator}")]
pub async fn patch_indicator(
    state: Data<AppState>,
    caller: Caller,
    path: Path<ResourceCode>,
    condition: IfMatch,
    patch: Patch,
) -> ApiResult<Answer<Indicator>> {
    caller.require(Permission::ManageIndicators)?;
    let mut conn = state.conn().await?;
    store::put(&mut conn, &caller, &path, &condition, &Becoming::Patched(&patch), state.now()).await
}

/// Delete an indicator.
///
/// Only one without targets, actuals or breakdowns.
#[utoipa::path(tag = "indicators", params(("indicator" = ResourceCode, Path, description = "The indicator's code.", example = "households-lifted")), responses((status = 204, description = "It is gone."), ApiError))]
#[delete("/indicators/{indicator}")]
pub async fn delete_indicator(
    state: Data<AppState>,
    caller: Caller,
    path: Path<ResourceCode>,
    condition: IfMatch,
) -> ApiResult<HttpResponse> {
    caller.require(Permission::ManageIndicators)?;
    let mut conn = state.conn().await?;
    let found = store::find(&conn, &path).await?;
    condition.check(Some(&found.tag()))?;
    store::delete(&mut conn, &caller, &found, state.now()).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// List indicators.
///
/// All of them, by code.
#[utoipa::path(tag = "indicators", params(IndicatorQuery, Paging), responses((status = 200, description = "A page of indicators.", body = Page<Indicator>), NotModified, ApiError))]
#[get("/indicators")]
pub async fn list_indicators(
    state: Data<AppState>,
    _caller: Caller,
    conditional: Conditional,
    listing: Listing<IndicatorQuery>,
) -> ApiResult<Computed<Page<Indicator>>> {
    let Listing { filter, paging } = listing;
    let after: Option<ResourceCode> = paging.after("indicators")?;
    let rows = store::list(&mut *state.conn().await?, &filter, after, paging.limit() + 1).await?;
    let code = |row: &store::Found| row.code().to_owned();
    conditional.answer(Page::of("indicators", rows, paging.limit(), code, store::Found::into_indicator)?)
}
