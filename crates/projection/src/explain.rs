//! Why a number is what it is: the members behind it, judged again with their traces.

use std::collections::BTreeMap;

use metrics::{
    Asked, Cells, Concern, Dimension, Division, Evaluation, Group, Member, MetricId, Row, Sink,
    Trace, Unit,
};
use timeline::{Merges, Moment, Names, Sym};

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
    /// The names of its streams: those of a merged child, or its own alone.
    pub names: Vec<String>,
    /// What the member is: `child`, `episode from …`, `placement P1 from …`, `staff`, `case`.
    pub unit: String,
    /// The groups that it belongs to, by dimension.
    pub groups: Vec<Vec<(Dimension, Option<String>)>>,
    /// What it counts for in the total.
    pub cells: Cells,
    /// What it counts for in each row of the answer; none where the question does not group.
    pub rows: Vec<(Row, Cells)>,
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
            merges: &world.merges,
            metric: asked.metric,
            by: &asked.by,
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
    merges: &'w Merges,
    metric: MetricId,
    by: &'w [Dimension],
    filter: BTreeMap<Dimension, String>,
    subject: Option<Sym>,
    found: Vec<Explained>,
}

impl Tracer<'_> {
    fn passes(&self, group: &Group) -> bool {
        self.filter.iter().all(|(d, value)| group.value(*d, self.names).as_ref() == Some(value))
    }

    /// The names of a merged child's streams, or its own.
    fn streams(&self, subject: Sym) -> Vec<String> {
        let alone = [subject];
        let names = self.merges.members(subject).unwrap_or(&alone);
        names.iter().map(|name| self.names.text(*name).to_owned()).collect()
    }

    /// What the parts of a member count for in each row, by the row's first part.
    fn by_row(&self, groups: &[Group], count: impl Fn(&[usize]) -> Cells) -> Vec<(Row, Cells)> {
        if self.by.is_empty() {
            return Vec::new();
        }
        let mut rows: Vec<(Group, Vec<usize>)> = Vec::new();
        for (index, group) in groups.iter().enumerate() {
            let key = group.only(self.by);
            match rows.iter_mut().find(|(k, _)| *k == key) {
                Some((_, parts)) => parts.push(index),
                None => rows.push((key, vec![index])),
            }
        }
        let row =
            |key: Group| Row(self.by.iter().map(|d| (*d, key.value(*d, self.names))).collect());
        rows.into_iter().map(|(key, parts)| (row(key), count(&parts))).collect()
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
        let (groups, cells, rows) = match member.division {
            Division::Whole(group, cells) => {
                let groups = if self.passes(&group) { vec![group] } else { Vec::new() };
                let rows = self.by_row(&groups, |_| cells.clone());
                (groups, cells, rows)
            }
            Division::Parts(all, count) => {
                let passing: Vec<usize> =
                    (0..all.len()).filter(|i| self.passes(&all[*i])).collect();
                let groups: Vec<Group> = passing.iter().map(|i| all[*i]).collect();
                let together =
                    |parts: &[usize]| count(&parts.iter().map(|i| passing[*i]).collect::<Vec<_>>());
                let rows = self.by_row(&groups, together);
                let cells = count(&passing);
                (groups, cells, rows)
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
            names: self.streams(member.subject),
            unit: self.unit(member.unit),
            groups,
            cells,
            rows,
            trace,
        });
    }
}
