//! The rows of one child at a moment.

use events::Date;
use events::v1::child::{
    AssessorEmployer, CourtOutcome, Determination, Finding, Goal, GoalRole, HearingKind, VisitPlace,
};

use crate::folder::Folder;
use crate::history::last_on;
use crate::{Conduct, Entry, Episode, Moment, Placement, Pos, Proof, Reasons, Stream, Sym};

/// A date of birth and the event that gave it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Registration {
    /// Date of birth.
    pub birth: Date,
    /// The event.
    pub event: Pos,
}

/// An assignment; it stands until the next, also across exits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Assignment {
    /// From this day.
    pub day: Date,
    /// The family's case.
    pub case: Sym,
    /// The provider named, not its prime.
    pub provider: Sym,
    /// The case manager.
    pub worker: Option<Sym>,
    /// The county that has the case.
    pub county: Option<Sym>,
    /// The event.
    pub event: Pos,
}

/// Something done with a goal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GoalAct {
    /// The day.
    pub day: Date,
    /// What was done.
    pub conduct: Conduct,
    /// Primary or concurrent.
    pub role: GoalRole,
    /// The goal.
    pub goal: Goal,
    /// The event.
    pub event: Pos,
}

/// A placement as evidence names it: (stream, placement_id).
pub type PlacementRef = (Sym, Sym);

/// An assessment of a placement (42 USC 675a(c)(1)).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Assessment {
    /// The day.
    pub day: Date,
    /// The placement.
    pub placement: PlacementRef,
    /// Who employs the assessor.
    pub employer: Option<AssessorEmployer>,
    /// Whether a waiver is named.
    pub waiver: bool,
    /// What was determined.
    pub determination: Determination,
    /// Whether goals are listed.
    pub goals_listed: Option<bool>,
    /// The written reasons.
    pub reasons: Reasons,
    /// The event.
    pub event: Pos,
}

/// A court's decision on a placement (42 USC 675a(c)(2)).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CourtDecision {
    /// The day.
    pub day: Date,
    /// The placement.
    pub placement: PlacementRef,
    /// The decision.
    pub outcome: CourtOutcome,
    /// The event.
    pub event: Pos,
}

/// Other evidence on a placement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Proven {
    /// The day.
    pub day: Date,
    /// The placement.
    pub placement: PlacementRef,
    /// What it proves; the name of a hearing is one of `stream`, or else of a merged stream.
    pub proof: Proof,
    /// The stream it is on.
    pub stream: Sym,
    /// The event.
    pub event: Pos,
}

/// A hearing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hearing {
    /// The day.
    pub day: Date,
    /// Its name: (stream, hearing_id).
    pub id: (Sym, Sym),
    /// Kind of hearing.
    pub kind: HearingKind,
    /// The event.
    pub event: Pos,
}

/// A visit by a worker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Visit {
    /// The day.
    pub day: Date,
    /// Where.
    pub place: VisitPlace,
    /// Whether the child was seen.
    pub face_to_face: bool,
    /// The event.
    pub event: Pos,
}

/// The rows of one child, merged streams read as one, at a moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// The name that stands for the child.
    pub subject: Sym,
    /// Birth, as last registered.
    pub birth: Option<Registration>,
    /// Episodes, by removal.
    pub episodes: Vec<Episode>,
    /// Assignments, in history order.
    pub assignments: Vec<Assignment>,
    /// Findings, in history order.
    pub findings: Vec<(Date, Finding, Pos)>,
    /// Acts on goals, in history order.
    pub goals: Vec<GoalAct>,
    /// Assessments, in history order.
    pub assessments: Vec<Assessment>,
    /// Court decisions, in history order.
    pub decisions: Vec<CourtDecision>,
    /// Other evidence on placements, in history order.
    pub proofs: Vec<Proven>,
    /// Hearings, in history order.
    pub hearings: Vec<Hearing>,
    /// Psychological and psychiatric evaluations, in history order.
    pub evaluations: Vec<(Date, Pos)>,
    /// Visits by workers, in history order.
    pub visits: Vec<Visit>,
    /// Every live event, stream by stream, as it was entered; merged identities are none. Only where
    /// a metric reads it.
    pub entries: Vec<Entry>,
}

impl Person {
    /// Folds the streams of one child (in any order) at a moment.
    #[must_use]
    pub fn fold(subject: Sym, streams: &[Stream<'_>], at: &Moment) -> Self {
        let mut folder = Folder::new(subject);
        folder.fold(subject, streams, at);
        folder.into_person()
    }

    pub(crate) fn clear(&mut self) {
        self.birth = None;
        self.episodes.clear();
        self.assignments.clear();
        self.findings.clear();
        self.goals.clear();
        self.assessments.clear();
        self.decisions.clear();
        self.proofs.clear();
        self.hearings.clear();
        self.evaluations.clear();
        self.visits.clear();
        self.entries.clear();
    }

    /// The assignment in force on a day.
    #[must_use]
    pub fn assignment_on(&self, day: Date) -> Option<&Assignment> {
        last_on(&self.assignments, day, |a| a.day)
    }

    /// Whether the child is in care on a day.
    #[must_use]
    pub fn in_care_on(&self, day: Date) -> bool {
        self.episodes.iter().any(|e| e.contains(day))
    }

    /// The last day from `first` to `last` (both included) on which the child is in care.
    #[must_use]
    pub fn last_day_in_care(&self, first: Date, last: Date) -> Option<Date> {
        let last_of = |e: &Episode| {
            let day = e.end.map_or(last, |end| end.add_days(-1)).min(last);
            (e.contains(day) && day >= first).then_some(day)
        };
        self.episodes.iter().filter_map(last_of).max()
    }

    /// The hearing that evidence on a stream names: its own stream's first, then a merged one's.
    #[must_use]
    pub fn hearing_named(&self, stream: Sym, id: Sym) -> Option<&Hearing> {
        let own = self.hearings.iter().find(|h| h.id == (stream, id));
        own.or_else(|| self.hearings.iter().find(|h| h.id.1 == id))
    }

    /// The placement of a day, over all episodes.
    #[must_use]
    pub fn placement_on(&self, day: Date) -> Option<&Placement> {
        self.episodes.iter().rev().find_map(|e| e.placement_on(day))
    }
}
