//! Whether the service is up, for load balancers and monitors. Open without a key.

use actix_web::get;
use actix_web::http::header::ContentType;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use diesel_async::SimpleAsyncConnection;
use prometheus::TextEncoder;
use serde::Serialize;
use utoipa::ToSchema;

use crate::error::{ApiError, ApiResult, Code};
use crate::http::Answer;
use crate::state::AppState;

/// How the service is.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub struct Health {
    /// Always `ok`; anything else is an error answer.
    #[schema(example = "ok")]
    pub status: &'static str,
}

/// Is the process alive?
///
/// Answers as long as the process does; asks nothing of the database.
#[utoipa::path(tag = "health", security(()), responses((status = 200, description = "It is.", body = Health)))]
#[get("/health/live")]
pub async fn show_liveness() -> Answer<Health> {
    Answer::ok(Health { status: "ok" })
}

/// Is the service ready for requests?
///
/// Asks the database; 503 while it is away.
#[utoipa::path(tag = "health", security(()), responses((status = 200, description = "It is.", body = Health), ApiError))]
#[get("/health/ready")]
pub async fn show_readiness(state: Data<AppState>) -> ApiResult<Answer<Health>> {
    state.conn().await?.batch_execute("SELECT 1").await?;
    Ok(Answer::ok(Health { status: "ok" }))
}

/// Show counters.
///
/// Requests by method, route and status with their duration, in the text format of Prometheus. Only where the service
/// was started with `KPI_METRICS=true`.
#[utoipa::path(tag = "health", security(()), responses((status = 200, description = "The counters.", body = String, content_type = "text/plain"), ApiError))]
#[get("/metrics")]
pub async fn show_metrics(request: HttpRequest, state: Data<AppState>) -> ApiResult<HttpResponse> {
    if !state.has_metrics {
        return Err(ApiError::new(Code::RouteNotFound).given(request.path()));
    }
    let text = TextEncoder::new().encode_to_string(&state.metrics.registry.gather()).map_err(ApiError::internal)?;
    Ok(HttpResponse::Ok().content_type(ContentType::plaintext()).body(text))
}
