//! A question that is asked again and again while the log grows.

use events::Family;
use metrics::{Asked, Concern, Evaluation, MetricId, Sums};
use timeline::{Moment, Pos, Sym, What};

use crate::people::threads_for;
use crate::{Answered, Known, Projection};

/// A question, and what was counted when it was answered last: asked at a later position, only the
/// subjects are judged again of whom something was said since.
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

/// Whom a question has to be put to again.
struct Touched {
    names: Vec<Sym>,
    /// Whether what they share is another, too.
    shared: bool,
}

impl Standing {
    /// A question that was not asked yet.
    #[must_use]
    pub const fn new(asked: Asked) -> Self {
        Self { asked, counted: None }
    }

    /// The answer at a position: what [`Projection::report`] gives.
    pub fn answer(&mut self, projection: &Projection, known: Known) -> Answered {
        let (asked, at, of) = (&self.asked, known.pos(), projection.identity());
        // Each month of a baseline has a world of its own.
        if asked.metric == MetricId::Baseline {
            return projection.report(asked, known);
        }
        let world = projection.world_for(asked, at);
        let counted = self.counted.take().filter(|c| c.of == of && c.at <= at);
        let again = counted.and_then(|counted| {
            let mut evaluation = Evaluation::new(&world, asked);
            let concerns = evaluation.concerns();
            let touched = projection.touched(asked, &concerns, counted.at, at)?;
            evaluation.take(counted.sums);
            projection.count_again(&mut evaluation, asked, concerns, counted.at, touched);
            Some(evaluation)
        });
        let anew = || projection.evaluated(&world, asked, |e| e.concerns(), threads_for);
        let evaluation = again.unwrap_or_else(anew);
        self.counted = Some(Counted { at, of, sums: evaluation.sums() });
        projection.answered(asked, known, &world, evaluation)
    }
}

impl Projection {
    /// The subjects of whom something was said behind `before`, up to `now`, or of what their
    /// judgement rests on; `None` if that may be everybody.
    fn touched(
        &self,
        asked: &Asked,
        concerns: &[Concern],
        before: Pos,
        now: Pos,
    ) -> Option<Touched> {
        let staff = concerns.contains(&Concern::Staff);
        let children = concerns.iter().any(|concern| *concern != Concern::Staff);
        let mut touched = Touched { names: Vec::new(), shared: false };
        for lane in self.changed_since(before).map(|id| self.lane(id)) {
            match lane.family {
                Family::Child if children => touched.names.push(lane.name),
                Family::Staff if staff => touched.names.push(lane.name),
                family if !asked.metric.reads_families().contains(&family) => {}
                _ => {
                    touched.shared = true;
                    touched.names.extend(self.resting_on(lane)?);
                }
            }
        }
        let since = |at| before < at && at <= now;
        let merged = self.merging().flat_map(|stream| stream.facts.iter()).any(|fact| {
            matches!(fact.what, What::Merged { .. }) && (since(fact.from) || since(fact.to))
        });
        (!merged).then_some(touched)
    }

    /// Adds what touched subjects count for now, less what they counted for at `before`.
    fn count_again(
        &self,
        evaluation: &mut Evaluation<'_>,
        asked: &Asked,
        mut concerns: Vec<Concern>,
        before: Pos,
        touched: Touched,
    ) {
        let world = evaluation.world();
        let then = Moment { known: before, ..world.at };
        // Who is judged by what they share is judged by what it was before.
        let world_then = touched.shared.then(|| self.world_for(asked, before));
        let judged_then = world_then.as_ref().map(|world| Evaluation::new(world, asked));
        concerns.extend(judged_then.iter().flat_map(Evaluation::concerns));
        let mut names = touched.names;
        self.retain_concerned(&mut names, &concerns, before, world.at.known);
        let concerned = self.concerned(world, &[Concern::Named(names)]);
        let threads = threads_for(concerned.len());
        let judged_then = judged_then.as_ref().unwrap_or(evaluation);
        let counted = self.count(judged_then, &then, &concerned, -1, threads);
        let counts = self.count(evaluation, &world.at, &concerned, 1, threads);
        counted.into_iter().chain(counts).for_each(|sums| evaluation.take(sums));
    }
}
