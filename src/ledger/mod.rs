//! What follows from the ledger of actuals and the revisions of targets, computed anew: as it stands, to see whether the
//! totals and scorecards kept with it are right, or as it was known at the end of a past day (`as_of`).

pub(crate) mod rebuild;
pub(crate) mod verify;

use std::collections::BTreeMap;

use actix_web::web::Data;
use chrono::{DateTime, Days, NaiveDate, TimeDelta, Utc};
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{Bool, Timestamptz};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use futures_util::future::join;
use uuid::Uuid;

use crate::actuals::replay::{self, Extent};
use crate::error::{ApiError, ApiResult, Code, Phrase, Violation};
use crate::http::Paging;
use crate::indicators::store::Catalog;
use crate::rule::Moment;
use crate::schema::actual_totals;
use crate::scorecards::Totals;
use crate::scorecards::store::{LineKey, TotalsRow};
use crate::state::AppState;
use crate::targets::replay::{Plan, plans};

/// When a question is asked about: the day it is judged on, and what was known then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct AsOf {
    /// For the rule.
    pub moment: Moment,
    /// What was recorded before this counts; none: everything, since the day is not over.
    pub before: Option<DateTime<Utc>>,
}

impl AsOf {
    /// The end of a day, or now where none is given or it is today.
    ///
    /// # Errors
    /// `out_of_range` for a day to come.
    pub(crate) fn new(state: &AppState, year: i16, day: Option<NaiveDate>) -> ApiResult<Self> {
        Self::named(state, year, day, "?as_of").map_err(|violation| ApiError::invalid_parameter(vec![violation]))
    }

    /// As [`AsOf::new`], of a day that stands in a body.
    ///
    /// # Errors
    /// `out_of_range` for a day to come.
    pub(crate) fn in_body(state: &AppState, year: i16, day: Option<NaiveDate>) -> ApiResult<Self> {
        Ok(Self::named(state, year, day, "/as_of")?)
    }

    fn named(state: &AppState, year: i16, day: Option<NaiveDate>, pointer: &str) -> Result<Self, Violation> {
        let today = state.today();
        let as_of = day.unwrap_or(today);
        if as_of > today {
            let violation = Violation::at(pointer, Code::OutOfRange).given(as_of);
            return Err(
                violation.allowed(Phrase::new(format!("不晚于 {today} 的日期"), format!("a day up to {today}")))
            );
        }
        let before = as_of.checked_add_days(Days::new(1)).filter(|_| as_of < today).and_then(|day| state.start_of(day));
        Ok(Self { moment: Moment { year, as_of, at_risk_ratio: state.rules.at_risk_ratio }, before })
    }

    /// Asks the database: at once about now, and apart from other requests about a past day, since reading the ledger of
    /// many associations may take long.
    ///
    /// # Errors
    /// Those of `work`, of [`AsOf::require_settled`] and of [`AppState::run_apart`].
    pub(crate) async fn ask<T, W>(self, state: &Data<AppState>, work: W) -> ApiResult<T>
    where
        T: Send + 'static,
        W: AsyncFnOnce(&mut AsyncPgConnection) -> ApiResult<T> + Send + 'static,
    {
        if self.before.is_none() {
            return work(&mut *state.conn().await?).await;
        }
        self.ask_apart(state, work).await
    }

    /// As [`AsOf::ask`]; all of a list is asked for apart also about now.
    ///
    /// # Errors
    /// As [`AsOf::ask`].
    pub(crate) async fn ask_list<T, W>(self, state: &Data<AppState>, paging: &Paging, work: W) -> ApiResult<T>
    where
        T: Send + 'static,
        W: AsyncFnOnce(&mut AsyncPgConnection) -> ApiResult<T> + Send + 'static,
    {
        if paging.is_whole() { self.ask_apart(state, work).await } else { self.ask(state, work).await }
    }

