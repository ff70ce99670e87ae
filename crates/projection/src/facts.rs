//! The facts of a log, stream by stream.

use std::collections::{BTreeMap, BTreeSet};
use std::hint::black_box;
use std::sync::atomic::{AtomicU64, Ordering};

use events::{
    Chains, Date, Effect, EventKey, EventType, Family, Hash, Json, Logged, Payload, Pointer,
    Position, Refusal, Subject, Text, Timestamp, Value,
};
use timeline::{Chunks, Fact, Gathered, Names, Pos, Stream, Sym, What, what};
use triomphe::Arc;

use crate::entered::SourceDays;
use crate::index::{Index, LaneId};
use crate::keys::Named;
use crate::lane::Lane;
use crate::page::{Content, Entry, Page, Said, read_data};

/// Events whose lanes are fetched together.
const FETCHED: usize = 128;

/// Facts of every stream, folded from the events of a log in order of position.
///
/// A clone costs little, whatever the log's length: it shares everything, and whoever goes on
/// copies what it changes. So readers keep asking one while another follows the log.
#[derive(Debug, Clone, Default)]
pub struct Projection {
    pub(crate) names: Names,
    /// In order of their first events.
    pub(crate) lanes: Lanes,
    /// The lane of each name that is a stream's.
    pub(crate) lane_of: Chunks<Option<LaneId>, 4096>,
    /// Lanes of each family.
    families: BTreeMap<Family, Arc<Vec<LaneId>>>,
    /// Lanes that hold a merge.
    pub(crate) merging: Arc<BTreeSet<LaneId>>,
    pub(crate) index: Index,
    /// The last position at which the facts of each lane changed: what it is beside the facts, to be
    /// gone through.
    changed: Chunks<Pos, 4096>,
    pub(crate) identity: Identity,
    /// Recorded time of every position, in order.
    pub(crate) recorded: Recorded,
    pub(crate) source_days: SourceDays,
}

pub(crate) type Recorded = Chunks<Timestamp, 8192>;

/// Every lane by number. A change copies the pointers to the lanes of a chunk, and one lane.
pub(crate) type Lanes = Chunks<Arc<Lane>, 256>;

/// Tells projections apart whose names have other numbers; it enters no result.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Identity(u64);

