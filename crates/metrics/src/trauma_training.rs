//! Staff who completed trauma training.
//!
//! **Citation.** 13 CSR 35-35.100 (3)(E)2.E; Phase II metrics document.
//!
//! **Populations.** A member is a person who holds a case manager's or supervisor's role on the
//! as-of date; each stands once, and once in every row of a provider with which a role is held.
//! Numerator: a completion of an accepted course, dated by then, that no revocation follows.
//!
//! **Parameters** (default first). courses = [trauma-toolkit]; grace_days = 0: people whose
//! earliest role held on the date began fewer than that many days before are left out.
//!
//! **Undetermined by any source.** Which edition or course counts, grace, recertification.

use events::v1::staff::Role;
use events::{EventType, Json};
use timeline::{RoleHeld, Staff, Sym, World};

use crate::exclusions::Exclusions;
use crate::judge::fractions;
use crate::member::outside;
use crate::{
    Cells, Concern, Division, Group, Judge, Lack, Member, Population, Question, Sink, Trace, Unit,
};

/// The version of this rule; a change of meaning is a new one.
pub(crate) const VERSION: u32 = 1;

/// The judge of trauma-training for one question.
pub(crate) struct TraumaTraining<'w> {
    world: &'w World<'w>,
    question: Question,
    courses: Vec<Sym>,
    exclusions: Exclusions,
}

const ROLES: [Role; 2] = [Role::CaseManager, Role::Supervisor];

impl<'w> TraumaTraining<'w> {
    pub(crate) fn new(world: &'w World<'w>, question: Question) -> Self {
        // A course that no event names was completed by nobody.
        let courses = question.words("courses");
        let courses = courses.into_iter().filter_map(|c| world.names.known(c)).collect();
        let exclusions = Exclusions::of(world, "trauma-training");
        Self { world, question, courses, exclusions }
    }

    fn member(&self, staff: &Staff, sink: &mut dyn Sink) {
        let as_of = self.question.as_of();
        let held: Vec<&RoleHeld> =
            staff.roles.iter().filter(|r| ROLES.contains(&r.role) && r.on(as_of)).collect();
        let roles = || staff.roles.iter().flat_map(|r| r.events.iter().copied());
        let Some(earliest) = held.iter().map(|r| r.start).min() else {
            let why = |trace: Trace| {
                let compared = format!("no role of case manager or supervisor on {as_of}");
                let lack = Lack::contrary_or(roles().last(), EventType::RoleStarted);
                trace.clause("role_held", false, compared).lacking(lack)
            };
            outside(sink, staff.subject, Unit::Staff, why, roles());
            return;
        };
        let grace = self.question.number("grace_days");
        if i64::from(earliest.days_until(as_of)) < grace {
            let why = |trace: Trace| {
                let compared =
                    format!("role since {earliest}, as of {as_of}, {grace} days of grace");
                trace.clause("grace_is_over", false, compared)
            };
            outside(sink, staff.subject, Unit::Staff, why, roles());
            return;
        }
        let completion = self.courses.iter().find_map(|course| staff.completion(*course));
        let excluded = self.exclusions.contains(staff.subject);
        let met = completion.is_some();
        let cells = |parts: &[usize]| {
            if excluded {
                return Cells::excluded();
            }
            let mut cells = Cells::decided(met);
            for role in ROLES {
                if parts.iter().any(|i| held[*i].role == role) {
                    cells.count(["by_role", role.code(), "denominator"], 1);
                    cells.count(["by_role", role.code(), "numerator"], i64::from(met));
                }
            }
            cells
        };
        let trace = sink.traces().then(|| {
            let population = if excluded { Population::Excluded } else { Population::decided(met) };
            let events = held.iter().flat_map(|r| r.events.iter().copied());
            let training = staff.training.iter().filter(|t| self.courses.contains(&t.course));
            let revoked = training.clone().next_back().map(|t| t.event);
            let events = events.chain(training.map(|t| t.event));
            let compared = completion.map_or_else(
                || format!("no live completion of an accepted course by {as_of}"),
                |t| format!("completed on {}", t.day),
            );
            self.exclusions
                .begin_trace(staff.subject, population, events)
                .clause("role_held", true, format!("since {earliest}, on {as_of}"))
                .clause("course_completed", met, compared)
                .lacking(Lack::contrary_or(revoked, EventType::TrainingCompleted))
        });
        let provider = |r: &&RoleHeld| Group::provider(self.world.prime(r.provider, as_of));
        let division = Division::Parts(held.iter().map(provider).collect(), Box::new(cells));
        sink.add(Member { subject: staff.subject, unit: Unit::Staff, division, trace });
    }
}

impl Judge for TraumaTraining<'_> {
    fn question(&self) -> &Question {
        &self.question
    }

    fn concerns(&self) -> Vec<Concern> {
        vec![Concern::Staff]
    }

    fn staff(&self, staff: &Staff, sink: &mut dyn Sink) {
        self.member(staff, sink);
    }

    fn detail(&self, cells: &Cells) -> Json {
        let by_role = ROLES.map(|role| {
            let code = role.code();
            (code, fractions(|part| self.number(&cells.get(["by_role", code, part]))))
        });
        Json::object([("by_role", Json::object(by_role))])
    }
}
