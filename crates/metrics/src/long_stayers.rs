//! Children in care for more than two years.
//!
//! **Citation.** RSMo 210.730: at most 30 percent of the children in any fiscal year.
//!
//! **Populations.** A member is a child in care on the as-of date, by the episode it is in (of
//! several that overlap, the last). Numerator: in care for more than 24 months, so that the as-of
//! date lies behind the removal plus 24 months; the anniversary itself is not more. A child in an
//! episode whose dates contradict others (`conflicting_episodes`) is unknown.
//!
//! **Parameters** (default first). months = 24.
//!
//! **Undetermined by any source.** Whether the year's share is counted on one day or over the year.

use events::{Date, Json};
use smallvec::SmallVec;
use timeline::{Episode, Person, World};

use crate::exclusions::Exclusions;
use crate::member::{never_removed, outside};
use crate::timely_permanency::doubts;
use crate::{
    Cells, Concern, Division, Group, Judge, Lack, Member, Population, Question, Sink, Trace, Unit,
};

/// The version of this rule; a change of meaning is a new one.
pub(crate) const VERSION: u32 = 1;

/// The judge of long-stayers for one question.
pub(crate) struct LongStayers<'w> {
    world: &'w World<'w>,
    question: Question,
    months: u32,
    exclusions: Exclusions,
}

impl<'w> LongStayers<'w> {
    pub(crate) fn new(world: &'w World<'w>, question: Question) -> Self {
        let months = u32::try_from(question.number("months")).unwrap_or(0);
        let exclusions = Exclusions::of(world, "long-stayers");
        Self { world, question, months, exclusions }
    }

    /// Why the child counts so, by the episodes that it is in on the as-of date.
    fn trace(&self, person: &Person, here: &[&Episode], population: Population) -> Trace {
        let as_of = self.question.as_of();
        let events = here.iter().flat_map(|episode| {
            [episode.event].into_iter().chain(episode.exits.iter().map(|exit| exit.event))
        });
        let events = events.chain(person.assignment_on(as_of).map(|a| a.event));
        let trace = self.exclusions.begin_trace(person.subject, population, events);
        let Some(episode) = here.last() else { return trace };
        if let Some(doubtful) = here.iter().find(|e| e.doubts.conflicting_episodes) {
            let last = doubtful.exits.last().map_or(doubtful.event, |exit| exit.event);
            return trace
                .clause("dates_can_be_trusted", false, doubts(doubtful))
                .lacking(Lack::Contrary(last));
        }
        let limit = self.limit(episode);
        let compared = format!(
            "removed {}, in care on {as_of}; {} months are over on {limit}",
            episode.removal, self.months
        );
        trace
            .clause("longer_than_months", as_of > limit, compared)
            .lacking(Lack::Contrary(episode.event))
    }

    /// The last day on which a stay is not too long.
    fn limit(&self, episode: &Episode) -> Date {
        episode.removal.add_months(self.months)
    }
}

impl Judge for LongStayers<'_> {
    fn question(&self) -> &Question {
        &self.question
    }

    fn concerns(&self) -> Vec<Concern> {
        vec![Concern::in_care_on(self.question.as_of())]
    }

    fn person(&self, person: &Person, sink: &mut dyn Sink) {
        let as_of = self.question.as_of();
        let here: SmallVec<[&Episode; 2]> =
            person.episodes.iter().filter(|e| e.contains(as_of)).collect();
        let Some(episode) = here.last() else {
            never_removed(person, as_of, sink);
            not_in_care(person, as_of, sink);
            return;
        };
        let population = if self.exclusions.contains(person.subject) {
            Population::Excluded
        } else if here.iter().any(|e| e.doubts.conflicting_episodes) {
            Population::Unknown
        } else {
            Population::decided(as_of > self.limit(episode))
        };
        let trace = sink.traces().then(|| self.trace(person, &here, population));
        let group = Group::of(self.world.place(person, as_of));
        let division = Division::Whole(group, Cells::of(population));
        sink.add(Member { subject: person.subject, unit: Unit::Child, division, trace });
    }

    fn detail(&self, _cells: &Cells) -> Json {
        Json::object::<&str>([])
    }
}

/// A child that was in care, and is not so on the as-of date.
fn not_in_care(person: &Person, as_of: Date, sink: &mut dyn Sink) {
    let Some(last) = person.episodes.last() else { return };
    let left = last.exit().map_or(last.event, |exit| exit.event);
    let why = |trace: Trace| {
        trace
            .clause("in_care", false, format!("in no episode on {as_of}"))
            .lacking(Lack::Contrary(left))
    };
    outside(sink, person.subject, Unit::Child, why, [left]);
}
