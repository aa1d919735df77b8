//! Locks in the database, and the question every writer asks them.

use chrono::{DateTime, Datelike, NaiveDate, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection};
use uuid::Uuid;

use super::{Lock, PutLock};
use crate::audit::{self, Action, Entity, Entry};
use crate::auth::{Caller, Role};
use crate::database::transaction;
use crate::error::{ApiError, ApiResult, Code, Phrase, Violation};
use crate::http::{Answer, EntityTag, IfMatch, Limit, Year};
use crate::schema::locks;

/// A row of `locks`.
#[derive(Clone, Debug, HasQuery, Insertable, AsChangeset)]
#[diesel(table_name = locks, treat_none_as_null = true)]
pub(crate) struct LockRow {
    year: i16,
    closed_through: Option<NaiveDate>,
    reason: String,
    version: i32,
    updated_at: DateTime<Utc>,
    updated_by: Option<Uuid>,
}

impl LockRow {
    fn to_put(&self) -> PutLock {
        PutLock { closed_through: self.closed_through, reason: self.reason.clone() }
    }
}

/// The lock of a year; without a row, it was never set.
#[derive(Clone, Debug)]
pub(crate) struct Found {
    year: Year,
    row: Option<LockRow>,
}

impl Found {
    /// A year has no id of its own: its number stands for one.
    fn tag(&self) -> EntityTag {
        let id = Uuid::from_u128(self.year.get().unsigned_abs().into());
        EntityTag::of(id, self.row.as_ref().map_or(0, |row| row.version))
    }

    fn into_lock(self) -> Lock {
        let year = self.year.get();
        match self.row {
            Some(row) => row.into(),
            None => Lock { year, closed_through: None, reason: None, updated_at: None },
        }
    }

    /// As an answer with its tag.
    pub(crate) fn into_answer(self) -> Answer<Lock> {
        let tag = self.tag();
        Answer::ok(self.into_lock()).tagged(tag)
    }
}

impl From<LockRow> for Lock {
    fn from(row: LockRow) -> Self {
        let LockRow { year, closed_through, reason, updated_at, .. } = row;
        Self { year, closed_through, reason: Some(reason), updated_at: Some(updated_at) }
    }
}

/// The lock of a year.
///
/// # Errors
/// Only the database's.
pub(crate) async fn find(conn: &mut AsyncPgConnection, year: Year) -> ApiResult<Found> {
    let row = LockRow::query().filter(locks::year.eq(year.get())).first(conn).await.optional()?;
    Ok(Found { year, row })
}

/// Locks that were ever set, by year, after `after`.
///
/// # Errors
/// Only the database's.
pub(crate) async fn list(conn: &mut AsyncPgConnection, after: Option<i16>, limit: Limit) -> ApiResult<Vec<Lock>> {
    let later = locks::year.gt(after.unwrap_or(i16::MIN));
    let rows: Vec<LockRow> = LockRow::query().filter(later).order(locks::year).limit(limit).load(conn).await?;
    Ok(rows.into_iter().map(Lock::from).collect())
}

/// Closes periods of a year, or opens them again.
///
/// # Errors
/// `precondition_failed`, `out_of_range` for a day outside the year, `database_busy` while a long batch is being stored.
pub(crate) async fn put(
    conn: &mut AsyncPgConnection,
    caller: &Caller,
    year: Year,
    condition: &IfMatch,
    body: &PutLock,
    now: DateTime<Utc>,
) -> ApiResult<Answer<Lock>> {
    if let Some(day) = body.closed_through.filter(|day| day.year() != i32::from(year.get())) {
        let violation = Violation::at("/closed_through", Code::OutOfRange).given(day);
        return Err(violation
            .allowed(Phrase::new(
                format!("{year}-01-01 至 {year}-12-31，或 null"),
                format!("{year}-01-01 to {year}-12-31, or null"),
            ))
            .into());
    }
    let mut has_waited = false;
    transaction(conn, async |conn| {
        // One try: everybody waits behind it, and a second one would find the same batch still being stored.
        if std::mem::replace(&mut has_waited, true) {
            return Err(ApiError::new(Code::DatabaseBusy));
        }
        wait_for_writers(conn).await?;
        let before = find(conn, year).await?;
        condition.check(Some(&before.tag()))?;
        let is_so = |row: &LockRow| row.closed_through == body.closed_through && row.reason == body.reason;
        if before.row.as_ref().is_some_and(is_so) {
            return Ok(before.into_answer());
        }
        let row = LockRow {
            year: year.get(),
            closed_through: body.closed_through,
            reason: body.reason.clone(),
            version: before.row.as_ref().map_or(1, |row| row.version + 1),
            updated_at: now,
            updated_by: caller.key_id,
        };
        diesel::insert_into(locks::table)
            .values(&row)
            .on_conflict(locks::year)
            .do_update()
            .set(&row)
            .execute(conn)
            .await?;
        let entry = Entry {
            association_id: None,
            entity: Entity::Lock,
            entity_key: year.to_string(),
            action: if row.closed_through.is_some() { Action::Locked } else { Action::Unlocked },
            reason: Some(&row.reason),
            before: before.row.as_ref().map(|row| audit::json(&row.to_put())).transpose()?,
            after: Some(audit::json(&row.to_put())?),
        };
        audit::store::record(conn, caller, now, entry).await?;
        Ok(Found { year, row: Some(row) }.into_answer())
    })
    .await
}

/// Waits until every writer that found a period open has stored what it writes; those to come wait for the new lock.
/// So once a period is answered as closed, nothing comes into it any more, and the writers pay nothing for that: each
/// holds the weakest lock of the table from its reading of it to the end of its transaction.
async fn wait_for_writers(conn: &mut AsyncPgConnection) -> ApiResult<()> {
    // Everybody else waits behind this one, so it gives up soon.
    conn.batch_execute("SET LOCAL lock_timeout = '1s'; LOCK TABLE locks IN ACCESS EXCLUSIVE MODE").await?;
    Ok(())
}

/// What would be accepted although periods are closed through this day.
pub(crate) fn excuse(closed: impl std::fmt::Display) -> Phrase {
    Phrase::new(
        format!("{closed} 之后结束的期间，或管理员说明原因"),
        format!("a period that ends after {closed}, or an admin with a reason"),
    )
}

/// Whether a lock through `closed` keeps the caller from writing into the period that ends on `last_day`: all but admins
/// who say why.
pub(crate) fn closes(caller: &Caller, closed: NaiveDate, last_day: NaiveDate, reason: Option<&str>) -> bool {
    let is_excused = caller.role == Role::Admin && reason.is_some();
    last_day <= closed && !is_excused
}

/// Goes on where the period that ends on `last_day` is open, or the caller is an admin and says why. To be asked in the
/// writer's transaction, after it took the lock of the association's year.
///
/// # Errors
/// `period_closed`.
pub(crate) async fn require_open(
    conn: &AsyncPgConnection,
    caller: &Caller,
    year: i16,
    last_day: NaiveDate,
    reason: Option<&str>,
) -> ApiResult<()> {
    let closed: Option<Option<NaiveDate>> =
        locks::table.find(year).select(locks::closed_through).first(&mut &*conn).await.optional()?;
    match closed.flatten().filter(|closed| closes(caller, *closed, last_day, reason)) {
        Some(closed) => Err(ApiError::new(Code::PeriodClosed).given(last_day).allowed(excuse(closed))),
        None => Ok(()),
    }
}
