//! What goes wrong, as answers: RFC 9457 problems with a stable code, in English or Chinese.
//!
//! Holds the error type of every handler and store function, and its JSON. The codes and sentences are in `code`;
//! nothing here decides *when* something is wrong.

mod code;
mod phrase;
mod problem;

use std::fmt;
use std::io::{self, ErrorKind};

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, ResponseError};
use diesel::result::{DatabaseErrorKind, Error as DieselError};

pub use code::{Code, Text};
pub use phrase::Phrase;
use problem::sentence;
pub use problem::{FieldProblem, Problem, SHARED_STATUSES};

/// What a handler or store function answers.
pub type ApiResult<T> = Result<T, ApiError>;

/// Languages answers are written in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Language {
    /// English, the default.
    #[default]
    English,
    /// Chinese, where `Accept-Language` prefers it.
    Chinese,
}

impl Language {
    /// Its language tag.
    pub const fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Chinese => "zh",
        }
    }

    /// Of two texts, the one in this language.
    pub const fn say<'a>(self, chinese: &'a str, english: &'a str) -> &'a str {
        match self {
            Self::English => english,
            Self::Chinese => chinese,
        }
    }
}

impl Text {
    /// The same in both languages.
    pub const fn new(chinese: &'static str, english: &'static str) -> Self {
        Self { en: english, zh: chinese }
    }

    /// The sentence in one language.
    pub const fn get(self, language: Language) -> &'static str {
        match language {
            Language::English => self.en,
            Language::Chinese => self.zh,
        }
    }
}

/// One thing that is wrong: where, what, what was given and what is allowed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// JSON pointer into the body; `?name` for a query parameter, `{name}` for a path segment, a header's name else.
    pub pointer: String,
    /// What is wrong.
    pub code: Code,
    /// What the client sent, shortened.
    pub given: Option<Phrase>,
    /// What would be accepted.
    pub allowed: Option<Phrase>,
}

impl Violation {
    /// Something wrong at a place.
    pub fn at(pointer: impl Into<String>, code: Code) -> Self {
        Self { pointer: pointer.into(), code, given: None, allowed: None }
    }

    /// Says what the client sent.
    #[must_use]
    pub fn given(mut self, given: impl Into<Phrase>) -> Self {
        self.given = Some(given.into().map(shorten));
        self
    }

    /// Says what would be accepted.
    #[must_use]
    pub fn allowed(mut self, allowed: impl Into<Phrase>) -> Self {
        self.allowed = Some(allowed.into());
        self
    }
}

impl Violation {
    /// Carries a violation through serde, whose errors are text; [`Violation::unpack`] finds it again.
    pub fn into_serde<E: serde::de::Error>(self) -> E {
        let plain = |phrase: Option<Phrase>| phrase.unwrap_or_default().pack(SEPARATOR);
        let [given, allowed] = [self.given, self.allowed].map(plain);
        E::custom(format!("{}{SEPARATOR}{given}{SEPARATOR}{allowed}", self.code.as_ref()))
    }

    /// The violation that [`Violation::into_serde`] packed into a message, at this place.
    pub fn unpack(pointer: &str, message: &str) -> Option<Self> {
        let mut parts = message.split(SEPARATOR);
        let code = parts.next()?.parse().ok()?;
        let mut phrase = || Some(Phrase::unpack([parts.next()?, parts.next()?]));
        let (given, allowed) = (phrase()?, phrase()?);
        Some(Self { pointer: pointer.to_owned(), code, given, allowed })
    }
}

/// ASCII unit separator.
const SEPARATOR: char = '\u{1f}';

/// What is allowed where anything but an object stands.
pub const AN_OBJECT: Text = Text::new("对象", "an object");

/// What is allowed where no field is.
pub const NO_FIELDS: Text = Text::new("无", "no fields");

/// An error on its way to the client.
#[derive(Debug)]
pub struct ApiError(Box<Inner>);

#[derive(Debug)]
struct Inner {
    code: Code,
    given: Option<Phrase>,
    allowed: Option<Phrase>,
    violations: Vec<Violation>,
    cause: Option<String>,
}

