//! What waits for somebody: in an association's year, rejected actuals for whoever reports and unverified ones for a
//! verifier; in a whole year, how many of these wait where.

use actix_web::get;
use actix_web::web::Data;
use maud::{Markup, html};

use super::details::moment;
use super::figures::{number, quantity};
use super::history::{address, why};
use super::layout::{self, Section};
use super::{Visit, Visitor};
use crate::actuals::store::list;
use crate::actuals::{Actual, ActualQuery, State};
use crate::associations::AssociationQuery;
use crate::associations::selection::Selection;
use crate::associations::store::find;
use crate::auth::Permission;
use crate::error::{ApiResult, Text};
use crate::http::{Path, parse_query};
use crate::indicators::store::{Names, names};
use crate::standings::YearPath;
use crate::standings::unverified::{OfAssociation, Waiting, most_waiting, waiting as waiting_of};
use crate::state::AppState;
use crate::targets::PlanPath;

/// So many of each are listed, the oldest first.
const SHOWN: usize = 20;

/// One more than are listed tells whether there are more.
const ASKED: i64 = 21;

/// Who is waited for, and what for.
const DUTIES: [(Permission, State, Text); 2] = [
    (Permission::SubmitActual, State::Rejected, Text::new("被退回、待更正的实绩", "Rejected: to be amended or voided")),
    (Permission::VerifyActual, State::Reported, Text::new("待核定的实绩", "Waiting to be verified")),
];

/// Leads to what waits for the visitor, where something may; it is fetched when the rest is there.
pub(super) fn waiting(visitor: &Visitor, association: &str, year: i16) -> Markup {
    let has_duties = DUTIES.iter().any(|(permission, ..)| visitor.caller.require(*permission).is_ok());
    let (visit, place) = (&visitor.visit, format!("/waiting/{association}/{year}"));
    html! { @if has_duties { (layout::later(visit, &place, visit.say("待办", "To do"))) } }
}

/// What waits for the visitor; as a part of another page only how much, and nothing where nothing does.
///
/// # Errors
/// `association_not_found`.
#[get("/waiting/{association}/{year}")]
pub async fn show_waiting(state: Data<AppState>, visitor: Visitor, path: Path<PlanPath>) -> ApiResult<Markup> {
    let (visit, year) = (&visitor.visit, path.year);
    let mut conn = state.conn().await?;
    let association = find(&conn, &visitor.caller, &path.association).await?;
    let mut found = Vec::new();
    for (permission, state, title) in DUTIES {
        if visitor.caller.require(permission).is_ok() {
            let wanted = ActualQuery { year: Some(year), state: Some(state), ..ActualQuery::default() };
            let actuals = list(&mut conn, &association, &wanted, None, ASKED).await?;
            found.extend((!actuals.is_empty()).then_some((title, actuals)));
        }
    }
    let names = if found.is_empty() { Names::new() } else { names(&conn).await? };
    let title = format!("{} {year} · {}", association.name(), visit.say("待办", "to do"));
    let content = html! {
        @if visit.is_part { (counted(visit, &found)) } @else {
            nav .trail aria-label=(visit.say("位置", "Where you are")) {
                @if visitor.caller.require(Permission::VerifyActual).is_ok() {
                    a href={ "/waiting/" (year) } { (year) (visit.say("年度待核定的实绩", ": waiting to be verified")) }
                }
                a href={ "/associations/" (association.code()) "/" (year) } { (association.name()) }
            }
            div .head { h1 { (visit.say("待办", "To do")) " " small { (year) (visit.say("年度", "")) } } }
            @if found.is_empty() { p .quiet { (visit.say("没有待办事项。", "Nothing waits for you.")) } }
            @for (title, actuals) in &found {
                section .card {
                    h2 { (title.get(visit.language)) }
                    (listed(&state, visit, &names, actuals))
                    @if actuals.len() > SHOWN { p .quiet { (visit.say("只列出最早的20条。", "The oldest 20 are listed.")) } }
                }
            }
        }
    };
    Ok(layout::page(&visitor, Section::Overview, year.get(), &title, &content))
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

/// How many of each wait, and the way to them.
fn counted(visit: &Visit, found: &[(Text, Vec<Actual>)]) -> Markup {
    html! {
        @for (title, actuals) in found {
            p .card .no-print {
                strong { (title.get(visit.language)) } (visit.say("：", ": "))
                @if actuals.len() > SHOWN { (SHOWN) (visit.say("条以上", " or more")) } @else { (actuals.len()) (visit.say("条", "")) }
                " " a href=(visit.path) { (visit.say("查看 →", "See them →")) }
            }
        }
    }
}

fn listed(state: &AppState, visit: &Visit, names: &Names, actuals: &[Actual]) -> Markup {
    let heads = [
        visit.say("指标", "Indicator"),
        visit.say("期间", "Period"),
        visit.say("上报数", "Reported"),
        visit.say("最近变动", "Last changed"),
    ];
    let [_, period, figure, changed] = heads;
    html! {
        table .small.stacking {
            thead { tr { @for head in heads { th scope="col" { (head) } } } }
            tbody {
                @for actual in actuals.iter().take(SHOWN) {
                    tr {
                        th scope="row" { a href=(address(actual)) { (names.get(&actual.indicator).unwrap_or(&actual.indicator)) } }
                        td data-head=(period) { (actual.period) }
                        td data-head=(figure) { (said(visit, actual)) }
                        td data-head=(changed) {
                            (moment(actual.updated_at, state.rules.timezone))
                            @if let Some(reason) = &actual.reason { br; small .quiet { (why(actual).get(visit.language)) (reason) } }
                        }
                    }
                }
            }
        }
    }
}

fn said(visit: &Visit, actual: &Actual) -> String {
    match (actual.value, actual.numerator.zip(actual.denominator)) {
        (_, Some((numerator, denominator))) => format!("{numerator}/{denominator}"),
        (Some(value), None) => quantity(*value, &actual.unit, visit.language),
        (None, None) => String::new(),
    }
}
