//! Targets as people say them: 不少于2000人次, 1—2家, 每月50条. Pure.

use rust_decimal::Decimal;

use super::figures::{quantity, span};
use crate::completion::{LineIndicator, LineTarget};
use crate::error::Language;
use crate::indicators::ValueType;
use crate::period::Per;
use crate::quantity::Bound;
use crate::rule::Goal;
use crate::targets::Target;

/// What a target demands.
#[derive(Clone, Copy, Debug)]
pub(super) struct Terms {
    pub bound: Bound,
    /// Per period.
    pub value: Decimal,
    /// Per period.
    pub upper: Option<Decimal>,
    pub per: Per,
    pub is_approximate: bool,
    pub is_milestone: bool,
}

impl Terms {
    /// Of a line; a range per period is said for the year, which is how the line has its upper end.
    pub(super) fn of_line(indicator: &LineIndicator, target: &LineTarget) -> Self {
        let per = target.per.filter(|_| target.upper.is_none()).unwrap_or_default();
        let value = target.value_per_period.filter(|_| per != Per::Year).unwrap_or(target.value);
        Self {
            bound: target.bound,
            value: *value,
            upper: target.upper.map(|upper| *upper),
            per,
            is_approximate: target.approximate == Some(true),
            is_milestone: indicator.value_type == Some(ValueType::Milestone),
        }
    }

    /// Of a revision.
    pub(super) fn of_target(target: &Target, value_type: ValueType) -> Self {
        Self {
            bound: target.bound,
            value: *target.value,
            upper: target.upper.map(|upper| *upper),
            per: target.per,
            is_approximate: target.approximate,
            is_milestone: value_type == ValueType::Milestone,
        }
    }

    /// Of what the rule holds against the year's total, for the whole year.
    pub(super) fn of_goal(goal: &Goal, value_type: ValueType) -> Self {
        Self {
            bound: goal.bound,
            value: goal.value,
            upper: goal.upper,
            per: Per::Year,
            is_approximate: false,
            is_milestone: value_type == ValueType::Milestone,
        }
    }

    /// In words, in the indicator's unit.
    pub(super) fn say(&self, unit: &str, language: Language) -> String {
        if self.is_milestone {
            return language.say("完成", "to be done").to_owned();
        }
        let figure = match self.upper {
            Some(upper) => span(self.value, upper, unit, language),
            None => quantity(self.value, unit, language),
        };
        let about = if self.is_approximate { language.say("约", "about ") } else { "" };
        let bound = self.bound_words(language);
        match language {
            Language::Chinese => format!("{}{bound}{about}{figure}", per_words(self.per, language)),
            Language::English => format!("{bound}{about}{figure}{}", per_words(self.per, language)),
        }
    }

    const fn bound_words(&self, language: Language) -> &'static str {
        match self.bound {
            Bound::AtMost => language.say("不超过", "at most "),
            Bound::Exactly => language.say("正好", "exactly "),
            // 每月50条 and 约230万元 say it already.
            Bound::AtLeast if matches!(self.per, Per::Year) && !self.is_approximate => {
                language.say("不少于", "at least ")
            }
            Bound::AtLeast | Bound::Range => "",
        }
    }
}

const fn per_words(per: Per, language: Language) -> &'static str {
    match per {
        Per::Year => "",
        Per::HalfYear => language.say("每半年", " a half-year"),
        Per::Quarter => language.say("每季度", " a quarter"),
        Per::Month => language.say("每月", " a month"),
        Per::Week => language.say("每周", " a week"),
    }
}

/// A value of an indicator in words: a milestone is done or not.
pub(super) fn value(value: Decimal, value_type: Option<ValueType>, unit: &str, language: Language) -> String {
    match value_type {
        Some(ValueType::Milestone) if value.is_zero() => language.say("未完成", "not done").to_owned(),
        // Of a subtree, how many associations are done.
        Some(ValueType::Milestone) if value == Decimal::ONE => language.say("已完成", "done").to_owned(),
        _ => quantity(value, unit, language),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_is_said_as_a_plan_writes_it() {
        let terms = Terms {
            bound: Bound::AtLeast,
            value: Decimal::from(2000),
            upper: None,
            per: Per::Year,
            is_approximate: false,
            is_milestone: false,
        };
        let (one, two) = (Decimal::ONE, Some(Decimal::TWO));
        let rows = [
            (terms, "人次", "不少于2000人次", "at least 2,000 人次"),
            (Terms { bound: Bound::AtMost, ..terms }, "件", "不超过2000件", "at most 2,000 件"),
            (Terms { bound: Bound::Exactly, value: one, ..terms }, "家", "正好1家", "exactly 1 家"),
            (Terms { bound: Bound::Range, value: one, upper: two, ..terms }, "家", "1—2家", "1—2 家"),
            (
                Terms { bound: Bound::Range, upper: Some(Decimal::from(30_000)), ..terms },
                "%",
                "2000—3万%",
                "2,000—30,000%",
            ),
            (Terms { per: Per::Month, ..terms }, "条", "每月2000条", "2,000 条 a month"),
            (Terms { is_approximate: true, ..terms }, "万元", "约2000万元", "about 2,000 万元"),
            (Terms { is_milestone: true, ..terms }, "项", "完成", "to be done"),
        ];
        for (terms, unit, chinese, english) in rows {
            assert_eq!(terms.say(unit, Language::Chinese), chinese);
            assert_eq!(terms.say(unit, Language::English), english);
        }
    }
}
