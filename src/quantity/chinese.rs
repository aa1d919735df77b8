//! Numbers in Chinese characters, everyday and financial (叁佰). Only spellings with one reading are read.

use rust_decimal::Decimal;

use super::numeral::{self, Scale};

/// Places of a number, the largest first.
const PLACES: [(char, u64); 5] = [('亿', 100_000_000), ('万', 10_000), ('千', 1_000), ('百', 100), ('十', 10)];

/// More characters than any number that is kept has; what is longer is not tried.
const LONGEST_RUN: usize = 40;

/// Whether the character may stand in a number.
pub(super) fn is_numeral(c: char) -> bool {
    digit_of(c).is_some() || PLACES.iter().any(|(place, _)| *place == plain(c))
}

/// Whether a number may start with the character. 零 starts 零件 and 零距离 more often than a number.
pub(super) fn starts_number(c: char) -> bool {
    is_numeral(c) && digit_of(c) != Some(0)
}

/// Whether the text goes on with a digit or with 十, neither of which may follow an Arabic number.
pub(super) fn starts_digit(text: &str) -> bool {
    text.chars().next().is_some_and(|c| digit_of(c).is_some() || plain(c) == '十')
}

/// The characters at the start of the text that form one number, 点 included, and the rest.
pub(super) fn split_run(text: &str) -> (&str, &str) {
    let (whole, rest) = split_numerals(text);
    let fraction = rest.strip_prefix('点').map(split_numerals).filter(|(fraction, _)| starts_digit(fraction));
    let rest = fraction.map_or(rest, |(_, rest)| rest);
    text.split_at_checked(text.len() - rest.len()).unwrap_or((whole, rest))
}

/// A run without the last 万 or 亿, which a range may share, and that scale. Nothing is left of a bare 百万.
pub(super) fn split_scale(run: &str) -> (&str, Scale) {
    if let Some((scale, "")) = numeral::scale_at(run) {
        return ("", scale);
    }
    let last = run.char_indices().next_back().filter(|(_, c)| matches!(plain(*c), '万' | '亿'));
    let shared = last.and_then(|(offset, _)| run.split_at_checked(offset));
    match shared.map(|(digits, word)| (digits, numeral::scale_at(word))) {
        Some((digits, Some((scale, "")))) if is_multiplier(digits) => (digits, scale),
        _ => (run, Scale::ONE),
    }
}

/// The number a run spells; `None` where it spells none, or not with certainty (三四, 一百零五十).
pub(super) fn number(run: &str) -> Option<Decimal> {
    if run.chars().count() > LONGEST_RUN {
        return None;
    }
    let plain: String = run.chars().map(plain).collect();
    let Some((whole, fraction)) = plain.split_once('点') else {
        return integer(&plain, true).map(Decimal::from);
    };
    let digits: Option<String> =
        fraction.chars().map(|c| digit_of(c).and_then(|digit| char::from_digit(digit, 10))).collect();
    Decimal::from_str_exact(&format!("{}.{}", integer(whole, false)?, digits?)).ok()
}

/// Whether 万 or 亿 may multiply what the digits spell.
fn is_multiplier(digits: &str) -> bool {
    let whole: String = digits.chars().take(LONGEST_RUN).map(plain).take_while(|c| *c != '点').collect();
    !whole.contains(['万', '亿']) && integer(&whole, false).is_some()
}

/// `may_elide`: the last digit may stand for the next place, 三万五 for 三万五千.
fn integer(run: &str, may_elide: bool) -> Option<u64> {
    for (place, size) in PLACES {
        if let Some((left, right)) = run.rsplit_once(place) {
            return combine(left, right, size, may_elide);
        }
    }
    units(run)
}

fn combine(left: &str, right: &str, size: u64, may_elide: bool) -> Option<u64> {
    let multiplier = if left.is_empty() && size == 10 { 1 } else { integer(left, false)? };
    let limit = if size < 10_000 { 10 } else { size };
    if multiplier == 0 || multiplier >= limit {
        return None;
    }
    let remainder = match right.strip_prefix('零') {
        Some(rest) => integer(rest, false).filter(|rest| *rest > 0 && (*rest < size / 10 || multiplier % 10 == 0))?,
        None if right.is_empty() => 0,
        None if size > 10 && right.chars().count() == 1 => {
            let elides = may_elide && left.chars().count() == 1;
            units(right).filter(|_| elides)? * (size / 10)
        }
        None => integer(right, may_elide)?,
    };
    (remainder < size).then_some(multiplier * size + remainder)
}

