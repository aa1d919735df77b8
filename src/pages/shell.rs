//! What stands around every page: the headers that keep it closed, and its errors as pages.

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use actix_web::http::{Method, StatusCode};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage, HttpRequest, HttpResponse};

use super::layout::{self, Reader};
use super::visit::{held, is_browser};
use super::{Visit, Visitor};
use crate::error::{ApiError, ApiResult, Code};
use crate::http::ErrorsAs;

/// Everything a page needs comes from this service, as files: no script and no style stands in the page itself.
const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; \
                      form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// Wraps all pages.
///
/// # Errors
/// Only those of the inner service.
pub async fn dress(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    if is_browser(request.request()) {
        request.extensions_mut().insert(ErrorsAs(show_error));
    }
    if let Err(error) = refuse_foreign(request.request()) {
        return Ok(request.error_response(error));
    }
    let mut response = next.call(request).await?.map_into_boxed_body();
    close(response.headers_mut());
    Ok(response)
}

/// A form of another site comes without the session's cookie already; here nothing of it is read.
fn refuse_foreign(request: &HttpRequest) -> ApiResult<()> {
    let origin = request.headers().get(header::ORIGIN).and_then(|origin| origin.to_str().ok());
    let Some(origin) = origin.filter(|_| *request.method() != Method::GET) else { return Ok(()) };
    let own = request.connection_info().host().to_owned();
    let is_own = origin.split_once("://").is_some_and(|(_, host)| host == own);
    if is_own { Ok(()) } else { Err(ApiError::new(Code::CrossOrigin).given(origin).allowed(own)) }
}

fn close(headers: &mut HeaderMap) {
    let set = |headers: &mut HeaderMap, name: &'static str, value: &'static str| {
        headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    };
    set(headers, "content-security-policy", POLICY);
    set(headers, "x-content-type-options", "nosniff");
    set(headers, "referrer-policy", "same-origin");
    // On a shared machine, nothing stays behind but what everybody may have.
    let is_private = |value: &HeaderValue| value.as_bytes().starts_with(b"private");
    if headers.get(header::CACHE_CONTROL).is_none_or(is_private) {
        set(headers, "cache-control", "no-store");
        headers.remove(header::ETAG);
    }
}

/// A stranger is led to the door, everybody else reads what is wrong; so does whoever sent something, since the door leads
/// back to a page without it.
fn show_error(request: &HttpRequest, error: &ApiError, request_id: &str) -> HttpResponse {
    let visit = Visit::of(request);
    let status = error.code().entry().status;
    let is_question = *request.method() == Method::GET && !visit.is_part;
    let mut response = if error.code() == Code::Unauthenticated && is_question {
        let back = form_urlencoded::byte_serialize(visit.here().as_bytes()).collect::<String>();
        HttpResponse::SeeOther().insert_header((header::LOCATION, format!("/sign-in?next={back}"))).finish()
    } else {
        let reader = match request.extensions().get::<Visitor>() {
            _ if error.code() == Code::Unauthenticated => Reader::Stranger,
            Some(visitor) => Reader::Visitor(visitor.clone()),
            None if held(request).is_some() => Reader::Holder,
            None => Reader::Stranger,
        };
        let page = layout::error(&visit, &error.problem(visit.language, request_id), &reader);
        HttpResponse::build(status).content_type("text/html; charset=utf-8").body(page.into_string())
    };
    if status == StatusCode::SERVICE_UNAVAILABLE {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("2"));
    }
    close(response.headers_mut());
    response
}
