//! The small files of a log's directory: lock, origin, and what is marked of its head.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use events::Hash;
use fs4::{FileExt, TryLockError};
use journal::durable;

const LOCK: &str = "LOCK";
const ORIGIN: &str = "origin";
const CLEAN: &str = "CLEAN";
const ACKNOWLEDGED: &str = "ACKNOWLEDGED";
const LISTED: &str = "directory";
const UNLISTED: &str = "-";

/// Holds other processes out of the directory while it lives.
#[derive(Debug)]
pub(crate) struct DirectoryLock(File);

impl DirectoryLock {
    /// Takes the lock; `None` where another holds it.
    pub(crate) fn take(dir: &Path) -> io::Result<Option<Self>> {
        let file = File::options().write(true).create(true).truncate(false).open(dir.join(LOCK))?;
        match FileExt::try_lock(&file) {
            Ok(()) => Ok(Some(Self(file))),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }

    /// Keeps writers out, and lets other readers in; `None` where a writer holds the lock.
    pub(crate) fn share(dir: &Path) -> io::Result<Option<Self>> {
        let file = File::open(dir.join(LOCK))?;
        match FileExt::try_lock_shared(&file) {
            Ok(()) => Ok(Some(Self(file))),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }

    /// Lets the next one in.
    pub(crate) fn release(&self) -> io::Result<()> {
        FileExt::unlock(&self.0)
    }
}

/// Reads the log's name; `None` for a directory that has none yet.
pub(crate) fn read_origin(dir: &Path) -> io::Result<Option<String>> {
    let text = read_if_there(&dir.join(ORIGIN))?;
    Ok(text.map(|text| text.trim_end_matches('\n').to_owned()))
}

/// Gives the log its name.
pub(crate) fn write_origin(dir: &Path, origin: &str) -> io::Result<()> {
    durable::replace(&dir.join(ORIGIN), format!("{origin}\n").as_bytes())
}

/// Where a log stood when it was closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct CleanMark {
    pub(crate) position: u64,
    pub(crate) root: Hash,
    /// Whether the directory of streams was closed in order too.
    pub(crate) directory: bool,
}

impl CleanMark {
    fn path(dir: &Path) -> PathBuf {
        dir.join(CLEAN)
    }

    /// Reads the mark; `None` where the log was not closed, or the mark says nothing.
    pub(crate) fn read(dir: &Path) -> io::Result<Option<Self>> {
        let text = read_if_there(&Self::path(dir))?;
        let parse = |text: String| {
            let mut words = text.split_ascii_whitespace();
            let HeadMark { position, root } = HeadMark::parse(&mut words)?;
            Some(Self { position, root, directory: words.next()? == LISTED })
        };
        Ok(text.and_then(parse))
    }

    /// Writes the mark.
    pub(crate) fn write(self, dir: &Path) -> io::Result<()> {
        let directory = if self.directory { LISTED } else { UNLISTED };
        let text = format!("{} {} {directory}\n", self.position, hex::encode(self.root));
        durable::replace(&Self::path(dir), text.as_bytes())
    }

    /// Removes the mark, before anything changes that it speaks of.
    pub(crate) fn remove(dir: &Path) -> io::Result<()> {
        durable::remove(&Self::path(dir))
    }
}

/// A head that was acknowledged: the log's second witness of it, besides the journal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct HeadMark {
    pub(crate) position: u64,
    pub(crate) root: Hash,
}

impl HeadMark {
    /// Reads the mark; `None` where there is none, or it says nothing.
    pub(crate) fn read(dir: &Path) -> io::Result<Option<Self>> {
        let text = read_if_there(&dir.join(ACKNOWLEDGED))?;
        Ok(text.and_then(|text| Self::parse(&mut text.split_ascii_whitespace())))
    }

    /// Writes the mark, in the place of an earlier one.
    pub(crate) fn write(self, dir: &Path) -> io::Result<()> {
        let text = format!("{} {}\n", self.position, hex::encode(self.root));
        durable::replace(&dir.join(ACKNOWLEDGED), text.as_bytes())
    }

    fn parse<'a>(words: &mut impl Iterator<Item = &'a str>) -> Option<Self> {
        let position = words.next()?.parse().ok()?;
        let mut root = [0; 32];
        hex::decode_to_slice(words.next()?, &mut root).ok()?;
        Some(Self { position, root })
    }
}

fn read_if_there(path: &Path) -> io::Result<Option<String>> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}
