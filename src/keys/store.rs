//! Keys in the database.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::Key;
use crate::audit::{self, Action, Entity, Entry};
use crate::auth::{Caller, Role, Scope, Secret, subtree};
use crate::database::{Coded, is_foreign_key_violation, transaction};
use crate::error::{ApiError, ApiResult, Code};
use crate::http::Limit;
use crate::schema::{associations, keys};

#[derive(HasQuery)]
#[diesel(table_name = keys)]
struct KeyRow {
    id: Uuid,
    name: String,
    prefix: String,
    role: Coded<Role>,
    expires_at: Option<DateTime<Utc>>,
    created_at: DateTime<Utc>,
    last_used_at: Option<DateTime<Utc>>,
    revoked_at: Option<DateTime<Utc>>,
}

#[derive(Insertable)]
#[diesel(table_name = keys)]
struct NewKeyRow<'a> {
    id: Uuid,
    name: &'a str,
    prefix: &'a str,
    digest: &'a [u8],
    role: Coded<Role>,
    scope_id: Option<Uuid>,
    expires_at: Option<DateTime<Utc>>,
    created_at: DateTime<Utc>,
    created_by: Option<Uuid>,
}

/// A key to be made.
pub struct NewKey<'a> {
    /// What people call it.
    pub name: &'a str,
    /// What it may do.
    pub role: Role,
    /// What it reaches; none: everything.
    pub scope: Option<Scope>,
    /// From this moment on it is refused.
    pub expires_at: Option<DateTime<Utc>>,
}

impl KeyRow {
    fn into_key(self, scope: Option<String>) -> Key {
        Key {
            id: self.id,
            name: self.name,
            prefix: self.prefix,
            role: self.role.0,
            scope,
            expires_at: self.expires_at,
            created_at: self.created_at,
            last_used_at: self.last_used_at,
            revoked_at: self.revoked_at,
        }
    }
}

/// Makes a key; the secret comes back this once.
///
/// # Errors
/// `unknown_association` when the scope was deleted meanwhile.
pub async fn create(
    conn: &mut AsyncPgConnection,
    caller: &Caller,
    new: NewKey<'_>,
    now: DateTime<Utc>,
) -> ApiResult<(Key, Secret)> {
    let secret = Secret::generate().map_err(ApiError::internal)?;
    let digest = secret.digest();
    let row = NewKeyRow {
        id: Uuid::now_v7(),
        name: new.name,
        prefix: secret.prefix(),
        digest: &digest,
        role: Coded(new.role),
        scope_id: new.scope.as_ref().map(|scope| scope.id),
        expires_at: new.expires_at,
        created_at: now,
        created_by: caller.key_id,
    };
    let key = transaction(conn, async |conn| {
        let row: KeyRow = diesel::insert_into(keys::table)
            .values(&row)
            .returning(KeyRow::as_returning())
            .get_result(conn)
            .await
            .map_err(|error| match is_foreign_key_violation(&error) {
                true => ApiError::new(Code::UnknownAssociation),
                false => error.into(),
            })?;
        let key = row.into_key(new.scope.as_ref().map(|scope| scope.code.clone()));
        let entry = Entry {
            association_id: new.scope.as_ref().map(|scope| scope.id),
            entity: Entity::Key,
            entity_key: key.id.to_string(),
            action: Action::Created,
            reason: None,
            before: None,
            after: Some(audit::json(&key)?),
        };
        audit::store::record(conn, caller, now, entry).await?;
        Ok(key)
    })
    .await?;
    Ok((key, secret))
}

/// Keys the caller may manage, in the order they were made, after `after`.
///
/// # Errors
/// Only the database's.
pub async fn list(
    conn: &mut AsyncPgConnection,
    caller: &Caller,
    after: Option<Uuid>,
    limit: Limit,
) -> ApiResult<Vec<Key>> {
    let mut query = keys::table
        .left_join(associations::table)
        .select((KeyRow::as_select(), associations::code.nullable()))
        .order(keys::id)
        .limit(limit)
        .into_boxed();
    if let Some(after) = after {
        query = query.filter(keys::id.gt(after));
    }
    if let Some(scope) = &caller.scope {
        let (from, to) = subtree(&scope.path);
        query = query.filter(associations::path.ge(from).and(associations::path.lt(to)));
    }
    let rows: Vec<(KeyRow, Option<String>)> = query.load(conn).await?;
    Ok(rows.into_iter().map(|(row, scope)| row.into_key(scope)).collect())
}

/// Revokes a key from now on; a key already revoked stays as it is.
///
/// # Errors
/// `key_not_found` when there is none that the caller may manage.
pub async fn revoke(conn: &mut AsyncPgConnection, caller: &Caller, id: Uuid, now: DateTime<Utc>) -> ApiResult<()> {
    let not_found = || ApiError::new(Code::KeyNotFound).given(id);
    transaction(conn, async |conn| {
        let found: Option<(KeyRow, Place)> = keys::table
            .left_join(associations::table)
            .filter(keys::id.eq(id))
            .select((KeyRow::as_select(), (associations::id, associations::code, associations::path).nullable()))
            .first(conn)
            .await
            .optional()?;
        let (row, place) = found.ok_or_else(not_found)?;
        if caller.scope.is_some() && !place.as_ref().is_some_and(|(.., path)| caller.sees(path)) {
            return Err(not_found());
        }
        let revoked: Option<KeyRow> = diesel::update(keys::table.find(id).filter(keys::revoked_at.is_null()))
            .set(keys::revoked_at.eq(now))
            .returning(KeyRow::as_returning())
            .get_result(conn)
            .await
            .optional()?;
        let Some(revoked) = revoked else { return Ok(()) };
        let scope = place.as_ref().map(|(_, code, _)| code.clone());
        let entry = Entry {
            association_id: place.map(|(id, ..)| id),
            entity: Entity::Key,
            entity_key: id.to_string(),
            action: Action::Revoked,
            reason: None,
            before: Some(audit::json(&row.into_key(scope.clone()))?),
            after: Some(audit::json(&revoked.into_key(scope))?),
        };
        audit::store::record(conn, caller, now, entry).await
    })
    .await
}

/// Id, code and path of the association a key is limited to.
type Place = Option<(Uuid, String, String)>;
