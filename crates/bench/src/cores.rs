//! Binding work to cores, so that a figure means the same on a machine with more of them.

use std::io;
use std::thread;

use anyhow::{Context as _, Result, ensure};
use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

/// How many cores this process may run on.
///
/// # Errors
/// When the operating system does not say.
pub fn available() -> Result<usize> {
    Ok(allowed()?.len())
}

fn allowed() -> io::Result<Vec<usize>> {
    let set = sched_getaffinity(None)?;
    Ok((0..CpuSet::MAX_CPU).filter(|cpu| set.is_set(*cpu)).collect())
}

/// Runs `work` on a thread that is bound to the first `count` cores; so are the threads and the
/// programs that it starts.
///
/// # Errors
/// When there are fewer cores, or the thread cannot be started or bound.
///
/// # Panics
/// When `work` does.
pub fn on<T: Send>(count: usize, work: impl FnOnce() -> Result<T> + Send) -> Result<T> {
    let cores = allowed().context("cannot tell which cores there are")?;
    ensure!(cores.len() >= count, "{count} cores are needed, there are {}", cores.len());
    let mut set = CpuSet::new();
    cores.into_iter().take(count).for_each(|core| set.set(core));
    let bound = || {
        sched_setaffinity(None, &set).with_context(|| format!("cannot bind to {count} cores"))?;
        work()
    };
    thread::scope(|scope| {
        let thread = thread::Builder::new().name("bound".to_owned()).spawn_scoped(scope, bound)?;
        thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })
}
