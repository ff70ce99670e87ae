//! The facts of a log, stream by stream.

use events::{
    Chains, Effect, Event, EventKey, EventType, Family, Hash, Json, Logged, Payload, Pointer,
    Position, Refusal, Text, Timestamp, Value,
};
use indexmap::IndexMap;
use rustc_hash::{FxBuildHasher, FxHashMap};
use timeline::{Fact, Names, Pos, Stream, Sym, What};

/// Facts of every stream, folded from the events of a log in order of position.
#[derive(Debug, Clone, Default)]
pub struct Projection {
    names: Names,
    streams: IndexMap<Sym, Lane, FxBuildHasher>,
    /// Recorded time of every position, in order.
    recorded: Vec<Timestamp>,
    /// Which event has an identity, and of which type its chain is; for amendments.
    by_key: FxHashMap<u128, (Pos, EventType)>,
}

/// A stream's facts.
#[derive(Debug, Clone)]
struct Lane {
    family: Family,
    /// By (day, original position).
    facts: Vec<Fact>,
    chains: Chains,
    merges: bool,
    /// The first bytes of the salted hash of its name, by which an erasure names it.
    subject_hash: u64,
}

/// An event that cannot follow, or that the log should not have taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ApplyError {
    /// Not the next position.
    #[error("position {found} cannot follow {after}")]
    OutOfOrder {
        /// The event's position.
        found: Position,
        /// The projection's position.
        after: Position,
    },
    /// Facts hold positions below 2^32 - 1.
    #[error("a projection ends at position 4294967294")]
    TooLong,
    /// The data are not those of the event's type.
    #[error("position {0} holds data that are not of its type")]
    Malformed(Position, #[source] Refusal),
    /// An amendment names what does not stand.
    #[error("position {0} amends an event that does not stand")]
    Amendment(Position),
    /// A replacement is not data of the original's type.
    #[error("position {0} replaces an event by what is not of its type")]
    Replacement(Position, #[source] Refusal),
    /// A stream is erased whose facts are here: only a fold from the first event on is without
    /// them.
    #[error("position {0} erases a stream that was read before")]
    Erased(Position),
}

impl Projection {
    /// The last position applied.
    #[must_use]
    pub fn position(&self) -> Position {
        Position(self.recorded.len() as u64)
    }

    /// The last position recorded at or before an instant.
    #[must_use]
    pub fn position_at(&self, instant: Timestamp) -> Position {
        Position(self.recorded.partition_point(|t| *t <= instant) as u64)
    }

    /// Recorded time of a position.
    #[must_use]
    pub fn recorded_time(&self, position: Position) -> Option<Timestamp> {
        let index = usize::try_from(position.0).ok()?.checked_sub(1)?;
        self.recorded.get(index).copied()
    }

    pub(crate) fn names(&self) -> &Names {
        &self.names
    }

    pub(crate) fn stream(&self, name: Sym) -> Option<Stream<'_>> {
        self.streams.get(&name).map(|lane| Stream { name, facts: &lane.facts })
    }

    fn of_families(&self, wanted: impl Fn(Family) -> bool) -> impl Iterator<Item = Stream<'_>> {
        let lanes = self.streams.iter().filter(move |(_, lane)| wanted(lane.family));
        lanes.map(|(name, lane)| Stream { name: *name, facts: &lane.facts })
    }

    /// Streams that many subjects share.
    pub(crate) fn shared(&self) -> impl Iterator<Item = Stream<'_>> {
        self.of_families(|family| !matches!(family, Family::Child | Family::Source))
    }

    /// Children's streams.
    pub(crate) fn children(&self) -> impl Iterator<Item = Sym> {
        self.of_families(|family| family == Family::Child).map(|stream| stream.name)
    }

    /// Children's streams that hold a merge.
    pub(crate) fn merging(&self) -> impl Iterator<Item = Stream<'_>> {
        let lanes = self.streams.iter().filter(|(_, lane)| lane.merges);
        lanes.map(|(name, lane)| Stream { name: *name, facts: &lane.facts })
    }

    /// Sources' streams.
    pub(crate) fn sources(&self) -> impl Iterator<Item = Stream<'_>> {
        self.of_families(|family| family == Family::Source)
    }

    /// Takes what the log holds at the next position. The bare entry of an erased event counts as
    /// a position and says nothing.
    ///
    /// # Errors
    /// [`ApplyError`]; then the projection is as before and can go no further.
    pub fn apply(&mut self, logged: &Logged) -> Result<(), ApplyError> {
        let (found, after) = (logged.position(), self.position());
        if found.0 != after.0 + 1 {
            return Err(ApplyError::OutOfOrder { found, after });
        }
        let position = Pos::try_from(found.0).ok().filter(|p| *p < Pos::MAX);
        let position = position.ok_or(ApplyError::TooLong)?;
        if let Logged::Whole(event) = logged {
            self.take(event, position)?;
        }
        self.recorded.push(logged.recorded_time());
        Ok(())
    }

    fn take(&mut self, event: &Event, position: Pos) -> Result<(), ApplyError> {
        let stream = self.open(event);
        let key = event.content.key.digest();
        let (payload, data) = event
            .content
            .read_data()
            .map_err(|refusal| ApplyError::Malformed(event.position, refusal))?;
        let kind = match payload {
            Payload::RecordCorrected(c) => {
                let (named, kind) = self.named(&c.corrects, event.position)?;
                let data = Json::Object(c.data);
                let data = Value::from(&data);
                let at = Pointer::ROOT.member("data");
                let payload = Payload::read(kind, &event.content.subject, &data, &at)
                    .map_err(|refusal| ApplyError::Replacement(event.position, refusal))?;
                let effect = self.amend(stream, event.position, |chains| {
                    chains.correct(whole(named), event.position).ok()
                })?;
                let what = self.names.what(&payload, &data);
                self.lane(stream).replace(effect, position, c.effectiveon, what);
                kind
            }
            Payload::RecordRetracted(r) => {
                let (named, _) = self.named(&r.retracts, event.position)?;
                let effect =
                    self.amend(stream, event.position, |chains| chains.retract(whole(named)).ok())?;
                self.lane(stream).take_back(effect, position);
                event.content.kind
            }
            Payload::SubjectErased(erased) if self.holds(&erased.subjecthash) => {
                return Err(ApplyError::Erased(event.position));
            }
            payload => {
                if let Some(what) = self.names.what(&payload, &data) {
                    self.lane(stream).insert(Fact {
                        day: event.content.effective_on,
                        original: position,
                        event: position,
                        from: position,
                        to: Pos::MAX,
                        what,
                    });
                }
                event.content.kind
            }
        };
        self.by_key.insert(key, (position, kind));
        Ok(())
    }

    /// The stream of an event, new or known. Facts name providers, facilities and counties by
    /// their bare identifiers, so those are interned too.
    fn open(&mut self, event: &Event) -> Sym {
        let subject = &event.content.subject;
        let name = self.names.intern(subject.as_str());
        if !self.streams.contains_key(&name) {
            self.names.intern(subject.ident());
            let (facts, chains, merges) = (Vec::new(), Chains::default(), false);
            let subject_hash = first_bytes(&event.subject_hash());
            let family = subject.family();
            self.streams.insert(name, Lane { family, facts, chains, merges, subject_hash });
        }
        name
    }

    /// Whether facts of the stream of that salted hash are here.
    fn holds(&self, subject_hash: &Text) -> bool {
        let mut hash = [0; 32];
        hex::decode_to_slice(subject_hash.as_str(), &mut hash).is_ok()
            && self.streams.values().any(|lane| lane.subject_hash == first_bytes(&hash))
    }

    fn lane(&mut self, stream: Sym) -> &mut Lane {
        self.streams.get_mut(&stream).expect("a stream is opened before it is written")
    }

    fn named(&self, key: &EventKey, by: Position) -> Result<(Pos, EventType), ApplyError> {
        self.by_key.get(&key.digest()).copied().ok_or(ApplyError::Amendment(by))
    }

    fn amend(
        &mut self,
        stream: Sym,
        by: Position,
        change: impl FnOnce(&mut Chains) -> Option<Effect>,
    ) -> Result<Effect, ApplyError> {
        change(&mut self.lane(stream).chains).ok_or(ApplyError::Amendment(by))
    }
}

