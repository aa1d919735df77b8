//! Finds every mention of a number in running text and says what it is: a quantity, a label or unclear.

use std::ops::Range;

use super::error::Doubt;
use super::figure::{Counted, Figure, figure_at, skip_blanks};
use super::numeral::Script;
use super::{Quantity, Unit, context, hedge};
use context::Objection;
use rust_decimal::Decimal;

/// Marks that end a clause; a hedge does not reach across them.
const CLAUSE_MARKS: [char; 12] = ['，', '。', '；', '！', '？', '：', ',', ';', '!', '?', ':', '\n'];
/// Further marks after which nothing belongs to a figure any more.
const CLOSING_MARKS: [char; 10] = ['、', '）', ')', '】', ']', '”', '"', '》', '.', '\r'];
/// How many bytes back a word may belong to a figure; keeps the work on endless clauses small.
const REACH: usize = 256;
/// What a sum of money is followed by where 元 is left out: 5000万销售, 5000万元销售以上.
const MONEY_WORDS: [&str; 10] = ["销售收入", "销售额", "销售", "产值", "投资", "资金", "经费", "收入", "利润", "税收"];

/// A number in the text, with the words that belong to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Mention {
    /// Bytes of the text, hedges included.
    pub(super) span: Range<usize>,
    pub(super) reading: Reading,
}

/// What a number in the text is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Reading {
    /// A quantity with its unit.
    Quantity(Quantity, Unit),
    /// A number without a measure word. `is_scaled`: it is given in 万 or 亿.
    Bare { quantity: Quantity, is_scaled: bool, standing: Standing },
    /// A date, an ordinal, part of a name.
    Label,
    /// A figure without a certain reading, and its unit where one is seen.
    Unclear(Option<Unit>, Doubt),
}

/// Where a number without a measure word stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    /// The text is nothing else.
    Alone,
    /// It may be a sum of money without its 元: 再投入35万.
    Sum,
    /// It ends a clause, so that it may be a figure whose unit was left out.
    ClauseEnd,
    /// It is followed by other words.
    Attached,
}

/// Every mention of a number, in the order of the text.
pub(super) fn mentions(text: &str, expected: Option<&Unit>) -> Vec<Mention> {
    let mut mentions = Vec::new();
    let (mut at, mut clause_from) = (0, 0);
    while let Some(first) = text.get(at..).and_then(|rest| rest.chars().next()) {
        if CLAUSE_MARKS.contains(&first) {
            clause_from = at + first.len_utf8();
        }
        let Some((mention, end)) = mention_at(text, at, clause_from, expected) else {
            at += first.len_utf8();
            continue;
        };
        if matches!(mention.reading, Reading::Quantity(..)) {
            clause_from = end;
        }
        at = end;
        mentions.push(mention);
    }
    mentions
}

/// The end of the text since its last clause mark, as far as words before a figure belong to it.
pub(super) fn last_clause(text: &str) -> &str {
    end_of(text).rsplit(CLAUSE_MARKS).next().unwrap_or_default()
}

fn end_of(text: &str) -> &str {
    let from = text.len().saturating_sub(REACH);
    (from..text.len()).find_map(|from| text.get(from..)).unwrap_or_default()
}

fn mention_at(text: &str, at: usize, clause_from: usize, expected: Option<&Unit>) -> Option<(Mention, usize)> {
    let (before, rest) = text.split_at_checked(at)?;
    let figure = match figure_at(rest, expected)? {
        Ok(figure) => figure,
        Err(snag) => {
            let end = at + snag.length;
            return Some((Mention { span: at..end, reading: unclear_or_label(before, snag.unit, snag.doubt) }, end));
        }
    };
    let end = at + figure.length;
    let clause = end_of(text.get(clause_from..at).unwrap_or_default());
    let reading = match context::objection(before, &figure, rest) {
        Some(Objection::Label) => Reading::Label,
        Some(Objection::Doubt(doubt)) => Reading::Unclear(unit_of(&figure), doubt),
        None => return Some(hedged(text, at, clause, &figure)),
    };
    Some((Mention { span: at..end, reading }, end))
}

/// 第二、三项 hangs together badly, but is an ordinal all the same.
fn unclear_or_label(before: &str, unit: Option<Unit>, doubt: Doubt) -> Reading {
    if before.ends_with('第') { Reading::Label } else { Reading::Unclear(unit, doubt) }
}

