//! Histories and exports for tests.

use std::path::{Path, PathBuf};

use eventlog::ExportReader;
use events::{Logged, Timestamp};
use replay::Replayed;
use replay::golden::{History, histories};

/// The instant at which tests ask: behind everything in the histories.
pub(crate) fn now() -> Timestamp {
    "2026-01-01T00:00:00Z".parse().unwrap()
}

pub(crate) fn histories_dir() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("histories")
}

/// Every history.
pub(crate) fn all() -> Vec<History> {
    let dirs = histories(&histories_dir()).unwrap();
    assert!(dirs.len() >= 30, "{} histories", dirs.len());
    dirs.iter().map(|dir| History::read(dir).unwrap()).collect()
}

/// The history of that name.
pub(crate) fn history(name: &str) -> History {
    History::read(&histories_dir().join(name)).unwrap()
}

/// Events as a log exports them.
pub(crate) fn export_of(events: &[Logged]) -> Vec<u8> {
    let line = |event: &Logged| [event.canonical(), b"\n".to_vec()].concat();
    events.iter().flat_map(line).collect()
}

/// An export, folded.
pub(crate) fn replayed(export: &[u8]) -> Replayed {
    let mut replayed = Replayed::keeping_events();
    let mut reader = ExportReader::new(export);
    for item in &mut reader {
        replayed.push(&item.unwrap().1).unwrap();
    }
    replayed.named(&reader.origin())
}
