//! The tree of a log's events, recomputed on all cores.

use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::{self, Builder, available_parallelism};

use anyhow::{Context as _, anyhow};
use eventlog::{EventLog, Head};
use events::{Hash, LeafHasher, Position, Timestamp};
use indicatif::ProgressBar;
use proof::{BLOCK_LEAVES, Tree, root_of};
use tokio::runtime::Handle;

use crate::Failure;
use crate::output::progress_bar;

/// How many events a thread reads at a time: whole blocks of the tree.
const PART: u64 = 16 * BLOCK_LEAVES;

/// What is left of a part once it is read.
struct Part {
    /// Roots of its complete blocks.
    roots: Vec<Hash>,
    /// Leaves behind them, in the last part alone.
    tail: Vec<Hash>,
    /// Recorded times of its first and last event.
    times: Option<(Timestamp, Timestamp)>,
}

/// Decodes every event up to the head, recomputes its hashes, and answers with their tree. Parts of
/// the log are read by several threads and put together in order, so that the outcome, a failure
/// too, is that of one thread.
///
/// # Errors
/// [`Failure`] at the first position that cannot be read or was recorded before the one before it.
pub(super) fn recompute(log: &dyn EventLog, head: &Head) -> Result<Tree, Failure> {
    let bar = progress_bar(Some(head.position.0), "verifying");
    let (runtime, next) = (Handle::current(), AtomicU64::new(0));
    let count = head.position.0.div_ceil(PART);
    let work = || -> Vec<(u64, Result<Part, Failure>)> {
        let mut parts = Vec::new();
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number >= count {
                return parts;
            }
            let part = runtime.block_on(read(log, number, head, &bar));
            let failed = part.is_err();
            parts.push((number, part));
            if failed {
                // What lies behind is of no interest any more; who reads what lies before goes on.
                next.store(count, Ordering::Relaxed);
            }
        }
    };
    let mut parts = thread::scope(|scope| {
        let count = available_parallelism().map_or(1, usize::from);
        let start = |_| Builder::new().name("verify".to_owned()).spawn_scoped(scope, work);
        let threads: io::Result<Vec<_>> = (0..count).map(start).collect();
        let parts = threads?.into_iter().flat_map(|t| t.join().expect("no thread panics"));
        io::Result::Ok(parts.collect::<Vec<_>>())
    })
    .context("cannot verify")?;
    bar.finish_and_clear();
    parts.sort_by_key(|(number, _)| *number);
    assemble(parts)
}

fn assemble(parts: Vec<(u64, Result<Part, Failure>)>) -> Result<Tree, Failure> {
    let (mut roots, mut tail, mut last) = (Vec::new(), Vec::new(), None);
    for (number, part) in parts {
        let part = part?;
        if let Some((first, end)) = part.times {
            in_order(last, first, Position(number * PART + 1))?;
            last = Some(end);
        }
        roots.extend(part.roots);
        tail = part.tail;
    }
    let mut tree = Tree::from_blocks(roots);
    tail.into_iter().for_each(|leaf| tree.push(leaf));
    Ok(tree)
}

async fn read(
    log: &dyn EventLog,
    number: u64,
    head: &Head,
    bar: &ProgressBar,
) -> Result<Part, Failure> {
    let first = number * PART + 1;
    let end = head.position.0.min(first - 1 + PART);
    let (mut leaves, mut hasher) = (Vec::new(), LeafHasher::default());
    let mut times: Option<(Timestamp, Timestamp)> = None;
    while first + (leaves.len() as u64) <= end {
        let from = first + leaves.len() as u64;
        let wanted = usize::try_from(end + 1 - from).unwrap_or(usize::MAX);
        let page = log.page(Position(from), wanted).await?;
        if page.is_empty() {
            return Err(Failure::Fault(anyhow!("the log gives no position {from}")));
        }
        for logged in &page {
            let time = logged.recorded_time();
            in_order(times.map(|(_, last)| last), time, logged.position())?;
            times = Some((times.map_or(time, |(first, _)| first), time));
            leaves.push(hasher.leaf(logged));
        }
        bar.inc(page.len() as u64);
    }
    let block = usize::try_from(BLOCK_LEAVES).unwrap_or(usize::MAX);
    let blocks = leaves.chunks_exact(block);
    let tail = blocks.remainder().to_vec();
    Ok(Part { roots: blocks.map(root_of).collect(), tail, times })
}

fn in_order(last: Option<Timestamp>, time: Timestamp, at: Position) -> Result<(), Failure> {
    if last.is_some_and(|last| time < last) {
        return Err(Failure::Negative(anyhow!("recorded time decreases at position {at}")));
    }
    Ok(())
}
