//! Indicators: which there are, and one of them over all associations.

use std::collections::BTreeMap;

use actix_web::web::Data;
use actix_web::{HttpResponse, get};
use maud::{Markup, html};
use rust_decimal::Decimal;

use super::chart::{histogram, rate_bar, scale};
use super::export::downloads;
use super::figures::bare;
use super::layout::{self, Section, life};
use super::overview::{asked_already, lead, pager};
use super::wording::value;
use super::{Visit, Visitor};
use crate::decimal::Amount;
use crate::error::ApiResult;
use crate::http::{Conditional, Listing, Path, Question, ResourceCode, Year, parse_query};
use crate::indicators::store::{find, list};
use crate::indicators::{Indicator, IndicatorQuery, ValueType};
use crate::rankings::answer::ranking;
use crate::rankings::{Ranking, RankingLine, RankingQuery};
use crate::standings::YearPath;
use crate::state::AppState;

/// What the table and the distribution beside it are asked with, both.
const SHARED: [&str; 6] = ["parent", "within", "kind", "level", "basis", "as_of"];

/// Leads to the indicators of the latest year that something is planned for.
///
/// # Errors
/// `unauthenticated`; the database's.
#[get("/indicators")]
pub async fn show_latest(state: Data<AppState>, visitor: Visitor) -> ApiResult<HttpResponse> {
    lead(&state, &visitor, "/indicators").await
}

/// All indicators, or those with a text in their name, definition or code, by category.
///
/// # Errors
/// `invalid_parameter` for a text that is too long.
#[get("/indicators/{year}")]
pub async fn list_indicators(state: Data<AppState>, visitor: Visitor, path: Path<YearPath>) -> ApiResult<Markup> {
    let (year, visit) = (path.year.get(), &visitor.visit);
    let mut categories: BTreeMap<String, Vec<_>> = BTreeMap::new();
    let wanted: IndicatorQuery = parse_query(&visit.query_of(&["q"]))?;
    for found in list(&mut *state.conn().await?, &wanted, None, i64::MAX).await? {
        let indicator = found.into_indicator();
        categories.entry(indicator.category.clone()).or_default().push(indicator);
    }
    categories.values_mut().for_each(|indicators| indicators.sort_by(|one, other| one.name.cmp(&other.name)));
    let title = visit.say("指标", "Indicators");
    let content = html! {
        div .head { h1 { (title) } (layout::years(visit, year, |year| format!("/indicators/{year}"))) }
        form .filters method="get" action=(visit.path) role="search" {
            (asked_already(visit, &["basis", "as_of"]))
            label { (visit.say("名称", "Name"))
                input type="search" name="q" maxlength="100" value=[visit.asked("q")] placeholder=(visit.say("名称、口径或代码", "name, definition or code"));
            }
            button type="submit" { (visit.say("筛选", "Filter")) }
        }
        @if categories.is_empty() { p .quiet { (visit.say("没有符合条件的指标。", "No indicator fits.")) } }
        div .packed {
            @for (category, indicators) in &categories {
                section .card {
                    h2 { (category) small .quiet { " " (indicators.len()) } }
                    ul .plain {
                        @for indicator in indicators {
                            li { a href=(visit.keeping(&format!("/indicators/{}/{year}", indicator.code))) { (indicator.name) } small .quiet { " " (indicator.unit) } }
                        }
                    }
                }
            }
        }
    };
    Ok(layout::page(&visitor, Section::Indicators, year, title, &content))
}

/// One indicator over all associations.
///
/// # Errors
/// As the ranking of the API.
#[get("/indicators/{indicator}/{year}")]
pub async fn show_indicator(
    state: Data<AppState>,
    visitor: Visitor,
    path: Path<(ResourceCode, Year)>,
) -> ApiResult<Markup> {
    let (code, year) = path.into_inner();
    let (year, visit) = (year.get(), &visitor.visit);
    let indicator = find(&*state.conn().await?, &code).await?.into_indicator();
    let mut listing = visit.listing::<RankingQuery>()?;
    listing.filter.indicator = Some(code.clone());
    let answer = ranking(&state, &visitor.caller, year, listing, &Conditional::default()).await?.into_answer()?;
    let distribution = format!("/indicators/{}/{year}/distribution?{}", indicator.code, visit.query_of(&SHARED));
    let content = html! {
        (head(visit, &indicator, &answer))
        (layout::later(visit, &distribution, visit.say("完成率分布", "Distribution of rates")))
        (compared(visit, &indicator, &answer))
    };
    Ok(layout::page(&visitor, Section::Indicators, year, &indicator.name, &content))
}

