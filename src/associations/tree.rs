//! The tree's paths: where an association may hang, and what moves along with it.

use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::PutAssociation;
use super::store::{AssociationRow, Found, load};
use crate::auth::{Caller, subtree};
use crate::error::{ApiError, ApiResult, Code, Phrase, Violation};
use crate::schema::associations;

/// Deepest tree: 中国科协 → province → city → county → township → village leaves room to spare.
const DEEPEST: usize = 16;

/// The parent the body names, checked: it exists, the caller sees it, and it is not `child` or below it.
pub(super) async fn parent_of(
    conn: &mut AsyncPgConnection,
    caller: &Caller,
    body: &PutAssociation,
    child: Option<&Found>,
) -> ApiResult<Option<Found>> {
    let Some(code) = &body.parent else {
        // Only a caller who reaches everything may make a root.
        return if caller.scope.is_none() { Ok(None) } else { Err(outside(caller)) };
    };
    let unknown = || ApiError::from(Violation::at("/parent", Code::UnknownAssociation).given(code));
    let parent = load(conn, caller, code).await?.filter(|parent| caller.sees(&parent.row.path)).ok_or_else(unknown)?;
    if child.is_some_and(|child| parent.row.path.starts_with(&child.row.path)) {
        return Err(Violation::at("/parent", Code::AssociationCycle).given(code).into());
    }
    Ok(Some(parent))
}

fn outside(caller: &Caller) -> ApiError {
    let scope = caller.scope.as_ref().map_or("", |scope| scope.code.as_str());
    Violation::at("/parent", Code::MissingField)
        .given("parent")
        .allowed(Phrase::new(format!("{scope} 或其下级组织"), format!("{scope} or an association below it")))
        .into()
}

pub(super) fn path_below(parent: Option<&AssociationRow>, code: &str) -> ApiResult<String> {
    let path = format!("{}{code}/", parent.map_or("/", |parent| parent.path.as_str()));
    check_depth(&path)?;
    Ok(path)
}

fn check_depth(path: &str) -> ApiResult<()> {
    if path.matches('/').count() > DEEPEST + 1 {
        return Err(Violation::at("/parent", Code::AssociationTooDeep).allowed(DEEPEST).into());
    }
    Ok(())
}

/// Gives everything below `from` the path it has below `to`.
pub(super) async fn move_subtree(conn: &mut AsyncPgConnection, from: &str, to: &str) -> ApiResult<()> {
    let (first, end) = subtree(from);
    let below: Vec<(Uuid, String)> = associations::table
        .filter(associations::path.gt(first).and(associations::path.lt(end)))
        .select((associations::id, associations::path))
        .load(conn)
        .await?;
    // The paths are unique, so each row gets its final path in one statement of its own; trees are small.
    for (id, path) in below {
        let path = format!("{to}{}", path.strip_prefix(from).unwrap_or_default());
        check_depth(&path)?;
        diesel::update(associations::table.find(id)).set(associations::path.eq(path)).execute(conn).await?;
    }
    Ok(())
}
