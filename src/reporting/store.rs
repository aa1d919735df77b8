//! Who reported what of a year, aggregated by PostgreSQL from `first_reports` and `nil_reports`; the ledger is never read.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, Utc};
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::query_builder::{BoxedSqlQuery, SqlQuery};
use diesel::sql_query;
use diesel::sql_types::{Array, BigInt, Bool, Int2, Int4, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use futures_util::future::try_join;
use uuid::Uuid;

use super::calendar::{Reports, Slot, Tally, rate};
use super::schedules::Found;
use super::{AssociationReporting, PeriodReporting, PeriodState, ReportingQuery};
use crate::associations::{Kind, Level};
use crate::auth::store::filter_place;
use crate::auth::{Caller, subtree};
use crate::completion::AssociationName;
use crate::database::Coded;
use crate::error::ApiResult;
use crate::http::Limit;
use crate::period::Period;
use crate::schema::{first_reports, nil_reports};

type Statement = BoxedSqlQuery<'static, Pg, SqlQuery>;

/// Whose reporting is asked for: those that the schedule expects, the query names and the caller sees.
pub(super) struct Who {
    from: String,
    to: String,
    parent_id: Option<Uuid>,
    kinds: Vec<Coded<Kind>>,
    levels: Vec<Coded<Level>>,
    kind: Option<Coded<Kind>>,
    level: Option<Coded<Level>>,
}

impl Who {
    /// What schedule, query and scope have in common.
    ///
    /// # Errors
    /// `unknown_association` when the query's `parent` or `within` names none that the caller may see.
    pub(super) async fn of(
        conn: &mut AsyncPgConnection,
        caller: &Caller,
        schedule: &Found,
        query: &ReportingQuery,
    ) -> ApiResult<Self> {
        let parent = filter_place(conn, caller, "?parent", query.parent.as_ref()).await?;
        let within = filter_place(conn, caller, "?within", query.within.as_ref()).await?;
        let (mut from, mut to) = subtree("/");
        for place in [&caller.scope, &schedule.within, &within].into_iter().flatten() {
            let (first, end) = subtree(&place.path);
            (from, to) = (from.max(first), to.min(end));
        }
        Ok(Self {
            from,
            to,
            parent_id: parent.map(|parent| parent.id),
            kinds: schedule.kinds().into_iter().map(Coded).collect(),
            levels: schedule.levels().into_iter().map(Coded).collect(),
            kind: query.kind.map(Coded),
            level: query.level.map(Coded),
        })
    }

    /// A statement whose first seven parameters say who.
    fn bound(&self, sql: &'static str) -> Statement {
        sql_query(sql)
            .into_boxed()
            .bind::<Text, _>(self.from.clone())
            .bind::<Text, _>(self.to.clone())
            .bind::<Nullable<SqlUuid>, _>(self.parent_id)
            .bind::<Array<Text>, _>(self.kinds.clone())
            .bind::<Array<Text>, _>(self.levels.clone())
            .bind::<Nullable<Text>, _>(self.kind)
            .bind::<Nullable<Text>, _>(self.level)
    }
}

/// A year's periods, as far as they are asked for.
#[derive(Clone, Copy)]
pub(super) struct Periods<'a> {
    pub year: i16,
    pub slots: &'a [Slot],
}

impl Periods<'_> {
    /// A statement whose next six parameters say which months belong to which period, and of which year.
    fn bind(self, statement: Statement) -> Statement {
        let months = || {
            let bits = (0..).map(|place| 1_i32 << place);
            self.slots.iter().zip(bits).flat_map(|(slot, bit)| slot.months().map(move |month| (month, bit, slot)))
        };
        statement
            .bind::<Array<Int2>, _>(months().map(|(month, ..)| month).collect::<Vec<_>>())
            .bind::<Array<Int4>, _>(months().map(|(_, bit, _)| bit).collect::<Vec<_>>())
            .bind::<Array<Timestamptz>, _>(months().map(|(.., slot)| slot.ends_at).collect::<Vec<_>>())
            .bind::<Array<Timestamptz>, _>(months().map(|(.., slot)| slot.late_at).collect::<Vec<_>>())
            .bind::<Array<Bool>, _>(months().map(|(.., slot)| slot.state == PeriodState::Due).collect::<Vec<_>>())
            .bind::<Int2, _>(self.year)
    }
}

#[derive(Default, QueryableByName)]
struct Count {
    #[diesel(sql_type = Int4)]
    bit: i32,
    #[diesel(sql_type = BigInt)]
    expected: i64,
    #[diesel(sql_type = BigInt)]
    reported: i64,
    #[diesel(sql_type = BigInt)]
    nil: i64,
    #[diesel(sql_type = BigInt)]
    on_time: i64,
}

