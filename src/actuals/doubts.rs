//! What a person is asked before an actual is stored, amended or verified: whether it counts twice, or is a slip. Programs
//! are not asked: two actuals may contradict each other until a person voids one.

use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use rust_decimal::Decimal;
use uuid::Uuid;

use super::change::{Change, What, allowed};
use super::content::Content;
use super::implausible::{Implausible, Line};
use super::row::ActualRow;
use super::store::{Found, Place, stored_under};
use super::{Actual, State, SubmitActual};
use crate::associations;
use crate::auth::Caller;
use crate::database::Coded;
use crate::error::{ApiError, ApiResult, Code};
use crate::http::Year;
use crate::indicators::Accumulation;
use crate::locks::store::require_open;
use crate::schema::{actual_totals, actuals};
use crate::state::AppState;
use crate::targets;

/// Other actuals that are asked about at once, those reported last first.
pub(crate) const SHOWN: usize = 20;

/// Why an actual may not be what was meant.
#[derive(Clone, Debug)]
pub(crate) enum Doubt {
    /// Another one that counts covers some of the same days, and both are added up.
    Overlaps(Box<Actual>),
    /// Another one that counts says how things stand over the very same days.
    SamePeriod(Box<Actual>),
    /// The figure looks like a slip.
    Implausible(Implausible),
    /// Its period lies in another year than the one it is reported under.
    OtherYear { period: i16, form: i16 },
}

impl Doubt {
    /// Stands for what exactly is doubted: another figure, or another version of another actual, is another doubt.
    pub(crate) fn key(&self) -> String {
        match self {
            Self::Overlaps(other) => format!("overlaps:{}:{}", other.id, other.version),
            Self::SamePeriod(other) => format!("same_period:{}:{}", other.id, other.version),
            Self::Implausible(implausible) => implausible.key(),
            Self::OtherYear { period, form } => format!("other_year:{period}:{form}"),
        }
    }
}

/// Whether somebody who was asked has said that all of this is meant; `confirmed` holds the keys of what they were asked.
pub(crate) fn are_confirmed(doubts: &[Doubt], confirmed: &str) -> bool {
    let confirmed: Vec<_> = confirmed.split(' ').collect();
    doubts.iter().all(|doubt| confirmed.contains(&doubt.key().as_str()))
}

/// What there is to doubt about an actual that is reported under a year, before it is stored; nothing about one that is
/// stored already.
///
/// # Errors
/// Those of storing it that can be told before: `association_dissolved`, `period_not_begun`, `period_closed`, and
/// everything that can be wrong with the content.
pub(crate) async fn doubts(
    conn: &mut AsyncPgConnection,
    state: &AppState,
    caller: &Caller,
    place: &Place<'_>,
    body: &SubmitActual,
    form: Year,
) -> ApiResult<Vec<Doubt>> {
    let content = Content::of(body, &place.indicator.row)?;
    if let Some(external_id) = &body.external_id
        && stored_under(conn, place.association, external_id).await?.is_some()
    {
        return Ok(Vec::new());
    }
    let (year, through) = (content.period.year(), content.period.through());
    body.period.require_begun(state.today())?;
    place.association.require_open()?;
    require_open(conn, caller, year, through, body.reason.as_deref()).await?;
    let itself = Itself::Named(body.external_id.as_deref());
    let other_year = (year != form.get()).then(|| Doubt::OtherYear { period: year, form: form.get() });
    let mut doubts: Vec<_> = other_year.into_iter().collect();
    doubts.extend(counted_twice(conn, place, &content, itself).await?);
    doubts.extend(line(conn, place, year).await?.implausible(content.measure).into_iter().map(Doubt::Implausible));
    Ok(doubts)
}

/// What there is to doubt about a change of an actual before it is stored, in what it changes.
///
/// # Errors
/// Those of making it, but `total_out_of_range`.
pub(crate) async fn doubts_of_change(
    conn: &mut AsyncPgConnection,
    state: &AppState,
    caller: &Caller,
    association: &associations::store::Found,
    found: &Found,
    change: &Change<'_>,
) -> ApiResult<Vec<Doubt>> {
    let place = Place { association, indicator: &found.indicator };
    let before = &found.row;
    let Some(after) = allowed(conn, state, caller, &place.indicator.row, before, change).await? else {
        return Ok(Vec::new());
    };
    match change.what {
        What::Amend(_) => of_amendment(conn, &place, before, &after).await,
        What::Verify(_) => of_verification(conn, &place, before, &after).await,
        What::Reject | What::Void => Ok(Vec::new()),
    }
}

