//! Routes of batches.

use actix_web::http::header::{self, HeaderValue};
use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse, Responder, post};
use serde::Serialize;
use utoipa::ToSchema;

use super::import::{self, Context, Kind, Report};
use super::upload::Upload;
use super::{ActualBatch, BatchQuery, ChangeBatch, TargetBatch};
use crate::auth::{Caller, Permission};
use crate::batch::{BatchAnswer, BatchItem, Counts};
use crate::database::{Ending, ending, transaction};
use crate::error::{ApiError, ApiResult, Code, FieldProblem, Language, Problem};
use crate::http::Query;
use crate::idempotency::{self, Fingerprint, IdempotencyKey, Kept, Repeatable};
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
    let job = Job { state: state.clone(), caller, key, language, query: query.into_inner(), upload, kind };
    if let Some(kept) = job.find_kept().await? {
        return Ok(kept.respond_to(&request));
    }
    let kept = state.run_apart(move |state| Job { state, ..job }.run()).await?;
    let is_refused = kept.status == REFUSED;
    let mut response = kept.respond_to(&request);
    if is_refused {
        response.headers_mut().insert(header::CONTENT_LANGUAGE, HeaderValue::from_static(language.tag()));
    }
    Ok(response)
}

/// A batch as it goes to a thread of its own.
struct Job {
    state: Data<AppState>,
    caller: Caller,
    key: IdempotencyKey,
    language: Language,
    query: BatchQuery,
    upload: Upload,
    kind: Kind,
}

impl Job {
    /// The kept answer, or 409 while the same request is worked on: told before this one waits for its turn. Whoever goes
    /// on claims the key again, in the transaction of the batch.
    async fn find_kept(&self) -> ApiResult<Option<Kept>> {
        let Some(request) = repeatable(&self.key, self.upload.fingerprint, &self.query) else { return Ok(None) };
        let mut conn = self.state.conn().await?;
        let claim = async |conn: &mut _| idempotency::store::claim(conn, &self.caller, request, self.state.now()).await;
        transaction(&mut conn, claim).await
    }

    async fn run(self) -> ApiResult<Kept> {
        let Self { state, caller, key, language, query, upload, kind } = self;
        let Upload { format, content, fingerprint } = upload;
        let repeatable = repeatable(&key, fingerprint, &query);
        let context = Context { state: &state, caller: &caller, query: &query, language };
        let mut conn = state.conn().await?;
        ending(&mut conn, async |conn| {
            if let Some(request) = repeatable
                && let Some(kept) = idempotency::store::claim(conn, &caller, request, state.now()).await?
            {
                return Ok(Ending::Rollback(kept));
            }
            let report = import::run(conn, &context, kind, content.reader()?, format).await?;
            let (stays, has_new) = (report.stays(), report.answer.counts.created > 0);
            let answer = answer(report, language, caller.request_id.as_deref().unwrap_or_default())?;
            if !stays {
                return Ok(Ending::Rollback(answer));
            }
            // Where nothing is new, asking again is safe, and the answer may be another one by then.
            if let Some(request) = repeatable.filter(|_| has_new) {
                idempotency::store::keep(conn, &caller, request, &answer, state.now()).await?;
            }
            Ok(Ending::Commit(answer))
        })
        .await
    }
}

/// The request as one that is safe to repeat; a dry run stores nothing, and is done again.
fn repeatable<'a>(key: &'a IdempotencyKey, fingerprint: Fingerprint, query: &BatchQuery) -> Option<Repeatable<'a>> {
    key.of(fingerprint).filter(|_| !query.dry_run)
}

/// Status of a batch that one wrong row stopped.
const REFUSED: u16 = 422;

/// Of so many wrong rows the errors are repeated under `errors`, for those who know no batches.
const REPEATED: usize = 100;

/// The answer to a batch that one wrong row stopped: a problem, and which rows are wrong. `items` has the errors of
/// every row that is listed; `errors` repeats those of the first 100 of them, their pointers from the top of the batch.
#[derive(Serialize, ToSchema)]
pub struct RefusedBatch {
    #[serde(flatten)]
    problem: Problem,
    /// How many rows are wrong, also those that are not listed.
    #[schema(required = false, example = 7)]
    wrong: i64,
    /// All rows are rejected, since nothing was stored.
    #[schema(required = false)]
    counts: Counts,
    /// The rows that are wrong, at most the first 10,000, each with all its errors.
    #[schema(required = false)]
    items: Vec<BatchItem>,
}

fn answer(report: Report, language: Language, request_id: &str) -> ApiResult<Kept> {
    if !report.is_refused {
        return Kept::json(200, "application/json", &report.answer);
    }
    let BatchAnswer { counts, items, .. } = report.answer;
    let error = ApiError::new(Code::BatchRejected).given(report.wrong).allowed(counts.received);
    let mut problem = error.problem(language, request_id);
    problem.errors = items.iter().take(REPEATED).flat_map(placed).collect();
    let refused = RefusedBatch { problem, wrong: report.wrong, counts, items };
    Kept::json(REFUSED, "application/problem+json", &refused)
}

/// The errors of one row, their pointers from the top of the batch.
fn placed(item: &BatchItem) -> impl Iterator<Item = FieldProblem> {
    let at = |error: &FieldProblem| format!("/items/{}{}", item.index, error.pointer);
    item.errors.iter().map(move |error| FieldProblem { pointer: at(error), ..error.clone() })
}
