//! Bulletins in the database.

use chrono::{DateTime, NaiveDate, Utc};
use diesel::dsl::{IntoBoxed, LeftJoin, max};
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sql_types::{Nullable, Text};
use diesel_async::{AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection};
use serde_json::value::{RawValue, to_raw_value};
use uuid::Uuid;

use super::frozen::frozen;
use super::{Audience, Bulletin, BulletinHead, BulletinPath, BulletinQuery, BulletinSort, CreateBulletin};
use crate::associations;
use crate::associations::{Kind, Level};
use crate::audit::{self, Action, Entity, Entry};
use crate::auth::{Caller, subtree};
use crate::completion::Basis;
use crate::database::{Coded, is_foreign_key_violation, transaction};
use crate::error::{ApiError, ApiResult, Code};
use crate::http::{Answer, Limit};
use crate::ledger::AsOf;
use crate::schema::{associations as scopes, bulletins};
use crate::state::AppState;

#[diesel::declare_sql_function]
extern "SQL" {
    fn starts_with(text: Text, start: Nullable<Text>) -> Nullable<diesel::sql_types::Bool>;
}

/// A new row of `bulletins`.
#[derive(Insertable)]
#[diesel(table_name = bulletins)]
struct NewBulletin<'a> {
    year: i16,
    number: i32,
    scope_id: Option<Uuid>,
    kind: Option<Coded<Kind>>,
    level: Option<Coded<Level>>,
    audience: Coded<Audience>,
    title: &'a str,
    as_of: NaiveDate,
    basis: Coded<Basis>,
    association_count: i32,
    content: &'a str,
    issued_at: DateTime<Utc>,
    issued_by: Option<Uuid>,
}

/// The columns of a bulletin that a list shows.
#[derive(HasQuery)]
#[diesel(table_name = bulletins)]
struct HeadRow {
    year: i16,
    number: i32,
    kind: Option<Coded<Kind>>,
    level: Option<Coded<Level>>,
    audience: Coded<Audience>,
    title: String,
    as_of: NaiveDate,
    basis: Coded<Basis>,
    association_count: i32,
    issued_at: DateTime<Utc>,
}

impl HeadRow {
    fn into_head(self, scope: Option<String>) -> BulletinHead {
        BulletinHead {
            year: self.year,
            number: self.number,
            title: self.title,
            scope,
            kind: self.kind.map(|kind| kind.0),
            level: self.level.map(|level| level.0),
            audience: self.audience.0,
            as_of: self.as_of,
            basis: self.basis.0,
            total: self.association_count,
            issued_at: self.issued_at,
        }
    }
}

impl Bulletin {
    fn head(&self) -> BulletinHead {
        BulletinHead {
            year: self.year,
            number: self.number,
            title: self.title.clone(),
            scope: self.scope.clone(),
            kind: self.kind,
            level: self.level,
            audience: self.audience,
            as_of: self.as_of,
            basis: self.basis,
            total: self.total,
            issued_at: self.issued_at,
        }
    }
}

/// Does `work` when it is the turn of whoever issues: those who issue take turns, so that the numbers have no gaps. All
/// that is read is as of one moment, when the turn has come, so that no bulletin holds less than the one before.
///
/// # Errors
/// As [`transaction`].
pub(super) async fn in_turn<T>(
    conn: &mut AsyncPgConnection,
    mut work: impl AsyncFnMut(&mut AsyncPgConnection) -> ApiResult<T>,
) -> ApiResult<T> {
    transaction(conn, async |conn| {
        // Neither of them looks at the database yet: the moment is that of the first statement after them.
        conn.batch_execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ").await?;
        conn.batch_execute("LOCK TABLE bulletins IN SHARE ROW EXCLUSIVE MODE").await?;
        work(conn).await
    })
    .await
}

/// A bulletin that has no number yet.
pub(super) struct Draft {
    scope_id: Option<Uuid>,
    pub bulletin: Bulletin,
}

