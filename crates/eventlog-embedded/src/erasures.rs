//! Which streams were erased: the file `erasures`.
//!
//! Its first line is a random secret of 32 bytes, each further one an erased stream: `subjecthash`,
//! `pending` while its files are not all rewritten and `done` from then on, and keyed digests of
//! its name (HMAC-SHA-256 under the secret), by which the name is recognised when it comes again.
//! All in hexadecimal digits; for its owner's eyes alone. Without the secret the digests say
//! nothing of a name that can be guessed, so it goes into no export.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use eventlog::{Entropy, name_digest};
use events::{Hash, Subject};
use journal::durable;

#[cfg(test)]
mod tests;

const FILE: &str = "erasures";
const PENDING: &str = "pending";
const DONE: &str = "done";

/// The erased streams of a log.
#[derive(Default)]
pub(crate) struct Erasures {
    /// Drawn at the first erasure.
    secret: Option<[u8; 32]>,
    streams: BTreeMap<Hash, Erasure>,
    /// Keyed digests of all names.
    digests: BTreeSet<Hash>,
}

/// An erased stream.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Erasure {
    done: bool,
    digests: BTreeSet<Hash>,
}

impl Erasures {
    /// Reads the file in a log's directory; where there is none, nothing was erased.
    pub(crate) fn read(dir: &Path) -> io::Result<Self> {
        match fs::read_to_string(path(dir)) {
            Ok(text) => Self::parse(&text).ok_or_else(|| {
                io::Error::new(io::ErrorKind::InvalidData, "not a list of erased streams")
            }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Self::default()),
            Err(error) => Err(error),
        }
    }

    /// Writes the file, in the place of the one that may be there.
    pub(crate) fn write(&self, dir: &Path) -> io::Result<()> {
        durable::replace_private(&path(dir), self.text().as_bytes())
    }

    /// Whether a stream of that name was erased.
    pub(crate) fn is_erased(&self, subject: &Subject) -> bool {
        let digest = || self.secret.map(|secret| name_digest(&secret, subject));
        !self.digests.is_empty() && digest().is_some_and(|digest| self.digests.contains(&digest))
    }

    /// Whether the payload of the stream with that salted hash is not to be held.
    pub(crate) fn is_destroyed(&self, subject_hash: &Hash) -> bool {
        self.streams.contains_key(subject_hash)
    }

    /// Whether nothing is left to do about a stream, its name, where known, being recognised.
    pub(crate) fn is_done(&self, subject_hash: &Hash, name: Option<&Subject>) -> bool {
        let erasure = self.streams.get(subject_hash);
        erasure.is_some_and(|erasure| erasure.done) && name.is_none_or(|name| self.is_erased(name))
    }

    /// Notes that a stream is to be destroyed, and what it is called, where that is known.
    pub(crate) fn begin(
        &mut self,
        subject_hash: Hash,
        name: Option<&Subject>,
        entropy: &mut dyn Entropy,
    ) {
        let secret = *self.secret.get_or_insert_with(|| {
            let halves = [entropy.salt().0, entropy.salt().0];
            halves.concat().try_into().expect("twice sixteen bytes")
        });
        let erasure = self.streams.entry(subject_hash).or_default();
        erasure.done = false;
        if let Some(name) = name {
            let digest = name_digest(&secret, name);
            erasure.digests.insert(digest);
            self.digests.insert(digest);
        }
    }

    /// Notes that nothing of a stream is left.
    pub(crate) fn finish(&mut self, subject_hash: &Hash) {
        if let Some(erasure) = self.streams.get_mut(subject_hash) {
            erasure.done = true;
        }
    }

    /// Streams whose destruction was begun and not finished.
    pub(crate) fn pending(&self) -> impl Iterator<Item = Hash> {
        self.streams.iter().filter(|(_, erasure)| !erasure.done).map(|(hash, _)| *hash)
    }

    fn text(&self) -> String {
        let mut text = self.secret.map(|secret| hex::encode(secret) + "\n").unwrap_or_default();
        for (hash, erasure) in &self.streams {
            text += &hex::encode(hash);
            text += if erasure.done { " done" } else { " pending" };
            for digest in &erasure.digests {
                text += " ";
                text += &hex::encode(digest);
            }
            text += "\n";
        }
        text
    }

    fn parse(text: &str) -> Option<Self> {
        let mut lines = text.lines();
        let mut erasures = Self { secret: Some(hash_of(lines.next()?)?), ..Self::default() };
        for line in lines {
            let mut words = line.split(' ');
            let subject_hash = hash_of(words.next()?)?;
            let done = match words.next()? {
                PENDING => false,
                DONE => true,
                _ => return None,
            };
            let digests = words.map(hash_of).collect::<Option<BTreeSet<Hash>>>()?;
            erasures.digests.extend(digests.iter().copied());
            erasures.streams.insert(subject_hash, Erasure { done, digests });
        }
        Some(erasures)
    }
}

fn path(dir: &Path) -> PathBuf {
    dir.join(FILE)
}

fn hash_of(digits: &str) -> Option<Hash> {
    let mut hash = [0; 32];
    hex::decode_to_slice(digits, &mut hash).ok().map(|()| hash)
}