/// How the reporting of each period stands, over everybody asked for.
///
/// # Errors
/// Only the database's.
pub(super) async fn summarize(
    conn: &mut AsyncPgConnection,
    who: &Who,
    periods: Periods<'_>,
) -> ApiResult<Vec<PeriodReporting>> {
    const SQL: &str = concat!(include_str!("who.sql"), include_str!("reports.sql"), include_str!("summary.sql"));
    let counts: Vec<Count> = periods.bind(who.bound(SQL)).load(conn).await?;
    let mut counts: HashMap<_, _> = counts.into_iter().map(|count| (count.bit, count)).collect();
    let bits = (0..).map(|place| 1_i32 << place);
    Ok(periods
        .slots
        .iter()
        .zip(bits)
        .map(|(slot, bit)| stand(slot, &counts.remove(&bit).unwrap_or_default()))
        .collect())
}

fn stand(slot: &Slot, count: &Count) -> PeriodReporting {
    let Count { expected, reported, nil, on_time, .. } = *count;
    let has_ended = slot.state != PeriodState::Upcoming;
    PeriodReporting {
        period: slot.period,
        due_on: slot.due_on,
        state: slot.state,
        expected,
        reported,
        nil,
        on_time,
        missing: if slot.state == PeriodState::Due { expected - reported } else { 0 },
        reporting_rate: rate(reported, expected).filter(|_| has_ended),
        on_time_rate: rate(on_time, expected).filter(|_| has_ended),
    }
}

#[derive(QueryableByName)]
struct Member {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = Text)]
    code: String,
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Timestamptz)]
    created_at: DateTime<Utc>,
}

/// How those asked for report, by code, after `after`; only those that miss something where that is wanted.
///
/// # Errors
/// Only the database's.
pub(super) async fn list(
    conn: &mut AsyncPgConnection,
    who: &Who,
    periods: Periods<'_>,
    is_missing: bool,
    after: Option<String>,
    limit: Limit,
) -> ApiResult<Vec<AssociationReporting>> {
    const PAGE: &str = concat!(include_str!("who.sql"), include_str!("page.sql"));
    const MISSING: &str = concat!(include_str!("who.sql"), include_str!("reports.sql"), include_str!("missing.sql"));
    let statement = if is_missing { periods.bind(who.bound(MISSING)) } else { who.bound(PAGE) };
    let statement = statement.bind::<Text, _>(after.unwrap_or_default()).bind::<BigInt, _>(limit);
    let members: Vec<Member> = statement.load(conn).await?;
    let mut reports = reports(conn, &members, periods).await?;
    let item = |member: Member| {
        let of = Tally::of(periods.slots, member.created_at, &reports.remove(&member.id).unwrap_or_default());
        AssociationReporting {
            association: AssociationName { code: member.code, name: member.name },
            reporting_rate: rate(of.reported, of.expected),
            on_time_rate: rate(of.on_time, of.expected),
            expected: of.expected,
            reported: of.reported,
            nil: of.nil,
            on_time: of.on_time,
            missing: of.missing,
            late: of.late,
        }
    };
    Ok(members.into_iter().map(item).collect())
}

/// What these associations reported.
async fn reports(
    conn: &AsyncPgConnection,
    members: &[Member],
    Periods { year, slots }: Periods<'_>,
) -> ApiResult<HashMap<Uuid, Reports>> {
    let ids: Vec<_> = members.iter().map(|member| member.id).collect();
    let actuals = first_reports::table
        .filter(first_reports::association_id.eq_any(&ids).and(first_reports::year.eq(year)))
        .select((first_reports::association_id, first_reports::month, first_reports::reported_at))
        .load::<(Uuid, i16, DateTime<Utc>)>(&mut &*conn);
    let nil = nil_reports::table
        .filter(nil_reports::association_id.eq_any(&ids).and(nil_reports::year.eq(year)))
        .filter(nil_reports::withdrawn_at.is_null())
        .select((
            nil_reports::association_id,
            nil_reports::period_from,
            nil_reports::period_through,
            nil_reports::reported_at,
        ))
        .load::<(Uuid, NaiveDate, NaiveDate, DateTime<Utc>)>(&mut &*conn);
    let (actuals, nil) = try_join(actuals, nil).await?;
    let mut reports: HashMap<Uuid, Reports> = HashMap::new();
    for (id, month, at) in actuals {
        reports.entry(id).or_default().add_actual(slots, month, at);
    }
    for (id, from, through, at) in nil {
        reports.entry(id).or_default().add_nil(slots, &Period::new(from, through)?, at);
    }
    Ok(reports)
}
