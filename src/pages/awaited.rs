//! The lists of what waits for somebody in an association's year, each in its own pages.

use std::collections::BTreeMap;

use actix_web::web::Data;
use chrono::NaiveDate;
use maud::{Markup, html};

use super::details::moment;
use super::history::{Ledger, address, why};
use super::overview::pager_of;
use super::{Visit, Visitor};
use crate::actuals::answer::actuals;
use crate::actuals::{Actual, ActualQuery, State};
use crate::auth::Permission;
use crate::error::{ApiResult, Text};
use crate::http::{Listing, Page, Paging};
use crate::indicators::store::IndicatorRow;
use crate::locks::store::closes;
use crate::state::AppState;
use crate::targets::PlanPath;

/// So many stand on a page of a list, the oldest first.
pub(super) const SHOWN: usize = 50;

/// Who is waited for, and what for.
pub(super) struct Duty {
    pub permission: Permission,
    state: State,
    title: Text,
    /// What the query calls the cursor of its list: two of them may stand on one page.
    cursor: &'static str,
}

/// Everything that somebody may be waited for.
pub(super) const DUTIES: [Duty; 2] = [
    Duty {
        permission: Permission::SubmitActual,
        state: State::Rejected,
        title: Text::new("被退回、待更正的实绩", "Rejected: to be amended or voided"),
        cursor: "rejected_after",
    },
    Duty {
        permission: Permission::VerifyActual,
        state: State::Reported,
        title: Text::new("待核定的实绩", "Waiting to be verified"),
        cursor: "reported_after",
    },
];

/// A page of what waits for somebody.
pub(super) struct List {
    duty: Duty,
    page: Page<Actual>,
}

/// What waits for the visitor, as far as the query leads.
///
/// # Errors
/// `association_not_found`; `invalid_cursor`.
pub(super) async fn lists(state: &Data<AppState>, visitor: &Visitor, path: &PlanPath) -> ApiResult<Vec<List>> {
    let mut lists = Vec::new();
    for duty in DUTIES.into_iter().filter(|duty| visitor.caller.require(duty.permission).is_ok()) {
        let filter = ActualQuery { year: Some(path.year), state: Some(duty.state), ..ActualQuery::default() };
        let cursor = visitor.visit.asked(duty.cursor);
        let is_first = cursor.is_none();
        let paging = Paging { limit: i64::try_from(SHOWN).ok(), cursor };
        let page = actuals(state, &visitor.caller, &path.association, Listing { filter, paging }).await?;
        if !(is_first && page.items.is_empty()) {
            lists.push(List { duty, page });
        }
    }
    Ok(lists)
}

/// How many of each wait, and the way to them.
pub(super) fn counted(visit: &Visit, lists: &[List]) -> Markup {
    html! {
        @for List { duty, page } in lists {
            p .card .no-print {
                strong { (duty.title.get(visit.language)) } (visit.say("：", ": "))
                (page.items.len()) @if page.next_cursor.is_some() { (visit.say("条以上", " or more")) } @else { (visit.say("条", "")) }
                " " a href=(visit.path) { (visit.say("查看 →", "See them →")) }
            }
        }
    }
}

/// Every indicator, by its code.
pub(super) type Indicators = BTreeMap<String, IndicatorRow>;

/// What is the same for all lists.
pub(super) struct Sheet<'a> {
    pub state: &'a AppState,
    pub visitor: &'a Visitor,
    pub indicators: &'a Indicators,
    /// Periods that end by this day are closed.
    pub closed: Option<NaiveDate>,
}

