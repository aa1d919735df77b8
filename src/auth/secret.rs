//! The secret of a key: random, shown once, kept only as a digest.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// `kpi_<10 hex digits>_<43 base64url characters>`; the part before the second underscore is open.
pub struct Secret(String);

impl Secret {
    const PREFIX_LENGTH: usize = "kpi_".len() + 10;

    /// A new one, from the operating system's random source.
    ///
    /// # Errors
    /// When that source fails.
    pub fn generate() -> Result<Self, getrandom::Error> {
        let mut open = [0_u8; 5];
        let mut hidden = [0_u8; 32];
        getrandom::fill(&mut open)?;
        getrandom::fill(&mut hidden)?;
        let open: String = open.iter().map(|byte| format!("{byte:02x}")).collect();
        Ok(Self(format!("kpi_{open}_{}", URL_SAFE_NO_PAD.encode(hidden))))
    }

    /// One that a client sent, if it has the form of one.
    pub fn parse(text: &str) -> Option<Self> {
        let is_plausible = text.len() == Self::PREFIX_LENGTH + 1 + 43 && text.is_ascii() && text.starts_with("kpi_");
        is_plausible.then(|| Self(text.to_owned()))
    }

    /// The open part, by which its row is found.
    pub fn prefix(&self) -> &str {
        self.0.get(..Self::PREFIX_LENGTH).unwrap_or_default()
    }

    /// SHA-256 of the whole.
    pub fn digest(&self) -> [u8; 32] {
        Sha256::digest(self.0.as_bytes()).into()
    }

    /// Whether it has this digest, in a time that tells nothing about where they differ.
    pub fn matches(&self, digest: &[u8]) -> bool {
        self.digest().ct_eq(digest).into()
    }

    /// The whole, to be shown once.
    pub fn reveal(self) -> String {
        self.0
    }
}

/// Never shows the hidden part.
impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Secret({}_…)", self.prefix())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_recognised_by_its_digest_and_not_shown_by_debug() {
        let secret = Secret::generate().expect("random bytes");
        let debug = format!("{secret:?}");
        let digest = secret.digest();
        let text = secret.reveal();
        assert!(!debug.contains(&text) && debug.len() < 30);
        let again = Secret::parse(&text).expect("its own form");
        assert!(again.matches(&digest));
        assert!(!Secret::generate().expect("random bytes").matches(&digest));
        assert!(!again.matches(&[]));
    }

    #[test]
    fn what_has_not_the_form_of_a_secret_is_not_looked_up() {
        for text in ["", "kpi_", "Bearer", &"kpi_é".repeat(12), &"x".repeat(58)] {
            assert!(Secret::parse(text).is_none(), "{text}");
        }
    }
}
