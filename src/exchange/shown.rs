//! The rows of a batch that somebody looks at: which they are, and what they say, cut short.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::actuals::bulk::effects::{Effects, ROWS};
use crate::batch::{BatchItem, ItemStatus};
use crate::error::shorten;
use crate::period::Period;
use crate::tabular::Row;

/// The fields that are shown.
const FIELDS: [&str; 7] = ["association", "indicator", "period", "value", "numerator", "denominator", "unit"];

/// The rows that are shown: what is wrong first, then what is to be looked at, then the first others.
pub(super) fn first(items: &[BatchItem], effects: &Effects) -> Vec<BatchItem> {
    let mut order: Vec<_> = items.iter().collect();
    let rank = |item: &BatchItem| (item.status != ItemStatus::Rejected, !effects.is_doubted(item.index), item.index);
    order.sort_by_key(|item| rank(item));
    order.into_iter().take(ROWS).cloned().collect()
}

/// What a row says, unchecked.
#[derive(Clone, Debug, Default)]
pub(crate) struct Said {
    fields: BTreeMap<&'static str, String>,
    /// The year it is about, where its period can be read.
    pub year: Option<i16>,
}

impl Said {
    /// What this row says; nothing where it is no object. However long the row is, little of it is kept.
    pub(super) fn of(row: &Row) -> Self {
        let object = row.object.as_ref().ok();
        let read = object.and_then(|object| serde_json::from_str::<BTreeMap<String, Value>>(object.get()).ok());
        let mut values = read.unwrap_or_default();
        values.retain(|name, _| FIELDS.contains(&name.as_str()));
        let year = values.get("period").and_then(period).map(|period| period.year());
        let fields = FIELDS.into_iter().filter_map(|name| Some((name, text(values.get(name)?))));
        Self { fields: fields.collect(), year }
    }

    /// A field as it was written; nothing where it was not given.
    pub(crate) fn field(&self, name: &str) -> &str {
        self.fields.get(name).map_or("", String::as_str)
    }
}

fn text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => shorten(text),
        other => period(other).map_or_else(|| shorten(&other.to_string()), |period| period.to_string()),
    }
}

fn period(value: &Value) -> Option<Period> {
    serde_json::from_value(value.clone()).ok()
}
