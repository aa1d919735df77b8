//! Bulletins (通报): how a year stood at a moment, as it was issued, numbered per year.
//!
//! What was issued is kept as the text it was answered with, and never changed or deleted.

pub(crate) mod answer;
mod frozen;
pub mod handlers;
mod store;
mod table;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use strum::{AsRefStr, EnumString};
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use crate::associations::{AssociationQuery, Kind, Level};
use crate::completion::{AssociationName, Basis, StatusCounts};
use crate::error::{ApiError, ApiResult, Language, Text};
use crate::http::{ResourceCode, Year};
use crate::laggards::Laggard;
use crate::rankings::RankingLine;
use crate::reporting::PeriodReporting;
use crate::standings::{Overall, SummaryLine};

/// Who may read a bulletin. `supervisors`: keys that may see everything it is about. `members`: these, and every key whose
/// scope is one of the associations it is about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, AsRefStr, EnumString, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Audience {
    /// Keys that may see everything it is about.
    #[default]
    Supervisors,
    /// These, and every key whose scope is one of the associations it is about.
    Members,
}

impl Audience {
    fn is_default(&self) -> bool {
        *self == Self::default()
    }

    /// As people read it.
    pub const fn words(self) -> Text {
        match self {
            Self::Supervisors => Text::new("仅限主管组织", "supervisors only"),
            Self::Members => Text::new("印发各组织", "circulated to its members"),
        }
    }
}

/// A bulletin to issue.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct CreateBulletin {
    /// The plan year.
    #[schema(value_type = i16, minimum = 1949, maximum = 2199, example = 2018)]
    pub year: Year,
    /// As known at the end of this day; today, with everything up to now, where not given.
    #[serde(default, deserialize_with = "crate::http::day", skip_serializing_if = "Option::is_none")]
    #[schema(example = "2018-06-30")]
    pub as_of: Option<NaiveDate>,
    /// About this association and all below it; everybody where not given, which takes a key without a scope.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "huishan")]
    pub scope: Option<ResourceCode>,
    /// Of these, only associations of this kind.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<Kind>,
    /// Of these, only associations of this level.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub level: Option<Level>,
    /// Who may read it; `supervisors` where not given. `members` circulates all of it, ranks and scores of everybody in it
    /// included, to every key whose scope is an association it is about. Kinds, levels and places are those of the day it
    /// is read.
    // Left out where it is the default, as in requests of earlier versions: they are still told to be the same.
    #[serde(default, skip_serializing_if = "Audience::is_default")]
    pub audience: Audience,
    /// What it is called.
    #[schema(example = "2018年上半年目标完成情况通报", min_length = 1, max_length = 200)]
    #[validate(length(min = 1, max = 200))]
    pub title: String,
    /// Which figures count; `reported` where not given.
    #[serde(default)]
    pub basis: Basis,
}

impl CreateBulletin {
    /// Which associations it is about.
    fn associations(&self) -> AssociationQuery {
        AssociationQuery {
            within: self.scope.clone(),
            kind: self.kind,
            level: self.level,
            ..AssociationQuery::default()
        }
    }
}

/// A bulletin without its tables.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct BulletinHead {
    /// The plan year.
    #[schema(example = 2018)]
    pub year: i16,
    /// 1, 2, 3 … in the year, without gaps.
    #[schema(example = 1)]
    pub number: i32,
    /// What it is called.
    #[schema(example = "2018年上半年目标完成情况通报")]
    pub title: String,
    /// Code of the association it is about, with all below it; null: everybody.
    #[schema(example = "huishan")]
    pub scope: Option<String>,
    /// Only associations of this kind; null: of every kind.
    pub kind: Option<Kind>,
    /// Only associations of this level; null: of every level.
    pub level: Option<Level>,
    /// Who may read it.
    pub audience: Audience,
    /// The day its figures stand for.
    #[schema(example = "2018-06-30")]
    pub as_of: NaiveDate,
    /// Which figures count.
    pub basis: Basis,
    /// How many associations its summary lists.
    #[schema(example = 7)]
    pub total: i32,
    /// When it was issued.
    pub issued_at: DateTime<Utc>,
}

