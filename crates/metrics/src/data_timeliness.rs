//! What is said of children, entered in time.
//!
//! **Citation.** FACES data timeliness memo: placement changes, legal status, entries and exits
//! within 2 business days, everything else within 30 days.
//!
//! **Populations.** A member is a live event on a child's stream that is true on one of the days
//! that count; merged identities are none, and a correction is no event of its own: the date is that
//! of the event as it stands, the entry that of the original. Numerator: entered in time. Removals,
//! exits, starts and ends of placements and legal statuses have 2 business days behind the day on
//! which they are true, all others 30 days, the last one included; an early entry is in time.
//!
//! **Parameters** (default first). clock = recorded | source: when the log took the original, or
//! when the source did (`time`; an event without it is unknown). Days are those in Chicago; business
//! days are those of the calendars in force.
//!
//! **Undetermined by any source.** The holiday calendar is published as policy.

use events::{Date, EventType, Json};
use timeline::{Entry, Person, PolicyKey, World};

use crate::business_days::Calendar;
use crate::exclusions::Exclusions;
use crate::judge::fractions;
use crate::member::outside;
use crate::{
    Cells, Concern, Division, Group, Judge, Lack, Member, Population, Question, Sink, Trace, Unit,
};

/// Business days within which a change of status is entered.
const BUSINESS_DAYS: usize = 2;
/// Days within which everything else is entered.
const DAYS: i32 = 30;

/// Whether what is true on a day and entered on another was entered in time.
#[must_use]
pub fn entered_in_time(
    of_status: bool,
    effective: Date,
    entered: Date,
    calendar: &Calendar,
) -> bool {
    if of_status {
        calendar.at_most(BUSINESS_DAYS, effective, entered)
    } else {
        effective.days_until(entered) <= DAYS
    }
}

/// The version of this rule; a change of meaning is a new one.
pub(crate) const VERSION: u32 = 1;

/// The judge of data-timeliness for one question.
pub(crate) struct DataTimeliness<'w> {
    world: &'w World<'w>,
    question: Question,
    by_source: bool,
    calendar: Calendar,
    exclusions: Exclusions,
}

impl<'w> DataTimeliness<'w> {
    pub(crate) fn new(world: &'w World<'w>, question: Question) -> Self {
        let by_source = question.word("clock") == "source";
        let calendar = Calendar::of(&world.policy);
        let exclusions = Exclusions::of(world, "data-timeliness");
        Self { world, question, by_source, calendar, exclusions }
    }

    fn entered_on(&self, entry: &Entry) -> Option<Date> {
        let entered = self.world.entered;
        if self.by_source {
            entered.source_on(entry.original)
        } else {
            entered.recorded_on(entry.original)
        }
    }

    fn entry(&self, person: &Person, entry: &Entry, sink: &mut dyn Sink) {
        let entered = self.entered_on(entry);
        let in_time =
            entered.map(|on| entered_in_time(entry.of_status, entry.day, on, &self.calendar));
        let population = if self.exclusions.contains(person.subject) {
            Population::Excluded
        } else {
            in_time.map_or(Population::Unknown, Population::decided)
        };
        let mut cells = Cells::of(population);
        if matches!(population, Population::Numerator | Population::Denominator) {
            let part = if entry.of_status { "two_business_days" } else { "thirty_days" };
            cells.count([part, "denominator", ""], 1);
            cells.count([part, "numerator", ""], i64::from(population == Population::Numerator));
        }
        let trace = sink.traces().then(|| self.trace(person, entry, entered, population));
        let group = Group::of(self.world.place(person, entry.day)).in_month(entry.day);
        let (subject, unit) = (person.subject, Unit::Entry(entry.original));
        sink.add(Member { subject, unit, division: Division::Whole(group, cells), trace });
    }

    fn trace(
        &self,
        person: &Person,
        entry: &Entry,
        entered: Option<Date>,
        population: Population,
    ) -> Trace {
        let mut events = vec![entry.original, entry.event];
        events.extend(person.assignment_on(entry.day).map(|a| a.event));
        if entry.of_status {
            let (year, ..) = entry.day.ymd();
            let key = PolicyKey::Calendar(year.unsigned_abs());
            events.extend(self.world.policy.get(&key).map(|calendar| calendar.original));
        }
        let trace = self.exclusions.begin_trace(person.subject, population, events);
        let Some(entered) = entered else {
            return trace
                .clause("entry_has_a_time", None, "the source does not say when it took it")
                .lacking(Lack::Contrary(entry.original));
        };
        let limit = if entry.of_status {
            format!("{BUSINESS_DAYS} business days")
        } else {
            format!("{DAYS} days")
        };
        let compared = format!("true on {}, entered on {entered}, within {limit}", entry.day);
        let in_time = entered_in_time(entry.of_status, entry.day, entered, &self.calendar);
        trace.clause("entered_in_time", in_time, compared).lacking(Lack::Late(entry.original))
    }
}

impl Judge for DataTimeliness<'_> {
    fn question(&self) -> &Question {
        &self.question
    }

    fn concerns(&self) -> Vec<Concern> {
        Concern::on(self.question.days(), Concern::Said)
    }

    fn reads_entries(&self) -> bool {
        true
    }

    fn person(&self, person: &Person, sink: &mut dyn Sink) {
        let mut any = false;
        for entry in person.entries.iter().filter(|entry| self.question.counts(entry.day)) {
            self.entry(person, entry, sink);
            any = true;
        }
        if !any {
            let why = |trace: Trace| {
                trace
                    .clause("true_in_period", false, self.question.days_in_words())
                    .lacking(Lack::Missing(EventType::RemovalRecorded))
            };
            outside(sink, person.subject, Unit::Child, why, []);
        }
    }

    fn detail(&self, cells: &Cells) -> Json {
        let parts = ["two_business_days", "thirty_days"];
        Json::object(
            parts.map(|name| (name, fractions(|part| self.number(&cells.get([name, part, ""]))))),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(text: &str) -> Date {
        text.parse().expect("a date")
    }

    #[test]
    fn the_last_day_is_in_time() {
        let in_time = |of_status, effective, entered| {
            entered_in_time(of_status, date(effective), date(entered), &Calendar::default())
        };
        // From a Thursday.
        assert!(in_time(true, "2024-05-23", "2024-05-27"));
        assert!(!in_time(true, "2024-05-23", "2024-05-28"));
        assert!(in_time(true, "2024-05-23", "2024-05-01"), "early");
        assert!(in_time(false, "2024-01-01", "2024-01-31"));
        assert!(!in_time(false, "2024-01-01", "2024-02-01"));
    }
}
