//! Lines of a completion in a list: each with its figures, its chart, how it came about, and the lines below it.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use chrono_tz::Tz;
use maud::{Markup, html};

use super::Visit;
use super::bullet::{actual_words, bullet, legend};
use super::chart::badge;
use super::details::details;
use super::figures::{percent, quantity};
use super::wording::Terms;
use crate::completion::{Basis, Breakdown, Completion, Line, LineTarget, Reason, Scope};
use crate::decimal::Amount;
use crate::error::{Language, Text};
use crate::rule::BasisOfRate;

/// What the lines of a page share.
pub(super) struct Sheet<'a> {
    pub visit: &'a Visit,
    pub basis: Basis,
    /// The lines on the other basis, by indicator.
    pub others: BTreeMap<&'a str, &'a Line>,
    /// The time zone that dates follow.
    pub zone: Tz,
    /// What stands before and after an indicator's code in the address of the page about its line.
    address: [String; 2],
}

impl<'a> Sheet<'a> {
    /// For the lines of a completion, beside those on the other basis.
    pub(super) fn of(visit: &'a Visit, completion: &Completion, other: &'a Completion, zone: Tz) -> Self {
        let Completion { association, year, basis, scope, .. } = completion;
        let query = visit.query_of(&["basis", "as_of"]);
        let address = match scope {
            Scope::Own if query.is_empty() => [format!("/associations/{}/{year}/", association.code), String::new()],
            Scope::Own => [format!("/associations/{}/{year}/", association.code), format!("?{query}")],
            // A sum is of many associations: those are compared on the indicator's page.
            Scope::Subtree => [
                "/indicators/".to_owned(),
                format!("/{year}?within={}&{query}", association.code).trim_end_matches('&').to_owned(),
            ],
        };
        let others = flat(&other.lines).into_iter().map(|line| (line.indicator.code.as_str(), line)).collect();
        Self { visit, basis: *basis, others, zone, address }
    }

    /// The page about a line.
    pub(super) fn link(&self, code: &str) -> String {
        let [before, after] = &self.address;
        format!("{before}{code}{after}")
    }
}

/// All lines, those of breakdowns included.
pub(super) fn flat(lines: &[Line]) -> Vec<&Line> {
    let mut all = Vec::new();
    for line in lines {
        all.push(line);
        all.extend(line.breakdown.iter().flat_map(|breakdown| flat(&breakdown.lines)));
    }
    all
}

/// Lines, one below the other.
pub(super) fn list(sheet: &Sheet<'_>, lines: &[&Line]) -> Markup {
    html! { ul .lines { @for line in lines { (item(sheet, line)) } } }
}

fn item(sheet: &Sheet<'_>, line: &Line) -> Markup {
    let visit = sheet.visit;
    let code = &line.indicator.code;
    html! {
        li id={ "line-" (code) } .line {
            div .line-row {
                h3 .line-name { a href=(sheet.link(code)) { (line.indicator.name.as_ref().unwrap_or(code)) } }
                div .line-chart { @if let Some(chart) = bullet(visit, line) { (chart) } }
                (figures(visit, line))
                (rate(sheet, line))
                div .line-status { (badge(visit, line.status)) }
            }
            details .line-details {
                summary { (visit.say("依据与口径", "How it came about")) span .unseen { "：" (line.indicator.name.as_ref().unwrap_or(code)) } }
                (details(sheet, line))
            }
            @if let Some(breakdown) = &line.breakdown { (below(sheet, line, breakdown)) }
        }
    }
}

/// One line with everything about it, for a page of its own.
pub(super) fn large(sheet: &Sheet<'_>, line: &Line) -> Markup {
    let visit = sheet.visit;
    html! {
        div .large {
            div .line-row {
                (figures(visit, line))
                (rate(sheet, line))
                div .line-status { (badge(visit, line.status)) }
                div .line-chart { @if let Some(chart) = bullet(visit, line) { (chart) } }
            }
            (legend(visit))
            (details(sheet, line))
            @if let Some(breakdown) = &line.breakdown { (below(sheet, line, breakdown)) }
        }
    }
}

