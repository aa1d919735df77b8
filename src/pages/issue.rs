//! Issuing a bulletin: a form, the bulletin as it would be issued, and the button that issues what was seen.

use std::collections::BTreeSet;

use actix_web::http::{StatusCode, header};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, get, post};
use chrono_tz::Tz;
use form_urlencoded::Serializer;
use maud::{Markup, html};
use serde_json::{Map, Value};
use uuid::Uuid;

use super::bulletin::{article, heading, moment, place};
use super::bulletin_fields::{FIELDS, Form, KEY, fields};
use super::fields::{Filled, Typed, read};
use super::lagging::mark_milestones;
use super::layout::{self, Section};
use super::{Visit, Visitor};
use crate::associations::naming::{names_of, names_of_places};
use crate::auth::{Permission, Scope};
use crate::bulletins::answer::{self, Preview};
use crate::bulletins::{CreateBulletin, numbered};
use crate::error::{ApiError, ApiResult, Code, Problem, Violation};
use crate::exchange::names::Names;
use crate::http::{Limit, ResourceCode, parse};
use crate::idempotency::store::is_kept;
use crate::idempotency::{Fingerprint, IdempotencyKey};
use crate::state::AppState;

/// Says what the preview showed: what stands for its figures, nothing where they may move, and behind a blank the request.
const SEEN: &str = "seen";

/// Says that the figures changed after they were seen. Then they may go on doing so.
const MOVED: &str = "moved";

/// What would be issued, and the request for it.
struct Draft {
    preview: Preview,
    /// What the association is called that it is about.
    place: Option<String>,
    seen: String,
}

/// Most names that are suggested.
const PLACES: Limit = 200;

/// The empty form, to be opened on the list of bulletins.
pub(super) async fn offer(state: &AppState, visitor: &Visitor) -> ApiResult<Markup> {
    let mut conn = state.conn().await?;
    let places = names_of_places(&mut conn, &visitor.caller, PLACES).await?;
    let mut typed = Typed::from([("year".to_owned(), state.this_year().to_string())]);
    if let Some(Scope { code, .. }) = &visitor.caller.scope {
        let name = names_of(&mut conn, &[code]).await?.remove(code);
        typed.insert("scope".to_owned(), name.unwrap_or_else(|| code.clone()));
    }
    let form = Form { filled: Filled { typed, ..Filled::default() }, places };
    Ok(html! {
        details .card {
            summary { (visitor.visit.say("发布通报", "Issue a bulletin")) }
            form .sheet method="post" action="/bulletins" {
                (fields(visitor, &form))
                (preview_button(visitor.visit.say("预览", "Preview")))
            }
        }
    })
}

/// Shows what would be issued. It asks, so it is read anew in another language or when it is loaded again.
///
/// # Errors
/// `forbidden` for a key that issues none; what is wrong with the fields stands beside them.
#[get("/bulletins/preview")]
pub async fn preview_bulletin(state: Data<AppState>, visitor: Visitor) -> ApiResult<HttpResponse> {
    visitor.caller.require(Permission::IssueBulletin)?;
    let mut filled = Filled { typed: read(&visitor.visit.query), ..Filled::default() };
    // Sent once more, a form only leads to the bulletin it issued: what is seen with it after that is another one.
    if let Ok(key) = filled.value(KEY).parse()
        && is_kept(&mut *state.conn().await?, &visitor.caller, &request_name(key), state.now()).await?
    {
        filled.typed.remove(KEY);
        filled.typed.remove(MOVED);
    }
    let draft = draft(&state, &visitor, &filled).await;
    answer(&state, &visitor, filled, draft).await
}

async fn draft(state: &Data<AppState>, visitor: &Visitor, filled: &Filled) -> ApiResult<Draft> {
    let wanted = wanted(state, visitor, filled).await?;
    let request = seen(state, &wanted)?;
    let mut preview = answer::preview(state, visitor.caller.clone(), wanted).await?;
    let figures = if filled.value(MOVED).is_empty() { preview.bulletin.digest()? } else { String::new() };
    let seen = format!("{figures} {request}");
    mark_milestones(state, preview.bulletin.laggards.as_deref_mut().unwrap_or_default()).await?;
    Ok(Draft { place: place(state, &preview.bulletin).await?, preview, seen })
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
        Err(error) if error.code() == Code::RequestInProgress => Ok(being_issued(&state, &visitor, &filled)),
        Err(error) => answer(&state, &visitor, filled, Err(error)).await,
    }
}

