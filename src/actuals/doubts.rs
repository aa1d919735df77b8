//! What a person is asked before an actual is stored, amended or verified: whether it counts twice, or is a slip. Programs
//! are not asked: two actuals may contradict each other until a person voids one.

use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use rust_decimal::Decimal;
use uuid::Uuid;

use super::change::{Change, What, allowed};
use super::content::{Content, Measure};
use super::row::ActualRow;
use super::store::{Found, Place, stored_under};
use super::{Actual, State, SubmitActual};
use crate::associations;
use crate::auth::Caller;
use crate::database::Coded;
use crate::decimal::Amount;
use crate::error::{ApiError, ApiResult, Code};
use crate::http::Year;
use crate::indicators::{Accumulation, ValueType};
use crate::locks::store::require_open;
use crate::schema::{actual_totals, actuals};
use crate::state::AppState;
use crate::targets;

/// Other actuals that are asked about at once, those reported last first.
pub(crate) const SHOWN: usize = 20;

/// Above so many times the year's target, somebody wrote a zero too many or took another unit.
const FAR: Decimal = Decimal::TEN;

/// Why an actual may not be what was meant.
#[derive(Clone, Debug)]
pub(crate) enum Doubt {
    /// Another one that counts covers some of the same days, and both are added up.
    Overlaps(Box<Actual>),
    /// Another one that counts says how things stand over the very same days.
    SamePeriod(Box<Actual>),
    /// It is more than ten times what is planned for the year.
    FarAboveTarget { value: Amount, target: Amount },
    /// It takes away from what is added up.
    Negative(Amount),
    /// It has decimals, where the indicator shows none and nothing so far has any.
    Broken(Amount),
    /// A verifier settles on more than ten times what was reported, or on less than a tenth.
    FarFromReported { value: Amount, reported: Amount },
    /// Its period lies in another year than the one it is reported under.
    OtherYear { period: i16, form: i16 },
}

