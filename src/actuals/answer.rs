//! The answer to which actuals an association has, whoever asks: the route or a page.

use actix_web::web::Data;
use uuid::Uuid;

use super::{Actual, ActualQuery, store};
use crate::associations::store::find;
use crate::auth::Caller;
use crate::error::ApiResult;
use crate::http::{Listing, Page, ResourceCode};
use crate::state::AppState;

/// Lists the actuals of an association that fit, in the order they were reported.
///
/// # Errors
/// `association_not_found`; `unknown_indicator`; `invalid_cursor`.
pub(crate) async fn actuals(
    state: &Data<AppState>,
    caller: &Caller,
    association: &ResourceCode,
    listing: Listing<ActualQuery>,
) -> ApiResult<Page<Actual>> {
    let mut conn = state.conn().await?;
    let association = find(&conn, caller, association).await?;
    let Listing { filter, paging } = listing;
    let after: Option<Uuid> = paging.after("actuals")?;
    let actuals = store::list(&mut conn, &association, &filter, after, paging.limit() + 1).await?;
    Page::of("actuals", actuals, paging.limit(), |actual| actual.id, |actual| actual)
}
