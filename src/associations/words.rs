//! What is said of associations in words, for files that people read. Pure.

use super::{AssociationQuery, Kind, Level, Status};
use crate::error::{Language, Text};
use crate::tabular::table::Fact;

/// The heading over associations.
pub(crate) const ASSOCIATION: Text = Text::new("Association", "组织");

impl Kind {
    /// In words.
    pub(crate) const fn in_words(self) -> Text {
        match self {
            Self::Federation => Text::new("Federation", "科协"),
            Self::Society => Text::new("Society", "学会"),
            Self::IndustryAssociation => Text::new("Industry association", "协会"),
            Self::Bureau => Text::new("Bureau", "科技局（科委）"),
            Self::Branch => Text::new("Branch", "分会"),
            Self::Other => Text::new("Other", "其他"),
        }
    }
}

impl Level {
    /// In words.
    pub(crate) const fn in_words(self) -> Text {
        match self {
            Self::National => Text::new("National", "全国"),
            Self::Provincial => Text::new("Provincial", "省级"),
            Self::Municipal => Text::new("Municipal", "市级"),
            Self::County => Text::new("County", "县级"),
            Self::Township => Text::new("Township", "乡镇（街道）"),
            Self::Grassroots => Text::new("Grassroots", "基层"),
        }
    }
}

impl Status {
    const fn in_words(self) -> Text {
        match self {
            Self::Preparing => Text::new("Preparing", "筹建中"),
            Self::Active => Text::new("Active", "正常"),
            Self::Dissolved => Text::new("Dissolved", "已注销"),
        }
    }
}

impl AssociationQuery {
    /// Which associations a list is about.
    pub(crate) fn facts(&self, language: Language) -> Vec<Fact> {
        let code = |name, code: Option<&crate::http::ResourceCode>| code.map(|code| Fact::new(name, code));
        let words = |name, words: Option<Text>| words.map(|words| Fact::new(name, words.get(language)));
        let filters = [
            code(Text::new("Right below", "直接上级"), self.parent.as_ref()),
            code(Text::new("Within", "范围（含下级）"), self.within.as_ref()),
            words(Text::new("Kind", "组织类型"), self.kind.map(Kind::in_words)),
            words(Text::new("Level", "组织级别"), self.level.map(Level::in_words)),
            words(Text::new("Status of the association", "组织状态"), self.status.map(Status::in_words)),
            self.q.as_ref().map(|text| Fact::new(Text::new("Search", "搜索"), text)),
        ];
        let filters: Vec<_> = filters.into_iter().flatten().collect();
        match filters.is_empty() {
            true => vec![Fact::new(Text::new("Associations", "组织范围"), ALL.get(language))],
            false => filters,
        }
    }
}

const ALL: Text = Text::new("All that the key may see", "密钥可见的全部组织");
