//! Locks (封账): which periods of a year are closed to everybody but an admin with a reason.

pub mod handlers;
pub(crate) mod store;

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use crate::http::Year;

/// The lock of a year.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Lock {
    /// The year.
    #[schema(example = 2017)]
    pub year: i16,
    /// Periods that end on or before this day are closed; null: all are open.
    #[schema(example = "2017-12-31")]
    pub closed_through: Option<NaiveDate>,
    /// Why they were closed or opened; null where that never happened.
    #[schema(example = "年度考核结束")]
    pub reason: Option<String>,
    /// When that was last changed; null where it never was.
    pub updated_at: Option<DateTime<Utc>>,
}

/// What the lock of a year shall be.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct PutLock {
    /// Last day to close, inside the year: periods that end on or before it are closed. Null opens all of them again.
    #[serde(deserialize_with = "crate::http::day")]
    #[schema(required = true, example = "2017-12-31")]
    pub closed_through: Option<NaiveDate>,
    /// Why; kept with the lock and in the audit trail.
    #[schema(example = "年度考核结束", min_length = 1, max_length = 500)]
    #[validate(length(min = 1, max = 500))]
    pub reason: String,
}

/// Names the lock of a year.
#[derive(Clone, Copy, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct LockPath {
    /// The year.
    #[param(value_type = i16, minimum = 1949, maximum = 2199, example = 2017)]
    pub year: Year,
}
