//! A row of the ledger, and what it means: its content, its figures, the JSON it becomes.

use chrono::{DateTime, NaiveDate, Utc};
use diesel::prelude::*;
use rust_decimal::Decimal;
use serde::Serialize;
use uuid::Uuid;

use super::content::{Content, Measure};
use super::{Actual, Evidence, Qualifier, State, SubmitActual};
use crate::database::Coded;
use crate::decimal::{Amount, Written};
use crate::error::{ApiError, ApiResult};
use crate::http::EntityTag;
use crate::indicators::ValueType;
use crate::indicators::store::IndicatorRow;
use crate::period::Period;
use crate::schema::actuals;
use crate::scorecards::Figure;

/// A row of `actuals`, and of `actual_revisions`, which has the same columns.
#[derive(Clone, Debug, HasQuery, Insertable, AsChangeset, QueryableByName)]
#[diesel(table_name = actuals, treat_none_as_null = true, treat_none_as_default_value = false)]
pub(crate) struct ActualRow {
    pub association_id: Uuid,
    pub id: Uuid,
    pub year: i16,
    pub indicator_id: Uuid,
    pub value_type: Coded<ValueType>,
    pub period_from: NaiveDate,
    pub period_through: NaiveDate,
    pub value: Option<Decimal>,
    pub numerator: Option<Decimal>,
    pub denominator: Option<Decimal>,
    pub qualifier: Coded<Qualifier>,
    pub state: Coded<State>,
    pub verified_value: Option<Decimal>,
    pub verified_numerator: Option<Decimal>,
    pub verified_denominator: Option<Decimal>,
    pub external_id: Option<String>,
    pub performed_by: Option<String>,
    pub evidence_document: Option<String>,
    pub evidence_url: Option<String>,
    pub evidence_quote: Option<String>,
    pub note: Option<String>,
    pub version: i32,
    pub reason: Option<String>,
    pub reported_at: DateTime<Utc>,
    pub reported_by: Option<Uuid>,
    pub updated_at: DateTime<Utc>,
    pub updated_by: Option<Uuid>,
    pub verified_version: Option<i32>,
    pub verified_at: Option<DateTime<Utc>>,
    pub verified_by: Option<Uuid>,
}

/// What an audit entry shows of an actual.
#[derive(Serialize)]
struct Snapshot {
    #[serde(flatten)]
    content: SubmitActual,
    state: State,
    #[serde(skip_serializing_if = "Option::is_none")]
    verified_value: Option<Amount>,
    #[serde(skip_serializing_if = "Option::is_none")]
    verified_numerator: Option<Amount>,
    #[serde(skip_serializing_if = "Option::is_none")]
    verified_denominator: Option<Amount>,
    version: i32,
}

impl ActualRow {
    pub(super) fn tag(&self) -> EntityTag {
        EntityTag::of(self.id, self.version)
    }

    pub(super) fn period(&self) -> ApiResult<Period> {
        Period::new(self.period_from, self.period_through).map_err(ApiError::from)
    }

    pub(crate) fn measure(&self) -> Measure {
        Measure::read(self.value, self.numerator, self.denominator).unwrap_or(Measure::Value(Decimal::ZERO))
    }

    pub(super) fn evidence(&self) -> Evidence {
        Evidence {
            document: self.evidence_document.clone(),
            url: self.evidence_url.clone(),
            quote: self.evidence_quote.clone(),
        }
    }

    pub(crate) fn content(&self) -> ApiResult<Content> {
        Ok(Content {
            indicator_id: self.indicator_id,
            period: self.period()?,
            measure: self.measure(),
            qualifier: self.qualifier.0,
            performed_by: self.performed_by.clone(),
            evidence: self.evidence(),
            note: self.note.clone(),
        })
    }

    /// As a client would submit it now.
    pub(super) fn to_submit(&self, indicator: &IndicatorRow) -> ApiResult<SubmitActual> {
        let evidence = self.evidence();
        Ok(SubmitActual {
            indicator: crate::http::ResourceCode::new(&indicator.code)?,
            value: self.value.map(|value| Written::Number(value.into())),
            numerator: self.numerator.map(Into::into),
            denominator: self.denominator.map(Into::into),
            unit: None,
            period: self.period()?,
            qualifier: Some(self.qualifier.0),
            external_id: self.external_id.clone(),
            performed_by: self.performed_by.clone(),
            evidence: (evidence != Evidence::default()).then_some(evidence),
            note: self.note.clone(),
            reason: None,
        })
    }

    /// What it says, as an audit entry shows it: JSON text with what a client would submit now, and what a verifier
    /// made of it.
    pub(crate) fn snapshot(&self, indicator: &IndicatorRow) -> ApiResult<String> {
        let amount = |value: Option<Decimal>| value.map(Amount::from);
        let snapshot = Snapshot {
            content: self.to_submit(indicator)?,
            state: self.state.0,
            verified_value: amount(self.verified_value),
            verified_numerator: amount(self.verified_numerator),
            verified_denominator: amount(self.verified_denominator),
            version: self.version,
        };
        serde_json::to_string(&snapshot).map_err(ApiError::internal)
    }

