//! What kind of event each one is, from one reading of the log: what [`super::super::changes`] takes
//! from facts.

use std::collections::BTreeSet;

use events::{Date, Event, EventType, Family, Logged, Position, Refusal};
use metrics::{Calendar, entered_in_time};
use rustc_hash::FxHashMap;
use timeline::Moment;

use super::super::Cause;
use crate::{Known, Projection};

/// The causes that the events between two positions stand for. What happened to one event counts
/// together: all its amendments between the positions under the kind of the last of them, so that
/// no correction is looked at without what it names.
#[derive(Debug, Clone)]
pub(super) struct Survey {
    /// After this position, up to and with `through`.
    pub(super) after: Position,
    pub(super) through: Position,
    /// Of every correction, the identity of the original.
    originals: FxHashMap<u128, u128>,
    /// Of every original amended between, the kind of its last amendment.
    last_amendment: FxHashMap<u128, Cause>,
    calendar: Calendar,
    /// New events between, but for policy, that were recorded late.
    late: BTreeSet<Position>,
    /// The causes of everything but amendments.
    causes: BTreeSet<Cause>,
}

impl Survey {
    /// A survey of what stands between two positions, in any order, that the projection has
    /// reached. Business days are those of the calendars known at the later one.
    pub(super) fn between(projection: &Projection, a: Position, b: Position) -> Self {
        Self {
            after: a.min(b),
            through: a.max(b),
            originals: FxHashMap::default(),
            last_amendment: FxHashMap::default(),
            calendar: calendar(projection, a.max(b)),
            late: BTreeSet::new(),
            causes: BTreeSet::new(),
        }
    }

    /// Takes what the log holds at the next position, from the first to its head.
    ///
    /// # Errors
    /// [`Refusal`]: the data are not those of the event's type.
    pub(super) fn take(&mut self, logged: &Logged) -> Result<(), Refusal> {
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
            let late = late(event, &self.calendar);
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

fn late(event: &Event, calendar: &Calendar) -> bool {
    let of_status = matches!(
        event.content.kind,
        EventType::RemovalRecorded
            | EventType::EpisodeClosed
            | EventType::PlacementStarted
            | EventType::PlacementEnded
            | EventType::LegalStatusChanged
    );
    let recorded = event.recorded_time.chicago_date();
    !entered_in_time(of_status, event.content.effective_on, recorded, calendar)
}

/// All calendars that are known at a position.
fn calendar(projection: &Projection, known: Position) -> Calendar {
    let known = Known { position: known, known_at: None }.pos();
    Calendar::of(&projection.world(&Moment { as_of: Date::MAX, known }, Date::MAX).policy)
}

/// Events of the log itself and of sources are behind no number.
pub(super) fn bears_on_numbers(event: &Event) -> bool {
    !matches!(event.content.subject.family(), Family::Log | Family::Report | Family::Source)
}
