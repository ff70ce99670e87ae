//! What the log says of its keys.

use std::sync::LazyLock;

use events::{Content, Date, EventKey, Payload, Refusal, Subject, v1};
use proof::VerifierKey;

static KEYS: LazyLock<Subject> = LazyLock::new(|| "log/keys".parse().expect("a subject"));

/// The stream on which the log says which keys it has.
#[must_use]
pub fn keys() -> &'static Subject {
    &KEYS
}

/// What the log says of a key that replaces another.
///
/// # Errors
/// A [`Refusal`] where the keys' names are none.
pub fn key_rotated(old: &VerifierKey, new: &VerifierKey, on: Date) -> Result<Content, Refusal> {
    let payload = Payload::KeyRotated(v1::log::KeyRotated {
        new_key: new.to_string().into(),
        old_key: old.to_string().into(),
        raw: None,
    });
    let id = format!("key-{}", hex::encode(new.public_bytes()));
    let key = EventKey { source: new.name().into(), id: id.into() };
    Content::new(&key, keys(), on, &payload)
}

/// Whether an event says that this is the log's key from then on.
#[must_use]
pub fn rotates_to(content: &Content, new: &VerifierKey) -> bool {
    match content.payload() {
        Payload::KeyRotated(rotated) => rotated.new_key.as_str() == new.to_string(),
        _ => false,
    }
}
