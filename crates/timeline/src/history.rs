//! Histories: the live facts of a subject, in order, cut at a date.

use events::Date;

use crate::{Fact, Facts, Pos, Sym};

/// What a question sees: facts up to the date `as_of`, as known at position `known`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    /// The as-of date T; facts of later days are not seen.
    pub as_of: Date,
    /// The known position K; later events are not known.
    pub known: Pos,
}

/// A stream and its facts.
#[derive(Debug, Clone, Copy)]
pub struct Stream<'a> {
    /// Its name.
    pub name: Sym,
    /// Its facts.
    pub facts: &'a Facts,
}

/// The live facts of a stream up to the as-of date, in history order, without evidence.
pub fn history<'a>(stream: Stream<'a>, at: &Moment) -> impl Iterator<Item = Fact> + use<'a> {
    cut(stream.facts.care(), at)
}

/// The live evidence of a stream up to the as-of date, in history order.
pub fn evidence<'a>(stream: Stream<'a>, at: &Moment) -> impl Iterator<Item = Fact> + use<'a> {
    cut(stream.facts.evidence(), at)
}

fn cut<I: Iterator<Item = Fact>>(facts: I, at: &Moment) -> impl Iterator<Item = Fact> + use<I> {
    let Moment { as_of, known } = *at;
    // In order, so that the processor fetches ahead: a search would wait for memory at every step.
    facts.take_while(move |f| f.day <= as_of).filter(move |f| f.stood_at(known))
}

/// The live facts of a stream of the kinds that no date cuts, in history order.
pub fn uncut<'a>(stream: Stream<'a>, at: &Moment) -> impl Iterator<Item = Fact> + use<'a> {
    let known = at.known;
    stream.facts.uncut().filter(move |f| f.stood_at(known))
}

/// The last item on or before `day` of a list in order of days.
pub(crate) fn last_on<T>(items: &[T], day: Date, day_of: impl Fn(&T) -> Date) -> Option<&T> {
    items[..items.partition_point(|item| day_of(item) <= day)].last()
}
