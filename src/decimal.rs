//! Exact decimals in JSON: numbers on the wire, never floats in between.
//!
//! `serde_json`'s `arbitrary_precision` would change how numbers meet `flatten` and untagged enums everywhere in the
//! binary, so exact decimals go through `RawValue` here instead.

use std::fmt;
use std::ops::Deref;

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;
use utoipa::openapi::schema::{ObjectBuilder, OneOf, Schema, SchemaFormat, Type};
use utoipa::openapi::{KnownFormat, RefOr};
use utoipa::{PartialSchema, ToSchema};

use crate::error::{Code, Phrase, Text, Violation};

/// Decimals the service keeps.
pub const SCALE: u32 = 4;

/// Largest amount a client may send, in the indicator's unit; its sums still fit `numeric(24,4)`.
pub const LARGEST: Decimal = Decimal::from_parts(0xA4C6_8000, 0x0003_8D7E, 0, false, 0);

/// Most characters of an amount written as text.
const LONGEST_TEXT: usize = 500;

/// An exact decimal with at most four decimals, a number in JSON.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Amount(pub Decimal);

impl Amount {
    /// Takes a decimal of at most four decimals between −10¹⁵ and 10¹⁵.
    ///
    /// # Errors
    /// `too_many_decimals` or `out_of_range`.
    pub fn new(value: Decimal) -> Result<Self, Violation> {
        let value = value.normalize();
        if value.scale() > SCALE {
            return Err(Violation::at("", Code::TooManyDecimals)
                .given(value)
                .allowed(Text::new("最多4位小数", "at most 4 decimals")));
        }
        if value.abs() > LARGEST {
            return Err(Violation::at("", Code::OutOfRange)
                .given(value)
                .allowed(Text::new("-10^15 至 10^15", "-10^15 to 10^15")));
        }
        Ok(Self(value))
    }
}

impl Deref for Amount {
    type Target = Decimal;

    fn deref(&self) -> &Decimal {
        &self.0
    }
}

impl From<Decimal> for Amount {
    /// For values the service computed or stored; a client's go through [`Amount::new`].
    fn from(value: Decimal) -> Self {
        Self(value.normalize())
    }
}

impl fmt::Display for Amount {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

impl Serialize for Amount {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let value = self.0.normalize();
        let digits = i64::try_from(value.mantissa()).ok();
        if let Some(integer) = digits.filter(|_| value.scale() == 0) {
            return serializer.serialize_i64(integer);
        }
        match digits.and_then(|digits| nearest(digits, value.scale())) {
            Some(double) => serializer.serialize_f64(double),
            None => RawValue::from_string(value.to_string()).map_err(serde::ser::Error::custom)?.serialize(serializer),
        }
    }
}

/// The double next to a decimal, where its shortest text is the decimal itself: up to 15 digits.
fn nearest(digits: i64, scale: u32) -> Option<f64> {
    let unit = [1.0, 10.0, 100.0, 1_000.0, 10_000.0].get(usize::try_from(scale).ok()?)?;
    // Both are exact, so the quotient is rounded once.
    let digits = digits.to_f64().filter(|_| digits.unsigned_abs() < 1_000_000_000_000_000)?;
    Some(digits / unit)
}

impl<'de> Deserialize<'de> for Amount {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Written::deserialize(deserializer)? {
            Written::Number(amount) => Ok(amount),
            Written::Text(text) => Err(Violation::at("", Code::WrongType)
                .given(format!("\"{text}\""))
                .allowed(Text::new("数字", "a number"))
                .into_serde()),
        }
    }
}

/// Reads an amount that the service wrote itself: it may be larger than what a client may send.
///
/// # Errors
/// When it is no number that a decimal can hold.
pub(crate) fn kept<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Amount, D::Error> {
    kept_or_null(deserializer)?.ok_or_else(|| serde::de::Error::custom("null"))
}

/// As [`kept`], where there may be none.
///
/// # Errors
/// As [`kept`].
pub(crate) fn kept_or_null<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Amount>, D::Error> {
    let raw = Option::<Box<RawValue>>::deserialize(deserializer)?;
    let read = |raw: Box<RawValue>| exact(raw.get()).map(Amount::from).ok_or_else(|| serde::de::Error::custom(raw));
    raw.map(read).transpose()
}

impl PartialSchema for Amount {
    fn schema() -> RefOr<Schema> {
        number().into()
    }
}

impl ToSchema for Amount {}

fn number() -> ObjectBuilder {
    ObjectBuilder::new()
        .schema_type(Type::Number)
        .format(Some(SchemaFormat::KnownFormat(KnownFormat::Double)))
        .description(Some("An exact decimal with at most four decimals; read it as a decimal, not as a float."))
        .examples([serde_json::json!(94)])
}

