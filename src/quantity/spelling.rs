//! Spells numbers in Chinese characters, for tests that read them back.

const DIGITS: [&str; 10] = ["零", "一", "二", "三", "四", "五", "六", "七", "八", "九"];
const PLACES: [&str; 4] = ["", "十", "百", "千"];

/// The number as it is written in full: 10500 is 一万零五百.
pub(super) fn chinese(number: u64) -> String {
    let text = spelled(number);
    text.strip_prefix("一十").map(|rest| format!("十{rest}")).unwrap_or(text)
}

fn spelled(number: u64) -> String {
    for (size, word) in [(100_000_000, "亿"), (10_000, "万")] {
        let (high, low) = (number / size, number % size);
        if high > 0 {
            let zero = if low > 0 && low < size / 10 { "零" } else { "" };
            let low = if low > 0 { spelled(low) } else { String::new() };
            return format!("{}{word}{zero}{low}", spelled(high));
        }
    }
    below_ten_thousand(number)
}

/// The same number in financial characters.
pub(super) fn financial(number: u64) -> String {
    let plain = "一二三四五六七八九十百千";
    let formal = "壹贰叁肆伍陆柒捌玖拾佰仟";
    let pairs: Vec<(char, char)> = plain.chars().zip(formal.chars()).collect();
    let replace = |c: char| pairs.iter().find(|(from, _)| *from == c).map_or(c, |(_, to)| *to);
    chinese(number).chars().map(replace).collect()
}

/// The number with thousands separators.
pub(super) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

fn below_ten_thousand(section: u64) -> String {
    let mut text = String::new();
    let mut needs_zero = false;
    for (index, place) in PLACES.iter().enumerate().rev() {
        let digit = section / 10_u64.pow(u32::try_from(index).unwrap()) % 10;
        if digit == 0 {
            needs_zero |= !text.is_empty();
            continue;
        }
        if needs_zero {
            text.push('零');
        }
        text.push_str(DIGITS[usize::try_from(digit).unwrap()]);
        text.push_str(place);
        needs_zero = false;
    }
    text
}
