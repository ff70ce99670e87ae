//! Members: what a judge finds, and where it goes.

use events::Date;
use timeline::{Pos, Sym};

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
    /// A member of staff.
    Staff,
    /// A case.
    Case,
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
        }
    }

    /// The population of a decided member.
    #[must_use]
    pub const fn decided(met: bool) -> Self {
        if met { Self::Numerator } else { Self::Denominator }
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
}

impl Trace {
    /// A trace without clauses.
    #[must_use]
    pub fn new(population: Population, evidence: impl IntoIterator<Item = Pos>) -> Self {
        let mut evidence: Vec<_> = evidence.into_iter().collect();
        evidence.sort_unstable();
        evidence.dedup();
        Self { population, clauses: Vec::new(), evidence }
    }

    /// The same with a further clause.
    #[must_use]
    pub fn clause(
        mut self,
        name: &'static str,
        holds: impl Into<Option<bool>>,
        compared: impl Into<String>,
    ) -> Self {
        self.clauses.push(Clause { name, holds: holds.into(), compared: compared.into() });
        self
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

    /// Takes a member.
    fn add(&mut self, member: Member<'_>);
}
