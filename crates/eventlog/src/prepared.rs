//! What can be known of an event before its place in the log is.

use events::{Content, Hash, Incoming, Salt};

/// An incoming event with its hashes, so that who gives out positions has less to do in turn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prepared {
    pub(crate) incoming: Incoming,
    pub(crate) content_salt: Salt,
    pub(crate) content_hash: Hash,
    pub(crate) identity_hash: u64,
}

impl Prepared {
    /// The event under a fresh salt.
    #[must_use]
    pub fn new(incoming: Incoming, content_salt: Salt) -> Self {
        let content_hash = content_salt.hash(&incoming.content.canonical());
        let key = &incoming.content.key;
        let identity_hash = identity_hash(&key.source, &key.id);
        Self { incoming, content_salt, content_hash, identity_hash }
    }

    /// What the adapter said.
    #[must_use]
    pub const fn content(&self) -> &Content {
        &self.incoming.content
    }
}

/// The salt only tells these hashes from others, and is no secret.
const OF_IDENTITIES: Salt = Salt(*b"casetrail id run");

/// Short hash of an event's identity, by which engines find it: the same on every machine and in
/// every version.
#[must_use]
pub fn identity_hash(source: &str, id: &str) -> u64 {
    short_hash(OF_IDENTITIES, source, id)
}

/// Eight bytes of the salted SHA-256 of two texts: nobody can choose texts so that they fall
/// together. Two may still share them, so what is found by them is to be compared.
#[must_use]
pub fn short_hash(salt: Salt, first: &str, second: &str) -> u64 {
    let hash = pair_hash(salt, first, second);
    u64::from_be_bytes(*hash.first_chunk().expect("a hash has 32 bytes"))
}

/// Sixteen bytes of the same hash of an event's identity: no two identities share them, so an
/// engine may keep them unique.
#[must_use]
pub fn identity_digest(source: &str, id: &str) -> [u8; 16] {
    let hash = pair_hash(OF_IDENTITIES, source, id);
    *hash.first_chunk().expect("a hash has 32 bytes")
}

fn pair_hash(salt: Salt, first: &str, second: &str) -> Hash {
    let mut bytes = Vec::with_capacity(8 + first.len() + second.len());
    // The length keeps (ab, c) and (a, bc) apart.
    bytes.extend_from_slice(&(first.len() as u64).to_le_bytes());
    bytes.extend_from_slice(first.as_bytes());
    bytes.extend_from_slice(second.as_bytes());
    salt.hash(&bytes)
}
