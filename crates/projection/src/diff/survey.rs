//! What kind of event each one is, from one reading of the log.

use std::collections::{BTreeMap, BTreeSet};

use events::{Date, Event, EventType, Family, Logged, Payload, Position, Refusal};
use rustc_hash::FxHashMap;
use timeline::Moment;

use super::Cause;
use super::lateness::late;
use crate::{Known, Projection};

/// The causes that the events between two positions stand for. What happened to one event counts
/// together: all its amendments between the positions under the kind of the last of them, so that
/// no correction is looked at without what it names.
#[derive(Debug, Clone)]
pub struct Survey {
    /// After this position, up to and with `through`.
    pub(super) after: Position,
    pub(super) through: Position,
    /// Of every correction, the identity of the original.
    originals: FxHashMap<u128, u128>,
    /// Of every original amended between, the kind of its last amendment.
    last_amendment: FxHashMap<u128, Cause>,
    holidays: BTreeSet<Date>,
    /// New events between, but for policy, that were recorded late.
    late: BTreeSet<Position>,
    /// The causes of everything but amendments.
    causes: BTreeSet<Cause>,
    pub(super) erasures: Erasures,
}

/// What was erased, in order.
#[derive(Debug, Clone, Default)]
pub(super) struct Erasures {
    /// Salted hash of every erased stream, as its `subject.erased` writes it.
    streams: Vec<(Position, String)>,
    /// Bare entries by the salted hash of their stream.
    bare: BTreeMap<String, Vec<Position>>,
}

impl Erasures {
    /// The bare entries up to `position` that were erased after an answer counted `known` of them.
    pub(super) fn since(&self, position: Position, known: u64) -> Vec<Position> {
        let of = |hash: &String| {
            let bare = self.bare.get(hash).into_iter().flatten().copied();
            bare.filter(|at| *at <= position).collect::<Vec<_>>()
        };
        let mut counted = 0;
        let mut since = Vec::new();
        for (_, hash) in &self.streams {
            let entries = of(hash);
            if counted >= known {
                since.extend(entries);
            } else {
                counted += entries.len() as u64;
            }
        }
        since.sort_unstable();
        since
    }

    fn take(&mut self, logged: &Logged) {
        match logged {
            Logged::Erased(entry) => {
                let hash = hex::encode(entry.subject_hash);
                self.bare.entry(hash).or_default().push(entry.position);
            }
            Logged::Whole(event) if event.content.kind == EventType::SubjectErased => {
                if let Payload::SubjectErased(erased) = event.content.payload() {
                    self.streams.push((event.position, erased.subjecthash.as_str().to_owned()));
                }
            }
            Logged::Whole(_) => {}
        }
    }
}

impl Survey {
    /// A survey of what stands between two positions, in any order, that the projection has
    /// reached. Business days are those of the calendars known at the later one.
    #[must_use]
    pub fn between(projection: &Projection, a: Position, b: Position) -> Self {
        Self {
            after: a.min(b),
            through: a.max(b),
            originals: FxHashMap::default(),
            last_amendment: FxHashMap::default(),
            holidays: holidays(projection, a.max(b)),
            late: BTreeSet::new(),
            causes: BTreeSet::new(),
            erasures: Erasures::default(),
        }
    }

    /// Takes what the log holds at the next position, from the first to its head.
    ///
    /// # Errors
    /// [`Refusal`]: the data are not those of the event's type.
    pub fn take(&mut self, logged: &Logged) -> Result<(), Refusal> {
        self.erasures.take(logged);
        let counts = |event: &&Event| event.position <= self.through && bears_on_numbers(event);
        let Some(event) = logged.event().filter(counts) else { return Ok(()) };
        let between = event.position > self.after;
        if event.content.subject.family() == Family::Policy {
            self.causes.extend(between.then_some(Cause::Policy));
            return Ok(());
        }
        if let Some(named) = event.content.amends()? {
            let named = named.digest();
            let original = self.originals.get(&named).copied().unwrap_or(named);
            let retracts = event.content.kind == EventType::RecordRetracted;
            if !retracts {
                self.originals.insert(event.content.key.digest(), original);
            }
            if between {
                let cause = if retracts { Cause::Retraction } else { Cause::Correction };
                self.last_amendment.insert(original, cause);
            }
        } else if between {
            let late = late(event, &self.holidays);
            self.late.extend(late.then_some(event.position));
            self.causes.insert(if late { Cause::Late } else { Cause::InTime });
        }
        Ok(())
    }

    /// The causes that events between the positions stand for.
    pub(super) fn causes(&self) -> BTreeSet<Cause> {
        self.causes.iter().chain(self.last_amendment.values()).copied().collect()
    }

    /// What an event between the positions stands for.
    ///
    /// # Errors
    /// As [`Survey::take`].
    pub(super) fn cause(&self, event: &Event) -> Result<Cause, Refusal> {
        if event.content.subject.family() == Family::Policy {
            return Ok(Cause::Policy);
        }
        let Some(named) = event.content.amends()? else {
            let late = self.late.contains(&event.position);
            return Ok(if late { Cause::Late } else { Cause::InTime });
        };
        let named = named.digest();
        let original = self.originals.get(&named).unwrap_or(&named);
        Ok(self.last_amendment.get(original).copied().unwrap_or(Cause::Correction))
    }
}

/// The holidays of all calendars that are known at a position.
fn holidays(projection: &Projection, known: Position) -> BTreeSet<Date> {
    let known = Known { position: known, known_at: None }.pos();
    let world = projection.world(&Moment { as_of: Date::MAX, known }, Date::MAX);
    let days = world.policy.iter().filter_map(|(_, decided)| match &decided.document.payload {
        Payload::CalendarPublished(calendar) => Some(calendar.holidays.clone()),
        _ => None,
    });
    days.flatten().collect()
}

/// Events of the log itself and of sources are behind no number.
pub(super) fn bears_on_numbers(event: &Event) -> bool {
    !matches!(event.content.subject.family(), Family::Log | Family::Report | Family::Source)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Which erasures an answer did not know of follows from how many bare entries it counted.
    #[test]
    fn what_was_erased_since_an_answer_follows_from_its_count() {
        let mut erasures = Erasures::default();
        for (at, hash, entries) in
            [(20, "a", &[1, 5][..]), (21, "b", &[18, 19]), (22, "c", &[2, 3, 12])]
        {
            erasures.streams.push((Position(at), hash.to_owned()));
            let entries = entries.iter().map(|position| Position(*position)).collect();
            erasures.bare.insert(hash.to_owned(), entries);
        }
        let since = |position: u64, known: u64| -> Vec<u64> {
            let since = erasures.since(Position(position), known);
            since.into_iter().map(|position| position.0).collect()
        };
        assert_eq!(since(10, 0), [1, 2, 3, 5]);
        assert_eq!(since(10, 2), [2, 3]);
        assert_eq!(since(10, 4), [] as [u64; 0]);
        assert_eq!(since(19, 2), [2, 3, 12, 18, 19]);
        assert_eq!(since(19, 4), [2, 3, 12]);
    }
}
