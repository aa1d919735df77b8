//! The order of lines, and pages of it. Pure.

use std::cmp::Reverse;

use rust_decimal::Decimal;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::decimal::Amount;

/// Where a line stands: the best value first and none last, then by name and code. The place of a page's last line is
/// the cursor of the next one, so what does not change between two pages is neither skipped nor repeated.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Place {
    #[serde(serialize_with = "write", deserialize_with = "read")]
    value: Reverse<Option<Amount>>,
    name: String,
    code: String,
}

/// As text: a rate may have more digits than a client may send.
fn write<S: Serializer>(value: &Reverse<Option<Amount>>, serializer: S) -> Result<S::Ok, S::Error> {
    value.0.map(|value| value.to_string()).serialize(serializer)
}

fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Reverse<Option<Amount>>, D::Error> {
    let text = Option::<String>::deserialize(deserializer)?;
    let value = text.map(|text| text.parse::<Decimal>().map_err(serde::de::Error::custom)).transpose()?;
    Ok(Reverse(value.map(Amount::from)))
}

impl Place {
    pub(crate) fn new(value: Option<Amount>, name: &str, code: &str) -> Self {
        Self { value: Reverse(value), name: name.to_owned(), code: code.to_owned() }
    }

    /// Where a line stands when the lowest value is first; none is last all the same.
    pub(crate) fn lowest_first(value: Option<Amount>, name: &str, code: &str) -> Self {
        Self::new(value.map(|value| Amount(-value.0)), name, code)
    }
}

/// Rows in the order of their places, those after a place only.
pub(crate) fn in_order<T>(rows: Vec<T>, place: impl Fn(&T) -> Place, after: Option<&Place>) -> Vec<(Place, T)> {
    let placed = rows.into_iter().map(|row| (place(&row), row));
    let mut rest: Vec<_> = placed.filter(|(place, _)| after.is_none_or(|after| place > after)).collect();
    rest.sort_unstable_by(|(one, _), (other, _)| one.cmp(other));
    rest
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn places() -> impl Strategy<Value = Vec<Place>> {
        let value = proptest::option::of(0..4_i64);
        let place = (value, "[ab]{1,2}").prop_map(|(value, name)| (value.map(|value| Amount(value.into())), name));
        proptest::collection::vec(place, 0..40).prop_map(|places| {
            let place = |(index, (value, name)): (usize, (_, String))| Place::new(value, &name, &format!("{index:02}"));
            places.into_iter().enumerate().map(place).collect()
        })
    }

    #[test]
    fn the_best_value_stands_first_and_none_last_and_ties_go_by_name_and_code() {
        let (zero, one) = (Some(Amount(0.into())), Some(Amount(1.into())));
        let places = [(one, "乙", "z"), (one, "甲", "a"), (one, "甲", "b"), (zero, "乙", "c"), (None, "乙", "d")];
        let sorted = places.map(|(value, name, code)| Place::new(value, name, code));
        let shuffled = [4, 2, 0, 3, 1].map(|index: usize| sorted[index].clone()).to_vec();
        let ordered: Vec<_> = in_order(shuffled, Place::clone, None).into_iter().map(|(place, _)| place).collect();
        assert_eq!(ordered, sorted);
    }

    #[test]
    fn the_lowest_value_may_stand_first_and_none_is_last_all_the_same() {
        let [zero, half, one] = ["0", "0.5", "1"].map(|text| Some(Amount(text.parse().unwrap())));
        let places = [(zero, "乙", "c"), (half, "甲", "a"), (half, "甲", "b"), (one, "乙", "z"), (None, "甲", "d")];
        let sorted = places.map(|(value, name, code)| Place::lowest_first(value, name, code));
        assert!(sorted.is_sorted());
        for place in sorted {
            let cursor = serde_json::to_string(&place).unwrap();
            assert_eq!(serde_json::from_str::<Place>(&cursor).unwrap(), place);
        }
    }

    proptest! {
        #[test]
        fn pages_put_together_are_the_whole_in_order(places in places(), limit in 1..7_usize) {
            let whole: Vec<_> = in_order(places.clone(), Place::clone, None).into_iter().map(|(place, _)| place).collect();
            let mut paged: Vec<Place> = Vec::new();
            loop {
                let rest = in_order(places.clone(), Place::clone, paged.last());
                paged.extend(rest.iter().take(limit).map(|(place, _)| place.clone()));
                if rest.len() <= limit {
                    break;
                }
            }
            prop_assert_eq!(paged, whole);
        }

        #[test]
        fn a_place_survives_being_a_cursor(places in places()) {
            for place in places {
                let text = serde_json::to_string(&place).unwrap();
                prop_assert_eq!(serde_json::from_str::<Place>(&text).unwrap(), place);
            }
        }
    }
}
