//! JSON bodies: read once, refused with the place of the mistake.

use std::pin::Pin;

use actix_web::error::PayloadError;
use actix_web::http::header;
use actix_web::web::{Bytes, BytesMut, Data, Payload};
use actix_web::{FromRequest, HttpRequest, dev};
use futures_util::StreamExt;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_json::value::RawValue;
use serde_path_to_error::Segment;
use validator::{Validate, ValidationError, ValidationErrors, ValidationErrorsKind};

use super::members::merge;
use crate::error::{AN_OBJECT, ApiError, ApiResult, Code, NO_FIELDS, Phrase, Text, Violation};
use crate::state::AppState;

/// A JSON body that was read and whose limits were checked.
#[derive(Debug)]
pub struct Valid<T>(T);

impl<T> Valid<T> {
    /// What it says.
    pub fn into_inner(self) -> T {
        self.0
    }
}

impl<T: DeserializeOwned + Validate + 'static> FromRequest for Valid<T> {
    type Error = ApiError;
    type Future = Pin<Box<dyn Future<Output = ApiResult<Self>>>>;

    fn from_request(request: &HttpRequest, payload: &mut dev::Payload) -> Self::Future {
        let (request, payload) = (request.clone(), payload.take());
        Box::pin(async move { parse(&read(&request, payload, &["application/json"]).await?).map(Self) })
    }
}

/// A JSON merge patch (RFC 7396), not yet applied.
#[derive(Debug)]
pub struct Patch(Bytes);

impl Patch {
    /// A patch that stands inside of a body.
    pub fn of(patch: &RawValue) -> Self {
        Self(Bytes::copy_from_slice(patch.get().as_bytes()))
    }

    /// What `current` becomes under this patch, read and checked like a whole body.
    ///
    /// # Errors
    /// As for a whole body; every place is named as in the patched document.
    pub fn apply<T: DeserializeOwned + Validate>(&self, current: &impl serde::Serialize) -> ApiResult<T> {
        let current = serde_json::value::to_raw_value(current).map_err(ApiError::internal)?;
        parse(merge(&current, object(&self.0)?)?.get().as_bytes())
    }
}

/// What a resource shall become: a whole body, or a patch of what is stored.
#[derive(Debug)]
pub enum Becoming<'a, T> {
    /// As the body says.
    Whole(&'a T),
    /// As it is, patched.
    Patched(&'a Patch),
}

impl<T: Clone + serde::Serialize + DeserializeOwned + Validate> Becoming<'_, T> {
    /// The whole body; none where there is nothing to patch.
    ///
    /// # Errors
    /// As [`Patch::apply`].
    pub fn body(&self, current: Option<&T>) -> ApiResult<Option<T>> {
        match self {
            Self::Whole(body) => Ok(Some((*body).clone())),
            Self::Patched(patch) => current.map(|current| patch.apply(current)).transpose(),
        }
    }
}

impl FromRequest for Patch {
    type Error = ApiError;
    type Future = Pin<Box<dyn Future<Output = ApiResult<Self>>>>;

    fn from_request(request: &HttpRequest, payload: &mut dev::Payload) -> Self::Future {
        let (request, payload) = (request.clone(), payload.take());
        Box::pin(async move {
            read(&request, payload, &["application/merge-patch+json", "application/json"]).await.map(Self)
        })
    }
}

async fn read(request: &HttpRequest, payload: dev::Payload, accepted: &[&str]) -> ApiResult<Bytes> {
    require_media_type(request, accepted)?;
    let state = request.app_data::<Data<AppState>>().ok_or_else(|| ApiError::internal("no state"))?;
    let too_large = || ApiError::new(Code::BodyTooLarge).allowed(Phrase::bytes(state.limits.body));
    let mut payload = Payload::from_request(request, &mut { payload }).await.map_err(ApiError::internal)?;
    let mut body = BytesMut::new();
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(|error| broken_off(&error))?;
        if body.len() + chunk.len() > state.limits.body {
            return Err(too_large());
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body.freeze())
}

