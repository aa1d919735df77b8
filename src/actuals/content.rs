//! What a client wrote of an actual, made into the content that is stored. Pure: no database, no clock.

use rust_decimal::Decimal;
use uuid::Uuid;

use super::{Evidence, Qualifier, SubmitActual};
use crate::decimal::Written;
use crate::error::{Code, Phrase, Text, Violation};
use crate::indicators::ValueType;
use crate::indicators::store::IndicatorRow;
use crate::period::Period;
use crate::quantity::{self, Bound, Unit, convert_at, unit_at};

/// The content of an actual, in the indicator's unit: what makes two submissions the same.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Content {
    pub indicator_id: Uuid,
    pub period: Period,
    pub measure: Measure,
    pub qualifier: Qualifier,
    pub performed_by: Option<String>,
    pub evidence: Evidence,
    pub note: Option<String>,
}

/// The figure: one value, or the two of a percentage.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Measure {
    Value(Decimal),
    Ratio { numerator: Decimal, denominator: Decimal },
}

impl Measure {
    /// As it is stored; none where nothing is.
    pub(crate) fn read(
        value: Option<Decimal>,
        numerator: Option<Decimal>,
        denominator: Option<Decimal>,
    ) -> Option<Self> {
        match (value, numerator, denominator) {
            (_, Some(numerator), Some(denominator)) => Some(Self::Ratio { numerator, denominator }),
            (value, ..) => value.map(Self::Value),
        }
    }

    /// Value, numerator and denominator as they are stored.
    pub(crate) fn columns(self) -> (Option<Decimal>, Option<Decimal>, Option<Decimal>) {
        match self {
            Self::Value(value) => (Some(value), None, None),
            Self::Ratio { numerator, denominator } => (None, Some(numerator), Some(denominator)),
        }
    }
}

impl Content {
    /// The content of `body` for its indicator, or the first thing that is wrong.
    pub(crate) fn of(body: &SubmitActual, indicator: &IndicatorRow) -> Result<Self, Violation> {
        let (measure, said) = match indicator.value_type.0 {
            ValueType::Percentage => (ratio(body)?, Qualifier::Exact),
            ValueType::Number => value(body, indicator)?,
            ValueType::Milestone => milestone(body, indicator)?,
        };
        Ok(Self {
            indicator_id: indicator.id,
            period: body.period,
            measure,
            qualifier: body.qualifier.unwrap_or(said),
            performed_by: body.performed_by.clone(),
            evidence: body.evidence.clone().unwrap_or_default(),
            note: body.note.clone(),
        })
    }
}

fn ratio(body: &SubmitActual) -> Result<Measure, Violation> {
    let (Some(numerator), Some(denominator), None) = (body.numerator, body.denominator, &body.value) else {
        let missing = if body.numerator.is_none() { "/numerator" } else { "/denominator" };
        let at = if body.value.is_some() { "/value" } else { missing };
        return Err(Violation::at(at, Code::RatioRequired));
    };
    if body.unit.as_deref().is_some_and(|unit| unit != "%") {
        let unit = body.unit.as_deref().unwrap_or_default();
        return Err(Violation::at("/unit", Code::UnitMismatch).given(unit).allowed("%"));
    }
    if denominator.0 <= Decimal::ZERO {
        return Err(Violation::at("/denominator", Code::OutOfRange)
            .given(denominator)
            .allowed(Text::new("大于 0", "above 0")));
    }
    Ok(Measure::Ratio { numerator: numerator.0, denominator: denominator.0 })
}

fn value(body: &SubmitActual, indicator: &IndicatorRow) -> Result<(Measure, Qualifier), Violation> {
    if body.numerator.is_some() || body.denominator.is_some() {
        let at = if body.numerator.is_some() { "/numerator" } else { "/denominator" };
        return Err(Violation::at(at, Code::RatioUnexpected));
    }
    let Some(written) = &body.value else { return Err(Violation::at("/value", Code::ValueRequired)) };
    let own = unit_at("/unit", &indicator.unit)?;
    let given = body.unit.as_deref().map_or_else(|| Ok(own.clone()), |name| unit_at("/unit", name))?;
    let (value, qualifier) = match written {
        Written::Number(amount) => (amount.0, Qualifier::Exact),
        Written::Text(text) => read(text, &given)?,
    };
    let pointer = if body.unit.is_some() { "/unit" } else { "/value" };
    Ok((Measure::Value(convert_at(pointer, value, &given, &own)?), qualifier))
}

/// An actual is one figure: a range or a 不超过 says what was planned, not what was done.
fn read(text: &str, unit: &Unit) -> Result<(Decimal, Qualifier), Violation> {
    let read = quantity::read(text, unit).map_err(|error| error.violation("/value", text, unit))?;
    let qualifier = match read.bound {
        Some(Bound::AtMost | Bound::Range) => {
            let such = format!("24{unit}, 近24{unit}, 24余{unit}");
            let allowed = Phrase::new(format!("一个数，如 {such}"), format!("one figure, such as {such}"));
            return Err(Violation::at("/value", Code::NotAQuantity).given(text).allowed(allowed));
        }
        _ if read.approximate => Qualifier::About,
        Some(Bound::AtLeast) => Qualifier::AtLeast,
        Some(Bound::Exactly) | None => Qualifier::Exact,
    };
    Ok((read.value, qualifier))
}

/// Done or not, as a number or in words.
fn milestone(body: &SubmitActual, indicator: &IndicatorRow) -> Result<(Measure, Qualifier), Violation> {
    let in_words = match &body.value {
        Some(Written::Text(text)) => done(text.trim()),
        Some(Written::Number(_)) | None => None,
    };
    let (measure, qualifier) = match in_words {
        Some(done) => value(&SubmitActual { value: Some(Written::Number(done.into())), ..body.clone() }, indicator)?,
        None => value(body, indicator)?,
    };
    match measure {
        Measure::Value(value) if value == Decimal::ZERO || value == Decimal::ONE => Ok((measure, qualifier)),
        Measure::Value(value) => Err(Violation::at("/value", Code::MilestoneValue).given(value)),
        Measure::Ratio { .. } => Err(Violation::at("/value", Code::ValueRequired)),
    }
}

fn done(words: &str) -> Option<Decimal> {
    match words {
        "完成" | "已完成" | "是" => Some(Decimal::ONE),
        "未完成" | "否" => Some(Decimal::ZERO),
        _ => None,
    }
}
