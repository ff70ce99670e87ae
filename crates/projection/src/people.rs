//! Going through the subjects whom a question concerns, on as many threads as are worth it.

use std::hint::black_box;
use std::sync::atomic::{AtomicUsize, Ordering};

use events::Family;
use metrics::{Concern, Evaluation, Rows, Sums};
use timeline::{Folder, Moment, Person, Pos, Staff, Stream, Sym, What, World};

use crate::Projection;
use crate::index::LaneId;
use crate::lane::Lane;
use crate::threads::{cores, on_threads};

/// Parts for each core, where some subjects have more to tell than others.
pub(crate) const PARTS_A_CORE: usize = 8;

/// Subjects that are worth a thread of their own.
const WORTH_A_THREAD: usize = 250;

/// How many threads so many subjects are worth.
pub(crate) fn threads_for(subjects: usize) -> usize {
    cores().min(subjects / WORTH_A_THREAD)
}

/// Lanes whose facts are fetched from memory together.
const FETCHED_AT_ONCE: usize = 16;

/// Reads some of the facts of each lane: none of these reads needs what another gives, so the
/// processor waits for memory once, and not once for each lane in turn.
fn fetch<'a>(lanes: impl Iterator<Item = &'a Lane>) {
    black_box(lanes.fold(0, |all, lane| all ^ lane.stream().facts.fetch()));
}

/// Lanes, each once.
pub(crate) struct LaneSet(Vec<u64>);

impl LaneSet {
    fn of(lanes: usize) -> Self {
        Self(vec![0; lanes.div_ceil(64)])
    }

    fn insert(&mut self, lane: LaneId) {
        self.0[lane as usize / 64] |= 1 << (lane % 64);
    }

    pub(crate) fn contains(&self, lane: LaneId) -> bool {
        self.0.get(lane as usize / 64).is_some_and(|word| word & (1 << (lane % 64)) != 0)
    }

    fn remove(&mut self, lane: LaneId) -> bool {
        let (word, bit) = (&mut self.0[lane as usize / 64], 1 << (lane % 64));
        let there = *word & bit != 0;
        *word &= !bit;
        there
    }

    /// In order of lanes.
    fn into_list(self) -> Vec<LaneId> {
        let mut all = Vec::with_capacity(self.0.iter().map(|w| w.count_ones() as usize).sum());
        for (first, mut word) in (0..).step_by(64).zip(self.0) {
            while word != 0 {
                all.push(first + word.trailing_zeros());
                word &= word - 1;
            }
        }
        all
    }
}

/// The subjects of a question: those with streams, one lane each, and names without any.
pub(crate) struct Concerned {
    lanes: Vec<LaneId>,
    /// Children that only a returned case names.
    named: Vec<Sym>,
}

/// Some of the subjects of a question.
pub(crate) type Part<'a> = (&'a [LaneId], &'a [Sym]);

impl Concerned {
    pub(crate) fn len(&self) -> usize {
        self.lanes.len() + self.named.len()
    }

    /// The same in so many parts of about one size, and one of those without streams.
    pub(crate) fn parts(&self, count: usize) -> Vec<Part<'_>> {
        let size = self.lanes.len().div_ceil(count.max(1)).max(1);
        let mut parts: Vec<_> = self.lanes.chunks(size).map(|lanes| (lanes, &[][..])).collect();
        match parts.last_mut() {
            Some((_, named)) => *named = &self.named,
            None => parts.push((&[], &self.named)),
        }
        parts
    }
}

