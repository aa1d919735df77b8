//! How a line became what it is: the revisions of its target, and every actual with who reported it, when and on what grounds.

use std::collections::HashMap;

use chrono_tz::Tz;
use maud::{Markup, html};
use uuid::Uuid;

use super::details::moment;
use super::figures::{exact, quantity};
use super::wording::{self, Terms};
use super::{Visit, Visitor};
use crate::actuals::signatures::Signature;
use crate::actuals::{Actual, ChangeAction, Evidence, Qualifier, State};
use crate::decimal::Amount;
use crate::error::Text;
use crate::indicators::ValueType;
use crate::targets::Target;

/// What is the same for all entries.
pub(super) struct Ledger<'a> {
    pub visitor: &'a Visitor,
    pub zone: Tz,
    pub value_type: ValueType,
}

impl<'a> Ledger<'a> {
    /// How the visitor wants the page.
    pub(super) const fn visit(&self) -> &'a Visit {
        &self.visitor.visit
    }

    /// Whoever has no key used the command line.
    pub(super) fn who(&self, name: Option<&String>) -> String {
        name.cloned().unwrap_or_else(|| self.visit().say("命令行", "command line").to_owned())
    }

    /// Every revision of a target, the first one first.
    pub(super) fn revisions(&self, targets: &[Target], authors: &HashMap<i32, String>) -> Markup {
        let visit = self.visit();
        html! {
            ol .revisions {
                @for target in targets {
                    li {
                        p {
                            strong {
                                @if target.removed { (visit.say("撤销目标", "Withdrawn")) }
                                @else { (Terms::of_target(target, self.value_type).say(&target.unit, visit.language)) }
                            }
                            @if !target.removed && target.annual_value != target.value {
                                (visit.say("，全年", ", for the year ")) (quantity(*target.annual_value, &target.unit, visit.language))
                            }
                            @if let Some(growth) = target.growth {
                                (visit.say("（比基数增长", " (growth over the baseline ")) (growth) (visit.say("%）", "%)"))
                            }
                        }
                        p .quiet {
                            (visit.say("第", "Revision ")) (target.revision) (visit.say("版", "")) " · " (moment(target.recorded_at, self.zone)) " · " (self.who(authors.get(&target.revision)))
                        }
                        @if let Some(reason) = &target.reason { p { (visit.say("原因：", "Why: ")) (reason) } }
                    }
                }
            }
        }
    }

    /// Actuals in the order they were reported.
    pub(super) fn actuals(&self, actuals: &[Actual], signatures: &HashMap<Uuid, Signature>) -> Markup {
        let visit = self.visit();
        let heads = [
            visit.say("期间", "Period"),
            visit.say("自评", "Reported"),
            visit.say("核定", "Verified"),
            visit.say("状态", "State"),
            visit.say("报送", "By whom"),
            visit.say("依据与备注", "Evidence and notes"),
        ];
        let nobody = Signature::default();
        html! {
            table .stacking {
                thead { tr { @for head in heads { th scope="col" { (head) } } } }
                tbody {
                    @for actual in actuals { (self.actual(actual, signatures.get(&actual.id).unwrap_or(&nobody), heads)) }
                }
            }
        }
    }

    fn actual(&self, actual: &Actual, signature: &Signature, heads: [&str; 6]) -> Markup {
        let [_, reported_head, verified_head, state_head, who_head, why_head] = heads;
        let visit = self.visit();
        let (reported, verified) = (self.reported(actual), self.verified(actual));
        let (sign, class) = look(actual.state);
        let counts = [State::Reported, State::Verified].contains(&actual.state);
        html! {
            tr {
                th scope="row" {
                    a href=(address(actual)) { (actual.period) }
                    @for (action, words) in self.offers(actual) { " " small .no-print { a href={ (address(actual)) "#" (action.as_ref()) } { (words) } } }
                }
                td .figure-cell data-head=(reported_head) {
                    @if let Some(figure) = reported { (counting(counts, &figure)) }
                }
                td .figure-cell data-head=(verified_head) {
                    @match verified { Some(figure) => { (counting(actual.state == State::Verified, &figure)) } None => { "–" } }
                    @if actual.changed_since_verified { br; small .quiet { (visit.say("核定后有变动", "changed since")) } }
                }
                td data-head=(state_head) { span class={ "badge " (class) } { span aria-hidden="true" { (sign) } " " (actual.state.words().get(visit.language)) } }
                td data-head=(who_head) {
                    (self.who(signature.reported_by.as_ref())) br; small .quiet { (moment(actual.reported_at, self.zone)) }
                    @if let Some(at) = actual.verified_at {
                        br; small .quiet { (visit.say("核定：", "Verified: ")) (self.who(signature.verified_by.as_ref())) " " (moment(at, self.zone)) }
                    }
                }
                td data-head=(why_head) {
                    (self.grounds(actual))
                    @if let Some(reason) = &actual.reason {
                        p { (why(actual).get(visit.language)) (reason) small .quiet { (visit.say("（第", " (version ")) (actual.version) (visit.say("版）", ")")) } }
                    }
                }
            }
        }
    }

    /// The figure as it was reported.
    pub(super) fn reported(&self, actual: &Actual) -> Option<String> {
        let figure = self.figure(actual.value, actual.numerator.zip(actual.denominator), &actual.unit)?;
        Some(qualified(self.visit(), actual.qualifier, &figure))
    }

    /// The same to its last digit, where something hangs on it.
    pub(super) fn exactly(&self, actual: &Actual) -> Option<String> {
        match actual.value.filter(|_| self.value_type == ValueType::Number) {
            Some(value) => Some(qualified(self.visit(), actual.qualifier, &exact(*value, &actual.unit))),
            None => self.reported(actual),
        }
    }

    /// The figure that a verifier last settled on.
    pub(super) fn verified(&self, actual: &Actual) -> Option<String> {
        let ratio = actual.verified_numerator.zip(actual.verified_denominator);
        self.figure(actual.verified_value, ratio, &actual.unit)
    }

    fn figure(&self, value: Option<Amount>, ratio: Option<(Amount, Amount)>, unit: &str) -> Option<String> {
        let ratio = ratio.map(|(numerator, denominator)| format!("{numerator}/{denominator}"));
        ratio.or_else(|| Some(wording::value(*value?, Some(self.value_type), unit, self.visit().language)))
    }

    /// What shows it, who did it, and what was remarked.
    pub(super) fn grounds(&self, actual: &Actual) -> Markup {
        let visit = self.visit();
        html! {
            @if let Some(evidence) = &actual.evidence { (shown(evidence)) }
            @if let Some(by) = &actual.performed_by { p { (visit.say("承办：", "Done by ")) (by) } }
            @if let Some(note) = &actual.note { p { (note) } }
        }
    }

    /// What the visitor may do with an actual, as the link to it is called.
    fn offers(&self, actual: &Actual) -> Vec<(ChangeAction, &'a str)> {
        let visit = self.visit();
        let all =
            [(ChangeAction::Amend, visit.say("更正", "Amend")), (ChangeAction::Verify, visit.say("核定", "Verify"))];
        let may = |action: ChangeAction| self.visitor.caller.require(action.permission()).is_ok();
        all.into_iter().filter(|(action, _)| actual.state != State::Voided && may(*action)).collect()
    }
}