/// An amount as a client may write it: a number, or text as people write it (`1.1万人次`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Written {
    /// A JSON number.
    Number(Amount),
    /// Text, still to be read in the indicator's unit.
    Text(String),
}

impl<'de> Deserialize<'de> for Written {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = Box::<RawValue>::deserialize(deserializer)?;
        let raw = raw.get().trim();
        if raw.starts_with('"') {
            let text: String = serde_json::from_str(raw).map_err(serde::de::Error::custom)?;
            let length = text.chars().count();
            let too_long = Violation::at("", Code::TooLong)
                .given(length)
                .allowed(Phrase::new(format!("至多 {LONGEST_TEXT}"), format!("at most {LONGEST_TEXT}")));
            return if length > LONGEST_TEXT { Err(too_long.into_serde()) } else { Ok(Self::Text(text)) };
        }
        let wrong = || {
            Violation::at("", Code::WrongType)
                .given(raw)
                .allowed(Text::new("数字或文本", "a number or text"))
                .into_serde()
        };
        if !raw.starts_with(|first: char| first == '-' || first.is_ascii_digit()) {
            return Err(wrong());
        }
        let exact = exact(raw);
        let range = || {
            Violation::at("", Code::OutOfRange)
                .given(raw)
                .allowed(Text::new("-10^15 至 10^15，4位小数", "-10^15 to 10^15, 4 decimals"))
                .into_serde()
        };
        Amount::new(exact.ok_or_else(range)?).map(Self::Number).map_err(Violation::into_serde)
    }
}

/// A JSON number as it stands; none where a decimal cannot hold all its digits.
fn exact(raw: &str) -> Option<Decimal> {
    match raw.split_once(['e', 'E']) {
        // The mantissa alone, because `from_scientific` would round one that is too long.
        Some((mantissa, _)) => {
            Decimal::from_str_exact(mantissa).ok().and_then(|_fits| Decimal::from_scientific(raw).ok())
        }
        None => Decimal::from_str_exact(raw).ok(),
    }
}

impl Serialize for Written {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Number(amount) => amount.serialize(serializer),
            Self::Text(text) => serializer.serialize_str(text),
        }
    }
}

impl PartialSchema for Written {
    fn schema() -> RefOr<Schema> {
        let text = ObjectBuilder::new()
            .schema_type(Type::String)
            .description(Some("As people write it: `1.1万人次`, `三千六百余人`, `近90人`."));
        let either = OneOf::builder()
            .item(number())
            .item(text)
            .description(Some("A number in the indicator's unit (or in `unit`), or text as people write it."))
            .examples([serde_json::json!(82)]);
        RefOr::T(Schema::OneOf(either.build()))
    }
}

impl ToSchema for Written {}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn exact_decimals_survive_json() {
        for text in ["0", "94", "-3.5", "626.12", "0.0001", "999999999999999.9999", "123456789012345.6789"] {
            let amount: Amount = serde_json::from_str(text).expect(text);
            assert_eq!(serde_json::to_string(&amount).expect(text), text);
        }
        assert_eq!(serde_json::from_str::<Amount>("1.50e2").expect("a number").to_string(), "150");
    }

    proptest! {
        #[test]
        fn a_decimal_is_written_as_the_number_it_is(digits in any::<i64>(), scale in 0_u32..=4) {
            let value = Decimal::new(digits, scale).normalize();
            let text = serde_json::to_string(&Amount::from(value)).expect("a number");
            prop_assert_eq!(text.parse::<Decimal>().expect(&text), value);
            prop_assert_eq!(text.trim_end_matches(".0"), value.to_string());
        }
    }

    #[test]
    fn what_the_service_wrote_itself_is_read_whatever_its_size() {
        #[derive(Debug, PartialEq, Serialize, Deserialize)]
        struct Figures {
            #[serde(deserialize_with = "kept")]
            one: Amount,
            #[serde(default, deserialize_with = "kept_or_null")]
            other: Option<Amount>,
        }
        let read = |text: &str| serde_json::from_str::<Figures>(text);
        for text in [r#"{"one":-98765432109876543210.9876,"other":0.5}"#, r#"{"one":1,"other":null}"#] {
            assert_eq!(serde_json::to_string(&read(text).expect(text)).expect(text), text);
        }
        assert_eq!(read(r#"{"one":1}"#).expect("one"), Figures { one: Amount(Decimal::ONE), other: None });
        assert!(read(r#"{"one":null}"#).is_err() && read(r#"{"one":"1"}"#).is_err());
    }

    #[test]
    fn what_cannot_be_kept_exactly_is_refused() {
        for text in ["0.00001", "1000000000000000.1", "1e40", "1e400", "1e-9", "\"5\"", "true", "null", "{}", "[]"] {
            assert!(serde_json::from_str::<Amount>(text).is_err(), "{text}");
        }
        assert_eq!(LARGEST.to_string(), "1000000000000000");
    }
}
