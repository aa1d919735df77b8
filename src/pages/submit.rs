//! Reporting one actual: a form for whoever reports, which says beside each field what is wrong with it.

use actix_web::http::{StatusCode, header};
use actix_web::web::Data;
use actix_web::{HttpResponse, get, post};
use futures_util::future::try_join;
use maud::{Markup, html};
use uuid::Uuid;

use super::doubts::{confirmation, question, stored_before};
use super::fields::{Filled, Typed, dated, document, label, read};
use super::history::Ledger;
use super::layout::{self, Section};
use super::saved::Saved;
use super::waiting::waiting;
use super::{Visit, Visitor};
use crate::actuals::doubts::{Doubt, are_confirmed, doubts};
use crate::actuals::store::{Place, stored_under, submit as store_actual};
use crate::actuals::{Actual, SubmitActual};
use crate::associations::AssociationQuery;
use crate::associations::store::{Found, find, list};
use crate::auth::{Permission, Role};
use crate::error::{ApiResult, Code};
use crate::exchange::template::form as year_form;
use crate::http::{Path, ResourceCode, Year, parse, parse_query};
use crate::indicators::Indicator;
use crate::indicators::store::{Names, find as find_indicator, find_named, names};
use crate::standings::store::latest_year;
use crate::state::AppState;
use crate::tabular::template::Form;

/// Most associations to choose from at once.
const CHOICES: i64 = 50;

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
    let opened = open(&state, &visitor, &code, year).await?;
    let (_, form) = &opened;
    let indicator = visitor.visit.asked("indicator").unwrap_or_default();
    let typed = Typed::from([("indicator".to_owned(), indicator), ("period".to_owned(), form.period.clone())]);
    let filled = Filled { typed, ..Filled::default() };
    show(&state, &visitor, &opened, Sheet { filled, ..Sheet::default() }).await
}

/// Stores what the form says, and shows it again: empty, with what is wrong, or with what is to be asked first.
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
    let filled = Filled { typed: read(&body), ..Filled::default() };
    match store(&state, &visitor, &code, year, &filled).await {
        Ok(Outcome::Stored(actual)) => {
            let next = format!("/report/{code}/{}?saved={}", actual.year, actual.id);
            Ok(HttpResponse::SeeOther().insert_header((header::LOCATION, next)).finish())
        }
        Ok(Outcome::Doubted(indicator, doubts)) => {
            let about = Some(About::Doubts(indicator, doubts));
            answer(&state, &visitor, &code, year, Sheet { filled, about, ..Sheet::default() }).await
        }
        Err(error) if error.code().entry().status.is_client_error() => {
            let about = match error.code() {
                Code::ExternalIdConflict => stored_one(&state, &visitor, &code, &filled).await?,
                _ => None,
            };
            let request_id = visitor.caller.request_id.as_deref().unwrap_or_default();
            let problem = Some(error.problem(visitor.visit.language, request_id));
            let filled = Filled { problem, ..filled }.of_year(&visitor.visit, year.get());
            answer(&state, &visitor, &code, year, Sheet { filled, about, ..Sheet::default() }).await
        }
        Err(error) => Err(error),
    }
}

/// What became of a form.
enum Outcome {
    Stored(Box<Actual>),
    /// Nothing was stored: somebody has to say first that it is meant.
    Doubted(Box<Indicator>, Vec<Doubt>),
}

async fn store(state: &AppState, visitor: &Visitor, code: &str, year: Year, filled: &Filled) -> ApiResult<Outcome> {
    let typed = dated(&filled.typed, year.get());
    let fields = typed.iter().map(|(name, text)| (name.as_str(), text.as_str()));
    let body: SubmitActual =
        parse(document(fields.filter(|(name, text)| *name != "confirmed" && !text.trim().is_empty()))?.as_bytes())?;
    let mut conn = state.conn().await?;
    let association = find(&conn, &visitor.caller, code);
    let indicator = find_named(&conn, "/indicator", &body.indicator);
    let (association, indicator) = try_join(association, indicator).await?;
    let place = Place { association: &association, indicator: &indicator };
    let doubts = doubts(&mut conn, state, &visitor.caller, &place, &body, year).await?;
    if !are_confirmed(&doubts, filled.value("confirmed")) {
        return Ok(Outcome::Doubted(Box::new(indicator.into_indicator()), doubts));
    }
    let stored = store_actual(&mut conn, state, &visitor.caller, &place, &body).await?;
    Ok(Outcome::Stored(Box::new(stored.body().clone())))
}

