//! The members of a JSON object, each still as it was written, and merge patches (RFC 7396) of them.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{self, Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::body::shape;
use crate::error::{ApiError, ApiResult, Code, Text, Violation};

/// The members of an object by name, each still as it was written.
pub type Fields = BTreeMap<String, Box<RawValue>>;

/// The members of an object. Of one that stands twice, none is the right one: it is refused.
#[derive(Debug, Default)]
pub struct Members(pub Fields);

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(EachOnce)
    }
}

struct EachOnce;

impl<'de> Visitor<'de> for EachOnce {
    type Value = Members;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a map")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members, A::Error> {
        let mut members = BTreeMap::new();
        while let Some((name, value)) = map.next_entry::<String, Box<RawValue>>()? {
            if members.contains_key(&name) {
                // As serde says it of the fields of a struct.
                return Err(de::Error::custom(format!("duplicate field `{name}`")));
            }
            members.insert(name, value);
        }
        Ok(Members(members))
    }
}

/// Applies a JSON merge patch (RFC 7396), keeping every number as it was written.
///
/// # Errors
/// `malformed_json` where the two are nested too deeply, `invalid_body` where a member stands twice.
pub fn merge(current: &RawValue, patch: &RawValue) -> ApiResult<Box<RawValue>> {
    merge_at(&[], current, patch)
}

fn merge_at(path: &[&str], current: &RawValue, patch: &RawValue) -> ApiResult<Box<RawValue>> {
    // As deep as serde_json goes; unlike other values, a raw one is read at any depth.
    const DEEPEST: usize = 128;
    if path.len() == DEEPEST {
        return Err(ApiError::new(Code::MalformedJson).given(Text::new("嵌套过深", "it is nested too deeply")));
    }
    if !patch.get().starts_with('{') {
        return Ok(patch.to_owned());
    }
    let mut members = match current.get().starts_with('{') {
        true => read(path, current)?,
        false => BTreeMap::new(),
    };
    for (name, patch) in read(path, patch)? {
        if patch.get() == "null" {
            members.remove(&name);
            continue;
        }
        let current = members.get(&name).map_or(RawValue::NULL, AsRef::as_ref);
        let merged = merge_at(&[path, &[name.as_str()]].concat(), current, &patch)?;
        members.insert(name, merged);
    }
    serde_json::value::to_raw_value(&members).map_err(ApiError::internal)
}

/// The members of the object that stands at this path.
fn read(path: &[&str], object: &RawValue) -> ApiResult<Fields> {
    let place: String = path.iter().map(|name| format!("/{name}")).collect();
    let placed =
        |violation: &Violation| Violation { pointer: format!("{place}{}", violation.pointer), ..violation.clone() };
    match shape(object.get().as_bytes()) {
        Ok(Members(members)) => Ok(members),
        Err(error) if error.violations().is_empty() => Err(error),
        Err(error) => Err(ApiError::invalid_body(error.violations().iter().map(placed).collect())),
    }
}
