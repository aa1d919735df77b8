//! The indicators: what 科协 plan for and report, of every nature; and breakdowns of those, where more are wanted.

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use super::chance::Dice;
use crate::indicators::store::IndicatorRow;
use crate::indicators::{Accumulation, Direction, PutIndicator, ValueType};
use Accumulation::{Latest, Ratio, Sum};
use Direction::{HigherIsBetter, LowerIsBetter};
use ValueType::{Milestone, Number, Percentage};

/// An indicator, and what figures of it look like.
pub(super) struct Counted {
    pub row: IndicatorRow,
    pub is_additive: bool,
    /// A county's year, in the indicator's unit.
    pub usual: i64,
    pub decimals: u32,
}

/// What an indicator is made of.
struct Entry {
    name: &'static str,
    category: &'static str,
    unit: &'static str,
    nature: (ValueType, Direction, Accumulation),
    usual: i64,
    decimals: u8,
    is_additive: bool,
    part_of: Option<&'static str>,
}

impl Entry {
    const fn new(name: &'static str, category: &'static str, unit: &'static str, usual: i64) -> Self {
        let nature = (Number, HigherIsBetter, Sum);
        Self { name, category, unit, nature, usual, decimals: 0, is_additive: true, part_of: None }
    }

    const fn that_is(self, value_type: ValueType, direction: Direction, accumulation: Accumulation) -> Self {
        Self { nature: (value_type, direction, accumulation), ..self }
    }

    const fn with_decimals(self, decimals: u8) -> Self {
        Self { decimals, ..self }
    }

    const fn not_additive(self) -> Self {
        Self { is_additive: false, ..self }
    }

    const fn part_of(self, part_of: &'static str) -> Self {
        Self { part_of: Some(part_of), ..self }
    }
}

/// The first twelve are of every nature there is.
static ENTRIES: [Entry; 36] = [
    Entry::new("科普培训人次", "科普", "人次", 3_000),
    Entry::new("科普活动场次", "科普", "场", 60),
    Entry::new("青少年科普活动场次", "科普", "场", 20).part_of("科普活动场次"),
    Entry::new("科普经费投入", "经费", "万元", 120).with_decimals(2),
    Entry::new("个人会员数", "组织建设", "人", 800).that_is(Number, HigherIsBetter, Latest),
    Entry::new("逾期未结项课题数", "项目", "项", 4).that_is(Number, LowerIsBetter, Latest),
    Entry::new("群众投诉件数", "服务", "件", 6).that_is(Number, LowerIsBetter, Sum),
    Entry::new("项目经费执行率", "经费", "%", 85).that_is(Percentage, HigherIsBetter, Ratio),
    Entry::new("公民具备科学素质的比例", "科学素质", "%", 14)
        .that_is(Percentage, HigherIsBetter, Latest)
        .with_decimals(2)
        .not_additive(),
    Entry::new("统计数据差错率", "管理", "%", 4).that_is(Percentage, LowerIsBetter, Ratio).with_decimals(2),
    Entry::new("章程修订完成", "组织建设", "项", 1).that_is(Milestone, HigherIsBetter, Latest).not_additive(),
    Entry::new("综合考核位次", "管理", "位次", 8).that_is(Number, LowerIsBetter, Latest).not_additive(),
    Entry::new("专利申请件数", "知识产权", "件", 40),
    Entry::new("发明专利申请件数", "知识产权", "件", 12).part_of("专利申请件数"),
    Entry::new("学术会议场次", "学术交流", "场", 12),
    Entry::new("学术论文篇数", "学术交流", "篇", 90),
    Entry::new("决策咨询报告篇数", "决策咨询", "篇", 5),
    Entry::new("科技志愿服务人次", "科技志愿", "人次", 900),
    Entry::new("科普展览场次", "科普", "场", 10),
    Entry::new("科普作品件数", "科普", "件", 25),
    Entry::new("媒体报道篇数", "宣传", "篇", 50),
    Entry::new("科技成果转化项数", "科技服务", "项", 8),
    Entry::new("产学研合作项目数", "科技服务", "项", 6),
    Entry::new("技术合同成交额", "科技服务", "万元", 2_000).with_decimals(2),
    Entry::new("技术推广面积", "农村科普", "亩", 15_000).with_decimals(1),
    Entry::new("农村实用技术培训人次", "农村科普", "人次", 1_500).part_of("科普培训人次"),
    Entry::new("科技创新大赛参赛作品", "青少年", "件", 120),
    Entry::new("科技小院服务次数", "农村科普", "次", 30),
    Entry::new("结对帮扶户数", "乡村振兴", "户", 90),
    Entry::new("基层组织数", "组织建设", "个", 40).that_is(Number, HigherIsBetter, Latest),
    Entry::new("科普教育基地数", "科普", "个", 9).that_is(Number, HigherIsBetter, Latest),
    Entry::new("示范基地建成", "乡村振兴", "项", 1).that_is(Milestone, HigherIsBetter, Latest).not_additive(),
    Entry::new("会员满意率", "服务", "%", 88).that_is(Percentage, HigherIsBetter, Latest).not_additive(),
    Entry::new("提案办理超期率", "管理", "%", 5).that_is(Percentage, LowerIsBetter, Latest).with_decimals(1),
    Entry::new("科技工作者走访人次", "服务", "人次", 200),
    Entry::new("科普信息发布条数", "宣传", "条", 240),
];

