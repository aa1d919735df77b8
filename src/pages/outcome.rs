//! What becomes of an uploaded file, laid out: how many rows became what, what changes, and the rows themselves.

use std::borrow::Cow;

use maud::{Markup, html};
use rust_decimal::Decimal;
use serde::Deserialize;

use super::Visit;
use super::doubts::slip;
use super::effects::changes;
use super::fields::said;
use super::figures::exact;
use crate::batch::{BatchItem, Counts, ItemStatus};
use crate::error::{ApiResult, Code, FieldProblem};
use crate::exchange::import::{Kind, View};
use crate::exchange::shown;
use crate::state::AppState;
use crate::tabular::{Column, Kind as CellKind};

/// What a batch answers; more of it where one wrong row stopped everything.
#[derive(Deserialize)]
pub(super) struct Answer {
    counts: Counts,
    /// How many rows are wrong, where that stopped it.
    wrong: Option<i64>,
}

/// What became of a file, or would.
pub(super) struct Outcome {
    counts: Counts,
    view: View,
    wrong: i64,
    is_trial: bool,
    /// Whether what is wrong stops the rest.
    is_stopped: bool,
}

impl Outcome {
    pub(super) fn new(answer: Answer, view: View, is_trial: bool, is_atomic: bool) -> Self {
        let Answer { counts, wrong } = answer;
        let wrong = wrong.unwrap_or(counts.rejected);
        Self { counts, view, wrong, is_trial, is_stopped: is_atomic && wrong > 0 }
    }

    /// All of it.
    ///
    /// # Errors
    /// Never for a year that exists.
    pub(super) fn show(&self, state: &AppState, visit: &Visit) -> ApiResult<Markup> {
        let may_confirm = self.is_trial && !self.is_stopped && self.counts.created > 0;
        let heading = match self.is_trial {
            true => visit.say("试读结果（尚未保存）", "Tried; nothing is stored yet"),
            false => visit.say("提交结果", "Result"),
        };
        let changes = if self.is_trial || !self.is_stopped { self.changes(state, visit)? } else { Markup::default() };
        Ok(html! {
            section .card {
                div data-said {
                    h2 tabindex="-1" { (heading) }
                    (self.notice(visit))
                    (self.tally(visit))
                    (self.cautions(visit))
                }
                @if may_confirm { p { button type="button" data-confirm { (visit.say("确认提交", "Store them")) } } }
            }
            (changes)
            (self.listed(visit))
        })
    }

    fn notice(&self, visit: &Visit) -> Markup {
        html! {
            @if self.is_stopped {
                p .wrong {
                    (visit.say(
                        "有错误的行，因此没有保存任何数据。请改正后重新选择文件，或勾选「有错误时仍提交其余行」。",
                        "Some rows are wrong, so nothing is stored. Correct them and choose the file again, or let the good rows be stored.",
                    ))
                }
            } @else if !self.is_trial {
                p .done { (visit.say("已保存，完成情况已更新。", "Stored; completions contain it already.")) }
                @if self.wrong > 0 {
                    p { (visit.say("请另建文件，只上传改正后的行，以免重复计数。", "Send only the corrected rows, in a file of their own, so that nothing counts twice.")) }
                }
            } @else if self.counts.created == 0 {
                p { (visit.say("没有可新增的行，无需提交。", "No row is new; there is nothing to store.")) }
            }
        }
    }

    fn tally(&self, visit: &Visit) -> Markup {
        let Counts { received, created, unchanged, .. } = self.counts;
        html! {
            ul .counts {
                li { (visit.say("共", "received ")) strong { (received) } }
                li { (self.new_words(visit)) " " strong { (created) } }
                li { (visit.say("与已报相同", "stored before")) " " strong { (unchanged) } }
                li { (visit.say("有误", "wrong")) " " strong { (self.wrong) } }
            }
        }
    }

