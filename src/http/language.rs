//! Which language the client prefers.

use actix_web::HttpMessage;
use actix_web::http::header::{AcceptLanguage, Header, LanguageTag, Preference};

use crate::error::Language;

/// The first language of `Accept-Language` that answers are written in; English where there is none.
pub fn language(request: &impl HttpMessage) -> Language {
    let Ok(accepted) = AcceptLanguage::parse(request) else {
        return Language::default();
    };
    accepted.ranked().iter().find_map(known).unwrap_or_default()
}

fn known(preference: &Preference<LanguageTag>) -> Option<Language> {
    match preference {
        Preference::Specific(tag) if tag.primary_language() == "zh" => Some(Language::Chinese),
        Preference::Specific(tag) if tag.primary_language() == "en" => Some(Language::English),
        _ => None,
    }
}
