//! Which event of a stream has an identity: amendments name events of their own stream.

use std::hash::Hasher as _;

use events::{EventKey, EventType};
use rustc_hash::{FxHashMap, FxHasher};
use timeline::Pos;

/// The events of one stream by identity, in twelve bytes each.
///
/// Most are kept under a short hash. What shares its hash with an event before it, and what comes
/// behind the first [`LISTED_MAX`], is kept under its whole digest and looked up there first; so
/// two events of a stream are never taken for each other.
#[derive(Debug, Clone, Default)]
pub(crate) struct Keys {
    listed: Vec<Listed>,
    exact: Option<Box<FxHashMap<u128, Named>>>,
}

/// An event's position, and the type of its chain.
pub(crate) type Named = (Pos, EventType);

#[derive(Debug, Clone, Copy)]
struct Listed {
    hash: Short,
    kind: EventType,
    position: Pos,
}

/// A hash of 56 bits.
type Short = (u32, [u8; 3]);

/// Most events that are gone through one by one.
const LISTED_MAX: usize = 256;

/// Not a cryptographic hash, and it need not be one.
fn short_hash(key: &EventKey) -> Short {
    let mut hasher = FxHasher::default();
    hasher.write(key.source.as_bytes());
    hasher.write_u8(0xff);
    hasher.write(key.id.as_bytes());
    let [a, b, c, d, e, f, g, _] = hasher.finish().to_be_bytes();
    (u32::from_be_bytes([a, b, c, d]), [e, f, g])
}

impl Keys {
    /// Keeps the next event of the stream.
    pub(crate) fn insert(&mut self, key: &EventKey, (position, kind): Named) {
        let hash = short_hash(key);
        if self.listed.len() < LISTED_MAX && self.listed.iter().all(|l| l.hash != hash) {
            crate::lane::push(&mut self.listed, Listed { hash, kind, position });
        } else {
            self.exact.get_or_insert_default().insert(key.digest(), (position, kind));
        }
    }

    /// The event of that identity.
    pub(crate) fn get(&self, key: &EventKey) -> Option<Named> {
        let exact = self.exact.as_ref().and_then(|exact| exact.get(&key.digest()).copied());
        exact.or_else(|| {
            let hash = short_hash(key);
            let found = self.listed.iter().find(|l| l.hash == hash);
            found.map(|l| (l.position, l.kind))
        })
    }
}
