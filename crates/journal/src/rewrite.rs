//! Segments whose records are replaced.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

use crate::bytes::in_file;
use crate::durable::sync_dir;
use crate::group::{Group, encode_rewritten};
use crate::journal::RewriteError;
use crate::segment::Segment;

/// Says by what a record is replaced, given its position; `None` leaves it as it is.
pub(crate) type Replace<'a> = dyn FnMut(u64, &[u8]) -> Option<Vec<u8>> + 'a;

/// A segment file that took the place of another.
#[derive(Debug)]
pub(crate) struct Rewritten {
    pub(crate) file: File,
    /// Length of the file, bytes.
    pub(crate) length: u64,
    /// Offset behind the last group, bytes.
    pub(crate) end: u64,
}

/// Replaces records of the segment at `path`; `None` where none is replaced.
///
/// Groups that change become rewritten ones, the others stay as they are, byte for byte; the
/// chain of groups holds. Room for groups to come stays as it was, where the new groups leave it.
pub(crate) fn rewrite_segment(
    path: &Path,
    segment: &Segment,
    replace: &mut Replace<'_>,
) -> Result<Option<Rewritten>, RewriteError> {
    let mut bytes = segment.header_bytes().to_vec();
    let mut changed = false;
    let mut buffer = Vec::new();
    for group in &segment.scan().groups {
        match replaced(segment, group, replace) {
            Some(records) => {
                let written = encode_rewritten(&mut buffer, group, &records);
                written.map_err(|_| RewriteError::TooLarge)?;
                bytes.extend_from_slice(&buffer);
                changed = true;
            }
            None => bytes.extend_from_slice(&segment.bytes()[group.offset..group.end()]),
        }
    }
    if !changed {
        return Ok(None);
    }
    let end = in_file(bytes.len());
    bytes.resize(bytes.len().max(segment.bytes().len()), 0);
    let file = put_in_place(path, &bytes)
        .map_err(|source| RewriteError::Io { path: path.to_owned(), source })?;
    Ok(Some(Rewritten { file, length: in_file(bytes.len()), end }))
}

/// All records of a group, some of them replaced; `None` where none is.
fn replaced(segment: &Segment, group: &Group, replace: &mut Replace<'_>) -> Option<Vec<Vec<u8>>> {
    let mut changed = false;
    let records = segment.records_of(group).map(|(position, record)| {
        let new = replace(position, record);
        changed |= new.is_some();
        new.unwrap_or_else(|| record.to_vec())
    });
    let records = records.collect();
    changed.then_some(records)
}

/// Writes a file under a temporary name, then gives it the name of the one that it replaces.
fn put_in_place(path: &Path, bytes: &[u8]) -> io::Result<File> {
    let temporary = path.with_added_extension("tmp");
    let mut file =
        OpenOptions::new().read(true).write(true).create(true).truncate(true).open(&temporary)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&temporary, path)?;
    path.parent().map_or(Ok(()), sync_dir)?;
    Ok(file)
}
