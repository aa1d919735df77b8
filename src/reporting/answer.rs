//! The answer to who reported, whoever asks: the route or a page.

use std::slice;

use actix_web::web::Data;
use diesel_async::AsyncPgConnection;

use super::{AssociationReporting, PeriodReporting, PeriodState, Reporting, ReportingQuery, schedules, store};
use crate::auth::Caller;
use crate::completion::AssociationName;
use crate::error::ApiResult;
use crate::http::{Limit, Listing, Page, ResourceCode, Year};
use crate::state::AppState;

/// How the reporting of a year stands now.
///
/// # Errors
/// `schedule_not_found`; `unknown_association` for a filter's place; `invalid_cursor`.
pub(crate) async fn reporting(
    state: &Data<AppState>,
    caller: &Caller,
    year: Year,
    listing: Listing<ReportingQuery>,
) -> ApiResult<Reporting> {
    let Listing { filter, paging } = listing;
    let after: Option<ResourceCode> = paging.after("reporting")?;
    let mut conn = state.conn().await?;
    let schedule = schedules::find(&mut conn, year).await?;
    let slots = schedule.slots(state, filter.period.as_ref())?;
    let who = store::Who::of(&mut conn, caller, &schedule, &filter).await?;
    let wanted = store::Periods { year: year.get(), slots: &slots };
    let periods = store::summarize(&mut conn, &who, wanted).await?;
    let after = after.map(|code| code.to_string());
    let rows = store::list(&mut conn, &who, wanted, filter.missing, after, paging.limit() + 1).await?;
    let code = |row: &AssociationReporting| row.association.code.clone();
    let Page { items, next_cursor } = Page::of("reporting", rows, paging.limit(), code, |row| row)?;
    let schedule = schedule.into_schedule(caller);
    Ok(Reporting { schedule, as_of: state.today(), periods, items, next_cursor })
}

/// How the latest of the periods stands whose due day is over, and the first of those who are missing in it, by code; none
/// where there is no schedule, or nobody had to report yet.
///
/// # Errors
/// `unknown_association` for a filter's place.
pub(crate) async fn latest_due(
    conn: &mut AsyncPgConnection,
    state: &AppState,
    caller: &Caller,
    year: Year,
    query: &ReportingQuery,
    most: Limit,
) -> ApiResult<Option<(PeriodReporting, Vec<AssociationName>)>> {
    let Some(schedule) = schedules::load(conn, year.get()).await? else { return Ok(None) };
    let slots = schedule.slots(state, None)?;
    let Some(latest) = slots.iter().rfind(|slot| slot.state == PeriodState::Due) else { return Ok(None) };
    let who = store::Who::of(conn, caller, &schedule, query).await?;
    let wanted = store::Periods { year: year.get(), slots: slice::from_ref(latest) };
    let period = store::summarize(conn, &who, wanted).await?.pop().filter(|period| period.expected > 0);
    let Some(period) = period else { return Ok(None) };
    let missing = store::list(conn, &who, wanted, true, None, most).await?;
    Ok(Some((period, missing.into_iter().map(|item| item.association).collect())))
}
