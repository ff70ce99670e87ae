//! Which event of a stream has an identity: amendments name events of their own stream.

use std::hash::Hasher as _;
use std::io::{self, Write};

use events::{EventKey, EventType};
use rustc_hash::{FxHashMap, FxHasher};
use timeline::Pos;

use crate::snapshot::{Input, Output, damaged};

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

/// Hash (7 bytes), number of the type, position (4 bytes, little-endian): as in a file, so that
/// very many are read at once.
type Listed = [u8; 12];

/// A hash of 56 bits.
pub(crate) type Short = [u8; 7];

fn listed(hash: Short, (position, kind): Named) -> Listed {
    let ([a, b, c, d, e, f, g], [w, x, y, z]) = (hash, position.to_le_bytes());
    [a, b, c, d, e, f, g, kind as u8, w, x, y, z]
}

/// `None` where no type has the number.
fn named([_, _, _, _, _, _, _, kind, w, x, y, z]: Listed) -> Option<Named> {
    Some((Pos::from_le_bytes([w, x, y, z]), type_of(kind)?))
}

fn type_of(number: u8) -> Option<EventType> {
    EventType::ALL.get(usize::from(number)).copied()
}

fn has_hash(listed: &Listed, hash: Short) -> bool {
    listed.first_chunk() == Some(&hash)
}

/// Most events that are gone through one by one.
const LISTED_MAX: usize = 256;

/// Not a cryptographic hash, and it need not be one.
pub(crate) fn short_hash(source: &str, id: &str) -> Short {
    let mut hasher = FxHasher::default();
    hasher.write(source.as_bytes());
    hasher.write_u8(0xff);
    hasher.write(id.as_bytes());
    let [hash @ .., _] = hasher.finish().to_be_bytes();
    hash
}

impl Keys {
    /// Keeps the next event of the stream; `hash` is its [`short_hash`].
    pub(crate) fn insert(&mut self, hash: Short, key: impl FnOnce() -> EventKey, event: Named) {
        let alone = || !self.listed.iter().any(|other| has_hash(other, hash));
        if self.listed.len() < LISTED_MAX && alone() {
            crate::lane::push(&mut self.listed, listed(hash, event));
        } else {
            self.exact.get_or_insert_default().insert(key().digest(), event);
        }
    }

    /// Looks at what [`Keys::insert`] will read.
    pub(crate) fn fetch(&self) -> u8 {
        // One of each line of memory.
        self.listed.iter().step_by(5).fold(0, |seen, listed| seen ^ listed[0])
    }

    pub(crate) fn write<W: Write>(&self, out: &mut Output<W>) -> io::Result<()> {
        out.table(self.listed.iter(), |out, listed| out.bytes(listed))?;
        let mut exact: Vec<_> = self.exact.iter().flat_map(|exact| exact.iter()).collect();
        exact.sort_unstable_by_key(|(_, (position, _))| *position);
        out.table(exact.into_iter(), |out, (digest, (position, kind))| {
            out.bytes(&digest.to_le_bytes())?;
            out.words(&[*position, u32::from(*kind as u8)])
        })
    }

    pub(crate) fn read(input: &mut Input<'_>) -> io::Result<Self> {
        let mut keys = Self::default();
        let listed = input.length(size_of::<Listed>())?;
        keys.listed = input.bytes(listed * size_of::<Listed>())?.as_chunks().0.to_vec();
        for _ in 0..input.length(24)? {
            let digest = u128::from_le_bytes(input.array()?);
            let [position, kind] = input.words()?;
            let [kind, ..] = kind.to_le_bytes();
            let kind = type_of(kind).ok_or_else(|| damaged("no type"))?;
            keys.exact.get_or_insert_default().insert(digest, (position, kind));
        }
        Ok(keys)
    }

    /// The event of that identity.
    pub(crate) fn get(&self, key: &EventKey) -> Option<Named> {
        let exact = self.exact.as_ref().and_then(|exact| exact.get(&key.digest()).copied());
        exact.or_else(|| {
            let hash = short_hash(&key.source, &key.id);
            self.listed
                .iter()
                .find(|listed| has_hash(listed, hash))
                .and_then(|listed| named(*listed))
        })
    }
}
