//! Whether what is kept beside the ledger follows from it.

use std::collections::{BTreeMap, BTreeSet};

use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::{Entry, derive};
use crate::actuals::first;
use crate::associations::AssociationQuery;
use crate::associations::selection::Selection;
use crate::associations::store::find;
use crate::auth::Caller;
use crate::database::snapshot;
use crate::error::{ApiError, ApiResult};
use crate::http::ResourceCode;
use crate::indicators::store::{Catalog, catalog};
use crate::rule::Nature;
use crate::schema::associations;
use crate::scorecards::store::{Line, LineKey};
use crate::scorecards::whole::{Follows, Of, Row, RowKey, following, kept};

/// An association that is looked at.
#[derive(Clone, Debug, PartialEq, Eq, Queryable)]
pub(crate) struct Named {
    pub id: Uuid,
    pub code: String,
}

/// Every association, or one and all below it, in a fixed order.
///
/// # Errors
/// `association_not_found`.
pub(crate) async fn named(conn: &mut AsyncPgConnection, within: Option<&ResourceCode>) -> ApiResult<Vec<Named>> {
    let caller = Caller::command_line();
    if let Some(code) = within {
        find(conn, &caller, code).await?;
    }
    let wanted = AssociationQuery { within: within.cloned(), ..AssociationQuery::default() };
    let selection = Selection::fitting(conn, &caller, &wanted).await?;
    let named = associations::table
        .filter(associations::id.eq_any(selection.ids()))
        .select((associations::id, associations::code))
        .order(associations::id);
    Ok(named.load(conn).await?)
}

/// A row that is not what follows from the ledger.
#[derive(Clone, Debug)]
pub(crate) struct Difference {
    pub key: RowKey,
    /// Code of the association.
    association: String,
    /// Code of the indicator, where it is of one.
    indicator: Option<String>,
    kept: Option<Row>,
    follows: Option<Row>,
}

impl Difference {
    /// One line per column that differs, or one for a row that is missing or too many: association, year (or month),
    /// indicator, field, what is kept, what follows; between tabs.
    pub(crate) fn lines(&self) -> Vec<String> {
        let indicator = self.indicator.as_deref().unwrap_or("-");
        let time = match self.key.of {
            Of::Month(month) => format!("{}-{month:02}", self.key.year),
            Of::Year | Of::Indicator(_) => self.key.year.to_string(),
        };
        let place = format!("{}\t{time}\t{indicator}", self.association);
        match (&self.kept, &self.follows) {
            (Some(kept), Some(follows)) => {
                let columns = kept.columns().into_iter().zip(follows.columns());
                let line =
                    |((name, kept), (_, follows))| format!("{place}\t{}.{name}\t{kept}\t{follows}", self.table());
                columns.filter(|(kept, follows)| kept != follows).map(line).collect()
            }
            (kept, follows) => {
                let is_there = |row: &Option<Row>| if row.is_some() { "present" } else { "missing" };
                vec![format!("{place}\t{}\t{}\t{}", self.table(), is_there(kept), is_there(follows))]
            }
        }
    }

    /// Whether it is the scorecard itself that is missing.
    pub(super) const fn is_missing_lock(&self) -> bool {
        matches!(self.key.of, Of::Year) && self.kept.is_none()
    }

    fn table(&self) -> &'static str {
        self.kept.as_ref().or(self.follows.as_ref()).map_or("", Row::table)
    }
}

/// What became of looking at some rows.
#[derive(Debug, Default)]
pub(crate) struct Looked {
    /// How many rows there are or should be.
    pub rows: usize,
    /// Those that differ, by key.
    pub differences: Vec<Difference>,
}

/// Holds the rows of these associations' years (none: of all years) against the ledger, all as of one moment: a
/// submission that is under way is in both or in neither.
///
/// # Errors
/// Only the database's.
pub(crate) async fn verify(conn: &mut AsyncPgConnection, slice: &[Named], years: Option<&[i16]>) -> ApiResult<Looked> {
    snapshot(conn, async |conn| Ok(compare(conn, slice, years).await?.0)).await
}

/// What differs, and all that follows from the ledger. All its statements have to see the same.
pub(super) async fn compare(
    conn: &mut AsyncPgConnection,
    slice: &[Named],
    years: Option<&[i16]>,
) -> ApiResult<(Looked, Follows)> {
    let ids: Vec<_> = slice.iter().map(|association| association.id).collect();
    let catalog = catalog(conn).await?;
    let lines = lines(conn, &catalog, &ids, years).await?;
    let all = Follows { lines, first: first::all(conn, &ids, years).await? };
    let (kept, mut follows) = (kept(conn, &ids, years).await?, following(&all));
    let keys: BTreeSet<_> = kept.keys().chain(follows.keys()).copied().collect();
    let codes: BTreeMap<_, _> = slice.iter().map(|association| (association.id, &association.code)).collect();
    let mut looked = Looked { rows: keys.len(), differences: Vec::new() };
    let mut differs = |key: RowKey, kept, follows| {
        let association = codes.get(&key.association_id).map(ToString::to_string).unwrap_or_default();
        let indicator = match key.of {
            Of::Indicator(id) => catalog.get(&id).map(|row| row.code.clone()),
            Of::Year | Of::Month(_) => None,
        };
        looked.differences.push(Difference { key, association, indicator, kept, follows });
    };
    for (key, row) in kept {
        match follows.remove(&key) {
            Some(follows) if follows == row => {}
            None if row.is_empty() => {}
            follows => differs(key, Some(row), follows),
        }
    }
    follows.into_iter().for_each(|(key, row)| differs(key, None, Some(row)));
    looked.differences.sort_by_key(|difference| difference.key);
    Ok((looked, all))
}

async fn lines(
    conn: &mut AsyncPgConnection,
    catalog: &Catalog,
    ids: &[Uuid],
    years: Option<&[i16]>,
) -> ApiResult<Vec<Line>> {
    let entries = derive(conn, catalog, ids, years, None).await?;
    let line = |(key, entry): (LineKey, Entry)| {
        let indicator = catalog.get(&key.indicator_id).ok_or_else(|| ApiError::internal("an indicator is gone"))?;
        let goal = entry.plan.map(|plan| plan.current.goal.to_goal(key.year));
        Ok(Line::new(key, Nature::from(indicator), goal, entry.totals))
    };
    entries.into_iter().map(line).collect()
}
