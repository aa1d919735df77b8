//! Laggards in the database: of today from the totals kept, of a past day from the ledger.

use std::collections::BTreeMap;

use diesel::prelude::*;
use diesel::sql_types::{Bool, Integer, Numeric, Text, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use rust_decimal::Decimal;
use uuid::Uuid;

use super::order::{Place, Worst, laggard};
use super::selection::Selection;
use super::{Laggard, LaggardStatus};
use crate::associations::selection;
use crate::completion::{Basis, View, on};
use crate::error::ApiResult;
use crate::indicators::store::{Catalog, IndicatorRow, catalog};
use crate::ledger::{AsOf, SLICE, derive};
use crate::schema::associations;
use crate::scorecards::Total;
use crate::scorecards::store::GoalRow;

/// Most lines asked for at once, where the rule lets few of those found pass.
const LARGEST_CHUNK: i64 = 20_000;

/// Which laggards are wanted, beside the associations.
#[derive(Clone, Debug)]
pub(super) struct Wanted {
    pub at: AsOf,
    pub basis: Basis,
    pub indicator_id: Option<Uuid>,
    pub category: Option<String>,
    pub status: Option<LaggardStatus>,
    pub after: Option<Place>,
    pub limit: i64,
}

impl Wanted {
    pub(super) fn has(&self, indicator: &IndicatorRow) -> bool {
        self.indicator_id.is_none_or(|id| id == indicator.id)
            && self.category.as_ref().is_none_or(|category| *category == indicator.category)
    }
}

/// A line that `page.sql` found.
#[derive(QueryableByName)]
struct PageRow {
    #[diesel(sql_type = Text)]
    association_code: String,
    #[diesel(sql_type = Text)]
    association_name: String,
    #[diesel(sql_type = Text)]
    indicator_code: String,
    #[diesel(sql_type = SqlUuid)]
    indicator_id: Uuid,
    #[diesel(sql_type = Numeric)]
    deviation: Decimal,
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

impl PageRow {
    fn place(&self) -> Place {
        Place {
            deviation: self.deviation.normalize(),
            name: self.association_name.clone(),
            code: self.association_code.clone(),
            indicator: self.indicator_code.clone(),
        }
    }

    fn total(&self) -> Total {
        let Self { count, total, denominator, inexact_count, .. } = *self;
        Total { count, value: total, denominator, inexact_count, ..Total::default() }
    }
}

/// The laggards of the fitting associations as things stand, the worst first: selected, put in order and limited by
/// PostgreSQL.
///
/// # Errors
/// As [`fitting`].
pub(super) async fn now(
    conn: &AsyncPgConnection,
    associations: &selection::Selection,
    wanted: &Wanted,
) -> ApiResult<Vec<(Place, Laggard)>> {
    let view = View::brief(wanted.at.moment, wanted.basis);
    let enough = usize::try_from(wanted.limit).unwrap_or(usize::MAX);
    let mut found = Vec::new();
    let (mut after, mut limit) = (wanted.after.clone(), wanted.limit);
    loop {
        let selection = Selection::page(wanted, associations.ids(), after, limit);
        let rows: Vec<PageRow> = selection.load(&mut &*conn).await?;
        // After the rows, so that it knows their indicators.
        let catalog = catalog(conn).await?;
        let is_last = i64::try_from(rows.len()).is_ok_and(|count| count < limit);
        after = rows.last().map(PageRow::place);
        for row in rows {
            let place = row.place();
            let line = view.of_target(&catalog, row.indicator_id, (&row.goal, row.is_approximate), row.total())?;
            found.extend(laggard(&place, line, wanted.status).map(|laggard| (place, laggard)));
        }
        if is_last || found.len() >= enough {
            found.truncate(enough);
            return Ok(found);
        }
        // The statement sees cut figures only, so some that it let through for their status may have another one.
        limit = limit.saturating_mul(4).min(LARGEST_CHUNK);
    }
}

/// An association as a laggard names it: id, code, name.
pub(super) type Named = (Uuid, String, String);

/// The fitting associations, by id.
///
/// # Errors
/// Only the database's.
pub(super) async fn named(conn: &AsyncPgConnection, associations: &selection::Selection) -> ApiResult<Vec<Named>> {
    let rows = associations::table
        .filter(associations::id.eq_any(associations.ids()))
        .select((associations::id, associations::code, associations::name))
        .order(associations::id)
        .load(&mut &*conn)
        .await?;
    Ok(rows)
}

/// The laggards of these associations as the ledger was known, the worst first.
///
/// # Errors
/// `total_out_of_range` where a sum has more digits than can be kept.
pub(super) async fn then(
    conn: &mut AsyncPgConnection,
    wanted: &Wanted,
    associations: &selection::Selection,
) -> ApiResult<Vec<(Place, Laggard)>> {
    let associations = named(conn, associations).await?;
    let catalog = catalog(conn).await?;
    let mut worst = Worst::new(usize::try_from(wanted.limit).unwrap_or(usize::MAX), wanted.after.clone());
    for slice in associations.chunks(SLICE) {
        add(conn, &catalog, wanted, slice, &mut worst).await?;
    }
    Ok(worst.into_page())
}

async fn add(
    conn: &mut AsyncPgConnection,
    catalog: &Catalog,
    wanted: &Wanted,
    associations: &[Named],
    worst: &mut Worst,
) -> ApiResult<()> {
    let moment = wanted.at.moment;
    let view = View::brief(moment, wanted.basis);
    let ids: Vec<Uuid> = associations.iter().map(|(id, ..)| *id).collect();
    let names: BTreeMap<_, _> = associations.iter().map(|(id, code, name)| (*id, (code, name))).collect();
    for (key, entry) in derive(conn, catalog, &ids, Some(&[moment.year]), wanted.at.before).await? {
        let indicator = catalog.get(&key.indicator_id).filter(|indicator| wanted.has(indicator));
        let (Some(plan), Some(indicator), Some((code, name))) = (entry.plan, indicator, names.get(&key.association_id))
        else {
            continue;
        };
        let target = (&plan.current.goal, plan.current.is_approximate);
        let line = view.of_target(catalog, indicator.id, target, on(entry.totals, wanted.basis))?;
        worst.offer((code, name), line, wanted.status);
    }
    Ok(())
}
