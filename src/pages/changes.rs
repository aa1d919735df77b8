//! The forms in which an actual is amended, voided, verified or rejected, and what they say.

use maud::{Markup, html};
use serde_json::value::RawValue;

use super::Visit;
use super::doubts::confirmation;
use super::fields::{self, Filled, Typed, dated, document, label};
use super::history::address;
use crate::actuals::doubts::Doubt;
use crate::actuals::{Actual, Because, ChangeAction, Qualifier, State, VerifyActual};
use crate::error::{ApiError, ApiResult, Code, Phrase, Problem, Violation};
use crate::http::{Patch, parse};
use crate::indicators::ValueType;

/// What an amendment may change.
const AMENDED: [&str; 10] = [
    "value",
    "numerator",
    "denominator",
    "period",
    "qualifier",
    "evidence.document",
    "evidence.url",
    "evidence.quote",
    "performed_by",
    "note",
];

/// What a verifier settles on, and why.
const VERIFIED: [&str; 4] = ["value", "numerator", "denominator", "reason"];

/// What a form says: what shall become of the actual, and of which version of it somebody thought so.
pub(super) struct Sent {
    pub action: ChangeAction,
    pub version: i32,
    /// The keys of what somebody was asked and meant.
    pub confirmed: String,
    pub typed: Typed,
}

impl Sent {
    /// Reads the body of a form.
    ///
    /// # Errors
    /// `invalid_body` for one that is none of ours.
    pub(super) fn read(body: &str) -> ApiResult<Self> {
        let mut typed = fields::read(body);
        let mut take = |name: &str| typed.remove(name).unwrap_or_default();
        let (action, version, confirmed) = (take("action"), take("version"), take("confirmed"));
        let refused = |name: &str, given: &str, allowed: Phrase| {
            ApiError::from(Violation::at(format!("/{name}"), Code::NotAllowed).given(given).allowed(allowed))
        };
        let actions = || "amend, void, verify, reject".into();
        let shown = || Phrase::new("页面所显示的版本", "the version that was shown");
        Ok(Self {
            action: action.parse().map_err(|_unknown| refused("action", &action, actions()))?,
            version: version.parse().map_err(|_unread| refused("version", &version, shown()))?,
            confirmed,
            typed,
        })
    }

    /// The fields of these names that somebody filled in.
    fn filled_in<'a>(&'a self, names: &'a [&'a str]) -> impl Iterator<Item = (&'a str, &'a str)> {
        let all = names.iter().filter_map(|name| Some((*name, self.typed.get(*name)?.as_str())));
        all.filter(|(_, text)| !text.trim().is_empty())
    }

    /// Why.
    ///
    /// # Errors
    /// `invalid_body` where nothing is said, or too much.
    pub(super) fn because(&self) -> ApiResult<Because> {
        parse(document(self.filled_in(&["reason"]))?.as_bytes())
    }

    /// What a verifier settles on.
    ///
    /// # Errors
    /// `invalid_body` for what is no figure.
    pub(super) fn verification(&self) -> ApiResult<VerifyActual> {
        parse(document(self.filled_in(&VERIFIED))?.as_bytes())
    }

    /// What somebody changed of the actual as it was shown: what nobody touched stays to its last digit and blank.
    ///
    /// # Errors
    /// Never for a text.
    pub(super) fn patch(&self, stored: &Actual) -> ApiResult<Patch> {
        let (before, typed) = (amendable(stored), dated(&self.typed, stored.year));
        let touched = AMENDED.iter().filter_map(|name| {
            let (text, was) = (typed.get(*name)?, before.get(*name).map_or("", String::as_str));
            (plain(text) != plain(was)).then_some((*name, text.as_str()))
        });
        let patch = RawValue::from_string(document(touched)?).map_err(ApiError::internal)?;
        Ok(Patch::of(&patch))
    }
}

impl Sent {
    /// As it is shown again when somebody was faster: what nobody touched says what it says now, or sending the form again
    /// would take the other's change back.
    pub(super) fn rebased(mut self, versions: &[Actual]) -> Self {
        let seen = versions.iter().find(|version| version.version == self.version);
        let Some((seen, current)) = seen.zip(versions.last()).filter(|_| self.action == ChangeAction::Amend) else {
            return self;
        };
        let (seen, mut current) = (amendable(seen), amendable(current));
        for name in AMENDED {
            let was = seen.get(name).map_or("", String::as_str);
            if let Some(text) = self.typed.get_mut(name).filter(|text| plain(text) == plain(was)) {
                *text = current.remove(name).unwrap_or_default();
            }
        }
        self
    }
}

