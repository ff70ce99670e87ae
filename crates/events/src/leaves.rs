//! Leaf hashes of many events, one after the other.

use sha2::{Digest as _, Sha256};

use crate::{Entry, Event, Hash, Logged};

/// Computes what [`Logged::leaf`] gives, for many events with the same memory.
#[derive(Debug, Default)]
pub struct LeafHasher {
    /// What is hashed: salt and content, then the entry behind its prefix.
    bytes: Vec<u8>,
}

impl LeafHasher {
    /// Leaf hash of the entry (RFC 6962, 2.1).
    #[must_use]
    pub fn leaf(&mut self, logged: &Logged) -> Hash {
        match logged {
            Logged::Whole(event) => {
                let content_hash = self.content_hash(event);
                self.entry_leaf(&event.entry_with(content_hash))
            }
            Logged::Erased(entry) => self.entry_leaf(entry),
        }
    }

    fn content_hash(&mut self, event: &Event) -> Hash {
        self.bytes.clear();
        self.bytes.extend_from_slice(&event.content_salt.0);
        event.content.write(&mut self.bytes);
        Sha256::digest(&self.bytes).into()
    }

    fn entry_leaf(&mut self, entry: &Entry) -> Hash {
        self.bytes.clear();
        self.bytes.push(0);
        entry.write(&mut self.bytes);
        Sha256::digest(&self.bytes).into()
    }
}
