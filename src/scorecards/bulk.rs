//! Many lines of many associations at once: the set-based side of `store`, under the same locks and by the same rule.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, Utc};
use diesel::dsl::exists;
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{Array, BigInt, Date, Int2, Int4, Nullable, Numeric, Text, Timestamptz, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use rust_decimal::Decimal;
use uuid::Uuid;

use super::store::{GoalRow, Line, LineKey, ProgressRow, TotalsRow};
use super::{Contribution, Totals};
use crate::auth::{Caller, subtree};
use crate::batch::{Counts, LISTED_LIMIT, Place, Refused};
use crate::database::is_foreign_key_violation;
use crate::error::{ApiError, ApiResult, Code, Violation};
use crate::indicators::store::IndicatorRow;
use crate::rule::Nature;
use crate::schema::{associations, indicators};
use crate::state::AppState;

/// What settling a batch needs to know beside its staged rows.
pub(crate) struct Batch<'a> {
    /// Time and rules.
    pub state: &'a AppState,
    /// Who sends it.
    pub caller: &'a Caller,
    /// Every indicator of the staged rows, as they were checked against.
    pub indicators: &'a HashMap<Uuid, IndicatorRow>,
    /// Whether one refused row stops everything.
    pub is_atomic: bool,
    /// Whether rows were refused before they were staged.
    pub has_refused: bool,
    /// Whether the rows that are stored shall be listed.
    pub lists_stored: bool,
    /// Whether somebody looks at it: then what it does is told, and only the first rows that are stored are listed.
    pub is_shown: bool,
    /// Whether that is all that comes of it: then nothing is written. A trial that nobody looks at is written to the end,
    /// and undone.
    pub is_preview: bool,
}

impl Batch<'_> {
    /// Whether what was refused so far stops the whole batch.
    pub(crate) const fn is_stopped(&self, settled: &Counts) -> bool {
        self.is_atomic && (self.has_refused || settled.rejected > 0)
    }

    /// The indicator of a staged row.
    ///
    /// # Errors
    /// `database_busy` when it is gone.
    pub(crate) fn indicator(&self, id: Uuid) -> ApiResult<&IndicatorRow> {
        self.indicators.get(&id).ok_or_else(indicator_changed)
    }

    /// Takes the locks of the years this statement names, and makes sure that the rows still are what they were checked
    /// against.
    ///
    /// # Errors
    /// `database_busy` when an indicator changed or an association left the caller's scope meanwhile.
    pub(crate) async fn take_locks(&self, conn: &mut AsyncPgConnection, years: &'static str) -> ApiResult<()> {
        let years: Vec<YearRow> = sql_query(years).load(conn).await?;
        let years: Vec<_> = years.into_iter().map(|row| (row.association_id, row.year)).collect();
        take_locks(conn, &years, self.state.now()).await?;
        self.require_scope(conn, years).await?;
        self.hold_indicators(conn).await
    }

    async fn require_scope(&self, conn: &mut AsyncPgConnection, years: Vec<(Uuid, i16)>) -> ApiResult<()> {
        let Some(scope) = &self.caller.scope else { return Ok(()) };
        let (from, to) = subtree(&scope.path);
        let is_outside = associations::path.lt(from).or(associations::path.ge(to));
        let ids: Vec<_> = years.into_iter().map(|(association_id, _)| association_id).collect();
        let left = exists(associations::table.filter(associations::id.eq_any(ids)).filter(is_outside));
        if diesel::select(left).get_result(conn).await? {
            return Err(ApiError::new(Code::DatabaseBusy).because("an association left the scope meanwhile"));
        }
        Ok(())
    }

    /// Holds the indicators, so that their fixed fields stay as the rows were checked against.
    async fn hold_indicators(&self, conn: &mut AsyncPgConnection) -> ApiResult<()> {
        let held: Vec<IndicatorRow> = indicators::table
            .filter(indicators::id.eq_any(self.indicators.keys()))
            .select(IndicatorRow::as_select())
            .order(indicators::id)
            .for_key_share()
            .load(conn)
            .await?;
        let is_same =
            |row: &IndicatorRow| self.indicators.get(&row.id).is_some_and(|known| known.fixed() == row.fixed());
        let all_same = held.len() == self.indicators.len() && held.iter().all(is_same);
        if all_same { Ok(()) } else { Err(indicator_changed()) }
    }
}

/// A staged row that is refused: where it stood, what it gave, and what was in its way.
#[derive(QueryableByName)]
pub(crate) struct RefusedRow {
    #[diesel(sql_type = BigInt)]
    idx: i64,
    #[diesel(sql_type = Nullable<BigInt>)]
    line: Option<i64>,
    #[diesel(sql_type = Text)]
    pub given: String,
    #[diesel(sql_type = Nullable<Text>)]
    pub other: Option<String>,
}

