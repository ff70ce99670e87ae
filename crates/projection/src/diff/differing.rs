//! Which subjects count otherwise at one step than at the one before: theirs alone are the members
//! that a cause lists, and few of all.

use std::collections::BTreeSet;

use events::Family;
use metrics::{Asked, Cells, Concern, Evaluation, Group, Member, Rows, Sink, Unit};
use timeline::{Sym, World};

use super::{Cause, Stages, Step};
use crate::index::LaneId;
use crate::members::{by_row, closed, in_total, passes, passing};
use crate::people::{PARTS_A_CORE, threads_for};
use crate::threads::spread;

/// What a member counts for: in the total, and in each row.
#[derive(Debug, PartialEq)]
struct Part {
    unit: Unit,
    total: Cells,
    rows: Vec<(Group, Cells)>,
}

/// What the members of one subject count for.
struct Parts<'w> {
    asked: &'w Asked,
    world: &'w World<'w>,
    parts: Vec<Part>,
}

impl Sink for Parts<'_> {
    fn traces(&self) -> bool {
        false
    }

    fn takes_outsiders(&self) -> bool {
        false
    }

    fn add(&mut self, member: Member<'_>) {
        let Asked { by, filter, .. } = self.asked;
        let names = self.world.names;
        let (groups, count) = passing(member.division, |group| passes(group, filter, names));
        if !groups.is_empty() {
            let (total, rows) = (in_total(&groups, &count), by_row(&groups, by, &count));
            self.parts.push(Part { unit: member.unit, total, rows });
        }
    }
}

/// A subject's name, and what its members count for.
type Counted = (Sym, Vec<Part>);

/// The world of a step, and its question.
struct Seen<'a> {
    step: &'a Step<'a>,
    world: World<'a>,
}

impl<'a> Seen<'a> {
    fn new(step: &'a Step<'a>) -> Self {
        let Step { projection, asked, known, .. } = step;
        Self { step, world: projection.world_for(asked, known.pos()) }
    }

    fn concerns(&self) -> Vec<Concern> {
        Evaluation::new(&self.world, &self.step.asked).concerns()
    }

    /// The subjects of these concerns that count for something, in order of their names.
    fn counted(&self, concerns: &[Concern]) -> Vec<Counted> {
        let Step { projection, asked, .. } = self.step;
        let evaluation = Evaluation::new(&self.world, asked);
        let concerned = projection.concerned(&self.world, concerns);
        let parts = concerned.parts(PARTS_A_CORE * threads_for(concerned.len()));
        let count = |rows: Rows<'_>| {
            let mut sink = Parts { asked, world: &self.world, parts: Vec::new() };
            evaluation.judges().for_each(|(_, judge)| judge.subject(rows, &mut sink));
            (rows.name(), sink.parts)
        };
        let counted = spread(parts.len(), |part| {
            let mut counted = Vec::new();
            projection.fold_part(&self.world, parts[part], |rows| {
                counted.extend(Some(count(rows)).filter(|(_, parts)| !parts.is_empty()));
            });
            counted
        });
        let mut counted: Vec<Counted> = counted.into_iter().flatten().collect();
        counted.sort_unstable_by_key(|(name, _)| *name);
        counted
    }
}

/// The subjects, by every name, that count otherwise at `to` than at `from`. Between two steps of
/// the log they are those on whose streams the cause has events, unless what subjects share was
/// changed by it.
pub(super) fn differing(
    from: &Step<'_>,
    to: &Step<'_>,
    cause: Cause,
    stages: Option<&Stages<'_>>,
) -> Vec<Sym> {
    let seen = [Seen::new(from), Seen::new(to)];
    let concerns = seen.each_ref().map(Seen::concerns);
    let worlds = seen.each_ref().map(|seen| &seen.world);
    let touched = stages.and_then(|stages| touched([from, to], cause, stages));
    let concerns = match touched {
        None => concerns,
        Some(touched) => {
            let candidates: Vec<_> = (0..2)
                .map(|side| {
                    let Seen { step, world } = &seen[side];
                    step.projection.candidates(world, &concerns[side], world.at.known).0
                })
                .collect();
            let (projection, Touched { subjects, others }) = (&*from.projection, touched);
            let subjects = subjects.into_iter().filter(|lane| {
                candidates.iter().any(|some| some.contains(*lane))
                    || projection.index().was_merged(projection.lane(*lane).name)
            });
            let names = subjects.map(|lane| projection.lane(lane).name).chain(others).collect();
            let named = vec![Concern::Named(closed(names, worlds))];
            [named.clone(), named]
        }
    };
    let mut behind = seen[1].counted(&concerns[1]).into_iter().peekable();
    let mut differ = BTreeSet::new();
    for (name, parts) in seen[0].counted(&concerns[0]) {
        while let Some((other, _)) = behind.next_if(|(other, _)| *other < name) {
            differ.insert(other);
        }
        let same = behind.next_if(|(other, _)| *other == name);
        if same.is_none_or(|(_, others)| others != parts) {
            differ.insert(name);
        }
    }
    differ.extend(behind.map(|(name, _)| name));
    closed(differ, worlds)
}

/// Subjects that a cause can move.
struct Touched {
    /// Those on whose own streams it has events.
    subjects: Vec<LaneId>,
    /// Those whose judgement rests on other streams on which it has some.
    others: Vec<Sym>,
}

/// Subjects that a cause can move; `None` where they may be all.
fn touched(steps: [&Step<'_>; 2], cause: Cause, stages: &Stages<'_>) -> Option<Touched> {
    let [from, _] = steps;
    let families = from.asked.metric.reads_families();
    let mut touched = Touched { subjects: Vec::new(), others: Vec::new() };
    for id in stages.streams(cause) {
        match from.projection.lane(id).family {
            Family::Child | Family::Staff => touched.subjects.push(id),
            family if !families.contains(&family) => {}
            // What one step knows of a stream the other may not.
            _ => {
                for step in steps {
                    touched.others.extend(step.projection.resting_on(step.projection.lane(id))?);
                }
            }
        }
    }
    Some(touched)
}
