//! What all pages look like: the head, the way around, the foot.

use maud::{DOCTYPE, Markup, html};

use super::assets::address;
use super::{Visit, Visitor};
use crate::associations::Status;
use crate::auth::Permission;
use crate::completion::{Basis, words};
use crate::error::{Language, Problem};
use crate::http::Year;

/// Where a page belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Section {
    Overview,
    Indicators,
    Bulletins,
    Report,
}

/// A page for somebody who signed in; `year` is the one that the way around leads through.
pub(super) fn page(visitor: &Visitor, section: Section, year: i16, title: &str, content: &Markup) -> Markup {
    if visitor.visit.is_part {
        return content.clone();
    }
    let visit = &visitor.visit;
    document(visit, title, &bar(visit, Some(visitor), Some(section), Some(year)), content)
}

/// The way around, and who goes it, where that is known; without a year, through the latest one that something is planned
/// for.
fn bar(visit: &Visit, visitor: Option<&Visitor>, section: Option<Section>, year: Option<i16>) -> Markup {
    let of_year = |place: &str| year.map_or_else(|| place.to_owned(), |year| format!("{place}/{year}"));
    let entries = [
        (Section::Overview, of_year("/overview"), visit.say("总览", "Overview")),
        (Section::Indicators, of_year("/indicators"), visit.say("指标", "Indicators")),
        (Section::Bulletins, "/bulletins".to_owned(), visit.say("通报", "Bulletins")),
    ];
    let may_report = visitor.is_some_and(|visitor| visitor.caller.require(Permission::SubmitActual).is_ok());
    let report = may_report.then(|| (Section::Report, "/report".to_owned(), visit.say("填报", "Report")));
    html! {
        header .bar {
            a .brand href="/" { (visit.say("目标任务完成情况", "Plans and completion")) }
            nav aria-label=(visit.say("主导航", "Main")) {
                @for (entry, link, name) in entries.into_iter().chain(report) {
                    a href=(link) aria-current=[(Some(entry) == section).then_some("page")] { (name) }
                }
            }
            div .who {
                @if let Some(Visitor { caller, .. }) = visitor {
                    span .quiet { (caller.name) " · " (caller.role.words().get(visit.language)) }
                }
                (language_switch(visit))
                (sign_out(visit))
            }
        }
    }
}

fn sign_out(visit: &Visit) -> Markup {
    html! { form method="post" action="/sign-out" { button .plain type="submit" { (visit.say("退出", "Sign out")) } } }
}

/// A page that is open to strangers.
pub(super) fn open_page(visit: &Visit, title: &str, content: &Markup) -> Markup {
    let bar = html! {
        header .bar { span .brand { (visit.say("目标任务完成情况", "Plans and completion")) } div .who { (language_switch(visit)) } }
    };
    document(visit, title, &bar, content)
}

/// Who reads what went wrong.
pub(super) enum Reader {
    Visitor(Visitor),
    /// Somebody who holds a session that was not looked into, as where nothing has this address.
    Holder,
    Stranger,
}

/// What went wrong, as a page or a part of one.
pub(super) fn error(visit: &Visit, problem: &Problem, reader: &Reader) -> Markup {
    let content = html! {
        section .door role="alert" {
            h1 { (problem.title) }
            @if problem.status == 401 {
                p { (signed_out(visit)) }
                p { a .button href="/sign-in" target="_blank" { (visit.say("去登录（新标签页）", "Sign in, in another tab")) } }
            } @else {
                p { (problem.detail) }
            }
            @if !problem.errors.is_empty() {
                ul { @for error in &problem.errors { li { code { (error.pointer) } " " (error.detail) } } }
            }
            p .quiet { (visit.say("请求编号：", "Request: ")) code { (problem.request_id) } }
            p { a href="/" { (visit.say("回到总览", "Back to the overview")) } }
        }
    };
    match reader {
        _ if visit.is_part => content,
        Reader::Visitor(visitor) => document(visit, &problem.title, &bar(visit, Some(visitor), None, None), &content),
        Reader::Holder => document(visit, &problem.title, &bar(visit, None, None, None), &content),
        Reader::Stranger => open_page(visit, &problem.title, &content),
    }
}

/// What a person without a session can do; the problem itself speaks of headers.
const fn signed_out(visit: &Visit) -> &str {
    visit.say(
        "登录已失效，没有保存任何数据。请在新标签页登录，再回到这里刷新本页：刚才填写的内容会重新提交。上传文件的，请重新选择文件。",
        "You are signed out, and nothing was stored. Sign in in another tab, then come back and reload this page: what you filled in is \
         sent again. A file has to be chosen again.",
    )
}

