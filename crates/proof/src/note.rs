//! A text with signatures under it (c2sp.org/signed-note). Nothing is verified here.

use std::fmt;

use crate::encoding::{base64, from_base64};
use crate::key::is_key_name;

#[cfg(test)]
mod tests;

/// The longest note that is read, in bytes; Go's `sumdb/note` has the same limit.
pub const NOTE_BYTES_MAX: usize = 1_000_000;
/// The most signatures that a note carries; Go's `sumdb/note` has the same limit.
pub const SIGNATURES_MAX: usize = 100;

/// What begins a signature line: em dash, space.
const DASH: &str = "\u{2014} ";

/// A parsed note: a text whose signatures nobody has verified yet.
///
/// **Invariant:** what [`Note::parse`] takes is written back to the same bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    text: String,
    signatures: Vec<NoteSignature>,
}

/// One signature line: who says to have signed, and with what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoteSignature {
    name: String,
    key_id: u32,
    bytes: Vec<u8>,
}

/// Why bytes are no signed note.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoteError {
    /// Longer than [`NOTE_BYTES_MAX`].
    #[error("a signed note is at most {NOTE_BYTES_MAX} bytes long")]
    TooLong,
    /// Not UTF-8.
    #[error("a signed note is UTF-8 text")]
    NotUtf8,
    /// A control character other than the line feed.
    #[error("a signed note has no control character but the line feed")]
    ControlCharacter,
    /// No blank line, or no signature behind the last one, or no text before it.
    #[error("a signed note is text, a blank line and signature lines")]
    Form,
    /// More than [`SIGNATURES_MAX`] signatures.
    #[error("a signed note has at most {SIGNATURES_MAX} signatures")]
    TooManySignatures,
    /// Not `— name base64`.
    #[error("signature line {0} is not a dash, a key name and base64")]
    SignatureLine(usize),
}

impl Note {
    /// Reads a signed note.
    ///
    /// # Errors
    /// [`NoteError`].
    pub fn parse(bytes: &[u8]) -> Result<Self, NoteError> {
        if bytes.len() > NOTE_BYTES_MAX {
            return Err(NoteError::TooLong);
        }
        let note = std::str::from_utf8(bytes).map_err(|_| NoteError::NotUtf8)?;
        if note.chars().any(|c| c < ' ' && c != '\n') {
            return Err(NoteError::ControlCharacter);
        }
        // The text may have blank lines itself: the last one is the separator.
        let blank = note.rfind("\n\n").ok_or(NoteError::Form)?;
        let (text, rest) = note.split_at(blank + 1);
        let lines = rest[1..].strip_suffix('\n').ok_or(NoteError::Form)?;
        if lines.split('\n').count() > SIGNATURES_MAX {
            return Err(NoteError::TooManySignatures);
        }
        let signature =
            |(n, line)| NoteSignature::parse(line).ok_or(NoteError::SignatureLine(n + 1));
        let signatures = lines.split('\n').enumerate().map(signature).collect::<Result<_, _>>()?;
        Ok(Self { text: text.to_owned(), signatures })
    }

    /// A text, which ends in a line feed, under its first signature.
    pub(crate) fn new(text: String, signature: NoteSignature) -> Self {
        debug_assert!(text.ends_with('\n'), "the text of a note ends in a line feed");
        Self { text, signatures: vec![signature] }
    }

    /// What is signed, with its last line feed. It means nothing until a signature is verified.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The signatures, in order.
    #[must_use]
    pub fn signatures(&self) -> &[NoteSignature] {
        &self.signatures
    }

    /// Adds a signature line, in the place of those by the same key.
    pub(crate) fn sign(&mut self, signature: NoteSignature) {
        self.signatures.retain(|s| !s.is_by_key_of(&signature));
        self.signatures.push(signature);
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.text)?;
        self.signatures.iter().try_for_each(|signature| writeln!(f, "{signature}"))
    }
}

impl NoteSignature {
    pub(crate) fn new(name: &str, key_id: u32, bytes: Vec<u8>) -> Self {
        Self { name: name.to_owned(), key_id, bytes }
    }

    fn parse(line: &str) -> Option<Self> {
        let (name, encoded) = line.strip_prefix(DASH)?.split_once(' ')?;
        let signature = from_base64(encoded)?;
        let (key_id, bytes) = signature.split_first_chunk()?;
        if !is_key_name(name) || bytes.is_empty() {
            return None;
        }
        Some(Self::new(name, u32::from_be_bytes(*key_id), bytes.to_vec()))
    }

    /// Name of the key.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Id of the key: with the name it says which key, and proves nothing.
    #[must_use]
    pub const fn key_id(&self) -> u32 {
        self.key_id
    }

    /// The signature behind the key id, in the form that the key's algorithm gives it.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Whether both name the same key.
    pub(crate) fn is_by_key_of(&self, other: &Self) -> bool {
        (self.key_id, &self.name) == (other.key_id, &other.name)
    }
}

impl fmt::Display for NoteSignature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let signature = [&self.key_id.to_be_bytes(), self.bytes.as_slice()].concat();
        write!(f, "{DASH}{} {}", self.name, base64(&signature))
    }
}
