//! What is remarkable about the data themselves: overlaps, inferred ends, missing dates, doubtful
//! episodes, merges that conflict, names that nobody explains, entries that came late.
//!
//! A finding stands beside the numbers and never changes one: the rules say how such facts are read,
//! and a finding says that they had to be read so. It is seen on two axes like any question.

mod care;
mod kind;
mod merges;
mod references;

use events::{Date, Family, Position};
use metrics::{Concern, Rows};
use timeline::{Fact, Moment, Person, Pos, Stream, Sym, World, evidence, history};

pub use kind::FindingKind;

use crate::people::{PARTS_A_CORE, threads_for};
use crate::threads::spread;
use crate::{Known, Projection, diff};
use references::Known as KnownNames;

/// Something remarkable about what was recorded of a subject.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// The subject; of a merged child its canonical name.
    pub subject: String,
    /// What is remarkable.
    pub kind: FindingKind,
    /// The events, by position.
    pub events: Vec<Position>,
    /// What was found, in words.
    pub words: String,
}

/// Which findings are asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FindingsAsked {
    /// These kinds; all if there is none.
    pub kinds: Vec<FindingKind>,
    /// Of this subject alone; a merged child by any of its names.
    pub subject: Option<String>,
    /// The as-of date: a fact of a later day is not seen.
    pub as_of: Date,
}

/// Findings of one subject as they are made.
struct Found<'a> {
    world: &'a World<'a>,
    asked: &'a FindingsAsked,
    subject: Sym,
    findings: Vec<Finding>,
}

impl<'a> Found<'a> {
    fn new(world: &'a World<'a>, asked: &'a FindingsAsked, subject: Sym) -> Self {
        Self { world, asked, subject, findings: Vec::new() }
    }

    fn text(&self, name: Sym) -> &'a str {
        self.world.names.text(name)
    }

    /// Adds a finding, if its kind is asked for.
    fn add(
        &mut self,
        kind: FindingKind,
        events: impl IntoIterator<Item = Pos>,
        words: impl Into<String>,
    ) {
        if !self.asked.kinds.is_empty() && !self.asked.kinds.contains(&kind) {
            return;
        }
        let mut events: Vec<_> = events.into_iter().map(|at| Position(u64::from(at))).collect();
        events.sort_unstable();
        events.dedup();
        let subject = self.text(self.subject).to_owned();
        self.findings.push(Finding { subject, kind, events, words: words.into() });
    }
}

/// Families whose streams can be remarkable, beside those of children.
const OTHERS: [Family; 3] = [Family::Staff, Family::Case, Family::Provider];

impl Projection {
    /// The findings at a position that the projection has reached, by subject, kind and events.
    #[must_use]
    pub fn findings(&self, asked: &FindingsAsked, known: &Known) -> Vec<Finding> {
        let at = Moment { as_of: asked.as_of, known: known.pos() };
        let world = self.world(&at, asked.as_of);
        let names = KnownNames::read(self, &at);
        let is_late = diff::lateness(self, at.known);
        let subject = asked.subject.as_deref();
        let concerns = match subject.map(|subject| world.names.known(subject)) {
            None => vec![Concern::Everyone],
            Some(name) => vec![Concern::Named(name.into_iter().collect())],
        };
        let children = self.concerned(&world, &concerns);
        let parts = children.parts(PARTS_A_CORE * threads_for(children.len()));
        let found = spread(parts.len(), |part| {
            let mut found = Vec::new();
            self.fold_part(&world, parts[part], |rows| {
                if let Rows::Child(person) = rows {
                    let mut own = Found::new(&world, asked, person.subject);
                    let streams = self.streams_of(&world, person);
                    let facts = seen(&streams, &at);
                    care::find(person, &facts, &mut own);
                    references::find(&facts, &names, &mut own);
                    facts.iter().filter(|(_, fact)| is_late(fact)).for_each(|(_, fact)| {
                        let recorded = self.recorded_time(Position(u64::from(fact.original)));
                        let recorded = recorded.map(|time| time.chicago_date().to_string());
                        let recorded = recorded.unwrap_or_default();
                        let words = format!("true on {}, recorded on {recorded}", fact.day);
                        own.add(FindingKind::LateEntry, [fact.original], words);
                    });
                    found.extend(own.findings);
                }
            });
            found
        });
        let mut all: Vec<Finding> = found.into_iter().flatten().collect();
        all.extend(merges::find(self, &world, asked));
        for stream in OTHERS.iter().flat_map(|family| self.of_family(*family)) {
            if subject.is_none_or(|subject| subject == world.names.text(stream.name)) {
                let mut own = Found::new(&world, asked, stream.name);
                references::find(&seen(&[stream], &at), &names, &mut own);
                all.extend(own.findings);
            }
        }
        all.sort();
        all.dedup();
        all
    }

    fn streams_of(&self, world: &World<'_>, person: &Person) -> Vec<Stream<'_>> {
        let alone = [person.subject];
        let names = world.merges.members(person.subject).unwrap_or(&alone);
        names.iter().filter_map(|name| self.stream(*name)).collect()
    }
}

/// A fact with the stream that it is on.
type Seen = (Sym, Fact);

/// What is seen of some streams, evidence too.
fn seen(streams: &[Stream<'_>], at: &Moment) -> Vec<Seen> {
    let of = |stream: &Stream<'_>| {
        let (name, said) = (stream.name, history(*stream, at).chain(evidence(*stream, at)));
        said.map(move |fact| (name, fact)).collect::<Vec<_>>()
    };
    streams.iter().flat_map(of).collect()
}

#[cfg(test)]
mod tests;
