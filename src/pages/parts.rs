//! Parts of the overview that are fetched when the rest is there: who leads, what lags, who has not reported.

use actix_web::get;
use actix_web::web::Data;
use maud::{Markup, html};

use super::chart::{badge, share_bar, status_bars};
use super::export::downloads;
use super::lagging::{Sheet, behind, mark_milestones, named};
use super::layout::{self, Section, life};
use super::overview::{SHARED, asked_already, choice, pager};
use super::{Visit, Visitor};
use crate::error::{ApiResult, Code};
use crate::http::{Conditional, Listing, Path, Question, parse_query};
use crate::laggards::answer::{laggards, statuses};
use crate::laggards::statuses::StatusQuery;
use crate::laggards::{Laggard, LaggardQuery, LaggardStatus};
use crate::rankings::answer::ranking;
use crate::rankings::{RankingLine, RankingQuery};
use crate::reporting::answer::reporting;
use crate::reporting::{PeriodReporting, PeriodState, Reporting, ReportingQuery};
use crate::rule::Status;
use crate::standings::YearPath;
use crate::state::AppState;

/// How lines lag, in the order they are offered in.
const LAGGING: [LaggardStatus; 4] =
    [LaggardStatus::Overdue, LaggardStatus::Behind, LaggardStatus::AtRisk, LaggardStatus::NotStarted];

/// So many of the best and of the last.
const ENDS: usize = 5;

/// So many laggards where they are a part of another page.
const FEW_LAGGARDS: i64 = 8;

/// So many who have not reported, there.
const FEW_MISSING: i64 = 5;

/// How many targets stand how.
///
/// # Errors
/// As the statuses of the API.
#[get("/overview/{year}/statuses")]
pub async fn show_statuses(state: Data<AppState>, visitor: Visitor, path: Path<YearPath>) -> ApiResult<Markup> {
    let (year, visit) = (path.year.get(), &visitor.visit);
    let query: StatusQuery = parse_query(&visit.query)?;
    let answer = statuses(&state, &visitor.caller, year, &query, &Conditional::default()).await?.into_answer()?;
    let title = visit.say("目标任务状态", "Targets by status");
    let query = visit.query_but(&["status", "limit", "cursor"]);
    // Of the others there is no list.
    let lines = |status| {
        let lagging = LAGGING.into_iter().find(|lagging| Status::from(*lagging) == status)?;
        let query = format!("status={}&{query}", lagging.as_ref());
        Some(format!("/overview/{year}/laggards?{}", query.trim_end_matches('&')))
    };
    Ok(part(&visitor, year, title, &status_bars(visit, answer.counts, lines)))
}

/// Who leads, and who comes last.
///
/// # Errors
/// As the ranking of the API.
#[get("/overview/{year}/ranking")]
pub async fn show_ranking(state: Data<AppState>, visitor: Visitor, path: Path<YearPath>) -> ApiResult<Markup> {
    let year = path.year.get();
    let visit = &visitor.visit;
    let mut listing: Listing<RankingQuery> = visit.listing()?;
    listing.paging.limit = Some(i64::MAX - 1);
    let answer = ranking(&state, &visitor.caller, year, listing, &Conditional::default()).await?.into_answer()?;
    let ranked: Vec<_> = answer.items.iter().filter(|line| line.rank.is_some()).collect();
    let (best, rest) = ranked.split_at(ranked.len().min(ENDS));
    let last = rest.split_at(rest.len().saturating_sub(ENDS)).1;
    let title = visit.say("排名", "Ranking");
    let content = html! {
        @if ranked.is_empty() {
            p .quiet { (visit.say("还没有可排名的组织。", "Nobody can be ranked yet.")) }
        } @else {
            p .quiet { (answer.of) (visit.say("个组织参加排名", " associations are ranked")) }
        }
        (ranks(visit, year, visit.say("前列", "Leading"), best))
        (ranks(visit, year, visit.say("末位", "Last"), last))
        (downloads(visit, &format!("/exports/ranking/{year}"), &visit.query))
    };
    Ok(part(&visitor, year, title, &content))
}

