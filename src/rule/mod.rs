//! The rule of completion: one pure function for every endpoint, export and page.
//!
//! Inputs are the indicator's nature, the target or none, the total or none and the day; there is no clock and no
//! database in here. The cases and their order are DESIGN section 3, "Completion".

mod pace;
#[cfg(test)]
mod tests;

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use strum::{AsRefStr, EnumIter, EnumString};
use utoipa::ToSchema;

use crate::error::Text;
use crate::indicators::store::IndicatorRow;
use crate::indicators::{Direction, ValueType};
use crate::quantity::Bound;

pub use pace::{MONTHS, elapsed_share, expected_share};

/// Decimals of rates, scores and shares.
const PLACES: u32 = 4;

/// What the rate measures.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, AsRefStr, EnumString, Serialize, Deserialize, ToSchema,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum BasisOfRate {
    /// actual / target.
    #[default]
    Level,
    /// The share of the way from the baseline to the target.
    Change,
}

/// What of an indicator the rule needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Nature {
    /// What a value of it is.
    pub value_type: ValueType,
    /// Which way is better.
    pub direction: Direction,
}

impl From<&IndicatorRow> for Nature {
    fn from(row: &IndicatorRow) -> Self {
        Self { value_type: row.value_type.0, direction: row.direction.0 }
    }
}

/// A target as the rule sees it; values are for the whole year, in the indicator's unit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Goal {
    /// How the value bounds the actual.
    pub bound: Bound,
    /// The planned value; the lower end of a range.
    pub value: Decimal,
    /// Upper end of a range.
    pub upper: Option<Decimal>,
    /// What the rate measures.
    pub basis_of_rate: BasisOfRate,
    /// Where a change starts from.
    pub baseline: Option<Decimal>,
    /// Weight in the association's score, above 0.
    pub weight: Decimal,
    /// The day it has to be met by.
    pub due_on: NaiveDate,
    /// Cumulative share planned by the end of each month; none: even progress.
    pub plan: Option<Vec<Decimal>>,
}

/// The day a completion is computed for, and how lines behind the pace are told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// The plan year.
    pub year: i16,
    /// The end of this day.
    pub as_of: NaiveDate,
    /// Down to this share of the pace a line is at risk, and behind below it.
    pub at_risk_ratio: Decimal,
}

/// Why there is no rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, AsRefStr, EnumIter, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Reason {
    /// Something was reported, but nothing planned.
    NoTarget,
    /// The target is 0 and more is better: nothing can be divided by it.
    ZeroTarget,
    /// Nothing was reported on this basis.
    NoActual,
    /// Less is better: only whether the bound was kept can be said.
    NoRatioForLowerIsBetter,
    /// The target equals the baseline it should move away from.
    BaselineEqualsTarget,
}

/// How a line stands.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, AsRefStr, EnumIter, EnumString, Serialize, Deserialize, ToSchema,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Status {
    /// There is no target, or one that nothing can be held against; of a subtree also where some who have one have not
    /// reported (`partly_reported`).
    NotComputable,
    /// More than planned.
    Exceeded,
    /// Met; where less is better, met on the day it was due.
    Completed,
    /// Due and not met.
    Overdue,
    /// Nothing reported yet.
    NotStarted,
    /// At or ahead of the pace; where less is better, within the bound so far.
    OnTrack,
    /// A little behind the pace.
    AtRisk,
    /// Behind the pace.
    Behind,
}

impl Status {
    /// As people read it.
    pub const fn words(self) -> Text {
        match self {
            Self::NotComputable => Text::new("无法计算", "Not computable"),
            Self::Exceeded => Text::new("超额完成", "Exceeded"),
            Self::Completed => Text::new("已完成", "Completed"),
            Self::Overdue => Text::new("逾期未完成", "Overdue"),
            Self::NotStarted => Text::new("未启动", "Not started"),
            Self::OnTrack => Text::new("序时推进", "On track"),
            Self::AtRisk => Text::new("有风险", "At risk"),
            Self::Behind => Text::new("滞后", "Behind"),
        }
    }
}