fn language_switch(visit: &Visit) -> Markup {
    let (other, name) = match visit.language {
        Language::Chinese => (Language::English, "English"),
        Language::English => (Language::Chinese, "中文"),
    };
    html! {
        form method="post" action="/language" {
            input type="hidden" name="language" value=(other.tag());
            input type="hidden" name="next" value=(visit.here());
            button .plain type="submit" lang=(other.tag()) { (name) }
        }
    }
}

fn document(visit: &Visit, title: &str, bar: &Markup, content: &Markup) -> Markup {
    let language = visit.language.say("zh-CN", "en");
    html! {
        (DOCTYPE)
        html lang=(language) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (title) " · " (visit.say("目标任务完成情况", "Plans and completion")) }
                link rel="icon" href=(address("icon.svg")) type="image/svg+xml";
                link rel="stylesheet" href=(address("page.css"));
                script src=(address("page.js")) defer {}
            }
            body {
                a .skip href="#main" { (visit.say("跳到正文", "Skip to content")) }
                (bar)
                main #main tabindex="-1" { (content) }
                footer .quiet {
                    (visit.say("数据随报随算，口径与公式见各指标页。", "Computed when asked; every figure says how it came about."))
                    " "
                    a href="/docs/" { (visit.say("接口文档", "API")) }
                }
            }
        }
    }
}

/// Beside an association's name, what keeps it from being at work.
pub(super) fn life(visit: &Visit, status: Status) -> Markup {
    let words = status.words().get(visit.language);
    html! { @if status != Status::Active { " " small .quiet { (visit.say("（", "(")) (words) (visit.say("）", ")")) } } }
}

/// Something that is long to compute, fetched when the rest is there; without a script, a link leads to it.
pub(super) fn later(visit: &Visit, link: &str, title: &str) -> Markup {
    html! {
        section .card data-part=(link) aria-busy="true" {
            h2 { (title) }
            p .quiet { a href=(link) { (visit.say("正在读取…", "Loading…")) } }
        }
    }
}

/// Leads from a year to those beside it, which are at these places.
pub(super) fn years(visit: &Visit, year: i16, place: impl Fn(Year) -> String) -> Markup {
    let query = visit.query_of(&["within", "parent", "kind", "level", "basis", "q", "sort", "scope"]);
    let beside = |year: i16| Year::new(year.into()).ok().map(|year| (year, format!("{}?{query}", place(year))));
    html! {
        nav .years aria-label=(visit.say("年度", "Year")) {
            @if let Some((before, link)) = beside(year - 1) { a href=(link) rel="prev" { "‹ " (before) } }
            strong aria-current="true" { (year) }
            @if let Some((after, link)) = beside(year + 1) { a href=(link) rel="next" { (after) " ›" } }
        }
    }
}

/// How scores and what is met come about, on demand.
pub(super) fn about_scores(visit: &Visit) -> Markup {
    html! {
        details .about {
            summary { (visit.say("得分和达成怎么算？", "How do scores come about?")) }
            p { (words::SCORE.get(visit.language)) " " (words::LINE_SCORE.get(visit.language)) }
            p {
                (visit.say(
                    "已达成的目标包括越低越好、目前在上限以内的：它们到期前的状态是「序时推进」，所以达成数可能多于「超额完成」与「已完成」之和。",
                    "Targets met include those where less is better and the bound is kept so far: until they are due they are on track, so \
                     more may be met than are exceeded and completed.",
                ))
            }
            p { (words::PACE.get(visit.language)) }
            p {
                (visit.say(
                    "百分数保留两位小数，多余的截去，不进位：99.999% 不会显示为 100%。",
                    "Percentages have two decimals; the rest is cut and not rounded, so 99.999% never reads as 100%.",
                ))
            }
        }
    }
}

/// Leads from what was reported to what was verified, and back.
pub(super) fn basis_switch(visit: &Visit, current: Basis) -> Markup {
    html! {
        nav .switch aria-label=(visit.say("口径", "Basis")) {
            @for basis in [Basis::Reported, Basis::Verified] {
                a href=(visit.link("basis", Some(basis.as_ref()))) aria-current=[(basis == current).then_some("true")] {
                    (basis.words().get(visit.language))
                }
            }
        }
    }
}
