//! The two trees of the database, and the bytes in them.

use std::path::Path;
use std::sync::Arc;

use events::Subject;

use super::Failure;
use super::ordinals::Ordinals;
use crate::sealed::SealedRun;

/// The database gives space back by whole segments. Measured with ten million events: 28 MB with
/// segments of 2 MiB, 104 MB with 512 KiB, 176 MB with 16 MiB. A page over a quarter of one would
/// go to a file of its own; values are far too small for that.
const SEGMENT_BYTES: usize = 2 << 20;
const CACHE_BYTES: u64 = 16 << 20;

/// An open database.
pub(super) struct Trees {
    db: sled::Db,
    /// Subject to the runs with events of it.
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

    /// Says that a stream has an event in the run at `ordinal`, no later run having been added.
    pub(super) fn insert(&self, subject: &Subject, ordinal: u64) -> Result<(), Failure> {
        let mut ordinals = self.ordinals(subject)?;
        if ordinals.push(ordinal) {
            self.subjects.insert(subject.as_str(), ordinals.encode())?;
        }
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

    /// The runs that may hold events of a stream.
    pub(super) fn ordinals(&self, subject: &Subject) -> Result<Ordinals, Failure> {
        match self.subjects.get(subject.as_str())? {
            Some(value) => Ordinals::decode(&value).ok_or(Failure::Malformed),
            None => Ok(Ordinals::default()),
        }
    }
}

/// What the catalogue says of a run.
fn catalogued(run: &SealedRun) -> Vec<u8> {
    [run.name().last.to_be_bytes(), u64::from(run.stream_count()).to_be_bytes()].concat()
}
