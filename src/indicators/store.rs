//! Indicators in the database.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::{DateTime, Utc};
use diesel::dsl::exists;
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection};
use uuid::Uuid;

use super::tree::parent_of;
use super::{Accumulation, Direction, Indicator, IndicatorQuery, PutIndicator, ValueType};
use crate::audit::{self, Action, Entity, Entry};
use crate::auth::Caller;
use crate::database::{Coded, containing, is_foreign_key_violation, transaction};
use crate::error::{ApiError, ApiResult, Code, Text, Violation};
use crate::http::{Answer, Becoming, EntityTag, IfMatch, Limit};
use crate::quantity::Unit;
use crate::schema::{actuals, indicators, targets};

diesel::alias!(indicators as parents: Parents);

/// A row of `indicators`.
#[derive(Clone, Debug, HasQuery, Insertable, AsChangeset)]
#[diesel(table_name = indicators, treat_none_as_null = true, treat_none_as_default_value = false)]
pub(crate) struct IndicatorRow {
    pub id: Uuid,
    pub code: String,
    pub name: String,
    pub category: String,
    pub parent_id: Option<Uuid>,
    pub unit: String,
    pub value_type: Coded<ValueType>,
    pub direction: Coded<Direction>,
    pub accumulation: Coded<Accumulation>,
    pub is_additive: bool,
    pub decimals: i16,
    definition: Option<String>,
    version: i32,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

impl IndicatorRow {
    /// A new one, a breakdown of `parent` where there is one.
    pub(crate) fn new(id: Uuid, code: &str, body: &PutIndicator, parent: Option<Uuid>, now: DateTime<Utc>) -> Self {
        Self {
            id,
            code: code.to_owned(),
            name: body.name.clone(),
            category: body.category.clone(),
            parent_id: parent,
            unit: body.unit.clone(),
            value_type: Coded(body.value_type),
            direction: Coded(body.direction),
            accumulation: Coded(body.accumulation),
            is_additive: body.additive,
            decimals: body.decimals.into(),
            definition: body.definition.clone(),
            version: 1,
            created_at: now,
            updated_at: now,
        }
    }
}

/// What cannot change once a target or an actual exists.
type Fixed<'a> = (ValueType, Direction, Accumulation, &'a str);

impl IndicatorRow {
    /// Value type, direction, accumulation and unit.
    pub(crate) fn fixed(&self) -> Fixed<'_> {
        (self.value_type.0, self.direction.0, self.accumulation.0, &self.unit)
    }
}

impl PutIndicator {
    fn fixed(&self) -> Fixed<'_> {
        (self.value_type, self.direction, self.accumulation, &self.unit)
    }
}

/// An indicator that exists.
#[derive(Clone, Debug)]
pub struct Found {
    pub(crate) row: IndicatorRow,
    parent: Option<String>,
}

impl Found {
    /// The client's name for it.
    pub fn code(&self) -> &str {
        &self.row.code
    }

    /// Its current entity tag.
    pub fn tag(&self) -> EntityTag {
        EntityTag::of(self.row.id, self.row.version)
    }

    /// As a client would write it.
    pub fn to_put(&self) -> PutIndicator {
        PutIndicator {
            name: self.row.name.clone(),
            category: self.row.category.clone(),
            parent: self.parent.as_deref().and_then(|code| crate::http::ResourceCode::new(code).ok()),
            unit: self.row.unit.clone(),
            value_type: self.row.value_type.0,
            direction: self.row.direction.0,
            accumulation: self.row.accumulation.0,
            additive: self.row.is_additive,
            decimals: u8::try_from(self.row.decimals).unwrap_or_default(),
            definition: self.row.definition.clone(),
        }
    }

    /// As a client reads it.
    pub fn into_indicator(self) -> Indicator {
        let put = self.to_put();
        Indicator {
            code: self.row.code,
            name: put.name,
            category: put.category,
            parent: self.parent,
            unit: put.unit,
            value_type: put.value_type,
            direction: put.direction,
            accumulation: put.accumulation,
            additive: put.additive,
            decimals: put.decimals,
            definition: put.definition,
            created_at: self.row.created_at,
            updated_at: self.row.updated_at,
        }
    }

    /// As an answer with its tag.
    pub fn into_answer(self) -> Answer<Indicator> {
        let tag = self.tag();
        Answer::ok(self.into_indicator()).tagged(tag)
    }

    fn into_created(self) -> Answer<Indicator> {
        let (tag, location) = (self.tag(), format!("/api/v1/indicators/{}", self.code()));
        Answer::created(self.into_indicator()).tagged(tag).at(location)
    }
}

/// The indicator with this code.
///
/// # Errors
/// `indicator_not_found` when there is none.
pub async fn find(conn: &AsyncPgConnection, code: &str) -> ApiResult<Found> {
    load(conn, code).await?.ok_or_else(|| ApiError::new(Code::IndicatorNotFound).given(code))
}

/// Every indicator by id; they are few.
pub(crate) type Catalog = HashMap<Uuid, IndicatorRow>;

