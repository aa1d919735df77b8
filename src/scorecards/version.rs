//! What answers about a set of associations are computed from, told by a few numbers: the base of their entity tags.

use diesel::dsl::{count_star, sum};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use rust_decimal::Decimal;
use serde::Serialize;
use uuid::Uuid;

use crate::associations::selection::Selection;
use crate::error::ApiResult;
use crate::schema::{associations, indicators, scorecards};

#[diesel::declare_sql_function]
extern "SQL" {
    fn uuid_hash_extended(id: SqlUuid, seed: BigInt) -> BigInt;
}

/// Changes with every association of the set and every write of their targets and actuals in the years. To be read
/// before what it stands for, so that a tag made of it is never newer.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Version {
    count: i64,
    /// Tells which associations they are: one may take the place of another.
    members: Option<String>,
    associations: Option<i64>,
    scorecards: Option<String>,
}

/// The version of a set of associations in some years.
///
/// # Errors
/// Only the database's.
pub(crate) async fn version(conn: &AsyncPgConnection, selection: &Selection, years: &[i16]) -> ApiResult<Version> {
    type Sums = (i64, Option<Decimal>, Option<i64>, Option<Decimal>);
    let cards = scorecards::association_id.eq(associations::id).and(scorecards::year.eq_any(years));
    let (count, members, associations, scorecards): Sums = associations::table
        .left_join(scorecards::table.on(cards))
        .filter(associations::id.eq_any(selection.ids()))
        .select((
            count_star(),
            sum(uuid_hash_extended(associations::id, 0)),
            sum(associations::version),
            sum(scorecards::version.nullable()),
        ))
        .first(&mut &*conn)
        .await?;
    let text = |sum: Option<Decimal>| sum.map(|sum| sum.to_string());
    Ok(Version { count, members: text(members), associations, scorecards: text(scorecards) })
}

/// Changes with every indicator: which they are, and their versions.
pub(crate) type IndicatorsVersion = (Option<String>, Option<i64>);

/// The version of all indicators.
///
/// # Errors
/// Only the database's.
pub(crate) async fn version_of_indicators(conn: &AsyncPgConnection) -> ApiResult<IndicatorsVersion> {
    let (members, versions): (Option<Decimal>, Option<i64>) = indicators::table
        .select((sum(uuid_hash_extended(indicators::id, 0)), sum(indicators::version)))
        .first(&mut &*conn)
        .await?;
    Ok((members.map(|sum| sum.to_string()), versions))
}

/// Changes with an association and every write of its targets and actuals in some years: which it is, its own version,
/// and that of its scorecards.
pub(crate) type OwnVersion = (Uuid, i32, Option<String>);

/// The version of the association with this code and that of all indicators, in one statement, since every completion
/// asks for both; none where there is no such association.
///
/// # Errors
/// Only the database's.
pub(crate) async fn own_version(
    conn: &AsyncPgConnection,
    code: &str,
    years: &[i16],
) -> ApiResult<Option<(OwnVersion, IndicatorsVersion)>> {
    type Sums = (Uuid, i32, Option<Decimal>, Option<Decimal>, Option<i64>);
    let cards = scorecards::table
        .filter(scorecards::association_id.eq(associations::id))
        .filter(scorecards::year.eq_any(years))
        .select(sum(scorecards::version))
        .single_value();
    let members = indicators::table.select(sum(uuid_hash_extended(indicators::id, 0))).single_value();
    let versions = indicators::table.select(sum(indicators::version)).single_value();
    let found: Option<Sums> = associations::table
        .filter(associations::code.eq(code))
        .select((associations::id, associations::version, cards, members, versions))
        .first(&mut &*conn)
        .await
        .optional()?;
    let text = |sum: Option<Decimal>| sum.map(|sum| sum.to_string());
    Ok(found.map(|(id, own, cards, members, versions)| ((id, own, text(cards)), (text(members), versions))))
}
