//! Completion (完成情况): the computed answer for an association and a year.
//!
//! The rule itself is in [`crate::rule`]; here its inputs are gathered and its verdicts laid out.

mod formula;
pub mod handlers;
mod lines;
pub(crate) mod store;

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use strum::{AsRefStr, EnumString};
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use crate::decimal::Amount;
use crate::indicators::{Accumulation, Direction, ValueType};
use crate::period::Per;
use crate::quantity::Bound;
use crate::rule::{BasisOfRate, Reason, Status};
use crate::targets::{Baseline, Source};

/// Which figures count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, AsRefStr, EnumString, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Basis {
    /// 自评: what was reported and not rejected or voided.
    #[default]
    Reported,
    /// 核定: what was verified, with the verified values.
    Verified,
}

/// How much of each line is answered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Detail {
    /// Everything.
    #[default]
    Full,
    /// Numbers and codes: no names, quotes, formulas, originals or last year.
    Brief,
}

/// How to compute a completion.
#[derive(Clone, Copy, Debug, Default, Deserialize, IntoParams, Validate)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct CompletionQuery {
    /// Which figures count; `reported` where not given.
    #[serde(default)]
    #[param(inline)]
    pub basis: Basis,
    /// How much of each line is answered; `full` where not given.
    #[serde(default)]
    #[param(inline)]
    pub detail: Detail,
}

/// How far an association is with its plan for a year.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Completion {
    /// Whose plan.
    pub association: AssociationName,
    /// The plan year.
    #[schema(example = 2018)]
    pub year: i16,
    /// The day it was computed for, in the service's time zone; what counts is what was stored when it was asked.
    #[schema(example = "2018-06-30")]
    pub as_of: NaiveDate,
    /// Which figures count.
    pub basis: Basis,
    /// Σ weight × score / Σ weight over the targets that can be scored, 0 to 1 with four decimals; null where none can.
    /// A target with nothing reported scores 0.
    #[schema(example = 0.8125)]
    pub score: Option<Amount>,
    /// Σ weight over the targets that can be scored.
    #[schema(example = 7)]
    pub weight: Amount,
    /// How many lines stand how.
    pub counts: StatusCounts,
    /// Lines that are left out of the score, and why.
    pub excluded: Vec<Excluded>,
    /// One line per target or reported indicator, by category and code.
    pub lines: Vec<Line>,
}

/// Names an association.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct AssociationName {
    /// Its code.
    #[schema(example = "chuzhou")]
    pub code: String,
    /// Its name.
    #[schema(example = "滁州市科学技术协会")]
    pub name: String,
}

/// How many lines stand how; they add up to the number of lines.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct StatusCounts {
    /// Without a target, or with one that nothing can be held against.
    #[schema(example = 1)]
    pub not_computable: u32,
    /// More than planned.
    #[schema(example = 1)]
    pub exceeded: u32,
    /// Met.
    #[schema(example = 2)]
    pub completed: u32,
    /// Due and not met.
    #[schema(example = 0)]
    pub overdue: u32,
    /// Nothing reported yet.
    #[schema(example = 1)]
    pub not_started: u32,
    /// At or ahead of the pace.
    #[schema(example = 2)]
    pub on_track: u32,
    /// A little behind the pace.
    #[schema(example = 1)]
    pub at_risk: u32,
    /// Behind the pace.
    #[schema(example = 0)]
    pub behind: u32,
}

impl StatusCounts {
    fn count(&mut self, status: Status) {
        let counter = match status {
            Status::NotComputable => &mut self.not_computable,
            Status::Exceeded => &mut self.exceeded,
            Status::Completed => &mut self.completed,
            Status::Overdue => &mut self.overdue,
            Status::NotStarted => &mut self.not_started,
            Status::OnTrack => &mut self.on_track,
            Status::AtRisk => &mut self.at_risk,
            Status::Behind => &mut self.behind,
        };
        *counter += 1;
    }
}

