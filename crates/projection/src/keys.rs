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

#[derive(Debug, Clone, Copy)]
struct Listed {
    hash: Short,
    kind: EventType,
    position: Pos,
}

/// A hash of 56 bits.
pub(crate) type Short = (u32, [u8; 3]);

/// Most events that are gone through one by one.
const LISTED_MAX: usize = 256;

/// Not a cryptographic hash, and it need not be one.
pub(crate) fn short_hash(source: &str, id: &str) -> Short {
    let mut hasher = FxHasher::default();
    hasher.write(source.as_bytes());
    hasher.write_u8(0xff);
    hasher.write(id.as_bytes());
    let [a, b, c, d, e, f, g, _] = hasher.finish().to_be_bytes();
    (u32::from_be_bytes([a, b, c, d]), [e, f, g])
}

impl Keys {
    /// Keeps the next event of the stream; `hash` is its [`short_hash`].
    pub(crate) fn insert(
        &mut self,
        hash: Short,
        key: impl FnOnce() -> EventKey,
        (position, kind): Named,
    ) {
        if self.listed.len() < LISTED_MAX && self.listed.iter().all(|l| l.hash != hash) {
            crate::lane::push(&mut self.listed, Listed { hash, kind, position });
        } else {
            self.exact.get_or_insert_default().insert(key().digest(), (position, kind));
        }
    }

    /// Looks at what [`Keys::insert`] will read.
    pub(crate) fn fetch(&self) -> u32 {
        // One of each line of memory.
        self.listed.iter().step_by(5).fold(0, |seen, listed| seen ^ listed.hash.0)
    }

    pub(crate) fn write<W: Write>(&self, out: &mut Output<W>) -> io::Result<()> {
        out.table(self.listed.iter(), |out, l| {
            let (hash, [a, b, c]) = l.hash;
            out.words(&[hash, u32::from_le_bytes([a, b, c, l.kind as u8]), l.position])
        })?;
        let mut exact: Vec<_> = self.exact.iter().flat_map(|exact| exact.iter()).collect();
        exact.sort_unstable_by_key(|(_, (position, _))| *position);
        out.table(exact.into_iter(), |out, (digest, (position, kind))| {
            out.bytes(&digest.to_le_bytes())?;
            out.words(&[*position, u32::from(*kind as u8)])
        })
    }

    pub(crate) fn read(input: &mut Input<'_>) -> io::Result<Self> {
        let kind_of = |kind: u8| {
            let kind = EventType::ALL.get(usize::from(kind)).copied();
            kind.ok_or_else(|| damaged("no type"))
        };
        let mut keys = Self::default();
        let listed = input.length(12)?;
        keys.listed.reserve_exact(listed);
        for _ in 0..listed {
            let [hash, rest, position] = input.words()?;
            let [a, b, c, kind] = rest.to_le_bytes();
            keys.listed.push(Listed { hash: (hash, [a, b, c]), kind: kind_of(kind)?, position });
        }
        for _ in 0..input.length(24)? {
            let digest = u128::from_le_bytes(input.array()?);
            let [position, kind] = input.words()?;
            let [kind, ..] = kind.to_le_bytes();
            keys.exact.get_or_insert_default().insert(digest, (position, kind_of(kind)?));
        }
        Ok(keys)
    }

    /// The event of that identity.
    pub(crate) fn get(&self, key: &EventKey) -> Option<Named> {
        let exact = self.exact.as_ref().and_then(|exact| exact.get(&key.digest()).copied());
        exact.or_else(|| {
            let hash = short_hash(&key.source, &key.id);
            let found = self.listed.iter().find(|l| l.hash == hash);
            found.map(|l| (l.position, l.kind))
        })
    }
}
