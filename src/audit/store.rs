//! Audit entries in the database.

use std::io::Write;

use chrono::{DateTime, Utc};
use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::dsl::exists;
use diesel::expression::AsExpression;
use diesel::pg::{Pg, PgValue};
use diesel::prelude::*;
use diesel::serialize::{self, IsNull, Output, ToSql};
use diesel::sql_types::Jsonb;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use serde::Serialize;
use serde_json::value::RawValue;
use uuid::Uuid;

use super::{Action, Actor, AuditEntry, AuditQuery, Entity};
use crate::auth::store::filter_place;
use crate::auth::{Caller, Role, Scope, subtree};
use crate::database::{Coded, Prepared};
use crate::error::{ApiError, ApiResult};
use crate::http::{Fields, Limit};
use crate::schema::{associations, audit_entries};
use crate::state::AppState;

/// JSON as text, so that exact decimals stay exact: `serde_json::Value` would take them for floats.
#[derive(Clone, Debug, AsExpression, FromSqlRow)]
#[diesel(sql_type = Jsonb)]
pub(crate) struct Json(pub String);

/// PostgreSQL sends and takes `jsonb` as text after the number of this format.
const JSONB_FORMAT: u8 = 1;

impl ToSql<Jsonb, Pg> for Json {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        out.write_all(&[JSONB_FORMAT])?;
        out.write_all(self.0.as_bytes())?;
        Ok(IsNull::No)
    }
}

impl FromSql<Jsonb, Pg> for Json {
    fn from_sql(value: PgValue<'_>) -> deserialize::Result<Self> {
        match value.as_bytes().split_first() {
            Some((&JSONB_FORMAT, text)) => Ok(Self(str::from_utf8(text)?.to_owned())),
            _ => Err("jsonb in another format".into()),
        }
    }
}

/// What a client knows of a thing, as it stands in an entry.
///
/// # Errors
/// Only when it cannot be written as JSON.
pub(crate) fn json(of: &impl Serialize) -> ApiResult<Json> {
    serde_json::to_string(of).map(Json).map_err(ApiError::internal)
}

/// What a write did; who did it and when is added as it is recorded.
#[derive(Debug)]
pub(crate) struct Entry<'a> {
    /// Whose data changed; none for what belongs to no association.
    pub association_id: Option<Uuid>,
    /// What kind of thing.
    pub entity: Entity,
    /// Which one, as [`AuditEntry::entity_key`] says.
    pub entity_key: String,
    /// What was done to it.
    pub action: Action,
    /// Why, where the write says so.
    pub reason: Option<&'a str>,
    /// What it was.
    pub before: Option<Json>,
    /// What it became.
    pub after: Option<Json>,
}

#[derive(HasQuery, Insertable)]
#[diesel(table_name = audit_entries, treat_none_as_default_value = false)]
pub(crate) struct EntryRow {
    association_id: Uuid,
    id: Uuid,
    at: DateTime<Utc>,
    entity: Coded<Entity>,
    entity_key: String,
    action: Coded<Action>,
    key_id: Option<Uuid>,
    actor: String,
    request_id: Option<String>,
    reason: Option<String>,
    before: Option<Json>,
    after: Option<Json>,
}

impl EntryRow {
    fn into_entry(self, association: Option<String>) -> ApiResult<AuditEntry> {
        let raw = |json: Option<Json>| json.map(|json| RawValue::from_string(json.0)).transpose();
        Ok(AuditEntry {
            id: self.id,
            at: self.at,
            association,
            entity: self.entity.0,
            entity_key: self.entity_key,
            action: self.action.0,
            actor: Actor { key_id: self.key_id, name: self.actor },
            request_id: self.request_id,
            reason: self.reason,
            before: raw(self.before).map_err(ApiError::internal)?,
            after: raw(self.after).map_err(ApiError::internal)?,
        })
    }
}

/// Records a write, in its own transaction.
///
/// # Errors
/// Only the database's.
pub(crate) async fn record(
    conn: &AsyncPgConnection,
    caller: &Caller,
    now: DateTime<Utc>,
    entry: Entry<'_>,
) -> ApiResult<()> {
    let statement = diesel::insert_into(audit_entries::table).values(row(caller, now, entry));
    Prepared(statement).execute(&mut &*conn).await?;
    Ok(())
}

/// Records writes of one moment, in their own transaction.
///
/// # Errors
/// Only the database's.
pub(crate) async fn record_all(
    conn: &AsyncPgConnection,
    caller: &Caller,
    now: DateTime<Utc>,
    entries: Vec<Entry<'_>>,
) -> ApiResult<()> {
    let rows: Vec<_> = entries.into_iter().map(|entry| row(caller, now, entry)).collect();
    diesel::insert_into(audit_entries::table).values(rows).execute(&mut &*conn).await?;
    Ok(())
}

