//! Lines behind the pace as a table, with what was planned and done.

use maud::{Markup, html};
use rust_decimal::Decimal;

use super::Visit;
use super::chart::badge;
use super::figures::{percent, points};
use super::wording::{Terms, value};
use crate::error::ApiResult;
use crate::indicators::ValueType;
use crate::indicators::store::milestones;
use crate::laggards::Laggard;
use crate::state::AppState;

/// Lines in lists are brief: says of those of milestones that they are, so that they read as done or not.
///
/// # Errors
/// Only the database's.
pub(super) async fn mark_milestones(state: &AppState, lines: &mut [Laggard]) -> ApiResult<()> {
    let milestones = milestones(&*state.conn().await?).await?;
    for Laggard { indicator, .. } in lines {
        indicator.value_type = milestones.contains(&indicator.code).then_some(ValueType::Milestone);
    }
    Ok(())
}

/// How such a table looks, beside its lines.
pub(super) struct Sheet<'a, L: Fn(&Laggard) -> Option<String>> {
    pub visit: &'a Visit,
    /// Whether its rows are numbered.
    pub is_numbered: bool,
    /// The page of a line.
    pub link: L,
}

impl<L: Fn(&Laggard) -> Option<String>> Sheet<'_, L> {
    /// The head and the rows.
    pub(super) fn rows(&self, lines: &[Laggard]) -> Markup {
        let visit = self.visit;
        html! {
            thead { tr {
                @if self.is_numbered { th .number scope="col" { (visit.say("序号", "No.")) } }
                th scope="col" { (visit.say("指标", "Indicator")) }
                th .wide scope="col" { (visit.say("实绩与目标", "Actual and target")) }
                th .number scope="col" { (visit.say("完成率", "Rate")) }
                th .wide .number scope="col" { (visit.say("序时进度", "Pace")) }
                th .number scope="col" { (visit.say("落后百分点", "Points behind")) }
                th .wide scope="col" { (visit.say("状态", "Status")) }
            } }
            tbody { @for (place, line) in lines.iter().enumerate() { (self.row(place + 1, line)) } }
        }
    }

    fn row(&self, number: usize, line: &Laggard) -> Markup {
        let visit = self.visit;
        let about = line.approximate.then(|| visit.say("约", "≈"));
        html! {
            tr {
                @if self.is_numbered { td .number { (number) } }
                th scope="row" { (named(line, (self.link)(line))) }
                td .wide { (figures(visit, line)) }
                td .number { @match line.rate { Some(rate) => { @if let Some(about) = about { small .quiet { (about) " " } } (percent(*rate)) } None => { span .quiet { "–" } } } }
                td .wide .number { (percent(*line.pace.expected)) }
                td .number { (behind(line)) }
                td .wide { (badge(visit, line.status)) }
            }
        }
    }
}

/// The indicator, which may lead to a page, and whose line it is.
pub(super) fn named(line: &Laggard, link: Option<String>) -> Markup {
    let name = line.indicator.name.as_ref().unwrap_or(&line.indicator.code);
    html! {
        @match link { Some(link) => { a href=(link) { (name) } } None => { (name) } }
        br; small .quiet { (line.association.name) }
    }
}

fn figures(visit: &Visit, line: &Laggard) -> Markup {
    let (unit, language) = (&line.indicator.unit, visit.language);
    html! {
        @match &line.actual {
            Some(actual) => { (value(*actual.value, line.indicator.value_type, unit, language)) }
            None => { (visit.say("尚无实绩", "nothing reported")) }
        }
        br; small .quiet { (visit.say("目标", "target: ")) (Terms::of_line(&line.indicator, &line.target).say(unit, language)) }
    }
}

/// By how many points it is behind; a dash where it is overdue or not started, and its plan's curve yet expects no more.
pub(super) fn behind(line: &Laggard) -> Markup {
    html! { @if *line.deviation < Decimal::ZERO { (points(line.deviation.abs())) } @else { span .quiet { "–" } } }
}
