//! The page of one line: an indicator of an association's year, its curve, its target's revisions and its ledger.

use std::collections::HashMap;

use actix_web::get;
use actix_web::web::Data;
use chrono::NaiveDate;
use futures_util::future::try_join4;
use maud::{Markup, html};
use serde::Deserialize;
use uuid::Uuid;
use validator::Validate;

use super::association::as_of;
use super::curve::{self, curve, month_name};
use super::figures::{percent, quantity};
use super::history::Ledger;
use super::layout::{self, Section};
use super::lines::{Sheet, flat, large};
use super::overview::pager;
use super::{Visit, Visitor};
use crate::actuals::answer::actuals;
use crate::actuals::signatures::{Signature, signatures};
use crate::actuals::{Actual, ActualQuery};
use crate::associations::store::{Found, find};
use crate::auth::Caller;
use crate::completion::answer::completion;
use crate::completion::{Basis, Completion, CompletionQuery, Detail, Line};
use crate::decimal::Amount;
use crate::error::{ApiResult, Code};
use crate::http::{Conditional, Listing, Page, Path};
use crate::indicators::store::find as find_indicator;
use crate::indicators::{Indicator, ValueType};
use crate::state::AppState;
use crate::targets::store::{Place, authors, revisions};
use crate::targets::{PlanPath, Target, TargetPath};
use crate::trends::answer::trend;
use crate::trends::{IndicatorTrend, Trend, TrendQuery};

/// Actuals on a page.
const FEW: i64 = 25;

/// How a line is looked at.
#[derive(Clone, Copy, Debug, Deserialize, Validate)]
#[serde(deny_unknown_fields)]
struct LineQuery {
    #[serde(default)]
    basis: Basis,
    #[serde(default, deserialize_with = "crate::http::day")]
    as_of: Option<NaiveDate>,
}

/// What a line is and how it was planned.
struct Named {
    association: Found,
    indicator: Indicator,
    revisions: Vec<Target>,
    authors: HashMap<i32, String>,
}

/// What the page is made of.
struct Shown {
    named: Named,
    completion: Completion,
    other: Completion,
    trend: Trend,
    history: Page<Actual>,
    signatures: HashMap<Uuid, Signature>,
}

/// An indicator of an association's year.
///
/// # Errors
/// `association_not_found`, `indicator_not_found`, and those of the completion and the actuals of the API.
#[get("/associations/{association}/{year}/{indicator}")]
pub async fn show_line(state: Data<AppState>, visitor: Visitor, path: Path<TargetPath>) -> ApiResult<Markup> {
    let visit = &visitor.visit;
    let listing: Listing<LineQuery> = visit.listing()?;
    let shown = ask(&state, &visitor, &path, listing).await?;
    let (completion, indicator) = (&shown.completion, &shown.named.indicator);
    let sheet = Sheet::of(visit, completion, &shown.other, state.rules.timezone);
    let line = flat(&completion.lines).into_iter().find(|line| line.indicator.code == indicator.code);
    let content = html! {
        (head(&sheet, &shown, line))
        (standing(&sheet, indicator, line))
        @if indicator.value_type != ValueType::Milestone { (by_month(visit, shown.trend.indicators.first())?) }
        (ledger(&sheet, &visitor, &shown))
    };
    let title = format!("{} · {} · {}", indicator.name, completion.association.name, path.year);
    Ok(layout::page(&visitor, Section::Overview, path.year.get(), &title, &content))
}

async fn ask(
    state: &Data<AppState>,
    visitor: &Visitor,
    path: &TargetPath,
    listing: Listing<LineQuery>,
) -> ApiResult<Shown> {
    let (caller, language, new) = (&visitor.caller, visitor.visit.language, Conditional::default());
    // First, so that what is not there is said of the path and not of a query nobody wrote.
    let mut named = named(state, caller, path).await?;
    let Listing { filter: LineQuery { basis, as_of }, mut paging } = listing;
    paging.limit = paging.limit.or(Some(FEW));
    let plan = PlanPath { association: path.association.clone(), year: path.year };
    let query = CompletionQuery { basis, as_of, detail: Detail::Full, ..CompletionQuery::default() };
    let other = CompletionQuery { basis: basis.other(), detail: Detail::Brief, ..query };
    let indicator = Some(path.indicator.clone());
    let monthly = TrendQuery { indicator: indicator.clone(), basis, as_of };
    let wanted = ActualQuery { year: Some(path.year), indicator, ..ActualQuery::default() };
    let (completion, other, trend, mut history) = try_join4(
        completion(state, caller, &plan, query, language, &new),
        completion(state, caller, &plan, other, language, &new),
        trend(state, caller, &plan, &monthly, &new),
        actuals(state, caller, &path.association, Listing { filter: wanted, paging }),
    )
    .await?;
    let (completion, other, trend) = (completion.into_answer()?, other.into_answer()?, trend.into_answer()?);
    if let Some(next) = as_of.and_then(|day| state.start_of(day.succ_opt()?)) {
        named.revisions.retain(|target| target.recorded_at < next);
        history.items.retain(|actual| actual.reported_at < next);
    }
    let ids: Vec<_> = history.items.iter().map(|actual| actual.id).collect();
    let signatures = signatures(&*state.conn().await?, named.association.id(), &ids).await?;
    Ok(Shown { named, completion, other, trend, history, signatures })
}

async fn named(state: &Data<AppState>, caller: &Caller, path: &TargetPath) -> ApiResult<Named> {
    let mut conn = state.conn().await?;
    let association = find(&conn, caller, &path.association).await?;
    let indicator = find_indicator(&conn, &path.indicator).await?;
    let place = Place { association: &association, year: path.year, indicator: &indicator };
    let revisions = match revisions(&mut conn, &place).await {
        Err(error) if error.code() == Code::TargetNotFound => Vec::new(),
        found => found?,
    };
    let authors = authors(&conn, &place).await?;
    Ok(Named { association, indicator: indicator.into_indicator(), revisions, authors })
}

