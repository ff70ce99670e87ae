//! Whom a question can concern: removals, exits and returns of cases by month, when each child was
//! in care, and between which days something is true of it.
//!
//! The index may name too many children and never too few. It is made with the facts, event by
//! event, and says nothing of its own.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::ops::RangeInclusive;

use events::Date;
use metrics::{Period, residential};
use rustc_hash::{FxHashMap, FxHashSet};
use timeline::{CareSpan, Chunks, Fact, Facts, Pos, Sym, What};
use triomphe::Arc;

use crate::lane::{Lane, push};
use crate::snapshot::{Input, Output};

/// A lane's place among all lanes.
pub(crate) type LaneId = u32;

/// Whom a question can concern.
#[derive(Debug, Clone, Default)]
pub(crate) struct Index {
    removals: Postings,
    exits: Postings,
    /// Of cases.
    returns: Postings,
    /// Children who were placed in each facility in a residential setting, as some event says or
    /// said.
    residents: FxHashMap<Sym, Arc<Vec<LaneId>>>,
    /// By lane: the first and the last day on which something is true that is said on it, or was.
    said: Chunks<[Date; 2], 1024>,
    /// When children were in care, as it was known from one position to another; in order of the
    /// first. A child has a row from its first removal on.
    spans: Chunks<Span, 1024>,
    /// Each lane's last row among the spans.
    last_span: Chunks<Option<u32>, 1024>,
    /// Names of children that were ever merged, either side: what is true of one of their streams
    /// is not true of the child.
    merged: Arc<FxHashSet<Sym>>,
    /// Children who may have been in care at any time, whatever the spans say.
    anytime: Vec<LaneId>,
}

/// Lanes by the month of a fact, with the position from which on it was known; each fact once
/// for every version of it.
#[derive(Debug, Clone, Default)]
struct Postings(BTreeMap<i32, Arc<Vec<(LaneId, Pos)>>>);

/// When a child was first removed and by when it had left, as known in `[from, to)`.
#[derive(Debug, Clone, Copy)]
struct Span {
    lane: LaneId,
    from: Pos,
    to: Pos,
    first: Date,
    left: Date,
}

/// Months from the beginning of the calendar.
fn month(day: Date) -> i32 {
    let (year, month, _) = day.ymd();
    year * 12 + month.cast_signed() - 1
}

impl Postings {
    fn insert(&mut self, day: Date, lane: LaneId, from: Pos) {
        push(Arc::make_mut(self.0.entry(month(day)).or_default()), (lane, from));
    }

    fn within(&self, days: Period, known: Pos) -> impl Iterator<Item = LaneId> {
        let months = self.0.range(month(days.start)..=month(days.end));
        let all = months.flat_map(|(_, lanes)| lanes.iter());
        all.filter(move |(_, from)| *from <= known).map(|(lane, _)| *lane)
    }
}

impl Index {
    /// Takes notice of what an event did to a lane: facts that ended or began to stand.
    pub(crate) fn notice(&mut self, id: LaneId, lane: &Lane, facts: &[Option<Fact>], at: Pos) {
        if self.post(id, facts.iter().copied().flatten()) {
            self.change(id, lane, at);
        }
    }

    /// Notes removals, exits and returns by month; whether there are any of the first two.
    pub(crate) fn post(&mut self, id: LaneId, facts: impl Iterator<Item = Fact>) -> bool {
        let mut care = false;
        for fact in facts {
            self.note_day(id, fact.day);
            match fact.what {
                What::Removal { .. } => self.removals.insert(fact.day, id, fact.from),
                What::Closed { .. } => self.exits.insert(fact.day, id, fact.from),
                What::Returned { .. } => {
                    self.returns.insert(fact.day, id, fact.from);
                    continue;
                }
                What::PlacementStarted { facility: Some(facility), setting, .. }
                    if residential(setting) =>
                {
                    push(Arc::make_mut(self.residents.entry(facility).or_default()), id);
                    continue;
                }
                _ => continue,
            }
            care = true;
        }
        care
    }

