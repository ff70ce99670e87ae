//! Reading a snapshot's sections, on as many threads as there are cores.

use std::fs::File;
use std::io;
use std::num::NonZeroUsize;
use std::os::unix::fs::FileExt as _;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use sha2::{Digest as _, Sha256};
use timeline::Names;
use triomphe::Arc;

use super::input::{Input, damaged};
use super::{Directory, Section, read_directory, read_lane, read_names, read_recorded};
use crate::Projection;
use crate::entered::SourceDays;
use crate::facts::Recorded;
use crate::index::Index;
use crate::lane::Lane;

/// Length and digest of the directory.
const END: u64 = 8 + 32;

/// What a section holds.
enum Table {
    Names(Names),
    Recorded(Recorded, SourceDays),
    Index(Box<Index>),
    Lanes(Vec<Arc<Lane>>),
}

/// A snapshot's file, of which the directory was read.
pub(super) struct Sections<'f> {
    file: &'f File,
    pub(super) directory: Directory,
}

impl<'f> Sections<'f> {
    /// Of a file; `None` if it is another program's.
    pub(super) fn of(file: &'f File) -> io::Result<Option<Self>> {
        let length = file.metadata()?.len();
        let end_at = length.checked_sub(END).ok_or_else(|| damaged("too short"))?;
        let mut buffer = Vec::new();
        let mut end = Input::new(read(file, end_at, END, &mut buffer)?);
        let (length, digest) = (end.long()?, end.array()?);
        let at = end_at.checked_sub(length).ok_or_else(|| damaged("too short"))?;
        let content = verified(file, &Section { at, length, digest }, &mut buffer)?;
        let directory = read_directory(&mut Input::new(content))?;
        Ok(directory.map(|directory| Self { file, directory }))
    }

    /// Everything that the sections say.
    pub(super) fn read(&self) -> io::Result<Projection> {
        let cores = thread::available_parallelism().map_or(1, NonZeroUsize::get);
        let next = AtomicUsize::new(0);
        let work = || -> io::Result<Vec<(usize, Table)>> {
            let (mut tables, mut buffer) = (Vec::new(), Vec::new());
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                let Some(section) = self.directory.sections.get(number) else { return Ok(tables) };
                tables.push((number, self.table(number, section, &mut buffer)?));
            }
        };
        let mut tables = thread::scope(|scope| {
            let others: Vec<_> = (1..cores).map(|_| scope.spawn(work)).collect();
            let mut all = work()?;
            for other in others {
                all.extend(other.join().map_err(|_| damaged("no projection"))??);
            }
            io::Result::Ok(all)
        })?;
        tables.sort_unstable_by_key(|(number, _)| *number);
        Ok(put_together(tables.into_iter().map(|(_, table)| table)))
    }

    fn table(&self, number: usize, section: &Section, buffer: &mut Vec<u8>) -> io::Result<Table> {
        let mut input = Input::new(verified(self.file, section, buffer)?);
        let table = match number {
            0 => Table::Names(read_names(&mut input)?),
            1 => Table::Recorded(read_recorded(&mut input)?, SourceDays::read(&mut input)?),
            2 => Table::Index(Box::new(Index::read(&mut input)?)),
            _ => {
                let mut lanes = Vec::new();
                while !input.is_empty() {
                    lanes.push(Arc::new(read_lane(&mut input)?));
                }
                Table::Lanes(lanes)
            }
        };
        input.end()?;
        Ok(table)
    }
}

fn put_together(tables: impl Iterator<Item = Table>) -> Projection {
    let mut projection = Projection::default();
    for table in tables {
        match table {
            Table::Names(names) => projection.names = names,
            Table::Recorded(recorded, source_days) => {
                (projection.recorded, projection.source_days) = (recorded, source_days);
            }
            Table::Index(index) => projection.index = *index,
            Table::Lanes(lanes) => lanes.into_iter().for_each(|lane| _ = projection.put(lane)),
        }
    }
    projection
}

/// Reads bytes of a file into `buffer`, whose memory is used again: fresh memory is dear.
fn read<'b>(file: &File, at: u64, length: u64, buffer: &'b mut Vec<u8>) -> io::Result<&'b [u8]> {
    let end = at.checked_add(length);
    let within = end.is_some_and(|end| file.metadata().is_ok_and(|file| end <= file.len()));
    let length = usize::try_from(length).ok().filter(|_| within);
    buffer.resize(length.ok_or_else(|| damaged("too short"))?, 0);
    file.read_exact_at(buffer, at)?;
    Ok(buffer)
}

/// The bytes of a section, if they are those that were written.
fn verified<'b>(file: &File, section: &Section, buffer: &'b mut Vec<u8>) -> io::Result<&'b [u8]> {
    let bytes = read(file, section.at, section.length, buffer)?;
    let digest: [u8; 32] = Sha256::digest(bytes).into();
    if digest == section.digest { Ok(bytes) } else { Err(damaged("not what was written")) }
}
