//! Periods as people write them: 2018年, 2018年3月, 2018年第一季度, 2018年上半年, 2018年1-6月, 2018.10.1, 2018/10/1,
//! 2018年10月1日至31日.
//!
//! Digits may be full-width, blanks may stand between the parts, and 号 is 日, 到 is 至. What could mean two things is none.

use std::ops::RangeInclusive;

use chrono::{Datelike, NaiveDate};

use super::Period;

const QUARTERS: [[&str; 2]; 4] = [["一", "1"], ["二", "2"], ["三", "3"], ["四", "4"]];

/// What stands between a first month or day and a last one.
const THROUGH: [char; 5] = ['-', '—', '–', '~', '至'];

/// The period, where it is written in one of these forms.
pub(super) fn read(text: &str) -> Option<Period> {
    let text: String = text.replace("——", "—").chars().map(plain).collect();
    one(&text).or_else(|| span(&text))
}

/// 2018年 and parts of it, 2018.10, 2018.10.1, 2018/10/1.
fn one(text: &str) -> Option<Period> {
    let Some((year, rest)) = text.split_once('年') else { return dotted(text) };
    let year = i32::try_from(number(year, 4..=4)?).ok()?;
    match rest.trim() {
        "" | "度" | "全年" => months(year, 1, 12),
        "上半年" => months(year, 1, 6),
        "下半年" => months(year, 7, 12),
        "前三季度" => months(year, 1, 9),
        rest => match rest.strip_suffix("季度") {
            Some(quarter) => of_quarter(year, quarter),
            None => of_months(year, rest),
        },
    }
}

/// From one month or day to a later one of its kind: 2018.10.1-2018.10.31, 2018年10月1日至10月31日. The last one takes the
/// year from the first, and a day the month: 2018年10月1日至31日, 2018年10月1-31日.
fn span(text: &str) -> Option<Period> {
    let (first, last) = text.split_once(THROUGH)?;
    let first = one(first).or_else(|| one(&format!("{first}日")))?;
    let (year, month) = (first.year(), first.from.month());
    let last = [last.to_owned(), format!("{year}年{last}"), format!("{year}年{month}月{last}")];
    let last = last.iter().find_map(|last| one(last))?;
    let is_day = |period: Period| period.from == period.through;
    let is_month = |period: Period| Period::months(period.from, 1) == Some(period);
    let are_alike = is_day(first) && is_day(last) || is_month(first) && is_month(last);
    if are_alike && first.from < last.from { Period::new(first.from, last.through).ok() } else { None }
}

/// 2018.10, 2018.10.1, 2018/10/1: the year first, so that the month is the one behind it.
fn dotted(text: &str) -> Option<Period> {
    let mut parts = text.split(if text.contains('.') { '.' } else { '/' });
    let year = i32::try_from(number(parts.next()?, 4..=4)?).ok()?;
    let month = number(parts.next()?, 1..=2)?;
    match (parts.next(), parts.next()) {
        (None, _) => months(year, month, month),
        (Some(day), None) => of_day(year, month, day),
        (Some(_), Some(_)) => None,
    }
}

/// 第一季度, 一季度, 1季度.
fn of_quarter(year: i32, text: &str) -> Option<Period> {
    let text = text.trim();
    let name = text.strip_prefix('第').unwrap_or(text).trim();
    let (first, _) = (1..).step_by(3).zip(QUARTERS).find(|(_, names)| names.contains(&name))?;
    months(year, first, first + 2)
}

/// 3月, 3月15日, 1-6月.
fn of_months(year: i32, text: &str) -> Option<Period> {
    let (month, day) = text.split_once('月')?;
    if let Some((first, last)) = month.split_once(THROUGH) {
        let (first, last) = (number(first, 1..=2)?, number(last, 1..=2)?);
        return if day.trim().is_empty() && first < last { months(year, first, last) } else { None };
    }
    let month = number(month, 1..=2)?;
    if day.trim().is_empty() {
        months(year, month, month)
    } else {
        of_day(year, month, day.trim().strip_suffix('日')?)
    }
}

fn of_day(year: i32, month: u32, day: &str) -> Option<Period> {
    let day = NaiveDate::from_ymd_opt(year, month, number(day, 1..=2)?)?;
    Period::new(day, day).ok()
}

fn months(year: i32, first: u32, last: u32) -> Option<Period> {
    let from = NaiveDate::from_ymd_opt(year, first, 1)?;
    NaiveDate::from_ymd_opt(year, last, 1)?;
    Period::months(from, last + 1 - first)
}

/// A number with this many digits.
fn number(text: &str, length: RangeInclusive<usize>) -> Option<u32> {
    let text = text.trim();
    let is_plain = length.contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    is_plain.then(|| text.parse().ok()).flatten()
}

/// ０ to ９, －, ．, ／ and ～ as they are in ASCII, and one word where there are two.
fn plain(letter: char) -> char {
    let wide = u32::from(letter);
    match letter {
        '号' => '日',
        '到' => '至',
        '－'..='９' | '～' => char::from_u32(wide - 0xfee0).unwrap_or(letter),
        _ => letter,
    }
}

#[cfg(test)]
mod tests {
    use crate::period::Period;

