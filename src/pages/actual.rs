//! The page of one actual: what it says, every version before, and the forms for those who may change it.

use std::collections::HashMap;

use actix_web::http::{StatusCode, header};
use actix_web::web::Data;
use actix_web::{HttpResponse, get, post};
use chrono::NaiveDate;
use maud::{Markup, html};
use uuid::Uuid;

use super::changes::{Forms, Returned, Sent};
use super::details::moment;
use super::doubts::question;
use super::fields::Filled;
use super::history::{Ledger, address};
use super::layout::{self, Section};
use super::{Visit, Visitor};
use crate::actuals::change::{Change, What, change, is_repeated};
use crate::actuals::doubts::{Doubt, are_confirmed, doubts_of_change};
use crate::actuals::signatures::{Signature, authors, signatures};
use crate::actuals::store::{find as find_actual, revisions};
use crate::actuals::{Actual, ActualPath, ChangeAction, State};
use crate::associations::store::{Found, find};
use crate::auth::Permission;
use crate::error::{ApiError, ApiResult, Code, Problem, Text};
use crate::http::{EntityTag, IfMatch, Path, Year};
use crate::indicators::store::find as find_indicator;
use crate::indicators::{Indicator, ValueType};
use crate::locks::store::{closes, find as find_lock};
use crate::state::AppState;

/// What the page is made of.
struct Shown {
    association: Found,
    indicator: Indicator,
    actual: Actual,
    versions: Vec<Actual>,
    authors: HashMap<i32, String>,
    signatures: HashMap<Uuid, Signature>,
    /// Periods that end by this day are closed.
    closed: Option<NaiveDate>,
}

/// An actual, with all it ever said.
///
/// # Errors
/// `association_not_found`, `actual_not_found`.
#[get("/actuals/{association}/{id}")]
pub async fn show_actual(state: Data<AppState>, visitor: Visitor, path: Path<ActualPath>) -> ApiResult<HttpResponse> {
    answer(&state, &visitor, &path, None).await
}

/// Amends, voids, verifies or rejects an actual as a form says, and shows it: as it is now, with what is wrong, or with what
/// is to be asked first.
///
/// # Errors
/// As [`show_actual`], and `forbidden`; what is wrong with the form stands on the page.
#[post("/actuals/{association}/{id}")]
pub async fn change_actual(
    state: Data<AppState>,
    visitor: Visitor,
    path: Path<ActualPath>,
    body: String,
) -> ApiResult<HttpResponse> {
    let sent = Sent::read(&body)?;
    match apply(&state, &visitor, &path, &sent).await {
        Ok(Outcome::Changed(actual)) => {
            let done = if actual.version == sent.version { "unchanged" } else { sent.action.as_ref() };
            let next = format!("{}?done={done}", address(&actual));
            Ok(HttpResponse::SeeOther().insert_header((header::LOCATION, next)).finish())
        }
        Ok(Outcome::Doubted(doubts)) => answer(&state, &visitor, &path, Some((sent, Why::Doubted(doubts)))).await,
        Err(error) if is_about_the_form(&error) => {
            let request_id = visitor.caller.request_id.as_deref().unwrap_or_default();
            let problem = error.problem(visitor.visit.language, request_id);
            answer(&state, &visitor, &path, Some((sent, Why::Refused(problem)))).await
        }
        Err(error) => Err(error),
    }
}

/// What became of a form.
enum Outcome {
    Changed(Box<Actual>),
    /// Nothing was stored: somebody has to say first that it is meant.
    Doubted(Vec<Doubt>),
}

/// Why a form was not stored.
enum Why {
    Refused(Problem),
    Doubted(Vec<Doubt>),
}

/// Whether it can be put right in the form.
fn is_about_the_form(error: &ApiError) -> bool {
    let status = error.code().entry().status;
    status.is_client_error() && ![StatusCode::FORBIDDEN, StatusCode::NOT_FOUND].contains(&status)
}

