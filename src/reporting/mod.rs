//! Reporting (报送): who has to report when, who did, who did so in time, and who is missing; nil reports (零报告) included.
//!
//! A period is reported when an actual that still counts ends in it, or a nil report stands for it; in time when the first
//! of these came by the end of the due day. What counts of the ledger is kept in `first_reports`: nothing here reads it.

pub(crate) mod answer;
mod calendar;
pub mod handlers;
mod nil_reports;
pub(crate) mod schedules;
mod store;

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use strum::{AsRefStr, EnumString};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use validator::Validate;

use crate::associations::{Kind, Level};
use crate::completion::AssociationName;
use crate::decimal::Amount;
use crate::http::{ResourceCode, Year};
use crate::period::Period;

/// How often there is something to report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, AsRefStr, EnumString, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Frequency {
    /// Every month.
    Monthly,
    /// Every quarter.
    Quarterly,
}

/// Who shall report in a year, and by when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"frequency": "monthly", "due_days": 10, "within": "huishan", "kinds": ["federation", "society"]}))]
pub struct PutSchedule {
    /// How often.
    pub frequency: Frequency,
    /// Days after the end of a period by whose end a report is in time; 0: the last day of the period itself.
    #[schema(example = 10, minimum = 0, maximum = 90)]
    #[validate(range(min = 0, max = 90))]
    pub due_days: i16,
    /// Only this association and all below it; without it, everywhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "huishan")]
    pub within: Option<ResourceCode>,
    /// Only associations of these kinds; without any, of all.
    #[serde(default)]
    #[schema(example = json!(["federation", "society"]), max_items = 6)]
    #[validate(length(max = 6))]
    pub kinds: Vec<Kind>,
    /// Only associations of these levels; without any, of all.
    #[serde(default)]
    #[schema(example = json!(["county"]), max_items = 6)]
    #[validate(length(max = 6))]
    pub levels: Vec<Level>,
}

/// Who has to report in a year, and by when.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Schedule {
    /// The year.
    #[schema(example = 2018)]
    pub year: i16,
    /// How often.
    pub frequency: Frequency,
    /// Days after the end of a period by whose end a report is in time.
    #[schema(example = 10)]
    pub due_days: i16,
    /// Only this association and all below it; null: everywhere, or a place that the key may not know of.
    #[schema(example = "huishan")]
    pub within: Option<String>,
    /// Only associations of these kinds; empty: of all.
    #[schema(example = json!(["federation", "society"]))]
    pub kinds: Vec<Kind>,
    /// Only associations of these levels; empty: of all.
    #[schema(example = json!(["county"]))]
    pub levels: Vec<Level>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
}

/// Names the reporting of a year.
#[derive(Clone, Copy, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct ReportingPath {
    /// The year.
    #[param(value_type = i16, minimum = 1949, maximum = 2199, example = 2018)]
    pub year: Year,
}

/// Whose reporting to show.
#[derive(Clone, Debug, Default, Deserialize, IntoParams, Validate)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ReportingQuery {
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
    /// Only this period, a month or quarter as the schedule has them.
    #[serde(default, deserialize_with = "crate::period::queried")]
    #[param(value_type = Option<String>, example = "2018-03")]
    pub period: Option<Period>,
    /// Whether to list only associations that miss something now. The figures of the periods stay those of all.
    #[serde(default)]
    #[param(example = true)]
    pub missing: bool,
}

/// Where a period stands today. `upcoming`: it has not ended, and nothing is expected of it yet. `open`: it has ended and its
/// due day is not over, so what comes is in time and nobody is missing. `due`: its due day is over; what comes now is late,
/// and who has not reported is missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PeriodState {
    /// It has not ended.
    Upcoming,
    /// It has ended, and its due day is not over.
    Open,
    /// Its due day is over.
    Due,
}

/// How the reporting of one period stands, over all associations that were asked for.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct PeriodReporting {
    /// The month or quarter.
    pub period: Period,
    /// The last day on which a report is in time.
    #[schema(example = "2018-04-10")]
    pub due_on: NaiveDate,
    /// Where it stands today.
    pub state: PeriodState,
    /// How many associations have to report it.
    #[schema(example = 600)]
    pub expected: i64,
    /// How many of them did, nil reports included.
    #[schema(example = 590)]
    pub reported: i64,
    /// How many of these by a nil report alone.
    #[schema(example = 12)]
    pub nil: i64,
    /// How many reported in time.
    #[schema(example = 571)]
    pub on_time: i64,
    /// How many are missing now; none before the due day is over.
    #[schema(example = 10)]
    pub missing: i64,
    /// 报送率: reported / expected; null before the period has ended, and where nobody has to report.
    #[schema(example = 0.9833)]
    pub reporting_rate: Option<Amount>,
    /// 及时率: on time / expected; null as the other.
    #[schema(example = 0.9516)]
    pub on_time_rate: Option<Amount>,
}

