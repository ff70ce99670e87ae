//! `log/…`: what the log says of itself; adapters never send these.

use crate::record::{Record, records};
use crate::{Code, Pointer, Refusal, Subject, Text};

records! {
    /// The log's signing key was replaced (on `log/keys`).
    KeyRotated {
        /// The new key, a C2SP verifier key.
        new_key: Text,
        /// The old key, a C2SP verifier key.
        old_key: Text,
    }
    /// A stream's payload was destroyed (on `log/erasures`).
    SubjectErased {
        /// Salted hash of the stream's name.
        subjecthash: Text,
        /// By whose authority.
        authority: Text,
        /// Why.
        reason: Text,
        /// How many events it held.
        events: u32,
    }
}

fn only_on(name: &str, stream: &Subject) -> Result<(), Refusal> {
    if stream.as_str() == name {
        return Ok(());
    }
    Err(Pointer::ROOT.member("subject").refuse(Code::WrongStream, format!("belongs on {name}")))
}

impl Record for KeyRotated {
    fn check(&self, stream: &Subject, _at: &Pointer<'_>) -> Result<(), Refusal> {
        only_on("log/keys", stream)
    }
}

impl Record for SubjectErased {
    fn check(&self, stream: &Subject, _at: &Pointer<'_>) -> Result<(), Refusal> {
        only_on("log/erasures", stream)
    }
}
