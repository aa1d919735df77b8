//! Bulletins: which were issued, and one of them as it was issued, ready to be printed.

use actix_web::http::header;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, get, post};
use chrono::{DateTime, NaiveDate, Utc};
use maud::{Markup, html};
use serde::Deserialize;
use uuid::Uuid;
use validator::Validate;

use super::chart::share_bar;
use super::layout::{self, Section};
use super::overview::pager;
use super::visit::without_empty;
use super::{Visit, Visitor};
use crate::auth::Permission;
use crate::bulletins::{Audience, Bulletin, BulletinPath, BulletinQuery, CreateBulletin, answer};
use crate::completion::Basis;
use crate::error::{ApiError, ApiResult, Language};
use crate::http::{Conditional, Path, ResourceCode, Year, parse_query};
use crate::idempotency::{Fingerprint, IdempotencyKey};
use crate::state::AppState;

/// Lines of each table that are shown at once, unless all are asked for.
const LINES: usize = 500;

/// The bulletins about what the visitor may see.
///
/// # Errors
/// As the list of the API.
#[get("/bulletins")]
pub async fn list_bulletins(state: Data<AppState>, visitor: Visitor) -> ApiResult<Markup> {
    let visit = &visitor.visit;
    let page = answer::list(&state, &visitor.caller, visit.listing::<BulletinQuery>()?).await?;
    let title = visit.say("通报", "Bulletins");
    let content = html! {
        div .head { h1 { (title) } }
        @if visitor.caller.require(Permission::IssueBulletin).is_ok() { (form(&visitor, state.this_year())) }
        section .card {
            @if page.items.is_empty() {
                p .quiet { (visit.say("还没有发布通报。", "No bulletin was issued yet.")) }
            } @else {
                table {
                    thead { tr {
                        th scope="col" { (visit.say("编号", "Number")) }
                        th scope="col" { (visit.say("标题", "Title")) }
                        th .wide scope="col" { (visit.say("截至", "As of")) }
                        th .wide scope="col" { (visit.say("口径", "Basis")) }
                        th .wide .number scope="col" { (visit.say("组织数", "Associations")) }
                    } }
                    tbody {
                        @for head in &page.items {
                            tr {
                                td .whole { (numbered(visit, head.year, head.number)) }
                                th scope="row" { a href={ "/bulletins/" (head.year) "/" (head.number) } { (head.title) } }
                                td .wide { (head.as_of) }
                                td .wide { (head.basis.words().get(visit.language)) }
                                td .wide .number { (head.total) }
                            }
                        }
                    }
                }
            }
            (pager(visit, page.next_cursor.as_deref()))
        }
    };
    Ok(layout::page(&visitor, Section::Bulletins, state.this_year(), title, &content))
}

