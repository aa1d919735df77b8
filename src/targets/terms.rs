//! What a client wrote of a target, made into the terms that are stored. Pure: asks neither database nor clock.

use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::{Baseline, PutTarget, Source};
use crate::database::Coded;
use crate::decimal::Amount;
use crate::error::{Code, Phrase, Text, Violation};
use crate::indicators::store::IndicatorRow;
use crate::indicators::{Accumulation, Direction, ValueType};
use crate::period::Per;
use crate::quantity::{self, Bound, Unit, convert_at, unit_at};
use crate::rule::{BasisOfRate, MONTHS};
use crate::scorecards::store::GoalRow;

/// The terms of a target, in the indicator's unit.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Terms {
    pub goal: GoalRow,
    pub is_approximate: bool,
    pub baseline: Option<Baseline>,
    pub growth: Option<Decimal>,
    pub source: Option<Source>,
}

/// The figure itself, before defaults.
struct Figure {
    value: Decimal,
    upper: Option<Decimal>,
    bound: Option<Bound>,
    is_approximate: bool,
}

impl Terms {
    /// The terms of `body` for this indicator and year, or the first thing that is wrong.
    pub(crate) fn of(body: &PutTarget, indicator: &IndicatorRow, year: i16) -> Result<Self, Violation> {
        let converter = Converter::new(body, indicator)?;
        let baseline = converter.baseline(body)?;
        let figure = figure(body, indicator, &converter, baseline)?;
        let bound = bound(body, &figure, indicator.direction.0)?;
        check_upper(bound, &figure)?;
        let per = per(body)?;
        check_kind(body, indicator, &figure, bound, per)?;
        check_change(body, indicator.direction.0, &figure, baseline)?;
        let goal = GoalRow {
            bound: Coded(bound),
            value: figure.value,
            upper: figure.upper,
            per: Coded(per),
            basis_of_rate: Coded(body.basis_of_rate),
            baseline_value: baseline.map(|baseline| baseline.value.0),
            weight: weight(body)?,
            due_on: due_on(body, year)?,
            plan: plan(body)?,
        };
        let source = source(body);
        let growth = body.growth.map(|growth| growth.0);
        Ok(Self { goal, is_approximate: figure.is_approximate, baseline, growth, source })
    }
}

/// Where it was read; an expression is its own quote, unless another one is given.
fn source(body: &PutTarget) -> Option<Source> {
    let given = body.source.clone().unwrap_or_default();
    let quote = given.quote.clone().or_else(|| body.expression.clone());
    let source = Source { quote, ..given };
    (source != Source::default()).then_some(source)
}

/// From the unit the client wrote in to the indicator's.
struct Converter {
    from: Unit,
    to: Unit,
}

impl Converter {
    fn new(body: &PutTarget, indicator: &IndicatorRow) -> Result<Self, Violation> {
        let to = unit_at("/unit", &indicator.unit)?;
        let from = body.unit.as_deref().map_or_else(|| Ok(to.clone()), |name| unit_at("/unit", name))?;
        Ok(Self { from, to })
    }

    fn convert(&self, value: Amount, pointer: &str) -> Result<Decimal, Violation> {
        convert_at(pointer, value.0, &self.from, &self.to)
    }

    fn baseline(&self, body: &PutTarget) -> Result<Option<Baseline>, Violation> {
        let convert = |baseline: Baseline| {
            self.convert(baseline.value, "/baseline/value").map(|value| Baseline { value: value.into(), ..baseline })
        };
        body.baseline.map(convert).transpose()
    }
}

fn figure(
    body: &PutTarget,
    indicator: &IndicatorRow,
    converter: &Converter,
    baseline: Option<Baseline>,
) -> Result<Figure, Violation> {
    let is_approximate = body.approximate.unwrap_or(false);
    let upper = body.upper.map(|upper| converter.convert(upper, "/upper")).transpose()?;
    let plain = |value| Figure { value, upper, bound: None, is_approximate };
    match (body.value, &body.expression, body.growth) {
        (Some(value), None, None) => converter.convert(value, "/value").map(plain),
        (None, Some(text), None) => read(body, text, converter),
        (None, None, Some(growth)) => {
            let required = || Violation::at("/baseline", Code::BaselineRequired).given("growth");
            derived(growth, baseline.ok_or_else(required)?).map(plain)
        }
        (None, None, None) if indicator.value_type.0 == ValueType::Milestone => Ok(plain(Decimal::ONE)),
        (value, expression, growth) => {
            let given = [value.map(|_| "value"), expression.as_ref().map(|_| "expression"), growth.map(|_| "growth")];
            let given: Vec<_> = given.into_iter().flatten().collect();
            let none = Text::new("未给出", "none");
            let given = if given.is_empty() { none.into() } else { Phrase::from(given.join(", ")) };
            Err(Violation::at("/value", Code::ValueOrExpression).given(given))
        }
    }
}

