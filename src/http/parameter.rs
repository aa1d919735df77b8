//! Path segments and query parameters that refuse early: a value of these types is a proof.

use std::fmt;
use std::future::{Ready, ready};
use std::ops::Deref;

use actix_web::error::PathError;
use actix_web::{FromRequest, HttpRequest, dev, web};
use chrono::NaiveDate;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use super::{Paging, body};
use crate::error::{ApiError, ApiResult, Code, Text, Violation};

/// A client's own name for a thing: `^[a-z0-9][a-z0-9._-]{0,63}$`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, ToSchema)]
#[schema(value_type = String, pattern = "^[a-z0-9][a-z0-9._-]{0,63}$", example = "fengxian")]
pub struct ResourceCode(String);

impl ResourceCode {
    const RULE: Text = Text::new(
        "1至64个 a-z、0-9、'.'、'_'、'-'，以字母或数字开头",
        "1 to 64 of a-z, 0-9, '.', '_', '-', beginning with a letter or digit",
    );

    /// Reads a code.
    ///
    /// # Errors
    /// `invalid_code` when it has other characters or is too long.
    pub fn new(text: impl Into<String>) -> Result<Self, Violation> {
        let text = text.into();
        let is_alphanumeric = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
        let begins_well = text.bytes().next().is_some_and(is_alphanumeric);
        if begins_well && text.len() <= 64 && text.bytes().all(|byte| is_alphanumeric(byte) || b"._-".contains(&byte)) {
            return Ok(Self(text));
        }
        Err(Violation::at("", Code::InvalidCode).given(&text).allowed(Self::RULE))
    }
}

impl Deref for ResourceCode {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ResourceCode {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for ResourceCode {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::new(String::deserialize(deserializer)?).map_err(Violation::into_serde)
    }
}

/// A calendar year the service keeps figures for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
#[schema(value_type = i16, minimum = 1949, maximum = 2199, example = 2007)]
pub struct Year(i16);

impl Year {
    /// Takes a year from 1949 to 2199.
    ///
    /// # Errors
    /// `out_of_range` for any other.
    pub fn new(year: i32) -> Result<Self, Violation> {
        match i16::try_from(year) {
            Ok(year @ 1949..=2199) => Ok(Self(year)),
            _ => Err(Violation::at("", Code::OutOfRange)
                .given(year)
                .allowed(Text::new("1949至2199年", "a year from 1949 to 2199"))),
        }
    }

    /// The number.
    pub const fn get(self) -> i16 {
        self.0
    }
}

impl fmt::Display for Year {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

impl<'de> Deserialize<'de> for Year {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::new(i32::deserialize(deserializer)?).map_err(Violation::into_serde)
    }
}

/// The path's segments.
#[derive(Debug)]
pub struct Path<T>(T);

impl<T> Path<T> {
    /// The segments.
    pub fn into_inner(self) -> T {
        self.0
    }
}

impl<T> Deref for Path<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T: DeserializeOwned> FromRequest for Path<T> {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut dev::Payload) -> Self::Future {
        let segments = web::Path::<T>::extract(request).into_inner();
        ready(segments.map(|segments| Self(segments.into_inner())).map_err(|error| refused_path(request, &error)))
    }
}

fn refused_path(request: &HttpRequest, error: &actix_web::Error) -> ApiError {
    let message = match error.as_error::<PathError>() {
        Some(PathError::Deserialize(inner)) => inner.to_string(),
        _ => error.to_string(),
    };
    let segments = request.match_info();
    let is_meant = |(name, text): &(&str, &str)| {
        let is_packed = Violation::unpack("", &message).is_some_and(|packed| packed.given == Some(text.into()));
        is_packed || message.contains(&format!("\"{text}\"")) || (*name == "id" && message.starts_with("UUID"))
    };
    let mut all = segments.iter();
    let only = all.next().filter(|_| all.next().is_none());
    let (name, text) = only.or_else(|| segments.iter().find(is_meant)).unwrap_or(("path", request.path()));
    ApiError::invalid_parameter(vec![body::violation("", &format!("{{{name}}}"), Some(text.to_owned()), &message)])
}

/// What a query string asks.
pub trait Question: Sized {
    /// Reads it.
    ///
    /// # Errors
    /// `invalid_parameter`, naming the parameter.
    fn read(query: &str) -> ApiResult<Self>;

    /// The same, asked for a file: not a page of the answer but the whole.
    ///
    /// # Errors
    /// `invalid_parameter` where it names a page.
    fn whole(self) -> ApiResult<Self>;
}

