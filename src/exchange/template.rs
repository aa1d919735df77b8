//! The form of an association's year, made of its plan and of what it reported.

use chrono::{Datelike, NaiveDate};
use diesel_async::AsyncPgConnection;
use futures_util::future::try_join;

use crate::associations;
use crate::completion::shown;
use crate::error::ApiResult;
use crate::http::Year;
use crate::indicators::ValueType;
use crate::indicators::store::{IndicatorRow, catalog};
use crate::ledger::{Entry, kept};
use crate::reporting::schedules::current;
use crate::scorecards::Total;
use crate::scorecards::store::LineKey;
use crate::tabular::template::{Form, Line};

/// The form: a line for each indicator with a target in force, or reported on in that year or the one before.
///
/// # Errors
/// Only the database's.
pub(crate) async fn form(
    conn: &mut AsyncPgConnection,
    association: &associations::store::Found,
    year: Year,
    today: NaiveDate,
) -> ApiResult<Form> {
    let current = current(conn, association, year, today).await?;
    let (before, year) = (year.get() - 1, year.get());
    let (catalog, entries) = try_join(catalog(conn), kept(conn, association.id(), &[before, year])).await?;
    let expected = entries.iter().filter(|(key, entry)| is_expected(key.year == year, entry));
    let mut indicators: Vec<_> = expected.filter_map(|(key, _)| catalog.get(&key.indicator_id)).collect();
    indicators.sort_by(|one, other| (&one.category, &one.code).cmp(&(&other.category, &other.code)));
    indicators.dedup_by_key(|indicator| indicator.id);
    let of_this_year = |indicator: &IndicatorRow| {
        entries.get(&LineKey { association_id: association.id(), year, indicator_id: indicator.id })
    };
    let now = current.map(|period| period.to_string()).unwrap_or_default();
    // Of a year that is over the whole is meant, unless some of it was reported: then nothing says which part.
    let is_over = current.is_none() && i32::from(year) < today.year();
    let period = |reported: &str| if is_over && reported.is_empty() { year.to_string() } else { now.clone() };
    let lines = indicators.into_iter().map(|indicator| line(indicator, of_this_year(indicator), period)).collect();
    let (association, name) = (association.code().to_owned(), association.name().to_owned());
    Ok(Form { association, name, year, period: now, lines })
}

/// A withdrawn target or a voided actual leaves a line behind that nobody reports on.
fn is_expected(is_of_this_year: bool, entry: &Entry) -> bool {
    entry.totals.reported.count > 0 || (is_of_this_year && entry.plan.is_some())
}

/// The line of an indicator; `period` says from what is reported so far which period it is for.
fn line(indicator: &IndicatorRow, entry: Option<&Entry>, period: impl Fn(&str) -> String) -> Line {
    let value_type = indicator.value_type.0;
    let plan = entry.and_then(|entry| entry.plan.as_ref());
    let planned = plan.map(|plan| plan.current.in_words(value_type, &indicator.unit));
    let reported = entry.map(|entry| reported(&entry.totals.reported, value_type, &indicator.unit)).unwrap_or_default();
    Line {
        indicator: indicator.code.clone(),
        name: indicator.name.clone(),
        unit: indicator.unit.clone(),
        planned: planned.unwrap_or_default(),
        period: period(&reported),
        reported,
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
            format!("{about}{}{unit}{through}", shown(value))
        }
    }
}
