//! The audit trail (操作记录): who changed what and when, with before and after.
//!
//! Every store that writes calls `store::record` in the same transaction, so there is an entry exactly where something
//! was written. Entries are never changed or deleted.

pub mod handlers;
pub(crate) mod store;

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use strum::{AsRefStr, EnumString};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use validator::Validate;

use crate::http::ResourceCode;
pub(crate) use store::{Entry, Json, json};

/// What kind of thing changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, AsRefStr, EnumString, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Entity {
    /// An association.
    Association,
    /// An indicator.
    Indicator,
    /// A target.
    Target,
    /// An actual.
    Actual,
    /// An API key.
    Key,
    /// The lock of a year.
    Lock,
    /// The reporting schedule of a year.
    Schedule,
    /// A nil report.
    NilReport,
    /// A bulletin.
    Bulletin,
}

/// What was done to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, AsRefStr, EnumString, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Action {
    /// An association, indicator, target, key, schedule or bulletin is new.
    Created,
    /// An association, indicator or schedule changed, or a target was revised.
    Changed,
    /// An association or indicator was deleted, or a target removed.
    Removed,
    /// An actual or a nil report was submitted.
    Submitted,
    /// An actual was amended.
    Amended,
    /// An actual was verified.
    Verified,
    /// An actual was rejected.
    Rejected,
    /// An actual was voided.
    Voided,
    /// A nil report was withdrawn.
    Withdrawn,
    /// A key was revoked.
    Revoked,
    /// Periods of a year were closed.
    Locked,
    /// All periods of a year are open again.
    Unlocked,
}

impl Action {
    /// What happened to a thing that was there before, is there after, or both.
    pub(crate) const fn of(is_before: bool, is_after: bool) -> Self {
        match (is_before, is_after) {
            (false, _) => Self::Created,
            (true, true) => Self::Changed,
            (true, false) => Self::Removed,
        }
    }
}

/// Who did it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Actor {
    /// Id of the key; null: the command line.
    pub key_id: Option<Uuid>,
    /// What the key was called.
    #[schema(example = "奉贤区科委 报送系统")]
    pub name: String,
}

/// One write: who changed what and when.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct AuditEntry {
    /// Names the entry.
    pub id: Uuid,
    /// When it was done.
    pub at: DateTime<Utc>,
    /// Code of the association whose data changed; null: what belongs to none, or to a deleted one.
    #[schema(example = "chuzhou")]
    pub association: Option<String>,
    /// What kind of thing changed.
    pub entity: Entity,
    /// Which one: the code of an association or indicator, `2018/households-lifted` for a target, the id of an actual,
    /// nil report or key, the year of a lock or schedule, `2018/1` for a bulletin.
    #[schema(example = "2018/households-lifted")]
    pub entity_key: String,
    /// What was done to it.
    pub action: Action,
    /// Who did it.
    pub actor: Actor,
    /// `X-Request-Id` of the request, which finds it in the access log; null: the command line.
    #[schema(example = "019ac1f0-5a53-7000-8000-000000000000")]
    pub request_id: Option<String>,
    /// Why, where the write says so.
    #[schema(example = "市里下达任务调整")]
    pub reason: Option<String>,
    /// What it was, in the fields of its own resource; null where it was new.
    #[schema(value_type = Option<Object>, example = json!({"value": 94, "revision": 1}))]
    pub before: Option<Box<RawValue>>,
    /// What it became, in the fields of its own resource; null where it was removed.
    #[schema(value_type = Option<Object>, example = json!({"value": 100, "revision": 2}))]
    pub after: Option<Box<RawValue>>,
}

/// Which entries to list.
#[derive(Clone, Debug, Default, Deserialize, IntoParams, Validate)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct AuditQuery {
    /// Only what belongs to this association.
    #[param(value_type = Option<String>, example = "chuzhou")]
    pub association: Option<ResourceCode>,
    /// Only what belongs to this association or one below it.
    #[param(value_type = Option<String>, example = "huishan")]
    pub within: Option<ResourceCode>,
    /// Only this kind of thing.
    #[param(inline)]
    pub entity: Option<Entity>,
    /// Only the thing with this key, as the entries say it.
    #[param(example = "2018/households-lifted")]
    #[validate(length(min = 1, max = 100))]
    pub entity_key: Option<String>,
    /// Only this action.
    #[param(inline)]
    pub action: Option<Action>,
    /// Only what the key with this id did.
    pub actor: Option<Uuid>,
    /// Only from this day on, in the service's time zone.
    #[serde(default, deserialize_with = "crate::http::day")]
    #[param(example = "2018-06-01")]
    pub from: Option<NaiveDate>,
    /// Only up to the end of this day, in the service's time zone.
    #[serde(default, deserialize_with = "crate::http::day")]
    #[param(example = "2018-06-30")]
    pub to: Option<NaiveDate>,
    /// Only what the request with this `X-Request-Id` did.
    #[param(example = "019ac1f0-5a53-7000-8000-000000000000")]
    #[validate(length(min = 1, max = 64))]
    pub request_id: Option<String>,
}
