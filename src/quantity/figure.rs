//! One figure: a number or a range of two, and the measure word after it. What stands around it is not looked at.

use rust_decimal::Decimal;

use super::error::Doubt;
use super::numeral::{Garbled, Numeral, Scale, Script, numeral_at};
use super::unit::convert;
use super::{Unit, words};

/// Marks between the two ends of a range.
const RANGE_MARKS: [char; 13] = ['-', '－', '−', '–', '—', '―', '~', '～', '〜', '∼', '─', '至', '到'];
/// Blanks that may stand between a number and its unit.
const BLANKS: [char; 4] = [' ', '\t', '\u{3000}', '\u{a0}'];

/// What a number counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Counted {
    /// A quantity of this unit.
    In(Unit),
    /// A year, a day, an hour.
    Date,
    /// No measure word follows.
    Nothing,
}

/// A figure at the start of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Figure {
    pub(super) value: Decimal,
    pub(super) upper: Option<Decimal>,
    pub(super) surplus: bool,
    pub(super) counted: Counted,
    pub(super) script: Script,
    /// 万 or 亿 stands in it, as in a sum without its 元 (35万).
    pub(super) is_scaled: bool,
    /// The two ends are joined by 至 or 到, which may also tell of a change.
    pub(super) is_from_to: bool,
    /// Where the measure word of its last number starts.
    pub(super) measure_at: usize,
    pub(super) length: usize,
}

/// A figure that has no certain reading.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Snag {
    pub(super) unit: Option<Unit>,
    pub(super) doubt: Doubt,
    pub(super) length: usize,
}

/// The figure at the start of the text; `None` where no number starts.
pub(super) fn figure_at(text: &str, expected: Option<&Unit>) -> Option<Result<Figure, Snag>> {
    if let Some(rest) = text.strip_prefix("百分之") {
        return Some(percentage(text, rest));
    }
    let first = match Part::at(text, expected)? {
        Ok(part) => part,
        Err(garbled) => return Some(Err(snag(text, garbled, expected))),
    };
    if let Some(denominated) = first.rest.strip_prefix("分之") {
        let length =
            text.len() - Part::at(denominated, None).and_then(Result::ok).map_or(denominated, |part| part.rest).len();
        return Some(Err(Snag { unit: None, doubt: Doubt::Fraction, length }));
    }
    let second = split_mark(first.rest).and_then(|(mark, rest)| Some((mark, Part::at(rest, expected)?.ok()?)));
    match second {
        Some((mark, second)) if first.joins(&second) => Some(range(text, &first, mark, &second)),
        _ => Some(single(text, &first)),
    }
}

/// A text without the blanks a number may have before its unit.
pub(super) fn skip_blanks(text: &str) -> &str {
    text.trim_start_matches(BLANKS)
}

/// Whether the character marks a range, or may be a dash or a minus sign.
pub(super) fn is_dash(c: char) -> bool {
    RANGE_MARKS.contains(&c) && !matches!(c, '至' | '到')
}

/// A number with its measure word.
struct Part<'a> {
    numeral: Numeral,
    is_scaled: bool,
    counted: Counted,
    measure: &'a str,
    rest: &'a str,
}

impl<'a> Part<'a> {
    fn at(text: &'a str, expected: Option<&Unit>) -> Option<Result<Self, Garbled>> {
        let numeral = match numeral_at(text)? {
            Ok(numeral) => numeral,
            Err(garbled) => return Some(Err(garbled)),
        };
        let rest = text.get(numeral.length..).unwrap_or_default();
        let measure = skip_blanks(rest);
        let (counted, rest) = match words::measure_at(measure, expected) {
            Some(word) if !is_date(&numeral, word) => {
                (Counted::In(Unit::named(word)), measure.get(word.len()..).unwrap_or_default())
            }
            _ => match words::calendar_at(measure) {
                Some(word) => (Counted::Date, measure.get(word.len()..).unwrap_or_default()),
                None => (Counted::Nothing, rest),
            },
        };
        let is_scaled = text.get(..numeral.length).is_some_and(|number| number.contains(['万', '亿', '萬', '億']));
        Some(Ok(Self { numeral, is_scaled, counted, measure, rest }))
    }

    fn unit(&self) -> Option<Unit> {
        match &self.counted {
            Counted::In(unit) => Some(unit.clone()),
            Counted::Date | Counted::Nothing => None,
        }
    }

