//! Entity tags: so that nobody overwrites what somebody else just changed.

use std::fmt;
use std::future::{Ready, ready};

use actix_web::http::header;
use actix_web::{FromRequest, HttpRequest, dev};
use uuid::Uuid;

use crate::error::{ApiError, ApiResult, Code};

/// A strong entity tag made of a row's id and version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntityTag(String);

impl EntityTag {
    /// The tag of this version of a row.
    pub fn of(id: Uuid, version: i32) -> Self {
        Self(format!("\"{}-{version}\"", id.simple()))
    }
}

impl fmt::Display for EntityTag {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// The request's `If-Match`, if any.
#[derive(Clone, Debug, Default)]
pub struct IfMatch(Option<String>);

impl IfMatch {
    /// Goes on when there is no condition, or the current tag fulfils it.
    ///
    /// # Errors
    /// `precondition_failed`, saying both tags.
    pub fn check(&self, current: Option<&EntityTag>) -> ApiResult<()> {
        let Some(wanted) = &self.0 else { return Ok(()) };
        let fits = current.is_some_and(|tag| wanted.split(',').map(str::trim).any(|one| one == "*" || one == tag.0));
        if fits {
            return Ok(());
        }
        let current = current.map_or("–", |tag| tag.0.as_str());
        Err(ApiError::new(Code::PreconditionFailed).given(wanted).allowed(current))
    }
}

impl FromRequest for IfMatch {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut dev::Payload) -> Self::Future {
        let value = request.headers().get(header::IF_MATCH);
        ready(Ok(Self(value.map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned()))))
    }
}
