//! Pages of a list: `limit` and an opaque `cursor` that stays right while rows are added.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use utoipa::openapi::Ref;
use utoipa::openapi::schema::{Array, ArrayBuilder};
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use crate::error::{ApiError, ApiResult, Code, Text, Violation};

/// How many items a page may have, and where it starts.
#[derive(Clone, Debug, Default, Deserialize, IntoParams, Validate)]
#[into_params(parameter_in = Query)]
pub struct Paging {
    /// Most items to answer, 50 where not given.
    #[param(minimum = 1, maximum = 500, example = 50)]
    #[validate(range(min = 1, max = 500))]
    pub limit: Option<i64>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// The limit of a page, checked.
pub type Limit = i64;

/// Most items of an answer that is asked for as a whole, for a file.
pub const MOST_IN_FILE: Limit = 100_000;

impl Paging {
    /// All of the list.
    ///
    /// # Errors
    /// `invalid_parameter` where it names a page.
    pub(super) fn whole(self) -> ApiResult<Self> {
        let limit = self.limit.map(|limit| ("?limit", limit.to_string()));
        match limit.or(self.cursor.map(|cursor| ("?cursor", cursor))) {
            Some((pointer, given)) => {
                let violation = Violation::at(pointer, Code::InvalidValue).given(given);
                let allowed = Text::new(
                    "文件包含全部行，不用 limit 和 cursor",
                    "neither limit nor cursor, since a file has every row",
                );
                Err(ApiError::invalid_parameter(vec![violation.allowed(allowed)]))
            }
            None => Ok(Self { limit: Some(MOST_IN_FILE), cursor: None }),
        }
    }

    /// Whether all of the list is asked for, which takes longer than a page.
    pub fn is_whole(&self) -> bool {
        self.limit == Some(MOST_IN_FILE)
    }

    /// How many items the page may have.
    pub fn limit(&self) -> Limit {
        self.limit.unwrap_or(50)
    }

    /// The sort key of the last item of the page before; `list` names the list, so that no other one takes its cursors.
    ///
    /// # Errors
    /// `invalid_cursor` when the list did not make it.
    pub fn after<K: DeserializeOwned>(&self, list: &str) -> ApiResult<Option<K>> {
        let Some(cursor) = &self.cursor else { return Ok(None) };
        let bytes = URL_SAFE_NO_PAD.decode(cursor).ok();
        let read: Option<(String, K)> = bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok());
        let key = read.filter(|(of, _)| of == list).map(|(_, key)| key);
        key.map(Some).ok_or_else(|| {
            ApiError::invalid_parameter(vec![Violation::at("?cursor", Code::InvalidCursor).given(cursor)])
        })
    }
}

/// One page of a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct Page<T: ToSchema> {
    /// The items, in the list's order.
    #[schema(schema_with = references::<T>)]
    pub items: Vec<T>,
    /// Give it as `cursor` for the next page; null on the last one.
    #[schema(example = "WyJhc3NvY2lhdGlvbnMiLCJmZW5neGlhbiJd")]
    pub next_cursor: Option<String>,
}

/// The derived schema of a generic list would repeat the item's whole schema, and a generated client would have two
/// types for one thing.
fn references<T: ToSchema>() -> Array {
    let description = "The items, in the list's order.";
    ArrayBuilder::new().items(Ref::from_schema_name(T::name())).description(Some(description)).build()
}

impl<T: ToSchema> Page<T> {
    /// The page made of `rows`, which were asked for with one more than `limit` to see whether there is a next page.
    ///
    /// # Errors
    /// Only when the sort key cannot be written as JSON.
    pub fn of<R, K: Serialize>(
        list: &str,
        mut rows: Vec<R>,
        limit: Limit,
        key: impl Fn(&R) -> K,
        item: impl Fn(R) -> T,
    ) -> ApiResult<Self> {
        let limit = usize::try_from(limit).map_err(ApiError::internal)?;
        let has_more = rows.len() > limit;
        rows.truncate(limit);
        let last = rows.last().filter(|_| has_more).map(key);
        let next_cursor = last
            .map(|key| serde_json::to_vec(&(list, key)).map(|bytes| URL_SAFE_NO_PAD.encode(bytes)))
            .transpose()
            .map_err(ApiError::internal)?;
        Ok(Self { items: rows.into_iter().map(item).collect(), next_cursor })
    }
}
