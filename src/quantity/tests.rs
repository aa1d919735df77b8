//! Whole texts, and numbers that are spelled in every way and read back.

use proptest::prelude::*;

use super::spelling::{chinese, financial, grouped};
use super::*;

fn unit(name: &str) -> Unit {
    Unit::parse(name).unwrap()
}

/// The quantity in short: `>=2000`, `~90`, `1..2`, `94`.
fn short(quantity: &Quantity) -> String {
    let about = if quantity.approximate { "~" } else { "" };
    let value = quantity.value;
    match (quantity.bound, quantity.upper) {
        (Some(Bound::Range), Some(upper)) => format!("{about}{value}..{upper}"),
        (Some(Bound::AtLeast), None) => format!("{about}>={value}"),
        (Some(Bound::AtMost), None) => format!("{about}<={value}"),
        (Some(Bound::Exactly), None) => format!("={value}"),
        (None, None) => format!("{about}{value}"),
        other => panic!("an upper end without a range, or a range without one: {other:?}"),
    }
}

fn outcome(text: &str, name: &str) -> String {
    match read(text, &unit(name)) {
        Ok(quantity) => {
            assert_eq!(quantity.unit, Some(unit(name)), "{text}");
            short(&quantity)
        }
        Err(error) => error.code().to_owned(),
    }
}

fn check(cases: &[(&str, &str, &str)]) {
    for (text, name, expected) in cases {
        assert_eq!(outcome(text, name), *expected, "{text} in {name}");
    }
}

#[test]
fn phrases_of_real_plans_are_read() {
    check(&[
        ("2000人次以上", "人次", ">=2000"),
        ("不少于24个", "个", ">=24"),
        ("1-2家", "家", "1..2"),
        ("1—2个", "个", "1..2"),
        ("1.1万人次", "人次", "11000"),
        ("三千六百余人", "人", ">=3600"),
        ("近90人", "人", "~90"),
        ("约230多万元", "万元", "~230"),
        ("约230多万元", "元", "~2300000"),
        ("近万元", "万元", "~1"),
        ("百余名专家", "人", ">=100"),
        ("十余场", "场", ">=10"),
        ("脱贫94户196人", "户", "94"),
        ("脱贫94户196人", "人", "196"),
        ("3等奖1个", "个", "1"),
        ("5万元至8万元", "元", "50000..80000"),
        ("≥600件", "件", ">=600"),
        ("不超过30人", "人", "<=30"),
        ("控制在5%以内", "%", "<=5"),
        ("正好24个", "个", "=24"),
        ("10家及以上", "家", ">=10"),
        ("至少举办3场", "场", ">=3"),
        ("约10-15家", "家", "~10..15"),
        ("提高百分之十五", "%", "15"),
        ("提高1.5个百分点", "个百分点", "1.5"),
        ("３，共１２３．５吨", "吨", "ambiguous_figure"),
        ("共１２３．５吨", "吨", "123.5"),
        ("两万三千五百元", "万元", "2.35"),
        ("壹佰伍拾万元", "万元", "150"),
        ("1亿3000万元", "亿元", "1.3"),
        ("1200亩", "公顷", "80"),
        ("论文30篇次", "篇次", "30"),
        ("由13%增长至15%", "%", "15"),
        ("3年内培育", "年", "3"),
        ("合作APP推广３家", "家", "3"),
        ("共5家，其中5家为新增", "家", "5"),
        ("完成5项目标任务", "项", "5"),
        ("编印3本科普读物", "本", "3"),
        ("组建3支队伍", "支", "3"),
        ("抽检30批次", "批次", "30"),
        ("每学期举办一次", "次", "1"),
        ("每周一次", "次", "1"),
        ("每周两场", "场", "2"),
        ("最高奖励10万元", "万元", "<=10"),
        ("大于等于24个", "个", ">=24"),
        ("至少3次以上", "次", ">=3"),
        ("年销售2000万元以上企业30家", "家", "30"),
        ("年销售2000万元以上企业30家", "万元", ">=2000"),
        ("全国180所，安徽8个", "个", "8"),
        ("每月报送50条", "条", "50"),
        ("力争2018年达到1,200人次", "人次", "1200"),
        ("人数超3万", "人", "figure_without_unit"),
        ("100万人民币", "万元", "100"),
        ("举办3场（含线上1次）", "场", "3"),
        ("三十至五十人", "人", "30..50"),
        ("三点五万元", "万元", "3.5"),
        ("增长8.5％", "%", "8.5"),
    ]);
}

