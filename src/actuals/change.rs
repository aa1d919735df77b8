//! Changes of an actual that is already stored: every one keeps what was there before.

use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use super::content::Content;
use super::row::ActualRow;
use super::store::{Found, Place, add};
use super::{Actual, State, SubmitActual};
use crate::associations;
use crate::audit::Action;
use crate::auth::Caller;
use crate::database::{Coded, transaction};
use crate::decimal::Written;
use crate::error::{ApiError, ApiResult, Code, Violation};
use crate::http::{Answer, IfMatch, Patch};
use crate::indicators::store::IndicatorRow;
use crate::locks::store::require_open;
use crate::schema::{actual_revisions, actuals};
use crate::scorecards::Totals;
use crate::scorecards::store::{lock, save_totals};
use crate::state::AppState;

/// A change of an actual that is already stored.
pub struct Change<'a> {
    /// What changes.
    pub what: What<'a>,
    /// Why.
    pub reason: &'a str,
    /// Only if nobody was faster.
    pub condition: &'a IfMatch,
}

/// What of an actual changes.
pub enum What<'a> {
    /// Its content; back to `reported` where it was verified.
    Amend(&'a Patch),
    /// It is withdrawn.
    Void,
}

impl What<'_> {
    fn action(&self) -> Action {
        match self {
            Self::Amend(_) => Action::Amended,
            Self::Void => Action::Voided,
        }
    }
}

/// Changes an actual, keeps what was there before, and combines the year's total anew from the ledger.
///
/// # Errors
/// `precondition_failed`, `actual_voided`, `period_closed`, `fixed_field`, and everything that can be wrong with the content.
pub async fn change(
    conn: &mut AsyncPgConnection,
    state: &AppState,
    caller: &Caller,
    association: &associations::store::Found,
    found: &Found,
    change: &Change<'_>,
) -> ApiResult<Answer<Actual>> {
    let place = Place { association, indicator: &found.indicator };
    let indicator = &found.indicator.row;
    transaction(conn, async |conn| {
        let mut line = lock(conn, association.id(), found.row.year, indicator, state.now()).await?;
        // Read again under the lock: somebody may have changed it since it was found.
        let before = reload(conn, &found.row).await?;
        change.condition.check(Some(&before.tag()))?;
        let Some(changed) = changed(&before, &change.what, indicator)? else { return place.answer(before) };
        let earlier_end = before.period_through.min(changed.period_through);
        require_open(conn, caller, before.year, earlier_end, Some(change.reason)).await?;
        let now = state.now();
        let row = ActualRow {
            version: before.version + 1,
            reason: Some(change.reason.to_owned()),
            updated_at: now,
            updated_by: caller.key_id,
            ..changed
        };
        keep(conn, &before).await?;
        diesel::update(actuals::table.find((row.association_id, row.id))).set(&row).execute(conn).await?;
        line.totals = combine(conn, &row, indicator).await?;
        save_totals(conn, &line).await?;
        place.record(conn, caller, now, change.what.action(), Some(&before), &row).await?;
        place.answer(row)
    })
    .await
}

/// The row as it becomes; none where nothing changes.
fn changed(before: &ActualRow, what: &What<'_>, indicator: &IndicatorRow) -> ApiResult<Option<ActualRow>> {
    match what {
        What::Void if before.state.0 == State::Voided => Ok(None),
        What::Void => Ok(Some(ActualRow { state: Coded(State::Voided), ..before.clone() })),
        What::Amend(patch) => amended(before, &patched(before, patch, indicator)?, indicator),
    }
}

/// The row as the client would submit it with the patch applied.
fn patched(before: &ActualRow, patch: &Patch, indicator: &IndicatorRow) -> ApiResult<SubmitActual> {
    let stored = before.to_submit(indicator)?;
    let body: SubmitActual = patch.apply(&stored)?;
    if body.unit.is_some() {
        // What is stored is in the indicator's unit: another unit without its value would give it another meaning.
        let alone: SubmitActual = patch.apply(&SubmitActual { value: None, ..stored.clone() })?;
        if alone.value.is_none() {
            return Err(Violation::at("/unit", Code::ValueRequired).into());
        }
    }
    match body.value {
        // A new text says anew how exact it is, unless the patch does.
        Some(Written::Text(_)) => patch.apply(&SubmitActual { qualifier: None, ..stored }),
        _ => Ok(body),
    }
}

async fn reload(conn: &mut AsyncPgConnection, row: &ActualRow) -> ApiResult<ActualRow> {
    let key = actuals::association_id.eq(row.association_id).and(actuals::id.eq(row.id));
    Ok(ActualRow::query().filter(key).first(conn).await?)
}

/// The row with the amended content; none where nothing changes.
fn amended(before: &ActualRow, body: &SubmitActual, indicator: &IndicatorRow) -> ApiResult<Option<ActualRow>> {
    if before.state.0 == State::Voided {
        return Err(ApiError::new(Code::ActualVoided).given(before.id));
    }
    let fixed = |pointer: &str, stored: &str| Err(Violation::at(pointer, Code::FixedField).allowed(stored).into());
    if *body.indicator != *indicator.code {
        return fixed("/indicator", &indicator.code);
    }
    if body.external_id != before.external_id {
        return fixed("/external_id", before.external_id.as_deref().unwrap_or("none"));
    }
    if body.period.year() != before.year {
        return fixed("/period", &format!("a period in {}", before.year));
    }
    if body.reason.is_some() {
        let violation = Violation::at("/reason", Code::UnknownField).given("reason");
        return Err(violation.allowed("the query parameter reason").into());
    }
    let content = Content::of(body, indicator)?;
    if before.content()? == content {
        return Ok(None);
    }
    let row = before.clone().with(content);
    let unverified = ActualRow { verified_value: None, verified_numerator: None, verified_denominator: None, ..row };
    Ok(Some(ActualRow { state: Coded(State::Reported), ..unverified }))
}

/// Keeps what a row says before it changes.
async fn keep(conn: &mut AsyncPgConnection, before: &ActualRow) -> ApiResult<()> {
    actuals::table
        .filter(actuals::association_id.eq(before.association_id).and(actuals::id.eq(before.id)))
        .select(actuals::all_columns)
        .insert_into(actual_revisions::table)
        .execute(conn)
        .await?;
    Ok(())
}

/// The year's totals of one indicator, from the ledger.
async fn combine(conn: &mut AsyncPgConnection, of: &ActualRow, indicator: &IndicatorRow) -> ApiResult<Totals> {
    let rows: Vec<ActualRow> = ActualRow::query()
        .filter(actuals::association_id.eq(of.association_id))
        .filter(actuals::year.eq(of.year))
        .filter(actuals::indicator_id.eq(of.indicator_id))
        .filter(actuals::state.eq_any([State::Reported, State::Verified].map(Coded)))
        .order((actuals::reported_at, actuals::id))
        .load(conn)
        .await?;
    let mut totals = Totals::default();
    rows.iter().try_for_each(|row| add(&mut totals, indicator, row))?;
    Ok(totals)
}
