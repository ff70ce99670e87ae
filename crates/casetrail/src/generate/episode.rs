//! One episode in care, from removal to exit.

use events::Date;
use events::v1::child::{ExitReason, LegalStatus};

use super::fact::{County, Fact};
use super::handling::Handling;
use super::scribe::Scribe;
use super::{contacts, goals, hearings, placements, residential};

/// A child, and how far its numbered things have come.
#[derive(Debug)]
pub(super) struct Child {
    pub(super) birth: Date,
    pub(super) female: bool,
    pub(super) placements: u16,
    pub(super) hearings: u16,
    pub(super) meetings: u16,
}

impl Child {
    pub(super) const fn new(birth: Date, female: bool) -> Self {
        Self { birth, female, placements: 0, hearings: 0, meetings: 0 }
    }

    /// Age in whole years on a day.
    pub(super) fn age(&self, on: Date) -> i32 {
        self.birth.full_months_until(on) / 12
    }
}

/// A time in care; it ends in any case, though the state may end before.
#[derive(Debug, Clone, Copy)]
pub(super) struct Episode {
    /// Number of the removal, from 1.
    pub(super) removal: u16,
    pub(super) start: Date,
    pub(super) exit: Date,
    pub(super) reason: ExitReason,
}

impl Episode {
    pub(super) fn days(&self) -> i32 {
        self.start.days_until(self.exit)
    }

    /// The day that many hundredths of the episode from its start.
    pub(super) fn part(&self, hundredths: i32) -> Date {
        self.start.add_days(self.days() / 100 * hundredths + self.days() % 100 * hundredths / 100)
    }
}

/// Writes down an episode of a child.
pub(super) fn write(
    scribe: &mut Scribe<'_>,
    child: &mut Child,
    episode: &Episode,
    handling: &Handling<'_>,
    county: County,
) {
    let voluntary = scribe.dice.percent(4);
    let removal = episode.removal;
    scribe.tell(episode.start, Fact::Removed { removal, county, voluntary });
    scribe.tell(episode.start, Fact::Status(LegalStatus::Custody));
    for (on, assignment) in handling.assignments(episode.start, episode.exit) {
        scribe.tell(on, Fact::Assigned(assignment));
    }
    let stays = placements::write(scribe, child, episode, county);
    let hearings = hearings::write(scribe, child, episode);
    let meeting = contacts::meetings(scribe, child, episode, &stays);
    goals::write(scribe, episode, &hearings, meeting);
    residential::write(scribe, child, &stays, &hearings);
    contacts::visits(scribe, episode, handling);
    close(scribe, episode);
}

fn close(scribe: &mut Scribe<'_>, episode: &Episode) {
    let permanent = matches!(
        episode.reason,
        ExitReason::Reunification
            | ExitReason::Adoption
            | ExitReason::Guardianship
            | ExitReason::Relative
    );
    let order = if permanent && scribe.dice.percent(85) {
        Some(episode.exit.add_days(-scribe.dice.between(0, 10)).max(episode.start))
    } else {
        None
    };
    let removal = scribe.dice.percent(90).then_some(episode.removal);
    scribe.tell(episode.exit, Fact::Closed { removal, reason: episode.reason, order });
    let supervised = episode.reason == ExitReason::Reunification && scribe.dice.percent(40);
    if supervised {
        scribe.tell(episode.exit, Fact::Status(LegalStatus::Supervision));
        let released = episode.exit.add_days(scribe.dice.between(60, 200));
        scribe.tell(released, Fact::Status(LegalStatus::None));
    } else {
        scribe.tell(episode.exit, Fact::Status(LegalStatus::None));
    }
}
