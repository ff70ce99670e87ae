//! Short hashes of identities and subjects, by which runs and the tail are searched.
//!
//! Eight bytes of SHA-256: the same on every machine and in every version, and nobody can choose
//! names so that they fall together. Two names may still share one, so what is found is compared.

use events::{EventKey, Hash, Salt, Subject};

use crate::streams::StreamName;

// Different uses must not share hashes; the salts only tell them apart and are no secrets. That of
// identities is the contract's own.
const OF_AMENDED: Salt = Salt(*b"casetrail amends");
const OF_SUBJECTS: Salt = Salt(*b"casetrail stream");

/// Short hash under which the events are found that amend the event of an identity.
pub(crate) fn of_amended(key: &EventKey) -> u64 {
    eventlog::short_hash(OF_AMENDED, &key.source, &key.id)
}

/// Short hash of an event's identity.
pub(crate) fn of_identity(key: &EventKey) -> u64 {
    eventlog::identity_hash(&key.source, &key.id)
}

/// Short hash of a stream's name.
pub(crate) fn of_subject(subject: &Subject) -> u64 {
    short(OF_SUBJECTS, subject.as_str().as_bytes())
}

/// Short hash of a stream: of its name, or of what is left of that.
pub(crate) fn of_stream(name: &StreamName) -> u64 {
    match name {
        StreamName::Named(subject, _) => of_subject(subject),
        StreamName::Erased(hash) => first_bytes(hash),
    }
}

/// Short hash of an erased stream.
pub(crate) fn first_bytes(subject_hash: &Hash) -> u64 {
    u64::from_be_bytes(*subject_hash.first_chunk().expect("a hash has 32 bytes"))
}

fn short(salt: Salt, bytes: &[u8]) -> u64 {
    first_bytes(&salt.hash(bytes))
}
