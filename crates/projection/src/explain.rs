//! Why a number is what it is: the members behind it, judged again with their traces.

use std::collections::BTreeMap;

use events::{Date, Json, Subject};
use metrics::{
    Asked, Cells, Composition, Concern, Dimension, Evaluation, Group, Judge, Member, MetricId,
    Population, Row, Rows, Sink, Trace, Unit,
};
use timeline::{Merges, Moment, Names, Sym};

use crate::members::{by_row, in_total, passes, passing};
use crate::people::{PARTS_A_CORE, threads_for};
use crate::threads::spread;
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
    /// What the member is: `child`, `episode from …`, `placement P1 from …`,
    /// `entry at …`,
    /// `month …`,
    /// `adjudication due …`, `staff`, `case`.
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

impl Explained {
    /// A subject that the metric does not judge, or of which nothing is known.
    fn unknown(metric: MetricId, subject: &str, projection: &Projection, known: &Known) -> Self {
        let rows = subject.parse::<Subject>().ok();
        let rows = rows.and_then(|subject| projection.timeline_of(&subject, Date::MAX, known));
        let events = rows.as_ref().and_then(Json::as_object).and_then(|rows| rows.get("events"));
        let is_known = matches!(events, Some(Json::Array(events)) if !events.is_empty());
        let trace = Trace::new(Population::Outside, []);
        let trace = if is_known {
            let compared = format!("{} has no member of this kind", metric.name());
            trace.clause("judged_by_the_metric", false, compared)
        } else {
            trace.clause("subject_is_known", false, "no event of it is known")
        };
        let unit = subject.split('/').next().unwrap_or(subject);
        Self {
            metric,
            subject: subject.to_owned(),
            names: vec![subject.to_owned()],
            unit: unit.to_owned(),
            groups: Vec::new(),
            cells: Cells::default(),
            rows: Vec::new(),
            trace,
        }
    }
}

impl Projection {
    /// How the answer of a composed metric is put together, row by row; nothing for other metrics.
    #[must_use]
    pub fn compositions(&self, asked: &Asked, known: &Known) -> Vec<Composition> {
        if asked.metric == MetricId::Baseline {
            return self.baseline_compositions(asked, known);
        }
        if !matches!(asked.metric, MetricId::Scorecard | MetricId::Incentive) {
            return Vec::new();
        }
        let at = Moment { as_of: asked.as_of, known: known.pos() };
        let world = self.world(&at, asked.policy_date());
        let concerns = |evaluation: &Evaluation<'_>| evaluation.concerns();
        self.evaluated(&world, asked, concerns, threads_for).compositions()
    }

    /// The members of a question's metric with clauses and evidence, by subject and unit. Of one
    /// subject also those of its stays that are not in the population, and why not.
    #[must_use]
    pub fn explain(&self, asked: &Asked, known: &Known, selection: &Selection) -> Vec<Explained> {
        self.explain_some(asked, known, selection, None)
    }

    /// The members of these subjects, and those that are no subjects'.
    pub(crate) fn explain_subjects(
        &self,
        asked: &Asked,
        known: &Known,
        subjects: &[Sym],
    ) -> Vec<Explained> {
        self.explain_some(asked, known, &Selection::All, Some(subjects))
    }

    fn explain_some(
        &self,
        asked: &Asked,
        known: &Known,
        selection: &Selection,
        subjects: Option<&[Sym]>,
    ) -> Vec<Explained> {
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
                let Some(name) = world.names.known(subject) else {
                    return vec![Explained::unknown(asked.metric, subject, self, known)];
                };
                tracer.subject = Some(world.merges.canonical(name));
            }
            Selection::Group(group) => tracer.filter.extend(group.clone()),
        }
        let evaluation = Evaluation::new(&world, asked);
        for (metric, judge) in evaluation.judges() {
            tracer.metric = metric;
            let is = |subject, family| world.names.text(subject).starts_with(family);
            let concerns = match (tracer.subject, subjects) {
                (Some(subject), _) if is(subject, "child/") => vec![Concern::Named(vec![subject])],
                (Some(subject), _) if is(subject, "staff/") => vec![Concern::Staff],
                (Some(_), _) => Vec::new(),
                (None, Some(subjects)) => vec![Concern::Named(subjects.to_vec())],
                (None, None) => judge.concerns(),
            };
            let concerned = self.concerned(&world, &concerns);
            let parts = concerned.parts(PARTS_A_CORE * threads_for(concerned.len()));
            let members = spread(parts.len(), |part| {
                let mut tracer = tracer.begun();
                self.fold_part(&world, parts[part], |rows| tracer.judge(judge, rows));
                tracer.found
            });
            tracer.found.extend(members.into_iter().flatten());
            judge.others(&mut tracer);
        }
        let mut found = tracer.found;
        drop_outer_selves(&mut found);
        if let (true, Selection::Subject(subject)) = (found.is_empty(), selection) {
            found.push(Explained::unknown(asked.metric, subject, self, known));
        }
        found.sort_by(|a, b| (a.metric, &a.subject, &a.unit).cmp(&(b.metric, &b.subject, &b.unit)));
        found
    }
}

