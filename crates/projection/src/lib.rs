//! The facts of a whole log, and the questions put to them.
//!
//! A [`Projection`] is a fold over the log: it takes every event in order of position and keeps
//! facts with known intervals, so that any question can be answered at any (as-of date, known
//! position) it has reached. Rows are never kept: a question folds the persons concerned and
//! judges them ([`Projection::report`]), and an explanation is the same judgement with its trace
//! ([`Projection::explain`]).
//!
//! It is made anew from the log at any time and is never a source of truth. It renders nothing.

mod alternatives;
mod baseline;
mod diff;
mod entered;
mod explain;
mod facts;
mod findings;
mod follow;
mod follower;
mod history;
mod index;
mod keys;
mod lane;
mod members;
mod page;
mod people;
mod policies;
mod question;
mod snapshot;
mod staged;
mod standing;
mod threads;
mod timeline_of;
mod words;

use std::collections::BTreeSet;

use events::{Date, Family, Json};
use index::LaneId;
use metrics::{
    Answer, Asked, Concern, Each, Evaluation, Line, MetricId, PolicyUsed, Question, policy_used,
};
use people::threads_for;
use threads::spread;
use timeline::{Merges, Moment, Person, Pos, Stream, Sym, What, World, history};

pub use alternatives::Alternative;
pub use diff::{
    Because, Cause, ChangedCell, ChangedMember, Compared, Difference, Erasures, Place, Saved, Side,
    SideWords, TwoMetrics, Verification,
};
pub use explain::{Explained, Selection};
pub use facts::{ApplyError, Projection};
pub use findings::{Finding, FindingKind, FindingsAsked};
pub use follow::{FollowError, follow};
pub use follower::{Followed, Follower, NotReached, View};
pub use history::{Column, History, HistoryWords, Month, Shape};
pub use policies::{Decided, PolicyEvent, PolicyValue};
pub use question::{Known, KnownError};
pub use snapshot::{Snapshots, program};
pub use standing::Standing;
pub use words::{SavedQuestion, When, Words, WordsError, date_of, sides_of};

/// Families of streams that many subjects share.
const SHARED: &[Family] =
    &[Family::Provider, Family::Place, Family::Facility, Family::Case, Family::Policy];

/// An answer with all that it rests on, before it is rendered.
#[derive(Debug, Clone, PartialEq)]
pub struct Answered {
    /// The question, with every parameter in force.
    pub question: Question,
    /// The position at which it was answered, and the instant that was asked for.
    pub known: Known,
    /// Through which date each source says that its data are complete.
    pub complete_through: Vec<(String, Date)>,
    /// The policy events in force that the metric read.
    pub policy: Vec<Json>,
    /// Rows and total.
    pub answer: Answer,
}

impl Projection {
    /// Answers a question at a position that the projection has reached.
    #[must_use]
    pub fn report(&self, asked: &Asked, known: Known) -> Answered {
        if asked.metric == MetricId::Baseline {
            return self.baseline(asked, known, |month, known| self.report(month, known));
        }
        let world = self.world_for(asked, known.pos());
        self.report_in(&world, asked, known, |evaluation| evaluation.concerns(), threads_for)
    }

    /// The same answer, by folding and judging everybody on one thread: what answers rest on where no
    /// index is trusted, and what an index saves.
    #[must_use]
    pub fn report_of_everyone(&self, asked: &Asked, known: Known) -> Answered {
        if asked.metric == MetricId::Baseline {
            let report = |month: &Asked, known| self.report_of_everyone(month, known);
            return self.baseline(asked, known, report);
        }
        let at = Moment { as_of: asked.as_of, known: known.pos() };
        let world = self.world(&at, asked.policy_date());
        let everyone = |_: &Evaluation<'_>| vec![Concern::Everyone, Concern::Staff];
        self.report_in(&world, asked, known, everyone, |_| 1)
    }

