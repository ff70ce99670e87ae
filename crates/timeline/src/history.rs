//! Histories: the live facts of a subject, in order, cut at a date.

use events::Date;

use crate::{Fact, Pos, Sym};

/// What a question sees: facts up to the date `as_of`, as known at position `known`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    /// The as-of date T; facts of later days are not seen.
    pub as_of: Date,
    /// The known position K; later events are not known.
    pub known: Pos,
}

/// A stream's facts: all but the evidence, then the evidence, each by (day, position of the
/// original).
#[derive(Debug, Clone, Copy)]
pub struct Stream<'a> {
    /// Its name.
    pub name: Sym,
    /// Its facts.
    pub facts: &'a [Fact],
    /// So many first facts are no evidence, all others are.
    pub care: usize,
    /// Of these first facts, some are of the kinds that no date cuts; none of the others is.
    pub uncut: usize,
}

/// The live facts of a stream up to the as-of date, in history order, without evidence.
pub fn history<'a>(stream: Stream<'a>, at: &Moment) -> impl Iterator<Item = &'a Fact> + use<'a> {
    cut(stream.split().0, at)
}

/// The live evidence of a stream up to the as-of date, in history order.
pub fn evidence<'a>(stream: Stream<'a>, at: &Moment) -> impl Iterator<Item = &'a Fact> + use<'a> {
    cut(stream.split().1, at)
}

fn cut<'a>(facts: &'a [Fact], at: &Moment) -> impl Iterator<Item = &'a Fact> + use<'a> {
    let Moment { as_of, known } = *at;
    // In order, so that the processor fetches ahead: a search would wait for memory at every step.
    facts.iter().take_while(move |f| f.day <= as_of).filter(move |f| f.stood_at(known))
}

impl<'a> Stream<'a> {
    /// All but the evidence, and the evidence.
    fn split(self) -> (&'a [Fact], &'a [Fact]) {
        self.facts.split_at(self.care.min(self.facts.len()))
    }
}

/// The live facts of a stream of the kinds that no date cuts, in history order.
pub fn uncut<'a>(stream: Stream<'a>, at: &Moment) -> impl Iterator<Item = &'a Fact> + use<'a> {
    let known = at.known;
    let facts = &stream.facts[..stream.uncut.min(stream.facts.len())];
    facts.iter().filter(move |f| f.what.uncut() && f.stood_at(known))
}

/// The last item on or before `day` of a list in order of days.
pub(crate) fn last_on<T>(items: &[T], day: Date, day_of: impl Fn(&T) -> Date) -> Option<&T> {
    items[..items.partition_point(|item| day_of(item) <= day)].last()
}
