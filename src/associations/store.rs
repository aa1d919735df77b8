//! Associations in the database: the tree, its paths, and who may see what of it.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection};
use uuid::Uuid;

use super::selection::Selection;
use super::tree::{move_subtree, parent_of, path_below};
use super::{Association, AssociationQuery, Kind, Level, PutAssociation, Status};
use crate::audit::{self, Action, Entity, Entry};
use crate::auth::Caller;
use crate::database::{Coded, is_foreign_key_violation, transaction};
use crate::error::{ApiError, ApiResult, Code};
use crate::http::{Answer, Becoming, EntityTag, IfMatch, Limit};
use crate::schema::associations;

diesel::alias!(associations as parents: Parents);

/// A row of `associations`.
#[derive(Clone, Debug, HasQuery, Insertable, AsChangeset)]
#[diesel(table_name = associations, treat_none_as_null = true, treat_none_as_default_value = false)]
pub(crate) struct AssociationRow {
    pub id: Uuid,
    pub code: String,
    pub name: String,
    pub(super) kind: Coded<Kind>,
    pub level: Coded<Level>,
    pub status: Coded<Status>,
    pub(super) parent_id: Option<Uuid>,
    pub path: String,
    aliases: Vec<Option<String>>,
    pub version: i32,
    created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

impl AssociationRow {
    /// A new one, below `parent` where there is one.
    ///
    /// # Errors
    /// `association_too_deep`.
    pub(crate) fn new(
        id: Uuid,
        code: &str,
        body: &PutAssociation,
        parent: Option<&Self>,
        now: DateTime<Utc>,
    ) -> ApiResult<Self> {
        Ok(Self {
            id,
            code: code.to_owned(),
            name: body.name.clone(),
            kind: Coded(body.kind),
            level: Coded(body.level),
            status: Coded(body.status),
            parent_id: parent.map(|parent| parent.id),
            path: path_below(parent, code)?,
            aliases: body.aliases.iter().cloned().map(Some).collect(),
            version: 1,
            created_at: now,
            updated_at: now,
        })
    }
}

/// An association the caller may see.
#[derive(Clone, Debug)]
pub struct Found {
    pub(crate) row: AssociationRow,
    parent: Option<String>,
}

/// Code and path of a parent.
type Parent = Option<(String, String)>;

impl Found {
    /// What lies above the caller's scope does not exist for it.
    fn seen_by(caller: &Caller, row: AssociationRow, parent: Parent) -> Self {
        let parent = parent.filter(|(_, path)| caller.sees(path)).map(|(code, _)| code);
        Self { row, parent }
    }

    /// One whose parent does not matter.
    pub(crate) fn alone(row: AssociationRow) -> Self {
        Self { row, parent: None }
    }

    /// Whether this is its name or one of its aliases.
    pub(super) fn goes_by(&self, name: &str) -> bool {
        self.row.name == name || self.row.aliases.iter().flatten().any(|alias| alias == name)
    }

    /// Names it in the database.
    pub fn id(&self) -> Uuid {
        self.row.id
    }

    /// The client's name for it.
    pub fn code(&self) -> &str {
        &self.row.code
    }

    /// Full official name.
    pub fn name(&self) -> &str {
        &self.row.name
    }

    /// What kind of body it is.
    pub fn kind(&self) -> Kind {
        self.row.kind.0
    }

    /// Its administrative level.
    pub fn level(&self) -> Level {
        self.row.level.0
    }

    /// Where it is in its life.
    pub fn status(&self) -> Status {
        self.row.status.0
    }

    /// Code of the association above it, where the caller sees that.
    pub fn parent(&self) -> Option<&str> {
        self.parent.as_deref()
    }

    /// Its current entity tag.
    pub fn tag(&self) -> EntityTag {
        EntityTag::of(self.row.id, self.row.version)
    }

    /// Goes on when it still takes targets and actuals.
    ///
    /// # Errors
    /// `association_dissolved`.
    pub fn require_open(&self) -> ApiResult<()> {
        match self.row.status.0 {
            Status::Dissolved => Err(ApiError::new(Code::AssociationDissolved).given(self.code())),
            Status::Preparing | Status::Active => Ok(()),
        }
    }

