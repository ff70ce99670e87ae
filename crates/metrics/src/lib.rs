//! One file per metric: rows, policy and a question go in; populations come out.
//!
//! Every metric is a [`Judge`]: made once for a question and a [`timeline::World`], it sees one
//! person after the other and hands [`Member`]s to a [`Sink`]. The [`Tally`] of an answer and the
//! tracer of an explanation are sinks of the same judgement. Composed metrics (incentive,
//! scorecard) put the answers of others together.
//!
//! Specification: conventions RR-2 and the rulings on them; each metric's file cites its law,
//! populations, parameters and defaults. Counts are exact; values are fractions as counted;
//! rounding happens once, for display. The crate reads no log and no clock.
//!
//! **Versions.** Each metric's file carries its `VERSION`, which stands in every answer as `program`
//! and is a cause of its own in a difference. What gives another number for the same facts, policy
//! and question is a change of meaning: a new version, said in the changelog, with the golden answers
//! that it changes in the same commit. A rule that published reports were made by is kept beside the
//! new one (`timely_permanency_v1.rs`) where a golden history needs it; an answer of a version that
//! is no longer held is named as not verified, never as wrong. What changes no number (speed, words,
//! names) is no new version.

#![deny(clippy::float_arithmetic)]

mod amount;
mod answer;
pub mod baseline;
mod business_days;
mod cells;
mod cfsr;
mod cfsr_p1;
mod cfsr_p2_p3;
mod cfsr_p4;
mod cfsr_p5;
mod composition;
mod concern;
mod concurrent_planning;
mod counters;
mod data_timeliness;
mod exclusions;
mod goals;
mod group;
mod hearing_timeliness;
mod incentive;
mod judge;
mod long_stayers;
mod member;
mod period;
mod question;
mod residential;
mod residential_compliance;
mod returned_cases;
mod scorecard;
mod segments;
mod supervisor_ratio;
mod tally;
mod timely_permanency;
mod trauma_training;
mod worker_visits;

pub use amount::{Amount, Exact, display_percent, display_places};
pub use answer::{Answer, Line, PolicyUsed, Reason, policy_used};
pub use baseline::MonthAnswered;
pub use business_days::Calendar;
pub use cells::{Cells, Counter};
pub use composition::Composition;
pub use concern::Concern;
pub use counters::Counters;
pub use data_timeliness::entered_in_time;
pub use group::{Dimension, Group, Row};
pub use judge::{Judge, MetricId, Rows};
pub use member::{Clause, Counting, Division, Lack, Member, Population, Sink, Trace, Unit};
pub use period::Period;
pub use question::{Asked, Question, QuestionError, WhatIf};
pub use residential_compliance::residential;
pub use scorecard::default_weight;
pub use tally::{Sums, Tally};
pub use timely_permanency::goal_benchmarks;

mod evaluate;
pub use evaluate::{Counts, Each, Evaluation};

#[cfg(test)]
mod tests;
