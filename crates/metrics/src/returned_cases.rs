//! Cases returned to the Division for catastrophic cost or by court order.
//!
//! **Citation.** 13 CSR 35-35.100 (3)(E)4.D; Phase II metrics document.
//!
//! **Populations.** Numerator: children of cases returned in the period for a counted reason.
//! Denominator: children served, that is in care and assigned on at least one day of the period.
//! Returned children count whether or not they were served. A case counts once in a row, by its
//! last return there; its costs follow it whatever their date, as known; a case without a cost is
//! of unknown cost, not of none.
//!
//! **Parameters.** None.
//!
//! **Undetermined by any source.** The threshold of a catastrophic cost, cost rules, baseline.

use events::v1::case::ReturnReason;
use events::{Date, EventType, Json};
use rustc_hash::FxHashMap;
use timeline::{Case, Person, Place, Return, Sym, World};

use crate::exclusions::Exclusions;
use crate::member::outside;
use crate::segments::{Segment, segments};
use crate::{
    Cells, Concern, Division, Group, Judge, Lack, Member, Population, Question, Sink, Trace, Unit,
};

/// The version of this rule; a change of meaning is a new one.
pub(crate) const VERSION: u32 = 1;

/// The judge of returned-cases for one question.
pub(crate) struct ReturnedCases<'w> {
    world: &'w World<'w>,
    question: Question,
    exclusions: Exclusions,
    change_days: Vec<Date>,
    /// Cases that name a child in a return that counts, in order, by the child.
    naming: FxHashMap<Sym, Vec<&'w Case>>,
}

/// The reasons that count.
const COUNTED: [ReturnReason; 2] = [ReturnReason::CatastrophicCost, ReturnReason::CourtOrder];

/// A part of a child: a stretch in which it was served, or a return of a case.
enum Part<'a> {
    Served,
    /// `names_child`: whether this return names the child; the last return of a case decides.
    Return {
        case: &'a Case,
        order: usize,
        reason: ReturnReason,
        names_child: bool,
    },
}

impl<'w> ReturnedCases<'w> {
    pub(crate) fn new(world: &'w World<'w>, question: Question) -> Self {
        let exclusions = Exclusions::of(world, "returned-cases");
        let change_days = world.directory.change_days();
        let naming = FxHashMap::default();
        let mut judge = Self { world, question, exclusions, change_days, naming };
        judge.naming = judge.by_child();
        judge
    }

