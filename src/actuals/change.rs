//! Changes of an actual that is already stored: every one keeps what was there before.

use chrono::NaiveDate;
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use futures_util::StreamExt;

use super::content::{Content, Measure};
use super::first::Touched;
use super::row::ActualRow;
use super::store::{Found, Place, add};
use super::{Actual, Qualifier, State, SubmitActual, VerifyActual};
use crate::associations;
use crate::audit::Action;
use crate::auth::Caller;
use crate::database::{Coded, transaction};
use crate::decimal::Written;
use crate::error::{ApiError, ApiResult, Code, Phrase, Text, Violation};
use crate::http::{Answer, IfMatch, Patch};
use crate::indicators::store::IndicatorRow;
use crate::locks::store::require_open;
use crate::schema::{actual_revisions, actuals};
use crate::scorecards::Totals;
use crate::scorecards::store::{lock, save};
use crate::state::AppState;

/// A change of an actual that is already stored.
pub struct Change<'a> {
    /// What changes.
    pub what: What<'a>,
    /// Why, where it has to be said.
    pub reason: Option<&'a str>,
    /// Only if nobody was faster.
    pub condition: &'a IfMatch,
}

/// What of an actual changes.
pub enum What<'a> {
    /// Its content; back to `reported` where it was verified.
    Amend(&'a Patch),
    /// A verifier settles on a figure.
    Verify(&'a VerifyActual),
    /// A verifier refuses it.
    Reject,
    /// It is withdrawn.
    Void,
}

impl What<'_> {
    fn action(&self) -> Action {
        match self {
            Self::Amend(_) => Action::Amended,
            Self::Verify(_) => Action::Verified,
            Self::Reject => Action::Rejected,
            Self::Void => Action::Voided,
        }
    }
}

/// What became of a change.
pub(super) struct Applied {
    /// The actual as it is now.
    pub row: ActualRow,
    /// As it was before, where that is not the same.
    pub before: Option<ActualRow>,
}

/// Changes an actual, keeps what was there before, and combines the year's total and the months' first reports anew from
/// the ledger.
///
/// # Errors
/// Those of [`apply`], and `total_out_of_range`.
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
    let row = transaction(conn, async |conn| {
        let mut line = lock(conn, association.id(), found.row.year, indicator, state.now()).await?;
        let applied = apply(conn, state, caller, &place, &found.row, change).await?;
        if applied.before.is_some() {
            line.totals = combine(conn, &applied.row, indicator).await?;
            save(conn, &line).await?;
            Touched::of([&applied])?.settle(conn, association.id(), found.row.year).await?;
        }
        Ok(applied.row)
    })
    .await?;
    place.answer(row)
}

/// Whether the last change of an actual is this one, made by the caller where the version `seen` stood: a form that was sent
/// twice.
pub(crate) fn is_repeated(found: &Found, caller: &Caller, change: &Change<'_>, seen: i32, today: NaiveDate) -> bool {
    let row = &found.row;
    let is_next = row.version - 1 == seen && row.updated_by == caller.key_id;
    let is_so = || matches!(changed(row, &change.what, &found.indicator.row, today), Ok(None));
    is_next && row.reason.as_deref() == change.reason && is_so()
}

/// Changes an actual whose year is locked by the caller's transaction, who also combines the line's totals and finds the
/// first reports afterwards.
///
/// # Errors
/// `precondition_failed`, `actual_voided`, `period_not_begun`, `period_closed`, `fixed_field`, `reason_required`, and everything that can be
/// wrong with the content.
pub(super) async fn apply(
    conn: &mut AsyncPgConnection,
    state: &AppState,
    caller: &Caller,
    place: &Place<'_>,
    found: &ActualRow,
    change: &Change<'_>,
) -> ApiResult<Applied> {
    // Read again under the lock: somebody may have changed it since it was found.
    let before = reload(conn, found).await?;
    let Some(changed) = allowed(conn, state, caller, &place.indicator.row, &before, change).await? else {
        return Ok(Applied { row: before, before: None });
    };
    let now = state.now();
    let row = ActualRow {
        version: before.version + 1,
        reason: change.reason.map(ToOwned::to_owned),
        updated_at: now,
        updated_by: caller.key_id,
        ..changed
    };
    let row = if row.state.0 == State::Verified { row.verified_now() } else { row };
    keep(conn, &before).await?;
    diesel::update(actuals::table.find((row.association_id, row.id))).set(&row).execute(conn).await?;
    place.record(conn, caller, now, change.what.action(), Some(&before), &row).await?;
    Ok(Applied { row, before: Some(before) })
}

/// The row as it becomes, where it may; none where nothing changes.
///
/// # Errors
/// Those of [`apply`].
pub(super) async fn allowed(
    conn: &mut AsyncPgConnection,
    state: &AppState,
    caller: &Caller,
    indicator: &IndicatorRow,
    before: &ActualRow,
    change: &Change<'_>,
) -> ApiResult<Option<ActualRow>> {
    change.condition.check(Some(&before.tag()))?;
    let changed = changed(before, &change.what, indicator, state.today())?;
    if let Some(changed) = &changed {
        let earlier_end = before.period_through.min(changed.period_through);
        require_open(conn, caller, before.year, earlier_end, change.reason).await?;
    }
    Ok(changed)
}

