//! The thread that seals: it writes runs and deletes the journal's segments. Appends go on
//! meanwhile.

use std::path::PathBuf;
use std::sync::mpsc::{Receiver, SyncSender};
use std::sync::{Arc, OnceLock};

use eventlog::ReadError;
use events::Position;
use journal::{
    BLOCK_RECORDS, RemoveError, RunName, RunWriter, Segments, WriteRunError, seeded_bug,
};
use tokio::sync::watch;

use crate::codec::DecodeError;
use crate::lister::Ending;
use crate::sealed::{OpenSealedError, SealedBlock, SealedRun, decode_error};
use crate::sections::{Sections, SectionsError, StreamsDraft};
use crate::state::{Snapshot, TailBlock};
use crate::store::Store;
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
    #[error(transparent)]
    Sections(#[from] SectionsError),
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
    /// Seals whenever there is enough, until the engine ends. A log that is closed in order is
    /// sealed as far as it can be, so that programs that run for a moment only leave no backlog.
    pub(crate) fn run(self) {
        loop {
            while !self.is_dropped() && self.seal_next() {}
            if self.is_dropped() || self.wake.recv().is_err() {
                break;
            }
        }
        // The writer has ended, and what it published last may have filled a run.
        while !self.is_dropped() && self.seal_next() {}
    }

    fn is_dropped(&self) -> bool {
        matches!(self.ending.get(), Some(Ending::Drop))
    }

    /// Seals one run if there are enough events. Answers whether it did.
    fn seal_next(&self) -> bool {
        // Erasure rewrites what is read here, and what is made of it.
        let _sealing = self.store.sealing();
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
                let mut filters = snapshot.filters.clone();
                filters.push(run.filter());
                let sealed = self.store.state_mut().seal(Arc::new(run), filters);
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
        draft.write_sections(&mut writer)?;
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

/// What the sections of a run will say, while its blocks are written.
#[derive(Default)]
struct Draft {
    streams: StreamsDraft,
    sections: Sections,
    place: u32,
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
        self.sections.roots.push(block.root);
        Ok(())
    }

    /// Takes an event into the sections; answers with its stream's number.
    fn take(&mut self, event: Indexed) -> Result<u32, SealError> {
        let place = self.place;
        self.place = place.checked_add(1).ok_or(SectionsError::TooLarge)?;
        self.sections.index(&event, place);
        let number = self.streams.take(event.name, event.revision, place);
        Ok(number.ok_or(SectionsError::TooLarge)?)
    }

    fn write_sections(self, writer: &mut RunWriter) -> Result<(), SectionsError> {
        Sections { streams: self.streams.into_streams(), ..self.sections }.write(writer)
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
