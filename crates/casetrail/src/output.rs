//! What goes to standard output, and the progress of long work.

use std::io::{self, BufWriter, IsTerminal as _, Write};
use std::path::Path;
use std::time::Duration;

use anyhow::Context as _;
use indicatif::{ProgressBar, ProgressStyle};

use crate::Failure;

/// Prints text to standard output; a reader that went away is no fault.
pub(crate) fn print(text: &str) -> Result<(), Failure> {
    to_stdout(|out| out.write_all(text.as_bytes()))
}

/// Writes to standard output through a buffer; a reader that went away is no fault.
pub(crate) fn to_stdout(
    write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> Result<(), Failure> {
    let mut out = BufWriter::new(io::stdout().lock());
    match write(&mut out).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error.into()),
        Ok(()) | Err(_) => Ok(()),
    }
}

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
