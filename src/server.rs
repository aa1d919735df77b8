//! The HTTP server: the route table, what wraps it, and what answers where there is no route.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use actix_web::dev::{ResourceDef, Server};
use actix_web::http::Method;
use actix_web::middleware::{Compress, from_fn};
use actix_web::web::{self, Data};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer};
use utoipa::openapi::OpenApi as Document;
use utoipa_actix_web::AppExt;
use utoipa_swagger_ui::SwaggerUi;

use crate::api;
use crate::config::ServerConfig;
use crate::error::{ApiError, ApiResult, Code};
use crate::http::observe;
use crate::pages::sign_in::Attempts;
use crate::state::AppState;

/// A server that listens, and the addresses it listens on.
pub struct Listening {
    /// Runs until it is told to stop by a signal or its handle.
    pub server: Server,
    /// Where it is reached.
    pub addresses: Vec<std::net::SocketAddr>,
}

/// Listens as configured and starts to answer.
///
/// # Errors
/// When the address cannot be listened on.
pub fn start(state: AppState, config: &ServerConfig) -> std::io::Result<Listening> {
    let document = api::document();
    let known = Data::new(KnownPaths::of(&document));
    let attempts = Data::new(Attempts::default());
    let number = Arc::new(AtomicUsize::new(0));
    let server = HttpServer::new(move || {
        let (app, _) = App::new()
            .into_utoipa_app()
            .app_data(Data::new(state.of_worker(number.fetch_add(1, Ordering::Relaxed))))
            .app_data(known.clone())
            .configure(api::routes)
            .split_for_parts();
        app.service(web::redirect("/docs", "/docs/"))
            .service(SwaggerUi::new("/docs/{_:.*}").url("/api/openapi.json", document.clone()))
            .app_data(attempts.clone())
            .configure(api::pages)
            .default_service(web::to(answer_unknown))
            .wrap(Compress::default())
            .wrap(from_fn(observe))
    });
    let server = server.workers(config.worker_count()).bind(config.listen)?;
    let addresses = server.addrs();
    Ok(Listening { server: server.run(), addresses })
}

/// The paths of the API and the methods each has: to tell a wrong method from a wrong path.
struct KnownPaths(Vec<(ResourceDef, String)>);

impl KnownPaths {
    fn of(document: &Document) -> Self {
        let mut methods: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for (path, item) in &document.paths.paths {
            let has = [
                ("GET", item.get.is_some()),
                ("HEAD", item.get.is_some()),
                ("PUT", item.put.is_some()),
                ("POST", item.post.is_some()),
                ("PATCH", item.patch.is_some()),
                ("DELETE", item.delete.is_some()),
            ];
            methods.entry(path).or_default().extend(has.iter().filter(|(_, has)| *has).map(|(name, _)| name));
        }
        Self(methods.into_iter().map(|(path, methods)| (ResourceDef::new(path), methods.join(", "))).collect())
    }

    fn methods(&self, path: &str) -> Option<&str> {
        let known = self.0.iter().find(|(pattern, _)| pattern.is_match(path));
        known.map(|(_, methods)| methods.as_str())
    }
}

async fn answer_unknown(request: HttpRequest, known: Data<KnownPaths>) -> ApiResult<HttpResponse> {
    let path = request.path();
    match known.methods(path) {
        Some(methods) if *request.method() == Method::OPTIONS => {
            Ok(HttpResponse::NoContent().insert_header(("Allow", methods)).finish())
        }
        Some(methods) => Err(ApiError::new(Code::MethodNotAllowed).given(request.method()).allowed(methods)),
        None => Err(ApiError::new(Code::RouteNotFound).given(path)),
    }
}
