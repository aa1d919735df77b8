//! Many changes of stored actuals in one transaction: each one as a single one, in the order of the years they lie in.

mod settle;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use strum::{AsRefStr, EnumString};
use utoipa::ToSchema;
use uuid::Uuid;
use validator::Validate;

use super::VerifyActual;
use crate::associations;
use crate::auth::{Caller, Permission};
use crate::batch::Place;
use crate::decimal::{Amount, Written};
use crate::error::{AN_OBJECT, ApiError, ApiResult, Code, Text, Violation};
pub(crate) use settle::settle;

/// What shall become of an actual.
#[derive(Clone, Copy, Debug, PartialEq, Eq, AsRefStr, EnumString, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum ChangeAction {
    /// A verifier settles on the reported figure, or on another one with a reason.
    Verify,
    /// A verifier refuses it.
    Reject,
    /// It is withdrawn.
    Void,
    /// Its content changes by a patch.
    Amend,
}

impl ChangeAction {
    /// What it takes.
    pub(crate) const fn permission(self) -> Permission {
        match self {
            Self::Verify | Self::Reject => Permission::VerifyActual,
            Self::Void | Self::Amend => Permission::SubmitActual,
        }
    }

    /// The fields that say more of it, beside which actual is meant and what its version was.
    const fn fields(self) -> &'static [&'static str] {
        match self {
            Self::Verify => &["reason", "value", "numerator", "denominator", "unit"],
            Self::Reject | Self::Void => &["reason"],
            Self::Amend => &["reason", "patch"],
        }
    }
}

/// A change of a stored actual.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct ChangeActual {
    /// Id of the actual; or its `external_id` is given instead.
    #[serde(default)]
    pub id: Option<Uuid>,
    /// The client's own key of the actual.
    #[serde(default)]
    #[schema(example = "chuzhou-2018-q1-households", min_length = 1, max_length = 128)]
    #[validate(length(min = 1, max = 128))]
    pub external_id: Option<String>,
    /// What shall become of it.
    pub action: ChangeAction,
    /// The version that the caller saw; the row is refused where somebody changed the actual since.
    #[serde(default)]
    #[schema(example = 1, minimum = 1)]
    #[validate(range(min = 1))]
    pub version: Option<i32>,
    /// Why; only a verification of the reported figure needs no reason.
    #[serde(default)]
    #[schema(example = "重复上报", min_length = 1, max_length = 500)]
    #[validate(length(min = 1, max = 500))]
    pub reason: Option<String>,
    /// To verify with another value than the reported one.
    #[serde(default)]
    pub value: Option<Written>,
    /// To verify a percentage with other figures than the reported ones.
    #[serde(default)]
    #[schema(example = 42)]
    pub numerator: Option<Amount>,
    /// Of a percentage; above 0.
    #[serde(default)]
    #[schema(example = 43)]
    pub denominator: Option<Amount>,
    /// Unit of the value, where it is not the indicator's own; it is converted exactly.
    #[serde(default)]
    #[schema(example = "户", max_length = 16)]
    pub unit: Option<String>,
    /// To amend: a JSON merge patch (RFC 7396) of the actual as stored. Only in JSON and NDJSON.
    #[serde(default)]
    #[schema(value_type = Option<Object>, example = json!({"value": 32}))]
    pub patch: Option<Box<RawValue>>,
}

impl ChangeActual {
    /// To verify the figure as it was reported, where nobody changed the actual since this version.
    pub(crate) const fn verification_of(id: Uuid, version: i32) -> Self {
        Self {
            id: Some(id),
            external_id: None,
            action: ChangeAction::Verify,
            version: Some(version),
            reason: None,
            value: None,
            numerator: None,
            denominator: None,
            unit: None,
            patch: None,
        }
    }

    fn given(&self) -> impl Iterator<Item = &'static str> {
        let fields = [
            ("reason", self.reason.is_some()),
            ("value", self.value.is_some()),
            ("numerator", self.numerator.is_some()),
            ("denominator", self.denominator.is_some()),
            ("unit", self.unit.is_some()),
            ("patch", self.patch.is_some()),
        ];
        fields.into_iter().filter(|(_, is_given)| *is_given).map(|(name, _)| name)
    }

    fn check(&self) -> Result<(), Violation> {
        let missing = |name: &str| Err(Violation::at(format!("/{name}"), Code::MissingField).given(name));
        let fields = self.action.fields();
        if let Some(name) = self.given().find(|name| !fields.contains(name)) {
            return Err(Violation::at(format!("/{name}"), Code::UnknownField).given(name).allowed(fields.join(", ")));
        }
        match (&self.id, &self.external_id) {
            (None, None) => return missing("id"),
            (Some(id), Some(_)) => {
                return Err(Violation::at("/id", Code::InvalidValue)
                    .given(id)
                    .allowed(Text::new("id 或 external_id，不能两者都有", "id or external_id, not both")));
            }
            _ => {}
        }
        match self.action {
            ChangeAction::Verify => Ok(()),
            ChangeAction::Amend if self.patch.is_none() => missing("patch"),
            _ if self.reason.is_none() => missing("reason"),
            _ => self.check_patch(),
        }
    }

    fn check_patch(&self) -> Result<(), Violation> {
        match &self.patch {
            Some(patch) if !patch.get().starts_with('{') => {
                Err(Violation::at("/patch", Code::WrongType).given(patch).allowed(AN_OBJECT))
            }
            _ => Ok(()),
        }
    }

    fn verification(&self) -> VerifyActual {
        let Self { value, numerator, denominator, unit, reason, .. } = self.clone();
        VerifyActual { value, numerator, denominator, unit, reason }
    }

    /// Where the row says which actual it means.
    const fn pointer(&self) -> &'static str {
        if self.id.is_some() { "/id" } else { "/external_id" }
    }

    /// What the row calls the actual.
    fn name(&self) -> String {
        self.id.map(|id| id.to_string()).or_else(|| self.external_id.clone()).unwrap_or_default()
    }
}

/// A row that was read and found good by itself.
pub(crate) struct Staged {
    place: Place,
    association: associations::store::Found,
    change: ChangeActual,
}

impl Staged {
    /// The row at this place of the batch.
    ///
    /// # Errors
    /// `forbidden` at the action, and what does not fit it.
    pub(crate) fn of(
        place: Place,
        caller: &Caller,
        association: &associations::store::Found,
        change: ChangeActual,
    ) -> ApiResult<Self> {
        if let Err(error) = caller.require(change.action.permission()) {
            let forbidden = error.into_violations().into_iter();
            let at_action = forbidden.map(|violation| Violation { pointer: "/action".to_owned(), ..violation });
            return Err(ApiError::invalid_body(at_action.collect()));
        }
        change.check()?;
        Ok(Self { place, association: association.clone(), change })
    }
}
