//! Reading: every question is answered from one snapshot.

use std::ops::Range;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use eventlog::{Head, PAGE_EVENTS_MAX, ReadError, Visitor};
use events::{Event, EventKey, Hash, Logged, Position, Revision, Timestamp};
use journal::BLOCK_RECORDS;
use proof::Tree;

use crate::cache::Recent;
use crate::directory::Directory;
use crate::erasures::Erasures;
use crate::sealed::{Names, SealedBlock, SealedRun, block_of};
use crate::state::{Snapshot, State};
use crate::streams::StreamName;

mod places;
mod streams;
mod tiles;

const BLOCKS_KEPT: usize = 64;
const NAMES_KEPT: usize = 4;
/// Of fewer events the names are read one by one.
const NAMES_ALONE_MAX: u64 = 16;

/// Everything that readers, the writer's decisions and the sealing thread share.
pub(crate) struct Store {
    origin: String,
    state: RwLock<State>,
    directory: Directory,
    blocks: Recent<SealedBlock>,
    names: Recent<Names>,
    erasures: RwLock<Erasures>,
    /// Held while a run is sealed, and while a stream is erased.
    sealing: Mutex<()>,
}

impl Store {
    pub(crate) fn new(
        origin: String,
        state: State,
        directory: Directory,
        erasures: Erasures,
    ) -> Self {
        let (blocks, names) = (Recent::new(BLOCKS_KEPT), Recent::new(NAMES_KEPT));
        let (state, erasures) = (RwLock::new(state), RwLock::new(erasures));
        Self { origin, state, directory, blocks, names, erasures, sealing: Mutex::default() }
    }

    /// What is known of erased streams.
    pub(crate) fn erasures(&self) -> RwLockReadGuard<'_, Erasures> {
        self.erasures.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// The same, to be changed.
    pub(crate) fn erasures_mut(&self) -> RwLockWriteGuard<'_, Erasures> {
        self.erasures.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps sealing and erasure apart.
    pub(crate) fn sealing(&self) -> MutexGuard<'_, ()> {
        self.sealing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts rewritten runs in the place of those that they were made from; what was read of those
    /// is forgotten.
    pub(crate) fn replace_runs(&self, runs: Vec<Arc<SealedRun>>) {
        self.state_mut().replace_runs(runs);
        self.blocks.clear();
        self.names.clear();
    }

    /// The last revision among the bare entries of a stream.
    pub(crate) fn bare_revision(&self, subject_hash: &Hash) -> Result<Option<Revision>, ReadError> {
        let (snapshot, unsealed) = {
            let state = self.state();
            let of_tail = state.generations().find_map(|g| g.bare_revision(subject_hash));
            (Arc::clone(state.snapshot()), of_tail)
        };
        if unsealed.is_some() {
            return Ok(unsealed);
        }
        let mut runs = snapshot.runs.iter().rev();
        runs.find_map(|run| run.bare_revision(subject_hash).transpose()).transpose()
    }

    pub(crate) fn origin(&self) -> &str {
        &self.origin
    }

    pub(crate) fn directory(&self) -> &Directory {
        &self.directory
    }

    /// The state for reading; held for look-ups in memory alone.
    pub(crate) fn state(&self) -> RwLockReadGuard<'_, State> {
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// The state for changing; held for changes in memory alone.
    pub(crate) fn state_mut(&self) -> RwLockWriteGuard<'_, State> {
        self.state.write().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn snapshot(&self) -> Arc<Snapshot> {
        Arc::clone(self.state().snapshot())
    }

    /// Events from `from` on, in order.
    pub(crate) fn page(&self, from: Position, limit: usize) -> Result<Vec<Logged>, ReadError> {
        let snapshot = self.snapshot();
        let positions = positions_of(&snapshot, from, limit);
        let mut events = Vec::with_capacity(count_of(&positions));
        let behind = each_block(&snapshot, positions.clone(), |run, block| {
            self.read_block(run, block, &mut events)
        })?;
        for position in (behind..positions.end).map(Position) {
            events.push(unsealed(&snapshot, position)?);
        }
        Ok(events)
    }

