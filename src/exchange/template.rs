//! The form of an association's year, made of its plan and of what it reported.

use chrono::NaiveDate;
use diesel_async::AsyncPgConnection;

use crate::associations;
use crate::completion::store::{self, Part};
use crate::decimal::Amount;
use crate::error::ApiResult;
use crate::http::Year;
use crate::indicators::ValueType;
use crate::scorecards::Total;
use crate::tabular::template::{Form, Line};

/// The form: a line for each indicator with a target in force, or reported on in that year or the one before.
///
/// # Errors
/// Only the database's.
pub(super) async fn form(
    conn: &mut AsyncPgConnection,
    association: &associations::store::Found,
    year: Year,
) -> ApiResult<Form> {
    let parts = store::load(conn, association.id(), year.get()).await?;
    let lines = parts.iter().filter(|part| is_expected(part)).map(line).collect();
    let (code, name) = (association.code().to_owned(), association.name().to_owned());
    Ok(Form { association: code, name, year: year.get(), lines })
}

/// A withdrawn target or a voided actual leaves a part behind that nobody reports on.
fn is_expected(part: &Part) -> bool {
    let is_reported = |total: &Total| total.count > 0;
    let before = part.last_year.as_ref().is_some_and(|totals| is_reported(&totals.reported));
    part.plan.is_some() || is_reported(&part.totals.reported) || before
}

fn line(part: &Part) -> Line {
    let indicator = &part.indicator;
    let value_type = indicator.value_type.0;
    let planned = part.plan.as_ref().map(|plan| plan.current.in_words(value_type, &indicator.unit));
    Line {
        indicator: indicator.code.clone(),
        name: indicator.name.clone(),
        unit: indicator.unit.clone(),
        planned: planned.unwrap_or_default(),
        reported: reported(&part.totals.reported, value_type, &indicator.unit),
        is_percentage: value_type == ValueType::Percentage,
    }
}

/// 31户（截至2018-03-31）
fn reported(total: &Total, value_type: ValueType, unit: &str) -> String {
    let Some(value) = total.standing(value_type) else { return String::new() };
    let about = if total.inexact_count > 0 { "约" } else { "" };
    let through = |day: NaiveDate| format!("（截至{day}）");
    let through = total.through.map(through).unwrap_or_default();
    match value_type {
        ValueType::Milestone => format!("{}{through}", if value.is_zero() { "未完成" } else { "已完成" }),
        ValueType::Number | ValueType::Percentage => {
            format!("{about}{}{unit}{through}", Amount::from(value.round_dp(crate::decimal::SCALE)))
        }
    }
}
