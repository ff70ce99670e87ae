//! Hearings held by the day on which the law wants them.
//!
//! **Citation.** RSMo 211.032: protective custody hearing within 3 days but for Saturdays, Sundays
//! and legal holidays, adjudication within 60 and disposition within 90 days. RSMo 210.720: a
//! permanency hearing within 12 months of the first placement, and yearly. 42 USC 675(5)(C): the
//! same from federal entry.
//!
//! **Populations.** A member is a due date of an episode in the period, the last day that counts
//! included, whatever is still to come. Three clocks run from the removal and are due once, day of
//! removal first; `state-permanency` from the first placement (none: no clock) and
//! `federal-permanency` from federal entry are due on every anniversary. After the exit nothing is
//! due; on its day it is. Numerator: a hearing of the clock's kind from the start of the clock, or
//! the day behind the due date before, up to the due date. An episode whose dates contradict others
//! (`conflicting_episodes`) is unknown; one without a day in care has no due date.
//!
//! **Parameters.** None. Business days are those of the calendars in force.
//!
//! **Undetermined by any source.** Reviews every 90 to 120 days are not in this metric.

use events::v1::child::HearingKind;
use events::{Date, EventType, Json};
use smallvec::SmallVec;
use timeline::{Episode, Hearing, Person, PolicyKey, World};

use crate::business_days::Calendar;
use crate::exclusions::Exclusions;
use crate::judge::fractions;
use crate::member::{never_removed, outside};
use crate::timely_permanency::{doubts, federal_entry};
use crate::{
    Cells, Concern, Division, Group, Judge, Lack, Member, Population, Question, Sink, Trace, Unit,
};

const PROTECTIVE_CUSTODY_BUSINESS_DAYS: usize = 3;
const ADJUDICATION_DAYS: i32 = 60;
const DISPOSITION_DAYS: i32 = 90;
const PERMANENCY_MONTHS: u32 = 12;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Clock {
    ProtectiveCustody,
    Adjudication,
    Disposition,
    StatePermanency,
    FederalPermanency,
}

impl Clock {
    const ALL: [Self; 5] = [
        Self::ProtectiveCustody,
        Self::Adjudication,
        Self::Disposition,
        Self::StatePermanency,
        Self::FederalPermanency,
    ];

    const fn name(self) -> &'static str {
        match self {
            Self::ProtectiveCustody => "protective-custody",
            Self::Adjudication => "adjudication",
            Self::Disposition => "disposition",
            Self::StatePermanency => "state-permanency",
            Self::FederalPermanency => "federal-permanency",
        }
    }

    /// The kind of hearing that is due.
    const fn kind(self) -> HearingKind {
        match self {
            Self::ProtectiveCustody => HearingKind::ProtectiveCustody,
            Self::Adjudication => HearingKind::Adjudication,
            Self::Disposition => HearingKind::Disposition,
            Self::StatePermanency | Self::FederalPermanency => HearingKind::Permanency,
        }
    }
}

/// A hearing that is due by a day.
#[derive(Debug, Clone, Copy)]
struct Due {
    clock: Clock,
    /// The first day on which it may be held.
    from: Date,
    day: Date,
}

impl Due {
    fn hearings<'a>(&self, person: &'a Person) -> impl Iterator<Item = &'a Hearing> + use<'a> {
        let kind = self.clock.kind();
        person.hearings.iter().filter(move |hearing| hearing.kind == kind)
    }

    /// The hearing that was held in time.
    fn met<'a>(&self, person: &'a Person) -> Option<&'a Hearing> {
        self.hearings(person).find(|hearing| self.from <= hearing.day && hearing.day <= self.day)
    }
}

/// The version of this rule; a change of meaning is a new one.
pub(crate) const VERSION: u32 = 1;

/// The judge of hearing-timeliness for one question.
pub(crate) struct HearingTimeliness<'w> {
    world: &'w World<'w>,
    question: Question,
    calendar: Calendar,
    exclusions: Exclusions,
}

impl<'w> HearingTimeliness<'w> {
    pub(crate) fn new(world: &'w World<'w>, question: Question) -> Self {
        let calendar = Calendar::of(&world.policy);
        let exclusions = Exclusions::of(world, "hearing-timeliness");
        Self { world, question, calendar, exclusions }
    }

    /// What is due for an episode on the days that count.
    fn dues(&self, person: &Person, episode: &Episode) -> SmallVec<[Due; 4]> {
        let mut dues = SmallVec::new();
        let Some(days) = self.question.days() else { return dues };
        if episode.doubts.exit_not_after_removal {
            return dues;
        }
        let last = episode.end.map_or(days.end, |end| end.min(days.end));
        let mut put = |due: Due| {
            if days.start <= due.day && due.day <= last {
                dues.push(due);
            }
        };
        let removal = episode.removal;
        let once = [
            (
                Clock::ProtectiveCustody,
                self.calendar.add(removal, PROTECTIVE_CUSTODY_BUSINESS_DAYS),
            ),
            (Clock::Adjudication, removal.add_days(ADJUDICATION_DAYS)),
            (Clock::Disposition, removal.add_days(DISPOSITION_DAYS)),
        ];
        once.into_iter().for_each(|(clock, day)| put(Due { clock, from: removal, day }));
        let seen = episode.end.unwrap_or_else(|| self.question.as_of());
        let yearly = [
            (Clock::StatePermanency, episode.placements.first().map(|first| first.start)),
            (Clock::FederalPermanency, Some(federal_entry(person, episode, seen))),
        ];
        for (clock, start) in yearly {
            let Some(start) = start else { continue };
            let mut from = start;
            for n in 1.. {
                let day = start.add_months(PERMANENCY_MONTHS * n);
                put(Due { clock, from, day });
                if day >= last {
                    break;
                }
                from = day.next();
            }
        }
        dues
    }