fn head(visit: &Visit, indicator: &Indicator, answer: &Ranking) -> Markup {
    html! {
        div .head {
            div {
                p .quiet { a href=(visit.keeping(&format!("/indicators/{}", answer.year))) { (visit.say("指标", "Indicators")) } " › " (indicator.category) }
                h1 { (indicator.name) }
                p .quiet {
                    (visit.say("单位：", "Unit: ")) (indicator.unit) " · "
                    (indicator.direction.words().get(visit.language)) " · " (indicator.accumulation.words().get(visit.language))
                }
            }
            div .tools { (layout::years(visit, answer.year, |year| format!("/indicators/{}/{year}", indicator.code))) (layout::basis_switch(visit, answer.basis)) }
        }
        @if let Some(definition) = &indicator.definition { p .card { strong { (visit.say("口径：", "Definition: ")) } (definition) } }
    }
}

fn compared(visit: &Visit, indicator: &Indicator, answer: &Ranking) -> Markup {
    let scale = scale(answer.items.iter().filter_map(|line| line.rate));
    html! {
        section .card aria-labelledby="compared" {
            h2 #compared { (visit.say("各组织比较", "Associations compared")) small .quiet { " " (answer.of) " / " (answer.total) } }
            div .scroll tabindex="0" role="region" aria-labelledby="compared" {
                table {
                    thead { tr {
                        th .number scope="col" { (visit.say("名次", "Rank")) }
                        th scope="col" { (visit.say("组织", "Association")) }
                        th .wide .number scope="col" { (visit.say("目标", "Target")) " (" (indicator.unit) ")" }
                        th .number scope="col" { (visit.say("实绩", "Actual")) " (" (indicator.unit) ")" }
                        th scope="col" {
                            (visit.say("完成率", "Rate"))
                            @if scale > Decimal::ONE { " " small { (visit.say("（竖线为100%）", "(the mark is at 100%)")) } }
                        }
                    } }
                    tbody { @for line in &answer.items { (row(visit, indicator, answer.year, line, scale)) } }
                }
            }
            (pager(visit, answer.next_cursor.as_deref()))
            @let query = visit.query_of(&SHARED);
            (downloads(visit, &format!("/exports/ranking/{}", answer.year), &format!("indicator={}&{query}", indicator.code)))
        }
    }
}

fn row(visit: &Visit, indicator: &Indicator, year: i16, line: &RankingLine, scale: Decimal) -> Markup {
    let is_milestone = indicator.value_type == ValueType::Milestone;
    let figure = |amount: Amount| match is_milestone {
        true => value(*amount, Some(ValueType::Milestone), &indicator.unit, visit.language),
        false => bare(*amount, &indicator.unit, visit.language),
    };
    let planned = |amount| if is_milestone { visit.say("完成", "to be done").to_owned() } else { figure(amount) };
    html! {
        tr {
            td .rank { @match line.rank { Some(rank) => { (rank) } None => { span .quiet { "–" } } } }
            th scope="row" { a href=(visit.keeping(&format!("/associations/{}/{year}/{}", line.association.code, indicator.code))) { (line.association.name) } (life(visit, line.association.status)) }
            td .wide .number { (line.target.map_or("–".to_owned(), planned)) }
            td .number { (line.actual.map_or("–".to_owned(), figure)) }
            td .bar-cell {
                @match line.reason {
                    Some(reason) => { small .quiet { (reason.words().get(visit.language)) } }
                    None => { (rate_bar(line.rate, scale)) }
                }
            }
        }
    }
}

/// How the rates lie, this year and the year before.
///
/// # Errors
/// As the ranking of the API.
#[get("/indicators/{indicator}/{year}/distribution")]
pub async fn show_distribution(
    state: Data<AppState>,
    visitor: Visitor,
    path: Path<(ResourceCode, Year)>,
) -> ApiResult<Markup> {
    let (code, year) = path.into_inner();
    let (year, visit) = (year.get(), &visitor.visit);
    let mut years = Vec::new();
    // The day asked for is one of this year; the year before is shown as it ended.
    for (year, left_out) in [(year, ""), (year - 1, "as_of")] {
        let mut listing: Listing<RankingQuery> = Listing::read(&visit.query_but(&[left_out]))?;
        listing.filter.indicator = Some(code.clone());
        listing.paging.limit = Some(i64::MAX - 1);
        let answer = ranking(&state, &visitor.caller, year, listing, &Conditional::default()).await?.into_answer()?;
        let rates: Vec<Decimal> = answer.items.iter().filter_map(|line| line.rate.map(|rate| *rate)).collect();
        years.push((year, rates));
    }
    let title = visit.say("完成率分布", "Distribution of rates");
    let content = html! {
        section .card {
            h2 { (title) }
            div .columns { @for (year, rates) in &years { div { h3 { (year) } (histogram(visit, rates)) } } }
        }
    };
    Ok(layout::page(&visitor, Section::Indicators, year, title, &content))
}
