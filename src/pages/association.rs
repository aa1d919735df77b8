//! The page of an association's year: how it stands, and every target with how its rate came about.

use std::collections::{BTreeMap, BTreeSet};

use actix_web::get;
use actix_web::web::Data;
use chrono::NaiveDate;
use futures_util::future::try_join4;
use maud::{Markup, html};
use rust_decimal::Decimal;

use super::bullet::legend;
use super::chart::{sign, width};
use super::export::downloads;
use super::figures::{day, percent};
use super::layout::{self, Section, life};
use super::lines::{Sheet, flat, list};
use super::overview::meter;
use super::waiting::waiting;
use super::{Visit, Visitor};
use crate::associations::AssociationQuery;
use crate::associations::store::{Found, find, list as list_associations};
use crate::auth::Caller;
use crate::completion::answer::completion;
use crate::completion::{Basis, Completion, CompletionQuery, Detail, Excluded, Line, Scope, StatusCounts};
use crate::error::ApiResult;
use crate::http::{Conditional, Path, ResourceCode, parse_query};
use crate::indicators::store::{Names, names};
use crate::rankings::answer::own_rank;
use crate::rankings::{OwnRank, RankingQuery};
use crate::rule::elapsed_share;
use crate::state::AppState;
use crate::targets::PlanPath;

/// An association in its tree.
struct Place {
    own: Found,
    parent: Option<Found>,
    has_below: bool,
}

/// What the page is made of.
struct Shown {
    completion: Completion,
    other: Completion,
    rank: OwnRank,
    place: Place,
    /// Only where something without a line has to be named.
    names: Names,
}

/// An association's year.
///
/// # Errors
/// As the completion of the API.
#[get("/associations/{association}/{year}")]
pub async fn show_association(state: Data<AppState>, visitor: Visitor, path: Path<PlanPath>) -> ApiResult<Markup> {
    let visit = &visitor.visit;
    let query = CompletionQuery { detail: Detail::Full, ..parse_query(&visit.query)? };
    let shown = ask(&state, &visitor, &path, query).await?;
    let (completion, year) = (&shown.completion, path.year.get());
    let sheet = Sheet::of(visit, completion, &shown.other, state.rules.timezone);
    let content = html! {
        (head(visit, &shown))
        (tiles(visit, &shown))
        (layout::about_scores(visit))
        (waiting(&visitor, &completion.association.code, year))
        @if completion.lines.is_empty() {
            section .card { p .quiet { (visit.say("本年度没有目标，也没有实绩。", "Nothing is planned and nothing was reported for this year.")) } }
        } @else {
            (legend(visit))
            @for (category, lines) in by_category(&completion.lines) { (group(&sheet, category, &lines)) }
            @let query = visit.query_of(&["basis", "as_of", "scope"]);
            (downloads(visit, &format!("/exports/completion/{}/{year}", completion.association.code), &query))
        }
        (left_out(visit, &shown))
    };
    let title = format!("{} · {year}", completion.association.name);
    Ok(layout::page(&visitor, Section::Overview, year, &title, &content))
}

async fn ask(state: &Data<AppState>, visitor: &Visitor, path: &PlanPath, query: CompletionQuery) -> ApiResult<Shown> {
    let (caller, language, new) = (&visitor.caller, visitor.visit.language, Conditional::default());
    let other = CompletionQuery { basis: query.basis.other(), detail: Detail::Brief, ..query };
    let ranking = RankingQuery { basis: query.basis, as_of: query.as_of, ..RankingQuery::default() };
    let (completion, other, rank, place) = try_join4(
        completion(state, caller, path, query, language, &new),
        completion(state, caller, path, other, language, &new),
        own_rank(state, caller, path, ranking, &new),
        placed(state, caller, &path.association),
    )
    .await?;
    let (completion, other, rank) = (completion.into_answer()?, other.into_answer()?, rank.into_answer()?);
    let names = match without_line(&completion).is_empty() {
        true => Names::new(),
        false => names(&*state.conn().await?).await?,
    };
    Ok(Shown { completion, other, rank, place, names })
}

