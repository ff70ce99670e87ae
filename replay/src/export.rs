//! Opening an export, compressed or not.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

use anyhow::Context as _;
use eventlog::ExportReader;

use crate::{Failure, Replayed, Why};

/// The first bytes of a zstd frame (RFC 8878, 3.1.1).
const ZSTD_MAGIC: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];

/// Opens an export: NDJSON, plain or zstd; `-` is standard input.
///
/// # Errors
/// [`Failure::WrongUse`] where there is no such file, [`Failure::Fault`] where it cannot be read.
pub fn open(path: &Path) -> Result<ExportReader<Box<dyn BufRead>>, Failure> {
    let name = || format!("cannot read {}", path.display());
    if path.is_dir() {
        let why = "a directory is no export; `casetrail log export` makes one";
        return Err(Failure::WrongUse(anyhow::anyhow!(why).context(name())));
    }
    let mut input: Box<dyn BufRead> = if path == Path::new("-") {
        Box::new(BufReader::new(std::io::stdin()))
    } else {
        let file = File::open(path).with_context(name).map_err(Failure::WrongUse)?;
        Box::new(BufReader::new(file))
    };
    if input.fill_buf().with_context(name)?.starts_with(&ZSTD_MAGIC) {
        let plain = zstd::Decoder::with_buffer(input).with_context(name)?;
        input = Box::new(BufReader::new(plain));
    }
    Ok(ExportReader::new(input))
}

/// Folds the export at a path; a bad position is a fault, for whoever does not verify.
pub(crate) fn replay(path: &Path) -> Result<Replayed, Failure> {
    let name = || format!("{} cannot be replayed", path.display());
    Ok(Replayed::read(open(path)?).with_context(name)?)
}

/// As [`replay`], for who asks whether the export is good: a bad position is a negative answer.
pub(crate) fn verify(path: &Path) -> Result<Replayed, Failure> {
    Replayed::read(open(path)?).map_err(|error| {
        let broke_off = matches!(&error.why, Why::Line(eventlog::ExportError::Io { .. }));
        let error = anyhow::Error::from(error).context(path.display().to_string());
        if broke_off { Failure::Fault(error) } else { Failure::Negative(error) }
    })
}
