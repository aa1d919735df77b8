//! The ledger in the database, and the totals kept with it.

use chrono::{DateTime, TimeDelta, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use futures_util::future::{join, join3};
use uuid::Uuid;

use super::content::Content;
use super::row::{ActualRow, Reading};
use super::{Actual, ActualQuery, SubmitActual, first};
use crate::audit::{self, Action, Entity, Entry, Json};
use crate::auth::Caller;
use crate::database::{Coded, Prepared, transaction};
use crate::error::{ApiError, ApiResult, Code, Violation};
use crate::http::{Answer, Limit};
use crate::indicators::store::IndicatorRow;
use crate::locks::store::require_open;
use crate::schema::{actual_revisions, actuals, indicators};
use crate::scorecards::store::{lock, save};
use crate::scorecards::{KEPT_TOTALS, Totals};
use crate::state::AppState;
use crate::{associations, indicators as indicator};

/// Who reports what.
pub struct Place<'a> {
    /// Who reports.
    pub association: &'a associations::store::Found,
    /// What was counted.
    pub indicator: &'a indicator::store::Found,
}

impl Place<'_> {
    pub(super) fn actual(&self, row: ActualRow) -> ApiResult<Actual> {
        row.into_actual(self.association.code(), self.indicator.code(), &self.indicator.row.unit)
    }

    pub(super) fn answer(&self, row: ActualRow) -> ApiResult<Answer<Actual>> {
        let tag = row.tag();
        Ok(Answer::ok(self.actual(row)?).tagged(tag))
    }

    fn created(&self, row: ActualRow) -> ApiResult<Answer<Actual>> {
        let (tag, id) = (row.tag(), row.id);
        let location = format!("/api/v1/associations/{}/actuals/{id}", self.association.code());
        Ok(Answer::created(self.actual(row)?).tagged(tag).at(location))
    }

    /// Records that `row` came after `before`.
    pub(super) async fn record(
        &self,
        conn: &AsyncPgConnection,
        caller: &Caller,
        now: DateTime<Utc>,
        action: Action,
        before: Option<&ActualRow>,
        row: &ActualRow,
    ) -> ApiResult<()> {
        let json = |row: &ActualRow| row.snapshot(&self.indicator.row).map(Json);
        let entry = Entry {
            association_id: Some(row.association_id),
            entity: Entity::Actual,
            entity_key: row.id.to_string(),
            action,
            reason: row.reason.as_deref(),
            before: before.map(json).transpose()?,
            after: Some(json(row)?),
        };
        audit::store::record(conn, caller, now, entry).await
    }
}

/// Stores one actual and its totals in one transaction; the same content under the same `external_id` changes nothing.
///
/// # Errors
/// `external_id_conflict` for other content, `association_dissolved`, `period_not_begun`, `period_closed`,
/// `total_out_of_range`, and everything that can be wrong with the content.
pub async fn submit(
    conn: &mut AsyncPgConnection,
    state: &AppState,
    caller: &Caller,
    place: &Place<'_>,
    body: &SubmitActual,
) -> ApiResult<Answer<Actual>> {
    body.period.require_begun(state.today())?;
    let content = Content::of(body, &place.indicator.row)?;
    transaction(conn, async |conn| {
        let year = content.period.year();
        let mut line = lock(conn, place.association.id(), year, &place.indicator.row, state.now()).await?;
        // Taken after the lock, and past the last report whatever the clocks say: reports are combined in this order.
        let after_last = line.totals.reported.last_at.map(|last| last + TimeDelta::microseconds(1));
        let now = after_last.map_or(state.now(), |after| after.max(state.now()));
        let new = ActualRow::new(place.association.id(), place.indicator.row.value_type, content.clone(), now);
        let (external_id, reason) = (body.external_id.clone(), body.reason.clone());
        let row = ActualRow { external_id, reason, reported_by: caller.key_id, updated_by: caller.key_id, ..new };
        let statement = diesel::insert_into(actuals::table)
            .values(&row)
            .on_conflict((actuals::association_id, actuals::external_id))
            .do_nothing()
            .returning(actuals::id);
        let inserted = Prepared(statement).get_result::<Uuid>(&mut &*conn);
        let is_open = require_open(conn, caller, year, row.period_through, row.reason.as_deref());
        // One after the other on the wire, without waiting in between.
        let (inserted, is_open) = join(inserted, is_open).await;
        if inserted.optional()?.is_none() {
            return repeated(conn, place, body.external_id.as_deref().unwrap_or_default(), &content).await;
        }
        place.association.require_open()?;
        is_open?;
        add(&mut line.totals, &place.indicator.row, &row.reading()?)?;
        let recorded = place.record(conn, caller, now, Action::Submitted, None, &row);
        let (saved, recorded, noted) = join3(save(conn, &line), recorded, first::add(conn, &row)).await;
        saved.and(recorded).and(noted)?;
        place.created(row)
    })
    .await
}