    async fn ask_apart<T, W>(self, state: &Data<AppState>, work: W) -> ApiResult<T>
    where
        T: Send + 'static,
        W: AsyncFnOnce(&mut AsyncPgConnection) -> ApiResult<T> + Send + 'static,
    {
        let run = async move |state: Data<AppState>| {
            let mut conn = state.conn().await?;
            self.require_settled(&mut conn, state.now()).await?;
            work(&mut conn).await
        };
        state.run_apart(run).await
    }

    /// Goes on when nothing can be recorded any more with a time before the end of the day: a write that was under way
    /// then keeps its time, and may be stored afterwards.
    ///
    /// # Errors
    /// `database_busy` while there may be one; asked only within an hour, which no write takes.
    pub(crate) async fn require_settled(self, conn: &mut AsyncPgConnection, now: DateTime<Utc>) -> ApiResult<()> {
        let Some(end) = self.before.filter(|end| now - end < LONGEST_WRITE) else { return Ok(()) };
        let begun = end + STAMPED_BEFORE;
        let asked = sql_query(include_str!("unsettled.sql")).bind::<Timestamptz, _>(begun);
        // A write that has a time and has changed nothing yet is seen by nobody, so the first seconds are waited out.
        let is_unsettled = now < begun || asked.get_result::<Unsettled>(conn).await?.is_unsettled;
        if is_unsettled {
            return Err(ApiError::new(Code::DatabaseBusy).because("writes of the day asked about are under way"));
        }
        Ok(())
    }
}

/// Longer than any write takes.
const LONGEST_WRITE: TimeDelta = TimeDelta::hours(1);

/// How long before its first change a write may have taken its time.
const STAMPED_BEFORE: TimeDelta = TimeDelta::seconds(10);

#[derive(QueryableByName)]
struct Unsettled {
    #[diesel(sql_type = Bool)]
    is_unsettled: bool,
}

/// Associations whose ledgers are read at once, where many are asked about.
pub(crate) const SLICE: usize = 200;

/// One line as the ledger has it: what was planned and what was reported, at least one of them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Entry {
    pub plan: Option<Plan>,
    pub totals: Totals,
}

/// The lines of an association's years from the totals kept.
///
/// # Errors
/// Only the database's.
pub(crate) async fn kept(
    conn: &AsyncPgConnection,
    association_id: Uuid,
    years: &[i16],
) -> ApiResult<BTreeMap<LineKey, Entry>> {
    let totals = actual_totals::table
        .filter(actual_totals::association_id.eq(association_id))
        .filter(actual_totals::year.eq_any(years))
        .select((actual_totals::year, actual_totals::indicator_id, TotalsRow::as_select()))
        .load::<(i16, Uuid, TotalsRow)>(&mut &*conn);
    let (plans, totals) = join(plans(conn, &[association_id], Some(years), None), totals).await;
    let totals = totals?.into_iter().map(|(year, indicator_id, row)| {
        let key = LineKey { association_id, year, indicator_id };
        (key, Totals::from(row))
    });
    Ok(lines(plans?, totals))
}

fn lines(plans: Vec<Plan>, totals: impl IntoIterator<Item = (LineKey, Totals)>) -> BTreeMap<LineKey, Entry> {
    let planned = plans.into_iter().map(|plan| (plan.key(), Entry { plan: Some(plan), ..Entry::default() }));
    let mut lines: BTreeMap<_, _> = planned.collect();
    for (key, totals) in totals {
        lines.entry(key).or_default().totals = totals;
    }
    lines
}

/// The lines of these associations' years (none: of all years), as known just before a moment (none: as they stand).
///
/// Holds all lines at once: ask for many associations in slices.
///
/// # Errors
/// Only the database's.
pub(crate) async fn derive(
    conn: &mut AsyncPgConnection,
    catalog: &Catalog,
    association_ids: &[Uuid],
    years: Option<&[i16]>,
    before: Option<DateTime<Utc>>,
) -> ApiResult<BTreeMap<LineKey, Entry>> {
    let plans = plans(conn, association_ids, years, before).await?;
    let extent = Extent { association_ids, years, indicator_ids: None, before };
    let totals = replay::totals(conn, catalog, &extent).await?;
    Ok(lines(plans, totals))
}