/// The first rows that a statement lists, each with what is wrong with it.
///
/// # Errors
/// Only the database's.
pub(crate) async fn refused(
    conn: &mut AsyncPgConnection,
    sql: &'static str,
    violation: impl Fn(RefusedRow) -> Violation,
) -> ApiResult<Vec<Refused>> {
    let rows: Vec<RefusedRow> = sql_query(sql).bind::<BigInt, _>(LISTED_LIMIT).load(conn).await?;
    let refused = rows
        .into_iter()
        .map(|row| Refused { place: Place { index: row.idx, line: row.line }, violations: vec![violation(row)] });
    Ok(refused.collect())
}

fn indicator_changed() -> ApiError {
    ApiError::new(Code::DatabaseBusy).because("an indicator changed meanwhile")
}

#[derive(QueryableByName)]
struct YearRow {
    #[diesel(sql_type = SqlUuid)]
    association_id: Uuid,
    #[diesel(sql_type = Int2)]
    year: i16,
}

/// Takes the locks of many associations' years, always in the same order.
///
/// # Errors
/// `database_busy` when one of the associations was deleted meanwhile.
pub(crate) async fn take_locks(
    conn: &mut AsyncPgConnection,
    years: &[(Uuid, i16)],
    now: DateTime<Utc>,
) -> ApiResult<()> {
    let mut years = years.to_vec();
    years.sort_unstable();
    years.dedup();
    let (associations, years): (Vec<_>, Vec<_>) = years.into_iter().unzip();
    sql_query(include_str!("take_locks.sql"))
        .bind::<Array<SqlUuid>, _>(associations)
        .bind::<Array<Int2>, _>(years)
        .bind::<Timestamptz, _>(now)
        .execute(conn)
        .await
        .map_err(|error| match is_foreign_key_violation(&error) {
            true => ApiError::new(Code::DatabaseBusy).because("an association was deleted meanwhile"),
            false => error.into(),
        })?;
    Ok(())
}

#[derive(QueryableByName)]
struct StoredGoal {
    #[diesel(sql_type = BigInt)]
    position: i64,
    #[diesel(embed)]
    goal: GoalRow,
}

#[derive(QueryableByName)]
struct StoredTotals {
    #[diesel(sql_type = BigInt)]
    position: i64,
    #[diesel(embed)]
    totals: TotalsRow,
}

/// Reads lines whose locks are held, in the order of their keys.
///
/// # Errors
/// Only the database's.
pub(crate) async fn read(conn: &mut AsyncPgConnection, lines: &[(LineKey, Nature)]) -> ApiResult<Vec<Line>> {
    let keys: Vec<_> = lines.iter().map(|(key, _)| *key).collect();
    let goals: Vec<StoredGoal> = named(include_str!("goals.sql"), &keys).load(conn).await?;
    let totals: Vec<StoredTotals> = named(include_str!("totals.sql"), &keys).load(conn).await?;
    let mut goals: BTreeMap<_, _> = goals.into_iter().map(|row| (row.position, row.goal)).collect();
    let mut totals: BTreeMap<_, _> = totals.into_iter().map(|row| (row.position, row.totals)).collect();
    let lines = (1..).zip(lines).map(|(position, (key, nature))| {
        let goal = goals.remove(&position).map(|row| row.to_goal(key.year));
        Line::new(*key, *nature, goal, totals.remove(&position).map(Totals::from).unwrap_or_default())
    });
    Ok(lines.collect())
}

pub(crate) type Named = diesel::query_builder::BoxedSqlQuery<'static, diesel::pg::Pg, diesel::query_builder::SqlQuery>;

/// A statement whose first three parameters are the parts of the keys.
pub(crate) fn named(sql: &'static str, keys: &[LineKey]) -> Named {
    sql_query(sql)
        .into_boxed()
        .bind::<Array<SqlUuid>, _>(keys.iter().map(|key| key.association_id).collect::<Vec<_>>())
        .bind::<Array<Int2>, _>(keys.iter().map(|key| key.year).collect::<Vec<_>>())
        .bind::<Array<SqlUuid>, _>(keys.iter().map(|key| key.indicator_id).collect::<Vec<_>>())
}

/// Keeps lines as they now are, and their scorecards with what changed.
///
/// # Errors
/// Only the database's.
pub(crate) async fn save(conn: &mut AsyncPgConnection, lines: &[Line]) -> ApiResult<()> {
    save_totals(conn, lines).await?;
    save_gains(conn, lines.iter().map(|line| (line.key(), line.gain()))).await
}

