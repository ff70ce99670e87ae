//! Where logs of folders lie: in them.

use std::fs;
use std::path::{Path, PathBuf};

use crate::program::run;

/// The name of a new log of a folder.
pub(crate) fn new_log(dir: &Path) -> PathBuf {
    dir.join("log")
}

/// All files that hold what the log holds.
pub(crate) fn files_of(log: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(log).expect("a directory") {
        let path = entry.expect("an entry").path();
        if path.is_dir() { found.extend(files_of(&path)) } else { found.push(path) }
    }
    found
}

/// Begins a log with the origin and the key of another.
pub(crate) fn fork(of: &Path, log: &Path) {
    fs::create_dir(log).expect("a directory");
    for file in ["origin", "key"] {
        fs::copy(of.join(file), log.join(file)).expect("a file");
    }
    let log = log.to_str().expect("UTF-8");
    run("casetrail", ["log", "init", "--log", log]).ok();
}
