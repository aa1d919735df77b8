//! The answers about bulletins, whoever asks: the routes or the pages.

use actix_web::web::Data;
use serde_json::value::RawValue;

use super::{Bulletin, BulletinHead, BulletinPath, BulletinQuery, BulletinSort, CreateBulletin, store, table};
use crate::auth::{Caller, Permission};
use crate::database::{snapshot, transaction};
use crate::error::{ApiError, ApiResult, Code, Language};
use crate::exports::{Wanted, represent};
use crate::http::{Computed, Conditional, FileFormat, Listing, Page, Representation};
use crate::idempotency::store::{claim, keep, tidy};
use crate::idempotency::{Fingerprint, IdempotencyKey, Kept, Repeatable};
use crate::ledger::AsOf;
use crate::state::AppState;

/// The day a bulletin is about, where the caller may issue it.
fn permitted(state: &AppState, caller: &Caller, body: &CreateBulletin) -> ApiResult<AsOf> {
    caller.require(match body.scope {
        Some(_) => Permission::IssueBulletin,
        None => Permission::IssueBulletinOnAll,
    })?;
    AsOf::in_body(state, body.year.get(), body.as_of)
}

/// A bulletin as it would be issued now, but for its number, which is 0.
pub(crate) struct Preview {
    /// Its moment of issue is that of the preview.
    pub bulletin: Bulletin,
    /// Some of what was issued before about the same year, associations, basis and day.
    pub alike: Vec<BulletinHead>,
}

/// Computes what would be issued, apart from other requests and in nobody's way: it takes no turn and writes nothing.
///
/// # Errors
/// Those of [`issue`], but for a repeated request.
pub(crate) async fn preview(state: &Data<AppState>, caller: Caller, body: CreateBulletin) -> ApiResult<Preview> {
    let as_of = permitted(state, &caller, &body)?;
    let compute = async move |state: Data<AppState>| {
        let mut conn = state.conn().await?;
        as_of.require_settled(&mut conn, state.now()).await?;
        snapshot(&mut conn, async |conn| {
            let draft = store::draft(conn, &state, &caller, &body, as_of).await?;
            let alike = store::alike(conn, &caller, &draft).await?;
            Ok(Preview { bulletin: draft.bulletin, alike })
        })
        .await
    };
    state.run_apart(compute).await
}

/// Issues a bulletin, apart from other requests: it may read the ledger of everybody.
///
/// # Errors
/// `forbidden`; `association_not_found` for its scope; `out_of_range` for a day to come; `database_busy` while writes of
/// the day asked about are under way; those of a repeated request. `precondition_failed` where its figures are not those
/// that were `seen`, by their [`Bulletin::digest`].
pub(crate) async fn issue(
    state: &Data<AppState>,
    caller: Caller,
    body: CreateBulletin,
    seen: Option<String>,
    key: IdempotencyKey,
    fingerprint: Fingerprint,
) -> ApiResult<Kept> {
    let as_of = permitted(state, &caller, &body)?;
    let issuing = async move |state: Data<AppState>| {
        issue_apart(&state, &caller, &body, (as_of, seen.as_deref()), key.of(fingerprint)).await
    };
    state.run_apart(issuing).await
}

async fn issue_apart(
    state: &AppState,
    caller: &Caller,
    body: &CreateBulletin,
    (as_of, seen): (AsOf, Option<&str>),
    repeatable: Option<Repeatable<'_>>,
) -> ApiResult<Kept> {
    let mut conn = state.conn().await?;
    // What is kept is answered before the turn has come. Tidied up here, since what others remove while the bulletin is made
    // would stop its transaction. Whoever goes on claims the key again, in its turn.
    if let Some(request) = repeatable {
        let kept = transaction(&mut conn, async |conn| {
            let kept = claim(conn, caller, request, state.now()).await?;
            tidy(conn, state.now()).await?;
            Ok(kept)
        });
        if let Some(kept) = kept.await? {
            return Ok(kept);
        }
    }
    // Before the turn: of what is seen in it as of one moment, nothing could be waited for.
    as_of.require_settled(&mut conn, state.now()).await?;
    store::in_turn(&mut conn, async |conn| {
        // The day may have ended meanwhile: its figures would not be those of its end, nor the next day's its own.
        if AsOf::in_body(state, body.year.get(), body.as_of)? != as_of {
            return Err(ApiError::new(Code::DatabaseBusy).because("the day ended while a bulletin waited for its turn"));
        }
        if let Some(request) = repeatable
            && let Some(kept) = claim(conn, caller, request, state.now()).await?
        {
            return Ok(kept);
        }
        let draft = store::draft(conn, state, caller, body, as_of).await?;
        if let Some(seen) = seen
            && draft.bulletin.digest()? != seen
        {
            return Err(ApiError::new(Code::PreconditionFailed).because("the figures changed since they were seen"));
        }
        let issued = Kept::of(&store::create(conn, caller, draft).await?)?;
        if let Some(request) = repeatable {
            keep(conn, caller, request, &issued, state.now()).await?;
        }
        Ok(issued)
    })
    .await
}

/// The bulletins the caller may read, without their tables.
///
/// # Errors
/// `invalid_cursor`.
pub(crate) async fn list(
    state: &Data<AppState>,
    caller: &Caller,
    listing: Listing<BulletinQuery>,
) -> ApiResult<Page<BulletinHead>> {
    let Listing { filter, paging } = listing;
    let list = filter.sort.list();
    let after = paging.after(list)?;
    let heads = store::list(&mut *state.conn().await?, caller, &filter, after, paging.limit() + 1).await?;
    Page::of(list, heads, paging.limit(), |head| (head.year, head.number), |head| head)
}

impl BulletinSort {
    /// Names the list, so that no other order takes its cursors.
    const fn list(self) -> &'static str {
        match self {
            Self::Number => "bulletins",
            Self::NumberDescending => "bulletins, newest first",
        }
    }
}

/// A bulletin, byte for byte as it was issued.
///
/// # Errors
/// `bulletin_not_found`, also for one that the caller may not read.
pub(crate) async fn content(
    state: &Data<AppState>,
    caller: &Caller,
    path: BulletinPath,
    conditional: &Conditional,
) -> ApiResult<Computed<Box<RawValue>>> {
    let mut conn = state.conn().await?;
    store::require_readable(&mut conn, caller, path).await?;
    // It never changes.
    let tag = conditional.tag(&())?;
    if conditional.has(&tag) {
        return Ok(Computed::NotModified(tag));
    }
    Ok(Computed::Answer(store::content(&mut conn, path).await?, tag))
}

/// The same, as it is wanted: as JSON, or as a workbook.
///
/// # Errors
/// As [`content`]; `service_busy`.
pub(crate) async fn represented(
    state: &Data<AppState>,
    caller: &Caller,
    path: BulletinPath,
    format: Option<FileFormat>,
    language: Language,
    conditional: &Conditional,
) -> ApiResult<Computed<Representation<Box<RawValue>>>> {
    let wanted = Wanted::list(state, format).await?;
    let content = content(state, caller, path, conditional).await?;
    let name = format!("bulletin-{}-{}", path.year, path.number);
    let zone = state.rules.timezone;
    let lay_out = move |content: Box<RawValue>| {
        let bulletin = serde_json::from_str(content.get()).map_err(ApiError::internal)?;
        Ok(table::table(bulletin, zone, language))
    };
    represent(state, wanted, content, name, lay_out).await
}
