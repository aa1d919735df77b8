//! Targets in the database: the one in force and every revision before it.

use std::collections::HashMap;

use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use super::row::{Revision, TargetRow, last_day};
use super::terms::Terms;
use super::{PutTarget, Target};
use crate::associations;
use crate::audit;
use crate::auth::Caller;
use crate::database::transaction;
use crate::error::{ApiError, ApiResult, Code, Violation};
use crate::http::{Answer, IfMatch, Limit, Year};
use crate::indicators;
use crate::locks;
use crate::schema::{self, keys, targets};
use crate::scorecards::store::{lock, save};
use crate::state::AppState;

/// Names a target by what its codes stand for.
pub struct Place<'a> {
    /// Who plans.
    pub association: &'a associations::store::Found,
    /// Plan year.
    pub year: Year,
    /// What is counted.
    pub indicator: &'a indicators::store::Found,
}

impl Place<'_> {
    fn target(&self, row: TargetRow) -> Target {
        row.into_target(self.association.code(), self.indicator.code(), &self.indicator.row.unit)
    }

    fn answer(&self, row: TargetRow) -> Answer<Target> {
        let tag = row.tag();
        Answer::ok(self.target(row)).tagged(tag)
    }

    fn not_found(&self) -> ApiError {
        let names = format!("{}/{}/{}", self.association.code(), self.year, self.indicator.code());
        ApiError::new(Code::TargetNotFound).given(names)
    }

    /// Its last revision, also where that is a removal.
    async fn last(&self, conn: &mut AsyncPgConnection) -> ApiResult<Option<TargetRow>> {
        let last = TargetRow::query()
            .filter(targets::association_id.eq(self.association.id()))
            .filter(targets::year.eq(self.year.get()))
            .filter(targets::indicator_id.eq(self.indicator.row.id))
            .order(targets::revision.desc())
            .first(conn)
            .await
            .optional()?;
        Ok(last)
    }

    async fn current(&self, conn: &mut AsyncPgConnection) -> ApiResult<TargetRow> {
        self.last(conn).await?.filter(|row| row.is_current).ok_or_else(|| self.not_found())
    }

    /// Ends the life of the current revision, if any.
    async fn retire(&self, conn: &mut AsyncPgConnection) -> ApiResult<()> {
        diesel::update(targets::table)
            .filter(targets::association_id.eq(self.association.id()))
            .filter(targets::year.eq(self.year.get()))
            .filter(targets::indicator_id.eq(self.indicator.row.id))
            .filter(targets::is_current)
            .set(targets::is_current.eq(false))
            .execute(conn)
            .await?;
        Ok(())
    }

    /// A target's period is its whole year.
    async fn require_open(&self, conn: &mut AsyncPgConnection, caller: &Caller, reason: Option<&str>) -> ApiResult<()> {
        locks::store::require_open(conn, caller, self.year.get(), last_day(self.year.get()), reason).await
    }

    /// Records that `row` came after `before`.
    async fn record(
        &self,
        conn: &mut AsyncPgConnection,
        caller: &Caller,
        before: Option<&TargetRow>,
        row: &TargetRow,
    ) -> ApiResult<()> {
        let entry = row.entry(before, self.association.code(), &self.indicator.row)?;
        audit::store::record(conn, caller, row.recorded_at, entry).await
    }
}

/// The target in force.
///
/// # Errors
/// `target_not_found`.
pub async fn find(conn: &mut AsyncPgConnection, place: &Place<'_>) -> ApiResult<Answer<Target>> {
    let row = place.current(conn).await?;
    Ok(place.answer(row))
}

/// Every revision of a target, the first one first.
///
/// # Errors
/// `target_not_found` when there never was one.
pub async fn revisions(conn: &mut AsyncPgConnection, place: &Place<'_>) -> ApiResult<Vec<Target>> {
    let rows: Vec<TargetRow> = TargetRow::query()
        .filter(targets::association_id.eq(place.association.id()))
        .filter(targets::year.eq(place.year.get()))
        .filter(targets::indicator_id.eq(place.indicator.row.id))
        .order(targets::revision)
        .load(conn)
        .await?;
    if rows.is_empty() {
        return Err(place.not_found());
    }
    Ok(rows.into_iter().map(|row| place.target(row)).collect())
}

/// The names of the keys that the revisions of a target came with; none for the command line.
///
/// # Errors
/// Only the database's.
pub(crate) async fn authors(conn: &AsyncPgConnection, place: &Place<'_>) -> ApiResult<HashMap<i32, String>> {
    let rows: Vec<(i32, String)> = targets::table
        .inner_join(keys::table.on(targets::recorded_by.eq(keys::id.nullable())))
        .filter(targets::association_id.eq(place.association.id()))
        .filter(targets::year.eq(place.year.get()))
        .filter(targets::indicator_id.eq(place.indicator.row.id))
        .select((targets::revision, keys::name))
        .load(&mut &*conn)
        .await?;
    Ok(rows.into_iter().collect())
}