/// Where to go on: at the bulletin, or at its preview.
async fn issue(state: &Data<AppState>, visitor: &Visitor, request: &HttpRequest, filled: &Filled) -> ApiResult<String> {
    let wanted = wanted(state, visitor, filled).await?;
    let (figures, request_seen) = filled.value(SEEN).split_once(' ').unwrap_or_default();
    let figures = Some(figures.to_owned()).filter(|figures| !figures.is_empty());
    let key = filled.value(KEY).parse::<Uuid>();
    let Some(key) = key.ok().filter(|_| seen(state, &wanted).is_ok_and(|wanted| wanted == request_seen)) else {
        return Ok(preview_of(filled, None));
    };
    let fingerprint = Fingerprint::of(request, &wanted)?;
    let key = IdempotencyKey::named(request_name(key));
    let kept = match answer::issue(state, visitor.caller.clone(), wanted, figures, key, fingerprint).await {
        Err(error) if error.code() == Code::PreconditionFailed => return Ok(preview_of(filled, Some((MOVED, "1")))),
        kept => kept?,
    };
    let place = kept.location.as_deref().and_then(|place| place.strip_prefix("/api/v1"));
    Ok(place.unwrap_or("/bulletins").to_owned())
}

/// The preview of what was filled in.
fn preview_of(filled: &Filled, more: Option<(&str, &str)>) -> String {
    let typed =
        filled.typed.iter().map(|(name, text)| (name.as_str(), text.as_str())).filter(|(name, _)| *name != SEEN);
    format!("/bulletins/preview?{}", Serializer::new(String::new()).extend_pairs(typed.chain(more)).finish())
}

/// A first click on the button is still at work. The same form once more, unchanged, leads to what that one issues.
fn being_issued(state: &AppState, visitor: &Visitor, filled: &Filled) -> HttpResponse {
    let visit = &visitor.visit;
    let title = visit.say("正在发布通报", "A bulletin is being issued");
    let content = html! {
        div .head { h1 { (title) } }
        section .card {
            form .sheet method="post" action="/bulletins" {
                @for (name, text) in &filled.typed { input type="hidden" name=(name) value=(text); }
                p .caution role="alert" {
                    (visit.say(
                        "这份通报正在发布。请稍候片刻再点「查看通报」：无论点几次，只发布一份。",
                        "This bulletin is being issued right now. Ask for it again in a moment: however often, it is issued once.",
                    ))
                }
                button type="submit" { (visit.say("查看通报", "Show the bulletin")) }
            }
        }
    };
    let page = layout::page(visitor, Section::Bulletins, state.this_year(), title, &content);
    HttpResponse::Conflict().content_type("text/html; charset=utf-8").body(page.into_string())
}

/// Names the request that a form makes.
fn request_name(key: Uuid) -> String {
    format!("page-{key}")
}

/// What the form asks for, read as if a client had sent it.
async fn wanted(state: &AppState, visitor: &Visitor, filled: &Filled) -> ApiResult<CreateBulletin> {
    let typed = FIELDS.map(|name| (name, filled.value(name).trim())).into_iter();
    let typed = typed.filter(|(name, text)| !text.is_empty() && *name != "scope");
    let value = |name, text: &str| match text.parse::<i32>() {
        Ok(number) if name == "year" => Value::from(number),
        _ => Value::from(text),
    };
    let document: Map<_, _> = typed.map(|(name, text)| (name.to_owned(), value(name, text))).collect();
    let wanted = parse(&serde_json::to_vec(&document).map_err(ApiError::internal)?)?;
    Ok(CreateBulletin { scope: scope(state, visitor, filled.value("scope").trim()).await?, ..wanted })
}

