//! Routes of forms to fill in.

use actix_web::http::header::{
    self, Accept, Charset, ContentDisposition, DispositionParam, DispositionType, ExtendedValue, Header,
};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, get};

use super::{FormFormat, FormQuery, template};
use crate::associations;
use crate::auth::Caller;
use crate::error::{ApiError, ApiResult};
use crate::http::Query;
use crate::state::AppState;
use crate::tabular::template::{Form, csv, xlsx};

/// Get the form in which an association reports a year's actuals.
///
/// One line for each indicator with a target in force, or reported on in that year or the year before, with unit, target
/// and what is reported so far; the figures are left to be filled in. The filled-in file is what `POST /actuals` takes:
/// lines without a figure are passed over, and a line without an `external_id` gets one by indicator and period, so that
/// the same file sent twice counts once and serves again for the next period. A workbook explains its columns in
/// Chinese; where `format` is not given, `Accept: text/csv` asks for CSV.
#[utoipa::path(tag = "actuals", params(FormQuery), responses((status = 200, description = "The form.", content((Vec<u8> = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"), (String = "text/csv"))), ApiError))]
#[get("/templates/actuals")]
pub async fn show_actuals_form(
    state: Data<AppState>,
    caller: Caller,
    request: HttpRequest,
    query: Query<FormQuery>,
) -> ApiResult<HttpResponse> {
    let format = query.format.unwrap_or_else(|| accepted(&request));
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
    format: FormFormat,
) -> ApiResult<HttpResponse> {
    let mut conn = state.conn().await?;
    let association = associations::store::find(&conn, caller, &query.association).await?;
    let form = template::form(&mut conn, &association, query.year).await?;
    drop(conn);
    let file = match format {
        FormFormat::Xlsx => xlsx(&form)?,
        FormFormat::Csv => csv(&form)?,
    };
    let mut response = HttpResponse::Ok();
    response.content_type(format.media_type()).insert_header(attachment(&form, format));
    response.insert_header((header::VARY, "Accept"));
    Ok(response.body(file))
}

/// CSV where that is wanted before anything else.
fn accepted(request: &HttpRequest) -> FormFormat {
    let wanted = Accept::parse(request).map(|accept| accept.preference());
    if wanted.is_ok_and(|wanted| wanted.essence_str() == "text/csv") { FormFormat::Csv } else { FormFormat::Xlsx }
}

/// The file's name in Chinese (RFC 5987), and in ASCII for whoever cannot read that.
fn attachment(form: &Form, format: FormFormat) -> ContentDisposition {
    let Form { association, name, year, .. } = form;
    let extension = format.as_ref();
    let chinese = ExtendedValue {
        charset: Charset::Ext("UTF-8".to_owned()),
        language_tag: None,
        value: format!("{name}{year}年实绩填报表.{extension}").into_bytes(),
    };
    let plain = format!("{association}-{year}-actuals.{extension}");
    ContentDisposition {
        disposition: DispositionType::Attachment,
        parameters: vec![DispositionParam::Filename(plain), DispositionParam::FilenameExt(chinese)],
    }
}
