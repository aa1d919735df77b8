//! What is said of completions in words, for files that people read. Pure.

use super::{Basis, Reason, Scope};
use crate::error::{Language, Text};
use crate::quantity::Bound;
use crate::rule::Status;
use crate::tabular::table::{Fact, Kind, Tone};

/// The heading over indicators.
pub(crate) const INDICATOR: Text = Text::new("Indicator", "指标");

/// The heading over rates.
pub(crate) const RATE_HEADING: Text = Text::new("Rate", "完成率");

/// The heading over scores.
pub(crate) const SCORE_HEADING: Text = Text::new("Score", "得分");

/// How a rate comes about.
pub(crate) const RATE: Text = Text::new(
    "Rate = actual ÷ target, uncapped, cut to four decimals and never rounded up; of targets that measure a change: \
     (actual − baseline) ÷ (target − baseline). Whether a target is met is decided before cutting.",
    "完成率 = 实绩 ÷ 目标，不封顶，截取四位小数，不进位；按变化计算的目标：（实绩 − 基数）÷（目标 − 基数）。是否达标在截取之前判定。",
);

/// What an empty rate means.
pub(crate) const NO_RATE: Text = Text::new(
    "Where there is no rate its cell is empty and a column says why; 0 is only a reported 0.",
    "无法计算完成率时该单元格为空，原因另列；0 只表示报送的数就是 0。",
);

/// How a line's score comes about.
pub(crate) const LINE_SCORE: Text = Text::new(
    "The score is the rate within 0 and 1; where there is no ratio, 1 when the target is met and 0 when not.",
    "得分为限于 0 至 1 之间的完成率；没有比率的目标，达标为 1，未达标为 0。",
);

/// How an association's score comes about.
pub(crate) const SCORE: Text = Text::new(
    "An association's score = Σ weight × score ÷ Σ weight over the targets that can be scored; one with nothing reported \
     scores 0.",
    "组织得分 = Σ（权重 × 得分）÷ Σ 权重，按可计分的目标计算；尚未报送的目标得 0 分。",
);

/// What pace is.
pub(crate) const PACE: Text = Text::new(
    "Pace is the share of the plan that should be done by the day; the deviation is the progress minus that share.",
    "序时进度为截至当日计划应完成的比例；进度偏差 = 完成进度 − 序时进度。",
);

/// Every status and its colour, the best first.
pub(crate) const STATUSES: &[(Text, Tone)] = &[
    (status(Status::Exceeded), Tone::Good),
    (status(Status::Completed), Tone::Good),
    (status(Status::OnTrack), Tone::Fair),
    (status(Status::AtRisk), Tone::Warning),
    (status(Status::NotStarted), Tone::Warning),
    (status(Status::Behind), Tone::Bad),
    (status(Status::Overdue), Tone::Bad),
    (status(Status::NotComputable), Tone::Neutral),
];

/// The kind of a column of statuses.
pub(crate) const STATUS: Kind = Kind::Words(STATUSES);

/// How a line stands.
pub(crate) const fn status(status: Status) -> Text {
    match status {
        Status::NotComputable => Text::new("Not computable", "无法计算"),
        Status::Exceeded => Text::new("Exceeded", "超额完成"),
        Status::Completed => Text::new("Completed", "已完成"),
        Status::Overdue => Text::new("Overdue", "逾期未完成"),
        Status::NotStarted => Text::new("Not started", "未开始"),
        Status::OnTrack => Text::new("On track", "进度正常"),
        Status::AtRisk => Text::new("At risk", "略有滞后"),
        Status::Behind => Text::new("Behind", "进度滞后"),
    }
}

/// Why there is no rate, or no line.
pub(crate) const fn reason(reason: Reason) -> Text {
    match reason {
        Reason::NoTarget => Text::new("No target", "没有目标"),
        Reason::ZeroTarget => Text::new("The target is 0", "目标为 0"),
        Reason::NoActual => Text::new("Nothing reported", "尚未报送"),
        Reason::NoRatioForLowerIsBetter => Text::new("Less is better: no ratio", "越低越好，没有比率"),
        Reason::BaselineEqualsTarget => Text::new("The target equals the baseline", "目标等于基数"),
        Reason::TargetsDiffer => Text::new("Percentage targets differ", "各组织的百分比目标不同"),
        Reason::PartlyReported => Text::new("Only partly reported", "仅部分组织报送"),
        Reason::NotAdditive => Text::new("May not be added up", "不可加总"),
    }
}

/// How a target bounds the actual.
pub(crate) const fn bound(bound: Bound) -> Text {
    match bound {
        Bound::AtLeast => Text::new("At least", "不少于"),
        Bound::AtMost => Text::new("At most", "不超过"),
        Bound::Exactly => Text::new("Exactly", "等于"),
        Bound::Range => Text::new("Range", "区间"),
    }
}

/// Yes or no.
pub(crate) const fn yes_or_no(is_so: bool) -> Text {
    if is_so { Text::new("Yes", "是") } else { Text::new("No", "否") }
}

impl Scope {
    /// In words.
    pub(super) const fn in_words(self) -> Text {
        match self {
            Self::Own => Text::new("The association's own targets and actuals", "本组织的目标和实绩"),
            Self::Subtree => Text::new("The association and all below it, added up", "本组织及全部下级合计"),
        }
    }
}

impl Basis {
    /// In words.
    pub(crate) const fn in_words(self) -> Text {
        match self {
            Self::Reported => Text::new("Reported figures", "自评（报送数）"),
            Self::Verified => Text::new("Verified figures", "核定（核定数）"),
        }
    }
}

/// The year, the day and the basis of an answer.
pub(crate) fn facts(year: i16, as_of: chrono::NaiveDate, basis: Basis, language: Language) -> Vec<Fact> {
    vec![
        Fact::new(Text::new("Year", "年度"), year),
        Fact::new(Text::new("As of", "截至日期"), as_of),
        Fact::new(Text::new("Basis", "数据口径"), basis.in_words().get(language)),
    ]
}
