//! Which language the client prefers.

use std::future::{Ready, ready};

use actix_web::http::header::{AcceptLanguage, Header, LanguageTag, Preference};
use actix_web::{FromRequest, HttpMessage, HttpRequest, dev};

use crate::error::{ApiError, Language};

/// The first language of `Accept-Language` that answers are written in; English where there is none.
pub fn language(request: &impl HttpMessage) -> Language {
    let Ok(accepted) = AcceptLanguage::parse(request) else {
        return Language::default();
    };
    accepted.ranked().iter().find_map(known).unwrap_or_default()
}

impl FromRequest for Language {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut dev::Payload) -> Self::Future {
        ready(Ok(language(request)))
    }
}

fn known(preference: &Preference<LanguageTag>) -> Option<Language> {
    match preference {
        Preference::Specific(tag) if tag.primary_language() == "zh" => Some(Language::Chinese),
        Preference::Specific(tag) if tag.primary_language() == "en" => Some(Language::English),
        _ => None,
    }
}
