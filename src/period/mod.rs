//! The days an actual covers, and the periods of a year a duty recurs in.
//!
//! Pure: knows no clock.

mod chinese;

use std::fmt;
use std::str::FromStr;

use chrono::{Datelike, Days, Months, NaiveDate};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;
use strum::{AsRefStr, EnumString};
use utoipa::openapi::schema::{Object, OneOf, Schema, Type};
use utoipa::openapi::{RefOr, schema};
use utoipa::{PartialSchema, ToSchema};

use crate::error::{Code, Text, Violation};

/// What stands before the number of a quarter.
const QUARTER: [char; 2] = ['Q', 'q'];

/// Days from `from` through `through`, inside one year.
///
/// Written `2018`, `2018-Q1`, `2018-03`, `2018-03-15` or `{"from": …, "to": …}`; also read as 2018年3月, 2018年上半年, 2018.3.15.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Period {
    from: NaiveDate,
    through: NaiveDate,
}

impl Period {
    const FORMS: Text = Text::new(
        "2018、2018-Q1、2018-03、2018-03-15、2018.3.15、2018年3月、2018年1-6月或 {from, to}，须在1949至2199年的同一年内",
        "2018, 2018-Q1, 2018-03, 2018-03-15, 2018.3.15, 2018年3月, 2018年1-6月 or {from, to}, inside one year from 1949 to 2199",
    );

    /// The period between two days, both included.
    ///
    /// # Errors
    /// `invalid_period` when they are out of order or lie in different years.
    pub fn new(from: NaiveDate, through: NaiveDate) -> Result<Self, Violation> {
        let is_inside = from <= through && from.year() == through.year() && (1949..=2199).contains(&from.year());
        is_inside.then_some(Self { from, through }).ok_or_else(|| refused(&format!("{from}/{through}")))
    }

    /// As a text says where the year is known, unless it names one itself: 10月, 第四季度, Q4, 1-6月, 10月1日至31日.
    pub fn in_year(text: &str, year: i16) -> Option<Self> {
        let text = text.trim();
        let joint = if text.starts_with(QUARTER) { '-' } else { '年' };
        let within = || format!("{year}{joint}{text}").parse().ok().filter(|_| !text.is_empty());
        text.parse().ok().or_else(within)
    }

    /// First day.
    pub const fn from(&self) -> NaiveDate {
        self.from
    }

    /// Last day.
    pub const fn through(&self) -> NaiveDate {
        self.through
    }

    /// Goes on where it has begun by this day: nothing can be reported of what is to come.
    ///
    /// # Errors
    /// `period_not_begun`, at a field called `period`.
    pub fn require_begun(&self, today: NaiveDate) -> Result<(), Violation> {
        let refused = || Violation::at("/period", Code::PeriodNotBegun).given(self).allowed(today);
        if self.from <= today { Ok(()) } else { Err(refused()) }
    }

    /// The year it lies in.
    pub fn year(&self) -> i16 {
        i16::try_from(self.from.year()).unwrap_or(i16::MAX)
    }

    /// So many months from this day on, where they lie inside one year.
    pub fn months(first: NaiveDate, count: u32) -> Option<Self> {
        let through = first.checked_add_months(Months::new(count))?.pred_opt()?;
        Self::new(first, through).ok()
    }

    /// The shortest way to write it, where there is one.
    fn token(&self) -> Option<String> {
        let (year, month) = (self.from.year(), self.from.month());
        if self.from == self.through {
            return Some(self.from.to_string());
        }
        let covers =
            |count| Self::months(self.from, count).is_some_and(|period| self.from.day() == 1 && period == *self);
        match month {
            1 if covers(12) => Some(year.to_string()),
            1 | 4 | 7 | 10 if covers(3) => Some(format!("{year}-Q{}", month.div_ceil(3))),
            _ if covers(1) => Some(format!("{year}-{month:02}")),
            _ => None,
        }
    }
}

fn refused(given: &str) -> Violation {
    Violation::at("", Code::InvalidPeriod).given(given).allowed(Period::FORMS)
}

impl FromStr for Period {
    type Err = Violation;

    fn from_str(text: &str) -> Result<Self, Violation> {
        read(text).or_else(|| chinese::read(text)).ok_or_else(|| refused(text))
    }
}

