//! The bulletins that were issued, and the form that issues one.

use actix_web::http::header;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, get, post};
use chrono::NaiveDate;
use maud::{Markup, html};
use serde::Deserialize;
use uuid::Uuid;
use validator::Validate;

use super::layout::{self, Section};
use super::overview::{kinds, levels, pager};
use super::visit::without_empty;
use super::{Visit, Visitor};
use crate::associations::{Kind, Level};
use crate::auth::Permission;
use crate::bulletins::{Audience, BulletinHead, BulletinQuery, BulletinSort, CreateBulletin, answer};
use crate::completion::Basis;
use crate::error::{ApiResult, Language};
use crate::http::{ResourceCode, Year, parse_query};
use crate::idempotency::{Fingerprint, IdempotencyKey};
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
    let title = visit.say("通报", "Bulletins");
    let content = html! {
        div .head { h1 { (title) } }
        @if visitor.caller.require(Permission::IssueBulletin).is_ok() { (form(&visitor, state.this_year())) }
        section .card {
            (years(visit))
            @if page.items.is_empty() {
                p .quiet { (nothing(visit)) }
            } @else {
                (table(visit, &page.items))
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

fn table(visit: &Visit, heads: &[BulletinHead]) -> Markup {
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
                    tr {
                        td .whole { (numbered(visit, head.year, head.number)) }
                        th scope="row" { a href={ "/bulletins/" (head.year) "/" (head.number) } { (head.title) } }
                        td .wide { (about(visit, head.scope.as_deref(), head.kind, head.level)) }
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

/// 〔2018〕1号, as official documents are numbered.
pub(super) fn numbered(visit: &Visit, year: i16, number: i32) -> String {
    match visit.language {
        Language::Chinese => format!("〔{year}〕{number}号"),
        Language::English => format!("{year}/{number}"),
    }
}

/// Which associations a bulletin is about: 滁州市科协及其下级 · 市级 · 学会.
pub(super) fn about(visit: &Visit, scope: Option<&str>, kind: Option<Kind>, level: Option<Level>) -> String {
    let place = scope.map(|scope| format!("{scope}{}", visit.say("及其下级", " and below")));
    let words = [level.map(Level::words), kind.map(Kind::words)];
    let words = words.into_iter().flatten().map(|words| words.get(visit.language).to_owned());
    let parts: Vec<_> = place.into_iter().chain(words).collect();
    if parts.is_empty() { visit.say("全部组织", "everybody").to_owned() } else { parts.join(" · ") }
}

/// Freezes the year of those the key reaches, as it stands or stood.
fn form(visitor: &Visitor, year: i16) -> Markup {
    let visit = &visitor.visit;
    html! {
        details .card {
            summary { (visit.say("发布通报", "Issue a bulletin")) }
            form .sheet method="post" action="/bulletins" {
                // Sent twice, it is one bulletin.
                input type="hidden" name="key" value=(Uuid::now_v7());
                div .field { label for="title" { (visit.say("标题", "Title")) } input #title name="title" required maxlength="200"; }
                div .field { label for="year" { (visit.say("年度", "Year")) } input #year name="year" type="number" min="1949" max="2199" required value=(year); }
                div .field { label for="as_of" { (visit.say("数据截至（只含当日24时前录入的数据，不填即为现在）", "As of (what was recorded by the end of that day; empty: now)")) } input #as_of name="as_of" type="date"; }
                (whom(visitor))
                div .field {
                    label for="basis" { (visit.say("口径", "Basis")) }
                    select #basis name="basis" {
                        @for basis in [Basis::Reported, Basis::Verified] { option value=(basis.as_ref()) { (basis.words().get(visit.language)) } }
                    }
                }
                (for_whom(visit))
                div .field {
                    label {
                        // Not sent: it only holds up a hasty click.
                        input type="checkbox" required; " "
                        (visit.say("已核对：发布后永久保存，不能更改或删除", "Checked: once issued, it stays as it is for good"))
                    }
                }
                button type="submit" { (visit.say("发布", "Issue")) }
            }
        }
    }
}

/// Which associations it shall be about.
fn whom(visitor: &Visitor) -> Markup {
    let visit = &visitor.visit;
    html! {
        fieldset {
            legend { (visit.say("通报哪些组织", "About whom")) }
            @match &visitor.caller.scope {
                Some(scope) => { input type="hidden" name="scope" value=(scope.code); }
                None => {
                    div .field {
                        label for="scope" { (visit.say("组织编码（含其下级，不填即为全部）", "Code of an association, with all below it (empty: everybody)")) }
                        input #scope name="scope" maxlength="64" autocapitalize="none" spellcheck="false";
                    }
                }
            }
            (choice(visit, "level", visit.say("层级", "Level"), &levels(visit)))
            (choice(visit, "kind", visit.say("类型", "Kind"), &kinds(visit)))
        }
    }
}

fn choice(visit: &Visit, name: &str, label: &str, options: &[(String, &str)]) -> Markup {
    html! {
        div .field {
            label for=(name) { (label) }
            select id=(name) name=(name) {
                option value="" { (visit.say("全部", "all")) }
                @for (value, words) in options { option value=(value) { (words) } }
            }
        }
    }
}

fn for_whom(visit: &Visit) -> Markup {
    html! {
        div .field {
            label for="audience" { (visit.say("发送范围", "For")) }
            select #audience name="audience" aria-describedby="audience-words" {
                @for audience in [Audience::Supervisors, Audience::Members] { option value=(audience.as_ref()) { (audience.words().get(visit.language)) } }
            }
            p .quiet #audience-words {
                (visit.say(
                    "仅限上级：只有能看到上述全部组织的密钥可以查看。印发各组织：上述各组织的密钥也能查看整份通报，包括其他组织的名次和得分。",
                    "Supervisors only: it is read with keys that may see all of these associations. Circulated to its members: the keys of these \
                     associations read all of it too, with the ranks and scores of the others.",
                ))
            }
        }
    }
}

/// What the form says.
#[derive(Deserialize, Validate)]
struct Issue {
    key: Uuid,
    #[validate(length(min = 1, max = 200))]
    title: String,
    year: Year,
    #[serde(default, deserialize_with = "crate::http::day")]
    as_of: Option<NaiveDate>,
    scope: Option<ResourceCode>,
    kind: Option<Kind>,
    level: Option<Level>,
    #[serde(default)]
    audience: Audience,
    #[serde(default)]
    basis: Basis,
}

/// Issues a bulletin, and shows it.
///
/// # Errors
/// As issuing one by the API.
#[post("/bulletins")]
pub async fn issue_bulletin(
    state: Data<AppState>,
    visitor: Visitor,
    request: HttpRequest,
    body: String,
) -> ApiResult<HttpResponse> {
    let Issue { key, title, year, as_of, scope, kind, level, audience, basis } = parse_query(&without_empty(&body))?;
    let bulletin = CreateBulletin { year, as_of, scope, kind, level, audience, title, basis };
    let fingerprint = Fingerprint::of(&request, &bulletin)?;
    let kept =
        answer::issue(&state, visitor.caller, bulletin, IdempotencyKey::named(format!("page-{key}")), fingerprint)
            .await?;
    let place = kept.location.as_deref().and_then(|place| place.strip_prefix("/api/v1")).unwrap_or("/bulletins");
    Ok(HttpResponse::SeeOther().insert_header((header::LOCATION, place)).finish())
}
