//! What becomes of a batch, whoever sends it: the routes or a page.

use std::collections::BTreeMap;

use actix_web::web::Data;
use log::warn;
use serde::Serialize;
use utoipa::ToSchema;

use super::BatchQuery;
use super::import::{self, Context, Kind, Report, View};
use super::upload::Upload;
use crate::auth::Caller;
use crate::batch::{BatchAnswer, BatchItem, Counts};
use crate::database::{Ending, ending, transaction};
use crate::error::{ApiError, ApiResult, Code, FieldProblem, Language, Problem};
use crate::idempotency::{self, Fingerprint, IdempotencyKey, Kept, Repeatable};
use crate::state::AppState;

/// A batch as it goes to a thread of its own.
pub(crate) struct Batch {
    pub caller: Caller,
    pub key: IdempotencyKey,
    pub language: Language,
    pub query: BatchQuery,
    pub upload: Upload,
    pub kind: Kind,
    /// Whether somebody looks at what becomes of the rows.
    pub is_shown: bool,
}

/// What became of a batch.
pub(crate) struct Taken {
    /// The answer; the API's, also where one wrong row stopped it.
    pub kept: Kept,
    /// What it does; of an answer that was given before, nothing.
    pub view: View,
}

impl Taken {
    fn before(kept: Kept) -> Self {
        Self { kept, view: View::default() }
    }
}

impl Batch {
    /// Takes it, or tries it.
    ///
    /// # Errors
    /// When the rows cannot be read as a whole, or the database is away or busy.
    pub(crate) async fn take(self, state: &Data<AppState>) -> ApiResult<Taken> {
        match self.find_kept(state).await? {
            Some(kept) => Ok(Taken::before(kept)),
            None => state.run_apart(move |state| self.run(state)).await,
        }
    }

    /// The kept answer, or 409 while the same request is worked on: told before this one waits for its turn. Whoever goes
    /// on claims the key again, in the transaction of the batch.
    async fn find_kept(&self, state: &AppState) -> ApiResult<Option<Kept>> {
        let Some(request) = repeatable(&self.key, self.upload.fingerprint, &self.query) else { return Ok(None) };
        let mut conn = state.conn().await?;
        let claim = async |conn: &mut _| idempotency::store::claim(conn, &self.caller, request, state.now()).await;
        transaction(&mut conn, claim).await
    }

    async fn run(self, state: Data<AppState>) -> ApiResult<Taken> {
        let Self { caller, key, language, query, upload, kind, is_shown } = self;
        let Upload { format, content, fingerprint, .. } = upload;
        let repeatable = repeatable(&key, fingerprint, &query);
        let context = Context { state: &state, caller: &caller, query: &query, language, is_shown };
        let mut conn = state.conn().await?;
        let mut taken = ending(&mut conn, async |conn| {
            if let Some(request) = repeatable
                && let Some(kept) = idempotency::store::claim(conn, &caller, request, state.now()).await?
            {
                return Ok(Ending::Rollback(Taken::before(kept)));
            }
            let mut report = import::run(conn, &context, kind, content.reader()?, format).await?;
            let (stays, has_new) = (report.stays(), report.answer.counts.created > 0);
            let view = std::mem::take(&mut report.view);
            let kept = answer(report, language, caller.request_id.as_deref().unwrap_or_default())?;
            if !stays {
                return Ok(Ending::Rollback(Taken { kept, view }));
            }
            // Where nothing is new, asking again is safe, and the answer may be another one by then.
            if let Some(request) = repeatable.filter(|_| has_new) {
                idempotency::store::keep(conn, &caller, request, &kept, state.now()).await?;
                idempotency::store::tidy(conn, state.now()).await?;
            }
            Ok(Ending::Commit(Taken { kept, view }))
        })
        .await?;
        drop(conn);
        if !taken.view.items.is_empty() {
            // What became of the rows is settled, and told also where they cannot be read again.
            let said =
                content.reader().and_then(|file| import::read_shown(&context, kind, file, format, &taken.view.items));
            taken.view.said = said.unwrap_or_else(|error| {
                warn!("the rows of an upload cannot be read again: {error}");
                BTreeMap::new()
            });
        }
        Ok(taken)
    }
}

/// The request as one that is safe to repeat; a dry run stores nothing, and is done again.
fn repeatable<'a>(key: &'a IdempotencyKey, fingerprint: Fingerprint, query: &BatchQuery) -> Option<Repeatable<'a>> {
    key.of(fingerprint).filter(|_| !query.dry_run)
}

/// Status of a batch that one wrong row stopped.
pub(super) const REFUSED: u16 = 422;

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