/// How one association reports, over the periods that have ended.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct AssociationReporting {
    /// Who reports.
    pub association: AssociationName,
    /// How many of the periods that have ended it has to report.
    #[schema(example = 5)]
    pub expected: i64,
    /// How many of these it did, nil reports included.
    #[schema(example = 4)]
    pub reported: i64,
    /// How many of these by a nil report alone.
    #[schema(example = 1)]
    pub nil: i64,
    /// How many of these in time.
    #[schema(example = 3)]
    pub on_time: i64,
    /// 报送率: reported / expected; null where nothing is expected yet.
    #[schema(example = 0.8)]
    pub reporting_rate: Option<Amount>,
    /// 及时率: on time / expected; null where nothing is expected yet.
    #[schema(example = 0.6)]
    pub on_time_rate: Option<Amount>,
    /// The periods whose due day is over and that it has not reported.
    #[schema(example = json!(["2018-05"]))]
    pub missing: Vec<Period>,
    /// The periods it reported late.
    #[schema(example = json!(["2018-02"]))]
    pub late: Vec<Period>,
}

/// How the reporting of a year stands.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Reporting {
    /// Who has to report, and by when.
    pub schedule: Schedule,
    /// The day it was computed on.
    #[schema(example = "2018-06-30")]
    pub as_of: NaiveDate,
    /// Every period of the year, or the one asked for.
    pub periods: Vec<PeriodReporting>,
    /// The associations that have to report, by code.
    pub items: Vec<AssociationReporting>,
    /// Give it as `cursor` for the next page of `items`; null on the last one.
    #[schema(example = "WyJyZXBvcnRpbmciLCJmZW5neGlhbiJd")]
    pub next_cursor: Option<String>,
}

/// That there is nothing to report of a period.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"period": "2018-02", "note": "本月无培训活动"}))]
pub struct SubmitNilReport {
    /// A period of the year's schedule that has begun: a month, or a quarter where it is quarterly.
    pub period: Period,
    /// A remark.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "本月无培训活动", min_length = 1, max_length = 2000)]
    #[validate(length(min = 1, max = 2000))]
    pub note: Option<String>,
    /// Why it is submitted after its period was closed; only admins may. No part of what makes two of them the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "年报补录", min_length = 1, max_length = 500)]
    #[validate(length(min = 1, max = 500))]
    pub reason: Option<String>,
}

/// A nil report.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct NilReport {
    /// Names it in paths.
    pub id: Uuid,
    /// Code of the association that reports.
    #[schema(example = "chuzhou")]
    pub association: String,
    /// The year the period lies in.
    #[schema(example = 2018)]
    pub year: i16,
    /// The month or quarter of which there is nothing to report.
    pub period: Period,
    /// A remark.
    #[schema(example = "本月无培训活动")]
    pub note: Option<String>,
    /// When it was reported.
    pub reported_at: DateTime<Utc>,
    /// When it was withdrawn; null: it stands.
    pub withdrawn_at: Option<DateTime<Utc>>,
    /// Why it was withdrawn, or submitted after its period was closed.
    #[schema(example = "有活动漏报")]
    pub reason: Option<String>,
}

/// Which nil reports to list.
#[derive(Clone, Debug, Default, Deserialize, IntoParams, Validate)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct NilReportQuery {
    /// Only this year.
    #[param(value_type = Option<i16>, minimum = 1949, maximum = 2199, example = 2018)]
    pub year: Option<Year>,
}

/// Names a nil report.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct NilReportPath {
    /// The association's code.
    #[param(value_type = String, example = "chuzhou")]
    pub association: ResourceCode,
    /// The nil report's id.
    pub id: Uuid,
}

/// Why a nil report is withdrawn.
#[derive(Clone, Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct WithdrawNilReport {
    /// Why; kept with the nil report.
    #[schema(example = "有活动漏报", min_length = 1, max_length = 500)]
    #[validate(length(min = 1, max = 500))]
    pub reason: String,
}