impl Doubt {
    /// Stands for what exactly is doubted: another figure, or another version of another actual, is another doubt.
    pub(crate) fn key(&self) -> String {
        match self {
            Self::Overlaps(other) => format!("overlaps:{}:{}", other.id, other.version),
            Self::SamePeriod(other) => format!("same_period:{}:{}", other.id, other.version),
            Self::FarAboveTarget { value, target } => format!("far_above_target:{value}:{target}"),
            Self::Negative(value) => format!("negative:{value}"),
            Self::Broken(value) => format!("broken:{value}"),
            Self::FarFromReported { value, reported } => format!("far_from_reported:{value}:{reported}"),
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
    doubts.extend(line(conn, place, year).await?.implausible(content.measure));
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
        What::Verify(_) => of_verification(conn, &place, &after).await,
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
        let line = line(conn, place, before.year).await?;
        let line = if before.state.0 == State::Rejected { line } else { line.without(was.measure) };
        doubts.extend(line.implausible(content.measure));
    }
    Ok(doubts)
}

async fn of_verification(conn: &mut AsyncPgConnection, place: &Place<'_>, after: &ActualRow) -> ApiResult<Vec<Doubt>> {
    let (reported, settled) = (after.measure(), after.verified_measure());
    let Some(settled) = settled.filter(|settled| *settled != reported) else { return Ok(Vec::new()) };
    let line = line(conn, place, after.year).await?;
    Ok(line.implausible(settled).into_iter().chain(line.far_from(reported, settled)).collect())
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
    let indicator = &place.indicator.row;
    Ok(Line {
        value_type: indicator.value_type.0,
        accumulation: indicator.accumulation.0,
        has_decimals: indicator.decimals > 0,
        target: target(conn, place, year).await?,
        so_far: so_far(conn, place, year).await?,
    })
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

/// What a figure is held against.
#[derive(Clone, Copy, Debug)]
struct Line {
    value_type: ValueType,
    accumulation: Accumulation,
    has_decimals: bool,
    target: Option<Decimal>,
    so_far: Decimal,
}

impl Line {
    fn implausible(&self, measure: Measure) -> Vec<Doubt> {
        let Some(value) = figure(measure) else { return Vec::new() };
        let target = self.target.filter(|target| *target > Decimal::ZERO);
        let is_far = |target: &Decimal| is_far_above(value, *target);
        let far =
            target.filter(is_far).map(|target| Doubt::FarAboveTarget { value: value.into(), target: target.into() });
        let is_negative = self.accumulation == Accumulation::Sum && value < Decimal::ZERO;
        let is_whole = |value: Decimal| value.fract().is_zero();
        let is_counted = self.value_type == ValueType::Number && !self.has_decimals;
        let was_whole = is_counted && is_whole(self.so_far) && self.target.is_none_or(is_whole);
        let negative = is_negative.then(|| Doubt::Negative(value.into()));
        let broken = (was_whole && !is_whole(value)).then(|| Doubt::Broken(value.into()));
        far.into_iter().chain(negative).chain(broken).collect()
    }

    /// As it would be had this figure never been reported. Of a standing that was the last one, the one before is not known.
    fn without(self, own: Measure) -> Self {
        let Measure::Value(own) = own else { return self };
        let so_far = match self.accumulation {
            Accumulation::Latest if own == self.so_far => Decimal::ZERO,
            Accumulation::Latest | Accumulation::Ratio => self.so_far,
            Accumulation::Sum => self.so_far.checked_sub(own).unwrap_or_default(),
        };
        Self { so_far, ..self }
    }

    /// Whether somebody settles on quite another figure; of milestones there are only two.
    fn far_from(&self, reported: Measure, settled: Measure) -> Option<Doubt> {
        let (reported, value) = figure(reported).zip(figure(settled))?;
        let is_far = is_far_above(value, reported) || is_far_above(reported, value);
        let is_doubted = is_far && reported > Decimal::ZERO && self.value_type != ValueType::Milestone;
        is_doubted.then(|| Doubt::FarFromReported { value: value.into(), reported: reported.into() })
    }
}

/// The figure, of a percentage in percent.
fn figure(measure: Measure) -> Option<Decimal> {
    match measure {
        Measure::Value(value) => Some(value),
        Measure::Ratio { numerator, denominator } => {
            numerator.checked_mul(Decimal::ONE_HUNDRED)?.checked_div(denominator)
        }
    }
}

fn is_far_above(value: Decimal, other: Decimal) -> bool {
    other.checked_mul(FAR).is_some_and(|most| value > most)
}

#[cfg(test)]
mod tests {
    use super::*;

    const COUNTED: Line = Line {
        value_type: ValueType::Number,
        accumulation: Accumulation::Sum,
        has_decimals: false,
        target: None,
        so_far: Decimal::ZERO,
    };

    fn decimal(text: &str) -> Decimal {
        text.parse().expect("a number")
    }

    fn keys(line: Line, value: &str) -> Vec<String> {
        line.implausible(Measure::Value(decimal(value))).iter().map(Doubt::key).collect()
    }

    #[test]
    fn only_more_than_ten_times_the_target_is_far_above_it() {
        let planned = Line { target: Some(decimal("94")), ..COUNTED };
        assert_eq!(keys(planned, "940"), [""; 0]);
        assert_eq!(keys(planned, "941"), ["far_above_target:941:94"]);
        assert_eq!(keys(Line { target: None, ..planned }, "941"), [""; 0]);
        assert_eq!(keys(Line { target: Some(Decimal::ZERO), ..planned }, "941"), [""; 0]);
        assert_eq!(keys(Line { target: Some(Decimal::MAX), ..planned }, "941"), [""; 0]);
    }

    #[test]
    fn a_share_is_held_against_its_target_in_percent() {
        let share = Line {
            value_type: ValueType::Percentage,
            accumulation: Accumulation::Ratio,
            target: Some(decimal("98")),
            ..COUNTED
        };
        let keys = |numerator, denominator| {
            let measure = Measure::Ratio { numerator: decimal(numerator), denominator: decimal(denominator) };
            share.implausible(measure).iter().map(Doubt::key).collect::<Vec<_>>()
        };
        assert_eq!(keys("43.5", "43"), [""; 0]);
        assert_eq!(keys("430", "43"), ["far_above_target:1000:98"]);
    }

    #[test]
    fn what_is_added_up_seldom_shrinks_and_a_standing_may() {
        assert_eq!(keys(COUNTED, "-5"), ["negative:-5"]);
        assert_eq!(keys(Line { accumulation: Accumulation::Latest, ..COUNTED }, "-5"), [""; 0]);
    }

    #[test]
    fn decimals_are_doubted_only_where_nothing_has_any() {
        assert_eq!(keys(COUNTED, "2.5"), ["broken:2.5"]);
        assert_eq!(keys(COUNTED, "2.0"), [""; 0]);
        for line in [
            Line { has_decimals: true, ..COUNTED },
            Line { so_far: decimal("0.5"), ..COUNTED },
            Line { target: Some(decimal("1.5")), ..COUNTED },
        ] {
            assert_eq!(keys(line, "2.5"), [""; 0], "{line:?}");
        }
    }

    #[test]
    fn what_is_amended_is_not_held_against_itself() {
        let line = Line { so_far: decimal("12.5"), ..COUNTED };
        assert_eq!(keys(line.without(Measure::Value(decimal("2.5"))), "3.5"), ["broken:3.5"]);
        assert_eq!(keys(line.without(Measure::Value(decimal("2"))), "3.5"), [""; 0]);
        let standing = Line { accumulation: Accumulation::Latest, ..line };
        assert_eq!(keys(standing.without(Measure::Value(decimal("12.5"))), "3.5"), ["broken:3.5"]);
        assert_eq!(keys(standing.without(Measure::Value(decimal("2.5"))), "3.5"), [""; 0]);
    }

    #[test]
    fn a_verifier_is_asked_about_ten_times_as_much_and_a_tenth() {
        let far = |line: Line, reported, settled| {
            let [reported, settled] = [reported, settled].map(|text| Measure::Value(decimal(text)));
            line.far_from(reported, settled).map(|doubt| doubt.key())
        };
        assert_eq!(far(COUNTED, "36", "361").as_deref(), Some("far_from_reported:361:36"));
        assert_eq!(far(COUNTED, "36", "3.5").as_deref(), Some("far_from_reported:3.5:36"));
        for (reported, settled) in [("36", "360"), ("36", "3.6"), ("0", "5"), ("-36", "5")] {
            assert_eq!(far(COUNTED, reported, settled), None, "{reported} {settled}");
        }
        assert_eq!(far(Line { value_type: ValueType::Milestone, ..COUNTED }, "1", "0"), None);
    }
}
