//! What the federal indicators share (CFSR statewide data indicators, Washington State's port of
//! the syntax): which records are dropped, months, ages, the trial-home-visit adjustment.

use events::v1::child::{ExitReason, Setting};
use events::{Date, EventType, Json};
use timeline::{Episode, Person, World};

use crate::exclusions::Exclusions;
use crate::goals::permanency;
use crate::member::{never_removed, outside};
use crate::timely_permanency::doubts;
use crate::{Cells, Division, Group, Judge, Lack, Member, Population, Question, Sink, Trace, Unit};

/// Stays shorter than this are left out once they are complete.
const SHORT_STAY_DAYS: i32 = 8;
/// Entries at this age are left out.
pub(crate) const ADULT: i32 = 18;
/// Entries at this age are no record of a child.
const TOO_OLD: i32 = 21;
/// A trial home visit longer than this adjusts the length of a stay.
pub(crate) const VISIT_DAYS: i32 = 30;
/// Months within which an outcome counts.
pub(crate) const MONTHS: u32 = 12;

/// What a federal indicator is made of.
pub(crate) struct Cfsr<'w> {
    pub(crate) world: &'w World<'w>,
    pub(crate) question: Question,
    pub(crate) exclusions: Exclusions,
    /// Whether the anniversary itself is in time.
    inclusive: bool,
}

impl<'w> Cfsr<'w> {
    pub(crate) fn new(world: &'w World<'w>, question: Question) -> Self {
        let exclusions = Exclusions::of(world, question.asked.metric.name());
        let inclusive = question.word("anniversary") == "inclusive";
        Self { world, question, exclusions, inclusive }
    }

    /// Whether `end` is within twelve months of `start`: under 12 full months, or, with
    /// anniversary=inclusive, by the anniversary.
    pub(crate) fn within_a_year(&self, start: Date, end: Date) -> bool {
        if self.inclusive {
            end <= start.add_months(MONTHS)
        } else {
            start.full_months_until(end) < MONTHS.cast_signed()
        }
    }

    /// Whether a stay adjusted for a trial home visit is within twelve months: its full months to
    /// the visit and one more, or, with anniversary=inclusive, 30 days of the visit.
    pub(crate) fn adjusted_within_a_year(&self, start: Date, visit: Date) -> bool {
        if self.inclusive {
            visit.add_days(VISIT_DAYS) <= start.add_months(MONTHS)
        } else {
            start.full_months_until(visit) + 1 < MONTHS.cast_signed()
        }
    }

    /// Exit, or as-of date.
    pub(crate) fn last(&self, episode: &Episode) -> Date {
        episode.exit().map_or(self.question.as_of(), |exit| exit.day)
    }

    /// The day after the as-of date: the first on which a further outcome could come.
    pub(crate) fn next_day(&self) -> Date {
        self.question.as_of().next()
    }

    /// Hands over a member, in its population.
    pub(crate) fn add(
        &self,
        person: &Person,
        unit: Unit,
        day: Date,
        found: &Found<'_>,
        sink: &mut dyn Sink,
    ) {
        let excluded = self.exclusions.contains(person.subject);
        let population = if excluded { Population::Excluded } else { found.population };
        let cells = match population {
            Population::Excluded => Cells::excluded(),
            _ => found.cells.clone(),
        };
        let trace = sink.traces().then(|| {
            let holds = match population {
                Population::Numerator => Some(true),
                Population::Denominator => Some(false),
                _ => None,
            };
            self.exclusions
                .begin_trace(person.subject, population, found.events())
                .clause("in_numerator", holds, found.compared())
                .lacking(found.lack)
        });
        let division = Division::Whole(Group::of(self.world.place(person, day)), cells);
        sink.add(Member { subject: person.subject, unit, division, trace });
    }

    /// Counts the dropped records among these episodes as unknown, one per episode, and gives
    /// those that remain.
    pub(crate) fn drop_records<'a>(
        &self,
        person: &'a Person,
        counted: impl Fn(&Episode) -> bool,
        sink: &mut dyn Sink,
    ) -> Vec<&'a Episode> {
        let mut kept = Vec::new();
        for episode in &person.episodes {
            if !dropped(person, episode) {
                kept.push(episode);
            } else if counted(episode) {
                let last = episode.exits.last().map_or(episode.event, |exit| exit.event);
                let doubtful = Some(Lack::Contrary(last)).filter(|_| episode.doubts.any());
                let born = person.birth.map(|birth| birth.event);
                let age = Lack::contrary_or(born, EventType::ChildRegistered);
                let found = Found::of(Population::Unknown, episode, Why::Dropped);
                let found = Found { lack: doubtful.or(Some(age)), ..found };
                self.add(person, Unit::Episode(episode.removal), self.last(episode), &found, sink);
            }
        }
        kept
    }
}