/// The page of an actual.
pub(super) fn address(actual: &Actual) -> String {
    format!("/actuals/{}/{}", actual.association, actual.id)
}

/// What the reason of its last change is called.
pub(super) const fn why(actual: &Actual) -> Text {
    match actual.state {
        State::Rejected => Text::new("退回原因：", "Why it was rejected: "),
        State::Reported | State::Verified | State::Voided => Text::new("变动原因：", "Why it changed: "),
    }
}

/// A figure, struck through where it does not count.
fn counting(counts: bool, figure: &str) -> Markup {
    html! { @if counts { (figure) } @else { s { (figure) } } }
}

/// Only addresses of the web become links, whatever was stored.
fn shown(evidence: &Evidence) -> Markup {
    let address = evidence.url.as_deref();
    let link = address.filter(|url| ["http://", "https://"].iter().any(|scheme| url.starts_with(scheme)));
    let title = evidence.document.as_deref().or(address);
    html! {
        @if let Some(quote) = &evidence.quote { blockquote { (quote) } }
        @if let Some(title) = title {
            p .quiet {
                @match link {
                    Some(url) => { a href=(url) rel="noopener noreferrer" { (title) } }
                    None => { (title) }
                }
            }
        }
    }
}

fn qualified(visit: &Visit, qualifier: Qualifier, figure: &str) -> String {
    match qualifier {
        Qualifier::Exact => figure.to_owned(),
        Qualifier::About => format!("{}{figure}", visit.say("约", "about ")),
        Qualifier::AtLeast => format!("{figure}{}", visit.say("以上", " or more")),
    }
}

/// A shape and the name of a colour.
const fn look(state: State) -> (&'static str, &'static str) {
    match state {
        State::Reported => ("○", "reported"),
        State::Verified => ("✓", "completed"),
        State::Rejected => ("✕", "behind"),
        State::Voided => ("–", "voided"),
    }
}
