//! How a rate came about, in words.

use rust_decimal::Decimal;

use crate::decimal::SCALE;
use crate::error::Language;
use crate::indicators::{Direction, ValueType};
use crate::quantity::Bound;
use crate::rule::{BasisOfRate, Goal, Nature};

/// The computation of a line with a target and an actual, such as `actual ÷ target = 82 户 ÷ 94 户`.
pub(super) fn formula(nature: Nature, goal: &Goal, actual: Decimal, unit: &str, language: Language) -> String {
    let words = |en, zh| match language {
        Language::English => en,
        Language::Chinese => zh,
    };
    let number = |value: Decimal| format!("{} {unit}", value.trunc_with_scale(SCALE).normalize());
    let (done, planned) = (number(actual), number(goal.value));
    if nature.value_type == ValueType::Milestone {
        return words("1 when done, else 0", "完成为 1，未完成为 0").to_owned();
    }
    match (goal.basis_of_rate, nature.direction) {
        (BasisOfRate::Change, _) => {
            let baseline = number(goal.baseline.unwrap_or_default());
            let name = words("(actual − baseline) ÷ (target − baseline)", "（实绩 − 基数）÷（目标 − 基数）");
            format!("{name} = ({done} − {baseline}) ÷ ({planned} − {baseline})")
        }
        (BasisOfRate::Level, Direction::HigherIsBetter) => {
            format!("{} = {done} ÷ {planned}", words("actual ÷ target", "实绩 ÷ 目标"))
        }
        (BasisOfRate::Level, Direction::LowerIsBetter) => {
            let (sign, limit) = match goal.bound {
                Bound::Exactly => ("=", planned),
                Bound::Range => ("≤", number(goal.upper.unwrap_or(goal.value))),
                Bound::AtLeast | Bound::AtMost => ("≤", planned),
            };
            format!("{}: {done} {sign} {limit}", words("met when", "达标条件"))
        }
    }
}
