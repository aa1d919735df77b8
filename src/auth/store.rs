//! What is asked of the database about a caller: whose key it is, and what its scope is.

use chrono::{DateTime, Duration, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::{Caller, Role, Scope, Secret};
use crate::database::Coded;
use crate::error::{ApiError, ApiResult, Code, Violation};
use crate::http::ResourceCode;
use crate::schema::{associations, keys};

#[derive(HasQuery)]
#[diesel(table_name = keys)]
pub(super) struct CredentialRow {
    id: Uuid,
    name: String,
    digest: Vec<u8>,
    role: Coded<Role>,
    expires_at: Option<DateTime<Utc>>,
    last_used_at: Option<DateTime<Utc>>,
    revoked_at: Option<DateTime<Utc>>,
}

impl CredentialRow {
    pub(super) fn is_in_force(&self, now: DateTime<Utc>) -> bool {
        self.revoked_at.is_none() && self.expires_at.is_none_or(|end| now < end)
    }
}

#[derive(HasQuery)]
#[diesel(table_name = associations)]
pub(super) struct ScopeRow {
    id: Uuid,
    code: String,
    path: String,
}

impl ScopeRow {
    fn into_scope(self) -> Scope {
        let Self { id, code, path } = self;
        Scope { id, code, path }
    }
}

/// Finds who sent this secret, and notes the use, to the minute.
///
/// # Errors
/// `unauthenticated` for a key that is unknown, expired or revoked, without saying which.
pub async fn authenticate(conn: &mut AsyncPgConnection, secret: &Secret, now: DateTime<Utc>) -> ApiResult<Caller> {
    let found: Option<(CredentialRow, Option<ScopeRow>)> = keys::table
        .left_join(associations::table)
        .filter(keys::prefix.eq(secret.prefix()))
        .select((CredentialRow::as_select(), Option::<ScopeRow>::as_select()))
        .first(conn)
        .await
        .optional()?;
    let is_good = |key: &CredentialRow| secret.matches(&key.digest) && key.is_in_force(now);
    let (key, scope) = found.filter(|(key, _)| is_good(key)).ok_or_else(|| ApiError::new(Code::Unauthenticated))?;
    if key.last_used_at.is_none_or(|last| now - last >= Duration::minutes(1)) {
        diesel::update(keys::table.find(key.id)).set(keys::last_used_at.eq(now)).execute(conn).await?;
    }
    Ok(caller(key, scope))
}

pub(super) fn caller(key: CredentialRow, scope: Option<ScopeRow>) -> Caller {
    let scope = scope.map(ScopeRow::into_scope);
    Caller { key_id: Some(key.id), name: key.name, role: key.role.0, scope, request_id: None }
}

/// The part of the tree below the association with this code, if there is one that the caller sees.
///
/// # Errors
/// Only the database's.
pub async fn find_scope(conn: &AsyncPgConnection, caller: &Caller, code: &str) -> ApiResult<Option<Scope>> {
    let row = ScopeRow::query().filter(associations::code.eq(code)).first(&mut &*conn).await.optional()?;
    Ok(row.map(ScopeRow::into_scope).filter(|scope| caller.sees(&scope.path)))
}

/// The place that a query parameter names, if it is given.
///
/// # Errors
/// `unknown_association` when it names none that the caller may see.
pub async fn filter_place(
    conn: &AsyncPgConnection,
    caller: &Caller,
    pointer: &str,
    code: Option<&ResourceCode>,
) -> ApiResult<Option<Scope>> {
    let Some(code) = code else { return Ok(None) };
    let unknown = || ApiError::invalid_parameter(vec![Violation::at(pointer, Code::UnknownAssociation).given(code)]);
    find_scope(conn, caller, code).await?.map(Some).ok_or_else(unknown)
}
