//! From the facts of one child to its rows.

use events::Date;

use crate::care::{self, Claim, RecordedEnd, Removal};
use crate::{
    Assessment, Assignment, CourtDecision, Entry, Exit, Fact, GoalAct, Hearing, Moment, Person,
    Placement, PlacementFlags, PlacementRef, Pos, Proven, Registration, Stream, Sym, Visit, What,
    evidence, history, uncut,
};

/// Folds one child after the other, in the room that the one before took.
#[derive(Debug)]
pub struct Folder {
    person: Person,
    placements: Vec<Placement>,
    removals: Vec<Removal>,
    claims: Vec<Claim>,
    ends: Vec<RecordedEnd>,
}

impl Folder {
    /// A folder that has folded nobody; `subject` stands for the child until it has.
    #[must_use]
    pub fn new(subject: Sym) -> Self {
        let person = Person {
            subject,
            birth: None,
            episodes: Vec::new(),
            assignments: Vec::new(),
            findings: Vec::new(),
            goals: Vec::new(),
            assessments: Vec::new(),
            decisions: Vec::new(),
            proofs: Vec::new(),
            hearings: Vec::new(),
            evaluations: Vec::new(),
            visits: Vec::new(),
            entries: Vec::new(),
        };
        let (placements, removals) = (Vec::new(), Vec::new());
        Self { person, placements, removals, claims: Vec::new(), ends: Vec::new() }
    }

    pub(crate) fn into_person(self) -> Person {
        self.person
    }