/// The targets in force of an association's year, by indicator code, after `after`.
///
/// # Errors
/// Only the database's.
pub async fn list(
    conn: &mut AsyncPgConnection,
    association: &associations::store::Found,
    year: Year,
    after: Option<crate::http::ResourceCode>,
    limit: Limit,
) -> ApiResult<Vec<Target>> {
    let mut query = targets::table
        .inner_join(schema::indicators::table)
        .filter(targets::association_id.eq(association.id()))
        .filter(targets::year.eq(year.get()))
        .filter(targets::is_current)
        .select((TargetRow::as_select(), schema::indicators::code, schema::indicators::unit))
        .order(schema::indicators::code)
        .limit(limit)
        .into_boxed();
    if let Some(after) = after {
        query = query.filter(schema::indicators::code.gt(after.to_string()));
    }
    let rows: Vec<(TargetRow, String, String)> = query.load(conn).await?;
    Ok(rows.into_iter().map(|(row, code, unit)| row.into_target(association.code(), &code, &unit)).collect())
}

/// Sets or revises a target; the same terms twice change nothing.
///
/// # Errors
/// `precondition_failed`, `reason_required` for a revision, `association_dissolved`, `period_closed`, and everything that
/// can be wrong with the terms.
pub async fn put(
    conn: &mut AsyncPgConnection,
    caller: &Caller,
    place: &Place<'_>,
    condition: &IfMatch,
    body: &PutTarget,
    state: &AppState,
) -> ApiResult<Answer<Target>> {
    let terms = Terms::of(body, &place.indicator.row, place.year.get())?;
    transaction(conn, async |conn| {
        let mut line = lock(conn, place.association.id(), place.year.get(), &place.indicator.row, state.now()).await?;
        let last = place.last(conn).await?;
        let current = last.as_ref().filter(|last| last.is_current);
        condition.check(current.map(TargetRow::tag).as_ref())?;
        if let Some(current) = current.filter(|current| current.terms() == terms) {
            return Ok(place.answer(current.clone()));
        }
        place.association.require_open()?;
        if last.is_some() && body.reason.is_none() {
            return Err(Violation::at("/reason", Code::ReasonRequired).into());
        }
        place.require_open(conn, caller, body.reason.as_deref()).await?;
        let revision =
            Revision { terms: terms.clone(), reason: body.reason.clone(), by: caller.key_id, at: state.now() };
        let row = TargetRow::revised(line.key(), last.as_ref(), revision);
        place.retire(conn).await?;
        diesel::insert_into(targets::table).values(&row).execute(conn).await?;
        line.goal = Some(row.goal.to_goal(row.year));
        save(conn, &line).await?;
        place.record(conn, caller, current, &row).await?;
        if current.is_some() {
            return Ok(place.answer(row));
        }
        let (tag, location) = (row.tag(), location(place));
        Ok(Answer::created(place.target(row)).tagged(tag).at(location))
    })
    .await
}

fn location(place: &Place<'_>) -> String {
    let (association, indicator) = (place.association.code(), place.indicator.code());
    format!("/api/v1/associations/{association}/targets/{}/{indicator}", place.year)
}

/// Withdraws a target; the withdrawal is a revision too.
///
/// # Errors
/// `target_not_found`, `precondition_failed`, `period_closed`.
pub async fn remove(
    conn: &mut AsyncPgConnection,
    caller: &Caller,
    place: &Place<'_>,
    condition: &IfMatch,
    reason: &str,
    state: &AppState,
) -> ApiResult<()> {
    transaction(conn, async |conn| {
        let mut line = lock(conn, place.association.id(), place.year.get(), &place.indicator.row, state.now()).await?;
        let current = place.current(conn).await?;
        condition.check(Some(&current.tag()))?;
        place.require_open(conn, caller, Some(reason)).await?;
        let row = TargetRow {
            revision: current.revision + 1,
            is_current: false,
            is_removal: true,
            reason: Some(reason.to_owned()),
            recorded_at: state.now(),
            recorded_by: caller.key_id,
            ..current.clone()
        };
        place.retire(conn).await?;
        diesel::insert_into(targets::table).values(&row).execute(conn).await?;
        line.goal = None;
        save(conn, &line).await?;
        place.record(conn, caller, Some(&current), &row).await
    })
    .await
}
