//! What completes a sentence about an error: a value, which is the same in every language, or words in each.

use std::fmt;

use super::{Language, Text};

/// A value or words; small, since whatever may go wrong has two of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Phrase {
    english: Box<str>,
    /// Where it is not the same.
    chinese: Option<Box<str>>,
}

impl Phrase {
    /// Words in both languages.
    pub fn new(chinese: impl Into<Box<str>>, english: impl Into<Box<str>>) -> Self {
        Self { english: english.into(), chinese: Some(chinese.into()) }
    }

    /// So many bytes.
    pub fn bytes(count: impl fmt::Display) -> Self {
        Self::new(format!("{count} 字节"), format!("{count} bytes"))
    }

    /// Why a text is no JSON: the parser says it in English only, and where.
    pub fn json(error: &serde_json::Error) -> Self {
        Self::new(format!("第 {} 行第 {} 列有误", error.line(), error.column()), error.to_string())
    }

    /// In one language.
    pub fn get(&self, language: Language) -> &str {
        match (language, &self.chinese) {
            (Language::Chinese, Some(chinese)) => chinese,
            _ => &self.english,
        }
    }

    /// As a text without further separators, for [`Phrase::unpack`].
    pub(super) fn pack(&self, separator: char) -> String {
        let plain = |text: &str| text.replace(separator, " ");
        format!("{}{separator}{}", plain(&self.english), plain(self.chinese.as_deref().unwrap_or_default()))
    }

    /// What was packed; none where nothing was.
    pub(super) fn unpack([english, chinese]: [&str; 2]) -> Option<Self> {
        let some = |text: &str| (!text.is_empty()).then(|| text.into());
        some(english).map(|english| Self { english, chinese: some(chinese) })
    }

    /// The same, changed alike in both languages.
    #[must_use]
    pub fn map(&self, change: impl Fn(&str) -> String) -> Self {
        Self {
            english: change(&self.english).into(),
            chinese: self.chinese.as_deref().map(|chinese| change(chinese).into()),
        }
    }
}

/// What can be shown is a value.
impl<T: fmt::Display> From<T> for Phrase {
    fn from(value: T) -> Self {
        Self { english: value.to_string().into(), chinese: None }
    }
}

impl From<Text> for Phrase {
    fn from(text: Text) -> Self {
        Self::new(text.zh, text.en)
    }
}