/// Freezes the year of everybody the key reaches, as it stands or stood.
fn form(visitor: &Visitor, year: i16) -> Markup {
    let visit = &visitor.visit;
    html! {
        details .card {
            summary { (visit.say("发布通报", "Issue a bulletin")) }
            form .sheet method="post" action="/bulletins" {
                // Sent twice, it is one bulletin.
                input type="hidden" name="key" value=(Uuid::now_v7());
                @if let Some(scope) = &visitor.caller.scope { input type="hidden" name="scope" value=(scope.code); }
                div .field { label for="title" { (visit.say("标题", "Title")) } input #title name="title" required maxlength="200"; }
                div .field { label for="year" { (visit.say("年度", "Year")) } input #year name="year" type="number" min="1949" max="2199" required value=(year); }
                div .field { label for="as_of" { (visit.say("数据截至（不填即为现在）", "As of (empty: now)")) } input #as_of name="as_of" type="date"; }
                div .field {
                    label for="basis" { (visit.say("口径", "Basis")) }
                    select #basis name="basis" {
                        @for basis in [Basis::Reported, Basis::Verified] { option value=(basis.as_ref()) { (basis.words().get(visit.language)) } }
                    }
                }
                p .quiet { (visit.say("发布后永久保存，不能更改或删除。", "Once issued, it stays as it is for good.")) }
                button type="submit" { (visit.say("发布", "Issue")) }
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
    let Issue { key, title, year, as_of, scope, basis } = parse_query(&without_empty(&body))?;
    let bulletin =
        CreateBulletin { year, as_of, scope, kind: None, level: None, audience: Audience::default(), title, basis };
    let fingerprint = Fingerprint::of(&request, &bulletin)?;
    let kept =
        answer::issue(&state, visitor.caller, bulletin, IdempotencyKey::named(format!("page-{key}")), fingerprint)
            .await?;
    let place = kept.location.as_deref().and_then(|place| place.strip_prefix("/api/v1")).unwrap_or("/bulletins");
    Ok(HttpResponse::SeeOther().insert_header((header::LOCATION, place)).finish())
}

/// 〔2018〕1号, as official documents are numbered.
fn numbered(visit: &Visit, year: i16, number: i32) -> String {
    match visit.language {
        Language::Chinese => format!("〔{year}〕{number}号"),
        Language::English => format!("{year}/{number}"),
    }
}

/// A bulletin as it was issued.
///
/// # Errors
/// `bulletin_not_found`.
#[get("/bulletins/{year}/{number}")]
pub async fn show_bulletin(state: Data<AppState>, visitor: Visitor, path: Path<BulletinPath>) -> ApiResult<Markup> {
    let content = answer::content(&state, &visitor.caller, *path, &Conditional::default()).await?.into_answer()?;
    let bulletin: Bulletin = serde_json::from_str(content.get()).map_err(ApiError::internal)?;
    let visit = &visitor.visit;
    let most = if visit.asked("all").is_some() { usize::MAX } else { LINES };
    let issued = bulletin.issued_at.with_timezone(&state.rules.timezone).format("%Y-%m-%d %H:%M").to_string();
    let content = html! {
        article .bulletin {
            header .head {
                div {
                    p .quiet { a .no-print href="/bulletins" { (visit.say("通报", "Bulletins")) } }
                    h1 { (bulletin.title) }
                    p { (numbered(visit, bulletin.year, bulletin.number)) }
                    p .quiet {
                        (visit.say("数据截至", "As of ")) (bulletin.as_of) " · " (bulletin.basis.words().get(visit.language)) " · "
                        (visit.say("印发于", "issued ")) time datetime=(stamp(bulletin.issued_at)) { (issued) }
                    }
                }
            }
            @if bulletin.summary.len() > most {
                p .no-print { a href=(visit.link("all", Some("1"))) { (visit.say("显示全部", "Show all ")) (bulletin.total) (visit.say("个组织（用于打印）", " associations, to be printed")) } }
            }
            (ranked(visit, &bulletin, most))
            (summed(visit, &bulletin, most))
        }
    };
    Ok(layout::page(&visitor, Section::Bulletins, bulletin.year, &bulletin.title, &content))
}

fn stamp(at: DateTime<Utc>) -> String {
    at.to_rfc3339()
}

fn ranked(visit: &Visit, bulletin: &Bulletin, most: usize) -> Markup {
    html! {
        section .card aria-labelledby="ranking" {
            h2 #ranking { (visit.say("一、排名", "1. Ranking")) small .quiet { " " (visit.say("参评", "ranked ")) (bulletin.of) " / " (bulletin.total) } }
            table {
                thead { tr {
                    th .number scope="col" { (visit.say("名次", "Rank")) }
                    th scope="col" { (visit.say("组织", "Association")) }
                    th scope="col" { (visit.say("得分", "Score")) }
                } }
                tbody {
                    @for line in bulletin.ranking.iter().take(most) {
                        tr {
                            td .rank { @match line.rank { Some(rank) => { (rank) } None => { span .quiet { "–" } } } }
                            th scope="row" { (line.association.name) }
                            td .bar-cell {
                                @match line.reason {
                                    Some(reason) => { small .quiet { (reason.words().get(visit.language)) } }
                                    None => { (share_bar(line.score)) }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn summed(visit: &Visit, bulletin: &Bulletin, most: usize) -> Markup {
    html! {
        section .card aria-labelledby="summary" {
            h2 #summary { (visit.say("二、各组织完成情况", "2. Associations")) }
            table {
                thead { tr {
                    th scope="col" { (visit.say("组织", "Association")) }
                    th .wide scope="col" { (visit.say("类型", "Kind")) }
                    th .wide scope="col" { (visit.say("层级", "Level")) }
                    th .number scope="col" { (visit.say("目标", "Targets")) }
                    th .number scope="col" { (visit.say("达成", "Met")) }
                } }
                tbody {
                    @for line in bulletin.summary.iter().take(most) {
                        tr {
                            th scope="row" { (line.association.name) }
                            td .wide { (line.association.kind.words().get(visit.language)) }
                            td .wide { (line.association.level.words().get(visit.language)) }
                            td .number { (line.targets) }
                            td .number { (line.met) }
                        }
                    }
                }
            }
        }
    }
}
