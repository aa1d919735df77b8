//! A JSON document of many rows: `{"defaults": {…}, "items": [{…}, …]}`.

use std::fmt;
use std::io::Read;

use serde::de::{IgnoredAny, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use super::{Options, Row, row_too_large, unreadable};
use crate::error::{AN_OBJECT, ApiError, ApiResult, Code, Phrase, Text, Violation};
use crate::http;

/// Most bytes of a document; larger ones fit as NDJSON, which is read as a stream.
const LARGEST_DOCUMENT: u64 = 32 * 1024 * 1024;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document<'a> {
    /// What every item has unless it says otherwise.
    #[serde(borrow, default)]
    defaults: Option<&'a RawValue>,
    #[serde(borrow)]
    items: &'a RawValue,
}

/// The items, each merged over the defaults (RFC 7396).
///
/// # Errors
/// `body_too_large`, `malformed_json`, and `invalid_body` for anything but defaults and items.
pub(super) fn rows<R: Read>(source: R, options: &Options) -> ApiResult<impl Iterator<Item = ApiResult<Row>> + use<R>> {
    let mut body = Vec::new();
    source.take(LARGEST_DOCUMENT + 1).read_to_end(&mut body).map_err(unreadable)?;
    if u64::try_from(body.len()).is_ok_and(|length| length > LARGEST_DOCUMENT) {
        return Err(ApiError::new(Code::BodyTooLarge).allowed("32 MiB"));
    }
    let Document { defaults, items } = http::shape(&body)?;
    let row_limit = options.row_limit;
    check_defaults(defaults, row_limit)?;
    let defaults = defaults.map(RawValue::to_owned);
    let items = first_items(items, options.max_rows)?;
    Ok(items.into_iter().map(move |item| Ok(Row::at(None, object(defaults.as_deref(), item, row_limit)))))
}

/// The items, and no more than one beyond what is allowed: sixteen million of them fit into a document.
fn first_items(items: &RawValue, most: u64) -> ApiResult<Vec<Box<RawValue>>> {
    if !items.get().starts_with('[') {
        return Err(Violation::at("/items", Code::WrongType)
            .given(items)
            .allowed(Text::new("数组", "an array"))
            .into());
    }
    let mut deserializer = serde_json::Deserializer::from_str(items.get());
    deserializer
        .deserialize_seq(FirstItems { most })
        .map_err(|error| ApiError::new(Code::MalformedJson).given(Phrase::json(&error)))
}

/// Takes the first items and leaves the rest.
struct FirstItems {
    most: u64,
}

impl<'de> Visitor<'de> for FirstItems {
    type Value = Vec<Box<RawValue>>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an array")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Self::Value, A::Error> {
        let mut items = Vec::new();
        for _ in 0..=self.most {
            let Some(item) = sequence.next_element()? else { break };
            items.push(item);
        }
        while sequence.next_element::<IgnoredAny>()?.is_some() {}
        Ok(items)
    }
}

/// Defaults are merged into every item, so they are no larger than one.
fn check_defaults(defaults: Option<&RawValue>, row_limit: usize) -> ApiResult<()> {
    let Some(defaults) = defaults else { return Ok(()) };
    if !defaults.get().starts_with('{') {
        return Err(Violation::at("/defaults", Code::WrongType).given(defaults).allowed(AN_OBJECT).into());
    }
    let fits = defaults.get().len() <= row_limit;
    fits.then_some(()).ok_or_else(|| Violation { pointer: "/defaults".to_owned(), ..row_too_large(row_limit) }.into())
}

fn object(defaults: Option<&RawValue>, item: Box<RawValue>, row_limit: usize) -> Result<Box<RawValue>, Vec<Violation>> {
    if !item.get().starts_with('{') {
        return Err(vec![Violation::at("", Code::WrongType).given(item).allowed(AN_OBJECT)]);
    }
    if item.get().len() > row_limit {
        return Err(vec![row_too_large(row_limit)]);
    }
    let Some(defaults) = defaults else { return Ok(item) };
    let merged = http::merge(defaults, &item).map_err(ApiError::into_violations)?;
    if merged.get().len() > row_limit { Err(vec![row_too_large(row_limit)]) } else { Ok(merged) }
}
