//! The bulletins that were issued.

use std::collections::HashMap;

use actix_web::get;
use actix_web::web::Data;
use maud::{Markup, html};

use super::bulletin::about;
use super::issue;
use super::layout::{self, Section};
use super::overview::pager;
use super::{Visit, Visitor};
use crate::associations::naming::names_of;
use crate::auth::Permission;
use crate::bulletins::{BulletinHead, BulletinQuery, BulletinSort, answer, numbered};
use crate::error::ApiResult;
use crate::state::AppState;

/// The bulletins the visitor may read, the latest first.
///
/// # Errors
/// As the list of the API.
#[get("/bulletins")]
pub async fn list_bulletins(state: Data<AppState>, visitor: Visitor) -> ApiResult<Markup> {
    let visit = &visitor.visit;
    let mut listing = visit.listing::<BulletinQuery>()?;
    listing.filter.sort = BulletinSort::NumberDescending;
    let page = answer::list(&state, &visitor.caller, listing).await?;
    let scopes: Vec<_> = page.items.iter().filter_map(|head| head.scope.as_deref()).collect();
    let names = names_of(&mut *state.conn().await?, &scopes).await?;
    let may_issue = visitor.caller.require(Permission::IssueBulletin).is_ok();
    let offer = if may_issue { Some(issue::offer(&state, &visitor).await?) } else { None };
    let title = visit.say("通报", "Bulletins");
    let content = html! {
        div .head { h1 { (title) } }
        @if let Some(offer) = offer { (offer) }
        section .card {
            (years(visit))
            @if page.items.is_empty() {
                p .quiet { (nothing(visit)) }
            } @else {
                (table(visit, &page.items, &names))
            }
            (pager(visit, page.next_cursor.as_deref()))
        }
    };
    Ok(layout::page(&visitor, Section::Bulletins, state.this_year(), title, &content))
}

fn years(visit: &Visit) -> Markup {
    html! {
        form .filters method="get" action="/bulletins" role="search" {
            label { (visit.say("年度", "Year")) input type="number" name="year" min="1949" max="2199" value=[visit.asked("year")]; }
            button type="submit" { (visit.say("筛选", "Filter")) }
        }
    }
}

fn nothing(visit: &Visit) -> &str {
    match visit.asked("year") {
        Some(_) => visit.say("该年度没有可以查看的通报。", "There is no bulletin of this year to be read."),
        None => visit.say("还没有发布通报。", "No bulletin was issued yet."),
    }
}

fn table(visit: &Visit, heads: &[BulletinHead], names: &HashMap<String, String>) -> Markup {
    html! {
        table {
            thead { tr {
                th scope="col" { (visit.say("编号", "Number")) }
                th scope="col" { (visit.say("标题", "Title")) }
                th .wide scope="col" { (visit.say("对象", "About")) }
                th .wide scope="col" { (visit.say("截至", "As of")) }
                th .wide scope="col" { (visit.say("口径", "Basis")) }
                th .wide scope="col" { (visit.say("发送范围", "For")) }
                th .wide .number scope="col" { (visit.say("组织数", "Associations")) }
            } }
            tbody {
                @for head in heads {
                    @let place = head.scope.as_ref().map(|code| names.get(code).unwrap_or(code).as_str());
                    tr {
                        td .whole { (numbered(head.year, head.number, visit.language)) }
                        th scope="row" { a href={ "/bulletins/" (head.year) "/" (head.number) } { (head.title) } }
                        td .wide { (about(visit, place, head.kind, head.level)) }
                        td .wide .whole { (head.as_of) }
                        td .wide { (head.basis.words().get(visit.language)) }
                        td .wide { (head.audience.words().get(visit.language)) }
                        td .wide .number { (head.total) }
                    }
                }
            }
        }
    }
}
