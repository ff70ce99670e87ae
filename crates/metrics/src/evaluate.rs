//! From a question to its answer: judges, tallies, composition.

use timeline::{Person, World};

use crate::incentive::Incentive;
use crate::scorecard::Scorecard;
use crate::{
    Answer, Asked, Composition, Concern, Judge, Line, MetricId, Row, Rows, Sums, Tally, baseline,
};

/// What was counted of some of the subjects whom a question is put to.
#[derive(Debug, Clone)]
pub struct Counts<'w>(Vec<Tally<'w>>);

impl Counts<'_> {
    /// The sums alone.
    #[must_use]
    pub fn into_sums(self) -> Vec<Sums> {
        self.0.into_iter().map(Tally::into_sums).collect()
    }
}

/// A question under way: subjects are judged in any order, on any number of threads.
pub struct Evaluation<'w> {
    world: &'w World<'w>,
    asked: Asked,
    parts: Vec<Part<'w>>,
}

/// A metric that the question takes in: itself, or one that it is composed of.
pub(crate) struct Part<'w> {
    pub(crate) metric: MetricId,
    pub(crate) judge: Box<dyn Judge + 'w>,
    pub(crate) tally: Tally<'w>,
}

/// Makes the line of a row, by its place among the rows of an answer.
pub type Each<'a> = dyn Fn(usize) -> Line + Sync + 'a;

impl Part<'_> {
    pub(crate) fn lines(&self) -> Vec<Line> {
        self.lines_by(|rows, line| (0..rows).map(line).collect())
    }

    fn lines_by(&self, each: impl FnOnce(usize, &Each<'_>) -> Vec<Line>) -> Vec<Line> {
        let rows = self.tally.rows();
        each(rows.len(), &|index| {
            let (row, cells) = &rows[index];
            Line::of(&*self.judge, row.clone(), cells)
        })
    }

    pub(crate) fn total(&self) -> Line {
        Line::of(&*self.judge, Row::default(), self.tally.total())
    }
}

impl<'w> Evaluation<'w> {
    /// Begins to answer a question in a world read at the question's moment.
    #[must_use]
    pub fn new(world: &'w World<'w>, asked: &Asked) -> Self {
        let mut parts = Vec::new();
        for (metric, asked) in composed_of(asked) {
            let question = asked.resolve(&world.policy);
            let judge: Box<dyn Judge + 'w> = match metric.judge(world, question.clone()) {
                Some(judge) => judge,
                None => Box::new(Incentive::new(world, question)),
            };
            parts.push(Part { metric, judge, tally: Tally::new(world, &asked) });
        }
        Self { world, asked: asked.clone(), parts }
    }

    /// What subjects share, in which they are judged.
    #[must_use]
    pub fn world(&self) -> &'w World<'w> {
        self.world
    }

    /// Whom the question concerns; nobody else need be judged.
    #[must_use]
    pub fn concerns(&self) -> Vec<Concern> {
        self.parts.iter().flat_map(|part| part.judge.concerns()).collect()
    }

    /// Nothing counted yet; what comes is counted so many times, and -1 takes it back.
    #[must_use]
    pub fn counts(&self, times: i64) -> Counts<'w> {
        Counts(self.parts.iter().map(|part| part.tally.emptied(times)).collect())
    }

    /// Whether the judgement of a child rests on evidence; what this is told has none.
    #[must_use]
    pub fn reads_evidence(&self, person: &Person) -> bool {
        self.parts.iter().any(|part| part.judge.reads_evidence(person))
    }

    /// Whether the judgement of children rests on when events were entered; without this, what it is
    /// told has no entries.
    #[must_use]
    pub fn reads_entries(&self) -> bool {
        self.parts.iter().any(|part| part.judge.reads_entries())
    }

    /// Judges one subject, and adds it to what was counted.
    pub fn subject(&self, rows: Rows<'_>, counts: &mut Counts<'w>) {
        for (part, tally) in self.parts.iter().zip(&mut counts.0) {
            part.judge.subject(rows, tally);
        }
    }

    /// Takes what was counted of the same question. Sums are exact, so their order changes nothing.
    pub fn take(&mut self, sums: Vec<Sums>) {
        for (part, sums) in self.parts.iter_mut().zip(sums) {
            part.tally.take(sums);
        }
    }

    /// What was taken, of every metric that the question takes in.
    #[must_use]
    pub fn sums(&self) -> Vec<Sums> {
        self.parts.iter().map(|part| part.tally.clone().into_sums()).collect()
    }

    /// The answer, once the counts of every subject were taken.
    #[must_use]
    pub fn finish(self) -> Answer {
        self.finish_by(|rows, line| (0..rows).map(line).collect())
    }

    /// The same; `each` makes so many lines, by index and in order, on whatever threads it has.
    #[must_use]
    pub fn finish_by(mut self, each: impl FnOnce(usize, &Each<'_>) -> Vec<Line>) -> Answer {
        for part in &mut self.parts {
            part.judge.others(&mut part.tally);
        }
        match self.asked.metric {
            MetricId::Scorecard => Scorecard::new(self.world, &self.asked).answer(&self.parts),
            MetricId::Incentive => crate::incentive::answer(self.world, &self.asked, &self.parts),
            _ => match self.parts.first() {
                Some(part) => Answer { rows: part.lines_by(each), total: part.total() },
                None => baseline::answer(&[]),
            },
        }
    }

    /// How the answer of a composed metric is put together, once every subject was judged; nothing
    /// for other metrics.
    #[must_use]
    pub fn compositions(mut self) -> Vec<Composition> {
        for part in &mut self.parts {
            part.judge.others(&mut part.tally);
        }
        match self.asked.metric {
            MetricId::Scorecard => {
                Scorecard::new(self.world, &self.asked).compositions(&self.parts)
            }
            MetricId::Incentive => {
                crate::incentive::compositions(self.world, &self.asked, &self.parts)
            }
            _ => Vec::new(),
        }
    }

    /// Every metric that the question takes in, with its judge: for explanations.
    pub fn judges(&self) -> impl Iterator<Item = (MetricId, &(dyn Judge + 'w))> {
        self.parts.iter().map(|part| (part.metric, &*part.judge))
    }
}

/// The questions that a question is composed of, itself unless it is composed alone.
fn composed_of(asked: &Asked) -> Vec<(MetricId, Asked)> {
    let of = |metric: MetricId| (metric, asked.of_metric(metric));
    let scored = MetricId::SCORED.iter().copied();
    match asked.metric {
        MetricId::Scorecard => scored.map(of).collect(),
        MetricId::Incentive => {
            // Each contractor's goal and performance are its own, whatever the grouping.
            let by_provider = |metric| {
                let mut asked = asked.of_metric(metric);
                asked.by = vec![crate::Dimension::Provider];
                (metric, asked)
            };
            std::iter::once(MetricId::Incentive).chain(scored).map(by_provider).collect()
        }
        // It is put together of months, each with a world of its own.
        MetricId::Baseline => Vec::new(),
        metric => vec![(metric, asked.clone())],
    }
}
