//! How a line came about: its formula, the sentence its target was read from, what the figures cover, the other basis.

use std::cmp::Ordering;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use maud::{Markup, html};
use rust_decimal::Decimal;

use super::Visit;
use super::bullet::actual_words;
use super::figures::{day, percent, points, quantity};
use super::lines::Sheet;
use super::wording::{self, Terms};
use crate::completion::{Basis, Line, LineActual, LineTarget, Pace};
use crate::decimal::Amount;
use crate::period::Per;
use crate::targets::Source;

/// All of it, as terms and what is said of them.
pub(super) fn details(sheet: &Sheet<'_>, line: &Line) -> Markup {
    let visit = sheet.visit;
    html! {
        dl .facts {
            @if let Some(formula) = &line.formula { dt { (visit.say("算法", "Formula")) } dd { (formula) } }
            @if let Some(target) = &line.target { (planned(visit, line, target)) }
            @if let Some(actual) = &line.actual { (done(sheet, actual)) }
            (both_bases(sheet, line))
            (pace(visit, line))
            @if let Some(before) = &line.last_year {
                dt { (visit.say("上年", "Last year")) }
                dd {
                    (wording::value(*before.value, line.indicator.value_type, &line.indicator.unit, visit.language))
                    @if let Some(change) = before.change { (visit.say("，今年", "; this year ")) (signed(visit, change, &line.indicator.unit)) }
                }
            }
            @if let Some(coverage) = line.associations {
                dt { (visit.say("汇总范围", "Added up")) }
                dd { (coverage.planned) (visit.say("个组织有目标，", " associations with a target, ")) (coverage.reported) (visit.say("个组织有实绩", " with actuals")) }
            }
        }
    }
}

fn planned(visit: &Visit, line: &Line, target: &LineTarget) -> Markup {
    let unit = &line.indicator.unit;
    let amount = |value: Amount| quantity(*value, unit, visit.language);
    html! {
        @if let Some(source) = &target.source { (quoted(visit, source)) }
        @if let Some(baseline) = target.baseline {
            dt { (visit.say("基数", "Baseline")) }
            dd {
                (baseline.year) (visit.say("年 ", ": ")) (amount(baseline.value))
                @if target.derived == Some(true) { (visit.say("，目标由增长率推算", "; the target was derived from growth")) }
            }
        }
        @if let (Some(original), Some(revision)) = (&target.original, target.revision) {
            dt { (visit.say("目标调整", "Revised")) }
            dd {
                (visit.say("原目标 ", "first ")) (original_words(visit, line, target))
                @if let Some(rate) = line.original_rate { (visit.say("（按原目标完成率 ", " (rate on it ")) (percent(*rate)) (visit.say("）", ")")) }
                (visit.say("，现为第", ", now revision ")) (revision) (visit.say("版 ", ": "))
                (Terms::of_line(&line.indicator, target).say(unit, visit.language))
                @if original.value == target.value && original.upper == target.upper { (visit.say("（数值未变）", " (the same figure)")) }
            }
        }
        @if let (Some(per), Some(periods)) = (target.per.filter(|per| *per != Per::Year), line.periods) {
            dt { (visit.say("分期任务", "Per period")) }
            dd {
                @if let Some(value) = target.value_per_period { (per_period(visit, per)) (amount(value)) (visit.say("，", ", ")) }
                (visit.say("全年", "for the year ")) (amount(target.value)) (visit.say("；全年", "; of ")) (periods.total) (visit.say("期中已过", " periods ")) (periods.elapsed)
                (visit.say("期，达到", " are over and ")) (periods.met) (visit.say("期", " met it"))
            }
        }
        @if let Some(due_on) = target.due_on { dt { (visit.say("完成期限", "Due")) } dd { (day(due_on, visit.language)) } }
        @if *target.weight != Decimal::ONE { dt { (visit.say("权重", "Weight")) } dd { (target.weight) } }
        @if target.mixed_bounds == Some(true) {
            dt { (visit.say("说明", "Note")) } dd { (visit.say("各组织目标的界定或算法不同", "The targets bound or measure their actuals in different ways")) }
        }
    }
}

const fn per_period(visit: &Visit, per: Per) -> &'static str {
    match per {
        Per::Year => "",
        Per::HalfYear => visit.language.say("每半年", "each half-year "),
        Per::Quarter => visit.language.say("每季度", "each quarter "),
        Per::Month => visit.language.say("每月", "each month "),
        Per::Week => visit.language.say("每周", "each week "),
    }
}

/// The target as first published; what else it says is as now.
fn original_words(visit: &Visit, line: &Line, target: &LineTarget) -> String {
    let Some(original) = &target.original else { return String::new() };
    let terms = Terms {
        bound: original.bound,
        value: *original.value,
        upper: original.upper.map(|upper| *upper),
        per: Per::Year,
        ..Terms::of_line(&line.indicator, target)
    };
    terms.say(&line.indicator.unit, visit.language)
}

/// Where a target was read, and the sentence itself.
pub(super) fn quoted(visit: &Visit, source: &Source) -> Markup {
    let place = [&source.document, &source.locator].into_iter().flatten().cloned().collect::<Vec<_>>();
    html! {
        dt { (visit.say("目标出处", "Read in")) }
        dd {
            @if let Some(quote) = &source.quote { blockquote { (quote) } }
            @if !place.is_empty() { cite { (place.join(visit.say("，", ", "))) } }
        }
    }
}