impl Projection {
    /// The lanes that some of the concerns may mean, as known at the world's position or at any one
    /// from there up to `last`; and names of children without any.
    pub(crate) fn candidates(
        &self,
        world: &World<'_>,
        concerns: &[Concern],
        last: Pos,
    ) -> (LaneSet, Vec<Sym>) {
        let mut lanes = LaneSet::of(self.lane_count());
        let mut named: Vec<Sym> = Vec::new();
        let known = world.at.known;
        for concern in concerns {
            match concern {
                Concern::Everyone => {
                    self.lanes_of(Family::Child).iter().for_each(|lane| lanes.insert(*lane));
                    let returns = world.cases.iter().flat_map(|case| &case.returns);
                    named.extend(returns.flat_map(|r| world.names.list(r.children)));
                }
                Concern::Removed(days) => {
                    self.index().removed(*days, last).for_each(|lane| lanes.insert(lane));
                }
                Concern::Left(days) => {
                    self.index().left(*days, last).for_each(|lane| lanes.insert(lane));
                }
                Concern::InCare { days, removed_by } => {
                    let there = self.index().in_care(*days, *removed_by, known..=last);
                    there.for_each(|lane| lanes.insert(lane));
                }
                Concern::Said(days) => {
                    let children = self.lanes_of(Family::Child).iter();
                    let said = children.filter(|lane| self.index().said(**lane, *days));
                    said.for_each(|lane| lanes.insert(*lane));
                }
                Concern::Named(names) => named.extend(names),
                Concern::Staff => {
                    self.lanes_of(Family::Staff).iter().for_each(|lane| lanes.insert(*lane));
                }
            }
        }
        named.retain(|name| {
            let lane = self.lanes_of_subject(world, *name).next();
            lane.into_iter().for_each(|lane| lanes.insert(lane));
            lane.is_none()
        });
        (lanes, named)
    }

    /// The subjects whose judgement may rest on a stream that is none of their own: of a case the
    /// children that its returns name, of a facility those who were placed there. `None` for what
    /// everybody's may rest on.
    pub(crate) fn resting_on(&self, lane: &Lane) -> Option<Vec<Sym>> {
        match lane.family {
            Family::Case => {
                let children = lane.stream().facts.iter().map(|fact| match fact.what {
                    What::Returned { children, .. } => self.names().list(children),
                    _ => &[],
                });
                Some(children.flatten().copied().collect())
            }
            Family::Facility => {
                let name = self.names().text(lane.name);
                let ident = name.split_once('/').and_then(|(_, ident)| self.names().known(ident));
                let residents = ident.map_or(&[][..], |ident| self.index().residents(ident));
                Some(residents.iter().map(|id| self.lane(*id).name).collect())
            }
            _ => None,
        }
    }

    /// Leaves of some names those that one of the concerns may mean, as known at `before` or at
    /// `now`, whatever was said of them in between.
    pub(crate) fn retain_concerned(
        &self,
        names: &mut Vec<Sym>,
        concerns: &[Concern],
        before: Pos,
        now: Pos,
    ) {
        let mut listed = LaneSet::of(self.lane_count());
        for concern in concerns {
            match concern {
                // Everybody of their family.
                Concern::Everyone | Concern::Staff => return,
                Concern::Removed(days) => {
                    self.index().removed(*days, now).for_each(|lane| listed.insert(lane));
                }
                Concern::Left(days) => {
                    self.index().left(*days, now).for_each(|lane| listed.insert(lane));
                }
                Concern::Named(named) => {
                    let lanes = named.iter().filter_map(|name| self.lane_id(*name));
                    lanes.for_each(|lane| listed.insert(lane));
                }
                Concern::InCare { .. } | Concern::Said(_) => {}
            }
        }
        let concerned = |lane| {
            concerns.iter().any(|concern| match concern {
                Concern::InCare { days, removed_by } => {
                    self.index().may_be_in_care(lane, *days, *removed_by, before)
                }
                Concern::Said(days) => self.index().said(lane, *days),
                _ => false,
            })
        };
        names.retain(|name| {
            self.index().was_merged(*name)
                || self.lane_id(*name).is_none_or(|lane| listed.contains(lane) || concerned(lane))
        });
    }

