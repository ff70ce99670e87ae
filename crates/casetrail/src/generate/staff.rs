//! Staff: desks of case managers and supervisors, and who sat at them when.

use events::v1::staff::{
    Role, RoleEnded, RoleStarted, SupervisorAssigned, TrainingCompleted, TrainingRevoked,
};
use events::{Date, Family, Subject};

use super::dice::{Dice, WIDE};
use super::fact::{ProviderNo, StaffNo};
use super::payload::{provider, staff, subject};
use super::registry::{Registry, Source};

/// Desks of case managers to one supervisor.
const DESKS_PER_SUPERVISOR: usize = 6;
const TENURE_DAYS_MEAN: u32 = 900;
const TENURE_DAYS_MIN: i32 = 45;

/// A person's time at a desk.
#[derive(Debug, Clone, Copy)]
pub(super) struct Tenure {
    pub(super) from: Date,
    /// First day no longer at the desk; may lie behind the state.
    until: Date,
    pub(super) person: StaffNo,
}

/// A desk: who sat at it, in order of time; now and then it stands empty for a while.
pub(super) type Desk = Vec<Tenure>;

/// Hands out desks and tells of the people at them.
pub(super) struct Office<'a, 'b> {
    pub(super) registry: &'a mut Registry<'b>,
    pub(super) dice: Dice,
    pub(super) people: u32,
}

impl Office<'_, '_> {
    /// The desks of case managers of a provider's unit; supervisors are hired with them.
    pub(super) fn unit(&mut self, employer: ProviderNo, desks: u32) -> Vec<Desk> {
        let managers: Vec<Desk> = (0..desks).map(|_| self.desk()).collect();
        for managers in managers.chunks(DESKS_PER_SUPERVISOR) {
            let supervisors = self.desk();
            for tenure in &supervisors {
                self.hire(employer, Role::Supervisor, *tenure);
            }
            for tenure in managers.iter().flatten() {
                self.hire(employer, Role::CaseManager, *tenure);
                self.supervise(*tenure, &supervisors);
            }
        }
        managers
    }

    fn desk(&mut self) -> Desk {
        let (first, last) = self.registry.span();
        let mut desk = Desk::new();
        let mut from = first.add_days(-self.dice.between(30, 900));
        while from <= last {
            let days = self.dice.along(&WIDE, TENURE_DAYS_MEAN).max(TENURE_DAYS_MIN);
            // Who is there at the start has stayed until then.
            let until = from.max(first).add_days(days);
            self.people += 1;
            desk.push(Tenure { from, until, person: StaffNo(self.people) });
            from = until.add_days(self.dice.between(0, 45));
        }
        desk
    }

    fn hire(&mut self, employer: ProviderNo, role: Role, tenure: Tenure) {
        let subject = stream(tenure.person);
        let employer = provider(employer);
        let started = |fte| RoleStarted { role, provider: employer.clone(), fte, raw: None };
        let part_time = [50, 60, 75, 80];
        let fte = self.dice.percent(12).then(|| self.dice.pick(&part_time));
        self.tell(&subject, tenure.from, started(fte).into());
        if self.dice.percent(4) {
            let on = self.during(tenure);
            let fte = self.dice.pick(&part_time);
            self.tell(&subject, on, started(Some(fte)).into());
        }
        if role == Role::CaseManager && self.dice.percent(2) {
            self.act_as_supervisor(&subject, tenure, &employer);
        }
        if tenure.until <= self.registry.span().1 {
            let ended = RoleEnded { role, provider: employer, raw: None };
            self.tell(&subject, tenure.until, ended.into());
        }
        self.train(&subject, tenure);
    }

    /// A case manager who also stands in for a supervisor for some weeks.
    fn act_as_supervisor(&mut self, subject: &Subject, tenure: Tenure, employer: &events::Ident) {
        let on = self.during(tenure);
        let until = on.add_days(self.dice.between(20, 90)).min(tenure.until);
        let role = Role::Supervisor;
        let started = RoleStarted { role, provider: employer.clone(), fte: None, raw: None };
        self.tell(subject, on, started.into());
        if until <= self.registry.span().1 {
            let ended = RoleEnded { role, provider: employer.clone(), raw: None };
            self.tell(subject, until, ended.into());
        }
    }

    /// Whoever sits at the supervisor's desk during a tenure is the supervisor in turn.
    fn supervise(&mut self, tenure: Tenure, supervisors: &Desk) {
        let before = supervisors.iter().rfind(|s| s.from <= tenure.from);
        let later = supervisors.iter().filter(|s| s.from > tenure.from && s.from < tenure.until);
        for supervisor in before.into_iter().chain(later) {
            let assigned = SupervisorAssigned { supervisor: stream(supervisor.person), raw: None };
            let on = supervisor.from.max(tenure.from);
            self.tell(&stream(tenure.person), on, assigned.into());
        }
    }

    fn train(&mut self, subject: &Subject, tenure: Tenure) {
        let days = self.dice.weighted(&[(88, (10, 180)), (5, (181, 500)), (7, (0, 0))]);
        let on = tenure.from.add_days(self.dice.between(days.0, days.1));
        if days.1 > 0 && on < tenure.until {
            self.complete(subject, on, "trauma-toolkit", Some("2013"));
            let later = on.add_days(self.dice.between(30, 400));
            if self.dice.ratio(12, 1000) && later <= self.registry.span().1 {
                let course = "trauma-toolkit".into();
                let revoked =
                    TrainingRevoked { course, edition: None, certificate: None, raw: None };
                self.registry.tell(Source::Elc, subject, later, revoked.into());
            }
        }
        if self.dice.percent(60) {
            let on = tenure.from.add_days(self.dice.between(5, 60));
            self.complete(subject, on, "core-training", None);
        }
    }

    fn complete(&mut self, subject: &Subject, on: Date, course: &str, edition: Option<&str>) {
        let completed = TrainingCompleted {
            course: course.into(),
            edition: edition.map(Into::into),
            certificate: Some(format!("{}-{course}", subject.ident()).into()),
            raw: None,
        };
        self.registry.tell(Source::Elc, subject, on, completed.into());
    }

    /// A day within a tenure and the state.
    fn during(&mut self, tenure: Tenure) -> Date {
        let from = tenure.from.max(self.registry.span().0);
        from.add_days(self.dice.between(1, from.days_until(tenure.until) - 1))
    }

    fn tell(&mut self, subject: &Subject, on: Date, payload: events::Payload) {
        self.registry.tell(Source::Division, subject, on, payload);
    }
}

fn stream(person: StaffNo) -> Subject {
    subject(Family::Staff, staff(person).as_str())
}
