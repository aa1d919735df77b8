//! Small pictures of figures, as SVG in the page. Their colours are the style sheet's, so they follow light and dark and
//! paper; what they show stands beside them in words, or in their title.

use maud::{Markup, html};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use super::Visit;
use super::figures::{number, percent};
use crate::completion::StatusCounts;
use crate::decimal::Amount;
use crate::rule::Status;

/// A share of the width, as SVG writes it.
pub(super) fn width(share: Decimal) -> String {
    let share = share.clamp(Decimal::ZERO, Decimal::ONE).to_f64().unwrap_or_default();
    format!("{:.2}%", share * 100.0)
}

/// A share, 0 to 1, as a bar with its percentage; a dash where there is none.
pub(super) fn share_bar(share: Option<Amount>) -> Markup {
    let Some(share) = share else { return html! { span .quiet { "–" } } };
    html! {
        span .share {
            svg .bar-chart aria-hidden="true" focusable="false" {
                rect .groove width="100%" height="100%" rx="3" {}
                rect .fill width=(width(*share)) height="100%" rx="3" {}
            }
            span .figure { (percent(*share)) }
        }
    }
}

/// How far rates are drawn: as far as the highest of these, but no further than twice the target, and as far as the target.
pub(super) fn scale(rates: impl Iterator<Item = Amount>) -> Decimal {
    rates.map(|rate| *rate).fold(Decimal::ONE, Decimal::max).min(Decimal::TWO)
}

/// A rate as a bar with its percentage, and a mark where the target is met; a dash where there is none.
pub(super) fn rate_bar(rate: Option<Amount>, scale: Decimal) -> Markup {
    let Some(rate) = rate else { return html! { span .quiet { "–" } } };
    let target = Decimal::ONE / scale;
    let (until, beyond) = ((*rate).min(Decimal::ONE), (*rate).min(scale) - Decimal::ONE);
    html! {
        span .share {
            svg .bar-chart aria-hidden="true" focusable="false" {
                rect .groove width="100%" height="100%" rx="3" {}
                rect .fill width=(width(until / scale)) height="100%" rx="3" {}
                @if beyond > Decimal::ZERO { rect .over x=(width(target)) width=(width(beyond / scale)) height="100%" rx="3" {} }
                @if scale > Decimal::ONE { rect .mark x=(width(target)) width="2" height="100%" {} }
            }
            span .figure { (percent(*rate)) }
        }
    }
}

/// How many stand how: a bar for each status that there is, as long as its share.
pub(super) fn status_bars(visit: &Visit, counts: StatusCounts, link: impl Fn(Status) -> Option<String>) -> Markup {
    let all = Decimal::from(counts.sum());
    html! {
        @if all.is_zero() {
            p .quiet { (visit.say("本年度没有计划目标。", "Nothing is planned for this year.")) }
        } @else {
            ul .statuses {
                @for (status, count) in counts.each().into_iter().filter(|(_, count)| *count > 0) {
                    li {
                        (badge(visit, status))
                        svg .bar-chart aria-hidden="true" focusable="false" {
                            rect .groove width="100%" height="100%" rx="3" {}
                            rect class={ "status " (status.as_ref()) } width=(width(Decimal::from(count) / all)) height="100%" rx="3" {}
                        }
                        @let count = number(count.into(), visit.language);
                        span .figure {
                            @match link(status) {
                                Some(link) => { a href=(link) { span .unseen { (status.words().get(visit.language)) " " } (count) } }
                                None => { (count) }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// How a line stands, in a shape, a word and a colour.
pub(super) fn badge(visit: &Visit, status: Status) -> Markup {
    html! {
        span class={ "badge " (status.as_ref()) } {
            span aria-hidden="true" { (sign(status)) } " " (status.words().get(visit.language))
        }
    }
}

/// A shape for a status, told apart without its colour.
pub(super) const fn sign(status: Status) -> &'static str {
    match status {
        Status::NotComputable => "–",
        Status::Exceeded => "▲",
        Status::Completed => "✓",
        Status::Overdue => "✕",
        Status::NotStarted => "○",
        Status::OnTrack => "●",
        Status::AtRisk => "◐",
        Status::Behind => "▼",
    }
}

/// How shares lie, in tenths from 0 to 100 % and above: a column for each, as high as its part of the most.
pub(super) fn histogram(visit: &Visit, shares: &[Decimal]) -> Markup {
    let bins: Vec<(String, usize)> = (0..=TENTHS).map(|bin| (bin_name(bin), bin_count(shares, bin))).collect();
    let most = bins.iter().map(|(_, count)| *count).max().unwrap_or_default();
    html! {
        @if most == 0 {
            p .quiet { (visit.say("没有可比较的完成率。", "There are no rates to compare.")) }
        } @else {
            p .quiet { (visit.say("每列的组织数，按完成率（%）", "Associations by rate (%)")) }
            ol .histogram {
                @for (name, count) in &bins {
                    li {
                        span .figure { (count) }
                        svg .column aria-hidden="true" focusable="false" {
                            rect .groove width="100%" height="100%" rx="2" {}
                            @let height = Decimal::from(*count) / Decimal::from(most);
                            rect .fill width="100%" y=(width(Decimal::ONE - height)) height=(width(height)) rx="2" {}
                        }
                        span .quiet { (name) }
                    }
                }
            }
        }
    }
}

/// Columns below 100 %; one more has what is above.
const TENTHS: u32 = 10;

fn bin_name(bin: u32) -> String {
    if bin == TENTHS { "≥100".to_owned() } else { (bin * TENTHS).to_string() }
}

fn bin_count(shares: &[Decimal], bin: u32) -> usize {
    let of = |share: &&Decimal| {
        let tenth = (**share * Decimal::TEN).floor().clamp(Decimal::ZERO, Decimal::from(TENTHS));
        tenth == Decimal::from(bin)
    };
    shares.iter().filter(of).count()
}
