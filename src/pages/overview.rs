//! The overview of a year: how everything stands, and every association in a table.

use actix_web::http::header;
use actix_web::web::Data;
use actix_web::{HttpResponse, get, routes};
use chrono::NaiveDate;
use maud::{Markup, html};
use rust_decimal::Decimal;

use super::chart::{share_bar, width};
use super::export::downloads;
use super::figures::{number, percent};
use super::layout::{self, Section, life};
use super::waiting::{rejected_later, unverified_later};
use super::{Visit, Visitor};
use crate::associations::store::{Found, find};
use crate::associations::{Kind, Level};
use crate::error::ApiResult;
use crate::http::{Conditional, Path};
use crate::rule::elapsed_share;
use crate::standings::answer::summary;
use crate::standings::store::latest_year;
use crate::standings::{CompletionSummary, Overall, Sort, SummaryLine, SummaryQuery, YearPath};
use crate::state::AppState;

/// What the parts of the overview are asked with, too.
pub(super) const SHARED: [&str; 6] = ["parent", "within", "kind", "level", "basis", "as_of"];

/// Leads to the overview of the latest year that something is planned for.
///
/// # Errors
/// `unauthenticated`; the database's.
#[routes]
#[get("/")]
#[get("/overview")]
pub async fn show_start(state: Data<AppState>, visitor: Visitor) -> ApiResult<HttpResponse> {
    lead(&state, &visitor, "/overview").await
}

/// Leads to a page of the latest year that something is planned for.
pub(super) async fn lead(state: &AppState, visitor: &Visitor, page: &str) -> ApiResult<HttpResponse> {
    let this_year = state.this_year();
    let latest = latest_year(&mut *state.conn().await?, &visitor.caller, this_year).await?;
    let place = format!("{page}/{}", latest.unwrap_or(this_year));
    Ok(HttpResponse::SeeOther().insert_header((header::LOCATION, place)).finish())
}

/// The overview of a year.
///
/// # Errors
/// As the summary of the API.
#[get("/overview/{year}")]
pub async fn show_overview(state: Data<AppState>, visitor: Visitor, path: Path<YearPath>) -> ApiResult<Markup> {
    let year = path.year.get();
    let mut listing = visitor.visit.listing::<SummaryQuery>()?;
    if visitor.visit.asked("sort").is_none() {
        // Those who plan nothing would stand first as well.
        listing.filter.sort = Sort::Score;
    }
    let answer = summary(&state, &visitor.caller, year, listing, &Conditional::default()).await?.into_answer()?;
    let visit = &visitor.visit;
    let part = part_of_tree(&state, &visitor).await?;
    let title = format!("{year}{}", visit.say("年度总览", " overview"));
    let parts = |name: &str| format!("/overview/{year}/{name}?{}", visit.query_of(&SHARED));
    if answer.overall.targets == 0 {
        let latest = latest_year(&mut *state.conn().await?, &visitor.caller, state.this_year()).await?;
        let content = html! {
            (head(visit, &answer, part.as_ref()))
            (unplanned(visit, year, latest))
            (table(visit, &answer))
        };
        return Ok(layout::page(&visitor, Section::Overview, year, &title, &content));
    }
    let content = html! {
        (head(visit, &answer, part.as_ref()))
        (tiles(visit, &answer.overall, answer.total, answer.year, answer.as_of))
        (layout::about_scores(visit))
        // By these, they cannot be filtered: of other associations, they would contradict what stands above.
        @if visit.asked("q").or_else(|| visit.asked("status")).is_none() {
            (rejected_later(&visitor, year))
            (unverified_later(&visitor, year))
            div .columns {
                (layout::later(visit, &parts("statuses"), visit.say("目标任务状态", "Targets by status")))
                (layout::later(visit, &parts("reporting"), visit.say("报送情况", "Reporting")))
                (layout::later(visit, &parts("ranking"), visit.say("排名", "Ranking")))
                (layout::later(visit, &parts("laggards"), visit.say("滞后指标", "Behind the pace")))
            }
        }
        (table(visit, &answer))
    };
    Ok(layout::page(&visitor, Section::Overview, year, &title, &content))
}

