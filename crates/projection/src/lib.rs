//! The facts of a whole log, and the questions put to them.
//!
//! A [`Projection`] is a fold over the log: it takes every event in order of position and keeps
//! facts with known intervals, so that any question can be answered at any (as-of date, known
//! position) it has reached. Rows are never kept: a question folds the persons concerned and
//! judges them ([`Projection::report`]), and an explanation is the same judgement with its trace
//! ([`Projection::explain`]).
//!
//! It is made anew from the log at any time and is never a source of truth. It renders nothing.

mod diff;
mod explain;
mod facts;
mod follow;
mod follower;
mod history;
mod index;
mod keys;
mod lane;
mod page;
mod people;
mod question;
mod snapshot;
mod staged;
mod standing;
mod timeline_of;
mod words;

use events::{Date, Family, Json};
use metrics::{Answer, Asked, Concern, Evaluation, PolicyUsed, Question, policy_used};
use people::threads_for;
use timeline::{Merges, Moment, Person, Pos, Stream, Sym, What, World, history};

pub use diff::{
    Because, Cause, ChangedCell, ChangedMember, Compared, Difference, Place, Saved, Side,
    SideWords, StageError, Stages, Survey, TwoMetrics, Verification,
};
pub use explain::{Explained, Selection};
pub use facts::{ApplyError, Projection};
pub use follow::{FollowError, follow};
pub use follower::{Followed, Follower, NotReached, View};
pub use history::{Column, History, Month, Shape};
pub use question::{Known, KnownError};
pub use snapshot::Snapshots;
pub use standing::Standing;
pub use words::{SavedQuestion, When, Words, WordsError, date_of, sides_of};

/// Families of streams that many subjects share.
const SHARED: &[Family] = &[
    Family::Provider,
    Family::Place,
    Family::Facility,
    Family::Staff,
    Family::Case,
    Family::Policy,
];

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
        self.report_on(asked, known, |evaluation| evaluation.concerns(), threads_for)
    }

    /// Answers a question by judging the children of these concerns, on so many threads.
    fn report_on(
        &self,
        asked: &Asked,
        known: Known,
        concerns: impl Fn(&Evaluation<'_>) -> Vec<Concern>,
        threads: impl Fn(usize) -> usize,
    ) -> Answered {
        let at = Moment { as_of: asked.as_of, known: known.pos() };
        let world = self.world_of(&at, asked.policy_date(), asked.metric.reads_families());
        let evaluation = self.evaluated(&world, asked, concerns, threads);
        self.answered(asked, known, &world, evaluation)
    }

    fn count_all<'w>(
        &self,
        world: &World<'w>,
        evaluation: &mut Evaluation<'w>,
        concerns: impl Fn(&Evaluation<'_>) -> Vec<Concern>,
        threads: impl Fn(usize) -> usize,
    ) {
        let concerned = self.concerned(world, &concerns(evaluation));
        let threads = threads(concerned.len());
        for sums in self.count(evaluation, world, &concerned, threads) {
            evaluation.take(sums);
        }
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
            answer: evaluation.finish(),
        }
    }

    /// A question for which every child of these concerns was judged, on so many threads.
    pub(crate) fn evaluated<'w>(
        &self,
        world: &'w World<'w>,
        asked: &Asked,
        concerns: impl Fn(&Evaluation<'_>) -> Vec<Concern>,
        threads: impl Fn(usize) -> usize,
    ) -> Evaluation<'w> {
        let mut evaluation = Evaluation::new(world, asked);
        self.count_all(world, &mut evaluation, concerns, threads);
        evaluation
    }

    /// The shared rows at a moment, with policy in force on `policy_date`.
    pub(crate) fn world(&self, at: &Moment, policy_date: Date) -> World<'_> {
        self.world_of(at, policy_date, SHARED)
    }

    /// The shared rows of some families at a moment.
    fn world_of(&self, at: &Moment, policy_date: Date, families: &[Family]) -> World<'_> {
        let merges = Merges::read(self.merging(), at, self.names());
        let mut world = World::new(self.names(), *at, merges);
        for stream in families.iter().flat_map(|family| self.of_family(*family)) {
            world.put(stream, policy_date);
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
