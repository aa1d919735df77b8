//! Schedules in the database.

use chrono::{DateTime, NaiveDate, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection};
use uuid::Uuid;

use super::calendar::{Slot, due_on};
use super::{Frequency, PeriodState, PutSchedule, Schedule};
use crate::associations::{self, Kind, Level};
use crate::audit::{self, Action, Entity, Entry};
use crate::auth::{self, Caller, Scope};
use crate::database::{Coded, is_foreign_key_violation, transaction};
use crate::error::{ApiError, ApiResult, Code, Phrase, Violation};
use crate::http::{Answer, EntityTag, IfMatch, Year};
use crate::period::Period;
use crate::schema::{associations as places, reporting_schedules};
use crate::state::AppState;

/// A row of `reporting_schedules`.
#[derive(Clone, Debug, HasQuery, Insertable, AsChangeset)]
#[diesel(table_name = reporting_schedules, treat_none_as_null = true)]
pub(crate) struct ScheduleRow {
    year: i16,
    pub frequency: Coded<Frequency>,
    due_days: i16,
    within_id: Option<Uuid>,
    kinds: Vec<Option<Coded<Kind>>>,
    levels: Vec<Option<Coded<Level>>>,
    version: i32,
    updated_at: DateTime<Utc>,
    updated_by: Option<Uuid>,
}

/// The schedule of a year, and the part of the tree it is limited to.
#[derive(Clone, Debug)]
pub(crate) struct Found {
    pub row: ScheduleRow,
    pub within: Option<Scope>,
}

impl Found {
    /// Only these kinds; empty: all.
    pub(super) fn kinds(&self) -> Vec<Kind> {
        self.row.kinds.iter().flatten().map(|kind| kind.0).collect()
    }

    /// Only these levels; empty: all.
    pub(super) fn levels(&self) -> Vec<Level> {
        self.row.levels.iter().flatten().map(|level| level.0).collect()
    }

    /// Its periods and where they stand now; of them, only the one that is wanted.
    ///
    /// # Errors
    /// `not_a_reporting_period` for one that is none of them.
    pub(super) fn slots(&self, state: &AppState, wanted: Option<&Period>) -> ApiResult<Vec<Slot>> {
        let frequency = self.row.frequency.0;
        let mut periods = frequency.periods(self.row.year);
        periods.retain(|period| wanted.is_none_or(|wanted| wanted == period));
        if let Some(given) = wanted.filter(|_| periods.is_empty()) {
            let (form, year) = (frequency.form(), self.row.year);
            let allowed = Phrase::new(format!("{year}年的{}", form.zh), format!("{} of {year}", form.en));
            let violation = Violation::at("?period", Code::NotAReportingPeriod).given(given).allowed(allowed);
            return Err(ApiError::invalid_parameter(vec![violation]));
        }
        let today = state.today();
        let after = |day: NaiveDate| day.succ_opt().and_then(|next| state.start_of(next));
        let slot = |period: Period| {
            let due_on = due_on(&period, self.row.due_days);
            let (ends_at, late_at) = (after(period.through())?, after(due_on)?);
            Some(Slot { period, due_on, state: PeriodState::on(today, &period, due_on), ends_at, late_at })
        };
        periods
            .into_iter()
            .map(slot)
            .collect::<Option<_>>()
            .ok_or_else(|| ApiError::internal("a day without a beginning"))
    }

    /// Whether it expects reports of this association.
    fn expects(&self, association: &associations::store::Found) -> bool {
        let is_below = |place: &Scope| association.row.path.starts_with(&place.path);
        let (kinds, levels) = (self.kinds(), self.levels());
        self.within.as_ref().is_none_or(is_below)
            && (kinds.is_empty() || kinds.contains(&association.kind()))
            && (levels.is_empty() || levels.contains(&association.level()))
    }

    /// A year has no id of its own: its number stands for one.
    fn tag(&self) -> EntityTag {
        EntityTag::of(Uuid::from_u128(self.row.year.unsigned_abs().into()), self.row.version)
    }

    fn to_put(&self) -> PutSchedule {
        PutSchedule {
            frequency: self.row.frequency.0,
            due_days: self.row.due_days,
            within: self.within.as_ref().and_then(|place| crate::http::ResourceCode::new(&place.code).ok()),
            kinds: self.kinds(),
            levels: self.levels(),
        }
    }

    /// As the caller reads it: a place outside its scope does not exist for it.
    pub(super) fn into_schedule(self, caller: &Caller) -> Schedule {
        let (kinds, levels) = (self.kinds(), self.levels());
        Schedule {
            year: self.row.year,
            frequency: self.row.frequency.0,
            due_days: self.row.due_days,
            within: self.within.filter(|place| caller.sees(&place.path)).map(|place| place.code),
            kinds,
            levels,
            updated_at: self.row.updated_at,
        }
    }

    /// As an answer with its tag.
    pub(super) fn into_answer(self, caller: &Caller) -> Answer<Schedule> {
        let tag = self.tag();
        Answer::ok(self.into_schedule(caller)).tagged(tag)
    }
}

