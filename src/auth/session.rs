//! Sessions: what a browser holds in place of a key. The key is typed once, and is not kept there.

use chrono::{DateTime, TimeDelta, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::store::{CredentialRow, ScopeRow, caller};
use super::{Caller, Secret};
use crate::error::{ApiError, ApiResult, Code};
use crate::schema::{associations, keys, sessions};

/// A working day: then the key has to be typed again.
pub const LIFETIME: TimeDelta = TimeDelta::hours(12);

#[derive(Insertable)]
#[diesel(table_name = sessions)]
struct NewSession {
    digest: Vec<u8>,
    key_id: Uuid,
    created_at: DateTime<Utc>,
    expires_at: DateTime<Utc>,
}

/// Opens a session for a caller who came with a key, and clears away those that have ended. What is answered is for the
/// browser alone; only its digest is kept.
///
/// # Errors
/// `unauthenticated` for a caller without a key; the database's, and the random source's.
pub async fn open(conn: &mut AsyncPgConnection, caller: &Caller, now: DateTime<Utc>) -> ApiResult<Secret> {
    let key_id = caller.key_id.ok_or_else(|| ApiError::new(Code::Unauthenticated))?;
    let secret = Secret::generate().map_err(ApiError::internal)?;
    let digest = secret.digest().to_vec();
    let session = NewSession { digest, key_id, created_at: now, expires_at: now + LIFETIME };
    diesel::insert_into(sessions::table).values(session).execute(conn).await?;
    diesel::delete(sessions::table.filter(sessions::expires_at.le(now))).execute(conn).await?;
    Ok(secret)
}

/// Who opened this session, if it goes on: neither it nor its key has ended.
///
/// # Errors
/// Only the database's.
pub async fn resume(conn: &mut AsyncPgConnection, secret: &Secret, now: DateTime<Utc>) -> ApiResult<Option<Caller>> {
    let found: Option<(CredentialRow, Option<ScopeRow>)> = sessions::table
        .inner_join(keys::table.left_join(associations::table))
        .filter(sessions::digest.eq(secret.digest().to_vec()))
        .filter(sessions::expires_at.gt(now))
        .select((CredentialRow::as_select(), Option::<ScopeRow>::as_select()))
        .first(conn)
        .await
        .optional()?;
    Ok(found.filter(|(key, _)| key.is_in_force(now)).map(|(key, scope)| caller(key, scope)))
}

/// Ends a session; one that is not there has ended already.
///
/// # Errors
/// Only the database's.
pub async fn close(conn: &mut AsyncPgConnection, secret: &Secret) -> ApiResult<()> {
    diesel::delete(sessions::table.find(secret.digest().to_vec())).execute(conn).await?;
    Ok(())
}
