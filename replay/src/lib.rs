#![doc = include_str!("../README.md")]

mod args;
pub mod cli;
mod commands;
mod continuity;
mod differences;
#[cfg(feature = "embedded")]
mod directory;
mod export;
mod failure;
mod findings;
mod forms;
pub mod golden;
mod monthly;
mod output;
mod policies;
mod replayed;
mod sides;
mod trust;
mod what_if;

pub use args::{
    Asking, KnownArgs, MembersArgs, Question, QuestionArgs, SubjectArgs, SubjectAt, WhenArgs,
};
pub use continuity::Break;
pub use differences::{Difference, differences, lacking};
pub use export::open;
pub use failure::Failure;
pub use findings::{FindingsArgs, FindingsForm, FindingsQuestion};
pub use forms::{ReportForm, TextForm};
pub use monthly::{AskedMonthly, HistoryArgs, Monthly, TableForm};
pub use output::{print, to_stdout};
pub use policies::{PolicyListArgs, PolicyQuestion, PolicyShowArgs};
pub use replayed::{ReplayError, Replayed, Why};
pub use sides::{SideSaid, read_side};
pub use trust::{Checked, Trust, TrustArgs, read_named};
