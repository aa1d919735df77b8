//! What forms ask back: whether a figure is meant as it stands, and which actual is meant where the report form was stored
//! before.

use maud::{Markup, html};
use rust_decimal::Decimal;

use super::Visit;
use super::figures::{exact, quantity};
use super::history::{Ledger, address};
use crate::actuals::doubts::{Doubt, SHOWN};
use crate::actuals::implausible::Implausible;
use crate::actuals::{Actual, State};
use crate::completion::shown;
use crate::decimal::{Amount, SCALE};
use crate::indicators::Indicator;

/// Why nothing was stored yet, and what would be stored nevertheless.
pub(super) fn question(ledger: &Ledger<'_>, indicator: &Indicator, doubts: &[Doubt]) -> Markup {
    let visit = ledger.visit();
    html! {
        section .card.doubts role="alert" aria-labelledby="doubts" {
            h2 #doubts { (visit.say("尚未保存，请先核对", "Not stored yet: is it meant so?")) }
            ul .plain { @for doubt in doubts { li { (said(ledger, indicator, doubt)) } } }
            @if doubts.len() >= SHOWN { p .quiet { (visit.say("更早报送的没有列出。", "Those reported earlier are not listed.")) } }
            p .quiet { (visit.say("可以在下面改正后再保存；确认无误的，选「仍然保存」。", "Correct it below, or store it nevertheless.")) }
        }
    }
}

/// The button of a form that was asked back, and what was asked, and no more: whatever is changed is looked at anew.
pub(super) fn confirmation(visit: &Visit, doubts: &[Doubt]) -> Markup {
    html! {
        input type="hidden" name="confirmed" value=(doubts.iter().map(Doubt::key).collect::<Vec<_>>().join(" "));
        button type="submit" { (visit.say("仍然保存", "Store it nevertheless")) }
    }
}

fn said(ledger: &Ledger<'_>, indicator: &Indicator, doubt: &Doubt) -> Markup {
    let visit = ledger.visit();
    html! {
        @match doubt {
            Doubt::Overlaps(other) => {
                (visit.say("期间与已报的一笔重叠，会重复计算：", "Its days overlap with one that is reported already, and both would be counted: "))
                (named(ledger, other))
            }
            Doubt::SamePeriod(other) => {
                (visit.say("同一期间已经报过一笔，后报的为准：", "There is one of the same period already, which it would replace: "))
                (named(ledger, other))
            }
            Doubt::OtherYear { period, form } => {
                (visit.say("期间属于", "The period is in ")) (period) (visit.say("年，而这是", ", and this form is of ")) (form)
                (visit.say("年的填报：会计入", ": it would count in ")) (period) (visit.say("年。", "."))
            }
            Doubt::Implausible(implausible) => { (slip(visit, &indicator.unit, implausible)) }
        }
    }
}

/// Why a figure in this unit may be a slip.
pub(super) fn slip(visit: &Visit, unit: &str, implausible: &Implausible) -> Markup {
    let words = |value: &Amount| quantity(*shown(**value), unit, visit.language);
    html! {
        @match implausible {
            Implausible::FarAboveTarget { value, target } => {
                (words(value)) (visit.say("超过全年目标", " is more than ten times the year's target of ")) (words(target))
                (visit.say("的10倍：是否多写了零，或用了别的单位？", ": a zero too many, or another unit?"))
            }
            Implausible::FarBeyondTarget { total, target } => {
                (visit.say("单笔已超过全年目标", "Alone it is more than the year's target of ")) (words(target))
                (visit.say("，累计将达", ", and all together come to ")) (words(total)) (visit.say("：是否多写了零，或报的是累计数？", ": a zero too many, or the sum so far?"))
            }
            Implausible::AboveWhole(value) => {
                (quantity(above(**value, Decimal::ONE_HUNDRED), unit, visit.language)) (visit.say("超过100%：是否把分子和分母写反了，或多写了零？", " is more than 100%: numerator and denominator exchanged, or a zero too many?"))
            }
            Implausible::Negative(value) => {
                (exact(**value, unit)) (visit.say("是负数，会从累计数中扣减。", " is negative: it takes away from the total."))
            }
            Implausible::Broken(value) => {
                (exact(**value, unit)) (visit.say("带小数，而该指标的目标和已报数都是整数。", " has decimals, while target and total are whole."))
            }
            Implausible::FarFromReported { value, reported } => {
                (visit.say("核定数", "The figure to be verified, ")) (exact(**value, unit))
                (visit.say("与上报数", ", and the reported one, ")) (exact(**reported, unit))
                (visit.say("相差10倍以上：是否多写或少写了零？", ", are more than ten times apart: a zero too many or too few?"))
            }
        }
    }
}

/// A figure to the digits that are shown, and to those that tell it from what it is above.
fn above(value: Decimal, limit: Decimal) -> Decimal {
    let mut cut = (SCALE..value.scale()).map(|scale| value.trunc_with_scale(scale));
    cut.find(|cut| *cut > limit).unwrap_or(value)
}

/// The form was stored before: which actual it is, and what to do with what it says now.
pub(super) fn stored_before(ledger: &Ledger<'_>, indicator: &Indicator, stored: &Actual) -> Markup {
    let visit = ledger.visit();
    html! {
        div .wrong role="alert" {
            p {
                (visit.say("这张表已经保存过，内容与现在不同；这一次没有保存任何数据。已保存的是：", "This form was stored before with other content; nothing was stored this time. Stored is: "))
                (indicator.name) " " (named(ledger, stored))
                (visit.say("（", " (")) (stored.state.words().get(visit.language)) (visit.say("）。", ")."))
            }
            p {
                @if stored.state == State::Voided {
                    (visit.say("它已作废，不能再更改。", "It is voided and cannot be changed any more."))
                } @else {
                    (visit.say("要改这一笔，", "To change that one, "))
                    a href=(address(stored)) { (visit.say("请去更正", "amend it")) }
                    (visit.say("。", "."))
                }
                " "
                (visit.say("如果下面填写的是另一笔，选「作为另一笔保存」。", "If what stands below is another one, store it as such."))
            }
        }
    }
}

fn named(ledger: &Ledger<'_>, actual: &Actual) -> Markup {
    html! { a href=(address(actual)) { (actual.period) " " (ledger.reported(actual).unwrap_or_default()) } }
}