/// What the rule says of one line. Rates and shares have four decimals, cut toward zero.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judgement {
    /// Uncapped ratio, 1.28 for 128 %.
    pub rate: Option<Decimal>,
    /// Of a range: the ratio to its upper end.
    pub rate_upper: Option<Decimal>,
    /// Whether the target is met; decided before rounding.
    pub met: Option<bool>,
    /// The rate within 0…1; 1 or 0 where there is no ratio; none where nothing can be scored.
    pub score: Option<Decimal>,
    /// Target minus actual: what is still missing.
    pub gap: Option<Decimal>,
    /// The share of the plan that should be done by the day.
    pub expected: Option<Decimal>,
    /// Rate minus expected share.
    pub deviation: Option<Decimal>,
    /// How the line stands.
    pub status: Status,
    /// Why there is no rate.
    pub reason: Option<Reason>,
}

/// Judges one line: a target (or none) against a year's total (or none).
pub fn judge(nature: Nature, goal: Option<&Goal>, actual: Option<Decimal>, moment: Moment) -> Judgement {
    let expected = goal.map(|goal| expected_share(goal, moment.year, moment.as_of));
    judge_at(nature, goal, actual, moment, expected)
}

/// As [`judge`], with the share of the plan that should be done by the day.
pub fn judge_at(
    nature: Nature,
    goal: Option<&Goal>,
    actual: Option<Decimal>,
    moment: Moment,
    expected: Option<Decimal>,
) -> Judgement {
    let verdict = Verdict::of(nature, goal, actual);
    let is_due = goal.is_some_and(|goal| moment.as_of >= goal.due_on);
    let met = match verdict.reason {
        Some(Reason::NoActual) => is_due.then_some(false),
        _ => verdict.met,
    };
    let status = status(nature.direction, &verdict, met, is_due, expected.unwrap_or_default(), moment.at_risk_ratio);
    let rate = verdict.rate.map(cut);
    let expected = expected.map(cut);
    Judgement {
        rate,
        rate_upper: verdict.rate_upper.map(cut),
        met,
        score: verdict.score(),
        gap: goal.zip(actual).and_then(|(goal, actual)| goal.value.checked_sub(actual)),
        expected,
        deviation: rate.zip(expected).and_then(|(rate, expected)| rate.checked_sub(expected)),
        status,
        reason: verdict.reason,
    }
}

/// What can be said of a line whatever the day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// As [`Judgement::score`].
    pub score: Option<Decimal>,
    /// The rate, or where there is no ratio the score: what is compared with the pace.
    pub progress: Option<Decimal>,
    /// Whether the target is met.
    pub is_met: bool,
}

/// How one line stands, which no day changes.
pub fn stand(nature: Nature, goal: &Goal, actual: Option<Decimal>) -> Standing {
    let verdict = Verdict::of(nature, Some(goal), actual);
    let score = verdict.score();
    Standing { score, progress: verdict.rate.map(cut).or(score), is_met: verdict.met == Some(true) }
}

/// An association's score: Σ weight·score / Σ weight over the lines that can be scored, cut to four decimals.
pub fn combined_score(weighted_scores: Decimal, weights: Decimal) -> Option<Decimal> {
    ratio(weighted_scores, weights).map(cut)
}

/// What can be said without a day, before rounding.
struct Verdict {
    rate: Option<Decimal>,
    rate_upper: Option<Decimal>,
    met: Option<bool>,
    reason: Option<Reason>,
}

impl Verdict {
    fn of(nature: Nature, goal: Option<&Goal>, actual: Option<Decimal>) -> Self {
        let Some(goal) = goal else { return Self::without_rate(Reason::NoTarget, None) };
        let is_higher_better = nature.direction == Direction::HigherIsBetter;
        let is_level = goal.basis_of_rate == BasisOfRate::Level;
        if is_higher_better && is_level && goal.value.is_zero() {
            return Self::without_rate(Reason::ZeroTarget, None);
        }
        let Some(actual) = actual else { return Self::without_rate(Reason::NoActual, None) };
        if nature.value_type == ValueType::Milestone {
            let is_done = !actual.is_zero();
            return Self::with_rate(Decimal::from(u8::from(is_done)), is_done);
        }
        match (goal.basis_of_rate, nature.direction) {
            (BasisOfRate::Change, direction) => Self::of_change(goal, direction, actual),
            (BasisOfRate::Level, Direction::LowerIsBetter) => {
                Self::without_rate(Reason::NoRatioForLowerIsBetter, Some(keeps_bound(goal, actual)))
            }
            (BasisOfRate::Level, Direction::HigherIsBetter) => Self::of_level(goal, actual),
        }
    }