fn whole(pos: Pos) -> Position {
    Position(u64::from(pos))
}

fn first_bytes(hash: &Hash) -> u64 {
    hash.first_chunk().map_or(0, |bytes| u64::from_be_bytes(*bytes))
}

fn narrow(position: Position) -> Pos {
    Pos::try_from(position.0).unwrap_or(Pos::MAX)
}

impl Lane {
    fn insert(&mut self, fact: Fact) {
        self.merges |= matches!(fact.what, What::Merged { .. });
        let key = |f: &Fact| (f.day, f.original, f.from);
        let at = self.facts.partition_point(|f| key(f) < key(&fact));
        self.facts.insert(at, fact);
    }

    /// The last version of what the event at a position says.
    fn version(&mut self, event: Position) -> Option<&mut Fact> {
        let event = narrow(event);
        self.facts.iter_mut().filter(|f| f.event == event).max_by_key(|f| f.from)
    }

    fn close(&mut self, event: Position, at: Pos) -> Option<Fact> {
        let fact = self.version(event)?;
        fact.to = at;
        Some(*fact)
    }

    /// A correction stands from `at` on, in the place of what stood before.
    fn replace(&mut self, effect: Effect, at: Pos, day: Option<events::Date>, what: Option<What>) {
        if let (Some(ended), Some(what)) = (self.close(effect.ended, at), what) {
            let day = day.unwrap_or(ended.day);
            let original = narrow(effect.original);
            self.insert(Fact { day, original, event: at, from: at, to: Pos::MAX, what });
        }
    }

    /// What stood before, if anything, stands again from `at` on.
    fn take_back(&mut self, effect: Effect, at: Pos) {
        self.close(effect.ended, at);
        let revived = effect.stands.and_then(|event| self.version(event).copied());
        if let Some(fact) = revived {
            self.insert(Fact { from: at, to: Pos::MAX, ..fact });
        }
    }
}
