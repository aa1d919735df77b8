//! Which lines lag, and in which order. Pure.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{Laggard, LaggardStatus};
use crate::completion::{AssociationName, Line};
use crate::decimal::Amount;
use crate::rule::Status;

/// Where a line stands among the others: the smallest deviation first, then by code points, so that PostgreSQL with the
/// collation "C" and this order agree.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) struct Place {
    #[serde(serialize_with = "write", deserialize_with = "read")]
    pub deviation: Decimal,
    /// The association's name.
    #[serde(deserialize_with = "read_text")]
    pub name: String,
    /// The association's code.
    #[serde(deserialize_with = "read_text")]
    pub code: String,
    /// The indicator's code.
    #[serde(deserialize_with = "read_text")]
    pub indicator: String,
}

/// Where a page ends, and the day its list is of.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Cursor {
    #[serde(deserialize_with = "crate::http::day")]
    pub day: Option<NaiveDate>,
    pub place: Place,
}

/// As text: a deviation may have more digits than a client may send.
fn write<S: Serializer>(deviation: &Decimal, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(deviation)
}

fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Decimal, D::Error> {
    String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
}

/// U+0000 is what PostgreSQL cannot compare with.
fn read_text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let text = String::deserialize(deserializer)?;
    if text.contains('\0') { Err(serde::de::Error::custom("U+0000")) } else { Ok(text) }
}

/// How far a line's score is ahead of the pace, or behind it below 0; none where nothing can be scored. Not the rate: a
/// change that went the wrong way is at −200 % soon, and no further behind than where nothing was done.
pub(super) fn deviation(line: &Line) -> Option<Decimal> {
    line.score?.checked_sub(line.pace?.expected.0)
}

/// Whether a line is behind its pace.
fn lags(line: &Line) -> bool {
    let is_behind = line.rate.or(line.score).zip(line.pace).is_some_and(|(progress, pace)| progress < pace.expected);
    is_behind && [Status::Overdue, Status::NotStarted, Status::AtRisk, Status::Behind].contains(&line.status)
}

/// The line at this place as a laggard; none where it does not lag, or in another way than the one asked for.
pub(super) fn laggard(place: &Place, line: Line, status: Option<LaggardStatus>) -> Option<Laggard> {
    let is_other = status.is_some_and(|status| Status::from(status) != line.status);
    if is_other || !(status.is_some_and(LaggardStatus::is_whole) || lags(&line)) {
        return None;
    }
    Some(Laggard {
        association: AssociationName { code: place.code.clone(), name: place.name.clone() },
        deviation: Amount::from(place.deviation),
        target: line.target?,
        score: line.score?,
        pace: line.pace?,
        indicator: line.indicator,
        actual: line.actual,
        rate: line.rate,
        met: line.met,
        gap: line.gap,
        status: line.status,
        reason: line.reason,
        approximate: line.approximate,
    })
}

/// The worst of the lines it is offered, as many as a page holds, and no more of them at any time.
pub(super) struct Worst {
    most: usize,
    after: Option<Place>,
    found: BTreeMap<Place, Laggard>,
}

impl Worst {
    /// None so far; of those to come at most so many after this place.
    pub(super) fn new(most: usize, after: Option<Place>) -> Self {
        Self { most, after, found: BTreeMap::new() }
    }

    /// Whether a line at this place would be among them.
    pub(super) fn takes(&self, place: &Place) -> bool {
        let is_after = self.after.as_ref().is_none_or(|after| place > after);
        let has_room =
            self.found.len() < self.most || self.found.last_key_value().is_some_and(|(last, _)| place < last);
        is_after && has_room
    }

    /// Takes a laggard at a place that [`Self::takes`].
    pub(super) fn take(&mut self, place: Place, laggard: Laggard) {
        self.found.insert(place, laggard);
        if self.found.len() > self.most {
            self.found.pop_last();
        }
    }

    /// Takes the line of an association, named by its code and name, where it is among them.
    pub(super) fn offer(&mut self, (code, name): (&str, &str), line: Line, status: Option<LaggardStatus>) {
        let Some(deviation) = deviation(&line) else { return };
        let (name, code, indicator) = (name.to_owned(), code.to_owned(), line.indicator.code.clone());
        let place = Place { deviation, name, code, indicator };
        if self.takes(&place)
            && let Some(laggard) = laggard(&place, line, status)
        {
            self.take(place, laggard);
        }
    }

