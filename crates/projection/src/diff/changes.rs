//! What became of the facts of a stream between two positions, and by which cause.

use std::collections::BTreeMap;

use events::{Date, Family, Position};
use metrics::{Calendar, entered_in_time};
use timeline::{Fact, Facts, Moment, Pos};

use super::Cause;
use crate::Projection;
use crate::lane::Lane;

/// Positions behind the earlier one, up to and with the later one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) after: Pos,
    pub(super) through: Pos,
}

impl Span {
    const fn has(self, at: Pos) -> bool {
        self.after < at && at <= self.through
    }
}

/// What became of what one event said: it was new, it was amended, or both. All its amendments
/// count together under the kind of the last of them, so that no correction is looked at without
/// what it names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Change {
    /// Position of the event.
    original: Pos,
    /// Why it was said, if it is new.
    new: Option<Cause>,
    /// Why something else stands for it now.
    amended: Option<Cause>,
}

/// What became of a stream's facts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Changes {
    /// In order of the originals.
    changes: Vec<Change>,
    /// The events that it was by, in order.
    pub(super) events: Vec<(Pos, Cause)>,
}

/// Tells events apart.
#[derive(Debug)]
pub(super) struct Judge<'p> {
    projection: &'p Projection,
    span: Span,
    calendar: Calendar,
}

impl<'p> Judge<'p> {
    /// Business days are those of the calendars known at the later position.
    pub(super) fn new(projection: &'p Projection, span: Span) -> Self {
        Self { projection, span, calendar: calendar(projection, span.through) }
    }

    /// What became of a stream's facts in the span; `None` where it is behind no number, or nothing
    /// did.
    pub(super) fn changes(&self, lane: &Lane) -> Option<Changes> {
        let span = self.span;
        if !bears_on_numbers(lane.family) || lane.changed <= span.after {
            return None;
        }
        let mut changed: BTreeMap<Pos, Option<Pos>> = BTreeMap::new();
        let mut events = Vec::new();
        for fact in lane.stream().facts.iter() {
            if span.has(fact.original) && fact.from == fact.original {
                changed.entry(fact.original).or_default();
                events.push((fact.original, None));
            }
            let amended = [fact.from, fact.to].into_iter();
            for at in amended.filter(|at| span.has(*at) && *at != fact.original) {
                let last = changed.entry(fact.original).or_default();
                *last = (*last).max(Some(at));
                events.push((at, Some(fact.original)));
            }
        }
        if changed.is_empty() {
            return None;
        }
        let facts = lane.stream().facts;
        let corrects = |at| facts.iter().any(|fact| fact.event == at && fact.from == at);
        let policy = lane.family == Family::Policy;
        let amendment = |at| match () {
            () if policy => Cause::Policy,
            () if corrects(at) => Cause::Correction,
            () => Cause::Retraction,
        };
        let new = |original| {
            let fact = facts.iter().find(|fact| fact.from == original)?;
            Some(if policy { Cause::Policy } else { self.cause_of_new(&fact) })
        };
        let changes = changed.into_iter().map(|(original, last)| Change {
            original,
            new: Some(original).filter(|at| span.has(*at)).and_then(new),
            amended: last.map(amendment),
        });
        let changes: Vec<Change> = changes.collect();
        let mut found = Changes { changes, events: Vec::new() };
        let cause = |(at, amends): (Pos, Option<Pos>)| {
            let change = found.of(amends.unwrap_or(at))?;
            Some((at, if amends.is_some() { change.amended? } else { change.new? }))
        };
        let mut events: Vec<(Pos, Cause)> = events.into_iter().filter_map(cause).collect();
        events.sort_unstable();
        events.dedup();
        found.events = events;
        Some(found)
    }

    fn cause_of_new(&self, fact: &Fact) -> Cause {
        let recorded = self.projection.recorded_time(Position(u64::from(fact.original)));
        let recorded = recorded.map_or(Date::MIN, |time| time.chicago_date());
        let of_status = fact.what.of_status();
        let in_time = entered_in_time(of_status, fact.day, recorded, &self.calendar);
        if in_time { Cause::InTime } else { Cause::Late }
    }
}

/// Tells whether a fact was recorded late, by the calendars known at a position.
pub(crate) fn lateness(projection: &Projection, known: Pos) -> impl Fn(&Fact) -> bool {
    let judge = Judge::new(projection, Span { after: known, through: known });
    move |fact| judge.cause_of_new(fact) == Cause::Late
}

impl Changes {
    fn of(&self, original: Pos) -> Option<&Change> {
        let found = self.changes.binary_search_by_key(&original, |change| change.original);
        found.ok().map(|index| &self.changes[index])
    }

    /// The facts of the stream as they stand at the later position when the causes up to one are
    /// admitted; `None` where that is everything.
    pub(super) fn staged(&self, facts: &Facts, span: Span, admitted: Cause) -> Option<Facts> {
        let all = self.events.iter().all(|(_, cause)| *cause <= admitted);
        (!all).then(|| {
            let stands = |fact: &Fact| match self.of(fact.original) {
                Some(change) => change.stands(fact, span, admitted),
                None => fact.stood_at(span.through),
            };
            let staged = facts.iter().filter(stands);
            staged.map(|fact| Fact { to: Pos::MAX, ..fact }).collect()
        })
    }
}

impl Change {
    /// Whether a version of what the event says stands when the causes up to one are admitted.
    fn stands(&self, fact: &Fact, span: Span, admitted: Cause) -> bool {
        match (self.new, self.amended) {
            (_, Some(cause)) if cause <= admitted => fact.stood_at(span.through),
            // As it was first said.
            (Some(cause), _) => cause <= admitted && fact.from == self.original,
            (None, _) => fact.stood_at(span.after),
        }
    }
}

/// All calendars that are known at a position.
fn calendar(projection: &Projection, known: Pos) -> Calendar {
    let at = Moment { as_of: Date::MAX, known };
    Calendar::of(&projection.world(&at, Date::MAX).policy)
}

/// Events of the log itself and of sources are behind no number.
const fn bears_on_numbers(family: Family) -> bool {
    !matches!(family, Family::Log | Family::Report | Family::Source)
}
