//! What readers see: an immutable snapshot, and the indexes over its unsealed part.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Arc, OnceLock};

use eventlog::StreamHead;
use events::{Hash, Position, Subject, Timestamp};
use journal::BLOCK_RECORDS;
use proof::Tree;

use crate::filters::Filters;
use crate::sealed::SealedRun;
use crate::streams::StreamName;
use crate::tail::{Generation, Indexed, Record};

#[cfg(test)]
mod tests;

/// Events of a block.
pub(crate) const BLOCK: usize = 256;

const _: () = assert!(BLOCK as u64 == BLOCK_RECORDS);
const _: () = assert!(BLOCK_RECORDS == proof::BLOCK_LEAVES);

/// A full block of the tail.
#[derive(Debug)]
pub(crate) struct TailBlock {
    pub(crate) records: Vec<Record>,
    /// Root of the subtree of its leaves.
    pub(crate) root: Hash,
}

/// The log up to one position; never changes.
#[derive(Debug)]
pub(crate) struct Snapshot {
    pub(crate) runs: Arc<Vec<Arc<SealedRun>>>,
    /// Which runs may hold a short hash.
    pub(crate) filters: Filters,
    /// Full blocks behind the last run.
    pub(crate) blocks: Arc<Vec<Arc<TailBlock>>>,
    /// Records behind the last full block.
    partial: Vec<Record>,
    /// Unsealed positions whose payload is gone, ascending; mostly none.
    erased: Arc<Vec<u64>>,
    /// Of the last event.
    pub(crate) recorded_time: Option<Timestamp>,
    root: OnceLock<Hash>,
}

impl Snapshot {
    /// Last sealed position.
    pub(crate) fn sealed(&self) -> u64 {
        self.runs.last().map_or(0, |run| run.name().last)
    }

    /// Last position.
    pub(crate) fn head(&self) -> u64 {
        self.sealed() + (self.blocks.len() * BLOCK + self.partial.len()) as u64
    }

    /// The record of an unsealed position.
    pub(crate) fn record(&self, position: Position) -> Option<&Record> {
        let distance = position.0.checked_sub(self.sealed() + 1)?;
        let distance = usize::try_from(distance).ok()?;
        match self.blocks.get(distance / BLOCK) {
            Some(block) => block.records.get(distance % BLOCK),
            None => self.partial.get(distance - self.blocks.len() * BLOCK),
        }
    }

    /// The run that holds a position.
    pub(crate) fn run(&self, position: Position) -> Option<&Arc<SealedRun>> {
        let index = self.runs.partition_point(|run| run.name().last < position.0);
        self.runs.get(index).filter(|run| run.name().first <= position.0)
    }

    /// The runs that may hold a short hash, newest first.
    pub(crate) fn runs_with(&self, hash: u64) -> impl Iterator<Item = &Arc<SealedRun>> {
        self.filters.may_hold(hash).map(|index| &self.runs[index])
    }

    /// The record of every unsealed position.
    pub(crate) fn unsealed(&self) -> impl Iterator<Item = (Position, &Record)> {
        let records = self.blocks.iter().flat_map(|block| &block.records).chain(&self.partial);
        (self.sealed() + 1..).map(Position).zip(records)
    }

    /// How many unsealed events up to a position are erased.
    pub(crate) fn unsealed_erased(&self, at: Position) -> usize {
        self.erased.partition_point(|position| *position <= at.0)
    }

    /// Roots of the first `count` blocks of the log.
    pub(crate) fn roots(&self, count: usize) -> Vec<Hash> {
        let sealed = self.runs.iter().flat_map(|run| run.roots().iter().copied());
        sealed.chain(self.blocks.iter().map(|block| block.root)).take(count).collect()
    }
}

fn filters_of(runs: &[Arc<SealedRun>]) -> Filters {
    Filters::of(&runs.iter().map(|run| run.filter()).collect::<Vec<_>>())
}