/// What a bulletin says now.
///
/// # Errors
/// `association_not_found` where its scope is none that the caller may see.
pub(super) async fn draft(
    conn: &mut AsyncPgConnection,
    state: &AppState,
    caller: &Caller,
    body: &CreateBulletin,
    as_of: AsOf,
) -> ApiResult<Draft> {
    let now = state.now();
    let scope_id = match &body.scope {
        Some(code) => Some(associations::store::find(conn, caller, code).await?.id()),
        None => None,
    };
    Ok(Draft { scope_id, bulletin: frozen(conn, state, caller, body, as_of, now).await? })
}

/// Issues a bulletin, in its turn.
///
/// # Errors
/// `association_not_found` where its scope was deleted meanwhile.
pub(super) async fn create(
    conn: &mut AsyncPgConnection,
    caller: &Caller,
    Draft { scope_id, bulletin: tables }: Draft,
) -> ApiResult<Answer<Box<RawValue>>> {
    let issued = bulletins::table.filter(bulletins::year.eq(tables.year));
    let last: Option<i32> = issued.select(max(bulletins::number)).first(conn).await?;
    let bulletin = Bulletin { number: last.unwrap_or_default() + 1, ..tables };
    insert(conn, caller, scope_id, &bulletin).await
}

async fn insert(
    conn: &mut AsyncPgConnection,
    caller: &Caller,
    scope_id: Option<Uuid>,
    bulletin: &Bulletin,
) -> ApiResult<Answer<Box<RawValue>>> {
    let content = to_raw_value(bulletin).map_err(ApiError::internal)?;
    let row = NewBulletin {
        year: bulletin.year,
        number: bulletin.number,
        scope_id,
        kind: bulletin.kind.map(Coded),
        level: bulletin.level.map(Coded),
        audience: Coded(bulletin.audience),
        title: &bulletin.title,
        as_of: bulletin.as_of,
        basis: Coded(bulletin.basis),
        association_count: bulletin.total,
        content: content.get(),
        issued_at: bulletin.issued_at,
        issued_by: caller.key_id,
    };
    diesel::insert_into(bulletins::table).values(&row).execute(conn).await.map_err(|error| {
        match is_foreign_key_violation(&error) {
            true => ApiError::new(Code::AssociationNotFound).because("it was deleted meanwhile"),
            false => error.into(),
        }
    })?;
    let entity_key = format!("{}/{}", bulletin.year, bulletin.number);
    let location = format!("/api/v1/bulletins/{entity_key}");
    let entry = Entry {
        association_id: scope_id,
        entity: Entity::Bulletin,
        entity_key,
        action: Action::Created,
        reason: None,
        before: None,
        after: Some(audit::json(&bulletin.head())?),
    };
    audit::store::record(conn, caller, bulletin.issued_at, entry).await?;
    Ok(Answer::created(content).at(location))
}

type Readable = IntoBoxed<'static, LeftJoin<bulletins::table, scopes::table>, Pg>;

/// The bulletins the caller may read: those about nothing but what it may see, and those for members about the association
/// of its scope.
///
/// # Errors
/// Only the database's.
async fn readable(conn: &mut AsyncPgConnection, caller: &Caller) -> ApiResult<Readable> {
    let all = bulletins::table.left_join(scopes::table).into_boxed();
    let Some(scope) = &caller.scope else { return Ok(all) };
    let own = scopes::table.find(scope.id).select((scopes::kind, scopes::level));
    let (kind, level): (String, String) = own.first(conn).await?;
    let (from, to) = subtree(&scope.path);
    let is_below = scopes::path.ge(from).and(scopes::path.lt(to));
    let is_above = bulletins::scope_id.is_null().or(starts_with(scope.path.clone(), scopes::path.nullable()));
    let is_of_kind = bulletins::kind.is_null().or(bulletins::kind.eq(kind));
    let is_of_level = bulletins::level.is_null().or(bulletins::level.eq(level));
    let is_for_members = bulletins::audience.eq(Coded(Audience::Members));
    Ok(all.filter(is_below.or(is_for_members.and(is_above).and(is_of_kind).and(is_of_level))))
}

