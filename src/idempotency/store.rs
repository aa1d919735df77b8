//! Kept answers in the database.

use chrono::{DateTime, TimeDelta, Utc};
use diesel::prelude::*;
use diesel::sql_types::BigInt;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::{Fingerprint, Kept, Repeatable};
use crate::auth::Caller;
use crate::database::transaction;
use crate::error::{ApiError, ApiResult, Code};
use crate::schema::idempotency_keys;

/// How long an answer is kept.
const KEPT_FOR: TimeDelta = TimeDelta::hours(24);

/// The lock of whoever removes the answers that were kept long enough.
const TIDYING: i64 = 0x6b70_6920_7469_6479;

#[diesel::declare_sql_function]
extern "SQL" {
    /// Held until the transaction ends, also when the program dies.
    fn pg_try_advisory_xact_lock(key: BigInt) -> diesel::sql_types::Bool;
}

#[derive(HasQuery, Insertable, AsChangeset)]
#[diesel(table_name = idempotency_keys, treat_none_as_null = true)]
struct KeptRow {
    key_id: Uuid,
    name: String,
    fingerprint: Vec<u8>,
    status: i16,
    content_type: String,
    location: Option<String>,
    entity_tag: Option<String>,
    body: String,
    created_at: DateTime<Utc>,
}

/// Does `work` once: a repeated request gets the answer of the first one.
///
/// # Errors
/// Those of [`claim`] and of `work`.
pub async fn once(
    conn: &mut AsyncPgConnection,
    caller: &Caller,
    request: Repeatable<'_>,
    now: DateTime<Utc>,
    mut work: impl AsyncFnMut(&mut AsyncPgConnection) -> ApiResult<Kept>,
) -> ApiResult<Kept> {
    transaction(conn, async |conn| {
        if let Some(kept) = claim(conn, caller, request, now).await? {
            return Ok(kept);
        }
        let answer = work(conn).await?;
        keep(conn, caller, request, &answer, now).await?;
        tidy(conn, now).await?;
        Ok(answer)
    })
    .await
}

/// Claims the request for this transaction; the answer where it was answered before.
///
/// # Errors
/// `request_in_progress` while another one has it, `idempotency_key_reused` when it asked for something else.
pub async fn claim(
    conn: &mut AsyncPgConnection,
    caller: &Caller,
    request: Repeatable<'_>,
    now: DateTime<Utc>,
) -> ApiResult<Option<Kept>> {
    let key_id = caller.key_id.unwrap_or_default();
    let wanted = pg_try_advisory_xact_lock(lock_number(key_id, request.name));
    let is_mine: bool = diesel::select(wanted).get_result(conn).await?;
    if !is_mine {
        return Err(ApiError::new(Code::RequestInProgress).given(request.name));
    }
    let Some(row) = find(conn, key_id, request.name, now).await? else { return Ok(None) };
    if row.fingerprint != request.fingerprint.0 {
        return Err(ApiError::new(Code::IdempotencyKeyReused).given(request.name));
    }
    Ok(Some(Kept {
        status: u16::try_from(row.status).unwrap_or_default(),
        content_type: row.content_type,
        location: row.location,
        entity_tag: row.entity_tag,
        body: row.body,
        is_repeated: true,
    }))
}

/// Whether a request of this name was answered, whatever it asked for; claims nothing.
///
/// # Errors
/// Only the database's.
pub async fn is_kept(conn: &mut AsyncPgConnection, caller: &Caller, name: &str, now: DateTime<Utc>) -> ApiResult<bool> {
    Ok(find(conn, caller.key_id.unwrap_or_default(), name, now).await?.is_some())
}

async fn find(
    conn: &mut AsyncPgConnection,
    key_id: Uuid,
    name: &str,
    now: DateTime<Utc>,
) -> ApiResult<Option<KeptRow>> {
    let row = KeptRow::query()
        .filter(idempotency_keys::key_id.eq(key_id))
        .filter(idempotency_keys::name.eq(name))
        .filter(idempotency_keys::created_at.gt(now - KEPT_FOR));
    Ok(row.first(conn).await.optional()?)
}

/// Keeps the answer of a claimed request.
///
/// # Errors
/// Only the database's.
pub async fn keep(
    conn: &mut AsyncPgConnection,
    caller: &Caller,
    request: Repeatable<'_>,
    answer: &Kept,
    now: DateTime<Utc>,
) -> ApiResult<()> {
    let Fingerprint(fingerprint) = request.fingerprint;
    let row = KeptRow {
        key_id: caller.key_id.unwrap_or_default(),
        name: request.name.to_owned(),
        fingerprint: fingerprint.to_vec(),
        status: i16::try_from(answer.status).unwrap_or_default(),
        content_type: answer.content_type.clone(),
        location: answer.location.clone(),
        entity_tag: answer.entity_tag.clone(),
        body: answer.body.clone(),
        created_at: now,
    };
    // What stands there was kept long enough, or the request would have got it.
    diesel::insert_into(idempotency_keys::table)
        .values(&row)
        .on_conflict((idempotency_keys::key_id, idempotency_keys::name))
        .do_update()
        .set(&row)
        .execute(conn)
        .await?;
    Ok(())
}

/// Deletes some expired answers, one request at a time; to be the last thing its transaction does, since whoever wants to
/// keep an answer under one of their names waits for its end.
///
/// # Errors
/// Only the database's.
pub async fn tidy(conn: &mut AsyncPgConnection, now: DateTime<Utc>) -> ApiResult<()> {
    const AT_ONCE: i64 = 1000;
    let tidies: bool = diesel::select(pg_try_advisory_xact_lock(TIDYING)).get_result(conn).await?;
    if tidies {
        let expired = idempotency_keys::table
            .filter(idempotency_keys::created_at.le(now - KEPT_FOR))
            .select((idempotency_keys::key_id, idempotency_keys::name))
            .order(idempotency_keys::created_at)
            .limit(AT_ONCE)
            .for_update()
            .skip_locked();
        let expired: Vec<(Uuid, String)> = expired.load(conn).await?;
        for (key_id, name) in expired {
            diesel::delete(idempotency_keys::table.find((key_id, name))).execute(conn).await?;
        }
    }
    Ok(())
}

/// The first 64 bits of a digest: two names that meet in it would only wait for each other.
fn lock_number(key_id: Uuid, name: &str) -> i64 {
    let digest: [u8; 32] = Sha256::new().chain_update(key_id).chain_update(name).finalize().into();
    digest.first_chunk().map_or(0, |first| i64::from_be_bytes(*first))
}
