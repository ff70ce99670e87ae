//! The thread that seals: it writes runs and deletes the journal's segments. Appends go on
//! meanwhile.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, SyncSender};
use std::sync::{Arc, OnceLock};

use eventlog::ReadError;
use events::{Position, Subject};
use journal::{
    BLOCK_RECORDS, RemoveError, RunName, RunWriter, Segments, WriteRunError, seeded_bug,
};
use rustc_hash::FxHashMap;
use tokio::sync::watch;

use crate::codec::DecodeError;
use crate::filter::Filter;
use crate::hash_list;
use crate::lister::Ending;
use crate::sealed::{
    FILTER, IDS, OpenSealedError, ROOTS, SECTIONS_VERSION, STREAMS, SUBJECTS, SUMMARY, SealedBlock,
    SealedRun, decode_error,
};
use crate::short_hash;
use crate::state::{Snapshot, TailBlock};
use crate::store::Store;
use crate::streams::{self, StreamEntry};
use crate::tail::Indexed;

/// Why a run did not come into being; its events stay in the journal.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SealError {
    #[error(transparent)]
    Write(#[from] WriteRunError),
    #[error(transparent)]
    Open(#[from] OpenSealedError),
    #[error(transparent)]
    Read(#[from] ReadError),
    #[error("the table of streams exceeds its fields")]
    TooLarge,
    #[error("position {0} was not read back as it was written")]
    NotAsWritten(u64),
}

/// What the sealing thread owns.
pub(crate) struct Sealer {
    pub(crate) store: Arc<Store>,
    pub(crate) dir: PathBuf,
    pub(crate) segments: Segments,
    pub(crate) seal_events: u64,
    /// A message for every time that there may be something to seal; closed at the end.
    pub(crate) wake: Receiver<()>,
    /// Set when the engine ends.
    pub(crate) ending: Arc<OnceLock<Ending>>,
    /// Wakes the thread that lists runs.
    pub(crate) list: SyncSender<()>,
    /// Last sealed position.
    pub(crate) sealed: watch::Sender<Position>,
}

impl Sealer {
    /// Seals whenever there is enough, until the engine ends.
    pub(crate) fn run(self) {
        loop {
            while self.ending.get().is_none() && self.seal_next() {}
            if self.ending.get().is_some() || self.wake.recv().is_err() {
                return;
            }
        }
    }

    /// Seals one run if there are enough events. Answers whether it did.
    fn seal_next(&self) -> bool {
        let snapshot = {
            let state = self.store.state();
            if state.full_generations() == 0 {
                return false;
            }
            Arc::clone(state.snapshot())
        };
        match self.seal(&snapshot) {
            Ok(run) => {
                let through = run.name().last;
                let sealed = self.store.state_mut().seal(Arc::new(run));
                drop(sealed);
                self.delete_segments(through);
                // Where this fails, the thread has a wake-up before it already.
                let _ = self.list.try_send(());
                self.sealed.send_replace(Position(through));
                true
            }
            Err(error) => {
                tracing::error!(error = chain(&error), "sealing failed; it is tried again later");
                false
            }
        }
    }

    /// Writes the oldest unsealed events down as a run, and reads it back.
    fn seal(&self, snapshot: &Snapshot) -> Result<SealedRun, SealError> {
        let first = snapshot.sealed() + 1;
        let name = RunName { first, last: first - 1 + self.seal_events };
        let count = usize::try_from(self.seal_events / BLOCK_RECORDS).expect("usize has 64 bits");
        let blocks = &snapshot.blocks[..count];
        let mut draft = Draft::default();
        let mut writer = RunWriter::create(&self.dir, name)?;
        for (block, first) in blocks.iter().zip((first..).step_by(256)) {
            draft.write_block(&mut writer, block, first)?;
        }
        draft.write_sections(&mut writer, blocks)?;
        writer.finish()?;
        let run = SealedRun::open(&self.dir, name)?;
        verify(&run, blocks)?;
        tracing::debug!(first = name.first, last = name.last, "sealed");
        Ok(run)
    }

    fn delete_segments(&self, through: u64) {
        let early = if seeded_bug("delete-too-early") { self.seal_events } else { 0 };
        if let Err(error) = self.segments.remove_through(through + early) {
            let error: RemoveError = error;
            tracing::warn!(error = chain(&error), "a sealed segment stays until the next opening");
        }
    }
}

/// The sections of a run while its blocks are written.
#[derive(Default)]
struct Draft {
    numbers: FxHashMap<Subject, u32>,
    streams: Vec<StreamEntry>,
    ids: Vec<(u64, u32)>,
    written: u32,
}

impl Draft {
    fn write_block(
        &mut self,
        writer: &mut RunWriter,
        block: &TailBlock,
        first: u64,
    ) -> Result<(), SealError> {
        let mut kept = Vec::with_capacity(block.records.len());
        let mut data = Vec::with_capacity(block.records.len());
        for (record, position) in block.records.iter().zip((first..).map(Position)) {
            let malformed = |error: DecodeError| decode_error(position, &error);
            let stored = record.stored().map_err(malformed)?;
            let number = self.take(Indexed::of_record(&stored).map_err(malformed)?)?;
            kept.push(SealedBlock::kept_record(number, stored.kept));
            data.push(stored.data);
        }
        writer.block(&kept, &data)?;
        Ok(())
    }

    /// Takes an event into the sections; answers with its stream's number.
    fn take(&mut self, event: Indexed) -> Result<u32, SealError> {
        self.written += 1;
        self.ids.push((event.key_hash, self.written));
        let next = u32::try_from(self.streams.len()).map_err(|_| SealError::TooLarge)?;
        let number = *self.numbers.entry(event.subject.clone()).or_insert(next);
        if number == next {
            self.streams.push(StreamEntry {
                number,
                subject: event.subject,
                salt: event.salt,
                first_revision: event.revision,
                offsets: Vec::new(),
            });
        }
        let index = usize::try_from(number).expect("usize has 64 bits");
        self.streams[index].offsets.push(self.written);
        Ok(number)
    }

    fn write_sections(
        self,
        writer: &mut RunWriter,
        blocks: &[Arc<TailBlock>],
    ) -> Result<(), SealError> {
        let hash = |stream: &StreamEntry| short_hash::of_subject(&stream.subject);
        let subjects: Vec<(u64, u32)> =
            self.streams.iter().map(|stream| (hash(stream), stream.number)).collect();
        let hashes: Vec<u64> = self.ids.iter().chain(&subjects).map(|(hash, _)| *hash).collect();
        let (table, _) = streams::encode(&self.streams).ok_or(SealError::TooLarge)?;
        let stream_count = u32::try_from(self.streams.len()).map_err(|_| SealError::TooLarge)?;
        let roots: Vec<u8> = blocks.iter().flat_map(|block| block.root).collect();
        let sections = BTreeMap::from([
            (SUMMARY, [SECTIONS_VERSION.to_le_bytes(), stream_count.to_le_bytes()].concat()),
            (STREAMS, table),
            (SUBJECTS, hash_list::encode(subjects)),
            (IDS, hash_list::encode(self.ids)),
            (FILTER, Filter::of(&hashes).encode()),
            (ROOTS, roots),
        ]);
        for (name, bytes) in sections {
            writer.section(name, &bytes)?;
        }
        Ok(())
    }
}

/// Compares a run with the records that it is to replace: the journal's segments go next.
fn verify(run: &SealedRun, blocks: &[Arc<TailBlock>]) -> Result<(), SealError> {
    let names = run.names()?;
    let numbers = run.name().blocks();
    for (number, block) in numbers.zip(blocks) {
        let sealed = run.block(number)?;
        for (record, position) in
            block.records.iter().zip((number * BLOCK_RECORDS + 1..).map(Position))
        {
            let stored = record.stored().map_err(|error| decode_error(position, &error))?;
            if !sealed.holds(position, &stored, &names) {
                return Err(SealError::NotAsWritten(position.0));
            }
        }
    }
    Ok(())
}

/// An error with all its sources, for telemetry.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let sources = std::iter::successors(error.source(), |error| error.source());
    sources.fold(error.to_string(), |text, source| format!("{text}: {source}"))
}