    /// Shows the same to `visit`; how much it was.
    pub(crate) fn scan(
        &self,
        from: Position,
        limit: usize,
        visit: &mut Visitor,
    ) -> Result<usize, ReadError> {
        let snapshot = self.snapshot();
        let positions = positions_of(&snapshot, from, limit);
        let behind = each_block(&snapshot, positions.clone(), |run, block| {
            let names = self.names.get_or_read((run.id(), 0), || run.names())?;
            let read = run.block(block_of(Position(block.start)))?;
            read.fetch_names(&names);
            block.map(Position).try_for_each(|position| {
                visit(read.seen(position, &names)?);
                Ok(())
            })
        })?;
        for position in (behind..positions.end).map(Position) {
            visit((&unsealed(&snapshot, position)?).into());
        }
        Ok(count_of(&positions))
    }

    /// Reads the events of positions that lie in one block.
    fn read_block(
        &self,
        run: &SealedRun,
        positions: Range<u64>,
        events: &mut Vec<Logged>,
    ) -> Result<(), ReadError> {
        let number = block_of(Position(positions.start));
        let whole = positions.end - positions.start == BLOCK_RECORDS;
        // Reading through from front to back must not push out what is read again and again.
        let block = match self.blocks.get((run.id(), number)) {
            None if whole => Arc::new(run.block(number)?),
            None => self.blocks.get_or_read((run.id(), number), || run.block(number))?,
            Some(block) => block,
        };
        let positions = Position(positions.start)..Position(positions.end);
        if positions.end.0 - positions.start.0 < NAMES_ALONE_MAX {
            for logged in block.range(positions, |number, _| name_in(run, number)) {
                events.push(logged?);
            }
            return Ok(());
        }
        let names = self.names.get_or_read((run.id(), 0), || run.names())?;
        block.fetch_names(&names);
        for logged in block.range(positions, |number, at| name_of(&names, number, at)) {
            events.push(logged?);
        }
        Ok(())
    }

    /// The position of the event of that identity.
    pub(crate) fn find(&self, key: &EventKey) -> Result<Option<Position>, ReadError> {
        self.find_hashed(key, crate::short_hash::of_identity(key))
    }

    /// The same, for who has the identity's short hash.
    pub(crate) fn find_hashed(
        &self,
        key: &EventKey,
        hash: u64,
    ) -> Result<Option<Position>, ReadError> {
        let (snapshot, candidates) = {
            let state = self.state();
            let candidates = state.generations().flat_map(|generation| generation.candidates(hash));
            (Arc::clone(state.snapshot()), candidates.collect::<Vec<_>>())
        };
        for position in candidates {
            let record = snapshot.record(position).expect("index and snapshot change together");
            if record.has_key(position, key)? {
                return Ok(Some(position));
            }
        }
        for run in snapshot.runs_with(hash) {
            for position in run.candidates(hash)? {
                if self.block(run, position)?.has_key(position, key)? {
                    return Ok(Some(position));
                }
            }
        }
        Ok(None)
    }

    /// The events that amend the event of that identity, in order of position.
    pub(crate) fn amendments(&self, key: &EventKey) -> Result<Vec<Event>, ReadError> {
        let hash = crate::short_hash::of_amended(key);
        let (snapshot, unsealed) = {
            let state = self.state();
            let positions = state.generations().flat_map(|generation| generation.amendments(hash));
            (Arc::clone(state.snapshot()), positions.collect::<Vec<_>>())
        };
        let mut positions = unsealed;
        for run in snapshot.runs_with(hash) {
            positions.extend(run.candidates(hash)?);
        }
        positions.sort();
        let mut events = Vec::new();
        for position in positions {
            // What a hash leads to may be another event, and an erased one amends nothing any more.
            let Some(event) = self.event(position)?.into_event() else { continue };
            if event.content.amends().ok().flatten().as_ref() == Some(key) {
                events.push(event);
            }
        }
        Ok(events)
    }

    /// The event at a position.
    pub(crate) fn event(&self, position: Position) -> Result<Logged, ReadError> {
        let snapshot = self.snapshot();
        let Some(run) = snapshot.run(position) else { return unsealed(&snapshot, position) };
        self.block(run, position)?.logged(position, |number| name_in(run, number))
    }