/// The actual that the form was stored as before.
async fn stored_one(state: &AppState, visitor: &Visitor, code: &str, filled: &Filled) -> ApiResult<Option<About>> {
    let mut conn = state.conn().await?;
    let association = find(&conn, &visitor.caller, code).await?;
    let Some(stored) = stored_under(&mut conn, &association, filled.value("external_id").trim()).await? else {
        return Ok(None);
    };
    let indicator = find_indicator(&conn, &stored.indicator).await?.into_indicator();
    Ok(Some(About::Stored(Box::new(indicator), Box::new(stored))))
}

/// What the form shows.
#[derive(Default)]
struct Sheet {
    /// What indicators are called, to choose from where nothing is planned.
    names: Names,
    filled: Filled,
    about: Option<About>,
}

/// What somebody has to decide before anything is stored.
enum About {
    /// Whether it is meant as it stands.
    Doubts(Box<Indicator>, Vec<Doubt>),
    /// Whether it is the actual that the form was stored as before, or another one.
    Stored(Box<Indicator>, Box<Actual>),
}

/// The fields of the form.
const FIELDS: [&str; 12] = [
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
    "reason",
];

/// The association that reports, and the form of its year.
async fn open(state: &AppState, visitor: &Visitor, code: &str, year: Year) -> ApiResult<(Found, Form)> {
    let mut conn = state.conn().await?;
    let association = find(&conn, &visitor.caller, code).await?;
    let form = year_form(&mut conn, &association, year, state.today()).await?;
    Ok((association, form))
}

async fn answer(
    state: &Data<AppState>,
    visitor: &Visitor,
    code: &str,
    year: Year,
    sheet: Sheet,
) -> ApiResult<HttpResponse> {
    show(state, visitor, &open(state, visitor, code, year).await?, sheet).await
}

async fn show(
    state: &Data<AppState>,
    visitor: &Visitor,
    (association, form): &(Found, Form),
    sheet: Sheet,
) -> ApiResult<HttpResponse> {
    let saved = match visitor.visit.asked("saved") {
        Some(id) => Saved::find(state, visitor, association, &id).await?,
        None => None,
    };
    let names = if form.lines.is_empty() { names(&*state.conn().await?).await? } else { Names::new() };
    let sheet = Sheet { names, ..sheet };
    let title = format!("{} {}", association.name(), visitor.visit.say("填报", "report"));
    let content = html! {
        (head(&visitor.visit, association, form.year))
        @if let Some(saved) = &saved { (saved.show(&ledger(state, visitor, &saved.indicator))) }
        @match &sheet.about {
            Some(About::Doubts(indicator, doubts)) => { (question(&ledger(state, visitor, indicator), indicator, doubts)) }
            Some(About::Stored(indicator, stored)) => { (stored_before(&ledger(state, visitor, indicator), indicator, stored)) }
            None => { @for wrong in sheet.filled.elsewhere(&visitor.visit, &FIELDS) { p .wrong role="alert" { (wrong) } } }
        }
        (form_of(visitor, form, &sheet))
        (waiting(visitor, &form.association, form.year))
    };
    let page = layout::page(visitor, Section::Report, form.year, &title, &content);
    let problem = sheet.filled.problem;
    let status = problem.and_then(|problem| StatusCode::from_u16(problem.status).ok()).unwrap_or(StatusCode::OK);
    Ok(HttpResponse::build(status).content_type("text/html; charset=utf-8").body(page.into_string()))
}