impl Sheet<'_> {
    /// A page of a list; what waits to be verified is in a form that verifies what is chosen.
    pub(super) fn section(&self, list: &List) -> Markup {
        let (visit, List { duty, page }) = (&self.visitor.visit, list);
        html! {
            section .card aria-labelledby=(duty.state.as_ref()) {
                h2 id=(duty.state.as_ref()) { (duty.title.get(visit.language)) }
                @if page.items.is_empty() {
                    p .quiet { (visit.say("之后没有了；更早的见第一页。", "Nothing more; what is older is on the first page.")) }
                } @else if duty.permission == Permission::VerifyActual {
                    (self.form(&page.items))
                } @else {
                    (self.table(&page.items, false))
                }
                (pager_of(visit, duty.cursor, page.next_cursor.as_deref()))
            }
        }
    }

    fn form(&self, actuals: &[Actual]) -> Markup {
        let visit = &self.visitor.visit;
        html! {
            // What was chosen is not to be chosen again by a browser that remembers it.
            form method="post" action=(visit.link("done", None)) autocomplete="off" {
                label .choice.no-print hidden { input type="checkbox" data-all; " " (visit.say("全选本页", "Choose all on this page")) }
                (self.table(actuals, true))
                @if actuals.iter().any(|actual| !self.is_closed(actual)) {
                    p .after.no-print {
                        button type="submit" { (visit.say("核定所选", "Verify the chosen ones")) } " "
                        small .quiet { (visit.say("按上报数核定；核定数不同的，请点指标名逐条核定。", "As reported; to settle on another figure, open the actual.")) }
                    }
                }
            }
        }
    }

    fn table(&self, actuals: &[Actual], is_chosen_from: bool) -> Markup {
        let visit = &self.visitor.visit;
        let heads = [
            visit.say("指标", "Indicator"),
            visit.say("期间", "Period"),
            visit.say("上报数", "Reported"),
            visit.say("最近变动", "Last changed"),
        ];
        html! {
            table .small.stacking {
                thead { tr {
                    @if is_chosen_from { th .no-print scope="col" { span .unseen { (visit.say("选择", "Choose")) } } }
                    @for head in heads { th scope="col" { (head) } }
                } }
                tbody {
                    @for actual in actuals {
                        tr {
                            @if is_chosen_from { td .choice.no-print { (self.choice(actual)) } }
                            (self.cells(actual, heads))
                        }
                    }
                }
            }
        }
    }

    fn choice(&self, actual: &Actual) -> Markup {
        let visit = &self.visitor.visit;
        let label = format!("{}{} {}", visit.say("选择：", "Choose: "), self.name(actual), actual.period);
        html! {
            @if !self.is_closed(actual) {
                input type="checkbox" name="actual" value={ (actual.id) ":" (actual.version) } aria-label=(label);
            }
        }
    }

    fn cells(&self, actual: &Actual, heads: [&str; 4]) -> Markup {
        let (visit, [_, period, figure, changed]) = (&self.visitor.visit, heads);
        html! {
            th scope="row" { a href=(address(actual)) { (self.name(actual)) } }
            td data-head=(period) {
                (actual.period)
                @if self.is_closed(actual) { " " small .quiet { (visit.say("已封账", "closed")) } }
            }
            td data-head=(figure) { @if let Some(figure) = self.figure(actual) { (figure) } }
            td .outcome data-head=(changed) {
                (moment(actual.updated_at, self.state.rules.timezone))
                @if let Some(reason) = &actual.reason {
                    br; small .quiet { (why(actual).get(visit.language)) (reason) }
                }
            }
        }
    }

    /// Whether it may be changed only by somebody who says why.
    fn is_closed(&self, actual: &Actual) -> bool {
        self.closed.is_some_and(|closed| closes(&self.visitor.caller, closed, actual.period.through(), None))
    }

    /// The indicator as it is called.
    pub(super) fn name<'b>(&'b self, actual: &'b Actual) -> &'b str {
        self.indicators.get(&actual.indicator).map_or(&actual.indicator, |indicator| &indicator.name)
    }

    fn figure(&self, actual: &Actual) -> Option<String> {
        let value_type = self.indicators.get(&actual.indicator)?.value_type.0;
        Ledger { visitor: self.visitor, zone: self.state.rules.timezone, value_type }.exactly(actual)
    }
}
