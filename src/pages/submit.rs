//! Reporting one actual: a form for whoever reports, which says beside each field what is wrong with it.

use std::collections::BTreeMap;

use actix_web::http::{StatusCode, header};
use actix_web::web::Data;
use actix_web::{HttpResponse, get, post};
use chrono::Datelike;
use futures_util::future::try_join;
use maud::{Markup, html};
use rust_decimal::Decimal;
use serde_json::value::{RawValue, to_raw_value};
use uuid::Uuid;

use super::layout::{self, Section};
use super::{Visit, Visitor};
use crate::actuals::SubmitActual;
use crate::actuals::store::{Place, submit as store_actual};
use crate::associations::AssociationQuery;
use crate::associations::store::{Found, find, list};
use crate::auth::Permission;
use crate::error::{ApiError, ApiResult, Code, Problem};
use crate::exchange::template::form as year_form;
use crate::http::{Path, ResourceCode, Year, parse, parse_query};
use crate::indicators::store::find_named;
use crate::standings::store::latest_year;
use crate::state::AppState;
use crate::tabular::template::Form;

/// Most associations to choose from at once.
const CHOICES: i64 = 50;

/// Fields that a client sends as numbers; what is none goes as it was typed, to be refused.
const NUMBERS: [&str; 2] = ["numerator", "denominator"];

/// Who reports: the one association of a key, or one to choose.
///
/// # Errors
/// `forbidden` for a key that may not report.
#[get("/report")]
pub async fn choose_association(state: Data<AppState>, visitor: Visitor) -> ApiResult<HttpResponse> {
    visitor.caller.require(Permission::SubmitActual)?;
    let (visit, this_year) = (&visitor.visit, state.this_year());
    let query: AssociationQuery = parse_query(&visit.query)?;
    let mut conn = state.conn().await?;
    let year = latest_year(&mut conn, &visitor.caller, this_year).await?.unwrap_or(this_year);
    let mut found = list(&mut conn, &visitor.caller, &query, None, CHOICES + 1).await?;
    drop(conn);
    let is_cut = i64::try_from(found.len()).is_ok_and(|count| count > CHOICES);
    found.truncate(usize::try_from(CHOICES).unwrap_or_default());
    if let ([only], None) = (found.as_slice(), &query.q) {
        let form = format!("/report/{}/{year}", only.code());
        return Ok(HttpResponse::SeeOther().insert_header((header::LOCATION, form)).finish());
    }
    let title = visit.say("填报", "Report");
    let content = html! {
        div .head { h1 { (title) } a .button href="/upload" { (visit.say("上传填报表", "Upload a form")) } }
        section .card {
            form .filters method="get" action="/report" role="search" {
                label { (visit.say("哪个组织填报？", "Who reports?"))
                    input type="search" name="q" maxlength="100" value=[query.q.as_ref()] placeholder=(visit.say("名称、别名或代码", "name, alias or code"));
                }
                button type="submit" { (visit.say("查找", "Find")) }
            }
            ul .plain.packed { @for one in &found { li { a href={ "/report/" (one.code()) "/" (year) } { (one.name()) } } } }
            @if is_cut { p .quiet { (visit.say("只列出前50个，请输入名称缩小范围。", "The first 50 are listed; type a name to narrow them.")) } }
            @if found.is_empty() { p .quiet { (visit.say("没有符合条件的组织。", "No association fits.")) } }
        }
    };
    let page = layout::page(&visitor, Section::Report, year, title, &content);
    Ok(HttpResponse::Ok().content_type("text/html; charset=utf-8").body(page.into_string()))
}

/// The form of an association's year.
///
/// # Errors
/// `forbidden` for a key that may not report, `association_not_found`.
#[get("/report/{association}/{year}")]
pub async fn show_form(
    state: Data<AppState>,
    visitor: Visitor,
    path: Path<(ResourceCode, Year)>,
) -> ApiResult<HttpResponse> {
    visitor.caller.require(Permission::SubmitActual)?;
    let (code, year) = path.into_inner();
    let today = state.today();
    let asked = |name: &str| visitor.visit.asked(name).unwrap_or_default();
    let period =
        if today.year() == i32::from(year.get()) { today.format("%Y-%m").to_string() } else { year.to_string() };
    let filled = Fields::from([("indicator".to_owned(), asked("indicator")), ("period".to_owned(), period)]);
    let saved = visitor.visit.asked("saved");
    answer(&state, &visitor, &code, year, Sheet { filled, problem: None, saved }).await
}

