//! Why an answer changed: the difference of two answers, split by cause, exactly.
//!
//! Between the two answers lies a path of answers, each of which differs from the one before in one
//! thing alone. A cause's part in a number is what the number grows by at the cause's step, so the
//! parts of every number add up to its difference. The path is always the same:
//!
//! 1. from the numbers of a saved answer to what its question gives ([`Cause::Program`],
//!    [`Cause::Erasure`], [`Cause::Unverified`]);
//! 2. at the first position, from the words of the first question to those of the second: as-of
//!    date and period (the as-of date first where it moves to a later day, else the period),
//!    parameters and what-ifs, filter, grouping;
//! 3. from the first position to the second, where the second is the later one: policy, new facts in
//!    time, late ones, corrections, retractions, each of which is admitted beside those before it;
//!    where the second is the earlier one, the same way back;
//! 4. from what the second question gives to the numbers of a saved answer.
//!
//! [`stages`] say what stands for which cause, and admit them; [`differing`] finds the members.

mod cause;
mod cells;
mod changes;
mod differing;
mod erasures;
mod side;
mod stages;
mod standing;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use eventlog::Head;
use events::{Json, Position};
use metrics::{Answer, Asked, Exact, Line, MetricId};

pub use cause::Cause;
pub use cells::Place;
pub(crate) use changes::lateness;
pub use erasures::Erasures;
pub use side::{Saved, Side, SideWords, Verification};
pub use standing::ChangedMember;

use crate::{Answered, Known, Projection};
use cells::{Numbers, numbers, written, zero};
use differing::differing;
use stages::Stages;
use standing::{changed, difference, standings};

/// The difference of two answers.
#[derive(Debug, Clone, PartialEq)]
pub struct Difference {
    /// The first side.
    pub from: Compared,
    /// The second side.
    pub to: Compared,
    /// The numbers that changed at some step, those of the total first.
    pub cells: Vec<ChangedCell>,
    /// The causes, in the order of the path.
    pub causes: Vec<Because>,
}

/// A side that was compared.
#[derive(Debug, Clone, PartialEq)]
pub struct Compared {
    /// What its question gives.
    pub answered: Answered,
    /// Whether that is the saved answer, if it was one.
    pub verification: Option<Verification>,
}

/// A number that changed.
#[derive(Debug, Clone, PartialEq)]
pub struct ChangedCell {
    /// Which one.
    pub place: Place,
    /// Before; 0 where there is none.
    pub from: Json,
    /// Behind.
    pub to: Json,
    /// The parts of the causes, none of which is 0; they add up to `to` less `from`.
    pub parts: BTreeMap<Cause, Exact>,
}

impl ChangedCell {
    /// The sum of the parts.
    #[must_use]
    pub fn difference(&self) -> Exact {
        self.parts.values().fold(zero(), |sum, part| sum + part)
    }

    /// A part as an answer writes it: a whole number, or a fraction in lowest terms.
    #[must_use]
    pub fn written(part: &Exact) -> Json {
        written(part)
    }
}

/// A cause, with the members and events behind it.
#[derive(Debug, Clone, PartialEq)]
pub struct Because {
    /// The cause.
    pub cause: Cause,
    /// The members that count otherwise by it; none where their events were erased.
    pub members: Vec<ChangedMember>,
    /// The events behind it, in order; of erased ones the positions.
    pub events: Vec<Position>,
}

/// Two questions that cannot be compared: wrong use.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0} and {1} are two metrics: only answers of one metric have a difference")]
pub struct TwoMetrics(&'static str, &'static str);

impl Difference {
    /// The difference between two sides, at whose positions `heads` are the log's trees. `erasures`
    /// are needed where a side was [saved before one](Side::lacks_erased).
    ///
    /// # Errors
    /// [`TwoMetrics`].
    pub fn of(
        projection: &Projection,
        [from, to]: [&Side; 2],
        [head_from, head_to]: [&Head; 2],
        erasures: &Erasures,
    ) -> Result<Self, TwoMetrics> {
        if from.asked.metric != to.asked.metric {
            return Err(TwoMetrics(from.asked.metric.name(), to.asked.metric.name()));
        }
        let stages = Stages::between(projection, from.known.position, to.known.position);
        let mut path = Path::new(projection, &stages, erasures);
        let first = path.saved(from, head_from, true);
        path.question(&from.asked, to, &from.known);
        path.log(to, &from.known);
        let last = path.saved(to, head_to, false);
        let (cells, causes) = path.finish();
        Ok(Self { from: first, to: last, cells, causes })
    }

