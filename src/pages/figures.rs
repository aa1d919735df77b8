//! Figures as people read them. Pure.

use chrono::NaiveDate;
use rust_decimal::Decimal;

use crate::error::Language;

/// 1.1万 and 2.35亿 in Chinese, 11,000 in English; nothing is rounded but what a ten-thousandth of 万 or 亿 cannot show.
pub(super) fn number(value: Decimal, language: Language) -> String {
    let value = value.normalize();
    if language == Language::English {
        return grouped(value);
    }
    let units = [(Decimal::from(100_000_000), "亿"), (Decimal::from(10_000), "万")];
    let unit = units.iter().find(|(size, _)| value.abs() >= *size);
    match unit {
        Some((size, word)) => {
            format!("{}{word}", value.checked_div(*size).unwrap_or(value).trunc_with_scale(4).normalize())
        }
        None => value.to_string(),
    }
}

/// 0.8723 as 87.23%.
pub(super) fn percent(share: Decimal) -> String {
    format!("{}%", points(share))
}

/// 0.1277 as 12.77 percentage points.
pub(super) fn points(share: Decimal) -> Decimal {
    share.checked_mul(Decimal::ONE_HUNDRED).unwrap_or(share).normalize()
}

/// A figure whose unit stands elsewhere, as in the heading of its column. A unit that is in 万 or 亿 itself takes the figure
/// as it is.
pub(super) fn bare(value: Decimal, unit: &str, language: Language) -> String {
    let is_large = language == Language::Chinese && unit.starts_with(['万', '亿']);
    if is_large { value.normalize().to_string() } else { number(value, language) }
}

/// A figure with its unit: 1.1万人次, 35%, 23000万元.
pub(super) fn quantity(value: Decimal, unit: &str, language: Language) -> String {
    let figure = bare(value, unit, language);
    let space = if language == Language::Chinese || unit == "%" { "" } else { " " };
    format!("{figure}{space}{unit}")
}

/// From one figure to another: 1—2家.
pub(super) fn span(from: Decimal, to: Decimal, unit: &str, language: Language) -> String {
    let from = quantity(from, unit, language);
    format!("{}—{}", from.trim_end_matches(unit).trim_end(), quantity(to, unit, language))
}

/// A figure to its last digit, with its unit.
pub(super) fn exact(value: Decimal, unit: &str) -> String {
    format!("{} {unit}", value.normalize())
}

/// A day: 2018年6月30日, 30 June 2018.
pub(super) fn day(day: NaiveDate, language: Language) -> String {
    day.format(language.say("%Y年%-m月%-d日", "%-d %B %Y")).to_string()
}

fn grouped(value: Decimal) -> String {
    let text = value.abs().to_string();
    let (whole, broken) = text.split_once('.').map_or((text.as_str(), None), |(whole, broken)| (whole, Some(broken)));
    let sign = if value.is_sign_negative() && !value.is_zero() { "−" } else { "" };
    let mut grouped = String::new();
    for (place, digit) in whole.chars().enumerate() {
        if place > 0 && (whole.len() - place).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    broken.map_or_else(|| format!("{sign}{grouped}"), |broken| format!("{sign}{grouped}.{broken}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_as_people_write_them() {
        let rows = [
            ("0", "0", "0"),
            ("94", "94", "94"),
            ("9999.5", "9999.5", "9,999.5"),
            ("11000", "1.1万", "11,000"),
            ("12345", "1.2345万", "12,345"),
            ("-230000", "-23万", "−230,000"),
            ("235000000", "2.35亿", "235,000,000"),
            ("1234567.8", "123.4567万", "1,234,567.8"),
        ];
        for (value, chinese, english) in rows {
            let value: Decimal = value.parse().expect("a number");
            assert_eq!(number(value, Language::Chinese), chinese);
            assert_eq!(number(value, Language::English), english);
        }
    }

    #[test]
    fn a_figure_is_not_counted_in_ten_thousands_of_ten_thousands() {
        let rows = [
            ("11000", "人次", "1.1万人次", "11,000 人次"),
            ("23000", "万元", "23000万元", "23,000 万元"),
            ("97.5", "亿元", "97.5亿元", "97.5 亿元"),
            ("98.5", "%", "98.5%", "98.5%"),
        ];
        for (value, unit, chinese, english) in rows {
            let value: Decimal = value.parse().expect("a number");
            assert_eq!(quantity(value, unit, Language::Chinese), chinese);
            assert_eq!(quantity(value, unit, Language::English), english);
        }
    }

    #[test]
    fn shares_are_shown_to_the_last_digit() {
        for (share, shown) in [("1", "100%"), ("0.8723", "87.23%"), ("0.9999", "99.99%"), ("1.2857", "128.57%")] {
            assert_eq!(percent(share.parse().expect("a share")), shown);
        }
    }
}