    /// The row with other content.
    pub(crate) fn with(self, content: Content) -> Self {
        let (value, numerator, denominator) = content.measure.columns();
        Self {
            indicator_id: content.indicator_id,
            year: content.period.year(),
            period_from: content.period.from(),
            period_through: content.period.through(),
            value,
            numerator,
            denominator,
            qualifier: Coded(content.qualifier),
            performed_by: content.performed_by,
            evidence_document: content.evidence.document,
            evidence_url: content.evidence.url,
            evidence_quote: content.evidence.quote,
            note: content.note,
            ..self
        }
    }

    /// A new report of this content.
    pub(crate) fn new(
        association_id: Uuid,
        value_type: Coded<ValueType>,
        content: Content,
        now: DateTime<Utc>,
    ) -> Self {
        Self {
            association_id,
            id: Uuid::now_v7(),
            year: content.period.year(),
            indicator_id: content.indicator_id,
            value_type,
            period_from: content.period.from(),
            period_through: content.period.through(),
            value: None,
            numerator: None,
            denominator: None,
            qualifier: Coded(content.qualifier),
            state: Coded(State::Reported),
            verified_value: None,
            verified_numerator: None,
            verified_denominator: None,
            external_id: None,
            performed_by: None,
            evidence_document: None,
            evidence_url: None,
            evidence_quote: None,
            note: None,
            version: 1,
            reason: None,
            reported_at: now,
            reported_by: None,
            updated_at: now,
            updated_by: None,
            verified_version: None,
            verified_at: None,
            verified_by: None,
        }
        .with(content)
    }

    /// Verified by the change that it was just given.
    pub(crate) fn verified_now(self) -> Self {
        let (version, at, by) = (self.version, self.updated_at, self.updated_by);
        Self { verified_version: Some(version), verified_at: Some(at), verified_by: by, ..self }
    }

    /// What a verifier last settled on, whether it still counts or not.
    pub(super) fn verified_measure(&self) -> Option<Measure> {
        Measure::read(self.verified_value, self.verified_numerator, self.verified_denominator)
    }

    /// What of it the totals are made of.
    pub(crate) fn reading(&self) -> ApiResult<Reading> {
        Ok(Reading {
            state: self.state.0,
            is_exact: self.qualifier.0 == Qualifier::Exact,
            period: self.period()?,
            measure: self.measure(),
            verified: self.verified_measure(),
            reported_at: self.reported_at,
            performed_by: self.performed_by.clone(),
        })
    }

    pub(super) fn into_actual(self, association: &str, indicator: &str, unit: &str) -> ApiResult<Actual> {
        let evidence = self.evidence();
        let amount = |value: Option<Decimal>| value.map(Into::into);
        Ok(Actual {
            id: self.id,
            association: association.to_owned(),
            indicator: indicator.to_owned(),
            year: self.year,
            period: self.period()?,
            value: amount(self.value),
            numerator: amount(self.numerator),
            denominator: amount(self.denominator),
            unit: unit.to_owned(),
            qualifier: self.qualifier.0,
            state: self.state.0,
            verified_value: amount(self.verified_value),
            verified_numerator: amount(self.verified_numerator),
            verified_denominator: amount(self.verified_denominator),
            verified_version: self.verified_version,
            verified_at: self.verified_at,
            changed_since_verified: self.verified_version.is_some_and(|verified| verified < self.version),
            external_id: self.external_id,
            performed_by: self.performed_by,
            evidence: (evidence != Evidence::default()).then_some(evidence),
            note: self.note,
            version: self.version,
            reason: self.reason,
            reported_at: self.reported_at,
            updated_at: self.updated_at,
        })
    }
}

/// What of a row the totals are made of.
pub(crate) struct Reading {
    pub(super) state: State,
    pub(super) is_exact: bool,
    pub(super) period: Period,
    pub(super) measure: Measure,
    pub(super) verified: Option<Measure>,
    pub(super) reported_at: DateTime<Utc>,
    /// Who did it, when not the association that reports it.
    pub(crate) performed_by: Option<String>,
}

impl Reading {
    /// What it adds on a basis, if it counts there.
    pub(crate) fn on(&self, is_verified: bool) -> Option<Figure> {
        if is_verified { self.verified() } else { self.reported() }
    }

    /// What it adds on the reported basis, if it counts there.
    pub(crate) fn reported(&self) -> Option<Figure> {
        match self.state {
            State::Reported | State::Verified => Some(self.figure(self.measure)),
            State::Rejected | State::Voided => None,
        }
    }

    /// What it adds on the verified basis, if it counts there. A figure that differs from the reported one was settled
    /// on by the verifier, who gives exact ones.
    pub(crate) fn verified(&self) -> Option<Figure> {
        let measure = self.verified.filter(|_| self.state == State::Verified)?;
        Some(Figure { is_exact: self.is_exact || measure != self.measure, ..self.figure(measure) })
    }

    fn figure(&self, measure: Measure) -> Figure {
        let (value, denominator) = match measure {
            Measure::Value(value) => (value, Decimal::ZERO),
            Measure::Ratio { numerator, denominator } => (numerator, denominator),
        };
        Figure { period: self.period, value, denominator, is_exact: self.is_exact, reported_at: self.reported_at }
    }
}