    /// Whether a saved answer failed its verification.
    #[must_use]
    pub fn failed(&self) -> bool {
        let mut sides = [&self.from, &self.to].into_iter();
        sides.any(|side| side.verification == Some(Verification::Failed))
    }

    /// Where the events stand that it names.
    #[must_use]
    pub fn positions(&self) -> BTreeSet<Position> {
        self.causes.iter().flat_map(|because| because.events.iter().copied()).collect()
    }
}

/// An answer on the path, with the projection that gave it.
#[derive(Debug)]
struct Step<'a> {
    projection: Cow<'a, Projection>,
    asked: Asked,
    known: Known,
    answered: Answered,
    numbers: Numbers,
}

impl<'a> Step<'a> {
    fn new(projection: Cow<'a, Projection>, asked: &Asked, known: &Known) -> Self {
        let (asked, known) = (asked.clone(), known.clone());
        let answered = projection.report(&asked, known.clone());
        let Answer { rows, total, .. } = &answered.answer;
        let rows: Vec<Json> = rows.iter().map(Line::to_json).collect();
        let numbers = numbers(&rows, &total.to_json());
        Self { projection, asked, known, answered, numbers }
    }
}

/// The path as far as it was walked.
struct Path<'a> {
    projection: &'a Projection,
    stages: &'a Stages<'a>,
    erasures: &'a Erasures,
    /// The numbers that the path begins with, and those that it ends with where they were saved.
    first: Numbers,
    last: Option<Numbers>,
    here: Option<Step<'a>>,
    parts: BTreeMap<Place, BTreeMap<Cause, Exact>>,
    causes: Vec<Because>,
}

impl<'a> Path<'a> {
    fn new(projection: &'a Projection, stages: &'a Stages<'a>, erasures: &'a Erasures) -> Self {
        let (first, last, here) = (Numbers::new(), None, None);
        let (parts, causes) = (BTreeMap::new(), Vec::new());
        Self { projection, stages, erasures, first, last, here, parts, causes }
    }

    /// Between the numbers of a saved answer and what its question gives; `begins`: from them to it.
    fn saved(&mut self, side: &Side, head: &Head, begins: bool) -> Compared {
        if begins {
            let here = Step::new(Cow::Borrowed(self.projection), &side.asked, &side.known);
            self.first.clone_from(&here.numbers);
            self.here = Some(here);
        }
        let here = self.here.as_ref();
        let same = here.filter(|here| here.asked == side.asked && here.known == side.known);
        let answered = match same {
            Some(here) => here.answered.clone(),
            // Nothing was said between the positions, so nothing led from one to the other.
            None => self.projection.report(&side.asked, side.known.clone()),
        };
        let Some(saved) = &side.saved else { return Compared { answered, verification: None } };
        let root = STANDARD.encode(head.root);
        let verification = saved.verify(side.asked.metric, &answered, head, &root);
        let given = self.here.as_ref().map(|here| here.numbers.clone()).unwrap_or_default();
        let grown = if begins {
            self.first = saved.numbers();
            difference(&self.first, &given)
        } else {
            difference(&given, self.last.insert(saved.numbers()))
        };
        let cause = verification.cause();
        if !grown.is_empty() {
            let erased = cause == Cause::Erasure;
            let events = if erased {
                self.erasures.since(side.known.position, saved.erased())
            } else {
                Vec::new()
            };
            self.because(cause, Vec::new(), events);
        }
        self.add(cause, grown);
        Compared { answered, verification: Some(verification) }
    }

