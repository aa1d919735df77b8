//! Targets (目标): what an association plans for an indicator in a year, with every revision.

pub(crate) mod bulk;
pub mod handlers;
pub(crate) mod replay;
pub(crate) mod row;
pub(crate) mod store;
pub(crate) mod terms;
mod wording;

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use crate::decimal::Amount;
use crate::http::{ResourceCode, Year};
use crate::period::Per;
use crate::quantity::Bound;
use crate::rule::BasisOfRate;

/// A target as a client writes it: by fields, or by the expression of the plan.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"expression": "不少于2000人次", "source": {"document": "奉贤区科委2007年工作计划", "quote": "进行各类科技培训不少于2000人次"}}))]
pub struct PutTarget {
    /// The planned value per period, in `unit`; the lower end of a range. Instead of it: `expression` or `growth`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = 2000)]
    pub value: Option<Amount>,
    /// The phrase or sentence of the plan, read into value, upper, bound, approximate and unit: `不少于24个`, `1-2家`,
    /// `1.1万人次`. What cannot be read with certainty is refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "不少于2000人次", min_length = 1, max_length = 500)]
    #[validate(length(min = 1, max = 500))]
    pub expression: Option<String>,
    /// Upper end of a range.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = 2)]
    pub upper: Option<Amount>,
    /// How the value bounds the actual. Where not given: as the expression says, else `at_least` where higher is
    /// better and `at_most` where lower is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bound: Option<Bound>,
    /// Whether the plan says 约 or 左右.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = false)]
    pub approximate: Option<bool>,
    /// Unit of `value`, `upper` and the baseline, where it is not the indicator's own; it is converted exactly.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "人次", max_length = 16)]
    pub unit: Option<String>,
    /// The period the value is for: a duty of 50 per month counts 600 for the year. Where not given: as the expression
    /// says (每月, 每季度 …), else the year.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub per: Option<Per>,
    /// What the rate measures.
    #[serde(default)]
    pub basis_of_rate: BasisOfRate,
    /// What growth and change start from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[validate(nested)]
    pub baseline: Option<Baseline>,
    /// Planned growth over the baseline in percent (同比递增10%), instead of a value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = 10)]
    pub growth: Option<Amount>,
    /// Weight in the association's score; 1 where not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = 1)]
    pub weight: Option<Amount>,
    /// The day it has to be met by; the end of the plan year where not given. A plan over several years may lie later.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "crate::http::day")]
    #[schema(example = "2007-12-31")]
    pub due_on: Option<NaiveDate>,
    /// Cumulative share of the year's work planned by the end of each month: 12 shares, never falling, the last 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = json!([0, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1]), min_items = 12, max_items = 12)]
    pub plan: Option<Vec<Amount>>,
    /// Where the target was read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[validate(nested)]
    pub source: Option<Source>,
    /// Why a target that is already stored changes; required then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "市里下达任务调整", min_length = 1, max_length = 500)]
    #[validate(length(min = 1, max = 500))]
    pub reason: Option<String>,
}

/// What growth and change start from.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct Baseline {
    /// The year it was measured in.
    #[schema(value_type = i16, example = 2006)]
    pub year: Year,
    /// Its value.
    #[schema(example = 118)]
    pub value: Amount,
}

/// Where a target was read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// Title of the document.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "奉贤区科委2007年工作计划", max_length = 300)]
    #[validate(length(max = 300))]
    pub document: Option<String>,
    /// Where in the document.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "二、(四)", max_length = 300)]
    #[validate(length(max = 300))]
    pub locator: Option<String>,
    /// The sentence itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "进行各类科技培训不少于2000人次", max_length = 2000)]
    #[validate(length(max = 2000))]
    pub quote: Option<String>,
}

/// A target.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Target {
    /// Code of the association that plans.
    #[schema(example = "fengxian")]
    pub association: String,
    /// Plan year.
    #[schema(example = 2007)]
    pub year: i16,
    /// Code of the indicator.
    #[schema(example = "training-attendances")]
    pub indicator: String,
    /// 1 as first published; counts up with every change.
    #[schema(example = 1)]
    pub revision: i32,
    /// Whether this revision withdrew the target.
    #[schema(example = false)]
    pub removed: bool,
    /// How the value bounds the actual.
    pub bound: Bound,
    /// The planned value per period, in the indicator's unit.
    #[schema(example = 2000)]
    pub value: Amount,
    /// Upper end of a range.
    #[schema(example = 2)]
    pub upper: Option<Amount>,
    /// The value for the whole year: value × periods.
    #[schema(example = 2000)]
    pub annual_value: Amount,
    /// The indicator's unit.
    #[schema(example = "人次")]
    pub unit: String,
    /// Whether the plan says 约 or 左右.
    #[schema(example = false)]
    pub approximate: bool,
    /// The period the value is for.
    pub per: Per,
    /// What the rate measures.
    pub basis_of_rate: BasisOfRate,
    /// What growth and change start from.
    pub baseline: Option<Baseline>,
    /// Planned growth over the baseline in percent.
    #[schema(example = 10)]
    pub growth: Option<Amount>,
    /// Whether the value was derived from baseline and growth.
    #[schema(example = false)]
    pub derived: bool,
    /// Weight in the association's score.
    #[schema(example = 1)]
    pub weight: Amount,
    /// The day it has to be met by.
    #[schema(example = "2007-12-31")]
    pub due_on: NaiveDate,
    /// Cumulative share planned by the end of each month; null: even progress.
    pub plan: Option<Vec<Amount>>,
    /// Where it was read.
    pub source: Option<Source>,
    /// Why it was revised.
    #[schema(example = "市里下达任务调整")]
    pub reason: Option<String>,
    /// When this revision was recorded.
    pub recorded_at: DateTime<Utc>,
}

/// Why a target is removed.
#[derive(Clone, Debug, Deserialize, IntoParams, Validate)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Removal {
    /// Why it is removed; kept with the revisions.
    #[param(example = "任务取消", min_length = 1, max_length = 500)]
    #[validate(length(min = 1, max = 500))]
    pub reason: String,
}

/// Names a year's targets of an association.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct PlanPath {
    /// The association's code.
    #[param(value_type = String, example = "fengxian")]
    pub association: ResourceCode,
    /// Plan year.
    #[param(value_type = i16, minimum = 1949, maximum = 2199, example = 2007)]
    pub year: Year,
}

/// Names a target.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct TargetPath {
    /// The association's code.
    #[param(value_type = String, example = "fengxian")]
    pub association: ResourceCode,
    /// Plan year.
    #[param(value_type = i16, minimum = 1949, maximum = 2199, example = 2007)]
    pub year: Year,
    /// The indicator's code.
    #[param(value_type = String, example = "training-attendances")]
    pub indicator: ResourceCode,
}
