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
mod history;
mod question;
mod timeline_of;
mod words;

use events::{Date, Json};
use metrics::{Answer, Asked, Evaluation, PolicyUsed, Question, policy_used};
use timeline::{Merges, Moment, Person, Pos, Stream, Sym, What, World, history};

pub use diff::{
    Because, Cause, ChangedCell, ChangedMember, Compared, Difference, Place, Saved, Side,
    SideWords, StageError, Stages, Survey, TwoMetrics, Verification,
};
pub use explain::{Explained, Selection};
pub use facts::{ApplyError, Projection};
pub use follow::{FollowError, follow};
pub use history::{Column, History, Month, Shape};
pub use question::{Known, KnownError};
pub use words::{SavedQuestion, When, Words, WordsError, date_of, sides_of};

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
        let at = Moment { as_of: asked.as_of, known: known.pos() };
        let world = self.world(&at, asked.policy_date());
        let mut evaluation = Evaluation::new(&world, asked);
        self.for_each_person(&world, |person| evaluation.person(person));
        let used = policy_used(&world, asked).into_iter().map(|PolicyUsed { json, .. }| json);
        Answered {
            question: asked.resolve(&world.policy),
            known,
            complete_through: self.complete_through(at.known),
            policy: used.collect(),
            answer: evaluation.finish(),
        }
    }

    /// The shared rows at a moment, with policy in force on `policy_date`.
    pub(crate) fn world(&self, at: &Moment, policy_date: Date) -> World<'_> {
        let merges = Merges::read(self.merging(), at, self.names());
        let mut world = World::new(self.names(), *at, merges);
        for stream in self.shared() {
            world.put(stream, policy_date);
        }
        world.settle();
        world
    }

    /// Folds every child, also those that only a returned case names, in no particular order.
    pub(crate) fn for_each_person(&self, world: &World<'_>, mut visit: impl FnMut(&Person)) {
        for child in self.children() {
            if self.is_first_of_group(world, child) {
                visit(&self.person(world, child));
            }
        }
        let named = world.cases.iter().flat_map(|case| &case.returns);
        let named = named.flat_map(|r| world.names.list(r.children));
        let mut named: Vec<Sym> = named.map(|c| world.merges.canonical(*c)).collect();
        named.sort_unstable();
        named.dedup();
        for child in named.into_iter().filter(|child| !self.any_stream(world, *child)) {
            visit(&Person::fold(child, &[], &world.at));
        }
    }

    /// The rows of the child of that name, merged streams read as one.
    pub(crate) fn person(&self, world: &World<'_>, child: Sym) -> Person {
        let alone = [child];
        let group = world.merges.members(child).unwrap_or(&alone);
        let streams: Vec<Stream<'_>> = group.iter().filter_map(|name| self.stream(*name)).collect();
        Person::fold(world.merges.canonical(child), &streams, &world.at)
    }

    fn is_first_of_group(&self, world: &World<'_>, child: Sym) -> bool {
        let group = world.merges.members(child);
        let first = group.and_then(|group| group.iter().find(|n| self.stream(**n).is_some()));
        first.is_none_or(|first| *first == child)
    }

    fn any_stream(&self, world: &World<'_>, child: Sym) -> bool {
        let alone = [child];
        let group = world.merges.members(child).unwrap_or(&alone);
        group.iter().any(|name| self.stream(*name).is_some())
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
        let mut all: Vec<_> = self.sources().filter_map(through).collect();
        all.sort();
        all
    }
}

#[cfg(test)]
mod tests;
