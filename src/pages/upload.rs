//! Uploading a filled-in form: first it is only tried, and every row says what would become of it; then it is stored.

use std::collections::BTreeMap;
use std::io::Seek;

use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse, get, post};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use maud::{Markup, html};
use serde::Deserialize;
use serde_json::Value;

use super::layout::{self, Section};
use super::{Visit, Visitor};
use crate::auth::Permission;
use crate::batch::{BatchItem, Counts, ItemStatus};
use crate::error::{ApiError, ApiResult, Code};
use crate::exchange::answer::Batch;
use crate::exchange::form_handlers::form_file;
use crate::exchange::import::{Kind, rows_at};
use crate::exchange::upload::Upload;
use crate::exchange::{BatchQuery, FormQuery};
use crate::http::{FileFormat, Path, ResourceCode, Year, parse_query};
use crate::idempotency::IdempotencyKey;
use crate::state::AppState;

/// Rows that are listed.
const SHOWN: usize = 100;

/// Where a form is uploaded.
///
/// # Errors
/// `forbidden` for a key that may not report.
#[get("/upload")]
pub async fn show_upload(state: Data<AppState>, visitor: Visitor) -> ApiResult<Markup> {
    visitor.caller.require(Permission::SubmitActual)?;
    let visit = &visitor.visit;
    let title = visit.say("上传填报表", "Upload a form");
    let content = html! {
        div .head { div { p .quiet { a href="/report" { (visit.say("填报", "Report")) } } h1 { (title) } } }
        section .card {
            p {
                (visit.say(
                    "选择填好的填报表（.xlsx 或 .csv）。先试读，不保存任何数据；确认无误后再提交。",
                    "Choose a filled-in form (.xlsx or .csv). It is only tried first; nothing is stored before you confirm.",
                ))
            }
            form #upload .sheet data-upload="/upload" data-lost=(visit.say("连接中断，不知道是否已保存。请重新选择同一文件：已保存的不会重复计数。", "The connection was lost, and whether it is stored is unknown. Choose the same file again: nothing counts twice.")) {
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
        div #outcome aria-live="polite" {}
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

/// What became of a batch, as the API answers it; more of it where one wrong row stopped everything.
#[derive(Deserialize)]
struct Outcome {
    counts: Counts,
    items: Vec<BatchItem>,
    /// How many rows are wrong, where that stopped it.
    wrong: Option<i64>,
}

impl Outcome {
    /// What is wrong first, as far as the answer lists it.
    fn shown(&self) -> Vec<&BatchItem> {
        let (wrong, good): (Vec<_>, Vec<_>) = self.items.iter().partition(|item| item.status == ItemStatus::Rejected);
        wrong.into_iter().chain(good).take(SHOWN).collect()
    }
}

/// Tries or stores an uploaded file, and shows what becomes of each row.
///
/// # Errors
/// `forbidden`; what is wrong with the file as a whole.
#[post("/upload")]
pub async fn take_upload(
    state: Data<AppState>,
    visitor: Visitor,
    request: HttpRequest,
    payload: Payload,
) -> ApiResult<HttpResponse> {
    visitor.caller.require(Permission::SubmitActual)?;
    let query: BatchQuery = parse_query(&visitor.visit.query)?;
    let dry_run = query.dry_run;
    let upload = Upload::receive(&request, payload, &state).await?;
    let (mut source, format, row_limit) = (upload.content.reader()?, upload.format, state.limits.body);
    // The same file sent twice on one day counts once, however it is sent.
    let key = IdempotencyKey::named(URL_SAFE_NO_PAD.encode(upload.digest));
    let Visitor { caller, visit } = visitor;
    let batch = Batch { caller, key, language: visit.language, query, upload, kind: Kind::Actuals };
    let kept = match batch.take(&state).await {
        Ok(kept) if kept.is_repeated => return Ok(part(&taken_before(&visit))),
        Err(error) if error.code() == Code::IdempotencyKeyReused => return Ok(part(&taken_before(&visit))),
        kept => kept?,
    };
    let outcome: Outcome = serde_json::from_str(&kept.body).map_err(ApiError::internal)?;
    let places = outcome.shown().iter().filter_map(|item| u64::try_from(item.index).ok()).collect();
    let read = async move |_| {
        source.rewind().map_err(ApiError::internal)?;
        rows_at(source, format, row_limit, places)
    };
    let rows = state.run_apart(read).await?.into_iter();
    let rows = rows.filter_map(|row| Some((i64::try_from(row.index).ok()?, row.object.ok()?)));
    let rows = rows.filter_map(|(index, object)| Some((index, serde_json::from_str(object.get()).ok()?))).collect();
    Ok(part(&result(&visit, &outcome, &rows, dry_run)))
}

fn part(content: &Markup) -> HttpResponse {
    HttpResponse::Ok().content_type("text/html; charset=utf-8").body(content.clone().into_string())
}

fn taken_before(visit: &Visit) -> Markup {
    html! {
        section .card {
            p .wrong role="alert" {
                (visit.say(
                    "这个文件今天已经提交过，这一次没有保存任何数据。如需更正，请修改后另存再上传。",
                    "This file was taken today already; nothing was stored this time. To correct something, change the file.",
                ))
            }
        }
    }
}

/// What rows say, by their place.
type Rows = BTreeMap<i64, Value>;

fn result(visit: &Visit, outcome: &Outcome, rows: &Rows, dry_run: bool) -> Markup {
    let Counts { received, created, unchanged, rejected } = outcome.counts;
    let is_stopped = outcome.wrong.is_some();
    let new = if dry_run { visit.say("将新增", "would be new") } else { visit.say("已新增", "new") };
    html! {
        section .card {
            h2 { @if dry_run { (visit.say("试读结果（尚未保存）", "Tried; nothing is stored yet")) } @else { (visit.say("提交结果", "Result")) } }
            @if is_stopped {
                p .wrong role="alert" {
                    (visit.say(
                        "有错误的行，因此没有保存任何数据。请改正后重新选择文件，或勾选「有错误时仍提交其余行」。",
                        "Some rows are wrong, so nothing is stored. Correct them and choose the file again, or let the good rows be stored.",
                    ))
                }
            } @else if !dry_run {
                p .done role="status" { (visit.say("已保存，完成情况已更新。", "Stored; completions contain it already.")) }
                @if rejected > 0 {
                    p { (visit.say("请另建文件，只上传改正后的行，以免重复计数。", "Send only the corrected rows, in a file of their own, so that nothing counts twice.")) }
                }
            }
            ul .counts {
                li { (visit.say("共", "received ")) strong { (received) } }
                li { (new) " " strong { (created) } }
                li { (visit.say("与已报相同", "stored before")) " " strong { (unchanged) } }
                li { (visit.say("有误", "wrong")) " " strong { (outcome.wrong.unwrap_or(rejected)) } }
            }
            @if dry_run && !is_stopped && created > 0 {
                p { button type="button" data-confirm { (visit.say("确认提交", "Store them")) } }
            }
            (listed(visit, outcome, rows, dry_run))
        }
    }
}

fn listed(visit: &Visit, outcome: &Outcome, rows: &Rows, dry_run: bool) -> Markup {
    html! {
        div .scroll tabindex="0" role="region" aria-label=(visit.say("逐行结果", "Row by row")) {
            table .small {
                thead { tr {
                    th .number scope="col" { (visit.say("行", "Row")) }
                    th scope="col" { (visit.say("组织", "Association")) }
                    th scope="col" { (visit.say("指标", "Indicator")) }
                    th scope="col" { (visit.say("期间", "Period")) }
                    th scope="col" { (visit.say("数值", "Value")) }
                    th scope="col" { (visit.say("结果", "Outcome")) }
                } }
                tbody { @for item in outcome.shown() { (row(visit, item, rows.get(&item.index), dry_run)) } }
            }
        }
        @if outcome.items.len() > SHOWN { p .quiet { (visit.say("只列出100行，有误的在前。", "A hundred rows are listed, the wrong ones first.")) } }
    }
}

/// The column a pointer means, as it is called in the form.
fn column<'a>(visit: &Visit, pointer: &'a str) -> &'a str {
    let path = pointer.trim_start_matches('/').replace('/', ".");
    let column = Kind::Actuals.columns().iter().find(|column| column.path == path);
    let name = column.and_then(|column| column.names.first()).copied();
    name.map_or(pointer, |name| visit.say(name, pointer))
}

fn row(visit: &Visit, item: &BatchItem, said: Option<&Value>, dry_run: bool) -> Markup {
    let field = |name: &str| match said.and_then(|said| said.get(name)) {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Null) | None => String::new(),
        Some(other) => other.to_string(),
    };
    let value = match (field("numerator"), field("denominator")) {
        (numerator, denominator) if !numerator.is_empty() => format!("{numerator} / {denominator}"),
        _ => field("value"),
    };
    let outcome = match (item.status, dry_run) {
        (ItemStatus::Created, true) => visit.say("将新增", "would be new"),
        (ItemStatus::Created, false) => visit.say("已新增", "new"),
        (ItemStatus::Unchanged, _) => visit.say("与已报相同", "stored before"),
        (ItemStatus::Rejected, _) => visit.say("有误", "wrong"),
    };
    html! {
        tr {
            td .number { (item.line.unwrap_or(item.index + 1)) }
            td { (field("association")) }
            td { (field("indicator")) }
            td { (field("period")) }
            td { (value) }
            td .outcome {
                span class={ "badge " (if item.status == ItemStatus::Rejected { "overdue" } else { "on_track" }) } { (outcome) }
                @for error in &item.errors {
                    br; @if let Some(cell) = &error.cell { strong { (cell) } " " } @else { (column(visit, &error.pointer)) " " } (error.detail)
                }
            }
        }
    }
}
