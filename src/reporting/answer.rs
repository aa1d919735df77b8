//! The answer to who reported, whoever asks: the route or a page.

use actix_web::web::Data;

use super::{AssociationReporting, Reporting, ReportingQuery, schedules, store};
use crate::auth::Caller;
use crate::error::ApiResult;
use crate::http::{Listing, Page, ResourceCode, Year};
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
