//! CFSR P2 and P3: permanency in 12 months for children in care 12 to 23 months, or 24 and more.
//!
//! **Citation.** Child and Family Services Reviews, statewide data indicators, round 4.
//!
//! **Populations.** A member is a child in care on the first day of the period (removed before it,
//! exit on or after it, or none), under 18 on that day, with 12 to 23 (P2) or 24 and more (P3) full
//! months in care on it. Numerator: exit to permanency under 12 full months from that day, before
//! the 18th birthday.
//!
//! **Parameters.** anniversary = strict | inclusive.
//!
//! **Undetermined by any source.** Whether the anniversary itself is still within 12 months.

use events::Json;
use timeline::{Episode, Person, World};

use crate::cfsr::{Cfsr, Found, adult_on, no_value_while_pending, pending_detail};
use crate::goals::permanency;
use crate::{Cells, Concern, Judge, Period, Question, Reason, Sink, Unit};

/// The version of this rule; a change of meaning is a new one.
pub(crate) const VERSION: u32 = 1;

/// Days by which months may be shorter than a twelfth of a year: whom a question concerns may be
/// too many.
const DAYS_SLACK: i32 = 5;

/// The judge of cfsr-p2 or cfsr-p3 for one question.
pub(crate) struct CfsrP2P3<'w> {
    cfsr: Cfsr<'w>,
    months: std::ops::Range<i32>,
}

impl<'w> CfsrP2P3<'w> {
    pub(crate) fn p2(world: &'w World<'w>, question: Question) -> Self {
        Self { cfsr: Cfsr::new(world, question), months: 12..24 }
    }

    pub(crate) fn p3(world: &'w World<'w>, question: Question) -> Self {
        Self { cfsr: Cfsr::new(world, question), months: 24..i32::MAX }
    }

    fn in_care_on_first_day(&self, episode: &Episode) -> bool {
        let Some(days) = self.cfsr.question.days() else { return false };
        let there = episode.removal < days.start && episode.end.is_none_or(|e| days.start <= e);
        // An episode without a day in care was never in it.
        let has_day = !episode.doubts.exit_not_after_removal;
        there && has_day && self.months.contains(&episode.removal.full_months_until(days.start))
    }
}

impl Judge for CfsrP2P3<'_> {
    fn question(&self) -> &Question {
        &self.cfsr.question
    }

    fn concerns(&self) -> Vec<Concern> {
        // So many months have at least so many days.
        let days_min = self.months.start / 12 * 365 - DAYS_SLACK;
        Concern::on(self.cfsr.question.days(), |days| Concern::InCare {
            days: Period { start: days.start, end: days.start },
            removed_by: days.start.add_days(-days_min),
        })
    }

    fn person(&self, person: &Person, sink: &mut dyn Sink) {
        let Some(days) = self.cfsr.question.days() else { return };
        let there = |e: &Episode| self.in_care_on_first_day(e);
        let kept = self.cfsr.drop_records(person, there, sink);
        let adult = adult_on(person);
        let episode = kept.into_iter().find(|e| there(e)).filter(|_| days.start < adult);
        let Some(episode) = episode else {
            let rule = "in care and under 18 on the first day, for the indicator's full months";
            self.cfsr.none_counts(person, rule, sink);
            return;
        };
        let in_time = |day| self.cfsr.within_a_year(days.start, day) && day < adult;
        let met = match episode.exit() {
            Some(exit) => Some(permanency(exit.reason) && in_time(exit.day)),
            None if in_time(self.cfsr.next_day()) => None,
            None => Some(false),
        };
        let found = Found::outcome(met, episode);
        let day = self.cfsr.last(episode);
        self.cfsr.add(person, Unit::Episode(episode.removal), day, &found, sink);
    }

    fn no_value(&self, cells: &Cells) -> Option<Reason> {
        no_value_while_pending(cells)
    }

    fn detail(&self, cells: &Cells) -> Json {
        pending_detail(self, cells)
    }
}
