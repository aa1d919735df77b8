//! Which language the client prefers.

use std::future::{Ready, ready};

use actix_web::http::header::{AcceptLanguage, Header, LanguageTag, Preference, Quality};
use actix_web::{FromRequest, HttpMessage, HttpRequest, dev};

use crate::error::{ApiError, Language};

/// The language of `Accept-Language` with the most weight that answers are written in; English where there is none.
pub fn language(request: &impl HttpMessage) -> Language {
    let Ok(accepted) = AcceptLanguage::parse(request) else {
        return Language::default();
    };
    let wanted = accepted.iter().filter(|accepted| accepted.quality > Quality::ZERO);
    let known = wanted.filter_map(|accepted| Some((accepted.quality, known(&accepted.item)?)));
    // Of equal weights the first one counts, and `max_by_key` would take the last.
    known.rev().max_by_key(|(quality, _)| *quality).map(|(_, language)| language).unwrap_or_default()
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
