//! How the name of an erased stream is recognised when it comes again.

use events::{Hash, Subject};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// The digest by which an engine recognises an erased stream's name: HMAC-SHA-256 under a secret of
/// the log. Without the secret it says nothing of a name that can be guessed.
///
/// # Panics
/// Never: a key of any length will do.
#[must_use]
pub fn name_digest(secret: &[u8; 32], subject: &Subject) -> Hash {
    let mac = Hmac::<Sha256>::new_from_slice(secret).expect("a key of any length will do");
    mac.chain_update(subject.as_str()).finalize().into_bytes().into()
}