/// An event on its way from the journal to the readers.
#[derive(Debug)]
pub(crate) struct Arrival {
    pub(crate) record: Record,
    pub(crate) indexed: Indexed,
    pub(crate) leaf: Hash,
    pub(crate) recorded_time: Timestamp,
}

/// Snapshot and indexes, changed together under one lock.
#[derive(Debug)]
pub(crate) struct State {
    snapshot: Arc<Snapshot>,
    /// Indexes over the unsealed events, oldest first; all but the last are full.
    generations: VecDeque<Generation>,
    tree: Tree,
    /// How many events a generation covers.
    seal_events: u64,
}

impl State {
    /// The state of a log whose events are all sealed.
    pub(crate) fn sealed(runs: Vec<Arc<SealedRun>>, seal_events: u64) -> Self {
        let roots = runs.iter().flat_map(|run| run.roots().iter().copied()).collect();
        let snapshot = Snapshot {
            filters: filters_of(&runs),
            runs: Arc::new(runs),
            blocks: Arc::default(),
            partial: Vec::new(),
            erased: Arc::default(),
            recorded_time: None,
            root: OnceLock::new(),
        };
        Self {
            snapshot: Arc::new(snapshot),
            generations: VecDeque::new(),
            tree: Tree::from_blocks(roots),
            seal_events,
        }
    }

    pub(crate) fn snapshot(&self) -> &Arc<Snapshot> {
        &self.snapshot
    }

    /// Indexes over the unsealed events, newest first.
    pub(crate) fn generations(&self) -> impl Iterator<Item = &Generation> {
        self.generations.iter().rev()
    }

    /// Where a stream stands, if it has an unsealed event.
    pub(crate) fn stream_head(&self, subject: &Subject) -> Option<StreamHead> {
        let stream = self.generations().find_map(|generation| generation.stream(subject))?;
        Some(StreamHead::of(subject, stream.last_revision(), stream.salt))
    }

    /// The tree.
    pub(crate) fn tree(&self) -> &Tree {
        &self.tree
    }

    /// Root of the whole tree.
    pub(crate) fn root(&self) -> Hash {
        *self.snapshot.root.get_or_init(|| self.tree.root())
    }

    /// How many runs could be sealed now.
    pub(crate) fn full_generations(&self) -> usize {
        let newest_is_full =
            self.generations.back().is_some_and(|newest| newest.count() == self.seal_events);
        self.generations.len() - usize::from(!newest_is_full && !self.generations.is_empty())
    }

    /// Sets what the last sealed event's recorded time is; for opening alone.
    pub(crate) fn set_recorded_time(&mut self, recorded_time: Timestamp) {
        let old = &self.snapshot;
        self.snapshot = Arc::new(Snapshot {
            runs: Arc::clone(&old.runs),
            filters: old.filters.clone(),
            blocks: Arc::clone(&old.blocks),
            partial: old.partial.clone(),
            erased: Arc::clone(&old.erased),
            recorded_time: Some(recorded_time),
            root: OnceLock::new(),
        });
    }

    /// Makes durable events visible, in order of position. Answers whether there is one more run to
    /// seal than before.
    pub(crate) fn publish(&mut self, arrivals: impl IntoIterator<Item = Arrival>) -> bool {
        let full_before = self.full_generations();
        let old = &self.snapshot;
        let mut position = old.head();
        let mut partial = old.partial.clone();
        let mut blocks = Arc::clone(&old.blocks);
        let mut erased = Arc::clone(&old.erased);
        let mut recorded_time = old.recorded_time;
        for arrival in arrivals {
            position += 1;
            recorded_time = Some(arrival.recorded_time);
            if matches!(arrival.indexed.name, StreamName::Erased(_)) {
                Arc::make_mut(&mut erased).push(position);
            }
            self.tree.push(arrival.leaf);
            partial.push(arrival.record);
            if partial.len() == BLOCK {
                let root = *self.tree.blocks().last().expect("the tree has the block too");
                let records = std::mem::take(&mut partial);
                Arc::make_mut(&mut blocks).push(Arc::new(TailBlock { records, root }));
            }
            if self.generations.back().is_none_or(|newest| newest.count() == self.seal_events) {
                self.generations.push_back(Generation::new(self.seal_events));
            }
            let newest = self.generations.back_mut().expect("pushed where there was none");
            newest.insert(position, arrival.indexed);
        }
        let (runs, root) = (Arc::clone(&old.runs), OnceLock::new());
        let filters = old.filters.clone();
        self.snapshot =
            Arc::new(Snapshot { runs, filters, blocks, partial, erased, recorded_time, root });
        self.full_generations() > full_before
    }

