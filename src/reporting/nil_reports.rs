//! Nil reports (零报告) in the database.

use chrono::{DateTime, NaiveDate, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use serde::Serialize;
use uuid::Uuid;

use super::{NilReport, SubmitNilReport, schedules};
use crate::associations;
use crate::audit::{self, Action, Entity, Entry};
use crate::auth::Caller;
use crate::database::{is_foreign_key_violation, transaction};
use crate::error::{ApiError, ApiResult, Code, Text, Violation};
use crate::http::{Answer, EntityTag, IfMatch, Limit, Year};
use crate::locks::store::require_open;
use crate::period::Period;
use crate::schema::nil_reports;
use crate::state::AppState;

/// A row of `nil_reports`.
#[derive(Clone, Debug, HasQuery, Insertable, AsChangeset)]
#[diesel(table_name = nil_reports, primary_key(association_id, id))]
#[diesel(treat_none_as_null = true, treat_none_as_default_value = false)]
pub(super) struct NilReportRow {
    association_id: Uuid,
    pub id: Uuid,
    year: i16,
    period_from: NaiveDate,
    period_through: NaiveDate,
    note: Option<String>,
    reason: Option<String>,
    reported_at: DateTime<Utc>,
    reported_by: Option<Uuid>,
    withdrawn_at: Option<DateTime<Utc>>,
    withdrawn_by: Option<Uuid>,
}

/// What an audit entry shows of a nil report.
#[derive(Serialize)]
struct Snapshot<'a> {
    period: Period,
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    withdrawn_at: Option<DateTime<Utc>>,
}

impl NilReportRow {
    fn period(&self) -> ApiResult<Period> {
        Ok(Period::new(self.period_from, self.period_through)?)
    }

    /// It changes once at most: when it is withdrawn.
    fn tag(&self) -> EntityTag {
        EntityTag::of(self.id, if self.withdrawn_at.is_some() { 2 } else { 1 })
    }

    fn snapshot(&self) -> ApiResult<audit::Json> {
        let Self { note, withdrawn_at, .. } = self;
        audit::json(&Snapshot { period: self.period()?, note: note.as_deref(), withdrawn_at: *withdrawn_at })
    }

    /// As a client reads it.
    pub(super) fn into_nil_report(self, association: &str) -> ApiResult<NilReport> {
        Ok(NilReport {
            id: self.id,
            association: association.to_owned(),
            year: self.year,
            period: self.period()?,
            note: self.note,
            reported_at: self.reported_at,
            withdrawn_at: self.withdrawn_at,
            reason: self.reason,
        })
    }

    fn into_answer(self, association: &associations::store::Found) -> ApiResult<Answer<NilReport>> {
        let tag = self.tag();
        Ok(Answer::ok(self.into_nil_report(association.code())?).tagged(tag))
    }
}

/// Stores that there is nothing to report of a period; the same again changes nothing.
///
/// # Errors
/// `not_a_reporting_period`, `period_not_begun`, `nil_report_exists` with another note, `association_dissolved`,
/// `period_closed`.
pub(super) async fn submit(
    conn: &mut AsyncPgConnection,
    state: &AppState,
    caller: &Caller,
    association: &associations::store::Found,
    body: &SubmitNilReport,
) -> ApiResult<Answer<NilReport>> {
    require_period(conn, state, &body.period).await?;
    transaction(conn, async |conn| {
        let now = state.now();
        let row = NilReportRow {
            association_id: association.id(),
            id: Uuid::now_v7(),
            year: body.period.year(),
            period_from: body.period.from(),
            period_through: body.period.through(),
            note: body.note.clone(),
            reason: body.reason.clone(),
            reported_at: now,
            reported_by: caller.key_id,
            withdrawn_at: None,
            withdrawn_by: None,
        };
        let inserted = diesel::insert_into(nil_reports::table)
            .values(&row)
            .on_conflict_do_nothing()
            .returning(nil_reports::id)
            .get_result::<Uuid>(conn)
            .await
            .optional()
            .map_err(|error| match is_foreign_key_violation(&error) {
                true => ApiError::new(Code::AssociationNotFound).given(association.code()),
                false => error.into(),
            })?;
        if inserted.is_none() {
            return repeated(conn, association, body).await;
        }
        association.require_open()?;
        require_open(conn, caller, row.year, row.period_through, row.reason.as_deref()).await?;
        record(conn, caller, now, Action::Submitted, None, &row).await?;
        let (tag, report) = (row.tag(), row.into_nil_report(association.code())?);
        Ok(Answer::created(report).tagged(tag))
    })
    .await
}

