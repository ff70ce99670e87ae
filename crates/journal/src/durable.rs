//! The few file operations that durability rests on.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::Path;

use crate::seeded::seeded_bug;

static ZEROS: [u8; 64 * 1024] = [0; 64 * 1024];

/// Makes the names in a directory durable: a file whose directory was not synced can be gone after
/// a power cut, however well its content was synced.
///
/// # Errors
/// What the operating system says.
pub fn sync_dir(dir: &Path) -> io::Result<()> {
    if seeded_bug("no-directory-sync") {
        return Ok(());
    }
    File::open(dir)?.sync_all()
}

/// Creates a directory and its name in the directory above, durably; an existing one is fine.
///
/// # Errors
/// What the operating system says.
pub fn create_dir(dir: &Path) -> io::Result<()> {
    fs::DirBuilder::new().recursive(true).mode(0o700).create(dir)?;
    match dir.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => sync_dir(parent),
        _ => Ok(()),
    }
}

/// Writes a small file, in the place of one that may stand there: after a crash either the old
/// content is there, or the new one, whole.
///
/// # Errors
/// What the operating system says; then either content may be there.
pub fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    replace_with(path, bytes, 0o666)
}

/// As [`replace`], of a file that its owner alone may read and write.
///
/// # Errors
/// What the operating system says; then either content may be there.
pub fn replace_private(path: &Path, bytes: &[u8]) -> io::Result<()> {
    replace_with(path, bytes, 0o600)
}

fn replace_with(path: &Path, bytes: &[u8], mode: u32) -> io::Result<()> {
    let temporary = path.with_added_extension("tmp");
    // One that a crash left behind may have other permissions.
    remove(&temporary)?;
    let mut options = OpenOptions::new();
    let mut file = options.write(true).create_new(true).mode(mode).open(&temporary)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&temporary, path)?;
    path.parent().map_or(Ok(()), sync_dir)
}

/// Removes a file and makes the removal durable; a file that is not there is fine.
///
/// # Errors
/// What the operating system says.
pub fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        other => other?,
    }
    path.parent().map_or(Ok(()), sync_dir)
}

/// Removes the files of a directory that were never given their name: what interrupted writing left.
///
/// # Errors
/// What the operating system says.
pub fn remove_leftovers(dir: &Path) -> io::Result<()> {
    for entry in fs::read_dir(dir)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "tmp") {
            fs::remove_file(path)?;
        }
    }
    Ok(())
}

/// Creates a file of `length` zero bytes and syncs it; one that stands there is overwritten.
///
/// Zeros are written out rather than reserved: a reserved block costs a commit of the file
/// system's own journal at the first write to it, which is what preallocation is to avoid.
pub(crate) fn create_zeroed(path: &Path, length: u64) -> io::Result<File> {
    let mut file =
        OpenOptions::new().read(true).write(true).create(true).truncate(true).open(path)?;
    write_zeros(&mut file, length)?;
    file.sync_all()?;
    Ok(file)
}

fn write_zeros(file: &mut File, length: u64) -> io::Result<()> {
    let mut left = length;
    while left > 0 {
        let step = usize::try_from(left).unwrap_or(ZEROS.len()).min(ZEROS.len());
        file.write_all(&ZEROS[..step])?;
        left -= crate::bytes::in_file(step);
    }
    Ok(())
}
