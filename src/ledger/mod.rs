//! What follows from the ledger of actuals and the revisions of targets, computed anew: as it stands, to see whether the
//! totals and scorecards kept with it are right, or as it was known at the end of a past day (`as_of`).

pub(crate) mod rebuild;
pub(crate) mod verify;

use std::collections::BTreeMap;

use chrono::{DateTime, Days, NaiveDate, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use futures_util::future::join;
use uuid::Uuid;

use crate::actuals::replay::{self, Extent};
use crate::error::{ApiError, ApiResult, Code, Violation};
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
        let today = state.today();
        let as_of = day.unwrap_or(today);
        if as_of > today {
            let violation = Violation::at("?as_of", Code::OutOfRange).given(as_of);
            return Err(ApiError::invalid_parameter(vec![violation.allowed(format!("a day up to {today}"))]));
        }
        let before = as_of.checked_add_days(Days::new(1)).filter(|_| as_of < today).and_then(|day| state.start_of(day));
        Ok(Self { moment: Moment { year, as_of, at_risk_ratio: state.rules.at_risk_ratio }, before })
    }
}

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
