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
use crate::completion::{Basis, Breakdown, Line};
use crate::decimal::Amount;
use crate::error::{Language, Text};

/// What the lines of a page share.
pub(super) struct Sheet<'a> {
    pub visit: &'a Visit,
    /// Where the page of a line is, but for the indicator.
    pub place: String,
    pub basis: Basis,
    /// The lines on the other basis, by indicator.
    pub others: BTreeMap<&'a str, &'a Line>,
    /// The time zone that dates follow.
    pub zone: Tz,
}

impl Sheet<'_> {
    /// The page of a line.
    pub(super) fn link(&self, code: &str) -> String {
        let query = self.visit.query_of(&["basis", "as_of"]);
        let mark = if query.is_empty() { "" } else { "?" };
        format!("{}/{code}{mark}{query}", self.place)
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
                (rate(visit, line))
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
                (rate(visit, line))
                div .line-status { (badge(visit, line.status)) }
                div .line-chart { @if let Some(chart) = bullet(visit, line) { (chart) } }
            }
            (legend(visit))
            (details(sheet, line))
            @if let Some(breakdown) = &line.breakdown { (below(sheet, line, breakdown)) }
        }
    }
}

/// What was done, and what was planned.
fn figures(visit: &Visit, line: &Line) -> Markup {
    let unit = &line.indicator.unit;
    html! {
        div .line-figures {
            span .line-actual { span .unseen { (visit.say("实绩 ", "actual ")) } (actual_words(visit, &line.indicator, line.actual.as_ref())) }
            @if let Some(target) = &line.target {
                span .line-target { span .quiet { (visit.say("目标 ", "of ")) } (Terms::of_line(&line.indicator, target).say(unit, visit.language)) }
            }
        }
    }
}

/// How far it is, or why that cannot be said.
fn rate(visit: &Visit, line: &Line) -> Markup {
    let why = visit.say("其中有约数，完成率为近似值", "Rests on approximate figures");
    html! {
        div .line-rate {
            @match (line.rate, line.reason) {
                (Some(rate), _) => {
                    span .unseen { (visit.say("完成率 ", "rate ")) } strong { (percent(*rate)) }
                    @if let Some(upper) = line.rate_upper { small .quiet { (visit.say("（对上限", " (of the upper end ")) (percent(*upper)) (visit.say("）", ")")) } }
                }
                (None, Some(reason)) => { small .quiet { (reason.words().get(visit.language)) } }
                (None, None) => { span .quiet { "–" } }
            }
            @if line.approximate { " " abbr .flag title=(why) { (visit.say("约", "≈")) } }
        }
    }
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
