//! CFSR P5: placement stability, as moves per 1,000 days in care.
//!
//! **Citation.** Child and Family Services Reviews, statewide data indicators, round 4.
//!
//! **Populations.** A member is a child with counted entries in the period. Denominator: days from
//! removal to the earliest of exit, period end, as-of date and 18th birthday, at most 364 a child.
//! Numerator: moves, one fewer than the settings of each episode. Trial home visits, runaways,
//! unknown whereabouts and respite are no settings; neighbours with the same facility are one. A
//! child with more moves than days is unknown.
//!
//! **Parameters.** anniversary = strict | inclusive (without effect here).
//!
//! **Undetermined by any source.** Whether the anniversary itself is still within 12 months.

use events::v1::child::Setting;
use events::{Date, Json};
use timeline::{Episode, Person, World};

use crate::amount::display_times;
use crate::cfsr::{Cfsr, Found, Why, adult_on, counts};
use crate::{Amount, Cells, Concern, Exact, Judge, Population, Question, Sink, Unit};

/// The version of this rule; a change of meaning is a new one.
pub(crate) const VERSION: u32 = 1;

/// Most days that one child counts for.
const DAYS_MAX: i64 = 364;

/// The judge of cfsr-p5 for one question.
pub(crate) struct CfsrP5<'w>(Cfsr<'w>);

impl<'w> CfsrP5<'w> {
    pub(crate) fn new(world: &'w World<'w>, question: Question) -> Self {
        Self(Cfsr::new(world, question))
    }

    /// The day to which an episode's days are counted.
    fn until(&self, person: &Person, episode: &Episode) -> Date {
        let end = self.0.question.days().map_or(Date::MIN, |days| days.end);
        let exit = episode.exit().map_or(end, |exit| exit.day);
        exit.min(end).min(adult_on(person))
    }
}

/// Settings of an episode that began before `until`, less one.
fn moves(episode: &Episode, until: Date) -> i64 {
    let no_setting = |setting| {
        matches!(
            setting,
            Setting::TrialHomeVisit
                | Setting::Runaway
                | Setting::WhereaboutsUnknown
                | Setting::Respite
        )
    };
    let settings = episode.placements.iter().filter(|p| p.start < until && !no_setting(p.setting));
    let mut count = 0;
    let mut last = None;
    for placement in settings {
        if count == 0 || placement.facility.is_none() || placement.facility != last {
            count += 1;
        }
        last = placement.facility;
    }
    (count - 1).max(0)
}

impl Judge for CfsrP5<'_> {
    fn question(&self) -> &Question {
        &self.0.question
    }

    fn concerns(&self) -> Vec<Concern> {
        Concern::on(self.0.question.days(), Concern::Removed)
    }

    fn person(&self, person: &Person, sink: &mut dyn Sink) {
        let entered = |e: &Episode| self.0.question.counts(e.removal);
        let kept = self.0.drop_records(person, entered, sink);
        let episodes: Vec<_> =
            kept.into_iter().filter(|e| entered(e) && counts(person, e)).collect();
        let Some(last) = episodes.last() else {
            let rule = "entry of the period, under 18, no completed stay under 8 days";
            self.0.none_counts(person, rule, sink);
            return;
        };
        let until = |e: &Episode| self.until(person, e);
        let days = episodes.iter().map(|e| i64::from(e.removal.days_until(until(e)))).sum::<i64>();
        let days = days.min(DAYS_MAX);
        let moves = episodes.iter().map(|e| moves(e, until(e))).sum::<i64>();
        let (population, cells) = if moves > days {
            (Population::Unknown, Cells::unknown())
        } else {
            let (numerator, denominator) = (Amount::whole(moves), Amount::whole(days));
            (Population::Denominator, Cells { numerator, denominator, ..Cells::default() })
        };
        let why = Why::Moves(moves, days, &episodes);
        let found = Found { population, cells, episode: last, why, lack: None };
        self.0.add(person, Unit::Child, until(last), &found, sink);
    }

    fn display(&self, value: &Exact) -> String {
        display_times(value, 1000, 2)
    }

    fn detail(&self, cells: &Cells) -> Json {
        let (moves, days) = (&cells.numerator, &cells.denominator);
        let rate = if days.is_zero() { Json::Null } else { self.display(&moves.over(days)).into() };
        Json::object([("moves", self.number(moves)), ("days", self.number(days)), ("rate", rate)])
    }
}