async fn placed(state: &Data<AppState>, caller: &Caller, code: &ResourceCode) -> ApiResult<Place> {
    let mut conn = state.conn().await?;
    let own = find(&conn, caller, code).await?;
    let parent = match own.parent() {
        Some(parent) => Some(find(&conn, caller, parent).await?),
        None => None,
    };
    let below = AssociationQuery { parent: Some(code.clone()), ..AssociationQuery::default() };
    let has_below = !list_associations(&mut conn, caller, &below, None, 1).await?.is_empty();
    Ok(Place { own, parent, has_below })
}

fn head(visit: &Visit, shown: &Shown) -> Markup {
    let Shown { completion, place, .. } = shown;
    let year = completion.year;
    html! {
        nav .trail aria-label=(visit.say("位置", "Where you are")) {
            a href=(visit.keeping(&format!("/overview/{year}"))) { (year) (visit.say("年度总览", " overview")) }
            @if let Some(parent) = &place.parent { a href=(visit.keeping(&format!("/associations/{}/{year}", parent.code()))) { (parent.name()) } }
        }
        div .head {
            div {
                h1 { (completion.association.name) (life(visit, place.own.status())) " " small { (year) (visit.say("年度", "")) } }
                p .quiet {
                    (place.own.level().words().get(visit.language)) " · " (place.own.kind().words().get(visit.language)) " · "
                    (as_of(visit, completion.as_of, completion.basis))
                    @if place.has_below {
                        " · " a href=(visit.keeping(&format!("/overview/{year}?parent={}", place.own.code()))) { (visit.say("下级组织", "Associations below")) }
                    }
                }
            }
            div .tools {
                (layout::years(visit, year, |year| format!("/associations/{}/{year}", completion.association.code)))
                (layout::basis_switch(visit, completion.basis))
                @if place.has_below { (scope_switch(visit, completion.scope)) }
            }
        }
    }
}

/// The day a page is about, and which figures count on it.
pub(super) fn as_of(visit: &Visit, on: NaiveDate, basis: Basis) -> Markup {
    html! { (visit.say("截至", "As of ")) (day(on, visit.language)) " · " (basis.words().get(visit.language)) (visit.say("口径", " figures")) }
}

fn scope_switch(visit: &Visit, current: Scope) -> Markup {
    let own = (Scope::Own, None, visit.say("本级", "Own"));
    let subtree = (Scope::Subtree, Some("subtree"), visit.say("含下级", "With all below"));
    html! {
        nav .switch aria-label=(visit.say("范围", "Scope")) {
            @for (scope, value, name) in [own, subtree] {
                a href=(visit.link("scope", value)) aria-current=[(scope == current).then_some("true")] { (name) }
            }
        }
    }
}

fn tiles(visit: &Visit, shown: &Shown) -> Markup {
    let completion = &shown.completion;
    let pace = elapsed_share(completion.year, completion.as_of);
    let score = completion.score.map(|score| *score);
    let all = flat(&completion.lines);
    let planned = all.iter().filter(|line| line.target.is_some());
    let (targets, met) = (planned.clone().count(), planned.clone().filter(|line| line.met == Some(true)).count());
    let mut counts = StatusCounts::default();
    planned.for_each(|line| counts.add(line.status, 1));
    html! {
        dl .tiles {
            div {
                dt { (visit.say("综合得分", "Score")) }
                dd { (score.map_or("–".to_owned(), percent)) }
                dd .quiet { (meter(score, Some(pace))) p { (visit.say("时间已过 ", "Year elapsed ")) (percent(pace)) } }
            }
            div .broad {
                dt { (visit.say("已达成目标", "Targets met")) }
                dd { (met) small { " / " (targets) } }
                dd .quiet { (statuses(visit, counts)) }
            }
            div { (rank(visit, &shown.rank, completion.scope)) }
        }
    }
}

