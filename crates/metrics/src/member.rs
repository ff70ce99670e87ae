//! Members: what a judge finds, and where it goes.

use events::{Date, EventType};
use timeline::{Person, Pos, Sym};

use crate::{Cells, Group};

/// What a member is, beside its subject.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// The child itself.
    Child,
    /// An episode, by its removal.
    Episode(Date),
    /// A placement, by name and start.
    Placement(Sym, Date),
    /// An event, by the position of the original.
    Entry(Pos),
    /// A calendar month, by its first day.
    Month(Date),
    /// What is due by a day, by its clock.
    Due(&'static str, Date),
    /// A member of staff.
    Staff,
    /// A case.
    Case,
    /// A provider.
    Provider,
}

/// What a member counts for, given which of its parts are together in a row.
pub type Counting<'a> = Box<dyn Fn(&[usize]) -> Cells + 'a>;

/// How a member is divided among groups.
pub enum Division<'a> {
    /// It belongs to one group.
    Whole(Group, Cells),
    /// It has parts in several groups; what it counts for depends on which of them are together
    /// in a row (a person with two providers stands in both rows and once in the total).
    Parts(Vec<Group>, Counting<'a>),
}

/// In which population of the metric a member is (the members of a cell add up to it).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Population {
    /// In denominator and numerator.
    Numerator,
    /// In the denominator alone.
    Denominator,
    /// Could not be judged.
    Unknown,
    /// Not decided yet.
    Pending,
    /// Left out by a decision.
    Excluded,
    /// In the initial population and left out by the metric's own rule.
    LeftOut,
    /// Counted in a detail of the metric alone.
    Detail,
    /// Not in the initial population. Such a member is handed over only where the sink asks for it,
    /// and counts for nothing.
    Outside,
}

impl Population {
    /// Its name in explanations.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Numerator => "numerator",
            Self::Denominator => "denominator",
            Self::Unknown => "unknown",
            Self::Pending => "pending",
            Self::Excluded => "excluded",
            Self::LeftOut => "left out",
            Self::Detail => "detail",
            Self::Outside => "not in it",
        }
    }

    /// The population of a decided member.
    #[must_use]
    pub const fn decided(met: bool) -> Self {
        if met { Self::Numerator } else { Self::Denominator }
    }
}

/// What is lacking where a clause does not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lack {
    /// No event of this type.
    Missing(EventType),
    /// This event came too late.
    Late(Pos),
    /// This event says otherwise, or not enough.
    Contrary(Pos),
}

impl Lack {
    /// This event came too late, or, without one, none of this type came.
    #[must_use]
    pub fn late_or(event: Option<Pos>, missing: EventType) -> Self {
        event.map_or(Self::Missing(missing), Self::Late)
    }

    /// This event says otherwise, or, without one, none of this type came.
    #[must_use]
    pub fn contrary_or(event: Option<Pos>, missing: EventType) -> Self {
        event.map_or(Self::Missing(missing), Self::Contrary)
    }
}

/// A clause of a metric's rule, as it was judged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clause {
    /// The clause.
    pub name: &'static str,
    /// How it came out: `true`, `false`, or `None` where it could not be judged.
    pub holds: Option<bool>,
    /// What was compared, in words.
    pub compared: String,
    /// What it lacks, if it does not hold.
    pub lack: Option<Lack>,
}

/// Why a member counts as it does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trace {
    /// Where it counts.
    pub population: Population,
    /// The clauses, in order of judgement.
    pub clauses: Vec<Clause>,
    /// The events it rests on.
    pub evidence: Vec<Pos>,
    /// Which clause decided, where it is not the first that does not hold.
    decided_by: Option<usize>,
}

impl Trace {
    /// A trace without clauses.
    #[must_use]
    pub fn new(population: Population, evidence: impl IntoIterator<Item = Pos>) -> Self {
        let mut evidence: Vec<_> = evidence.into_iter().collect();
        evidence.sort_unstable();
        evidence.dedup();
        Self { population, clauses: Vec::new(), evidence, decided_by: None }
    }

    /// The same with a further clause.
    #[must_use]
    pub fn clause(
        mut self,
        name: &'static str,
        holds: impl Into<Option<bool>>,
        compared: impl Into<String>,
    ) -> Self {
        let (holds, compared) = (holds.into(), compared.into());
        self.clauses.push(Clause { name, holds, compared, lack: None });
        self
    }

    /// The same, where the last clause lacks something unless it holds.
    #[must_use]
    pub fn lacking(mut self, lack: impl Into<Option<Lack>>) -> Self {
        if let Some(clause) = self.clauses.last_mut().filter(|c| c.holds != Some(true)) {
            clause.lack = lack.into();
        }
        self
    }

    /// The same, decided by its last clause, unless an earlier one has decided.
    #[must_use]
    pub(crate) fn decided_here(mut self) -> Self {
        let last = self.clauses.len().checked_sub(1);
        self.decided_by = self.decided_by.or(last);
        self
    }

    /// Of a member outside the numerator, the first clause that failed, or, of one that could not
    /// be judged or is pending, that kept it from being judged.
    #[must_use]
    pub fn why_not(&self) -> Option<&Clause> {
        if matches!(self.population, Population::Numerator | Population::Detail) {
            return None;
        }
        let find = |wanted: &dyn Fn(&&Clause) -> bool| self.clauses.iter().find(wanted);
        let decided = self.decided_by.and_then(|index| self.clauses.get(index));
        decided
            .or_else(|| find(&|clause| clause.holds == Some(false)))
            .or_else(|| find(&|clause| clause.lack.is_some()))
            .or_else(|| find(&|clause| clause.holds.is_none()))
    }
}

/// A member of a metric, with all that it counts for.
pub struct Member<'a> {
    /// The subject.
    pub subject: Sym,
    /// What it is.
    pub unit: Unit,
    /// What it counts for, and where.
    pub division: Division<'a>,
    /// Why; only where the sink asks for it.
    pub trace: Option<Trace>,
}

/// Where members go.
pub trait Sink {
    /// Whether members are to carry their trace.
    fn traces(&self) -> bool;

    /// Whether those are asked for, too, who are not in the initial population.
    fn takes_outsiders(&self) -> bool {
        false
    }

    /// Takes a member.
    fn add(&mut self, member: Member<'_>);
}

/// Hands over who is not in the initial population, and why, where the sink asks for that.
pub(crate) fn outside(
    sink: &mut dyn Sink,
    subject: Sym,
    unit: Unit,
    trace: impl FnOnce(Trace) -> Trace,
    evidence: impl IntoIterator<Item = Pos>,
) {
    if sink.takes_outsiders() {
        let trace = Some(trace(Trace::new(Population::Outside, evidence)));
        let division = Division::Whole(Group::default(), Cells::default());
        sink.add(Member { subject, unit, division, trace });
    }
}

/// Hands over a child that was never removed from home, where the sink asks for outsiders.
pub(crate) fn never_removed(person: &Person, as_of: Date, sink: &mut dyn Sink) {
    if person.episodes.is_empty() {
        let why = |trace: Trace| {
            trace
                .clause("removed", false, format!("no removal by {as_of} is known"))
                .lacking(Lack::Missing(EventType::RemovalRecorded))
        };
        outside(sink, person.subject, Unit::Child, why, []);
    }
}