/// Stores what the form says, and shows it again: empty, or with what is wrong.
///
/// # Errors
/// As [`show_form`]; what is wrong with the figures stands on the page.
#[post("/report/{association}/{year}")]
pub async fn submit(
    state: Data<AppState>,
    visitor: Visitor,
    path: Path<(ResourceCode, Year)>,
    body: String,
) -> ApiResult<HttpResponse> {
    visitor.caller.require(Permission::SubmitActual)?;
    let (code, year) = path.into_inner();
    let filled: Fields = form_urlencoded::parse(body.as_bytes()).into_owned().collect();
    match store(&state, &visitor, &code, &filled).await {
        Ok((indicator, year)) => {
            let next = format!("/report/{code}/{year}?saved={indicator}");
            Ok(HttpResponse::SeeOther().insert_header((header::LOCATION, next)).finish())
        }
        Err(error) if error.code().entry().status.is_client_error() => {
            let request_id = visitor.caller.request_id.as_deref().unwrap_or_default();
            let problem = error.problem(visitor.visit.language, request_id);
            answer(&state, &visitor, &code, year, Sheet { filled, problem: Some(problem), saved: None }).await
        }
        Err(error) => Err(error),
    }
}

/// What somebody typed, by field.
type Fields = BTreeMap<String, String>;

async fn store(state: &AppState, visitor: &Visitor, code: &str, filled: &Fields) -> ApiResult<(String, i16)> {
    let body: SubmitActual = parse(document(filled)?.as_bytes())?;
    let mut conn = state.conn().await?;
    let association = find(&conn, &visitor.caller, code);
    let indicator = find_named(&conn, "/indicator", &body.indicator);
    let (association, indicator) = try_join(association, indicator).await?;
    let place = Place { association: &association, indicator: &indicator };
    let stored = store_actual(&mut conn, state, &visitor.caller, &place, &body).await?;
    Ok((body.indicator.to_string(), stored.body().year))
}

/// The JSON document that a client would send: what was left empty is left out, `evidence.url` stands inside `evidence`.
fn document(filled: &Fields) -> ApiResult<String> {
    let (mut document, mut inside) = (BTreeMap::new(), BTreeMap::<_, BTreeMap<_, _>>::new());
    for (name, text) in filled.iter().filter(|(_, text)| !text.trim().is_empty()) {
        let value = written(name, text.trim())?;
        match name.split_once('.') {
            Some((outer, inner)) => drop(inside.entry(outer).or_default().insert(inner, value)),
            None => drop(document.insert(name.as_str(), value)),
        }
    }
    for (outer, inner) in inside {
        document.insert(outer, to_raw_value(&inner).map_err(ApiError::internal)?);
    }
    serde_json::to_string(&document).map_err(ApiError::internal)
}

/// A number with all its digits where one is meant, else text.
fn written(name: &str, text: &str) -> ApiResult<Box<RawValue>> {
    let number = NUMBERS.contains(&name).then(|| text.parse::<Decimal>().ok()).flatten();
    match number {
        Some(number) => RawValue::from_string(number.to_string()).map_err(ApiError::internal),
        None => to_raw_value(text).map_err(ApiError::internal),
    }
}

/// What the form shows.
struct Sheet {
    filled: Fields,
    problem: Option<Problem>,
    saved: Option<String>,
}

impl Sheet {
    fn value(&self, name: &str) -> &str {
        self.filled.get(name).map_or("", String::as_str)
    }

    /// What is wrong with a field.
    fn wrong(&self, name: &str) -> Option<&str> {
        let pointer = format!("/{}", name.replace('.', "/"));
        let errors = self.problem.iter().flat_map(|problem| &problem.errors);
        errors.filter(|error| error.pointer == pointer).map(|error| error.detail.as_str()).next()
    }

