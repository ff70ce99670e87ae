//! CFSR P1: permanency in 12 months for children entering care.
//!
//! **Citation.** Child and Family Services Reviews, statewide data indicators, round 4.
//!
//! **Populations.** A member is a child's first counted entry of the period. Numerator: exit to
//! reunification, relative, adoption or guardianship under 12 full months, before the 18th
//! birthday. A reunification out of a trial home visit of over 30 days counts by the full months
//! to the visit and one more.
//!
//! **Parameters.** anniversary = strict | inclusive.
//!
//! **Undetermined by any source.** Whether the anniversary itself is still within 12 months.

use events::v1::child::ExitReason;
use events::{Date, Json};
use timeline::{Episode, Person, World};

use crate::cfsr::{
    Cfsr, Found, adult_on, counts, long_visit, no_value_while_pending, pending_detail,
};
use crate::goals::permanency;
use crate::{Cells, Concern, Judge, Question, Reason, Sink, Unit};

/// The version of this rule; a change of meaning is a new one.
pub(crate) const VERSION: u32 = 1;

/// The judge of cfsr-p1 for one question.
pub(crate) struct CfsrP1<'w>(Cfsr<'w>);

impl<'w> CfsrP1<'w> {
    pub(crate) fn new(world: &'w World<'w>, question: Question) -> Self {
        Self(Cfsr::new(world, question))
    }

    /// Whether an exit on `day` is in time.
    fn in_time(&self, person: &Person, episode: &Episode, reason: ExitReason, day: Date) -> bool {
        let visit = long_visit(episode, day).filter(|_| reason == ExitReason::Reunification);
        let within = match visit {
            Some(visit) => self.0.adjusted_within_a_year(episode.removal, visit),
            None => self.0.within_a_year(episode.removal, day),
        };
        within && permanency(reason) && day < adult_on(person)
    }
}

impl Judge for CfsrP1<'_> {
    fn question(&self) -> &Question {
        &self.0.question
    }

    fn concerns(&self) -> Vec<Concern> {
        Concern::on(self.0.question.days(), Concern::Removed)
    }

    fn person(&self, person: &Person, sink: &mut dyn Sink) {
        let entered = |e: &Episode| self.0.question.counts(e.removal);
        let kept = self.0.drop_records(person, entered, sink);
        let first = kept.into_iter().find(|e| entered(e) && counts(person, e));
        let Some(episode) = first else {
            let rule = "first entry of the period, under 18, no completed stay under 8 days";
            self.0.none_counts(person, rule, sink);
            return;
        };
        let met = match episode.exit() {
            Some(exit) => Some(self.in_time(person, episode, exit.reason, exit.day)),
            None => {
                let next = self.0.next_day();
                let could = self.in_time(person, episode, ExitReason::Reunification, next);
                if could { None } else { Some(false) }
            }
        };
        let found = Found::outcome(met, episode);
        self.0.add(person, Unit::Episode(episode.removal), self.0.last(episode), &found, sink);
    }

    fn no_value(&self, cells: &Cells) -> Option<Reason> {
        no_value_while_pending(cells)
    }

    fn detail(&self, cells: &Cells) -> Json {
        pending_detail(self, cells)
    }
}
