//! What waits for somebody: in an association's year, rejected actuals for whoever reports and unverified ones for a
//! verifier; in a whole year, how many of these wait where.

use actix_web::http::header;
use actix_web::web::Data;
use actix_web::{HttpResponse, get, post};
use maud::{Markup, html};

use super::awaited::{DUTIES, Indicators, Sheet, counted, lists};
use super::figures::number;
use super::layout::{self, Section};
use super::verify::{Outcome, read, verify};
use super::{Visit, Visitor};
use crate::associations::AssociationQuery;
use crate::associations::selection::Selection;
use crate::associations::store::{Found, find};
use crate::auth::{Permission, Role};
use crate::error::ApiResult;
use crate::http::{Path, parse_query};
use crate::indicators::store::catalog;
use crate::locks::store::find as find_lock;
use crate::standings::YearPath;
use crate::standings::unverified::{OfAssociation, Waiting, most_waiting, waiting as waiting_of};
use crate::state::AppState;
use crate::targets::PlanPath;

/// Leads to what waits for the visitor, where something may; it is fetched when the rest is there.
pub(super) fn waiting(visitor: &Visitor, association: &str, year: i16) -> Markup {
    let has_duties = DUTIES.iter().any(|duty| visitor.caller.require(duty.permission).is_ok());
    let (visit, place) = (&visitor.visit, format!("/waiting/{association}/{year}"));
    html! { @if has_duties { (layout::later(visit, &place, visit.say("待办", "To do"))) } }
}

/// Leads whoever reports for an association to what was sent back to it; fetched when the rest is there. It is about today.
pub(super) fn rejected_later(visitor: &Visitor, year: i16) -> Markup {
    let own = visitor.caller.scope.as_ref().filter(|_| visitor.caller.role == Role::Reporter);
    let is_today = visitor.visit.asked("as_of").is_none();
    html! { @if let Some(own) = own.filter(|_| is_today) { (waiting(visitor, &own.code, year)) } }
}

/// What waits for the visitor; as a part of another page only how much, and nothing where nothing does.
///
/// # Errors
/// `association_not_found`; `invalid_cursor`.
#[get("/waiting/{association}/{year}")]
pub async fn show_waiting(state: Data<AppState>, visitor: Visitor, path: Path<PlanPath>) -> ApiResult<Markup> {
    show(&state, &visitor, &path, Outcome::told(&visitor.visit)).await
}

/// Verifies what was chosen, as it was reported, and shows what still waits: what became of it is said there.
///
/// # Errors
/// As [`show_waiting`], and `forbidden`; `invalid_body` for what is no form of ours.
#[post("/waiting/{association}/{year}")]
pub async fn verify_chosen(
    state: Data<AppState>,
    visitor: Visitor,
    path: Path<PlanPath>,
    body: String,
) -> ApiResult<HttpResponse> {
    let mut conn = state.conn().await?;
    let association = find(&conn, &visitor.caller, &path.association).await?;
    visitor.caller.require(Permission::VerifyActual)?;
    let outcome = verify(&mut conn, &state, &visitor.caller, &association, &read(&body)?).await?;
    drop(conn);
    if outcome.verified > 0 && outcome.left.is_empty() {
        let next = visitor.visit.link("done", Some(&outcome.verified.to_string()));
        return Ok(HttpResponse::SeeOther().insert_header((header::LOCATION, next)).finish());
    }
    let page = show(&state, &visitor, &path, Some(outcome)).await?;
    Ok(HttpResponse::Ok().content_type("text/html; charset=utf-8").body(page.into_string()))
}

async fn show(
    state: &Data<AppState>,
    visitor: &Visitor,
    path: &PlanPath,
    outcome: Option<Outcome>,
) -> ApiResult<Markup> {
    let lists = lists(state, visitor, path).await?;
    let mut conn = state.conn().await?;
    let association = find(&conn, &visitor.caller, &path.association).await?;
    if visitor.visit.is_part {
        return Ok(counted(&visitor.visit, &lists));
    }
    let catalog = catalog(&conn).await?.into_values();
    let indicators: Indicators = catalog.map(|indicator| (indicator.code.clone(), indicator)).collect();
    let closed = find_lock(&mut conn, path.year).await?.into_answer().body().closed_through;
    drop(conn);
    let sheet = Sheet { state, visitor, indicators: &indicators, closed };
    let (visit, year) = (&visitor.visit, path.year.get());
    let content = html! {
        (head(visitor, &association, year))
        @if let Some(outcome) = outcome { (outcome.say(&sheet)) }
        @if lists.is_empty() { p .quiet { (visit.say("没有待办事项。", "Nothing waits for you.")) } }
        @for list in &lists { (sheet.section(list)) }
    };
    let title = format!("{} {year} · {}", association.name(), visit.say("待办", "to do"));
    Ok(layout::page(visitor, Section::Overview, year, &title, &content))
}

