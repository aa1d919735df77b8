//! Where a figure stands decides whether it counts anything: 第2名, 一起, 12项目, A4张, 3次/年.

use super::error::Doubt;
use super::figure::{Counted, Figure, is_dash, skip_blanks};
use super::numeral::{Script, digit_of};
use super::{Unit, chinese, words};

/// Why a figure is not taken as a quantity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Objection {
    /// It certainly counts nothing: a date, an ordinal, a name.
    Label,
    /// It may count something.
    Doubt(Doubt),
}

/// Characters after which 一 belongs to a word (统一, 每一个) or points at one of several (这一次).
const POINTING: &str = "统唯惟单专逐之同第其某任这那哪每另下";
/// Characters after which 一 points back, or is a count: 上一次会议, 上一次党课.
const PERHAPS_POINTING: &str = "上再又";
/// Characters that leave a place open: 几十, 数百, 上千.
const OPEN: &str = "几数上好若Xx×○";
/// What 前 follows where it is not 前三名: 目前3家.
const BEFORE_FRONT: &str = "目之此当提以年月日会赛空";
/// What a number of ranks follows.
const MOVES: [&str; 8] = ["前移", "上升", "提升", "下降", "后退", "跃升", "位列", "排名"];
/// Marks between numbers that share what follows the last.
const JOINERS: [char; 10] = ['、', '或', '和', '与', '及', '+', '＋', '*', '=', '/'];
/// Units of which the latest ones are often told: 近三次会议.
const OCCASIONS: [&str; 10] = ["次", "场", "场次", "期", "轮", "批", "天", "周", "个月", "年"];

/// What in the text around it speaks against the figure; `figure_text` starts with it.
pub(super) fn objection(before: &str, figure: &Figure, figure_text: &str) -> Option<Objection> {
    from_before(before, figure, figure_text).or_else(|| from_measure(figure, figure_text))
}

/// Whether the hedge found before the figure may mean something else.
pub(super) fn hedge_doubt(recent: bool, breakthrough: bool, figure: &Figure) -> Option<Doubt> {
    let Counted::In(unit) = &figure.counted else { return None };
    let is_small = |limit: u32| figure.value < limit.into() && !figure.is_scaled;
    if recent && is_small(10) && OCCASIONS.contains(&unit.as_str()) {
        return Some(Doubt::Recent);
    }
    let is_plain = !unit.is_money() && !matches!(unit.as_str(), "%" | "个百分点" | "千克" | "公斤" | "吨");
    (breakthrough && is_small(100) && is_plain).then_some(Doubt::Breakthrough)
}

fn from_before(before: &str, figure: &Figure, figure_text: &str) -> Option<Objection> {
    let touching = before.chars().next_back()?;
    let before = before.trim_end_matches([' ', '\u{3000}', '\u{a0}']);
    let last = before.chars().next_back()?;
    let is_front = last == '前' && !before.trim_end_matches('前').ends_with(|c| BEFORE_FRONT.contains(c));
    if last == '第' || is_front {
        return Some(Objection::Label);
    }
    if last == '负' {
        return Some(Objection::Doubt(Doubt::Sign));
    }
    if "廿卅卌".contains(last) {
        return Some(Objection::Doubt(Doubt::Malformed));
    }
    if touching.is_ascii_alphabetic() || matches!(touching, '_' | '#' | '.' | 'Ａ'..='Ｚ' | 'ａ'..='ｚ') {
        return Some(Objection::Doubt(Doubt::Identifier));
    }
    if starts_with_one(figure, figure_text) {
        if POINTING.contains(last) {
            return Some(Objection::Label);
        }
        if PERHAPS_POINTING.contains(last) {
            return Some(Objection::Doubt(Doubt::Pointing));
        }
    }
    if is_weekday(before, figure) {
        return Some(Objection::Label);
    }
    let opens_place = figure_text.starts_with(['十', '百', '千', '万', '亿']);
    if opens_place && OPEN.contains(last) {
        return Some(Objection::Doubt(Doubt::Masked));
    }
    if is_rank(before, figure, figure_text) {
        return Some(Objection::Doubt(Doubt::Rank));
    }
    hangs_on_another(before).map(Objection::Doubt)
}

/// 2、3家, 20+80项, 4000——5000万, -5家.
fn hangs_on_another(before: &str) -> Option<Doubt> {
    let head = before.trim_end_matches(is_dash);
    let is_number = |text: &str| text.ends_with(|c| digit_of(c).is_some() || chinese::is_numeral(c));
    if head.len() < before.len() {
        let is_sign = before.ends_with(['-', '－', '−']);
        return if is_number(head) { Some(Doubt::Enumeration) } else { is_sign.then_some(Doubt::Sign) };
    }
    let joined = before.strip_suffix(JOINERS).unwrap_or(before);
    is_number(joined.trim_end()).then_some(Doubt::Enumeration)
}