/// The part of the tree that the page is limited to: an association, and what is shown of it in words.
async fn part_of_tree(state: &AppState, visitor: &Visitor) -> ApiResult<Option<(Found, &'static str)>> {
    let visit = &visitor.visit;
    let below = visit.asked("parent").map(|code| (code, visit.language.say("的直属下级", ": directly below")));
    let within = visit.asked("within").map(|code| (code, visit.language.say("及其全部下级", " and all below")));
    let Some((code, words)) = below.or(within) else { return Ok(None) };
    Ok(Some((find(&*state.conn().await?, &visitor.caller, &code).await?, words)))
}

fn head(visit: &Visit, answer: &CompletionSummary, part: Option<&(Found, &str)>) -> Markup {
    html! {
        @if let Some((association, _)) = part {
            nav .trail aria-label=(visit.say("位置", "Where you are")) {
                a href=(visit.keeping(&format!("/overview/{}", answer.year))) { (answer.year) (visit.say("年度总览", " overview")) }
                a href=(visit.keeping(&format!("/associations/{}/{}", association.code(), answer.year))) { (association.name()) }
            }
        }
        div .head {
            div {
                h1 {
                    (answer.year) (visit.say("年度目标任务完成情况", " plans and completion"))
                    @if let Some((association, words)) = part { " " small { (association.name()) (words) } }
                }
                p .quiet {
                    (visit.say("截至", "As of ")) (answer.as_of) " · " (answer.basis.words().get(visit.language)) " · "
                    (answer.total) (visit.say("个组织", " associations"))
                }
            }
            div .tools {
                (layout::years(visit, answer.year, |year| format!("/overview/{year}")))
                (layout::basis_switch(visit, answer.basis))
            }
        }
    }
}

/// What can be looked at instead of a year without a plan.
fn unplanned(visit: &Visit, year: i16, latest: Option<i16>) -> Markup {
    html! {
        section .card {
            p { (visit.say("这些组织本年度还没有计划目标，所以没有得分、排名和进度。", "None of these associations has a target for this year, so there are no scores, ranks or paces.")) }
            @if visit.asked("as_of").is_some() {
                p {
                    (visit.say("这里只含当日24时前录入的数据，以后补录的不在其中。", "This is what was recorded by the end of that day; what was recorded later is not in it.")) " "
                    a href=(visit.link("as_of", None)) { (visit.say("查看目前的数据", "See everything recorded until now")) }
                }
            }
            @if let Some(latest) = latest.filter(|latest| *latest != year) {
                p { a .button href={ "/overview/" (latest) } { (visit.say("查看", "See ")) (latest) (visit.say("年度", "")) } }
            }
        }
    }
}

/// How so many associations stand together.
pub(super) fn tiles(visit: &Visit, overall: &Overall, total: usize, year: i16, as_of: NaiveDate) -> Markup {
    let met = Decimal::from(overall.met).checked_div(Decimal::from(overall.targets));
    let count = |count: i64| number(Decimal::from(count), visit.language);
    let pace = elapsed_share(year, as_of);
    html! {
        dl .tiles {
            div {
                dt { (visit.say("综合得分", "Score")) }
                dd { (overall.score.map_or("–".to_owned(), |score| percent(*score))) }
                dd .quiet { (meter(overall.score.map(|score| *score), Some(pace))) }
            }
            div {
                dt { (visit.say("已达成目标", "Targets met")) }
                dd { (count(overall.met)) small { " / " (count(overall.targets)) } }
                dd .quiet { (meter(met, None)) }
            }
            div {
                dt { (visit.say("有目标的组织", "Associations with targets")) }
                dd { (overall.scored) small { " / " (total) } }
                dd .quiet { (meter(Decimal::from(overall.scored).checked_div(Decimal::from(total)), None)) }
            }
            div {
                dt { (visit.say("时间已过", "Year elapsed")) }
                dd { (percent(pace)) }
                dd .quiet { (meter(Some(pace), None)) }
            }
        }
    }
}

