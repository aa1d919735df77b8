//! What is said of associations in words, for files that people read. Pure.

use super::{AssociationQuery, Kind, Level, Status};
use crate::error::{Language, Text};
use crate::tabular::table::Fact;

/// The heading over associations.
pub(crate) const ASSOCIATION: Text = Text::new("组织", "Association");

impl Status {
    /// As people read it.
    pub const fn words(self) -> Text {
        match self {
            Self::Preparing => Text::new("筹建中", "Preparing"),
            Self::Active => Text::new("正常", "Active"),
            Self::Dissolved => Text::new("已注销", "Dissolved"),
        }
    }
}

impl AssociationQuery {
    /// Which associations a list is about.
    pub(crate) fn facts(&self, language: Language) -> Vec<Fact> {
        let code = |name, code: Option<&crate::http::ResourceCode>| code.map(|code| Fact::new(name, code));
        let words = |name, words: Option<Text>| words.map(|words| Fact::new(name, words.get(language)));
        let filters = [
            code(Text::new("直接上级", "Right below"), self.parent.as_ref()),
            code(Text::new("范围（含下级）", "Within"), self.within.as_ref()),
            words(Text::new("组织类型", "Kind"), self.kind.map(Kind::words)),
            words(Text::new("组织级别", "Level"), self.level.map(Level::words)),
            words(Text::new("组织状态", "Status of the association"), self.status.map(Status::words)),
            self.q.as_ref().map(|text| Fact::new(Text::new("搜索", "Search"), text)),
        ];
        let filters: Vec<_> = filters.into_iter().flatten().collect();
        match filters.is_empty() {
            true => vec![Fact::new(Text::new("组织范围", "Associations"), ALL.get(language))],
            false => filters,
        }
    }
}

const ALL: Text = Text::new("密钥可见的全部组织", "All that the key may see");