    fn of_level(goal: &Goal, actual: Decimal) -> Self {
        let met = if goal.bound == Bound::Exactly { actual == goal.value } else { actual >= goal.value };
        let rate_upper = goal.upper.and_then(|upper| ratio(actual, upper));
        match ratio(actual, goal.value) {
            Some(rate) => Self { rate_upper, ..Self::with_rate(rate, met) },
            None => Self::without_rate(Reason::ZeroTarget, None),
        }
    }

    fn of_change(goal: &Goal, direction: Direction, actual: Decimal) -> Self {
        let met = match direction {
            Direction::HigherIsBetter => actual >= goal.value,
            Direction::LowerIsBetter => actual <= goal.value,
        };
        let baseline = goal.baseline.unwrap_or_default();
        match ratio(actual - baseline, goal.value - baseline) {
            Some(rate) => Self::with_rate(rate, met),
            None => Self::without_rate(Reason::BaselineEqualsTarget, Some(met)),
        }
    }

    const fn with_rate(rate: Decimal, met: bool) -> Self {
        Self { rate: Some(rate), rate_upper: None, met: Some(met), reason: None }
    }

    const fn without_rate(reason: Reason, met: Option<bool>) -> Self {
        Self { rate: None, rate_upper: None, met, reason: Some(reason) }
    }

    fn score(&self) -> Option<Decimal> {
        match (self.reason, self.rate, self.met) {
            (Some(Reason::NoTarget | Reason::ZeroTarget), ..) => None,
            (Some(Reason::NoActual), ..) => Some(Decimal::ZERO),
            (_, Some(rate), _) => Some(cut(rate.clamp(Decimal::ZERO, Decimal::ONE))),
            (_, None, met) => met.map(|met| Decimal::from(u8::from(met))),
        }
    }
}

/// Where less is better: at or below the value or the upper end of the range, or exactly the value.
fn keeps_bound(goal: &Goal, actual: Decimal) -> bool {
    match goal.bound {
        Bound::Exactly => actual == goal.value,
        Bound::Range => actual <= goal.upper.unwrap_or(goal.value),
        Bound::AtLeast | Bound::AtMost => actual <= goal.value,
    }
}

/// The first status that fits.
fn status(
    direction: Direction,
    verdict: &Verdict,
    met: Option<bool>,
    is_due: bool,
    expected: Decimal,
    at_risk_ratio: Decimal,
) -> Status {
    let is_met = met == Some(true);
    let must_wait = direction == Direction::LowerIsBetter && !is_due;
    match verdict.rate {
        _ if matches!(verdict.reason, Some(Reason::NoTarget | Reason::ZeroTarget)) => Status::NotComputable,
        Some(rate) if rate > Decimal::ONE => Status::Exceeded,
        _ if is_met && must_wait => Status::OnTrack,
        _ if is_met => Status::Completed,
        _ if is_due => Status::Overdue,
        _ if verdict.reason == Some(Reason::NoActual) => Status::NotStarted,
        Some(rate) if rate >= expected => Status::OnTrack,
        Some(rate) if rate >= expected * at_risk_ratio => Status::AtRisk,
        _ => Status::Behind,
    }
}

fn ratio(part: Decimal, whole: Decimal) -> Option<Decimal> {
    part.checked_div(whole)
}

/// Four decimals, toward zero, so that 0.99999 never reads as 1.
fn cut(value: Decimal) -> Decimal {
    let cut = value.trunc_with_scale(PLACES).normalize();
    if cut.is_zero() { Decimal::ZERO } else { cut }
}