/// The media type of the body, which is one of those accepted and not packed any further.
///
/// # Errors
/// `unsupported_media_type`.
pub fn require_media_type(request: &HttpRequest, accepted: &[&str]) -> ApiResult<String> {
    let content_type = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or("");
    if let Some(coding) = request.headers().get(header::CONTENT_ENCODING) {
        let given = format!("{content_type}, {}", String::from_utf8_lossy(coding.as_bytes()));
        return Err(ApiError::new(Code::UnsupportedMediaType)
            .given(given)
            .allowed(Text::new("不带 Content-Encoding", "no Content-Encoding")));
    }
    let essence = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    if !accepted.contains(&essence.as_str()) {
        let missing = Text::new("（未给出）", "missing");
        let given = if content_type.is_empty() { missing.into() } else { Phrase::from(content_type) };
        return Err(ApiError::new(Code::UnsupportedMediaType).given(given).allowed(accepted.join(", ")));
    }
    Ok(essence)
}

fn broken_off(error: &PayloadError) -> ApiError {
    ApiError::new(Code::MalformedRequest).given(Phrase::new("内容没有传完", error.to_string()))
}

/// Reads a JSON body and checks its limits.
///
/// # Errors
/// `malformed_json` when it is not JSON, `invalid_body` with the places of what is wrong else.
pub fn parse<T: DeserializeOwned + Validate>(body: &[u8]) -> ApiResult<T> {
    let body = object(body)?.get();
    let value: T = deserialize(body)?;
    refuse_nul(body)?;
    value.validate().map_err(|errors| ApiError::invalid_body(violations(&errors, "/")))?;
    Ok(value)
}

/// Reads a JSON body without checking its limits: they are checked part by part.
///
/// # Errors
/// As [`parse`].
pub fn shape<'a, T: Deserialize<'a>>(body: &'a [u8]) -> ApiResult<T> {
    deserialize(object(body)?.get())
}

fn deserialize<'a, T: Deserialize<'a>>(body: &'a str) -> ApiResult<T> {
    let mut deserializer = serde_json::Deserializer::from_str(body);
    serde_path_to_error::deserialize(&mut deserializer).map_err(|error| refused(body, &error))
}

/// The body as an object not yet looked into; serde itself would take an array for one as well.
fn object(body: &[u8]) -> ApiResult<&RawValue> {
    if body.trim_ascii().is_empty() {
        return Err(ApiError::new(Code::MalformedJson).given(Text::new("内容为空", "it is empty")));
    }
    let document: &RawValue = serde_json::from_slice(body).map_err(|error| malformed(&error))?;
    if document.get().starts_with('{') {
        return Ok(document);
    }
    Err(Violation::at("", Code::WrongType).given(document.get()).allowed(AN_OBJECT).into())
}

/// PostgreSQL keeps every character but this one, which JSON can only write in one way.
fn refuse_nul(body: &str) -> ApiResult<()> {
    const NUL: &str = r"\u0000";
    if !body.contains(NUL) {
        return Ok(());
    }
    let document: Value = serde_json::from_str(body).unwrap_or_default();
    let Some(pointer) = place_of_nul(&document) else { return Ok(()) };
    Err(Violation::at(pointer, Code::InvalidValue)
        .given(NUL)
        .allowed(Text::new("不含字符 U+0000 的文本", "text without the character U+0000"))
        .into())
}

fn place_of_nul(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => text.contains('\0').then(String::new),
        Value::Array(items) => {
            items.iter().enumerate().find_map(|(index, item)| Some(format!("/{index}{}", place_of_nul(item)?)))
        }
        Value::Object(members) => {
            members.iter().find_map(|(name, member)| Some(format!("/{name}{}", place_of_nul(member)?)))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => None,
    }
}

