//! A file that is written under a temporary name, appears whole, and can be gone on with when
//! writing was interrupted.

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};

use events::{Logged, Value};
use proof::Tree;

/// How much is written at once; of a compressed file, the plain bytes of a frame. Frames end where
/// lines do, so a file that breaks off can be cut behind its last whole frame.
const CHUNK_BYTES: usize = 1 << 20;

/// An export in the making: `FILE.part`, until it is whole.
pub(super) struct Part {
    path: PathBuf,
    part: PathBuf,
    file: File,
    lines: Vec<u8>,
    zstd: bool,
}

/// What an interrupted export holds, up to the last line that is surely whole.
#[derive(Debug, Default)]
pub(super) struct Held {
    /// The tree of its entries.
    pub(super) tree: Tree,
    /// How many of them are bare.
    pub(super) erased: u64,
    /// Length of the file up to there.
    bytes: u64,
}

impl Part {
    /// Opens the file for going on, or begins it.
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        let mut part = path.as_os_str().to_owned();
        part.push(".part");
        let part = PathBuf::from(part);
        let file =
            File::options().read(true).write(true).create(true).truncate(false).open(&part)?;
        let (lines, zstd) = (Vec::new(), super::is_zstd(path));
        Ok(Self { path: path.to_owned(), part, file, lines, zstd })
    }

    /// The name under which it is written.
    pub(super) fn name(&self) -> &Path {
        &self.part
    }

    /// Reads what is there.
    pub(super) fn held(&mut self) -> io::Result<Held> {
        self.file.rewind()?;
        let mut held = Held::default();
        let mut input = BufReader::new(&self.file);
        if self.zstd {
            while let Some(lines) = next_frame(&mut input) {
                let mut next = Held { tree: held.tree.clone(), ..held };
                if !next.take_all(&lines) {
                    break;
                }
                next.bytes = input.stream_position()?;
                held = next;
            }
        } else {
            let mut line = Vec::new();
            while input.read_until(b'\n', &mut line)? > 0 && held.take(&line) {
                held.bytes += line.len() as u64;
                line.clear();
            }
        }
        Ok(held)
    }

    /// Cuts the file behind what it held; writing goes on there.
    pub(super) fn go_on(&mut self, held: &Held) -> io::Result<()> {
        self.file.set_len(held.bytes)?;
        self.file.seek(io::SeekFrom::Start(held.bytes)).map(|_| ())
    }

    /// Writes a line.
    pub(super) fn write(&mut self, line: &[u8]) -> io::Result<()> {
        self.lines.extend_from_slice(line);
        self.lines.push(b'\n');
        if self.lines.len() >= CHUNK_BYTES { self.flush() } else { Ok(()) }
    }

    /// Ends a frame, so that what follows has one of its own.
    pub(super) fn flush(&mut self) -> io::Result<()> {
        if self.lines.is_empty() {
            return Ok(());
        }
        if self.zstd {
            self.file.write_all(&zstd::encode_all(&self.lines[..], 0)?)?;
        } else {
            self.file.write_all(&self.lines)?;
        }
        self.lines.clear();
        Ok(())
    }

    /// Gives the file its name, durably.
    pub(super) fn finish(mut self) -> io::Result<()> {
        self.flush()?;
        self.file.sync_all()?;
        fs::rename(&self.part, &self.path)?;
        let dir = self.path.parent().filter(|dir| !dir.as_os_str().is_empty());
        File::open(dir.unwrap_or(Path::new(".")))?.sync_all()
    }
}

impl Held {
    /// Takes a line, if it is that of an event and whole.
    fn take(&mut self, line: &[u8]) -> bool {
        let Some((b'\n', text)) = line.split_last() else { return false };
        let logged = Value::parse(text).ok().and_then(|value| Logged::read(&value).ok());
        let Some(logged) = logged.filter(|e| e.position().0 == self.tree.size() + 1) else {
            return false;
        };
        self.erased += u64::from(logged.is_erased());
        self.tree.push(logged.leaf());
        true
    }

    fn take_all(&mut self, lines: &[u8]) -> bool {
        !lines.is_empty()
            && lines.split_inclusive(|byte| *byte == b'\n').all(|line| self.take(line))
    }
}

/// The plain bytes of the next frame, if it is whole.
fn next_frame(input: &mut BufReader<&File>) -> Option<Vec<u8>> {
    let mut lines = Vec::new();
    if input.fill_buf().ok()?.is_empty() {
        return None;
    }
    let mut frame = zstd::Decoder::with_buffer(input).ok()?.single_frame();
    frame.read_to_end(&mut lines).ok()?;
    Some(lines)
}
