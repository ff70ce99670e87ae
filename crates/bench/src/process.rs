//! Programs that are measured, and what they used.

use std::fs;
use std::io::Read as _;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};

use crate::machine::{field, kibibytes};

/// What a program did.
#[derive(Debug, Clone, PartialEq)]
pub struct Ran {
    /// From its start to its end, seconds.
    pub seconds: f64,
    /// Processor time of all its threads, seconds.
    pub processor_seconds: f64,
    /// The most memory that it held, bytes.
    pub memory_bytes_max: u64,
    /// What it wrote to standard output.
    pub output: String,
}

/// How often a program's memory is looked at.
const LOOK: Duration = Duration::from_millis(10);

/// Runs a program to its end.
///
/// # Errors
/// When it cannot be run, or fails; then with the end of what it wrote to standard error.
pub fn run(command: &mut Command) -> Result<Ran> {
    let name = command.get_program().to_string_lossy().into_owned();
    let before = children_seconds();
    let start = Instant::now();
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().with_context(|| format!("cannot run {name}"))?;
    let (output, errors, memory_bytes_max, seconds) = watch(&mut child, start)?;
    let status = child.wait()?;
    ensure!(status.success(), "{name} ended with {status}: {}", errors.trim_end());
    let processor_seconds = children_seconds() - before;
    Ok(Ran { seconds, processor_seconds, memory_bytes_max, output })
}

/// Reads what a child writes until it ends, and looks at its memory meanwhile.
fn watch(child: &mut Child, start: Instant) -> Result<(String, String, u64, f64)> {
    let id = child.id();
    let (mut out, mut err) = (child.stdout.take(), child.stderr.take());
    thread::scope(|scope| {
        let errors = scope.spawn(move || {
            let mut errors = String::new();
            err.as_mut().map(|err| err.read_to_string(&mut errors)).transpose().map(|_| errors)
        });
        let read = scope.spawn(move || {
            let mut output = String::new();
            out.as_mut().map(|out| out.read_to_string(&mut output)).transpose()?;
            // Standard output closes when the program ends.
            Ok::<_, std::io::Error>((output, start.elapsed().as_secs_f64()))
        });
        let mut most = 0;
        while !read.is_finished() {
            most = most.max(memory_bytes_max(&id.to_string()).unwrap_or(0));
            thread::sleep(LOOK);
        }
        let panicked = "reading a pipe does not panic";
        let (output, seconds) = read.join().expect(panicked)?;
        Ok((output, errors.join().expect(panicked)?, most, seconds))
    })
}

/// The most memory that a process held so far, bytes; `None` when it has ended. `self` is this one.
#[must_use]
pub fn memory_bytes_max(process: &str) -> Option<u64> {
    kibibytes(&field(&format!("/proc/{process}/status"), "VmHWM")?)
}

/// The memory that a process holds now, bytes.
#[must_use]
pub fn memory_bytes(process: &str) -> Option<u64> {
    kibibytes(&field(&format!("/proc/{process}/status"), "VmRSS")?)
}

/// Processor time of this process, seconds.
#[must_use]
pub fn own_seconds() -> f64 {
    ticks(&[13, 14])
}

/// Processor time of the programs that were run and have ended, seconds.
fn children_seconds() -> f64 {
    ticks(&[15, 16])
}

/// Sum of fields of `/proc/self/stat` (proc(5), from 0), of which the kernel tells hundredths.
fn ticks(fields: &[usize]) -> f64 {
    let text = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // The name in parentheses, field 1, may hold spaces.
    let rest = text.rsplit_once(')').map_or("", |(_, rest)| rest);
    let values: Vec<&str> = rest.split_whitespace().collect();
    let ticks = fields.iter().filter_map(|field| values.get(field - 2)?.parse::<f64>().ok());
    ticks.sum::<f64>() / 100.0
}

/// Waits until this process does next to nothing any more, five seconds at most: what a round left
/// to do must not slow the next one down.
pub fn settle() {
    const WINDOW: Duration = Duration::from_millis(100);
    for _ in 0..50 {
        let before = own_seconds();
        thread::sleep(WINDOW);
        if own_seconds() - before < WINDOW.as_secs_f64() / 10.0 {
            return;
        }
    }
}
