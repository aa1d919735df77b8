//! Units, their dimensions and exact conversion. Holds no grammar; the measure words themselves are in `words`.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use rust_decimal::Decimal;

use super::error::QuantityError;
use super::numeral::{self, digit_of};
use super::words;

/// The most characters the name of a unit may have.
const LONGEST_NAME: usize = 16;
/// Decimals of `numeric(20,4)`.
const DECIMALS: u32 = 4;
/// Ten to the integer digits of `numeric(20,4)`.
const LIMIT: Decimal = Decimal::from_parts(1_874_919_424, 2_328_306, 0, false, 0);

/// What a quantity is counted in, by its canonical Chinese name: 项, 人次, 万元, %.
///
/// Two names of one unit are one unit: 名 and 位 are 人, ％ is %. Clones share the name.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Unit(Arc<str>);

impl Unit {
    /// The unit of this name, built-in or a client's own (篇次).
    ///
    /// # Errors
    /// `invalid_unit` for an empty name, one of more than 16 characters, or one with digits, blanks or control characters.
    pub fn parse(name: &str) -> Result<Self, QuantityError> {
        let unfit = |c: char| c.is_whitespace() || c.is_control() || digit_of(c).is_some();
        if name.is_empty() || name.chars().count() > LONGEST_NAME || name.contains(unfit) {
            return Err(QuantityError::InvalidUnit { name: name.to_owned(), longest: LONGEST_NAME });
        }
        Ok(Self::named(name))
    }

    /// The unit of a name that is known to be fit for one.
    pub(super) fn named(name: &str) -> Self {
        Self(Arc::from(words::canonical(name)))
    }

    /// The canonical name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether values of the other unit convert into this one.
    #[must_use]
    pub fn converts_to(&self, other: &Self) -> bool {
        self.size().dimension == other.size().dimension
    }

    /// The name without the scale before it: 人次 of 万人次.
    pub(super) fn unscaled(&self) -> &str {
        numeral::split_scale(self.as_str()).1
    }

    /// Whether the unit is an amount of 人民币.
    pub(super) fn is_money(&self) -> bool {
        self.size().dimension == "元"
    }

    fn size(&self) -> Size<'_> {
        let (scale, name) = numeral::split_scale(self.as_str());
        let (dimension, numerator, denominator) = match name {
            "公斤" => ("克", 1_000, 1),
            "斤" => ("克", 500, 1),
            "吨" => ("克", 1_000_000, 1),
            "亩" => ("平方米", 2_000, 3),
            "公顷" => ("平方米", 10_000, 1),
            "平方公里" => ("平方米", 1_000_000, 1),
            "公里" => ("米", 1_000, 1),
            own => (own, 1, 1),
        };
        Size {
            dimension,
            numerator: scale.factor() * Decimal::from(numerator),
            denominator: Decimal::from(denominator),
        }
    }
}

/// How many of its dimension's base unit a unit is, as a fraction: 1 亩 is 2000/3 平方米.
struct Size<'a> {
    dimension: &'a str,
    numerator: Decimal,
    denominator: Decimal,
}

impl fmt::Display for Unit {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

impl AsRef<str> for Unit {
    fn as_ref(&self) -> &str {
        self.as_str()
    }
}

impl FromStr for Unit {
    type Err = QuantityError;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Self::parse(name)
    }
}

/// The same quantity in another unit of its dimension, exactly.
///
/// # Errors
/// `unit_mismatch` across dimensions, `too_many_decimals` where the exact value needs more than four decimals
/// (1 亩 in 平方米), `out_of_range` beyond `numeric(20,4)`.
pub fn convert(value: Decimal, from: &Unit, to: &Unit) -> Result<Decimal, QuantityError> {
    if from == to {
        return kept(value, to);
    }
    let (source, target) = (from.size(), to.size());
    if source.dimension != target.dimension {
        return Err(QuantityError::UnitMismatch { given: from.clone(), expected: to.clone() });
    }
    let product = |first: Decimal, second: Decimal| first.checked_mul(second).ok_or_else(out_of_range);
    let numerator = product(value, product(source.numerator, target.denominator)?)?;
    let denominator = product(source.denominator, target.numerator)?;
    let converted = kept(numerator.checked_div(denominator).ok_or_else(out_of_range)?, to)?;
    if product(converted, denominator)? == numerator { Ok(converted) } else { Err(too_many_decimals(to)) }
}

