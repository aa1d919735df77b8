//! Completion (完成情况): the computed answer for an association and a year.
//!
//! The rule itself is in [`crate::rule`]; here its inputs are gathered and its verdicts laid out.

pub(crate) mod answer;
mod breakdown;
mod formula;
mod gather;
pub mod handlers;
mod line;
mod lines;
mod part;
mod rollup;
pub(crate) mod store;
mod subtree;
mod table;
pub(crate) mod words;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use strum::{AsRefStr, EnumString};
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use crate::decimal::Amount;
use crate::error::Text;
use crate::rule::{self, Status};
pub use line::{
    Breakdown, Coverage, LastYear, Line, LineActual, LineIndicator, LineTarget, OriginalTarget, Pace, Periods,
};
pub(crate) use lines::{View, shown};
pub(crate) use part::on;

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

impl Basis {
    /// As people read it.
    pub const fn words(self) -> Text {
        match self {
            Self::Reported => Text::new("自评", "Self-reported"),
            Self::Verified => Text::new("核定", "Verified"),
        }
    }

    /// The one beside it.
    pub const fn other(self) -> Self {
        match self {
            Self::Reported => Self::Verified,
            Self::Verified => Self::Reported,
        }
    }
}

/// How much of each line is answered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Detail {
    /// Everything.
    #[default]
    Full,
    /// What the rate is made of, and what follows from it.
    Brief,
}

/// Whose targets and actuals a line is made of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// The association's own.
    #[default]
    Own,
    /// Σ over the association and all below it, per indicator that may be added.
    Subtree,
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
    /// Whose targets and actuals count; `own` where not given.
    #[serde(default)]
    #[param(inline)]
    pub scope: Scope,
    /// How much of each line is answered; `full` where not given.
    #[serde(default)]
    #[param(inline)]
    pub detail: Detail,
    /// A past day: what was known at its end, in the service's time zone. The same question asked again gives the same
    /// answer. Today where not given.
    #[serde(default, deserialize_with = "crate::http::day")]
    #[param(value_type = Option<String>, format = Date, example = "2018-06-30")]
    pub as_of: Option<NaiveDate>,
}

/// How far an association is with its plan for a year.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Completion {
    /// Whose plan.
    pub association: AssociationName,
    /// The plan year.
    #[schema(example = 2018)]
    pub year: i16,
    /// The day it was computed for, in the service's time zone. Of a past day, what was recorded by its end counts; of
    /// today, what was stored when it was asked.
    #[schema(example = "2018-06-30")]
    pub as_of: NaiveDate,
    /// Which figures count.
    pub basis: Basis,
    /// Whose targets and actuals count.
    pub scope: Scope,
    /// Σ weight × score / Σ weight over the targets that can be scored, 0 to 1 with four decimals; null where none can.
    /// A target with nothing reported scores 0.
    #[schema(example = 0.8125)]
    pub score: Option<Amount>,
    /// Σ weight over the targets that can be scored.
    #[schema(example = 7)]
    pub weight: Amount,
    /// How many lines stand how.
    pub counts: StatusCounts,
    /// What is left out of the score, and why. Of a subtree also the indicators that may not be added over associations
    /// (`not_additive`), which have no line.
    pub excluded: Vec<Excluded>,
    /// One line per target or reported indicator, by category and code. The lines of a breakdown stand below the line of
    /// the indicator they break down, where that has one.
    pub lines: Vec<Line>,
}

/// Names an association.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct AssociationName {
    /// Its code.
    #[schema(example = "chuzhou")]
    pub code: String,
    /// Its name.
    #[schema(example = "滁州市科学技术协会")]
    pub name: String,
}

/// How many lines stand how, those of breakdowns included.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
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
        self.add(status, 1);
    }

    /// How many each status has, from the best to the worst.
    pub(crate) const fn each(self) -> [(Status, u32); 8] {
        [
            (Status::Exceeded, self.exceeded),
            (Status::Completed, self.completed),
            (Status::OnTrack, self.on_track),
            (Status::AtRisk, self.at_risk),
            (Status::Behind, self.behind),
            (Status::NotStarted, self.not_started),
            (Status::Overdue, self.overdue),
            (Status::NotComputable, self.not_computable),
        ]
    }

    /// All together.
    pub(crate) fn sum(self) -> u32 {
        self.each().iter().map(|(_, count)| count).sum()
    }

    /// So many more stand like this.
    pub(crate) fn add(&mut self, status: Status, count: u32) {
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
        *counter += count;
    }
}

/// Why there is no rate, or no line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, AsRefStr, Serialize, Deserialize, ToSchema)]
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
    /// Of a subtree: the associations' targets for a percentage differ, and percentages cannot be added.
    TargetsDiffer,
    /// Of a subtree: the targets measure a change, and not exactly those who have one have reported; or less is better, the
    /// sum is within its bound, and some of those who have a target have reported nothing, so nobody can say it is met.
    PartlyReported,
    /// Of a subtree: the indicator may not be added over associations.
    NotAdditive,
}

impl Reason {
    /// As people read it.
    pub const fn words(self) -> Text {
        match self {
            Self::NoTarget => Text::new("没有计划目标", "nothing was planned"),
            Self::ZeroTarget => Text::new("目标为零，无法相除", "the target is 0"),
            Self::NoActual => Text::new("尚无实绩", "nothing was reported"),
            Self::NoRatioForLowerIsBetter => Text::new("越低越好，只判断是否达标", "less is better: there is no ratio"),
            Self::BaselineEqualsTarget => Text::new("目标与基期相同", "the target equals the baseline"),
            Self::TargetsDiffer => Text::new("各组织的百分比目标不同，不能相加", "targets for the percentage differ"),
            Self::PartlyReported => Text::new("尚有组织未报送，不能合计", "not everybody has reported"),
            Self::NotAdditive => Text::new("该指标不能跨组织相加", "the indicator may not be added"),
        }
    }
}

impl From<rule::Reason> for Reason {
    fn from(reason: rule::Reason) -> Self {
        match reason {
            rule::Reason::NoTarget => Self::NoTarget,
            rule::Reason::ZeroTarget => Self::ZeroTarget,
            rule::Reason::NoActual => Self::NoActual,
            rule::Reason::NoRatioForLowerIsBetter => Self::NoRatioForLowerIsBetter,
            rule::Reason::BaselineEqualsTarget => Self::BaselineEqualsTarget,
        }
    }
}

/// An indicator that is left out of the score.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Excluded {
    /// Code of the indicator.
    #[schema(example = "training-attendances")]
    pub indicator: String,
    /// Why.
    pub reason: Reason,
}