/// What indicators are called, by their codes.
pub(crate) type Names = BTreeMap<String, String>;

/// What all indicators are called.
///
/// # Errors
/// Only the database's.
pub(crate) async fn names(conn: &AsyncPgConnection) -> ApiResult<Names> {
    let rows: Vec<(String, String)> =
        indicators::table.select((indicators::code, indicators::name)).load(&mut &*conn).await?;
    Ok(rows.into_iter().collect())
}

/// The codes of those that are milestones: done or not.
///
/// # Errors
/// Only the database's.
pub(crate) async fn milestones(conn: &AsyncPgConnection) -> ApiResult<BTreeSet<String>> {
    let milestones = indicators::table.filter(indicators::value_type.eq(Coded(ValueType::Milestone)));
    let codes: Vec<String> = milestones.select(indicators::code).load(&mut &*conn).await?;
    Ok(codes.into_iter().collect())
}

/// Every indicator there is.
///
/// # Errors
/// Only the database's.
pub(crate) async fn catalog(conn: &AsyncPgConnection) -> ApiResult<Catalog> {
    let rows: Vec<IndicatorRow> = IndicatorRow::query().load(&mut &*conn).await?;
    Ok(rows.into_iter().map(|row| (row.id, row)).collect())
}

/// The indicator a body or query names at `pointer`.
///
/// # Errors
/// `unknown_indicator` when there is none.
pub async fn find_named(conn: &AsyncPgConnection, pointer: &str, code: &str) -> ApiResult<Found> {
    let unknown = || Violation::at(pointer, Code::UnknownIndicator).given(code);
    load(conn, code).await?.ok_or_else(|| match pointer.starts_with('?') {
        true => ApiError::invalid_parameter(vec![unknown()]),
        false => unknown().into(),
    })
}

async fn load(conn: &AsyncPgConnection, code: &str) -> ApiResult<Option<Found>> {
    let found: Option<(IndicatorRow, Option<String>)> = indicators::table
        .left_join(parents.on(parents.field(indicators::id).nullable().eq(indicators::parent_id)))
        .filter(indicators::code.eq(code))
        .select((IndicatorRow::as_select(), parents.field(indicators::code).nullable()))
        .first(&mut &*conn)
        .await
        .optional()?;
    Ok(found.map(|(row, parent)| Found { row, parent }))
}

/// Indicators that fit the query, by code, after `after`.
///
/// # Errors
/// `unknown_indicator` when `parent` names none.
pub async fn list(
    conn: &mut AsyncPgConnection,
    wanted: &IndicatorQuery,
    after: Option<crate::http::ResourceCode>,
    limit: Limit,
) -> ApiResult<Vec<Found>> {
    let mut query = indicators::table
        .left_join(parents.on(parents.field(indicators::id).nullable().eq(indicators::parent_id)))
        .select((IndicatorRow::as_select(), parents.field(indicators::code).nullable()))
        .order(indicators::code)
        .limit(limit)
        .into_boxed();
    if let Some(parent) = &wanted.parent {
        let parent = find_named(conn, "?parent", parent).await?;
        query = query.filter(indicators::parent_id.eq(parent.row.id));
    }
    if let Some(category) = &wanted.category {
        query = query.filter(indicators::category.eq(category));
    }
    if let Some(text) = &wanted.q {
        let pattern = containing(text);
        query = query.filter(
            (indicators::name.ilike(pattern.clone()))
                .or(indicators::code.ilike(pattern.clone()))
                .or(indicators::definition.assume_not_null().ilike(pattern)),
        );
    }
    if let Some(after) = after {
        query = query.filter(indicators::code.gt(after.to_string()));
    }
    let rows: Vec<(IndicatorRow, Option<String>)> = query.load(conn).await?;
    Ok(rows.into_iter().map(|(row, parent)| Found { row, parent }).collect())
}

/// Creates, replaces or patches an indicator.
///
/// # Errors
/// `precondition_failed`, `indicator_in_use` when a fixed field would change, `unknown_indicator`, `indicator_cycle` or
/// `indicator_too_deep` for its parent, `accumulation_mismatch`, `invalid_unit`.
pub async fn put(
    conn: &mut AsyncPgConnection,
    caller: &Caller,
    code: &str,
    condition: &IfMatch,
    becoming: &Becoming<'_, PutIndicator>,
    now: DateTime<Utc>,
) -> ApiResult<Answer<Indicator>> {
    let not_found = || ApiError::new(Code::IndicatorNotFound).given(code);
    transaction(conn, async |conn| {
        // Writers take turns: no cycle by two at once, and no target or actual slips in while a fixed field changes,
        // because their foreign key waits for the row.
        conn.batch_execute("LOCK TABLE indicators IN SHARE ROW EXCLUSIVE MODE").await?;
        let before = load(conn, code).await?;
        let current = before.as_ref().map(Found::to_put);
        let body = becoming.body(current.as_ref()).transpose().ok_or_else(not_found)?;
        condition.check(before.as_ref().map(Found::tag).as_ref())?;
        let body = body?;
        check(&body)?;
        if let Some(before) = before.as_ref().filter(|_| current.as_ref() == Some(&body)) {
            return Ok(before.clone().into_answer());
        }
        let parent = parent_of(conn, &body, before.as_ref()).await?;
        if let Some(before) = before.as_ref().filter(|before| before.row.fixed() != body.fixed()) {
            require_unused(conn, before).await?;
        }
        let found = save(conn, code, &body, before.as_ref().map(|before| &before.row), parent, now).await?;
        record(conn, caller, now, code, current.as_ref(), Some(&body)).await?;
        match before {
            Some(_) => Ok(found.into_answer()),
            None => Ok(found.into_created()),
        }
    })
    .await
}

