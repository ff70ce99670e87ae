//! The file of what was refused.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use events::Refusal;

/// A file of refused events, one a line:
/// `{"line":…,"code":"…","path":"…","message":"…","event":"<its text>"}`.
///
/// The file is made when the first refusal comes, in place of what an earlier run left there. A
/// text that is not UTF-8 has U+FFFD in place of what is not.
#[derive(Debug)]
pub struct Quarantine {
    path: PathBuf,
    file: Option<BufWriter<File>>,
}

impl Quarantine {
    /// A quarantine at `path`; touches no file yet.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into(), file: None }
    }

    /// Where the file is, if it comes to one.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether anything was refused.
    #[must_use]
    pub const fn holds_any(&self) -> bool {
        self.file.is_some()
    }

    /// Keeps a refused event.
    ///
    /// # Errors
    /// When the file cannot be made or written.
    pub fn keep(&mut self, line: u64, refusal: &Refusal, raw: &[u8]) -> io::Result<()> {
        let text = |text: &str| serde_json::to_string(text).map_err(io::Error::from);
        let record = format!(
            "{{\"line\":{line},\"code\":{},\"path\":{},\"message\":{},\"event\":{}}}\n",
            text(refusal.code.name())?,
            text(&refusal.path)?,
            text(&refusal.message)?,
            text(&String::from_utf8_lossy(raw))?,
        );
        let file = match &mut self.file {
            Some(file) => file,
            None => self.file.insert(BufWriter::new(File::create(&self.path)?)),
        };
        file.write_all(record.as_bytes())
    }

    /// Writes out what is still in memory.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn flush(&mut self) -> io::Result<()> {
        self.file.as_mut().map_or(Ok(()), BufWriter::flush)
    }

    /// Ends a run: writes the file out, or removes what an earlier run left if nothing was refused.
    ///
    /// # Errors
    /// When the file cannot be written, synced or removed.
    pub fn finish(&mut self) -> io::Result<()> {
        self.flush()?;
        match &self.file {
            Some(file) => file.get_ref().sync_all(),
            None => match fs::remove_file(&self.path) {
                Err(e) if e.kind() != io::ErrorKind::NotFound => Err(e),
                _ => Ok(()),
            },
        }
    }
}
