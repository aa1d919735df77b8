//! Why a text could not be read as a quantity. Holds no grammar.

use rust_decimal::Decimal;
use thiserror::Error;

use super::Unit;

/// Why a text is not read, or a value not converted. Every variant has a stable [`code`](Self::code).
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum QuantityError {
    /// The text holds no number at all; 若干, 一批 and masked figures (XX多份) end here.
    #[error("the text holds no figure")]
    NoFigure,
    /// The only numbers stand among other words without a measure word.
    #[error("{figure:?} stands among other words without a unit; write it with a unit such as {expected}")]
    FigureWithoutUnit {
        /// The number as written.
        figure: String,
        /// The unit that was asked for.
        expected: Unit,
    },
    /// The text holds several different quantities that could be meant.
    #[error("the text holds several figures: {}", figures.join(", "))]
    AmbiguousFigure {
        /// The quantities as written, in the order of the text.
        figures: Vec<String>,
    },
    /// The only numbers are dates, ordinals or parts of names.
    #[error("{figure:?} is a date, an ordinal or part of a name, not a quantity")]
    NotAQuantity {
        /// The number as written.
        figure: String,
    },
    /// A figure that could be the one asked for has more than one meaning.
    #[error("{figure:?} cannot be read with certainty: {doubt}")]
    UnclearFigure {
        /// The figure as written.
        figure: String,
        /// What is unclear about it.
        doubt: Doubt,
    },
    /// The quantity is in a unit that does not convert into the one asked for.
    #[error("the figure is in {given}, which does not convert to {expected}")]
    UnitMismatch {
        /// The unit of the figure.
        given: Unit,
        /// The unit that was asked for.
        expected: Unit,
    },
    /// The exact value needs more decimals than are kept.
    #[error("the figure in {unit} needs more than {allowed} decimals")]
    TooManyDecimals {
        /// The unit in which the value would have to be kept.
        unit: Unit,
        /// How many decimals are kept.
        allowed: u32,
    },
    /// The value has more digits than are kept.
    #[error("the figure is not below {limit}")]
    OutOfRange {
        /// The first value that is too large.
        limit: Decimal,
    },
    /// The name cannot be the name of a unit.
    #[error("{name:?} is not a unit: give 1 to {longest} characters without digits and blanks")]
    InvalidUnit {
        /// The name as given.
        name: String,
        /// The most characters a name may have.
        longest: usize,
    },
}

impl QuantityError {
    /// The stable code of the reason, for clients that decide by it.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::NoFigure => "no_figure",
            Self::FigureWithoutUnit { .. } => "figure_without_unit",
            Self::AmbiguousFigure { .. } => "ambiguous_figure",
            Self::NotAQuantity { .. } => "not_a_quantity",
            Self::UnclearFigure { .. } => "unclear_figure",
            Self::UnitMismatch { .. } => "unit_mismatch",
            Self::TooManyDecimals { .. } => "too_many_decimals",
            Self::OutOfRange { .. } => "out_of_range",
            Self::InvalidUnit { .. } => "invalid_unit",
        }
    }
}

/// What makes a figure unclear. The text is the half sentence that explains it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Doubt {
    /// 17一23, 12,34, 007, 三四家: no way of writing one number.
    #[error("its digits do not form one number")]
    Malformed,
    /// 1/3, 三分之一.
    #[error("it is a fraction")]
    Fraction,
    /// 2、3家, 5或6家, 20+80项.
    #[error("several numbers share its unit")]
    Enumeration,
    /// -5家: a sign or a dash.
    #[error("a minus sign or a dash stands before it")]
    Sign,
    /// A4张: part of a name, or a count.
    #[error("a letter stands directly before it")]
    Identifier,
    /// 12项目: the measure word may begin another word.
    #[error("its measure word may be the beginning of another word")]
    PartOfAWord,
    /// 几十人, 数百家.
    #[error("its digits are left open")]
    Masked,
    /// 上一次, 再一次: the last one, or one.
    #[error("it may point at something instead of counting it")]
    Pointing,
    /// 前移3位.
    #[error("it may be a rank instead of a count")]
    Rank,
    /// 近三次: about three, or the last three.
    #[error("近 may mean the latest ones")]
    Recent,
    /// 突破3项: more than three, or three breakthroughs.
    #[error("突破 may mean a breakthrough")]
    Breakthrough,
    /// 不足100人, 还差3家.
    #[error("it says what was not reached")]
    Negated,
    /// 不少于10家以内.
    #[error("its bounds contradict each other")]
    ContradictoryBounds,
    /// 至少五市联合举办3场: the bound may belong to another word.
    #[error("a bound stands apart from it")]
    DistantBound,
    /// 5-3家, or 三至五百人.
    #[error("the two ends do not form a range")]
    Range,
    /// 从5家到8家: a range, or a change.
    #[error("it may be a change from one figure to another")]
    Change,
    /// 一个半月.
    #[error("half of something follows it")]
    Half,
    /// 3次/年, 2000人（次）.
    #[error("its unit is written in two ways or per something else")]
    CompoundUnit,
    /// 3家之一.
    #[error("it is the whole of which a part is meant")]
    PartOf,
}

impl Doubt {
    /// The same half sentence in Chinese.
    #[must_use]
    pub const fn chinese(self) -> &'static str {
        match self {
            Self::Malformed => "各位数字不成一个数",
            Self::Fraction => "是分数",
            Self::Enumeration => "几个数共用一个单位",
            Self::Sign => "前面有负号或破折号",
            Self::Identifier => "前面紧接字母",
            Self::PartOfAWord => "量词可能是另一个词的开头",
            Self::Masked => "数字没有写明",
            Self::Pointing => "可能是指代，不是计数",
            Self::Rank => "可能是名次，不是数量",
            Self::Recent => "「近」可能指最近几次",
            Self::Breakthrough => "「突破」可能指取得突破",
            Self::Negated => "说的是没有达到的数",
            Self::ContradictoryBounds => "前后界限矛盾",
            Self::DistantBound => "界限与数字没有连在一起",
            Self::Range => "两端不成范围",
            Self::Change => "可能是从一个数变到另一个数",
            Self::Half => "后面还有「半」",
            Self::CompoundUnit => "单位有两种写法，或是按另一单位计",
            Self::PartOf => "是总数，所指只是其中一部分",
        }
    }
}
