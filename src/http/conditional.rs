//! Computed answers that a client may have already: a strong entity tag made of what the answer is computed from, and
//! 304 without computing it.

use std::collections::BTreeMap;
use std::future::{Ready, ready};

use actix_web::body::BoxBody;
use actix_web::http::header;
use actix_web::{FromRequest, HttpRequest, HttpResponse, HttpResponseBuilder, Responder, dev};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use sha2::{Digest, Sha256};
use utoipa::IntoResponses;
use utoipa::openapi::{RefOr, Response, ResponseBuilder};

use super::EntityTag;
use crate::error::{ApiError, ApiResult};

/// Which representation a request asks for, and which of it the client has.
#[derive(Clone, Debug, Default)]
pub struct Conditional {
    has: Option<String>,
    representation: Sha256,
}

/// The headers that choose the representation: each has a tag of its own.
const VARIES_BY: [header::HeaderName; 3] = [header::ACCEPT, header::ACCEPT_ENCODING, header::ACCEPT_LANGUAGE];

impl FromRequest for Conditional {
    type Error = ApiError;
    type Future = Ready<ApiResult<Self>>;

    fn from_request(request: &HttpRequest, _: &mut dev::Payload) -> Self::Future {
        let mut representation = Sha256::new();
        // What changes an answer without its data having changed.
        let version = env!("CARGO_PKG_VERSION").as_bytes();
        let headers = VARIES_BY.map(|name| request.headers().get(name).map_or(&b""[..], |value| value.as_bytes()));
        for part in [version, request.path().as_bytes(), request.query_string().as_bytes()].into_iter().chain(headers) {
            representation.update(part);
            representation.update([0]);
        }
        let has = request.headers().get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok());
        ready(Ok(Self { has: has.map(ToOwned::to_owned), representation }))
    }
}

impl Conditional {
    /// The tag of the representation of what has this version; `version` names everything the answer is computed from,
    /// the caller's scope included.
    ///
    /// # Errors
    /// Only when the version cannot be written as JSON.
    pub fn tag(&self, version: &impl Serialize) -> ApiResult<EntityTag> {
        let version = serde_json::to_vec(version).map_err(ApiError::internal)?;
        let digest = self.representation.clone().chain_update(version).finalize();
        let digest = digest.get(..18).unwrap_or_default();
        Ok(EntityTag::opaque(&URL_SAFE_NO_PAD.encode(digest)))
    }

    /// An answer that is cheaper to compute than to send, such as a page of a list: its tag is made of itself.
    ///
    /// # Errors
    /// Only when it cannot be written as JSON.
    pub fn answer<T: Serialize>(&self, body: T) -> ApiResult<Computed<T>> {
        let tag = self.tag(&body)?;
        Ok(if self.has(&tag) { Computed::NotModified(tag) } else { Computed::Answer(body, tag) })
    }

    /// Whether the client says which it has.
    pub fn is_asked(&self) -> bool {
        self.has.is_some()
    }

    /// Whether the client has the representation with this tag.
    pub fn has(&self, tag: &EntityTag) -> bool {
        let tag = tag.to_string();
        // For reading, a tag that a proxy weakened is as good.
        let is_it = |one: &str| one == "*" || one.strip_prefix("W/").unwrap_or(one) == tag;
        self.has.as_deref().is_some_and(|has| has.split(',').map(str::trim).any(is_it))
    }
}

/// A computed answer, or that the client has it already.
#[derive(Debug)]
pub enum Computed<T> {
    /// 200 and its tag.
    Answer(T, EntityTag),
    /// 304.
    NotModified(EntityTag),
}

impl<T> Computed<T> {
    /// The answer to somebody who has none, so asked with `Conditional::default()`.
    ///
    /// # Errors
    /// A fault of ours where it was asked otherwise.
    pub fn into_answer(self) -> ApiResult<T> {
        match self {
            Self::Answer(answer, _) => Ok(answer),
            Self::NotModified(tag) => Err(ApiError::internal(format!("nobody has {tag}"))),
        }
    }
}

/// What can be sent as the body of an answer.
pub trait Content {
    /// The answer with it.
    fn send(self, response: &mut HttpResponseBuilder) -> HttpResponse;
}

impl<T: Serialize> Content for T {
    fn send(self, response: &mut HttpResponseBuilder) -> HttpResponse {
        response.json(self)
    }
}

impl<T: Content> Responder for Computed<T> {
    type Body = BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        let (mut response, tag) = match &self {
            Self::Answer(_, tag) => (HttpResponse::Ok(), tag),
            Self::NotModified(tag) => (HttpResponse::NotModified(), tag),
        };
        response.insert_header((header::ETAG, tag.to_string()));
        // Whoever keeps it asks again each time: an accepted figure is in the very next answer.
        response.insert_header((header::CACHE_CONTROL, "private, no-cache"));
        response.append_header((header::VARY, "accept, accept-language, authorization"));
        match self {
            Self::Answer(body, _) => body.send(&mut response),
            Self::NotModified(_) => response.finish(),
        }
    }
}

/// Stands for the 304 in the documentation of an operation; the document says of every operation that has it how to ask.
#[derive(Clone, Copy, Debug)]
pub struct NotModified;

impl NotModified {
    /// Its status.
    pub const STATUS: &str = "304";
}

impl IntoResponses for NotModified {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        let response = ResponseBuilder::new().description("The client has this answer already; there is no body.");
        BTreeMap::from([(Self::STATUS.to_owned(), response.build().into())])
    }
}
