//! Bulletins in the database.

use chrono::{DateTime, NaiveDate, Utc};
use diesel::dsl::max;
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection};
use serde_json::value::{RawValue, to_raw_value};
use uuid::Uuid;

use super::{Bulletin, BulletinHead, BulletinPath, BulletinQuery, CreateBulletin};
use crate::associations;
use crate::associations::AssociationQuery;
use crate::associations::selection::Selection;
use crate::audit::{self, Action, Entity, Entry};
use crate::auth::{Caller, subtree};
use crate::completion::Basis;
use crate::database::{Coded, is_foreign_key_violation, transaction};
use crate::error::{ApiError, ApiResult, Code};
use crate::http::{Answer, Limit};
use crate::ledger::AsOf;
use crate::rankings::store::{Candidate, Ranked, rank, ranked_count};
use crate::schema::{associations as scopes, bulletins};
use crate::standings::order::{Place, in_order};
use crate::standings::store::{Asked, Tally, tallies};
use crate::state::AppState;

/// A new row of `bulletins`.
#[derive(Insertable)]
#[diesel(table_name = bulletins)]
struct NewBulletin<'a> {
    year: i16,
    number: i32,
    scope_id: Option<Uuid>,
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
            as_of: self.as_of,
            basis: self.basis,
            total: self.total,
            issued_at: self.issued_at,
        }
    }
}

/// Issues a bulletin.
///
/// # Errors
/// `association_not_found` where its scope is none that the caller may see, `database_busy` while writes of the day asked
/// about are under way.
pub(super) async fn create(
    conn: &mut AsyncPgConnection,
    state: &AppState,
    caller: &Caller,
    body: &CreateBulletin,
    as_of: AsOf,
) -> ApiResult<Answer<Box<RawValue>>> {
    let scope_id = match &body.scope {
        Some(code) => Some(associations::store::find(conn, caller, code).await?.id()),
        None => None,
    };
    let within = AssociationQuery { within: body.scope.clone(), ..AssociationQuery::default() };
    let asked = Asked { year: body.year.get(), basis: body.basis, as_of };
    transaction(conn, async |conn| {
        // Those who issue take turns, so that the numbers have no gaps; and read when it is theirs, so that none holds less
        // than the one before.
        conn.batch_execute("LOCK TABLE bulletins IN SHARE ROW EXCLUSIVE MODE").await?;
        let now = state.now();
        as_of.require_settled(conn, now).await?;
        let selection = Selection::fitting(conn, caller, &within).await?;
        let tallies = tallies(conn, &selection, &asked).await?;
        let issued = bulletins::table.filter(bulletins::year.eq(asked.year));
        let last: Option<i32> = issued.select(max(bulletins::number)).first(conn).await?;
        let bulletin = Bulletin { number: last.unwrap_or_default() + 1, ..frozen(body, &asked, tallies, now)? };
        insert(conn, caller, scope_id, &bulletin).await
    })
    .await
}

/// The tables of a bulletin that has no number yet.
fn frozen(body: &CreateBulletin, asked: &Asked, tallies: Vec<Tally>, now: DateTime<Utc>) -> ApiResult<Bulletin> {
    let total = i32::try_from(tallies.len()).map_err(ApiError::internal)?;
    let by_code = in_order(tallies, |tally| Place::new(None, "", &tally.member.code), None);
    let summary = by_code.iter().map(|(_, tally)| tally.to_line()).collect();
    let peers = rank(by_code.into_iter().map(|(_, tally)| Candidate::from(tally)).collect());
    let of = ranked_count(&peers);
    let ranking = in_order(peers, Ranked::place, None).into_iter().map(|(_, peer)| peer.to_line(false)).collect();
    Ok(Bulletin {
        year: asked.year,
        number: 0,
        title: body.title.clone(),
        scope: body.scope.as_ref().map(ToString::to_string),
        as_of: asked.as_of.moment.as_of,
        basis: asked.basis,
        total,
        issued_at: now,
        summary,
        of,
        ranking,
    })
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

/// Bulletins about what the caller may see, by year and number, after `after`.
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
    let mut query = bulletins::table
        .left_join(scopes::table)
        .select((HeadRow::as_select(), scopes::code.nullable()))
        .order((bulletins::year, bulletins::number))
        .limit(limit)
        .into_boxed();
    if let Some(scope) = &caller.scope {
        let (from, to) = subtree(&scope.path);
        query = query.filter(scopes::path.ge(from).and(scopes::path.lt(to)));
    }
    if let Some(year) = wanted.year {
        query = query.filter(bulletins::year.eq(year.get()));
    }
    if let Some((year, number)) = after {
        let is_later = bulletins::year.eq(year).and(bulletins::number.gt(number));
        query = query.filter(bulletins::year.gt(year).or(is_later));
    }
    let rows: Vec<(HeadRow, Option<String>)> = query.load(conn).await?;
    Ok(rows.into_iter().map(|(row, scope)| row.into_head(scope)).collect())
}

/// Goes on when there is such a bulletin and the caller may see everything it is about.
///
/// # Errors
/// `bulletin_not_found`.
pub(super) async fn require_visible(
    conn: &mut AsyncPgConnection,
    caller: &Caller,
    path: BulletinPath,
) -> ApiResult<()> {
    let found: Option<Option<String>> = bulletins::table
        .find((path.year.get(), path.number))
        .left_join(scopes::table)
        .select(scopes::path.nullable())
        .first(conn)
        .await
        .optional()?;
    let is_visible = |scope: Option<String>| scope.map_or(caller.scope.is_none(), |path| caller.sees(&path));
    match found.is_some_and(is_visible) {
        true => Ok(()),
        false => Err(ApiError::new(Code::BulletinNotFound).given(format!("{}/{}", path.year, path.number))),
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
