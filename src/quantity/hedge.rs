//! The words around a figure that bound it or make it approximate: 不少于, 约, 以上, 左右.

use super::Bound;
use super::error::Doubt;

/// What a word says of the figure beside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Hedge {
    AtLeast,
    AtMost,
    Exactly,
    About,
    /// Says nothing, but may stand between a hedge and the figure: 至少举办3场.
    Neutral,
    Negated,
}

const BEFORE: &[(Hedge, &str)] = &[
    (
        Hedge::AtLeast,
        "
            不少于 不低于 不小于 不下于 不少 不下 至少 最少 最低 起码 超过 超出 超 逾 突破 多于 高于 大于 ≥ >=
            > ＞ 大于等于
        ",
    ),
    (Hedge::AtMost, "不超过 不多于 不高于 不大于 不超 最多 至多 最高 少于 低于 小于 ≤ <= < ＜ 小于等于"),
    (Hedge::Exactly, "恰好 正好 刚好 等于"),
    (Hedge::About, "约 大约 近 将近 接近 大概 大致 约计"),
    (
        Hedge::Neutral,
        "
            达 达到 共 共计 总共 一共 合计 总计 累计 计 有 为 是 力争 争取 完成 实现 举办 开展 组织 召开 建设
            建立 新建 新增 增加 培训 申报 发展 培育 安排 报送 发表 创建 认定 引进 服务 发放 保持在 控制在
            稳定在 奖励 补助 资助
        ",
    ),
    (Hedge::Negated, "不到 不足 不满 未满 未达 未达到 达不到 没有 没达到 未完成 还差 尚差 还缺 尚缺 缺少 缺口 不等于"),
];

const AFTER: &[(Hedge, &str)] = &[
    (Hedge::AtLeast, "以上 及以上 或以上"),
    (Hedge::AtMost, "以下 及以下 或以下 以内 之内"),
    (Hedge::About, "左右 上下"),
    (Hedge::Neutral, "之间"),
];

/// Bounds that must not be overlooked where they stand further off in the clause.
const FAR_BOUNDS: &[&str] =
    &["至少", "不少于", "不低于", "不小于", "不超过", "不多于", "不高于", "不大于", "最多", "至多", "超过"];

/// Characters before 约 and 近 with which they form another word: 签约30家, 附近3所.
const BEFORE_ABOUT: &str = "节签合预履违公条契邀续解特附最靠邻临新就走亲";
/// What follows 上下 and 以上 where they begin another word: 上下游, 以上海为中心.
const AFTER_ABOVE: &str = "游级联班楼海述";

/// The hedges found around one figure.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Hedges {
    at_least: bool,
    at_most: bool,
    exactly: bool,
    about: bool,
    pub(super) recent: bool,
    pub(super) breakthrough: bool,
}

impl Hedges {
    /// Whether there is any.
    pub(super) fn is_any(self) -> bool {
        self.at_least || self.at_most || self.exactly || self.about
    }

    fn add(&mut self, hedge: Hedge, word: &str) {
        match hedge {
            Hedge::AtLeast => self.at_least = true,
            Hedge::AtMost => self.at_most = true,
            Hedge::Exactly => self.exactly = true,
            Hedge::About => self.about = true,
            Hedge::Neutral | Hedge::Negated => {}
        }
        self.recent |= word == "近";
        self.breakthrough |= word == "突破";
    }

    /// The bound of the figure and whether it is approximate. `surplus` is a 余 or 多 in the figure: a bound of its
    /// own (30多篇), but only a nuance beside 约 and 近 (近30多篇).
    pub(super) fn settle(self, surplus: bool, is_range: bool) -> Result<(Option<Bound>, bool), Doubt> {
        let bounds = [(self.at_least, Bound::AtLeast), (self.at_most, Bound::AtMost), (self.exactly, Bound::Exactly)];
        let mut stated = bounds.into_iter().filter_map(|(is_stated, bound)| is_stated.then_some(bound));
        let bound = match (stated.next(), stated.next()) {
            (Some(_), Some(_)) => return Err(Doubt::ContradictoryBounds),
            (Some(_), None) if is_range => return Err(Doubt::ContradictoryBounds),
            (Some(Bound::AtMost | Bound::Exactly), None) if surplus => return Err(Doubt::ContradictoryBounds),
            (Some(Bound::Exactly), None) if self.about => return Err(Doubt::ContradictoryBounds),
            (None, _) if is_range => Some(Bound::Range),
            (None, _) if surplus && !self.about => Some(Bound::AtLeast),
            (stated, _) => stated,
        };
        Ok((bound, self.about))
    }
}

/// What stands before a figure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Lead {
    pub(super) hedges: Hedges,
    /// Where the first hedge starts; the end of the text without one.
    pub(super) hedged_from: usize,
    /// Where the first word starts that belongs to the figure, hedge or not.
    pub(super) worded_from: usize,
}