    /// What is wrong and belongs to no field of the form.
    fn elsewhere(&self, visit: &Visit) -> Vec<&str> {
        let Some(problem) = &self.problem else { return Vec::new() };
        if problem.code == Code::ExternalIdConflict.as_ref() {
            return vec![visit.say(
                "这张表已经保存过，内容与现在不同；这一次没有保存任何数据。要再报一笔，请重新打开填报页面；要更正已报的数，请联系管理员。",
                "This form was stored before with other content; nothing was stored this time. For another actual, open the form \
                 anew; to correct the one reported, ask your admin.",
            )];
        }
        if problem.errors.is_empty() {
            return vec![&problem.detail];
        }
        let named = |pointer: &str| FIELDS.iter().any(|name| pointer == format!("/{}", name.replace('.', "/")));
        problem.errors.iter().filter(|error| !named(&error.pointer)).map(|error| error.detail.as_str()).collect()
    }
}

/// The fields of the form.
const FIELDS: [&str; 11] = [
    "indicator",
    "period",
    "value",
    "numerator",
    "denominator",
    "qualifier",
    "performed_by",
    "evidence.document",
    "evidence.url",
    "evidence.quote",
    "note",
];

async fn answer(state: &AppState, visitor: &Visitor, code: &str, year: Year, sheet: Sheet) -> ApiResult<HttpResponse> {
    let mut conn = state.conn().await?;
    let association = find(&conn, &visitor.caller, code).await?;
    let form = year_form(&mut conn, &association, year).await?;
    drop(conn);
    let title = format!("{} {}", association.name(), visitor.visit.say("填报", "report"));
    let content = content(&visitor.visit, &association, &form, &sheet);
    let page = layout::page(visitor, Section::Report, year.get(), &title, &content);
    let status = sheet.problem.and_then(|problem| StatusCode::from_u16(problem.status).ok()).unwrap_or(StatusCode::OK);
    Ok(HttpResponse::build(status).content_type("text/html; charset=utf-8").body(page.into_string()))
}

fn content(visit: &Visit, association: &Found, form: &Form, sheet: &Sheet) -> Markup {
    let (code, year) = (association.code(), form.year);
    html! {
        div .head {
            div {
                p .quiet { a href={ "/associations/" (code) "/" (year) } { (association.name()) } }
                h1 { (year) (visit.say("年实绩填报", " report")) }
            }
            div .tools {
                (layout::years(visit, year, |year| format!("/report/{code}/{year}")))
                a .button.plain href={ "/report/" (code) "/" (year) "/form.xlsx" } download { (visit.say("下载填报表", "Download the form")) }
                a .button.plain href="/upload" { (visit.say("上传填报表", "Upload a form")) }
            }
        }
        @if let Some(indicator) = &sheet.saved {
            p .done role="status" {
                (visit.say("已保存，完成情况已更新。", "Stored; the completion contains it already.")) " "
                a href={ "/associations/" (code) "/" (year) "/" (indicator) } { (visit.say("查看该指标", "See the indicator")) }
            }
        }
        @for wrong in sheet.elsewhere(visit) { p .wrong role="alert" { (wrong) } }
        form .card.sheet method="post" action={ "/report/" (code) "/" (year) } {
            // Sent twice, it is the same actual: the second time nothing is counted.
            input type="hidden" name="external_id" value=(external_id(sheet));
            (fields(visit, form, sheet))
            button type="submit" { (visit.say("保存", "Store")) }
        }
    }
}

fn external_id(sheet: &Sheet) -> String {
    let given = Some(sheet.value("external_id")).filter(|id| !id.is_empty());
    given.map_or_else(|| format!("page-{}", Uuid::now_v7()), ToOwned::to_owned)
}