impl Default for Identity {
    fn default() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        Self(NEXT.fetch_add(1, Ordering::Relaxed))
    }
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

    /// Another number for every projection that was made from the first event on.
    pub(crate) fn identity(&self) -> u64 {
        self.identity.0
    }

    pub(crate) fn index(&self) -> &Index {
        &self.index
    }

    pub(crate) fn lane_count(&self) -> usize {
        self.lanes.len()
    }

    pub(crate) fn lane_id(&self, name: Sym) -> Option<LaneId> {
        self.lane_of.get(name.index()).copied().flatten()
    }

    pub(crate) fn lane(&self, id: LaneId) -> &Lane {
        &self.lanes[id as usize]
    }

    pub(crate) fn stream(&self, name: Sym) -> Option<Stream<'_>> {
        self.lane_id(name).map(|id| self.lane(id).stream())
    }

    /// Lanes whose facts changed behind a position.
    pub(crate) fn changed_since(&self, before: Pos) -> impl Iterator<Item = LaneId> {
        let all = (0..).zip(self.changed.iter());
        all.filter(move |(_, changed)| **changed > before).map(|(id, _)| id)
    }

    /// Lanes of a family, in order of their first events.
    pub(crate) fn lanes_of(&self, family: Family) -> &[LaneId] {
        self.families.get(&family).map_or(&[], |lanes| lanes)
    }

    /// Streams of a family.
    pub(crate) fn of_family(&self, family: Family) -> impl Iterator<Item = Stream<'_>> {
        self.lanes_of(family).iter().map(|id| self.lane(*id).stream())
    }

    /// Streams that hold a merge.
    pub(crate) fn merging(&self) -> impl Iterator<Item = Stream<'_>> {
        self.merging.iter().map(|id| self.lane(*id).stream())
    }

    /// Takes what the log holds at the next position. The bare entry of an erased event counts as
    /// a position and says nothing.
    ///
    /// # Errors
    /// [`ApplyError`]; then the projection is as before and can go no further.
    pub fn apply(&mut self, logged: &Logged) -> Result<(), ApplyError> {
        let mut page = Page::default();
        page.push(logged.into());
        self.apply_page(&page)
    }

    /// Takes what the log holds at the next positions, up to the first that is in error.
    pub(crate) fn apply_page(&mut self, page: &Page) -> Result<(), ApplyError> {
        let known = self.names.known_of(&page.texts);
        let mut texts = Texts { known, gathered: &page.texts };
        for entries in page.entries.chunks(FETCHED) {
            self.fetch(entries, &texts);
            for entry in entries {
                self.take_next(page, entry, &mut texts)?;
            }
        }
        Ok(())
    }

    /// Looks at the lanes of events, which lie scattered in memory: the processor then fetches many
    /// of them at a time, and not each when its turn comes.
    fn fetch(&self, entries: &[Entry], texts: &Texts<'_>) {
        let said = entries.iter().filter_map(|entry| entry.said.as_ref());
        let known = said.filter_map(|said| texts.known[said.stream.index()]);
        let lanes: Vec<_> = known.filter_map(|name| self.lane_id(name)).collect();
        let lanes = || lanes.iter().map(|id| self.lane(*id));
        black_box(lanes().fold(0, |seen, lane| seen ^ lane.subject_hash));
        black_box(lanes().fold(0, |seen, lane| seen ^ lane.fetch()));
    }

    fn take_next(
        &mut self,
        page: &Page,
        entry: &Entry,
        texts: &mut Texts<'_>,
    ) -> Result<(), ApplyError> {
        let (found, after) = (entry.position, self.position());
        if found.0 != after.0 + 1 {
            return Err(ApplyError::OutOfOrder { found, after });
        }
        let position = Pos::try_from(found.0).ok().filter(|p| *p < Pos::MAX);
        let position = position.ok_or(ApplyError::TooLong)?;
        if let Some(said) = &entry.said {
            let lane = self.open(said, texts);
            let mut kind = said.kind;
            match &said.content {
                Content::Nothing => {}
                Content::Fact(what) => {
                    let what = what.renamed(|place| texts.name(place, &mut self.names));
                    self.put_fact(lane, position, said.day, what);
                }
                Content::Unread(data) => kind = self.take(lane, said, data, position)?,
                Content::Malformed(refusal) => {
                    return Err(ApplyError::Malformed(found, Refusal::clone(refusal)));
                }
            }
            let key = || page.key(said);
            if let Some(day) = said.source_day {
                self.source_days.put(position, day);
            }
            self.lane_mut(lane).keys.insert(said.key, key, (position, kind));
        }
        self.recorded.push(entry.recorded_time);
        Ok(())
    }

    fn put_fact(&mut self, lane: LaneId, position: Pos, day: Date, what: What) {
        let (original, event, from) = (position, position, position);
        let fact = Fact { day, original, event, from, to: Pos::MAX, what };
        self.lane_mut(lane).insert(fact);
        self.notice(lane, &[Some(fact)], position);
    }

    /// Takes what cannot be read without what came before, or has tables of its own; answers with
    /// the type of its chain.
    fn take(
        &mut self,
        lane: LaneId,
        said: &Said,
        data: &str,
        position: Pos,
    ) -> Result<EventType, ApplyError> {
        let at = whole(position);
        let subject = self.subject(lane);
        let (payload, data) = read_data(said.kind, &subject, data)
            .map_err(|refusal| ApplyError::Malformed(at, refusal))?;
        match payload {
            Payload::RecordCorrected(c) => {
                let (named, kind) = self.named(lane, &c.corrects, at)?;
                let data = Json::Object(c.data);
                let data = Value::from(&data);
                let place = Pointer::ROOT.member("data");
                let payload = Payload::read(kind, &subject, &data, &place)
                    .map_err(|refusal| ApplyError::Replacement(at, refusal))?;
                let effect =
                    self.amend(lane, at, |chains| chains.correct(whole(named), at).ok())?;
                let what = what(&mut self.names, &payload, &data);
                let changed = self.lane_mut(lane).replace(effect, position, c.effectiveon, what);
                self.notice(lane, &changed, position);
                return Ok(kind);
            }
            Payload::RecordRetracted(r) => {
                let (named, _) = self.named(lane, &r.retracts, at)?;
                let effect = self.amend(lane, at, |chains| chains.retract(whole(named)).ok())?;
                let changed = self.lane_mut(lane).take_back(effect, position);
                self.notice(lane, &changed, position);
            }
            Payload::SubjectErased(erased) if self.holds(&erased.subjecthash) => {
                return Err(ApplyError::Erased(at));
            }
            payload => {
                if let Some(what) = what(&mut self.names, &payload, &data) {
                    self.put_fact(lane, position, said.day, what);
                }
            }
        }
        Ok(said.kind)
    }

    /// The stream of a lane.
    fn subject(&self, lane: LaneId) -> Subject {
        let name = self.names.text(self.lane(lane).name);
        name.parse().expect("a lane is named after a stream")
    }

    /// The stream of an event, new or known. Facts name providers, facilities and counties by
    /// their bare identifiers, so those are interned too.
    fn open(&mut self, said: &Said, texts: &mut Texts<'_>) -> LaneId {
        let name = texts.name(said.stream, &mut self.names);
        if let Some(id) = self.lane_id(name) {
            return id;
        }
        let text = texts.gathered.text(said.stream.index());
        let subject: Subject = text.parse().expect("an event is on a stream");
        self.names.intern(subject.ident());
        let hash = said.subject_salt.hash(text.as_bytes());
        self.put(Arc::new(Lane::new(name, subject.family(), first_bytes(&hash))))
    }

    /// Puts in the next lane.
    pub(crate) fn put(&mut self, lane: Arc<Lane>) -> LaneId {
        // There are fewer lanes than positions.
        let id = LaneId::try_from(self.lanes.len()).unwrap_or(LaneId::MAX);
        self.lane_of.extend((self.lane_of.len()..self.names.len()).map(|_| None));
        if let Some(lane_of) = self.lane_of.get_mut(lane.name.index()) {
            *lane_of = Some(id);
        }
        Arc::make_mut(self.families.entry(lane.family).or_default()).push(id);
        if lane.merges() {
            Arc::make_mut(&mut self.merging).insert(id);
        }
        self.changed.push(lane.changed);
        self.lanes.push(lane);
        id
    }

    /// Whether facts of the stream of that salted hash are here.
    fn holds(&self, subject_hash: &Text) -> bool {
        let mut hash = [0; 32];
        hex::decode_to_slice(subject_hash.as_str(), &mut hash).is_ok()
            && self.lanes.iter().any(|lane| lane.subject_hash == first_bytes(&hash))
    }

    pub(crate) fn lane_mut(&mut self, id: LaneId) -> &mut Lane {
        Arc::make_mut(self.lanes.get_mut(id as usize).expect("a lane that was put in"))
    }

    /// Keeps the index with the facts: these ended or began to stand at `at`.
    fn notice(&mut self, id: LaneId, facts: &[Option<Fact>], at: Pos) {
        self.lane_mut(id).changed = at;
        if let Some(changed) = self.changed.get_mut(id as usize) {
            *changed = at;
        }
        let Self { lanes, lane_of, merging, index, .. } = self;
        let lane = &lanes[id as usize];
        index.notice(id, lane, facts, at);
        for fact in facts.iter().flatten() {
            let What::Merged { into } = fact.what else { continue };
            Arc::make_mut(merging).insert(id);
            let into_lane = lane_of.get(into.index()).copied().flatten();
            let into_lane = into_lane.map(|id| (id, &*lanes[id as usize]));
            index.join([lane.name, into], [Some((id, lane)), into_lane], at);
        }
    }

    fn named(&self, lane: LaneId, key: &EventKey, by: Position) -> Result<Named, ApplyError> {
        self.lane(lane).keys.get(key).ok_or(ApplyError::Amendment(by))
    }

    fn amend(
        &mut self,
        lane: LaneId,
        by: Position,
        change: impl FnOnce(&mut Chains) -> Option<Effect>,
    ) -> Result<Effect, ApplyError> {
        change(self.lane_mut(lane).chains()).ok_or(ApplyError::Amendment(by))
    }
}

/// Numbers of a page's texts, as far as they have any yet: those that are new get theirs in order.
struct Texts<'p> {
    gathered: &'p Gathered,
    known: Vec<Option<Sym>>,
}

impl Texts<'_> {
    fn name(&mut self, place: Sym, names: &mut Names) -> Sym {
        let known = &mut self.known[place.index()];
        *known.get_or_insert_with(|| names.intern(self.gathered.text(place.index())))
    }
}

fn whole(pos: Pos) -> Position {
    Position(u64::from(pos))
}

fn first_bytes(hash: &Hash) -> u64 {
    hash.first_chunk().map_or(0, |bytes| u64::from_be_bytes(*bytes))
}
