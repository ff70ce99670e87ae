//! CFSR P4: re-entry to foster care.
//!
//! **Citation.** Child and Family Services Reviews, statewide data indicators, round 4.
//!
//! **Populations.** A member is a child's first counted entry of the period that ended within 12
//! months in reunification, with a relative or in guardianship. Numerator: re-entered under 12 full
//! months after that exit; a short stay or an entry at 18 or older is no re-entry.
//!
//! **Parameters.** anniversary = strict | inclusive.
//!
//! **Undetermined by any source.** Whether the anniversary itself is still within 12 months.

use events::{EventType, Json};
use timeline::{Episode, Exit, Person, World};

use crate::cfsr::{
    Cfsr, Found, adult_on, counts, may_reenter, no_value_while_pending, pending_detail,
};
use crate::{Cells, Concern, Judge, Lack, Question, Reason, Sink, Unit};

/// The version of this rule; a change of meaning is a new one.
pub(crate) const VERSION: u32 = 1;

/// The judge of cfsr-p4 for one question.
pub(crate) struct CfsrP4<'w>(Cfsr<'w>);

impl<'w> CfsrP4<'w> {
    pub(crate) fn new(world: &'w World<'w>, question: Question) -> Self {
        Self(Cfsr::new(world, question))
    }

    /// Whether the child re-entered in time; `None` while it still could.
    fn reentered(&self, person: &Person, kept: &[&Episode], exit: &Exit) -> Option<bool> {
        let in_time = |day| self.0.within_a_year(exit.day, day) && day < adult_on(person);
        let mut later = kept.iter().filter(|e| e.removal >= exit.day && counts(person, e));
        if later.any(|e| in_time(e.removal)) {
            return Some(true);
        }
        // A child that is back already cannot come back once more.
        let back = kept.iter().any(|e| e.removal >= exit.day && e.exit().is_none());
        if !back && in_time(self.0.next_day()) { None } else { Some(false) }
    }
}

impl Judge for CfsrP4<'_> {
    fn question(&self) -> &Question {
        &self.0.question
    }

    fn concerns(&self) -> Vec<Concern> {
        Concern::on(self.0.question.days(), Concern::Removed)
    }

    fn person(&self, person: &Person, sink: &mut dyn Sink) {
        let entered = |e: &Episode| self.0.question.counts(e.removal);
        let kept = self.0.drop_records(person, entered, sink);
        let first = kept.iter().copied().find(|e| entered(e) && counts(person, e));
        let rule = "first entry of the period, ended within 12 months to reunification, a relative \
                    or guardianship";
        let Some(episode) = first else {
            self.0.none_counts(person, rule, sink);
            return;
        };
        let met = match episode.exit() {
            Some(exit) => {
                let within = self.0.within_a_year(episode.removal, exit.day);
                if !within || !may_reenter(exit.reason) {
                    self.0.none_counts(person, rule, sink);
                    return;
                }
                self.reentered(person, &kept, exit)
            }
            None if self.0.within_a_year(episode.removal, self.0.next_day()) => None,
            None => {
                self.0.none_counts(person, rule, sink);
                return;
            }
        };
        // The numerator lacks a return to care, which is no shortfall of the stay's exit.
        let lack = Some(Lack::Missing(EventType::RemovalRecorded));
        let found = Found { lack, ..Found::outcome(met, episode) };
        self.0.add(person, Unit::Episode(episode.removal), self.0.last(episode), &found, sink);
    }

    fn no_value(&self, cells: &Cells) -> Option<Reason> {
        no_value_while_pending(cells)
    }

    fn detail(&self, cells: &Cells) -> Json {
        pending_detail(self, cells)
    }
}
