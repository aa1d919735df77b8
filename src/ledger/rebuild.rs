//! Puts right what does not follow from the ledger.

use chrono::{DateTime, Utc};
use diesel_async::AsyncPgConnection;

use super::verify::{Difference, Named, compare};
use crate::database::transaction;
use crate::error::ApiResult;
use crate::scorecards::bulk::take_locks;
use crate::scorecards::whole::put_right;

/// Computes those of an association's years anew in which something was found, under their locks, writes what differs and
/// answers what that was: all of it in one transaction.
///
/// # Errors
/// Only the database's.
pub(crate) async fn rebuild(
    conn: &mut AsyncPgConnection,
    association: &Named,
    found: &[Difference],
    now: DateTime<Utc>,
) -> ApiResult<Vec<Difference>> {
    let years: Vec<_> = found.iter().map(|difference| difference.key.year).collect();
    let locks: Vec<_> = years.iter().map(|year| (association.id, *year)).collect();
    transaction(conn, async |conn| {
        take_locks(conn, &locks, now).await?;
        let (looked, follows) = compare(conn, std::slice::from_ref(association), Some(&years)).await?;
        let keys = looked.differences.iter().map(|difference| difference.key).collect();
        put_right(conn, follows, &keys).await?;
        // The locks make the scorecards that were missing.
        let mut mended: Vec<_> = found.iter().filter(|difference| difference.is_missing_lock()).cloned().collect();
        let made: Vec<_> = mended.iter().map(|difference| difference.key).collect();
        mended.extend(looked.differences.into_iter().filter(|difference| !made.contains(&difference.key)));
        Ok(mended)
    })
    .await
}