/// The value as `numeric(20,4)` keeps it, or why it cannot.
fn kept(value: Decimal, unit: &Unit) -> Result<Decimal, QuantityError> {
    let value = value.normalize();
    if value.abs() >= LIMIT {
        Err(out_of_range())
    } else if value.scale() > DECIMALS {
        Err(too_many_decimals(unit))
    } else {
        Ok(value)
    }
}

/// Whether `numeric(20,4)` holds the value without rounding.
pub(super) fn is_kept_exactly(value: Decimal) -> bool {
    value.abs() < LIMIT && value.normalize().scale() <= DECIMALS
}

fn out_of_range() -> QuantityError {
    QuantityError::OutOfRange { limit: LIMIT }
}

fn too_many_decimals(unit: &Unit) -> QuantityError {
    QuantityError::TooManyDecimals { unit: unit.clone(), allowed: DECIMALS }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unit(name: &str) -> Unit {
        Unit::parse(name).unwrap()
    }

    fn converted(value: &str, from: &str, to: &str) -> Result<String, &'static str> {
        convert(value.parse().unwrap(), &unit(from), &unit(to))
            .map(|value| value.to_string())
            .map_err(|error| error.code())
    }

    #[test]
    fn the_limit_is_ten_to_the_sixteenth() {
        assert_eq!(LIMIT, "10000000000000000".parse().unwrap());
    }

    #[test]
    fn money_area_mass_and_length_convert_exactly() {
        assert_eq!(converted("230", "万元", "元").unwrap(), "2300000");
        assert_eq!(converted("14600", "元", "万元").unwrap(), "1.46");
        assert_eq!(converted("1.3", "亿元", "百万元").unwrap(), "130");
        assert_eq!(converted("2", "千元", "元").unwrap(), "2000");
        assert_eq!(converted("1", "万平方米", "亩").unwrap(), "15");
        assert_eq!(converted("3", "亩", "平方米").unwrap(), "2000");
        assert_eq!(converted("30", "亩", "公顷").unwrap(), "2");
        assert_eq!(converted("1.5", "万吨", "公斤").unwrap(), "15000000");
        assert_eq!(converted("5", "公斤", "千克").unwrap(), "5");
        assert_eq!(converted("2", "斤", "公斤").unwrap(), "1");
        assert_eq!(converted("500", "米", "公里").unwrap(), "0.5");
    }

    #[test]
    fn a_scale_before_any_unit_is_of_its_dimension() {
        assert_eq!(converted("1.1", "万人次", "人次").unwrap(), "11000");
        assert_eq!(converted("8000", "篇次", "万篇次").unwrap(), "0.8");
    }

    #[test]
    fn people_visits_counts_and_percentages_never_convert() {
        for (from, to) in [
            ("人", "人次"),
            ("件", "项"),
            ("%", "个百分点"),
            ("次", "场"),
            ("场", "场次"),
            ("期", "次"),
            ("美元", "元"),
        ] {
            assert_eq!(converted("1", from, to), Err("unit_mismatch"), "{from} to {to}");
        }
    }

    #[test]
    fn an_inexact_value_is_refused_rather_than_rounded() {
        assert_eq!(converted("1", "亩", "平方米"), Err("too_many_decimals"));
        assert_eq!(converted("14601", "元", "亿元"), Err("too_many_decimals"));
        assert_eq!(converted("0.00001", "项", "项"), Err("too_many_decimals"));
    }

    #[test]
    fn a_value_beyond_the_column_is_out_of_range() {
        assert_eq!(converted("9999999999999999.9999", "元", "元").unwrap(), "9999999999999999.9999");
        assert_eq!(converted("10000000000000000", "元", "元"), Err("out_of_range"));
        assert_eq!(converted("1000000000", "亿元", "元"), Err("out_of_range"));
        assert_eq!(converted("79228162514264337593543950335", "亿元", "元"), Err("out_of_range"));
    }

    #[test]
    fn names_of_one_unit_are_one_unit() {
        assert_eq!(unit("名"), unit("人"));
        assert_eq!(unit("位"), unit("人"));
        assert_eq!(unit("％"), unit("%"));
        assert_eq!(unit("百分点").to_string(), "个百分点");
        assert_eq!("篇次".parse::<Unit>().unwrap().as_str(), "篇次");
    }

    #[test]
    fn a_name_is_short_and_has_no_digits_or_blanks() {
        for name in ["", "人 次", " 项", "5项", "５项", "项\n", "一二三四五六七八九十一二三四五六七"]
        {
            assert_eq!(Unit::parse(name).unwrap_err().code(), "invalid_unit", "{name:?}");
        }
        assert!(Unit::parse("一二三四五六七八九十一二三四五六").is_ok());
    }
}