impl ApiError {
    /// A problem of this kind.
    pub fn new(code: Code) -> Self {
        Self(Box::new(Inner { code, given: None, allowed: None, violations: Vec::new(), cause: None }))
    }

    /// A fault of ours: answered as `internal`, the cause only logged.
    pub fn internal(cause: impl fmt::Display) -> Self {
        Self::new(Code::Internal).because(cause)
    }

    /// What went wrong with a file: a full disk is no fault of the program, and passes; everything else is.
    pub fn of_disk(error: io::Error) -> Self {
        match error.kind() {
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded => Self::new(Code::StorageFull).because(error),
            _ => Self::internal(error),
        }
    }

    /// The body as a whole is refused for these reasons.
    pub fn invalid_body(violations: Vec<Violation>) -> Self {
        Self::with_violations(Code::InvalidBody, violations)
    }

    /// A path or query parameter is refused for these reasons.
    pub fn invalid_parameter(violations: Vec<Violation>) -> Self {
        Self::with_violations(Code::InvalidParameter, violations)
    }

    fn with_violations(code: Code, violations: Vec<Violation>) -> Self {
        let mut error = Self::new(code);
        error.0.violations = violations;
        error
    }

    /// Says what the client sent.
    #[must_use]
    pub fn given(mut self, given: impl Into<Phrase>) -> Self {
        self.0.given = Some(given.into().map(shorten));
        self
    }

    /// Says what would be accepted.
    #[must_use]
    pub fn allowed(mut self, allowed: impl Into<Phrase>) -> Self {
        self.0.allowed = Some(allowed.into());
        self
    }

    /// Names what an unknown field might have been, beside what is listed already.
    #[must_use]
    pub fn also_allowed(mut self, names: &str) -> Self {
        let unknown = self.0.violations.iter_mut().filter(|violation| violation.code == Code::UnknownField);
        unknown.for_each(|violation| {
            let listed = violation.allowed.take().filter(|listed| *listed != Phrase::from(NO_FIELDS));
            violation.allowed = Some(match listed {
                Some(listed) => listed.map(|listed| format!("{listed}, {names}")),
                None => names.into(),
            });
        });
        self
    }

    /// Keeps the cause for the log; it never reaches the client.
    #[must_use]
    pub fn because(mut self, cause: impl fmt::Display) -> Self {
        self.0.cause = Some(cause.to_string());
        self
    }

    /// The code of the problem.
    pub const fn code(&self) -> Code {
        self.0.code
    }

    /// The single violations, where there are any.
    pub fn violations(&self) -> &[Violation] {
        &self.0.violations
    }

    /// As what is wrong with one row among many.
    pub fn into_violations(self) -> Vec<Violation> {
        let Inner { code, given, allowed, violations, .. } = *self.0;
        if violations.is_empty() {
            vec![Violation { pointer: String::new(), code, given, allowed }]
        } else {
            violations
        }
    }

    /// What would be accepted, where it was said.
    pub fn allowed_values(&self) -> Option<&str> {
        self.0.allowed.as_ref().map(|allowed| allowed.get(Language::English))
    }

    /// What only the log may know.
    pub fn cause(&self) -> Option<&str> {
        self.0.cause.as_deref()
    }

    /// The problem as the client reads it.
    pub fn problem(&self, language: Language, request_id: &str) -> Problem {
        let entry = self.0.code.entry();
        Problem {
            r#type: format!("urn:kpi:problem:{}", self.0.code.as_ref()),
            title: entry.title.get(language).to_owned(),
            status: entry.status.as_u16(),
            detail: sentence(self.0.code, language, self.0.given.as_ref(), self.0.allowed.as_ref()),
            code: self.0.code.as_ref().to_owned(),
            errors: self.0.violations.iter().map(|violation| FieldProblem::of(violation, language)).collect(),
            request_id: request_id.to_owned(),
        }
    }
}

