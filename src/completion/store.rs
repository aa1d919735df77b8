//! What a completion is made of, read in two statements at once; duties per period take a third.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use rust_decimal::Decimal;
use uuid::Uuid;

use super::Basis;
use crate::actuals::State;
use crate::database::Coded;
use crate::error::ApiResult;
use crate::indicators::{Accumulation, Direction, ValueType};
use crate::period::Per;
use crate::schema::{actual_totals, actuals, indicators, targets};
use crate::scorecards::Totals;
use crate::scorecards::store::TotalsRow;
use crate::targets::row::TargetRow;

diesel::alias!(indicators as parents: Parents);

/// The columns of an indicator that a line shows.
#[derive(Clone, Debug, HasQuery)]
#[diesel(table_name = indicators)]
pub(crate) struct IndicatorPart {
    pub id: Uuid,
    pub code: String,
    pub name: String,
    pub category: String,
    pub unit: String,
    pub value_type: Coded<ValueType>,
    pub direction: Coded<Direction>,
    pub accumulation: Coded<Accumulation>,
    pub decimals: i16,
}

/// A target in force, and as first published where that differs.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub current: TargetRow,
    pub original: Option<TargetRow>,
}

/// Everything known of one indicator in an association's year.
#[derive(Clone, Debug)]
pub(crate) struct Part {
    pub indicator: IndicatorPart,
    pub parent: Option<String>,
    pub plan: Option<Plan>,
    pub totals: Totals,
    pub last_year: Option<Totals>,
}

/// An actual of a duty per period.
#[derive(Clone, Debug, HasQuery)]
#[diesel(table_name = actuals)]
pub(super) struct Ledger {
    pub indicator_id: Uuid,
    pub period_from: NaiveDate,
    pub period_through: NaiveDate,
    value: Option<Decimal>,
    state: Coded<State>,
    verified_value: Option<Decimal>,
}

impl Ledger {
    /// What it counts on a basis.
    pub(super) fn value(&self, basis: Basis) -> Option<Decimal> {
        match (basis, self.state.0) {
            (Basis::Reported, State::Reported | State::Verified) => self.value,
            (Basis::Verified, State::Verified) => self.verified_value,
            _ => None,
        }
    }
}

/// Everything an association's year is made of, by category and code.
pub(crate) async fn load(conn: &mut AsyncPgConnection, association_id: Uuid, year: i16) -> ApiResult<Vec<Part>> {
    let parent = parents.on(parents.field(indicators::id).nullable().eq(indicators::parent_id));
    let planned = targets::table
        .inner_join(indicators::table.left_join(parent))
        .filter(targets::association_id.eq(association_id))
        .filter(targets::year.eq(year))
        .filter(targets::is_current.or(targets::revision.eq(1)))
        .select((TargetRow::as_select(), IndicatorPart::as_select(), parents.field(indicators::code).nullable()))
        .load::<(TargetRow, IndicatorPart, Option<String>)>(&mut &*conn);
    let parent = parents.on(parents.field(indicators::id).nullable().eq(indicators::parent_id));
    let reported = actual_totals::table
        .inner_join(indicators::table.left_join(parent))
        .filter(actual_totals::association_id.eq(association_id))
        .filter(actual_totals::year.eq_any([year - 1, year]))
        .select((
            actual_totals::year,
            TotalsRow::as_select(),
            IndicatorPart::as_select(),
            parents.field(indicators::code).nullable(),
        ))
        .load::<(i16, TotalsRow, IndicatorPart, Option<String>)>(&mut &*conn);
    let (planned, reported) = futures_util::future::try_join(planned, reported).await?;
    Ok(assemble(year, planned, reported))
}

fn assemble(
    year: i16,
    planned: Vec<(TargetRow, IndicatorPart, Option<String>)>,
    reported: Vec<(i16, TotalsRow, IndicatorPart, Option<String>)>,
) -> Vec<Part> {
    let mut parts: BTreeMap<Uuid, Part> = BTreeMap::new();
    let mut originals = BTreeMap::new();
    for (target, indicator, parent) in planned {
        if !target.is_current {
            originals.insert(target.indicator_id, target);
            continue;
        }
        part(&mut parts, indicator, parent).plan = Some(Plan { current: target, original: None });
    }
    for (of, totals, indicator, parent) in reported {
        let part = part(&mut parts, indicator, parent);
        if of == year {
            part.totals = totals.into();
        } else {
            part.last_year = Some(totals.into());
        }
    }
    for (indicator_id, original) in originals {
        if let Some(plan) = parts.get_mut(&indicator_id).and_then(|part| part.plan.as_mut()) {
            plan.original = Some(original);
        }
    }
    let mut parts: Vec<_> = parts.into_values().collect();
    parts.sort_by(|one, other| {
        let (one, other) = (&one.indicator, &other.indicator);
        (&one.category, &one.code).cmp(&(&other.category, &other.code))
    });
    parts
}

fn part(parts: &mut BTreeMap<Uuid, Part>, indicator: IndicatorPart, parent: Option<String>) -> &mut Part {
    parts.entry(indicator.id).or_insert_with(|| Part {
        indicator,
        parent,
        plan: None,
        totals: Totals::default(),
        last_year: None,
    })
}

/// The actuals of those indicators that are a duty per period; most years have none.
pub(super) async fn load_duties(
    conn: &mut AsyncPgConnection,
    association_id: Uuid,
    year: i16,
    parts: &[Part],
) -> ApiResult<Vec<Ledger>> {
    let is_duty = |part: &&Part| part.plan.as_ref().is_some_and(|plan| plan.current.goal.per.0 != Per::Year);
    let duties: Vec<Uuid> = parts.iter().filter(is_duty).map(|part| part.indicator.id).collect();
    if duties.is_empty() {
        return Ok(Vec::new());
    }
    let ledger = Ledger::query()
        .filter(actuals::association_id.eq(association_id))
        .filter(actuals::year.eq(year))
        .filter(actuals::indicator_id.eq_any(duties))
        .load(conn)
        .await?;
    Ok(ledger)
}