fn check(body: &PutIndicator) -> ApiResult<()> {
    let fitting = Accumulation::fitting(body.value_type);
    if !fitting.contains(&body.accumulation) {
        let allowed: Vec<_> = fitting.iter().map(AsRef::as_ref).collect();
        let violation = Violation::at("/accumulation", Code::AccumulationMismatch);
        return Err(violation.given(body.accumulation.as_ref()).allowed(allowed.join(", ")).into());
    }
    if body.value_type == ValueType::Milestone && body.direction == Direction::LowerIsBetter {
        let violation = Violation::at("/direction", Code::NotAllowed).given(body.direction.as_ref());
        return Err(violation
            .allowed(Text::new("higher_is_better（节点任务）", "higher_is_better for a milestone"))
            .into());
    }
    let refused = |allowed: Text| Violation::at("/unit", Code::InvalidUnit).given(&body.unit).allowed(allowed);
    if body.value_type == ValueType::Percentage && body.unit != "%" {
        return Err(refused(Text::new("%（百分比指标）", "% for a percentage")).into());
    }
    Unit::parse(&body.unit).map_err(|_unreadable| {
        refused(Text::new("1至16个字符，不含数字和空格", "1 to 16 characters without digits or spaces"))
    })?;
    Ok(())
}

async fn require_unused(conn: &mut AsyncPgConnection, found: &Found) -> ApiResult<()> {
    // Locks the row against the key-share locks of new targets' and actuals' foreign keys.
    let id = found.row.id;
    indicators::table.find(id).select(indicators::id).for_update().first::<Uuid>(conn).await?;
    let has_target = exists(targets::table.filter(targets::indicator_id.eq(id)));
    let has_actual = exists(actuals::table.filter(actuals::indicator_id.eq(id)));
    let is_used: bool = diesel::select(has_target.or(has_actual)).get_result(conn).await?;
    if is_used { Err(ApiError::new(Code::IndicatorInUse).given(found.code())) } else { Ok(()) }
}

async fn save(
    conn: &mut AsyncPgConnection,
    code: &str,
    body: &PutIndicator,
    before: Option<&IndicatorRow>,
    parent: Option<Found>,
    now: DateTime<Utc>,
) -> ApiResult<Found> {
    let id = before.map_or_else(Uuid::now_v7, |before| before.id);
    let new = IndicatorRow::new(id, code, body, parent.as_ref().map(|parent| parent.row.id), now);
    let row = match before {
        Some(before) => IndicatorRow { version: before.version + 1, created_at: before.created_at, ..new },
        None => new,
    };
    match before {
        Some(_) => diesel::update(indicators::table.find(row.id)).set(&row).execute(conn).await?,
        None => diesel::insert_into(indicators::table).values(&row).execute(conn).await?,
    };
    Ok(Found { row, parent: parent.map(|parent| parent.row.code) })
}

/// Records what became of an indicator.
async fn record(
    conn: &mut AsyncPgConnection,
    caller: &Caller,
    now: DateTime<Utc>,
    code: &str,
    before: Option<&PutIndicator>,
    after: Option<&PutIndicator>,
) -> ApiResult<()> {
    let entry = Entry {
        association_id: None,
        entity: Entity::Indicator,
        entity_key: code.to_owned(),
        action: Action::of(before.is_some(), after.is_some()),
        reason: None,
        before: before.map(audit::json).transpose()?,
        after: after.map(audit::json).transpose()?,
    };
    audit::store::record(conn, caller, now, entry).await
}

/// Deletes an indicator nobody refers to.
///
/// # Errors
/// `indicator_in_use` when something does.
pub async fn delete(conn: &mut AsyncPgConnection, caller: &Caller, found: &Found, now: DateTime<Utc>) -> ApiResult<()> {
    let is_this = indicators::id.eq(found.row.id).and(indicators::version.eq(found.row.version));
    transaction(conn, async |conn| {
        match diesel::delete(indicators::table.filter(is_this)).execute(conn).await {
            Ok(0) => return Err(ApiError::new(Code::PreconditionFailed).given(found.tag())),
            Err(error) if is_foreign_key_violation(&error) => {
                return Err(ApiError::new(Code::IndicatorInUse).given(found.code()));
            }
            deleted => deleted?,
        };
        record(conn, caller, now, found.code(), Some(&found.to_put()), None).await
    })
    .await
}
