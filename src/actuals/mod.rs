//! Actuals (实绩): reported values, each covering a period. The ledger: nothing is ever deleted.

pub(crate) mod answer;
pub(crate) mod bulk;
pub(crate) mod change;
pub(crate) mod changes;
pub(crate) mod content;
pub(crate) mod doubts;
pub(crate) mod first;
pub mod handlers;
pub(crate) mod implausible;
pub(crate) mod replay;
pub(crate) mod row;
pub(crate) mod signatures;
pub(crate) mod store;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use strum::{AsRefStr, EnumString};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use validator::{Validate, ValidateUrl};

use crate::decimal::{Amount, Written};
use crate::error::Text;
use crate::http::{ResourceCode, Year, refusal};
use crate::period::Period;
pub use changes::{ChangeAction, ChangeActual};

/// How exact a figure is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, AsRefStr, EnumString, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Qualifier {
    /// The figure itself.
    #[default]
    Exact,
    /// 约, 近, 左右.
    About,
    /// 余, 多, 以上: at least the figure.
    AtLeast,
}

/// Where an actual is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, AsRefStr, EnumString, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum State {
    /// Reported by the association (自评).
    Reported,
    /// Settled by a verifier (核定), perhaps with another value.
    Verified,
    /// Refused by a verifier; counts nowhere.
    Rejected,
    /// Withdrawn with a reason; counts nowhere.
    Voided,
}

impl State {
    /// As people read it.
    pub const fn words(self) -> Text {
        match self {
            Self::Reported => Text::new("已报送", "Reported"),
            Self::Verified => Text::new("已核定", "Verified"),
            Self::Rejected => Text::new("已退回", "Rejected"),
            Self::Voided => Text::new("已作废", "Voided"),
        }
    }
}

/// An actual as a client submits it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"indicator": "households-lifted", "value": 31, "period": "2018-Q1", "external_id": "chuzhou-2018-q1-households"}))]
pub struct SubmitActual {
    /// Code of the indicator.
    #[schema(value_type = String, example = "households-lifted")]
    pub indicator: ResourceCode,
    /// The value; a milestone is 1 (done) or 0, or says so in words: 完成, 已完成, 是, or 未完成, 否. A percentage has numerator and denominator instead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<Written>,
    /// Of a percentage.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = 43)]
    pub numerator: Option<Amount>,
    /// Of a percentage; above 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = 43)]
    pub denominator: Option<Amount>,
    /// Unit of the value, where it is not the indicator's own; it is converted exactly.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "户", max_length = 16)]
    pub unit: Option<String>,
    /// The days it covers, inside one year; it has begun by today, in the service's time zone.
    pub period: Period,
    /// How exact the figure is; where not given, as the value's text says, else `exact`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub qualifier: Option<Qualifier>,
    /// The client's own key, unique in the association. With it a submission is safe to repeat: the same content
    /// answers 200 and the stored actual.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "chuzhou-2018-q1-households", min_length = 1, max_length = 128)]
    #[validate(length(min = 1, max = 128))]
    pub external_id: Option<String>,
    /// Who did it, where that is not the association that reports it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "滁州市医学会", min_length = 1, max_length = 200)]
    #[validate(length(min = 1, max = 200))]
    pub performed_by: Option<String>,
    /// What shows it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[validate(nested)]
    pub evidence: Option<Evidence>,
    /// A remark.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "一季度脱贫验收", min_length = 1, max_length = 2000)]
    #[validate(length(min = 1, max = 2000))]
    pub note: Option<String>,
    /// Why it is submitted after its period was closed; only admins may. No part of what makes two submissions the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "年报补录", min_length = 1, max_length = 500)]
    #[validate(length(min = 1, max = 500))]
    pub reason: Option<String>,
}

/// What shows an actual.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct Evidence {
    /// Title of the document.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "滁州市科协2017年工作总结", min_length = 1, max_length = 300)]
    #[validate(length(min = 1, max = 300))]
    pub document: Option<String>,
    /// Where it is, as an `http` or `https` address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "https://www.example.org/report-2017.pdf", max_length = 1000)]
    #[validate(length(max = 1000), custom(function = check_url))]
    pub url: Option<String>,
    /// The sentence that says it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "2017年脱贫82户195人", min_length = 1, max_length = 2000)]
    #[validate(length(min = 1, max = 2000))]
    pub quote: Option<String>,
}

/// Only addresses a page may safely link to.
fn check_url(url: &str) -> Result<(), validator::ValidationError> {
    let is_web = ["http://", "https://"].iter().any(|scheme| url.starts_with(scheme)) && url.validate_url();
    let refused = || refusal("invalid_url", Text::new("http 或 https 网址", "an http or https address"));
    is_web.then_some(()).ok_or_else(refused)
}