#[test]
fn a_number_alone_counts_as_being_in_the_unit() {
    check(&[
        ("600", "项", "600"),
        (" 600。", "项", "600"),
        ("不少于600", "项", ">=600"),
        ("2000以上", "人次", ">=2000"),
        ("10-15", "家", "10..15"),
        ("三千六百余", "人", ">=3600"),
        ("1.1万", "人次", "11000"),
        ("35万", "万元", "35"),
        ("35万", "万人次", "35"),
        ("2018", "件", "2018"),
    ]);
}

#[test]
fn sums_may_leave_out_yuan_where_money_is_asked_for() {
    check(&[
        ("再投入35万", "万元", "35"),
        ("再投入35万，建设一个社区科普馆", "个", "1"),
        ("产值达130亿", "亿元", "130"),
        ("2006年100亿左右", "亿元", "~100"),
        ("可成长至4000—5000万销售企业", "万元", "4000..5000"),
        ("发放资料35万份", "万元", "unit_mismatch"),
        ("再投入35万", "人", "figure_without_unit"),
        ("面向100万大学生", "万元", "figure_without_unit"),
        ("参加人数达35万学生", "万元", "figure_without_unit"),
        ("投资4000万—1亿", "亿元", "0.4..1"),
        ("投资1亿3000万", "亿元", "1.3"),
        ("获奖金3个亿", "个", "unclear_figure"),
    ]);
}

#[test]
fn dates_ordinals_and_names_are_no_quantities() {
    check(&[
        ("2018年", "个", "not_a_quantity"),
        ("7月12日", "日", "not_a_quantity"),
        ("1至10月", "个", "not_a_quantity"),
        ("第2名", "人", "not_a_quantity"),
        ("获前三名", "人", "not_a_quantity"),
        ("第一分会", "个", "not_a_quantity"),
        ("一等奖", "个", "figure_without_unit"),
        ("863计划", "项", "figure_without_unit"),
        ("8月17一23日", "日", "unclear_figure"),
        ("进入前3名，培训600人", "人", "600"),
        ("目前3家", "家", "3"),
        ("2018年", "年", "not_a_quantity"),
    ]);
}

#[test]
fn words_that_only_look_like_counts_are_no_quantities() {
    for (text, name) in [
        ("一起举办", "起"),
        ("统一组织", "组"),
        ("一次性投入", "次"),
        ("一户一策", "户"),
        ("每一个学会", "个"),
        ("三个代表", "个"),
        ("一批企业", "批"),
        ("零件加工", "件"),
        ("若干项", "项"),
        ("XX多份", "份"),
        ("百家争鸣", "家"),
        ("12项目", "项"),
        ("A4张", "张"),
        ("3个人获奖", "个"),
        ("几十人", "人"),
        ("数百家", "家"),
        ("三四家", "家"),
        ("十几家", "家"),
        ("一个个", "个"),
        ("周一首播", "首"),
        ("周二场馆开放", "场"),
        ("十分重要", "分"),
        ("近四个月", "个月"),
    ] {
        assert!(read(text, &unit(name)).is_err(), "{text} in {name}: {}", outcome(text, name));
        assert_eq!(phrases(text), [], "{text}");
    }
}

