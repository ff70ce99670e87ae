//! Cursors: where the next page of a long list begins. A page behind one is of the same answer: the
//! cursor holds its position, and a digest of the question, whatever was recorded since.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use events::Position;
use sha2::{Digest as _, Sha256};

use crate::problem::{Problem, ServiceCode};

/// Where a page begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Cursor {
    pub(crate) position: Position,
    pub(crate) from: usize,
    digest: u64,
}

impl Cursor {
    /// The page of a question's answer at a position that begins at an item.
    pub(crate) fn new(question: &str, position: Position, from: usize) -> Self {
        Self { position, from, digest: digest(question) }
    }

    pub(crate) fn write(self) -> String {
        let from = u64::try_from(self.from).unwrap_or(u64::MAX);
        let parts = [self.position.0, from, self.digest].map(u64::to_be_bytes);
        URL_SAFE_NO_PAD.encode(parts.concat())
    }

    /// # Errors
    /// [`ServiceCode::InvalidQuery`].
    pub(crate) fn read(text: &str) -> Result<Self, Problem> {
        let invalid = || Problem::from(ServiceCode::InvalidQuery).with("parameter", "cursor");
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| invalid())?;
        let bytes: [u8; 24] = bytes.try_into().map_err(|_| invalid())?;
        let part = |at: usize| {
            u64::from_be_bytes(std::array::from_fn(|i| bytes[at * size_of::<u64>() + i]))
        };
        let from = usize::try_from(part(1)).map_err(|_| invalid())?;
        Ok(Self { position: Position(part(0)), from, digest: part(2) })
    }

    /// Whether it is a page of that question's answer.
    ///
    /// # Errors
    /// [`ServiceCode::InvalidQuery`].
    pub(crate) fn check(self, question: &str) -> Result<(), Problem> {
        if self.digest == digest(question) {
            return Ok(());
        }
        Err(Problem::from(ServiceCode::InvalidQuery).with("parameter", "cursor"))
    }
}

fn digest(question: &str) -> u64 {
    let hash = Sha256::digest(question);
    u64::from_be_bytes(std::array::from_fn(|i| hash[i]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_of_its_question_alone() {
        let cursor = Cursor::new("a question", Position(812), 100);
        let read = Cursor::read(&cursor.write()).expect("a cursor");
        assert_eq!(read, cursor);
        assert!(read.check("a question").is_ok());
        assert!(read.check("another").is_err());
        assert!(Cursor::read("AAAA").is_err());
        assert!(Cursor::read("no cursor").is_err());
    }
}
