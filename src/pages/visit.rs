//! Who looks at a page, and how they want it.

use actix_web::http::header;
use actix_web::web::Data;
use actix_web::{FromRequest, HttpMessage, HttpRequest, dev};
use form_urlencoded::Serializer;
use futures_util::future::LocalBoxFuture;
use serde::de::DeserializeOwned;
use validator::Validate;

use crate::auth::{Caller, Secret, session};
use crate::error::{ApiError, ApiResult, Code, Language};
use crate::http::{KeyName, Listing, Question, RequestId};
use crate::state::AppState;

/// Cookie of a session.
pub(super) const SESSION: &str = "kpi_session";

/// Cookie of the language somebody chose.
pub(super) const LANGUAGE: &str = "kpi_language";

/// Header of a request for a part of a page, which the script puts in its place.
const PART: &str = "x-part";

/// How a page is wanted, by whomever.
#[derive(Clone, Debug)]
pub struct Visit {
    /// Chinese, unless somebody chose otherwise.
    pub language: Language,
    /// Where.
    pub path: String,
    /// Its query, without what a form left empty.
    pub query: String,
    /// Whether only the content is wanted, to be put in its place on a page that is there already.
    pub is_part: bool,
}

impl Visit {
    /// How this request wants its page.
    pub fn of(request: &HttpRequest) -> Self {
        let chosen = request.cookie(LANGUAGE).filter(|cookie| cookie.value() == Language::English.tag());
        Self {
            language: if chosen.is_some() { Language::English } else { Language::Chinese },
            path: request.path().to_owned(),
            query: without_empty(request.query_string()),
            is_part: request.headers().contains_key(PART),
        }
    }

    /// Of two texts, the one in the visitor's language.
    pub(super) const fn say<'a>(&self, chinese: &'a str, english: &'a str) -> &'a str {
        self.language.say(chinese, english)
    }

    /// The list that the query asks for.
    ///
    /// # Errors
    /// `invalid_parameter`, naming what is wrong.
    pub(super) fn listing<F: DeserializeOwned + Validate>(&self) -> ApiResult<Listing<F>> {
        Listing::read(&self.query)
    }

    /// What the query says under this name.
    pub(super) fn asked(&self, name: &str) -> Option<String> {
        pairs(&self.query).find(|(other, _)| other == name).map(|(_, value)| value)
    }

    /// The query with these of its names only.
    pub(super) fn query_of(&self, names: &[&str]) -> String {
        write(pairs(&self.query).filter(|(name, _)| names.contains(&name.as_str())))
    }

    /// The query without these of its names.
    pub(super) fn query_but(&self, names: &[&str]) -> String {
        write(pairs(&self.query).filter(|(name, _)| !names.contains(&name.as_str())))
    }

    /// A link to this page that asks for something else: from its first page on, unless that is what it asks for, and without
    /// what a form had just done.
    pub(super) fn link(&self, name: &str, value: Option<&str>) -> String {
        let kept =
            pairs(&self.query).filter(|(other, _)| other != name && !["cursor", "done"].contains(&other.as_str()));
        let changed = value.map(|value| (name.to_owned(), value.to_owned()));
        format!("{}?{}", self.path, write(kept.chain(changed)))
    }

    /// This page as it is.
    pub(super) fn here(&self) -> String {
        if self.query.is_empty() { self.path.clone() } else { format!("{}?{}", self.path, self.query) }
    }

    /// A link to another page that shows the same figures of the same day; the path may have a query already.
    pub(super) fn keeping(&self, path: &str) -> String {
        let kept = self.query_of(&["basis", "as_of"]);
        let joint = if path.contains('?') { '&' } else { '?' };
        if kept.is_empty() { path.to_owned() } else { format!("{path}{joint}{kept}") }
    }
}

fn pairs(query: &str) -> impl Iterator<Item = (String, String)> {
    form_urlencoded::parse(query.as_bytes()).into_owned()
}

fn write(pairs: impl Iterator<Item = (String, String)>) -> String {
    Serializer::new(String::new()).extend_pairs(pairs).finish()
}

/// A form sends the fields that nobody filled in as well.
pub(super) fn without_empty(query: &str) -> String {
    let filled = |pair: &&str| !pair.ends_with('=') && !pair.is_empty();
    query.split('&').filter(filled).collect::<Vec<_>>().join("&")
}

/// Somebody who signed in. A page with one in its signature is closed to strangers.
#[derive(Clone, Debug)]
pub struct Visitor {
    /// Whose key it was.
    pub caller: Caller,
    /// How they want the page.
    pub visit: Visit,
}

impl FromRequest for Visitor {
    type Error = ApiError;
    type Future = LocalBoxFuture<'static, ApiResult<Self>>;

    fn from_request(request: &HttpRequest, _: &mut dev::Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            let caller = resume(&request).await?;
            request.extensions_mut().insert(KeyName(caller.name.clone()));
            let request_id = request.extensions().get::<RequestId>().map(|id| id.0.clone());
            let visitor = Self { caller: Caller { request_id, ..caller }, visit: Visit::of(&request) };
            // For a page about what goes wrong from here on.
            request.extensions_mut().insert(visitor.clone());
            Ok(visitor)
        })
    }
}

async fn resume(request: &HttpRequest) -> ApiResult<Caller> {
    let secret = held(request).ok_or_else(|| ApiError::new(Code::Unauthenticated))?;
    let state = request.app_data::<Data<AppState>>().ok_or_else(|| ApiError::internal("no state"))?;
    let found = session::resume(&mut *state.conn().await?, &secret, state.now()).await?;
    found.ok_or_else(|| ApiError::new(Code::Unauthenticated))
}

/// What the browser holds.
pub(super) fn held(request: &HttpRequest) -> Option<Secret> {
    request.cookie(SESSION).and_then(|cookie| Secret::parse(cookie.value()))
}

/// Whether a browser asks, which reads pages and not problem documents.
pub(super) fn is_browser(request: &HttpRequest) -> bool {
    let accepted = request.headers().get(header::ACCEPT).and_then(|accepted| accepted.to_str().ok());
    accepted.is_some_and(|accepted| accepted.contains("text/html")) || request.headers().contains_key(PART)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_keeps_what_was_asked_and_begins_at_the_first_page() {
        let visit = Visit {
            language: Language::Chinese,
            path: "/overview/2018".to_owned(),
            query: without_empty("q=%E5%AD%A6%E4%BC%9A&kind=&sort=name&cursor=abc&done=12"),
            is_part: false,
        };
        assert_eq!(visit.query, "q=%E5%AD%A6%E4%BC%9A&sort=name&cursor=abc&done=12");
        assert_eq!(visit.link("sort", Some("score")), "/overview/2018?q=%E5%AD%A6%E4%BC%9A&sort=score");
        assert_eq!(visit.link("q", None), "/overview/2018?sort=name");
        assert_eq!(visit.query_of(&["sort"]), "sort=name");
        assert_eq!(visit.asked("q").as_deref(), Some("学会"));
    }
}