    #[test]
    fn periods_are_read_as_people_write_them() {
        for (written, expected) in [
            ("2018年", "2018"),
            (" ２０１８ 年", "2018"),
            ("2018年3月", "2018-03"),
            ("2018年03月", "2018-03"),
            ("2018年12月", "2018-12"),
            ("2018 年 3 月", "2018-03"),
            ("２０１８年　３月", "2018-03"),
            ("2018年3月15日", "2018-03-15"),
            ("2020年02月29日", "2020-02-29"),
            ("2018年第一季度", "2018-Q1"),
            ("2018年一季度", "2018-Q1"),
            ("2018年1季度", "2018-Q1"),
            ("2018年第４季度", "2018-Q4"),
            ("2018年 第 三 季度", "2018-Q3"),
            ("2018年上半年", "2018-01-01/2018-06-30"),
            ("2018年下半年", "2018-07-01/2018-12-31"),
            ("2018年1-6月", "2018-01-01/2018-06-30"),
            ("2018年1—3月", "2018-Q1"),
            ("2018年4–6月", "2018-Q2"),
            ("2018年１－１２月", "2018"),
            ("2018年 1 - 10 月", "2018-01-01/2018-10-31"),
            ("2018年1至6月", "2018-01-01/2018-06-30"),
            ("2018年度", "2018"),
            ("2018年全年", "2018"),
            ("2018年前三季度", "2018-01-01/2018-09-30"),
            ("2018年3月15号", "2018-03-15"),
            ("2018年1到6月", "2018-01-01/2018-06-30"),
            ("2018年1——6月", "2018-01-01/2018-06-30"),
        ] {
            let period: Period = written.parse().expect(written);
            assert_eq!(period.to_string(), expected, "{written}");
        }
    }

    #[test]
    fn dots_and_slashes_part_year_month_and_day() {
        for (written, expected) in [
            ("2018.10", "2018-10"),
            ("2018.1", "2018-01"),
            ("2018.01", "2018-01"),
            ("2018/10", "2018-10"),
            ("2018.10.1", "2018-10-01"),
            (" 2018. 10. 01 ", "2018-10-01"),
            ("2018/10/1", "2018-10-01"),
            ("２０１８．１０．１", "2018-10-01"),
            ("２０１８／１０／１", "2018-10-01"),
        ] {
            let period: Period = written.parse().expect(written);
            assert_eq!(period.to_string(), expected, "{written}");
        }
    }

    #[test]
    fn days_and_months_may_be_said_from_the_first_to_the_last() {
        for (written, expected) in [
            ("2018.10.1-2018.10.31", "2018-10"),
            ("2018.10.1—2018.10.30", "2018-10-01/2018-10-30"),
            ("2018.10.1–2018.10.30", "2018-10-01/2018-10-30"),
            ("2018.10.1～2018.10.30", "2018-10-01/2018-10-30"),
            ("2018/10/1 至 2018/10/30", "2018-10-01/2018-10-30"),
            ("2018.10-2018.12", "2018-Q4"),
            ("2018年10月1日至2018年10月31日", "2018-10"),
            ("2018年10月1日-10月30日", "2018-10-01/2018-10-30"),
            ("2018年10月1日至30日", "2018-10-01/2018-10-30"),
            ("2018年10月1号到31号", "2018-10"),
            ("2018年10月1日——10月30日", "2018-10-01/2018-10-30"),
            ("2018年10月1-30日", "2018-10-01/2018-10-30"),
            ("2018年10月16日 ～ 11月15日", "2018-10-16/2018-11-15"),
            ("2018年1月1日—12月31日", "2018"),
            ("2018年1月-6月", "2018-01-01/2018-06-30"),
            ("2018年4月至2018年6月", "2018-Q2"),
        ] {
            let period: Period = written.parse().expect(written);
            assert_eq!(period.to_string(), expected, "{written}");
        }
    }

    #[test]
    fn the_half_of_a_year_is_answered_as_its_days() {
        let half: Period = "2018年上半年".parse().expect("a period");
        assert_eq!(serde_json::to_string(&half).expect("a text"), r#"{"from":"2018-01-01","to":"2018-06-30"}"#);
    }

    #[test]
    fn what_is_written_in_no_such_form_is_refused() {
        for text in [
            "年",
            "18年",
            "02018年",
            "20 18年",
            "1948年",
            "2018年0月",
            "2018年13月",
            "2018年003月",
            "2018年3",
            "2018年三月",
            "2018年3月份",
            "2018年2月30日",
            "2018年3月15",
            "2018年3月15号日",
            "2018年3月15日号",
            "2018年1———6月",
            "2018年第五季度",
            "2018年5季度",
            "2018年季度",
            "2018年第一季",
            "2018年第第一季度",
            "2018年前半年",
            "2018年6-1月",
            "2018年3-3月",
            "2018年1-13月",
            "2018年1--6月",
            "2018年1-3-6月",
            "2018年1-6月30日",
            "2018年3月以来",
            "截至2018年3月",
            "2017年2018年",
            "二〇一八年",
            "２０１８-03",
            "2018.",
            "2018.0",
            "2018.13",
            "2018.100",
            "18.10",
            "10/2018",
            "10/1/2018",
            "2018.10/1",
            "2018.2.30",
            "2018.10.1.1",
        ] {
            assert!(text.parse::<Period>().is_err(), "{text}");
        }
    }

    #[test]
    fn what_is_no_span_of_days_or_months_inside_one_year_is_refused() {
        for text in [
            "2018.10-12",
            "2018.10.1-31",
            "2018.10.31-2018.10.1",
            "2018.10.1-2018.10.1",
            "2018.12.1-2019.1.31",
            "2018.10.1-2018.10.15-2018.10.31",
            "2018.10-2018.12.31",
            "2018年10月-12月31日",
            "2018年10月1日至今",
            "2018年10月1日至31",
            "2018年10月1-31",
            "2018年10月31日至1日",
            "2018年10月1日至32日",
            "2018年10月-31日",
            "2018年上半年至30日",
            "2018年10-31日",
            "2018年第一季度至第二季度",
            "2018年上半年-下半年",
        ] {
            assert!(text.parse::<Period>().is_err(), "{text}");
        }
    }
}