/// Adds what an actual contributes to its line, on both bases.
///
/// # Errors
/// `total_out_of_range`.
pub(crate) fn add(totals: &mut Totals, indicator: &IndicatorRow, reading: &Reading) -> ApiResult<()> {
    let refused = |code| ApiError::from(Violation::at("/value", code).allowed(KEPT_TOTALS));
    let accumulation = indicator.accumulation.0;
    if let Some(figure) = reading.reported() {
        totals.reported.add(accumulation, &figure).map_err(refused)?;
    }
    if let Some(figure) = reading.verified() {
        totals.verified.add(accumulation, &figure).map_err(refused)?;
    }
    Ok(())
}

/// The stored actual where its content is the same, else what is stored instead.
async fn repeated(
    conn: &mut AsyncPgConnection,
    place: &Place<'_>,
    external_id: &str,
    content: &Content,
) -> ApiResult<Answer<Actual>> {
    let stored = named(conn, place.association, external_id).await?.ok_or_else(|| ApiError::internal("it is gone"))?;
    if stored.0.content()? == *content {
        return place.answer(stored.0);
    }
    let Violation { code, given, allowed, .. } = conflict(&in_place(place.association, stored)?)?;
    Err(ApiError::new(code).given(given.unwrap_or_default()).allowed(allowed.unwrap_or_default()))
}

/// A row with its indicator's code and unit.
type Named = (ActualRow, String, String);

async fn named(
    conn: &mut AsyncPgConnection,
    association: &associations::store::Found,
    external_id: &str,
) -> ApiResult<Option<Named>> {
    let stored = actuals::table
        .inner_join(indicators::table.on(indicators::id.eq(actuals::indicator_id)))
        .filter(actuals::association_id.eq(association.id()))
        .filter(actuals::external_id.eq(external_id))
        .select((ActualRow::as_select(), indicators::code, indicators::unit))
        .first(conn)
        .await
        .optional()?;
    Ok(stored)
}

fn in_place(association: &associations::store::Found, (row, code, unit): Named) -> ApiResult<Actual> {
    row.into_actual(association.code(), &code, &unit)
}

/// The actual that an association stored under this `external_id`, if any.
///
/// # Errors
/// Only the database's.
pub(crate) async fn stored_under(
    conn: &mut AsyncPgConnection,
    association: &associations::store::Found,
    external_id: &str,
) -> ApiResult<Option<Actual>> {
    named(conn, association, external_id).await?.map(|stored| in_place(association, stored)).transpose()
}

/// Other content was sent under the `external_id` of an actual that is stored.
fn conflict(stored: &Actual) -> ApiResult<Violation> {
    let given = stored.external_id.as_deref().unwrap_or_default();
    let allowed = serde_json::to_string(stored).map_err(ApiError::internal)?;
    Ok(Violation::at("/external_id", Code::ExternalIdConflict).given(given).allowed(allowed))
}

