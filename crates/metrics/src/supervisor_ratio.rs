//! Case managers per supervisor.
//!
//! **Citation.** 13 CSR 35-35.100 (3)(E)4.B; Phase II metrics document.
//!
//! **Populations.** Case managers over supervisors on the as-of date; with a period also the daily
//! average: the sum of case-manager days over the sum of supervisor days. By heads one person
//! counts once per role in a row; by full-time equivalents every count is in hundredths.
//!
//! **Parameters** (default first). count = headcount | fte.
//!
//! **Undetermined by any source.** Full-time equivalents or heads, date basis, target.

use events::v1::staff::Role;
use events::{Date, EventType, Json};
use timeline::{RoleHeld, Staff, World};

use crate::answer::Reason;
use crate::exclusions::Exclusions;
use crate::judge::display_ratio;
use crate::member::outside;
use crate::{
    Cells, Concern, Division, Exact, Group, Judge, Lack, Member, Period, Population, Question,
    Sink, Trace, Unit,
};

/// The version of this rule; a change of meaning is a new one.
pub(crate) const VERSION: u32 = 1;

/// The judge of supervisor-ratio for one question.
pub(crate) struct SupervisorRatio<'w> {
    world: &'w World<'w>,
    question: Question,
    by_fte: bool,
    exclusions: Exclusions,
}

const ROLES: [(Role, &str); 2] =
    [(Role::CaseManager, "case_manager_days"), (Role::Supervisor, "supervisor_days")];

impl<'w> SupervisorRatio<'w> {
    pub(crate) fn new(world: &'w World<'w>, question: Question) -> Self {
        let by_fte = question.word("count") == "fte";
        let exclusions = Exclusions::of(world, "supervisor-ratio");
        Self { world, question, by_fte, exclusions }
    }

    fn member(&self, staff: &Staff, sink: &mut dyn Sink) {
        let as_of = self.question.as_of();
        let days = self.question.days();
        let held: Vec<&RoleHeld> = staff
            .roles
            .iter()
            .filter(|r| ROLES.iter().any(|(role, _)| *role == r.role))
            .filter(|r| r.on(as_of) || days.is_some_and(|days| overlaps(r, days)))
            .collect();
        if held.is_empty() {
            let roles = staff.roles.iter().flat_map(|r| r.events.iter().copied());
            let why = |trace: Trace| {
                let compared = format!("as of {as_of}; {}", self.question.days_in_words());
                let lack = Lack::Missing(EventType::RoleStarted);
                trace.clause("role_held", false, compared).lacking(lack)
            };
            outside(sink, staff.subject, Unit::Staff, why, roles);
            return;
        }
        let excluded = self.exclusions.contains(staff.subject);
        let cells = |parts: &[usize]| {
            let roles: Vec<_> = parts.iter().map(|i| held[*i]).collect();
            if excluded { Cells::excluded() } else { self.count(&roles) }
        };
        let trace = sink.traces().then(|| {
            let on = held.iter().any(|r| r.on(as_of) && r.role == Role::CaseManager);
            let population = if excluded { Population::Excluded } else { Population::decided(on) };
            let events = held.iter().flat_map(|r| r.events.iter().copied());
            let roles: Vec<_> = held.iter().map(|r| in_words(r)).collect();
            self.exclusions
                .begin_trace(staff.subject, population, events)
                .clause("role_held", true, roles.join("; "))
                .clause("case_manager_on_as_of", on, format!("as of {as_of}"))
        });
        let provider = |r: &&RoleHeld| Group::provider(self.world.prime(r.provider, as_of));
        let division = Division::Parts(held.iter().map(provider).collect(), Box::new(cells));
        sink.add(Member { subject: staff.subject, unit: Unit::Staff, division, trace });
    }

    /// What one person counts for with these roles.
    fn count(&self, roles: &[&RoleHeld]) -> Cells {
        let of = |role: Role| roles.iter().copied().filter(move |r| r.role == role);
        let as_of = self.question.as_of();
        let managers = self.on(of(Role::CaseManager), as_of);
        let supervisors = self.on(of(Role::Supervisor), as_of);
        let mut cells = Cells {
            numerator: crate::Amount::whole(managers),
            denominator: crate::Amount::whole(supervisors),
            ..Cells::default()
        };
        if let Some(days) = self.question.days() {
            for (role, name) in ROLES {
                // Between two of these days nothing changes.
                let changes = of(role).flat_map(|r| {
                    let fte = r.fte.iter().map(|(day, _)| *day);
                    [r.start].into_iter().chain(r.end).chain(fte)
                });
                let inside = |day: &Date| days.start < *day && *day <= days.end;
                let mut from: Vec<Date> = changes.filter(inside).chain([days.start]).collect();
                from.sort_unstable();
                let until = from[1..].iter().copied().chain([days.end.next()]);
                let days = from.iter().zip(until);
                let sum = days.map(|(from, until)| {
                    self.on(of(role), *from) * i64::from(from.days_until(until))
                });
                cells.count(["average", name, ""], sum.sum());
            }
        }
        cells
    }

    /// What roles of one kind count for on a day: one head, or the sum of full-time equivalents.
    fn on<'r>(&self, roles: impl Iterator<Item = &'r RoleHeld>, day: Date) -> i64 {
        let mut held = roles.filter(|r| r.on(day));
        if self.by_fte {
            held.map(|r| i64::from(r.fte_on(day))).sum()
        } else {
            i64::from(held.next().is_some())
        }
    }
}

fn overlaps(role: &RoleHeld, days: Period) -> bool {
    role.start <= days.end && role.end.is_none_or(|end| days.start < end)
}

fn in_words(role: &RoleHeld) -> String {
    let end = role.end.map_or_else(String::new, |end| format!(" to {end}"));
    format!("{} from {}{end}", role.role.code(), role.start)
}

impl Judge for SupervisorRatio<'_> {
    fn question(&self) -> &Question {
        &self.question
    }

    fn concerns(&self) -> Vec<Concern> {
        vec![Concern::Staff]
    }

    fn staff(&self, staff: &Staff, sink: &mut dyn Sink) {
        self.member(staff, sink);
    }

    fn no_value(&self, cells: &Cells) -> Option<Reason> {
        cells.denominator.is_zero().then_some(Reason::NoSupervisor)
    }

    fn display(&self, value: &Exact) -> String {
        display_ratio(value)
    }

    fn detail(&self, cells: &Cells) -> Json {
        let days = |name| (name, self.number(&cells.get(["average", name, ""])));
        let average = match self.question.asked.period {
            Some(_) => Json::object(ROLES.map(|(_, name)| days(name))),
            None => Json::Null,
        };
        Json::object([("average", average)])
    }
}