    /// What a row is that is new.
    const fn new_words<'a>(&self, visit: &'a Visit) -> &'a str {
        match (self.is_trial, self.is_stopped) {
            (true, true) => visit.say("其余可保存", "good by themselves"),
            (true, false) => visit.say("将新增", "would be new"),
            (false, _) => visit.say("已新增", "new"),
        }
    }

    /// How many rows may count twice, and how many look like a slip.
    fn cautions(&self, visit: &Visit) -> Markup {
        let (overlapping, slips) = (self.view.effects.overlapping, self.view.effects.slips.count);
        let which = |count: i64, one: &'static str, many: &'static str| if count == 1 { one } else { many };
        let (twice, slip) = self.remedies(visit);
        let years = &self.view.effects.years;
        html! {
            @if years.len() > 1 {
                p .caution {
                    (visit.say("各行计入不同的年度：", "The rows count in more than one year: "))
                    @for (place, (year, rows)) in years.iter().enumerate() {
                        @if place > 0 { (visit.say("、", ", ")) }
                        (year) (visit.say("年", ": ")) (rows) (visit.say("行", ""))
                    }
                    (visit.say("。请核对期间。", ". Make sure that the periods are right."))
                }
            }
            @if overlapping > 0 {
                p .caution {
                    strong { (overlapping) } " "
                    (visit.say("行的期间与已有实绩或文件中的其他行重叠，可能重复计数。这些指标逐笔累加：", which(overlapping, "row covers", "rows cover")))
                    (visit.say("", " days that actuals or other rows of the file cover as well, and may count twice. These indicators add up: "))
                    (twice)
                }
            }
            @if slips > 0 {
                p .caution {
                    strong { (slips) } " "
                    (visit.say("行的数值可能有误，原因见各行：", which(slips, "row has", "rows have")))
                    (visit.say("", " a figure that looks like a slip; why is said beside it: "))
                    (slip)
                }
            }
        }
    }

    /// What to do about rows that may count twice, and about slips: once they are stored, it is done in the ledger.
    const fn remedies<'a>(&self, visit: &'a Visit) -> (&'a str, &'a str) {
        if self.is_trial || self.is_stopped {
            (
                visit.say("请核对是否已经报过，确属另一笔再提交。", "make sure that all of them are meant."),
                visit.say("请核对，确认无误再提交。", "make sure that all of them are meant."),
            )
        } else {
            (
                visit.say(
                    "请核对，重复报送的请到该指标的实绩记录中作废。",
                    "void those that were reported already, among the actuals of the indicator.",
                ),
                visit.say(
                    "请核对，有误的请到该指标的实绩记录中更正或作废。",
                    "amend or void those that are wrong, among the actuals of the indicator.",
                ),
            )
        }
    }

    /// What changes; only wrong rows change nothing.
    fn changes(&self, state: &AppState, visit: &Visit) -> ApiResult<Markup> {
        let title = match (self.is_trial, self.is_stopped) {
            (true, true) => visit.say("只提交其余可保存的行，会有这些变化", "What the good rows alone would change"),
            (true, false) => visit.say("提交后的变化", "What would change"),
            (false, _) => visit.say("本次变化", "What changed"),
        };
        let after = if self.is_trial { visit.say("提交后", "Would be") } else { visit.say("现在", "Now") };
        changes(state, visit, &self.view, title, after)
    }

    fn listed(&self, visit: &Visit) -> Markup {
        let heads = [
            visit.say("行", "Row"),
            visit.say("组织", "Association"),
            visit.say("指标", "Indicator"),
            visit.say("期间", "Period"),
            visit.say("数值", "Value"),
            visit.say("结果", "Outcome"),
        ];
        // Of rows that stopped everything, only the wrong ones are there to be listed.
        let listable = if self.is_stopped && !self.is_trial { self.wrong } else { self.counts.received };
        let is_cut = i64::try_from(self.view.items.len()).is_ok_and(|listed| listed < listable);
        html! {
            section .card aria-labelledby="rows" {
                h2 #rows { (visit.say("逐行结果", "Row by row")) }
                table .small.stacking {
                    thead { tr { @for head in heads { th scope="col" { (head) } } } }
                    tbody { @for item in &self.view.items { (self.row(visit, item, heads)) } }
                }
                @if is_cut {
                    p .quiet {
                        (visit.say("最多列出100行：有误的在前，其次是需要核对的。", "At most a hundred rows are listed: the wrong ones first, then those to make sure of."))
                    }
                }
            }
        }
    }

    fn row(&self, visit: &Visit, item: &BatchItem, heads: [&str; 6]) -> Markup {
        let said = Said { row: self.view.said.get(&item.index), view: &self.view };
        let [line, association, indicator, period, value, outcome] = heads;
        html! {
            tr {
                th scope="row" { span .unseen { (line) " " } (item.line.unwrap_or(item.index + 1)) }
                td data-head=(association) { (said.association()) }
                td data-head=(indicator) { (said.indicator()) }
                td data-head=(period) { span .whole[said.year().is_some()] { (said.field("period")) } }
                td data-head=(value) { (said.value()) }
                td .outcome data-head=(outcome) { (self.became(visit, item, &said)) }
            }
        }
    }

    fn became(&self, visit: &Visit, item: &BatchItem, said: &Said<'_>) -> Markup {
        let (class, words) = match item.status {
            ItemStatus::Created => ("on_track", self.new_words(visit)),
            ItemStatus::Unchanged => ("", visit.say("与已报相同", "stored before")),
            ItemStatus::Rejected => ("overdue", visit.say("有误", "wrong")),
        };
        let overlaps = self.view.effects.overlaps.contains(&item.index);
        let slips = self.view.effects.slips.first.get(&item.index).map(Vec::as_slice).unwrap_or_default();
        html! {
            span class={ "badge " (class) } { (words) }
            @if overlaps {
                p { span .badge.at_risk { (visit.say("期间重叠，可能重复计数", "covered more than once: may count twice")) } }
            }
            @for why in slips { p { span .badge.at_risk { (visit.say("请核对", "make sure")) } " " (slip(visit, said.unit(), why)) } }
            @if overlaps || !slips.is_empty() { p { (said.ledger(visit)) } }
            @for error in &item.errors { p { (wrong(visit, error, said)) } }
        }
    }
}