fn done(sheet: &Sheet<'_>, actual: &LineActual) -> Markup {
    let visit = sheet.visit;
    html! {
        dt { (visit.say("数据期间", "Covers")) }
        dd {
            @if let (Some(from), Some(through)) = (actual.covered_from, actual.covered_through) {
                (day(from, visit.language)) (visit.say("至", " to ")) (day(through, visit.language)) (visit.say("，", ", "))
            }
            (actual.count) (visit.say("条实绩", " actuals"))
            @if let Some(at) = actual.last_reported_at { (visit.say("，最近报送于", ", the last one reported ")) (moment(at, sheet.zone)) }
        }
        @if !actual.performed_by.is_empty() {
            dt { (visit.say("承办单位", "Done by")) } dd { (actual.performed_by.join(visit.say("、", ", "))) }
        }
    }
}

/// A moment, to the minute.
pub(super) fn moment(at: DateTime<Utc>, zone: Tz) -> String {
    at.with_timezone(&zone).format("%Y-%m-%d %H:%M").to_string()
}

/// What was self-reported beside what was verified.
fn both_bases(sheet: &Sheet<'_>, line: &Line) -> Markup {
    let visit = sheet.visit;
    let other = sheet.others.get(line.indicator.code.as_str()).copied();
    let [reported, verified] = match sheet.basis {
        Basis::Reported => [Some(line), other],
        Basis::Verified => [other, Some(line)],
    };
    html! {
        dt { (visit.say("自评与核定", "Both bases")) }
        dd {
            @for (basis, found) in [(Basis::Reported, reported), (Basis::Verified, verified)] {
                span .basis {
                    span .quiet { (basis.words().get(visit.language)) " " }
                    @match found.filter(|found| found.actual.is_some()) {
                        Some(found) => { (actual_words(visit, &line.indicator, found.actual.as_ref())) @if let Some(rate) = found.rate { " · " (percent(*rate)) } }
                        None => { (visit.say("尚无", "none")) }
                    }
                }
            }
        }
    }
}

fn pace(visit: &Visit, line: &Line) -> Markup {
    html! {
        @if let Some(pace) = line.pace {
            dt { (visit.say("序时进度", "Pace")) }
            dd {
                (visit.say("应完成", "expected ")) (percent(*pace.expected)) (followed(visit, line))
                @if let Some(deviation) = from_pace(pace) {
                    @match deviation.cmp(&Amount::default()) {
                        Ordering::Less => { (visit.say("，落后", ", behind by ")) (apart(visit, deviation)) }
                        Ordering::Equal => { (visit.say("，正好", ", exactly so")) }
                        Ordering::Greater => { (visit.say("，超前", ", ahead by ")) (apart(visit, deviation)) }
                    }
                }
            }
        }
    }
}

/// How far it is ahead of its pace, or below 0 behind. What went the wrong way is as far behind as what was not begun, as it
/// is among the laggards.
fn from_pace(pace: Pace) -> Option<Amount> {
    let most = Amount(-*pace.expected);
    pace.deviation.map(|deviation| if *most < Decimal::ZERO { deviation.max(most) } else { deviation })
}

/// Which course the expected share follows.
fn followed(visit: &Visit, line: &Line) -> &'static str {
    let is_sum = line.associations.is_some();
    match line.target.as_ref().and_then(|target| target.plan.as_ref()) {
        Some(_) => visit.language.say("（按分月计划）", " (by the monthly plan)"),
        None if is_sum => visit.language.say("（各组织按各自计划）", " (each target by its own plan)"),
        None => visit.language.say("（按时间均匀推进）", " (evenly over time)"),
    }
}

fn apart(visit: &Visit, deviation: Amount) -> Markup {
    html! { (points(deviation.abs())) (visit.say("个百分点", " percentage points")) }
}

fn signed(visit: &Visit, change: Amount, unit: &str) -> String {
    let amount = quantity(change.abs(), unit, visit.language);
    match change.cmp(&Amount::default()) {
        Ordering::Less => format!("{}{amount}", visit.say("减少", "less by ")),
        Ordering::Equal => visit.say("持平", "the same").to_owned(),
        Ordering::Greater => format!("{}{amount}", visit.say("增加", "more by ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_further_behind_than_what_was_not_begun() {
        let amount = |text: &str| Amount(text.parse().expect("a number"));
        let behind =
            |expected, deviation| from_pace(Pace { expected: amount(expected), deviation: Some(amount(deviation)) });
        assert_eq!(behind("0.5", "-2.5"), Some(amount("-0.5")));
        assert_eq!(behind("0.5", "-0.1"), Some(amount("-0.1")));
        assert_eq!(behind("0.5", "0.7"), Some(amount("0.7")));
        // It went the wrong way where nothing is expected yet: that is not exactly on its pace.
        assert_eq!(behind("0", "-0.5"), Some(amount("-0.5")));
        assert_eq!(from_pace(Pace { expected: amount("0.5"), deviation: None }), None);
    }
}
