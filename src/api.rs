//! The one route table, and the OpenAPI document made from it.

use std::collections::BTreeMap;

use actix_web::middleware::from_fn;
use actix_web::{App, web};
use strum::IntoEnumIterator;
use utoipa::openapi::header::{Header, HeaderBuilder};
use utoipa::openapi::path::{Operation, Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::schema::{Object, Type};
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{Content, OpenApi as Document, Ref, RefOr, Required, ResponseBuilder};
use utoipa::{Modify, OpenApi};
use utoipa_actix_web::service_config::ServiceConfig;
use utoipa_actix_web::{AppExt, scope};

use crate::error::{Code, FieldProblem, Problem, SHARED_STATUSES};
use crate::http::NotModified;
use crate::idempotency;
use crate::{
    actuals, associations, audit, auth, bulletins, completion, exchange, health, indicators, keys, laggards, locks,
    pages, rankings, reporting, standings, targets, trends,
};

/// Every route of the service but the documentation's own.
pub fn routes(config: &mut ServiceConfig) {
    config.service(health::show_liveness).service(health::show_readiness).service(health::show_metrics).service(
        scope::scope("/api/v1")
            .wrap(from_fn(auth::authenticate))
            .service(associations::handlers::put_association)
            .service(associations::handlers::show_association)
            .service(associations::handlers::patch_association)
            .service(associations::handlers::delete_association)
            .service(associations::handlers::list_associations)
            .service(indicators::handlers::put_indicator)
            .service(indicators::handlers::show_indicator)
            .service(indicators::handlers::patch_indicator)
            .service(indicators::handlers::delete_indicator)
            .service(indicators::handlers::list_indicators)
            .service(targets::handlers::put_target)
            .service(targets::handlers::show_target)
            .service(targets::handlers::delete_target)
            .service(targets::handlers::list_targets)
            .service(targets::handlers::list_target_revisions)
            .service(actuals::handlers::submit_actual)
            .service(actuals::handlers::list_actuals)
            .service(actuals::handlers::show_actual)
            .service(actuals::handlers::amend_actual)
            .service(actuals::handlers::verify_actual)
            .service(actuals::handlers::reject_actual)
            .service(actuals::handlers::void_actual)
            .service(actuals::handlers::list_actual_revisions)
            .service(exchange::handlers::submit_actuals)
            .service(exchange::handlers::change_actuals)
            .service(exchange::handlers::set_targets)
            .service(exchange::form_handlers::show_actuals_form)
            .service(completion::handlers::show_completion)
            .service(trends::handlers::show_trend)
            .service(laggards::handlers::list_laggards)
            .service(laggards::handlers::count_statuses)
            .service(reporting::handlers::show_reporting)
            .service(reporting::handlers::show_schedule)
            .service(reporting::handlers::put_schedule)
            .service(reporting::handlers::submit_nil_report)
            .service(reporting::handlers::list_nil_reports)
            .service(reporting::handlers::withdraw_nil_report)
            .service(standings::handlers::summarize_completion)
            .service(rankings::handlers::rank_associations)
            .service(rankings::handlers::show_rank)
            .service(bulletins::handlers::create_bulletin)
            .service(bulletins::handlers::list_bulletins)
            .service(bulletins::handlers::show_bulletin)
            .service(keys::handlers::create_key)
            .service(keys::handlers::list_keys)
            .service(keys::handlers::revoke_key)
            .service(keys::handlers::show_me)
            .service(locks::handlers::show_lock)
            .service(locks::handlers::put_lock)
            .service(locks::handlers::list_locks)
            .service(audit::handlers::list_audit_entries),
    );
}

/// Every page; they are for people, and no part of the document.
pub fn pages(config: &mut web::ServiceConfig) {
    config.service(
        web::scope("")
            .wrap(from_fn(pages::shell::dress))
            .service(pages::assets::show_asset)
            .service(pages::sign_in::show_sign_in)
            .service(pages::sign_in::sign_in)
            .service(pages::sign_in::sign_out)
            .service(pages::sign_in::choose_language)
            .service(pages::overview::show_start)
            .service(pages::overview::show_overview)
            .service(pages::parts::show_statuses)
            .service(pages::parts::show_ranking)
            .service(pages::parts::show_laggards)
            .service(pages::parts::show_reporting)
            .service(pages::export::export_completion)
            .service(pages::export::export_summary)
            .service(pages::export::export_ranking)
            .service(pages::export::export_laggards)
            .service(pages::export::export_bulletin)
            .service(pages::submit::choose_association)
            .service(pages::submit::show_form)
            .service(pages::submit::submit)
            .service(pages::upload::show_upload)
            .service(pages::upload::show_blank)
            .service(pages::upload::take_upload)
            .service(pages::indicator::show_latest)
            .service(pages::indicator::list_indicators)
            .service(pages::indicator::show_indicator)
            .service(pages::indicator::show_distribution)
            .service(pages::bulletins::list_bulletins)
            .service(pages::issue::preview_bulletin)
            .service(pages::issue::issue_bulletin)
            .service(pages::bulletin::show_bulletin)
            .service(pages::association::show_association)
            .service(pages::line::show_line)
            .service(pages::actual::show_actual)
            .service(pages::actual::change_actual)
            .service(pages::waiting::show_unverified)
            .service(pages::waiting::show_waiting)
            .service(pages::waiting::verify_chosen),
    );
}

/// The OpenAPI document of the routes.
pub fn document() -> Document {
    let (_, mut document) = App::new().into_utoipa_app().openapi(Base::openapi()).configure(routes).split_for_parts();
    for (path, item) in &mut document.paths.paths {
        // Keys have no entity tag; everything else that changes a single resource takes the condition.
        let is_tagged = !path.contains("/keys");
        let is_change = ["/verify", "/reject", "/void", "/withdraw"].iter().any(|end| path.ends_with(end));
        let change = item.post.as_mut().filter(|_| is_change);
        let writes = [item.put.as_mut(), item.patch.as_mut(), item.delete.as_mut(), change];
        for operation in writes.into_iter().flatten().filter(|_| is_tagged) {
            operation.parameters.get_or_insert_default().push(if_match().into());
        }
        let counts_each =
            ["/actuals", "/actuals/changes", "/targets", "/bulletins"].iter().any(|end| path.ends_with(end));
        if let Some(operation) = item.post.as_mut().filter(|_| counts_each) {
            describe_repeating(operation);
        }
        if let Some(operation) = item.get.as_mut() {
            describe_asking_again(operation);
        }
    }
    document
}

/// Says of an operation that may answer 304 how to ask for it, and where the tag comes from.
fn describe_asking_again(operation: &mut Operation) {
    let answers = &mut operation.responses.responses;
    if !answers.contains_key(NotModified::STATUS) {
        return;
    }
    let tagged = answers.iter_mut().filter(|(status, _)| ["200", NotModified::STATUS].contains(&status.as_str()));
    for (_, response) in tagged {
        if let RefOr::T(response) = response {
            let tag = header("Changes with everything the answer is computed from.", Type::String);
            response.headers.insert("ETag".to_owned(), tag.into());
        }
    }
    operation.parameters.get_or_insert_default().push(if_none_match().into());
}

/// Says of an operation that takes an `Idempotency-Key` so, and how a kept answer is told.
fn describe_repeating(operation: &mut Operation) {
    operation.parameters.get_or_insert_default().push(idempotency_key().into());
    let good = operation.responses.responses.iter_mut().filter(|(status, _)| status.starts_with('2'));
    for (_, response) in good {
        if let RefOr::T(response) = response {
            let replayed = header("`true`: the answer kept of the same request before; absent else.", Type::String);
            response.headers.insert(idempotency::REPLAYED.to_owned(), replayed.into());
        }
    }
}

fn idempotency_key() -> Parameter {
    ParameterBuilder::new()
        .name(idempotency::NAME)
        .parameter_in(ParameterIn::Header)
        .required(Required::False)
        .description(Some(
            "Makes the request safe to repeat as a whole: the same key with the same request answers what was answered \
             before, for a day. 1 to 128 visible ASCII characters, a new one for each request; 409 while the first one \
             is still worked on, or when the key stands for another request.",
        ))
        .schema(Some(Object::with_type(Type::String)))
        .example(Some("chuzhou-2018-03-upload-1".into()))
        .build()
}

fn header(description: &str, kind: Type) -> Header {
    HeaderBuilder::new().schema(Some(Object::with_type(kind))).description(Some(description)).build()
}

fn if_match() -> Parameter {
    ParameterBuilder::new()
        .name("If-Match")
        .parameter_in(ParameterIn::Header)
        .required(Required::False)
        .description(Some("The `ETag` of what is changed, as it was answered: 412 when somebody else was faster."))
        .schema(Some(Object::with_type(Type::String)))
        .example(Some("\"019ac1f05a5370008000000000000000-1\"".into()))
        .build()
}

fn if_none_match() -> Parameter {
    ParameterBuilder::new()
        .name("If-None-Match")
        .parameter_in(ParameterIn::Header)
        .required(Required::False)
        .description(Some(
            "The `ETag` of an answer the client has to the same question: 304 without a body while it is still right.",
        ))
        .schema(Some(Object::with_type(Type::String)))
        .example(Some("\"q83vEjRWeJq83vEjRWeJq83v\"".into()))
        .build()
}

/// What the document says beside the routes; also where a generated client's shared types come from.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "KPI tracker for science-and-technology associations",
        license(name = "MIT OR Apache-2.0", identifier = "MIT OR Apache-2.0")
    ),
    servers((url = "/", description = "This service")),
    tags(
        (name = "associations", description = "组织: who plans and reports, as a tree."),
        (name = "indicators", description = "指标: what is counted, in one canonical unit."),
        (name = "targets", description = "目标: what an association plans for an indicator in a year."),
        (name = "actuals", description = "实绩: reported values, each covering a period."),
        (name = "completion", description = "完成情况: how far an association is with its plan."),
        (name = "trends", description = "逐月走势: an association's year month by month."),
        (name = "laggards", description = "聚焦落后指标: the lines of many associations that are behind the pace."),
        (name = "reporting", description = "报送: who has to report when, who did, who did in time, and who is missing."),
        (name = "bulletins", description = "通报: how a year stood, as it was issued."),
        (name = "keys", description = "API keys, their roles and scopes."),
        (name = "locks", description = "封账: periods that are closed to all but admins."),
        (name = "audit", description = "Who changed what and when, with before and after."),
        (name = "health", description = "Whether the service is up; open without a key."),
    ),
    components(schemas(Problem, FieldProblem)),
    security(("key" = [])),
    modifiers(&Shared)
)]
struct Base;

