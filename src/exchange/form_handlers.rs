//! Routes of forms to fill in.

use actix_web::http::header;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, get};

use super::{FormQuery, template};
use crate::associations;
use crate::auth::Caller;
use crate::error::{ApiError, ApiResult};
use crate::http::{Content, File, FileFormat, Query};
use crate::state::AppState;
use crate::tabular::template::{csv, xlsx};

/// Get the form in which an association reports a year's actuals.
///
/// One line for each indicator with a target in force, or reported on in that year or the year before, with unit, target
/// and what is reported so far; the figures are left to be filled in. The period is the one to report today: of the
/// reporting schedule the one that has ended and is not overdue, else the one that goes on, or the month where no schedule
/// expects reports of the association. Of a year that is over it is the whole year, or left to be filled in where something
/// of it was reported.
///
/// The filled-in file is what `POST /actuals` takes: lines without a figure are passed over, and a line without an
/// `external_id` gets one by indicator and period, so that the same file sent twice counts once and serves again for the
/// next period. A workbook explains its columns in Chinese; where `format` is not given, `Accept: text/csv` asks for CSV.
#[utoipa::path(tag = "actuals", params(FormQuery), responses((status = 200, description = "The form.", content((Vec<u8> = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"), (String = "text/csv"))), ApiError))]
#[get("/templates/actuals")]
pub async fn show_actuals_form(
    state: Data<AppState>,
    caller: Caller,
    request: HttpRequest,
    query: Query<FormQuery>,
) -> ApiResult<HttpResponse> {
    let format = query.format.or_else(|| FileFormat::accepted(&request, &FileFormat::ALL)).unwrap_or(FileFormat::Xlsx);
    form_file(&state, &caller, &query, format).await
}

/// The form as a file, whoever asks: the route or a page.
///
/// # Errors
/// `association_not_found`.
pub(crate) async fn form_file(
    state: &AppState,
    caller: &Caller,
    query: &FormQuery,
    format: FileFormat,
) -> ApiResult<HttpResponse> {
    let mut conn = state.conn().await?;
    let association = associations::store::find(&conn, caller, &query.association).await?;
    let form = template::form(&mut conn, &association, query.year, state.today()).await?;
    drop(conn);
    let content = match format {
        FileFormat::Xlsx => xlsx(&form)?,
        FileFormat::Csv => csv(&form)?,
    };
    let title = format!("{}{}年实绩填报表", form.name, form.year);
    let plain = format!("{}-{}-actuals", form.association, form.year);
    let mut response = HttpResponse::Ok();
    response.insert_header((header::VARY, "Accept"));
    Ok(File { format, title, plain, content }.send(&mut response))
}
