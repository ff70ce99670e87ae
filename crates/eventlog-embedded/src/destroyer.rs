//! Erasure in every file: what adapters said on a stream, its name and its salts.
//!
//! When the event that says so is durable, the stream is noted in the file `erasures` as pending;
//! then snapshots of what was made of the log are deleted, every run that holds it is rewritten,
//! every segment of the journal, and sled is made anew; then it is noted as done. A crash leaves an
//! event without a note or a pending note, and opening goes on from there, before anybody reads.
//! Each step may be taken twice.
//!
//! What stays is the entry: kept frames and roots of blocks are copied byte for byte.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, MutexGuard};

use eventlog::{Destroyed, Entropy, ReadError};
use events::{EventType, Hash, Logged, Payload, Position, Subject};
use journal::{BLOCK_RECORDS, CopyBlockError, Journal, RewriteError, RunWriter, WriteRunError};
use proof::Tree;

use crate::codec;
use crate::sealed::{OpenSealedError, SealedBlock, SealedRun, decode_error};
use crate::sections::{Sections, SectionsError};
use crate::state::State;
use crate::store::Store;
use crate::streams::{StreamEntry, StreamName};
use crate::tail::{Indexed, Record};

#[cfg(test)]
mod tests;

/// Why a stream was not destroyed, or not in every file. Opening the log again goes on with it.
#[derive(Debug, thiserror::Error)]
pub enum DestroyError {
    /// What is to be destroyed cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// A run could not be written anew.
    #[error(transparent)]
    Write(#[from] WriteRunError),
    /// A run could not be written anew.
    #[error(transparent)]
    Copy(#[from] CopyBlockError),
    /// A run that was written anew cannot be used.
    #[error(transparent)]
    Open(#[from] OpenSealedError),
    /// The journal could not be written anew.
    #[error(transparent)]
    Journal(#[from] RewriteError),
    /// A segment of the journal cannot be read.
    #[error(transparent)]
    Segment(#[from] journal::SegmentError),
    /// The list of erased streams could not be written.
    #[error("cannot write the list of erased streams")]
    List(#[source] io::Error),
    /// The directory of streams could not be deleted.
    #[error("cannot delete the directory of streams")]
    Directory(#[source] io::Error),
    /// What was kept of the events could not be deleted.
    #[error("cannot delete the snapshots")]
    Snapshots(#[source] io::Error),
    /// A list of a run exceeds what a file can say.
    #[error("a list of a run exceeds its fields")]
    TooLarge,
    /// The entries would not be those that the log has committed to.
    #[error("the entries of positions {first} to {last} would change; nothing was destroyed there")]
    EntriesChange {
        /// First position of the block.
        first: Position,
        /// Last position of the block.
        last: Position,
    },
}

impl From<SectionsError> for DestroyError {
    fn from(error: SectionsError) -> Self {
        match error {
            SectionsError::Write(error) => Self::Write(error),
            SectionsError::TooLarge => Self::TooLarge,
        }
    }
}

/// What is gone from the files and is to go from memory, before anything is sealed again.
#[must_use]
pub(crate) struct Gone<'a> {
    streams: Vec<(Hash, BTreeMap<u64, Record>)>,
    _sealing: MutexGuard<'a, ()>,
}

impl Gone<'_> {
    /// Forgets it, in the state that holds the unsealed events.
    pub(crate) fn forget(self, state: &mut State) {
        for (subject_hash, bare) in &self.streams {
            state.erase(subject_hash, bare);
        }
    }
}

/// The folder in which programs that read the log keep what they have made of it.
const SNAPSHOTS: &str = "snapshots";

/// Where the files lie.
#[derive(Debug, Clone)]
pub(crate) struct Destroyer {
    dir: PathBuf,
    sealed: PathBuf,
}

impl Destroyer {
    /// Of the log in `dir` whose runs lie in `sealed`.
    pub(crate) fn new(dir: &Path, sealed: &Path) -> Self {
        Self { dir: dir.to_owned(), sealed: sealed.to_owned() }
    }

    /// Destroys streams in every file. `None` where there is nothing to do.
    pub(crate) fn destroy<'a>(
        &self,
        store: &'a Store,
        journal: &mut Journal,
        entropy: &mut dyn Entropy,
        streams: Vec<Destroyed>,
    ) -> Result<Option<Gone<'a>>, DestroyError> {
        if streams.is_empty() {
            return Ok(None);
        }
        let sealing = store.sealing();
        let mut gone = Gone { streams: Vec::new(), _sealing: sealing };
        for Destroyed { subject_hash, subject } in streams {
            if store.erasures().is_done(&subject_hash, subject.as_ref()) {
                continue;
            }
            self.step();
            let subject = match subject {
                Some(subject) => Some(subject),
                None => find_name(store, journal, &subject_hash)?,
            };
            store.erasures_mut().begin(subject_hash, subject.as_ref(), entropy);
            self.note(store)?;
            self.delete_snapshots().map_err(DestroyError::Snapshots)?;
            self.rewrite_runs(store, &subject_hash, subject.as_ref())?;
            let bare = self.rewrite_journal(journal, &subject_hash)?;
            store.directory().remove().map_err(DestroyError::Directory)?;
            self.step();
            store.erasures_mut().finish(&subject_hash);
            self.note(store)?;
            gone.streams.push((subject_hash, bare));
        }
        Ok(Some(gone))
    }

    /// What programs have kept of the events, to be made anew.
    fn delete_snapshots(&self) -> io::Result<()> {
        match fs::remove_dir_all(self.dir.join(SNAPSHOTS)) {
            Ok(()) => journal::durable::sync_dir(&self.dir),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            Err(error) => Err(error),
        }
    }

    fn note(&self, store: &Store) -> Result<(), DestroyError> {
        store.erasures().write(&self.dir).map_err(DestroyError::List)?;
        self.step();
        Ok(())
    }

    fn rewrite_runs(
        &self,
        store: &Store,
        subject_hash: &Hash,
        subject: Option<&Subject>,
    ) -> Result<(), DestroyError> {
        // A name that nobody knows is in no run: it was looked for in all of them.
        let Some(subject) = subject else { return Ok(()) };
        for run in &store.snapshot().runs[..] {
            let Some(entry) = run.stream(subject)? else { continue };
            if hash_of(&entry.name) == *subject_hash {
                let rewritten = self.rewrite_run(run, subject_hash)?;
                store.replace_runs(vec![Arc::new(rewritten)]);
                self.step();
            }
        }
        Ok(())
    }

    /// Writes a run anew, without a stream that it holds.
    fn rewrite_run(&self, run: &SealedRun, subject_hash: &Hash) -> Result<SealedRun, DestroyError> {
        let streams = run.streams()?;
        let mut writer = RunWriter::create(&self.sealed, run.name())?;
        let mut sections = Sections { roots: run.roots().to_vec(), ..Sections::default() };
        for (number, root) in run.name().blocks().zip(run.roots()) {
            let block = run.block(number)?;
            let data = erased_block(&block, number, root, &streams, subject_hash, |logged| {
                let place = logged.position().0 - run.name().first;
                let place = u32::try_from(place).map_err(|_| DestroyError::TooLarge)?;
                sections.index(&Indexed::of_logged(logged), place);
                Ok(())
            })?;
            match data {
                Some(data) => writer.copy_kept(run.reader(), number, &data)?,
                None => writer.copy_block(run.reader(), number)?,
            }
        }
        sections.streams = streams;
        for stream in &mut sections.streams {
            if hash_of(&stream.name) == *subject_hash {
                stream.name = StreamName::Erased(*subject_hash);
            }
        }
        sections.write(&mut writer)?;
        writer.finish()?;
        Ok(SealedRun::open(&self.sealed, run.name())?)
    }

    /// Replaces a stream's records in the journal; answers with what stands there now.
    fn rewrite_journal(
        &self,
        journal: &mut Journal,
        subject_hash: &Hash,
    ) -> Result<BTreeMap<u64, Record>, DestroyError> {
        let mut bare = BTreeMap::new();
        let mut unreadable = None;
        journal.rewrite(|position, bytes| {
            let stored = codec::StoredRecord::read(bytes);
            let erased = stored.and_then(|stored| stored.erased(Position(position), subject_hash));
            match erased {
                Ok(erased) => {
                    bare.extend(erased.as_deref().map(|bytes| (position, Record::new(bytes))));
                    erased
                }
                Err(error) => {
                    unreadable = Some(decode_error(Position(position), &error));
                    None
                }
            }
        })?;
        self.step();
        match unreadable {
            Some(error) => Err(error.into()),
            None => Ok(bare),
        }
    }

    #[cfg(not(test))]
    #[expect(clippy::unused_self, reason = "a test looks at the files here")]
    fn step(&self) {}

    #[cfg(test)]
    fn step(&self) {
        tests::keep_copy(&self.dir);
    }
}

/// Shows every event of a block to `index` as it is to stand, and answers with the data records
/// to be; `None` where the block has no event of the stream.
fn erased_block(
    block: &SealedBlock,
    number: u64,
    root: &Hash,
    streams: &[StreamEntry],
    subject_hash: &Hash,
    mut index: impl FnMut(&Logged) -> Result<(), DestroyError>,
) -> Result<Option<Vec<Vec<u8>>>, DestroyError> {
    let mut changed = false;
    let mut data = Vec::new();
    let mut tree = Tree::default();
    let first = number * BLOCK_RECORDS + 1;
    for (place, position) in (0..).zip((first..first + BLOCK_RECORDS).map(Position)) {
        let malformed = || decode_error(position, &codec::DecodeError::Malformed);
        let name_of = |number| {
            let index = usize::try_from(number).expect("usize has 64 bits");
            streams.get(index).map(|stream| stream.name.clone()).ok_or_else(malformed)
        };
        let mut logged = block.logged(position, name_of)?;
        let mut record = block.data_record(place).ok_or_else(malformed)?.to_vec();
        if let Logged::Whole(event) = &logged
            && event.subject_hash() == *subject_hash
        {
            let entry = event.entry();
            record = codec::erased_data(&entry.content_hash);
            logged = entry.into();
            changed = true;
        }
        index(&logged)?;
        tree.push(logged.leaf());
        data.push(record);
    }
    if changed && tree.root() != *root {
        let last = Position(first + BLOCK_RECORDS - 1);
        return Err(DestroyError::EntriesChange { first: Position(first), last });
    }
    Ok(changed.then_some(data))
}

/// Looks for the name of the stream with a salted hash, in the journal and then in the runs.
fn find_name(
    store: &Store,
    journal: &Journal,
    subject_hash: &Hash,
) -> Result<Option<Subject>, DestroyError> {
    let segments = journal.segments();
    for first in segments.firsts() {
        for (position, bytes) in segments.load(first)?.records(1) {
            let name = codec::StoredRecord::read(bytes).and_then(|stored| stored.name.owned());
            let name = name.map_err(|error| decode_error(Position(position), &error))?;
            if let StreamName::Named(subject, salt) = name
                && salt.hash(subject.as_str().as_bytes()) == *subject_hash
            {
                return Ok(Some(subject));
            }
        }
    }
    for run in store.snapshot().runs.iter().rev() {
        for name in run.names()? {
            if let StreamName::Named(subject, salt) = name
                && salt.hash(subject.as_str().as_bytes()) == *subject_hash
            {
                return Ok(Some(subject));
            }
        }
    }
    Ok(None)
}

/// The salted hash of a name.
fn hash_of(name: &StreamName) -> Hash {
    match name {
        StreamName::Named(subject, salt) => salt.hash(subject.as_str().as_bytes()),
        StreamName::Erased(hash) => *hash,
    }
}

/// What a crash left to be done: streams noted as pending, and those that an unsealed event says
/// are erased and that are not noted as done.
pub(crate) fn unfinished(store: &Store) -> Result<Vec<Destroyed>, ReadError> {
    let mut hashes: Vec<Hash> = store.erasures().pending().collect();
    for (position, record) in store.snapshot().unsealed() {
        if record.kind(position)? != EventType::SubjectErased {
            continue;
        }
        let logged = record.logged(position)?;
        let Some(Payload::SubjectErased(said)) = logged.event().map(|e| e.content.payload()) else {
            continue;
        };
        let mut hash = [0; 32];
        let read = hex::decode_to_slice(said.subjecthash.as_str(), &mut hash).is_ok();
        if read && !store.erasures().is_done(&hash, None) {
            hashes.push(hash);
        }
    }
    Ok(hashes.into_iter().map(|subject_hash| Destroyed { subject_hash, subject: None }).collect())
}