fn read(text: &str) -> Option<Period> {
    let number = |digits: &str, length: usize| {
        let is_plain = digits.len() == length && digits.bytes().all(|byte| byte.is_ascii_digit());
        is_plain.then(|| digits.parse::<u32>().ok()).flatten()
    };
    let mut parts = text.split('-');
    let year = i32::try_from(number(parts.next()?, 4)?).ok()?;
    let (second, third) = (parts.next(), parts.next());
    if parts.next().is_some() {
        return None;
    }
    match (second, third) {
        (None, None) => Period::months(NaiveDate::from_ymd_opt(year, 1, 1)?, 12),
        (Some(quarter), None) if quarter.starts_with(QUARTER) => {
            let quarter = number(quarter.strip_prefix(QUARTER)?, 1).filter(|quarter| (1..=4).contains(quarter))?;
            Period::months(NaiveDate::from_ymd_opt(year, quarter * 3 - 2, 1)?, 3)
        }
        (Some(month), None) => Period::months(NaiveDate::from_ymd_opt(year, number(month, 2)?, 1)?, 1),
        (Some(month), Some(day)) => {
            let day = NaiveDate::from_ymd_opt(year, number(month, 2)?, number(day, 2)?)?;
            Period::new(day, day).ok()
        }
        (None, Some(_)) => None,
    }
}

impl fmt::Display for Period {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.token() {
            Some(token) => formatter.write_str(&token),
            None => write!(formatter, "{}/{}", self.from, self.through),
        }
    }
}

/// Two days, as written in JSON.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct DateRange {
    /// First day covered.
    from: NaiveDate,
    /// Last day covered, in the same year.
    to: NaiveDate,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Written {
    Token(String),
    Year(u16),
    Days(DateRange),
}

impl<'de> Deserialize<'de> for Period {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // Raw first, so that a field that is missing altogether is still refused as missing.
        let raw = Box::<RawValue>::deserialize(deserializer)?;
        match serde_json::from_str(raw.get()).map_err(|_unreadable| refused(raw.get()).into_serde())? {
            Written::Token(token) => token.parse(),
            Written::Year(year) => year.to_string().parse(),
            Written::Days(days) => Self::new(days.from, days.to),
        }
        .map_err(Violation::into_serde)
    }
}

/// Reads a period that may be missing out of a query, for `deserialize_with`.
///
/// # Errors
/// `invalid_period` for what is none.
pub fn queried<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Period>, D::Error> {
    let text = Option::<String>::deserialize(deserializer)?;
    text.map(|text| text.parse().map_err(Violation::into_serde)).transpose()
}

impl Serialize for Period {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.token() {
            Some(token) => serializer.serialize_str(&token),
            None => DateRange { from: self.from, to: self.through }.serialize(serializer),
        }
    }
}

impl PartialSchema for Period {
    fn schema() -> RefOr<Schema> {
        let token = Object::builder()
            .schema_type(Type::String)
            .pattern(Some(r"^\d{4}(-Q[1-4]|-\d{2}(-\d{2})?)?$"))
            .description(Some("A year `2018`, quarter `2018-Q1`, month `2018-03` or day `2018-03-15`."))
            .build();
        let written = Object::builder()
            .schema_type(Type::String)
            .pattern(Some(r"^(\s*[0-9０-９]{4}\s*[年.．/／]|\d{4}-q[1-4]$)"))
            .description(Some(
                "As people write it, in requests only: `2018年`, `2018年3月`, `2018年3月15日`, `2018年第一季度`, `2018年上半年`, \
                `2018年1-6月`, `2018.10`, `2018.10.1`, `2018/10/1`, `2018.10.1-2018.10.31`, `2018年10月1日至31日`, `2018-q1`.",
            ))
            .build();
        let one_of = OneOf::builder().item(token).item(written).item(DateRange::schema());
        let text = "The days an actual covers, inside one year.";
        RefOr::T(Schema::OneOf(one_of.description(Some(text)).examples([serde_json::json!("2018-03")]).build()))
    }
}

impl ToSchema for Period {
    fn schemas(_: &mut Vec<(String, RefOr<schema::Schema>)>) {}
}

/// How often a duty recurs (每月报送50条).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, AsRefStr, EnumString, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Per {
    /// Once for the whole year.
    #[default]
    Year,
    /// Every half-year.
    HalfYear,
    /// Every quarter.
    Quarter,
    /// Every month.
    Month,
    /// Every ISO week; the days before the first and after the last belong to those.
    Week,
}

