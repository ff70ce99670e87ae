//! One stream's facts, and how corrections change them.

use events::{Chains, Date, Effect, Family, Position};
use timeline::{Fact, Facts, Pos, Stream, Sym, What, make_room};

use crate::keys::Keys;

/// A stream's facts.
#[derive(Debug, Clone)]
pub(crate) struct Lane {
    pub(crate) name: Sym,
    pub(crate) family: Family,
    facts: Facts,
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

/// The last position at which one of the facts began or ended.
fn last_change(facts: &Facts) -> Pos {
    let ended = |f: Fact| if f.to == Pos::MAX { 0 } else { f.to };
    facts.iter().map(|f| f.from.max(ended(f))).max().unwrap_or(0)
}

fn narrow(position: Position) -> Pos {
    Pos::try_from(position.0).unwrap_or(Pos::MAX)
}

impl Lane {
    pub(crate) fn new(name: Sym, family: Family, subject_hash: u64) -> Self {
        let (facts, keys, chains) = (Facts::default(), Keys::default(), None);
        Self { name, family, facts, keys, chains, subject_hash, changed: 0 }
    }

    /// A lane that was written down.
    pub(crate) fn of(
        name: Sym,
        family: Family,
        subject_hash: u64,
        facts: Facts,
        keys: Keys,
        chains: Option<Chains>,
    ) -> Self {
        let (chains, changed) = (chains.map(Box::new), last_change(&facts));
        Self { name, family, facts, keys, chains, subject_hash, changed }
    }

    pub(crate) fn chains_if_any(&self) -> Option<&Chains> {
        self.chains.as_deref()
    }

    pub(crate) fn stream(&self) -> Stream<'_> {
        Stream { name: self.name, facts: &self.facts }
    }

    /// Whether it says of two names that they are one child's.
    pub(crate) fn merges(&self) -> bool {
        // Such facts are of the kinds that no date cuts.
        self.facts.uncut().any(|fact| matches!(fact.what, What::Merged { .. }))
    }

    /// Puts other facts in the place of all.
    pub(crate) fn set_facts(&mut self, facts: Facts) {
        self.changed = last_change(&facts);
        self.facts = facts;
    }

    pub(crate) fn chains(&mut self) -> &mut Chains {
        self.chains.get_or_insert_default()
    }

    /// Looks at what a new fact and its identity are compared with.
    pub(crate) fn fetch(&self) -> u32 {
        self.facts.fetch_last() ^ u32::from(self.keys.fetch())
    }

    pub(crate) fn insert(&mut self, fact: Fact) {
        self.facts.insert(fact);
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
        let ended = self.facts.close(narrow(effect.ended), at);
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
        let ended = self.facts.close(narrow(effect.ended), at);
        let revived = effect.stands.and_then(|event| self.facts.version(narrow(event)));
        let stands = revived.map(|fact| Fact { from: at, to: Pos::MAX, ..fact });
        stands.into_iter().for_each(|fact| self.insert(fact));
        [ended, stands]
    }
}
