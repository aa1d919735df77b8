//! Numbers as they are written: Arabic, Chinese or mixed, with the scale (万) and the surplus (余, 多) that stand
//! inside them. Knows nothing of units; Chinese characters are read in `chinese`.

use rust_decimal::Decimal;

use super::chinese;
use super::error::Doubt;

/// How a number is written, as far as its meaning depends on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Script {
    /// 1,234 or 1.1万.
    Arabic,
    /// 三千六百.
    Chinese,
    /// 万 alone, a number only beside a hedge: 近万元, 百余名.
    BareScale,
}

/// The power of ten written after a number: 万 in 1.1万.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Scale {
    /// Its word; empty where there is none.
    pub(super) word: &'static str,
    exponent: u32,
}

impl Scale {
    /// No scale at all.
    pub(super) const ONE: Self = Self { word: "", exponent: 0 };

    /// The number it stands for.
    pub(super) fn factor(self) -> Decimal {
        Decimal::from(10_u64.saturating_pow(self.exponent))
    }
}

/// Scales as written, the longer before those they begin with.
const SCALES: [(&str, Scale); 13] = [
    ("百万", Scale { word: "百万", exponent: 6 }),
    ("千万", Scale { word: "千万", exponent: 7 }),
    ("百亿", Scale { word: "百亿", exponent: 10 }),
    ("千亿", Scale { word: "千亿", exponent: 11 }),
    ("万亿", Scale { word: "万亿", exponent: 12 }),
    ("百", Scale { word: "百", exponent: 2 }),
    ("佰", Scale { word: "百", exponent: 2 }),
    ("千", Scale { word: "千", exponent: 3 }),
    ("仟", Scale { word: "千", exponent: 3 }),
    ("万", Scale { word: "万", exponent: 4 }),
    ("萬", Scale { word: "万", exponent: 4 }),
    ("亿", Scale { word: "亿", exponent: 8 }),
    ("億", Scale { word: "亿", exponent: 8 }),
];

/// A number, not yet multiplied by its scale so that a range can share it (4000—5000万).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Numeral {
    pub(super) base: Decimal,
    pub(super) scale: Scale,
    /// 余 or 多 stands in it: 230多万, 三千六百余.
    pub(super) surplus: bool,
    pub(super) script: Script,
    /// How many bytes of the text it takes.
    pub(super) length: usize,
}

impl Numeral {
    /// The number itself, unless it is too large for any column.
    pub(super) fn value(&self) -> Option<Decimal> {
        self.base.checked_mul(self.scale.factor())
    }
}

/// Digits that form no number, and how many bytes of the text they take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Garbled {
    pub(super) length: usize,
    pub(super) doubt: Doubt,
}

/// The number at the start of the text; `None` where none starts.
pub(super) fn numeral_at(text: &str) -> Option<Result<Numeral, Garbled>> {
    let first = text.chars().next()?;
    let numeral = if digit_of(first).is_some() {
        arabic(text)
    } else if chinese::starts_number(first) {
        chinese(text)
    } else {
        return None;
    };
    Some(numeral.map_err(|doubt| Garbled { length: run_of_digits(text), doubt }))
}

/// The digit a character stands for: ASCII or full-width.
pub(super) fn digit_of(c: char) -> Option<u32> {
    let full_width = u32::from(c).checked_sub(u32::from('０')).filter(|digit| *digit < 10);
    c.to_digit(10).or(full_width)
}

/// The scale at the start of the text and what follows it; no scale where nothing would follow.
pub(super) fn split_scale(name: &str) -> (Scale, &str) {
    match scale_at(name) {
        Some((scale, rest)) if !rest.is_empty() => (scale, rest),
        _ => (Scale::ONE, name),
    }
}

fn arabic(text: &str) -> Result<Numeral, Doubt> {
    let (base, rest) = decimal_at(text)?;
    let (inner, rest) = surplus_at(rest);
    let Some((scale, after)) = scale_at(rest) else {
        return Ok(numeral(text, rest, base, Scale::ONE, inner, Script::Arabic));
    };
    if chinese::starts_digit(after) {
        return Err(Doubt::Malformed);
    }
    if starts_digit(after) && !inner {
        return compound(text, base, scale, after);
    }
    let (outer, after) = surplus_at(after);
    Ok(numeral(text, after, base, scale, inner || outer, Script::Arabic))
}

