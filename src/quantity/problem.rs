//! A quantity that was refused, as the answer a client reads.

use rust_decimal::Decimal;

use super::{QuantityError, Unit, convert};
use crate::decimal::Amount;
use crate::error::{Code, Phrase, Text, Violation};

impl QuantityError {
    /// What is wrong with `given`, sent at `pointer`, which should be a quantity in `unit`.
    pub fn violation(&self, pointer: &str, given: &str, unit: &Unit) -> Violation {
        let violation = Violation::at(pointer, self.code().parse().unwrap_or(Code::NotAQuantity)).given(given);
        match self {
            Self::UnitMismatch { given, expected } => violation.given(given).allowed(expected),
            Self::AmbiguousFigure { figures } => violation.allowed(listed(figures)),
            Self::TooManyDecimals { allowed, .. } => violation.allowed(Phrase::new(
                format!("以{unit}计最多 {allowed} 位小数"),
                format!("at most {allowed} decimals in {unit}"),
            )),
            Self::OutOfRange { limit } => {
                violation.allowed(Phrase::new(format!("小于 {limit} {unit}"), format!("below {limit} {unit}")))
            }
            Self::InvalidUnit { longest, .. } => violation.allowed(Phrase::new(
                format!("1至{longest}个字符，不含数字"),
                format!("1 to {longest} characters without digits"),
            )),
            Self::UnclearFigure { doubt, .. } => violation.allowed(Phrase::new(
                format!("24{unit}、不少于24{unit}（{}）", doubt.chinese()),
                format!("24{unit}, 不少于24{unit} ({doubt})"),
            )),
            Self::NoFigure | Self::FigureWithoutUnit { .. } | Self::NotAQuantity { .. } => {
                violation.allowed(format!("24{unit}, 不少于24{unit}, 1-2{unit}, 约24{unit}"))
            }
        }
    }
}

/// The first few; a long text may hold thousands.
fn listed(figures: &[String]) -> String {
    const MOST: usize = 5;
    let listed: Vec<_> = figures.iter().take(MOST).map(String::as_str).collect();
    let rest = if figures.len() > MOST { ", …" } else { "" };
    format!("{}{rest}", listed.join(", "))
}

/// The unit a client named at `pointer`.
///
/// # Errors
/// `invalid_unit` when that cannot be the name of one.
pub fn unit_at(pointer: &str, name: &str) -> Result<Unit, Violation> {
    let refused = || {
        Violation::at(pointer, Code::InvalidUnit)
            .given(name)
            .allowed(Text::new("1至16个字符，不含数字和空格", "1 to 16 characters without digits or blanks"))
    };
    Unit::parse(name).map_err(|_unfit| refused())
}

/// The value in another unit of its dimension, as exact as amounts are kept.
///
/// # Errors
/// `unit_mismatch`, `too_many_decimals`, `out_of_range`.
pub fn convert_at(pointer: &str, value: Decimal, from: &Unit, to: &Unit) -> Result<Decimal, Violation> {
    let converted =
        convert(value, from, to).map_err(|error| error.violation(pointer, &format!("{value}{from}"), to))?;
    Amount::new(converted)
        .map(|amount| amount.0)
        .map_err(|violation| Violation { pointer: pointer.to_owned(), ..violation })
}
