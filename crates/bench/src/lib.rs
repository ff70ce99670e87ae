//! Benchmarks whose references are measured beside them, and the bars that must hold.
//!
//! A machine is never as quick twice, so a rate alone says little. Each benchmark here therefore
//! measures what it compares with in the same run, in rounds that take turns, and quotes the
//! median of the rounds with the least and the most; a ratio is taken within a round, and its
//! median is the one that is judged.
//!
//! [`Spread`], [`Measure`], [`Bar`] and [`Report`] serve every benchmark; [`machine`], [`cores`],
//! [`place`] and [`process`] are what they need of the machine. [`log`] is the benchmark of the
//! event log, [`projection`] that of the questions put to it, [`service`] that of the service.

#![expect(clippy::disallowed_methods, reason = "benchmarks measure time")]
#![expect(clippy::print_stderr, reason = "tells whoever waits what is being measured")]

mod bar;
pub mod cores;
pub mod log;
pub mod machine;
mod measure;
pub mod place;
pub mod postgres;
pub mod process;
pub mod projection;
mod report;
pub mod service;
mod spread;
mod table;
#[cfg(test)]
mod tests;

pub use bar::{Bar, Limit, Verdict};
pub use measure::{Measure, Reference};
pub use report::Report;
pub use spread::Spread;

/// Tells whoever waits what is being measured.
pub(crate) fn tell(what: &str) {
    eprintln!("{what}");
}