fn malformed(error: &serde_json::Error) -> ApiError {
    ApiError::new(Code::MalformedJson).given(Phrase::json(error))
}

fn refused(body: &str, error: &serde_path_to_error::Error<serde_json::Error>) -> ApiError {
    if !error.inner().is_data() {
        return malformed(error.inner());
    }
    let path: Vec<_> = error.path().iter().filter_map(pointed).collect();
    let path = path.join("/");
    let document: Value = serde_json::from_str(body).unwrap_or_default();
    let given = match document.pointer(&format!("/{path}")) {
        Some(Value::String(text)) => Some(text.clone()),
        other => other.map(ToString::to_string),
    };
    let message = error.inner().to_string();
    let message = message.rsplit_once(" at line ").map_or(message.as_str(), |(message, _)| message);
    violation("/", &path, given, message).into()
}

/// A step of a JSON pointer.
fn pointed(segment: &Segment) -> Option<String> {
    match segment {
        Segment::Seq { index } => Some(index.to_string()),
        Segment::Map { key } => Some(key.clone()),
        Segment::Enum { variant } => Some(variant.clone()),
        Segment::Unknown => None,
    }
}

/// What serde refused, as a violation: its messages have fixed forms, which the tests hold on to.
pub(super) fn violation(root: &str, path: &str, given: Option<String>, message: &str) -> Violation {
    let here = if path.is_empty() { String::new() } else { format!("{root}{path}") };
    if let Some(packed) = Violation::unpack(&here, message) {
        return Violation { given: packed.given.or(given.map(Phrase::from)), ..packed };
    }
    let inside = |name: &str| match (here.is_empty(), root) {
        (true, _) => format!("{root}{name}"),
        (false, "?") => format!("?{name}"),
        (false, _) => format!("{here}/{name}"),
    };
    let quoted = |index: usize| message.split('`').nth(index).unwrap_or_default();
    if message.starts_with("missing field") {
        return Violation::at(inside(quoted(1)), Code::MissingField).given(quoted(1));
    }
    if message.starts_with("duplicate field") {
        return Violation::at(inside(quoted(1)), Code::InvalidValue)
            .given(quoted(1))
            .allowed(Text::new("每个字段只出现一次", "each field once"));
    }
    if message.starts_with("unknown field") {
        // The path may or may not already end in the unknown name, depending on when serde gave up.
        let name = quoted(1);
        let at = if path.rsplit('/').next() == Some(name) { here } else { inside(name) };
        return Violation::at(at, Code::UnknownField).given(name).allowed(choices(message));
    }
    if message.starts_with("unknown variant") {
        return Violation::at(here, Code::NotAllowed).given(quoted(1)).allowed(choices(message));
    }
    let (code, allowed) = expectation(message);
    Violation::at(here, code).given(given.unwrap_or_else(|| "null".to_owned())).allowed(allowed)
}

/// What serde, or a parser it asked, expected instead, in words that name no type of ours.
fn expectation(message: &str) -> (Code, Phrase) {
    let code = if message.starts_with("invalid type") { Code::WrongType } else { Code::InvalidValue };
    let whole = Text::new("整数", "a whole number");
    let (code, words) = match message.rsplit_once("expected ") {
        Some((_, "u8")) => (code, Text::new("0至255的整数", "a whole number from 0 to 255")),
        Some((_, "i16" | "i32" | "i64")) => (code, whole),
        Some((_, "a sequence")) => (code, Text::new("数组", "an array")),
        Some((_, "a map")) => (code, AN_OBJECT),
        Some((_, "a string")) => (code, Text::new("文本", "a string")),
        Some((_, "a boolean")) => (code, Text::new("true 或 false", "a boolean")),
        Some((_, expected)) if expected.starts_with("struct ") => (code, AN_OBJECT),
        Some((_, expected)) => return (code, Phrase::new("其他内容", expected)),
        None if message.ends_with("not `true` or `false`") => (code, Text::new("true 或 false", "true or false")),
        None if message.starts_with("UUID parsing failed") => (Code::WrongType, Text::new("UUID", "a UUID")),
        None if is_about_integers(message) => (Code::WrongType, whole),
        None => return (code, Phrase::new("其他内容", message)),
    };
    (code, words.into())
}