/// What a verifier settles on: the figure as reported, or another one with a reason.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"value": 30, "reason": "核减重复上报的1户"}))]
pub struct VerifyActual {
    /// The value settled on, where it is not the reported one: a number, or text with an exact figure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<Written>,
    /// Of a percentage, where its figures are not the reported ones.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = 42)]
    pub numerator: Option<Amount>,
    /// Of a percentage; above 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = 43)]
    pub denominator: Option<Amount>,
    /// Unit of the value, where it is not the indicator's own; it is converted exactly.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "户", max_length = 16)]
    pub unit: Option<String>,
    /// Why; required where the figure differs from the reported one, and of an admin where the period is closed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "核减重复上报的1户", min_length = 1, max_length = 500)]
    #[validate(length(min = 1, max = 500))]
    pub reason: Option<String>,
}

/// An actual.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Actual {
    /// Names it in paths.
    pub id: Uuid,
    /// Code of the association that reports.
    #[schema(example = "chuzhou")]
    pub association: String,
    /// Code of the indicator.
    #[schema(example = "households-lifted")]
    pub indicator: String,
    /// The year the period lies in.
    #[schema(example = 2018)]
    pub year: i16,
    /// The days it covers.
    pub period: Period,
    /// The value in the indicator's unit; null for a percentage.
    #[schema(example = 31)]
    pub value: Option<Amount>,
    /// Of a percentage.
    #[schema(example = 43)]
    pub numerator: Option<Amount>,
    /// Of a percentage.
    #[schema(example = 43)]
    pub denominator: Option<Amount>,
    /// The indicator's unit.
    #[schema(example = "户")]
    pub unit: String,
    /// How exact the figure is.
    pub qualifier: Qualifier,
    /// Where it is in its life.
    pub state: State,
    /// What a verifier last settled on; may differ from the value. It stays when the actual is amended or rejected, but
    /// counts only while the state is `verified`.
    #[schema(example = 31)]
    pub verified_value: Option<Amount>,
    /// Of a percentage.
    #[schema(example = 43)]
    pub verified_numerator: Option<Amount>,
    /// Of a percentage.
    #[schema(example = 43)]
    pub verified_denominator: Option<Amount>,
    /// The version that the last verification made; null: never verified. What it said then is under `revisions`.
    #[schema(example = 2)]
    pub verified_version: Option<i32>,
    /// When it was last verified.
    pub verified_at: Option<DateTime<Utc>>,
    /// Whether it was amended, rejected or voided since it was last verified; an amended one awaits the verifier again.
    #[schema(example = false)]
    pub changed_since_verified: bool,
    /// The client's own key.
    #[schema(example = "chuzhou-2018-q1-households")]
    pub external_id: Option<String>,
    /// Who did it, where that is not the association that reports it.
    #[schema(example = "滁州市医学会")]
    pub performed_by: Option<String>,
    /// What shows it.
    pub evidence: Option<Evidence>,
    /// A remark.
    #[schema(example = "一季度脱贫验收")]
    pub note: Option<String>,
    /// 1 as first reported; counts up with every change.
    #[schema(example = 1)]
    pub version: i32,
    /// Why it was last changed, or submitted after its period was closed.
    #[schema(example = "重复上报")]
    pub reason: Option<String>,
    /// When it was first reported.
    pub reported_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
}

/// Why something is changed.
#[derive(Clone, Debug, Deserialize, ToSchema, IntoParams, Validate)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Because {
    /// Why; kept with the actual.
    #[schema(example = "重复上报", min_length = 1, max_length = 500)]
    #[param(example = "更正录入错误", min_length = 1, max_length = 500)]
    #[validate(length(min = 1, max = 500))]
    pub reason: String,
}

/// Which actuals to list.
#[derive(Clone, Debug, Default, Deserialize, IntoParams, Validate)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ActualQuery {
    /// Only this year.
    #[param(value_type = Option<i16>, minimum = 1949, maximum = 2199, example = 2018)]
    pub year: Option<Year>,
    /// Only this indicator.
    #[param(value_type = Option<String>, example = "households-lifted")]
    pub indicator: Option<ResourceCode>,
    /// Only in this state.
    #[param(inline)]
    pub state: Option<State>,
    /// Only those that were amended, rejected or voided since they were last verified (true), or only the others (false).
    /// With `state=reported`: what a verifier has to look at again.
    #[param(example = true)]
    pub changed_since_verified: Option<bool>,
}

/// Names an actual.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct ActualPath {
    /// The association's code.
    #[param(value_type = String, example = "chuzhou")]
    pub association: ResourceCode,
    /// The actual's id.
    pub id: Uuid,
}