fn read(body: &PutTarget, text: &str, converter: &Converter) -> Result<Figure, Violation> {
    if body.upper.is_some() || body.unit.is_some() {
        let at = if body.upper.is_some() { "/upper" } else { "/unit" };
        return Err(Violation::at(at, Code::ValueOrExpression)
            .given(Text::new("expression 之外又有 upper 或 unit", "an expression with upper or unit beside it")));
    }
    let read =
        quantity::read(text, &converter.to).map_err(|error| error.violation("/expression", text, &converter.to))?;
    let kept = |value| convert_at("/expression", value, &converter.to, &converter.to);
    Ok(Figure {
        value: kept(read.value)?,
        upper: read.upper.map(kept).transpose()?,
        bound: read.bound,
        is_approximate: body.approximate.unwrap_or(read.approximate),
    })
}

/// The period the value is for, as given or as the expression says.
fn per(body: &PutTarget) -> Result<Per, Violation> {
    let said = body.expression.as_deref().map(recurrence).transpose()?.flatten();
    match (body.per, said) {
        (Some(given), Some(said)) if given != said => {
            Err(Violation::at("/per", Code::NotAllowed).given(given.as_ref()).allowed(said.as_ref()))
        }
        (given, said) => Ok(given.or(said).unwrap_or_default()),
    }
}

/// 每月报送50条: how often the plan says the duty recurs. Any other 每 or average is no yearly total either.
fn recurrence(text: &str) -> Result<Option<Per>, Violation> {
    const SAID: [(&str, Per); 8] = [
        ("每半年", Per::HalfYear),
        ("每季", Per::Quarter),
        ("每个季度", Per::Quarter),
        ("每月", Per::Month),
        ("每个月", Per::Month),
        ("每周", Per::Week),
        ("每星期", Per::Week),
        ("每年", Per::Year),
    ];
    if let Some((_, per)) = SAID.iter().find(|(words, _)| text.contains(words)) {
        return Ok(Some(*per));
    }
    if ["每", "月均", "季均", "周均", "日均"].iter().any(|words| text.contains(words)) {
        let allowed = Text::new(
            "每年、每半年、每季度、每月、每周；或 value 和 per",
            "每年, 每半年, 每季度, 每月, 每周; or value and per",
        );
        return Err(Violation::at("/expression", Code::UnclearFigure).given(text).allowed(allowed));
    }
    Ok(None)
}

/// 同比递增10%: the baseline and ten percent of it, to four decimals.
fn derived(growth: Amount, baseline: Baseline) -> Result<Decimal, Violation> {
    let factor = Decimal::ONE_HUNDRED.checked_add(growth.0);
    let value = factor.and_then(|factor| baseline.value.checked_mul(factor)).map(|value| value / Decimal::ONE_HUNDRED);
    let value = value.map(|value| Amount::new(value.round_dp(crate::decimal::SCALE)));
    match value {
        Some(Ok(value)) => Ok(value.0),
        _ => Err(Violation::at("/growth", Code::OutOfRange)
            .given(growth)
            .allowed(Text::new("结果可以保存的增长率", "a growth whose value can be kept"))),
    }
}

fn bound(body: &PutTarget, figure: &Figure, direction: Direction) -> Result<Bound, Violation> {
    let usual = match direction {
        _ if figure.upper.is_some() => Bound::Range,
        Direction::HigherIsBetter => Bound::AtLeast,
        Direction::LowerIsBetter => Bound::AtMost,
    };
    let bound = body.bound.or(figure.bound).unwrap_or(usual);
    let contradiction = match direction {
        Direction::HigherIsBetter => Bound::AtMost,
        Direction::LowerIsBetter => Bound::AtLeast,
    };
    if bound == contradiction {
        let allowed = format!("{}, exactly, range", usual.as_ref());
        return Err(Violation::at("/bound", Code::BoundContradictsDirection).given(bound.as_ref()).allowed(allowed));
    }
    Ok(bound)
}

fn check_upper(bound: Bound, figure: &Figure) -> Result<(), Violation> {
    if (bound == Bound::Range) != figure.upper.is_some() {
        return Err(Violation::at("/upper", Code::UpperNeedsRange).given(bound.as_ref()));
    }
    match figure.upper {
        Some(upper) if upper < figure.value => {
            Err(Violation::at("/upper", Code::UpperBelowValue).given(upper).allowed(figure.value))
        }
        _ => Ok(()),
    }
}

