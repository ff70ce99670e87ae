//! The small files of a log's directory: lock, origin, and the mark of a clean end.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use events::Hash;
use fs4::{FileExt, TryLockError};
use journal::durable;

const LOCK: &str = "LOCK";
const ORIGIN: &str = "origin";
const CLEAN: &str = "CLEAN";
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

    /// Lets the next one in.
    pub(crate) fn release(&self) -> io::Result<()> {
        FileExt::unlock(&self.0)
    }
}

/// Reads the log's name; `None` for a directory that has none yet.
pub(crate) fn read_origin(dir: &Path) -> io::Result<Option<String>> {
    match fs::read_to_string(dir.join(ORIGIN)) {
        Ok(text) => Ok(Some(text.trim_end_matches('\n').to_owned())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
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
        let text = match fs::read_to_string(Self::path(dir)) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        let parse = || {
            let mut words = text.split_ascii_whitespace();
            let (position, root, directory) = (words.next()?, words.next()?, words.next()?);
            let root: Vec<u8> = root
                .as_bytes()
                .chunks(2)
                .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok())
                .collect::<Option<_>>()?;
            Some(Self {
                position: position.parse().ok()?,
                root: root.try_into().ok()?,
                directory: directory == LISTED,
            })
        };
        Ok(parse())
    }

    /// Writes the mark.
    pub(crate) fn write(self, dir: &Path) -> io::Result<()> {
        let root: String = self.root.iter().map(|byte| format!("{byte:02x}")).collect();
        let directory = if self.directory { LISTED } else { UNLISTED };
        let text = format!("{} {root} {directory}\n", self.position);
        durable::replace(&Self::path(dir), text.as_bytes())
    }

    /// Removes the mark, before anything changes that it speaks of.
    pub(crate) fn remove(dir: &Path) -> io::Result<()> {
        durable::remove(&Self::path(dir))
    }
}
