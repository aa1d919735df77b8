//! How the lines of many associations stand at one moment, for whoever keeps it: how many stand how, and the worst of those
//! behind the pace.

use diesel_async::AsyncPgConnection;

use super::order::Worst;
use super::store::{self, Wanted};
use super::{Laggard, statuses};
use crate::associations::selection::Selection;
use crate::completion::{Basis, StatusCounts, View, on};
use crate::error::ApiResult;
use crate::indicators::store::Catalog;
use crate::ledger::{AsOf, Entry};
use crate::scorecards::store::LineKey;

/// How the lines of these associations stand now, and at most so many of the worst. All of it is of one moment where the
/// statements of the transaction see one.
///
/// # Errors
/// Only the database's.
pub(crate) async fn now(
    conn: &mut AsyncPgConnection,
    associations: &Selection,
    at: AsOf,
    basis: Basis,
    most: u16,
) -> ApiResult<(StatusCounts, Vec<Laggard>)> {
    let limit = most.into();
    let wanted = Wanted { at, basis, indicator_id: None, category: None, status: None, after: None, limit };
    let counts = statuses::now(conn, associations, &wanted).await?;
    let worst = store::now(conn, associations, &wanted).await?;
    Ok((counts, worst.into_iter().map(|(_, laggard)| laggard).collect()))
}

/// How lines stood that are handed over association by association.
pub(crate) struct Standing {
    view: View,
    basis: Basis,
    counts: StatusCounts,
    worst: Worst,
}

impl Standing {
    /// Of none so far; of those to come at most so many of the worst.
    pub(crate) fn new(at: AsOf, basis: Basis, most: u16) -> Self {
        let worst = Worst::new(most.into(), None);
        Self { view: View::brief(at.moment, basis), basis, counts: StatusCounts::default(), worst }
    }

    /// Adds the lines of an association, named by its code and name.
    ///
    /// # Errors
    /// Only a fault of ours.
    pub(crate) fn add(
        &mut self,
        catalog: &Catalog,
        association: (&str, &str),
        lines: &[(LineKey, Entry)],
    ) -> ApiResult<()> {
        for (key, entry) in lines {
            let Some(plan) = &entry.plan else { continue };
            let target = (&plan.current.goal, plan.current.is_approximate);
            let total = on(entry.totals.clone(), self.basis);
            let line = self.view.of_target(catalog, key.indicator_id, target, total)?;
            self.counts.add(line.status, 1);
            self.worst.offer(association, line, None);
        }
        Ok(())
    }

    /// How many stood how, and the worst, the first of them the worst of all.
    pub(crate) fn into_parts(self) -> (StatusCounts, Vec<Laggard>) {
        (self.counts, self.worst.into_page().into_iter().map(|(_, laggard)| laggard).collect())
    }
}
