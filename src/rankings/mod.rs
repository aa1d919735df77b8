//! Rankings (排名): where associations stand among their peers, by score or by the rate of one indicator.
//!
//! How ranks are given is in `rank`, pure.

pub(crate) mod answer;
pub mod handlers;
mod rank;
pub(crate) mod store;
pub(crate) mod table;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use strum::AsRefStr;
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use crate::associations::{AssociationQuery, Kind, Level};
use crate::completion::Basis;
use crate::decimal::Amount;
use crate::error::Text;
use crate::http::ResourceCode;
use crate::rule::Reason;
use crate::standings::{ListedAssociation, NoScore};

/// Who is ranked, and by what.
#[derive(Clone, Debug, Default, Deserialize, IntoParams, Validate)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct RankingQuery {
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
    /// By the rate of this indicator, uncapped; by the score where not given.
    #[param(value_type = Option<String>, example = "households-lifted")]
    pub indicator: Option<ResourceCode>,
    /// Which figures count; `reported` where not given.
    #[serde(default)]
    #[param(inline)]
    pub basis: Basis,
    /// As known at the end of this day; today, with everything up to now, where not given. Names, kinds, levels, statuses and
    /// places in the tree are today's.
    #[serde(default, deserialize_with = "crate::http::day")]
    #[param(example = "2018-06-30")]
    pub as_of: Option<NaiveDate>,
}

impl RankingQuery {
    /// Whether it says who the peers are.
    const fn names_peers(&self) -> bool {
        self.parent.is_some() || self.within.is_some() || self.kind.is_some() || self.level.is_some()
    }

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

/// A page of a ranking.
#[derive(Debug, Serialize, ToSchema)]
pub struct Ranking {
    /// The plan year.
    #[schema(example = 2018)]
    pub year: i16,
    /// The day it was computed for, in the service's time zone.
    #[schema(example = "2018-06-30")]
    pub as_of: NaiveDate,
    /// Which figures count.
    pub basis: Basis,
    /// Code of the indicator whose rate counts; null: the score counts.
    #[schema(example = "households-lifted")]
    pub indicator: Option<String>,
    /// How many peers have a rank.
    #[schema(example = 12)]
    pub of: usize,
    /// How many peers there are, those without a rank included.
    #[schema(example = 14)]
    pub total: usize,
    /// By rank, ties by name and code; after them those without a rank.
    pub items: Vec<RankingLine>,
    /// Give it as `cursor` for the next page; null on the last one.
    #[schema(example = "WyJhc3NvY2lhdGlvbnMiLCJmZW5neGlhbiJd")]
    pub next_cursor: Option<String>,
}

/// Where one association stands.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct RankingLine {
    /// 1 + how many peers are better (1-2-2-4); null with a reason.
    #[schema(example = 2)]
    pub rank: Option<usize>,
    /// How many peers share the rank, this one included; null without a rank.
    #[schema(example = 1)]
    pub tied: Option<usize>,
    /// Who it is.
    pub association: ListedAssociation,
    /// The score it is ranked by; null where the rate of an indicator counts.
    #[schema(example = 0.8125)]
    pub score: Option<Amount>,
    /// The rate it is ranked by, uncapped; null where the score counts.
    #[schema(example = 1.28)]
    pub rate: Option<Amount>,
    /// By an indicator: what was planned for the year, in its unit; of a range the lower end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = 94)]
    pub target: Option<Amount>,
    /// By an indicator: what was reported so far, in its unit; four decimals, cut toward zero.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = 82)]
    pub actual: Option<Amount>,
    /// Why it has no rank.
    pub reason: Option<Unranked>,
}