    /// Those found, the worst first.
    pub(super) fn into_page(self) -> Vec<(Place, Laggard)> {
        self.found.into_iter().collect()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::completion::{LineIndicator, LineTarget, Pace};
    use crate::quantity::Bound;

    /// A line with this rate where half should be done.
    fn line(rate: &str, status: Status) -> Line {
        let amount = |text: &str| Amount(text.parse().expect(text));
        Line {
            indicator: LineIndicator {
                code: "people".to_owned(),
                name: None,
                category: None,
                parent: None,
                unit: "人".to_owned(),
                value_type: None,
                direction: None,
                accumulation: None,
                decimals: None,
            },
            target: Some(LineTarget {
                bound: Bound::AtLeast,
                value: amount("10"),
                upper: None,
                weight: amount("1"),
                mixed_bounds: None,
                approximate: None,
                per: None,
                value_per_period: None,
                basis_of_rate: None,
                baseline: None,
                derived: None,
                due_on: None,
                plan: None,
                revision: None,
                original: None,
                source: None,
            }),
            actual: None,
            rate: Some(amount(rate)),
            rate_upper: None,
            original_rate: None,
            met: Some(false),
            score: Some(amount(rate).max(amount("0"))),
            gap: None,
            pace: Some(Pace { expected: amount("0.5"), deviation: None }),
            status,
            reason: None,
            approximate: false,
            periods: None,
            formula: None,
            last_year: None,
            associations: None,
            breakdown: None,
        }
    }

    fn place(deviation: i64, name: &str) -> Place {
        let code = name.to_lowercase();
        Place { deviation: Decimal::new(deviation, 4), name: name.to_owned(), code, indicator: "people".to_owned() }
    }

    #[test]
    fn what_is_met_or_on_its_pace_does_not_lag() {
        let lags = |rate: &str, status| {
            let line = line(rate, status);
            let deviation = deviation(&line).expect("a deviation");
            laggard(&Place { deviation, ..place(0, "A") }, line, None).is_some()
        };
        for status in [Status::Overdue, Status::NotStarted, Status::AtRisk, Status::Behind] {
            assert!(lags("0.4999", status), "{status:?}");
            assert!(!lags("0.5", status), "{status:?}");
        }
        // How a line stands is for the rule to say.
        for status in [Status::Completed, Status::Exceeded, Status::OnTrack, Status::NotComputable] {
            assert!(!lags("-0.4", status), "{status:?}");
        }
    }

    #[test]
    fn what_went_the_wrong_way_is_as_far_behind_as_what_was_not_begun() {
        let [reversed, idle] = ["-2", "0"].map(|rate| deviation(&line(rate, Status::Behind)));
        assert_eq!(reversed, idle);
        assert_eq!(idle, Some(Decimal::new(-5, 1)));
    }

    #[test]
    fn only_the_status_asked_for_is_listed() {
        let found = |wanted| laggard(&place(-1, "A"), line("0.1", Status::Behind), Some(wanted)).is_some();
        assert!(found(LaggardStatus::Behind));
        assert!(!found(LaggardStatus::AtRisk));
    }

    #[test]
    fn what_is_overdue_or_not_started_is_listed_whole_where_it_is_asked_for() {
        for status in [LaggardStatus::Overdue, LaggardStatus::NotStarted] {
            let found = |wanted| laggard(&place(1, "A"), line("0.6", status.into()), wanted).is_some();
            assert!(found(Some(status)) && !found(None), "{status:?}");
        }
    }

    proptest! {
        #[test]
        fn a_page_holds_the_worst_after_its_place(
            lines in prop::collection::btree_set((-9..0_i64, "[A-Z甲乙]{1,2}"), 0..40),
            most in 1..9_usize,
            after in prop::option::of((-9..0_i64, "[A-Z甲乙]{1,2}")),
        ) {
            let after = after.map(|(deviation, name)| place(deviation, &name));
            let places: Vec<_> = lines.iter().map(|(deviation, name)| place(*deviation, name)).collect();
            let mut worst = Worst::new(most, after.clone());
            for place in places.iter().rev() {
                if worst.takes(place) {
                    let laggard = laggard(place, line("0.1", Status::Behind), None).expect("it lags");
                    worst.take(place.clone(), laggard);
                }
                prop_assert!(worst.found.len() <= most);
            }
            let mut expected: Vec<_> = places.into_iter().filter(|place| Some(place) > after.as_ref()).collect();
            expected.sort();
            expected.truncate(most);
            let found: Vec<_> = worst.into_page().into_iter().map(|(place, _)| place).collect();
            prop_assert_eq!(found, expected);
        }

        #[test]
        fn a_cursor_keeps_a_place_whole(digits in any::<i64>(), name in "\\PC{0,9}") {
            let place = place(digits, &name);
            let text = serde_json::to_string(&place).expect("JSON");
            prop_assert_eq!(serde_json::from_str::<Place>(&text).expect(&text), place);
        }
    }
}