fn check_kind(
    body: &PutTarget,
    indicator: &IndicatorRow,
    figure: &Figure,
    bound: Bound,
    per: Per,
) -> Result<(), Violation> {
    let is_sum_by_level = indicator.accumulation.0 == Accumulation::Sum && body.basis_of_rate == BasisOfRate::Level;
    if per != Per::Year && !is_sum_by_level {
        return Err(Violation::at("/per", Code::PerNeedsSum).given(per.as_ref()));
    }
    let is_milestone = indicator.value_type.0 == ValueType::Milestone;
    if is_milestone && (figure.value != Decimal::ONE || bound == Bound::Range) {
        return Err(Violation::at("/value", Code::MilestoneValue).given(figure.value));
    }
    if is_milestone && body.basis_of_rate == BasisOfRate::Change {
        return Err(Violation::at("/basis_of_rate", Code::NotAllowed).given("change").allowed("level"));
    }
    if figure.value < Decimal::ZERO && body.basis_of_rate == BasisOfRate::Level {
        return Err(Violation::at("/value", Code::OutOfRange)
            .given(figure.value)
            .allowed(Text::new("不小于 0，或按变化计", "0 or more, or a change")));
    }
    Ok(())
}

fn check_change(
    body: &PutTarget,
    direction: Direction,
    figure: &Figure,
    baseline: Option<Baseline>,
) -> Result<(), Violation> {
    if body.basis_of_rate != BasisOfRate::Change {
        return Ok(());
    }
    let required = || {
        Violation::at("/baseline", Code::BaselineRequired)
            .given(Text::new("basis_of_rate 为 change", "basis_of_rate change"))
    };
    let baseline = baseline.ok_or_else(required)?.value;
    let (is_against, allowed) = match direction {
        Direction::HigherIsBetter => (figure.value < baseline.0, Text::new("不小于", "at least")),
        Direction::LowerIsBetter => (figure.value > baseline.0, Text::new("不大于", "at most")),
    };
    let refused = Violation::at("/value", Code::ChangeContradictsDirection).given(figure.value);
    let allowed =
        Phrase::new(format!("{}基数 {baseline}", allowed.zh), format!("{} the baseline {baseline}", allowed.en));
    if is_against { Err(refused.allowed(allowed)) } else { Ok(()) }
}

fn weight(body: &PutTarget) -> Result<Decimal, Violation> {
    let weight = body.weight.map_or(Decimal::ONE, |weight| weight.0);
    let is_fit = weight > Decimal::ZERO && weight <= Decimal::ONE_THOUSAND;
    is_fit.then_some(weight).ok_or_else(|| {
        Violation::at("/weight", Code::OutOfRange)
            .given(weight)
            .allowed(Text::new("大于 0，不超过 1000", "above 0 and at most 1000"))
    })
}

fn due_on(body: &PutTarget, year: i16) -> Result<NaiveDate, Violation> {
    let at = |year: i32, month, day| NaiveDate::from_ymd_opt(year, month, day).unwrap_or_default();
    let (first, last) = (at(year.into(), 1, 1), at(year.into(), 12, 31));
    let latest = at(i32::from(year) + 10, 12, 31);
    let due_on = body.due_on.unwrap_or(last);
    if (first..=latest).contains(&due_on) {
        return Ok(due_on);
    }
    Err(Violation::at("/due_on", Code::DueBeforeYear)
        .given(due_on)
        .allowed(Phrase::new(format!("{first} 至 {latest}"), format!("{first} to {latest}"))))
}

fn plan(body: &PutTarget) -> Result<Option<Vec<Option<Decimal>>>, Violation> {
    const RULE: Text =
        Text::new("0到1之间的12个累计份额，不递减，最后一个为1", "12 shares from 0 to 1, never falling, the last 1");
    let Some(plan) = &body.plan else { return Ok(None) };
    let shares: Vec<Decimal> = plan.iter().map(|share| share.0).collect();
    let is_fit = shares.len() == MONTHS
        && shares.is_sorted()
        && shares.first().is_some_and(|first| *first >= Decimal::ZERO)
        && shares.last() == Some(&Decimal::ONE);
    if is_fit {
        return Ok(Some(shares.into_iter().map(Some).collect()));
    }
    let given: Vec<_> = shares.iter().map(ToString::to_string).collect();
    Err(Violation::at("/plan", Code::InvalidPlan).given(format!("[{}]", given.join(", "))).allowed(RULE))
}
