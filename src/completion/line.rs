//! One line of a completion, as the API answers it. What is marked "full" is not in a brief answer.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Reason;
use crate::decimal::Amount;
use crate::indicators::{Accumulation, Direction, ValueType};
use crate::period::Per;
use crate::quantity::Bound;
use crate::rule::{BasisOfRate, Status};
use crate::targets::{Baseline, Source};

/// One target or reported indicator.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Line {
    /// What is counted.
    pub indicator: LineIndicator,
    /// What was planned; null where nothing was.
    pub target: Option<LineTarget>,
    /// What was reported; null where nothing was.
    pub actual: Option<LineActual>,
    /// Uncapped ratio, 1.28 for 128 %, four decimals cut toward zero; null with a reason.
    #[schema(example = 0.8723)]
    pub rate: Option<Amount>,
    /// Of a range: the ratio to its upper end.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = 0.5)]
    pub rate_upper: Option<Amount>,
    /// Full, of a revised target: the rate on the target as first published.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = 0.82)]
    pub original_rate: Option<Amount>,
    /// Whether the target is met; null where that cannot be said yet.
    #[schema(example = false)]
    pub met: Option<bool>,
    /// The rate within 0 and 1; where there is no ratio, 1 when met and 0 when not. Null where nothing can be scored.
    #[schema(example = 0.8723)]
    pub score: Option<Amount>,
    /// Target minus actual, in the indicator's unit: what is still missing where more is better, the room left where less
    /// is; negative beyond the target.
    #[schema(example = 12)]
    pub gap: Option<Amount>,
    /// Progress against the calendar (序时进度).
    pub pace: Option<Pace>,
    /// How the line stands.
    pub status: Status,
    /// Why there is no rate.
    pub reason: Option<Reason>,
    /// Whether anything the rate rests on is not exact.
    #[schema(example = false)]
    pub approximate: bool,
    /// Of a duty per period: how many periods met it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub periods: Option<Periods>,
    /// Full: how the rate came about, in words, in the language of the answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "actual ÷ target = 82 户 ÷ 94 户")]
    pub formula: Option<String>,
    /// Full: the year before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_year: Option<LastYear>,
    /// Of a subtree: how many associations the line is made of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub associations: Option<Coverage>,
    /// The lines of the indicators that this one is broken down into, where there are such lines.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub breakdown: Option<Breakdown>,
}

/// The lines below a line, and what is missing between them and it. They need not add up: nothing is refused for it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Breakdown {
    /// Σ of the targets below it that have its unit; null where none has one.
    #[schema(example = 100)]
    pub target_sum: Option<Amount>,
    /// Its own target minus that.
    #[schema(example = 30)]
    pub target_gap: Option<Amount>,
    /// Σ of the actuals below it that have its unit; null where none has one.
    #[schema(example = 96)]
    pub actual_sum: Option<Amount>,
    /// Its own actual minus that.
    #[schema(example = 34)]
    pub actual_gap: Option<Amount>,
    /// The lines below it, by category and code.
    #[schema(no_recursion)]
    pub lines: Vec<Line>,
}

/// How many associations a line of a subtree is made of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct Coverage {
    /// Associations with a target.
    #[schema(example = 12)]
    pub planned: i64,
    /// Associations with an actual on this basis.
    #[schema(example = 9)]
    pub reported: i64,
}

/// What is counted.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct LineIndicator {
    /// Its code.
    #[schema(example = "households-lifted")]
    pub code: String,
    /// Full: its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "脱贫户数")]
    pub name: Option<String>,
    /// Full: the group it is shown under.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "扶贫/乡村振兴")]
    pub category: Option<String>,
    /// Code of the indicator it is a breakdown of, if any.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "state-and-city-projects")]
    pub parent: Option<String>,
    /// The unit of every value of the line.
    #[schema(example = "户")]
    pub unit: String,
    /// Full: what a value of it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value_type: Option<ValueType>,
    /// Full: which way is better.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub direction: Option<Direction>,
    /// Full: how a year's actuals combine.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub accumulation: Option<Accumulation>,
    /// Full: decimals to show.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = 0)]
    pub decimals: Option<i16>,
}

