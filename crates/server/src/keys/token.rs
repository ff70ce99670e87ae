//! Tokens: what a client says to be somebody.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};

/// What every token begins with, so that one that was left lying about is found.
const PREFIX: &str = "ct_";
/// Hexadecimal digits of the key's name.
const ID_DIGITS: usize = 12;

/// `ct_<id>_<256 random bits>`. Being random, it needs no slow hash.
#[derive(Clone)]
pub struct Token {
    text: String,
}

impl Token {
    /// A new one.
    ///
    /// # Panics
    /// When the operating system has no random numbers.
    #[must_use]
    pub fn draw() -> Self {
        let mut bytes = [0; ID_DIGITS / 2 + 32];
        getrandom::fill(&mut bytes).expect("the operating system has random numbers");
        let (id, secret) = bytes.split_at(ID_DIGITS / 2);
        let text = format!("{PREFIX}{}_{}", hex::encode(id), URL_SAFE_NO_PAD.encode(secret));
        Self { text }
    }

    /// Reads one; `None` of what has another form.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (id, secret) = text.strip_prefix(PREFIX)?.split_once('_')?;
        let digits = id.len() == ID_DIGITS && id.bytes().all(|b| b.is_ascii_hexdigit());
        (digits && secret.len() == 43).then(|| Self { text: text.to_owned() })
    }

    /// The name of its key.
    pub(crate) fn id(&self) -> &str {
        &self.text[PREFIX.len()..PREFIX.len() + ID_DIGITS]
    }

    /// SHA-256 of the whole token: all that is kept.
    pub(crate) fn digest(&self) -> [u8; 32] {
        Sha256::digest(self.text.as_bytes()).into()
    }

    /// The token, to be shown once.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.text
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Token").field(&self.id()).finish()
    }
}
