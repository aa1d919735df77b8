//! API keys as a resource: made, listed and revoked.

pub mod handlers;
pub mod store;

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use validator::Validate;

use crate::auth::Role;
use crate::error::{ApiResult, Code, Violation};
use crate::http::ResourceCode;
use crate::state::AppState;

/// What a new key shall be.
#[derive(Clone, Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct CreateKey {
    /// What people call the key; shown in lists and in the access log.
    #[schema(example = "奉贤区科委 报送系统", min_length = 1, max_length = 100)]
    #[validate(length(min = 1, max = 100))]
    pub name: String,
    /// What it may do.
    pub role: Role,
    /// Limits the key to this association and all below it; without it, the key reaches everything.
    #[serde(default)]
    #[schema(example = "fengxian")]
    pub scope: Option<ResourceCode>,
    /// Last day the key is accepted, in the service's time zone; without it, it never expires.
    #[serde(default, deserialize_with = "crate::http::day")]
    #[schema(example = "2027-12-31")]
    pub expires_on: Option<NaiveDate>,
}

/// An API key, without its secret.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Key {
    /// Names the key in paths and in the ledger.
    pub id: Uuid,
    /// What people call it.
    #[schema(example = "奉贤区科委 报送系统")]
    pub name: String,
    /// Open part of the secret, to recognise it by.
    #[schema(example = "kpi_0a1b2c3d4e")]
    pub prefix: String,
    /// What it may do.
    pub role: Role,
    /// The association it is limited to, with all below it; null: everything.
    #[schema(example = "fengxian")]
    pub scope: Option<String>,
    /// From this moment on it is refused; null: never.
    pub expires_at: Option<DateTime<Utc>>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// Last use, to the minute.
    pub last_used_at: Option<DateTime<Utc>>,
    /// When it was revoked; null while it is good.
    pub revoked_at: Option<DateTime<Utc>>,
}

/// A new key with its secret, which is shown this once.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct CreatedKey {
    /// The key.
    pub key: Key,
    /// Send it as `Authorization: Bearer <secret>`. It is stored nowhere and cannot be shown again.
    #[schema(example = "kpi_0a1b2c3d4e_…")]
    pub secret: String,
}

/// Who is calling.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Me {
    /// Name of the key.
    #[schema(example = "demo")]
    pub name: String,
    /// What it may do.
    pub role: Role,
    /// The association it is limited to, with all below it; null: everything.
    #[schema(example = "fengxian")]
    pub scope: Option<String>,
}

/// The moment a key's last day ends in the service's time zone.
///
/// # Errors
/// `expiry_in_the_past` when that is not in the future.
pub fn end_of(day: NaiveDate, state: &AppState) -> ApiResult<DateTime<Utc>> {
    let end = day.succ_opt().and_then(|next| state.start_of(next)).filter(|end| *end > state.now());
    end.ok_or_else(|| Violation::at("/expires_on", Code::ExpiryInThePast).given(day).into())
}