/// 1亿3000万, 3万5千, 1万2000: a second, smaller part follows the scale of the first.
fn compound(text: &str, base: Decimal, scale: Scale, after: &str) -> Result<Numeral, Doubt> {
    let (part, rest) = decimal_at(after)?;
    let (part_scale, rest) = scale_at(rest).unwrap_or((Scale::ONE, rest));
    let whole = base.checked_mul(scale.factor()).ok_or(Doubt::Malformed)?;
    let part_value = part.checked_mul(part_scale.factor()).ok_or(Doubt::Malformed)?;
    let next_place = part_value.checked_mul(Decimal::TEN).ok_or(Doubt::Malformed)?;
    let fits = part_value < scale.factor() && (part_scale != Scale::ONE || next_place >= scale.factor());
    if !fits || !base.is_integer() || !part.is_integer() || starts_digit(rest) || chinese::starts_digit(rest) {
        return Err(Doubt::Malformed);
    }
    let (surplus, rest) = surplus_at(rest);
    let total = whole.checked_add(part_value).ok_or(Doubt::Malformed)?;
    Ok(numeral(text, rest, total, Scale::ONE, surplus, Script::Arabic))
}

fn chinese(text: &str) -> Result<Numeral, Doubt> {
    let (run, rest) = chinese::split_run(text);
    if starts_digit(rest) {
        return Err(Doubt::Malformed);
    }
    let (digits, scale) = chinese::split_scale(run);
    let script = if digits.is_empty() { Script::BareScale } else { Script::Chinese };
    let base = if digits.is_empty() { Decimal::ONE } else { chinese::number(digits).ok_or(Doubt::Malformed)? };
    let (inner, after) = surplus_at(rest);
    match scale_at(after) {
        Some((outer, after)) if inner => {
            let base = base.checked_mul(scale.factor()).ok_or(Doubt::Malformed)?;
            Ok(numeral(text, after, base, outer, true, Script::Chinese))
        }
        _ => Ok(numeral(text, after, base, scale, inner, script)),
    }
}

fn numeral(text: &str, rest: &str, base: Decimal, scale: Scale, surplus: bool, script: Script) -> Numeral {
    Numeral { base, scale, surplus, script, length: text.len() - rest.len() }
}

/// Digits with thousands separators and a decimal point, refused where more digits hang on to them.
fn decimal_at(text: &str) -> Result<(Decimal, &str), Doubt> {
    let (mut digits, mut rest) = digits_at(text);
    if digits.len() > 1 && digits.starts_with('0') {
        return Err(Doubt::Malformed);
    }
    let may_group = digits.len() <= 3;
    while let Some((group, after)) =
        rest.strip_prefix(',').map(digits_at).filter(|(group, _)| may_group && group.len() == 3)
    {
        digits.push_str(&group);
        rest = after;
    }
    let fraction = rest.strip_prefix(['.', '．']).map(digits_at).filter(|(fraction, _)| !fraction.is_empty());
    if let Some((fraction, after)) = fraction {
        digits.push('.');
        digits.push_str(&fraction);
        rest = after;
    }
    if let Some(doubt) = entangled(rest) {
        return Err(doubt);
    }
    Decimal::from_str_exact(&digits).map(|value| (value, rest)).or(Err(Doubt::Malformed))
}

fn digits_at(text: &str) -> (String, &str) {
    let end = text.find(|c| digit_of(c).is_none()).unwrap_or(text.len());
    let (run, rest) = text.split_at_checked(end).unwrap_or((text, ""));
    (run.chars().filter_map(digit_of).filter_map(|digit| char::from_digit(digit, 10)).collect(), rest)
}

