//! The answer to what is behind the pace, whoever asks: the route, an export or a page.

use actix_web::web::Data;
use diesel_async::AsyncPgConnection;
use futures_util::future::try_join;
use uuid::Uuid;

use super::order::{Cursor, Place};
use super::statuses::{self, StatusQuery, Statuses};
use super::store::{self, Wanted};
use super::{Laggard, LaggardQuery, Laggards, table};
use crate::associations::selection::Selection;
use crate::auth::Caller;
use crate::database::snapshot;
use crate::error::{ApiResult, Language};
use crate::exports;
use crate::http::{Computed, Conditional, EntityTag, Formatted, Listing, Page, Representation};
use crate::indicators::store::find_named;
use crate::ledger::AsOf;
use crate::scorecards::version::{version, version_of_indicators};
use crate::state::AppState;

/// Lists the lines behind the pace of the associations that fit, the worst first.
///
/// # Errors
/// `unknown_association` or `unknown_indicator` for what the query names; `invalid_cursor`; `out_of_range` for a day to
/// come.
pub(crate) async fn laggards(
    state: &Data<AppState>,
    caller: &Caller,
    year: i16,
    listing: Listing<LaggardQuery>,
    conditional: &Conditional,
) -> ApiResult<Computed<Laggards>> {
    let Listing { filter, paging } = listing;
    let after: Option<Cursor> = paging.after("laggards")?;
    // The pages of one list are of one day, also when midnight passes between them.
    let at = AsOf::new(state, year, filter.as_of.or(after.as_ref().and_then(|after| after.day)))?;
    let conn = state.conn().await?;
    let indicator_id = indicator_id(&conn, filter.indicator.as_deref()).await?;
    let associations = Selection::fitting(&conn, caller, &filter.associations()).await?;
    let tag = tag(&conn, caller, &associations, &at, conditional).await?;
    if conditional.has(&tag) {
        return Ok(Computed::NotModified(tag));
    }
    let after = after.map(|after| after.place);
    let LaggardQuery { category, status, basis, .. } = filter;
    let wanted = Wanted { at, basis, indicator_id, category, status, after, limit: paging.limit() + 1 };
    // Given back before another one is asked for: with as many requests as connections, each would wait for the next.
    drop(conn);
    let work = async move |conn: &mut AsyncPgConnection| match at.before {
        Some(_) => store::then(conn, &wanted, &associations).await,
        None => store::now(conn, &associations, &wanted).await,
    };
    let found = at.ask_list(state, &paging, work).await?;
    let key = |(place, _): &(Place, Laggard)| Cursor { day: Some(at.moment.as_of), place: place.clone() };
    let Page { items, next_cursor } = Page::of("laggards", found, paging.limit(), key, |(_, laggard)| laggard)?;
    Ok(Computed::Answer(Laggards { year: at.moment.year, as_of: at.moment.as_of, basis, items, next_cursor }, tag))
}

/// Counts how the targets of the associations that fit stand.
///
/// # Errors
/// As [`laggards`].
pub(crate) async fn statuses(
    state: &Data<AppState>,
    caller: &Caller,
    year: i16,
    query: &StatusQuery,
    conditional: &Conditional,
) -> ApiResult<Computed<Statuses>> {
    let at = AsOf::new(state, year, query.as_of)?;
    let conn = state.conn().await?;
    let indicator_id = indicator_id(&conn, query.indicator.as_deref()).await?;
    let associations = Selection::fitting(&conn, caller, &query.associations()).await?;
    let tag = tag(&conn, caller, &associations, &at, conditional).await?;
    if conditional.has(&tag) {
        return Ok(Computed::NotModified(tag));
    }
    drop(conn);
    let (basis, category) = (query.basis, query.category.clone());
    let wanted = Wanted { at, basis, indicator_id, category, status: None, after: None, limit: 0 };
    let work = async move |conn: &mut AsyncPgConnection| match at.before {
        Some(_) => statuses::then(conn, &associations, &wanted).await,
        None => snapshot(conn, async |conn| statuses::now(conn, &associations, &wanted).await).await,
    };
    let counts = at.ask(state, work).await?;
    Ok(Computed::Answer(Statuses { year, as_of: at.moment.as_of, basis, targets: counts.sum(), counts }, tag))
}

/// The version first, so that it is never newer than what is computed.
async fn tag(
    conn: &AsyncPgConnection,
    caller: &Caller,
    associations: &Selection,
    at: &AsOf,
    conditional: &Conditional,
) -> ApiResult<EntityTag> {
    let year = [at.moment.year];
    let version = try_join(version(conn, associations, &year), version_of_indicators(conn)).await?;
    let scope = caller.scope.as_ref().map(|scope| &scope.path);
    let risk = at.moment.at_risk_ratio.to_string();
    conditional.tag(&(version, at.moment.as_of, risk, scope))
}

async fn indicator_id(conn: &AsyncPgConnection, code: Option<&str>) -> ApiResult<Option<Uuid>> {
    match code {
        Some(code) => Ok(Some(find_named(conn, "?indicator", code).await?.row.id)),
        None => Ok(None),
    }
}

/// The same, as it is wanted: as JSON, or as a file of every line.
///
/// # Errors
/// As [`laggards`]; `too_many_for_file`, `service_busy`.
pub(crate) async fn represented(
    state: &Data<AppState>,
    caller: &Caller,
    year: i16,
    asked: Formatted<Listing<LaggardQuery>>,
    language: Language,
    conditional: &Conditional,
) -> ApiResult<Computed<Representation<Laggards>>> {
    let Formatted { format, question } = asked;
    let wanted = exports::Wanted::list(state, format).await?;
    let query = question.filter.clone();
    let laggards = laggards(state, caller, year, question, conditional).await?;
    let name = format!("laggards-{year}");
    exports::represent(state, wanted, laggards, name, move |laggards| table::table(laggards, &query, language)).await
}
