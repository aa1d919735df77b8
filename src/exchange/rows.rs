//! One row of a batch: what it names, and what it says, read and checked like the body of a single request.

use chrono::{Datelike, NaiveDate};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::value::to_raw_value;
use validator::Validate;

use super::import::Kind;
use super::names::Names;
use crate::actuals::{self, SubmitActual};
use crate::auth::Caller;
use crate::batch::Place;
use crate::error::{ApiError, ApiResult, Code, Text, Violation};
use crate::http::{self, Fields, Members, Year};
use crate::indicators::store::IndicatorRow;
use crate::tabular::Row;
use crate::targets;

/// What a row says, the names taken out of it.
pub(super) struct Addressed {
    /// What it calls the association.
    pub association: String,
    /// What it calls the indicator; a change names none.
    pub indicator: Option<String>,
    fields: Fields,
    is_form: bool,
}

impl Addressed {
    /// Takes the names out of a row.
    pub(super) fn of(row: &Row, kind: Kind) -> Result<Self, Vec<Violation>> {
        let object = row.object.as_ref().map_err(Clone::clone)?;
        let Members(mut fields) = http::shape(object.get().as_bytes()).map_err(ApiError::into_violations)?;
        let association = take(&mut fields, "association");
        let indicator = match kind {
            Kind::Actuals | Kind::Targets => take(&mut fields, "indicator").map(Some),
            Kind::Changes => Ok(None),
        };
        match (association, indicator) {
            (Ok(association), Ok(indicator)) => Ok(Self { association, indicator, fields, is_form: row.is_form }),
            (association, indicator) => Err([association.err(), indicator.err()].into_iter().flatten().collect()),
        }
    }

    /// The row as an actual.
    pub(super) fn actual(self, names: &Names, place: Place, today: NaiveDate) -> ApiResult<actuals::bulk::Staged> {
        let association = names.association(&self.association);
        let indicator = names.indicator(self.indicator.as_deref().unwrap_or_default());
        let mut fields = self.fields;
        let code = indicator.as_ref().map_or(UNKNOWN, |indicator| &indicator.code);
        fields.insert("indicator".to_owned(), to_raw_value(code).map_err(ApiError::internal)?);
        let (association, indicator, mut body) = match (association, indicator, body::<SubmitActual>(&fields)) {
            (Ok(association), Ok(indicator), Ok(body)) => (association, indicator, body),
            (association, indicator, _) => {
                let unknown = [association.err(), indicator.as_ref().err().cloned()].into_iter().flatten();
                let wrong = unknown.chain(violations(fields, indicator.ok(), today)?).collect();
                return Err(ApiError::invalid_body(wrong));
            }
        };
        if self.is_form && body.external_id.is_none() {
            // However its indicator and period are written, a figure of a form is the same one when it is sent again.
            body.external_id = Some(format!("form/{}/{}", indicator.code, body.period));
        }
        actuals::bulk::Staged::of(place, association, indicator, body, today)
    }

    /// The row as a target.
    pub(super) fn target(self, names: &Names, place: Place) -> ApiResult<targets::bulk::Staged> {
        /// What of a row names the year.
        #[derive(Deserialize, Validate)]
        struct Yearly {
            year: Year,
        }
        let association = names.association(&self.association)?;
        let indicator = names.indicator(self.indicator.as_deref().unwrap_or_default())?;
        let mut fields = self.fields;
        let named: Fields = fields.remove_entry("year").into_iter().collect();
        let Yearly { year } = body(&named)?;
        targets::bulk::Staged::of(place, association, year, indicator, &body(&fields)?)
    }

    /// The row as a change of a stored actual.
    pub(super) fn change(self, names: &Names, place: Place, caller: &Caller) -> ApiResult<actuals::changes::Staged> {
        let association = names.association(&self.association)?;
        actuals::changes::Staged::of(place, caller, association, body(&self.fields)?)
    }
}

/// Where a row stands.
pub(super) fn place(row: &Row) -> Place {
    Place {
        index: i64::try_from(row.index).unwrap_or(i64::MAX),
        line: row.line.and_then(|line| i64::try_from(line).ok()),
    }
}

/// A code in place of an indicator that is not known, so that the rest of its row is read.
const UNKNOWN: &str = "unknown";

/// Most fields of a row that are named as wrong: for each of them the row is read once more.
const MOST_WRONG: usize = 10;

/// What is wrong with the fields of a row: what is refused is left out, and the rest read again.
fn violations(mut fields: Fields, indicator: Option<&IndicatorRow>, today: NaiveDate) -> ApiResult<Vec<Violation>> {
    let this_year = to_raw_value(&today.year().to_string()).map_err(ApiError::internal)?;
    let mut wrong: Vec<Violation> = Vec::new();
    let is_new = |wrong: &[Violation], one: &Violation| wrong.iter().all(|known| field(known) != field(one));
    loop {
        let (found, is_whole) = match (body(&fields), indicator) {
            (Ok(body), Some(indicator)) => (actuals::bulk::violations(&body, indicator, today), true),
            (Ok(SubmitActual { .. }), None) => (Vec::new(), true),
            (Err(error), _) => (error.into_violations(), false),
        };
        let found: Vec<_> = found.into_iter().filter(|one| is_new(&wrong, one)).collect();
        if is_whole || found.is_empty() || wrong.len() + found.len() >= MOST_WRONG {
            wrong.extend(found);
            return Ok(wrong);
        }
        for one in &found {
            match field(one) {
                // Without a period, nothing else could be read.
                "period" => drop(fields.insert("period".to_owned(), this_year.clone())),
                name => drop(fields.remove(name)),
            }
        }
        wrong.extend(found);
    }
}

/// The field of the row that a violation is about.
fn field(violation: &Violation) -> &str {
    violation.pointer.split('/').nth(1).unwrap_or_default()
}

fn body<T: DeserializeOwned + Validate>(fields: &Fields) -> ApiResult<T> {
    let text = serde_json::to_string(fields).map_err(ApiError::internal)?;
    http::parse(text.as_bytes())
}

fn take(fields: &mut Fields, name: &str) -> Result<String, Violation> {
    let pointer = format!("/{name}");
    let missing = || Violation::at(pointer.as_str(), Code::MissingField).given(name);
    let value = fields.remove(name).ok_or_else(missing)?;
    let refused =
        |_| Violation::at(pointer.as_str(), Code::WrongType).given(value.get()).allowed(Text::new("文本", "a text"));
    serde_json::from_str(value.get()).map_err(refused)
}