    /// From the words of one question to those of another, at one position.
    fn question(&mut self, from: &Asked, to: &Side, known: &Known) {
        let mut asked = from.clone();
        let to = &to.asked;
        let mut days = [Cause::Period, Cause::AsOf];
        if from.as_of < to.as_of {
            days.reverse();
        }
        for cause in days.into_iter().chain([Cause::Parameters, Cause::Filter, Cause::Grouping]) {
            let before = asked.clone();
            match cause {
                Cause::Period => asked.period = to.period,
                Cause::AsOf => asked.as_of = to.as_of,
                Cause::Parameters => {
                    asked.set.clone_from(&to.set);
                    asked.what_if.clone_from(&to.what_if);
                    asked.what_if_written.clone_from(&to.what_if_written);
                    asked.marked_draft = to.marked_draft;
                }
                Cause::Filter => asked.filter.clone_from(&to.filter),
                _ => asked.by.clone_from(&to.by),
            }
            if asked != before {
                self.walk(cause, Step::new(Cow::Borrowed(self.projection), &asked, known));
            }
        }
    }

    /// From one position to another, with the second question.
    fn log(&mut self, to: &Side, from: &Known) {
        let (stages, asked) = (self.stages, &to.asked);
        let causes = stages.causes();
        if from.position < to.known.position {
            for cause in causes {
                self.walk(*cause, Step::new(stages.knowing(*cause), asked, &to.known));
            }
        } else {
            for (index, cause) in causes.iter().enumerate().rev() {
                let next = match index.checked_sub(1) {
                    Some(before) => Step::new(stages.knowing(causes[before]), asked, from),
                    None => Step::new(Cow::Borrowed(self.projection), asked, &to.known),
                };
                self.walk(*cause, next);
            }
        }
    }

    /// Goes on to an answer that differs from the one before by one cause.
    fn walk(&mut self, cause: Cause, next: Step<'a>) {
        let asked = next.asked.clone();
        let Some(here) = self.here.replace(next) else { return };
        let Some(next) = self.here.as_ref() else { return };
        let grown = difference(&here.numbers, &next.numbers);
        let of_log = Cause::OF_EVENTS.contains(&cause);
        let events = of_log.then_some(self.stages);
        let whom = differing(&here, next, cause, events);
        let [before, behind] = [&here, next].map(|step| {
            standings(step.projection.explain_subjects(&step.asked, &step.known, &whom))
        });
        let members = changed(&before, &behind, cause, events);
        if !grown.is_empty() || !members.is_empty() {
            let behind = members.iter().flat_map(|member| member.events.iter().copied());
            let mut behind: BTreeSet<Position> = behind.collect();
            if let (true, Some(events)) = (behind.is_empty(), events) {
                behind.extend(events.shared(cause));
            }
            // The members of a baseline are those of its months, and stand in no list.
            if let (true, MetricId::Baseline, Some(events)) =
                (behind.is_empty(), asked.metric, events)
            {
                behind.extend(events.every(cause));
            }
            self.because(cause, members, behind.into_iter().collect());
        }
        self.add(cause, grown);
    }

    /// Both sides may have been saved before an erasure: one cause, once.
    fn because(&mut self, cause: Cause, members: Vec<ChangedMember>, events: Vec<Position>) {
        match self.causes.iter_mut().find(|because| because.cause == cause) {
            Some(because) => {
                because.events.extend(events);
                because.events.sort_unstable();
                because.events.dedup();
            }
            None => self.causes.push(Because { cause, members, events }),
        }
    }

    fn add(&mut self, cause: Cause, grown: BTreeMap<Place, Exact>) {
        for (place, number) in grown {
            let parts = self.parts.entry(place).or_default();
            *parts.entry(cause).or_insert_with(zero) += number;
            parts.retain(|_, part| *part != zero());
        }
    }

    fn finish(self) -> (Vec<ChangedCell>, Vec<Because>) {
        let last = self.last.or(self.here.map(|here| here.numbers)).unwrap_or_default();
        let number = |of: &Numbers, place: &Place| of.get(place).cloned().unwrap_or_else(zero);
        let changed = self.parts.into_iter().filter(|(_, parts)| !parts.is_empty());
        let cell = |(place, parts)| {
            let (from, to) = (number(&self.first, &place), number(&last, &place));
            ChangedCell { place, from: written(&from), to: written(&to), parts }
        };
        (changed.map(cell).collect(), self.causes)
    }
}

#[cfg(test)]
mod tests;
