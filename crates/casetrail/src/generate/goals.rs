//! Permanency goals of an episode: proposed by the team, approved by the court, changed.

use events::Date;
use events::v1::child::{ExitReason, Goal, GoalRole, HearingKind};

use super::dice::Dice;
use super::episode::Episode;
use super::fact::{Fact, GoalStep};
use super::hearings::Held;
use super::scribe::Scribe;

/// Tells of the goals of an episode; `meeting` is the meeting that proposed the first.
pub(super) fn write(
    scribe: &mut Scribe<'_>,
    episode: &Episode,
    hearings: &[Held],
    meeting: Option<u16>,
) {
    let last = last_goal(&mut scribe.dice, episode.reason);
    let first = first_goal(&mut scribe.dice, last);
    let lag: &[(u32, Option<(i32, i32)>)] = &[(92, Some((0, 3))), (6, Some((4, 25))), (2, None)];
    if let Some((least, most)) = scribe.dice.weighted(lag) {
        let on = episode.start.add_days(scribe.dice.between(least, most));
        tell(scribe, episode, on, GoalStep::Proposed, GoalRole::Primary, first, meeting);
    }
    let disposition = hearings.iter().find(|held| held.kind == HearingKind::Disposition);
    if let Some(held) = disposition {
        tell(scribe, episode, held.on, GoalStep::Approved, GoalRole::Primary, first, None);
    }
    let concurrent = if first == Goal::Reunification {
        concurrent(scribe, episode, last, disposition.map(|held| held.on))
    } else {
        None
    };
    if last != first {
        change(scribe, episode, last, concurrent, hearings);
    }
}

/// The goal that the court has approved when the child leaves; it mostly fits the exit.
fn last_goal(dice: &mut Dice, exit: ExitReason) -> Goal {
    if dice.percent(5) {
        return dice.pick(&[Goal::Reunification, Goal::Adoption, Goal::Guardianship]);
    }
    match exit {
        ExitReason::Reunification => Goal::Reunification,
        ExitReason::Adoption => Goal::Adoption,
        ExitReason::Guardianship => Goal::Guardianship,
        ExitReason::Relative => Goal::Relative,
        ExitReason::Emancipation => dice.weighted(&[(80, Goal::Appla), (20, Goal::Guardianship)]),
        ExitReason::Runaway | ExitReason::Death | ExitReason::Transfer => Goal::Reunification,
    }
}

/// Most plans begin with reunification.
fn first_goal(dice: &mut Dice, last: Goal) -> Goal {
    let reunify = match last {
        Goal::Reunification => 100,
        Goal::Adoption => 78,
        Goal::Guardianship | Goal::Relative => 66,
        Goal::Appla => 55,
    };
    if dice.percent(reunify) { Goal::Reunification } else { last }
}

/// The plan beside reunification, within 30 days of entry mostly.
fn concurrent(
    scribe: &mut Scribe<'_>,
    episode: &Episode,
    last: Goal,
    disposition: Option<Date>,
) -> Option<Goal> {
    let others = [Goal::Adoption, Goal::Guardianship, Goal::Relative];
    let goal = if last == Goal::Reunification { scribe.dice.pick(&others) } else { last };
    let lag: &[(u32, Option<(i32, i32)>)] = &[(86, Some((2, 30))), (7, Some((31, 70))), (7, None)];
    let (least, most) = scribe.dice.weighted(lag)?;
    let on = episode.start.add_days(scribe.dice.between(least, most));
    tell(scribe, episode, on, GoalStep::Proposed, GoalRole::Concurrent, goal, None);
    let approved = disposition.filter(|day| *day >= on)?;
    if scribe.dice.percent(80) {
        tell(scribe, episode, approved, GoalStep::Approved, GoalRole::Concurrent, goal, None);
    }
    Some(goal)
}

/// The primary goal changes, at a hearing as a rule; the odd approval comes after the exit.
fn change(
    scribe: &mut Scribe<'_>,
    episode: &Episode,
    goal: Goal,
    concurrent: Option<Goal>,
    hearings: &[Held],
) {
    let wanted = episode.part(scribe.dice.between(35, 80));
    let at_hearing = hearings.iter().find(|held| held.on >= wanted).map(|held| held.on);
    let approved = if scribe.dice.percent(1) {
        episode.exit.add_days(scribe.dice.between(1, 20))
    } else {
        at_hearing.unwrap_or(wanted)
    };
    let proposed = approved.add_days(-scribe.dice.between(3, 40)).max(episode.start);
    tell(scribe, episode, proposed, GoalStep::Proposed, GoalRole::Primary, goal, None);
    if let Some(concurrent) = concurrent {
        let on = approved.min(episode.exit);
        tell(scribe, episode, on, GoalStep::Withdrawn, GoalRole::Concurrent, concurrent, None);
    }
    let role = GoalRole::Primary;
    if scribe.dice.percent(4) {
        let goal = Goal::Reunification;
        scribe.tell(approved, Fact::Goal { step: GoalStep::Withdrawn, role, goal, meeting: None });
    }
    scribe.tell(approved, Fact::Goal { step: GoalStep::Approved, role, goal, meeting: None });
}

/// Tells of a step if the child is still in care then; who keeps few records keeps no proposals.
fn tell(
    scribe: &mut Scribe<'_>,
    episode: &Episode,
    on: Date,
    step: GoalStep,
    role: GoalRole,
    goal: Goal,
    meeting: Option<u16>,
) {
    let kept = !scribe.thin() || (step == GoalStep::Approved && role == GoalRole::Primary);
    if kept && on <= episode.exit {
        scribe.tell(on, Fact::Goal { step, role, goal, meeting });
    }
}
