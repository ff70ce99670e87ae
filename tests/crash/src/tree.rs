//! A folder in memory: what a disk holds at one moment.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Seek as _, SeekFrom, Write as _};
use std::path::Path;

/// A file or folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Node {
    /// A file's bytes.
    File(Vec<u8>),
    /// A folder's names.
    Folder(Tree),
}

/// A folder: names, and what they stand for.
pub type Tree = BTreeMap<String, Node>;

/// Bytes written at once; as many zeros are left out, so that files keep their holes.
const CHUNK_BYTES: usize = 4096;

/// Reads a folder.
///
/// # Errors
/// What the operating system says.
pub fn load(dir: &Path) -> io::Result<Tree> {
    let mut tree = Tree::new();
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let node = if entry.file_type()?.is_dir() {
            Node::Folder(load(&entry.path())?)
        } else {
            Node::File(fs::read(entry.path())?)
        };
        tree.insert(name, node);
    }
    Ok(tree)
}

/// Makes a folder of these contents, in the place of one that may stand there.
///
/// # Errors
/// What the operating system says.
pub fn store(tree: &Tree, dir: &Path) -> io::Result<()> {
    match fs::remove_dir_all(dir) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => fs::create_dir_all(dir)?,
    }
    for (name, node) in tree {
        match node {
            Node::File(bytes) => store_file(bytes, &dir.join(name))?,
            Node::Folder(tree) => store(tree, &dir.join(name))?,
        }
    }
    Ok(())
}

fn store_file(bytes: &[u8], path: &Path) -> io::Result<()> {
    let mut file = fs::File::create(path)?;
    file.set_len(bytes.len() as u64)?;
    for (at, chunk) in (0_u64..).step_by(CHUNK_BYTES).zip(bytes.chunks(CHUNK_BYTES)) {
        if chunk.iter().any(|byte| *byte != 0) {
            file.seek(SeekFrom::Start(at))?;
            file.write_all(chunk)?;
        }
    }
    Ok(())
}

/// Names what differs between two folders, for a message.
#[must_use]
pub fn differences(left: &Tree, right: &Tree) -> Vec<String> {
    let mut found = Vec::new();
    for name in left.keys().chain(right.keys().filter(|name| !left.contains_key(*name))) {
        match (left.get(name), right.get(name)) {
            (Some(Node::Folder(left)), Some(Node::Folder(right))) => {
                let below = differences(left, right);
                found.extend(below.into_iter().map(|what| format!("{name}/{what}")));
            }
            (Some(left), Some(right)) if left == right => {}
            (Some(Node::File(left)), Some(Node::File(right))) => {
                let at = left.iter().zip(right).position(|(left, right)| left != right);
                let at = at.unwrap_or(left.len().min(right.len()));
                found.push(format!("{name} ({} and {} bytes, from {at})", left.len(), right.len()));
            }
            (Some(_), Some(_)) => found.push(format!("{name} (file and folder)")),
            (Some(_), None) => found.push(format!("{name} (only left)")),
            (None, _) => found.push(format!("{name} (only right)")),
        }
    }
    found
}
