//! One household from entry to the last exit: its children, their episodes, its case.

use events::Date;
use events::v1::child::ExitReason;
use events::v1::policy::ExclusionDecision;

use super::dice::{Dice, STEADY, WIDE};
use super::episode::{self, Child, Episode};
use super::fact::{CaseFact, Fact};
use super::handling::{Handling, Return};
use super::plan::Household;
use super::scribe::Scribe;
use super::spool::{Spool, Stream};
use super::world::World;

/// The most days between a household's entry and the first thing told of it before.
pub(super) const TOLD_BEFORE_ENTRY_DAYS_MAX: i32 = 20;

/// How an episode ends, and after how many days.
#[derive(Debug, Clone, Copy)]
struct Course {
    reason: ExitReason,
    days: i32,
}

impl Course {
    /// The mix and the lengths of stay that contracted agencies reported for 2021, a little
    /// longer, since a state ends before its longest stays do.
    fn draw(dice: &mut Dice) -> Self {
        let reasons: &[(u32, ExitReason)] = &[
            (478, ExitReason::Reunification),
            (252, ExitReason::Adoption),
            (226, ExitReason::Guardianship),
            (8, ExitReason::Relative),
            (24, ExitReason::Emancipation),
            (7, ExitReason::Transfer),
            (2, ExitReason::Death),
            (3, ExitReason::Runaway),
        ];
        let reason = dice.weighted(reasons);
        let days = match reason {
            ExitReason::Reunification => dice.along(&WIDE, 400),
            ExitReason::Adoption => dice.along(&STEADY, 845),
            ExitReason::Guardianship => dice.along(&STEADY, 655),
            ExitReason::Emancipation => dice.along(&STEADY, 900),
            ExitReason::Relative
            | ExitReason::Runaway
            | ExitReason::Death
            | ExitReason::Transfer => dice.along(&WIDE, 350),
        };
        Self { reason, days }
    }
}

/// Writes down all that happens to a household.
pub(super) fn write(world: &World, spool: &mut Spool, household: Household) {
    let mut scribe = Scribe::new(world, spool, household);
    let row = scribe.dice.weighted(&world.counties);
    let handling = Handling::draw(world, &mut scribe.dice, row, household.entry);
    let course = Course::draw(&mut scribe.dice);
    let mut births: Option<Date> = None;
    let mut in_care: Vec<(u8, Episode)> = Vec::new();
    for member in 0..household.size {
        scribe.turn_to(member);
        let episode = first_episode(&mut scribe.dice, household, member, course);
        let birth = birth(&mut scribe.dice, &episode, births);
        births = Some(birth);
        let female = scribe.dice.percent(50);
        let mut child = Child::new(birth, female);
        register(&mut scribe, &child, &episode);
        let mut next = Some(episode);
        while let Some(episode) = next {
            episode::write(&mut scribe, &mut child, &episode, &handling, row.county);
            in_care.push((member, episode));
            next = reentry(&mut scribe.dice, &child, &episode, world.calendar.last);
        }
    }
    let mut costs = 0;
    for returned in handling.returns() {
        give_back(&mut scribe, returned, &in_care, &mut costs);
    }
}

/// Siblings are removed together and mostly leave together.
fn first_episode(dice: &mut Dice, household: Household, member: u8, course: Course) -> Episode {
    let later = member > 0 && dice.percent(8);
    let start = household.entry.add_days(if later { dice.between(20, 300) } else { 0 });
    let exit = household.entry.add_days(course.days);
    let together = member == 0 || (dice.percent(85) && start.days_until(exit) > 0);
    if together {
        return Episode { removal: 1, start, exit, reason: course.reason };
    }
    let own = Course::draw(dice);
    Episode { removal: 1, start, exit: start.add_days(own.days), reason: own.reason }
}

/// Some come back within a year, a few later.
fn reentry(dice: &mut Dice, child: &Child, before: &Episode, last: Date) -> Option<Episode> {
    let may = matches!(
        before.reason,
        ExitReason::Reunification | ExitReason::Guardianship | ExitReason::Relative
    );
    let days = match dice.below(1000) {
        0..52 => dice.between(15, 360),
        52..64 => dice.between(400, 1500),
        _ => return None,
    };
    let start = before.exit.add_days(days);
    let minor = start.add_days(90) < child.birth.birthday(18);
    if !may || !minor || start > last || before.removal >= 3 {
        return None;
    }
    let course = Course::draw(dice);
    let majority = start.days_until(child.birth.birthday(18)) - 1;
    let exit = start.add_days(course.days.min(majority));
    let reason = match course.reason {
        ExitReason::Emancipation => ExitReason::Relative,
        reason => reason,
    };
    Some(Episode { removal: before.removal + 1, start, exit, reason })
}

