//! Golden case histories: events, questions, the answers that are expected.
//!
//! A history is a folder with `ABOUT.md`, `events.ndjson` (as `ingest --backfill` takes it) and
//! `questions.json`: a list of {`args`, `must`, `expect`}. `must` was written by hand from the
//! rules, a part of the answer; `expect` is the whole answer as the program gave it, but for the
//! origin and root of the log, which differ from log to log.

mod history;
mod layout;

pub use history::{History, Question, comparable, histories};
pub use layout::laid_out;
