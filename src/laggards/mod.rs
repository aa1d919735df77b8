//! Laggards (聚焦落后指标): the lines of many associations that are behind the pace, worst first.
//!
//! What is said of a line is what its completion says; here it is only found and put in order.

pub(crate) mod answer;
pub mod handlers;
mod order;
mod selection;
pub(crate) mod standing;
pub(crate) mod statuses;
mod store;
pub(crate) mod table;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use strum::AsRefStr;
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use crate::associations::{AssociationQuery, Kind, Level};
use crate::completion::{AssociationName, Basis, LineActual, LineIndicator, LineTarget, Pace, Reason};
use crate::decimal::Amount;
use crate::http::{ResourceCode, Year};
use crate::rule::Status;

/// Names a year's laggards.
#[derive(Clone, Copy, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct LaggardsPath {
    /// The plan year.
    #[param(value_type = i16, minimum = 1949, maximum = 2199, example = 2018)]
    pub year: Year,
}

/// How a line lags.
#[derive(Clone, Copy, Debug, PartialEq, Eq, AsRefStr, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum LaggardStatus {
    /// Due and not met.
    Overdue,
    /// Nothing reported yet.
    NotStarted,
    /// A little behind the pace.
    AtRisk,
    /// Behind the pace.
    Behind,
}

impl LaggardStatus {
    /// Whether all lines of it are listed where it is asked for, also where a plan curve expects no more by now.
    const fn is_whole(self) -> bool {
        matches!(self, Self::Overdue | Self::NotStarted)
    }
}

impl From<LaggardStatus> for Status {
    fn from(status: LaggardStatus) -> Self {
        match status {
            LaggardStatus::Overdue => Self::Overdue,
            LaggardStatus::NotStarted => Self::NotStarted,
            LaggardStatus::AtRisk => Self::AtRisk,
            LaggardStatus::Behind => Self::Behind,
        }
    }
}

/// Which laggards to list.
#[derive(Clone, Debug, Deserialize, IntoParams, Validate)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct LaggardQuery {
    /// Only the children of this association.
    #[param(value_type = Option<String>, example = "huishan")]
    pub parent: Option<ResourceCode>,
    /// Only this association and all below it.
    #[param(value_type = Option<String>, example = "huishan")]
    pub within: Option<ResourceCode>,
    /// Only associations of this kind.
    #[param(inline)]
    pub kind: Option<Kind>,
    /// Only associations of this level.
    #[param(inline)]
    pub level: Option<Level>,
    /// Only lines of this indicator.
    #[param(value_type = Option<String>, example = "households-lifted")]
    pub indicator: Option<ResourceCode>,
    /// Only lines of indicators of this category.
    #[param(example = "科普")]
    pub category: Option<String>,
    /// Only lines that lag in this way. Those `overdue` or `not_started` are all listed, also where the plan curve expects
    /// no more of them by now; their `deviation` is then 0 or above.
    #[param(inline)]
    pub status: Option<LaggardStatus>,
    /// Which figures count; `reported` where not given.
    #[serde(default)]
    #[param(inline)]
    pub basis: Basis,
    /// A past day: what was known at its end, in the service's time zone. Where not given: today, and with a cursor the day
    /// of the page before.
    #[serde(default, deserialize_with = "crate::http::day")]
    #[param(value_type = Option<String>, format = Date, example = "2018-06-30")]
    pub as_of: Option<NaiveDate>,
}

impl LaggardQuery {
    /// Which associations it is about.
    fn associations(&self) -> AssociationQuery {
        AssociationQuery {
            parent: self.parent.clone(),
            within: self.within.clone(),
            kind: self.kind,
            level: self.level,
            ..AssociationQuery::default()
        }
    }
}

/// A page of a year's laggards.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Laggards {
    /// The plan year.
    #[schema(example = 2018)]
    pub year: i16,
    /// The day it was computed for, in the service's time zone.
    #[schema(example = "2018-06-30")]
    pub as_of: NaiveDate,
    /// Which figures count.
    pub basis: Basis,
    /// The lines, the smallest deviation first; of equal ones by the association's name, its code and the indicator's code.
    pub items: Vec<Laggard>,
    /// Give it as `cursor` for the next page; null on the last one.
    #[schema(example = "WyJsYWdnYXJkcyIsWyIyMDE4LTA2LTMwIixdXQ")]
    pub next_cursor: Option<String>,
}

/// An association's line that is behind the pace, overdue or not started. All but `deviation` is as its completion says in brief.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Laggard {
    /// Whose line.
    pub association: AssociationName,
    /// What is counted.
    pub indicator: LineIndicator,
    /// What was planned.
    pub target: LineTarget,
    /// What was reported; null where nothing was.
    pub actual: Option<LineActual>,
    /// Uncapped ratio, four decimals cut toward zero; null with a reason.
    #[serde(default, deserialize_with = "crate::decimal::kept_or_null")]
    #[schema(example = 0.1063)]
    pub rate: Option<Amount>,
    /// The rate within 0 and 1; where there is no ratio 0, since the target is not met.
    #[schema(example = 0.1063)]
    pub score: Amount,
    /// Whether the target is met: never true here; null where that cannot be said yet.
    #[schema(example = false)]
    pub met: Option<bool>,
    /// Target minus actual, in the indicator's unit; null where nothing was reported.
    #[serde(default, deserialize_with = "crate::decimal::kept_or_null")]
    #[schema(example = 84)]
    pub gap: Option<Amount>,
    /// Progress against the calendar (序时进度).
    pub pace: Pace,
    /// The score minus the expected share: what the list is ordered by, down to -1; 0 or above only where all that is
    /// `overdue` or `not_started` was asked for. The rate may be further behind, where a change went the wrong way; that is
    /// what `pace` says.
    #[schema(example = -0.3895)]
    pub deviation: Amount,
    /// How the line stands.
    pub status: Status,
    /// Why there is no rate.
    pub reason: Option<Reason>,
    /// Whether anything the rate rests on is not exact.
    #[schema(example = false)]
    pub approximate: bool,
}
