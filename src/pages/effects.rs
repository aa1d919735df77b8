//! What a file changes: every total it touches, before and after, beside its target.

use std::collections::HashMap;

use maud::{Markup, html};
use uuid::Uuid;

use super::Visit;
use super::chart::badge;
use super::figures::percent;
use super::outcome::named;
use super::wording::{self, Terms};
use crate::actuals::bulk::effects::Effect;
use crate::associations::store::Found;
use crate::completion::{Reason, shown};
use crate::error::ApiResult;
use crate::exchange::import::View;
use crate::indicators::store::IndicatorRow;
use crate::ledger::AsOf;
use crate::rule::{Judgement, Nature, judge};
use crate::scorecards::Total;
use crate::state::AppState;

/// The lines that change; nothing where none does.
///
/// # Errors
/// Never for a year that exists.
pub(super) fn changes(state: &AppState, visit: &Visit, view: &View, title: &str, after: &str) -> ApiResult<Markup> {
    let heads = [
        visit.say("指标", "Indicator"),
        visit.say("组织", "Association"),
        visit.say("年度", "Year"),
        visit.say("已报", "So far"),
        after,
        visit.say("全年目标", "Target of the year"),
        visit.say("完成率", "Rate"),
        visit.say("状态", "Status"),
    ];
    let sheet =
        Sheet { visit, state, heads, associations: view.names.associations(), indicators: view.names.indicators() };
    let lines = &view.effects.lines;
    let rows = lines.iter().map(|line| sheet.row(line)).collect::<ApiResult<Vec<_>>>()?;
    let more = view.effects.line_count - lines.len();
    Ok(html! {
        @if !rows.is_empty() {
            section .card aria-labelledby="changes" {
                h2 #changes { (title) }
                table .small.stacking {
                    thead { tr { @for head in heads { th scope="col" { (head) } } } }
                    tbody { @for row in rows { (row) } }
                }
                @if more > 0 {
                    p .quiet { (visit.say("另有", "and ")) (more) (visit.say("项变化未列出。", " more lines that are not listed")) }
                }
            }
        }
    })
}

/// What the rows share.
struct Sheet<'a> {
    visit: &'a Visit,
    state: &'a AppState,
    heads: [&'a str; 8],
    associations: HashMap<Uuid, &'a Found>,
    indicators: HashMap<Uuid, IndicatorRow>,
}

impl Sheet<'_> {
    fn row(&self, effect: &Effect) -> ApiResult<Markup> {
        let (visit, year) = (self.visit, effect.key.year);
        let known =
            self.associations.get(&effect.key.association_id).zip(self.indicators.get(&effect.key.indicator_id));
        let Some((association, indicator)) = known else { return Ok(Markup::default()) };
        let (nature, moment) = (Nature::from(indicator), AsOf::new(self.state, year, None)?.moment);
        let judged = |total: &Total| judge(nature, effect.goal.as_ref(), total.standing(nature.value_type), moment);
        let [before, after] = [&effect.before, &effect.after].map(judged);
        let goal = effect.goal.as_ref().map(|goal| Terms::of_goal(goal, nature.value_type));
        let [_, association_head, year_head, before_head, after_head, target_head, rate_head, status_head] = self.heads;
        let place = format!("/associations/{}/{year}", association.code());
        let line = format!("{place}/{}", indicator.code);
        Ok(html! {
            tr {
                th scope="row" { (named(Some(line), &indicator.name, &indicator.code)) }
                td data-head=(association_head) { (named(Some(place), association.name(), association.code())) }
                td data-head=(year_head) { (year) }
                td data-head=(before_head) { (self.figure(&effect.before, indicator)) }
                td .figure-cell data-head=(after_head) { (self.figure(&effect.after, indicator)) }
                td data-head=(target_head) { @if let Some(goal) = goal { (goal.say(&indicator.unit, visit.language)) } @else { "–" } }
                td data-head=(rate_head) { (self.rates(&before, &after)) }
                td data-head=(status_head) {
                    @if effect.goal.is_some() {
                        span {
                            @if before.status != after.status { (before.status.words().get(visit.language)) " → " }
                            (badge(visit, after.status))
                        }
                    }
                }
            }
        })
    }

    /// What is reported so far.
    fn figure(&self, total: &Total, indicator: &IndicatorRow) -> String {
        let Some(value) = total.standing(indicator.value_type.0) else { return "–".to_owned() };
        let about = if total.inexact_count > 0 { self.visit.say("约", "about ") } else { "" };
        let value = wording::value(*shown(value), Some(indicator.value_type.0), &indicator.unit, self.visit.language);
        format!("{about}{value}")
    }

    /// From rate to rate, or why there is none.
    fn rates(&self, before: &Judgement, after: &Judgement) -> Markup {
        html! {
            @match (before.rate, after.rate) {
                (before, Some(after)) => { span { (before.map_or_else(|| "–".to_owned(), percent)) " → " strong { (percent(after)) } } }
                (_, None) => {
                    span .quiet { (after.reason.map_or("–", |reason| Reason::from(reason).words().get(self.visit.language))) }
                }
            }
        }
    }
}