/// The row of an entry, for whoever writes it another way.
pub(crate) fn row(caller: &Caller, now: DateTime<Utc>, entry: Entry<'_>) -> EntryRow {
    EntryRow {
        association_id: entry.association_id.unwrap_or(Uuid::nil()),
        id: Uuid::now_v7(),
        at: now,
        entity: Coded(entry.entity),
        entity_key: entry.entity_key,
        action: Coded(entry.action),
        key_id: caller.key_id,
        actor: caller.name.clone(),
        request_id: caller.request_id.clone(),
        reason: entry.reason.map(ToOwned::to_owned),
        before: entry.before,
        after: entry.after,
    }
}

/// Entries the caller may see that fit the query, the newest first, from before `before` on.
///
/// The order is that of the ids, which are made while a write is under way: for a row of a batch when it is staged. So a
/// write that takes long appears, once it is stored, below entries that were there before it. Every page holds what was
/// stored when it was read, and no entry comes twice; but a reader who has passed the place does not see what appears
/// there afterwards. Who copies the trail asks again for a stretch longer than the longest batch.
///
/// # Errors
/// `unknown_association` when `association` or `within` names none that the caller may see.
pub(super) async fn list(
    conn: &mut AsyncPgConnection,
    state: &AppState,
    caller: &Caller,
    wanted: &AuditQuery,
    before: Option<Uuid>,
    limit: Limit,
) -> ApiResult<Vec<AuditEntry>> {
    let association = filter_place(conn, caller, "?association", wanted.association.as_ref()).await?;
    let within = filter_place(conn, caller, "?within", wanted.within.as_ref()).await?;
    let mut query = audit_entries::table
        .left_join(associations::table.on(associations::id.eq(audit_entries::association_id)))
        .select((EntryRow::as_select(), associations::code.nullable()))
        .order(audit_entries::id.desc())
        .limit(limit)
        .into_boxed();
    // What lies within a place that the caller sees lies in the caller's scope.
    if let Some(place) = within.as_ref().or(caller.scope.as_ref()) {
        let ids = ids_within(conn, place).await?;
        query = query.filter(audit_entries::association_id.eq_any(ids));
    }
    if caller.role != Role::Admin {
        query = query.filter(audit_entries::association_id.ne(Uuid::nil()));
        // Who has which key is told by /keys, to admins alone.
        query = query.filter(audit_entries::entity.ne(Coded(Entity::Key)));
    }
    if let Some(association) = association {
        query = query.filter(audit_entries::association_id.eq(association.id));
    }
    if let Some(entity) = wanted.entity {
        query = query.filter(audit_entries::entity.eq(Coded(entity)));
    }
    if let Some(key) = &wanted.entity_key {
        query = query.filter(audit_entries::entity_key.eq(key));
    }
    if let Some(action) = wanted.action {
        query = query.filter(audit_entries::action.eq(Coded(action)));
    }
    if let Some(actor) = wanted.actor {
        query = query.filter(audit_entries::key_id.eq(actor));
    }
    if let Some(begin) = wanted.from.and_then(|day| state.start_of(day)) {
        query = query.filter(audit_entries::at.ge(begin));
    }
    if let Some(end) = wanted.to.and_then(|day| state.start_of(day.succ_opt()?)) {
        query = query.filter(audit_entries::at.lt(end));
    }
    if let Some(id) = &wanted.request_id {
        query = query.filter(audit_entries::request_id.eq(id));
    }
    if let Some(before) = before {
        query = query.filter(audit_entries::id.lt(before));
    }
    let rows: Vec<(EntryRow, Option<String>)> = query.load(conn).await?;
    let mut entries: Vec<_> =
        rows.into_iter().map(|(row, association)| row.into_entry(association)).collect::<ApiResult<_>>()?;
    if let Some(scope) = &caller.scope {
        hide_parents(conn, scope, &mut entries).await?;
    }
    Ok(entries)
}

/// The associations of a place, looked up beforehand: an index of the entries finds ids, and no paths.
async fn ids_within(conn: &mut AsyncPgConnection, place: &Scope) -> ApiResult<Vec<Uuid>> {
    let (from, to) = subtree(&place.path);
    let is_within = associations::path.ge(from).and(associations::path.lt(to));
    Ok(associations::table.filter(is_within).select(associations::id).load(conn).await?)
}

/// Takes the parents of associations out of what they were and became, where those lie outside the scope: what lies
/// outside does not exist for the caller.
async fn hide_parents(conn: &mut AsyncPgConnection, scope: &Scope, entries: &mut [AuditEntry]) -> ApiResult<()> {
    let (from, to) = subtree(&scope.path);
    let shown = entries.iter_mut().filter(|entry| entry.entity == Entity::Association);
    for content in shown.flat_map(|entry| [&mut entry.before, &mut entry.after]).flatten() {
        let mut fields: Fields = serde_json::from_str(content.get()).map_err(ApiError::internal)?;
        let Some(parent) = fields.remove("parent") else { continue };
        let code: String = serde_json::from_str(parent.get()).map_err(ApiError::internal)?;
        let is_seen = associations::path.ge(&from).and(associations::path.lt(&to)).and(associations::code.eq(code));
        let is_seen: bool = diesel::select(exists(associations::table.filter(is_seen))).get_result(conn).await?;
        if !is_seen {
            *content = serde_json::value::to_raw_value(&fields).map_err(ApiError::internal)?;
        }
    }
    Ok(())
}