impl From<Violation> for ApiError {
    fn from(violation: Violation) -> Self {
        Self::invalid_body(vec![violation])
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let problem = self.problem(Language::English, "");
        write!(formatter, "{}: {}", problem.code, problem.detail)?;
        for error in &problem.errors {
            write!(formatter, " {}: {}", error.pointer, error.detail)?;
        }
        Ok(())
    }
}

impl std::error::Error for ApiError {}

impl ResponseError for ApiError {
    fn status_code(&self) -> StatusCode {
        self.0.code.entry().status
    }

    /// The bare answer; the server's middleware writes it anew with the request's language and id.
    fn error_response(&self) -> HttpResponse {
        HttpResponse::new(self.status_code())
    }
}

/// What the database says went wrong, where no caller gave it a meaning: a fault of ours, or the database is away.
impl From<DieselError> for ApiError {
    fn from(error: DieselError) -> Self {
        match &error {
            DieselError::DatabaseError(DatabaseErrorKind::ClosedConnection, _) => unavailable(error),
            DieselError::DatabaseError(DatabaseErrorKind::SerializationFailure, _) => busy(error),
            DieselError::DatabaseError(_, information) if is_waiting(information.message()) => busy(error),
            DieselError::DatabaseError(_, information) if is_passing(information.message()) => unavailable(error),
            DieselError::DatabaseError(_, information) => {
                let details = information.details().unwrap_or_default();
                Self::internal(format!("{} {details}", information.message()))
            }
            _ => Self::internal(error),
        }
    }
}

impl From<diesel_async::pooled_connection::deadpool::PoolError> for ApiError {
    fn from(error: diesel_async::pooled_connection::deadpool::PoolError) -> Self {
        unavailable(error)
    }
}

fn unavailable(error: impl fmt::Display) -> ApiError {
    ApiError::new(Code::DatabaseUnavailable).because(error)
}

fn busy(error: impl fmt::Display) -> ApiError {
    ApiError::new(Code::DatabaseBusy).because(error)
}

/// Others hold the same rows or tables; diesel passes no SQLSTATE on for these.
fn is_waiting(message: &str) -> bool {
    ["deadlock detected", "canceling statement due to lock timeout"].contains(&message)
}

/// PostgreSQL on its way down or up says so in words only; diesel passes no SQLSTATE on for these.
fn is_passing(message: &str) -> bool {
    const PASSING: [&str; 6] = [
        "terminating connection",
        "the database system is",
        "connection closed",
        "communicating with the server",
        "cannot execute",
        "too many clients",
    ];
    PASSING.iter().any(|part| message.contains(part))
}

/// Long input is cut, so that an answer never echoes a megabyte.
pub(crate) fn shorten(text: &str) -> String {
    const LONGEST: usize = 120;
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use strum::IntoEnumIterator;

    use super::*;

    #[test]
    fn a_full_disk_is_told_from_a_fault() {
        let code = |kind| ApiError::of_disk(io::Error::from(kind)).code();
        assert_eq!(code(ErrorKind::StorageFull), Code::StorageFull);
        assert_eq!(code(ErrorKind::PermissionDenied), Code::Internal);
    }

    #[test]
    fn every_code_has_a_sentence_in_both_languages() {
        for code in Code::iter() {
            let entry = code.entry();
            assert!(entry.status.is_client_error() || entry.status.is_server_error(), "{code:?}");
            for text in [entry.title, entry.detail] {
                assert!(text.en.is_ascii(), "{code:?}: {}", text.en);
                assert!(text.zh.chars().any(|letter| ('一'..='龥').contains(&letter)), "{code:?}: {}", text.zh);
            }
            for place in ["{given}", "{allowed}"] {
                assert_eq!(entry.detail.en.contains(place), entry.detail.zh.contains(place), "{code:?} {place}");
            }
        }
    }

    #[test]
    fn long_input_is_not_echoed_whole() {
        let error = ApiError::new(Code::AssociationNotFound).given("长".repeat(100_000));
        assert!(error.problem(Language::English, "").detail.len() < 1_000);
    }
}
