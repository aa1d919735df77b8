//! What an association's own lines are made of: from the totals kept, or of a past day from the ledger.

use std::collections::BTreeMap;

use diesel::dsl::auto_type;
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use futures_util::future::try_join;
use rust_decimal::Decimal;
use uuid::Uuid;

use super::Basis;
use super::part::{Counted, Part, Planned, on};
use crate::actuals::State;
use crate::actuals::replay::{Extent, each};
use crate::database::Coded;
use crate::error::{ApiError, ApiResult, Code};
use crate::indicators::store::catalog;
use crate::indicators::{Direction, ValueType};
use crate::ledger::{AsOf, derive, kept};
use crate::rule::Nature;
use crate::schema::{actual_totals, actuals, associations, indicators, targets};
use crate::scorecards::Total;
use crate::scorecards::store::{GoalRow, LineKey};
use crate::scorecards::version::{IndicatorsVersion, OwnVersion, own_version};

diesel::alias!(indicators as parents: Parents);

/// What an association's year is computed from: itself, its writes of the year and the one before, and all indicators.
pub(crate) type Version = (OwnVersion, IndicatorsVersion);

/// The version of an association's year.
///
/// # Errors
/// `association_not_found`.
pub(crate) async fn version(conn: &AsyncPgConnection, code: &str, year: i16) -> ApiResult<Version> {
    let years = [year - 1, year];
    let version = own_version(conn, code, &years).await?;
    version.ok_or_else(|| ApiError::new(Code::AssociationNotFound).given(code))
}

/// The columns of an indicator that a brief line shows.
#[derive(HasQuery)]
#[diesel(table_name = indicators)]
struct CountedRow {
    id: Uuid,
    code: String,
    category: String,
    unit: String,
    value_type: Coded<ValueType>,
    direction: Coded<Direction>,
}

/// The total on one basis as far as a brief line shows it: count, value, denominator, inexact count.
type BriefTotal = (i32, Decimal, Decimal, i32);

/// The columns of a target that a brief line shows.
#[derive(Queryable, Selectable)]
#[diesel(table_name = targets)]
struct TargetPart {
    #[diesel(embed)]
    goal: GoalRow,
    is_approximate: bool,
}

type BriefRow = (CountedRow, Option<String>, Option<TargetPart>, BriefTotal);

#[auto_type]
fn lines<'a>(code: &'a str, year: i16) -> _ {
    let parent = parents.on(parents.field(indicators::id).nullable().eq(indicators::parent_id));
    let target = targets::association_id
        .eq(actual_totals::association_id)
        .and(targets::year.eq(actual_totals::year))
        .and(targets::indicator_id.eq(actual_totals::indicator_id))
        .and(targets::is_current);
    actual_totals::table
        .inner_join(associations::table)
        .inner_join(indicators::table.left_join(parent))
        .left_join(targets::table.on(target))
        .filter(associations::code.eq(code))
        .filter(actual_totals::year.eq(year))
}

/// What the brief lines of an association's year are made of, in one statement: every line has a row of totals.
///
/// # Errors
/// Only the database's.
pub(super) async fn brief(conn: &AsyncPgConnection, code: &str, year: i16, basis: Basis) -> ApiResult<Vec<Part>> {
    use crate::schema::actual_totals::dsl;
    let parent = parents.field(indicators::code).nullable();
    let target = Option::<TargetPart>::as_select();
    let lines = lines(code, year);
    let rows: Vec<BriefRow> = match basis {
        Basis::Reported => {
            let total =
                (dsl::reported_count, dsl::reported_value, dsl::reported_denominator, dsl::reported_inexact_count);
            lines.select((CountedRow::as_select(), parent, target, total)).load(&mut &*conn).await?
        }
        Basis::Verified => {
            let total =
                (dsl::verified_count, dsl::verified_value, dsl::verified_denominator, dsl::verified_inexact_count);
            lines.select((CountedRow::as_select(), parent, target, total)).load(&mut &*conn).await?
        }
    };
    Ok(rows.into_iter().map(|row| brief_part(year, row)).collect())
}

fn brief_part(year: i16, (row, parent, target, total): BriefRow) -> Part {
    let nature = Nature { value_type: row.value_type.0, direction: row.direction.0 };
    let CountedRow { id, code, category, unit, .. } = row;
    let indicator = Counted { id, code, category, parent, unit, nature, detail: None };
    let planned = target.map(|target| Planned::own(year, &target.goal, target.is_approximate));
    let (count, value, denominator, inexact_count) = total;
    Part::own(indicator, planned, Total { count, value, denominator, inexact_count, ..Total::default() })
}

