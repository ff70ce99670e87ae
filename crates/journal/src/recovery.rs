//! Opening what is on disk: segments in order, the tail cut, the last group made durable again.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::bytes::in_file;
use crate::positions::Positions;
use crate::scan::{Expected, Verdict};
use crate::seeded::seeded_bug;
use crate::segment::{Segment, SegmentError};
use crate::segments::Segments;

/// Why a journal could not be opened. Nothing was changed that a second attempt would need.
#[derive(Debug, Error)]
pub enum OpenError {
    /// A directory or file could not be read or written.
    #[error("cannot open the journal in {}", path.display())]
    Io {
        /// What was being read or written.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// A segment cannot be read.
    #[error(transparent)]
    Segment(#[from] SegmentError),
    /// Segments do not follow on each other, or the journal ends before positions that it must
    /// have held.
    #[error("the journal in {} lacks {missing}", dir.display())]
    Missing {
        /// The journal's directory.
        dir: PathBuf,
        /// Positions that are nowhere.
        missing: Positions,
    },
    /// A segment names another group before it than the one that the segment before ends with.
    #[error("segment {} does not continue the one before it ({hurt})", path.display())]
    BrokenChain {
        /// The later segment.
        path: PathBuf,
        /// Positions hurt.
        hurt: Positions,
    },
}

/// The segment that appends go to, and what its next group must say of itself.
#[derive(Debug)]
pub(crate) struct Tail {
    pub(crate) file: File,
    pub(crate) capacity: u64,
    pub(crate) end: u64,
    pub(crate) next: Expected,
}

/// What a journal must hold, as its caller knows from elsewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Needed {
    /// First position that is nowhere else, 1 or above. Segments wholly below it are deleted.
    pub first: u64,
    /// Last position that is known to have been acknowledged; `first - 1` if none is.
    pub last: u64,
}

impl Needed {
    /// Of a journal of which nothing is known.
    pub const NOTHING: Self = Self { first: 1, last: 0 };

    /// Compares with what a journal holds: from `first` to the position before `next`.
    fn check(self, dir: &Path, first: u64, next: u64) -> Result<(), OpenError> {
        let missing = if first > self.first {
            Positions::between(self.first, first - 1)
        } else if next <= self.last || next < self.first {
            Positions::between(next, self.last.max(self.first - 1))
        } else {
            return Ok(());
        };
        Err(OpenError::Missing { dir: dir.to_owned(), missing })
    }
}

/// Reads a journal without writing to it: its segments, verified. A torn tail stays, and is no part
/// of what they hold.
///
/// # Errors
/// As [`crate::Journal::open`].
pub fn read_only(dir: &Path, needed: Needed) -> Result<Segments, OpenError> {
    let segments = Segments::list(dir);
    let segments = segments.map_err(|source| OpenError::Io { path: dir.to_owned(), source })?;
    verify(dir, &segments, needed)?;
    Ok(segments)
}

/// Verifies every segment, cuts a torn tail off the last one and returns that one, ready to be
/// written to; `None` where there is no segment and none is needed.
///
/// # Errors
/// Fails where positions are damaged or missing; nothing is cut off then.
pub(crate) fn recover(
    dir: &Path,
    segments: &Segments,
    needed: Needed,
) -> Result<Option<Tail>, OpenError> {
    let last = verify(dir, segments, needed)?;
    last.map(|(path, segment)| make_tail(path, &segment)).transpose()
}

/// Verifies every segment and that they follow on each other; answers with the last.
fn verify(
    dir: &Path,
    segments: &Segments,
    needed: Needed,
) -> Result<Option<(PathBuf, Segment)>, OpenError> {
    let firsts = segments.firsts();
    let Some(held_from) = firsts.first().copied() else {
        if needed == Needed::NOTHING {
            return Ok(None);
        }
        // No segment at all: what was acknowledged behind the known positions cannot be told.
        let missing = Positions { first: needed.first, last: None };
        return Err(OpenError::Missing { dir: dir.to_owned(), missing });
    };
    let mut next: Option<Expected> = None;
    let mut last: Option<(PathBuf, Segment)> = None;
    for first in firsts {
        let segment = segments.load(first)?;
        let path = segments.path(first);
        if let Some((before, torn)) = last.replace((path, segment)) {
            reject_torn(&before, &torn, first)?;
        }
        let Some((path, segment)) = &last else { continue };
        if let Some(expected) = next {
            check_joint(dir, path, segment, expected)?;
        }
        next = Some(segment.scan().next);
    }
    needed.check(dir, held_from, next.map_or(1, |next| next.position))?;
    Ok(last)
}

/// Only the last segment can end in a write that was cut short: every other one was synced before
/// the next one came into being.
fn reject_torn(path: &Path, segment: &Segment, next_first: u64) -> Result<(), OpenError> {
    let scan = segment.scan();
    if scan.verdict == Verdict::CleanEnd {
        return Ok(());
    }
    Err(OpenError::Segment(SegmentError::Corrupt {
        path: path.to_owned(),
        corruption: crate::scan::Corruption {
            hurt: Positions::before(scan.next.position, next_first),
            offset: scan.end,
            flaw: crate::scan::Flaw::Unreadable,
        },
    }))
}

fn check_joint(
    dir: &Path,
    path: &Path,
    segment: &Segment,
    expected: Expected,
) -> Result<(), OpenError> {
    let found = segment.expected();
    if found.position != expected.position {
        let missing = Positions::before(expected.position, found.position);
        return Err(OpenError::Missing { dir: dir.to_owned(), missing });
    }
    if found.previous_link != expected.previous_link && !seeded_bug("no-chain") {
        let hurt = Positions { first: found.position, last: None };
        return Err(OpenError::BrokenChain { path: path.to_owned(), hurt });
    }
    Ok(())
}

fn make_tail(path: PathBuf, segment: &Segment) -> Result<Tail, OpenError> {
    let scan = segment.scan();
    if scan.verdict == Verdict::TornTail {
        tracing::warn!(
            segment = %path.display(),
            offset = scan.end,
            "cutting off a write that was never acknowledged"
        );
    }
    let open = || -> io::Result<File> {
        let file = OpenOptions::new().read(true).write(true).open(&path)?;
        settle(&file, segment)?;
        Ok(file)
    };
    match open() {
        Ok(file) => Ok(Tail {
            file,
            capacity: in_file(segment.bytes().len()),
            end: in_file(scan.end),
            next: scan.next,
        }),
        Err(source) => Err(OpenError::Io { path, source }),
    }
}

/// Zeroes what lies behind the last group and makes that group durable.
///
/// The last group may be readable from memory alone, its sync having failed or never begun, and
/// the operating system may hold its pages for written. They are written again, so that the sync
/// covers them: what is shown after opening stays.
fn settle(file: &File, segment: &Segment) -> io::Result<()> {
    let (bytes, scan) = (segment.bytes(), segment.scan());
    if let Some(group) = scan.groups.last()
        && !seeded_bug("no-settling")
    {
        file.write_all_at(&bytes[group.offset..group.end()], in_file(group.offset))?;
    }
    let rest = &bytes[scan.end..];
    if let Some(torn) = rest.iter().rposition(|byte| *byte != 0) {
        file.write_all_at(&vec![0; torn + 1], in_file(scan.end))?;
    }
    file.sync_all()
}
