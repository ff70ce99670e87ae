//! Opening what is to be replayed: an export, compressed or not, or a log where it lies.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

use anyhow::Context as _;
use eventlog::ExportReader;
use events::{Logged, Position};

use crate::{Failure, Replayed, Why};

/// The first bytes of a zstd frame (RFC 8878, 3.1.1).
const ZSTD_MAGIC: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];

/// Opens an export: NDJSON, plain or zstd; `-` is standard input.
///
/// # Errors
/// [`Failure::WrongUse`] where there is no such file, [`Failure::Fault`] where it cannot be read.
pub fn open(path: &Path) -> Result<ExportReader<Box<dyn BufRead>>, Failure> {
    let name = || format!("cannot read {}", path.display());
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

/// Folds the log or export at a path; a bad position is a fault, for whoever does not verify.
pub(crate) fn replay(path: &Path) -> Result<Replayed, Failure> {
    let name = || format!("{} cannot be replayed", path.display());
    if path.is_dir() {
        return directory(path);
    }
    Ok(Replayed::read(open(path)?).with_context(name)?)
}

/// As [`replay`], for who asks whether the log is good: a bad position is a negative answer.
pub(crate) fn verify(path: &Path) -> Result<Replayed, Failure> {
    if path.is_dir() {
        return directory(path);
    }
    Replayed::read(open(path)?).map_err(|error| {
        let broke_off = matches!(&error.why, Why::Line(eventlog::ExportError::Io { .. }));
        let error = anyhow::Error::from(error).context(path.display().to_string());
        if broke_off { Failure::Fault(error) } else { Failure::Negative(error) }
    })
}

/// Hands everything at a path to `visit`, in order, until that answers `false`.
pub(crate) fn each(path: &Path, visit: impl FnMut(Logged) -> bool) -> Result<(), Failure> {
    if path.is_dir() {
        return each_of_directory(path, visit);
    }
    let mut visit = visit;
    for logged in open(path)? {
        let (_, logged) = logged.with_context(|| path.display().to_string())?;
        if !visit(logged) {
            break;
        }
    }
    Ok(())
}

/// Hands what stands at some positions to `visit`, in order.
pub(crate) fn each_at(
    path: &Path,
    positions: &BTreeSet<Position>,
    mut visit: impl FnMut(Logged),
) -> Result<(), Failure> {
    let Some(last) = positions.last() else { return Ok(()) };
    each(path, |logged| {
        let position = logged.position();
        if positions.contains(&position) {
            visit(logged);
        }
        position < *last
    })
}

#[cfg(feature = "embedded")]
use crate::directory::{directory, each_of_directory};

#[cfg(not(feature = "embedded"))]
fn directory(path: &Path) -> Result<Replayed, Failure> {
    each_of_directory(path, |_| true).map(|()| Replayed::default())
}

#[cfg(not(feature = "embedded"))]
fn each_of_directory(path: &Path, _: impl FnMut(Logged) -> bool) -> Result<(), Failure> {
    let why = "this program was built for exports alone; `casetrail log export` makes one";
    Err(Failure::WrongUse(anyhow::anyhow!(why).context(path.display().to_string())))
}
