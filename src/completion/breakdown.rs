//! Puts the lines of a breakdown below the line they break down. Pure.

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;

use super::{Breakdown, Line};
use crate::decimal::Amount;

/// The lines whose parent has none, each with the lines below it; all in the order they came in.
pub(super) fn nested(lines: Vec<Line>) -> Vec<Line> {
    let codes: BTreeSet<_> = lines.iter().map(|line| line.indicator.code.clone()).collect();
    let mut below: BTreeMap<Option<String>, Vec<Line>> = BTreeMap::new();
    for line in lines {
        let parent = line.indicator.parent.clone().filter(|parent| codes.contains(parent));
        below.entry(parent).or_default().push(line);
    }
    take(&mut below, None)
}

fn take(below: &mut BTreeMap<Option<String>, Vec<Line>>, parent: Option<String>) -> Vec<Line> {
    let lines = below.remove(&parent).unwrap_or_default();
    let with_breakdown = |line: Line| {
        let lines = take(below, Some(line.indicator.code.clone()));
        let breakdown = (!lines.is_empty()).then(|| broken_down(&line, lines));
        Line { breakdown, ..line }
    };
    lines.into_iter().map(with_breakdown).collect()
}

fn broken_down(line: &Line, lines: Vec<Line>) -> Breakdown {
    // Percentages are not added.
    let is_added = |below: &&Line| below.indicator.unit == line.indicator.unit && line.indicator.unit != "%";
    let same_unit = || lines.iter().filter(is_added);
    let target_sum = sum(same_unit().filter_map(|below| below.target.as_ref()).map(|target| target.value));
    let actual_sum = sum(same_unit().filter_map(|below| below.actual.as_ref()).map(|actual| actual.value));
    let gap = |own: Option<Amount>, sum: Option<Amount>| Some(Amount::from(own?.checked_sub(sum?.0)?));
    Breakdown {
        target_gap: gap(line.target.as_ref().map(|target| target.value), target_sum),
        actual_gap: gap(line.actual.as_ref().map(|actual| actual.value), actual_sum),
        target_sum,
        actual_sum,
        lines,
    }
}

/// Their sum; none where there are none.
fn sum(amounts: impl Iterator<Item = Amount>) -> Option<Amount> {
    let sum = |one: Decimal, other: Decimal| one.checked_add(other);
    amounts.map(|amount| Some(amount.0)).reduce(|one, other| sum(one?, other?)).flatten().map(Amount::from)
}