    fn by_child(&self) -> FxHashMap<Sym, Vec<&'w Case>> {
        let mut naming: FxHashMap<Sym, Vec<&'w Case>> = FxHashMap::default();
        let world = self.world;
        for case in world.cases.iter().filter(|c| !self.exclusions.contains(c.subject)) {
            for (_, r) in self.returns(case) {
                for child in world.names.list(r.children) {
                    let cases = naming.entry(world.merges.canonical(*child)).or_default();
                    // A child may be named more than once in a case.
                    if cases.last().is_none_or(|last| last.subject != case.subject) {
                        cases.push(case);
                    }
                }
            }
        }
        naming
    }

    /// The returns of a case that count, each with its place in history order.
    fn returns<'a>(&'a self, case: &'a Case) -> impl Iterator<Item = (usize, &'a Return)> {
        let counted = |r: &Return| COUNTED.contains(&r.reason) && self.question.counts(r.day);
        case.returns.iter().enumerate().filter(move |(_, r)| counted(r))
    }

    fn group_of(&self, r: &Return) -> Group {
        Group::provider(self.world.prime(r.provider, r.day))
    }

    fn names(&self, r: &Return, person: &Person) -> bool {
        let children = self.world.names.list(r.children);
        children.iter().any(|c| self.world.merges.canonical(*c) == person.subject)
    }

    /// Days of the period on which the child was in care and assigned.
    fn served(&self, person: &Person) -> Vec<Segment> {
        let Some(days) = self.question.days() else { return Vec::new() };
        let mut served = Vec::new();
        for episode in &person.episodes {
            let start = episode.removal.max(days.start);
            let end = episode.end.unwrap_or(Date::MAX).min(days.end.next());
            if start < end {
                served.extend(segments(self.world, &self.change_days, person, start, end));
            }
        }
        served.retain(|s| s.place.provider.is_some());
        served
    }

    fn child(&self, person: &Person, sink: &mut dyn Sink) {
        let mut groups: Vec<Group> = Vec::new();
        let mut parts: Vec<Part<'_>> = Vec::new();
        for segment in self.served(person) {
            let provider = segment.place.provider;
            groups.push(Group::of(Place { provider, ..Place::default() }));
            parts.push(Part::Served);
        }
        for case in self.naming.get(&person.subject).into_iter().flatten() {
            for (order, r) in self.returns(case) {
                groups.push(self.group_of(r));
                let names_child = self.names(r, person);
                parts.push(Part::Return { case, order, reason: r.reason, names_child });
            }
        }
        if parts.is_empty() {
            let why = |trace: Trace| {
                let days = self.question.days_in_words();
                trace
                    .clause("served", false, format!("not in care and assigned; {days}"))
                    .lacking(Lack::Missing(EventType::CaseAssigned))
                    .clause("case_returned", false, days.clone())
                    .lacking(Lack::Missing(EventType::CaseReturned))
            };
            let events = person.episodes.iter().map(|episode| episode.event);
            let events = events.chain(person.assignments.iter().map(|a| a.event));
            outside(sink, person.subject, Unit::Child, why, events);
            return;
        }
        let excluded = self.exclusions.contains(person.subject);
        let cells = |selected: &[usize]| {
            let selected: Vec<_> = selected.iter().map(|i| &parts[*i]).collect();
            count(&selected, excluded)
        };
        let trace = sink.traces().then(|| self.trace(person, &parts, excluded));
        let subject = person.subject;
        // What lies in one group whole need not be divided.
        let division = if groups.iter().all(|group| *group == groups[0]) {
            Division::Whole(groups[0], cells(&(0..parts.len()).collect::<Vec<_>>()))
        } else {
            Division::Parts(groups, Box::new(cells))
        };
        sink.add(Member { subject, unit: Unit::Child, division, trace });
    }

    fn trace(&self, person: &Person, parts: &[Part<'_>], excluded: bool) -> Trace {
        let served = parts.iter().any(|p| matches!(p, Part::Served));
        let all: Vec<_> = parts.iter().collect();
        let returned = !reasons(&all).is_empty();
        let population = match (excluded, returned, served) {
            (true, ..) => Population::Excluded,
            (_, true, _) => Population::Numerator,
            (_, _, true) => Population::Denominator,
            _ => Population::LeftOut,
        };
        let removals = person.episodes.iter().map(|e| e.event);
        let assigned = person.assignments.iter().map(|a| a.event);
        let returns = parts.iter().filter_map(|part| match part {
            Part::Return { case, order, names_child: true, .. } => {
                case.returns.get(*order).map(|r| r.event)
            }
            Part::Return { .. } | Part::Served => None,
        });
        let events = removals.chain(assigned).chain(returns);
        self.exclusions
            .begin_trace(person.subject, population, events)
            .clause("served", served, "in care and assigned on a day of the period")
            .lacking(Lack::Missing(EventType::CaseAssigned))
            .clause("case_returned", returned, "for catastrophic cost or by court order")
            .lacking(Lack::Missing(EventType::CaseReturned))
    }

    fn case(&self, case: &Case, sink: &mut dyn Sink) {
        let returns: Vec<_> = self.returns(case).collect();
        if returns.is_empty() {
            let why = |trace: Trace| {
                let days = self.question.days_in_words();
                let compared = format!("no return for a counted reason; {days}");
                let lack = Lack::Missing(EventType::CaseReturned);
                trace.clause("case_returned", false, compared).lacking(lack)
            };
            outside(sink, case.subject, Unit::Case, why, case.returns.iter().map(|r| r.event));
            return;
        }
        let excluded = self.exclusions.contains(case.subject);
        let cells = |selected: &[usize]| {
            let last = selected.iter().filter_map(|i| returns.get(*i)).max_by_key(|(n, _)| *n);
            if excluded {
                return Cells::excluded();
            }
            let Some((_, r)) = last else { return Cells::default() };
            let reason = r.reason.code();
            let cells = Cells::default().with(["by_reason", reason, "cases"], 1);
            match case.cost_cents() {
                Some(cents) => cells
                    .with(["by_reason", reason, "cost_cents"], cents)
                    .with(["by_reason", reason, "cases_cost_known"], 1),
                None => cells.with(["by_reason", reason, "cases_cost_unknown"], 1),
            }
        };
        let groups = returns.iter().map(|(_, r)| self.group_of(r)).collect();
        let trace = sink.traces().then(|| {
            let events = returns.iter().map(|(_, r)| r.event);
            let costs = case.costs.iter().map(|c| c.event);
            let population = if excluded { Population::Excluded } else { Population::Detail };
            let named = |(_, r): &(usize, &Return)| format!("{} on {}", r.reason.code(), r.day);
            let named: Vec<_> = returns.iter().map(named).collect();
            let cost = case.cost_cents().map_or("unknown".to_owned(), |c| format!("{c} cents"));
            self.exclusions
                .begin_trace(case.subject, population, events.chain(costs))
                .clause("case_returned", true, named.join("; "))
                .clause("cost_known", case.cost_cents().is_some(), cost)
                .lacking(Lack::Missing(EventType::CostRecorded))
        });
        let division = Division::Parts(groups, Box::new(cells));
        sink.add(Member { subject: case.subject, unit: Unit::Case, division, trace });
    }
}

