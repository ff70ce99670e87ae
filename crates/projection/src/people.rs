//! Going through the children whom a question concerns, on as many threads as are worth it.

use std::thread;

use events::Family;
use metrics::{Concern, Evaluation, Sums};
use timeline::{Folder, Moment, Person, Pos, Stream, Sym, World};

use crate::Projection;
use crate::index::LaneId;
use crate::threads::cores;

/// Parts for each core, where some children have more to tell than others.
pub(crate) const PARTS_A_CORE: usize = 8;

/// Children that are worth a thread of their own.
const WORTH_A_THREAD: usize = 2_000;

/// How many threads so many children are worth.
pub(crate) fn threads_for(children: usize) -> usize {
    cores().min(children / WORTH_A_THREAD)
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

/// The children of a question: those with streams, one lane each, and names without any.
pub(crate) struct Concerned {
    lanes: Vec<LaneId>,
    /// Children that only a returned case names.
    named: Vec<Sym>,
}

/// Some of the children of a question.
pub(crate) type Part<'a> = (&'a [LaneId], &'a [Sym]);

impl Concerned {
    pub(crate) fn len(&self) -> usize {
        self.lanes.len() + self.named.len()
    }

    /// The same in so many parts of about one size, and one of those without streams.
    pub(crate) fn parts(&self, count: usize) -> Vec<Part<'_>> {
        let size = self.lanes.len().div_ceil(count.max(1)).max(1);
        let mut parts: Vec<_> = self.lanes.chunks(size).map(|lanes| (lanes, &[][..])).collect();
        parts.push((&[], &self.named));
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
                Concern::Named(names) => named.extend(names),
            }
        }
        named.retain(|name| {
            let lane = self.lanes_of_child(world, *name).next();
            lane.into_iter().for_each(|lane| lanes.insert(lane));
            lane.is_none()
        });
        (lanes, named)
    }

    /// The children that some of the concerns may mean; a merged child once.
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

    /// The lanes of a child by any of its names, the canonical one's first.
    fn lanes_of_child(&self, world: &World<'_>, name: Sym) -> impl Iterator<Item = LaneId> {
        let group = world.merges.members(name).map(<[Sym]>::to_vec);
        group.unwrap_or_else(|| vec![name]).into_iter().filter_map(|name| {
            self.lane_id(name).filter(|id| self.lane(*id).family == Family::Child)
        })
    }

    /// Judges children on so many threads, and gives what they counted.
    pub(crate) fn count<'w>(
        &self,
        evaluation: &Evaluation<'w>,
        world: &World<'w>,
        concerned: &Concerned,
        threads: usize,
    ) -> Vec<Vec<Sums>> {
        let of_part = |(lanes, named): Part<'_>| {
            let mut counts = evaluation.counts();
            self.fold_each(world, &world.at, lanes, named, |person| {
                evaluation.person(person, &mut counts)
            });
            counts.into_sums()
        };
        if threads < 2 {
            return vec![of_part((&concerned.lanes, &concerned.named))];
        }
        let parts = concerned.parts(threads);
        thread::scope(|scope| {
            let [first, rest @ ..] = parts.as_slice() else { return Vec::new() };
            let handles: Vec<_> = rest.iter().map(|part| scope.spawn(|| of_part(*part))).collect();
            let mut all = vec![of_part(*first)];
            all.extend(handles.into_iter().map(|handle| {
                handle.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
            }));
            all
        })
    }

    /// Folds the children, one after the other.
    pub(crate) fn for_each_person(
        &self,
        world: &World<'_>,
        concerned: &Concerned,
        visit: impl FnMut(&Person),
    ) {
        self.for_each_person_at(world, &world.at, concerned, visit);
    }

    /// Folds the children at another moment than the world's, at which the same are merged.
    pub(crate) fn for_each_person_at(
        &self,
        world: &World<'_>,
        at: &Moment,
        concerned: &Concerned,
        visit: impl FnMut(&Person),
    ) {
        self.fold_each(world, at, &concerned.lanes, &concerned.named, visit);
    }

    /// Folds some of the children, one after the other.
    pub(crate) fn fold_part(
        &self,
        world: &World<'_>,
        (lanes, named): Part<'_>,
        visit: impl FnMut(&Person),
    ) {
        self.fold_each(world, &world.at, lanes, named, visit);
    }

    fn fold_each(
        &self,
        world: &World<'_>,
        at: &Moment,
        lanes: &[LaneId],
        named: &[Sym],
        mut visit: impl FnMut(&Person),
    ) {
        let mut folder: Option<Folder> = None;
        for lane in lanes {
            let lane = self.lane(*lane);
            let folder = folder.get_or_insert_with(|| Folder::new(lane.name));
            let person = match world.merges.members(lane.name) {
                None => folder.fold(lane.name, &[lane.stream()], at),
                Some(group) => {
                    let streams: Vec<Stream<'_>> =
                        group.iter().filter_map(|name| self.stream(*name)).collect();
                    folder.fold(world.merges.canonical(lane.name), &streams, at)
                }
            };
            visit(person);
        }
        for child in named {
            visit(&Person::fold(*child, &[], at));
        }
    }
}
