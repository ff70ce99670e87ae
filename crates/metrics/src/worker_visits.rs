//! Children seen by a worker in every month in care.
//!
//! **Citation.** 13 CSR 35-35.100 (3)(E)1 (worker/child visit completion, listed, not defined);
//! 42 USC 624(f): visits in 95 percent of the months in care, half of them in the residence.
//!
//! **Populations.** A member is a child in a calendar month that lies wholly in the days that count
//! and on each day of which the child is in care, in whatever setting and at whatever age.
//! Numerator: months with a face-to-face visit by any worker. `in_residence`: of these, those with
//! such a visit at the child's residence.
//!
//! **Parameters.** month_rule = full_calendar.
//!
//! **Undetermined by any source.** Benchmark and weight; which months count, beside the full ones.

use events::v1::child::VisitPlace;
use events::{Date, EventType, Json};
use timeline::{Person, Visit, World};

use crate::exclusions::Exclusions;
use crate::judge::fractions;
use crate::member::{never_removed, outside};
use crate::{
    Cells, Concern, Division, Group, Judge, Lack, Member, Period, Population, Question, Sink,
    Trace, Unit,
};

/// The version of this rule; a change of meaning is a new one.
pub(crate) const VERSION: u32 = 1;

/// The judge of worker-visits for one question.
pub(crate) struct WorkerVisits<'w> {
    world: &'w World<'w>,
    question: Question,
    months: Vec<Period>,
    exclusions: Exclusions,
}

impl<'w> WorkerVisits<'w> {
    pub(crate) fn new(world: &'w World<'w>, question: Question) -> Self {
        let months = question.days().map_or_else(Vec::new, |days| days.whole_months().collect());
        let exclusions = Exclusions::of(world, "worker-visits");
        Self { world, question, months, exclusions }
    }

    fn month(&self, person: &Person, month: Period, sink: &mut dyn Sink) {
        let seen = visits(person, month).any(|visit| visit.face_to_face);
        let at_home = |visit: &Visit| visit.face_to_face && visit.place == VisitPlace::Residence;
        let home = visits(person, month).any(at_home);
        let excluded = self.exclusions.contains(person.subject);
        let population = if excluded { Population::Excluded } else { Population::decided(seen) };
        let mut cells = Cells::of(population);
        if population == Population::Numerator {
            cells.count(["in_residence", "denominator", ""], 1);
            cells.count(["in_residence", "numerator", ""], i64::from(home));
        }
        let trace = sink.traces().then(|| self.trace(person, month, population));
        let group = Group::of(self.world.place(person, month.end)).in_month(month.end);
        let (subject, unit) = (person.subject, Unit::Month(month.start));
        sink.add(Member { subject, unit, division: Division::Whole(group, cells), trace });
    }

    fn trace(&self, person: &Person, month: Period, population: Population) -> Trace {
        let there = |e: &&timeline::Episode| {
            e.removal <= month.end && e.end.is_none_or(|end| end > month.start)
        };
        let episodes = person.episodes.iter().filter(there);
        let mut events: Vec<_> = episodes
            .flat_map(|e| [e.event].into_iter().chain(e.exits.iter().map(|exit| exit.event)))
            .collect();
        events.extend(person.assignment_on(month.end).map(|a| a.event));
        events.extend(visits(person, month).map(|visit| visit.event));
        let seen: Vec<&Visit> = visits(person, month).filter(|v| v.face_to_face).collect();
        let not_seen = visits(person, month).next().map(|visit| visit.event);
        let in_words = |visit: &&Visit| format!("{} ({})", visit.day, visit.place.code());
        let compared = match seen.as_slice() {
            [] => format!("none from {} to {}", month.start, month.end),
            seen => seen.iter().map(in_words).collect::<Vec<_>>().join(", "),
        };
        self.exclusions
            .begin_trace(person.subject, population, events)
            .clause("in_care_all_month", true, format!("{} to {}", month.start, month.end))
            .clause("seen_face_to_face", !seen.is_empty(), compared)
            .lacking(Lack::contrary_or(not_seen, EventType::VisitRecorded))
    }

    /// Says that a child is in care throughout none of the months.
    fn no_month(&self, person: &Person, sink: &mut dyn Sink) {
        let why = |trace: Trace| {
            let months = match (self.months.first(), self.months.last()) {
                (Some(first), Some(last)) => {
                    format!("full months from {} to {}", first.start, last.end)
                }
                _ => "no full month counts".to_owned(),
            };
            let compared = format!("in care throughout none; {months}");
            trace.clause("in_care_all_month", false, compared)
        };
        let events = person
            .episodes
            .iter()
            .flat_map(|e| [e.event].into_iter().chain(e.exits.iter().map(|exit| exit.event)));
        outside(sink, person.subject, Unit::Child, why, events);
    }
}

impl Judge for WorkerVisits<'_> {
    fn question(&self) -> &Question {
        &self.question
    }

    fn concerns(&self) -> Vec<Concern> {
        let (first, last) = (self.months.first(), self.months.last());
        let in_care = |(first, last): (&Period, &Period)| Concern::InCare {
            days: Period { start: first.start, end: last.end },
            removed_by: last.start,
        };
        first.zip(last).map(in_care).into_iter().collect()
    }

    fn reads_evidence(&self, person: &Person) -> bool {
        self.months.iter().any(|month| in_care_throughout(person, *month))
    }

    fn person(&self, person: &Person, sink: &mut dyn Sink) {
        let mut any = false;
        for month in self.months.iter().filter(|month| in_care_throughout(person, **month)) {
            self.month(person, *month, sink);
            any = true;
        }
        never_removed(person, self.question.as_of(), sink);
        if !any && !person.episodes.is_empty() {
            self.no_month(person, sink);
        }
    }

    fn detail(&self, cells: &Cells) -> Json {
        let in_residence = fractions(|part| self.number(&cells.get(["in_residence", part, ""])));
        Json::object([("in_residence", in_residence)])
    }
}

/// Whether a child is in care on each day of a month.
fn in_care_throughout(person: &Person, month: Period) -> bool {
    let mut day = month.start;
    while day <= month.end {
        let there = person.episodes.iter().filter(|episode| episode.contains(day));
        let Some(end) = there.map(|e| e.end.unwrap_or(Date::MAX)).max() else { return false };
        if end == Date::MAX {
            return true;
        }
        day = end;
    }
    true
}

/// The visits of a month.
fn visits(person: &Person, month: Period) -> impl Iterator<Item = &Visit> {
    let from = person.visits.partition_point(|visit| visit.day < month.start);
    person.visits[from..].iter().take_while(move |visit| visit.day <= month.end)
}
