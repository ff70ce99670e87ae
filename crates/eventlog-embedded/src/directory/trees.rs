//! The two trees of the database, and the bytes in them.

use std::path::Path;
use std::sync::Arc;

use events::{Revision, Subject};

use super::{Failure, Located, Part};
use crate::sealed::SealedRun;
use crate::streams::{EntryPlace, StreamEntry};
use crate::wire::{Cursor, put_number};

/// A page of the database over a quarter of a segment goes to a file that is never synced.
const SEGMENT_BYTES: usize = 16 << 20;
const CACHE_BYTES: u64 = 16 << 20;

/// An open database.
pub(super) struct Trees {
    db: sled::Db,
    /// Subject, zero byte, first position of the run (big-endian) to first revision, count of
    /// events, and where the entry lies in the run's table (offset and length).
    subjects: sled::Tree,
    /// First position of a run (big-endian) to its last position and count of streams.
    runs: sled::Tree,
}

impl Trees {
    /// Opens or creates the database.
    pub(super) fn open(path: &Path) -> Result<Self, Failure> {
        let db = sled::Config::new()
            .path(path)
            .segment_size(SEGMENT_BYTES)
            .cache_capacity(CACHE_BYTES)
            .flush_every_ms(None)
            .open()?;
        Ok(Self { subjects: db.open_tree("subjects")?, runs: db.open_tree("runs")?, db })
    }

    /// Compares the catalogue with the runs; answers with the last position that it covers.
    pub(super) fn covered(&self, runs: &[Arc<SealedRun>]) -> Result<u64, Failure> {
        let mut covered = 0;
        let mut runs = runs.iter();
        for entry in &self.runs {
            let (key, value) = entry?;
            let run = runs.next().ok_or(Failure::Malformed)?;
            if key != run.name().first.to_be_bytes() || value != catalogued(run) {
                return Err(Failure::Malformed);
            }
            covered = run.name().last;
        }
        Ok(covered)
    }

    /// Puts one stream of a run in.
    pub(super) fn insert(
        &self,
        run: &SealedRun,
        entry: &StreamEntry,
        place: EntryPlace,
    ) -> Result<(), Failure> {
        self.subjects.insert(key_of(&entry.subject, run.name().first), value_of(entry, place))?;
        Ok(())
    }

    /// Puts a run into the catalogue, all its streams being in.
    pub(super) fn list(&self, run: &SealedRun) -> Result<(), Failure> {
        self.runs.insert(run.name().first.to_be_bytes(), catalogued(run))?;
        Ok(())
    }

    /// Hands everything to the operating system.
    pub(super) fn flush(&self) -> Result<(), Failure> {
        self.db.flush()?;
        Ok(())
    }

    /// The parts of a stream in these runs, oldest first.
    pub(super) fn parts(
        &self,
        subject: &Subject,
        runs: &[Arc<SealedRun>],
    ) -> Result<Vec<Part>, Failure> {
        let entries = self.subjects.scan_prefix(prefix_of(subject));
        let parts = entries.map(|entry| part_of(&entry?, runs));
        parts.filter_map(Result::transpose).collect()
    }
}

/// What the catalogue says of a run.
fn catalogued(run: &SealedRun) -> Vec<u8> {
    [run.name().last.to_be_bytes(), u64::from(run.stream_count()).to_be_bytes()].concat()
}

/// Reads an entry of the database; `None` where its run is not one of `runs`, having been sealed
/// after they were looked up.
fn part_of(
    (key, value): &(sled::IVec, sled::IVec),
    runs: &[Arc<SealedRun>],
) -> Result<Option<Part>, Failure> {
    let first = key.last_chunk().map(|bytes| u64::from_be_bytes(*bytes));
    let first = first.ok_or(Failure::Malformed)?;
    let index = runs.binary_search_by_key(&first, |run| run.name().first);
    let Ok(index) = index else { return Ok(None) };
    let run = Arc::clone(&runs[index]);
    let (last_revision, place) = read_value(value).ok_or(Failure::Malformed)?;
    Ok(Some(Part { run, last_revision, located: Located::At(place) }))
}

fn prefix_of(subject: &Subject) -> Vec<u8> {
    // No name holds a zero byte, so no name is the beginning of another's key.
    [subject.as_str().as_bytes(), &[0]].concat()
}

fn key_of(subject: &Subject, first: u64) -> Vec<u8> {
    [&prefix_of(subject)[..], &first.to_be_bytes()].concat()
}

fn value_of(entry: &StreamEntry, place: EntryPlace) -> Vec<u8> {
    let mut value = Vec::with_capacity(16);
    put_number(&mut value, entry.first_revision.0);
    put_number(&mut value, entry.offsets.len() as u64);
    put_number(&mut value, u64::from(place.offset));
    put_number(&mut value, u64::from(place.length));
    value
}

/// Reads the last revision and the place.
fn read_value(value: &[u8]) -> Option<(Revision, EntryPlace)> {
    let mut cursor = Cursor::new(value);
    let (first, count) = (cursor.number()?, cursor.number()?);
    let last = first.checked_add(count)?.checked_sub(1)?;
    let offset = u32::try_from(cursor.number()?).ok()?;
    let length = u32::try_from(cursor.number()?).ok()?;
    Some((Revision(last), EntryPlace { offset, length }))
}