/// The reasons for which the child's cases were returned: of each case by its last return among
/// the parts, if that one names the child.
fn reasons(parts: &[&Part<'_>]) -> Vec<ReturnReason> {
    let mut last: Vec<(&Case, usize, ReturnReason, bool)> = Vec::new();
    for part in parts {
        let Part::Return { case, order, reason, names_child } = part else { continue };
        let returned = (*case, *order, *reason, *names_child);
        match last.iter_mut().find(|(c, ..)| c.subject == case.subject) {
            Some(known) if known.1 < *order => *known = returned,
            Some(_) => {}
            None => last.push(returned),
        }
    }
    let named = last.into_iter().filter(|(.., names_child)| *names_child);
    let mut reasons: Vec<_> = named.map(|(_, _, reason, _)| reason).collect();
    reasons.sort_unstable();
    reasons.dedup();
    reasons
}

fn count(parts: &[&Part<'_>], excluded: bool) -> Cells {
    let served = parts.iter().any(|p| matches!(p, Part::Served));
    let reasons = reasons(parts);
    if excluded {
        let counts = served || !reasons.is_empty();
        return if counts { Cells::excluded() } else { Cells::default() };
    }
    let mut cells = Cells {
        numerator: crate::Amount::whole(i64::from(!reasons.is_empty())),
        denominator: crate::Amount::whole(i64::from(served)),
        ..Cells::default()
    };
    for reason in reasons {
        cells.count(["by_reason", reason.code(), "children"], 1);
    }
    cells
}

impl Judge for ReturnedCases<'_> {
    fn question(&self) -> &Question {
        &self.question
    }

    fn concerns(&self) -> Vec<Concern> {
        let cases = self.world.cases.iter();
        let returns = cases.flat_map(|case| self.returns(case));
        let named = returns.flat_map(|(_, r)| self.world.names.list(r.children)).copied();
        let mut concerns = Concern::on(self.question.days(), Concern::in_care);
        concerns.push(Concern::Named(named.collect()));
        concerns
    }

    fn person(&self, person: &Person, sink: &mut dyn Sink) {
        self.child(person, sink);
    }

    fn others(&self, sink: &mut dyn Sink) {
        for case in &self.world.cases {
            self.case(case, sink);
        }
    }

    fn detail(&self, cells: &Cells) -> Json {
        let get = |reason: ReturnReason, what| cells.get(["by_reason", reason.code(), what]);
        let by_reason = COUNTED.map(|reason| {
            let known = !get(reason, "cases_cost_known").is_zero();
            let no_case = get(reason, "cases").is_zero();
            let cost =
                if known || no_case { self.number(&get(reason, "cost_cents")) } else { Json::Null };
            let number = |what| (what, self.number(&get(reason, what)));
            let line = [
                number("cases"),
                number("children"),
                ("cost_cents", cost),
                number("cases_cost_unknown"),
            ];
            (reason.code(), Json::object(line))
        });
        let cases = COUNTED.iter().map(|r| get(*r, "cases").count()).sum();
        Json::object([("by_reason", Json::object(by_reason)), ("cases", Json::Int(cases))])
    }
}
