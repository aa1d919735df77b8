//! A row of `targets`, and what it means: its terms, the JSON it becomes, the revision that follows it.

use chrono::{DateTime, NaiveDate, Utc};
use diesel::prelude::*;
use uuid::Uuid;

use super::terms::Terms;
use super::{Baseline, Source, Target};
use crate::audit::{self, Action, Entity, Entry};
use crate::error::ApiResult;
use crate::http::{EntityTag, Year};
use crate::indicators::store::IndicatorRow;
use crate::schema::targets;
use crate::scorecards::store::{GoalRow, LineKey};

/// A revision of a target, as stored.
#[derive(Clone, Debug, HasQuery, Insertable, QueryableByName)]
#[diesel(table_name = targets, treat_none_as_default_value = false)]
pub(crate) struct TargetRow {
    pub association_id: Uuid,
    pub year: i16,
    pub indicator_id: Uuid,
    pub revision: i32,
    pub is_current: bool,
    pub is_removal: bool,
    #[diesel(embed)]
    pub goal: GoalRow,
    pub is_approximate: bool,
    pub baseline_year: Option<i16>,
    pub growth: Option<rust_decimal::Decimal>,
    pub source_document: Option<String>,
    pub source_locator: Option<String>,
    pub source_quote: Option<String>,
    pub reason: Option<String>,
    pub recorded_at: DateTime<Utc>,
    pub recorded_by: Option<Uuid>,
}

impl TargetRow {
    pub(super) fn tag(&self) -> EntityTag {
        EntityTag::of(self.indicator_id, self.revision)
    }

    /// Where growth and change start from.
    pub(crate) fn baseline(&self) -> Option<Baseline> {
        let year = Year::new(self.baseline_year?.into()).ok()?;
        Some(Baseline { year, value: self.goal.baseline_value?.into() })
    }

    /// Whether the value was derived from baseline and growth.
    pub(crate) fn is_derived(&self) -> bool {
        self.growth.is_some()
    }

    /// Where it was read.
    pub(crate) fn source(&self) -> Option<Source> {
        let source = Source {
            document: self.source_document.clone(),
            locator: self.source_locator.clone(),
            quote: self.source_quote.clone(),
        };
        (source != Source::default()).then_some(source)
    }

    pub(super) fn terms(&self) -> Terms {
        Terms {
            goal: self.goal.clone(),
            is_approximate: self.is_approximate,
            baseline: self.baseline(),
            growth: self.growth,
            source: self.source(),
        }
    }

    pub(super) fn into_target(self, association: &str, indicator: &str, unit: &str) -> Target {
        let annual = self.goal.to_goal(self.year);
        Target {
            association: association.to_owned(),
            year: self.year,
            indicator: indicator.to_owned(),
            revision: self.revision,
            removed: self.is_removal,
            bound: self.goal.bound.0,
            value: self.goal.value.into(),
            upper: self.goal.upper.map(Into::into),
            annual_value: annual.value.into(),
            unit: unit.to_owned(),
            approximate: self.is_approximate,
            per: self.goal.per.0,
            basis_of_rate: self.goal.basis_of_rate.0,
            baseline: self.baseline(),
            growth: self.growth.map(Into::into),
            derived: self.is_derived(),
            weight: self.goal.weight.into(),
            due_on: self.goal.due_on,
            plan: annual.plan.map(|plan| plan.into_iter().map(Into::into).collect()),
            source: self.source(),
            reason: self.reason,
            recorded_at: self.recorded_at,
        }
    }

    /// The revision after `last`, if any.
    pub(crate) fn revised(key: LineKey, last: Option<&Self>, revision: Revision) -> Self {
        let Revision { terms, reason, by, at } = revision;
        let source = terms.source.unwrap_or_default();
        Self {
            association_id: key.association_id,
            year: key.year,
            indicator_id: key.indicator_id,
            revision: last.map_or(1, |last| last.revision + 1),
            is_current: true,
            is_removal: false,
            goal: terms.goal,
            is_approximate: terms.is_approximate,
            baseline_year: terms.baseline.map(|baseline| baseline.year.get()),
            growth: terms.growth,
            source_document: source.document,
            source_locator: source.locator,
            source_quote: source.quote,
            reason,
            recorded_at: at,
            recorded_by: by,
        }
    }

    /// As an audit entry of the change from `before` to this one.
    pub(super) fn entry(
        &self,
        before: Option<&Self>,
        association: &str,
        indicator: &IndicatorRow,
    ) -> ApiResult<Entry<'_>> {
        let json = |row: &Self| audit::json(&row.clone().into_target(association, &indicator.code, &indicator.unit));
        Ok(Entry {
            association_id: Some(self.association_id),
            entity: Entity::Target,
            entity_key: format!("{}/{}", self.year, indicator.code),
            action: Action::of(before.is_some(), self.is_current),
            reason: self.reason.as_deref(),
            before: before.map(json).transpose()?,
            after: self.is_current.then(|| json(self)).transpose()?,
        })
    }
}

/// What becomes a revision of a target.
pub(crate) struct Revision {
    /// What is planned.
    pub terms: Terms,
    /// Why it changed.
    pub reason: Option<String>,
    /// The key it came with.
    pub by: Option<Uuid>,
    /// When it is recorded.
    pub at: DateTime<Utc>,
}

/// The day the period of a year's targets ends.
pub(super) fn last_day(year: i16) -> NaiveDate {
    NaiveDate::from_ymd_opt(year.into(), 12, 31).unwrap_or(NaiveDate::MAX)
}
