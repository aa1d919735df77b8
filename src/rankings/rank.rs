//! How ranks are given: standard competition ranking, 1-2-2-4. Pure.

use crate::decimal::Amount;

/// A place among peers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Rank {
    /// 1 + how many are better.
    pub rank: usize,
    /// How many have the same value, this one included.
    pub tied: usize,
}

/// The rank of each value, in the order of the values; none where there is no value.
pub(super) fn ranks(values: &[Option<Amount>]) -> Vec<Option<Rank>> {
    let mut best_first: Vec<Amount> = values.iter().flatten().copied().collect();
    best_first.sort_unstable_by(|one, other| other.cmp(one));
    let rank = |value: Amount| {
        let better = best_first.partition_point(|other| *other > value);
        let as_good = best_first.partition_point(|other| *other >= value);
        Rank { rank: better + 1, tied: as_good - better }
    };
    values.iter().map(|value| value.map(rank)).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rust_decimal::Decimal;

    use super::*;

    /// Few different values, some of them negative or above 1, so that many tie.
    fn values() -> impl Strategy<Value = Vec<Option<Amount>>> {
        let value = proptest::option::of((-3..6_i64).prop_map(|value| Amount(Decimal::new(value * 2500, 4))));
        proptest::collection::vec(value, 0..40)
    }

    #[test]
    fn those_who_tie_share_the_best_rank_and_the_next_one_is_left_out() {
        let values =
            [Some(5), None, Some(9), Some(7), Some(7)].map(|value| value.map(|value: i64| Amount(value.into())));
        let given: Vec<_> = ranks(&values).into_iter().map(|rank| rank.map(|rank| (rank.rank, rank.tied))).collect();
        assert_eq!(given, [Some((4, 1)), None, Some((1, 1)), Some((2, 2)), Some((2, 2))]);
    }

    #[test]
    fn nobody_is_ranked_where_nobody_is() {
        assert_eq!(ranks(&[]), []);
        assert_eq!(ranks(&[None]), [None]);
    }

    proptest! {
        #[test]
        fn a_rank_is_one_more_than_the_number_of_those_who_are_better(values in values()) {
            for (value, rank) in values.iter().zip(ranks(&values)) {
                let naive = value.map(|value| Rank {
                    rank: 1 + values.iter().flatten().filter(|other| **other > value).count(),
                    tied: values.iter().flatten().filter(|other| **other == value).count(),
                });
                prop_assert_eq!(rank, naive);
            }
        }

        #[test]
        fn the_order_of_the_values_changes_no_rank(
            (values, shuffled) in values().prop_flat_map(|values| {
                let indexed: Vec<_> = values.iter().copied().enumerate().collect();
                (Just(values), Just(indexed).prop_shuffle())
            })
        ) {
            let ranked = ranks(&values);
            let moved: Vec<_> = shuffled.iter().map(|(_, value)| *value).collect();
            for ((index, _), rank) in shuffled.iter().zip(ranks(&moved)) {
                prop_assert_eq!(rank, ranked[*index]);
            }
        }
    }
}