/// Goes on when the period is one of its year's schedule and has begun.
async fn require_period(conn: &mut AsyncPgConnection, state: &AppState, period: &Period) -> ApiResult<()> {
    let refused = |allowed: Text| {
        let violation = Violation::at("/period", Code::NotAReportingPeriod).given(period);
        Err(violation.allowed(allowed).into())
    };
    let Some(schedule) = schedules::load(conn, period.year()).await? else {
        return refused(Text::new("有报送计划的年度内的期间", "a period of a year with a reporting schedule"));
    };
    if !schedule.row.frequency.0.periods(period.year()).contains(period) {
        return refused(schedule.row.frequency.0.form());
    }
    Ok(period.require_begun(state.today())?)
}

/// The one that stands for the period, where it says the same.
async fn repeated(
    conn: &mut AsyncPgConnection,
    association: &associations::store::Found,
    body: &SubmitNilReport,
) -> ApiResult<Answer<NilReport>> {
    let standing: Option<NilReportRow> = NilReportRow::query()
        .filter(nil_reports::association_id.eq(association.id()))
        .filter(nil_reports::period_from.eq(body.period.from()))
        .filter(nil_reports::period_through.eq(body.period.through()))
        .filter(nil_reports::withdrawn_at.is_null())
        .first(conn)
        .await
        .optional()?;
    let standing =
        standing.ok_or_else(|| ApiError::new(Code::DatabaseBusy).because("a nil report was withdrawn meanwhile"))?;
    if standing.note == body.note {
        return standing.into_answer(association);
    }
    let allowed = serde_json::to_string(&standing.into_nil_report(association.code())?).map_err(ApiError::internal)?;
    Err(ApiError::new(Code::NilReportExists).given(body.period).allowed(allowed))
}

/// Nil reports of an association in the order they were reported, after `after`.
///
/// # Errors
/// Only the database's.
pub(super) async fn list(
    conn: &mut AsyncPgConnection,
    association: &associations::store::Found,
    year: Option<Year>,
    after: Option<Uuid>,
    limit: Limit,
) -> ApiResult<Vec<NilReport>> {
    let mut query = NilReportRow::query()
        .filter(nil_reports::association_id.eq(association.id()))
        .filter(nil_reports::id.gt(after.unwrap_or(Uuid::nil())))
        .order(nil_reports::id)
        .limit(limit)
        .into_boxed();
    if let Some(year) = year {
        query = query.filter(nil_reports::year.eq(year.get()));
    }
    let rows: Vec<NilReportRow> = query.load(conn).await?;
    rows.into_iter().map(|row| row.into_nil_report(association.code())).collect()
}

/// Withdraws a nil report; a second time, nothing changes.
///
/// # Errors
/// `nil_report_not_found` when the association has none with this id, `precondition_failed`, `period_closed`.
pub(super) async fn withdraw(
    conn: &mut AsyncPgConnection,
    state: &AppState,
    caller: &Caller,
    association: &associations::store::Found,
    id: Uuid,
    condition: &IfMatch,
    reason: &str,
) -> ApiResult<Answer<NilReport>> {
    transaction(conn, async |conn| {
        let is_this = nil_reports::association_id.eq(association.id()).and(nil_reports::id.eq(id));
        let before: Option<NilReportRow> = nil_reports::table
            .filter(is_this)
            .select(NilReportRow::as_select())
            .for_update()
            .first(conn)
            .await
            .optional()?;
        let before = before.ok_or_else(|| ApiError::new(Code::NilReportNotFound).given(id))?;
        condition.check(Some(&before.tag()))?;
        if before.withdrawn_at.is_some() {
            return before.into_answer(association);
        }
        require_open(conn, caller, before.year, before.period_through, Some(reason)).await?;
        let now = state.now();
        let reason = Some(reason.to_owned());
        let row = NilReportRow { reason, withdrawn_at: Some(now), withdrawn_by: caller.key_id, ..before.clone() };
        diesel::update(nil_reports::table.find((row.association_id, row.id))).set(&row).execute(conn).await?;
        record(conn, caller, now, Action::Withdrawn, Some(&before), &row).await?;
        row.into_answer(association)
    })
    .await
}

async fn record(
    conn: &AsyncPgConnection,
    caller: &Caller,
    now: DateTime<Utc>,
    action: Action,
    before: Option<&NilReportRow>,
    row: &NilReportRow,
) -> ApiResult<()> {
    let entry = Entry {
        association_id: Some(row.association_id),
        entity: Entity::NilReport,
        entity_key: row.id.to_string(),
        action,
        reason: row.reason.as_deref(),
        before: before.map(NilReportRow::snapshot).transpose()?,
        after: Some(row.snapshot()?),
    };
    audit::store::record(conn, caller, now, entry).await
}