    /// Whether a range may go from this number to the other: 1-2家, 5家至8家, but not 3场-5人.
    fn joins(&self, other: &Self) -> bool {
        match (&self.counted, &other.counted) {
            (Counted::Nothing, _) => true,
            (Counted::In(first), Counted::In(second)) => first.converts_to(second),
            (Counted::In(_) | Counted::Date, _) => false,
        }
    }
}

/// A date stays a date even where the unit asked for is a word of the calendar; only years are also counted (3年).
fn is_date(numeral: &Numeral, word: &str) -> bool {
    if word != "年" {
        return words::calendar_at(word) == Some(word);
    }
    let years = [50..100, 1_900..2_100];
    years.iter().any(|years| Decimal::from(years.start) <= numeral.base && numeral.base < Decimal::from(years.end))
}

fn single(text: &str, part: &Part<'_>) -> Result<Figure, Snag> {
    let length = text.len() - part.rest.len();
    let numeral = &part.numeral;
    let too_large = Snag { unit: part.unit(), doubt: Doubt::Malformed, length };
    let (value, counted) = stated(numeral.base, numeral.scale, &part.counted).ok_or(too_large)?;
    Ok(Figure {
        value,
        upper: None,
        surplus: numeral.surplus,
        counted,
        script: numeral.script,
        is_scaled: part.is_scaled,
        is_from_to: false,
        measure_at: text.len() - part.measure.len(),
        length,
    })
}

fn range(text: &str, first: &Part<'_>, mark: char, second: &Part<'_>) -> Result<Figure, Snag> {
    let length = text.len() - second.rest.len();
    let snag = Snag { unit: second.unit().or_else(|| first.unit()), doubt: Doubt::Range, length };
    let ends = if second.counted == Counted::Date {
        Some((Decimal::ZERO, Decimal::ZERO, Scale::ONE))
    } else {
        ends(first, second)
    };
    let (low, high, scale) = ends.ok_or_else(|| snag.clone())?;
    let (value, _) = stated(low, scale, &second.counted).ok_or_else(|| snag.clone())?;
    let (upper, counted) = stated(high, scale, &second.counted).ok_or_else(|| snag.clone())?;
    if value > upper {
        return Err(snag);
    }
    Ok(Figure {
        value,
        upper: Some(upper),
        surplus: false,
        counted,
        script: second.numeral.script,
        is_scaled: first.is_scaled || second.is_scaled,
        is_from_to: matches!(mark, '至' | '到'),
        measure_at: text.len() - second.measure.len(),
        length,
    })
}

/// Both ends of a range and the scale of both; a scale after the second end only belongs to both (4000—5000万)
/// unless that would turn the range around (8000—1万).
fn ends(first: &Part<'_>, second: &Part<'_>) -> Option<(Decimal, Decimal, Scale)> {
    let (low, high) = (&first.numeral, &second.numeral);
    let is_bare = low.script == Script::BareScale || high.script == Script::BareScale;
    if low.surplus || high.surplus || is_bare || may_share_place(low, high) {
        return None;
    }
    if let (Some(from), Some(to)) = (first.unit(), second.unit())
        && (from != to || low.scale != high.scale)
    {
        return Some((convert(low.value()?, &from, &to).ok()?, high.value()?, Scale::ONE));
    }
    if low.scale == high.scale || (low.scale == Scale::ONE && low.base < high.base) {
        return Some((low.base, high.base, high.scale));
    }
    (low.base != high.base).then_some((low.value()?, high.value()?, Scale::ONE))
}

/// 三至五百: from 3 or from 300.
fn may_share_place(low: &Numeral, high: &Numeral) -> bool {
    low.script == Script::Chinese
        && low.scale == Scale::ONE
        && low.base < Decimal::TEN
        && high.script == Script::Chinese
        && high.base >= Decimal::from(20)
}

/// The number in the unit in which such a figure is usually given: 230 万元, but 83000 人次.
fn stated(base: Decimal, scale: Scale, counted: &Counted) -> Option<(Decimal, Counted)> {
    if let Counted::In(unit) = counted
        && let Some(scaled) = words::scaled(scale.word, unit)
    {
        return Some((base.normalize(), Counted::In(scaled)));
    }
    Some((base.checked_mul(scale.factor())?.normalize(), counted.clone()))
}

