//! A question that is asked again and again while the log grows.

use events::Family;
use metrics::{Asked, Concern, Evaluation, Sums};
use timeline::{Moment, Pos, What, World};

use crate::people::threads_for;
use crate::{Answered, Known, Projection};

/// A question, and what was counted when it was answered last: asked at a later position, only the
/// children of whom something was said since are judged again.
///
/// It is of one projection; of a projection that was made anew (after an erasure) it begins anew.
#[derive(Debug, Clone)]
pub struct Standing {
    asked: Asked,
    counted: Option<Counted>,
}

#[derive(Debug, Clone)]
struct Counted {
    at: Pos,
    /// Which projection it was.
    of: u64,
    sums: Vec<Sums>,
}

impl Standing {
    /// A question that was not asked yet.
    #[must_use]
    pub const fn new(asked: Asked) -> Self {
        Self { asked, counted: None }
    }

    /// The answer at a position: what [`Projection::report`] gives.
    pub fn answer(&mut self, projection: &Projection, known: Known) -> Answered {
        let asked = &self.asked;
        let at = Moment { as_of: asked.as_of, known: known.pos() };
        let families = asked.metric.reads_families();
        let world = projection.world_of(&at, asked.policy_date(), families);
        let mut evaluation = Evaluation::new(&world, asked);
        let of = projection.identity();
        let counted = self.counted.take().filter(|counted| {
            counted.of == of
                && counted.at <= at.known
                && !projection.world_changed(families, counted.at, at.known)
        });
        match counted {
            Some(counted) => {
                evaluation.take(counted.sums);
                let again = projection.count_again(&evaluation, &world, counted.at);
                evaluation.take(again);
            }
            None => projection.count_all(&world, &mut evaluation, |e| e.concerns(), threads_for),
        }
        self.counted = Some(Counted { at: at.known, of, sums: evaluation.sums() });
        projection.answered(asked, known, &world, evaluation)
    }
}

impl Projection {
    /// Whether what children share may have changed behind `before`, up to `now`: rows of those
    /// families that a child's judgement rests on, or who is one child.
    fn world_changed(&self, families: &[Family], before: Pos, now: Pos) -> bool {
        // Staff are judged anew for every answer.
        let shared = families.iter().filter(|family| **family != Family::Staff);
        let mut lanes = shared.flat_map(|family| self.lanes_of(*family));
        let merges = || {
            self.merging().any(|stream| {
                stream.facts.iter().any(|fact| {
                    let since = |at| before < at && at <= now;
                    matches!(fact.what, What::Merged { .. }) && (since(fact.from) || since(fact.to))
                })
            })
        };
        lanes.any(|lane| self.lane(*lane).changed > before) || merges()
    }

    /// The children of whom something was said behind `before`: what they count for now, less what
    /// they counted for then.
    fn count_again<'w>(
        &self,
        evaluation: &Evaluation<'w>,
        world: &World<'w>,
        before: Pos,
    ) -> Vec<Sums> {
        let mut counts = evaluation.counts();
        let children = self.lanes_of(Family::Child).iter();
        let touched = children.filter(|lane| self.lane(**lane).changed > before);
        let names: Vec<_> = touched.map(|lane| self.lane(*lane).name).collect();
        let concerned = self.concerned(world, &[Concern::Named(names)]);
        let then = Moment { known: before, ..world.at };
        for (at, times) in [(then, -1), (world.at, 1)] {
            self.for_each_person_at(world, &at, &concerned, |person| {
                evaluation.person_times(person, times, &mut counts);
            });
        }
        counts.into_sums()
    }
}
