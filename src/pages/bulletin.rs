//! Bulletins: which were issued, and one of them as it was issued, ready to be printed.

use actix_web::get;
use actix_web::web::Data;
use chrono::{DateTime, Utc};
use maud::{Markup, html};

use super::chart::share_bar;
use super::layout::{self, Section};
use super::overview::pager;
use super::{Visit, Visitor};
use crate::bulletins::{Bulletin, BulletinPath, BulletinQuery, answer};
use crate::error::{ApiError, ApiResult};
use crate::http::{Conditional, Path};
use crate::state::AppState;

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
                                td { (numbered(visit, head.year, head.number)) }
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

/// 〔2018〕1号, as official documents are numbered.
fn numbered(visit: &Visit, year: i16, number: i32) -> String {
    match visit.language {
        crate::error::Language::Chinese => format!("〔{year}〕{number}号"),
        crate::error::Language::English => format!("{year}/{number}"),
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
            (ranked(visit, &bulletin))
            (summed(visit, &bulletin))
        }
    };
    Ok(layout::page(&visitor, Section::Bulletins, bulletin.year, &bulletin.title, &content))
}

fn stamp(at: DateTime<Utc>) -> String {
    at.to_rfc3339()
}

fn ranked(visit: &Visit, bulletin: &Bulletin) -> Markup {
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
                    @for line in &bulletin.ranking {
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

fn summed(visit: &Visit, bulletin: &Bulletin) -> Markup {
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
                    @for line in &bulletin.summary {
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
