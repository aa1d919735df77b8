//! Around every request: its id, its access line, its time, and every error in the client's language.
//!
//! Never logs a header or a body, so no secret can reach the log.

use std::time::Instant;

use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{self, HeaderName, HeaderValue};
use actix_web::http::{Method, StatusCode};
use actix_web::middleware::Next;
use actix_web::web::Data;
use actix_web::{Error, HttpMessage, HttpRequest, HttpResponse};
use log::{error, info};
use uuid::Uuid;

use super::language;
use crate::error::{ApiError, Code, Phrase};
use crate::state::AppState;

/// The methods that requests are counted under by name.
const KNOWN_METHODS: [&str; 7] = ["GET", "HEAD", "PUT", "POST", "PATCH", "DELETE", "OPTIONS"];

/// Name of the key a request came with, for the access line.
pub struct KeyName(pub String);

/// In the extensions of a request: how its errors are written, where that is not a problem document.
#[derive(Clone, Copy)]
pub struct ErrorsAs(pub fn(&HttpRequest, &ApiError, &str) -> HttpResponse);

/// The id of the request, in its extensions.
#[derive(Clone, Debug)]
pub struct RequestId(pub String);

/// Wraps the whole service.
///
/// # Errors
/// Only what actix itself cannot turn into a response; what a handler or an extractor refused is one already.
pub async fn observe(
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let started = Instant::now();
    let id = request_id(request.request());
    request.extensions_mut().insert(RequestId(id.clone()));
    let method = request.method().clone();
    if method == Method::HEAD {
        // Answered as GET; the connection still knows that the body is not to be sent.
        request.head_mut().method = Method::GET;
    }
    let mut response = next.call(request).await?.map_into_boxed_body();
    if let Some(problem) = problem(&response, &id) {
        response = response.into_response(problem);
    }
    if let Ok(value) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(HeaderName::from_static("x-request-id"), value);
    }
    response.headers_mut().append(header::VARY, HeaderValue::from_static("accept-language"));
    record(&response, &method, &id, started);
    Ok(response)
}

/// The client's own request id where it is a harmless one, else a new UUIDv7.
fn request_id(request: &HttpRequest) -> String {
    let is_harmless = |id: &&str| {
        (1..=64).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
    };
    let given = request.headers().get("x-request-id").and_then(|id| id.to_str().ok()).filter(is_harmless);
    given.map_or_else(|| Uuid::now_v7().to_string(), ToOwned::to_owned)
}

/// The error answer in its final form, where the response is one.
fn problem(response: &ServiceResponse, id: &str) -> Option<HttpResponse> {
    let foreign;
    let error = match response.response().error() {
        Some(error) => match error.as_error::<ApiError>() {
            Some(error) => error,
            None => {
                foreign = translate(response, error);
                &foreign
            }
        },
        // The documentation's own files answer an empty 404.
        None if response.status() == StatusCode::NOT_FOUND && is_empty(response) => {
            foreign = ApiError::new(Code::RouteNotFound).given(response.request().path());
            &foreign
        }
        None => return None,
    };
    if let Some(cause) = error.cause() {
        error!("{id} {}: {cause}", error.code().as_ref());
    }
    let written = response.request().extensions().get::<ErrorsAs>().copied();
    if let Some(ErrorsAs(write)) = written {
        return Some(write(response.request(), error, id));
    }
    let body = error.problem(language(response.request()), id);
    let mut answer = HttpResponse::build(error.code().entry().status);
    answer.content_type("application/problem+json");
    answer.insert_header((header::CONTENT_LANGUAGE, language(response.request()).tag()));
    match error.code() {
        Code::Unauthenticated => answer.insert_header((header::WWW_AUTHENTICATE, "Bearer")),
        Code::MethodNotAllowed => answer.insert_header((header::ALLOW, error.allowed_values().unwrap_or_default())),
        Code::TooManyAttempts => {
            answer.insert_header((header::RETRY_AFTER, error.allowed_values().unwrap_or_default()))
        }
        Code::RequestInProgress => answer.insert_header((header::RETRY_AFTER, "2")),
        code if code.entry().status == StatusCode::SERVICE_UNAVAILABLE => {
            answer.insert_header((header::RETRY_AFTER, "2"))
        }
        _ => &mut answer,
    };
    Some(answer.body(serde_json::to_string(&body).unwrap_or_default()))
}

fn is_empty(response: &ServiceResponse) -> bool {
    matches!(response.response().body().size(), BodySize::None | BodySize::Sized(0))
}

/// What actix itself refused.
fn translate(response: &ServiceResponse, error: &Error) -> ApiError {
    if response.status().is_client_error() {
        return ApiError::new(Code::MalformedRequest).given(Phrase::new("格式有误", error.to_string()));
    }
    ApiError::internal(error)
}

fn record(response: &ServiceResponse, method: &Method, id: &str, started: Instant) {
    let elapsed = started.elapsed();
    let request = response.request();
    let (method, status) = (method.as_str(), response.status().as_u16());
    let route = request.match_pattern().unwrap_or_else(|| "unmatched".to_owned());
    let extensions = request.extensions();
    let key = extensions.get::<KeyName>().map_or("-", |key| key.0.as_str());
    info!(target: "kpi::access", "{method} {route} {status} {:.1}ms {id} key={key:?}", elapsed.as_secs_f64() * 1000.0);
    if let Some(state) = request.app_data::<Data<AppState>>().filter(|state| state.has_metrics) {
        // Anybody may invent methods, and every label is kept for good.
        let method = if KNOWN_METHODS.contains(&method) { method } else { "other" };
        let histogram = state.metrics.requests.with_label_values(&[method, &route, &status.to_string()]);
        histogram.observe(elapsed.as_secs_f64());
    }
}