    /// Notes that something is said of a lane that is true on a day.
    fn note_day(&mut self, id: LaneId, day: Date) {
        let index = id as usize;
        self.said.extend((self.said.len()..=index).map(|_| [Date::MAX, Date::MIN]));
        if let [first, last] = self.said[index]
            && (day < first || day > last)
            && let Some(said) = self.said.get_mut(index)
        {
            *said = [first.min(day), last.max(day)];
        }
    }

    /// Whether something may be said of a lane that is true on one of the days, or was said.
    pub(crate) fn said(&self, lane: LaneId, days: Period) -> bool {
        let said = self.said.get(lane as usize);
        said.is_some_and(|[first, last]| *first <= days.end && days.start <= *last)
    }

    /// Takes notice that other facts stand in a lane than events said. What was noted before stays,
    /// since too many children do no harm.
    pub(crate) fn widen(&mut self, id: LaneId, facts: &Facts) {
        self.post(id, facts.iter());
        self.anytime.push(id);
    }

    /// Takes notice that two names may be one child's from now on; `lanes` are those of them that
    /// there are.
    pub(crate) fn join(&mut self, names: [Sym; 2], lanes: [Option<(LaneId, &Lane)>; 2], at: Pos) {
        Arc::make_mut(&mut self.merged).extend(names);
        for (id, lane) in lanes.into_iter().flatten() {
            self.change(id, lane, at);
        }
    }

    fn change(&mut self, lane_id: LaneId, lane: &Lane, at: Pos) {
        let row = *self.last_of(lane_id);
        let (first, left) = if self.merged.contains(&lane.name) {
            (Date::MIN, Date::MAX)
        } else {
            match CareSpan::of(lane.stream(), at) {
                Some(span) => (span.first, span.left.unwrap_or(Date::MAX)),
                // Never in care, as it is known now.
                None => (Date::MAX, Date::MIN),
            }
        };
        if let Some(row) = row.map(|row| row as usize) {
            let last = self.spans[row];
            if (last.first, last.left) == (first, left) {
                return;
            }
            if let Some(last) = self.spans.get_mut(row) {
                last.to = at;
            }
        }
        *self.last_of(lane_id) = u32::try_from(self.spans.len()).ok();
        self.spans.push(Span { lane: lane_id, from: at, to: Pos::MAX, first, left });
    }

    pub(crate) fn write<W: Write>(&self, out: &mut Output<W>) -> io::Result<()> {
        for postings in [&self.removals, &self.exits, &self.returns] {
            out.table(postings.0.iter(), |out, (month, lanes)| {
                out.word(month.cast_unsigned())?;
                out.table(lanes.iter(), |out, (lane, from)| out.words(&[*lane, *from]))
            })?;
        }
        let mut residents: Vec<_> = self.residents.iter().collect();
        residents.sort_unstable_by_key(|(facility, _)| **facility);
        out.table(residents.into_iter(), |out, (facility, lanes)| {
            out.name(*facility)?;
            out.table(lanes.iter(), |out, lane| out.word(*lane))
        })?;
        out.table(self.said.iter(), |out, said| {
            out.words(&said.map(|d| d.day_number().cast_unsigned()))
        })?;
        out.table(self.spans.iter(), |out, span| {
            let [first, left] = [span.first, span.left].map(|d| d.day_number().cast_unsigned());
            out.words(&[span.lane, span.from, span.to, first, left])
        })?;
        let mut merged: Vec<_> = self.merged.iter().copied().collect();
        merged.sort_unstable();
        out.table(merged.into_iter(), Output::name)
    }