fn percentage(text: &str, rest: &str) -> Result<Figure, Snag> {
    let unit = Unit::named("%");
    let failed = |length| Snag { unit: Some(unit.clone()), doubt: Doubt::Fraction, length };
    let before = text.len() - rest.len();
    match numeral_at(rest) {
        Some(Ok(numeral)) if numeral.script == Script::Chinese => {
            let length = before + numeral.length;
            Ok(Figure {
                value: numeral.value().ok_or_else(|| failed(length))?,
                upper: None,
                surplus: numeral.surplus,
                counted: Counted::In(unit),
                script: numeral.script,
                is_scaled: false,
                is_from_to: false,
                measure_at: length,
                length,
            })
        }
        Some(Ok(numeral)) => Err(failed(before + numeral.length)),
        Some(Err(garbled)) => Err(failed(before + garbled.length)),
        None => Err(failed(before)),
    }
}

fn snag(text: &str, garbled: Garbled, expected: Option<&Unit>) -> Snag {
    let rest = text.get(garbled.length..).unwrap_or_default();
    let measure = skip_blanks(rest.trim_start_matches(['余', '多', '万', '亿', '千', '百']));
    match words::measure_at(measure, expected) {
        Some(word) => {
            let length = text.len() - measure.len() + word.len();
            Snag { unit: Some(Unit::named(word)), doubt: garbled.doubt, length }
        }
        None => Snag { unit: None, doubt: garbled.doubt, length: garbled.length },
    }
}

/// The mark of a range and what follows it. —— is a dash between two thoughts, not a range.
fn split_mark(text: &str) -> Option<(char, &str)> {
    let text = skip_blanks(text);
    let mark = text.chars().next().filter(|c| RANGE_MARKS.contains(c))?;
    text.strip_prefix(mark).map(|rest| (mark, skip_blanks(rest)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<String> {
        let figure = figure_at(text, None)?.ok()?;
        let upper = figure.upper.map(|upper| format!("-{}", upper.normalize())).unwrap_or_default();
        let counted = match figure.counted {
            Counted::In(unit) => unit.to_string(),
            Counted::Date => "date".to_owned(),
            Counted::Nothing => "nothing".to_owned(),
        };
        Some(format!("{}{upper} {counted}", figure.value.normalize()))
    }

    #[test]
    fn a_number_is_read_with_its_measure_word() {
        for (text, expected) in [
            ("8家企业", "8 家"),
            ("12 项", "12 项"),
            ("1.1万人次", "11000 人次"),
            ("230多万元", "230 万元"),
            ("12万余元", "12 万元"),
            ("一百万元", "100 万元"),
            ("5千克", "5 千克"),
            ("3个百分点", "3 个百分点"),
            ("3个月内", "3 个月"),
            ("百分之十五", "15 %"),
            ("35万", "350000 nothing"),
            ("2018年", "2018 date"),
            ("863计划", "863 nothing"),
        ] {
            assert_eq!(read(text).unwrap_or_default(), expected, "{text}");
        }
    }

    #[test]
    fn both_ends_of_a_range_share_scale_and_unit() {
        for (text, expected) in [
            ("1-2家", "1-2 家"),
            ("1—2个", "1-2 个"),
            ("10至15家", "10-15 家"),
            ("5家到8家", "5-8 家"),
            ("4000—5000万元", "4000-5000 万元"),
            ("4000万~5000万元", "4000-5000 万元"),
            ("8000—1万人", "8000-10000 人"),
            ("5%-8%", "5-8 %"),
            ("三至五万元", "3-5 万元"),
            ("5000元至1万元", "5000-10000 元"),
            ("5万元至8万元", "5-8 万元"),
        ] {
            assert_eq!(read(text).unwrap_or_default(), expected, "{text}");
        }
    }

    #[test]
    fn what_is_no_range_is_a_snag() {
        for text in ["5-3家", "三至五百人", "10-15余家", "1-1万人"] {
            let snag = figure_at(text, None).unwrap().unwrap_err();
            assert_eq!(snag.doubt, Doubt::Range, "{text}");
            assert_eq!(snag.length, text.len(), "{text}");
        }
    }

    #[test]
    fn fractions_are_snags_of_their_whole_length() {
        assert_eq!(figure_at("三分之一以上", None).unwrap().unwrap_err().length, "三分之一".len());
        assert_eq!(figure_at("1/3", None).unwrap().unwrap_err().doubt, Doubt::Fraction);
    }
}