impl Per {
    /// How many there are in a year.
    pub fn count(self, year: i16) -> u32 {
        match self {
            Self::Year => 1,
            Self::HalfYear => 2,
            Self::Quarter => 4,
            Self::Month => 12,
            // 28 December always lies in the last ISO week of its year.
            Self::Week => NaiveDate::from_ymd_opt(year.into(), 12, 28).map_or(52, |day| day.iso_week().week()),
        }
    }

    /// Which of them, from 0, a day falls into.
    pub fn index(self, day: NaiveDate) -> u32 {
        match self {
            Self::Year => 0,
            Self::HalfYear => day.month0() / 6,
            Self::Quarter => day.month0() / 3,
            Self::Month => day.month0(),
            Self::Week => match day.iso_week() {
                week if week.year() < day.year() => 0,
                week if week.year() > day.year() => week_before(day),
                week => week.week0(),
            },
        }
    }
}

/// The last week of the year, for the days of December that ISO counts to the next year's first.
fn week_before(day: NaiveDate) -> u32 {
    day.checked_sub_days(Days::new(7)).unwrap_or(day).iso_week().week0()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_the_year_is_known_it_need_not_be_named() {
        for (text, expected) in [
            ("第四季度", "2018-Q4"),
            (" 10月 ", "2018-10"),
            ("Q4", "2018-Q4"),
            ("q4", "2018-Q4"),
            ("1-6月", "2018-01-01/2018-06-30"),
            ("上半年", "2018-01-01/2018-06-30"),
            ("10月1日至10月30日", "2018-10-01/2018-10-30"),
            ("10月1日至31日", "2018-10"),
            ("10月1号到30号", "2018-10-01/2018-10-30"),
            ("全年", "2018"),
            ("2017-Q4", "2017-Q4"),
            ("2017年10月", "2017-10"),
        ] {
            let period = Period::in_year(text, 2018).expect(text);
            assert_eq!(period.to_string(), expected, "{text}");
            assert!(text.contains("2017") || text.parse::<Period>().is_err(), "elsewhere, {text} names no year");
        }
        for text in
            ["", "10", "31日", "1日至31日", "Q5", "q5", "13月", "10.1", "-10", "-10月", "至10月", "10-01", "10/1"]
        {
            assert_eq!(Period::in_year(text, 2018), None, "{text}");
        }
    }

    #[test]
    fn a_period_is_written_as_it_is_read() {
        for text in ["2018", "2018-Q1", "2018-Q4", "2018-03", "2018-12", "2020-02-29"] {
            let period: Period = text.parse().expect(text);
            assert_eq!(period.to_string(), text);
            assert_eq!(serde_json::to_string(&period).expect(text), format!("\"{text}\""));
        }
        let months = r#"{"from":"2006-01-01","to":"2006-10-31"}"#;
        let period: Period = serde_json::from_str(months).expect(months);
        assert_eq!(serde_json::to_string(&period).expect(months), months);
    }

    #[test]
    fn a_period_given_as_its_days_is_written_short() {
        let quarter: Period = serde_json::from_str(r#"{"from":"2018-01-01","to":"2018-03-31"}"#).expect("a period");
        assert_eq!(quarter.to_string(), "2018-Q1");
    }

    #[test]
    fn a_quarter_may_be_written_small_and_is_answered_large() {
        let quarter: Period = "2018-q3".parse().expect("a period");
        assert_eq!(quarter.to_string(), "2018-Q3");
    }

    #[test]
    fn what_is_not_a_period_inside_one_year_is_refused() {
        for text in [
            "",
            "18",
            "2018-13",
            "2018-Q5",
            "2018-Q",
            "2018-1",
            "2018-02-30",
            "1948",
            "2200",
            "2018-03-15-1",
            "+018",
            "８",
        ] {
            assert!(text.parse::<Period>().is_err(), "{text}");
        }
        for json in
            [r#"{"from":"2018-01-01","to":"2019-01-01"}"#, r#"{"from":"2018-03-01","to":"2018-02-01"}"#, "true", "null"]
        {
            assert!(serde_json::from_str::<Period>(json).is_err(), "{json}");
        }
    }

    #[test]
    fn every_day_falls_into_one_of_the_periods_of_its_year() {
        let mut day = NaiveDate::from_ymd_opt(2000, 1, 1).expect("a day");
        while day.year() < 2030 {
            let year = i16::try_from(day.year()).expect("a year");
            for per in [Per::Year, Per::HalfYear, Per::Quarter, Per::Month, Per::Week] {
                assert!(per.index(day) < per.count(year), "{per:?} {day}");
            }
            day = day.succ_opt().expect("a day");
        }
    }
}