/// A subject that counts in a metric with one of its stays is not outside of it with itself.
fn drop_outer_selves(found: &mut Vec<Explained>) {
    let is_outside = |member: &Explained| member.trace.population == Population::Outside;
    let is_inside = |m: &&Explained| !is_outside(m) && m.trace.population != Population::Detail;
    let inside: Vec<MetricId> = found.iter().filter(is_inside).map(|m| m.metric).collect();
    let whole = |unit: &str| ["child", "staff", "case"].contains(&unit);
    found.retain(|member| {
        !is_outside(member) || !whole(&member.unit) || !inside.contains(&member.metric)
    });
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

/// Tells whether some member passes a filter, and makes no traces.
struct Probe<'t, 'w> {
    tracer: &'t Tracer<'w>,
    passes: bool,
}

impl Sink for Probe<'_, '_> {
    fn traces(&self) -> bool {
        false
    }

    fn takes_outsiders(&self) -> bool {
        false
    }

    fn add(&mut self, member: Member<'_>) {
        self.passes |= !passing(member.division, |group| self.tracer.passes(group)).0.is_empty();
    }
}

impl Tracer<'_> {
    /// The same with nothing found.
    fn begun(&self) -> Self {
        Self { filter: self.filter.clone(), found: Vec::new(), ..*self }
    }

    /// Judges a subject. A trace costs many times what a judgement does, and most members of a
    /// metric are in no cell that somebody asks for.
    fn judge(&mut self, judge: &dyn Judge, rows: Rows<'_>) {
        let all = self.filter.is_empty() || self.subject.is_some();
        let mut probe = Probe { tracer: self, passes: all };
        if !all {
            judge.subject(rows, &mut probe);
        }
        if probe.passes {
            judge.subject(rows, self);
        }
    }

    fn passes(&self, group: &Group) -> bool {
        passes(group, &self.filter, self.names)
    }

    /// A member whom the question's filter leaves out.
    fn filtered_out(&self, trace: Trace) -> Trace {
        let wanted = self.filter.iter().map(|(d, value)| format!("{}={value}", d.name()));
        let wanted: Vec<_> = wanted.collect();
        let compared =
            format!("would be in {}; where {}", trace.population.name(), wanted.join(", "));
        Trace::new(Population::Outside, trace.evidence).clause("passes_filter", false, compared)
    }

    /// The names of a merged child's streams, or its own.
    fn streams(&self, subject: Sym) -> Vec<String> {
        let alone = [subject];
        let names = self.merges.members(subject).unwrap_or(&alone);
        names.iter().map(|name| self.names.text(*name).to_owned()).collect()
    }

    fn unit(&self, unit: Unit) -> String {
        match unit {
            Unit::Child => "child".to_owned(),
            Unit::Episode(removal) => format!("episode from {removal}"),
            Unit::Placement(id, start) => {
                format!("placement {} from {start}", self.names.text(id))
            }
            Unit::Entry(position) => format!("entry at {position}"),
            Unit::Month(day) => format!("month {}", day.month_text()),
            Unit::Due(clock, day) => format!("{clock} due {day}"),
            Unit::Staff => "staff".to_owned(),
            Unit::Case => "case".to_owned(),
            Unit::Provider => "provider".to_owned(),
        }
    }
}

impl Sink for Tracer<'_> {
    fn traces(&self) -> bool {
        true
    }

    fn takes_outsiders(&self) -> bool {
        self.subject.is_some()
    }

    fn add(&mut self, member: Member<'_>) {
        let Some(mut trace) = member.trace else { return };
        if self.subject.is_some_and(|subject| subject != member.subject) {
            return;
        }
        let (groups, count) = passing(member.division, |group| self.passes(group));
        let row =
            |key: Group| Row(self.by.iter().map(|d| (*d, key.value(*d, self.names))).collect());
        let rows = by_row(&groups, self.by, &count).into_iter();
        let rows = rows.map(|(key, cells)| (row(key), cells)).collect();
        let cells = in_total(&groups, &count);
        let outside = trace.population == Population::Outside;
        if groups.is_empty() && !outside {
            if self.subject.is_none() {
                return;
            }
            trace = self.filtered_out(trace);
        }
        let dimensions = self.metric.dimensions();
        let in_words = |group: Group| -> Vec<_> {
            dimensions.iter().map(|d| (*d, group.value(*d, self.names))).collect()
        };
        let groups = groups.into_iter().filter(|_| !outside);
        let mut groups: Vec<_> = groups.map(in_words).collect();
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