/// The row as it becomes; none where nothing changes.
fn changed(
    before: &ActualRow,
    what: &What<'_>,
    indicator: &IndicatorRow,
    today: NaiveDate,
) -> ApiResult<Option<ActualRow>> {
    match what {
        What::Void if before.state.0 == State::Voided => Ok(None),
        What::Void => Ok(Some(ActualRow { state: Coded(State::Voided), ..before.clone() })),
        What::Verify(body) => verified(before, body, indicator),
        What::Reject => rejected(before),
        What::Amend(patch) => amended(before, &patched(before, patch, indicator)?, indicator, today),
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
fn amended(
    before: &ActualRow,
    body: &SubmitActual,
    indicator: &IndicatorRow,
    today: NaiveDate,
) -> ApiResult<Option<ActualRow>> {
    require_not_voided(before)?;
    let fixed = |pointer: &str, stored: Phrase| Err(Violation::at(pointer, Code::FixedField).allowed(stored).into());
    if *body.indicator != *indicator.code {
        return fixed("/indicator", indicator.code.as_str().into());
    }
    if body.external_id != before.external_id {
        let none = Text::new("无", "none");
        return fixed("/external_id", before.external_id.as_ref().map_or_else(|| none.into(), Phrase::from));
    }
    if body.period.year() != before.year {
        let year = before.year;
        return fixed("/period", Phrase::new(format!("{year}年内的期间"), format!("a period in {year}")));
    }
    if body.reason.is_some() {
        let violation = Violation::at("/reason", Code::UnknownField).given("reason");
        return Err(violation.allowed(Text::new("查询参数 reason", "the query parameter reason")).into());
    }
    let content = Content::of(body, indicator)?;
    if before.content()? == content {
        return Ok(None);
    }
    body.period.require_begun(today)?;
    // The verified figures stay, so that one sees what was changed since; they count no more until it is verified again.
    Ok(Some(ActualRow { state: Coded(State::Reported), ..before.clone().with(content) }))
}

fn require_not_voided(row: &ActualRow) -> ApiResult<()> {
    match row.state.0 {
        State::Voided => Err(ApiError::new(Code::ActualVoided).given(row.id)),
        State::Reported | State::Verified | State::Rejected => Ok(()),
    }
}

fn rejected(before: &ActualRow) -> ApiResult<Option<ActualRow>> {
    require_not_voided(before)?;
    let is_new = before.state.0 != State::Rejected;
    Ok(is_new.then(|| ActualRow { state: Coded(State::Rejected), ..before.clone() }))
}

/// The row with the figure that the verifier settles on; none where it is verified with that figure already.
fn verified(before: &ActualRow, body: &VerifyActual, indicator: &IndicatorRow) -> ApiResult<Option<ActualRow>> {
    require_not_voided(before)?;
    let measure = settled(before, body, indicator)?;
    if before.state.0 == State::Verified && before.verified_measure() == Some(measure) {
        return Ok(None);
    }
    if measure != before.measure() && body.reason.is_none() {
        return Err(Violation::at("/reason", Code::ReasonRequired).into());
    }
    let (verified_value, verified_numerator, verified_denominator) = measure.columns();
    let state = Coded(State::Verified);
    Ok(Some(ActualRow { state, verified_value, verified_numerator, verified_denominator, ..before.clone() }))
}

/// The figure of a verification, in the indicator's unit: the reported one where the body gives none.
fn settled(before: &ActualRow, body: &VerifyActual, indicator: &IndicatorRow) -> ApiResult<Measure> {
    let VerifyActual { value, numerator, denominator, unit, reason: _ } = body.clone();
    if value.is_none() && numerator.is_none() && denominator.is_none() {
        let alone = || Violation::at("/unit", Code::ValueRequired).into();
        return if unit.is_none() { Ok(before.measure()) } else { Err(alone()) };
    }
    let reported = before.to_submit(indicator)?;
    let content =
        Content::of(&SubmitActual { value, numerator, denominator, unit, qualifier: None, ..reported }, indicator)?;
    if let (Some(Written::Text(text)), true) = (&body.value, content.qualifier != Qualifier::Exact) {
        let violation = Violation::at("/value", Code::NotAQuantity).given(text);
        let unit = &indicator.unit;
        let exact = Phrase::new(format!("准确的数，如 24{unit}"), format!("an exact figure, such as 24{unit}"));
        return Err(violation.allowed(exact).into());
    }
    Ok(content.measure)
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
pub(super) async fn combine(
    conn: &mut AsyncPgConnection,
    of: &ActualRow,
    indicator: &IndicatorRow,
) -> ApiResult<Totals> {
    let mut rows = ActualRow::query()
        .filter(actuals::association_id.eq(of.association_id))
        .filter(actuals::year.eq(of.year))
        .filter(actuals::indicator_id.eq(of.indicator_id))
        .filter(actuals::state.eq_any([State::Reported, State::Verified].map(Coded)))
        .order((actuals::reported_at, actuals::id))
        .load_stream::<ActualRow>(conn)
        .await?;
    let mut totals = Totals::default();
    // One after the other: a line may have a million of them.
    while let Some(row) = rows.next().await {
        add(&mut totals, indicator, &row?.reading()?)?;
    }
    Ok(totals)
}
