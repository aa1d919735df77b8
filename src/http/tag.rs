//! Entity tags: so that nobody overwrites what somebody else just changed.

use std::fmt;
use std::future::{Ready, ready};

use actix_web::http::header;
use actix_web::{FromRequest, HttpRequest, dev};
use uuid::Uuid;

use crate::error::{ApiError, ApiResult, Code, Phrase, Violation};

/// A strong entity tag, made of a row's id and version or of what an answer is computed from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntityTag(String);

impl EntityTag {
    /// The tag of this version of a row.
    pub fn of(id: Uuid, version: i32) -> Self {
        Self::opaque(&format!("{}-{version}", id.simple()))
    }

    /// A tag of this text, which has no quotes.
    pub(super) fn opaque(text: &str) -> Self {
        Self(format!("\"{text}\""))
    }
}

impl fmt::Display for EntityTag {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// The request's `If-Match`, if any, and whether it sent `If-None-Match: *`.
#[derive(Clone, Debug, Default)]
pub struct IfMatch {
    wanted: Option<String>,
    must_be_new: bool,
}

impl IfMatch {
    /// Only where this is the current tag.
    pub fn only(tag: &EntityTag) -> Self {
        Self { wanted: Some(tag.0.clone()), must_be_new: false }
    }

    /// Goes on when there is no condition, or the current tag fulfils it.
    ///
    /// # Errors
    /// `precondition_failed`, saying both tags.
    pub fn check(&self, current: Option<&EntityTag>) -> ApiResult<()> {
        let shown = current.map_or("–", |tag| tag.0.as_str());
        let failed = |wanted: &str| Err(ApiError::new(Code::PreconditionFailed).given(wanted).allowed(shown));
        if self.must_be_new && current.is_some() {
            return failed("If-None-Match: *");
        }
        let Some(wanted) = &self.wanted else { return Ok(()) };
        let fits = current.is_some_and(|tag| tags(wanted).any(|one| one == "*" || one == tag.0));
        if fits { Ok(()) } else { failed(wanted) }
    }
}

fn tags(list: &str) -> impl Iterator<Item = &str> {
    list.split(',').map(str::trim)
}

fn is_tag(text: &str) -> bool {
    let opaque = text.strip_prefix("W/").unwrap_or(text);
    text == "*" || (opaque.len() >= 2 && opaque.starts_with('"') && opaque.ends_with('"'))
}

fn conditions(request: &HttpRequest) -> ApiResult<IfMatch> {
    let value = |name| request.headers().get(name).map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
    let refused = |name: &str, given: &str, allowed: Phrase| {
        ApiError::invalid_parameter(vec![Violation::at(name, Code::InvalidValue).given(given).allowed(allowed)])
    };
    let wanted = value(header::IF_MATCH);
    if let Some(wanted) = wanted.as_deref().filter(|wanted| !tags(wanted).all(is_tag)) {
        return Err(refused(
            "If-Match",
            wanted,
            Phrase::new("原样返回的 ETag（含引号），或 *", "an ETag as it was answered, quotes included, or *"),
        ));
    }
    let new = value(header::IF_NONE_MATCH);
    if let Some(given) = new.as_deref().filter(|given| given.trim() != "*") {
        return Err(refused("If-None-Match", given, "*".into()));
    }
    Ok(IfMatch { wanted, must_be_new: new.is_some() })
}

impl FromRequest for IfMatch {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut dev::Payload) -> Self::Future {
        ready(conditions(request))
    }
}
