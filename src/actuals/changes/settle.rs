//! What becomes of staged changes: refused, found done already, or done.

use std::collections::{BTreeMap, HashMap};

use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{Array, BigInt, Nullable, Text, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::{ChangeAction, Staged};
use crate::actuals::change::{Applied, Change, What, apply, combine};
use crate::actuals::first::Touched;
use crate::actuals::row::ActualRow;
use crate::actuals::store::Place;
use crate::auth::Caller;
use crate::batch::{ItemStatus, Refused, Settled, Stored};
use crate::database::transaction;
use crate::error::{ApiError, ApiResult, Code, Violation};
use crate::http::{EntityTag, IfMatch, Patch};
use crate::indicators as indicator;
use crate::schema::indicators;
use crate::scorecards::store::{LineKey, lock, save};
use crate::state::AppState;

/// A row and the actual it means.
struct Named {
    staged: Staged,
    row: ActualRow,
}

impl Named {
    fn line(&self) -> LineKey {
        let ActualRow { association_id, year, indicator_id, .. } = self.row;
        LineKey { association_id, year, indicator_id }
    }
}

/// Does every change that can be done, line by line and each in a savepoint; what stays is the caller's decision.
///
/// # Errors
/// `database_busy` when others held the same years all the time, and the database's own.
pub(crate) async fn settle(
    conn: &mut AsyncPgConnection,
    state: &AppState,
    caller: &Caller,
    rows: Vec<Staged>,
) -> ApiResult<Settled> {
    let mut settled = Settled::default();
    let mut named = distinct(find(conn, rows, &mut settled).await?, &mut settled);
    // As batches of actuals take the locks of the years; the rows of one line stay in their order.
    named.sort_by_key(|named| (named.line(), named.staged.place));
    let indicators = indicators_of(conn, &named).await?;
    for line in named.chunk_by(|one, other| one.line() == other.line()) {
        let Some(first) = line.first() else { continue };
        let indicator = indicators.get(&first.row.indicator_id).ok_or_else(|| ApiError::internal("no indicator"))?;
        let place = Place { association: &first.staged.association, indicator };
        match do_line(conn, state, caller, &place, line).await {
            Ok(outcomes) => line.iter().zip(outcomes).for_each(|(named, outcome)| note(&mut settled, named, outcome)),
            Err(error) if is_ours(&error) => return Err(error),
            Err(error) => refuse_line(&mut settled, line, error),
        }
    }
    Ok(settled)
}

/// The sum is out of range: no single one of the changes is the one that is wrong.
fn refuse_line(settled: &mut Settled, line: &[Named], error: ApiError) {
    let violations = error.into_violations();
    for Named { staged, .. } in line {
        let violations = violations.iter().cloned().map(|violation| placed(violation, staged.change.action));
        refuse(settled, staged, violations.collect());
    }
}

/// Not the row's fault: the whole batch ends.
fn is_ours(error: &ApiError) -> bool {
    error.code().entry().status.is_server_error()
}

/// Does the changes of one line and combines its totals once; answers what became of each change.
async fn do_line(
    conn: &mut AsyncPgConnection,
    state: &AppState,
    caller: &Caller,
    place: &Place<'_>,
    named: &[Named],
) -> ApiResult<Vec<ApiResult<Applied>>> {
    let Some(Named { row, .. }) = named.first() else { return Ok(Vec::new()) };
    let indicator = &place.indicator.row;
    transaction(conn, async |conn| {
        let mut line = lock(conn, row.association_id, row.year, indicator, state.now()).await?;
        let mut outcomes = Vec::with_capacity(named.len());
        for named in named {
            match transaction(conn, async |conn| do_one(conn, state, caller, place, named).await).await {
                Err(error) if is_ours(&error) => return Err(error),
                outcome => outcomes.push(outcome),
            }
        }
        if outcomes.iter().flatten().any(|applied| applied.before.is_some()) {
            line.totals = combine(conn, row, indicator).await?;
            save(conn, &line).await?;
            Touched::of(outcomes.iter().flatten())?.settle(conn, row.association_id, row.year).await?;
        }
        Ok(outcomes)
    })
    .await
}

fn note(settled: &mut Settled, named: &Named, outcome: ApiResult<Applied>) {
    let Named { staged, .. } = named;
    match outcome {
        Ok(Applied { row, before }) => {
            let is_changed = before.is_some();
            settled.counts.add(if is_changed { ItemStatus::Created } else { ItemStatus::Unchanged });
            settled.stored.push(Stored { place: staged.place, is_new: is_changed, id: Some(row.id), withdrawn: None });
        }
        Err(error) => {
            let violations = error.into_violations().into_iter();
            let violations = violations.map(|violation| placed(violation, staged.change.action));
            refuse(settled, staged, violations.collect());
        }
    }
}

fn refuse(settled: &mut Settled, staged: &Staged, violations: Vec<Violation>) {
    settled.counts.add(ItemStatus::Rejected);
    settled.refused.push(Refused { place: staged.place, violations });
}

/// The actuals that the rows mean; rows that mean none are refused.
async fn find(conn: &mut AsyncPgConnection, rows: Vec<Staged>, settled: &mut Settled) -> ApiResult<Vec<Named>> {
    #[derive(QueryableByName)]
    struct Found {
        #[diesel(sql_type = BigInt)]
        position: i64,
        #[diesel(embed)]
        row: ActualRow,
    }
    let found: Vec<Found> = sql_query(include_str!("named.sql"))
        .bind::<Array<SqlUuid>, _>(rows.iter().map(|staged| staged.association.id()).collect::<Vec<_>>())
        .bind::<Array<Nullable<SqlUuid>>, _>(rows.iter().map(|staged| staged.change.id).collect::<Vec<_>>())
        .bind::<Array<Nullable<Text>>, _>(
            rows.iter().map(|staged| staged.change.external_id.as_deref()).collect::<Vec<_>>(),
        )
        .load(conn)
        .await?;
    let mut found: BTreeMap<_, _> = found.into_iter().map(|found| (found.position, found.row)).collect();
    let mut named = Vec::with_capacity(found.len());
    for (position, staged) in (1..).zip(rows) {
        match found.remove(&position) {
            Some(row) => named.push(Named { staged, row }),
            None => {
                let violation = Violation::at(staged.change.pointer(), Code::ActualNotFound);
                refuse(settled, &staged, vec![violation.given(staged.change.name())]);
            }
        }
    }
    Ok(named)
}

/// The rows whose actual no other row means; the others are refused, whether they call it by its id or its key.
fn distinct(named: Vec<Named>, settled: &mut Settled) -> Vec<Named> {
    let mut rows: HashMap<Uuid, Vec<i64>> = HashMap::new();
    for Named { staged, row } in &named {
        rows.entry(row.id).or_default().push(staged.place.index);
    }
    let other = |named: &Named| {
        let own = named.staged.place.index;
        rows.get(&named.row.id).and_then(|rows| rows.iter().copied().find(|index| *index != own))
    };
    let (repeated, single): (Vec<_>, Vec<_>) = named.into_iter().partition(|named| other(named).is_some());
    for named in repeated {
        let Named { staged, .. } = &named;
        let violation = Violation::at(staged.change.pointer(), Code::RepeatedInBatch).given(staged.change.name());
        refuse(settled, staged, vec![violation.allowed(other(&named).unwrap_or_default())]);
    }
    single
}

async fn indicators_of(
    conn: &mut AsyncPgConnection,
    named: &[Named],
) -> ApiResult<HashMap<Uuid, indicator::store::Found>> {
    let ids = named.iter().map(|named| named.row.indicator_id);
    let codes: Vec<String> = indicators::table
        .filter(indicators::id.eq_any(ids.collect::<Vec<_>>()))
        .select(indicators::code)
        .load(conn)
        .await?;
    let mut found = HashMap::with_capacity(codes.len());
    for code in codes {
        let indicator = indicator::store::find(conn, &code).await?;
        found.insert(indicator.row.id, indicator);
    }
    Ok(found)
}

async fn do_one(
    conn: &mut AsyncPgConnection,
    state: &AppState,
    caller: &Caller,
    place: &Place<'_>,
    Named { staged, row }: &Named,
) -> ApiResult<Applied> {
    let change = &staged.change;
    let verification = change.verification();
    let patch = change.patch.as_deref().map(Patch::of);
    let what = match (change.action, &patch) {
        (ChangeAction::Verify, _) => What::Verify(&verification),
        (ChangeAction::Amend, Some(patch)) => What::Amend(patch),
        (ChangeAction::Void, _) => What::Void,
        (ChangeAction::Reject, _) => What::Reject,
        (ChangeAction::Amend, None) => return Err(Violation::at("/patch", Code::MissingField).given("patch").into()),
    };
    let condition = change.version.map(|version| IfMatch::only(&EntityTag::of(row.id, version))).unwrap_or_default();
    let change = Change { what, reason: change.reason.as_deref(), condition: &condition };
    apply(conn, state, caller, place, row, &change).await
}

/// What is wrong with a change, with its place in the row.
fn placed(violation: Violation, action: ChangeAction) -> Violation {
    let pointer = match (violation.code, action) {
        (Code::PreconditionFailed, _) => "/version".to_owned(),
        (_, ChangeAction::Amend) if !violation.pointer.is_empty() => format!("/patch{}", violation.pointer),
        _ => violation.pointer,
    };
    Violation { pointer, ..violation }
}
