//! Bullet charts (子弹图): an actual as a bar, its target as a mark, what is allowed as a band, and where it should be by now.
//!
//! Everything is placed in percent of the width, so that a chart reads the same at any width.

use maud::{Markup, html};
use rust_decimal::Decimal;

use super::Visit;
use super::chart::width;
use super::figures::{exact, percent};
use super::wording::{self, Terms};
use crate::completion::{Line, LineActual, LineIndicator, LineTarget};
use crate::indicators::{Direction, ValueType};
use crate::period::Per;
use crate::quantity::Bound;
use crate::rule::BasisOfRate;

/// From the left edge of a chart to its right.
struct Scale {
    low: Decimal,
    high: Decimal,
}

impl Scale {
    /// Room for all of these.
    fn of(values: &[Decimal]) -> Self {
        let low = values.iter().min().copied().unwrap_or_default();
        let high = values.iter().max().copied().unwrap_or_default();
        Self { low, high: if high > low { high } else { low + Decimal::ONE } }
    }

    /// Where a value is, as a share of the width.
    fn place(&self, value: Decimal) -> Decimal {
        let share = value.checked_sub(self.low).zip(self.high.checked_sub(self.low));
        share.and_then(|(from, whole)| from.checked_div(whole)).unwrap_or_default()
    }

    /// A bar between two values, whichever comes first.
    fn bar(&self, class: &str, one: Decimal, other: Decimal) -> Markup {
        let (left, right) = (self.place(one.min(other)), self.place(one.max(other)));
        html! { rect class=(class) x=(width(left)) width=(width(right - left)) y="30%" height="40%" {} }
    }

    /// A mark at a value, over the whole height.
    fn mark(&self, class: &str, value: Decimal) -> Markup {
        html! { svg x=(width(self.place(value))) overflow="visible" { rect class=(class) x="-1.5" width="3" y="8%" height="84%" {} } }
    }

    /// An arrow that points down to where an actual should be by now.
    fn arrow(&self, value: Decimal) -> Markup {
        html! { svg x=(width(self.place(value))) overflow="visible" { path .pace d="M-5 -1H5L0 7Z" {} } }
    }
}

/// What of a line a chart shows.
struct Shown<'a> {
    target: &'a LineTarget,
    actual: Option<Decimal>,
    /// Where the bar begins.
    from: Decimal,
    /// Where the actual should be by now.
    pace: Option<Decimal>,
    is_limit: bool,
}

impl<'a> Shown<'a> {
    /// None without a target, and of what is only done or not.
    fn of(line: &'a Line) -> Option<Self> {
        let target = line.target.as_ref()?;
        let is_change = target.basis_of_rate == Some(BasisOfRate::Change);
        let less_is_better = line.indicator.direction == Some(Direction::LowerIsBetter);
        if line.indicator.value_type == Some(ValueType::Milestone) {
            return None;
        }
        let from = target.baseline.filter(|_| is_change).map_or(Decimal::ZERO, |baseline| *baseline.value);
        let way = line.pace.and_then(|pace| target.value.checked_sub(from)?.checked_mul(*pace.expected));
        Some(Self {
            target,
            actual: line.actual.as_ref().map(|actual| *actual.value),
            from,
            pace: way.and_then(|way| from.checked_add(way)).filter(|_| is_change || !less_is_better),
            is_limit: !is_change && (less_is_better || target.bound == Bound::AtMost),
        })
    }

    fn limit(&self) -> Decimal {
        self.target.upper.map_or(*self.target.value, |upper| *upper)
    }

    fn scale(&self) -> Scale {
        let beyond = self.limit().checked_mul(Decimal::new(125, 2)).filter(|_| self.is_limit);
        let zero = Some(Decimal::ZERO).filter(|zero| self.from == *zero);
        let values =
            [Some(self.from), zero, Some(*self.target.value), Some(self.limit()), self.actual, self.pace, beyond];
        Scale::of(&values.into_iter().flatten().collect::<Vec<_>>())
    }
}

