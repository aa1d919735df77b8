//! A target as plans write it: 不少于2000人次, 1-2家, 每月50条. Pure.

use rust_decimal::Decimal;

use super::row::TargetRow;
use crate::decimal::Amount;
use crate::indicators::ValueType;
use crate::period::Per;
use crate::quantity::Bound;

impl TargetRow {
    /// In words, in the indicator's unit.
    pub(crate) fn in_words(&self, value_type: ValueType, unit: &str) -> String {
        if value_type == ValueType::Milestone {
            return "完成".to_owned();
        }
        let (goal, amount) = (&self.goal, |value: Decimal| Amount::from(value).to_string());
        let per = per(goal.per.0);
        let bound = match goal.bound.0 {
            Bound::AtMost => "不超过",
            Bound::Exactly => "正好",
            // 每月50条 and 约230万元 say it already.
            Bound::AtLeast if goal.per.0 == Per::Year && !self.is_approximate => "不少于",
            Bound::AtLeast | Bound::Range => "",
        };
        let about = if self.is_approximate { "约" } else { "" };
        let upper = goal.upper.map(|upper| format!("-{}", amount(upper))).unwrap_or_default();
        let growth = match (self.growth, self.baseline_year) {
            (Some(growth), Some(year)) => format!("（比{year}年增长{}%）", amount(growth)),
            _ => String::new(),
        };
        format!("{per}{bound}{about}{}{upper}{unit}{growth}", amount(goal.value))
    }
}

const fn per(per: Per) -> &'static str {
    match per {
        Per::Year => "",
        Per::HalfYear => "每半年",
        Per::Quarter => "每季度",
        Per::Month => "每月",
        Per::Week => "每周",
    }
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, NaiveDate};
    use uuid::Uuid;

    use super::*;
    use crate::database::Coded;
    use crate::rule::BasisOfRate;
    use crate::scorecards::store::GoalRow;

    fn target(bound: Bound, value: &str) -> TargetRow {
        let goal = GoalRow {
            bound: Coded(bound),
            value: value.parse().expect("a number"),
            upper: None,
            per: Coded(Per::Year),
            basis_of_rate: Coded(BasisOfRate::Level),
            baseline_value: None,
            weight: Decimal::ONE,
            due_on: NaiveDate::MAX,
            plan: None,
        };
        TargetRow {
            association_id: Uuid::nil(),
            year: 2007,
            indicator_id: Uuid::nil(),
            revision: 1,
            is_current: true,
            is_removal: false,
            goal,
            is_approximate: false,
            baseline_year: None,
            growth: None,
            source_document: None,
            source_locator: None,
            source_quote: None,
            reason: None,
            recorded_at: DateTime::UNIX_EPOCH,
            recorded_by: None,
        }
    }

    fn words(target: &TargetRow, unit: &str) -> String {
        target.in_words(ValueType::Number, unit)
    }

    #[test]
    fn a_target_reads_as_a_plan_writes_it() {
        assert_eq!(words(&target(Bound::AtLeast, "2000.0000"), "人次"), "不少于2000人次");
        assert_eq!(words(&target(Bound::AtMost, "1.5"), "%"), "不超过1.5%");
        assert_eq!(words(&target(Bound::Exactly, "1"), "家"), "正好1家");
        let mut range = target(Bound::Range, "1");
        range.goal.upper = Some(Decimal::TWO);
        assert_eq!(words(&range, "家"), "1-2家");
        let mut duty = target(Bound::AtLeast, "50");
        duty.goal.per = Coded(Per::Month);
        assert_eq!(words(&duty, "条"), "每月50条");
        let mut about = target(Bound::AtLeast, "230");
        about.is_approximate = true;
        assert_eq!(words(&about, "万元"), "约230万元");
        let mut growing = target(Bound::AtLeast, "130");
        (growing.growth, growing.baseline_year) = (Some(Decimal::TEN), Some(2006));
        assert_eq!(words(&growing, "亿元"), "不少于130亿元（比2006年增长10%）");
        assert_eq!(target(Bound::AtLeast, "1").in_words(ValueType::Milestone, "项"), "完成");
    }
}