/// What was planned.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct LineTarget {
    /// How the value bounds the actual.
    pub bound: Bound,
    /// For the whole year; the lower end of a range.
    #[serde(deserialize_with = "crate::decimal::kept")]
    #[schema(example = 94)]
    pub value: Amount,
    /// Upper end of a range, for the whole year.
    #[serde(default, deserialize_with = "crate::decimal::kept_or_null", skip_serializing_if = "Option::is_none")]
    #[schema(example = 2)]
    pub upper: Option<Amount>,
    /// Weight in the score; of a subtree, Σ of the weights.
    #[schema(example = 1)]
    pub weight: Amount,
    /// Of a subtree: whether its associations bound their actuals, or measure their rates, in different ways; the bound
    /// of the line is then that of the indicator's direction.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = false)]
    pub mixed_bounds: Option<bool>,
    /// Full: whether the plan says 约 or 左右.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = false)]
    pub approximate: Option<bool>,
    /// Full: the period the plan gives the value for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub per: Option<Per>,
    /// Full: the value per period, as the plan gives it.
    #[serde(default, deserialize_with = "crate::decimal::kept_or_null", skip_serializing_if = "Option::is_none")]
    #[schema(example = 94)]
    pub value_per_period: Option<Amount>,
    /// Full: what the rate measures.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub basis_of_rate: Option<BasisOfRate>,
    /// Full: what growth and change start from, if anything.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub baseline: Option<Baseline>,
    /// Full: whether the value was derived from baseline and growth.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = false)]
    pub derived: Option<bool>,
    /// Full: the day it has to be met by; of a subtree, the latest.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "2018-12-31")]
    pub due_on: Option<NaiveDate>,
    /// Full: cumulative share planned by the end of each month, which the pace follows; absent where progress is planned
    /// evenly, and of a subtree, where every target follows its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = json!([0, 0.05, 0.1, 0.2, 0.3, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 1]))]
    pub plan: Option<Vec<Amount>>,
    /// Full: 1 as first published.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = 1)]
    pub revision: Option<i32>,
    /// Full: the target as first published, where it was revised.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub original: Option<OriginalTarget>,
    /// Full: where it was read, where that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<Source>,
}

/// A target as first published.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct OriginalTarget {
    /// How the value bounded the actual.
    pub bound: Bound,
    /// For the whole year.
    #[serde(deserialize_with = "crate::decimal::kept")]
    #[schema(example = 100)]
    pub value: Amount,
    /// Upper end of a range, for the whole year.
    #[serde(default, deserialize_with = "crate::decimal::kept_or_null", skip_serializing_if = "Option::is_none")]
    #[schema(example = 120)]
    pub upper: Option<Amount>,
}

/// What was reported.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct LineActual {
    /// The year's actuals combined, in the indicator's unit; in percent for a percentage, four decimals.
    #[serde(deserialize_with = "crate::decimal::kept")]
    #[schema(example = 82)]
    pub value: Amount,
    /// Of a percentage.
    #[serde(default, deserialize_with = "crate::decimal::kept_or_null", skip_serializing_if = "Option::is_none")]
    #[schema(example = 43)]
    pub numerator: Option<Amount>,
    /// Of a percentage.
    #[serde(default, deserialize_with = "crate::decimal::kept_or_null", skip_serializing_if = "Option::is_none")]
    #[schema(example = 43)]
    pub denominator: Option<Amount>,
    /// How many actuals.
    #[schema(example = 4)]
    pub count: i32,
    /// Full: first day covered.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "2018-01-01")]
    pub covered_from: Option<NaiveDate>,
    /// Full: last day covered.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "2018-09-30")]
    pub covered_through: Option<NaiveDate>,
    /// Full: when the last of them was reported.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_reported_at: Option<DateTime<Utc>>,
    /// Full: other bodies that did what is reported here (joint tasks), if any. Whoever reports an actual counts it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(example = json!(["奉贤区教育局"]))]
    pub performed_by: Vec<String>,
}

/// Progress against the calendar.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
pub struct Pace {
    /// The share of the plan that should be done by `as_of`, or by the end of the year if that is earlier.
    #[schema(example = 0.4958)]
    pub expected: Amount,
    /// Rate minus expected share; null without a rate.
    #[serde(default, deserialize_with = "crate::decimal::kept_or_null")]
    #[schema(example = 0.3765)]
    pub deviation: Option<Amount>,
}

/// How a duty per period was kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Periods {
    /// Periods of the year.
    #[schema(example = 12)]
    pub total: u32,
    /// Periods that were over by `as_of`.
    #[schema(example = 6)]
    pub elapsed: u32,
    /// Periods that met the value, counting the actuals that lie wholly inside one.
    #[schema(example = 5)]
    pub met: u32,
}

/// The year before.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub struct LastYear {
    /// Its actuals combined.
    #[schema(example = 82)]
    pub value: Amount,
    /// This year's minus last year's; null where nothing was reported this year.
    #[schema(example = 12)]
    pub change: Option<Amount>,
}
