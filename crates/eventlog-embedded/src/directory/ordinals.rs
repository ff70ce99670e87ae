//! Which runs, as the database keeps it: a value of a few bytes for each stream.

use crate::wire::{Cursor, put_number};

#[cfg(test)]
mod tests;

/// A value of this length takes in no further gap.
const BYTES_MAX: usize = 1_000;

/// Places of runs among all runs, from 0, ascending: as stretches of runs that follow each other.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Ordinals {
    /// How many runs before the stretch, behind the one before it, and how many in it.
    stretches: Vec<(u64, u64)>,
    end: u64,
}

impl Ordinals {
    /// Adds a run behind those that are here. Answers `false` where nothing changed, the run having
    /// been added before.
    ///
    /// Where that would make the value too long, the last stretch is extended up to the run: those
    /// between are asked in vain.
    pub(super) fn push(&mut self, ordinal: u64) -> bool {
        if ordinal < self.end {
            return false;
        }
        let gap = ordinal - self.end;
        let full = self.encode().len() >= BYTES_MAX;
        match self.stretches.last_mut() {
            Some((_, length)) if gap == 0 || full => *length += gap + 1,
            _ => self.stretches.push((gap, 1)),
        }
        self.end = ordinal + 1;
        true
    }

    /// The places, ascending.
    pub(super) fn iter(&self) -> impl Iterator<Item = u64> {
        let mut end = 0;
        self.stretches.iter().flat_map(move |(gap, length)| {
            let start = end + gap;
            end = start + length;
            start..end
        })
    }

    /// Writes the value down.
    pub(super) fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        for (gap, length) in &self.stretches {
            put_number(&mut bytes, *gap);
            put_number(&mut bytes, *length);
        }
        bytes
    }

    /// Reads a value; `None` for bytes that are none.
    pub(super) fn decode(bytes: &[u8]) -> Option<Self> {
        let mut cursor = Cursor::new(bytes);
        let mut ordinals = Self::default();
        while !cursor.rest().is_empty() {
            let (gap, length) = (cursor.number()?, cursor.number()?);
            ordinals.end = ordinals.end.checked_add(gap)?.checked_add(length)?;
            ordinals.stretches.push((gap, length));
        }
        Some(ordinals)
    }
}