    pub(crate) fn read(input: &mut Input<'_>) -> io::Result<Self> {
        let mut index = Self::default();
        for postings in [&mut index.removals, &mut index.exits, &mut index.returns] {
            for _ in 0..input.length(8)? {
                let month = input.word()?.cast_signed();
                let mut lanes = Vec::with_capacity(input.length(8)?);
                for _ in 0..lanes.capacity() {
                    let [lane, from] = input.words()?;
                    lanes.push((lane, from));
                }
                postings.0.insert(month, Arc::new(lanes));
            }
        }
        for _ in 0..input.length(8)? {
            let facility = input.name()?;
            let mut lanes = Vec::with_capacity(input.length(4)?);
            for _ in 0..lanes.capacity() {
                lanes.push(input.word()?);
            }
            index.residents.insert(facility, Arc::new(lanes));
        }
        for _ in 0..input.length(8)? {
            let said: [u32; 2] = input.words()?;
            index.said.push(said.map(|d| Date::from_day_number(d.cast_signed())));
        }
        for row in 0..input.length(20)? {
            let [lane, from, to, first, left] = input.words()?;
            let [first, left] = [first, left].map(|d| Date::from_day_number(d.cast_signed()));
            index.last_of(lane).replace(u32::try_from(row).unwrap_or(u32::MAX));
            index.spans.push(Span { lane, from, to, first, left });
        }
        let mut merged = FxHashSet::default();
        for _ in 0..input.length(4)? {
            merged.insert(input.name()?);
        }
        index.merged = Arc::new(merged);
        Ok(index)
    }

    /// Where a lane's last row among the spans is kept.
    fn last_of(&mut self, lane: LaneId) -> &mut Option<u32> {
        let index = lane as usize;
        self.last_span.extend((self.last_span.len()..=index).map(|_| None));
        self.last_span.get_mut(index).expect("there are so many rows")
    }

    /// Children who were removed on one of the days, as some event says or said.
    pub(crate) fn removed(&self, days: Period, known: Pos) -> impl Iterator<Item = LaneId> {
        self.removals.within(days, known)
    }

    /// Children who left on one of the days, as some event says or said.
    pub(crate) fn left(&self, days: Period, known: Pos) -> impl Iterator<Item = LaneId> {
        self.exits.within(days, known)
    }

    /// Children who were placed in a facility in a residential setting, as some event says or said.
    pub(crate) fn residents(&self, facility: Sym) -> &[LaneId] {
        self.residents.get(&facility).map_or(&[], |lanes| lanes)
    }

    /// Cases that were returned on one of the days, as some event says or said.
    pub(crate) fn returned(&self, days: Period, known: Pos) -> impl Iterator<Item = LaneId> {
        self.returns.within(days, known)
    }

    /// Children who were first removed by a day and may have been in care on one of the days, or the
    /// day before the first, none of which lies behind the as-of date; as known at some of the
    /// positions.
    pub(crate) fn in_care(
        &self,
        days: Period,
        removed_by: Date,
        known: RangeInclusive<Pos>,
    ) -> impl Iterator<Item = LaneId> {
        let (first, last) = known.into_inner();
        let known_then = move |spans: &&[Span]| spans.first().is_some_and(|s| s.from <= last);
        let spans = self.spans.slices().take_while(known_then).flatten();
        let there = move |s: &&Span| {
            s.from <= last && s.to > first && s.left >= days.start && s.first <= removed_by
        };
        spans.filter(there).map(|s| s.lane).chain(self.anytime.iter().copied())
    }

    /// Whether [`Index::in_care`] may give the child, for some position from `since` on.
    pub(crate) fn may_be_in_care(
        &self,
        lane: LaneId,
        days: Period,
        removed_by: Date,
        since: Pos,
    ) -> bool {
        let row = self.last_span.get(lane as usize).copied().flatten();
        // Without a row it was never in care. What was known before its last row began is not
        // looked for.
        row.and_then(|row| self.spans.get(row as usize)).is_some_and(|span| {
            span.from > since || span.left >= days.start && span.first <= removed_by
        }) || self.anytime.contains(&lane)
    }

    /// Whether a child was ever merged with another, or is to be.
    pub(crate) fn was_merged(&self, name: Sym) -> bool {
        self.merged.contains(&name)
    }
}