/// An actual of an association, and its indicator.
pub struct Found {
    pub(super) row: ActualRow,
    pub(super) indicator: indicator::store::Found,
}

impl Found {
    /// As it is now.
    ///
    /// # Errors
    /// Only when the stored period is broken.
    pub(crate) fn to_actual(&self, association: &associations::store::Found) -> ApiResult<Actual> {
        Place { association, indicator: &self.indicator }.actual(self.row.clone())
    }

    /// As an answer with its tag.
    ///
    /// # Errors
    /// Only when the stored period is broken.
    pub fn into_answer(self, association: &associations::store::Found) -> ApiResult<Answer<Actual>> {
        Place { association, indicator: &self.indicator }.answer(self.row)
    }
}

/// The actual with this id.
///
/// # Errors
/// `actual_not_found` when the association has none.
pub async fn find(
    conn: &mut AsyncPgConnection,
    association: &associations::store::Found,
    id: Uuid,
) -> ApiResult<Found> {
    let found: Option<(ActualRow, String)> = actuals::table
        .inner_join(indicators::table.on(indicators::id.eq(actuals::indicator_id)))
        .filter(actuals::association_id.eq(association.id()))
        .filter(actuals::id.eq(id))
        .select((ActualRow::as_select(), indicators::code))
        .first(conn)
        .await
        .optional()?;
    let (row, code) = found.ok_or_else(|| ApiError::new(Code::ActualNotFound).given(id))?;
    Ok(Found { row, indicator: indicator::store::find(conn, &code).await? })
}

/// Actuals of an association that fit the query, in the order they were reported, after `after`.
///
/// # Errors
/// `unknown_indicator` when the query names none.
pub async fn list(
    conn: &mut AsyncPgConnection,
    association: &associations::store::Found,
    wanted: &ActualQuery,
    after: Option<Uuid>,
    limit: Limit,
) -> ApiResult<Vec<Actual>> {
    let mut query = actuals::table
        .inner_join(indicators::table.on(indicators::id.eq(actuals::indicator_id)))
        .filter(actuals::association_id.eq(association.id()))
        .select((ActualRow::as_select(), indicators::code, indicators::unit))
        .order(actuals::id)
        .limit(limit)
        .into_boxed();
    if let Some(year) = wanted.year {
        query = query.filter(actuals::year.eq(year.get()));
    }
    if let Some(code) = &wanted.indicator {
        let indicator = indicator::store::find_named(conn, "?indicator", code).await?;
        query = query.filter(actuals::indicator_id.eq(indicator.row.id));
    }
    if let Some(state) = wanted.state {
        query = query.filter(actuals::state.eq(Coded(state)));
    }
    match wanted.changed_since_verified {
        Some(true) => query = query.filter(actuals::verified_version.lt(actuals::version.nullable())),
        Some(false) => {
            let is_so =
                actuals::verified_version.is_null().or(actuals::verified_version.eq(actuals::version.nullable()));
            query = query.filter(is_so);
        }
        None => {}
    }
    if let Some(after) = after {
        query = query.filter(actuals::id.gt(after));
    }
    let rows: Vec<Named> = query.load(conn).await?;
    rows.into_iter().map(|named| in_place(association, named)).collect()
}

/// Every version of an actual, the first one first.
///
/// # Errors
/// `actual_not_found` when the association has none with this id.
pub async fn revisions(
    conn: &mut AsyncPgConnection,
    association: &associations::store::Found,
    id: Uuid,
) -> ApiResult<Vec<Actual>> {
    let current = find(conn, association, id).await?;
    let earlier: Vec<ActualRow> = actual_revisions::table
        .filter(actual_revisions::association_id.eq(association.id()))
        .filter(actual_revisions::id.eq(id))
        .order(actual_revisions::version)
        .load(conn)
        .await?;
    let place = Place { association, indicator: &current.indicator };
    earlier.into_iter().chain([current.row]).map(|row| place.actual(row)).collect()
}
