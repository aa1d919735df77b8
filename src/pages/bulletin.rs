//! A bulletin as it was issued, ready to be printed.

use actix_web::get;
use actix_web::web::Data;
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use maud::{Markup, html};

use super::chart::{share_bar, status_bars};
use super::details;
use super::figures::percent;
use super::lagging::{Sheet, mark_milestones};
use super::layout::{self, Section, life};
use super::overview::tiles;
use super::{Visit, Visitor};
use crate::associations::naming::names_of;
use crate::associations::{Kind, Level};
use crate::bulletins::{Bulletin, BulletinPath, BulletinReporting, answer, numbered};
use crate::completion::{AssociationName, words};
use crate::error::{ApiError, ApiResult, Language};
use crate::http::{Conditional, Path};
use crate::laggards::Laggard;
use crate::rankings::RankingLine;
use crate::standings::SummaryLine;
use crate::state::AppState;

/// Lines of each table that are shown at once, unless all are asked for.
const LINES: usize = 500;

/// A section of a bulletin. One that was issued before a section was thought of is without it.
struct Part<'a> {
    title: &'a str,
    /// What stands before the table.
    lead: Markup,
    table: Option<Table<'a>>,
}

struct Table<'a> {
    name: &'a str,
    /// Its head and its body.
    rows: Markup,
}

/// A bulletin as it was issued.
///
/// # Errors
/// `bulletin_not_found`.
#[get("/bulletins/{year}/{number}")]
pub async fn show_bulletin(state: Data<AppState>, visitor: Visitor, path: Path<BulletinPath>) -> ApiResult<Markup> {
    let content = answer::content(&state, &visitor.caller, *path, &Conditional::default()).await?.into_answer()?;
    let mut bulletin: Bulletin = serde_json::from_str(content.get()).map_err(ApiError::internal)?;
    mark_milestones(&state, bulletin.laggards.as_deref_mut().unwrap_or_default()).await?;
    let place = place(&state, &bulletin).await?;
    let visit = &visitor.visit;
    let head = html! {
        (heading(visit, &bulletin, place.as_deref(), &issued(visit, &bulletin, state.rules.timezone)))
        div .tools {
            a .button.plain href={ "/exports/bulletins/" (bulletin.year) "/" (bulletin.number) ".xlsx" } download { (visit.say("下载 Excel", "Download Excel")) }
        }
    };
    let content = article(visit, &bulletin, &head);
    Ok(layout::page(&visitor, Section::Bulletins, bulletin.year, &bulletin.title, &content))
}

/// What the association is called that a bulletin is about: as it was, where it stands in it.
pub(super) async fn place(state: &AppState, bulletin: &Bulletin) -> ApiResult<Option<String>> {
    let Some(scope) = &bulletin.scope else { return Ok(None) };
    if let Some(name) = bulletin.place() {
        return Ok(Some(name.to_owned()));
    }
    Ok(names_of(&mut *state.conn().await?, &[scope]).await?.remove(scope))
}

/// Under which number a bulletin was issued, and when.
fn issued(visit: &Visit, bulletin: &Bulletin, zone: Tz) -> Markup {
    html! {
        p { (numbered(bulletin.year, bulletin.number, visit.language)) }
        p .quiet { (visit.say("印发于", "issued ")) (moment(bulletin.issued_at, zone)) }
    }
}

/// A moment to the minute.
pub(super) fn moment(at: DateTime<Utc>, zone: Tz) -> Markup {
    html! { time datetime=(at.to_rfc3339()) { (details::moment(at, zone)) } }
}

/// All that a bulletin says, below its head.
pub(super) fn article(visit: &Visit, bulletin: &Bulletin, head: &Markup) -> Markup {
    let most = if visit.asked("all").is_some() { usize::MAX } else { LINES };
    let parts = [
        totals(visit, bulletin),
        Some(ranked(visit, bulletin, most)),
        Some(summed(visit, bulletin, most)),
        bulletin.laggards.as_deref().map(|laggards| lagging(visit, laggards)),
        bulletin.reporting.as_ref().map(|reporting| reported(visit, reporting)),
    ];
    let parts: Vec<_> = parts.into_iter().flatten().collect();
    html! {
        article .bulletin {
            header .head { (head) }
            @if bulletin.summary.len() > most {
                p .no-print { a href=(visit.link("all", Some("1"))) { (visit.say("显示全部", "Show all ")) (bulletin.total) (visit.say("个组织（用于打印）", " associations, to be printed")) } }
            }
            @for (place, part) in parts.iter().enumerate() {
                @let tables = parts.iter().take(place + 1).filter(|part| part.table.is_some()).count();
                (section(visit, place, tables, part))
            }
        }
    }
}