/// Bulletins the caller may read, in the order wanted, after `after`.
///
/// # Errors
/// Only the database's.
pub(super) async fn list(
    conn: &mut AsyncPgConnection,
    caller: &Caller,
    wanted: &BulletinQuery,
    after: Option<(i16, i32)>,
    limit: Limit,
) -> ApiResult<Vec<BulletinHead>> {
    let mut query = readable(conn, caller).await?;
    if let Some(year) = wanted.year {
        query = query.filter(bulletins::year.eq(year.get()));
    }
    query = match wanted.sort {
        BulletinSort::Number => query.order((bulletins::year.asc(), bulletins::number.asc())),
        BulletinSort::NumberDescending => query.order((bulletins::year.desc(), bulletins::number.desc())),
    };
    if let Some((year, number)) = after {
        let is_of_year = bulletins::year.eq(year);
        query = match wanted.sort {
            BulletinSort::Number => {
                query.filter(bulletins::year.gt(year).or(is_of_year.and(bulletins::number.gt(number))))
            }
            BulletinSort::NumberDescending => {
                query.filter(bulletins::year.lt(year).or(is_of_year.and(bulletins::number.lt(number))))
            }
        };
    }
    let rows: Vec<(HeadRow, Option<String>)> =
        query.select((HeadRow::as_select(), scopes::code.nullable())).limit(limit).load(conn).await?;
    Ok(rows.into_iter().map(|(row, scope)| row.into_head(scope)).collect())
}

/// Most bulletins that are told to be like another one.
const ALIKE: Limit = 5;

/// What was issued before about the same as a draft, of what the caller may read, the latest first.
///
/// # Errors
/// Only the database's.
pub(super) async fn alike(
    conn: &mut AsyncPgConnection,
    caller: &Caller,
    draft: &Draft,
) -> ApiResult<Vec<BulletinHead>> {
    let Draft { scope_id, bulletin } = draft;
    let query = readable(conn, caller).await?;
    let query = query
        .filter(bulletins::year.eq(bulletin.year).and(bulletins::as_of.eq(bulletin.as_of)))
        .filter(bulletins::basis.eq(Coded(bulletin.basis)))
        .filter(bulletins::scope_id.is_not_distinct_from(*scope_id))
        .filter(bulletins::kind.is_not_distinct_from(bulletin.kind.map(Coded)))
        .filter(bulletins::level.is_not_distinct_from(bulletin.level.map(Coded)))
        .order(bulletins::number.desc());
    let rows: Vec<HeadRow> = query.select(HeadRow::as_select()).limit(ALIKE).load(conn).await?;
    Ok(rows.into_iter().map(|row| row.into_head(bulletin.scope.clone())).collect())
}

/// Goes on when there is such a bulletin and the caller may read it.
///
/// # Errors
/// `bulletin_not_found`.
pub(super) async fn require_readable(
    conn: &mut AsyncPgConnection,
    caller: &Caller,
    path: BulletinPath,
) -> ApiResult<()> {
    let (year, number) = (path.year.get(), path.number);
    let named = readable(conn, caller).await?.filter(bulletins::year.eq(year).and(bulletins::number.eq(number)));
    let found: Option<i32> = named.select(bulletins::number).first(conn).await.optional()?;
    match found {
        Some(_) => Ok(()),
        None => Err(ApiError::new(Code::BulletinNotFound).given(format!("{year}/{number}"))),
    }
}

/// The text of a bulletin.
///
/// # Errors
/// Only the database's.
pub(super) async fn content(conn: &mut AsyncPgConnection, path: BulletinPath) -> ApiResult<Box<RawValue>> {
    let content = bulletins::table.find((path.year.get(), path.number)).select(bulletins::content);
    RawValue::from_string(content.first(conn).await?).map_err(ApiError::internal)
}