fn ledger<'a>(state: &AppState, visitor: &'a Visitor, indicator: &Indicator) -> Ledger<'a> {
    Ledger { visitor, zone: state.rules.timezone, value_type: indicator.value_type }
}

fn head(visit: &Visit, association: &Found, year: i16) -> Markup {
    let code = association.code();
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
    }
}

fn form_of(visitor: &Visitor, form: &Form, sheet: &Sheet) -> Markup {
    let (visit, filled) = (&visitor.visit, &sheet.filled);
    let is_closed = filled.problem.as_ref().is_some_and(|problem| problem.code == Code::PeriodClosed.as_ref());
    let is_excused = is_closed && visitor.caller.role == Role::Admin || !filled.value("reason").is_empty();
    html! {
        form .card.sheet method="post" action={ "/report/" (form.association) "/" (form.year) } {
            // Sent twice, it is the same actual: the second time nothing is counted.
            input type="hidden" name="external_id" value=(external_id(sheet));
            (fields(visit, form, filled, &sheet.names))
            @if is_excused { (filled.text(visit, "reason", visit.say("为什么在封账后补报", "why it comes after the period was closed"), true)) }
            @match &sheet.about {
                Some(About::Doubts(_, doubts)) => { (confirmation(visit, doubts)) }
                Some(About::Stored(..)) => { button type="submit" { (visit.say("作为另一笔保存", "Store it as another one")) } }
                None => { button type="submit" { (visit.say("保存", "Store")) } }
            }
        }
    }
}

/// The form's own key: a new one for a new form, and for one that was stored before.
fn external_id(sheet: &Sheet) -> String {
    let is_another = matches!(sheet.about, Some(About::Stored(..)));
    let given = Some(sheet.filled.value("external_id")).filter(|id| !id.is_empty() && !is_another);
    given.map_or_else(|| format!("page-{}", Uuid::now_v7()), ToOwned::to_owned)
}

fn fields(visit: &Visit, form: &Form, filled: &Filled, names: &Names) -> Markup {
    html! {
        (indicators(visit, form, filled, names))
        (filled.period(visit, form.year))
        (filled.text(visit, "value", visit.say("如 120、1.1万人次、近90人；里程碑填完成或未完成", "such as 120 or 1.1万; a milestone: 完成 or 未完成, 1 or 0"), false))
        (filled.ratio(visit, visit.say("百分比指标填分子和分母", "Percentages have both of these instead")))
        (filled.qualifiers(visit))
        (filled.grounds(visit))
    }
}

fn indicators(visit: &Visit, form: &Form, filled: &Filled, names: &Names) -> Markup {
    let chosen = filled.value("indicator");
    if form.lines.is_empty() {
        let words = visit.say(
            "没有计划目标，请输入指标代码，或从",
            " has no targets; type the code of an indicator, or choose one from the ",
        );
        return html! {
            p .quiet { (form.year) (visit.say("年度", "")) (words) a href={ "/indicators/" (form.year) } target="_blank" { (visit.say("指标目录", "list")) } (visit.say("中选择。", ".")) }
            (filled.field(visit, "indicator", label(visit, "indicator"), |id, why| html! {
                input id=(id) name="indicator" list="indicators" value=(chosen) required autocomplete="off" aria-invalid=[why.map(|_| "true")] aria-describedby=[why];
            }))
            datalist #indicators { @for (code, name) in names { option value=(code) { (name) } } }
        };
    }
    let choices = html! {
        option value="" { (visit.say("请选择", "choose")) }
        @for line in &form.lines {
            option value=(line.indicator) selected[line.indicator == chosen] {
                (line.name) "（" (line.unit) "）"
                @if !line.planned.is_empty() { (visit.say(" 目标", " target ")) (line.planned) }
                @if !line.reported.is_empty() { (visit.say("，已报", ", so far ")) (line.reported) }
            }
        }
    };
    filled.choice(visit, "indicator", label(visit, "indicator"), &choices, true)
}
