//! The words that names are made of: invented places, ordinary subjects.

/// The `turn`th pair of a first and a last word; each comes once before any comes again, then with a number.
pub(super) fn pair(first: &[&str], last: &[&str], turn: usize) -> String {
    let of =
        |words: &[&str], index: usize| words.get(index % words.len().max(1)).copied().unwrap_or_default().to_owned();
    let round = turn / first.len().max(1);
    let again = round / last.len().max(1);
    let number = if again == 0 { String::new() } else { format!("（{}）", again + 1) };
    format!("{}{}{number}", of(first, turn), of(last, turn % first.len().max(1) + round))
}

pub(super) const CITIES: [&str; 16] =
    ["清", "云", "安", "永", "平", "长", "新", "凤", "龙", "石", "白", "松", "金", "文", "德", "泰"];

pub(super) const COUNTIES: [&str; 24] = [
    "云溪", "青石", "白沙", "丰乐", "石桥", "南屏", "北岭", "东湖", "西塘", "柳河", "双林", "竹山", "梅岭", "桂溪",
    "松坪", "安居", "永和", "新源", "长宁", "太和", "凤鸣", "龙泉", "清江", "金沙",
];

pub(super) const TOWNSHIPS: [&str; 32] = [
    "青山", "红旗", "大桥", "小河", "高台", "平川", "望江", "临湖", "沙坪", "石门", "古城", "新街", "花园", "柏林",
    "茶园", "稻香", "观音", "黄土", "马鞍", "双河", "三合", "四方", "五里", "六合", "七星", "八角", "九龙", "十里",
    "百花", "千佛", "万年", "前进",
];

pub(super) const VILLAGES: [&str; 32] = [
    "李家", "王家", "张家", "刘家", "陈家", "杨家", "赵家", "黄家", "周家", "吴家", "徐家", "孙家", "胡家", "朱家",
    "高家", "林家", "何家", "郭家", "马家", "罗家", "梁家", "宋家", "郑家", "谢家", "韩家", "唐家", "冯家", "于家",
    "董家", "萧家", "程家", "曹家",
];

pub(super) const SUBJECTS: [&str; 40] = [
    "医",
    "农",
    "林",
    "水利",
    "气象",
    "地质",
    "机械工程",
    "电子",
    "化工",
    "建筑",
    "土木工程",
    "公路",
    "测绘",
    "环境科学",
    "生态",
    "植物保护",
    "畜牧兽医",
    "水产",
    "园艺",
    "土壤肥料",
    "护理",
    "药",
    "中医药",
    "预防医",
    "营养",
    "心理",
    "计算机",
    "自动化",
    "计量测试",
    "标准化",
    "质量",
    "统计",
    "财政会计",
    "金融",
    "物理",
    "数",
    "青少年科技教育",
    "科技新闻",
    "科普作家",
    "老科技工作者",
];

pub(super) const TRADES: [&str; 32] = [
    "苹果",
    "柑橘",
    "茶叶",
    "中药材",
    "食用菌",
    "蔬菜",
    "水稻",
    "马铃薯",
    "玉米",
    "油菜",
    "生猪养殖",
    "肉牛养殖",
    "奶牛养殖",
    "山羊养殖",
    "家禽养殖",
    "蜜蜂养殖",
    "淡水养殖",
    "蚕桑",
    "花卉",
    "苗木",
    "核桃",
    "花椒",
    "辣椒",
    "葡萄",
    "草莓",
    "烟叶",
    "竹业",
    "农机",
    "沼气",
    "农产品加工",
    "乡村旅游",
    "电子商务",
];

pub(super) const BRANCHES: [&str; 16] = [
    "青年",
    "基础研究",
    "应用技术",
    "科普",
    "学术交流",
    "继续教育",
    "标准",
    "装备",
    "信息化",
    "材料",
    "安全",
    "绿色发展",
    "国际合作",
    "编辑",
    "女科技工作者",
    "专家咨询",
];

pub(super) const COMPANIES: [&str; 24] = [
    "宏远机械",
    "瑞丰化工",
    "天成电子",
    "恒泰建材",
    "华兴纺织",
    "康源制药",
    "金谷食品",
    "绿野农业",
    "蓝海信息",
    "启明光电",
    "长风物流",
    "东升轴承",
    "盛达电缆",
    "新锐软件",
    "众合环保",
    "海纳新材",
    "云岭理工",
    "清江职业",
    "永安铸造",
    "博雅师范",
    "凯旋汽车",
    "中正检测",
    "百川水务",
    "同德医药",
];

pub(super) const NATIONAL: [&str; 3] = ["全国山地生态科普学会", "全国高原气象科普学会", "全国民族医药科普学会"];

/// Who does what another one reports.
pub(super) const PERFORMERS: [&str; 8] = [
    "科普志愿服务队",
    "第二实验小学",
    "人民医院",
    "农业技术推广站",
    "青少年科技中心",
    "科技馆",
    "老科技工作者协会",
    "职业技术学院",
];

pub(super) const DOCUMENTS: [&str; 6] =
    ["年度工作总结", "季度工作简报", "科普活动签到表", "培训班结业名册", "项目验收报告", "工作月报"];

pub(super) const URLS: [&str; 3] = [
    "https://www.example.org/reports/summary.pdf",
    "https://www.example.org/reports/bulletin.html",
    "https://www.example.org/news/2024/kepu",
];

pub(super) const QUOTES: [&str; 4] =
    ["活动现场签到人数以登记表为准", "本期共完成上述任务", "经现场核对，数据属实", "详见附件一览表"];

pub(super) const NOTES: [&str; 6] = [
    "全国科普日期间集中开展",
    "与县农业农村局联合举办",
    "含线上参与",
    "因天气原因推迟一周",
    "按季度计划完成",
    "首次开展",
];

pub(super) const REVISED: [&str; 3] = ["市里下达任务调整", "年中预算调整", "新增上级交办任务"];
pub(super) const SETTLED: [&str; 3] = ["核减重复上报部分", "凭证不全，按佐证材料核定", "统计口径不符，予以核减"];
pub(super) const REJECTED: [&str; 3] = ["佐证材料不足", "不属于本指标统计范围", "期间填报有误"];
pub(super) const VOIDED: [&str; 3] = ["重复上报", "误报", "活动取消"];
pub(super) const AMENDED: [&str; 3] = ["更正录入错误", "补计漏报数据", "按盖章件更正"];