/// A date of birth that fits the exit: who is emancipated leaves at 18 to 20, all others younger.
fn birth(dice: &mut Dice, episode: &Episode, sibling: Option<Date>) -> Date {
    if episode.reason == ExitReason::Emancipation {
        return episode.exit.birthday(-dice.between(18, 20)).add_days(-dice.between(0, 60));
    }
    let days_in_care = episode.start.days_until(episode.exit);
    let oldest = (6570 - days_in_care).max(0);
    if let Some(sibling) = sibling {
        let birth = sibling.add_days(dice.between(330, 1100));
        if birth <= episode.start && birth.days_until(episode.start) <= oldest {
            return birth;
        }
    }
    let ages: &[(u32, (i32, i32))] =
        &[(18, (0, 364)), (33, (365, 2190)), (27, (2191, 4380)), (22, (4381, 6400))];
    let (least, most) = dice.weighted(ages);
    let age = dice.between(least, most);
    let age = if age > oldest { dice.between(0, oldest) } else { age };
    episode.start.add_days(-age)
}

/// The child becomes known with the report that leads to the removal; a few get two identities.
fn register(scribe: &mut Scribe<'_>, child: &Child, episode: &Episode) {
    let (birth, female) = (child.birth, child.female);
    let siblings = scribe.household.size > 1;
    let estimated = scribe.dice.percent(1);
    let registered = Fact::Registered { birth, estimated, female, siblings };
    let days = scribe.dice.between(0, TOLD_BEFORE_ENTRY_DAYS_MAX);
    let on = episode.start.add_days(-days).max(birth);
    scribe.tell(on, registered);
    if scribe.dice.ratio(4, 1000) {
        let merged = episode.start.add_days(scribe.dice.between(30, 400));
        scribe.tell_on(Stream::Alias, episode.start, registered);
        scribe.tell_on(Stream::Alias, merged, Fact::Merged);
        scribe.confuse(episode.start, merged);
    }
    if scribe.dice.ratio(2, 1000) {
        let denied = scribe.dice.percent(30);
        let decision = if denied { ExclusionDecision::Denied } else { ExclusionDecision::Approved };
        let on = episode.start.add_days(scribe.dice.between(150, 700));
        scribe.tell_on(Stream::Policy, on, Fact::Excluded(decision));
    }
}

/// The case goes back to the Division with every child then in care; its costs become known.
fn give_back(
    scribe: &mut Scribe<'_>,
    returned: Return,
    in_care: &[(u8, Episode)],
    costs: &mut u16,
) {
    let Return { on, by, reason } = returned;
    let here = in_care.iter().filter(|(_, e)| e.start <= on && on < e.exit);
    let children = here.fold(0, |mask, (member, _)| mask | 1u8 << member);
    if children == 0 {
        return;
    }
    let provider = by.provider;
    let fact = CaseFact::Returned { provider, reason, children };
    scribe.tell_on(Stream::Case, on, Fact::Case(fact));
    // The cost of some is never told.
    if scribe.dice.percent(15) {
        return;
    }
    for _ in 0..scribe.dice.between(1, 5) {
        *costs += 1;
        let cost = *costs;
        let cents = 50_000 + scribe.dice.below(12_000_000);
        let on = on.add_days(scribe.dice.between(-15, 120));
        let fact = CaseFact::Cost { cost, cents, adjusted: false };
        scribe.tell_on(Stream::Case, on, Fact::Case(fact));
        if scribe.dice.percent(25) {
            let cents = cents / 10 * scribe.dice.pick(&[7, 9, 11, 12]);
            let on = on.add_days(scribe.dice.between(20, 200));
            let fact = CaseFact::Cost { cost, cents, adjusted: true };
            scribe.tell_on(Stream::Case, on, Fact::Case(fact));
        }
    }
}
