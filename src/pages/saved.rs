//! What the report form stored, as it stands by now, and how far the line is with it: looked up each time, so that an
//! address that is kept or sent on says nothing that is not so.

use actix_web::web::Data;
use maud::{Markup, html};
use uuid::Uuid;

use super::Visitor;
use super::actual::deed;
use super::bullet::actual_words;
use super::figures::percent;
use super::history::{Ledger, address};
use super::lines::{flag, flat};
use crate::actuals::Actual;
use crate::actuals::store::find as find_actual;
use crate::associations::store::Found;
use crate::completion::answer::completion;
use crate::completion::{CompletionQuery, Line};
use crate::error::{ApiResult, Code};
use crate::http::{Conditional, ResourceCode, Year};
use crate::indicators::Indicator;
use crate::indicators::store::find as find_indicator;
use crate::state::AppState;
use crate::targets::PlanPath;

/// An actual that is stored, and its line.
pub(super) struct Saved {
    pub indicator: Indicator,
    actual: Actual,
    /// None where nothing is planned and nothing counts.
    line: Option<Line>,
}

impl Saved {
    /// The association's actual with this id; none where it has none, whatever the id says.
    ///
    /// # Errors
    /// Only the database's.
    pub(super) async fn find(
        state: &Data<AppState>,
        visitor: &Visitor,
        association: &Found,
        id: &str,
    ) -> ApiResult<Option<Self>> {
        let Ok(id) = Uuid::parse_str(id) else { return Ok(None) };
        let mut conn = state.conn().await?;
        let actual = match find_actual(&mut conn, association, id).await {
            Err(error) if error.code() == Code::ActualNotFound => return Ok(None),
            found => found?.to_actual(association)?,
        };
        let indicator = find_indicator(&conn, &actual.indicator).await?.into_indicator();
        drop(conn);
        let path =
            PlanPath { association: ResourceCode::new(association.code())?, year: Year::new(actual.year.into())? };
        let (query, new, language) = (CompletionQuery::default(), Conditional::default(), visitor.visit.language);
        let completion = completion(state, &visitor.caller, &path, query, language, &new).await?.into_answer()?;
        let mut lines = flat(&completion.lines).into_iter();
        let line = lines.find(|line| line.indicator.code == indicator.code).cloned();
        Ok(Some(Self { indicator, actual, line }))
    }

    /// Which figure was stored, and what it makes of the line.
    pub(super) fn show(&self, ledger: &Ledger<'_>) -> Markup {
        let (visit, Self { indicator, actual, line }) = (ledger.visit(), self);
        let is_changed = actual.version > 1;
        html! {
            p .done role="status" {
                (visit.say("已保存：", "Stored: "))
                a href=(address(actual)) { (indicator.name) " " (actual.period) " " (ledger.exactly(actual).unwrap_or_default()) }
                @if is_changed { (visit.say("（后经", " (")) (deed(actual).get(visit.language)) (visit.say("）", " since)")) }
                (visit.say("。", ". "))
                a href={ "/associations/" (actual.association) "/" (actual.year) "/" (indicator.code) } {
                    (actual.year) (visit.say("年该指标", " so far"))
                }
                @match line.as_ref().filter(|line| line.actual.is_some()) {
                    Some(line) => { (visit.say("实绩 ", ": ")) (standing(ledger, line)) }
                    None => { (visit.say("没有计入的实绩。", ": nothing that counts.")) }
                }
            }
        }
    }
}

/// The actual so far and its rate, or why there is none.
fn standing(ledger: &Ledger<'_>, line: &Line) -> Markup {
    let visit = ledger.visit();
    html! {
        strong { (actual_words(visit, &line.indicator, line.actual.as_ref())) } (flag(visit, line))
        @match (line.rate, line.reason) {
            (Some(rate), _) => { (visit.say("，完成率 ", ", rate ")) strong { (percent(*rate)) } }
            (None, Some(reason)) => { (visit.say("，", ", ")) (reason.words().get(visit.language)) }
            (None, None) => {}
        }
        (visit.say("。", "."))
    }
}