fn ranks(visit: &Visit, year: i16, title: &str, lines: &[&RankingLine]) -> Markup {
    html! {
        @if !lines.is_empty() {
            table .small {
                caption { (title) }
                thead .unseen { tr {
                    th scope="col" { (visit.say("名次", "Rank")) } th scope="col" { (visit.say("组织", "Association")) } th scope="col" { (visit.say("得分", "Score")) }
                } }
                tbody {
                    @for line in lines {
                        tr {
                            td .rank { (line.rank.unwrap_or_default()) }
                            th scope="row" { a href=(visit.keeping(&format!("/associations/{}/{year}", line.association.code))) { (line.association.name) } (life(visit, line.association.status)) }
                            td .bar-cell { (share_bar(line.score)) }
                        }
                    }
                }
            }
        }
    }
}

/// What is behind the pace, the worst first.
///
/// # Errors
/// As the laggards of the API.
#[get("/overview/{year}/laggards")]
pub async fn show_laggards(state: Data<AppState>, visitor: Visitor, path: Path<YearPath>) -> ApiResult<Markup> {
    let year = path.year.get();
    let visit = &visitor.visit;
    let mut listing: Listing<LaggardQuery> = visit.listing()?;
    listing.paging.limit = few(visit, FEW_LAGGARDS).or(listing.paging.limit);
    let mut answer = laggards(&state, &visitor.caller, year, listing, &Conditional::default()).await?.into_answer()?;
    if !visit.is_part {
        mark_milestones(&state, &mut answer.items).await?;
    }
    let title = visit.say("滞后指标", "Behind the pace");
    let content = html! {
        @if !visit.is_part { (laggards_filter(visit)) }
        @if answer.items.is_empty() {
            p .quiet {
                @if visit.asked("status").is_some() { (visit.say("没有落后于序时进度而状态如此的指标。", "Nothing lags in this way.")) }
                @else { (visit.say("没有落后于序时进度的指标。", "Nothing is behind the pace.")) }
            }
        } @else {
            @if visit.is_part { (few_laggards(visit, year, &answer.items)) } @else { (all_laggards(visit, year, &answer.items)) }
            (more(visit, answer.next_cursor.as_deref()))
            (downloads(visit, &format!("/exports/laggards/{year}"), &visit.query))
        }
    };
    Ok(part(&visitor, year, title, &content))
}

fn few_laggards(visit: &Visit, year: i16, laggards: &[Laggard]) -> Markup {
    html! {
        table .small {
            thead { tr {
                th scope="col" { (visit.say("指标", "Indicator")) } th .number scope="col" { (visit.say("落后百分点", "Points behind")) } th scope="col" { (visit.say("状态", "Status")) }
            } }
            tbody {
                @for line in laggards {
                    tr {
                        th scope="row" { (named(line, Some(line_of(visit, year, line)))) }
                        td .number { (behind(line)) }
                        td { (badge(visit, line.status)) }
                    }
                }
            }
        }
    }
}

fn all_laggards(visit: &Visit, year: i16, laggards: &[Laggard]) -> Markup {
    let sheet = Sheet { visit, is_numbered: false, link: |line: &Laggard| Some(line_of(visit, year, line)) };
    html! {
        table { (sheet.rows(laggards)) }
        p .quiet { (visit.say("落后百分点为序时进度与得分之差，最差的在前。", "Points behind are the pace minus the score, the worst first.")) }
    }
}

/// The page of a line.
fn line_of(visit: &Visit, year: i16, line: &Laggard) -> String {
    visit.keeping(&format!("/associations/{}/{year}/{}", line.association.code, line.indicator.code))
}

/// Which laggards to list, all of them or those that lag in one way.
fn laggards_filter(visit: &Visit) -> Markup {
    let lagging = LAGGING.map(|one| (one.as_ref().to_owned(), Status::from(one).words().get(visit.language)));
    html! {
        form .filters method="get" action=(visit.path) role="search" {
            (asked_already(visit, &["parent", "within", "kind", "level", "indicator", "category", "basis", "as_of"]))
            (choice(visit, "status", visit.say("状态", "Status"), &lagging))
            button type="submit" { (visit.say("筛选", "Filter")) }
        }
    }
}

/// A part of the overview, or a page of its own with the way back.
fn part(visitor: &Visitor, year: i16, title: &str, content: &Markup) -> Markup {
    let visit = &visitor.visit;
    let content = html! {
        @if !visit.is_part {
            nav .trail aria-label=(visit.say("位置", "Where you are")) {
                a href={ "/overview/" (year) "?" (visit.query_of(&SHARED)) } { (year) (visit.say("年度总览", " overview")) }
            }
            div .head { h1 { (year) (visit.say("年度", " · ")) (title) } }
        }
        section .card {
            @if visit.is_part { h2 { (title) } }
            (content)
        }
    };
    layout::page(visitor, Section::Overview, year, title, &content)
}

