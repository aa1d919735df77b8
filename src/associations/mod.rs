//! Associations (组织): who plans and reports, as a tree.

pub mod handlers;
pub(crate) mod naming;
pub(crate) mod selection;
pub(crate) mod store;
mod tree;
pub(crate) mod words;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use strum::{AsRefStr, EnumString};
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use crate::error::Text;
use crate::http::{ResourceCode, refusal};

/// What kind of body it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, AsRefStr, EnumString, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Kind {
    /// 科协: a federation of science-and-technology associations.
    Federation,
    /// 学会, 研究会: a learned society.
    Society,
    /// 协会: an association of a trade or a technique.
    IndustryAssociation,
    /// 科技局, 科委: a bureau or commission of the government.
    Bureau,
    /// 分会: a branch of another association.
    Branch,
    /// Anything else that plans and reports.
    Other,
}

impl Kind {
    /// As people read it.
    pub const fn words(self) -> Text {
        match self {
            Self::Federation => Text::new("科协", "Federation"),
            Self::Society => Text::new("学会", "Society"),
            Self::IndustryAssociation => Text::new("协会", "Industry association"),
            Self::Bureau => Text::new("科技局/科委", "Bureau"),
            Self::Branch => Text::new("分会", "Branch"),
            Self::Other => Text::new("其他", "Other"),
        }
    }
}

/// Administrative level.
#[derive(Clone, Copy, Debug, PartialEq, Eq, AsRefStr, EnumString, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Level {
    /// 全国.
    National,
    /// 省级.
    Provincial,
    /// 市级.
    Municipal,
    /// 县级, districts included.
    County,
    /// 乡镇, 街道.
    Township,
    /// 基层: villages, communities, schools, enterprises.
    Grassroots,
}

impl Level {
    /// As people read it.
    pub const fn words(self) -> Text {
        match self {
            Self::National => Text::new("全国", "National"),
            Self::Provincial => Text::new("省级", "Provincial"),
            Self::Municipal => Text::new("市级", "Municipal"),
            Self::County => Text::new("县级", "County"),
            Self::Township => Text::new("乡镇", "Township"),
            Self::Grassroots => Text::new("基层", "Grassroots"),
        }
    }
}

/// Where it is in its life.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, AsRefStr, EnumString, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
#[schema(as = AssociationStatus)]
pub enum Status {
    /// 筹建中.
    Preparing,
    /// At work.
    #[default]
    Active,
    /// 已注销: takes no new targets or actuals; what it reported stays.
    Dissolved,
}

/// An association as a client writes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "奉贤区科学技术委员会", "kind": "bureau", "level": "county", "aliases": ["奉贤区科委"]}))]
pub struct PutAssociation {
    /// Full official name.
    #[schema(example = "奉贤区科学技术委员会", min_length = 1, max_length = 200)]
    #[validate(length(min = 1, max = 200))]
    pub name: String,
    /// What kind of body it is.
    pub kind: Kind,
    /// Administrative level.
    pub level: Level,
    /// Where it is in its life; active where not given.
    #[serde(default)]
    pub status: Status,
    /// The association above it; without it, it is a root of the tree, which has at most 16 levels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "shanghai")]
    pub parent: Option<ResourceCode>,
    /// Other names it goes by, at most 20.
    #[serde(default)]
    #[schema(example = json!(["奉贤区科委"]), max_items = 20)]
    #[validate(length(max = 20), custom(function = check_aliases))]
    pub aliases: Vec<String>,
}

fn check_aliases(aliases: &[String]) -> Result<(), validator::ValidationError> {
    let fits = |alias: &String| (1..=200).contains(&alias.chars().count());
    let refused = || refusal("invalid_value", Text::new("每个1至200个字符", "1 to 200 characters each"));
    aliases.iter().all(fits).then_some(()).ok_or_else(refused)
}

/// An association.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Association {
    /// The client's own name for it; never changes.
    #[schema(example = "fengxian")]
    pub code: String,
    /// Full official name.
    #[schema(example = "奉贤区科学技术委员会")]
    pub name: String,
    /// What kind of body it is.
    pub kind: Kind,
    /// Administrative level.
    pub level: Level,
    /// Where it is in its life.
    pub status: Status,
    /// Code of the association above it; null for a root.
    #[schema(example = "shanghai")]
    pub parent: Option<String>,
    /// Other names it goes by.
    #[schema(example = json!(["奉贤区科委"]))]
    pub aliases: Vec<String>,
    /// When it was first stored.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
}

/// Which associations to list.
#[derive(Clone, Debug, Default, Deserialize, IntoParams, Validate)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct AssociationQuery {
    /// Only the children of this association.
    #[param(value_type = Option<String>, example = "huishan")]
    pub parent: Option<ResourceCode>,
    /// Only this association and all below it.
    #[param(value_type = Option<String>, example = "huishan")]
    pub within: Option<ResourceCode>,
    /// Only this kind.
    #[param(inline)]
    pub kind: Option<Kind>,
    /// Only this level.
    #[param(inline)]
    pub level: Option<Level>,
    /// Only with this status.
    #[param(inline)]
    pub status: Option<Status>,
    /// Only with this text in the name, an alias or the code.
    #[param(example = "学会")]
    #[validate(length(min = 1, max = 100))]
    pub q: Option<String>,
}
