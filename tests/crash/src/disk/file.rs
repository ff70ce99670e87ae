//! One file: its bytes on the disk, and the writes on their way there.

use std::collections::BTreeSet;

use anyhow::Result;

use super::Mood;
use crate::dice::Dice;

/// What a disk writes whole or not at all, bytes.
const SECTOR_BYTES: usize = 512;
/// What the page cache holds clean or dirty as a whole, bytes.
const PAGE_BYTES: usize = 4096;

/// A file's bytes on the disk, and what no sync covers.
#[derive(Debug, Clone, Default)]
pub(super) struct FileState {
    durable: Vec<u8>,
    pending: Vec<Change>,
    /// Length as programs see it.
    size: usize,
}

#[derive(Debug, Clone)]
struct Change {
    /// The call that made it.
    at: usize,
    what: What,
    /// A sync has failed on it: the page cache holds it for clean.
    lost: bool,
}

#[derive(Debug, Clone)]
enum What {
    /// Bytes within one page.
    Bytes { offset: usize, bytes: Vec<u8> },
    /// Another length.
    Size(usize),
}

/// What becomes of one write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Kept,
    Undone,
    Torn,
}

impl Change {
    fn apply(&self, content: &mut Vec<u8>) {
        match &self.what {
            What::Bytes { offset, bytes } => {
                let end = offset + bytes.len();
                if content.len() < end {
                    content.resize(end, 0);
                }
                content[*offset..end].copy_from_slice(bytes);
            }
            What::Size(size) => content.resize(*size, 0),
        }
    }

    fn page(&self) -> Option<usize> {
        match &self.what {
            What::Bytes { offset, .. } => Some(offset / PAGE_BYTES),
            What::Size(_) => None,
        }
    }
}

impl FileState {
    pub(super) fn durable(bytes: Vec<u8>) -> Self {
        Self { size: bytes.len(), durable: bytes, pending: Vec::new() }
    }

    pub(super) fn write(&mut self, at: usize, offset: u64, bytes: &[u8]) -> Result<()> {
        let mut offset = usize::try_from(offset)?;
        let mut rest = bytes;
        while !rest.is_empty() {
            let room = PAGE_BYTES - offset % PAGE_BYTES;
            let (piece, behind) = rest.split_at(room.min(rest.len()));
            let what = What::Bytes { offset, bytes: piece.to_vec() };
            self.pending.push(Change { at, what, lost: false });
            offset += piece.len();
            rest = behind;
        }
        if offset > self.size {
            self.resize(at, offset as u64)?;
        }
        Ok(())
    }

    pub(super) fn resize(&mut self, at: usize, size: u64) -> Result<()> {
        self.size = usize::try_from(size)?;
        self.pending.push(Change { at, what: What::Size(self.size), lost: false });
        Ok(())
    }

    /// A sync that began at that call has returned.
    pub(super) fn synced(&mut self, begun: usize) {
        let later = self.pending.partition_point(|change| change.at < begun);
        let covered: Vec<Change> = self.pending.drain(..later).collect();
        let mut seen = self.durable.clone();
        covered.iter().for_each(|change| change.apply(&mut seen));
        if covered.iter().all(|change| !change.lost) {
            self.durable = seen;
            return;
        }
        // Dirty pages are written whole; pages that an earlier sync failed on are taken for clean.
        let written = covered.iter().filter(|change| !change.lost).filter_map(Change::page);
        let written: BTreeSet<usize> = written.collect();
        self.durable.resize(seen.len(), 0);
        for page in &written {
            let span = page * PAGE_BYTES..((page + 1) * PAGE_BYTES).min(seen.len());
            self.durable[span.clone()].copy_from_slice(&seen[span]);
        }
        let still_lost = |change: &Change| {
            change.lost && change.page().is_some_and(|page| !written.contains(&page))
        };
        let lost = covered.into_iter().filter(still_lost);
        self.pending.splice(..0, lost);
    }

    /// A sync that began at that call has failed.
    pub(super) fn sync_failed(&mut self, begun: usize) {
        for change in self.pending.iter_mut().filter(|change| change.at < begun) {
            change.lost = matches!(change.what, What::Bytes { .. });
        }
    }

    /// What programs see.
    pub(super) fn seen(&self) -> Vec<u8> {
        let mut content = self.durable.clone();
        self.pending.iter().for_each(|change| change.apply(&mut content));
        content
    }

    /// What a power cut leaves.
    ///
    /// A sector that survives holds all that was written to it until then: the cache has one copy.
    pub(super) fn cut(&self, mood: Mood, dice: &mut Dice) -> Vec<u8> {
        let (mut seen, mut left) = (self.durable.clone(), self.durable.clone());
        let mut sizes = vec![self.durable.len()];
        let (mut write, mut fate) = (0, Fate::Undone);
        let mut written = BTreeSet::new();
        for change in &self.pending {
            change.apply(&mut seen);
            if change.at != write {
                (write, fate) = (change.at, roll_fate(mood, dice));
            }
            match &change.what {
                What::Bytes { offset, bytes } => {
                    let sectors = offset / SECTOR_BYTES..=(offset + bytes.len() - 1) / SECTOR_BYTES;
                    for sector in sectors.filter(|_| survives(fate, dice)) {
                        copy_sector(sector, &seen, &mut left);
                        written.insert(sector);
                    }
                }
                What::Size(size) => {
                    sizes.push(*size);
                    if fate == Fate::Kept && *size < left.len() {
                        left[*size..].fill(0);
                    }
                }
            }
        }
        let size = match mood {
            Mood::Lost => 0,
            Mood::Kept => sizes.len() - 1,
            Mood::Mixed | Mood::Stale => dice.index(sizes.len()),
        };
        left.resize(sizes[size], 0);
        if mood == Mood::Stale {
            fill_stale(&mut left, self.durable.len(), &written, dice);
        }
        left
    }
}

fn roll_fate(mood: Mood, dice: &mut Dice) -> Fate {
    match mood {
        Mood::Lost => Fate::Undone,
        Mood::Kept => Fate::Kept,
        Mood::Mixed | Mood::Stale => match dice.below(4) {
            0 | 1 => Fate::Torn,
            2 => Fate::Undone,
            _ => Fate::Kept,
        },
    }
}

fn survives(fate: Fate, dice: &mut Dice) -> bool {
    match fate {
        Fate::Kept => true,
        Fate::Undone => false,
        Fate::Torn => dice.once_in(2),
    }
}

fn copy_sector(sector: usize, from: &[u8], to: &mut Vec<u8>) {
    let span = sector * SECTOR_BYTES..((sector + 1) * SECTOR_BYTES).min(from.len());
    if to.len() < span.end {
        to.resize(span.end, 0);
    }
    to[span.clone()].copy_from_slice(&from[span]);
}

/// Fills new space that no write reached with bytes of no meaning.
fn fill_stale(content: &mut [u8], from: usize, written: &BTreeSet<usize>, dice: &mut Dice) {
    for sector in from.div_ceil(SECTOR_BYTES)..content.len().div_ceil(SECTOR_BYTES) {
        if written.contains(&sector) {
            continue;
        }
        let end = ((sector + 1) * SECTOR_BYTES).min(content.len());
        for bytes in content[sector * SECTOR_BYTES..end].chunks_mut(8) {
            bytes.copy_from_slice(&dice.next().to_le_bytes()[..bytes.len()]);
        }
    }
}