/// What a bulletin is about, and the place; `state` says whether and when it was issued.
pub(super) fn heading(visit: &Visit, bulletin: &Bulletin, place: Option<&str>, state: &Markup) -> Markup {
    html! {
        div {
            p .quiet { a .no-print href="/bulletins" { (visit.say("通报", "Bulletins")) } }
            h1 { (bulletin.title) }
            (state)
            p .quiet {
                (about(visit, place, bulletin.kind, bulletin.level)) " · "
                (visit.say("数据截至", "as of ")) (bulletin.as_of) " · " (bulletin.basis.words().get(visit.language)) " · "
                (visit.say("发送范围：", "for: ")) (bulletin.audience.words().get(visit.language))
            }
        }
    }
}

/// Which associations a bulletin is about: 滁州市科协及其下级 · 市级 · 学会.
pub(super) fn about(visit: &Visit, place: Option<&str>, kind: Option<Kind>, level: Option<Level>) -> String {
    let place = place.map(|name| format!("{name}{}", visit.say("及其下级", " and below")));
    let words = [level.map(Level::words), kind.map(Kind::words)];
    let words = words.into_iter().flatten().map(|words| words.get(visit.language).to_owned());
    let parts: Vec<_> = place.into_iter().chain(words).collect();
    if parts.is_empty() { visit.say("全部组织", "everybody").to_owned() } else { parts.join(" · ") }
}

/// One section; `tables` counts those up to its own.
fn section(visit: &Visit, place: usize, tables: usize, part: &Part<'_>) -> Markup {
    let id = format!("part-{}", place + 1);
    html! {
        section .card aria-labelledby=(id) {
            h2 id=(id) { (numeral(visit, place)) (part.title) }
            (part.lead)
            @if let Some(table) = &part.table {
                table {
                    caption { (visit.say("表", "Table ")) (tables) (visit.say("　", ". ")) (table.name) }
                    (table.rows)
                }
            }
        }
    }
}

/// 一、 or 1., as sections are numbered.
fn numeral(visit: &Visit, place: usize) -> String {
    match visit.language {
        Language::Chinese => format!("{}、", ["一", "二", "三", "四", "五"].get(place).unwrap_or(&"六")),
        Language::English => format!("{}. ", place + 1),
    }
}

fn totals<'a>(visit: &'a Visit, bulletin: &Bulletin) -> Option<Part<'a>> {
    let (overall, counts) = (bulletin.overall?, bulletin.counts?);
    let lead = html! {
        (tiles(visit, &overall, bulletin.summary.len(), bulletin.year, bulletin.as_of))
        h3 { (visit.say("目标任务状态", "Targets by status")) }
        (status_bars(visit, counts, |_| None))
    };
    Some(Part { title: visit.say("总体情况", "All together"), lead, table: None })
}

fn ranked<'a>(visit: &'a Visit, bulletin: &Bulletin, most: usize) -> Part<'a> {
    let rows = html! {
        thead { tr {
            th .number scope="col" { (visit.say("名次", "Rank")) }
            th scope="col" { (visit.say("组织", "Association")) }
            th scope="col" { (visit.say("得分", "Score")) }
        } }
        tbody { @for line in bulletin.ranking.iter().take(most) { (rank(visit, line)) } }
    };
    let lead = html! { p { (bulletin.total) (visit.say("个组织中有", " associations, of which ")) (bulletin.of) (visit.say("个参加排名。", " are ranked.")) } };
    let table = Table { name: visit.say("各组织得分排名", "Associations by score"), rows };
    Part { title: visit.say("排名", "Ranking"), lead, table: Some(table) }
}

fn rank(visit: &Visit, line: &RankingLine) -> Markup {
    html! {
        tr {
            td .rank { @match line.rank { Some(rank) => { (rank) } None => { span .quiet { "–" } } } }
            th scope="row" { (line.association.name) (life(visit, line.association.status)) }
            td .bar-cell {
                @match line.reason {
                    Some(reason) => { small .quiet { (reason.words().get(visit.language)) } }
                    None => { (share_bar(line.score)) }
                }
            }
        }
    }
}