    /// As a client would write it.
    pub fn to_put(&self) -> PutAssociation {
        PutAssociation {
            name: self.row.name.clone(),
            kind: self.row.kind.0,
            level: self.row.level.0,
            status: self.row.status.0,
            parent: self.parent.as_deref().and_then(|code| crate::http::ResourceCode::new(code).ok()),
            aliases: self.row.aliases.iter().flatten().cloned().collect(),
        }
    }

    /// As a client reads it.
    pub fn into_association(self) -> Association {
        Association {
            code: self.row.code,
            name: self.row.name,
            kind: self.row.kind.0,
            level: self.row.level.0,
            status: self.row.status.0,
            parent: self.parent,
            aliases: self.row.aliases.into_iter().flatten().collect(),
            created_at: self.row.created_at,
            updated_at: self.row.updated_at,
        }
    }

    /// As an answer with its tag.
    pub fn into_answer(self) -> Answer<Association> {
        let tag = self.tag();
        Answer::ok(self.into_association()).tagged(tag)
    }

    fn into_created(self) -> Answer<Association> {
        let (tag, location) = (self.tag(), format!("/api/v1/associations/{}", self.code()));
        Answer::created(self.into_association()).tagged(tag).at(location)
    }
}

/// The association with this code.
///
/// # Errors
/// `association_not_found` when there is none that the caller may know of.
pub async fn find(conn: &AsyncPgConnection, caller: &Caller, code: &str) -> ApiResult<Found> {
    let found = load(conn, caller, code).await?.filter(|found| caller.sees(&found.row.path));
    found.ok_or_else(|| ApiError::new(Code::AssociationNotFound).given(code))
}

/// The association with this code, wherever it is; its parent only where the caller sees that too.
pub(super) async fn load(conn: &AsyncPgConnection, caller: &Caller, code: &str) -> ApiResult<Option<Found>> {
    let found: Option<(AssociationRow, Parent)> = associations::table
        .left_join(parents.on(parents.field(associations::id).nullable().eq(associations::parent_id)))
        .filter(associations::code.eq(code))
        .select((AssociationRow::as_select(), parents.fields((associations::code, associations::path)).nullable()))
        .first(&mut &*conn)
        .await
        .optional()?;
    Ok(found.map(|(row, parent)| Found::seen_by(caller, row, parent)))
}

/// Associations the caller may see that fit the query, by code, after `after`.
///
/// # Errors
/// `unknown_association` when `parent` or `within` names none that the caller may see.
pub async fn list(
    conn: &mut AsyncPgConnection,
    caller: &Caller,
    wanted: &AssociationQuery,
    after: Option<crate::http::ResourceCode>,
    limit: Limit,
) -> ApiResult<Vec<Found>> {
    let selection = Selection::fitting(conn, caller, wanted).await?;
    let mut query = associations::table
        .left_join(parents.on(parents.field(associations::id).nullable().eq(associations::parent_id)))
        .filter(associations::id.eq_any(selection.ids()))
        .select((AssociationRow::as_select(), parents.fields((associations::code, associations::path)).nullable()))
        .order(associations::code)
        .limit(limit)
        .into_boxed();
    if let Some(after) = after {
        query = query.filter(associations::code.gt(after.to_string()));
    }
    let rows: Vec<(AssociationRow, Parent)> = query.load(conn).await?;
    Ok(rows.into_iter().map(|(row, parent)| Found::seen_by(caller, row, parent)).collect())
}

/// Creates, replaces or patches an association; moving it moves all below it.
///
/// # Errors
/// `association_not_found` when it exists out of the caller's sight, `precondition_failed`, `unknown_association` or
/// `association_cycle` for its parent, `association_too_deep`.
pub async fn put(
    conn: &mut AsyncPgConnection,
    caller: &Caller,
    code: &str,
    condition: &IfMatch,
    becoming: &Becoming<'_, PutAssociation>,
    now: DateTime<Utc>,
) -> ApiResult<Answer<Association>> {
    let not_found = || ApiError::new(Code::AssociationNotFound).given(code);
    transaction(conn, async |conn| {
        // Writers of the tree take turns: two moves at once could otherwise close a cycle.
        conn.batch_execute("LOCK TABLE associations IN SHARE ROW EXCLUSIVE MODE").await?;
        let before = load(conn, caller, code).await?;
        if before.as_ref().is_some_and(|before| !caller.sees(&before.row.path)) {
            return Err(not_found());
        }
        let current = before.as_ref().map(Found::to_put);
        let body = becoming.body(current.as_ref()).transpose().ok_or_else(not_found)?;
        condition.check(before.as_ref().map(Found::tag).as_ref())?;
        let body = body?;
        let (found, is_new) = match before {
            Some(before) if current.as_ref() == Some(&body) => return Ok(before.into_answer()),
            Some(before) => (replace(conn, caller, before, &body, now).await?, false),
            None => (create(conn, caller, code, &body, now).await?, true),
        };
        record(conn, caller, now, &found, current.as_ref(), Some(&body)).await?;
        if is_new { Ok(found.into_created()) } else { Ok(found.into_answer()) }
    })
    .await
}

async fn create(
    conn: &mut AsyncPgConnection,
    caller: &Caller,
    code: &str,
    body: &PutAssociation,
    now: DateTime<Utc>,
) -> ApiResult<Found> {
    let parent = parent_of(conn, caller, body, None).await?;
    let row = AssociationRow::new(Uuid::now_v7(), code, body, parent.as_ref().map(|parent| &parent.row), now)?;
    diesel::insert_into(associations::table).values(&row).execute(conn).await?;
    Ok(Found { row, parent: parent.map(|parent| parent.row.code) })
}

async fn replace(
    conn: &mut AsyncPgConnection,
    caller: &Caller,
    before: Found,
    body: &PutAssociation,
    now: DateTime<Utc>,
) -> ApiResult<Found> {
    let is_moved = before.parent.as_deref() != body.parent.as_deref();
    let (parent_id, path) = if is_moved {
        let parent = parent_of(conn, caller, body, Some(&before)).await?;
        let path = path_below(parent.as_ref().map(|parent| &parent.row), &before.row.code)?;
        move_subtree(conn, &before.row.path, &path).await?;
        (parent.map(|parent| parent.row.id), path)
    } else {
        (before.row.parent_id, before.row.path.clone())
    };
    let row = AssociationRow {
        name: body.name.clone(),
        kind: Coded(body.kind),
        level: Coded(body.level),
        status: Coded(body.status),
        parent_id,
        path,
        aliases: body.aliases.iter().cloned().map(Some).collect(),
        version: before.row.version + 1,
        updated_at: now,
        ..before.row
    };
    diesel::update(associations::table.find(row.id)).set(&row).execute(conn).await?;
    Ok(Found { row, parent: body.parent.as_ref().map(ToString::to_string) })
}

/// Records what became of an association.
async fn record(
    conn: &mut AsyncPgConnection,
    caller: &Caller,
    now: DateTime<Utc>,
    found: &Found,
    before: Option<&PutAssociation>,
    after: Option<&PutAssociation>,
) -> ApiResult<()> {
    let entry = Entry {
        association_id: Some(found.id()),
        entity: Entity::Association,
        entity_key: found.code().to_owned(),
        action: Action::of(before.is_some(), after.is_some()),
        reason: None,
        before: before.map(audit::json).transpose()?,
        after: after.map(audit::json).transpose()?,
    };
    audit::store::record(conn, caller, now, entry).await
}

/// Deletes an association nobody refers to.
///
/// # Errors
/// `association_in_use` when something does.
pub async fn delete(conn: &mut AsyncPgConnection, caller: &Caller, found: &Found, now: DateTime<Utc>) -> ApiResult<()> {
    let is_this = associations::id.eq(found.row.id).and(associations::version.eq(found.row.version));
    transaction(conn, async |conn| {
        match diesel::delete(associations::table.filter(is_this)).execute(conn).await {
            Ok(0) => return Err(ApiError::new(Code::PreconditionFailed).given(found.tag())),
            Err(error) if is_foreign_key_violation(&error) => {
                return Err(ApiError::new(Code::AssociationInUse).given(found.code()));
            }
            deleted => deleted?,
        };
        record(conn, caller, now, found, Some(&found.to_put()), None).await
    })
    .await
}
