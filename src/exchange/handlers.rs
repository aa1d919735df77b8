//! Routes of batches.

use actix_web::http::header::{self, HeaderValue};
use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse, Responder, post};

use super::answer::{Batch, REFUSED, RefusedBatch};
use super::import::Kind;
use super::upload::Upload;
use super::{ActualBatch, BatchQuery, ChangeBatch, TargetBatch};
use crate::auth::{Caller, Permission};
use crate::batch::BatchAnswer;
use crate::error::{ApiError, ApiResult, Language};
use crate::http::Query;
use crate::idempotency::IdempotencyKey;
use crate::state::AppState;

/// Submit many actuals.
///
/// Rows of any associations of the key's scope, as JSON (at most 10,000 items), NDJSON or CSV (at most 5,000,000 rows),
/// or an `.xlsx` workbook (at most 100,000 rows); columns are named as the fields, or in Chinese as in the template. Associations and indicators
/// may be named by code, or by name or alias where only one has it. All rows or none, unless `mode=partial`;
/// `dry_run=true` does everything but store. Safe to repeat: with an `external_id` per row, or an `Idempotency-Key` for
/// the whole request. The counts always add up to the rows sent; every row that is wrong is listed with its place.
#[utoipa::path(tag = "actuals", params(BatchQuery), request_body(content((ActualBatch = "application/json"), (String = "text/csv", example = "组织,指标,期间,数值\nchuzhou,households-lifted,2018-01,12\n"), (String = "application/x-ndjson", example = "{\"association\": \"chuzhou\", \"indicator\": \"households-lifted\", \"period\": \"2018-04\", \"value\": 8}\n"), (Vec<u8> = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")), description = "The rows."), responses((status = 200, description = "What became of the rows.", body = BatchAnswer), ApiError, (status = 422, description = "In atomic mode one wrong row stops everything: nothing is stored, and every wrong row is listed under `items`; `errors` repeats the errors of the first 100. Also where the file as a whole cannot be read; there are no items then.", content_type = "application/problem+json", body = RefusedBatch)))]
#[post("/actuals")]
pub async fn submit_actuals(asked: Asked, payload: Payload) -> ApiResult<HttpResponse> {
    take(Kind::Actuals, Permission::SubmitActual, asked, payload).await
}

/// Change many actuals.
///
/// Verifies, rejects, voids or amends stored actuals of any associations of the key's scope, each named by its `id` or
/// its `external_id`: at most 10,000, in the formats and modes of many actuals. Every row is judged as a single change
/// is, by a key that may do it: verifiers verify and reject, reporters void and amend. `created` counts the rows that
/// changed an actual, `unchanged` those that found it so already. A `version` refuses the row where somebody else was
/// faster; two rows that mean the same actual are refused.
#[utoipa::path(tag = "actuals", params(BatchQuery), request_body(content((ChangeBatch = "application/json"), (String = "text/csv", example = "组织,外部编号,操作,核定值,原因\nchuzhou,chuzhou-2018-03-households,核定,30,核减重复上报的1户\n"), (String = "application/x-ndjson", example = "{\"association\": \"chuzhou\", \"external_id\": \"chuzhou-2018-03-households\", \"action\": \"amend\", \"patch\": {\"value\": 32}, \"reason\": \"更正录入错误\"}\n"), (Vec<u8> = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")), description = "The rows."), responses((status = 200, description = "What became of the rows.", body = BatchAnswer), ApiError, (status = 422, description = "In atomic mode one wrong row stops everything: nothing is stored, and every wrong row is listed under `items`; `errors` repeats the errors of the first 100. Also where the file as a whole cannot be read; there are no items then.", content_type = "application/problem+json", body = RefusedBatch)))]
#[post("/actuals/changes")]
pub async fn change_actuals(asked: Asked, payload: Payload) -> ApiResult<HttpResponse> {
    take(Kind::Changes, Permission::ChangeActuals, asked, payload).await
}

/// Set or revise many targets.
///
/// As for many actuals; a row says `association`, `year` and `indicator` beside the fields of a target. A target that
/// is in force and changes needs a `reason`, and counts as created: its revision is new. The same row again is
/// unchanged.
#[utoipa::path(tag = "targets", params(BatchQuery), request_body(content((TargetBatch = "application/json"), (String = "text/csv", example = "组织,年度,指标,数值,原因\nfengxian,2009,training-attendances,2100,市里下达\n"), (String = "application/x-ndjson", example = "{\"association\": \"fengxian\", \"year\": 2008, \"indicator\": \"training-attendances\", \"value\": 2050}\n"), (Vec<u8> = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")), description = "The rows."), responses((status = 200, description = "What became of the rows.", body = BatchAnswer), ApiError, (status = 422, description = "In atomic mode one wrong row stops everything: nothing is stored, and every wrong row is listed under `items`; `errors` repeats the errors of the first 100. Also where the file as a whole cannot be read; there are no items then.", content_type = "application/problem+json", body = RefusedBatch)))]
#[post("/targets")]
pub async fn set_targets(asked: Asked, payload: Payload) -> ApiResult<HttpResponse> {
    take(Kind::Targets, Permission::SetTarget, asked, payload).await
}

/// What every batch is asked with beside its rows.
type Asked = (Data<AppState>, Caller, HttpRequest, IdempotencyKey, Language, Query<BatchQuery>);

async fn take(kind: Kind, permission: Permission, asked: Asked, payload: Payload) -> ApiResult<HttpResponse> {
    let (state, caller, request, key, language, query) = asked;
    caller.require(permission)?;
    let upload = Upload::receive(&request, payload, &state).await?;
    let batch = Batch { caller, key, language, query: query.into_inner(), upload, kind, is_shown: false };
    let kept = batch.take(&state).await?.kept;
    let is_refused = kept.status == REFUSED;
    let mut response = kept.respond_to(&request);
    if is_refused {
        response.headers_mut().insert(header::CONTENT_LANGUAGE, HeaderValue::from_static(language.tag()));
    }
    Ok(response)
}