    /// The subjects that some of the concerns may mean; a merged child once.
    pub(crate) fn concerned(&self, world: &World<'_>, concerns: &[Concern]) -> Concerned {
        let (mut lanes, named) = self.candidates(world, concerns, world.at.known);
        // A merged child is one, whichever of its streams is concerned.
        for group in world.merges.groups() {
            let its = group.iter().filter_map(|name| self.lane_id(*name));
            let concerned = its.clone().filter(|lane| lanes.remove(*lane)).count() > 0;
            its.take(usize::from(concerned)).for_each(|lane| lanes.insert(lane));
        }
        let mut named: Vec<_> = named.iter().map(|name| world.merges.canonical(*name)).collect();
        named.sort_unstable();
        named.dedup();
        Concerned { lanes: lanes.into_list(), named }
    }

    /// The lanes of a subject by any of its names, the canonical one's first.
    fn lanes_of_subject(&self, world: &World<'_>, name: Sym) -> impl Iterator<Item = LaneId> {
        let group = world.merges.members(name).map(<[Sym]>::to_vec);
        let is_subject =
            |id: &LaneId| matches!(self.lane(*id).family, Family::Child | Family::Staff);
        let names = group.unwrap_or_else(|| vec![name]).into_iter();
        names.filter_map(move |name| self.lane_id(name).filter(is_subject))
    }

    /// Judges subjects at a moment on so many threads, and gives what they counted, each so many
    /// times.
    pub(crate) fn count(
        &self,
        evaluation: &Evaluation<'_>,
        at: &Moment,
        concerned: &Concerned,
        times: i64,
        threads: usize,
    ) -> Vec<Vec<Sums>> {
        let next = AtomicUsize::new(0);
        let parts = concerned.parts(PARTS_A_CORE * threads);
        on_threads(threads, || {
            let mut counts = evaluation.counts(times);
            let part = || parts.get(next.fetch_add(1, Ordering::Relaxed));
            for (lanes, named) in std::iter::from_fn(part) {
                let entries = evaluation.reads_entries();
                let reads = |person: &Person| (evaluation.reads_evidence(person), entries);
                self.fold_each(evaluation.world(), at, (lanes, named), reads, |rows| {
                    evaluation.subject(rows, &mut counts);
                });
            }
            counts.into_sums()
        })
    }

    /// Folds some of the subjects, one after the other.
    pub(crate) fn fold_part(&self, world: &World<'_>, part: Part<'_>, visit: impl FnMut(Rows<'_>)) {
        self.fold_each(world, &world.at, part, |_| (true, true), visit);
    }

    /// `reads` tells of a child, folded without them, whether evidence and entries are read.
    fn fold_each(
        &self,
        world: &World<'_>,
        at: &Moment,
        (lanes, named): Part<'_>,
        reads: impl Fn(&Person) -> (bool, bool),
        mut visit: impl FnMut(Rows<'_>),
    ) {
        let mut folder: Option<Folder> = None;
        for some in lanes.chunks(FETCHED_AT_ONCE) {
            fetch(some.iter().map(|lane| self.lane(*lane)));
            for lane in some.iter().map(|lane| self.lane(*lane)) {
                if lane.family == Family::Staff {
                    visit(Rows::Staff(&Staff::read(lane.stream(), at)));
                    continue;
                }
                let folder = folder.get_or_insert_with(|| Folder::new(lane.name));
                let mut fold = |name: Sym, streams: &[Stream<'_>]| {
                    let (evidence, entries) = reads(folder.fold_care(name, streams, at));
                    if evidence {
                        folder.add_evidence(streams, at);
                    }
                    if entries {
                        folder.add_entries(streams, at);
                    }
                    visit(Rows::Child(folder.person()));
                };
                match world.merges.members(lane.name) {
                    None => fold(lane.name, &[lane.stream()]),
                    Some(group) => {
                        let streams = group.iter().filter_map(|name| self.stream(*name));
                        let name = world.merges.canonical(lane.name);
                        fold(name, &streams.collect::<Vec<_>>());
                    }
                }
            }
        }
        for child in named {
            visit(Rows::Child(&Person::fold(*child, &[], at)));
        }
    }
}
