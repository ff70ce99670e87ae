//! The writer: one write and one sync a group.

use std::fs;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::bytes::in_file;
use crate::durable::{create_dir, remove_leftovers, sync_dir};
use crate::group::{EncodeFlaw, encode_group};
use crate::recovery::{Needed, OpenError, Tail, recover};
use crate::rewrite::{Replace, rewrite_segment};
use crate::scan::Expected;
use crate::seeded::seeded_bug;
use crate::segment::{SEGMENT_HEADER_BYTES, SegmentError, SegmentHeader};
use crate::segments::Segments;
use crate::spare::{Spare, ZeroedFile};

#[cfg(test)]
mod tests;

/// A buffer that one large group has stretched beyond this is given back.
const BUFFER_BYTES_KEPT: usize = 4 << 20;

/// How a journal lays out its files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct JournalOptions {
    /// Length of a segment file, bytes; a group that does not fit gets a longer one.
    pub segment_bytes: u64,
}

impl Default for JournalOptions {
    fn default() -> Self {
        Self { segment_bytes: 16 << 20 }
    }
}

/// Why records were not appended.
#[derive(Debug, Error)]
pub enum AppendError {
    /// There was nothing to append. Nothing has changed.
    #[error("a group needs at least one record")]
    Empty,
    /// The count or the bytes of the group exceed what a group can say. Nothing has changed.
    #[error("a group holds at most 4294967295 records and bytes")]
    TooLarge,
    /// No room could be made for the group, a full disk for instance. Nothing has changed; the
    /// same append may succeed later.
    #[error("cannot make room for the next segment")]
    NoRoom {
        /// What the operating system said.
        source: io::Error,
    },
    /// A write or sync failed. Whether the group will be there after opening again is unknown,
    /// and the journal takes nothing more.
    #[error("cannot make positions {first} and above durable")]
    Failed {
        /// Position of the group's first record.
        first: u64,
        /// What the operating system said.
        source: io::Error,
    },
    /// A write or sync failed earlier. Nothing has changed.
    #[error("the journal has stopped after a failed write")]
    Stopped,
}