/// A line that is left out of the score.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Excluded {
    /// Code of the indicator.
    #[schema(example = "training-attendances")]
    pub indicator: String,
    /// Why.
    pub reason: Reason,
}

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
    #[schema(example = 0.5)]
    pub rate_upper: Option<Amount>,
    /// Of a revised target: the rate on the target as first published.
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
    pub periods: Option<Periods>,
    /// How the rate came about, in words, in the language of the answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "actual ÷ target = 82 户 ÷ 94 户")]
    pub formula: Option<String>,
    /// The year before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_year: Option<LastYear>,
}

/// What is counted.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct LineIndicator {
    /// Its code.
    #[schema(example = "households-lifted")]
    pub code: String,
    /// Its name; not in a brief answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "脱贫户数")]
    pub name: Option<String>,
    /// The group it is shown under; not in a brief answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "扶贫/乡村振兴")]
    pub category: Option<String>,
    /// Code of the indicator it is a breakdown of.
    #[schema(example = "state-and-city-projects")]
    pub parent: Option<String>,
    /// The unit of every value of the line.
    #[schema(example = "户")]
    pub unit: String,
    /// What a value of it is.
    pub value_type: ValueType,
    /// Which way is better.
    pub direction: Direction,
    /// How a year's actuals combine.
    pub accumulation: Accumulation,
    /// Decimals to show.
    #[schema(example = 0)]
    pub decimals: i16,
}

/// What was planned.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct LineTarget {
    /// How the value bounds the actual.
    pub bound: Bound,
    /// For the whole year; the lower end of a range.
    #[schema(example = 94)]
    pub value: Amount,
    /// Upper end of a range, for the whole year.
    #[schema(example = 2)]
    pub upper: Option<Amount>,
    /// Whether the plan says 约 or 左右.
    #[schema(example = false)]
    pub approximate: bool,
    /// The period the plan gives the value for.
    pub per: Per,
    /// The value per period, as the plan gives it.
    #[schema(example = 94)]
    pub value_per_period: Amount,
    /// What the rate measures.
    pub basis_of_rate: BasisOfRate,
    /// What growth and change start from.
    pub baseline: Option<Baseline>,
    /// Whether the value was derived from baseline and growth.
    #[schema(example = false)]
    pub derived: bool,
    /// Weight in the score.
    #[schema(example = 1)]
    pub weight: Amount,
    /// The day it has to be met by.
    #[schema(example = "2018-12-31")]
    pub due_on: NaiveDate,
    /// 1 as first published.
    #[schema(example = 1)]
    pub revision: i32,
    /// The target as first published, where it was revised.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub original: Option<OriginalTarget>,
    /// Where it was read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<Source>,
}

/// A target as first published.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct OriginalTarget {
    /// How the value bounded the actual.
    pub bound: Bound,
    /// For the whole year.
    #[schema(example = 100)]
    pub value: Amount,
    /// Upper end of a range, for the whole year.
    #[schema(example = 120)]
    pub upper: Option<Amount>,
}

/// What was reported.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct LineActual {
    /// The year's actuals combined, in the indicator's unit; in percent for a percentage, four decimals.
    #[schema(example = 82)]
    pub value: Amount,
    /// Of a percentage.
    #[schema(example = 43)]
    pub numerator: Option<Amount>,
    /// Of a percentage.
    #[schema(example = 43)]
    pub denominator: Option<Amount>,
    /// How many actuals.
    #[schema(example = 4)]
    pub count: i32,
    /// First day covered.
    #[schema(example = "2018-01-01")]
    pub covered_from: Option<NaiveDate>,
    /// Last day covered.
    #[schema(example = "2018-09-30")]
    pub covered_through: Option<NaiveDate>,
    /// When the last of them was reported.
    pub last_reported_at: Option<DateTime<Utc>>,
}

/// Progress against the calendar.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub struct Pace {
    /// The share of the plan that should be done by `as_of`, or by the end of the year if that is earlier.
    #[schema(example = 0.4958)]
    pub expected: Amount,
    /// Rate minus expected share; null without a rate.
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