/// How many a part shows; a page of its own has as many as are asked for.
fn few(visit: &Visit, most: i64) -> Option<i64> {
    visit.is_part.then_some(most)
}

/// Leads from a part to a page with all of it, and there from page to page.
fn more(visit: &Visit, next: Option<&str>) -> Markup {
    html! {
        @if !visit.is_part {
            (pager(visit, next))
        } @else if next.is_some() {
            p .no-print { a href={ (visit.path) "?" (visit.query_but(&["limit", "cursor"])) } { (visit.say("全部 →", "All →")) } }
        }
    }
}

/// Who reported, and who has not.
///
/// # Errors
/// As the reporting of the API.
#[get("/overview/{year}/reporting")]
pub async fn show_reporting(state: Data<AppState>, visitor: Visitor, path: Path<YearPath>) -> ApiResult<Markup> {
    let visit = &visitor.visit;
    let query = visit.query_of(&["parent", "within", "kind", "level", "limit", "cursor"]);
    let mut listing: Listing<ReportingQuery> = Listing::read(&query)?;
    listing.filter.missing = true;
    listing.paging.limit = few(visit, FEW_MISSING).or(listing.paging.limit);
    let title = visit.say("报送情况", "Reporting");
    let body = match reporting(&state, &visitor.caller, path.year, listing).await {
        Ok(answer) => reported(visit, &answer),
        Err(error) if error.code() == Code::ScheduleNotFound => {
            html! { p .quiet { (visit.say("本年度没有制定报送计划。", "There is no reporting schedule for this year.")) } }
        }
        Err(error) => return Err(error),
    };
    let content = html! {
        @if visit.asked("as_of").is_some() { p .quiet { (visit.say("报送情况按今天统计。", "Reporting is as of today.")) } }
        (body)
    };
    Ok(part(&visitor, path.year.get(), title, &content))
}

fn reported(visit: &Visit, answer: &Reporting) -> Markup {
    let has_ended = |period: &&PeriodReporting| period.state != PeriodState::Upcoming && period.expected > 0;
    let latest = answer.periods.iter().rev().find(has_ended);
    // Where nobody had to report yet, the first period in which somebody will.
    let period = latest.or_else(|| answer.periods.iter().find(|period| period.expected > 0));
    html! {
        @if let Some(period) = period {
            p {
                strong { (period.period) } " "
                @match period.state {
                    PeriodState::Due => { (visit.say("应报日期已过", "is over")) }
                    PeriodState::Open => { (visit.say("请于", "due ")) (period.due_on) (visit.say("前报送", "")) }
                    PeriodState::Upcoming => { (visit.say("尚未结束，请于", "is not over; due ")) (period.due_on) (visit.say("前报送", "")) }
                }
            }
            dl .rates {
                dt { (visit.say("报送率", "Reported")) } dd { (share_bar(period.reporting_rate)) }
                dt { (visit.say("及时率", "In time")) } dd { (share_bar(period.on_time_rate)) }
            }
            (missing(visit, answer))
        } @else {
            p .quiet { (visit.say("目前没有组织需要报送。", "Nobody has to report yet.")) }
        }
    }
}

fn missing(visit: &Visit, answer: &Reporting) -> Markup {
    let year = answer.schedule.year;
    html! {
        @if answer.items.is_empty() {
            p .quiet { (visit.say("没有组织漏报。", "Nobody is missing.")) }
        } @else {
            table .small {
                caption { (visit.say("未报送", "Missing")) @if visit.is_part && answer.next_cursor.is_some() { (visit.say("（部分）", " (some)")) } }
                thead .unseen { tr { th scope="col" { (visit.say("组织", "Association")) } th scope="col" { (visit.say("缺报期间", "Periods")) } } }
                tbody {
                    @for item in &answer.items {
                        tr {
                            th scope="row" { a href=(visit.keeping(&format!("/associations/{}/{year}", item.association.code))) { (item.association.name) } }
                            td { (item.missing.len()) (visit.say("期", "")) small .quiet { " " (item.missing.last().map(ToString::to_string).unwrap_or_default()) } }
                        }
                    }
                }
            }
            (more(visit, answer.next_cursor.as_deref()))
        }
    }
}
