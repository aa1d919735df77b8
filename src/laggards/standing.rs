//! How the lines of many associations stand at one moment, for whoever keeps it.

use diesel_async::AsyncPgConnection;

use super::store::{self, Wanted};
use super::{Laggard, statuses};
use crate::associations::selection::Selection;
use crate::completion::{Basis, StatusCounts};
use crate::error::ApiResult;
use crate::http::Limit;
use crate::ledger::AsOf;

/// How many targets of these associations stand how, and the worst of those behind the pace, at most so many. All of it is
/// of one moment where the statements of the transaction see one.
///
/// # Errors
/// `total_out_of_range` where a sum has more digits than can be kept.
pub(crate) async fn standing(
    conn: &mut AsyncPgConnection,
    associations: &Selection,
    at: AsOf,
    basis: Basis,
    most: Limit,
) -> ApiResult<(StatusCounts, Vec<Laggard>)> {
    let wanted = Wanted { at, basis, indicator_id: None, category: None, status: None, after: None, limit: most };
    let (counts, worst) = match at.before {
        Some(_) => {
            let counts = statuses::then(conn, associations, &wanted).await?;
            (counts, store::then(conn, &wanted, associations).await?)
        }
        None => {
            let counts = statuses::now(conn, associations, &wanted).await?;
            (counts, store::now(conn, associations, &wanted).await?)
        }
    };
    Ok((counts, worst.into_iter().map(|(_, laggard)| laggard).collect()))
}
