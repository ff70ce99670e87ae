//! The facts of one stream, in history order, in little memory.

use std::slice;

use events::Date;

use crate::{Fact, Pos, What};

/// The facts of one stream: all but the evidence, then the evidence, each by (day, position of the
/// original). Facts that stand as they were said, which most do for ever, are kept without their
/// interval; those that a correction ended or began lie beside them, and every reader sees one list.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    said: Vec<Said>,
    /// So many first facts of `said` are no evidence.
    care: u32,
    /// The facts of kinds that no date cuts are among so many first ones of `said`.
    uncut: u32,
    /// Most streams are never amended.
    #[expect(clippy::box_collection, reason = "a pointer in each of very many streams")]
    amended: Option<Box<Vec<Fact>>>,
}

/// A fact that stands since its original event said it.
#[derive(Debug, Clone, Copy)]
struct Said {
    day: Date,
    original: Pos,
    what: What,
}

// There are millions of them: a longer one is a decision.
const _: () = assert!(size_of::<Said>() == 28);

impl Said {
    /// `None` for what a correction ended or began.
    fn of(fact: &Fact) -> Option<Self> {
        let Fact { day, original, event, from, to, what } = *fact;
        ((event, from, to) == (original, original, Pos::MAX)).then_some(Self {
            day,
            original,
            what,
        })
    }

    const fn fact(&self) -> Fact {
        let Self { day, original, what } = *self;
        Fact { day, original, event: original, from: original, to: Pos::MAX, what }
    }

    const fn order(&self) -> Order {
        (self.what.evidence(), self.day, self.original, self.original)
    }
}

/// By what facts are in order.
type Order = (bool, Date, Pos, Pos);

const fn order(fact: &Fact) -> Order {
    (fact.what.evidence(), fact.day, fact.original, fact.from)
}

/// Makes room for one more in one of very many lists, which would take half as much room again if
/// each doubled.
pub fn make_room<T>(list: &mut Vec<T>) {
    if list.len() == list.capacity() {
        list.reserve_exact(4 + list.len() / 4);
    }
}

/// Facts of one stream, in history order.
#[derive(Debug, Clone)]
pub struct Iter<'a> {
    said: slice::Iter<'a, Said>,
    amended: slice::Iter<'a, Fact>,
}

impl Iterator for Iter<'_> {
    type Item = Fact;

    #[inline]
    fn next(&mut self) -> Option<Fact> {
        if let [amended, ..] = self.amended.as_slice()
            && self.said.as_slice().first().is_none_or(|said| order(amended) < said.order())
        {
            return self.amended.next().copied();
        }
        self.said.next().map(Said::fact)
    }
}

impl Facts {
    /// None yet, with room for so many.
    #[must_use]
    pub fn with_capacity(facts: usize) -> Self {
        Self { said: Vec::with_capacity(facts), ..Self::default() }
    }

    /// So many facts.
    #[must_use]
    pub fn len(&self) -> usize {
        self.said.len() + self.amended().len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn amended(&self) -> &[Fact] {
        self.amended.as_ref().map_or(&[], |amended| amended)
    }

    /// All of them.
    #[must_use]
    pub fn iter(&self) -> Iter<'_> {
        Iter { said: self.said.iter(), amended: self.amended().iter() }
    }

    /// All but the evidence.
    #[must_use]
    pub fn care(&self) -> Iter<'_> {
        let (said, amended) = (&self.said[..self.care as usize], self.amended());
        let care = amended.partition_point(|fact| !fact.what.evidence());
        Iter { said: said.iter(), amended: amended[..care].iter() }
    }

    /// The evidence.
    #[must_use]
    pub fn evidence(&self) -> Iter<'_> {
        let (said, amended) = (&self.said[self.care as usize..], self.amended());
        let care = amended.partition_point(|fact| !fact.what.evidence());
        Iter { said: said.iter(), amended: amended[care..].iter() }
    }

    /// Those of the kinds that no date cuts.
    pub fn uncut(&self) -> impl Iterator<Item = Fact> {
        let said = self.said[..self.uncut as usize].iter();
        Iter { said, amended: self.amended().iter() }.filter(|fact| fact.what.uncut())
    }

    /// Reads some of the facts that are no evidence, from wherever in memory they lie.
    #[must_use]
    pub fn fetch(&self) -> i32 {
        let facts = self.said[..self.care as usize].iter().step_by(FETCHED_BY_ONE);
        facts.fold(0, |all, fact| all ^ fact.day.day_number())
    }

    /// Reads the fact that the next one is likely compared with.
    #[must_use]
    pub fn fetch_last(&self) -> u32 {
        self.said.last().map_or(0, |last| last.original)
    }

    /// Puts a fact in its place.
    pub fn insert(&mut self, fact: Fact) {
        let Some(said) = Said::of(&fact) else {
            let amended = self.amended.get_or_insert_default();
            let at = amended.partition_point(|other| order(other) < order(&fact));
            make_room(amended);
            amended.insert(at, fact);
            return;
        };
        // Most facts arrive in order.
        let new = said.order();
        let in_order = self.said.last().is_none_or(|last| last.order() < new);
        let search = || self.said.partition_point(|other| other.order() < new);
        let at = if in_order { self.said.len() } else { search() };
        make_room(&mut self.said);
        self.said.insert(at, said);
        let place = u32::try_from(at).unwrap_or(u32::MAX);
        self.care += u32::from(!said.what.evidence());
        self.uncut += u32::from(place < self.uncut);
        if said.what.uncut() {
            self.uncut = self.uncut.max(place + 1);
        }
    }

    /// The last version of what the event at a position says.
    #[must_use]
    pub fn version(&self, event: Pos) -> Option<Fact> {
        let amended = self.amended().iter().filter(|fact| fact.event == event);
        let said = || self.said.iter().find(|said| said.original == event).map(Said::fact);
        amended.max_by_key(|fact| fact.from).copied().or_else(said)
    }

    /// The last version of what the event at a position says stands no longer from `at` on; gives
    /// it as it is then.
    pub fn close(&mut self, event: Pos, at: Pos) -> Option<Fact> {
        let amended = self.amended.iter_mut().flat_map(|amended| amended.iter_mut());
        let version = amended.filter(|fact| fact.event == event).max_by_key(|fact| fact.from);
        if let Some(fact) = version {
            fact.to = at;
            return Some(*fact);
        }
        let place = self.said.iter().position(|said| said.original == event)?;
        let ended = Fact { to: at, ..self.said.remove(place).fact() };
        let place = u32::try_from(place).unwrap_or(u32::MAX);
        self.care -= u32::from(place < self.care);
        self.uncut -= u32::from(place < self.uncut);
        self.insert(ended);
        Some(ended)
    }
}

impl FromIterator<Fact> for Facts {
    fn from_iter<I: IntoIterator<Item = Fact>>(facts: I) -> Self {
        let facts = facts.into_iter();
        let mut all = Self::with_capacity(facts.size_hint().0);
        facts.for_each(|fact| all.insert(fact));
        all
    }
}

/// A read fetches the bytes around it, too.
const FETCHED_BY_ONE: usize = 5;

#[cfg(test)]
mod tests;
