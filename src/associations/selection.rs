//! Sets of associations, found as a part of whatever statement asks about them.

use diesel::dsl::{IntoBoxed, Select};
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::query_source::{Alias, AliasedField};
use diesel::sql_types::{Array, Nullable, Text};
use diesel_async::AsyncPgConnection;
use uuid::Uuid;

use super::store::Found;
use super::{AssociationQuery, Kind, Level, Status};
use crate::auth::store::filter_place;
use crate::auth::{Caller, subtree};
use crate::database::{Coded, containing};
use crate::error::ApiResult;
use crate::schema::associations;

diesel::alias!(associations as candidates: Candidates);

#[diesel::declare_sql_function]
extern "SQL" {
    fn array_to_string(array: Array<Nullable<Text>>, separator: Text) -> Text;
}

/// The ids of associations, as a part of another statement.
pub(crate) type Ids = IntoBoxed<'static, Select<Alias<Candidates>, AliasedField<Candidates, associations::id>>, Pg>;

/// Which associations are meant.
#[derive(Clone, Debug, Default)]
pub(crate) struct Selection {
    /// At or below each of these paths.
    paths: Vec<String>,
    /// Right below this one; inner none: roots.
    parent_id: Option<Option<Uuid>>,
    kind: Option<Kind>,
    level: Option<Level>,
    status: Option<Status>,
    text: Option<String>,
}

impl Selection {
    /// The associations the caller may see that fit the query.
    ///
    /// # Errors
    /// `unknown_association` when `parent` or `within` names none that the caller may see.
    pub(crate) async fn fitting(
        conn: &AsyncPgConnection,
        caller: &Caller,
        wanted: &AssociationQuery,
    ) -> ApiResult<Self> {
        let parent = filter_place(conn, caller, "?parent", wanted.parent.as_ref()).await?;
        let within = filter_place(conn, caller, "?within", wanted.within.as_ref()).await?;
        let scope = caller.scope.as_ref().map(|scope| scope.path.clone());
        Ok(Self {
            paths: scope.into_iter().chain(within.map(|place| place.path)).collect(),
            parent_id: parent.map(|place| Some(place.id)),
            kind: wanted.kind,
            level: wanted.level,
            status: wanted.status,
            text: wanted.q.clone(),
        })
    }

    /// The one at this path and all below it.
    pub(crate) fn subtree(path: &str) -> Self {
        Self { paths: vec![path.to_owned()], ..Self::default() }
    }

    /// Those with the same parent, kind and level, whoever may see them.
    pub(crate) fn peers_of(found: &Found) -> Self {
        Self {
            parent_id: Some(found.row.parent_id),
            kind: Some(found.kind()),
            level: Some(found.level()),
            ..Self::default()
        }
    }

    /// Their ids.
    pub(crate) fn ids(&self) -> Ids {
        let mut query = candidates.select(candidates.field(associations::id)).into_boxed();
        for path in &self.paths {
            let (from, to) = subtree(path);
            let path = candidates.field(associations::path);
            query = query.filter(path.ge(from).and(path.lt(to)));
        }
        let parent_id = candidates.field(associations::parent_id);
        query = match self.parent_id {
            Some(Some(id)) => query.filter(parent_id.eq(id)),
            Some(None) => query.filter(parent_id.is_null()),
            None => query,
        };
        if let Some(kind) = self.kind {
            query = query.filter(candidates.field(associations::kind).eq(Coded(kind)));
        }
        if let Some(level) = self.level {
            query = query.filter(candidates.field(associations::level).eq(Coded(level)));
        }
        if let Some(status) = self.status {
            query = query.filter(candidates.field(associations::status).eq(Coded(status)));
        }
        if let Some(text) = &self.text {
            let pattern = containing(text);
            let aliases = array_to_string(candidates.field(associations::aliases), "\n");
            query = query.filter(
                (candidates.field(associations::name).ilike(pattern.clone()))
                    .or(candidates.field(associations::code).ilike(pattern.clone()))
                    .or(aliases.ilike(pattern)),
            );
        }
        query
    }
}
