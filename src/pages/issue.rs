//! Issuing a bulletin: a form, the bulletin as it would be issued, and the button that issues what was seen.

use actix_web::http::{StatusCode, header};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, get, post};
use chrono_tz::Tz;
use form_urlencoded::Serializer;
use maud::{Markup, html};
use serde_json::{Map, Value};
use uuid::Uuid;

use super::bulletin::{article, moment, numbered};
use super::bulletin_fields::{FIELDS, KEY, fields};
use super::fields::{Filled, Typed, read};
use super::layout::{self, Section};
use super::{Visit, Visitor};
use crate::auth::Permission;
use crate::bulletins::CreateBulletin;
use crate::bulletins::answer::{self, Preview};
use crate::error::{ApiError, ApiResult, Code, Problem};
use crate::http::parse;
use crate::idempotency::{Fingerprint, IdempotencyKey};
use crate::state::AppState;

/// Says what the preview showed.
const SEEN: &str = "seen";

/// What would be issued, and the request for it.
struct Draft {
    preview: Preview,
    seen: String,
}

/// The empty form, to be opened on the list of bulletins.
pub(super) fn offer(visitor: &Visitor, year: i16) -> Markup {
    let scope = visitor.caller.scope.as_ref().map(|scope| ("scope".to_owned(), scope.code.clone()));
    let typed = Typed::from_iter([("year".to_owned(), year.to_string())].into_iter().chain(scope));
    let filled = Filled { typed, ..Filled::default() };
    html! {
        details .card {
            summary { (visitor.visit.say("发布通报", "Issue a bulletin")) }
            form .sheet method="post" action="/bulletins" {
                (fields(visitor, &filled))
                (preview_button(visitor.visit.say("预览", "Preview")))
            }
        }
    }
}

/// Shows what would be issued. It asks, so it is read anew in another language or when it is loaded again.
///
/// # Errors
/// `forbidden` for a key that issues none; what is wrong with the fields stands beside them.
#[get("/bulletins/preview")]
pub async fn preview_bulletin(state: Data<AppState>, visitor: Visitor) -> ApiResult<HttpResponse> {
    visitor.caller.require(Permission::IssueBulletin)?;
    let filled = Filled { typed: read(&visitor.visit.query), ..Filled::default() };
    let draft = draft(&state, &visitor, &filled).await;
    answer(&state, &visitor, filled, draft.map(Some))
}

async fn draft(state: &Data<AppState>, visitor: &Visitor, filled: &Filled) -> ApiResult<Draft> {
    let wanted = wanted(filled)?;
    let seen = seen(&wanted)?;
    Ok(Draft { preview: answer::preview(state, visitor.caller.clone(), wanted).await?, seen })
}

/// Issues a bulletin as it was seen, and shows it; what was changed since is seen first.
///
/// # Errors
/// As [`preview_bulletin`].
#[post("/bulletins")]
pub async fn issue_bulletin(
    state: Data<AppState>,
    visitor: Visitor,
    request: HttpRequest,
    body: String,
) -> ApiResult<HttpResponse> {
    visitor.caller.require(Permission::IssueBulletin)?;
    let filled = Filled { typed: read(&body), ..Filled::default() };
    match issue(&state, &visitor, &request, &filled).await {
        Ok(place) => Ok(HttpResponse::SeeOther().insert_header((header::LOCATION, place)).finish()),
        Err(error) => answer(&state, &visitor, filled, Err(error)),
    }
}

/// Where to go on: at the bulletin, or at its preview.
async fn issue(state: &Data<AppState>, visitor: &Visitor, request: &HttpRequest, filled: &Filled) -> ApiResult<String> {
    let wanted = wanted(filled)?;
    let key = filled.value(KEY).parse::<Uuid>();
    let Some(key) = key.ok().filter(|_| seen(&wanted).is_ok_and(|seen| seen == filled.value(SEEN))) else {
        let typed = filled.typed.iter().filter(|(name, _)| *name != SEEN);
        return Ok(format!("/bulletins/preview?{}", Serializer::new(String::new()).extend_pairs(typed).finish()));
    };
    let fingerprint = Fingerprint::of(request, &wanted)?;
    let key = IdempotencyKey::named(format!("page-{key}"));
    let kept = answer::issue(state, visitor.caller.clone(), wanted, key, fingerprint).await?;
    let place = kept.location.as_deref().and_then(|place| place.strip_prefix("/api/v1"));
    Ok(place.unwrap_or("/bulletins").to_owned())
}

/// What the form asks for, read as if a client had sent it.
fn wanted(filled: &Filled) -> ApiResult<CreateBulletin> {
    let typed = FIELDS.map(|name| (name, filled.value(name).trim())).into_iter().filter(|(_, text)| !text.is_empty());
    let value = |name, text: &str| match text.parse::<i32>() {
        Ok(number) if name == "year" => Value::from(number),
        _ => Value::from(text),
    };
    let document: Map<_, _> = typed.map(|(name, text)| (name.to_owned(), value(name, text))).collect();
    parse(&serde_json::to_vec(&document).map_err(ApiError::internal)?)
}

/// A request as the confirmation names it.
fn seen(wanted: &CreateBulletin) -> ApiResult<String> {
    serde_json::to_string(wanted).map_err(ApiError::internal)
}