struct Shared;

impl Modify for Shared {
    fn modify(&self, document: &mut Document) {
        document.info.description = Some(introduction());
        let Some(components) = document.components.as_mut() else { return };
        let key = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .description(Some("An API key: `Authorization: Bearer kpi_…`. `kpi key create` makes the first one."));
        components.add_security_scheme("key", SecurityScheme::Http(key.build()));
        for (status, description) in SHARED_STATUSES {
            let content = Content::new(Some(Ref::from_schema_name("Problem")));
            let mut response =
                ResponseBuilder::new().description(description).content("application/problem+json", content);
            let again = match status {
                409 => Some("Seconds to wait; only with `request_in_progress`, which asks to be asked again."),
                503 => Some("Seconds to wait before the next try."),
                _ => None,
            };
            if let Some(again) = again {
                response = response.header("Retry-After", header(again, Type::Integer));
            }
            components.responses.insert(format!("Problem{status}"), response.build().into());
        }
    }
}

/// The first thing an integrator reads; the codes are listed from the code.
fn introduction() -> String {
    let mut codes: BTreeMap<u16, Vec<String>> = BTreeMap::new();
    for code in Code::iter().filter(|code| !code.is_of_pages()) {
        codes.entry(code.entry().status.as_u16()).or_default().push(format!("`{}`", code.as_ref()));
    }
    let listed: String = codes.iter().map(|(status, codes)| format!("- **{status}** {}\n", codes.join(", "))).collect();
    format!("{}\n{listed}", include_str!("../openapi/introduction.md"))
}
