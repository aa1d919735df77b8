//! What the commands tell people, in English or, where their environment says so, in Chinese.

use indicatif::HumanCount;

use super::ledger::Sum;
use crate::error::{Language, Text};

/// Tells in one language.
#[derive(Clone, Copy, Debug)]
pub(super) struct Words(pub Language);

/// The rows of the summary, in the order of the counts.
const COUNTED: [Text; 4] = [
    Text { en: "received", zh: "收到" },
    Text { en: "created", zh: "新增" },
    Text { en: "unchanged", zh: "未变" },
    Text { en: "rejected", zh: "拒绝" },
];

impl Words {
    /// In the language of LC_ALL, LC_MESSAGES or LANG, the first that is set.
    pub(super) fn from_environment() -> Self {
        let set = |name| std::env::var(name).ok().filter(|value| !value.is_empty());
        let locale = ["LC_ALL", "LC_MESSAGES", "LANG"].into_iter().find_map(set).unwrap_or_default();
        Self(if locale.starts_with("zh") { Language::Chinese } else { Language::English })
    }

    pub(super) const fn say(self, en: &'static str, zh: &'static str) -> &'static str {
        Text { en, zh }.get(self.0)
    }

    /// The names of the four counts.
    pub(super) fn counted(self) -> [&'static str; 4] {
        COUNTED.map(|text| text.get(self.0))
    }

    /// How far a file is read or sent.
    pub(super) const fn sending(self) -> &'static str {
        self.say("sending", "正在发送")
    }

    pub(super) const fn reading(self) -> &'static str {
        self.say("reading", "正在读取")
    }

    /// The file is there; what is left is not counted in bytes.
    pub(super) const fn settling(self) -> &'static str {
        self.say("settling", "正在入库")
    }

    /// How many rows were read while this was done.
    pub(super) fn rows(self, doing: &str, rows: u64) -> String {
        let rows = HumanCount(rows);
        match self.0 {
            Language::English => format!("{doing} {rows} rows"),
            Language::Chinese => format!("{doing} {rows} 行"),
        }
    }

    pub(super) fn tried(self, tried: &str, seconds: u64) -> String {
        match self.0 {
            Language::English => format!("{tried}; trying again in {seconds} s"),
            Language::Chinese => format!("{tried}；{seconds} 秒后重试"),
        }
    }

    pub(super) fn written(self, file: &str) -> String {
        match self.0 {
            Language::English => format!("rejected rows and reasons: {file}"),
            Language::Chinese => format!("被拒绝的行及原因见：{file}"),
        }
    }

    /// Nobody shall take the file for what became of this run; it is theirs to delete.
    pub(super) fn stale(self, file: &str) -> String {
        match self.0 {
            Language::English => format!("no row was rejected this time; {file} is of an earlier run"),
            Language::Chinese => format!("本次没有被拒绝的行；{file} 是此前一次运行留下的"),
        }
    }

    pub(super) fn not_listed(self, more: i64) -> String {
        match self.0 {
            Language::English => format!("{more} more rejected rows are not listed"),
            Language::Chinese => format!("另有 {more} 行被拒绝，未列出"),
        }
    }

    pub(super) fn nothing_stored(self, wrong: i64, received: i64) -> String {
        match self.0 {
            Language::English => format!("{wrong} of {received} rows are wrong and nothing was stored"),
            Language::Chinese => format!("{received} 行中有 {wrong} 行有误，未存储任何数据"),
        }
    }

    pub(super) const fn verifying(self) -> &'static str {
        self.say("verifying, associations", "正在核对，组织")
    }

    pub(super) const fn rebuilding(self) -> &'static str {
        self.say("rebuilding, associations", "正在重建，组织")
    }

    pub(super) fn verified(self, sum: Sum) -> String {
        let [associations, rows, differing] = counts(sum);
        match (self.0, sum.differing) {
            (Language::English, 0) => {
                format!("all {rows} rows of {associations} associations follow from the ledger")
            }
            (Language::English, _) => format!(
                "{differing} of {rows} rows of {associations} associations do not follow from the ledger; kpi rebuild puts them right"
            ),
            (Language::Chinese, 0) => format!("{associations} 个组织的 {rows} 行均与台账一致"),
            (Language::Chinese, _) => {
                format!("{associations} 个组织的 {rows} 行中有 {differing} 行与台账不一致；可用 kpi rebuild 修复")
            }
        }
    }

    pub(super) fn rebuilt(self, sum: Sum) -> String {
        let [associations, rows, mended] = counts(sum);
        match self.0 {
            Language::English => format!("{mended} of {rows} rows of {associations} associations were mended"),
            Language::Chinese => format!("{associations} 个组织的 {rows} 行中修复了 {mended} 行"),
        }
    }
}

fn counts(sum: Sum) -> [HumanCount; 3] {
    [sum.associations, sum.rows, sum.differing].map(|count| HumanCount(u64::try_from(count).unwrap_or(u64::MAX)))
}
