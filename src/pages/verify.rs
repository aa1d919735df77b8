//! Many reported figures verified at once, each as it was reported: what a form chose, and what became of it.

use std::collections::BTreeMap;

use diesel_async::AsyncPgConnection;
use maud::{Markup, html};
use uuid::Uuid;

use super::Visit;
use super::awaited::{SHOWN, Sheet};
use super::history::address;
use crate::actuals::change::{Change, What, is_repeated};
use crate::actuals::changes::{Staged, settle};
use crate::actuals::store::find as find_actual;
use crate::actuals::{Actual, ChangeActual, State, VerifyActual};
use crate::associations::store::Found;
use crate::auth::Caller;
use crate::batch::Place;
use crate::database::transaction;
use crate::error::{ApiResult, Code, FieldProblem, Phrase, Violation};
use crate::http::IfMatch;
use crate::state::AppState;

/// The actuals that a form chose, each in the version that was shown.
pub(super) type Chosen = BTreeMap<Uuid, i32>;

/// Reads the body of the form.
///
/// # Errors
/// `invalid_body` for one that is none of ours, or chooses more than a page has.
pub(super) fn read(body: &str) -> ApiResult<Chosen> {
    let refused = |code, given: &str| Violation::at("/actual", code).given(given);
    let mut chosen = Chosen::new();
    for (_, shown) in form_urlencoded::parse(body.as_bytes()).filter(|(name, _)| name == "actual") {
        let parts = shown.split_once(':');
        let read = parts.and_then(|(id, version)| Some((id.parse().ok()?, version.parse().ok()?)));
        let expected = || Phrase::new("页面所显示的实绩和版本", "the actual and the version that were shown");
        let (id, version) = read.ok_or_else(|| refused(Code::InvalidValue, &shown).allowed(expected()))?;
        chosen.insert(id, version);
    }
    let most = || Phrase::new(format!("一次最多{SHOWN}条"), format!("at most {SHOWN} at once"));
    match chosen.len() {
        count if count > SHOWN => Err(refused(Code::OutOfRange, &count.to_string()).allowed(most()).into()),
        _ => Ok(chosen),
    }
}

/// What became of the chosen ones.
pub(super) struct Outcome {
    pub verified: usize,
    pub left: Vec<Left>,
}

/// One that was not verified.
pub(super) struct Left {
    /// As it is now; none where the association has no such actual.
    actual: Option<Actual>,
    why: Vec<Violation>,
}

/// Verifies those that can be verified, by the rules of the API's own changes.
///
/// # Errors
/// `database_busy`, and the database's own: nothing is verified then.
pub(super) async fn verify(
    conn: &mut AsyncPgConnection,
    state: &AppState,
    caller: &Caller,
    association: &Found,
    chosen: &Chosen,
) -> ApiResult<Outcome> {
    let settled = transaction(conn, async |conn| {
        let rows = (0..).zip(chosen).map(|(index, (id, version))| {
            let place = Place { index, line: None };
            Staged::of(place, caller, association, ChangeActual::verification_of(*id, *version))
        });
        settle(conn, state, caller, rows.collect::<ApiResult<_>>()?).await
    })
    .await?;
    let mut why: BTreeMap<_, _> =
        settled.refused.into_iter().map(|refused| (refused.place.index, refused.violations)).collect();
    let mut left = Vec::new();
    for (index, (id, version)) in (0..).zip(chosen) {
        if let Some(why) = why.remove(&index) {
            left.extend(leave(conn, state, caller, association, (*id, *version), why).await?);
        }
    }
    Ok(Outcome { verified: chosen.len() - left.len(), left })
}

/// One that was refused; none where the caller had just verified it so: a second click is no mistake of anybody's.
async fn leave(
    conn: &mut AsyncPgConnection,
    state: &AppState,
    caller: &Caller,
    association: &Found,
    (id, version): (Uuid, i32),
    why: Vec<Violation>,
) -> ApiResult<Option<Left>> {
    let found = match find_actual(conn, association, id).await {
        Err(error) if error.code() == Code::ActualNotFound => return Ok(Some(Left { actual: None, why })),
        found => found?,
    };
    let (as_reported, condition) = (VerifyActual::default(), IfMatch::default());
    let wanted = Change { what: What::Verify(&as_reported), reason: None, condition: &condition };
    if is_repeated(&found, caller, &wanted, version, state.today()) {
        return Ok(None);
    }
    Ok(Some(Left { actual: Some(found.to_actual(association)?), why }))
}

impl Outcome {
    /// What the address says of a form that was sent just now.
    pub(super) fn told(visit: &Visit) -> Option<Self> {
        let verified = visit.asked("done")?.parse().ok().filter(|count| *count > 0)?;
        Some(Self { verified, left: Vec::new() })
    }

    /// How many were verified, and which were not.
    pub(super) fn say(&self, sheet: &Sheet<'_>) -> Markup {
        let (visit, Self { verified, left }) = (&sheet.visitor.visit, self);
        html! {
            @if *verified > 0 {
                p .done role="status" {
                    (visit.say("已核定", "Verified: ")) (verified) (visit.say("条，核定口径已更新。", "; the verified figures contain them already."))
                }
            } @else if left.is_empty() {
                p .wrong role="alert" { (visit.say("没有勾选实绩，没有核定任何一条。", "Nothing was chosen, and nothing was verified.")) }
            }
            @if !left.is_empty() {
                section .card.doubts role="alert" aria-labelledby="left" {
                    h2 #left { (visit.say("没有核定：", "Not verified: ")) (left.len()) (visit.say("条", "")) }
                    ul .plain { @for left in left { li { (left.say(sheet)) } } }
                }
            }
        }
    }
}

impl Left {
    fn say(&self, sheet: &Sheet<'_>) -> Markup {
        let visit = &sheet.visitor.visit;
        let state = self.actual.as_ref().map(|actual| actual.state);
        html! {
            @if let Some(actual) = &self.actual {
                a href=(address(actual)) { (sheet.name(actual)) " " (actual.period) } (visit.say("：", ": "))
            }
            @for violation in &self.why { (because(visit, violation, state)) }
        }
    }
}

/// Why one was not verified, which is now in this state.
fn because(visit: &Visit, violation: &Violation, state: Option<State>) -> String {
    let (chinese, english) = match (violation.code, state) {
        (Code::PreconditionFailed, Some(State::Reported)) => {
            ("在页面显示之后被更正过，请重新查看。", "it was amended after it was shown: look at it again.")
        }
        (Code::PreconditionFailed, Some(State::Verified)) => ("已由他人核定。", "somebody verified it already."),
        (Code::PreconditionFailed, Some(State::Rejected)) => ("已被退回。", "it was rejected."),
        (Code::PreconditionFailed, Some(State::Voided)) => ("已作废。", "it was voided."),
        (Code::PeriodClosed, _) => (
            "该期间已封账；只有管理员说明原因后才能核定。",
            "the period is closed; only an admin who says why may verify it.",
        ),
        _ => return FieldProblem::of(violation, visit.language).detail,
    };
    visit.say(chinese, english).to_owned()
}