/// What is wrong, and where; that a row was stored before with other content in words for whoever filled it in, since the
/// API's name what is stored as JSON.
fn wrong(visit: &Visit, error: &FieldProblem, said: &Said<'_>) -> Markup {
    html! {
        @if error.code == Code::ExternalIdConflict.as_ref() {
            (visit.say("这一行以前保存过，当时的内容不同。要改已报的数，请到", "This row was stored before with other content. To change it, go to "))
            (said.ledger(visit)) (visit.say("中更正。", " and amend it there."))
        } @else {
            (place(visit, error)) " " (in_words(visit, error))
        }
    }
}

/// The column of the form that something is wrong with.
fn column(error: &FieldProblem) -> Option<&'static Column> {
    let path = error.pointer.trim_start_matches('/').replace('/', ".");
    Kind::Actuals.columns().iter().find(|column| column.path == path)
}

/// What is wrong, for whoever filled in the form: what the API says names its own words.
fn in_words<'a>(visit: &'a Visit, error: &'a FieldProblem) -> Cow<'a, str> {
    let given = error.given.as_deref().unwrap_or_default();
    match (error.code.parse(), column(error).map(|column| column.kind)) {
        (Ok(Code::NotAllowed), Some(CellKind::Choice(choices))) => {
            let labels: Vec<_> = choices.iter().map(|(label, code)| visit.say(label, code)).collect();
            let (is_none, of) = (visit.say("不是可选的词：", " is none of "), visit.say("、", ", "));
            Cow::Owned(format!("{given}{is_none}{}", labels.join(of)))
        }
        (Ok(Code::InvalidPeriod), _) => Cow::Owned(format!(
            "{given}{}",
            visit.say(
                "不是同一年内的期间；请写明年份，如 2018-10、2018年10月、2018年第四季度、2018年10月1日至31日。",
                " is no period inside one year; name the year, as in 2018-10, 2018-Q4 or 2018."
            )
        )),
        // Of a form, it says that nothing was stored; here other rows may be.
        (Ok(Code::PeriodClosed), _) => Cow::Borrowed(&error.detail),
        _ => Cow::Borrowed(said(visit, &error.code, &error.detail)),
    }
}

