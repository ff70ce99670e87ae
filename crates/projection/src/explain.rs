//! Why a number is what it is: the members behind it, judged again with their traces.

use std::collections::BTreeMap;

use metrics::{
    Asked, Cells, Concern, Dimension, Division, Evaluation, Group, Member, MetricId, Sink, Trace,
    Unit,
};
use timeline::{Moment, Names, Sym};

use crate::{Known, Projection, WordsError, sides_of};

/// Whose explanation is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Selection {
    /// Everyone's.
    All,
    /// One subject's; a merged child's by any of its names.
    Subject(String),
    /// The members of a group.
    Group(BTreeMap<Dimension, String>),
}

impl Selection {
    /// The words of a selection: one subject, or a group in the words of a filter, or neither.
    ///
    /// # Errors
    /// [`WordsError`] for a group that the metric does not have.
    pub fn read(
        subject: Option<&str>,
        group: &[String],
        asked: &Asked,
    ) -> Result<Self, WordsError> {
        if let Some(subject) = subject {
            return Ok(Self::Subject(subject.to_owned()));
        }
        if group.is_empty() {
            return Ok(Self::All);
        }
        // A group is wrong where a filter is.
        let mut grouped = Asked { filter: BTreeMap::new(), ..asked.clone() };
        for text in group {
            let (name, value) = sides_of(text)?;
            grouped.filter_by(name, value)?;
        }
        Ok(Self::Group(grouped.filter))
    }
}

/// A member of a metric, explained.
#[derive(Debug, Clone, PartialEq)]
pub struct Explained {
    /// The metric: that of the question, or one that it is composed of.
    pub metric: MetricId,
    /// The subject.
    pub subject: String,
    /// What the member is: `child`, `episode from …`, `placement P1 from …`, `staff`, `case`.
    pub unit: String,
    /// The groups that it belongs to, by dimension.
    pub groups: Vec<Vec<(Dimension, Option<String>)>>,
    /// What it counts for in the total.
    pub cells: Cells,
    /// Why.
    pub trace: Trace,
}

impl Projection {
    /// The members of a question's metric with clauses and evidence, by subject and unit. A
    /// subject that is no member has none.
    #[must_use]
    pub fn explain(&self, asked: &Asked, known: &Known, selection: &Selection) -> Vec<Explained> {
        let at = Moment { as_of: asked.as_of, known: known.pos() };
        let world = self.world(&at, asked.policy_date());
        let mut tracer = Tracer {
            names: world.names,
            metric: asked.metric,
            filter: asked.filter.clone(),
            subject: None,
            found: Vec::new(),
        };
        match selection {
            Selection::All => {}
            Selection::Subject(subject) => {
                let Some(subject) = world.names.known(subject) else { return Vec::new() };
                tracer.subject = Some(world.merges.canonical(subject));
            }
            Selection::Group(group) => tracer.filter.extend(group.clone()),
        }
        let evaluation = Evaluation::new(&world, asked);
        for (metric, judge) in evaluation.judges() {
            tracer.metric = metric;
            let concerns = match tracer.subject {
                Some(subject) => vec![Concern::Named(vec![subject])],
                None => judge.concerns(),
            };
            let concerned = self.concerned(&world, &concerns);
            self.for_each_person(&world, &concerned, |person| judge.person(person, &mut tracer));
            judge.others(&mut tracer);
        }
        let mut found = tracer.found;
        found.sort_by(|a, b| (a.metric, &a.subject, &a.unit).cmp(&(b.metric, &b.subject, &b.unit)));
        found
    }
}

/// The sink that keeps traces.
struct Tracer<'w> {
    names: &'w Names,
    metric: MetricId,
    filter: BTreeMap<Dimension, String>,
    subject: Option<Sym>,
    found: Vec<Explained>,
}

impl Tracer<'_> {
    fn passes(&self, group: &Group) -> bool {
        self.filter.iter().all(|(d, value)| group.value(*d, self.names).as_ref() == Some(value))
    }

    fn unit(&self, unit: Unit) -> String {
        match unit {
            Unit::Child => "child".to_owned(),
            Unit::Episode(removal) => format!("episode from {removal}"),
            Unit::Placement(id, start) => {
                format!("placement {} from {start}", self.names.text(id))
            }
            Unit::Staff => "staff".to_owned(),
            Unit::Case => "case".to_owned(),
        }
    }
}

impl Sink for Tracer<'_> {
    fn traces(&self) -> bool {
        true
    }

    fn add(&mut self, member: Member<'_>) {
        let Some(trace) = member.trace else { return };
        if self.subject.is_some_and(|subject| subject != member.subject) {
            return;
        }
        let (groups, cells) = match member.division {
            Division::Whole(group, cells) => {
                let passes = self.passes(&group);
                (if passes { vec![group] } else { Vec::new() }, cells)
            }
            Division::Parts(groups, cells) => {
                let passing: Vec<usize> =
                    (0..groups.len()).filter(|i| self.passes(&groups[*i])).collect();
                let cells = cells(&passing);
                (passing.into_iter().map(|i| groups[i]).collect(), cells)
            }
        };
        if groups.is_empty() {
            return;
        }
        let dimensions = self.metric.dimensions();
        let in_words = |group: Group| -> Vec<_> {
            dimensions.iter().map(|d| (*d, group.value(*d, self.names))).collect()
        };
        let mut groups: Vec<_> = groups.into_iter().map(in_words).collect();
        groups.dedup();
        self.found.push(Explained {
            metric: self.metric,
            subject: self.names.text(member.subject).to_owned(),
            unit: self.unit(member.unit),
            groups,
            cells,
            trace,
        });
    }
}