/// A bulletin as it was issued. Those of earlier versions lack the fields that came later.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Bulletin {
    /// The plan year.
    #[schema(example = 2018)]
    pub year: i16,
    /// 1, 2, 3 … in the year, without gaps.
    #[schema(example = 1)]
    pub number: i32,
    /// What it is called.
    #[schema(example = "2018年上半年目标完成情况通报")]
    pub title: String,
    /// Code of the association it is about, with all below it; null: everybody.
    #[schema(example = "huishan")]
    pub scope: Option<String>,
    /// Only associations of this kind; null: of every kind.
    pub kind: Option<Kind>,
    /// Only associations of this level; null: of every level.
    pub level: Option<Level>,
    /// Who may read it.
    #[serde(default)]
    pub audience: Audience,
    /// The day its figures stand for.
    #[schema(example = "2018-06-30")]
    pub as_of: NaiveDate,
    /// Which figures count.
    pub basis: Basis,
    /// How many associations its summary lists.
    #[schema(example = 7)]
    pub total: i32,
    /// When it was issued.
    pub issued_at: DateTime<Utc>,
    /// A line for each association, by code.
    pub summary: Vec<SummaryLine>,
    /// How many of them have a rank.
    #[schema(example = 6)]
    pub of: usize,
    /// By rank, ties by name and code; after them those without a rank.
    pub ranking: Vec<RankingLine>,
    /// How these associations stand together.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub overall: Option<Overall>,
    /// How many of their targets stand how.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub counts: Option<StatusCounts>,
    /// Their 20 targets furthest behind the pace (聚焦落后指标), the worst first; fewer where there are fewer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub laggards: Option<Vec<Laggard>>,
    /// Who reported the latest period whose due day was over. Reporting is always as of today: only in a bulletin about
    /// the day it was issued on, where the year has a schedule and somebody had to report by then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reporting: Option<BulletinReporting>,
}

/// 〔2018〕1号, as official documents are numbered.
pub(crate) fn numbered(year: i16, number: i32, language: Language) -> String {
    match language {
        Language::Chinese => format!("〔{year}〕{number}号"),
        Language::English => format!("{year}/{number}"),
    }
}

impl Bulletin {
    /// What the association it is about was called, where it lists it.
    pub(crate) fn place(&self) -> Option<&str> {
        let own = self.summary.iter().find(|line| Some(&line.association.code) == self.scope.as_ref());
        own.map(|line| line.association.name.as_str())
    }

    /// Stands for its figures, whenever they were computed: other figures have another.
    ///
    /// # Errors
    /// Only a fault of ours.
    pub(crate) fn digest(&self) -> ApiResult<String> {
        let Self { summary, of, ranking, overall, counts, laggards, reporting, .. } = self;
        let figures = (summary, of, ranking, overall, counts, laggards, reporting);
        let text = serde_json::to_vec(&figures).map_err(ApiError::internal)?;
        Ok(URL_SAFE_NO_PAD.encode(Sha256::digest(text)))
    }
}

/// Who had reported when a bulletin was issued.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct BulletinReporting {
    /// How the period stood, over the associations the bulletin is about.
    pub period: PeriodReporting,
    /// Those who had not reported it, the first 500 by code.
    pub missing: Vec<AssociationName>,
}

/// Names a bulletin.
#[derive(Clone, Copy, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct BulletinPath {
    /// The plan year.
    #[param(value_type = i16, minimum = 1949, maximum = 2199, example = 2018)]
    pub year: Year,
    /// Its number in the year.
    #[param(minimum = 1, example = 1)]
    pub number: i32,
}

/// Which bulletins to list.
#[derive(Clone, Copy, Debug, Default, Deserialize, IntoParams, Validate)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct BulletinQuery {
    /// Only of this plan year.
    #[param(value_type = Option<i16>, minimum = 1949, maximum = 2199, example = 2018)]
    pub year: Option<Year>,
    /// The order; `number` where not given.
    #[serde(default)]
    #[param(inline)]
    pub sort: BulletinSort,
}

/// The order of bulletins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum BulletinSort {
    /// By year and number.
    #[default]
    Number,
    /// The latest year first, and in it the highest number.
    NumberDescending,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_of_an_earlier_version_has_the_same_fingerprint() {
        let text = r#"{"year":2018,"scope":"huishan","title":"通报","basis":"reported"}"#;
        let body: CreateBulletin = serde_json::from_str(text).expect(text);
        assert_eq!(serde_json::to_string(&body).expect("a body"), text);
    }
}