/// Reads the words at the end of the clause before a figure.
pub(super) fn before(clause: &str) -> Result<Lead, Doubt> {
    let mut lead = Lead { hedges: Hedges::default(), hedged_from: clause.len(), worded_from: clause.len() };
    let mut rest = clause.trim_end();
    while let Some((hedge, word, head)) = last_word(rest) {
        match hedge {
            Hedge::Negated => return Err(Doubt::Negated),
            Hedge::Neutral => {}
            _ => lead.hedged_from = head.len(),
        }
        lead.hedges.add(hedge, word);
        lead.worded_from = head.len();
        rest = head.trim_end();
    }
    if rest.ends_with(['未', '没', '不']) {
        return Err(Doubt::Negated);
    }
    let is_bound = |word: &&str| rest.match_indices(*word).any(|(at, _)| !is_attribute(rest, at + word.len()));
    if FAR_BOUNDS.iter().any(is_bound) { Err(Doubt::DistantBound) } else { Ok(lead) }
}

/// Reads the words after a figure into its hedges; says how many bytes they take.
pub(super) fn after(text: &str, hedges: &mut Hedges) -> usize {
    let mut rest = text;
    while let Some((hedge, word, tail)) = first_word(rest.trim_start_matches([' ', '\u{3000}', '\u{a0}'])) {
        hedges.add(hedge, word);
        rest = tail;
    }
    text.len() - rest.len()
}

/// 最少的3期: the bound word describes something else.
fn is_attribute(text: &str, end: usize) -> bool {
    text.get(end..).is_some_and(|rest| rest.starts_with('的'))
}

fn last_word(text: &str) -> Option<(Hedge, &'static str, &str)> {
    let words = BEFORE.iter().flat_map(|(hedge, words)| words.split_ascii_whitespace().map(|word| (*hedge, word)));
    let found = words.filter_map(|(hedge, word)| Some((hedge, word, text.strip_suffix(word)?)));
    let (hedge, word, head) = found.max_by_key(|(_, word, _)| word.len())?;
    let in_another = matches!(word, "约" | "近") && head.ends_with(|c| BEFORE_ABOUT.contains(c));
    (!in_another).then_some((hedge, word, head))
}

fn first_word(text: &str) -> Option<(Hedge, &'static str, &str)> {
    let mut words = AFTER.iter().flat_map(|(hedge, words)| words.split_ascii_whitespace().map(|word| (*hedge, word)));
    let (hedge, word, tail) = words.find_map(|(hedge, word)| Some((hedge, word, text.strip_prefix(word)?)))?;
    (!tail.starts_with(|c| AFTER_ABOVE.contains(c))).then_some((hedge, word, tail))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settled(clause: &str, rest: &str, surplus: bool, is_range: bool) -> Result<(Option<Bound>, bool), Doubt> {
        let mut hedges = before(clause)?.hedges;
        after(rest, &mut hedges);
        hedges.settle(surplus, is_range)
    }

    #[test]
    fn bounds_and_approximations_are_read_on_both_sides() {
        for (clause, rest, bound, approximate) in [
            ("专利申请不少于", "", Some(Bound::AtLeast), false),
            ("力争突破", "", Some(Bound::AtLeast), false),
            ("", "以上", Some(Bound::AtLeast), false),
            ("每年至少举办", "", Some(Bound::AtLeast), false),
            ("不超过", "", Some(Bound::AtMost), false),
            ("控制在", " 以内", Some(Bound::AtMost), false),
            ("正好", "", Some(Bound::Exactly), false),
            ("累计约", "", None, true),
            ("", "左右", None, true),
            ("人数达到", "", None, false),
            ("签约", "", None, false),
            ("培训班最少的", "", None, false),
            ("", "上下游企业", None, false),
        ] {
            assert_eq!(settled(clause, rest, false, false), Ok((bound, approximate)), "{clause}…{rest}");
        }
    }

    #[test]
    fn a_surplus_is_a_bound_unless_the_figure_is_approximate() {
        assert_eq!(settled("", "", true, false), Ok((Some(Bound::AtLeast), false)));
        assert_eq!(settled("近", "", true, false), Ok((None, true)));
        assert_eq!(settled("超过", "", true, false), Ok((Some(Bound::AtLeast), false)));
    }

    #[test]
    fn contradictions_are_refused() {
        for (clause, rest, surplus, is_range) in [
            ("不少于", "以内", false, false),
            ("不超过", "", true, false),
            ("至少", "", false, true),
            ("正好约", "", false, false),
        ] {
            let settled = settled(clause, rest, surplus, is_range);
            assert_eq!(settled, Err(Doubt::ContradictoryBounds), "{clause}…{rest}");
        }
    }

    #[test]
    fn what_was_not_reached_and_far_bounds_are_refused() {
        assert_eq!(before("还差"), Err(Doubt::Negated));
        assert_eq!(before("参加人数不足"), Err(Doubt::Negated));
        assert_eq!(before("尚未举办"), Err(Doubt::Negated));
        assert_eq!(before("至少五市联合"), Err(Doubt::DistantBound));
        assert_eq!(before("超过目标"), Err(Doubt::DistantBound));
    }
}