/// A figure that nothing speaks against, with the hedges around it.
fn hedged(text: &str, at: usize, clause: &str, figure: &Figure) -> (Mention, usize) {
    let figure_end = at + figure.length;
    let unclear =
        |doubt| (Mention { span: at..figure_end, reading: Reading::Unclear(unit_of(figure), doubt) }, figure_end);
    let lead = match hedge::before(clause) {
        Ok(lead) => lead,
        Err(doubt) => return unclear(doubt),
    };
    let is_change = figure.is_from_to && last_clause(clause).contains(['由', '从']);
    let mut hedges = lead.hedges;
    let (surplus, tail) = tail(text, figure_end, figure);
    let end = tail + hedge::after(text.get(tail..).unwrap_or_default(), &mut hedges);
    if figure.script == Script::BareScale && !hedges.is_any() && !surplus {
        return (Mention { span: at..figure_end, reading: Reading::Label }, figure_end);
    }
    let doubt = context::hedge_doubt(hedges.recent, hedges.breakthrough, figure);
    if let Some(doubt) = doubt.or(is_change.then_some(Doubt::Change)) {
        return unclear(doubt);
    }
    let (bound, approximate) = match hedges.settle(surplus, figure.upper.is_some()) {
        Ok(settled) => settled,
        Err(doubt) => return unclear(doubt),
    };
    let unit = unit_of(figure);
    let quantity = Quantity { value: figure.value, upper: figure.upper, bound, approximate, unit: unit.clone() };
    let clause_from = at - clause.len();
    let reading = match unit {
        Some(unit) => Reading::Quantity(quantity, unit),
        None => {
            let standing = standing(text, clause_from + lead.worded_from..end, end > figure_end, figure);
            Reading::Bare { quantity, is_scaled: figure.is_scaled, standing }
        }
    };
    (Mention { span: clause_from + lead.hedged_from..end, reading }, end)
}

/// Where the hedges after a figure start, and whether a surplus is stated: 3万元多, 5000万元销售以上.
fn tail(text: &str, end: usize, figure: &Figure) -> (bool, usize) {
    let rest = text.get(end..).unwrap_or_default();
    let has_unit = matches!(figure.counted, Counted::In(_));
    if let Some(after) = rest.strip_prefix(['多', '余']).filter(|after| has_unit && ends_clause(after)) {
        return (true, text.len() - after.len());
    }
    let is_money = unit_of(figure).is_some_and(|unit| unit.is_money());
    let after_word = MONEY_WORDS.iter().find_map(|word| rest.strip_prefix(word)).filter(|_| is_money);
    match after_word.filter(|after| after.starts_with("以上") || after.starts_with("以下")) {
        Some(after) => (figure.surplus, text.len() - after.len()),
        None => (figure.surplus, end),
    }
}

/// `words`: the bytes of the figure and of the words that belong to it; `ends_hedged`: a hedge is the last of them.
fn standing(text: &str, words: Range<usize>, ends_hedged: bool, figure: &Figure) -> Standing {
    let before = text.get(..words.start).unwrap_or_default();
    let rest = text.get(words.end..).unwrap_or_default();
    if before.trim_end().is_empty()
        && rest.trim_start_matches(['。', '.', ' ', '\n', '\r', '\t', '\u{3000}']).is_empty()
    {
        return Standing::Alone;
    }
    if figure.is_scaled && (ends_clause(rest) || ends_hedged || MONEY_WORDS.iter().any(|word| rest.starts_with(word))) {
        return Standing::Sum;
    }
    let looks_like_year = figure.value >= Decimal::from(1_900) && figure.value < Decimal::from(2_100);
    let is_clause_end = skip_blanks(rest).is_empty() || rest.starts_with(CLAUSE_MARKS);
    let is_figure = figure.script == Script::Arabic && !looks_like_year;
    if is_figure && is_clause_end { Standing::ClauseEnd } else { Standing::Attached }
}

fn ends_clause(rest: &str) -> bool {
    let rest = skip_blanks(rest);
    rest.is_empty() || rest.starts_with(CLAUSE_MARKS) || rest.starts_with(CLOSING_MARKS)
}

fn unit_of(figure: &Figure) -> Option<Unit> {
    match &figure.counted {
        Counted::In(unit) => Some(unit.clone()),
        Counted::Date | Counted::Nothing => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(text: &str) -> Vec<(&str, &'static str)> {
        let kind = |reading: &Reading| match reading {
            Reading::Quantity(..) => "quantity",
            Reading::Bare { standing: Standing::Alone, .. } => "alone",
            Reading::Bare { standing: Standing::Sum, .. } => "sum",
            Reading::Bare { standing: Standing::ClauseEnd, .. } => "clause end",
            Reading::Bare { standing: Standing::Attached, .. } => "attached",
            Reading::Label => "label",
            Reading::Unclear(..) => "unclear",
        };
        let spans = mentions(text, None).into_iter();
        spans.map(|mention| (text.get(mention.span.clone()).unwrap(), kind(&mention.reading))).collect()
    }

    #[test]
    fn every_number_is_mentioned_with_its_hedges() {
        assert_eq!(
            kinds("2018年，不少于5家，863计划，再投入1亿3000万，第2名，2、3家；授权600"),
            [
                ("2018年", "label"),
                ("不少于5家", "quantity"),
                ("863", "attached"),
                ("1亿3000万", "sum"),
                ("2名", "label"),
                ("2", "attached"),
                ("3家", "unclear"),
                ("600", "clause end"),
            ]
        );
        assert_eq!(kinds("约600。"), [("约600", "alone")]);
    }

    #[test]
    fn a_hedge_does_not_reach_into_another_clause_or_past_another_quantity() {
        assert_eq!(kinds("不少于，5家"), [("5家", "quantity")]);
        assert_eq!(kinds("至少5家3场"), [("至少5家", "quantity"), ("3场", "quantity")]);
    }

    #[test]
    fn the_last_clause_starts_after_the_last_mark() {
        assert_eq!(last_clause("第一，第二：第三"), "第三");
        assert_eq!(last_clause("无标点"), "无标点");
    }
}
