//! Standings: how every association of a set stands in a year, one line for each.
//!
//! What stands in a line follows from the association's scorecard, or for a past day from the ledger; how lines are
//! put in order and cut into pages is in `order`, pure.

pub(crate) mod answer;
pub mod handlers;
pub(crate) mod order;
pub(crate) mod store;
pub(crate) mod table;
pub(crate) mod unverified;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use strum::AsRefStr;
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use crate::associations::{AssociationQuery, Kind, Level, Status};
use crate::completion::Basis;
use crate::decimal::Amount;
use crate::error::Text;
use crate::http::{ResourceCode, Year};

/// Names the year of many associations.
#[derive(Clone, Copy, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct YearPath {
    /// The plan year.
    #[param(value_type = i16, minimum = 1949, maximum = 2199, example = 2018)]
    pub year: Year,
}

/// The order of a summary. `score` and `met` have the best first, `score_ascending` and `met_ascending` the worst; those
/// without a score or targets stand last in all four. Ties go by name and code.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Sort {
    /// By code.
    #[default]
    Code,
    /// By name, character by character, then code.
    Name,
    /// The best score first, those without one last; then by name and code.
    Score,
    /// The worst score first, those without one last; then by name and code.
    ScoreAscending,
    /// Most targets met first, those without targets last; then by name and code.
    Met,
    /// Fewest targets met first, those without targets last; then by name and code.
    MetAscending,
}

/// Which associations to summarize, and how.
#[derive(Clone, Debug, Default, Deserialize, IntoParams, Validate)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct SummaryQuery {
    /// Only the children of this association.
    #[param(value_type = Option<String>, example = "huishan")]
    pub parent: Option<ResourceCode>,
    /// Only this association and all below it.
    #[param(value_type = Option<String>, example = "huishan")]
    pub within: Option<ResourceCode>,
    /// Only this kind.
    #[param(inline)]
    pub kind: Option<Kind>,
    /// Only this level.
    #[param(inline)]
    pub level: Option<Level>,
    /// Only with this status.
    #[param(inline)]
    pub status: Option<Status>,
    /// Only with this text in the name, an alias or the code.
    #[param(example = "学会")]
    #[validate(length(min = 1, max = 100))]
    pub q: Option<String>,
    /// Which figures count; `reported` where not given.
    #[serde(default)]
    #[param(inline)]
    pub basis: Basis,
    /// As known at the end of this day; today, with everything up to now, where not given. Names, kinds, levels and places
    /// in the tree are today's.
    #[serde(default, deserialize_with = "crate::http::day")]
    #[param(example = "2018-06-30")]
    pub as_of: Option<NaiveDate>,
    /// The order; `code` where not given.
    #[serde(default)]
    #[param(inline)]
    pub sort: Sort,
}

impl SummaryQuery {
    /// Which associations are meant.
    fn associations(&self) -> AssociationQuery {
        AssociationQuery {
            parent: self.parent.clone(),
            within: self.within.clone(),
            kind: self.kind,
            level: self.level,
            status: self.status,
            q: self.q.clone(),
        }
    }
}

/// A page of how many associations stand in a year.
#[derive(Debug, Serialize, ToSchema)]
pub struct CompletionSummary {
    /// The plan year.
    #[schema(example = 2018)]
    pub year: i16,
    /// The day it was computed for, in the service's time zone.
    #[schema(example = "2018-06-30")]
    pub as_of: NaiveDate,
    /// Which figures count.
    pub basis: Basis,
    /// How many associations fit, on all pages together.
    #[schema(example = 7)]
    pub total: usize,
    /// How they stand together, on all pages.
    pub overall: Overall,
    /// A line for each, in the order asked for.
    pub items: Vec<SummaryLine>,
    /// Give it as `cursor` for the next page; null on the last one.
    #[schema(example = "WyJhc3NvY2lhdGlvbnMiLCJmZW5neGlhbiJd")]
    pub next_cursor: Option<String>,
}

/// How all associations that fit stand together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Overall {
    /// Σ weight × score / Σ weight over all their targets that can be scored, 0 to 1 with four decimals; null where none
    /// can.
    #[schema(example = 0.8125)]
    pub score: Option<Amount>,
    /// Σ weight over these targets.
    #[schema(example = 56)]
    pub weight: Amount,
    /// Targets in force.
    #[schema(example = 60)]
    pub targets: i64,
    /// How many of them are met.
    #[schema(example = 24)]
    pub met: i64,
    /// How many associations have a score.
    #[schema(example = 6)]
    pub scored: usize,
}

/// How one association stands in a year.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct SummaryLine {
    /// Whose plan.
    pub association: ListedAssociation,
    /// Σ weight × score / Σ weight over the targets that can be scored, 0 to 1 with four decimals.
    #[schema(example = 0.8125)]
    pub score: Option<Amount>,
    /// Why there is no score.
    pub reason: Option<NoScore>,
    /// Σ weight over the targets that can be scored.
    #[schema(example = 7)]
    pub weight: Amount,
    /// Targets in force.
    #[schema(example = 8)]
    pub targets: i32,
    /// How many of them are met.
    #[schema(example = 3)]
    pub met: i32,
}

/// An association among others.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ListedAssociation {
    /// Its code.
    #[schema(example = "chuzhou")]
    pub code: String,
    /// Its name.
    #[schema(example = "滁州市科学技术协会")]
    pub name: String,
    /// What kind of body it is.
    pub kind: Kind,
    /// Administrative level.
    pub level: Level,
    /// Where it is in its life today: one that is dissolved keeps its plan of the year, but nobody is there to report.
    #[serde(default)]
    pub status: Status,
}

/// Why an association has no score.
#[derive(Clone, Copy, Debug, PartialEq, Eq, AsRefStr, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum NoScore {
    /// It has no target in the year.
    NoTarget,
    /// None of its targets can be scored: all of them are 0 where more is better.
    NothingScorable,
}

impl NoScore {
    /// As people read it.
    pub const fn words(self) -> Text {
        match self {
            Self::NoTarget => Text::new("没有计划目标", "nothing was planned"),
            Self::NothingScorable => Text::new("没有可计分的目标", "no target can be scored"),
        }
    }
}