async fn apply(state: &AppState, visitor: &Visitor, path: &ActualPath, sent: &Sent) -> ApiResult<Outcome> {
    let (mut conn, caller) = (state.conn().await?, &visitor.caller);
    let association = find(&conn, caller, &path.association).await?;
    caller.require(sent.action.permission())?;
    let found = find_actual(&mut conn, &association, path.id).await?;
    let (patch, verification, because);
    let (what, reason) = match sent.action {
        ChangeAction::Amend => {
            (patch, because) = (sent.patch(&found.to_actual(&association)?)?, sent.because()?);
            (What::Amend(&patch), Some(because.reason.as_str()))
        }
        ChangeAction::Verify => {
            verification = sent.verification()?;
            (What::Verify(&verification), verification.reason.as_deref())
        }
        ChangeAction::Reject => {
            because = sent.because()?;
            (What::Reject, Some(because.reason.as_str()))
        }
        ChangeAction::Void => {
            because = sent.because()?;
            (What::Void, Some(because.reason.as_str()))
        }
    };
    let condition = IfMatch::only(&EntityTag::of(path.id, sent.version));
    let wanted = Change { what, reason, condition: &condition };
    let changed: ApiResult<_> = async {
        let doubts = doubts_of_change(&mut conn, state, caller, &association, &found, &wanted).await?;
        if !are_confirmed(&doubts, &sent.confirmed) {
            return Ok(Outcome::Doubted(doubts));
        }
        let changed = change(&mut conn, state, caller, &association, &found, &wanted).await?;
        Ok(Outcome::Changed(Box::new(changed.body().clone())))
    }
    .await;
    match changed {
        Err(error) if error.code() == Code::PreconditionFailed => {
            let current = find_actual(&mut conn, &association, path.id).await?;
            // A second click is no mistake of anybody's.
            let is_done = is_repeated(&current, caller, &wanted, sent.version, state.today());
            if is_done { Ok(Outcome::Changed(Box::new(current.to_actual(&association)?))) } else { Err(error) }
        }
        changed => changed,
    }
}

async fn ask(state: &AppState, visitor: &Visitor, path: &ActualPath) -> ApiResult<Shown> {
    let mut conn = state.conn().await?;
    let association = find(&conn, &visitor.caller, &path.association).await?;
    let versions = revisions(&mut conn, &association, path.id).await?;
    let mut actual = versions.last().cloned().ok_or_else(|| ApiError::internal("an actual without a version"))?;
    let indicator = find_indicator(&conn, &actual.indicator).await?.into_indicator();
    if indicator.value_type == ValueType::Milestone {
        // It is done or not: no field is to ask for a number of anything.
        actual.unit.clear();
    }
    Ok(Shown {
        authors: authors(&conn, association.id(), path.id).await?,
        signatures: signatures(&conn, association.id(), &[path.id]).await?,
        closed: find_lock(&mut conn, Year::new(actual.year.into())?).await?.into_answer().body().closed_through,
        association,
        indicator,
        actual,
        versions,
    })
}

async fn answer(
    state: &AppState,
    visitor: &Visitor,
    path: &ActualPath,
    returned: Option<(Sent, Why)>,
) -> ApiResult<HttpResponse> {
    let shown = ask(state, visitor, path).await?;
    let (visit, actual) = (&visitor.visit, &shown.actual);
    let returned = returned.map(|(sent, why)| {
        let (sent, problem, doubts) = match why {
            Why::Refused(problem) => (sent.rebased(&shown.versions), Some(problem), Vec::new()),
            Why::Doubted(doubts) => (sent, None, doubts),
        };
        let filled = Filled::of(sent.action, actual, sent.typed.clone(), problem).of_year(visit, actual.year);
        Returned { filled, sent, doubts }
    });
    let problem = returned.as_ref().and_then(|returned| returned.filled.problem.as_ref());
    let status = problem.and_then(|problem| StatusCode::from_u16(problem.status).ok()).unwrap_or(StatusCode::OK);
    let ledger = Ledger { visitor, zone: state.rules.timezone, value_type: shown.indicator.value_type };
    let forms = Forms { visit, actual, value_type: shown.indicator.value_type, returned };
    let content = html! {
        (head(visit, &shown))
        (became(visitor, &shown))
        @if let Some(asked) = forms.returned.as_ref().filter(|returned| !returned.doubts.is_empty()) {
            (question(&ledger, &shown.indicator, &asked.doubts))
        }
        section .card aria-labelledby="now" {
            h2 #now { (visit.say("现状", "As it is now")) }
            (ledger.actuals(std::slice::from_ref(actual), &shown.signatures))
        }
        section .card aria-labelledby="versions" {
            h2 #versions { (visit.say("历次版本", "Every version")) }
            (versions(&ledger, &shown))
        }
        (hints(visitor, &shown))
        (forms.of(&offered(visitor, &shown)))
    };
    let title = format!("{} {} · {}", shown.indicator.name, actual.period, shown.association.name());
    let page = layout::page(visitor, Section::Overview, actual.year, &title, &content);
    Ok(HttpResponse::build(status).content_type("text/html; charset=utf-8").body(page.into_string()))
}

/// What the form did that led here, and for a verifier the way to what else waits.
fn became(visitor: &Visitor, shown: &Shown) -> Markup {
    let (visit, actual) = (&visitor.visit, &shown.actual);
    let Some(done) = visit.asked("done").as_deref().and_then(done) else { return Markup::default() };
    html! {
        p .done role="status" {
            (done.get(visit.language))
            @if visitor.caller.require(Permission::VerifyActual).is_ok() {
                " " a href={ "/waiting/" (actual.association) "/" (actual.year) } { (visit.say("其余待办 →", "What else waits →")) }
            }
        }
    }
}