fn fields(visit: &Visit, form: &Form, sheet: &Sheet) -> Markup {
    html! {
        (indicators(visit, form, sheet))
        (text(sheet, "period", visit.say("期间", "Period"), visit.say("如 2026-10、2026-Q3、2026", "such as 2026-10, 2026-Q3, 2026"), true))
        (text(sheet, "value", visit.say("数值", "Value"), visit.say("如 120、1.1万人次、近90人；里程碑填1或0", "such as 120 or 1.1万; a milestone is 1 or 0"), false))
        fieldset {
            legend { (visit.say("百分比指标填分子和分母", "Percentages have both of these instead")) }
            (text(sheet, "numerator", visit.say("分子", "Numerator"), "", false))
            (text(sheet, "denominator", visit.say("分母", "Denominator"), "", false))
        }
        (qualifiers(visit, sheet))
        details open[["performed_by", "evidence.document", "evidence.url", "evidence.quote", "note"].iter().any(|name| !sheet.value(name).is_empty())] {
            summary { (visit.say("佐证材料与备注", "Evidence and remarks")) }
            (text(sheet, "evidence.document", visit.say("佐证文件", "Document"), "", false))
            (text(sheet, "evidence.url", visit.say("网址", "Address"), "https://…", false))
            (text(sheet, "evidence.quote", visit.say("原文", "Quote"), "", false))
            (text(sheet, "performed_by", visit.say("实际完成单位（如非本组织）", "Who did it, if somebody else"), "", false))
            (text(sheet, "note", visit.say("备注", "Remark"), "", false))
        }
    }
}

fn indicators(visit: &Visit, form: &Form, sheet: &Sheet) -> Markup {
    let chosen = sheet.value("indicator");
    let wrong = sheet.wrong("indicator");
    html! {
        div .field {
            label for="indicator" { (visit.say("指标", "Indicator")) }
            @if form.lines.is_empty() {
                p .quiet { (visit.say("本年度没有计划目标，请填写指标代码。", "Nothing is planned for this year; type the code of an indicator.")) }
                input #indicator name="indicator" value=(chosen) required;
            } @else {
                select #indicator name="indicator" required aria-invalid=[wrong.map(|_| "true")] {
                    option value="" { (visit.say("请选择", "choose")) }
                    @for line in &form.lines {
                        option value=(line.indicator) selected[line.indicator == chosen] {
                            (line.name) "（" (line.unit) "）"
                            @if !line.planned.is_empty() { (visit.say(" 目标", " target ")) (line.planned) }
                            @if !line.reported.is_empty() { (visit.say("，已报", ", so far ")) (line.reported) }
                        }
                    }
                }
            }
            @if let Some(wrong) = wrong { p .wrong role="alert" { (wrong) } }
        }
    }
}

fn qualifiers(visit: &Visit, sheet: &Sheet) -> Markup {
    let chosen = sheet.value("qualifier");
    let choices = [
        ("", visit.say("按数值的写法（没有「约」「余」即为准确数）", "as the value is written")),
        ("exact", visit.say("准确", "exact")),
        ("about", visit.say("约、近、左右", "about")),
        ("at_least", visit.say("余、多、以上", "at least")),
    ];
    html! {
        div .field {
            label for="qualifier" { (visit.say("准确程度", "How exact")) }
            select #qualifier name="qualifier" { @for (value, words) in choices { option value=(value) selected[value == chosen] { (words) } } }
        }
    }
}

fn text(sheet: &Sheet, name: &str, label: &str, hint: &str, required: bool) -> Markup {
    let wrong = sheet.wrong(name);
    let why = format!("{}-wrong", name.replace('.', "-"));
    html! {
        div .field {
            label for=(name) { (label) }
            input id=(name) name=(name) value=(sheet.value(name)) placeholder=(hint) required[required] autocomplete="off"
                aria-invalid=[wrong.map(|_| "true")] aria-describedby=[wrong.map(|_| &why)];
            @if let Some(wrong) = wrong { p .wrong id=(why) role="alert" { (wrong) } }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_form_says_what_a_client_would() {
        let filled = [
            ("indicator", "people"),
            ("value", " 1.1万人次 "),
            ("numerator", "12345678901234.5678"),
            ("denominator", "many"),
            ("evidence.url", "https://a.example"),
            ("note", ""),
            ("evidence", "x"),
        ];
        let filled = filled.map(|(name, text)| (name.to_owned(), text.to_owned())).into();
        let expected = concat!(
            r#"{"denominator":"many","evidence":{"url":"https://a.example"},"indicator":"people","#,
            r#""numerator":12345678901234.5678,"value":"1.1万人次"}"#
        );
        assert_eq!(document(&filled).expect("a document"), expected);
    }
}