    /// The rows of a child, whose streams are given in any order, at a moment.
    pub fn fold(&mut self, subject: Sym, streams: &[Stream<'_>], at: &Moment) -> &Person {
        self.fold_care(subject, streams, at);
        self.add_evidence(streams, at)
    }

    /// The same without evidence: no assessments, decisions, proofs, hearings, evaluations
    /// and visits.
    pub fn fold_care(&mut self, subject: Sym, streams: &[Stream<'_>], at: &Moment) -> &Person {
        self.person.clear();
        self.person.subject = subject;
        self.placements.clear();
        self.removals.clear();
        self.claims.clear();
        self.ends.clear();
        if let [stream] = streams {
            // Of one stream, a placement's name is the placement.
            history(*stream, at).for_each(|fact| self.take(stream.name, &fact));
            uncut(*stream, at).for_each(|fact| self.register(&fact));
        } else {
            let seen = merged(streams, |stream| history(stream, at));
            seen.iter().for_each(|(stream, fact)| self.take(*stream, fact));
            let uncut = merged(streams, |stream| uncut(stream, at));
            uncut.iter().for_each(|(_, fact)| self.register(fact));
            let Self { placements, ends, .. } = self;
            ends.iter_mut().for_each(|end| end.id = resolve(placements, end.id));
        }
        care::episodes(&mut self.person.episodes, &self.removals, &self.claims);
        care::place(&mut self.person.episodes, &self.placements, &self.ends);
        &self.person
    }

    /// The rows of the child that was folded without evidence, with it.
    pub fn add_evidence(&mut self, streams: &[Stream<'_>], at: &Moment) -> &Person {
        if let [stream] = streams {
            evidence(*stream, at).for_each(|fact| self.take(stream.name, &fact));
        } else {
            let seen = merged(streams, |stream| evidence(stream, at));
            seen.iter().for_each(|(stream, fact)| self.take(*stream, fact));
            self.resolve_evidence();
        }
        &self.person
    }

    /// The rows of the child that was folded, with every event as it was entered.
    pub fn add_entries(&mut self, streams: &[Stream<'_>], at: &Moment) -> &Person {
        let facts = streams.iter().flat_map(|s| history(*s, at).chain(evidence(*s, at)));
        let facts = facts.filter(|fact| !matches!(fact.what, What::Merged { .. }));
        self.person.entries.extend(facts.map(|fact| Entry {
            day: fact.day,
            original: fact.original,
            of_status: fact.what.of_status(),
            event: fact.event,
        }));
        &self.person
    }

    /// The rows of the child that was folded last.
    #[must_use]
    pub const fn person(&self) -> &Person {
        &self.person
    }

    /// The birth that was registered last.
    fn register(&mut self, fact: &Fact) {
        if let What::Registered { birth: Some(birth) } = fact.what {
            self.person.birth = Some(Registration { birth, event: fact.event });
        }
    }

    /// Which placements evidence names, once all are known.
    fn resolve_evidence(&mut self) {
        let Self { person, placements, .. } = self;
        let assessed = person.assessments.iter_mut().map(|a| &mut a.placement);
        let decided = person.decisions.iter_mut().map(|d| &mut d.placement);
        let proven = person.proofs.iter_mut().map(|p| &mut p.placement);
        for named in assessed.chain(decided).chain(proven) {
            *named = resolve(placements, *named);
        }
    }

    #[expect(clippy::too_many_lines, reason = "an arm a kind: a new kind does not compile without")]
    fn take(&mut self, stream: Sym, fact: &Fact) {
        let (day, event) = (fact.day, fact.event);
        match fact.what {
            What::Removal { id } => self.removals.push(Removal { day, stream, id, event }),
            What::Closed { removal, reason, order_date } => {
                let exit = Exit { day, reason, order_date, event };
                self.claims.push(Claim { stream, removal, exit });
            }
            What::PlacementEnded { id } => {
                self.ends.push(RecordedEnd { id: (stream, id), day, event });
            }
            What::Assigned { case, provider, worker, county } => {
                let assignment = Assignment { day, case, provider, worker, county, event };
                self.person.assignments.push(assignment);
            }
            What::Finding(finding) => self.person.findings.push((day, finding, event)),
            What::Goal { conduct, role, goal } => {
                self.person.goals.push(GoalAct { day, conduct, role, goal, event });
            }
            What::Assessment {
                placement,
                employer,
                waiver,
                determination,
                goals_listed,
                reasons,
            } => self.person.assessments.push(Assessment {
                day,
                placement: (stream, placement),
                employer,
                waiver,
                determination,
                goals_listed,
                reasons,
                event,
            }),
            What::Proof { placement, proof } => {
                let placement = (stream, placement);
                self.person.proofs.push(Proven { day, placement, proof, stream, event });
            }
            What::Hearing { id, kind } => {
                self.person.hearings.push(Hearing { day, id: (stream, id), kind, event });
            }
            What::Visit { place, face_to_face } => {
                self.person.visits.push(Visit { day, place, face_to_face, event });
            }
            What::Evaluated => self.person.evaluations.push((day, event)),
            What::CourtDecision { placement, outcome } => {
                let placement = (stream, placement);
                self.person.decisions.push(CourtDecision { day, placement, outcome, event });
            }
            What::PlacementStarted { id, setting, facility, location, relative, emergency } => {
                self.placements.push(Placement {
                    id: (stream, id),
                    start: day,
                    end: None,
                    setting,
                    facility,
                    location,
                    relative,
                    emergency,
                    event,
                    end_event: None,
                    flags: PlacementFlags::default(),
                });
            }
            // Read apart: births, identities by the world.
            What::Registered { .. } | What::Merged { .. } | What::LegalStatus | What::Silent => {}
            // On no child's stream.
            What::Returned { .. }
            | What::Cost { .. }
            | What::CostAdjusted { .. }
            | What::RoleStarted { .. }
            | What::RoleEnded { .. }
            | What::Trained { .. }
            | What::TrainingRevoked { .. }
            | What::Credential { .. }
            | What::Provider { .. }
            | What::County { .. }
            | What::Policy(_)
            | What::SourceCompleted { .. } => {}
        }
    }
}

/// The placement that an event on a stream names: its own stream's first, then a merged one's.
fn resolve(placements: &[Placement], (stream, id): PlacementRef) -> PlacementRef {
    let own = placements.iter().find(|p| p.id == (stream, id));
    let found = own.or_else(|| placements.iter().find(|p| p.id.1 == id));
    found.map_or((stream, id), |p| p.id)
}

/// The facts of several streams in history order, each with its stream.
fn merged<'a, I>(streams: &[Stream<'a>], facts: impl Fn(Stream<'a>) -> I) -> Vec<(Sym, Fact)>
where
    I: Iterator<Item = Fact>,
{
    let mut all: Vec<_> = streams.iter().flat_map(|s| facts(*s).map(|f| (s.name, f))).collect();
    all.sort_by_key(|(_, fact)| (fact.day, fact.original));
    all
}

/// When a stream's child came into care first, and from when it is out of it for good.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CareSpan {
    /// The first removal.
    pub first: Date,
    /// A day from which on it is in no episode, and on or before which every removal and exit lies;
    /// `None` while an episode is open.
    pub left: Option<Date>,
}

impl CareSpan {
    /// The span of one stream as known at a position, whatever the as-of date; `None` without a
    /// removal. On dates from `left` on it does not depend on the as-of date, since all removals
    /// and exits are seen; before, it may be too long and is never too short.
    #[must_use]
    pub fn of(stream: Stream<'_>, known: Pos) -> Option<Self> {
        let at = Moment { as_of: Date::MAX, known };
        let (mut removals, mut claims) = (Vec::new(), Vec::new());
        let name = stream.name;
        for fact in history(stream, &at) {
            let (day, event) = (fact.day, fact.event);
            match fact.what {
                What::Removal { id } => removals.push(Removal { day, stream: name, id, event }),
                What::Closed { removal, reason, order_date } => {
                    let exit = Exit { day, reason, order_date, event };
                    claims.push(Claim { stream: name, removal, exit });
                }
                _ => {}
            }
        }
        let first = removals.first()?.day;
        let mut episodes = Vec::new();
        care::episodes(&mut episodes, &removals, &claims);
        let said = removals.iter().map(|r| r.day).chain(claims.iter().map(|c| c.exit.day));
        let ends = episodes.iter().map(|e| e.end);
        let left = ends.chain(said.map(Some)).try_fold(first, |left, end| Some(left.max(end?)));
        Some(Self { first, left })
    }
}
