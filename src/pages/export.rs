//! What a page shows, as a file to take to a meeting: the API's files, in the visitor's language.

use actix_web::get;
use actix_web::web::Data;
use maud::{Markup, html};
use serde_json::value::RawValue;

use super::{Visit, Visitor};
use crate::bulletins::BulletinPath;
use crate::completion::Completion;
use crate::error::ApiResult;
use crate::http::{Computed, Conditional, FileFormat, Formatted, Path, Question, Representation, ResourceCode, Year};
use crate::laggards::Laggards;
use crate::rankings::Ranking;
use crate::standings::CompletionSummary;
use crate::state::AppState;
use crate::targets::PlanPath;
use crate::{bulletins, completion, laggards, rankings, standings};

/// The whole of what the page's query asks for.
fn asked<Q: Question>(visit: &Visit, format: FileFormat) -> ApiResult<Formatted<Q>> {
    Ok(Formatted { format: Some(format), question: Q::read(&visit.query_but(&["cursor", "limit"]))?.whole()? })
}

/// The completion of an association and year.
///
/// # Errors
/// As the API's.
#[get("/exports/completion/{association}/{year}.{format}")]
pub async fn export_completion(
    state: Data<AppState>,
    visitor: Visitor,
    path: Path<(ResourceCode, Year, FileFormat)>,
) -> ApiResult<Computed<Representation<Completion>>> {
    let (association, year, format) = path.into_inner();
    let Visitor { caller, visit } = &visitor;
    let path = PlanPath { association, year };
    let asked = asked(visit, format)?;
    completion::answer::represented(&state, caller, &path, asked, visit.language, &Conditional::default()).await
}

/// How many associations stand.
///
/// # Errors
/// As the API's.
#[get("/exports/summary/{year}.{format}")]
pub async fn export_summary(
    state: Data<AppState>,
    visitor: Visitor,
    path: Path<(Year, FileFormat)>,
) -> ApiResult<Computed<Representation<CompletionSummary>>> {
    let (year, format) = path.into_inner();
    let Visitor { caller, visit } = &visitor;
    let (asked, none) = (asked(visit, format)?, Conditional::default());
    standings::answer::represented(&state, caller, year.get(), asked, visit.language, &none).await
}

/// Who leads.
///
/// # Errors
/// As the API's.
#[get("/exports/ranking/{year}.{format}")]
pub async fn export_ranking(
    state: Data<AppState>,
    visitor: Visitor,
    path: Path<(Year, FileFormat)>,
) -> ApiResult<Computed<Representation<Ranking>>> {
    let (year, format) = path.into_inner();
    let Visitor { caller, visit } = &visitor;
    let (asked, none) = (asked(visit, format)?, Conditional::default());
    rankings::answer::represented(&state, caller, year.get(), asked, visit.language, &none).await
}

/// What is behind the pace.
///
/// # Errors
/// As the API's.
#[get("/exports/laggards/{year}.{format}")]
pub async fn export_laggards(
    state: Data<AppState>,
    visitor: Visitor,
    path: Path<(Year, FileFormat)>,
) -> ApiResult<Computed<Representation<Laggards>>> {
    let (year, format) = path.into_inner();
    let Visitor { caller, visit } = &visitor;
    let (asked, none) = (asked(visit, format)?, Conditional::default());
    laggards::answer::represented(&state, caller, year.get(), asked, visit.language, &none).await
}

/// A bulletin.
///
/// # Errors
/// As the API's.
#[get("/exports/bulletins/{year}/{number}.xlsx")]
pub async fn export_bulletin(
    state: Data<AppState>,
    visitor: Visitor,
    path: Path<BulletinPath>,
) -> ApiResult<Computed<Representation<Box<RawValue>>>> {
    let Visitor { caller, visit } = &visitor;
    let format = Some(FileFormat::Xlsx);
    bulletins::answer::represented(&state, caller, *path, format, visit.language, &Conditional::default()).await
}

/// Leads to the files of an answer; `path` is theirs without its ending.
pub(super) fn downloads(visit: &Visit, path: &str, query: &str) -> Markup {
    html! {
        p .downloads {
            (visit.say("下载：", "Download: "))
            a href={ (path) ".xlsx?" (query) } download { "Excel" }
            " "
            a href={ (path) ".csv?" (query) } download { "CSV" }
        }
    }
}
