//! Indicators (指标): what is counted, in one canonical unit.

pub mod handlers;
pub(crate) mod naming;
pub(crate) mod store;
mod tree;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use strum::{AsRefStr, EnumString};
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use crate::error::Text;
use crate::http::ResourceCode;

/// What a value of it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, AsRefStr, EnumString, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum ValueType {
    /// A quantity in the indicator's unit.
    Number,
    /// A share: actuals carry numerator and denominator, and the unit is `%`.
    Percentage,
    /// Done (1) or not (0).
    Milestone,
}

/// Which way is better.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, AsRefStr, EnumString, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Direction {
    /// More is better.
    HigherIsBetter,
    /// Less is better.
    LowerIsBetter,
}

impl Direction {
    /// As people read it.
    pub const fn words(self) -> Text {
        match self {
            Self::HigherIsBetter => Text::new("越高越好", "more is better"),
            Self::LowerIsBetter => Text::new("越低越好", "less is better"),
        }
    }
}

/// How a year's actuals combine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, AsRefStr, EnumString, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Accumulation {
    /// Each actual is an increment; they are added up.
    Sum,
    /// Each actual is the standing so far; the one whose period ends last counts, of several the one reported last.
    Latest,
    /// Percentages only: the sum of the numerators over the sum of the denominators.
    Ratio,
}

impl Accumulation {
    /// As people read it.
    pub const fn words(self) -> Text {
        match self {
            Self::Sum => Text::new("全年累加", "added up over the year"),
            Self::Latest => Text::new("取最新值", "the latest counts"),
            Self::Ratio => Text::new("分子分母分别累加", "Σ numerators / Σ denominators"),
        }
    }
}

impl Accumulation {
    /// What fits a value type.
    pub const fn fitting(value_type: ValueType) -> &'static [Self] {
        match value_type {
            ValueType::Number => &[Self::Sum, Self::Latest],
            ValueType::Percentage => &[Self::Ratio, Self::Latest],
            ValueType::Milestone => &[Self::Latest],
        }
    }
}

/// An indicator as a client writes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "脱贫户数", "category": "扶贫/乡村振兴", "unit": "户", "value_type": "number", "direction": "higher_is_better", "accumulation": "sum", "additive": true}))]
pub struct PutIndicator {
    /// The name as plans write it.
    #[schema(example = "脱贫户数", min_length = 1, max_length = 200)]
    #[validate(length(min = 1, max = 200))]
    pub name: String,
    /// Group it is shown under.
    #[schema(example = "扶贫/乡村振兴", min_length = 1, max_length = 100)]
    #[validate(length(min = 1, max = 100))]
    pub category: String,
    /// The indicator it is a breakdown of (国家级项目 under 科技项目); at most 16 levels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "state-and-city-projects")]
    pub parent: Option<ResourceCode>,
    /// Canonical unit; every stored value is in it. Fixed once a target or actual exists.
    #[schema(example = "户", min_length = 1, max_length = 16)]
    pub unit: String,
    /// What a value of it is. Fixed once a target or actual exists.
    pub value_type: ValueType,
    /// Which way is better. Fixed once a target or actual exists.
    pub direction: Direction,
    /// How a year's actuals combine. Fixed once a target or actual exists.
    pub accumulation: Accumulation,
    /// Whether it may be summed over associations; a rank or an average may not.
    #[schema(example = true)]
    pub additive: bool,
    /// Decimals to show; storage always keeps four.
    #[serde(default)]
    #[schema(example = 0, maximum = 4)]
    #[validate(range(max = 4))]
    pub decimals: u8,
    /// What counts and what does not (统计口径).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "建档立卡贫困户，以年底验收为准", max_length = 2000)]
    #[validate(length(max = 2000))]
    pub definition: Option<String>,
}

/// An indicator.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Indicator {
    /// The client's own name for it; never changes.
    #[schema(example = "households-lifted")]
    pub code: String,
    /// The name as plans write it.
    #[schema(example = "脱贫户数")]
    pub name: String,
    /// Group it is shown under.
    #[schema(example = "扶贫/乡村振兴")]
    pub category: String,
    /// Code of the indicator it is a breakdown of, if any.
    #[schema(example = "state-and-city-projects")]
    pub parent: Option<String>,
    /// Canonical unit.
    #[schema(example = "户")]
    pub unit: String,
    /// What a value of it is.
    pub value_type: ValueType,
    /// Which way is better.
    pub direction: Direction,
    /// How a year's actuals combine.
    pub accumulation: Accumulation,
    /// Whether it may be summed over associations.
    #[schema(example = true)]
    pub additive: bool,
    /// Decimals to show.
    #[schema(example = 0)]
    pub decimals: u8,
    /// What counts and what does not.
    #[schema(example = "建档立卡贫困户，以年底验收为准")]
    pub definition: Option<String>,
    /// When it was first stored.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
}

/// Which indicators to list.
#[derive(Clone, Debug, Default, Deserialize, IntoParams, Validate)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct IndicatorQuery {
    /// Only this category.
    #[param(example = "科普")]
    pub category: Option<String>,
    /// Only breakdowns of this indicator.
    #[param(value_type = Option<String>, example = "state-and-city-projects")]
    pub parent: Option<ResourceCode>,
    /// Only with this text in the name, the definition or the code.
    #[param(example = "培训")]
    #[validate(length(min = 1, max = 100))]
    pub q: Option<String>,
}