/// What the full lines of an association's year are made of; of a past day also the brief ones.
///
/// # Errors
/// Only the database's.
pub(super) async fn full(
    conn: &mut AsyncPgConnection,
    association_id: Uuid,
    at: &AsOf,
    basis: Basis,
) -> ApiResult<Vec<Part>> {
    let year = at.moment.year;
    let years = [year - 1, year];
    let (catalog, mut entries, mut performers) = if at.before.is_some() {
        let catalog = catalog(conn).await?;
        let entries = derive(conn, &catalog, &[association_id], Some(&years), at.before).await?;
        (catalog, entries, performers_then(conn, association_id, at, basis).await?)
    } else {
        // The indicators after the rows, so that none of theirs is unknown.
        let rows = try_join(kept(conn, association_id, &years), performers(conn, association_id, year, basis));
        let ((entries, performers), catalog) = try_join(rows, catalog(conn)).await?;
        (catalog, entries, performers)
    };
    let this_year = LineKey { association_id, year, indicator_id: Uuid::nil() };
    let of_this_year = entries.split_off(&this_year);
    let parts = of_this_year.into_iter().map(|(key, entry)| {
        let last_year = entries.remove(&LineKey { year: year - 1, ..key });
        let part =
            Part::own(Counted::of(&catalog, key.indicator_id)?, entry.plan.map(Planned::from), on(entry.totals, basis));
        Ok(Part {
            last_year: last_year.map(|entry| on(entry.totals, basis)),
            performed_by: performers.remove(&key.indicator_id).unwrap_or_default(),
            ..part
        })
    });
    parts.collect()
}

/// Bodies other than the association that did what it reports, by indicator.
type Performers = BTreeMap<Uuid, Vec<String>>;

async fn performers(conn: &AsyncPgConnection, association_id: Uuid, year: i16, basis: Basis) -> ApiResult<Performers> {
    let states: &[State] = match basis {
        Basis::Reported => &[State::Reported, State::Verified],
        Basis::Verified => &[State::Verified],
    };
    let rows: Vec<(Uuid, Option<String>)> = actuals::table
        .filter(actuals::association_id.eq(association_id))
        .filter(actuals::year.eq(year))
        .filter(actuals::performed_by.is_not_null())
        .filter(actuals::state.eq_any(states.iter().copied().map(Coded).collect::<Vec<_>>()))
        .select((actuals::indicator_id, actuals::performed_by))
        .distinct()
        .load(&mut &*conn)
        .await?;
    let mut performers = Performers::new();
    for (indicator_id, name) in rows {
        performers.entry(indicator_id).or_default().extend(name);
    }
    // As of a past day, whatever the database's collation.
    performers.values_mut().for_each(|names| names.sort_unstable());
    Ok(performers)
}

async fn performers_then(
    conn: &mut AsyncPgConnection,
    association_id: Uuid,
    at: &AsOf,
    basis: Basis,
) -> ApiResult<Performers> {
    let (association_ids, years) = ([association_id], [at.moment.year]);
    let extent =
        Extent { association_ids: &association_ids, years: Some(&years), indicator_ids: None, before: at.before };
    let mut performers = Performers::new();
    each(conn, &extent, |key, reading| {
        let counts = reading.on(basis == Basis::Verified).is_some();
        let names = performers.entry(key.indicator_id).or_default();
        names.extend(reading.performed_by.filter(|_| counts));
        names.sort_unstable();
        names.dedup();
        Ok(())
    })
    .await?;
    Ok(performers)
}

/// Gives the duties per period what was reported for them; most years have none.
///
/// # Errors
/// Only the database's.
pub(super) async fn fill_duties(
    conn: &mut AsyncPgConnection,
    association_id: Uuid,
    at: &AsOf,
    basis: Basis,
    parts: &mut [Part],
) -> ApiResult<()> {
    let mut duties: BTreeMap<Uuid, _> = BTreeMap::new();
    for part in parts {
        if let Some(duty) = part.planned.as_mut().and_then(|planned| planned.duty.as_mut()) {
            duties.insert(part.indicator.id, duty);
        }
    }
    if duties.is_empty() {
        return Ok(());
    }
    let (association_ids, years) = ([association_id], [at.moment.year]);
    let indicator_ids: Vec<_> = duties.keys().copied().collect();
    let extent = Extent {
        association_ids: &association_ids,
        years: Some(&years),
        indicator_ids: Some(&indicator_ids),
        before: at.before,
    };
    each(conn, &extent, |key, reading| {
        if let Some(duty) = duties.get_mut(&key.indicator_id) {
            reading.on(basis == Basis::Verified).iter().for_each(|figure| duty.add(figure));
        }
        Ok(())
    })
    .await
}