#[test]
fn what_has_two_readings_is_unclear() {
    check(&[
        ("2、3家", "家", "unclear_figure"),
        ("5或6家", "家", "unclear_figure"),
        ("20+80项", "项", "unclear_figure"),
        ("5一8家", "家", "unclear_figure"),
        ("12,34项", "项", "unclear_figure"),
        ("-5家", "家", "unclear_figure"),
        ("5-3家", "家", "unclear_figure"),
        ("三至五百人", "人", "unclear_figure"),
        ("4000——5000万元", "万元", "unclear_figure"),
        ("从5家到8家", "家", "unclear_figure"),
        ("前移3位", "人", "unclear_figure"),
        ("近三次会议", "次", "unclear_figure"),
        ("突破3项核心技术", "项", "unclear_figure"),
        ("不足100人", "人", "unclear_figure"),
        ("不少于10家以内", "家", "unclear_figure"),
        ("不超过30余人", "人", "unclear_figure"),
        ("至少五市联合举办3场", "场", "unclear_figure"),
        ("总结上一次活动", "次", "unclear_figure"),
        ("培训2000人（次）", "人", "unclear_figure"),
        ("每季3次/年", "次", "unclear_figure"),
        ("三家之一", "家", "unclear_figure"),
        ("占三分之一", "%", "unclear_figure"),
    ]);
}

#[test]
fn several_figures_of_the_dimension_are_ambiguous() {
    check(&[
        ("53名学生和20名指导老师获奖", "人", "ambiguous_figure"),
        ("投资35万元，产值130亿", "万元", "ambiguous_figure"),
        ("专利申请600，授权50项", "项", "ambiguous_figure"),
        ("5个，30个以上", "个", "ambiguous_figure"),
    ]);
    let error = read("53名学生和20名指导老师获奖", &unit("人")).unwrap_err();
    assert_eq!(error.to_string(), "the text holds several figures: 53名, 20名");
}

#[test]
fn other_dimensions_are_a_mismatch_that_names_both_units() {
    check(&[
        ("2000人次", "人", "unit_mismatch"),
        ("600件", "项", "unit_mismatch"),
        ("3个百分点", "%", "unit_mismatch"),
        ("3个月内", "个", "unit_mismatch"),
        ("100万美元", "万元", "unit_mismatch"),
        ("", "人", "no_figure"),
        ("按时完成", "项", "no_figure"),
    ]);
    let error = read("2000人次", &unit("人")).unwrap_err();
    assert_eq!(error.to_string(), "the figure is in 人次, which does not convert to 人");
}

#[test]
fn what_the_column_cannot_hold_is_refused() {
    check(&[
        ("14601元", "亿元", "too_many_decimals"),
        ("1.23456项", "项", "too_many_decimals"),
        ("10000000000000000项", "项", "out_of_range"),
        ("99999999999999999999999999999999项", "项", "unclear_figure"),
    ]);
}

#[test]
fn running_text_yields_its_certain_phrases_with_their_bytes() {
    let text = "2018年，脱贫94户196人，再投入35万；培训约1.1万人次以上，一等奖2、3项。";
    let found: Vec<(&str, String, Option<Unit>)> = phrases(text)
        .into_iter()
        .map(|phrase| (text.get(phrase.span).unwrap(), short(&phrase.quantity), phrase.quantity.unit))
        .collect();
    assert_eq!(
        found,
        [
            ("94户", "94".to_owned(), Some(unit("户"))),
            ("196人", "196".to_owned(), Some(unit("人"))),
            ("约1.1万人次以上", "~>=11000".to_owned(), Some(unit("人次"))),
        ]
    );
    assert_eq!(phrases("600").first().map(|phrase| phrase.quantity.unit.clone()), Some(None));
}

#[test]
fn endless_texts_are_read_in_no_time() {
    for part in ["亿", "一 ", "9", "5项增至", "1a ", "不少于", "-5", "零五", "5家至"] {
        let text = part.repeat(20_000);
        std::hint::black_box(read(&text, &unit("项")).is_ok());
    }
}