fn head(sheet: &Sheet<'_>, shown: &Shown, line: Option<&Line>) -> Markup {
    let (visit, completion, indicator) = (sheet.visit, &shown.completion, &shown.named.indicator);
    let year = completion.year;
    let whole = line.and_then(|line| line.indicator.parent.as_ref());
    let whole =
        whole.and_then(|parent| flat(&completion.lines).into_iter().find(|line| line.indicator.code == *parent));
    let elsewhere = |year| format!("/associations/{}/{year}/{}", completion.association.code, indicator.code);
    html! {
        nav .trail aria-label=(visit.say("位置", "Where you are")) {
            a href=(visit.keeping(&format!("/overview/{year}"))) { (year) (visit.say("年度总览", " overview")) }
            a href=(visit.keeping(&format!("/associations/{}/{year}", completion.association.code))) { (completion.association.name) }
            @if let Some(whole) = whole {
                a href=(sheet.link(&whole.indicator.code)) { (whole.indicator.name.as_ref().unwrap_or(&whole.indicator.code)) }
            }
        }
        div .head {
            div {
                h1 { (indicator.name) " " small { (year) (visit.say("年度", "")) } }
                p .quiet { (completion.association.name) " · " (indicator.category) " · " (as_of(visit, completion.as_of, completion.basis)) " · "
                    a href=(visit.keeping(&format!("/indicators/{}/{year}", indicator.code))) { (visit.say("各组织对比", "All associations")) }
                }
            }
            div .tools { (layout::years(visit, year, elsewhere)) (layout::basis_switch(visit, completion.basis)) }
        }
    }
}

fn standing(sheet: &Sheet<'_>, indicator: &Indicator, line: Option<&Line>) -> Markup {
    let visit = sheet.visit;
    html! {
        section .card aria-labelledby="standing" {
            h2 #standing { (visit.say("完成情况", "Completion")) }
            @if let Some(definition) = &indicator.definition { p .quiet { (visit.say("统计口径：", "What counts: ")) (definition) } }
            @match line {
                Some(line) => { (large(sheet, line)) }
                None => { p { (visit.say("本年度没有目标，也没有计入的实绩。", "Nothing is planned for this year, and nothing that counts was reported.")) } }
            }
        }
    }
}

fn by_month(visit: &Visit, trend: Option<&IndicatorTrend>) -> ApiResult<Markup> {
    let drawn = match trend {
        Some(trend) => curve(visit, trend)?.zip(Some(trend)),
        None => None,
    };
    Ok(html! {
        section .card aria-labelledby="curve" {
            h2 #curve { (visit.say("逐月累计", "Month by month")) @if let Some(trend) = trend { small .quiet { (visit.say("　单位：", " in ")) (trend.indicator.unit) } } }
            @match drawn {
                Some((svg, trend)) => { (curve::legend(visit)) (svg) (months(visit, trend)) }
                None => { p .quiet { (visit.say("没有可画的数据。", "There is nothing to draw.")) } }
            }
        }
    })
}

/// The curve's figures as a table.
fn months(visit: &Visit, trend: &IndicatorTrend) -> Markup {
    let unit = &trend.indicator.unit;
    let figure = |value: Option<Amount>| value.map_or("–".to_owned(), |value| quantity(*value, unit, visit.language));
    html! {
        details .line-details {
            summary { (visit.say("数据表", "The figures")) }
            div .scroll tabindex="0" role="region" aria-labelledby="curve" {
                table .small {
                    thead { tr {
                        th scope="col" { (visit.say("月份", "Month")) }
                        @for head in [visit.say("实绩", "Actual"), visit.say("计划", "Plan"), visit.say("上年同期", "Last year"), visit.say("完成率", "Rate")] {
                            th .number scope="col" { (head) }
                        }
                    } }
                    tbody {
                        @for (month, last) in trend.months.iter().zip(&trend.last_year) {
                            tr {
                                th scope="row" { (month_name(visit, month.month)) }
                                td .number { (figure(month.actual)) }
                                td .number { (figure(month.plan)) }
                                td .number { (figure(*last)) }
                                td .number { (month.rate.map_or("–".to_owned(), |rate| percent(*rate))) }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn ledger(sheet: &Sheet<'_>, visitor: &Visitor, shown: &Shown) -> Markup {
    let (visit, named) = (sheet.visit, &shown.named);
    let ledger = Ledger { visitor, zone: sheet.zone, value_type: named.indicator.value_type };
    html! {
        section .card aria-labelledby="revisions" {
            h2 #revisions { (visit.say("目标与调整", "The target and its revisions")) }
            @if named.revisions.is_empty() { p .quiet { (visit.say("本年度没有目标。", "Nothing was planned for this year.")) } }
            @else { (ledger.revisions(&named.revisions, &named.authors)) }
        }
        section .card aria-labelledby="history" {
            h2 #history { (visit.say("实绩记录", "Every actual")) }
            @if visit.asked("as_of").is_some() {
                p .quiet { (visit.say("只列出截至当日已报送的实绩，其内容和状态为目前的。", "Listed is what was reported by the end of that day, as each stands at present.")) }
            }
            @if shown.history.items.is_empty() { p .quiet { (visit.say("尚无实绩。", "Nothing was reported.")) } }
            @else { (ledger.actuals(&shown.history.items, &shown.signatures)) }
            (pager(visit, shown.history.next_cursor.as_deref()))
        }
    }
}
