//! The shape of a good answer: status, entity tag, location and JSON.

use actix_web::body::BoxBody;
use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse, Responder};
use serde::Serialize;

use super::EntityTag;

/// A JSON answer.
#[derive(Debug)]
pub struct Answer<T> {
    is_created: bool,
    body: T,
    tag: Option<EntityTag>,
    location: Option<String>,
}

impl<T> Answer<T> {
    /// 200.
    pub const fn ok(body: T) -> Self {
        Self { is_created: false, body, tag: None, location: None }
    }

    /// 201.
    pub const fn created(body: T) -> Self {
        Self { is_created: true, body, tag: None, location: None }
    }

    /// Adds the entity tag.
    #[must_use]
    pub fn tagged(mut self, tag: EntityTag) -> Self {
        self.tag = Some(tag);
        self
    }

    /// Says where the thing is found from now on.
    #[must_use]
    pub fn at(mut self, location: String) -> Self {
        self.location = Some(location);
        self
    }

    /// Whether it is 201.
    pub const fn is_created(&self) -> bool {
        self.is_created
    }

    /// The status it is sent with.
    pub const fn status(&self) -> StatusCode {
        if self.is_created { StatusCode::CREATED } else { StatusCode::OK }
    }

    /// What is answered.
    pub const fn body(&self) -> &T {
        &self.body
    }

    /// The entity tag, if any.
    pub const fn tag(&self) -> Option<&EntityTag> {
        self.tag.as_ref()
    }

    /// Where the thing is found, if said.
    pub fn location(&self) -> Option<&str> {
        self.location.as_deref()
    }
}

impl<T: Serialize> Responder for Answer<T> {
    type Body = BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        let mut response = HttpResponse::build(self.status());
        if let Some(tag) = self.tag {
            response.insert_header((header::ETAG, tag.to_string()));
        }
        if let Some(location) = self.location {
            response.insert_header((header::LOCATION, location));
        }
        response.json(self.body)
    }
}
