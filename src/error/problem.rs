//! A problem as the client reads it (RFC 9457), and how the OpenAPI document shows it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::openapi::{Ref, RefOr, Response};
use utoipa::{IntoResponses, ToSchema};

use super::{ApiError, Code, Language, Phrase, Violation, shorten};

/// An error answer (RFC 9457, `application/problem+json`).
#[derive(Debug, Serialize, ToSchema)]
pub struct Problem {
    /// Names the kind of problem.
    #[schema(example = "urn:kpi:problem:invalid_body")]
    pub r#type: String,
    /// The kind of problem in words, the same every time.
    #[schema(example = "Invalid body")]
    pub title: String,
    /// HTTP status.
    #[schema(example = 422)]
    pub status: u16,
    /// What happened this time.
    #[schema(example = "The body was refused and nothing was stored; see errors.")]
    pub detail: String,
    /// Stable code for programs; every code is listed in the description of this document.
    #[schema(example = "invalid_body")]
    pub code: String,
    /// What is wrong, where there is a place to name: the first thing found, or every limit that is broken;
    /// of a batch, what is wrong with its first 100 wrong rows.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldProblem>,
    /// Finds the request in the service's log; also in the `X-Request-Id` header.
    #[schema(example = "019ac1f0-5a53-7000-8000-000000000000")]
    pub request_id: String,
}

/// One thing that is wrong.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct FieldProblem {
    /// JSON pointer into the body; `?name` for a query parameter, `{name}` for a path segment, else a header's name.
    #[schema(example = "/unit")]
    pub pointer: String,
    /// Stable code for programs.
    #[schema(example = "unit_mismatch")]
    pub code: String,
    /// What is wrong, in words.
    #[schema(example = "人 cannot be converted to 人次.")]
    pub detail: String,
    /// What was given, shortened; where it is words, in the language of `detail`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "人")]
    pub given: Option<String>,
    /// What is allowed; where it is words, in the language of `detail`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "人次")]
    pub allowed: Option<String>,
    /// The cell of a spreadsheet.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "F7")]
    pub cell: Option<String>,
}

impl FieldProblem {
    /// A violation, in the reader's language.
    pub fn of(violation: &Violation, language: Language) -> Self {
        let said = |phrase: Option<&Phrase>| phrase.map(|phrase| phrase.get(language).to_owned());
        Self {
            pointer: shortened(&violation.pointer),
            code: violation.code.as_ref().to_owned(),
            detail: sentence(violation.code, language, violation.given.as_ref(), violation.allowed.as_ref()),
            given: said(violation.given.as_ref()),
            allowed: said(violation.allowed.as_ref()),
            cell: None,
        }
    }
}

/// The names in a pointer are the client's own, and as long as it likes.
fn shortened(pointer: &str) -> String {
    pointer.split('/').map(shorten).collect::<Vec<_>>().join("/")
}

pub(super) fn sentence(code: Code, language: Language, given: Option<&Phrase>, allowed: Option<&Phrase>) -> String {
    let [given, allowed] = [given, allowed].map(|phrase| phrase.map(|phrase| phrase.get(language)));
    // Nothing at all between two words would read as a slip of ours.
    let given = if given == Some("") { Some("\"\"") } else { given };
    code.entry()
        .detail
        .get(language)
        .replace("{given}", given.unwrap_or("–"))
        .replace("{allowed}", allowed.unwrap_or("–"))
}

/// The statuses every operation may answer with; each is a shared component of the OpenAPI document.
pub const SHARED_STATUSES: [(u16, &str); 11] = [
    (400, "The request could not be read: malformed JSON or a bad parameter."),
    (401, "No valid API key was sent."),
    (403, "The key may see this but not change it."),
    (404, "There is no such thing, or the key may not know of it."),
    (409, "It contradicts what is stored."),
    (412, "`If-Match` does not fit: someone else was faster."),
    (413, "The body is larger than allowed."),
    (415, "The content type is not accepted here."),
    (422, "The body was understood and refused; `errors` names the place."),
    (500, "A fault of the service; `request_id` finds it in the log."),
    (
        503,
        "The database is away, or there is no room for more work; `detail` says whether something may have \
         been stored, `Retry-After` when to try again.",
    ),
];

impl IntoResponses for ApiError {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        SHARED_STATUSES
            .iter()
            .map(|(status, _)| (status.to_string(), RefOr::Ref(Ref::from_response_name(format!("Problem{status}")))))
            .collect()
    }
}