/// A share as a long bar, with a mark where it should be.
pub(super) fn meter(share: Option<Decimal>, mark: Option<Decimal>) -> Markup {
    html! {
        svg .meter aria-hidden="true" focusable="false" {
            rect .groove width="100%" height="100%" rx="4" {}
            @if let Some(share) = share { rect .fill width=(width(share)) height="100%" rx="4" {} }
            @if let Some(mark) = mark { rect .mark x=(width(mark)) width="2" height="100%" {} }
        }
    }
}

fn table(visit: &Visit, answer: &CompletionSummary) -> Markup {
    let is_planned = answer.overall.targets > 0;
    html! {
        section .card aria-labelledby="associations" {
            h2 #associations { (visit.say("各组织完成情况", "Associations")) }
            (filters(visit))
            @if answer.items.is_empty() {
                p .quiet { (visit.say("没有符合条件的组织。", "No association fits.")) }
            } @else {
                div .scroll tabindex="0" role="region" aria-labelledby="associations" {
                    table {
                        thead { tr {
                            (column(visit, &BY_NAME, visit.say("组织", "Association")))
                            th .wide scope="col" { (visit.say("类型", "Kind")) }
                            th .wide scope="col" { (visit.say("层级", "Level")) }
                            @if is_planned {
                                (column(visit, &BY_SCORE, visit.say("得分", "Score")))
                                (column(visit, &BY_MET, visit.say("达成目标", "Met")))
                            }
                        } }
                        tbody { @for line in &answer.items { (row(visit, answer.year, line, is_planned)) } }
                    }
                }
            }
            @if answer.items.len() < answer.total {
                p .quiet { (visit.say("本页列出", "On this page: ")) (answer.items.len()) (visit.say("个组织，共", " of ")) (answer.total) (visit.say("个。", ".")) }
            }
            (pager(visit, answer.next_cursor.as_deref()))
            @let query = visit.query_of(&["parent", "within", "kind", "level", "status", "q", "basis", "as_of", "sort"]);
            @if is_planned { (downloads(visit, &format!("/exports/summary/{}", answer.year), &query)) }
        }
    }
}

/// A heading that puts the table in its order, or where that has two directions and one is there, in the other.
fn column(visit: &Visit, sorts: &[(&str, &str)], name: &str) -> Markup {
    let asked = visit.asked("sort").unwrap_or_else(|| "score".to_owned());
    let current = sorts.iter().position(|(sort, _)| *sort == asked);
    let direction = current.and_then(|current| sorts.get(current)).map(|(_, direction)| *direction);
    let next = current.map_or(0, |current| current + 1);
    let link = sorts.get(next).or_else(|| sorts.first()).map(|(sort, _)| visit.link("sort", Some(sort)));
    let arrow = match direction {
        Some("ascending") => " ↑",
        Some(_) => " ↓",
        None => " ↕",
    };
    html! {
        th scope="col" aria-sort=[direction] { a href=[link] { (name) span aria-hidden="true" { (arrow) } } }
    }
}

/// The orders of a column: what is asked for, and what a screen reader says of it.
const BY_NAME: [(&str, &str); 1] = [("name", "ascending")];
const BY_SCORE: [(&str, &str); 2] = [("score", "descending"), ("score_ascending", "ascending")];
const BY_MET: [(&str, &str); 2] = [("met", "descending"), ("met_ascending", "ascending")];

