//! Who is calling: keys as credentials, what their role allows, and which part of the tree they may see.
//!
//! Every scope check of the service is in [`Caller`].

mod caller;
mod secret;
pub mod session;
pub mod store;

use serde::{Deserialize, Serialize};
use strum::{AsRefStr, EnumString};
use utoipa::ToSchema;

use crate::error::Text;

pub use caller::{Caller, Permission, Scope, authenticate, subtree};
pub use secret::Secret;

/// What a key may do.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, AsRefStr, EnumString, Serialize, Deserialize, ToSchema, clap::ValueEnum,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Role {
    /// Reads everything in its scope.
    Viewer,
    /// Also submits, amends and voids actuals, submits and withdraws nil reports.
    Reporter,
    /// Also sets targets.
    Planner,
    /// Also verifies actuals and issues bulletins.
    Verifier,
    /// Everything, keys and associations included.
    Admin,
}

impl Role {
    /// As people read it.
    pub const fn words(self) -> Text {
        match self {
            Self::Viewer => Text::new("查看", "viewer"),
            Self::Reporter => Text::new("填报", "reporter"),
            Self::Planner => Text::new("计划", "planner"),
            Self::Verifier => Text::new("核定", "verifier"),
            Self::Admin => Text::new("管理", "admin"),
        }
    }
}