fn summed<'a>(visit: &'a Visit, bulletin: &Bulletin, most: usize) -> Part<'a> {
    let rows = html! {
        thead { tr {
            th scope="col" { (visit.say("组织", "Association")) }
            th .wide scope="col" { (visit.say("类型", "Kind")) }
            th .wide scope="col" { (visit.say("层级", "Level")) }
            th .number scope="col" { (visit.say("目标", "Targets")) }
            th .number scope="col" { (visit.say("达成", "Met")) }
            th .number scope="col" { (visit.say("得分", "Score")) }
        } }
        tbody { @for line in bulletin.summary.iter().take(most) { (sum(visit, line)) } }
    };
    let table = Table { name: visit.say("各组织目标完成情况", "Targets of each association"), rows };
    Part { title: visit.say("各组织完成情况", "Associations"), lead: html! {}, table: Some(table) }
}

fn sum(visit: &Visit, line: &SummaryLine) -> Markup {
    html! {
        tr {
            th scope="row" { (line.association.name) (life(visit, line.association.status)) }
            td .wide { (line.association.kind.words().get(visit.language)) }
            td .wide { (line.association.level.words().get(visit.language)) }
            td .number { (line.targets) }
            td .number { (line.met) }
            td .number { @match line.score { Some(score) => { (percent(*score)) } None => { span .quiet { "–" } } } }
        }
    }
}

fn lagging<'a>(visit: &'a Visit, laggards: &[Laggard]) -> Part<'a> {
    let title = visit.say("聚焦落后指标", "Furthest behind the pace");
    if laggards.is_empty() {
        let lead = html! { p { (visit.say("没有落后于序时进度的指标。", "Nothing is behind the pace.")) } };
        return Part { title, lead, table: None };
    }
    let rows = Sheet { visit, is_numbered: true, link: |_| None }.rows(laggards);
    let lead = html! {
        p {
            (visit.say("落后于序时进度最多的", "The ")) (laggards.len())
            (visit.say("项指标，最差的在前；落后百分点为序时进度与得分之差。", " targets furthest behind, the worst first; points behind are the pace minus the score."))
        }
        p .quiet {
            (words::RATE.get(visit.language)) " "
            (visit.say("没有完成率的记为「–」，如越低越好的指标。", "Where there is no rate, as where less is better, there is a dash."))
        }
    };
    let table = Table { name: visit.say("落后于序时进度的指标", "Targets behind the pace"), rows };
    Part { title, lead, table: Some(table) }
}

fn reported<'a>(visit: &'a Visit, reporting: &BulletinReporting) -> Part<'a> {
    let BulletinReporting { period, missing } = reporting;
    let count = usize::try_from(period.missing).unwrap_or_default();
    let lead = html! {
        p {
            strong { (period.period) } (visit.say("，应于", ", due ")) (period.due_on) (visit.say("前报送：", ": "))
            (visit.say("应报", "expected ")) (period.expected) (visit.say("个，已报", ", reported ")) (period.reported)
            (visit.say("个，其中按时", ", of these in time ")) (period.on_time) (visit.say("个，未报", ", missing ")) (period.missing) (visit.say("个。", "."))
        }
        dl .rates {
            dt { (visit.say("报送率", "Reported")) } dd { (share_bar(period.reporting_rate)) }
            dt { (visit.say("及时率", "In time")) } dd { (share_bar(period.on_time_rate)) }
        }
        @if count > missing.len() { p { (visit.say("下表列出未报送组织中的前", "Listed are the first ")) (missing.len()) (visit.say("个。", " of those missing.")) } }
    };
    let title = visit.say("报送情况", "Reporting");
    let table = Table {
        name: visit.say("未报送的组织", "Associations that have not reported"),
        rows: absent(visit, missing),
    };
    Part { title, lead, table: Some(table).filter(|_| !missing.is_empty()) }
}

fn absent(visit: &Visit, missing: &[AssociationName]) -> Markup {
    html! {
        thead { tr {
            th .number scope="col" { (visit.say("序号", "No.")) }
            th scope="col" { (visit.say("组织", "Association")) }
        } }
        tbody {
            @for (place, association) in missing.iter().enumerate() {
                tr { td .rank { (place + 1) } th scope="row" { (association.name) } }
            }
        }
    }
}
