//! The columns that tables of actuals, of targets and of changes may have: every field, by its path and in Chinese.

use super::{Column, Kind};

const QUALIFIERS: &[(&str, &str)] = &[("准确", "exact"), ("约", "about"), ("以上", "at_least")];

const BOUNDS: &[(&str, &str)] = &[
    ("不少于", "at_least"),
    ("至少", "at_least"),
    ("不超过", "at_most"),
    ("至多", "at_most"),
    ("等于", "exactly"),
    ("区间", "range"),
];

const PERIODS: &[(&str, &str)] =
    &[("每年", "year"), ("每半年", "half_year"), ("每季度", "quarter"), ("每月", "month"), ("每周", "week")];

const BASES: &[(&str, &str)] = &[("按数值", "level"), ("按变化", "change")];

const ACTIONS: &[(&str, &str)] = &[("核定", "verify"), ("退回", "reject"), ("作废", "void")];

/// The column in which a row that was refused names its codes.
pub const REJECTED_CODE: &str = "rejected_code";

/// The column in which it says why in words. Both are passed over, so that the corrected row can be sent as it stands.
pub const REJECTED_BECAUSE: &str = "rejected_because";

/// What a row of actuals may have.
pub const ACTUALS: &[Column] = &[
    column("association", &["组织", "组织编码", "组织代码"], Kind::Text),
    column("indicator", &["指标", "指标编码", "指标代码"], Kind::Text),
    column("indicator_name", &["指标名称"], Kind::Ignored),
    column("planned", &["计划目标", "计划目标（勿填）"], Kind::Form),
    column("reported", &["累计完成", "累计完成（勿填）"], Kind::Ignored),
    column("period", &["期间", "报告期", "所属期间"], Kind::Period),
    column("period.from", &["开始日期", "起始日期"], Kind::Day),
    column("period.to", &["结束日期", "截止日期"], Kind::Day),
    column("value", &["数值", "完成值", "完成数"], Kind::NumberOrText),
    column("numerator", &["分子"], Kind::Number),
    column("denominator", &["分母"], Kind::Number),
    column("unit", &["单位", "计量单位"], Kind::Text),
    column("qualifier", &["准确程度"], Kind::Choice(QUALIFIERS)),
    column("external_id", &["外部编号", "外部编码"], Kind::Text),
    column("performed_by", &["完成单位", "实施单位"], Kind::Text),
    column("evidence.document", &["佐证文件", "佐证材料"], Kind::Text),
    column("evidence.url", &["佐证网址", "佐证链接"], Kind::Text),
    column("evidence.quote", &["佐证原文"], Kind::Text),
    column("note", &["备注"], Kind::Text),
    column("reason", &["原因", "更正原因"], Kind::Text),
    column(REJECTED_CODE, &["拒绝代码"], Kind::Ignored),
    column(REJECTED_BECAUSE, &["拒绝原因"], Kind::Ignored),
];

/// What a row of targets may have.
pub const TARGETS: &[Column] = &[
    column("association", &["组织", "组织编码", "组织代码"], Kind::Text),
    column("year", &["年度", "年份"], Kind::Number),
    column("indicator", &["指标", "指标编码", "指标代码"], Kind::Text),
    column("indicator_name", &["指标名称"], Kind::Ignored),
    column("value", &["数值", "目标值"], Kind::Number),
    column("expression", &["目标表述", "计划目标"], Kind::Text),
    column("upper", &["上限"], Kind::Number),
    column("bound", &["界限"], Kind::Choice(BOUNDS)),
    column("approximate", &["约数", "是否约数"], Kind::Boolean),
    column("unit", &["单位", "计量单位"], Kind::Text),
    column("per", &["周期", "任务周期"], Kind::Choice(PERIODS)),
    column("basis_of_rate", &["完成率口径"], Kind::Choice(BASES)),
    column("baseline.year", &["基期年度", "基期"], Kind::Number),
    column("baseline.value", &["基数", "基期值"], Kind::Number),
    column("growth", &["增幅", "增长率"], Kind::Number),
    column("weight", &["权重"], Kind::Number),
    column("due_on", &["完成期限", "截止日期"], Kind::Day),
    column("plan", &["进度计划", "序时进度"], Kind::Numbers),
    column("source.document", &["来源文件"], Kind::Text),
    column("source.locator", &["来源位置", "来源章节"], Kind::Text),
    column("source.quote", &["来源原文"], Kind::Text),
    column("reason", &["原因", "调整原因"], Kind::Text),
    column(REJECTED_CODE, &["拒绝代码"], Kind::Ignored),
    column(REJECTED_BECAUSE, &["拒绝原因"], Kind::Ignored),
];

/// What a row of changes of actuals may have; a patch fits into no cell.
pub const CHANGES: &[Column] = &[
    column("association", &["组织", "组织编码", "组织代码"], Kind::Text),
    column("id", &["实绩编号"], Kind::Text),
    column("external_id", &["外部编号", "外部编码"], Kind::Text),
    column("action", &["操作"], Kind::Choice(ACTIONS)),
    column("version", &["版本"], Kind::Number),
    column("value", &["核定值", "核定数"], Kind::NumberOrText),
    column("numerator", &["核定分子"], Kind::Number),
    column("denominator", &["核定分母"], Kind::Number),
    column("unit", &["单位", "计量单位"], Kind::Text),
    column("reason", &["原因", "核定说明"], Kind::Text),
    column(REJECTED_CODE, &["拒绝代码"], Kind::Ignored),
    column(REJECTED_BECAUSE, &["拒绝原因"], Kind::Ignored),
];

const fn column(path: &'static str, names: &'static [&'static str], kind: Kind) -> Column {
    Column { path, names, kind }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn no_header_means_two_columns() {
        for table in [ACTUALS, CHANGES, TARGETS] {
            let mut seen = BTreeSet::new();
            for name in table.iter().flat_map(|column| column.names.iter().chain([&column.path])) {
                assert!(seen.insert(name), "{name} stands twice");
                assert_eq!(name.trim(), *name);
            }
        }
    }

    #[test]
    fn labels_of_choices_are_told_apart() {
        for column in ACTUALS.iter().chain(CHANGES).chain(TARGETS) {
            let Kind::Choice(choices) = column.kind else { continue };
            let labels: BTreeSet<_> = choices.iter().map(|(label, _)| label).collect();
            assert_eq!(labels.len(), choices.len(), "{}", column.path);
        }
    }
}
