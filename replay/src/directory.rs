//! Reading a log where it lies, without touching it.

use std::path::Path;

use anyhow::Context as _;
use eventlog::{PAGE_EVENTS_MAX, ReadError};
use eventlog_embedded::{OpenError, ReadOnlyLog};
use events::{Logged, Position};

use crate::{Failure, Replayed};

fn open(path: &Path) -> Result<ReadOnlyLog, Failure> {
    if !path.join("origin").is_file() {
        return Err(Failure::WrongUse(anyhow::anyhow!("{} holds no log", path.display())));
    }
    ReadOnlyLog::open(path).map_err(|error| {
        let unread = matches!(error, OpenError::Io { .. } | OpenError::Locked { .. });
        let why = anyhow::Error::from(error).context(path.display().to_string());
        if unread { Failure::Fault(why) } else { Failure::Negative(why) }
    })
}

/// Hands everything that a log holds to `visit`, in order, until that answers `false`.
pub(crate) fn each_of_directory(
    path: &Path,
    mut visit: impl FnMut(Logged) -> bool,
) -> Result<(), Failure> {
    each_of(&open(path)?, path, &mut visit)
}

fn each_of(
    log: &ReadOnlyLog,
    path: &Path,
    visit: &mut dyn FnMut(Logged) -> bool,
) -> Result<(), Failure> {
    let mut next = Position(1);
    loop {
        let page = log.page(next, PAGE_EVENTS_MAX).map_err(|error| {
            let damaged = matches!(error, ReadError::Damaged { .. });
            let why = anyhow::Error::from(error).context(path.display().to_string());
            if damaged { Failure::Negative(why) } else { Failure::Fault(why) }
        })?;
        let Some(last) = page.last() else { return Ok(()) };
        next = Position(last.position().0 + 1);
        for logged in page {
            if !visit(logged) {
                return Ok(());
            }
        }
    }
}

/// Folds a log, and compares its tree with the one that the log says it has.
pub(crate) fn directory(path: &Path) -> Result<Replayed, Failure> {
    let log = open(path)?;
    let head = log.head().with_context(|| path.display().to_string())?;
    let mut replayed = Replayed::default().named(&head.origin);
    let mut bad = None;
    each_of(&log, path, &mut |logged| {
        bad = replayed.push(&logged).err();
        bad.is_none()
    })?;
    if let Some(error) = bad {
        return Err(Failure::Negative(
            anyhow::Error::from(error).context(path.display().to_string()),
        ));
    }
    if replayed.root_at(head.position.0) != Some(head.root) {
        let why = anyhow::anyhow!("{}: its events have another root than it says", path.display());
        return Err(Failure::Negative(why));
    }
    Ok(replayed)
}
