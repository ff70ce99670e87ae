//! One stream's facts, and how corrections change them.

use events::{Chains, Date, Effect, Family, Position};
use timeline::{Fact, Pos, Stream, Sym, What};

use crate::keys::Keys;

/// A stream's facts.
#[derive(Debug, Clone)]
pub(crate) struct Lane {
    pub(crate) name: Sym,
    pub(crate) family: Family,
    /// All but the evidence, then the evidence, each by (day, original position).
    facts: Vec<Fact>,
    /// So many first facts are no evidence.
    care: usize,
    /// The facts of kinds that no date cuts are among so many first ones.
    uncut: usize,
    pub(crate) keys: Keys,
    /// Most streams are never amended.
    chains: Option<Box<Chains>>,
    /// The first bytes of the salted hash of its name, by which an erasure names it.
    pub(crate) subject_hash: u64,
    /// The last position at which its facts changed.
    pub(crate) changed: Pos,
}

/// Appends to one of very many lists, which would take half as much room again if each doubled.
pub(crate) fn push<T>(list: &mut Vec<T>, item: T) {
    make_room(list);
    list.push(item);
}

fn make_room<T>(list: &mut Vec<T>) {
    if list.len() == list.capacity() {
        list.reserve_exact(4 + list.len() / 4);
    }
}

/// By what the facts of a lane are in order.
fn history_order(fact: &Fact) -> (bool, Date, Pos, Pos) {
    (fact.what.evidence(), fact.day, fact.original, fact.from)
}

/// How many facts in that order are no evidence.
fn care_of(facts: &[Fact]) -> usize {
    facts.partition_point(|fact| !fact.what.evidence())
}

/// The last position at which one of the facts began or ended.
fn last_change(facts: &[Fact]) -> Pos {
    let ended = |f: &Fact| if f.to == Pos::MAX { 0 } else { f.to };
    facts.iter().map(|f| f.from.max(ended(f))).max().unwrap_or(0)
}

fn narrow(position: Position) -> Pos {
    Pos::try_from(position.0).unwrap_or(Pos::MAX)
}

impl Lane {
    pub(crate) fn new(name: Sym, family: Family, subject_hash: u64) -> Self {
        let (facts, keys, chains) = (Vec::new(), Keys::default(), None);
        Self { name, family, facts, care: 0, uncut: 0, keys, chains, subject_hash, changed: 0 }
    }

    /// A lane that was written down.
    pub(crate) fn of(
        name: Sym,
        family: Family,
        subject_hash: u64,
        facts: Vec<Fact>,
        uncut: usize,
        keys: Keys,
        chains: Option<Chains>,
    ) -> Self {
        let (chains, changed) = (chains.map(Box::new), last_change(&facts));
        let care = care_of(&facts);
        Self { name, family, facts, care, uncut, keys, chains, subject_hash, changed }
    }

    pub(crate) fn chains_if_any(&self) -> Option<&Chains> {
        self.chains.as_deref()
    }

    pub(crate) fn stream(&self) -> Stream<'_> {
        Stream { name: self.name, facts: &self.facts, care: self.care, uncut: self.uncut }
    }

    /// Whether it says of two names that they are one child's.
    pub(crate) fn merges(&self) -> bool {
        // Such facts are of the kinds that no date cuts.
        let mut uncut = self.facts.iter().take(self.uncut);
        uncut.any(|fact| matches!(fact.what, What::Merged { .. }))
    }

    /// Puts other facts in the place of all.
    pub(crate) fn set_facts(&mut self, mut facts: Vec<Fact>) {
        facts.sort_by_key(history_order);
        self.uncut = facts.iter().rposition(|fact| fact.what.uncut()).map_or(0, |last| last + 1);
        self.changed = last_change(&facts);
        self.care = care_of(&facts);
        self.facts = facts;
    }

    pub(crate) fn chains(&mut self) -> &mut Chains {
        self.chains.get_or_insert_default()
    }

    /// Looks at what a new fact and its identity are compared with.
    pub(crate) fn fetch(&self) -> u32 {
        self.facts.last().map_or(0, |last| last.original) ^ u32::from(self.keys.fetch())
    }

    pub(crate) fn insert(&mut self, fact: Fact) {
        let key = history_order;
        make_room(&mut self.facts);
        // Most facts arrive in order.
        let in_order = self.facts.last().is_none_or(|last| key(last) < key(&fact));
        let search = || self.facts.partition_point(|f| key(f) < key(&fact));
        let at = if in_order { self.facts.len() } else { search() };
        self.facts.insert(at, fact);
        self.care += usize::from(!fact.what.evidence());
        self.uncut += usize::from(at < self.uncut);
        if fact.what.uncut() {
            self.uncut = self.uncut.max(at + 1);
        }
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

    /// A correction stands from `at` on, in the place of what stood before; gives what ended, and
    /// what stands.
    pub(crate) fn replace(
        &mut self,
        effect: Effect,
        at: Pos,
        day: Option<Date>,
        what: Option<What>,
    ) -> [Option<Fact>; 2] {
        let ended = self.close(effect.ended, at);
        let stands = ended.zip(what).map(|(ended, what)| {
            let day = day.unwrap_or(ended.day);
            let original = narrow(effect.original);
            Fact { day, original, event: at, from: at, to: Pos::MAX, what }
        });
        stands.into_iter().for_each(|fact| self.insert(fact));
        [ended, stands]
    }

    /// What stood before, if anything, stands again from `at` on; gives what ended, and what stands.
    pub(crate) fn take_back(&mut self, effect: Effect, at: Pos) -> [Option<Fact>; 2] {
        let ended = self.close(effect.ended, at);
        let revived = effect.stands.and_then(|event| self.version(event).copied());
        let stands = revived.map(|fact| Fact { from: at, to: Pos::MAX, ..fact });
        stands.into_iter().for_each(|fact| self.insert(fact));
        [ended, stands]
    }
}