/// A browser sends other ends of lines than it was given.
fn plain(text: &str) -> String {
    text.replace("\r\n", "\n").trim().to_owned()
}

/// The actual as it stands in the form that amends it. A figure that is exact need not be called so: written anew, it says
/// itself how exact it is.
fn amendable(actual: &Actual) -> Typed {
    let evidence = actual.evidence.clone().unwrap_or_default();
    let qualifier = Some(actual.qualifier).filter(|qualifier| *qualifier != Qualifier::Exact);
    let fields = [
        ("value", actual.value.map(|value| value.to_string())),
        ("numerator", actual.numerator.map(|value| value.to_string())),
        ("denominator", actual.denominator.map(|value| value.to_string())),
        ("period", Some(actual.period.to_string())),
        ("qualifier", qualifier.map(|qualifier| qualifier.as_ref().to_owned())),
        ("evidence.document", evidence.document),
        ("evidence.url", evidence.url),
        ("evidence.quote", evidence.quote),
        ("performed_by", actual.performed_by.clone()),
        ("note", actual.note.clone()),
    ];
    filled(fields)
}

/// The figure to be settled on: the reported one, until there is another.
fn verifiable(actual: &Actual) -> Typed {
    let is_settled = actual.state == State::Verified;
    let figure = |settled, reported| if is_settled { settled } else { reported };
    let fields = [
        ("value", figure(actual.verified_value, actual.value)),
        ("numerator", figure(actual.verified_numerator, actual.numerator)),
        ("denominator", figure(actual.verified_denominator, actual.denominator)),
    ];
    filled(fields.map(|(name, value)| (name, value.map(|value| value.to_string()))))
}

fn filled<const N: usize>(fields: [(&str, Option<String>); N]) -> Typed {
    fields.into_iter().filter_map(|(name, text)| Some((name.to_owned(), text?))).collect()
}

/// An actual to be changed.
pub(super) struct Forms<'a> {
    pub visit: &'a Visit,
    pub actual: &'a Actual,
    pub value_type: ValueType,
    pub returned: Option<Returned>,
}

/// A form that was not stored.
pub(super) struct Returned {
    pub sent: Sent,
    /// What it shows, and what is wrong with it.
    pub filled: Filled,
    /// What is asked first, where nothing is wrong.
    pub doubts: Vec<Doubt>,
}