/// The form, filled in, above what would be issued or with what is wrong.
fn answer(
    state: &AppState,
    visitor: &Visitor,
    filled: Filled,
    draft: ApiResult<Option<Draft>>,
) -> ApiResult<HttpResponse> {
    let visit = &visitor.visit;
    let request_id = visitor.caller.request_id.as_deref().unwrap_or_default();
    let (draft, problem) = match draft {
        Ok(draft) => (draft, None),
        Err(error) if error.code().entry().status.is_client_error() => {
            (None, Some(error.problem(visit.language, request_id)))
        }
        Err(error) => return Err(error),
    };
    let filled = renewed(visit, Filled { problem, ..filled });
    let content = html! {
        @if draft.is_none() { div .head { h1 { (visit.say("发布通报", "Issue a bulletin")) } } }
        (confirmation(visitor, &filled, draft.as_ref()))
        @if let Some(Draft { preview, .. }) = &draft {
            (article(visit, &preview.bulletin, &unissued(visit, preview, state.rules.timezone)))
        }
    };
    let title = visit.say("预览通报", "Preview of a bulletin");
    let page = layout::page(visitor, Section::Bulletins, state.this_year(), title, &content);
    let status = filled.problem.and_then(|problem| StatusCode::from_u16(problem.status).ok()).unwrap_or(StatusCode::OK);
    Ok(HttpResponse::build(status).content_type("text/html; charset=utf-8").body(page.into_string()))
}

/// A form that issued a bulletin becomes another one when it asks for another bulletin, and says so.
fn renewed(visit: &Visit, mut filled: Filled) -> Filled {
    let is_used = |problem: &&mut Problem| problem.code == Code::IdempotencyKeyReused.as_ref();
    if let Some(problem) = filled.problem.as_mut().filter(is_used) {
        let said = visit.say(
            "用这份表单已经发布过另一份通报，这一次没有发布。要再发布一份，请重新预览。",
            "Another bulletin was issued with this form already, and nothing was issued this time. Preview it again to issue \
             one more.",
        );
        said.clone_into(&mut problem.detail);
        filled.typed.remove(KEY);
    }
    filled
}

/// Says, also on paper, that nothing of this was issued.
fn unissued(visit: &Visit, preview: &Preview, zone: Tz) -> Markup {
    let mark = visit.say("预览·尚未发布", "Preview · not issued");
    html! {
        p .caution.unissued data-mark=(mark) {
            strong { (mark) } " "
            (visit.say("按此刻的数据计算：", "Computed from what was known at ")) (moment(preview.bulletin.issued_at, zone))
            (visit.say("。发布时按当时的数据重新计算，并取得编号。", ". When it is issued, it is computed anew and gets its number."))
        }
    }
}

/// Why a bulletin would be empty.
fn emptiness<'a>(visit: &'a Visit, preview: &Preview) -> Option<&'a str> {
    let targets = preview.bulletin.overall.map_or(0, |overall| overall.targets);
    match (preview.bulletin.total, targets) {
        (0, _) => {
            Some(visit.say("没有符合条件的组织，没有可发布的内容。", "No association fits: there is nothing to issue."))
        }
        (_, 0) => Some(visit.say(
            "这些组织在该年度没有计划目标，没有可发布的内容。",
            "Nothing is planned for these associations in this year: there is nothing to issue.",
        )),
        _ => None,
    }
}

/// The form once more, with the button that issues where there is something to be issued.
fn confirmation(visitor: &Visitor, filled: &Filled, draft: Option<&Draft>) -> Markup {
    let visit = &visitor.visit;
    let empty = draft.and_then(|draft| emptiness(visit, &draft.preview));
    let ready = draft.filter(|_| empty.is_none());
    html! {
        section .card.no-print {
            @for wrong in filled.elsewhere(visit, &FIELDS).into_iter().chain(empty) { p .wrong role="alert" { (wrong) } }
            @if let Some(draft) = ready { (told_before(visit, &draft.preview)) }
            form .sheet method="post" action="/bulletins" {
                details open[ready.is_none()] {
                    summary { (visit.say("修改", "Change it")) }
                    div .sheet {
                        (fields(visitor, filled))
                        (preview_button(visit.say("重新预览", "Preview again")))
                    }
                }
                @if let Some(draft) = ready {
                    p { (visit.say("以下即将要发布的通报。发布后编号，永久保存，不能更改或删除。", "Below is what will be issued. Once issued, it has a number and stays as it is for good.")) }
                    button type="submit" name=(SEEN) value=(draft.seen) { (visit.say("发布", "Issue")) }
                }
            }
        }
    }
}

/// What was issued about the same before.
fn told_before(visit: &Visit, preview: &Preview) -> Markup {
    html! {
        @if !preview.alike.is_empty() {
            p .caution role="status" {
                (visit.say("年度、组织、口径和截至日期都相同的通报已经发布过：", "About the same year, associations, basis and day there was issued before: "))
                @for (place, head) in preview.alike.iter().enumerate() {
                    @if place > 0 { (visit.say("、", ", ")) }
                    a href={ "/bulletins/" (head.year) "/" (head.number) } { (numbered(visit, head.year, head.number)) (head.title) }
                }
                (visit.say("。仍可再发布一份。", ". Another one can be issued nevertheless."))
            }
        }
    }
}

/// It stands first in its form, so that the Enter key issues nothing.
fn preview_button(words: &str) -> Markup {
    html! { button type="submit" formmethod="get" formaction="/bulletins/preview" { (words) } }
}