    /// The head as of now, or of a past position.
    pub(crate) fn head(&self, at: Option<Position>) -> Result<Head, ReadError> {
        let (snapshot, root) = {
            let state = self.state();
            let now = at.is_none_or(|at| at.0 == state.snapshot().head());
            (Arc::clone(state.snapshot()), now.then(|| state.root()))
        };
        let head = Position(snapshot.head());
        let position = at.unwrap_or(head);
        if position > head {
            return Err(ReadError::BeyondHead { asked: position, head });
        }
        let mut erased = snapshot.unsealed_erased(position) as u64;
        for run in snapshot.runs.iter().take_while(|run| run.name().first <= position.0) {
            erased += run.erased(position)?;
        }
        let (root, recorded_time) = match root {
            Some(root) => (root, snapshot.recorded_time),
            None => {
                (self.past_root(&snapshot, position)?, self.recorded_time(&snapshot, position)?)
            }
        };
        Ok(Head { origin: self.origin.clone(), position, root, recorded_time, erased })
    }

    fn past_root(&self, snapshot: &Snapshot, at: Position) -> Result<Hash, ReadError> {
        let complete = usize::try_from(at.0 / BLOCK_RECORDS).expect("usize has 64 bits");
        let mut tree = Tree::from_blocks(snapshot.roots(complete));
        for position in (Tree::partial_from(at.0) + 1..=at.0).map(Position) {
            tree.push(match snapshot.record(position) {
                Some(record) => record.leaf(position)?,
                None => self.event(position)?.leaf(),
            });
        }
        Ok(tree.root())
    }

    fn recorded_time(
        &self,
        snapshot: &Snapshot,
        at: Position,
    ) -> Result<Option<Timestamp>, ReadError> {
        match snapshot.run(at) {
            Some(run) => Ok(Some(self.block(run, at)?.kept(at)?.1.recorded_time)),
            None if at.0 == 0 => Ok(None),
            None => unsealed(snapshot, at).map(|logged| Some(logged.recorded_time())),
        }
    }

    fn block(&self, run: &SealedRun, position: Position) -> Result<Arc<SealedBlock>, ReadError> {
        let number = block_of(position);
        self.blocks.get_or_read((run.id(), number), || run.block(number))
    }
}

/// The positions of a page.
fn positions_of(snapshot: &Snapshot, from: Position, limit: usize) -> Range<u64> {
    let first = from.0.max(1);
    let limit = limit.min(PAGE_EVENTS_MAX) as u64;
    first..snapshot.head().saturating_add(1).min(first.saturating_add(limit))
}

fn count_of(positions: &Range<u64>) -> usize {
    usize::try_from(positions.end.saturating_sub(positions.start)).unwrap_or(0)
}

/// Goes through the sealed positions block by block; the first that is not sealed.
fn each_block(
    snapshot: &Snapshot,
    positions: Range<u64>,
    mut read: impl FnMut(&SealedRun, Range<u64>) -> Result<(), ReadError>,
) -> Result<u64, ReadError> {
    let Range { start: mut next, end } = positions;
    while next < end {
        let position = Position(next);
        let Some(run) = snapshot.run(position) else { break };
        let block_end = end.min((block_of(position) + 1) * BLOCK_RECORDS + 1);
        read(run, next..block_end)?;
        next = block_end;
    }
    Ok(next)
}

fn unsealed(snapshot: &Snapshot, position: Position) -> Result<Logged, ReadError> {
    let record = snapshot.record(position).ok_or_else(|| {
        let head = Position(snapshot.head());
        ReadError::BeyondHead { asked: position, head }
    })?;
    record.logged(position)
}

/// Reads the name of one stream.
fn name_in(run: &SealedRun, number: u32) -> Result<StreamName, ReadError> {
    Ok(run.stream_numbered(number)?.name)
}

fn name_of(names: &Names, number: u32, position: Position) -> Result<StreamName, ReadError> {
    let index = usize::try_from(number).expect("usize has 64 bits");
    names.get(index).cloned().ok_or_else(|| ReadError::Damaged {
        first: position,
        last: position,
        what: "a record names a stream that is not there".to_owned(),
    })
}
