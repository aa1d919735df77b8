//! Totals and scorecards in the database.
//!
//! The scorecard's row is the lock of an association's year: it is taken first by every writer of targets or actuals,
//! so what is read after it stays true until the transaction ends, and locks are always taken in one order.

use chrono::{DateTime, NaiveDate, Utc};
use diesel::prelude::*;
use diesel::upsert::excluded;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use futures_util::future::{join, join3};
use rust_decimal::Decimal;
use uuid::Uuid;

use super::{Contribution, Total, Totals};
use crate::database::{Coded, Prepared, is_foreign_key_violation};
use crate::error::{ApiError, ApiResult, Code};
use crate::indicators::store::IndicatorRow;
use crate::period::Per;
use crate::quantity::Bound;
use crate::rule::{BasisOfRate, Goal, Nature};
use crate::schema::{actual_totals, indicators, scorecards, targets};

/// Names one indicator's year of one association: the key of targets and totals.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct LineKey {
    pub association_id: Uuid,
    pub year: i16,
    pub indicator_id: Uuid,
}

/// The columns of a target that the rule needs.
#[derive(Clone, Debug, PartialEq, HasQuery, Insertable, QueryableByName)]
#[diesel(table_name = targets, treat_none_as_default_value = false)]
pub(crate) struct GoalRow {
    pub bound: Coded<Bound>,
    pub value: Decimal,
    pub upper: Option<Decimal>,
    pub per: Coded<Per>,
    pub basis_of_rate: Coded<BasisOfRate>,
    pub baseline_value: Option<Decimal>,
    pub weight: Decimal,
    pub due_on: NaiveDate,
    pub plan: Option<Vec<Option<Decimal>>>,
}

impl GoalRow {
    /// The target for the whole year: a duty per month counts its value twelve times.
    pub(crate) fn to_goal(&self, year: i16) -> Goal {
        let periods = Decimal::from(self.per.0.count(year));
        Goal {
            bound: self.bound.0,
            value: self.value * periods,
            upper: self.upper.map(|upper| upper * periods),
            basis_of_rate: self.basis_of_rate.0,
            baseline: self.baseline_value,
            weight: self.weight,
            due_on: self.due_on,
            plan: self.plan.as_ref().map(|plan| plan.iter().flatten().copied().collect()),
        }
    }
}

/// The columns of `actual_totals` that follow from the actuals alone.
#[derive(Clone, Debug, Default, PartialEq, HasQuery, Insertable, AsChangeset, QueryableByName)]
#[diesel(table_name = actual_totals, treat_none_as_null = true, treat_none_as_default_value = false)]
pub(crate) struct TotalsRow {
    pub(super) reported_count: i32,
    pub(super) reported_value: Decimal,
    pub(super) reported_denominator: Decimal,
    pub(super) reported_inexact_count: i32,
    pub(super) reported_from: Option<NaiveDate>,
    pub(super) reported_through: Option<NaiveDate>,
    pub(super) reported_last_at: Option<DateTime<Utc>>,
    pub(super) verified_count: i32,
    pub(super) verified_value: Decimal,
    pub(super) verified_denominator: Decimal,
    pub(super) verified_inexact_count: i32,
    pub(super) verified_from: Option<NaiveDate>,
    pub(super) verified_through: Option<NaiveDate>,
    pub(super) verified_last_at: Option<DateTime<Utc>>,
}

impl From<TotalsRow> for Totals {
    fn from(row: TotalsRow) -> Self {
        Self {
            reported: Total {
                count: row.reported_count,
                value: row.reported_value,
                denominator: row.reported_denominator,
                inexact_count: row.reported_inexact_count,
                from: row.reported_from,
                through: row.reported_through,
                last_at: row.reported_last_at,
            },
            verified: Total {
                count: row.verified_count,
                value: row.verified_value,
                denominator: row.verified_denominator,
                inexact_count: row.verified_inexact_count,
                from: row.verified_from,
                through: row.verified_through,
                last_at: row.verified_last_at,
            },
        }
    }
}

impl From<&Totals> for TotalsRow {
    fn from(Totals { reported, verified }: &Totals) -> Self {
        Self {
            reported_count: reported.count,
            reported_value: reported.value,
            reported_denominator: reported.denominator,
            reported_inexact_count: reported.inexact_count,
            reported_from: reported.from,
            reported_through: reported.through,
            reported_last_at: reported.last_at,
            verified_count: verified.count,
            verified_value: verified.value,
            verified_denominator: verified.denominator,
            verified_inexact_count: verified.inexact_count,
            verified_from: verified.from,
            verified_through: verified.through,
            verified_last_at: verified.last_at,
        }
    }
}

/// The columns of `actual_totals` that say how the totals stand against the target.
#[derive(Clone, Debug, Default, PartialEq, HasQuery, Insertable, AsChangeset)]
#[diesel(table_name = actual_totals, treat_none_as_null = true, treat_none_as_default_value = false)]
pub(crate) struct ProgressRow {
    pub(super) due_on: Option<NaiveDate>,
    pub(super) plan: Option<Vec<Option<Decimal>>>,
    pub(super) reported_progress: Option<Decimal>,
    pub(super) verified_progress: Option<Decimal>,
}

/// One indicator's year of one association: what it planned and what was reported so far.
#[derive(Debug)]
pub(crate) struct Line {
    key: LineKey,
    nature: Nature,
    pub goal: Option<Goal>,
    pub totals: Totals,
    before: Contribution,
}

impl Line {
    pub(crate) fn new(key: LineKey, nature: Nature, goal: Option<Goal>, totals: Totals) -> Self {
        let before = Contribution::of(nature, goal.as_ref(), &totals);
        Self { key, nature, goal, totals, before }
    }

