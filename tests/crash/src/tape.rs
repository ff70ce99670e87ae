//! What a program did below a folder, and what it said, in order: the shim's recording.

use anyhow::{Context as _, Result, bail};

/// One call that succeeded, or a line of output. Paths are relative to the folder, "" is itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Call {
    /// A file or folder was opened.
    Opened {
        /// Its inode.
        inode: u64,
        /// Whether that brought it into being.
        created: bool,
        /// Whether it was emptied.
        emptied: bool,
        /// Its path.
        path: String,
    },
    /// Bytes were written to a file.
    Written {
        /// The file.
        inode: u64,
        /// Where, bytes.
        offset: u64,
        /// What.
        bytes: Vec<u8>,
    },
    /// A file got another length.
    Resized {
        /// The file.
        inode: u64,
        /// Its length, bytes.
        size: u64,
    },
    /// `fsync` or `fdatasync` was called: a file's content, or the names in a folder.
    SyncBegun {
        /// The file or folder; 0 for everything.
        inode: u64,
        /// Number of this sync.
        sync: u64,
    },
    /// It returned.
    SyncEnded {
        /// Number of the sync.
        sync: u64,
        /// Whether it succeeded.
        ok: bool,
    },
    /// A name was changed.
    Renamed {
        /// The old one.
        from: String,
        /// The new one.
        to: String,
    },
    /// A file's name was taken away.
    Unlinked(String),
    /// A folder was made.
    DirMade(String),
    /// A folder was removed.
    DirRemoved(String),
    /// A file got one more name.
    Linked {
        /// The old one.
        from: String,
        /// The new one.
        to: String,
    },
    /// The program wrote to standard output.
    Said(Vec<u8>),
    /// `sync_file_range`, which promises nothing.
    Hinted(u64),
}

const HEAD_BYTES: usize = 25;

/// Reads a tape. A last record that was cut short, the program having been killed, is left out.
///
/// # Errors
/// Names the byte where a record is none.
pub fn read(mut bytes: &[u8]) -> Result<Vec<Call>> {
    let length = bytes.len();
    let mut calls = Vec::new();
    while let Some((head, rest)) = bytes.split_first_chunk::<HEAD_BYTES>() {
        let at = length - bytes.len();
        let number =
            |from: usize| head[from..].first_chunk().map(|bytes| u64::from_ne_bytes(*bytes));
        let count =
            |from: usize| head[from..].first_chunk().map(|bytes| u32::from_ne_bytes(*bytes));
        let numbers = number(1).zip(number(9)).context("a head has 25 bytes")?;
        let (one, two) = count(17).zip(count(21)).context("a head has 25 bytes")?;
        let (one, two) = (usize::try_from(one)?, usize::try_from(two)?);
        let Some((strings, rest)) = rest.split_at_checked(one + two) else { break };
        let (one, two) = strings.split_at(one);
        calls.push(call(head[0], numbers, one, two).with_context(|| format!("tape, byte {at}"))?);
        bytes = rest;
    }
    Ok(calls)
}

fn call(kind: u8, (a, b): (u64, u64), one: &[u8], two: &[u8]) -> Result<Call> {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).context("a path is UTF-8");
    Ok(match kind {
        1 => Call::Opened { inode: a, created: b & 1 != 0, emptied: b & 2 != 0, path: text(one)? },
        2 => Call::Written { inode: a, offset: b, bytes: one.to_vec() },
        3 => Call::Resized { inode: a, size: b },
        4 => Call::SyncBegun { inode: a, sync: b },
        5 => Call::SyncEnded { sync: a, ok: b != 0 },
        6 => Call::Renamed { from: text(one)?, to: text(two)? },
        7 => Call::Unlinked(text(one)?),
        8 => Call::DirMade(text(one)?),
        9 => Call::DirRemoved(text(one)?),
        10 => Call::Linked { from: text(one)?, to: text(two)? },
        11 => Call::Said(one.to_vec()),
        12 => Call::Hinted(a),
        other => bail!("unknown kind {other}"),
    })
}

/// What the program said in these calls, put together.
#[must_use]
pub fn said(calls: &[Call]) -> String {
    let said = calls.iter().filter_map(|call| match call {
        Call::Said(bytes) => Some(bytes.as_slice()),
        _ => None,
    });
    String::from_utf8_lossy(&said.collect::<Vec<_>>().concat()).into_owned()
}
