//! The words a figure is recognised by: measure words, words that only look like one, and phrases that count nothing.
//! Lists, separated by blanks, and look-ups only.

use super::Unit;

/// Measure words, without a scale; a client's own unit need not be here.
const MEASURES: &str = "
    人 人次 户 家 个 项 件 次 场 场次 期 班 篇 部 本 册 份 套 张 块 幅 条 支 枝 只 头 匹 羽 尾 棵 株 台 架 辆
    艘 座 栋 幢 间 处 所 批 种 门 节 堂 课时 学时 学分 轮 组 队 对 双 岁 天 周 小时 分钟 秒 分 倍 个月 个季度
    个学期 个星期 个工作日 个百分点 元 美元 欧元 港元 日元 英镑 平方米 平方公里 亩 公顷 米 公里 立方米 升 毫升
    克 公斤 吨 斤 瓦 瓦时 封 枚 盘 盒 箱 袋 瓶 桶 根 片 面 道 题 例 起 宗 笔 桩 则 首 集 页 字 % ‰
";

/// Other names of a unit, and its canonical one.
const ALIASES: &[(&str, &str)] = &[
    ("名", "人"),
    ("位", "人"),
    ("％", "%"),
    ("﹪", "%"),
    ("百分点", "个百分点"),
    ("平米", "平方米"),
    ("㎡", "平方米"),
    ("m²", "平方米"),
    ("kg", "公斤"),
    ("人民币", "元"),
    ("个小时", "小时"),
    ("个学时", "学时"),
    ("个课时", "课时"),
];

/// Scaled units in which sums, areas and masses are usually given.
const SCALED: &[&str] =
    &["千元", "万元", "百万元", "亿元", "万平方米", "万亩", "万吨", "千克", "千米", "千瓦", "千瓦时"];

/// Words of the calendar and the clock: what stands before them is a date.
const CALENDAR: &[&str] = &["年", "月", "日", "号", "时", "点", "季度", "世纪"];

/// Words that begin like a measure word: 12项目 is not 12项.
const LOOK_ALIKES: &str = "
    项目 人员 人才 人口 人民 人数 人大代表 人物 人制 户籍 户口 家庭 家长 个人 个性化 个体户 个别 个亿 件数 次数
    次序 场地 场所 场馆 场景 期间 期限 期刊 期货 期工程 期项目 期建设 班级 班子 班组 班主任 篇章 篇幅 部门 部分
    部署 部委 部级 本科 本土 本地 本市 本省 本区 本县 本级 本年 本次 本届 本部 本质 份额 块钱 条件 条例 条款
    支部 支队 台账 台阶 台湾 座谈 处理 处长 处级 所有 所属 所以 所长 所在 批准 批示 种植 种子 种业 种类 门户
    门类 节能 节水 组织 组长 队伍 队员 对口 对接 对外 对一 双创 双高 周年 周边 周期 周末 周岁 分会 分别 分析
    分布 分类 分为 分享 分支 分公司 分管 分馆 分校 分中心 分级 元旦 元素 元化 升级 升学 面向 面积 面对 道路
    道德 题目 例会 起步 起草 首席 首次 首批 集中 集体 集团 页面 字段 名称 名单 名牌 名录 名额 名次 位数 位置
    位于 位次 根据 片区 轮流 则是 课时费 学时费 部队 分队 首播 首先
";

/// Counts that begin like one of these words: 5项目标 is 5项.
const COUNTS_ALL_THE_SAME: &str = "
    人民币 项目标 本科普 本科技 场地震 场地方 期刊物 支队伍 种植物 家长期 名单位
";

/// Words with 次 that are not part of a unit: 5项次要任务.
const ORDINARY_TIMES: &str = "
    次要 次级 次品 次生 次数 次序
";

/// Phrases that begin like a count and count nothing.
const SET_PHRASES: &str = "
    十分 十字路 一起 一道 一面 一片 一批 一条龙 一条心 一次性 一家人 一门心思 三个代表 四个意识 四个自信
    四个全面 四个服务 两个维护 两个确立 两个一百年 三支一扶 五个一工程 五个一活动 二次开发 二次创业 二次创新
    两个率先 两个务必
";

/// The canonical name of a unit.
pub(super) fn canonical(name: &str) -> &str {
    ALIASES.iter().find_map(|(alias, canonical)| (*alias == name).then_some(*canonical)).unwrap_or(name)
}

/// The longest measure word at the start of the text. The unit that is expected is one even if it is unusual. A measure
/// word and 次 are one unit (户次); 分之 makes a fraction.
pub(super) fn measure_at<'a>(text: &'a str, expected: Option<&Unit>) -> Option<&'a str> {
    if text.starts_with("分之") {
        return None;
    }
    let known = MEASURES.split_ascii_whitespace().chain(ALIASES.iter().map(|(alias, _)| *alias));
    let own = expected.into_iter().flat_map(|unit| [unit.as_str(), unit.unscaled()]);
    let longest = known.chain(own).filter(|word| text.starts_with(word)).map(str::len).max()?;
    let (word, rest) = text.split_at_checked(longest)?;
    let per_time = rest.starts_with('次') && !word.ends_with('次') && !begins(rest, ORDINARY_TIMES);
    text.get(..longest + if per_time { '次'.len_utf8() } else { 0 })
}

/// The scaled unit in which a figure with this scale is usually given.
pub(super) fn scaled(scale: &str, unit: &Unit) -> Option<Unit> {
    let name = format!("{scale}{unit}");
    SCALED.contains(&name.as_str()).then(|| Unit::named(&name))
}

/// The word of the calendar at the start of the text.
pub(super) fn calendar_at(text: &str) -> Option<&'static str> {
    CALENDAR.iter().copied().find(|word| text.starts_with(word))
}

/// Whether the text, from a measure word on, begins with another word.
pub(super) fn looks_alike(text: &str) -> bool {
    begins(text, LOOK_ALIKES) && !begins(text, COUNTS_ALL_THE_SAME)
}

/// Whether the text, from the number on, is a phrase that counts nothing.
pub(super) fn is_set_phrase(text: &str) -> bool {
    begins(text, SET_PHRASES)
}

fn begins(text: &str, words: &str) -> bool {
    words.split_ascii_whitespace().any(|word| text.starts_with(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_measure_word_wins() {
        assert_eq!(measure_at("人次以上", None), Some("人次"));
        assert_eq!(measure_at("场次", None), Some("场次"));
        assert_eq!(measure_at("个百分点", None), Some("个百分点"));
        assert_eq!(measure_at("户次", None), Some("户次"));
        assert_eq!(measure_at("项次要任务", None), Some("项"));
        assert_eq!(measure_at("批次", None), Some("批次"));
        assert_eq!(measure_at("等奖", None), None);
    }

    #[test]
    fn an_expected_unit_is_a_measure_word_with_or_without_its_scale() {
        let unit = Unit::parse("万瓶盖").unwrap();
        assert_eq!(measure_at("万瓶盖以上", Some(&unit)), Some("万瓶盖"));
        assert_eq!(measure_at("瓶盖以上", Some(&unit)), Some("瓶盖"));
    }
}