    /// Puts a run in the place of the oldest unsealed events, which it holds; `filters` are those of
    /// all runs, with it. Answers with what is no longer needed, to be dropped when the lock is
    /// released.
    pub(crate) fn seal(&mut self, run: Arc<SealedRun>, filters: Filters) -> impl Sized + use<> {
        let old = Arc::clone(&self.snapshot);
        let events = run.name().last + 1 - run.name().first;
        assert_eq!(run.name().first, old.sealed() + 1, "runs are dense");
        let count = usize::try_from(events / BLOCK_RECORDS).expect("usize has 64 bits");
        let sealed = run.name().last;
        let mut runs = old.runs.to_vec();
        runs.push(run);
        self.snapshot = Arc::new(Snapshot {
            runs: Arc::new(runs),
            filters,
            blocks: Arc::new(old.blocks[count..].to_vec()),
            partial: old.partial.clone(),
            erased: Arc::new(old.erased.iter().copied().filter(|at| *at > sealed).collect()),
            recorded_time: old.recorded_time,
            root: old.root.clone(),
        });
        (self.generations.pop_front(), old)
    }

    /// Puts runs in the place of those that they were made from.
    pub(crate) fn replace_runs(&mut self, rewritten: Vec<Arc<SealedRun>>) {
        let old = &self.snapshot;
        let mut runs = old.runs.to_vec();
        for run in rewritten {
            let index = runs.binary_search_by_key(&run.name(), |run| run.name());
            runs[index.expect("a run is rewritten under its name")] = run;
        }
        self.snapshot = Arc::new(Snapshot {
            filters: filters_of(&runs),
            runs: Arc::new(runs),
            blocks: Arc::clone(&old.blocks),
            partial: old.partial.clone(),
            erased: Arc::clone(&old.erased),
            recorded_time: old.recorded_time,
            root: old.root.clone(),
        });
    }

    /// Puts bare records in the place of a stream's unsealed ones, and forgets its name.
    pub(crate) fn erase(&mut self, subject_hash: &Hash, bare: &BTreeMap<u64, Record>) {
        let old = &self.snapshot;
        let erased = self.generations.iter_mut().flat_map(|g| g.erase(subject_hash));
        let erased: BTreeSet<u64> = erased.chain(old.erased.iter().copied()).collect();
        let (mut blocks, mut partial) = (old.blocks.to_vec(), old.partial.clone());
        let sealed = old.sealed();
        for (position, record) in bare.range(sealed + 1..=old.head()) {
            let distance = usize::try_from(position - sealed - 1).expect("usize has 64 bits");
            match blocks.get_mut(distance / BLOCK) {
                Some(block) => {
                    let mut records = block.records.clone();
                    records[distance % BLOCK] = record.clone();
                    *block = Arc::new(TailBlock { records, root: block.root });
                }
                None => partial[distance - old.blocks.len() * BLOCK] = record.clone(),
            }
        }
        self.snapshot = Arc::new(Snapshot {
            runs: Arc::clone(&old.runs),
            filters: old.filters.clone(),
            blocks: Arc::new(blocks),
            partial,
            erased: Arc::new(erased.into_iter().collect()),
            recorded_time: old.recorded_time,
            root: old.root.clone(),
        });
    }
}
