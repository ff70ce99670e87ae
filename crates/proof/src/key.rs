//! Ed25519 keys of logs and witnesses, and their texts (c2sp.org/signed-note).

use std::fmt;

use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use sha2::{Digest, Sha256};

use crate::encoding::{base64, from_base64};
use crate::note::NoteSignature;

#[cfg(test)]
mod tests;

/// What a key signs, by the signature type of c2sp.org/signed-note.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Algorithm {
    /// 0x01, a log's: Ed25519 over the note's text.
    Log,
    /// 0x04, a witness's: Ed25519 over a time and a checkpoint (c2sp.org/tlog-cosignature).
    Witness,
}

impl Algorithm {
    const fn byte(self) -> u8 {
        match self {
            Self::Log => 0x01,
            Self::Witness => 0x04,
        }
    }

    const fn of(byte: u8) -> Option<Self> {
        match byte {
            0x01 => Some(Self::Log),
            0x04 => Some(Self::Witness),
            _ => None,
        }
    }
}

/// Why a text is no key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// Not `name+id+base64`, or for a secret key not `PRIVATE+KEY+name+id+base64`.
    #[error("expected a name, an id of 8 lower-case hex digits and base64, joined by `+`")]
    Form,
    /// An empty name, or one with a space, a control character or a `+`.
    #[error("a key's name is not empty and has no space, no control character and no `+`")]
    Name,
    /// A signature type that is not known here.
    #[error("signature type {0:#04x} is not known")]
    UnknownAlgorithm(u8),
    /// A log's key where a witness's is meant, or the other way round.
    #[error("this is the key of a {}", match .0 { Algorithm::Log => "log", Algorithm::Witness => "witness" })]
    OtherAlgorithm(Algorithm),
    /// Not 32 bytes.
    #[error("an Ed25519 key has 32 bytes")]
    Length,
    /// Not a point of the curve, or one for which anyone can make signatures.
    #[error("not a sound Ed25519 public key")]
    Point,
    /// The id is not that of the name and the key.
    #[error("the id does not belong to the name and the key")]
    Id,
}

/// Whether a text can be the name of a key: not empty, no Unicode space, no `+`, and no control
/// character, which no note may contain. The origin of a log is the name of its keys.
#[must_use]
pub fn is_key_name(name: &str) -> bool {
    let bad = |c: char| c.is_whitespace() || c == '+' || c < ' ';
    !name.is_empty() && !name.contains(bad)
}

/// The key id: the first four bytes of SHA-256(name ‖ 0x0A ‖ signature type ‖ public key).
fn key_id(name: &str, algorithm: Algorithm, public: &[u8; 32]) -> u32 {
    let hash = Sha256::new()
        .chain_update(name)
        .chain_update([b'\n', algorithm.byte()])
        .chain_update(public)
        .finalize();
    u32::from_be_bytes([hash[0], hash[1], hash[2], hash[3]])
}

/// What the text of a public or secret key holds.
struct Parts<'a> {
    name: &'a str,
    id: u32,
    algorithm: Algorithm,
    key: [u8; 32],
}

impl<'a> Parts<'a> {
    fn parse(text: &'a str) -> Result<Self, KeyError> {
        let (name, rest) = text.split_once('+').ok_or(KeyError::Form)?;
        let (id, encoded) = rest.split_once('+').ok_or(KeyError::Form)?;
        let is_hex = id.len() == 8 && id.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        if !is_hex {
            return Err(KeyError::Form);
        }
        if !is_key_name(name) {
            return Err(KeyError::Name);
        }
        let id = u32::from_str_radix(id, 16).map_err(|_| KeyError::Form)?;
        let bytes = from_base64(encoded).ok_or(KeyError::Form)?;
        let (algorithm, key) = bytes.split_first().ok_or(KeyError::Form)?;
        let algorithm = Algorithm::of(*algorithm).ok_or(KeyError::UnknownAlgorithm(*algorithm))?;
        Ok(Self { name, id, algorithm, key: key.try_into().map_err(|_| KeyError::Length)? })
    }
}

fn key_text(name: &str, id: u32, algorithm: Algorithm, key: &[u8; 32]) -> String {
    let bytes = [&[algorithm.byte()], key.as_slice()].concat();
    format!("{name}+{id:08x}+{}", base64(&bytes))
}

/// A public key: the text `name+id+base64(type ‖ key)` that verifiers are given.
///
/// ```
/// let text = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
/// let key: proof::VerifierKey = text.parse()?;
/// assert_eq!((key.name(), key.id(), key.to_string().as_str()), ("PeterNeumann", 0xc74f_20a3, text));
/// # Ok::<_, proof::KeyError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifierKey {
    name: String,
    id: u32,
    algorithm: Algorithm,
    public: VerifyingKey,
}

impl VerifierKey {
    fn new(name: &str, algorithm: Algorithm, public: VerifyingKey) -> Self {
        let id = key_id(name, algorithm, public.as_bytes());
        Self { name: name.to_owned(), id, algorithm, public }
    }

