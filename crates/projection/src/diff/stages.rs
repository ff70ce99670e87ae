//! What stands between two positions, admitted one cause after the other.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use events::{Family, Position};
use timeline::{Facts, Pos};

use super::Cause;
use super::changes::{Changes, Judge, Span};
use crate::Projection;
use crate::index::LaneId;
use crate::threads::spread;

/// Projections that know everything up to the earlier position and, of what follows up to the later
/// one, only the events of some causes; each next one knows one cause more.
///
/// They are made of the facts of a projection that has reached the later position: streams of which
/// all is admitted are those of the projection itself, the others have their facts cut.
#[derive(Debug)]
pub(super) struct Stages<'p> {
    projection: &'p Projection,
    span: Span,
    changed: BTreeMap<LaneId, Changes>,
    /// Of every position behind the earlier one.
    causes: Vec<Option<Cause>>,
    /// Those that have events, in order.
    all: Vec<Cause>,
}

/// Streams that are looked at at once.
const LANES_AT_ONCE: usize = 4096;

impl<'p> Stages<'p> {
    /// Stages between two positions, in any order, that the projection has reached.
    pub(super) fn between(projection: &'p Projection, a: Position, b: Position) -> Self {
        let head = projection.position();
        let pos = |position: Position| Pos::try_from(position.min(head).0).unwrap_or(Pos::MAX);
        let span = Span { after: pos(a.min(b)), through: pos(a.max(b)) };
        let judge = Judge::new(projection, span);
        let lanes: Vec<LaneId> = (0..).take(projection.lane_count()).collect();
        let chunks: Vec<&[LaneId]> = lanes.chunks(LANES_AT_ONCE).collect();
        let of_lane = |id: &LaneId| Some((*id, judge.changes(projection.lane(*id))?));
        let changed: Vec<Vec<_>> =
            spread(chunks.len(), |chunk| chunks[chunk].iter().filter_map(of_lane).collect());
        let changed: BTreeMap<LaneId, Changes> = changed.into_iter().flatten().collect();
        let events = changed.values().flat_map(|changes| &changes.events);
        let mut causes = vec![None; (span.through - span.after) as usize];
        let mut all = BTreeSet::new();
        for (at, cause) in events {
            causes[(at - span.after - 1) as usize] = Some(*cause);
            all.insert(*cause);
        }
        Self { projection, span, changed, causes, all: all.into_iter().collect() }
    }

    fn admitting(&self, cause: Cause) -> Projection {
        let staged = |(id, changes): (&LaneId, &Changes)| -> Option<(LaneId, Facts)> {
            let facts = self.projection.lane(*id).stream().facts;
            Some((*id, changes.staged(facts, self.span, cause)?))
        };
        self.projection.with_facts(self.changed.iter().filter_map(staged))
    }

    /// The causes that have events, in order.
    pub(super) fn causes(&self) -> &[Cause] {
        &self.all
    }

    /// The projection that knows the events of a cause and of those before it, made now: a path
    /// needs two at a time. With the last one the whole log is known.
    pub(super) fn knowing(&self, cause: Cause) -> Cow<'p, Projection> {
        if self.all.last() == Some(&cause) {
            return Cow::Borrowed(self.projection);
        }
        Cow::Owned(self.admitting(cause))
    }

    /// The events of a cause on these streams.
    pub(super) fn on<'a>(
        &self,
        cause: Cause,
        streams: impl IntoIterator<Item = &'a str>,
    ) -> Vec<Position> {
        let names = streams.into_iter().filter_map(|name| self.projection.names().known(name));
        let lanes = names.filter_map(|name| self.projection.lane_id(name));
        let changes = lanes.filter_map(|lane| self.changed.get(&lane));
        changes.flat_map(|changes| of_cause(changes, cause)).collect()
    }

    /// The events of a cause on streams of no child: on them many numbers may rest.
    pub(super) fn shared(&self, cause: Cause) -> impl Iterator<Item = Position> {
        let is_shared = |id: LaneId| self.projection.lane(id).family != Family::Child;
        let shared = self.changed.iter().filter(move |(id, _)| is_shared(**id));
        shared.flat_map(move |(_, changes)| of_cause(changes, cause))
    }

    /// Every event of a cause.
    pub(super) fn every(&self, cause: Cause) -> impl Iterator<Item = Position> {
        self.changed.values().flat_map(move |changes| of_cause(changes, cause))
    }

    /// Whether an event is between the positions, and of that cause.
    pub(super) fn has(&self, cause: Cause, event: Position) -> bool {
        let index = event.0.checked_sub(u64::from(self.span.after) + 1);
        let index = index.and_then(|index| usize::try_from(index).ok());
        index.and_then(|index| self.causes.get(index)) == Some(&Some(cause))
    }

    /// The streams on which a cause has events.
    pub(super) fn streams(&self, cause: Cause) -> impl Iterator<Item = LaneId> {
        let changed = self.changed.iter();
        changed.filter(move |(_, c)| of_cause(c, cause).next().is_some()).map(|(id, _)| *id)
    }
}

fn of_cause(changes: &Changes, cause: Cause) -> impl Iterator<Item = Position> + use<'_> {
    let events = changes.events.iter().filter(move |(_, of)| *of == cause);
    events.map(|(at, _)| Position(u64::from(*at)))
}
