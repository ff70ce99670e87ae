//! Residential placements that comply with federal and state law.
//!
//! **Citation.** 13 CSR 35-35.100 (3)(E)2.C; 42 USC 672(k), 675a(c); 13 CSR 35-71.150; Child
//! Welfare Manual 2.3.
//!
//! **Populations.** A member is a residential placement active on a day of the period. It is
//! violated if any rule in the list is, else unknown if any is, else pending if any is, else
//! compliant. Denominator: compliant or violated; numerator: compliant. Beside it: the same per
//! child, children by setting on the as-of date, federally claimable days.
//!
//! **Parameters.** rules = the list in force (RC-01 to RC-07 and RC-10 if nothing is published).
//! RC-16 is judged on supervised independent living and counts in its own line alone.
//!
//! **Undetermined by any source.** Which rules make up compliance, the unit, the denominator.

use events::v1::child::{Finding, Setting};
use events::{Date, EventType, Json};
use timeline::{Episode, Person, Placement, World};

use crate::exclusions::Exclusions;
use crate::member::{never_removed, outside};
use crate::residential::claimable::claimable_days;
use crate::residential::{Compared, Rule, State, Stay, age_gate, compared};
use crate::{
    Cells, Concern, Division, Group, Judge, Lack, Member, Period, Population, Question, Sink,
    Trace, Unit,
};

/// The version of this rule; a change of meaning is a new one.
pub(crate) const VERSION: u32 = 1;

/// The judge of residential-compliance for one question.
pub(crate) struct ResidentialCompliance<'w> {
    world: &'w World<'w>,
    question: Question,
    rules: Vec<Rule>,
    exclusions: Exclusions,
}

/// Counter of children in care on the as-of date without a placement.
const NO_PLACEMENT: &str = "no-placement";

/// A placement as it was judged.
struct Judged<'a> {
    placement: &'a Placement,
    group: Group,
    population: Population,
    states: Vec<(Rule, State)>,
    claimable: i64,
    /// The rules' words, by rule; only where they are asked for.
    compared: Vec<Compared>,
}

impl<'w> ResidentialCompliance<'w> {
    pub(crate) fn new(world: &'w World<'w>, question: Question) -> Self {
        let rules = Rule::of(&question);
        let exclusions = Exclusions::of(world, "residential-compliance");
        Self { world, question, rules, exclusions }
    }

