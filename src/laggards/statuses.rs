//! How many targets stand how, over many associations: counted by PostgreSQL where its cut figures leave no doubt, and
//! judged by the rule where they do.

use chrono::NaiveDate;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Integer, Nullable, Numeric, Text, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use validator::Validate;

use super::selection::{STATUSES, Selection};
use super::store::{Wanted, named};
use crate::associations::{AssociationQuery, Kind, Level, selection};
use crate::completion::{Basis, StatusCounts, View, on};
use crate::error::{ApiError, ApiResult};
use crate::http::ResourceCode;
use crate::indicators::store::{Catalog, catalog};
use crate::ledger::{SLICE, derive};
use crate::rule::Status;
use crate::scorecards::Total;
use crate::scorecards::store::GoalRow;

/// Whose targets to count.
#[derive(Clone, Debug, Deserialize, IntoParams, Validate)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct StatusQuery {
    /// Only the children of this association.
    #[param(value_type = Option<String>, example = "huishan")]
    pub parent: Option<ResourceCode>,
    /// Only this association and all below it.
    #[param(value_type = Option<String>, example = "huishan")]
    pub within: Option<ResourceCode>,
    /// Only associations of this kind.
    #[param(inline)]
    pub kind: Option<Kind>,
    /// Only associations of this level.
    #[param(inline)]
    pub level: Option<Level>,
    /// Only targets of this indicator.
    #[param(value_type = Option<String>, example = "households-lifted")]
    pub indicator: Option<ResourceCode>,
    /// Only targets of indicators of this category.
    #[param(example = "科普")]
    pub category: Option<String>,
    /// Which figures count; `reported` where not given.
    #[serde(default)]
    #[param(inline)]
    pub basis: Basis,
    /// A past day: what was known at its end, in the service's time zone. Today where not given.
    #[serde(default, deserialize_with = "crate::http::day")]
    #[param(value_type = Option<String>, format = Date, example = "2018-06-30")]
    pub as_of: Option<NaiveDate>,
}

impl StatusQuery {
    /// Which associations it is about.
    pub(super) fn associations(&self) -> AssociationQuery {
        AssociationQuery {
            parent: self.parent.clone(),
            within: self.within.clone(),
            kind: self.kind,
            level: self.level,
            ..AssociationQuery::default()
        }
    }
}

/// How many targets of a year stand how.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Statuses {
    /// The plan year.
    #[schema(example = 2018)]
    pub year: i16,
    /// The day it was computed for, in the service's time zone.
    #[schema(example = "2018-06-30")]
    pub as_of: NaiveDate,
    /// Which figures count.
    pub basis: Basis,
    /// Targets in force, of all associations that fit; the sum of the counts.
    #[schema(example = 60)]
    pub targets: u32,
    /// How many of them stand how.
    pub counts: StatusCounts,
}

#[derive(QueryableByName)]
struct CountRow {
    #[diesel(sql_type = Nullable<Text>)]
    status: Option<String>,
    #[diesel(sql_type = BigInt)]
    count: i64,
}

/// Lines the rule judges at once, which bounds what is held in memory.
const MOST_UNSURE: u16 = 20_000;

#[derive(QueryableByName)]
struct UnsureRow {
    #[diesel(sql_type = SqlUuid)]
    association_id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    indicator_id: Uuid,
    #[diesel(sql_type = Integer)]
    count: i32,
    #[diesel(sql_type = Numeric)]
    total: Decimal,
    #[diesel(sql_type = Numeric)]
    denominator: Decimal,
    #[diesel(sql_type = Integer)]
    inexact_count: i32,
    #[diesel(sql_type = Bool)]
    is_approximate: bool,
    #[diesel(embed)]
    goal: GoalRow,
}

/// How the targets of these associations stand now. All statements see the same moment.
///
/// # Errors
/// Only the database's.
pub(super) async fn now(
    conn: &mut AsyncPgConnection,
    associations: &selection::Selection,
    wanted: &Wanted,
) -> ApiResult<StatusCounts> {
    let mut counts = StatusCounts::default();
    let clear: Vec<CountRow> = Selection::of(STATUSES, wanted, associations.ids()).load(conn).await?;
    let mut unsure = false;
    for CountRow { status, count } in clear {
        match status {
            Some(status) => {
                let status: Status = status.parse().map_err(ApiError::internal)?;
                counts.add(status, u32::try_from(count).map_err(ApiError::internal)?);
            }
            None => unsure = true,
        }
    }
    if unsure {
        judge(conn, associations, wanted, &mut counts).await?;
    }
    Ok(counts)
}

/// Counts the lines that PostgreSQL left to the rule.
async fn judge(
    conn: &mut AsyncPgConnection,
    associations: &selection::Selection,
    wanted: &Wanted,
    counts: &mut StatusCounts,
) -> ApiResult<()> {
    let view = View::brief(wanted.at.moment, wanted.basis);
    let catalog = catalog(conn).await?;
    let mut after = None;
    loop {
        let slice = Selection::unsure(wanted, associations.ids(), after, MOST_UNSURE.into());
        let rows: Vec<UnsureRow> = slice.load(conn).await?;
        let is_last = rows.len() < usize::from(MOST_UNSURE);
        after = rows.last().map(|row| (row.association_id, row.indicator_id));
        for UnsureRow { indicator_id, count, total, denominator, inexact_count, is_approximate, goal, .. } in rows {
            let total = Total { count, value: total, denominator, inexact_count, ..Total::default() };
            counts.add(view.of_target(&catalog, indicator_id, (&goal, is_approximate), total)?.status, 1);
        }
        if is_last {
            return Ok(());
        }
    }
}

/// How the targets of these associations stood, as the ledger was known.
///
/// # Errors
/// `total_out_of_range` where a sum has more digits than can be kept.
pub(super) async fn then(
    conn: &mut AsyncPgConnection,
    associations: &selection::Selection,
    wanted: &Wanted,
) -> ApiResult<StatusCounts> {
    let associations = named(conn, associations).await?;
    let catalog = catalog(conn).await?;
    let mut counts = StatusCounts::default();
    for slice in associations.chunks(SLICE) {
        let ids: Vec<Uuid> = slice.iter().map(|(id, ..)| *id).collect();
        add(conn, &catalog, wanted, &ids, &mut counts).await?;
    }
    Ok(counts)
}

async fn add(
    conn: &mut AsyncPgConnection,
    catalog: &Catalog,
    wanted: &Wanted,
    associations: &[Uuid],
    counts: &mut StatusCounts,
) -> ApiResult<()> {
    let view = View::brief(wanted.at.moment, wanted.basis);
    let years = [wanted.at.moment.year];
    for (key, entry) in derive(conn, catalog, associations, Some(&years), wanted.at.before).await? {
        let indicator = catalog.get(&key.indicator_id).filter(|indicator| wanted.has(indicator));
        let (Some(plan), Some(indicator)) = (entry.plan, indicator) else { continue };
        let target = (&plan.current.goal, plan.current.is_approximate);
        counts.add(view.of_target(catalog, indicator.id, target, on(entry.totals, wanted.basis))?.status, 1);
    }
    Ok(())
}