async fn of_amendment(
    conn: &mut AsyncPgConnection,
    place: &Place<'_>,
    before: &ActualRow,
    after: &ActualRow,
) -> ApiResult<Vec<Doubt>> {
    let (was, content) = (before.content()?, after.content()?);
    let (is_moved, is_other) = (was.period != content.period, was.measure != content.measure);
    // One that was rejected counts again, over days that others may have been reported for meanwhile.
    let is_back = before.state.0 == State::Rejected && is_other;
    let mut doubts = Vec::new();
    if is_moved || is_back {
        doubts = counted_twice(conn, place, &content, Itself::Stored(before.id)).await?;
    }
    if is_other {
        let line = others(line(conn, place, before.year).await?, before);
        doubts.extend(line.implausible(content.measure).into_iter().map(Doubt::Implausible));
    }
    Ok(doubts)
}

async fn of_verification(
    conn: &mut AsyncPgConnection,
    place: &Place<'_>,
    before: &ActualRow,
    after: &ActualRow,
) -> ApiResult<Vec<Doubt>> {
    let (reported, settled) = (after.measure(), after.verified_measure());
    let Some(settled) = settled.filter(|settled| *settled != reported) else { return Ok(Vec::new()) };
    let line = others(line(conn, place, after.year).await?, before);
    Ok(line.settled(reported, settled).into_iter().map(Doubt::Implausible).collect())
}

/// What the other actuals come to: one that was rejected does not count.
fn others(line: Line, own: &ActualRow) -> Line {
    if own.state.0 == State::Rejected { line } else { line.without(own.measure()) }
}

/// The actual that is asked about, as it may be stored already.
#[derive(Clone, Copy)]
enum Itself<'a> {
    /// A first click may have stored it just now.
    Named(Option<&'a str>),
    Stored(Uuid),
}

/// The others that count and are about the same days; not the actual itself.
async fn counted_twice(
    conn: &mut AsyncPgConnection,
    place: &Place<'_>,
    content: &Content,
    itself: Itself<'_>,
) -> ApiResult<Vec<Doubt>> {
    let (from, through) = (content.period.from(), content.period.through());
    let mut others = ActualRow::query()
        .filter(actuals::association_id.eq(place.association.id()))
        .filter(actuals::year.eq(content.period.year()))
        .filter(actuals::indicator_id.eq(content.indicator_id))
        .filter(actuals::state.eq_any([State::Reported, State::Verified].map(Coded)))
        .order(actuals::id.desc())
        .limit(i64::try_from(SHOWN).map_err(ApiError::internal)?)
        .into_boxed();
    others = match itself {
        Itself::Named(Some(external_id)) => {
            others.filter(actuals::external_id.is_distinct_from(external_id.to_owned()))
        }
        Itself::Named(None) => others,
        Itself::Stored(id) => others.filter(actuals::id.ne(id)),
    };
    let doubt = match place.indicator.row.accumulation.0 {
        Accumulation::Sum | Accumulation::Ratio => {
            others = others.filter(actuals::period_from.le(through).and(actuals::period_through.ge(from)));
            Doubt::Overlaps
        }
        Accumulation::Latest => {
            others = others.filter(actuals::period_from.eq(from).and(actuals::period_through.eq(through)));
            Doubt::SamePeriod
        }
    };
    let rows: Vec<ActualRow> = others.load(conn).await?;
    rows.into_iter().map(|row| Ok(doubt(Box::new(place.actual(row)?)))).collect()
}

async fn line(conn: &mut AsyncPgConnection, place: &Place<'_>, year: i16) -> ApiResult<Line> {
    let (target, so_far) = (target(conn, place, year).await?, so_far(conn, place, year).await?);
    Ok(Line::new(&place.indicator.row, target, so_far))
}

/// What is planned for the year, where it is.
async fn target(conn: &mut AsyncPgConnection, place: &Place<'_>, year: i16) -> ApiResult<Option<Decimal>> {
    let (association, indicator) = (place.association, place.indicator);
    let place = targets::store::Place { association, year: Year::new(year.into())?, indicator };
    match targets::store::find(conn, &place).await {
        Ok(target) => Ok(Some(target.body().annual_value.0)),
        Err(error) if error.code() == Code::TargetNotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// What the year's actuals come to as reported.
async fn so_far(conn: &mut AsyncPgConnection, place: &Place<'_>, year: i16) -> ApiResult<Decimal> {
    let total = actual_totals::table.find((place.association.id(), year, place.indicator.row.id));
    let value: Option<Decimal> = total.select(actual_totals::reported_value).first(conn).await.optional()?;
    Ok(value.unwrap_or_default())
}
