//! Going through the subjects whom a question concerns, on as many threads as are worth it.

use std::num::NonZeroUsize;
use std::thread;

use events::Family;
use metrics::{Concern, Evaluation, Rows, Sums};
use timeline::{Folder, Moment, Person, Staff, Stream, Sym, World};

use crate::Projection;
use crate::index::LaneId;

/// Subjects that are worth a thread of their own.
const WORTH_A_THREAD: usize = 250;

/// How many threads so many subjects are worth.
pub(crate) fn threads_for(subjects: usize) -> usize {
    let cores = thread::available_parallelism().map_or(1, NonZeroUsize::get);
    cores.min(subjects / WORTH_A_THREAD)
}

/// Lanes, each once.
struct LaneSet(Vec<u64>);

impl LaneSet {
    fn of(lanes: usize) -> Self {
        Self(vec![0; lanes.div_ceil(64)])
    }

    fn insert(&mut self, lane: LaneId) {
        self.0[lane as usize / 64] |= 1 << (lane % 64);
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

impl Concerned {
    pub(crate) fn len(&self) -> usize {
        self.lanes.len() + self.named.len()
    }

    /// The same in so many parts of about one size.
    fn parts(&self, count: usize) -> Vec<(&[LaneId], &[Sym])> {
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
    /// The subjects that some of the concerns may mean; a merged child once.
    pub(crate) fn concerned(&self, world: &World<'_>, concerns: &[Concern]) -> Concerned {
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
                    self.index().removed(*days, known).for_each(|lane| lanes.insert(lane));
                }
                Concern::Left(days) => {
                    self.index().left(*days, known).for_each(|lane| lanes.insert(lane));
                }
                Concern::InCare { days, removed_by } => {
                    let there = self.index().in_care(*days, *removed_by, known);
                    there.for_each(|lane| lanes.insert(lane));
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
        let world = evaluation.world();
        let of_part = |(lanes, named): (&[LaneId], &[Sym])| {
            let mut counts = evaluation.counts(times);
            self.fold_each(world, at, lanes, named, |rows| evaluation.subject(rows, &mut counts));
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

    /// Folds the subjects at a moment, one after the other; who is merged in the world is one.
    pub(crate) fn for_each(
        &self,
        world: &World<'_>,
        at: &Moment,
        concerned: &Concerned,
        visit: impl FnMut(Rows<'_>),
    ) {
        self.fold_each(world, at, &concerned.lanes, &concerned.named, visit);
    }

    fn fold_each(
        &self,
        world: &World<'_>,
        at: &Moment,
        lanes: &[LaneId],
        named: &[Sym],
        mut visit: impl FnMut(Rows<'_>),
    ) {
        let mut folder: Option<Folder> = None;
        for lane in lanes {
            let lane = self.lane(*lane);
            if lane.family == Family::Staff {
                visit(Rows::Staff(&Staff::read(lane.stream(), at)));
                continue;
            }
            let folder = folder.get_or_insert_with(|| Folder::new(lane.name));
            let person = match world.merges.members(lane.name) {
                None => folder.fold(lane.name, &[lane.stream()], at),
                Some(group) => {
                    let streams: Vec<Stream<'_>> =
                        group.iter().filter_map(|name| self.stream(*name)).collect();
                    folder.fold(world.merges.canonical(lane.name), &streams, at)
                }
            };
            visit(Rows::Child(person));
        }
        for child in named {
            visit(Rows::Child(&Person::fold(*child, &[], at)));
        }
    }
}
