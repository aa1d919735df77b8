//! Trends (逐月走势): an association's year month by month, what was done beside what was planned and the year before.

pub(crate) mod answer;
pub mod handlers;
mod months;
mod store;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use crate::completion::{AssociationName, Basis};
use crate::decimal::Amount;
use crate::http::ResourceCode;

/// Which trend to compute.
#[derive(Clone, Debug, Deserialize, IntoParams, Validate)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct TrendQuery {
    /// Only this indicator; all that are planned or reported where not given.
    #[param(value_type = Option<String>, example = "households-lifted")]
    pub indicator: Option<ResourceCode>,
    /// Which figures count; `reported` where not given.
    #[serde(default)]
    #[param(inline)]
    pub basis: Basis,
    /// A past day: what was known at its end, in the service's time zone. Today where not given.
    #[serde(default, deserialize_with = "crate::http::day")]
    #[param(value_type = Option<String>, format = Date, example = "2018-06-30")]
    pub as_of: Option<NaiveDate>,
}

/// An association's year month by month.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Trend {
    /// Whose plan.
    pub association: AssociationName,
    /// The plan year.
    #[schema(example = 2018)]
    pub year: i16,
    /// The day it was computed for, in the service's time zone; months that begin after it have no actual.
    #[schema(example = "2018-06-30")]
    pub as_of: NaiveDate,
    /// Which figures count.
    pub basis: Basis,
    /// One per indicator with a target or something reported, by category and code.
    pub indicators: Vec<IndicatorTrend>,
}

/// One indicator's year month by month.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct IndicatorTrend {
    /// What is counted.
    pub indicator: TrendIndicator,
    /// The twelve months.
    #[schema(min_items = 12, max_items = 12)]
    pub months: Vec<TrendMonth>,
    /// The twelve actuals of the year before, found in the same way.
    #[schema(min_items = 12, max_items = 12, example = json!([null, null, 20, null, null, 41, null, null, 60, null, null, 82]))]
    pub last_year: Vec<Option<Amount>>,
}

/// What is counted.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct TrendIndicator {
    /// Its code.
    #[schema(example = "households-lifted")]
    pub code: String,
    /// Its name.
    #[schema(example = "脱贫户数")]
    pub name: String,
    /// The unit of every value.
    #[schema(example = "户")]
    pub unit: String,
    /// Decimals to show.
    #[schema(example = 0)]
    pub decimals: i16,
}

/// Where an indicator stood at the end of a month.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub struct TrendMonth {
    /// 1 for January to 12 for December.
    #[schema(example = 6, minimum = 1, maximum = 12)]
    pub month: u32,
    /// The actuals of the year whose periods end by the end of the month, combined, in the indicator's unit; in percent
    /// for a percentage. Null where no actual's period ends in the month: no figure is not 0.
    #[schema(example = 58)]
    pub actual: Option<Amount>,
    /// What should be done by the end of the month: the value for the year × the expected share, of a change the
    /// baseline and that share of the way; null without a target.
    #[schema(example = 46.6136)]
    pub plan: Option<Amount>,
    /// The rate of that actual on the target for the whole year; null where there is no actual or no ratio.
    #[schema(example = 0.617)]
    pub rate: Option<Amount>,
}