/// The code of the association that goes by this name.
async fn scope(state: &AppState, visitor: &Visitor, name: &str) -> ApiResult<Option<ResourceCode>> {
    if name.is_empty() {
        return Ok(None);
    }
    let mut names = Names::default();
    let named = BTreeSet::from([name.to_owned()]);
    names.learn(&mut *state.conn().await?, &visitor.caller, named, BTreeSet::new()).await?;
    let code = names.association(name).and_then(|found| ResourceCode::new(found.code()));
    Ok(Some(code.map_err(|violation| Violation { pointer: "/scope".to_owned(), ..violation })?))
}

/// A request as the confirmation names it; that for now is another one after midnight.
fn seen(state: &AppState, wanted: &CreateBulletin) -> ApiResult<String> {
    let as_of = wanted.as_of.or_else(|| Some(state.today()));
    serde_json::to_string(&CreateBulletin { as_of, ..wanted.clone() }).map_err(ApiError::internal)
}

/// The form, filled in, above what would be issued or with what is wrong.
async fn answer(
    state: &AppState,
    visitor: &Visitor,
    filled: Filled,
    draft: ApiResult<Draft>,
) -> ApiResult<HttpResponse> {
    let visit = &visitor.visit;
    let request_id = visitor.caller.request_id.as_deref().unwrap_or_default();
    let (draft, problem) = match draft {
        Ok(draft) => (Some(draft), None),
        Err(error) if error.code().entry().status.is_client_error() => {
            (None, Some(error.problem(visit.language, request_id)))
        }
        Err(error) => return Err(error),
    };
    let places = names_of_places(&mut *state.conn().await?, &visitor.caller, PLACES).await?;
    let form = Form { filled: renewed(visit, Filled { problem, ..filled }), places };
    let content = html! {
        @if draft.is_none() { div .head { h1 { (visit.say("发布通报", "Issue a bulletin")) } } }
        (confirmation(visitor, &form, draft.as_ref()))
        @if let Some(Draft { preview, place, .. }) = &draft {
            @let unissued = unissued(visit, preview, state.rules.timezone);
            (article(visit, &preview.bulletin, &heading(visit, &preview.bulletin, place.as_deref(), &unissued)))
        }
    };
    let title = visit.say("预览通报", "Preview of a bulletin");
    let page = layout::page(visitor, Section::Bulletins, state.this_year(), title, &content);
    let problem = form.filled.problem;
    let status = problem.and_then(|problem| StatusCode::from_u16(problem.status).ok()).unwrap_or(StatusCode::OK);
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
            (visit.say("。发布时取得编号。", ". It gets its number when it is issued."))
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
fn confirmation(visitor: &Visitor, form: &Form, draft: Option<&Draft>) -> Markup {
    let visit = &visitor.visit;
    let empty = draft.and_then(|draft| emptiness(visit, &draft.preview));
    let wrong = form.filled.elsewhere(visit, &FIELDS).into_iter().chain(empty);
    html! {
        section .card.no-print {
            form .sheet method="post" action="/bulletins" {
                @for wrong in wrong { p .wrong role="alert" { (wrong) } }
                @if let Some(draft) = draft.filter(|_| empty.is_none()) {
                    (told_before(visit, &draft.preview))
                    details {
                        summary { (visit.say("修改", "Change it")) }
                        div .sheet { (fields(visitor, form)) (preview_button(visit.say("重新预览", "Preview again"))) }
                    }
                    @if !form.filled.value(MOVED).is_empty() {
                        p .caution role="alert" { (visit.say("没有发布：数据在预览之后有变化。以下是按最新数据算出的，请再看一遍；再点「发布」即按当时的数据发布。", "Not issued: the figures changed after they were seen. Below are the latest; look at them again. Issued now, it holds the figures of that moment.")) }
                    }
                    p { (visit.say("以下就是将要发布的通报。发布后编号，永久保存，不能更改或删除。", "Below is what will be issued. Once issued, it has a number and stays as it is for good.")) }
                    button type="submit" name=(SEEN) value=(draft.seen) { (visit.say("发布", "Issue")) }
                } @else {
                    (fields(visitor, form))
                    (preview_button(visit.say("预览", "Preview")))
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
                    a href={ "/bulletins/" (head.year) "/" (head.number) } { (numbered(head.year, head.number, visit.language)) (visit.say("《", " ")) (head.title) (visit.say("》", "")) }
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
