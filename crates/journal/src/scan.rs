//! Recovery of one segment, as a pure function of its bytes.

use crate::group::{Group, decode_group, find_group};
use crate::positions::Positions;
use crate::seeded::seeded_bug;
use crate::segment::SEGMENT_HEADER_BYTES;

#[cfg(test)]
mod tests;

/// What the next group must say of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Expected {
    /// Position of its first record.
    pub position: u64,
    /// By what it names the group before it ([`Group::link`]), 0 before the first group of all.
    pub previous_link: u32,
}

/// How the readable part of a segment ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing but zeros follows the last group.
    CleanEnd,
    /// Bytes follow that are no group, and no whole group lies anywhere behind them: a write that
    /// was cut short, never acknowledged.
    TornTail,
    /// Something is wrong before a whole group, so acknowledged records are hurt.
    Corruption(Corruption),
}

/// Damage that is no torn tail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Corruption {
    /// Positions that cannot be read or trusted.
    pub hurt: Positions,
    /// Where the damage was noticed, bytes from the start of the segment file.
    pub offset: usize,
    /// What is wrong there.
    pub flaw: Flaw,
}

/// What is wrong at the place of a corruption.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flaw {
    /// No group with a matching checksum lies here, but one lies behind.
    Unreadable,
    /// A whole group lies here whose first position is not the next one.
    NotDense,
    /// A whole group lies here that names another group before it than the one that stands there.
    BrokenChain,
}

impl Flaw {
    /// Says in words what is wrong.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Unreadable => "an unreadable group lies before a readable one",
            Self::NotDense => "positions are not dense",
            Self::BrokenChain => "a group names another group before it",
        }
    }
}

/// What the bytes of one segment hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scan {
    /// The groups in order: positions dense, checksums and chain verified.
    pub groups: Vec<Group>,
    /// Offset behind the last group, bytes from the start of the segment file.
    pub end: usize,
    /// What the group behind the last one must say of itself.
    pub next: Expected,
    /// How the readable part ends.
    pub verdict: Verdict,
}

/// Reads the groups of one segment file.
///
/// `bytes` is the whole file, its header included; the header itself is not looked at. `expected`
/// is what the first group must say of itself. The result depends on nothing else.
///
/// *Invariant*: no group behind a flaw is ever returned, and a flaw with a whole group behind it
/// is never called a torn tail.
#[must_use]
pub fn scan(bytes: &[u8], expected: Expected) -> Scan {
    let mut groups = Vec::new();
    let mut next = expected;
    let mut end = SEGMENT_HEADER_BYTES.min(bytes.len());
    let verdict = loop {
        let Some(group) = decode_group(bytes, end) else {
            break verdict_of_rest(bytes, end, next);
        };
        if let Some(corruption) = misplaced(&group, next) {
            break Verdict::Corruption(corruption);
        }
        next = Expected { position: group.last() + 1, previous_link: group.link };
        end = group.end();
        groups.push(group);
    };
    Scan { groups, end, next, verdict }
}

/// Judges what follows the last good group, where no whole group begins.
fn verdict_of_rest(bytes: &[u8], end: usize, next: Expected) -> Verdict {
    if bytes[end..].iter().all(|byte| *byte == 0) {
        return Verdict::CleanEnd;
    }
    match find_group(bytes, end) {
        Some(_) if seeded_bug("cut-behind-damage") => Verdict::TornTail,
        None => Verdict::TornTail,
        Some(group) => Verdict::Corruption(Corruption {
            hurt: Positions::before(next.position, group.first),
            offset: end,
            flaw: Flaw::Unreadable,
        }),
    }
}

/// Judges whether a whole group is the one that belongs here.
fn misplaced(group: &Group, expected: Expected) -> Option<Corruption> {
    if group.first != expected.position {
        let hurt = Positions::before(expected.position, group.first);
        return Some(Corruption { hurt, offset: group.offset, flaw: Flaw::NotDense });
    }
    if group.previous_link != expected.previous_link && !seeded_bug("no-chain") {
        let hurt = Positions::between(group.first, group.last());
        return Some(Corruption { hurt, offset: group.offset, flaw: Flaw::BrokenChain });
    }
    None
}
