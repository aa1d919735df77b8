//! The plan of an association's year: a target for every indicator, most of them 不少于.

use rust_decimal::Decimal;
use uuid::Uuid;

use super::chance::{Calendar, Dice, day, later};
use super::tree::Member;
use super::vocabulary::Counted;
use super::words;
use crate::associations::Level;
use crate::decimal::Amount;
use crate::error::ApiResult;
use crate::http::Year;
use crate::indicators::{Accumulation, Direction, ValueType};
use crate::period::Per;
use crate::quantity::Bound;
use crate::rule::BasisOfRate;
use crate::scorecards::store::LineKey;
use crate::targets::row::{Revision, TargetRow};
use crate::targets::terms::Terms;
use crate::targets::{Baseline, PutTarget, Source};

/// Most of the year's work is done in spring and autumn.
const CURVE: [i64; 12] = [2, 5, 15, 28, 40, 50, 55, 60, 75, 88, 95, 100];

/// The revisions of the target for an indicator in a year, the one in force last.
///
/// # Errors
/// A fault of ours: a target that the service would refuse.
pub(super) fn revisions(
    member: &Member,
    year: i16,
    counted: &Counted,
    calendar: &Calendar,
    dice: &mut Dice,
) -> ApiResult<Vec<TargetRow>> {
    let key = LineKey { association_id: member.row.id, year, indicator_id: counted.row.id };
    let body = target(year, counted, usual(member, year, counted, dice), dice)?;
    let planned = calendar.at_work(later(day(year - 1, 12, 1), dice.between(0, 29)), dice);
    let mut rows = vec![row(key, &body, counted, None, planned)?];
    let revised_on = later(day(year, 6, 10), dice.between(0, 40));
    if dice.one_in(40) && revised_on < member.until && counted.row.value_type.0 != ValueType::Milestone {
        let revised = PutTarget { reason: Some(dice.pick(&words::REVISED).to_owned()), ..tightened(body, dice) };
        let at = calendar.at_work(revised_on, dice);
        let row = row(key, &revised, counted, rows.last(), at)?;
        rows.iter_mut().for_each(|row| row.is_current = false);
        rows.push(row);
    }
    Ok(rows)
}

fn row(
    key: LineKey,
    body: &PutTarget,
    counted: &Counted,
    last: Option<&TargetRow>,
    at: chrono::DateTime<chrono::Utc>,
) -> ApiResult<TargetRow> {
    let terms = Terms::of(body, &counted.row, key.year)?;
    let by: Option<Uuid> = None;
    Ok(TargetRow::revised(key, last, Revision { terms, reason: body.reason.clone(), by, at }))
}

/// What one of its level does in a year, more or less, and more every year.
fn usual(member: &Member, year: i16, counted: &Counted, dice: &mut Dice) -> i64 {
    let usual = counted.usual;
    let percent = match member.row.level.0 {
        Level::Provincial => 4_000,
        Level::Municipal => 800,
        Level::National => 500,
        Level::County => 100,
        Level::Township => 15,
        Level::Grassroots => 5,
    };
    match counted.row.value_type.0 {
        ValueType::Milestone => 1,
        ValueType::Percentage => usual + dice.between(-(usual / 10), usual / 10),
        ValueType::Number if !counted.is_additive => dice.between(1, 2 * usual),
        ValueType::Number => {
            let growth = 100 + 5 * i64::from(year % 10);
            round(usual * percent / 100 * dice.between(60, 150) / 100 * growth / 100)
        }
    }
}

/// Plans are written in round figures.
fn round(value: i64) -> i64 {
    match value {
        ..=20 => value.max(1),
        21..=500 => value / 10 * 10,
        _ => value / 100 * 100,
    }
}

fn amount(value: i64) -> Amount {
    Amount(value.into())
}

fn target(year: i16, counted: &Counted, usual: i64, dice: &mut Dice) -> ApiResult<PutTarget> {
    let plain = PutTarget {
        value: Some(amount(usual)),
        weight: dice.one_in(8).then(|| Amount(dice.pick(&[Decimal::TWO, Decimal::from(3), Decimal::new(5, 1)]))),
        due_on: dice.one_in(30).then(|| dice.pick(&[day(year, 6, 30), day(year, 9, 30)])),
        source: dice.one_in(4).then(|| source(year, counted, usual)),
        ..PutTarget::default()
    };
    let is_sum = counted.row.accumulation.0 == Accumulation::Sum;
    let body = match (counted.row.value_type.0, counted.row.direction.0) {
        (ValueType::Milestone, _) => plain,
        (_, Direction::HigherIsBetter) => higher(plain, year, usual, is_sum, dice)?,
        (_, Direction::LowerIsBetter) => lower(plain, usual, dice),
    };
    Ok(if is_sum && dice.one_in(12) {
        let plan = CURVE.iter().map(|percent| Amount(Decimal::new(*percent, 2))).collect();
        PutTarget { plan: Some(plan), ..body }
    } else {
        body
    })
}

fn source(year: i16, counted: &Counted, usual: i64) -> Source {
    let (name, unit) = (&counted.row.name, &counted.row.unit);
    Source {
        document: Some(format!("{year}年工作要点")),
        locator: Some("二、重点任务".to_owned()),
        quote: Some(format!("{name}{usual}{unit}")),
    }
}

fn higher(plain: PutTarget, year: i16, usual: i64, is_sum: bool, dice: &mut Dice) -> ApiResult<PutTarget> {
    let before = |value: i64| Year::new(i32::from(year) - 1).map(|year| Baseline { year, value: amount(value.max(1)) });
    Ok(match dice.of_hundred() {
        0..6 => PutTarget { upper: Some(amount(usual + (usual / 5).max(1))), ..plain },
        6..10 => PutTarget { bound: Some(Bound::Exactly), ..plain },
        10..13 => {
            let growth = Some(amount(dice.between(3, 15)));
            PutTarget { value: None, growth, baseline: Some(before(usual)?), ..plain }
        }
        13..16 => PutTarget { basis_of_rate: BasisOfRate::Change, baseline: Some(before(usual * 3 / 4)?), ..plain },
        16..20 if is_sum => PutTarget { per: Some(Per::Quarter), value: Some(amount((usual / 4).max(1))), ..plain },
        20..26 => PutTarget { approximate: Some(true), ..plain },
        _ => plain,
    })
}

fn lower(plain: PutTarget, usual: i64, dice: &mut Dice) -> PutTarget {
    match dice.of_hundred() {
        0..10 => PutTarget { upper: Some(amount(usual + (usual / 2).max(1))), ..plain },
        10..15 => PutTarget { bound: Some(Bound::Exactly), ..plain },
        15..25 => PutTarget { value: Some(amount(0)), ..plain },
        _ => plain,
    }
}

/// The target as it is revised: up by a tenth at least.
fn tightened(body: PutTarget, dice: &mut Dice) -> PutTarget {
    let more = dice.between(10, 30);
    let raised = |amount: Amount| Amount((amount.0 * Decimal::from(100 + more) / Decimal::ONE_HUNDRED).ceil());
    PutTarget {
        value: body.value.map(raised),
        upper: body.upper.map(raised),
        growth: body.growth.map(|growth| Amount(growth.0 + Decimal::from(more))),
        weight: Some(Amount(Decimal::TWO)),
        ..body
    }
}