/// The query parameters, each checked; unknown ones are refused by name.
#[derive(Debug)]
pub struct Query<T>(T);

impl<T> Query<T> {
    /// The parameters.
    pub fn into_inner(self) -> T {
        self.0
    }
}

impl<T> Deref for Query<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T: DeserializeOwned + Validate> Question for Query<T> {
    fn read(query: &str) -> ApiResult<Self> {
        parse_query(query).map(Self)
    }

    fn whole(self) -> ApiResult<Self> {
        Ok(self)
    }
}

impl<T: DeserializeOwned + Validate> FromRequest for Query<T> {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut dev::Payload) -> Self::Future {
        ready(Self::read(request.query_string()))
    }
}

/// The query of a list: which items, and which page of them.
#[derive(Debug)]
pub struct Listing<F> {
    /// Which items.
    pub filter: F,
    /// Which page of them.
    pub paging: Paging,
}

/// The filter of a list that has none.
#[derive(Clone, Copy, Debug, Deserialize, Validate)]
#[serde(deny_unknown_fields)]
pub struct NoFilter {}

impl<F: DeserializeOwned + Validate> Question for Listing<F> {
    fn read(query: &str) -> ApiResult<Self> {
        let (paging, filter) = split(query, &["limit", "cursor"]);
        let paging = parse_query(&paging)?;
        Ok(Self { filter: parse_query(&filter).map_err(|error| error.also_allowed("limit, cursor"))?, paging })
    }

    fn whole(self) -> ApiResult<Self> {
        Ok(Self { paging: self.paging.whole()?, ..self })
    }
}

impl<F: DeserializeOwned + Validate> FromRequest for Listing<F> {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut dev::Payload) -> Self::Future {
        ready(Self::read(request.query_string()))
    }
}

/// The parameters of these names, and the others.
pub(super) fn split(query: &str, names: &[&str]) -> (String, String) {
    let (named, others): (Vec<_>, Vec<_>) =
        query.split('&').partition(|pair| names.contains(&pair.split('=').next().unwrap_or_default()));
    (named.join("&"), others.join("&"))
}

/// Reads what is written as a query is: `name=value&…`, also the body of a form.
///
/// # Errors
/// `invalid_parameter`, naming what is wrong.
pub fn parse_query<T: DeserializeOwned + Validate>(query: &str) -> ApiResult<T> {
    refuse_unreadable(query)?;
    let deserializer = serde_urlencoded::Deserializer::new(form_urlencoded::parse(query.as_bytes()));
    let value: T = serde_path_to_error::deserialize(deserializer).map_err(|error| {
        let name = error.path().to_string();
        let given = form_urlencoded::parse(query.as_bytes()).find(|(other, _)| *other == name);
        let given = given.map(|(_, text)| text.into_owned());
        ApiError::invalid_parameter(vec![body::violation("?", &name, given, &error.inner().to_string())])
    })?;
    value.validate().map_err(|errors| ApiError::invalid_parameter(body::violations(&errors, "?")))?;
    Ok(value)
}

/// What is not UTF-8 is read as U+FFFD, which nobody looks for; U+0000 is what PostgreSQL cannot keep.
fn refuse_unreadable(query: &str) -> ApiResult<()> {
    let mut pairs = form_urlencoded::parse(query.as_bytes());
    let Some((name, text)) = pairs.find(|(_, text)| text.contains(['\0', char::REPLACEMENT_CHARACTER])) else {
        return Ok(());
    };
    let violation = Violation::at(format!("?{name}"), Code::InvalidValue).given(text);
    Err(ApiError::invalid_parameter(vec![
        violation.allowed(Text::new("不含字符 U+0000 的 UTF-8", "UTF-8 without the character U+0000")),
    ]))
}

/// Reads a day that may be missing, for `deserialize_with`.
///
/// # Errors
/// `invalid_date` for anything but `2018-06-30`.
pub fn day<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<NaiveDate>, D::Error> {
    let Some(text) = Option::<String>::deserialize(deserializer)? else { return Ok(None) };
    let refused = |_| {
        Violation::at("", Code::InvalidDate)
            .given(&text)
            .allowed(Text::new("日期，如 2018-06-30", "a day such as 2018-06-30"))
    };
    let is_full = text.len() == "2018-06-30".len() && text.starts_with(|first: char| first.is_ascii_digit());
    let text = if is_full { text.as_str() } else { "" };
    NaiveDate::parse_from_str(text, "%Y-%m-%d").map(Some).map_err(|error| refused(error).into_serde())
}
