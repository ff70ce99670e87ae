//! What goes to standard output.

use std::io::{self, BufWriter, Write};

use crate::Failure;

/// Prints text to standard output; a reader that went away is no fault.
///
/// # Errors
/// [`Failure::Fault`].
pub fn print(text: &str) -> Result<(), Failure> {
    to_stdout(|out| out.write_all(text.as_bytes()))
}

/// Writes to standard output through a buffer; a reader that went away is no fault.
///
/// # Errors
/// [`Failure::Fault`].
pub fn to_stdout(write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<(), Failure> {
    let mut out = BufWriter::new(io::stdout().lock());
    match write(&mut out).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error.into()),
        Ok(()) | Err(_) => Ok(()),
    }
}
