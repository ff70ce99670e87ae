//! Writes down what happens to one household: when each thing becomes known, and what of it is
//! amended later.

use events::Date;
use events::v1::child::{Setting, VisitPlace};

use super::arrival::{moment, opening};
use super::dice::{Dice, Purpose};
use super::fact::{CaseFact, Contact, Fact, Home};
use super::plan::Household;
use super::spool::{Correction, Item, Say, Spool, Stream, Told, What};
use super::world::World;

/// Writes down what happens to one household.
pub(super) struct Scribe<'a> {
    pub(super) world: &'a World,
    pub(super) dice: Dice,
    pub(super) household: Household,
    spool: &'a mut Spool,
    next: u16,
    member: u8,
    /// The days in which contacts are entered under the child's second identity.
    confusion: Option<(Date, Date)>,
}

impl<'a> Scribe<'a> {
    pub(super) fn new(world: &'a World, spool: &'a mut Spool, household: Household) -> Self {
        let dice = Dice::new(world.options.seed, Purpose::Family, household.index);
        Self { world, dice, household, spool, next: 1, member: 0, confusion: None }
    }

    /// Whether contacts and meetings are left out.
    pub(super) fn thin(&self) -> bool {
        self.world.options.thin
    }

    /// Turns to a child.
    pub(super) fn turn_to(&mut self, member: u8) {
        (self.member, self.confusion) = (member, None);
    }

    /// From now on, contacts between two days go to the child's second identity.
    pub(super) fn confuse(&mut self, from: Date, until: Date) {
        self.confusion = Some((from, until));
    }

    /// Tells something of the child.
    pub(super) fn tell(&mut self, on: Date, fact: Fact) {
        let confused = self.confusion.is_some_and(|(from, until)| on >= from && on < until);
        let stream = match fact {
            Fact::Contact(_) if confused => Stream::Alias,
            _ => Stream::Child,
        };
        self.tell_on(stream, on, fact);
    }

    /// Tells something on another of the streams of the household.
    pub(super) fn tell_on(&mut self, stream: Stream, on: Date, fact: Fact) {
        let calendar = &self.world.calendar;
        let registering = matches!(fact, Fact::Registered { .. });
        let told = if registering {
            calendar.working_day(on)
        } else {
            self.world.lateness.day(calendar, &mut self.dice, on)
        };
        if told > calendar.last {
            return;
        }
        let number = self.put(stream, told, on, Say::Fact(fact), registering);
        let amended = self.world.lateness.amended(calendar, &mut self.dice, told);
        if let Some(amended) = amended {
            self.amend(stream, amended, on, number, fact);
        }
    }

    fn put(&mut self, stream: Stream, told: Date, on: Date, say: Say, opening_hour: bool) -> u16 {
        let number = self.next;
        self.next += 1;
        let dice = &mut self.dice;
        let at = if opening_hour { opening(dice, told) } else { moment(dice, told) };
        let (household, member) = (self.household.index, self.member);
        let told_item = Told { household, number, member, stream, on, say };
        self.spool.put(told, Item { at, what: What::Told(told_item) });
        number
    }

    /// Amends an entry on a later day; one in eight corrections is amended again, always naming
    /// what stands.
    fn amend(&mut self, stream: Stream, day: Date, on: Date, number: u16, fact: Fact) {
        if may_be_retracted(&fact) && self.dice.percent(40) {
            self.put(stream, day, day, Say::Retraction(number), false);
            return;
        }
        let first = self.correction(number, on, day, fact);
        let number = self.put(stream, day, day, Say::Correction(Box::new(first)), false);
        if !self.dice.percent(12) {
            return;
        }
        let World { calendar, lateness, .. } = self.world;
        let Some(day) = lateness.amended_again(calendar, &mut self.dice, day) else { return };
        let say = if self.dice.percent(50) {
            Say::Retraction(number)
        } else {
            let second = self.correction(number, first.on.unwrap_or(on), day, first.fact);
            Say::Correction(Box::new(second))
        };
        self.put(stream, day, day, say, false);
    }

    /// Replaces an entry: what it says, or the date.
    fn correction(&mut self, named: u16, on: Date, told: Date, fact: Fact) -> Correction {
        if self.dice.percent(45)
            && let Some(fact) = altered(&mut self.dice, fact)
        {
            return Correction { named, on: None, fact };
        }
        let days = match fact {
            Fact::Removed { .. } | Fact::Closed { .. } => [-2, -1, 1, 2],
            _ => [-9, -4, 2, 6],
        };
        let moved = on.add_days(self.dice.pick(&days)).min(told);
        Correction { named, on: Some(moved), fact }
    }
}

/// Entries that may have been made by mistake altogether.
fn may_be_retracted(fact: &Fact) -> bool {
    matches!(
        fact,
        Fact::Contact(_)
            | Fact::Found(_)
            | Fact::PlanRevised { .. }
            | Fact::Case(CaseFact::Cost { .. })
    )
}

/// The same entry with another value in a field; `None`: only its date can be wrong.
fn altered(dice: &mut Dice, fact: Fact) -> Option<Fact> {
    match fact {
        Fact::Registered { birth, estimated, female, siblings } => {
            let birth = birth.add_days(-dice.between(1, 40));
            Some(Fact::Registered { birth, estimated, female, siblings })
        }
        Fact::PlacementStarted(mut placing) => {
            (placing.setting, placing.home) = match placing.setting {
                Setting::FosterFamily => (Setting::TherapeuticFoster, placing.home),
                Setting::Kin => (Setting::Relative, placing.home),
                Setting::Relative => (Setting::Kin, placing.home),
                Setting::GroupHome => (Setting::ResidentialTreatment, placing.home),
                setting => (setting, Home::Unnamed),
            };
            Some(Fact::PlacementStarted(placing))
        }
        Fact::Assigned(mut assignment) => {
            assignment.subcontractor = None;
            assignment.worker = None;
            Some(Fact::Assigned(assignment))
        }
        Fact::Contact(Contact::Visit { worker, place, face_to_face }) => {
            let place = match place {
                VisitPlace::Residence => VisitPlace::Other,
                VisitPlace::Other => VisitPlace::Residence,
            };
            Some(Fact::Contact(Contact::Visit { worker, place, face_to_face }))
        }
        Fact::Case(CaseFact::Cost { cost, cents, adjusted }) => {
            let cents = cents + 100 * dice.below(20_000);
            Some(Fact::Case(CaseFact::Cost { cost, cents, adjusted }))
        }
        _ => None,
    }
}
