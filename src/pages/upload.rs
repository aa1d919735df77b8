//! Uploading a filled-in form: first it is only tried, and every row says what would become of it; then it is stored.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse, get, post};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use maud::{Markup, html};

use super::layout::{self, Section};
use super::outcome::Outcome;
use super::{Visit, Visitor};
use crate::auth::Permission;
use crate::error::{ApiError, ApiResult, Code, Problem};
use crate::exchange::answer::{Batch, Taken};
use crate::exchange::form_handlers::form_file;
use crate::exchange::import::Kind;
use crate::exchange::upload::Upload;
use crate::exchange::{BatchQuery, FormQuery, Mode};
use crate::http::{FileFormat, Path, ResourceCode, Year, parse_query};
use crate::idempotency::{self, IdempotencyKey};
use crate::state::AppState;

/// Where a form is uploaded.
///
/// # Errors
/// `forbidden` for a key that may not report.
#[get("/upload")]
pub async fn show_upload(state: Data<AppState>, visitor: Visitor) -> ApiResult<Markup> {
    visitor.caller.require(Permission::SubmitActual)?;
    let visit = &visitor.visit;
    let title = visit.say("上传填报表", "Upload a form");
    let not_tried = visit.say(
        "连接中断，没有保存任何数据。请检查网络后重新选择文件。",
        "The connection was lost; nothing is stored. Check the network and choose the file again.",
    );
    let not_known = visit.say(
        "连接中断，不知道是否已保存。请重新选择同一文件再提交一次：已保存的不会重复计数。",
        "The connection was lost, and whether it is stored is unknown. Choose the same file and store it again: nothing counts twice.",
    );
    let content = html! {
        div .head { div { p .quiet { a href="/report" { (visit.say("填报", "Report")) } } h1 { (title) } } }
        section .card {
            p {
                (visit.say(
                    "选择填好的填报表（.xlsx 或 .csv）。先试读，不保存任何数据；确认无误后再提交。",
                    "Choose a filled-in form (.xlsx or .csv). It is only tried first; nothing is stored before you confirm.",
                ))
            }
            form #upload .sheet data-upload="/upload" data-not-tried=(not_tried) data-not-known=(not_known) {
                div .field {
                    label for="file" { (visit.say("文件", "File")) }
                    input #file type="file" accept=".xlsx,.csv,.ndjson" required;
                }
                div .field {
                    label { input type="checkbox" name="mode" value="partial"; " " (visit.say("有错误时仍提交其余行", "Store the good rows also where others are wrong")) }
                }
                progress max="100" value="0" hidden aria-label=(visit.say("上传进度", "Upload progress")) {}
            }
            noscript { p .wrong { (visit.say("上传需要启用脚本；也可以用接口或 kpi import 命令。", "Uploading takes a script; the API and kpi import do without.")) } }
        }
        // To those who hear the page, the short of it is said at once: all its rows would take long.
        p #said .unseen role="status" {}
        div #outcome tabindex="-1" {}
    };
    Ok(layout::page(&visitor, Section::Report, state.this_year(), title, &content))
}

/// The blank form of an association's year, as a workbook.
///
/// # Errors
/// `association_not_found`.
#[get("/report/{association}/{year}/form.xlsx")]
pub async fn show_blank(
    state: Data<AppState>,
    visitor: Visitor,
    path: Path<(ResourceCode, Year)>,
) -> ApiResult<HttpResponse> {
    let (association, year) = path.into_inner();
    let query = FormQuery { association, year, format: None };
    form_file(&state, &visitor.caller, &query, FileFormat::Xlsx).await
}