/// One digit, or digits by position where a 零 among them shows it: 一〇五. 三四 is three or four.
fn units(run: &str) -> Option<u64> {
    let digits: Option<String> =
        run.chars().map(|c| digit_of(c).and_then(|digit| char::from_digit(digit, 10))).collect();
    let digits = digits.filter(|digits| digits.len() == 1 || (digits.contains('0') && !digits.starts_with('0')))?;
    digits.parse().ok()
}

fn split_numerals(text: &str) -> (&str, &str) {
    let end = text.find(|c| !is_numeral(c)).unwrap_or(text.len());
    text.split_at_checked(end).unwrap_or((text, ""))
}

fn digit_of(c: char) -> Option<u32> {
    "零一二三四五六七八九".chars().zip(0..).find_map(|(digit, value)| (digit == plain(c)).then_some(value))
}

/// The everyday character for a financial, traditional or alternative one.
fn plain(c: char) -> char {
    match c {
        '〇' => '零',
        '壹' => '一',
        '两' | '贰' | '貳' | '兩' => '二',
        '叁' => '三',
        '肆' => '四',
        '伍' => '五',
        '陆' => '六',
        '柒' => '七',
        '捌' => '八',
        '玖' => '九',
        '拾' => '十',
        '佰' => '百',
        '仟' => '千',
        '萬' => '万',
        '億' => '亿',
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(run: &str) -> Option<String> {
        number(run).map(|value| value.to_string())
    }

    #[test]
    fn everyday_and_financial_spellings_are_read() {
        for (run, expected) in [
            ("五", "5"),
            ("十", "10"),
            ("十五", "15"),
            ("二十", "20"),
            ("一百零五", "105"),
            ("一百五十", "150"),
            ("一百十五", "115"),
            ("两千", "2000"),
            ("三千六百", "3600"),
            ("一万零五百", "10500"),
            ("一百万零五千", "1005000"),
            ("两亿三千万", "230000000"),
            ("一万亿", "1000000000000"),
            ("一〇五", "105"),
            ("二〇一八", "2018"),
            ("壹仟贰佰叁拾肆", "1234"),
            ("三点五", "3.5"),
            ("十二点零五", "12.05"),
        ] {
            assert_eq!(value(run).unwrap_or_default(), expected, "{run}");
        }
    }

    #[test]
    fn the_last_place_may_be_left_out_after_a_single_digit() {
        assert_eq!(value("三万五").unwrap(), "35000");
        assert_eq!(value("一百五").unwrap(), "150");
        assert_eq!(value("一万三千五").unwrap(), "13500");
        assert_eq!(value("二十万五"), None);
    }

    #[test]
    fn spellings_with_two_readings_or_none_are_refused() {
        for run in ["三四", "十三五", "二三十", "一百零五十", "一万零五千", "万一", "一一", "一千五万", "十百", "百"]
        {
            assert_eq!(value(run), None, "{run}");
        }
    }

    #[test]
    fn endless_runs_are_refused() {
        let run = "亿".repeat(100_000);
        assert_eq!(number(&run), None);
        assert_eq!(split_scale(&run).1, Scale::ONE);
    }

    #[test]
    fn a_range_may_share_the_last_scale() {
        assert_eq!(split_scale("五万").0, "五");
        assert_eq!(split_scale("一百二十亿").1.factor(), Decimal::from(100_000_000));
        assert_eq!(split_scale("一亿二千万"), ("一亿二千万", Scale::ONE));
        assert_eq!(split_scale("百万").0, "");
        assert_eq!(split_scale("三千六百"), ("三千六百", Scale::ONE));
    }

    #[test]
    fn a_point_belongs_to_the_number_only_before_a_digit() {
        assert_eq!(split_run("三点五万元"), ("三点五万", "元"));
        assert_eq!(split_run("三点建议"), ("三", "点建议"));
    }
}