    /// Answers a question by judging the subjects of these concerns, on so many threads.
    fn report_in(
        &self,
        world: &World<'_>,
        asked: &Asked,
        known: Known,
        concerns: impl Fn(&Evaluation<'_>) -> Vec<Concern>,
        threads: impl Fn(usize) -> usize,
    ) -> Answered {
        let evaluation = self.evaluated(world, asked, concerns, threads);
        self.answered(asked, known, world, evaluation)
    }

    /// The answer, once everybody was counted.
    fn answered(
        &self,
        asked: &Asked,
        known: Known,
        world: &World<'_>,
        evaluation: Evaluation<'_>,
    ) -> Answered {
        let used = policy_used(world, asked).into_iter().map(|PolicyUsed { json, .. }| json);
        Answered {
            question: asked.resolve(&world.policy),
            known,
            complete_through: self.complete_through(world.at.known),
            policy: used.collect(),
            answer: evaluation.finish_by(lines),
        }
    }

    /// A question for which every subject of these concerns was judged, on so many threads.
    pub(crate) fn evaluated<'w>(
        &self,
        world: &'w World<'w>,
        asked: &Asked,
        concerns: impl Fn(&Evaluation<'_>) -> Vec<Concern>,
        threads: impl Fn(usize) -> usize,
    ) -> Evaluation<'w> {
        let mut evaluation = Evaluation::new(world, asked);
        let concerned = self.concerned(world, &concerns(&evaluation));
        let threads = threads(concerned.len());
        for sums in self.count(&evaluation, &world.at, &concerned, 1, threads) {
            evaluation.take(sums);
        }
        evaluation
    }

    /// The shared rows at a moment, with policy in force on `policy_date`.
    pub(crate) fn world(&self, at: &Moment, policy_date: Date) -> World<'_> {
        let lanes = SHARED.iter().flat_map(|family| self.lanes_of(*family));
        self.world_of(at, policy_date, lanes.copied())
    }

    /// The shared rows that a question's judges look at: of cases, those returned in its period.
    fn world_for(&self, asked: &Asked, known: Pos) -> World<'_> {
        let at = Moment { as_of: asked.as_of, known };
        let returned = || {
            let days = asked.days();
            let lanes = days.into_iter().flat_map(|days| self.index().returned(days, known));
            let lanes: BTreeSet<LaneId> = lanes.collect();
            lanes.into_iter().collect()
        };
        let lanes = asked.metric.reads_families().iter().flat_map(|family| match family {
            Family::Case => returned(),
            family => self.lanes_of(*family).to_vec(),
        });
        self.world_of(&at, asked.policy_date(), lanes)
    }

    /// The shared rows of some streams at a moment.
    fn world_of(
        &self,
        at: &Moment,
        policy_date: Date,
        lanes: impl Iterator<Item = LaneId>,
    ) -> World<'_> {
        let merges = Merges::read(self.merging(), at, self.names());
        let mut world = World::new(self.names(), *at, self, merges);
        for lane in lanes {
            world.put(self.lane(lane).stream(), policy_date);
        }
        world.settle();
        world
    }

    /// The rows of the child of that name, merged streams read as one.
    pub(crate) fn person(&self, world: &World<'_>, child: Sym) -> Person {
        let alone = [child];
        let group = world.merges.members(child).unwrap_or(&alone);
        let streams: Vec<Stream<'_>> = group.iter().filter_map(|name| self.stream(*name)).collect();
        Person::fold(world.merges.canonical(child), &streams, &world.at)
    }

    /// `through` of each source's last live completion, not cut at any date; by source's name.
    fn complete_through(&self, known: Pos) -> Vec<(String, Date)> {
        let at = Moment { as_of: Date::MAX, known };
        let through = |stream: Stream<'_>| {
            let last = history(stream, &at).filter_map(|fact| match fact.what {
                What::SourceCompleted { through } => Some(through),
                _ => None,
            });
            let name = self.names().text(stream.name);
            last.last().map(|day| (name.trim_start_matches("source/").to_owned(), day))
        };
        let mut all: Vec<_> = self.of_family(Family::Source).filter_map(through).collect();
        all.sort();
        all
    }
}

#[cfg(test)]
mod tests;

/// Rows that are rendered in one go.
const ROWS_AT_ONCE: usize = 64;

/// The lines of so many rows. Of some metrics a row has some hundred numbers of its own, so that
/// rendering two thousand rows takes as long as judging all whom they count.
fn lines(rows: usize, line: &Each<'_>) -> Vec<Line> {
    let pieces = spread(rows.div_ceil(ROWS_AT_ONCE), |piece| {
        let first = piece * ROWS_AT_ONCE;
        (first..rows.min(first + ROWS_AT_ONCE)).map(line).collect::<Vec<_>>()
    });
    pieces.into_iter().flatten().collect()
}