fn from_measure(figure: &Figure, figure_text: &str) -> Option<Objection> {
    let Counted::In(unit) = &figure.counted else {
        return (figure.counted == Counted::Date).then_some(Objection::Label);
    };
    let measure = figure_text.get(figure.measure_at..).unwrap_or_default();
    let after = figure_text.get(figure.length..).unwrap_or_default();
    let is_one = starts_with_one(figure, figure_text);
    if figure.script == Script::Chinese && words::is_set_phrase(figure_text) {
        return Some(Objection::Label);
    }
    if words::looks_alike(measure) {
        return Some(if is_one { Objection::Label } else { Objection::Doubt(Doubt::PartOfAWord) });
    }
    let word = figure_text.get(figure.measure_at..figure.length).unwrap_or_default();
    let is_repeated = !word.is_empty() && after.starts_with(word);
    if is_one && (is_repeated || pairs_with_one(after)) {
        return Some(Objection::Label);
    }
    after_measure(after, unit).map(Objection::Doubt)
}

fn after_measure(after: &str, unit: &Unit) -> Option<Doubt> {
    if after.starts_with("之一") {
        return Some(Doubt::PartOf);
    }
    if after.starts_with('半') {
        return Some(Doubt::Half);
    }
    let in_brackets = after.strip_prefix(['（', '(']);
    let is_second_unit = |text: &str| {
        let word = words::measure_at(text, Some(unit)).or_else(|| text.starts_with('次').then_some("次"));
        word.and_then(|word| text.strip_prefix(word)).is_some_and(|rest| rest.starts_with(['）', ')']))
    };
    let is_compound = after.starts_with(['/', '／']) || in_brackets.is_some_and(is_second_unit);
    is_compound.then_some(Doubt::CompoundUnit)
}

/// 一户一策: every one has its own.
fn pairs_with_one(after: &str) -> bool {
    let Some(rest) = after.strip_prefix('一') else { return false };
    !rest.starts_with(chinese::is_numeral) && words::measure_at(rest, None).is_none()
}

/// 周一首播; but 每周一次 and 每周两场 count.
fn is_weekday(before: &str, figure: &Figure) -> bool {
    let counts = matches!(&figure.counted, Counted::In(unit) if OCCASIONS.contains(&unit.as_str()));
    let is_frequency = counts && before.trim_end_matches("星期").trim_end_matches('周').ends_with('每');
    let is_week = before.ends_with('周') || before.ends_with("星期");
    figure.script == Script::Chinese && is_week && !is_frequency
}

fn is_rank(before: &str, figure: &Figure, figure_text: &str) -> bool {
    let word = figure_text.get(figure.measure_at..figure.length).unwrap_or_default();
    matches!(word, "位" | "名") && MOVES.iter().any(|verb| before.trim_end_matches('了').ends_with(verb))
}

fn starts_with_one(figure: &Figure, figure_text: &str) -> bool {
    let number = figure_text.get(..figure.measure_at).unwrap_or_default();
    skip_blanks(number).trim_end() == "一"
}

#[cfg(test)]
mod tests {
    use super::super::figure::figure_at;
    use super::*;

    fn objection_to(before: &str, figure_text: &str) -> Option<Objection> {
        objection(before, &figure_at(figure_text, None).unwrap().unwrap(), figure_text)
    }

    #[test]
    fn ordinals_dates_and_idioms_are_labels() {
        for (before, figure_text) in
            [("第", "2名"), ("获前", "三名"), ("", "2018年"), ("统", "一组织"), ("", "一户一策"), ("周", "一首诗")]
        {
            assert_eq!(objection_to(before, figure_text), Some(Objection::Label), "{before}{figure_text}");
        }
    }

    #[test]
    fn what_may_be_something_else_is_doubted() {
        for (before, figure_text, doubt) in [
            ("A", "4张", Doubt::Identifier),
            ("上", "一次会议", Doubt::Pointing),
            ("几", "十人", Doubt::Masked),
            ("位次前移", "3位", Doubt::Rank),
            ("2、", "3家", Doubt::Enumeration),
            ("-", "5家", Doubt::Sign),
            ("", "12项目", Doubt::PartOfAWord),
            ("", "3家之一", Doubt::PartOf),
            ("", "一个半月", Doubt::Half),
            ("", "3次/年", Doubt::CompoundUnit),
        ] {
            assert_eq!(objection_to(before, figure_text), Some(Objection::Doubt(doubt)), "{before}{figure_text}");
        }
    }

    #[test]
    fn ordinary_counts_are_not_objected_to() {
        for (before, figure_text) in [
            ("", "8个县（市、区）"),
            ("目前", "3家"),
            ("每周", "一次"),
            ("展览——", "3场"),
            ("", "5项目标"),
            ("1月、", "2场"),
            ("开发APP ", "3个"),
        ] {
            assert_eq!(objection_to(before, figure_text), None, "{before}{figure_text}");
        }
    }
}
