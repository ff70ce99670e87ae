//! Work in pieces, on as many threads as there are cores.

use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// Cores that this process may use.
pub(crate) fn cores() -> usize {
    thread::available_parallelism().map_or(1, NonZeroUsize::get)
}

/// Does the same work on so many threads, this one among them.
pub(crate) fn on_threads<R: Send>(threads: usize, work: impl Fn() -> R + Sync) -> Vec<R> {
    thread::scope(|scope| {
        let others: Vec<_> = (1..threads).map(|_| scope.spawn(&work)).collect();
        let mut done = vec![work()];
        done.extend(
            others
                .into_iter()
                .map(|other| other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))),
        );
        done
    })
}

/// Does so many pieces of work, each on the thread that is free first, and gives what they gave in
/// order.
pub(crate) fn spread<R: Send>(pieces: usize, work: impl Fn(usize) -> R + Sync) -> Vec<R> {
    let next = AtomicUsize::new(0);
    let some = || {
        let pieces = std::iter::repeat_with(|| next.fetch_add(1, Ordering::Relaxed))
            .take_while(|piece| *piece < pieces);
        pieces.map(|piece| (piece, work(piece))).collect::<Vec<_>>()
    };
    let done = on_threads(cores().min(pieces), some);
    let mut done: Vec<_> = done.into_iter().flatten().collect();
    done.sort_unstable_by_key(|(piece, _)| *piece);
    done.into_iter().map(|(_, given)| given).collect()
}