/// What was done, what was planned, and what a change is measured from.
fn figures(visit: &Visit, line: &Line) -> Markup {
    let unit = &line.indicator.unit;
    let is_change = |target: &&LineTarget| target.basis_of_rate == Some(BasisOfRate::Change);
    let from = line.target.as_ref().filter(is_change).and_then(|target| target.baseline);
    html! {
        div .line-figures {
            span .line-actual {
                span .unseen { (visit.say("实绩 ", "actual ")) } (actual_words(visit, &line.indicator, line.actual.as_ref()))
                @if line.rate.is_none() { (flag(visit, line)) }
            }
            @if let Some(target) = &line.target {
                span .line-target {
                    span .quiet { (visit.say("目标 ", "of ")) } (Terms::of_line(&line.indicator, target).say(unit, visit.language))
                    @if let Some(from) = from {
                        span .quiet { (visit.say("，自", ", from ")) (quantity(*from.value, unit, visit.language)) (visit.say("起", "")) }
                    }
                }
            }
        }
    }
}

/// How far it is, or why that cannot be said.
fn rate(sheet: &Sheet<'_>, line: &Line) -> Markup {
    let visit = sheet.visit;
    let other = sheet.others.get(line.indicator.code.as_str());
    let waits = sheet.basis == Basis::Verified && other.is_some_and(|other| other.actual.is_some());
    html! {
        div .line-rate {
            @match (line.rate, line.reason) {
                (Some(rate), _) => {
                    span .unseen { (visit.say("完成率 ", "rate ")) } strong { (percent(*rate)) }
                    @if let Some(upper) = line.rate_upper { small .quiet { (visit.say("（对上限", " (of the upper end ")) (percent(*upper)) (visit.say("）", ")")) } }
                    (flag(visit, line))
                }
                (None, Some(Reason::NoActual)) if waits => { small .quiet { (visit.say("已报送，尚未核定", "reported, not verified yet")) } }
                (None, Some(reason)) => { small .quiet { (reason.words().get(visit.language)) } }
                (None, None) => { span .quiet { "–" } }
            }
        }
    }
}

/// Whether anything of it is not exact.
pub(super) fn flag(visit: &Visit, line: &Line) -> Markup {
    let why = visit.say("目标或实绩中有约数", "The target or an actual is not exact");
    html! { @if line.approximate { " " abbr .flag title=(why) { (visit.say("约", "≈")) } } }
}

/// The lines that one is broken down into, and what is missing between them and it.
fn below(sheet: &Sheet<'_>, line: &Line, breakdown: &Breakdown) -> Markup {
    let visit = sheet.visit;
    let lines: Vec<_> = breakdown.lines.iter().collect();
    html! {
        div .below {
            p .gap {
                (visit.say("其中：", "Broken down: "))
                @for words in gaps(visit, &line.indicator.unit, breakdown) { span { (words) } " " }
            }
            (list(sheet, &lines))
        }
    }
}

/// How far a sum below a line is from its own figure, in words around the figures.
struct Gap {
    sum: Text,
    even: Text,
    less: [Text; 2],
    more: [Text; 2],
}

const TARGETS: Gap = Gap {
    sum: Text::new("分项目标合计", "the targets add up to "),
    even: Text::new("，与总目标一致。", ", as planned in all."),
    less: [Text::new("，总目标中另有", "; "), Text::new("未分解。", " of the whole are not broken down.")],
    more: [Text::new("，比总目标多", ", "), Text::new("。", " more than the whole.")],
};

const ACTUALS: Gap = Gap {
    sum: Text::new("分项实绩合计", "The actuals add up to "),
    even: Text::new("，与总实绩一致。", ", as reported in all."),
    less: [Text::new("，总实绩中另有", "; "), Text::new("不在分项内。", " of the whole are in none.")],
    more: [Text::new("，比总实绩多", ", "), Text::new("。", " more than the whole.")],
};

impl Gap {
    fn say(&self, unit: &str, sum: Amount, gap: Amount, language: Language) -> String {
        let [sum, by] = [*sum, gap.abs()].map(|value| quantity(value, unit, language));
        let around = |[before, after]: [Text; 2]| format!("{}{by}{}", before.get(language), after.get(language));
        let rest = match gap.cmp(&Amount::default()) {
            Ordering::Equal => self.even.get(language).to_owned(),
            Ordering::Greater => around(self.less),
            Ordering::Less => around(self.more),
        };
        format!("{}{sum}{rest}", self.sum.get(language))
    }
}

fn gaps(visit: &Visit, unit: &str, breakdown: &Breakdown) -> Vec<String> {
    let of = |gap: &Gap, figures: Option<(Amount, Amount)>| {
        figures.map(|(sum, missing)| gap.say(unit, sum, missing, visit.language))
    };
    let targets = of(&TARGETS, breakdown.target_sum.zip(breakdown.target_gap));
    let actuals = of(&ACTUALS, breakdown.actual_sum.zip(breakdown.actual_gap));
    targets.into_iter().chain(actuals).collect()
}