/// Words around a figure and how [`short`] shows them.
const FRAMES: [(&str, &str, &str); 8] = [
    ("", "", ""),
    ("不少于", "", ">="),
    ("", "以上", ">="),
    ("力争超过", "", ">="),
    ("不超过", "", "<="),
    ("", "以内", "<="),
    ("共约", "", "~"),
    ("达到", "左右", "~"),
];
const UNITS: [&str; 8] = ["人次", "项", "名", "元", "场次", "%", "平方米", "篇次"];

fn spellings(number: u64) -> Vec<String> {
    let mut spelled = vec![number.to_string(), grouped(number), chinese(number), financial(number)];
    for (scale, factor) in [("千", 1_000_u64), ("万", 10_000), ("亿", 100_000_000)] {
        let scaled = Decimal::from(number) / Decimal::from(factor);
        if scaled >= Decimal::ONE && scaled.scale() <= 6 {
            spelled.push(format!("{}{scale}", scaled.normalize()));
        }
    }
    spelled
}

/// As many small numbers as large ones.
fn numbers() -> impl Strategy<Value = u64> {
    (1_u32..=15).prop_flat_map(|digits| 1..10_u64.pow(digits))
}

proptest! {
    #[test]
    fn a_number_reads_back_however_it_is_spelled(number in numbers(), frame in 0..FRAMES.len(), name in 0..UNITS.len()) {
        let (before, after, shown) = FRAMES[frame];
        for spelled in spellings(number) {
            let text = format!("计划，{before}{spelled}{}{after}", UNITS[name]);
            prop_assert_eq!(outcome(&text, UNITS[name]), format!("{shown}{number}"), "{}", text);
        }
    }

    #[test]
    fn a_number_alone_reads_back(number in numbers()) {
        for spelled in spellings(number) {
            prop_assert_eq!(outcome(&spelled, "项"), number.to_string(), "{}", spelled);
        }
    }

    #[test]
    fn a_range_reads_back(low in 1_u64..5_000, more in 1_u64..5_000, mark in prop::sample::select(vec!["-", "—", "~", "至", "到"])) {
        let high = low + more;
        for text in [format!("{low}{mark}{high}家"), format!("{low}家{mark}{high}家"), format!("{low}万{mark}{high}万元")] {
            let name = if text.ends_with('元') { "万元" } else { "家" };
            prop_assert_eq!(outcome(&text, name), format!("{low}..{high}"), "{}", text);
        }
    }

    #[test]
    fn money_keeps_its_value_between_units(number in 1_u64..1_000_000_000) {
        let text = format!("投入{number}万元");
        prop_assert_eq!(outcome(&text, "元"), (number * 10_000).to_string());
        prop_assert_eq!(outcome(&text, "亿元"), (Decimal::from(number) / Decimal::from(10_000)).normalize().to_string());
    }

    #[test]
    fn any_text_is_read_or_refused(text in "[0-9０-９一二十百千万亿两零余多约近不超过少于以上下、，。（）/.,:A-Z人次个项年月第前半点分之 —至-]{0,24}") {
        for name in ["人", "个", "万元"] {
            if let Ok(quantity) = read(&text, &unit(name)) {
                prop_assert!(quantity.upper.is_none_or(|upper| upper >= quantity.value));
                prop_assert_eq!(quantity.upper.is_some(), quantity.bound == Some(Bound::Range));
                prop_assert!(quantity.is_kept_exactly());
            }
        }
        for phrase in phrases(&text) {
            prop_assert!(text.get(phrase.span).is_some());
            prop_assert!(phrase.quantity.is_kept_exactly());
        }
    }
}

#[test]
fn a_minus_in_words_and_the_short_tens_are_not_overlooked() {
    let unit = Unit::parse("个").unwrap();
    for text in ["负3个", "廿四个", "卅五个", "卌个"] {
        assert!(read(text, &unit).is_err(), "{text}");
    }
}
