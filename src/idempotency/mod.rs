//! Requests that are safe to repeat as a whole: the answer is kept beside what was done, in the same transaction.
//!
//! Only answers that stored something are kept: what was refused stored nothing, and is refused again.

pub(crate) mod store;

use std::future::{Ready, ready};

use actix_web::body::BoxBody;
use actix_web::http::{StatusCode, header};
use actix_web::{FromRequest, HttpRequest, HttpResponse, Responder, dev};
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::error::{ApiError, ApiResult, Code, Text, Violation};
use crate::http::Answer;

/// Names a request.
pub const NAME: &str = "Idempotency-Key";

/// Says that an answer is the kept one of the same request before.
pub const REPLAYED: &str = "Idempotency-Replayed";

/// The request's `Idempotency-Key`, if any.
#[derive(Clone, Debug, Default)]
pub struct IdempotencyKey(Option<String>);

impl IdempotencyKey {
    /// A key of this name, for a request that comes without the header.
    pub const fn named(name: String) -> Self {
        Self(Some(name))
    }

    /// The key with what it stands for; none where the request has none.
    pub fn of(&self, fingerprint: Fingerprint) -> Option<Repeatable<'_>> {
        self.0.as_deref().map(|name| Repeatable { name, fingerprint })
    }
}

/// SHA-256 of what a request asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fingerprint(pub [u8; 32]);

impl Fingerprint {
    /// Of a request whose body was read as JSON: spaces and the order of fields do not matter.
    ///
    /// # Errors
    /// Only a fault of ours: a body that is no JSON.
    pub fn of(request: &HttpRequest, body: &impl Serialize) -> ApiResult<Self> {
        let body = serde_json::to_vec(body).map_err(ApiError::internal)?;
        Ok(Self::new(request, Sha256::digest(body).into()))
    }

    /// Of a request whose body was hashed while it was read.
    pub fn new(request: &HttpRequest, body: [u8; 32]) -> Self {
        let head = format!("{} {}\n", request.method(), request.uri());
        Self(Sha256::new().chain_update(head).chain_update(body).finalize().into())
    }
}

/// A request that is safe to repeat.
#[derive(Clone, Copy, Debug)]
pub struct Repeatable<'a> {
    /// The client's name for it.
    pub name: &'a str,
    /// What it asks for.
    pub fingerprint: Fingerprint,
}

/// An answer as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// HTTP status.
    pub status: u16,
    /// Content type.
    pub content_type: String,
    /// Where what was made is found.
    pub location: Option<String>,
    /// Its entity tag.
    pub entity_tag: Option<String>,
    /// The body.
    pub body: String,
    /// Whether it was given before; answered as `Idempotency-Replayed`.
    pub is_repeated: bool,
}

impl Kept {
    /// A good answer, in the form it is kept in.
    ///
    /// # Errors
    /// Only a fault of ours: a body that is no JSON.
    pub fn of<T: Serialize>(answer: &Answer<T>) -> ApiResult<Self> {
        Ok(Self {
            location: answer.location().map(ToOwned::to_owned),
            entity_tag: answer.tag().map(ToString::to_string),
            ..Self::json(answer.status().as_u16(), "application/json", answer.body())?
        })
    }

    /// An answer that names nothing.
    ///
    /// # Errors
    /// Only a fault of ours: a body that is no JSON.
    pub fn json(status: u16, content_type: &str, body: &impl Serialize) -> ApiResult<Self> {
        let body = serde_json::to_string(body).map_err(ApiError::internal)?;
        let content_type = content_type.to_owned();
        Ok(Self { status, content_type, location: None, entity_tag: None, body, is_repeated: false })
    }
}

impl Responder for Kept {
    type Body = BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = HttpResponse::build(status);
        response.content_type(self.content_type);
        if let Some(location) = self.location {
            response.insert_header((header::LOCATION, location));
        }
        if let Some(tag) = self.entity_tag {
            response.insert_header((header::ETAG, tag));
        }
        if self.is_repeated {
            response.insert_header((REPLAYED, "true"));
        }
        response.body(self.body)
    }
}

impl FromRequest for IdempotencyKey {
    type Error = ApiError;
    type Future = Ready<ApiResult<Self>>;

    fn from_request(request: &HttpRequest, _: &mut dev::Payload) -> Self::Future {
        ready(read(request).map(Self))
    }
}

fn read(request: &HttpRequest) -> ApiResult<Option<String>> {
    let Some(value) = request.headers().get(NAME) else { return Ok(None) };
    let text = String::from_utf8_lossy(value.as_bytes()).into_owned();
    if (1..=128).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Ok(Some(text));
    }
    let violation = Violation::at(NAME, Code::InvalidValue).given(text);
    Err(ApiError::invalid_parameter(vec![
        violation.allowed(Text::new("1至128个可见的 ASCII 字符", "1 to 128 visible ASCII characters")),
    ]))
}