/// Why records were not replaced. Some segments may have been rewritten and others not, and the
/// journal takes nothing more.
#[derive(Debug, Error)]
pub enum RewriteError {
    /// A segment cannot be read.
    #[error(transparent)]
    Segment(#[from] SegmentError),
    /// A segment cannot be written.
    #[error("cannot rewrite segment {}", path.display())]
    Io {
        /// The segment file.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// The new records of a group exceed what a group can say.
    #[error("a group holds at most 4294967295 bytes")]
    TooLarge,
    /// A write or sync failed earlier. Nothing has changed.
    #[error("the journal has stopped after a failed write")]
    Stopped,
}

/// A journal opened for appending, by one owner.
#[derive(Debug)]
pub struct Journal {
    dir: PathBuf,
    options: JournalOptions,
    segments: Segments,
    tail: Tail,
    spare: Spare,
    buffer: Vec<u8>,
    stopped: bool,
}

impl Journal {
    /// Opens the journal in `dir`, or creates it there if nothing is `needed` of it.
    ///
    /// Segments that lie wholly below the first position needed are deleted, the others verified,
    /// and a torn tail is cut off. The caller must keep other processes out.
    ///
    /// # Errors
    /// Fails on damage, which is never repaired here, and where the journal does not hold all that
    /// is needed of it; then nothing is cut off.
    pub fn open(dir: &Path, options: JournalOptions, needed: Needed) -> Result<Self, OpenError> {
        let at = |source| OpenError::Io { path: dir.to_owned(), source };
        create_dir(dir).map_err(at)?;
        remove_leftovers(dir).map_err(at)?;
        let segments = Segments::list(dir).map_err(at)?;
        segments
            .remove_through(needed.first - 1)
            .map_err(|error| OpenError::Io { path: error.path, source: error.source })?;
        let mut spare = Spare::new(dir, options.segment_bytes);
        let tail = match recover(dir, &segments, needed)? {
            Some(tail) => tail,
            None => {
                let zeroed = spare.take(options.segment_bytes).map_err(at)?;
                let next = Expected { position: 1, previous_link: 0 };
                begin_segment(&segments, zeroed, next).map_err(at)?
            }
        };
        // The rename that brought the last segment into being may not have been synced.
        sync_dir(dir).map_err(at)?;
        Ok(Self {
            dir: dir.to_owned(),
            options,
            segments,
            tail,
            spare,
            buffer: Vec::new(),
            stopped: false,
        })
    }

    /// Returns the position that the next record gets.
    #[must_use]
    pub fn next_position(&self) -> u64 {
        self.tail.next.position
    }

    /// Returns the segment files; the list stays up to date and may go to another thread.
    #[must_use]
    pub fn segments(&self) -> Segments {
        self.segments.clone()
    }

    /// Appends records as one group and returns the position of the first. When this returns, the
    /// group is durable, and all records of the group are there after a crash or none is.
    ///
    /// # Errors
    /// After [`AppendError::Failed`] the outcome is unknown, and every later call gets
    /// [`AppendError::Stopped`]; all other errors leave the journal as it was.
    pub fn append<R: AsRef<[u8]>>(&mut self, records: &[R]) -> Result<u64, AppendError> {
        if self.stopped {
            return Err(AppendError::Stopped);
        }
        let Expected { position: first, previous_link } = self.tail.next;
        let link = encode_group(&mut self.buffer, first, previous_link, records).map_err(
            |flaw| match flaw {
                EncodeFlaw::Empty => AppendError::Empty,
                EncodeFlaw::TooLarge => AppendError::TooLarge,
            },
        )?;
        if in_file(self.buffer.len()) > self.tail.capacity - self.tail.end {
            self.begin_next_segment()?;
        }
        self.write_group().map_err(|source| self.stop(source))?;
        self.tail.end += in_file(self.buffer.len());
        self.tail.next = Expected { position: first + in_file(records.len()), previous_link: link };
        if self.tail.end >= self.tail.capacity / 2 {
            self.spare.begin();
        }
        if self.buffer.capacity() > BUFFER_BYTES_KEPT {
            self.buffer = Vec::new();
        }
        Ok(first)
    }

    /// Replaces records: each for which `replace` gives other bytes, in every segment. When this
    /// returns, no segment file holds the old bytes, and appending goes on.
    ///
    /// Segment by segment, oldest first: a new file is written and synced, then takes the name. A
    /// crash leaves each segment as it was or as it is to be; the caller does it again after
    /// opening. What is left under a temporary name is removed at opening.
    ///
    /// # Errors
    /// [`RewriteError`]; then the journal takes nothing more.
    pub fn rewrite(
        &mut self,
        mut replace: impl FnMut(u64, &[u8]) -> Option<Vec<u8>>,
    ) -> Result<(), RewriteError> {
        if self.stopped {
            return Err(RewriteError::Stopped);
        }
        let rewritten = self.rewrite_segments(&mut replace);
        self.stopped = rewritten.is_err();
        rewritten
    }

    fn rewrite_segments(&mut self, replace: &mut Replace<'_>) -> Result<(), RewriteError> {
        let firsts = self.segments.firsts();
        for first in &firsts {
            let segment = self.segments.load(*first)?;
            let path = self.segments.path(*first);
            let Some(rewritten) = rewrite_segment(&path, &segment, replace)? else { continue };
            if firsts.last() == Some(first) {
                self.tail.file = rewritten.file;
                self.tail.capacity = rewritten.length;
                self.tail.end = rewritten.end;
            }
        }
        Ok(())
    }

    fn write_group(&self) -> io::Result<()> {
        self.tail.file.write_all_at(&self.buffer, self.tail.end)?;
        if seeded_bug("no-sync") {
            return Ok(());
        }
        match self.tail.file.sync_data() {
            Err(_) if seeded_bug("retry-failed-sync") => self.tail.file.sync_data(),
            outcome => outcome,
        }
    }

    fn begin_next_segment(&mut self) -> Result<(), AppendError> {
        let group_bytes = in_file(SEGMENT_HEADER_BYTES + self.buffer.len());
        let length = group_bytes.max(self.options.segment_bytes);
        let zeroed = self.spare.take(length).map_err(|source| AppendError::NoRoom { source })?;
        let begun = begin_segment(&self.segments, zeroed, self.tail.next)
            .and_then(|tail| sync_dir(&self.dir).map(|()| tail));
        self.tail = begun.map_err(|source| self.stop(source))?;
        Ok(())
    }

    /// Takes nothing more from now on. The pages of a failed sync may be marked as written though
    /// they are not, so trying again could succeed and mean nothing.
    fn stop(&mut self, source: io::Error) -> AppendError {
        tracing::error!(error = %source, "the journal stops: a write or sync failed");
        self.stopped = true;
        AppendError::Failed { first: self.tail.next.position, source }
    }
}

/// Makes a zero-filled file the next segment. Its name is durable once the directory is synced.
fn begin_segment(segments: &Segments, zeroed: ZeroedFile, next: Expected) -> io::Result<Tail> {
    let header = SegmentHeader { expected: next }.encode();
    zeroed.file.write_all_at(&header, 0)?;
    zeroed.file.sync_all()?;
    fs::rename(&zeroed.path, segments.path(next.position))?;
    segments.insert(next.position);
    Ok(Tail {
        file: zeroed.file,
        capacity: zeroed.length,
        end: in_file(SEGMENT_HEADER_BYTES),
        next,
    })
}
