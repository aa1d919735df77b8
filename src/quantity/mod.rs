//! Quantities as people write them in Chinese plans: 不少于24个, 1-2家, 1.1万人次, 约230多万元.
//!
//! Pure rules: text in, exact decimals out. What has more than one reading is refused with its reason, never guessed.
//! Read in this order: `words` (vocabulary), `numeral` and `chinese` (numbers), `figure` (a number with its unit),
//! `hedge` (the words that bound it), `context` (what speaks against it), `phrase` (a whole text), `choice` (the one meant).

mod chinese;
mod choice;
mod context;
mod error;
mod figure;
mod hedge;
mod numeral;
mod phrase;
mod problem;
#[cfg(test)]
mod spelling;
mod unit;
mod words;

use std::ops::Range;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use strum::{AsRefStr, EnumString};
use utoipa::ToSchema;

pub use error::{Doubt, QuantityError};
use phrase::{Mention, Reading, Standing};
pub use problem::{convert_at, unit_at};
pub use unit::{Unit, convert};

/// A quantity: exact, with at most four decimals and below 10^16 so that `numeric(20,4)` holds it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Quantity {
    /// The number; of a range, its lower end.
    pub value: Decimal,
    /// The upper end of a range, not below `value`; only with [`Bound::Range`].
    pub upper: Option<Decimal>,
    /// What is said of the number; none for a bare figure (脱贫94户).
    pub bound: Option<Bound>,
    /// 约, 近 or 左右 stands beside it.
    pub approximate: bool,
    /// What is counted; none for a number that stands alone.
    pub unit: Option<Unit>,
}

/// How a quantity bounds what it is compared with.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, AsRefStr, EnumString, Serialize, Deserialize, ToSchema,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Bound {
    /// 不少于, 超过, 以上, 余, 多.
    AtLeast,
    /// 不超过, 以下, 以内.
    AtMost,
    /// 正好, 等于.
    Exactly,
    /// From `value` to `upper`: 1-2家.
    Range,
}

/// A quantity found in running text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Phrase {
    /// The quantity, in the unit in which it is written.
    pub quantity: Quantity,
    /// The bytes of the text that say it, from the first hedge to the last.
    pub span: Range<usize>,
}

/// The one quantity of the unit's dimension in a phrase or a sentence, converted exactly to the unit.
///
/// A number that stands alone counts as being in the unit. Of 由13%增长至15% the latter is meant.
///
/// # Errors
/// `no_figure`, `figure_without_unit` and `not_a_quantity` where there is nothing to read; `unit_mismatch` where there
/// are quantities, but of other dimensions; `ambiguous_figure` and `unclear_figure` where there is more than one
/// reading; `too_many_decimals` and `out_of_range` where the value cannot be kept.
pub fn read(text: &str, unit: &Unit) -> Result<Quantity, QuantityError> {
    choice::choose(text, unit, &phrase::mentions(text, Some(unit)))
}

/// Every quantity in running text that is read with certainty, in the order of the text.
///
/// A number without a unit is one only where the text is nothing else.
#[must_use]
pub fn phrases(text: &str) -> Vec<Phrase> {
    let certain = |Mention { span, reading }| match reading {
        Reading::Quantity(quantity, _) | Reading::Bare { quantity, standing: Standing::Alone, .. } => {
            quantity.is_kept_exactly().then_some(Phrase { quantity, span })
        }
        Reading::Bare { .. } | Reading::Label | Reading::Unclear(..) => None,
    };
    phrase::mentions(text, None).into_iter().filter_map(certain).collect()
}

impl Quantity {
    fn is_kept_exactly(&self) -> bool {
        unit::is_kept_exactly(self.value) && self.upper.is_none_or(unit::is_kept_exactly)
    }
}

#[cfg(test)]
mod tests;