/// Why an association has no rank.
#[derive(Clone, Copy, Debug, PartialEq, Eq, AsRefStr, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Unranked {
    /// It has no target in the year, or none for the indicator.
    NoTarget,
    /// None of its targets can be scored.
    NothingScorable,
    /// Nothing was reported for the indicator on this basis.
    NoActual,
    /// Its target for the indicator is 0 and more is better.
    ZeroTarget,
    /// Less is better: there is no rate to compare.
    NoRatioForLowerIsBetter,
    /// Its target for the indicator equals the baseline it should move away from.
    BaselineEqualsTarget,
    /// It is none of the peers asked for, or was not known on the day.
    NotAPeer,
}

impl Unranked {
    /// As people read it.
    pub const fn words(self) -> Text {
        match self {
            Self::NoTarget => Text::new("没有计划目标", "nothing was planned"),
            Self::NothingScorable => Text::new("没有可计分的目标", "no target can be scored"),
            Self::NoActual => Text::new("尚无实绩", "nothing was reported"),
            Self::ZeroTarget => Text::new("目标为零", "the target is 0"),
            Self::NoRatioForLowerIsBetter => {
                Text::new("越低越好，没有可比的完成率", "less is better: there is no rate")
            }
            Self::BaselineEqualsTarget => Text::new("目标与基期相同", "the target equals the baseline"),
            Self::NotAPeer => Text::new("不在比较范围内", "none of these peers"),
        }
    }
}

impl From<NoScore> for Unranked {
    fn from(reason: NoScore) -> Self {
        match reason {
            NoScore::NoTarget => Self::NoTarget,
            NoScore::NothingScorable => Self::NothingScorable,
        }
    }
}

impl From<Reason> for Unranked {
    fn from(reason: Reason) -> Self {
        match reason {
            Reason::NoTarget => Self::NoTarget,
            Reason::ZeroTarget => Self::ZeroTarget,
            Reason::NoActual => Self::NoActual,
            Reason::NoRatioForLowerIsBetter => Self::NoRatioForLowerIsBetter,
            Reason::BaselineEqualsTarget => Self::BaselineEqualsTarget,
        }
    }
}

/// Where an association stands among its peers.
#[derive(Debug, Serialize, ToSchema)]
pub struct OwnRank {
    /// Who it is.
    pub association: ListedAssociation,
    /// The plan year.
    #[schema(example = 2018)]
    pub year: i16,
    /// The day it was computed for, in the service's time zone.
    #[schema(example = "2018-06-30")]
    pub as_of: NaiveDate,
    /// Which figures count.
    pub basis: Basis,
    /// Code of the indicator whose rate counts; null: the score counts.
    #[schema(example = "households-lifted")]
    pub indicator: Option<String>,
    /// 1 + how many peers are better (1-2-2-4); null with a reason.
    #[schema(example = 2)]
    pub rank: Option<usize>,
    /// How many peers have a rank.
    #[schema(example = 12)]
    pub of: usize,
    /// How many peers share the rank, this one included; null without a rank.
    #[schema(example = 1)]
    pub tied: Option<usize>,
    /// The score it is ranked by; null where the rate of an indicator counts.
    #[schema(example = 0.8125)]
    pub score: Option<Amount>,
    /// The rate it is ranked by, uncapped; null where the score counts.
    #[schema(example = 1.28)]
    pub rate: Option<Amount>,
    /// Why it has no rank.
    pub reason: Option<Unranked>,
    /// Whom it was compared with.
    pub peers: Peers,
}

/// Whom an association was compared with.
#[derive(Debug, Serialize, ToSchema)]
pub struct Peers {
    /// Whether they are the usual ones: those with the same parent, kind and level, also where the key may not see them.
    #[schema(example = true)]
    pub usual: bool,
    /// The children of this association; null: any, or of the usual ones, that the association is a root or its parent
    /// out of the key's sight.
    #[schema(example = "huishan")]
    pub parent: Option<String>,
    /// This association and all below it; null: any.
    #[schema(example = "huishan")]
    pub within: Option<String>,
    /// Their kind; null: any.
    pub kind: Option<Kind>,
    /// Their level; null: any.
    pub level: Option<Level>,
    /// How many there are, those without a rank included.
    #[schema(example = 14)]
    pub total: usize,
}
