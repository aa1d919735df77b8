//! Chooses the one quantity that is meant among the mentions of a text, or says why there is none.

use super::error::{Doubt, QuantityError};
use super::phrase::{Mention, Reading, Standing, last_clause};
use super::{Quantity, Unit, convert};

/// 由13%增长至15%: the words between what was and what is to be, before 至, 到 or 为.
const CHANGES: [&str; 16] = [
    "增长", "增加", "提高", "提升", "上升", "扩大", "发展", "下降", "降低", "减少", "压缩", "缩小", "增", "升", "降",
    "减",
];

/// The one quantity of the unit's dimension, in the unit.
pub(super) fn choose(text: &str, unit: &Unit, mentions: &[Mention]) -> Result<Quantity, QuantityError> {
    let candidates =
        without_baselines(text, mentions.iter().filter_map(|mention| Candidate::of(mention, unit)).collect());
    let mut chosen: Option<Quantity> = None;
    let mut is_ambiguous = false;
    for candidate in &candidates {
        let quantity = candidate.in_unit(text, unit)?;
        is_ambiguous |= chosen.as_ref().is_some_and(|chosen| *chosen != quantity);
        chosen.get_or_insert(quantity);
    }
    let left_open = mentions.iter().filter(|mention| has_lost_its_unit(mention));
    let chosen = chosen.ok_or_else(|| nothing_chosen(text, unit, mentions))?;
    let mut meant: Vec<&Mention> = candidates.iter().map(|candidate| candidate.mention).chain(left_open).collect();
    if !is_ambiguous && meant.len() == candidates.len() {
        return Ok(chosen);
    }
    meant.sort_by_key(|mention| mention.span.start);
    Err(QuantityError::AmbiguousFigure { figures: meant.into_iter().map(|mention| written(text, mention)).collect() })
}

/// A mention that may be the quantity asked for.
struct Candidate<'a> {
    mention: &'a Mention,
    figure: Result<(&'a Quantity, Unit), Doubt>,
}

impl<'a> Candidate<'a> {
    fn of(mention: &'a Mention, unit: &Unit) -> Option<Self> {
        let figure = match &mention.reading {
            Reading::Quantity(quantity, given) if given.converts_to(unit) => Ok((quantity, given.clone())),
            Reading::Bare { quantity, is_scaled: true, standing: Standing::Alone } => {
                Ok((quantity, Unit::named(unit.unscaled())))
            }
            Reading::Bare { quantity, standing: Standing::Alone, .. } => Ok((quantity, unit.clone())),
            Reading::Bare { quantity, standing: Standing::Sum, .. } if unit.is_money() => {
                Ok((quantity, Unit::named(unit.unscaled())))
            }
            Reading::Unclear(Some(given), doubt) if given.converts_to(unit) => Err(*doubt),
            _ => return None,
        };
        Some(Self { mention, figure })
    }

    fn in_unit(&self, text: &str, unit: &Unit) -> Result<Quantity, QuantityError> {
        match &self.figure {
            Ok((quantity, given)) => Ok(Quantity {
                value: convert(quantity.value, given, unit)?,
                upper: quantity.upper.map(|upper| convert(upper, given, unit)).transpose()?,
                unit: Some(unit.clone()),
                ..(*quantity).clone()
            }),
            Err(doubt) => Err(QuantityError::UnclearFigure { figure: written(text, self.mention), doubt: *doubt }),
        }
    }
}

/// The candidates but for those from which a change starts.
fn without_baselines<'a>(text: &str, candidates: Vec<Candidate<'a>>) -> Vec<Candidate<'a>> {
    let mut kept: Vec<Candidate<'a>> = Vec::with_capacity(candidates.len());
    for candidate in candidates {
        if kept.last().is_some_and(|previous| is_change(text, previous.mention, candidate.mention)) {
            kept.pop();
        }
        kept.push(candidate);
    }
    kept
}

fn is_change(text: &str, from: &Mention, to: &Mention) -> bool {
    let before = text.get(..from.span.start).unwrap_or_default();
    let between = text.get(from.span.end..to.span.start).unwrap_or_default().trim();
    let verb = between.strip_suffix(['至', '到', '为']).unwrap_or_default();
    CHANGES.contains(&verb) && last_clause(before).contains(['由', '从'])
}

/// A figure at the end of a clause that may be meant although it has no unit.
fn has_lost_its_unit(mention: &Mention) -> bool {
    matches!(mention.reading, Reading::Bare { standing: Standing::ClauseEnd, .. })
}

/// Why there is no quantity: the reason that helps most to write it better.
fn nothing_chosen(text: &str, unit: &Unit, mentions: &[Mention]) -> QuantityError {
    let mut reasons: Vec<(u8, QuantityError)> = mentions.iter().map(|mention| reason(text, unit, mention)).collect();
    reasons.sort_by_key(|(rank, _)| *rank);
    reasons.into_iter().next().map_or(QuantityError::NoFigure, |(_, reason)| reason)
}

/// Why the mention is not the quantity asked for, ranked by how close it comes.
fn reason(text: &str, unit: &Unit, mention: &Mention) -> (u8, QuantityError) {
    let figure = written(text, mention);
    match &mention.reading {
        Reading::Quantity(_, given) | Reading::Unclear(Some(given), _) => {
            (0, QuantityError::UnitMismatch { given: given.clone(), expected: unit.clone() })
        }
        Reading::Unclear(None, doubt) => (1, QuantityError::UnclearFigure { figure, doubt: *doubt }),
        Reading::Bare { .. } => (2, QuantityError::FigureWithoutUnit { figure, expected: unit.clone() }),
        Reading::Label => (3, QuantityError::NotAQuantity { figure }),
    }
}

fn written(text: &str, mention: &Mention) -> String {
    text.get(mention.span.clone()).unwrap_or_default().trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::super::phrase::mentions;
    use super::*;

    fn chosen(text: &str, name: &str) -> Result<String, &'static str> {
        let unit = Unit::parse(name).unwrap();
        let quantity = choose(text, &unit, &mentions(text, Some(&unit)));
        quantity.map(|quantity| quantity.value.to_string()).map_err(|error| error.code())
    }

    #[test]
    fn a_change_is_read_as_what_it_leads_to() {
        assert_eq!(chosen("由2005年13%增长至15%", "%").unwrap(), "15");
        assert_eq!(chosen("会员从1200人增加到1500人", "人").unwrap(), "1500");
        assert_eq!(chosen("1200人增加到1500人", "人"), Err("ambiguous_figure"));
    }

    #[test]
    fn the_same_quantity_twice_is_one() {
        assert_eq!(chosen("投资50万元（即500000元）", "万元").unwrap(), "50");
        assert_eq!(chosen("50万元以上，即50万元", "万元"), Err("ambiguous_figure"));
    }

    #[test]
    fn the_reason_that_comes_closest_is_given() {
        assert_eq!(chosen("2018年第2名，600件", "项"), Err("unit_mismatch"));
        assert_eq!(chosen("2018年授权600", "项"), Err("figure_without_unit"));
        assert_eq!(chosen("2018年1/3", "项"), Err("unclear_figure"));
        assert_eq!(chosen("2018年第2名", "项"), Err("not_a_quantity"));
    }

    #[test]
    fn a_scaled_number_alone_is_not_scaled_twice() {
        assert_eq!(chosen("1亿3000万", "亿元").unwrap(), "1.3");
        assert_eq!(chosen("35万", "万人次").unwrap(), "35");
        assert_eq!(chosen("35", "万人次").unwrap(), "35");
    }
}