/// 1/3, 12:30, 2018.6.1, 12,34, 17一23: what follows a number's last digit and makes it none.
fn entangled(rest: &str) -> Option<Doubt> {
    if rest.strip_prefix(['/', '／']).is_some_and(starts_digit) {
        return Some(Doubt::Fraction);
    }
    let separated = rest.strip_prefix([',', '.', '．', ':', '：']).is_some_and(starts_digit);
    (separated || chinese::starts_digit(rest)).then_some(Doubt::Malformed)
}

fn surplus_at(text: &str) -> (bool, &str) {
    match text.strip_prefix(['余', '多']) {
        Some(rest) => (true, rest),
        None => (false, text),
    }
}

pub(super) fn scale_at(text: &str) -> Option<(Scale, &str)> {
    if text.starts_with("百分") {
        return None;
    }
    SCALES.iter().find_map(|(word, scale)| text.strip_prefix(word).map(|rest| (*scale, rest)))
}

pub(super) fn starts_digit(text: &str) -> bool {
    text.chars().next().and_then(digit_of).is_some()
}

/// How far digits of both kinds go on, with single separators between them.
fn run_of_digits(text: &str) -> usize {
    let is_digit = |c: char| digit_of(c).is_some() || chinese::is_numeral(c);
    let mut end = 0;
    for (offset, c) in text.char_indices() {
        if is_digit(c) {
            end = offset + c.len_utf8();
        } else if offset > end || !matches!(c, ',' | '.' | '．' | ':' | '：' | '/' | '／') {
            break;
        }
    }
    end
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<(String, bool, &str)> {
        let numeral = numeral_at(text)?.ok()?;
        let value = numeral.value()?.normalize().to_string();
        Some((value, numeral.surplus, text.get(numeral.length..)?))
    }

    fn value(text: &str) -> Option<String> {
        read(text).filter(|(_, _, rest)| rest.is_empty()).map(|(value, _, _)| value)
    }

    #[test]
    fn arabic_digits_may_be_grouped_or_full_width() {
        assert_eq!(value("1,234").unwrap(), "1234");
        assert_eq!(value("1,234,567.80").unwrap(), "1234567.8");
        assert_eq!(value("１２３．５").unwrap(), "123.5");
        assert_eq!(value("0.5").unwrap(), "0.5");
        assert_eq!(read("1,2").unwrap_or_default().0, "");
    }

    #[test]
    fn digits_with_a_scale_are_one_number() {
        for (text, expected) in [
            ("1.1万", "11000"),
            ("2千", "2000"),
            ("3百", "300"),
            ("1百万", "1000000"),
            ("1.2万亿", "1200000000000"),
            ("1亿3000万", "130000000"),
            ("3万5千", "35000"),
            ("1万2000", "12000"),
        ] {
            assert_eq!(value(text).unwrap(), expected, "{text}");
        }
    }

    #[test]
    fn the_surplus_may_stand_before_or_after_the_scale() {
        for (text, expected) in [
            ("230多万", "2300000"),
            ("12万余", "120000"),
            ("20余", "20"),
            ("三千六百余", "3600"),
            ("三十余万", "300000"),
            ("百余", "100"),
            ("十多亿", "1000000000"),
        ] {
            assert_eq!(read(text).unwrap(), (expected.to_owned(), true, ""), "{text}");
        }
    }

    #[test]
    fn what_is_no_single_number_is_garbled() {
        for text in [
            "12,34",
            "1234,567",
            "2018.6.1",
            "12:30",
            "1/3",
            "17一23",
            "007",
            "3万5",
            "3万五千",
            "三四",
            "一3",
            "99999999999999999999999999999999",
        ] {
            let garbled = numeral_at(text).unwrap().unwrap_err();
            assert_eq!(garbled.length, text.len(), "{text}");
        }
        assert_eq!(numeral_at("1/3").unwrap().unwrap_err().doubt, Doubt::Fraction);
    }

    #[test]
    fn other_text_starts_no_number() {
        for text in ["", "项", "XX多份", "零件", "多个"] {
            assert_eq!(numeral_at(text), None, "{text}");
        }
    }
}