/// Tries or stores an uploaded file, and shows what becomes of each row.
///
/// # Errors
/// `forbidden`; what is wrong with the file as a whole stands on the page.
#[post("/upload")]
pub async fn take_upload(
    state: Data<AppState>,
    visitor: Visitor,
    request: HttpRequest,
    payload: Payload,
) -> ApiResult<HttpResponse> {
    visitor.caller.require(Permission::SubmitActual)?;
    let query: BatchQuery = parse_query(&visitor.visit.query)?;
    let (visit, request_id) = (visitor.visit.clone(), visitor.caller.request_id.clone().unwrap_or_default());
    match taken(&state, visitor, query, &request, payload).await {
        Ok(shown) => Ok(part(StatusCode::OK, shown)),
        Err(error) if error.code() == Code::IdempotencyKeyReused => Ok(part(StatusCode::OK, taken_before(&visit))),
        Err(error) if error.code() == Code::RequestInProgress => Ok(part(StatusCode::CONFLICT, being_stored(&visit))),
        Err(error) if error.code().entry().status.is_client_error() => {
            let problem = error.problem(visit.language, &request_id);
            Ok(part(error.code().entry().status, refused(&visit, &problem)))
        }
        Err(error) => Err(error),
    }
}

async fn taken(
    state: &Data<AppState>,
    visitor: Visitor,
    query: BatchQuery,
    request: &HttpRequest,
    payload: Payload,
) -> ApiResult<Markup> {
    let upload = Upload::receive(request, payload, state).await?;
    // The same file sent again within 24 hours counts once, however it is sent.
    let name = URL_SAFE_NO_PAD.encode(upload.digest);
    let Visitor { caller, visit } = visitor;
    let (is_trial, is_atomic) = (query.dry_run, query.mode == Mode::Atomic);
    if is_trial {
        let mut conn = state.conn().await?;
        if idempotency::store::is_kept(&mut conn, &caller, &name, state.now()).await? {
            return Ok(taken_before(&visit));
        }
    }
    let key = IdempotencyKey::named(name);
    // Tried, the good rows are judged to the end also where others are wrong: what they would do is shown.
    let mode = if is_trial { Mode::Partial } else { query.mode };
    let query = BatchQuery { mode, ..query };
    let batch = Batch { caller, key, language: visit.language, query, upload, kind: Kind::Actuals, is_shown: true };
    let Taken { kept, view } = batch.take(state).await?;
    if kept.is_repeated {
        return Ok(taken_before(&visit));
    }
    let answer = serde_json::from_str(&kept.body).map_err(ApiError::internal)?;
    Outcome::new(answer, view, is_trial, is_atomic).show(state, &visit)
}

fn part(status: StatusCode, content: Markup) -> HttpResponse {
    HttpResponse::build(status).content_type("text/html; charset=utf-8").body(content.into_string())
}

fn taken_before(visit: &Visit) -> Markup {
    html! {
        section .card {
            p .wrong role="alert" {
                (visit.say(
                    "这个文件24小时内已经提交过，这一次没有保存任何数据。如需更正，请修改后另存再上传。",
                    "This file was taken within the last 24 hours already; nothing was stored this time. To correct something, change the file.",
                ))
            }
        }
    }
}

/// Somebody was faster, perhaps with a first click on the same button: what comes of it is not known yet.
fn being_stored(visit: &Visit) -> Markup {
    html! {
        section .card {
            p .caution role="alert" {
                (visit.say(
                    "这个文件正在保存，结果还不知道。请稍候片刻再点「再次确认」：已保存的会说明，不会重复计数。",
                    "This very file is being stored right now; what comes of it is not known yet. Confirm again in a moment: what is stored by then is said, and counts once.",
                ))
            }
            p { button type="button" data-confirm { (visit.say("再次确认", "Confirm again")) } }
        }
    }
}

/// What is wrong with the file as a whole, and what to do.
fn refused(visit: &Visit, problem: &Problem) -> Markup {
    html! {
        section .card {
            h2 tabindex="-1" { (problem.title) }
            div .wrong role="alert" {
                p { (problem.detail) }
                @if !problem.errors.is_empty() {
                    ul { @for error in &problem.errors { li { code { (error.pointer) } " " (error.detail) } } }
                }
                p {
                    (visit.say(
                        "没有保存任何数据。请用填报页下载的填报表（.xlsx）或 .csv 文件，改正后重新选择。",
                        "Nothing is stored. Take the form from the report page (.xlsx) or a .csv file, correct it and choose it again.",
                    ))
                }
            }
            p .quiet { (visit.say("请求编号：", "Request: ")) code { (problem.request_id) } }
        }
    }
}