/// How the parsers of parameters say that something is no integer, or none that fits.
fn is_about_integers(message: &str) -> bool {
    ["invalid digit", "cannot parse integer", "number too"].iter().any(|begin| message.starts_with(begin))
        || (message.starts_with("can not parse") && message.contains(" to a i"))
}

/// The names serde lists after "expected": every second of the parts between backticks, but the first.
fn choices(message: &str) -> Phrase {
    let names: Vec<_> = message.split('`').skip(3).step_by(2).collect();
    if names.is_empty() { NO_FIELDS.into() } else { names.join(", ").into() }
}

/// What `validator` refused, as violations.
pub(super) fn violations(errors: &ValidationErrors, root: &str) -> Vec<Violation> {
    let mut found = Vec::new();
    collect(errors, root, &mut found);
    found.sort_by(|one, other| one.pointer.cmp(&other.pointer));
    found
}

fn collect(errors: &ValidationErrors, prefix: &str, found: &mut Vec<Violation>) {
    for (field, kind) in errors.errors() {
        let here = format!("{prefix}{field}");
        match kind {
            ValidationErrorsKind::Field(errors) => found.extend(errors.iter().map(|error| limit(&here, error))),
            ValidationErrorsKind::Struct(inner) => collect(inner, &format!("{here}/"), found),
            ValidationErrorsKind::List(items) => {
                items.iter().for_each(|(index, inner)| collect(inner, &format!("{here}/{index}/"), found));
            }
        }
    }
}

/// The parameter under which a check of our own says in Chinese what is allowed.
const CHINESE: &str = "chinese";

/// What a check of our own answers.
pub fn refusal(code: &'static str, allowed: Text) -> ValidationError {
    let mut refusal = ValidationError::new(code).with_message(allowed.en.into());
    refusal.add_param(CHINESE.into(), &allowed.zh);
    refusal
}

fn limit(pointer: &str, error: &ValidationError) -> Violation {
    let parameter = |name: &str| error.params.get(name).map(ToString::to_string);
    let (low, high) = (parameter("min"), parameter("max"));
    let allowed = match (&low, &high) {
        (Some(low), Some(high)) => Phrase::new(format!("{low}至{high}"), format!("{low} to {high}")),
        (Some(low), None) => Phrase::new(format!("至少 {low}"), format!("at least {low}")),
        (None, Some(high)) => Phrase::new(format!("至多 {high}"), format!("at most {high}")),
        (None, None) => {
            let chinese = error.params.get(CHINESE).and_then(Value::as_str).unwrap_or("其他值");
            Phrase::new(chinese, error.message.as_deref().unwrap_or("another value"))
        }
    };
    let value = error.params.get("value");
    match error.code.as_ref() {
        "length" => {
            let length = value.map_or(0, length);
            let is_short = low.and_then(|low| low.parse().ok()).is_some_and(|low: usize| length < low);
            let code = if is_short { Code::TooShort } else { Code::TooLong };
            Violation::at(pointer, code).given(length).allowed(allowed)
        }
        "range" => Violation::at(pointer, Code::OutOfRange).given(value.cloned().unwrap_or_default()).allowed(allowed),
        code => {
            let code = code.parse().unwrap_or(Code::InvalidValue);
            Violation::at(pointer, code).given(value.cloned().unwrap_or_default()).allowed(allowed)
        }
    }
}

fn length(value: &Value) -> usize {
    match value {
        Value::String(text) => text.chars().count(),
        Value::Array(items) => items.len(),
        _ => 0,
    }
}
