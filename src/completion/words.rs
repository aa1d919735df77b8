//! What is said of completions in words, for files that people read. Pure.

use super::{Basis, Scope};
use crate::error::{Language, Text};
use crate::quantity::Bound;
use crate::rule::Status;
use crate::tabular::table::{Fact, Kind, Tone};

/// The heading over indicators.
pub(crate) const INDICATOR: Text = Text::new("指标", "Indicator");

/// The heading over rates.
pub(crate) const RATE_HEADING: Text = Text::new("完成率", "Rate");

/// The heading over scores.
pub(crate) const SCORE_HEADING: Text = Text::new("得分", "Score");

/// How a rate comes about.
pub(crate) const RATE: Text = Text::new(
    "完成率 = 实绩 ÷ 目标，不封顶，截取四位小数，不进位；按变化计算的目标：（实绩 − 基数）÷（目标 − 基数）。是否达标在截取之前判定。",
    "Rate = actual ÷ target, uncapped, cut to four decimals and never rounded up; of targets that measure a change: \
     (actual − baseline) ÷ (target − baseline). Whether a target is met is decided before cutting.",
);

/// What an empty rate means.
pub(crate) const NO_RATE: Text = Text::new(
    "无法计算完成率时该单元格为空，原因另列；0 只表示报送的数就是 0。",
    "Where there is no rate its cell is empty and a column says why; 0 is only a reported 0.",
);

/// How a line's score comes about.
pub(crate) const LINE_SCORE: Text = Text::new(
    "得分为限于 0 至 1 之间的完成率；没有比率的目标，达标为 1，未达标为 0。",
    "The score is the rate within 0 and 1; where there is no ratio, 1 when the target is met and 0 when not.",
);

/// How an association's score comes about.
pub(crate) const SCORE: Text = Text::new(
    "组织得分 = Σ（权重 × 得分）÷ Σ 权重，按可计分的目标计算；尚未报送的目标得 0 分。",
    "An association's score = Σ weight × score ÷ Σ weight over the targets that can be scored; one with nothing reported \
     scores 0.",
);

/// What pace is.
pub(crate) const PACE: Text =
    Text::new("序时进度为截至当日计划应完成的比例。", "Pace is the share of the plan that should be done by the day.");

/// What a line's deviation is.
pub(crate) const DEVIATION: Text =
    Text::new("进度偏差 = 完成率 − 序时进度。", "The deviation is the rate minus the pace.");

/// Every status and its colour, the best first.
pub(crate) const STATUSES: &[(Text, Tone)] = &[
    (Status::Exceeded.words(), Tone::Good),
    (Status::Completed.words(), Tone::Good),
    (Status::OnTrack.words(), Tone::Fair),
    (Status::AtRisk.words(), Tone::Warning),
    (Status::NotStarted.words(), Tone::Warning),
    (Status::Behind.words(), Tone::Bad),
    (Status::Overdue.words(), Tone::Bad),
    (Status::NotComputable.words(), Tone::Neutral),
];

/// The kind of a column of statuses.
pub(crate) const STATUS: Kind = Kind::Words(STATUSES);

/// How a target bounds the actual.
pub(crate) const fn bound(bound: Bound) -> Text {
    match bound {
        Bound::AtLeast => Text::new("不少于", "At least"),
        Bound::AtMost => Text::new("不超过", "At most"),
        Bound::Exactly => Text::new("等于", "Exactly"),
        Bound::Range => Text::new("区间", "Range"),
    }
}

/// Yes or no.
pub(crate) const fn yes_or_no(is_so: bool) -> Text {
    if is_so { Text::new("是", "Yes") } else { Text::new("否", "No") }
}

impl Scope {
    /// As people read it.
    pub(super) const fn words(self) -> Text {
        match self {
            Self::Own => Text::new("本组织的目标和实绩", "The association's own targets and actuals"),
            Self::Subtree => Text::new("本组织及全部下级合计", "The association and all below it, added up"),
        }
    }
}

/// The year, the day and the basis of an answer.
pub(crate) fn facts(year: i16, as_of: chrono::NaiveDate, basis: Basis, language: Language) -> Vec<Fact> {
    vec![
        Fact::new(Text::new("年度", "Year"), year),
        Fact::new(Text::new("截至日期", "As of"), as_of),
        Fact::new(Text::new("数据口径", "Basis"), basis.words().get(language)),
    ]
}