/// The chart of a line; none where there is nothing to hold an actual against.
pub(super) fn bullet(visit: &Visit, line: &Line) -> Option<Markup> {
    let shown = Shown::of(line)?;
    let scale = shown.scale();
    let value = *shown.target.value;
    // What goes beyond the target is told apart in the bar itself.
    let (within, beyond) = match shown.actual {
        Some(actual) if shown.is_limit && actual > shown.limit() => {
            (Some(shown.limit()), Some((shown.limit(), actual, "broken")))
        }
        Some(actual) if !shown.is_limit && value > shown.from && actual > value => {
            (Some(value), Some((value, actual, "over")))
        }
        actual => (actual, None),
    };
    Some(html! {
        svg .bullet role="img" focusable="false" {
            title { (in_words(visit, line, &shown)) }
            rect .groove width="100%" y="18%" height="64%" rx="3" {}
            @if shown.is_limit {
                rect .forbidden x=(width(scale.place(shown.limit()))) width=(width(Decimal::ONE - scale.place(shown.limit()))) y="18%" height="64%" {}
            } @else if let Some(upper) = shown.target.upper {
                rect .band x=(width(scale.place(value))) width=(width(scale.place(*upper) - scale.place(value))) y="8%" height="84%" {}
            }
            @if let Some(within) = within { (scale.bar("fill", shown.from, within)) }
            @if let Some((from, to, class)) = beyond { (scale.bar(class, from, to)) }
            @if shown.is_limit { (scale.mark("limit", shown.limit())) } @else { (scale.mark("mark", value)) }
            @if let Some(pace) = shown.pace.filter(|pace| *pace != value) { (scale.arrow(pace)) }
        }
    })
}

/// The chart's figures to the last digit.
fn in_words(visit: &Visit, line: &Line, shown: &Shown<'_>) -> String {
    let unit = &line.indicator.unit;
    let terms = Terms::of_line(&line.indicator, shown.target).say(unit, visit.language);
    let actual = shown.actual.map_or_else(|| visit.say("尚无", "none").to_owned(), |actual| exact(actual, unit));
    let mut words = format!(
        "{} {actual}{comma}{} {terms}",
        visit.say("实绩", "Actual"),
        visit.say("目标", "target"),
        comma = visit.say("；", "; ")
    );
    let mut add = |name: &str, figure: String| words = format!("{words}{}{name} {figure}", visit.say("；", "; "));
    if shown.target.per.unwrap_or_default() != Per::Year {
        add(visit.say("全年", "for the year"), exact(*shown.target.value, unit));
    }
    if let Some(rate) = line.rate {
        add(visit.say("完成率", "rate"), percent(*rate));
    }
    if let Some(pace) = shown.pace.filter(|pace| *pace != *shown.target.value) {
        add(visit.say("序时应达", "should be by now"), exact(pace.trunc_with_scale(4), unit));
    }
    words
}

/// What the signs in the charts stand for.
pub(super) fn legend(visit: &Visit) -> Markup {
    let sample = |inner: Markup| html! { svg .sample aria-hidden="true" focusable="false" { (inner) } };
    html! {
        ul .legend aria-label=(visit.say("图例", "Legend")) {
            li { (sample(html! { rect .fill y="30%" width="100%" height="40%" {} })) (visit.say("实绩", "Actual")) }
            li { (sample(html! { rect .mark x="45%" width="3" y="8%" height="84%" {} })) (visit.say("目标", "Target")) }
            li { (sample(html! { svg x="50%" overflow="visible" { path .pace d="M-5 3H5L0 11Z" {} } })) (visit.say("序时应达", "Should be by now")) }
            li { (sample(html! { rect .over y="30%" width="100%" height="40%" {} })) (visit.say("超出目标", "Beyond the target")) }
            li { (sample(html! { rect .band y="8%" width="100%" height="84%" {} })) (visit.say("目标区间", "Target range")) }
            li { (sample(html! { rect .forbidden y="18%" width="100%" height="64%" {} rect .limit width="3" y="8%" height="84%" {} })) (visit.say("上限以外", "Beyond the limit")) }
        }
    }
}

/// An actual in words; a dash where nothing was reported.
pub(super) fn actual_words(visit: &Visit, indicator: &LineIndicator, actual: Option<&LineActual>) -> String {
    let Some(actual) = actual else { return "–".to_owned() };
    let value = wording::value(*actual.value, indicator.value_type, &indicator.unit, visit.language);
    match actual.numerator.zip(actual.denominator) {
        Some((numerator, denominator)) => format!("{value} ({numerator}/{denominator})"),
        None => value,
    }
}