fn row(visit: &Visit, year: i16, line: &SummaryLine, is_planned: bool) -> Markup {
    let association = &line.association;
    html! {
        tr {
            th scope="row" { a href=(visit.keeping(&format!("/associations/{}/{year}", association.code))) { (association.name) } (life(visit, association.status)) }
            td .wide { (association.kind.words().get(visit.language)) }
            td .wide { (association.level.words().get(visit.language)) }
            @if is_planned {
                td .bar-cell {
                    (share_bar(line.score))
                    @if let Some(reason) = line.reason { " " small .quiet { (reason.words().get(visit.language)) } }
                }
                td .number { @if line.targets > 0 { (line.met) small .quiet { " / " (line.targets) } } @else { span .quiet { "–" } } }
            }
        }
    }
}

fn filters(visit: &Visit) -> Markup {
    html! {
        form .filters method="get" action=(visit.path) role="search" {
            (asked_already(visit, &["parent", "within", "basis", "sort", "status"]))
            label { (visit.say("名称", "Name"))
                input type="search" name="q" maxlength="100" value=[visit.asked("q")] placeholder=(visit.say("名称、别名或代码", "name, alias or code"));
            }
            (choice(visit, "kind", visit.say("类型", "Kind"), &kinds(visit)))
            (choice(visit, "level", visit.say("层级", "Level"), &levels(visit)))
            label { (visit.say("截至（只含当日24时前录入的数据）", "As of (what was recorded by the end of that day)"))
                input type="date" name="as_of" value=[visit.asked("as_of")];
            }
            button type="submit" { (visit.say("筛选", "Filter")) }
            @if visit.asked("q").is_some() { a href=(visit.link("q", None)) { (visit.say("不按名称筛选", "All names")) } }
        }
    }
}

/// Every kind of association, as it is sent and in words.
pub(super) fn kinds(visit: &Visit) -> [(String, &str); 6] {
    let kinds = [Kind::Federation, Kind::Society, Kind::IndustryAssociation, Kind::Bureau, Kind::Branch, Kind::Other];
    kinds.map(|kind| (kind.as_ref().to_owned(), kind.words().get(visit.language)))
}

/// Every level of associations, as it is sent and in words.
pub(super) fn levels(visit: &Visit) -> [(String, &str); 6] {
    let levels =
        [Level::National, Level::Provincial, Level::Municipal, Level::County, Level::Township, Level::Grassroots];
    levels.map(|level| (level.as_ref().to_owned(), level.words().get(visit.language)))
}

/// What of these the query says already, for a form that asks for more.
pub(super) fn asked_already(visit: &Visit, names: &[&str]) -> Markup {
    html! {
        @for name in names {
            @if let Some(value) = visit.asked(name) { input type="hidden" name=(name) value=(value); }
        }
    }
}

/// One of these, or all.
pub(super) fn choice(visit: &Visit, name: &str, label: &str, options: &[(String, &str)]) -> Markup {
    let asked = visit.asked(name);
    html! {
        label { (label)
            select name=(name) {
                option value="" { (visit.say("全部", "all")) }
                @for (value, words) in options {
                    option value=(value) selected[asked.as_ref() == Some(value)] { (words) }
                }
            }
        }
    }
}

/// Leads to the next page, and back to the first.
pub(super) fn pager(visit: &Visit, next: Option<&str>) -> Markup {
    pager_of(visit, "cursor", next)
}

/// As [`pager`], of a list whose cursor has this name; another list on the page stays where it is.
pub(super) fn pager_of(visit: &Visit, cursor: &str, next: Option<&str>) -> Markup {
    let is_first = visit.asked(cursor).is_none();
    html! {
        @if next.is_some() || !is_first {
            nav .pager aria-label=(visit.say("翻页", "Pages")) {
                @if !is_first { a href=(visit.link(cursor, None)) rel="first" { (visit.say("« 第一页", "« First page")) } }
                @if let Some(next) = next {
                    a href=(visit.link(cursor, Some(next))) rel="next" { (visit.say("下一页 ›", "Next page ›")) }
                }
            }
        }
    }
}