impl Cfsr<'_> {
    /// Says, where the sink asks for it, that no episode of a child counts, and what each was
    /// compared with.
    pub(crate) fn none_counts(&self, person: &Person, rule: &str, sink: &mut dyn Sink) {
        never_removed(person, self.question.as_of(), sink);
        if person.episodes.is_empty() {
            return;
        }
        let why = |trace: Trace| {
            let days = self.question.days_in_words();
            person.episodes.iter().fold(trace, |trace, episode| {
                let left = episode.exit().map_or_else(String::new, |e| format!(", left {}", e.day));
                let compared = format!("removed {}{left}; {rule}; {days}", episode.removal);
                trace.clause("in_initial_population", false, compared)
            })
        };
        let events = person.episodes.iter().flat_map(|episode| {
            [episode.event].into_iter().chain(episode.exit().map(|exit| exit.event))
        });
        outside(sink, person.subject, Unit::Child, why, events);
    }
}

/// A member before decisions on exclusions.
pub(crate) struct Found<'a> {
    pub(crate) population: Population,
    pub(crate) cells: Cells,
    pub(crate) episode: &'a Episode,
    pub(crate) why: Why<'a>,
    pub(crate) lack: Option<Lack>,
}

/// Why it is found so; put into words where a trace is asked for.
pub(crate) enum Why<'a> {
    /// The record is dropped.
    Dropped,
    /// How the episode ended.
    Outcome,
    /// So many moves in so many days, in these episodes.
    Moves(i64, i64, &'a [&'a Episode]),
}

impl<'a> Found<'a> {
    /// One member of a population.
    fn of(population: Population, episode: &'a Episode, why: Why<'a>) -> Self {
        Self { population, cells: Cells::of(population), episode, why, lack: None }
    }

    /// A member whose outcome is decided, or, `None`, could still come.
    pub(crate) fn outcome(met: Option<bool>, episode: &'a Episode) -> Self {
        let population = met.map_or(Population::Pending, Population::decided);
        let lack = match episode.exit() {
            Some(exit) if permanency(exit.reason) => Lack::Late(exit.event),
            exit => Lack::contrary_or(exit.map(|exit| exit.event), EventType::EpisodeClosed),
        };
        Self { lack: Some(lack), ..Self::of(population, episode, Why::Outcome) }
    }

    fn events(&self) -> Vec<timeline::Pos> {
        let mut events = vec![self.episode.event];
        events.extend(self.episode.exits.iter().map(|e| e.event));
        if let Why::Moves(_, _, episodes) = self.why {
            events.extend(episodes.iter().flat_map(|e| e.placements.iter().map(|p| p.event)));
        }
        events
    }

    fn compared(&self) -> String {
        let episode = self.episode;
        match self.why {
            Why::Dropped if episode.doubts.any() => doubts(episode),
            Why::Dropped => "no date of birth, or born after removal, or 21 or older".to_owned(),
            Why::Moves(moves, days, _) => format!("{moves} moves in {days} days"),
            Why::Outcome => match episode.exit() {
                Some(exit) => format!(
                    "removed {}, left to {} on {}",
                    episode.removal,
                    exit.reason.code(),
                    exit.day
                ),
                None => format!("removed {}, still in care", episode.removal),
            },
        }
    }
}

/// Records that no indicator counts: no birth date, doubtful, born after removal, 21 or older.
fn dropped(person: &Person, episode: &Episode) -> bool {
    let Some(registered) = person.birth else { return true };
    episode.doubts.any()
        || episode.removal < registered.birth
        || episode.removal >= registered.birth.birthday(TOO_OLD)
}

/// The 18th birthday; dropped records have no other use for it.
pub(crate) fn adult_on(person: &Person) -> Date {
    person.birth.map_or(Date::MAX, |registered| registered.birth.birthday(ADULT))
}

/// Entries at 18 or older and completed stays under 8 days count for nothing.
pub(crate) fn counts(person: &Person, episode: &Episode) -> bool {
    let short =
        episode.exit().is_some_and(|exit| episode.removal.days_until(exit.day) < SHORT_STAY_DAYS);
    episode.removal < adult_on(person) && !short
}

/// The start of the trial home visit that ends a stay, if it lasted over 30 days by `end`.
pub(crate) fn long_visit(episode: &Episode, end: Date) -> Option<Date> {
    let last = episode.placements.last()?;
    let visit_end = last.end.unwrap_or(end);
    let long = last.start.days_until(visit_end) > VISIT_DAYS;
    (last.setting == Setting::TrialHomeVisit && long).then_some(last.start)
}

/// Exits after which a child may re-enter (P4): all permanent ones but adoption.
pub(crate) const fn may_reenter(exit: ExitReason) -> bool {
    matches!(exit, ExitReason::Reunification | ExitReason::Relative | ExitReason::Guardianship)
}

/// While an outcome could still come, a row has no value.
pub(crate) fn no_value_while_pending(cells: &Cells) -> Option<crate::Reason> {
    if !cells.get(["pending", "", ""]).is_zero() {
        return Some(crate::Reason::FollowUpIncomplete);
    }
    cells.denominator.is_zero().then_some(crate::Reason::ZeroDenominator)
}

/// `{pending}`.
pub(crate) fn pending_detail(judge: &dyn Judge, cells: &Cells) -> Json {
    Json::object([("pending", judge.number(&cells.get(["pending", "", ""])))])
}