pub(super) async fn save_totals(conn: &mut AsyncPgConnection, lines: &[Line]) -> ApiResult<()> {
    let rows: Vec<_> = lines.iter().map(|line| TotalsRow::from(&line.totals)).collect();
    let progress: Vec<_> = lines.iter().map(Line::progress).collect();
    let keys: Vec<_> = lines.iter().map(|line| line.key()).collect();
    named(include_str!("save_totals.sql"), &keys)
        .bind::<Array<Int4>, _>(all(&rows, |row| row.reported_count))
        .bind::<Array<Numeric>, _>(all(&rows, |row| row.reported_value))
        .bind::<Array<Numeric>, _>(all(&rows, |row| row.reported_denominator))
        .bind::<Array<Int4>, _>(all(&rows, |row| row.reported_inexact_count))
        .bind::<Array<Nullable<Date>>, _>(all(&rows, |row| row.reported_from))
        .bind::<Array<Nullable<Date>>, _>(all(&rows, |row| row.reported_through))
        .bind::<Array<Nullable<Timestamptz>>, _>(all(&rows, |row| row.reported_last_at))
        .bind::<Array<Int4>, _>(all(&rows, |row| row.verified_count))
        .bind::<Array<Numeric>, _>(all(&rows, |row| row.verified_value))
        .bind::<Array<Numeric>, _>(all(&rows, |row| row.verified_denominator))
        .bind::<Array<Int4>, _>(all(&rows, |row| row.verified_inexact_count))
        .bind::<Array<Nullable<Date>>, _>(all(&rows, |row| row.verified_from))
        .bind::<Array<Nullable<Date>>, _>(all(&rows, |row| row.verified_through))
        .bind::<Array<Nullable<Timestamptz>>, _>(all(&rows, |row| row.verified_last_at))
        .bind::<Array<Nullable<Date>>, _>(all(&progress, |row| row.due_on))
        // An array of arrays has one length for all: the curves go as text.
        .bind::<Array<Nullable<Text>>, _>(all(&progress, plan_text))
        .bind::<Array<Nullable<Numeric>>, _>(all(&progress, |row| row.reported_progress))
        .bind::<Array<Nullable<Numeric>>, _>(all(&progress, |row| row.verified_progress))
        .execute(conn)
        .await?;
    Ok(())
}

/// A plan curve as PostgreSQL writes arrays.
fn plan_text(row: &ProgressRow) -> Option<String> {
    let shares: Vec<_> = row.plan.as_ref()?.iter().flatten().map(ToString::to_string).collect();
    Some(format!("{{{}}}", shares.join(",")))
}

fn all<R, T>(rows: &[R], column: impl Fn(&R) -> T) -> Vec<T> {
    rows.iter().map(column).collect()
}

async fn save_gains(
    conn: &mut AsyncPgConnection,
    gains: impl Iterator<Item = (LineKey, Contribution)>,
) -> ApiResult<()> {
    let mut years: BTreeMap<(Uuid, i16), Contribution> = BTreeMap::new();
    for (key, gain) in gains {
        let sum = years.entry((key.association_id, key.year)).or_default();
        *sum = *sum + gain;
    }
    let changed: Vec<_> = years.iter().filter(|(_, gain)| **gain != Contribution::default()).collect();
    if changed.is_empty() {
        return Ok(());
    }
    let amounts = |part: fn(&Contribution) -> Decimal| changed.iter().map(|(_, gain)| part(gain)).collect::<Vec<_>>();
    let counts = |part: fn(&Contribution) -> i32| changed.iter().map(|(_, gain)| part(gain)).collect::<Vec<_>>();
    sql_query(include_str!("save_gains.sql"))
        .bind::<Array<SqlUuid>, _>(changed.iter().map(|((association_id, _), _)| *association_id).collect::<Vec<_>>())
        .bind::<Array<Int2>, _>(changed.iter().map(|((_, year), _)| *year).collect::<Vec<_>>())
        .bind::<Array<Int4>, _>(counts(|gain| gain.target_count))
        .bind::<Array<Numeric>, _>(amounts(|gain| gain.weight))
        .bind::<Array<Numeric>, _>(amounts(|gain| gain.reported.score))
        .bind::<Array<Numeric>, _>(amounts(|gain| gain.verified.score))
        .bind::<Array<Int4>, _>(counts(|gain| gain.reported.met_count))
        .bind::<Array<Int4>, _>(counts(|gain| gain.verified.met_count))
        .execute(conn)
        .await?;
    Ok(())
}
