//! A quantity that was refused, as the answer a client reads.

use super::{QuantityError, Unit};
use crate::error::{Code, Violation};

impl QuantityError {
    /// What is wrong with `given`, sent at `pointer`, which should be a quantity in `unit`.
    pub fn violation(&self, pointer: &str, given: &str, unit: &Unit) -> Violation {
        let violation = Violation::at(pointer, self.code().parse().unwrap_or(Code::NotAQuantity)).given(given);
        match self {
            Self::UnitMismatch { given, expected } => violation.given(given).allowed(expected),
            Self::AmbiguousFigure { figures } => violation.allowed(figures.join(", ")),
            Self::TooManyDecimals { allowed, .. } => violation.allowed(format!("at most {allowed} decimals in {unit}")),
            Self::OutOfRange { limit } => violation.allowed(format!("below {limit} {unit}")),
            Self::InvalidUnit { longest, .. } => violation.allowed(format!("1 to {longest} characters without digits")),
            Self::UnclearFigure { doubt, .. } => violation.allowed(format!("24{unit}, 不少于24{unit} ({doubt})")),
            Self::NoFigure | Self::FigureWithoutUnit { .. } | Self::NotAQuantity { .. } => {
                violation.allowed(format!("24{unit}, 不少于24{unit}, 1-2{unit}, 约24{unit}"))
            }
        }
    }
}