    /// The residential placements of a child that are active on a day of the period.
    fn judged<'a>(&self, person: &'a Person, days: Period, traces: bool) -> Vec<Judged<'a>> {
        let of = |e: &'a Episode| e.placements.iter().map(move |p| (e, p));
        let all = person.episodes.iter().flat_map(of).filter(|(_, p)| is_judged(p, days));
        let judge = |(e, p)| self.judge(person, e, p, days, traces);
        all.map(judge).collect()
    }

    fn judge<'a>(
        &self,
        person: &'a Person,
        episode: &Episode,
        placement: &'a Placement,
        days: Period,
        traces: bool,
    ) -> Judged<'a> {
        let facility = placement.facility.and_then(|f| self.world.facilities.get(&f));
        let as_of = self.question.as_of();
        let stay = Stay { person, episode, placement, credentials: facility, as_of };
        let excluded = self.exclusions.contains(person.subject);
        let conflicting = episode.doubts.conflicting_episodes;
        // The placements of conflicting episodes are unknown, under every rule.
        let state = |rule: &Rule| if conflicting { State::Unknown } else { rule.judge(&stay) };
        let rules = self.rules.iter().filter(|rule| **rule != Rule::AgeGate);
        let states: Vec<_> = rules.map(|rule| (*rule, state(rule))).collect();
        let any = |state| states.iter().any(|(_, s)| *s == state);
        let population = if excluded {
            Population::Excluded
        } else if conflicting || (any(State::Unknown) && !any(State::Violated)) {
            Population::Unknown
        } else if any(State::Violated) {
            Population::Denominator
        } else if any(State::Pending) {
            Population::Pending
        } else {
            Population::Numerator
        };
        let group = Group::of(self.world.place(person, last_day(placement, days)));
        let claimable = claimable_days(&stay, days);
        let listed = states.iter().filter(|_| traces);
        let compared = listed.map(|(rule, _)| compared(*rule, &stay)).collect();
        Judged { placement, group, population, states, claimable, compared }
    }

    fn placement(&self, person: &Person, judged: &Judged<'_>, sink: &mut dyn Sink) {
        let mut cells = Cells::of(judged.population);
        if judged.population != Population::Excluded {
            for (rule, state) in &judged.states {
                cells.count(["rules", rule.name(), state.name()], 1);
            }
            cells.count(["claimable_days", "", ""], judged.claimable);
        }
        let trace = sink.traces().then(|| self.trace(person, judged));
        let unit = Unit::Placement(judged.placement.id.1, judged.placement.start);
        let division = Division::Whole(judged.group, cells);
        sink.add(Member { subject: person.subject, unit, division, trace });
    }

    fn trace(&self, person: &Person, judged: &Judged<'_>) -> Trace {
        let placement = judged.placement;
        let mut events = vec![placement.event];
        events.extend(placement.end_event);
        let named = |id| id == placement.id;
        events.extend(person.assessments.iter().filter(|a| named(a.placement)).map(|a| a.event));
        events.extend(person.decisions.iter().filter(|d| named(d.placement)).map(|d| d.event));
        events.extend(person.proofs.iter().filter(|p| named(p.placement)).map(|p| p.event));
        let findings = person.findings.iter();
        let contrary = findings.filter(|(_, finding, _)| *finding == Finding::RelativeContrary);
        events.extend(contrary.map(|(.., event)| *event));
        events.extend(person.evaluations.iter().map(|(_, event)| *event));
        let during = person.hearings.iter().filter(|hearing| placement.contains(hearing.day));
        events.extend(during.map(|hearing| hearing.event));
        events.extend(person.birth.map(|birth| birth.event));
        let facility = placement.facility.and_then(|f| self.world.facilities.get(&f));
        let credentials = [
            events::v1::facility::Credential::License,
            events::v1::facility::Credential::Contract,
            events::v1::facility::Credential::QrtpDesignation,
            events::v1::facility::Credential::Accreditation,
            events::v1::facility::Credential::DmhCertification,
        ];
        for credential in credentials {
            events.extend(facility.iter().flat_map(|f| f.events(credential)));
        }
        let stay = in_words(placement);
        let deciding = match judged.population {
            Population::Denominator => Some(State::Violated),
            Population::Unknown => Some(State::Unknown),
            Population::Pending => Some(State::Pending),
            _ => None,
        };
        let trace = self.exclusions.begin_trace(person.subject, judged.population, events);
        let trace = trace.clause("residential_in_period", true, stay);
        judged.states.iter().zip(&judged.compared).fold(trace, |trace, (judged, words)| {
            let ((rule, state), (compared, lack)) = (judged, words);
            let compared = format!("{}: {compared}", state.name());
            let lack = lack.filter(|_| *state != State::NotApplicable);
            let trace = trace.clause(rule.name(), holds(*state), compared).lacking(lack);
            if Some(*state) == deciding { trace.decided_here() } else { trace }
        })
    }

    /// Says, where the sink asks for it, that a child has no residential placement in the period.
    fn unplaced(&self, person: &Person, judged: &[Judged<'_>], sink: &mut dyn Sink) {
        if !judged.is_empty() {
            return;
        }
        never_removed(person, self.question.as_of(), sink);
        let placements = person.episodes.iter().flat_map(|e| &e.placements);
        let events = placements.clone().map(|p| p.event);
        let why = |trace: Trace| {
            let stays: Vec<_> = placements.map(in_words).collect();
            let compared = format!("{}; {}", stays.join(", "), self.question.days_in_words());
            trace
                .clause("residential_in_period", false, compared)
                .lacking(Lack::Missing(EventType::PlacementStarted))
        };
        if !person.episodes.is_empty() {
            outside(sink, person.subject, Unit::Child, why, events);
        }
    }

    /// RC-16 is judged on supervised independent living, which counts in its line alone.
    fn independent_living(&self, person: &Person, days: Period, sink: &mut dyn Sink) {
        let active = |p: &&Placement| {
            p.setting == Setting::SupervisedIndependentLiving && is_active(p, days)
        };
        for placement in person.episodes.iter().flat_map(|e| &e.placements).filter(active) {
            let mut cells = Cells::default();
            let state = self.rules.contains(&Rule::AgeGate).then(|| age_gate(person, placement));
            if let Some(state) = state {
                cells.count(["rules", Rule::AgeGate.name(), state.name()], 1);
            }
            let trace = || {
                let born = person.birth.map(|birth| birth.event);
                let events = [placement.event].into_iter().chain(placement.end_event).chain(born);
                let trace = Trace::new(Population::Detail, events);
                let born = person.birth.map_or_else(
                    || "no date of birth".to_owned(),
                    |birth| format!("born {}", birth.birth),
                );
                let compared = |state: State| {
                    format!("{}: placed from {}, {born}", state.name(), placement.start)
                };
                let judged = state.map(|state| (holds(state), compared(state)));
                let (holds, compared) = judged.unwrap_or((None, "not in the list of rules".into()));
                trace.clause(Rule::AgeGate.name(), holds, compared)
            };
            let unit = Unit::Placement(placement.id.1, placement.start);
            self.on(person, unit, last_day(placement, days), cells, &trace, sink);
        }
    }

    /// A child takes the first of violated, unknown, pending, compliant over its placements.
    fn child(&self, person: &Person, judged: &[Judged<'_>], sink: &mut dyn Sink) {
        if judged.is_empty() || self.exclusions.contains(person.subject) {
            return;
        }
        let cells = |parts: &[usize]| {
            let any = |p| parts.iter().any(|i| judged[*i].population == p);
            let count = |names: &[&'static str]| {
                let counters = names.iter().map(|name| ["children", *name, ""]);
                counters.fold(Cells::default(), |cells, counter| cells.with(counter, 1))
            };
            if any(Population::Denominator) {
                count(&["denominator"])
            } else if any(Population::Unknown) {
                count(&["unknown"])
            } else if any(Population::Pending) {
                count(&["pending"])
            } else {
                count(&["numerator", "denominator"])
            }
        };
        let groups = judged.iter().map(|j| j.group).collect();
        let trace = sink.traces().then(|| {
            let trace = Trace::new(Population::Detail, judged.iter().map(|j| j.placement.event));
            judged.iter().fold(trace, |trace, judged| {
                let (start, population) = (judged.placement.start, judged.population.name());
                trace.clause("placement_of_child", None, format!("from {start}: {population}"))
            })
        });
        let division = Division::Parts(groups, Box::new(cells));
        sink.add(Member { subject: person.subject, unit: Unit::Child, division, trace });
    }

    /// Children in care on a day of the period, at the last such day.
    fn in_care(&self, person: &Person, days: Period, sink: &mut dyn Sink) {
        if let Some(day) = person.last_day_in_care(days.start, days.end) {
            let cells = Cells::default().with(["children", "in_care", ""], 1);
            let trace = || {
                in_care_on(person, day).clause("in_care_in_period", true, format!("last on {day}"))
            };
            self.on(person, Unit::Child, day, cells, &trace, sink);
        }
    }

    /// Children in care on the as-of date, by setting.
    fn setting(&self, person: &Person, sink: &mut dyn Sink) {
        let as_of = self.question.as_of();
        if person.in_care_on(as_of) {
            let setting = person.placement_on(as_of).map_or(NO_PLACEMENT, |p| p.setting.code());
            let cells = Cells::default().with(["settings", setting, ""], 1);
            let trace = || {
                let compared = format!("{setting} on {as_of}");
                in_care_on(person, as_of).clause("in_care_on_as_of", true, compared)
            };
            self.on(person, Unit::Child, as_of, cells, &trace, sink);
        }
    }

    /// Hands over what counts in a detail alone, where it belongs on a day.
    fn on(
        &self,
        person: &Person,
        unit: Unit,
        day: Date,
        cells: Cells,
        trace: &dyn Fn() -> Trace,
        sink: &mut dyn Sink,
    ) {
        let division = Division::Whole(Group::of(self.world.place(person, day)), cells);
        let trace = sink.traces().then(trace);
        sink.add(Member { subject: person.subject, unit, division, trace });
    }
}

/// A child in care on a day, with the events that say so and where it was.
fn in_care_on(person: &Person, day: Date) -> Trace {
    let episode = person.episodes.iter().rfind(|episode| episode.contains(day));
    let removal = episode.map(|episode| episode.event);
    let exit = episode.and_then(|episode| episode.exit()).map(|exit| exit.event);
    let placement = person.placement_on(day).map(|placement| placement.event);
    let assigned = person.assignment_on(day).map(|assignment| assignment.event);
    let events = [removal, exit, placement, assigned];
    Trace::new(Population::Detail, events.into_iter().flatten())
}

fn in_words(placement: &Placement) -> String {
    let until = placement.end.map_or_else(String::new, |end| format!(" to {end}"));
    format!("{} from {}{until}", placement.setting.code(), placement.start)
}

/// How a clause holds whose rule came out so.
const fn holds(state: State) -> Option<bool> {
    match state {
        State::Met => Some(true),
        State::Violated => Some(false),
        State::Pending | State::Unknown | State::NotApplicable => None,
    }
}

/// Whether a placement has a day in the period.
fn is_active(placement: &Placement, days: Period) -> bool {
    placement.start <= days.end && placement.end.is_none_or(|end| days.start < end)
}

/// Whether a placement is a member.
fn is_judged(placement: &Placement, days: Period) -> bool {
    residential(placement.setting) && is_active(placement, days)
}

/// The last day of a placement in the period.
fn last_day(placement: &Placement, days: Period) -> Date {
    placement.end.map_or(days.end, |end| end.add_days(-1)).min(days.end)
}

/// Whether a setting is residential: whether the credentials of its facility bear on a number.
#[must_use]
pub const fn residential(setting: Setting) -> bool {
    matches!(
        setting,
        Setting::GroupHome
            | Setting::Shelter
            | Setting::ResidentialTreatment
            | Setting::Qrtp
            | Setting::ChildCareInstitution
            | Setting::ParentingYouth
            | Setting::TraffickingVictim
            | Setting::PsychiatricHospital
    )
}

impl Judge for ResidentialCompliance<'_> {
    fn question(&self) -> &Question {
        &self.question
    }

    fn concerns(&self) -> Vec<Concern> {
        let as_of = self.question.as_of();
        let mut concerns = Concern::on(self.question.days(), Concern::in_care);
        concerns.push(Concern::in_care_on(as_of));
        concerns
    }

    fn reads_evidence(&self, person: &Person) -> bool {
        let mut placements = person.episodes.iter().flat_map(|e| &e.placements);
        self.question.days().is_some_and(|days| placements.any(|p| is_judged(p, days)))
    }

    fn person(&self, person: &Person, sink: &mut dyn Sink) {
        self.setting(person, sink);
        let Some(days) = self.question.days() else { return };
        self.in_care(person, days, sink);
        self.independent_living(person, days, sink);
        let judged = self.judged(person, days, sink.traces());
        self.unplaced(person, &judged, sink);
        judged.iter().for_each(|judged| self.placement(person, judged, sink));
        self.child(person, &judged, sink);
    }

    fn detail(&self, cells: &Cells) -> Json {
        let number = |counter| self.number(&cells.get(counter));
        let rules = self.rules.iter().map(|rule| {
            let states = State::ALL.map(|s| (s.name(), number(["rules", rule.name(), s.name()])));
            (rule.name(), Json::object(states))
        });
        let children = ["numerator", "denominator", "unknown", "pending", "in_care"];
        let settings = Setting::ALL.iter().map(|s| s.code()).chain([NO_PLACEMENT]);
        let settings = settings.filter(|s| !cells.get(["settings", s, ""]).is_zero());
        Json::object([
            ("rules", Json::object(rules)),
            ("children", Json::object(children.map(|c| (c, number(["children", c, ""]))))),
            ("settings", Json::object(settings.map(|s| (s, number(["settings", s, ""]))))),
            ("claimable_days", number(["claimable_days", "", ""])),
            ("pending", number(["pending", "", ""])),
        ])
    }
}
