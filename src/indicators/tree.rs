//! Indicators as a tree: which may be a breakdown of which.

use std::collections::HashMap;
use std::iter::successors;

use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::PutIndicator;
use super::store::{Found, find_named};
use crate::error::{ApiResult, Code, Violation};
use crate::schema::indicators;

/// Deepest breakdown, as deep as the tree of associations: answers nest as deep.
const DEEPEST: usize = 16;

/// Every indicator and what it is a breakdown of.
struct Tree(HashMap<Uuid, Option<Uuid>>);

impl Tree {
    /// An indicator and all that it is a breakdown of, up to the topmost.
    fn upwards(&self, id: Uuid) -> impl Iterator<Item = Uuid> {
        successors(Some(id), |id| self.0.get(id).copied().flatten())
    }

    /// Levels from an indicator down to the lowest breakdown of it, both included.
    fn height(&self, id: Uuid) -> usize {
        let levels = |below: &Uuid| self.upwards(*below).position(|one| one == id);
        self.0.keys().filter_map(levels).max().unwrap_or_default() + 1
    }
}

/// The parent the body names, checked: it exists, is not `child` or a breakdown of it, and the breakdown does not become
/// too deep.
///
/// # Errors
/// `unknown_indicator`, `indicator_cycle`, `indicator_too_deep`.
pub(super) async fn parent_of(
    conn: &mut AsyncPgConnection,
    body: &PutIndicator,
    child: Option<&Found>,
) -> ApiResult<Option<Found>> {
    let Some(code) = &body.parent else { return Ok(None) };
    let parent = find_named(conn, "/parent", code).await?;
    if child.is_some_and(|child| child.row.parent_id == Some(parent.row.id)) {
        return Ok(Some(parent));
    }
    let rows: Vec<_> = indicators::table.select((indicators::id, indicators::parent_id)).load(conn).await?;
    let tree = Tree(rows.into_iter().collect());
    if child.is_some_and(|child| tree.upwards(parent.row.id).any(|id| id == child.row.id)) {
        return Err(Violation::at("/parent", Code::IndicatorCycle).given(code).into());
    }
    let below = child.map_or(1, |child| tree.height(child.row.id));
    if tree.upwards(parent.row.id).count() + below > DEEPEST {
        return Err(Violation::at("/parent", Code::IndicatorTooDeep).given(code).allowed(DEEPEST).into());
    }
    Ok(Some(parent))
}