    /// Name: a log's origin, or what a witness calls itself.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Id.
    #[must_use]
    pub const fn id(&self) -> u32 {
        self.id
    }

    /// Whether it is a log's or a witness's.
    #[must_use]
    pub const fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// The 32 bytes of the Ed25519 key (RFC 8032), whatever its name.
    #[must_use]
    pub fn public_bytes(&self) -> &[u8; 32] {
        self.public.as_bytes()
    }

    /// Whether the line says to be by this key.
    pub(crate) fn is_named_by(&self, signature: &NoteSignature) -> bool {
        (self.id, self.name.as_str()) == (signature.key_id(), signature.name())
    }

    /// Whether these 64 bytes are this key's signature of the message.
    pub(crate) fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        let signature = Signature::from_slice(signature);
        signature.is_ok_and(|s| self.public.verify_strict(message, &s).is_ok())
    }
}

impl std::str::FromStr for VerifierKey {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        let parts = Parts::parse(text)?;
        let public = VerifyingKey::from_bytes(&parts.key).map_err(|_| KeyError::Point)?;
        if public.is_weak() {
            return Err(KeyError::Point);
        }
        let key = Self::new(parts.name, parts.algorithm, public);
        if key.id == parts.id { Ok(key) } else { Err(KeyError::Id) }
    }
}

impl fmt::Display for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&key_text(&self.name, self.id, self.algorithm, self.public.as_bytes()))
    }
}

/// A secret key of either algorithm; forgets its bytes when it is dropped.
struct Secret {
    key: SigningKey,
    verifier: VerifierKey,
}

/// What the text of a secret key begins with, as in Go's `sumdb/note`.
const PRIVATE: &str = "PRIVATE+KEY+";

impl Secret {
    fn new(name: &str, algorithm: Algorithm, seed: &[u8; 32]) -> Result<Self, KeyError> {
        if !is_key_name(name) {
            return Err(KeyError::Name);
        }
        let key = SigningKey::from_bytes(seed);
        let verifier = VerifierKey::new(name, algorithm, key.verifying_key());
        Ok(Self { key, verifier })
    }

    fn parse(text: &str, algorithm: Algorithm) -> Result<Self, KeyError> {
        let parts = Parts::parse(text.strip_prefix(PRIVATE).ok_or(KeyError::Form)?)?;
        if parts.algorithm != algorithm {
            return Err(KeyError::OtherAlgorithm(parts.algorithm));
        }
        let secret = Self::new(parts.name, algorithm, &parts.key)?;
        if secret.verifier.id == parts.id { Ok(secret) } else { Err(KeyError::Id) }
    }

    fn text(&self) -> String {
        let VerifierKey { name, id, algorithm, .. } = &self.verifier;
        format!("{PRIVATE}{}", key_text(name, *id, *algorithm, self.key.as_bytes()))
    }

    fn sign(&self, message: &[u8]) -> [u8; 64] {
        self.key.sign(message).to_bytes()
    }
}

/// Declares a secret key that can do one thing, so that neither is ever used for the other.
macro_rules! secret_key {
    ($(#[$doc:meta])* $name:ident, $algorithm:expr) => {
        $(#[$doc])*
        pub struct $name(Secret);

        impl $name {
            /// The key with that name, from 32 random bytes (RFC 8032, 5.1.5).
            ///
            /// # Errors
            /// [`KeyError::Name`].
            pub fn from_seed(name: &str, seed: &[u8; 32]) -> Result<Self, KeyError> {
                Secret::new(name, $algorithm, seed).map(Self)
            }

            /// Reads what [`Self::secret_text`] writes.
            ///
            /// # Errors
            /// [`KeyError`].
            pub fn parse(text: &str) -> Result<Self, KeyError> {
                Secret::parse(text, $algorithm).map(Self)
            }

            /// The whole key as one line without its end, in the form of Go's `sumdb/note`:
            /// `PRIVATE+KEY+name+id+base64(type ‖ seed)`. Whoever reads it can sign.
            #[must_use]
            pub fn secret_text(&self) -> String {
                self.0.text()
            }

            /// The public key.
            #[must_use]
            pub const fn verifier(&self) -> &VerifierKey {
                &self.0.verifier
            }

            /// A signature line: `prefix`, which the algorithm puts before the 64 bytes, and the
            /// signature of the message.
            pub(crate) fn sign_line(&self, prefix: &[u8], message: &[u8]) -> NoteSignature {
                let bytes = [prefix, &self.0.sign(message)].concat();
                NoteSignature::new(self.verifier().name(), self.verifier().id(), bytes)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_tuple(stringify!($name)).field(&self.verifier().to_string()).finish()
            }
        }
    };
}

secret_key! {
    /// The secret key of a log: signs its checkpoints. Its name is the log's origin.
    LogKey, Algorithm::Log
}

secret_key! {
    /// The secret key of a witness: cosigns checkpoints of logs.
    WitnessKey, Algorithm::Witness
}
