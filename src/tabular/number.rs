//! Numbers in cells, as JSON writes them: never through a float, where they came as text.

use std::borrow::Cow;

use serde_json::value::RawValue;

/// Digits a spreadsheet keeps and shows.
const SHOWN_DIGITS: usize = 15;

/// Whether text is a number as JSON writes it.
pub(super) fn is_plain(text: &str) -> bool {
    text.starts_with(|first: char| first == '-' || first.is_ascii_digit())
        && serde_json::from_str::<&RawValue>(text).is_ok()
}

/// The number that text says with certainty: full-width digits count, and commas between groups of three.
pub(super) fn read(text: &str) -> Option<Cow<'_, str>> {
    if is_plain(text) {
        return Some(text.into());
    }
    let narrow: String = text.chars().map(narrowed).collect();
    let plain = ungrouped(&narrow).unwrap_or(narrow);
    is_plain(&plain).then_some(plain.into())
}

/// A full-width character as its ASCII one.
fn narrowed(letter: char) -> char {
    match letter {
        '０'..='９' | '．' | '，' | '－' | '＋' => {
            u32::from(letter).checked_sub(0xFEE0).and_then(char::from_u32).unwrap_or(letter)
        }
        '−' => '-',
        _ => letter,
    }
}

/// `1,234,567.8` without its commas; none where they do not part groups of three.
fn ungrouped(text: &str) -> Option<String> {
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
    let mut groups = whole.split(',');
    let first = groups.next()?;
    let has = |group: &str, lengths: std::ops::RangeInclusive<usize>| {
        lengths.contains(&group.len()) && group.bytes().all(|byte| byte.is_ascii_digit())
    };
    // 0,123 is no group of thousands: the comma may stand for a decimal point.
    let is_grouped = has(first, 1..=3) && !first.starts_with('0') && groups.all(|group| has(group, 3..=3));
    (is_grouped && !fraction.contains(',')).then(|| text.replace(',', ""))
}

/// A number of a spreadsheet, as it is shown there.
///
/// The shortest way to write it that reads back the same. Arithmetic leaves noise behind the fifteenth digit (0.1 + 0.2),
/// which is cut as it is on screen; a long whole number, such as an id another program wrote, is kept.
pub(super) fn of_float(value: f64) -> String {
    let shortest = value.to_string();
    let digits = shortest.trim_start_matches(['-', '0', '.']).bytes().filter(u8::is_ascii_digit).count();
    if digits <= SHOWN_DIGITS || !shortest.contains('.') {
        return shortest;
    }
    let shown: Result<f64, _> = format!("{value:.*e}", SHOWN_DIGITS - 1).parse();
    shown.map_or(shortest, |shown| shown.to_string())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn numbers_are_read_as_they_are_typed() {
        for text in ["0", "94", "-3.5", "626.1200", "1.5e2", "999999999999999.9999", "0.10"] {
            assert_eq!(read(text).as_deref(), Some(text));
        }
        for (text, number) in [
            ("1,234", "1234"),
            ("-12,345,678.90", "-12345678.90"),
            ("１２３．４", "123.4"),
            ("１，２３４", "1234"),
            ("−5", "-5"),
        ] {
            assert_eq!(read(text).as_deref(), Some(number), "{text}");
        }
    }

    #[test]
    fn what_is_no_number_with_certainty_is_left() {
        for text in [
            "", "-", "007", "1,23", "0,123", "1234,567", "1,234,56", ",123", "1.234,5", "1e", "5%", "约5", "1 2",
            "NaN", "+",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn numbers_of_a_sheet_are_written_as_it_shows_them() {
        for (value, text) in [
            (94.0, "94"),
            (0.1, "0.1"),
            (0.1 + 0.2, "0.3"),
            (1.1 * 3.0, "3.3"),
            (1_234_567.89, "1234567.89"),
            (123_456_789_012.345, "123456789012.345"),
            (9_007_199_254_740_991.0, "9007199254740991"),
            (1e-7, "0.0000001"),
            (-0.5, "-0.5"),
        ] {
            assert_eq!(of_float(value), text);
        }
    }

    proptest! {
        #[test]
        fn fifteen_typed_digits_survive_a_sheet(digits in 1_u64..1_000_000_000_000_000, scale in 0_u32..=4) {
            let typed = rust_decimal::Decimal::from_i128_with_scale(digits.into(), scale).normalize().to_string();
            let kept: f64 = typed.parse().expect("a number");
            prop_assert_eq!(of_float(kept), typed);
        }
    }
}
