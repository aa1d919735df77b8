//! What becomes of staged targets: refused, found in force already, or written as a revision.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{BigInt, Bool, Date, Int2, Nullable, Text, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection};
use uuid::Uuid;

use crate::audit::{self, Entry};
use crate::batch::{Counts, ItemStatus, LISTED, Place, Refused, Settled, Stored};
use crate::error::{ApiResult, Code, Violation};
use crate::http;
use crate::indicators::store::IndicatorRow;
use crate::locks;
use crate::rule::Nature;
use crate::schema::targets;
use crate::scorecards::bulk::{self, Batch, RefusedRow};
use crate::scorecards::store::{Line, LineKey};
use crate::targets::PutTarget;
use crate::targets::row::{Revision, TargetRow, last_day};
use crate::targets::terms::Terms;

/// Rows settled at a time.
const FETCH: &str = "FETCH FORWARD 500 FROM plans";

/// A staged row, and what its year and association allow.
#[derive(QueryableByName)]
struct Plan {
    #[diesel(sql_type = BigInt)]
    idx: i64,
    #[diesel(sql_type = Nullable<BigInt>)]
    line: Option<i64>,
    #[diesel(sql_type = SqlUuid)]
    association_id: Uuid,
    #[diesel(sql_type = Text)]
    association_code: String,
    #[diesel(sql_type = Int2)]
    year: i16,
    #[diesel(sql_type = SqlUuid)]
    indicator_id: Uuid,
    #[diesel(sql_type = Text)]
    body: String,
    #[diesel(sql_type = Bool)]
    is_dissolved: bool,
    #[diesel(sql_type = Nullable<Date>)]
    closed_through: Option<NaiveDate>,
}

impl Plan {
    fn key(&self) -> LineKey {
        LineKey { association_id: self.association_id, year: self.year, indicator_id: self.indicator_id }
    }

    fn place(&self) -> Place {
        Place { index: self.idx, line: self.line }
    }
}

/// A revision that is to be written, and what it comes after.
struct Written<'a> {
    plan: &'a Plan,
    indicator: &'a IndicatorRow,
    line: Line,
    before: Option<TargetRow>,
    row: TargetRow,
}

impl Written<'_> {
    fn entry(&self) -> ApiResult<Entry<'_>> {
        self.row.entry(self.before.as_ref(), &self.plan.association_code, self.indicator)
    }
}

/// Decides what becomes of every staged row and writes those that are new, under the locks of their years.
///
/// # Errors
/// `database_busy` when something changed between staging and settling.
pub(crate) async fn settle(conn: &mut AsyncPgConnection, batch: &Batch<'_>) -> ApiResult<Settled> {
    conn.batch_execute("ANALYZE staged_targets").await?;
    sql_query(include_str!("mark_repeated.sql")).execute(conn).await?;
    batch.take_locks(conn, "SELECT DISTINCT association_id, year FROM staged_targets WHERE status = 'created'").await?;
    let mut settled = Settled::default();
    repeated(conn, &mut settled).await?;
    sql_query(include_str!("plans.sql")).execute(conn).await?;
    let now = batch.state.now();
    loop {
        let plans: Vec<Plan> = sql_query(FETCH).load(conn).await?;
        if plans.is_empty() {
            sql_query("CLOSE plans").execute(conn).await?;
            return Ok(settled);
        }
        let written = decide(conn, batch, now, &plans, &mut settled).await?;
        if !batch.is_stopped(&settled.counts) {
            write(conn, batch, now, written).await?;
        }
    }
}

/// Refuses every row whose key stands in the batch more than once.
async fn repeated(conn: &mut AsyncPgConnection, settled: &mut Settled) -> ApiResult<()> {
    #[derive(QueryableByName)]
    struct Count {
        #[diesel(sql_type = BigInt)]
        count: i64,
    }
    let sql = "SELECT count(*) AS count FROM staged_targets WHERE status = 'repeated'";
    let all: Count = sql_query(sql).get_result(conn).await?;
    settled.counts = Counts { received: all.count, rejected: all.count, ..Counts::default() };
    let violation = |row: RefusedRow| {
        let other = row.other.unwrap_or_default();
        Violation::at("/indicator", Code::RepeatedInBatch).given(row.given).allowed(other)
    };
    settled.refused.extend(bulk::refused(conn, include_str!("list_repeated.sql"), violation).await?);
    Ok(())
}

