//! Many rows at once, from JSON, NDJSON, CSV and spreadsheets into the ledger and the plans.
//!
//! Reads the rows with `tabular`, finds what they name, and hands them to the set-based stores of their kind. Knows
//! nothing of how a row is judged.

pub(crate) mod answer;
pub mod form_handlers;
pub mod handlers;
pub mod import;
pub(crate) mod names;
mod rows;
pub(crate) mod shown;
pub(crate) mod template;
pub(crate) mod upload;

use serde::{Deserialize, Serialize};
use strum::AsRefStr;
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use crate::actuals::{ChangeActual, SubmitActual};
use crate::http::{FileFormat, ResourceCode, Year};
use crate::targets::PutTarget;

/// Whether one refused row stops the others.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, AsRefStr, Serialize, Deserialize, ToSchema, clap::ValueEnum)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Mode {
    /// All rows or none.
    #[default]
    Atomic,
    /// Every row that is good by itself.
    Partial,
}

/// How a batch is taken.
#[derive(Clone, Debug, Default, Deserialize, IntoParams, Validate)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct BatchQuery {
    /// Do everything but store it: the answer is the one the batch would get.
    #[serde(default)]
    #[param(example = false)]
    pub dry_run: bool,
    /// Whether one refused row stops the others.
    #[serde(default)]
    #[param(inline)]
    pub mode: Mode,
    /// Name of the sheet to read of a workbook; the first one where not given.
    #[param(example = "填报")]
    pub sheet: Option<String>,
}

/// Which form.
#[derive(Clone, Debug, Deserialize, IntoParams, Validate)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct FormQuery {
    /// Code of the association that reports.
    #[param(value_type = String, example = "fengxian")]
    pub association: ResourceCode,
    /// The year reported on.
    #[param(value_type = i16, minimum = 1949, maximum = 2199, example = 2007)]
    pub year: Year,
    /// How the form is written; a workbook where not given.
    #[param(inline)]
    pub format: Option<FileFormat>,
}

/// Many actuals at once, as JSON: at most 10,000 items.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(example = json!({"defaults": {"period": "2018-03"}, "items": [
    {"association": "chuzhou", "indicator": "households-lifted", "value": 31, "external_id": "chuzhou-2018-03-households"},
    {"association": "chuzhou", "indicator": "households-lifted", "value": "近30户", "period": "2018-02", "external_id": "chuzhou-2018-02-households"}
]}))]
pub struct ActualBatch {
    /// Fields that every item has, where it does not give its own.
    #[schema(value_type = Option<Object>, required = false)]
    pub defaults: Option<serde_json::Value>,
    /// The rows.
    #[schema(max_items = 10_000)]
    pub items: Vec<ActualItem>,
}

/// An actual of a batch.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ActualItem {
    /// Code of the association that reports; or its name or an alias, where no other has it.
    #[schema(example = "chuzhou")]
    pub association: String,
    /// The actual; `indicator` may be the indicator's name, where no other has it.
    #[serde(flatten)]
    pub actual: SubmitActual,
}

/// Many changes of stored actuals at once, as JSON: at most 10,000 items.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(example = json!({"defaults": {"association": "chuzhou", "action": "verify"}, "items": [
    {"external_id": "chuzhou-2018-02-households"},
    {"external_id": "chuzhou-2018-03-households", "value": 30, "reason": "核减重复上报的1户"}
]}))]
pub struct ChangeBatch {
    /// Fields that every item has, where it does not give its own.
    #[schema(value_type = Option<Object>, required = false)]
    pub defaults: Option<serde_json::Value>,
    /// The rows.
    #[schema(max_items = 10_000)]
    pub items: Vec<ChangeItem>,
}

/// A change of a batch.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ChangeItem {
    /// Code of the association that reported the actual; or its name or an alias, where no other has it.
    #[schema(example = "chuzhou")]
    pub association: String,
    /// The change.
    #[serde(flatten)]
    pub change: ChangeActual,
}

/// Many targets at once, as JSON: at most 10,000 items.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(example = json!({"defaults": {"association": "fengxian", "year": 2007}, "items": [
    {"indicator": "training-attendances", "expression": "不少于2000人次", "reason": "市里下达"}
]}))]
pub struct TargetBatch {
    /// Fields that every item has, where it does not give its own.
    #[schema(value_type = Option<Object>, required = false)]
    pub defaults: Option<serde_json::Value>,
    /// The rows.
    #[schema(max_items = 10_000)]
    pub items: Vec<TargetItem>,
}

/// A target of a batch.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct TargetItem {
    /// Code of the association that plans; or its name or an alias, where no other has it.
    #[schema(example = "fengxian")]
    pub association: String,
    /// Plan year.
    #[schema(example = 2007)]
    pub year: i16,
    /// Code of the indicator; or its name, where no other has it.
    #[schema(example = "training-attendances")]
    pub indicator: String,
    /// The target.
    #[serde(flatten)]
    pub target: PutTarget,
}
