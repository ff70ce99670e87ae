//! What goes to standard output, and the progress of long work.

use std::io::{self, IsTerminal as _, Write as _};
use std::path::Path;
use std::time::Duration;

use anyhow::Context as _;
use indicatif::{ProgressBar, ProgressStyle};

use crate::Failure;

pub(crate) use replay::{print, to_stdout};

/// Tells people on standard error; programs read standard output.
pub(crate) fn tell(text: &str) {
    // Nothing depends on the message having been read.
    let _ = writeln!(io::stderr(), "{text}");
}

/// A bar for work of `length` items, shown on a terminal alone; `None`: of unknown length.
pub(crate) fn progress_bar(length: Option<u64>, what: &'static str) -> ProgressBar {
    if !io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let (bar, template) = match length {
        Some(length) => {
            (ProgressBar::new(length), "{msg} {wide_bar} {human_pos}/{human_len} {per_sec} {eta}")
        }
        None => (ProgressBar::new_spinner(), "{msg} {spinner} {human_pos} {per_sec}"),
    };
    bar.enable_steady_tick(Duration::from_millis(200));
    bar.set_message(what);
    match ProgressStyle::with_template(template) {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}

/// Writes text to a file, or prints it where none is named.
pub(crate) fn deliver(path: Option<&Path>, text: &str) -> Result<(), Failure> {
    let Some(path) = path else { return print(text) };
    let name = || format!("cannot write {}", path.display());
    Ok(std::fs::write(path, text).with_context(name)?)
}