impl Forms<'_> {
    /// The forms for these actions.
    pub(super) fn of(&self, offered: &[ChangeAction]) -> Markup {
        html! {
            @if let Some(Returned { sent, filled, .. }) = &self.returned {
                @if !offered.contains(&sent.action) { (self.left_behind(filled)) }
            }
            @for action in offered {
                @match action {
                    ChangeAction::Verify => { (self.verify()) }
                    ChangeAction::Reject => { (self.reject()) }
                    ChangeAction::Amend => { (self.amend()) }
                    ChangeAction::Void => { (self.void()) }
                }
            }
        }
    }

    /// What was typed into a form that is there no more.
    fn left_behind(&self, filled: &Filled) -> Markup {
        let visit = self.visit;
        html! {
            section .card aria-labelledby="left-behind" {
                h2 #left-behind { (visit.say("刚才填写的内容（没有保存）", "What you typed (it is not stored)")) }
                @for wrong in filled.elsewhere(visit, &[]) { p .wrong role="alert" { (wrong) } }
                dl .facts {
                    @for (name, text) in filled.typed.iter().filter(|(_, text)| !text.is_empty()) { dt { (label(visit, name)) } dd { (text) } }
                }
            }
        }
    }

    fn verify(&self) -> Markup {
        let visit = self.visit;
        self.form(ChangeAction::Verify, visit.say("核定", "Verify"), &VERIFIED, |filled| {
            html! {
                p .quiet { (visit.say("核定数与上报数相同时可直接核定；不同时须说明原因，上报数保留在旁。", "Verify the reported figure as it is, or another one with a reason; the reported one stays beside it.")) }
                (self.figure(filled))
                (filled.text(visit, "reason", visit.say("与上报数不同时必填，如：核减重复上报的1户", "required where the figure differs"), false))
            }
        })
    }

    fn reject(&self) -> Markup {
        let visit = self.visit;
        self.form(ChangeAction::Reject, visit.say("退回", "Reject"), &["reason"], |filled| {
            html! {
                p .quiet { (visit.say("退回后既不计入自评，也不计入核定，直到更正或核定。", "It counts on neither basis until it is amended or verified.")) }
                (filled.text(visit, "reason", visit.say("如：缺少佐证材料", "such as: no evidence"), true))
            }
        })
    }

    fn amend(&self) -> Markup {
        let visit = self.visit;
        let names = [&AMENDED[..], &["reason"]].concat();
        self.form(ChangeAction::Amend, visit.say("更正", "Amend"), &names, |filled| {
            html! {
                p .quiet { (visit.say("原来的内容会保留在历次版本中；已核定的更正后须重新核定。", "What it said stays readable; a verified one has to be verified anew.")) }
                (filled.period(visit, self.actual.year))
                (self.figure(filled))
                (filled.qualifiers(visit))
                (filled.grounds(visit))
                (filled.text(visit, "reason", visit.say("为什么更正，如：录入错误", "why it changes, such as: a slip"), true))
            }
        })
    }

    fn void(&self) -> Markup {
        let visit = self.visit;
        self.form(ChangeAction::Void, visit.say("作废", "Void"), &["reason"], |filled| {
            html! {
                p { (visit.say("作废不能撤销：这条实绩从此不计入任何完成情况，也不能再更正或核定；记录仍可查阅。", "This cannot be undone: the actual counts nowhere from now on and cannot be amended or verified; it stays readable.")) }
                (filled.text(visit, "reason", visit.say("如：重复上报", "such as: reported twice"), true))
            }
        })
    }

    fn figure(&self, filled: &Filled) -> Markup {
        match self.value_type {
            ValueType::Percentage => filled.ratio(self.visit, self.visit.say("百分比", "Percentage")),
            ValueType::Number => filled.text(self.visit, "value", "", true),
            ValueType::Milestone => filled.text(
                self.visit,
                "value",
                self.visit.say("完成或未完成，也可填1或0", "完成 or 未完成, 1 or 0"),
                true,
            ),
        }
    }

    /// A form, which is open where it is what somebody came for or has to look at again.
    fn form(&self, action: ChangeAction, title: &str, names: &[&str], content: impl Fn(&Filled) -> Markup) -> Markup {
        let visit = self.visit;
        let returned = self.returned.as_ref().filter(|returned| returned.sent.action == action);
        let fresh = Filled::of(action, self.actual, self.begins_with(action), None);
        let filled = returned.map_or(&fresh, |returned| &returned.filled);
        let asked = returned.filter(|returned| !returned.doubts.is_empty());
        // What is asked is about the version that was sent: whoever was faster since then is to be seen first.
        let version = asked.map_or(self.actual.version, |asked| asked.sent.version);
        let is_awaited = action == ChangeAction::Verify && self.actual.state == State::Reported;
        html! {
            details .card open[returned.is_some() || is_awaited && self.returned.is_none()] {
                summary { (title) }
                form .sheet id=(action.as_ref()) method="post" action=(address(self.actual)) {
                    input type="hidden" name="action" value=(action.as_ref());
                    // Whoever was faster is not overwritten.
                    input type="hidden" name="version" value=(version);
                    @for wrong in filled.elsewhere(visit, &self.shown(names)) { p .wrong role="alert" { (wrong) } }
                    (content(filled))
                    @match asked {
                        Some(asked) => { (confirmation(visit, &asked.doubts)) }
                        None => { button type="submit" { (title) } }
                    }
                }
            }
        }
    }

    /// Of these fields, those that are there for such a value.
    fn shown<'b>(&self, names: &[&'b str]) -> Vec<&'b str> {
        let is_ratio = self.value_type == ValueType::Percentage;
        let is_there = |name: &&&str| match **name {
            "value" => !is_ratio,
            "numerator" | "denominator" => is_ratio,
            _ => true,
        };
        names.iter().filter(is_there).copied().collect()
    }

    fn begins_with(&self, action: ChangeAction) -> Typed {
        match action {
            ChangeAction::Amend => amendable(self.actual),
            ChangeAction::Verify => verifiable(self.actual),
            ChangeAction::Reject | ChangeAction::Void => Typed::new(),
        }
    }
}

impl Filled {
    /// What the form of an action shows.
    pub(super) fn of(action: ChangeAction, actual: &Actual, typed: Typed, problem: Option<Problem>) -> Self {
        let prefix = match action {
            ChangeAction::Verify => "verify-",
            ChangeAction::Reject => "reject-",
            ChangeAction::Amend => "amend-",
            ChangeAction::Void => "void-",
        };
        Self { prefix, unit: actual.unit.clone(), typed, problem }
    }
}