/// Of whom, or when, for the breakdowns.
const PARTS: [&str; 24] = [
    "农民",
    "社区居民",
    "产业工人",
    "老年人",
    "妇女",
    "领导干部和公务员",
    "青少年",
    "残疾人",
    "线上",
    "线下",
    "全国科普日期间",
    "科技活动周期间",
    "第一季度重点",
    "省级重点",
    "市级重点",
    "县级重点",
    "校园",
    "企业",
    "农村",
    "社区",
    "园区",
    "民族地区",
    "革命老区",
    "脱贫地区",
];

/// So many indicators, parents before their breakdowns.
pub(super) fn indicators(prefix: &str, count: usize, now: DateTime<Utc>, dice: &mut Dice) -> Vec<Counted> {
    let mut made: Vec<Counted> = Vec::with_capacity(count);
    for (entry, name, part_of) in named().take(count) {
        let at = now + TimeDelta::milliseconds(i64::try_from(made.len()).unwrap_or_default());
        let parent = part_of.and_then(|whole| made.iter().find(|other| other.row.name == whole));
        let parent: Option<Uuid> = parent.map(|parent| parent.row.id);
        let (value_type, direction, accumulation) = entry.nature;
        let body = PutIndicator {
            name,
            category: entry.category.to_owned(),
            parent: None,
            unit: entry.unit.to_owned(),
            value_type,
            direction,
            accumulation,
            additive: entry.is_additive,
            decimals: entry.decimals,
            definition: dice.one_in(3).then(|| "以年度内实际发生并有记录可查者计，同一事项不重复计算".to_owned()),
        };
        let code = format!("{prefix}-i{:03}", made.len() + 1);
        let row = IndicatorRow::new(dice.id(at), &code, &body, parent, at);
        let usual = if part_of.is_some() { (entry.usual / 4).max(1) } else { entry.usual };
        made.push(Counted { row, is_additive: entry.is_additive, usual, decimals: entry.decimals.into() });
    }
    made
}

/// Every indicator there could be, with its name and what it is a part of.
fn named() -> impl Iterator<Item = (&'static Entry, String, Option<&'static str>)> {
    let whole = ENTRIES.iter().map(|entry| (entry, entry.name.to_owned(), entry.part_of));
    let divided = || ENTRIES.iter().filter(|entry| entry.nature == (Number, HigherIsBetter, Sum));
    let parts = PARTS.iter().flat_map(move |part| {
        divided().map(move |entry| (entry, format!("{}（{part}）", entry.name), Some(entry.name)))
    });
    whole.chain(parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_as_many_indicators_as_one_may_ask_for_each_with_a_name_of_its_own() {
        let names: std::collections::BTreeSet<_> = named().map(|(_, name, _)| name).collect();
        assert_eq!(names.len(), named().count());
        assert!(names.len() >= usize::from(super::super::MOST_INDICATORS), "{}", names.len());
    }
}
