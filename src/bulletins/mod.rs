//! Bulletins (通报): the summary and the ranking of a moment as they were issued, numbered per year.
//!
//! What was issued is kept as the text it was answered with, and never changed or deleted.

pub(crate) mod answer;
pub mod handlers;
mod store;

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use crate::completion::Basis;
use crate::http::{ResourceCode, Year};
use crate::rankings::RankingLine;
use crate::standings::SummaryLine;

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
    /// What it is called.
    #[schema(example = "2018年上半年目标完成情况通报", min_length = 1, max_length = 200)]
    #[validate(length(min = 1, max = 200))]
    pub title: String,
    /// Which figures count; `reported` where not given.
    #[serde(default)]
    pub basis: Basis,
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

/// A bulletin as it was issued.
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
}