    /// Names it.
    pub(crate) const fn key(&self) -> LineKey {
        self.key
    }

    /// What it adds to the scorecard as it was read.
    pub(super) const fn contribution(&self) -> Contribution {
        self.before
    }

    /// What the scorecard gains by what changed since the line was read.
    pub(super) fn gain(&self) -> Contribution {
        Contribution::of(self.nature, self.goal.as_ref(), &self.totals) - self.before
    }

    /// How its totals stand against its target.
    pub(super) fn progress(&self) -> ProgressRow {
        let Some(goal) = &self.goal else { return ProgressRow::default() };
        let [reported, verified] = self.totals.standings(self.nature, goal);
        ProgressRow {
            due_on: Some(goal.due_on),
            plan: goal.plan.as_ref().map(|plan| plan.iter().copied().map(Some).collect()),
            reported_progress: reported.progress,
            verified_progress: verified.progress,
        }
    }
}

/// Takes the lock of the association's year and reads one line of it.
///
/// The indicator's row is held too, so that its fixed fields cannot change before the transaction ends.
///
/// # Errors
/// `database_busy` when they changed since `indicator` was read.
pub(crate) async fn lock(
    conn: &mut AsyncPgConnection,
    association_id: Uuid,
    year: i16,
    indicator: &IndicatorRow,
    now: DateTime<Utc>,
) -> ApiResult<Line> {
    let key = LineKey { association_id, year, indicator_id: indicator.id };
    let nature = Nature::from(indicator);
    take_lock(conn, key, now).await?;
    let held =
        indicators::table.find(key.indicator_id).select(IndicatorRow::as_select()).for_key_share().first(&mut &*conn);
    let goal = targets::table
        .filter(targets::association_id.eq(key.association_id))
        .filter(targets::year.eq(key.year))
        .filter(targets::indicator_id.eq(key.indicator_id))
        .filter(targets::is_current)
        .select(GoalRow::as_select())
        .first(&mut &*conn);
    let totals = actual_totals::table
        .find((key.association_id, key.year, key.indicator_id))
        .select(TotalsRow::as_select())
        .first(&mut &*conn);
    let (held, goal, totals) = join3(held, goal, totals).await;
    let held = held.optional()?.ok_or_else(|| ApiError::new(Code::IndicatorNotFound).given(&indicator.code))?;
    if held.fixed() != indicator.fixed() {
        return Err(ApiError::new(Code::DatabaseBusy).because("the indicator changed meanwhile"));
    }
    let goal = goal.optional()?.map(|row| row.to_goal(key.year));
    let totals = totals.optional()?.map(Totals::from).unwrap_or_default();
    Ok(Line::new(key, nature, goal, totals))
}

async fn take_lock(conn: &mut AsyncPgConnection, key: LineKey, now: DateTime<Utc>) -> ApiResult<()> {
    let statement = diesel::insert_into(scorecards::table)
        .values((
            scorecards::association_id.eq(key.association_id),
            scorecards::year.eq(key.year),
            scorecards::target_count.eq(0),
            scorecards::weight.eq(Decimal::ZERO),
            scorecards::reported_score.eq(Decimal::ZERO),
            scorecards::verified_score.eq(Decimal::ZERO),
            scorecards::updated_at.eq(now),
            scorecards::version.eq(1),
            scorecards::reported_met_count.eq(0),
            scorecards::verified_met_count.eq(0),
        ))
        .on_conflict((scorecards::association_id, scorecards::year))
        .do_update()
        .set((
            scorecards::updated_at.eq(excluded(scorecards::updated_at)),
            scorecards::version.eq(scorecards::version + 1),
        ));
    Prepared(statement).execute(conn).await.map_err(|error| match is_foreign_key_violation(&error) {
        true => ApiError::new(Code::AssociationNotFound).because("it was deleted meanwhile"),
        false => error.into(),
    })?;
    Ok(())
}

/// Keeps the line as it now is, and the scorecard with what changed.
pub(crate) async fn save(conn: &AsyncPgConnection, line: &Line) -> ApiResult<()> {
    let (totals, progress) = (TotalsRow::from(&line.totals), line.progress());
    let key = line.key;
    let totals = diesel::insert_into(actual_totals::table)
        .values((
            actual_totals::association_id.eq(key.association_id),
            actual_totals::year.eq(key.year),
            actual_totals::indicator_id.eq(key.indicator_id),
            &totals,
            &progress,
        ))
        .on_conflict((actual_totals::association_id, actual_totals::year, actual_totals::indicator_id))
        .do_update()
        .set((&totals, &progress));
    let totals = Prepared(totals).execute(&mut &*conn);
    let (totals, scorecard) = join(totals, save_gain(conn, key, line.gain())).await;
    totals?;
    scorecard
}

async fn save_gain(conn: &AsyncPgConnection, key: LineKey, gain: Contribution) -> ApiResult<()> {
    if gain == Contribution::default() {
        return Ok(());
    }
    let statement = diesel::update(scorecards::table.find((key.association_id, key.year))).set((
        scorecards::target_count.eq(scorecards::target_count + gain.target_count),
        scorecards::weight.eq(scorecards::weight + gain.weight),
        scorecards::reported_score.eq(scorecards::reported_score + gain.reported.score),
        scorecards::verified_score.eq(scorecards::verified_score + gain.verified.score),
        scorecards::reported_met_count.eq(scorecards::reported_met_count + gain.reported.met_count),
        scorecards::verified_met_count.eq(scorecards::verified_met_count + gain.verified.met_count),
    ));
    Prepared(statement).execute(&mut &*conn).await?;
    Ok(())
}
