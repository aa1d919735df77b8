//! What an association reports, month by month, and what becomes of it.

use chrono::{DateTime, Datelike, Months, NaiveDate, TimeDelta, Utc};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use super::chance::{Calendar, Dice, day, later};
use super::tree::Member;
use super::vocabulary::Counted;
use super::words;
use crate::actuals::content::{Content, Measure};
use crate::actuals::row::ActualRow;
use crate::actuals::{Evidence, Qualifier, State};
use crate::database::Coded;
use crate::error::ApiResult;
use crate::indicators::{Accumulation, Direction, ValueType};
use crate::period::Period;
use crate::rule::Goal;

/// How one indicator of a year goes.
pub(super) struct Course<'a> {
    pub counted: &'a Counted,
    /// The target in force, for the whole year.
    pub goal: Goal,
    /// How much of the target is done by the end of the year, in percent.
    pub attained: i64,
    /// How many reports of it a year brings.
    pub reports: i64,
    /// The month in which a milestone is done; 13 and above: not this year.
    pub done_in: i64,
}

/// A report to be: where it stands in its month, what it is about, what it covers and when it comes in.
pub(super) struct Slot {
    pub year: i16,
    month: u32,
    turn: u32,
    /// Place of its indicator.
    pub indicator: usize,
    period: Period,
    day: NaiveDate,
    at: DateTime<Utc>,
}

/// Every report of an association, in the order they come in: `per_month` a month, over its indicators in turn.
///
/// # Errors
/// A fault of ours: no period.
pub(super) fn slots(
    member: &Member,
    indicators: &[Counted],
    per_month: u32,
    calendar: &Calendar,
    dice: &mut Dice,
) -> ApiResult<Vec<Slot>> {
    let mut slots = Vec::new();
    let offset = usize::try_from(dice.between(0, 1_000)).unwrap_or_default();
    for (year, month) in calendar.years().flat_map(|year| (1..=12).map(move |month| (year, month))) {
        let first = day(year, month, 1);
        let end = first.checked_add_months(Months::new(1)).and_then(|next| next.pred_opt()).unwrap_or(first);
        // What ended yesterday was reported yesterday at the earliest: the day before is the last one covered.
        let last = end.min(later_by(member.until, -2));
        if last < first {
            break;
        }
        for turn in 1..=per_month {
            let indicator = (offset + slots.len()) % indicators.len().max(1);
            let accumulation = indicators.get(indicator).map(|counted| counted.row.accumulation.0);
            let period = match dice.of_hundred() {
                0..15 if accumulation == Some(Accumulation::Sum) => {
                    let from = later(first, dice.between(0, (last - first).num_days()));
                    Period::new(from, later(from, dice.between(0, 3)).min(last))?
                }
                _ => Period::new(first, last)?,
            };
            let day = came_in(period.through(), member.until, dice);
            slots.push(Slot { year, month, turn, indicator, period, day, at: calendar.at_work(day, dice) });
        }
    }
    slots.sort_by_key(|slot| slot.at);
    let mut last = DateTime::UNIX_EPOCH;
    for slot in &mut slots {
        // Ids are told apart by the millisecond.
        slot.at = slot.at.max(last + TimeDelta::milliseconds(1));
        last = slot.at;
    }
    Ok(slots)
}

fn later_by(day: NaiveDate, days: i64) -> NaiveDate {
    day.checked_add_signed(TimeDelta::days(days)).unwrap_or(day)
}

/// A few days after what it covers, sometimes late, always before `until`.
fn came_in(through: NaiveDate, until: NaiveDate, dice: &mut Dice) -> NaiveDate {
    let lag = match dice.of_hundred() {
        0..75 => dice.between(1, 8),
        75..90 => dice.between(9, 20),
        _ => dice.between(21, 75),
    };
    let longest = (until - through).num_days() - 1;
    later(through, if lag > longest { dice.between(1, longest) } else { lag })
}

/// A report and what it said before each change, the first version first.
pub(super) struct Reported {
    pub row: ActualRow,
    pub earlier: Vec<ActualRow>,
}

/// Writes a report and lets the years pass over it.
///
/// # Errors
/// A fault of ours: no period.
pub(super) fn report(
    member: &Member,
    slot: &Slot,
    course: &Course<'_>,
    calendar: &Calendar,
    dice: &mut Dice,
) -> ApiResult<Reported> {
    let content = content(slot, course, dice);
    let new = ActualRow::new(member.row.id, course.counted.row.value_type, content, slot.at);
    let Slot { year, month, turn, .. } = slot;
    let external_id = (!dice.one_in(10)).then(|| format!("{}/{year}-{month:02}/{turn}", member.row.code));
    let row = ActualRow { id: dice.id(slot.at), external_id, ..new };
    let mut reported = Reported { row, earlier: Vec::new() };
    let mut on = slot.day;
    for event in events(dice) {
        on = later(on, dice.between(1, 20));
        if on >= calendar.today() {
            break;
        }
        let at = calendar.at_work(on, dice);
        if let Some(row) = changed(&reported.row, *event, course, dice)? {
            let row = ActualRow { version: row.version + 1, updated_at: at, ..row };
            let row = if row.state.0 == State::Verified { row.verified_now() } else { row };
            reported.earlier.push(std::mem::replace(&mut reported.row, row));
        }
    }
    Ok(reported)
}

#[derive(Clone, Copy)]
enum Event {
    Verified,
    Settled,
    Rejected,
    Voided,
    Amended,
}

