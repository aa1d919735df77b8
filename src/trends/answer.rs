//! The answer to how an association's year went month by month, whoever asks.

use actix_web::web::Data;

use super::{Trend, TrendQuery, store};
use crate::associations::store::find;
use crate::auth::Caller;
use crate::completion::{self, AssociationName};
use crate::error::ApiResult;
use crate::http::{Computed, Conditional};
use crate::indicators::store::find_named;
use crate::ledger::AsOf;
use crate::state::AppState;
use crate::targets::PlanPath;

/// Computes the trend of an association and year.
///
/// # Errors
/// `association_not_found`; `unknown_indicator`; `out_of_range` for a day to come.
pub(crate) async fn trend(
    state: &Data<AppState>,
    caller: &Caller,
    path: &PlanPath,
    query: &TrendQuery,
    conditional: &Conditional,
) -> ApiResult<Computed<Trend>> {
    let at = AsOf::new(state, path.year.get(), query.as_of)?;
    let conn = &mut *state.conn().await?;
    let association = find(conn, caller, &path.association).await?;
    let indicator = match &query.indicator {
        Some(code) => Some(find_named(conn, "?indicator", code).await?.row.id),
        None => None,
    };
    // The version first, so that it is never newer than what is computed.
    let version = completion::store::version(conn, association.code(), at.moment.year).await?;
    let tag = conditional.tag(&(version, at.moment.as_of))?;
    if conditional.has(&tag) {
        return Ok(Computed::NotModified(tag));
    }
    at.require_settled(conn, state.now()).await?;
    let trend = Trend {
        association: AssociationName { code: association.code().to_owned(), name: association.name().to_owned() },
        year: at.moment.year,
        as_of: at.moment.as_of,
        basis: query.basis,
        indicators: store::trends(conn, association.id(), &at, query.basis, indicator).await?,
    };
    Ok(Computed::Answer(trend, tag))
}