/// What becomes of some rows; those that are to be written come back.
async fn decide<'a>(
    conn: &mut AsyncPgConnection,
    batch: &'a Batch<'_>,
    now: DateTime<Utc>,
    plans: &'a [Plan],
    settled: &mut Settled,
) -> ApiResult<Vec<Written<'a>>> {
    let mut last = last(conn, plans).await?;
    let indicators: Vec<_> =
        plans.iter().map(|plan| batch.indicator(plan.indicator_id)).collect::<ApiResult<Vec<_>>>()?;
    let named: Vec<_> = plans.iter().zip(&indicators).map(|(plan, row)| (plan.key(), Nature::from(*row))).collect();
    let lines = bulk::read(conn, &named).await?;
    let mut written = Vec::new();
    for (((plan, indicator), line), position) in plans.iter().zip(indicators).zip(lines).zip(1..) {
        let last = last.remove(&position);
        let status = match revise(batch, now, plan, indicator, last.as_ref()) {
            Ok(Some(row)) => {
                let before = last.filter(|last| last.is_current);
                written.push(Written { plan, indicator, line, before, row });
                ItemStatus::Created
            }
            Ok(None) => ItemStatus::Unchanged,
            Err(error) => {
                if settled.refused.len() < LISTED {
                    settled.refused.push(Refused { place: plan.place(), violations: error.into_violations() });
                }
                ItemStatus::Rejected
            }
        };
        settled.counts.add(status);
        if batch.lists_stored && status != ItemStatus::Rejected {
            settled.stored.push(Stored {
                place: plan.place(),
                is_new: status == ItemStatus::Created,
                id: None,
                withdrawn: None,
            });
        }
    }
    Ok(written)
}

/// The last revisions of these rows' targets, by position from 1.
async fn last(conn: &mut AsyncPgConnection, plans: &[Plan]) -> ApiResult<BTreeMap<i64, TargetRow>> {
    #[derive(QueryableByName)]
    struct Last {
        #[diesel(sql_type = BigInt)]
        position: i64,
        #[diesel(embed)]
        row: TargetRow,
    }
    let keys: Vec<_> = plans.iter().map(Plan::key).collect();
    let rows: Vec<Last> = bulk::named(include_str!("last.sql"), &keys).load(conn).await?;
    Ok(rows.into_iter().map(|row| (row.position, row.row)).collect())
}

/// The revision a row makes; none where the target is so already.
fn revise(
    batch: &Batch<'_>,
    now: DateTime<Utc>,
    plan: &Plan,
    indicator: &IndicatorRow,
    last: Option<&TargetRow>,
) -> ApiResult<Option<TargetRow>> {
    let body: PutTarget = http::parse(plan.body.as_bytes())?;
    let terms = Terms::of(&body, indicator, plan.year)?;
    if last.is_some_and(|last| last.is_current && last.terms() == terms) {
        return Ok(None);
    }
    if plan.is_dissolved {
        return Err(Violation::at("/association", Code::AssociationDissolved).given(&plan.association_code).into());
    }
    if last.is_some() && body.reason.is_none() {
        return Err(Violation::at("/reason", Code::ReasonRequired).into());
    }
    let closes =
        |closed: &NaiveDate| locks::store::closes(batch.caller, *closed, last_day(plan.year), body.reason.as_deref());
    if let Some(closed) = plan.closed_through.filter(closes) {
        let violation = Violation::at("/year", Code::PeriodClosed).given(plan.year);
        return Err(violation.allowed(locks::store::excuse(closed)).into());
    }
    let revision = Revision { terms, reason: body.reason, by: batch.caller.key_id, at: now };
    Ok(Some(TargetRow::revised(plan.key(), last, revision)))
}

/// Writes revisions, what follows from them for the scorecards, and their audit entries.
async fn write(
    conn: &mut AsyncPgConnection,
    batch: &Batch<'_>,
    now: DateTime<Utc>,
    written: Vec<Written<'_>>,
) -> ApiResult<()> {
    let keys: Vec<_> = written.iter().map(|written| written.plan.key()).collect();
    bulk::named(include_str!("retire.sql"), &keys).execute(conn).await?;
    let rows: Vec<_> = written.iter().map(|written| &written.row).collect();
    diesel::insert_into(targets::table).values(rows).execute(conn).await?;
    let entries = written.iter().map(Written::entry).collect::<ApiResult<Vec<_>>>()?;
    audit::store::record_all(conn, batch.caller, now, entries).await?;
    let lines = written.into_iter().map(|Written { mut line, row, .. }| {
        line.goal = Some(row.goal.to_goal(row.year));
        line
    });
    bulk::save(conn, &lines.collect::<Vec<_>>()).await
}