/// The schedule of a year.
///
/// # Errors
/// `schedule_not_found`.
pub(crate) async fn find(conn: &mut AsyncPgConnection, year: Year) -> ApiResult<Found> {
    load(conn, year.get()).await?.ok_or_else(|| ApiError::new(Code::ScheduleNotFound).given(year))
}

/// The schedule of a year, if there is one.
pub(super) async fn load(conn: &mut AsyncPgConnection, year: i16) -> ApiResult<Option<Found>> {
    /// Id, code and path of an association.
    type Place = (Uuid, String, String);
    let found: Option<(ScheduleRow, Option<Place>)> = reporting_schedules::table
        .left_join(places::table)
        .filter(reporting_schedules::year.eq(year))
        .select((ScheduleRow::as_select(), (places::id, places::code, places::path).nullable()))
        .first(conn)
        .await
        .optional()?;
    let scope = |(id, code, path)| Scope { id, code, path };
    Ok(found.map(|(row, within)| Found { row, within: within.map(scope) }))
}

/// What an association reports of a year today, where its schedule or else the month says: the period that has ended and
/// whose due day is not over, else the one that goes on; of a year that is over or to come, nothing.
///
/// # Errors
/// Only the database's.
pub(crate) async fn current(
    conn: &mut AsyncPgConnection,
    association: &associations::store::Found,
    year: Year,
    today: NaiveDate,
) -> ApiResult<Option<Period>> {
    let schedule = load(conn, year.get()).await?.filter(|schedule| schedule.expects(association));
    let (frequency, due_days) =
        schedule.map_or((Frequency::Monthly, None), |schedule| (schedule.row.frequency.0, Some(schedule.row.due_days)));
    Ok(frequency.to_report(year.get(), due_days, today))
}

/// Creates or replaces the schedule of a year.
///
/// # Errors
/// `precondition_failed`, `unknown_association` for a place that is none.
pub(crate) async fn put(
    conn: &mut AsyncPgConnection,
    caller: &Caller,
    year: Year,
    condition: &IfMatch,
    body: &PutSchedule,
    now: DateTime<Utc>,
) -> ApiResult<Answer<Schedule>> {
    transaction(conn, async |conn| {
        // Writers take turns: each compares with what was there before.
        conn.batch_execute("LOCK TABLE reporting_schedules IN SHARE ROW EXCLUSIVE MODE").await?;
        let before = load(conn, year.get()).await?;
        condition.check(before.as_ref().map(Found::tag).as_ref())?;
        let current = before.as_ref().map(Found::to_put);
        if let Some(before) = before.clone().filter(|_| current.as_ref() == Some(body)) {
            return Ok(before.into_answer(caller));
        }
        let within = place(conn, caller, body).await?;
        let row = ScheduleRow {
            year: year.get(),
            frequency: Coded(body.frequency),
            due_days: body.due_days,
            within_id: within.as_ref().map(|place| place.id),
            kinds: body.kinds.iter().map(|kind| Some(Coded(*kind))).collect(),
            levels: body.levels.iter().map(|level| Some(Coded(*level))).collect(),
            version: before.as_ref().map_or(1, |before| before.row.version + 1),
            updated_at: now,
            updated_by: caller.key_id,
        };
        save(conn, body, &row).await?;
        let entry = Entry {
            association_id: None,
            entity: Entity::Schedule,
            entity_key: year.to_string(),
            action: Action::of(before.is_some(), true),
            reason: None,
            before: current.as_ref().map(audit::json).transpose()?,
            after: Some(audit::json(body)?),
        };
        audit::store::record(conn, caller, now, entry).await?;
        let found = Found { row, within };
        if before.is_some() {
            return Ok(found.into_answer(caller));
        }
        let (tag, location) = (found.tag(), format!("/api/v1/reporting/{year}/schedule"));
        Ok(Answer::created(found.into_schedule(caller)).tagged(tag).at(location))
    })
    .await
}

async fn save(conn: &mut AsyncPgConnection, body: &PutSchedule, row: &ScheduleRow) -> ApiResult<()> {
    let saved = diesel::insert_into(reporting_schedules::table)
        .values(row)
        .on_conflict(reporting_schedules::year)
        .do_update()
        .set(row)
        .execute(conn)
        .await;
    match saved {
        // It was deleted since it was looked for.
        Err(error) if is_foreign_key_violation(&error) => Err(unknown_place(body)),
        saved => Ok(saved.map(drop)?),
    }
}

/// The part of the tree that the body limits the schedule to.
async fn place(conn: &mut AsyncPgConnection, caller: &Caller, body: &PutSchedule) -> ApiResult<Option<Scope>> {
    let Some(code) = &body.within else { return Ok(None) };
    auth::store::find_scope(conn, caller, code).await?.map(Some).ok_or_else(|| unknown_place(body))
}

fn unknown_place(body: &PutSchedule) -> ApiError {
    let given = body.within.as_deref().unwrap_or_default();
    Violation::at("/within", Code::UnknownAssociation).given(given).into()
}