    fn due(&self, person: &Person, episode: &Episode, due: &Due, sink: &mut dyn Sink) {
        let met = due.met(person);
        let population = if self.exclusions.contains(person.subject) {
            Population::Excluded
        } else if episode.doubts.conflicting_episodes {
            Population::Unknown
        } else {
            Population::decided(met.is_some())
        };
        let mut cells = Cells::of(population);
        if matches!(population, Population::Numerator | Population::Denominator) {
            let name = due.clock.name();
            cells.count(["by_clock", name, "denominator"], 1);
            cells.count(["by_clock", name, "numerator"], i64::from(met.is_some()));
        }
        let trace = sink.traces().then(|| self.trace(person, episode, due, population));
        let group = Group::of(self.world.place(person, due.day)).in_month(due.day);
        let (subject, unit) = (person.subject, Unit::Due(due.clock.name(), due.day));
        sink.add(Member { subject, unit, division: Division::Whole(group, cells), trace });
    }

    fn trace(
        &self,
        person: &Person,
        episode: &Episode,
        due: &Due,
        population: Population,
    ) -> Trace {
        let met = due.met(person).map(|hearing| (hearing.day, hearing.event));
        let late = due.hearings(person).find(|hearing| hearing.day > due.day);
        let late = late.filter(|_| met.is_none()).map(|hearing| hearing.event);
        let mut events = vec![episode.event];
        events.extend(episode.exits.iter().map(|exit| exit.event));
        events.extend(person.assignment_on(due.day).map(|a| a.event));
        events.extend(met.map(|(_, event)| event).or(late));
        match due.clock {
            Clock::ProtectiveCustody => {
                let (year, ..) = due.day.ymd();
                let key = PolicyKey::Calendar(year.unsigned_abs());
                events.extend(self.world.policy.get(&key).map(|calendar| calendar.original));
            }
            Clock::StatePermanency => {
                events.extend(episode.placements.first().map(|first| first.event));
            }
            Clock::FederalPermanency => {
                let seen = episode.end.unwrap_or_else(|| self.question.as_of());
                let entry = federal_entry(person, episode, seen);
                let found = person.findings.iter().filter(|(day, ..)| *day == entry);
                events.extend(found.map(|(_, _, event)| *event));
            }
            Clock::Adjudication | Clock::Disposition => {}
        }
        let trace = self.exclusions.begin_trace(person.subject, population, events);
        if episode.doubts.conflicting_episodes {
            let last = episode.exits.last().map_or(episode.event, |exit| exit.event);
            return trace
                .clause("dates_can_be_trusted", false, doubts(episode))
                .lacking(Lack::Contrary(last));
        }
        let held = met.map_or_else(|| "none".to_owned(), |(day, _)| day.to_string());
        let compared =
            format!("{} hearing from {} by {}: {held}", due.clock.kind().code(), due.from, due.day);
        trace
            .clause("held_by_due_date", met.is_some(), compared)
            .lacking(Lack::late_or(late, EventType::HearingHeld))
    }

    /// Says that nothing is due for an episode on the days that count.
    fn nothing_due(&self, person: &Person, episode: &Episode, sink: &mut dyn Sink) {
        let exits = episode.exits.iter().map(|exit| exit.event);
        let why = |trace: Trace| {
            let left = episode.end.map_or_else(String::new, |end| format!(", left {end}"));
            let days = self.question.days_in_words();
            let compared = format!("removed {}{left}; {days}", episode.removal);
            trace.clause("due_in_period", false, compared)
        };
        let events = [episode.event].into_iter().chain(exits);
        outside(sink, person.subject, Unit::Episode(episode.removal), why, events);
    }
}

impl Judge for HearingTimeliness<'_> {
    fn question(&self) -> &Question {
        &self.question
    }

    fn concerns(&self) -> Vec<Concern> {
        Concern::on(self.question.days(), Concern::in_care)
    }

    fn reads_evidence(&self, person: &Person) -> bool {
        person.episodes.iter().any(|episode| !self.dues(person, episode).is_empty())
    }

    fn person(&self, person: &Person, sink: &mut dyn Sink) {
        for episode in &person.episodes {
            let dues = self.dues(person, episode);
            dues.iter().for_each(|due| self.due(person, episode, due, sink));
            if dues.is_empty() {
                self.nothing_due(person, episode, sink);
            }
        }
        never_removed(person, self.question.as_of(), sink);
    }

    fn detail(&self, cells: &Cells) -> Json {
        let by_clock = Clock::ALL.map(|clock| {
            let name = clock.name();
            (name, fractions(|part| self.number(&cells.get(["by_clock", name, part]))))
        });
        Json::object([("by_clock", Json::object(by_clock))])
    }
}