fn head(visitor: &Visitor, association: &Found, year: i16) -> Markup {
    let visit = &visitor.visit;
    html! {
        nav .trail aria-label=(visit.say("位置", "Where you are")) {
            @if visitor.caller.require(Permission::VerifyActual).is_ok() {
                a href={ "/waiting/" (year) } { (year) (visit.say("年度待核定的实绩", ": waiting to be verified")) }
            }
            a href={ "/associations/" (association.code()) "/" (year) } { (association.name()) }
        }
        div .head { h1 { (visit.say("待办", "To do")) " " small { (year) (visit.say("年度", "")) } } }
    }
}

/// So many associations are listed, those with the most first.
const ASSOCIATIONS: i64 = 100;

/// Which associations are asked about.
const FILTERS: [&str; 4] = ["parent", "within", "kind", "level"];

/// Leads a verifier to what waits in a whole year; fetched when the rest is there. It is about today.
pub(super) fn unverified_later(visitor: &Visitor, year: i16) -> Markup {
    let (visit, may_verify) = (&visitor.visit, visitor.caller.require(Permission::VerifyActual).is_ok());
    let place = format!("/waiting/{year}?{}", visit.query_of(&FILTERS));
    html! {
        @if may_verify && visit.asked("as_of").is_none() { (layout::later(visit, &place, visit.say("待办", "To do"))) }
    }
}

/// Where actuals of a year wait to be verified; as a part of the overview only how many, and nothing where none does.
///
/// # Errors
/// `forbidden` for a key that may not verify; `unknown_association` for what the query names.
#[get("/waiting/{year}")]
pub async fn show_unverified(state: Data<AppState>, visitor: Visitor, path: Path<YearPath>) -> ApiResult<Markup> {
    visitor.caller.require(Permission::VerifyActual)?;
    let (visit, year) = (&visitor.visit, path.year.get());
    let query: AssociationQuery = parse_query(&visit.query_of(&FILTERS))?;
    let mut conn = state.conn().await?;
    let selection = Selection::fitting(&conn, &visitor.caller, &query).await?;
    let total = waiting_of(&mut conn, &selection, year).await?;
    let title = visit.say("待核定的实绩", "Waiting to be verified");
    if visit.is_part {
        return Ok(html! {
            @if total.actuals > 0 {
                p .card .no-print {
                    strong { (title) } (visit.say("：", ": ")) (sum(visit, total))
                    " " a href=(visit.here()) { (visit.say("查看 →", "See them →")) }
                }
            }
        });
    }
    let most = most_waiting(&mut conn, &selection, year, ASSOCIATIONS).await?;
    drop(conn);
    let content = html! {
        nav .trail aria-label=(visit.say("位置", "Where you are")) {
            a href={ "/overview/" (year) "?" (visit.query_of(&FILTERS)) } { (year) (visit.say("年度总览", " overview")) }
        }
        div .head { h1 { (title) " " small { (year) (visit.say("年度", "")) } } }
        section .card {
            @if total.actuals > 0 { p { (sum(visit, total)) } } @else { p .quiet { (visit.say("没有待核定的实绩。", "Nothing waits to be verified.")) } }
            @if !most.is_empty() { (by_association(visit, year, &most)) }
            @if total.associations > ASSOCIATIONS { p .quiet { (visit.say("只列出待核定最多的100个组织。", "Listed are the 100 associations with the most.")) } }
        }
    };
    Ok(layout::page(&visitor, Section::Overview, year, title, &content))
}

fn sum(visit: &Visit, total: Waiting) -> Markup {
    let count = |count: i64| number(count.into(), visit.language);
    html! {
        (count(total.actuals)) (visit.say("条，涉及", ", of ")) (count(total.associations)) (visit.say("个组织", " associations"))
    }
}

fn by_association(visit: &Visit, year: i16, most: &[OfAssociation]) -> Markup {
    html! {
        table .small {
            thead { tr { th scope="col" { (visit.say("组织", "Association")) } th .number scope="col" { (visit.say("待核定", "Waiting")) } } }
            tbody {
                @for one in most {
                    tr {
                        th scope="row" { a href={ "/waiting/" (one.code) "/" (year) } { (one.name) } }
                        td .number { (number(one.actuals.into(), visit.language)) (visit.say("条", "")) }
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::auth::{Caller, Scope};
    use crate::error::Language;

    fn led(role: Role, scope: Option<&str>, query: &str) -> String {
        let scope = scope.map(|code| Scope { id: Uuid::nil(), code: code.to_owned(), path: format!("/{code}/") });
        let caller = Caller { role, scope, ..Caller::command_line() };
        let (path, query) = ("/overview/2018".to_owned(), query.to_owned());
        let visit = Visit { language: Language::Chinese, path, query, is_part: false };
        rejected_later(&Visitor { caller, visit }, 2018).into_string()
    }

    #[test]
    fn whoever_reports_for_an_association_is_led_to_what_was_sent_back_to_it() {
        assert!(led(Role::Reporter, Some("city"), "basis=verified").contains("data-part=\"/waiting/city/2018\""));
        for role in [Role::Viewer, Role::Planner, Role::Verifier, Role::Admin] {
            assert_eq!(led(role, Some("city"), ""), "", "{role:?}");
        }
        assert_eq!(led(Role::Reporter, None, ""), "");
        assert_eq!(led(Role::Reporter, Some("city"), "as_of=2018-06-30"), "", "it is about today");
    }
}