/// What becomes of a report.
fn events(dice: &mut Dice) -> &'static [Event] {
    match dice.of_hundred() {
        0..36 => &[Event::Verified],
        36..41 => &[Event::Settled],
        41..43 => &[Event::Rejected],
        43..45 => &[Event::Voided],
        45..48 => &[Event::Amended],
        48 => &[Event::Verified, Event::Amended],
        49 => &[Event::Rejected, Event::Amended, Event::Verified],
        _ => &[],
    }
}

/// The row after a change; none where it would change nothing.
fn changed(before: &ActualRow, event: Event, course: &Course<'_>, dice: &mut Dice) -> ApiResult<Option<ActualRow>> {
    let because =
        |state, reason: &str| ActualRow { state: Coded(state), reason: Some(reason.to_owned()), ..before.clone() };
    Ok(match event {
        Event::Verified => Some(settled(ActualRow { reason: None, ..before.clone() }, before.measure())),
        Event::Settled => {
            let less = less(before.measure(), course, dice);
            let reason = (less != before.measure()).then(|| dice.pick(&words::SETTLED).to_owned());
            Some(settled(ActualRow { reason, ..before.clone() }, less))
        }
        Event::Rejected => Some(because(State::Rejected, dice.pick(&words::REJECTED))),
        Event::Voided => Some(because(State::Voided, dice.pick(&words::VOIDED))),
        Event::Amended => {
            let content = before.content()?;
            let measure = less(content.measure, course, dice);
            let amended = Content { measure, note: Some("已更正".to_owned()), ..content };
            Some(because(State::Reported, dice.pick(&words::AMENDED)).with(amended))
        }
    })
}

fn settled(row: ActualRow, measure: Measure) -> ActualRow {
    let (verified_value, verified_numerator, verified_denominator) = measure.columns();
    ActualRow { state: Coded(State::Verified), verified_value, verified_numerator, verified_denominator, ..row }
}

/// A little less of it; a milestone stays as it is.
fn less(measure: Measure, course: &Course<'_>, dice: &mut Dice) -> Measure {
    let percent = Decimal::new(dice.between(80, 97), 2);
    match measure {
        Measure::Value(value) if course.counted.row.value_type.0 == ValueType::Milestone => Measure::Value(value),
        Measure::Value(value) => Measure::Value(rounded(value * percent, course)),
        Measure::Ratio { numerator, denominator } => {
            Measure::Ratio { numerator: (numerator * percent).floor(), denominator }
        }
    }
}

fn rounded(value: Decimal, course: &Course<'_>) -> Decimal {
    value.round_dp(course.counted.decimals)
}

fn content(slot: &Slot, course: &Course<'_>, dice: &mut Dice) -> Content {
    let measure = measure(slot, course, dice);
    let qualifier = match (dice.of_hundred(), course.counted.row.value_type.0) {
        (0..7, ValueType::Number) => Qualifier::About,
        (7..12, ValueType::Number) => Qualifier::AtLeast,
        _ => Qualifier::Exact,
    };
    let evidence = match dice.perhaps(5, &words::DOCUMENTS) {
        Some(document) => Evidence {
            document: Some(format!("{}年{document}", slot.period.year())),
            url: dice.perhaps(3, &words::URLS),
            quote: dice.perhaps(3, &words::QUOTES),
        },
        None => Evidence::default(),
    };
    Content {
        indicator_id: course.counted.row.id,
        period: slot.period,
        measure,
        qualifier,
        performed_by: dice.perhaps(8, &words::PERFORMERS),
        evidence,
        note: dice.perhaps(10, &words::NOTES),
    }
}

fn measure(slot: &Slot, course: &Course<'_>, dice: &mut Dice) -> Measure {
    let Course { counted, goal, attained, reports, done_in } = course;
    let month = i64::from(slot.period.through().month());
    let percent = |percent: i64| Decimal::new(percent, 2);
    let more_or_less = percent(dice.between(70, 130));
    match (counted.row.value_type.0, counted.row.accumulation.0) {
        (ValueType::Milestone, _) => Measure::Value(Decimal::from(u8::from(month >= *done_in))),
        (ValueType::Percentage, _) => {
            let denominator = dice.between(40, 2_000);
            let share = goal.value * percent(*attained) * percent(dice.between(90, 110)) / Decimal::ONE_HUNDRED;
            let numerator = (share.min(Decimal::ONE) * Decimal::from(denominator)).round();
            Measure::Ratio { numerator, denominator: denominator.into() }
        }
        (ValueType::Number, Accumulation::Sum) => {
            let part = goal.value * percent(*attained) / Decimal::from(*reports) * more_or_less;
            // Small parts are nothing now and one whole then, so that they add up all the same.
            let luck = Decimal::new(dice.between(-49, 49), 2 + counted.decimals);
            Measure::Value(rounded(part + luck, course).max(Decimal::ZERO))
        }
        (ValueType::Number, _) => {
            // What should rise rises over the year; what should be low is now higher, now lower.
            let so_far = match counted.row.direction.0 {
                Direction::HigherIsBetter => percent(60 + 40 * month / 12),
                Direction::LowerIsBetter => more_or_less,
            };
            Measure::Value(rounded(goal.value * percent(*attained) * so_far, course).max(Decimal::ZERO))
        }
    }
}

/// How often an indicator's turn comes in a year.
pub(super) fn reports_a_year(per_month: u32, indicators: usize) -> i64 {
    let turns = Decimal::from(12 * per_month) / Decimal::from(indicators.max(1));
    turns.ceil().to_i64().unwrap_or(1).max(1)
}