/// What became of a form that was sent just now.
fn done(done: &str) -> Option<Text> {
    let text = match done.parse() {
        Ok(ChangeAction::Amend) => {
            Text::new("已更正，完成情况已更新。", "Amended; the completion contains it already.")
        }
        Ok(ChangeAction::Void) => Text::new("已作废，不再计入完成情况。", "Voided; it counts no more."),
        Ok(ChangeAction::Verify) => {
            Text::new("已核定，核定口径已更新。", "Verified; the verified figures contain it already.")
        }
        Ok(ChangeAction::Reject) => {
            Text::new("已退回，不再计入完成情况。", "Rejected; it counts no more until it is amended.")
        }
        Err(_) if done == "unchanged" => {
            Text::new("内容没有变化，没有保存新版本。", "Nothing changed, and nothing was stored.")
        }
        Err(_) => return None,
    };
    Some(text)
}

fn head(visit: &Visit, shown: &Shown) -> Markup {
    let Shown { association, indicator, actual, .. } = shown;
    let year = actual.year;
    html! {
        nav .trail aria-label=(visit.say("位置", "Where you are")) {
            a href={ "/overview/" (year) } { (year) (visit.say("年度总览", " overview")) }
            a href={ "/associations/" (association.code()) "/" (year) } { (association.name()) }
            a href={ "/associations/" (association.code()) "/" (year) "/" (indicator.code) } { (indicator.name) }
        }
        div .head {
            div {
                h1 { (visit.say("实绩", "Actual")) " " (actual.period) " " small { (indicator.name) } }
                p .quiet { (association.name()) " · " (indicator.category) " · " (indicator.accumulation.words().get(visit.language)) }
            }
        }
    }
}

/// Everything it ever said, the first version first.
fn versions(ledger: &Ledger<'_>, shown: &Shown) -> Markup {
    let visit = ledger.visit();
    html! {
        ol .revisions {
            @for version in &shown.versions {
                li {
                    p {
                        strong { (ledger.reported(version).unwrap_or_default()) }
                        (visit.say("，", ", ")) (version.period)
                        @if let Some(settled) = ledger.verified(version).filter(|_| version.state == State::Verified) {
                            (visit.say("，核定为", ", verified as ")) (settled)
                        }
                    }
                    p .quiet {
                        (visit.say("第", "version ")) (version.version) (visit.say("版 · ", " · "))
                        (deed(version).get(visit.language)) " · " (moment(version.updated_at, ledger.zone)) " · " (ledger.who(shown.authors.get(&version.version)))
                    }
                    @if let Some(reason) = &version.reason { p { (visit.say("原因：", "Why: ")) (reason) } }
                    (ledger.grounds(version))
                }
            }
        }
    }
}

/// What made a version.
pub(super) const fn deed(version: &Actual) -> Text {
    match version.state {
        State::Reported if version.version == 1 => Text::new("报送", "reported"),
        State::Reported => Text::new("更正", "amended"),
        State::Verified => Text::new("核定", "verified"),
        State::Rejected => Text::new("退回", "rejected"),
        State::Voided => Text::new("作废", "voided"),
    }
}

/// What the visitor may do with it as it stands.
fn offered(visitor: &Visitor, shown: &Shown) -> Vec<ChangeAction> {
    let Shown { actual, closed, .. } = shown;
    let is_closed = closed.is_some_and(|closed| closes(&visitor.caller, closed, actual.period.through(), Some("")));
    if actual.state == State::Voided || is_closed {
        return Vec::new();
    }
    let all = [ChangeAction::Verify, ChangeAction::Reject, ChangeAction::Amend, ChangeAction::Void];
    let is_new = |action: &ChangeAction| *action != ChangeAction::Reject || actual.state != State::Rejected;
    let may = |action: &ChangeAction| visitor.caller.require(action.permission()).is_ok();
    all.into_iter().filter(|action| is_new(action) && may(action)).collect()
}

/// Why there is no form, or what to mind in it.
fn hints(visitor: &Visitor, shown: &Shown) -> Markup {
    let (visit, actual) = (&visitor.visit, &shown.actual);
    let may_report = visitor.caller.require(Permission::SubmitActual).is_ok();
    let may_change = may_report || visitor.caller.require(Permission::VerifyActual).is_ok();
    let closed = shown.closed.filter(|closed| actual.period.through() <= *closed && may_change);
    html! {
        @if actual.state == State::Voided {
            p .quiet {
                (visit.say("这条实绩已作废，不能再更改。", "This actual is voided and cannot be changed any more."))
                @if may_report {
                    " " a href={ "/report/" (actual.association) "/" (actual.year) "?indicator=" (actual.indicator) } { (visit.say("另报一笔", "Report another one")) }
                }
            }
        } @else if let Some(closed) = closed {
            p .quiet {
                (visit.say("截至", "Periods until ")) (closed) (visit.say("的期间已封账：只有管理员说明原因后才能更改。", " are closed: only an admin who says why may change this actual."))
            }
        }
    }
}