/// Where something is wrong: the cell of a sheet, else the column as it is called in the form.
fn place(visit: &Visit, error: &FieldProblem) -> Markup {
    let name = column(error).and_then(|column| column.names.first()).map(|name| visit.say(name, &error.pointer));
    html! {
        @match (&error.cell, name) {
            (Some(cell), Some(name)) => { strong { (cell) } (visit.say("（", " (")) (name) (visit.say("）", ")")) }
            (Some(cell), None) => { strong { (cell) } }
            (None, name) => { strong { (name.unwrap_or(&error.pointer)) } }
        }
    }
}

/// What a row says, as it is stored where it is known.
struct Said<'a> {
    row: Option<&'a shown::Said>,
    view: &'a View,
}

impl Said<'_> {
    fn field(&self, name: &str) -> &str {
        self.row.map_or("", |row| row.field(name))
    }

    fn year(&self) -> Option<i16> {
        self.row?.year
    }

    fn association(&self) -> Markup {
        let typed = self.field("association");
        let Ok(found) = self.view.names.association(typed) else { return html! { (typed) } };
        let link = self.year().map(|year| format!("/associations/{}/{year}", found.code()));
        named(link, found.name(), found.code())
    }

    fn indicator(&self) -> Markup {
        let typed = self.field("indicator");
        let Ok(found) = self.view.names.indicator(typed) else { return html! { (typed) } };
        named(self.line(), &found.name, &found.code)
    }

    /// The page of its line.
    fn line(&self) -> Option<String> {
        let association = self.view.names.association(self.field("association")).ok()?;
        let indicator = self.view.names.indicator(self.field("indicator")).ok()?;
        Some(format!("/associations/{}/{}/{}", association.code(), self.year()?, indicator.code))
    }

    /// Where its line's actuals are listed.
    fn ledger(&self, visit: &Visit) -> Markup {
        let words = visit.say("该指标的实绩记录", "the actuals of the indicator");
        html! {
            @match self.line() {
                Some(link) => { a href=(link) target="_blank" { (words) } }
                None => { (words) }
            }
        }
    }

    /// The indicator's unit, where it is known.
    fn unit(&self) -> &str {
        self.view.names.indicator(self.field("indicator")).map_or("", |found| &found.unit)
    }

    /// A bare number is one in the indicator's unit, unless the row names another.
    fn value(&self) -> String {
        if let (numerator, true) = (self.field("numerator"), self.field("value").is_empty()) {
            return match numerator {
                "" => String::new(),
                _ => format!("{numerator} / {}", self.field("denominator")),
            };
        }
        let (typed, unit) = (self.field("value"), self.field("unit"));
        let unit = if unit.is_empty() { self.unit() } else { unit };
        match typed.parse::<Decimal>() {
            Ok(number) if !unit.is_empty() => exact(number, unit),
            _ => typed.to_owned(),
        }
    }
}

/// A name with its code beside it; a link opens beside the page, which holds the file that was chosen.
pub(super) fn named(link: Option<String>, name: &str, code: &str) -> Markup {
    html! {
        @match link {
            Some(link) => { a href=(link) target="_blank" { (name) } }
            None => { (name) }
        }
        " " small .quiet { (code) }
    }
}