fn rank(visit: &Visit, rank: &OwnRank, scope: Scope) -> Markup {
    let peers = &rank.peers;
    let [kind, level] = [peers.kind.map(|kind| kind.words()), peers.level.map(|level| level.words())]
        .map(|words| words.map(|words| words.get(visit.language)));
    html! {
        dt { (visit.say("同类排名", "Rank among peers")) }
        dd {
            @match rank.rank {
                Some(place) => { (visit.say("第", "")) (place) small { (visit.say("名 / ", " of ")) (rank.of) } }
                None => { "–" }
            }
        }
        dd .quiet {
            @if let Some(reason) = rank.reason { (reason.words().get(visit.language)) (visit.say("；", "; ")) }
            @if let Some(tied) = rank.tied.filter(|tied| *tied > 1) { (visit.say("与", "tied with ")) (tied - 1) (visit.say("个并列；", "; ")) }
            (visit.say("同级同类", "")) (level.unwrap_or_default()) (visit.say("", " ")) (kind.unwrap_or_default()) " " (peers.total) (visit.say("个", ""))
            @if scope == Scope::Subtree { (visit.say("，按本级得分", ", by the own score")) }
        }
    }
}

/// How many lines stand how: as one bar, and in words.
fn statuses(visit: &Visit, counts: StatusCounts) -> Markup {
    let rows = counts.each();
    let total = Decimal::from(counts.sum()).max(Decimal::ONE);
    let share = |count: Decimal| width(count / total);
    let starts = rows.iter().scan(Decimal::ZERO, |before, (_, count)| {
        let start = *before;
        *before += Decimal::from(*count);
        Some(start)
    });
    html! {
        svg .stack aria-hidden="true" focusable="false" {
            @for ((status, count), start) in rows.iter().zip(starts).filter(|((_, count), _)| *count > 0) {
                rect class={ "part " (status.as_ref()) } x=(share(start)) width=(share(Decimal::from(*count))) height="100%" {}
            }
        }
        ul .tally {
            @for (status, count) in rows.iter().filter(|(_, count)| *count > 0) {
                li { span class={ "dot " (status.as_ref()) } aria-hidden="true" { (sign(*status)) } " " (status.words().get(visit.language)) " " b { (count) } }
            }
        }
    }
}

fn by_category(lines: &[Line]) -> BTreeMap<&str, Vec<&Line>> {
    let mut groups: BTreeMap<&str, Vec<&Line>> = BTreeMap::new();
    for line in lines {
        groups.entry(line.indicator.category.as_deref().unwrap_or_default()).or_default().push(line);
    }
    groups
}

fn group(sheet: &Sheet<'_>, category: &str, lines: &[&Line]) -> Markup {
    html! {
        section .card .group aria-label=(category) {
            h2 { (category) }
            (list(sheet, lines))
        }
    }
}

/// Indicators that are left out and have no line to say so.
fn without_line(completion: &Completion) -> Vec<&Excluded> {
    let lines: BTreeSet<_> = flat(&completion.lines).into_iter().map(|line| &line.indicator.code).collect();
    completion.excluded.iter().filter(|excluded| !lines.contains(&excluded.indicator)).collect()
}

fn left_out(visit: &Visit, shown: &Shown) -> Markup {
    let excluded = without_line(&shown.completion);
    html! {
        @if !excluded.is_empty() {
            section .card {
                h2 { (visit.say("未列入汇总的指标", "Indicators that are not added up")) }
                ul { @for Excluded { indicator, reason } in excluded {
                    li { (shown.names.get(indicator).unwrap_or(indicator)) span .quiet { (visit.say("：", ": ")) (reason.words().get(visit.language)) } }
                } }
            }
        }
    }
}
