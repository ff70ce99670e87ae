//! Findings about episodes, placements and goals of one child.

use events::Date;
use events::v1::child::GoalRole;
use timeline::{Conduct, Episode, GoalAct, Person, Placement, What};

use super::{FindingKind as Kind, Found, Seen};

/// Shortest stay that is not remarkable (CFSR).
const SHORT_STAY_DAYS: i32 = 8;

pub(super) fn find(person: &Person, facts: &[Seen], found: &mut Found<'_>) {
    episodes(person, found);
    exits(person, facts, found);
    birth(person, found);
    for episode in &person.episodes {
        placements(episode, found);
    }
    ignored_placements(person, facts, found);
    goals(person, found);
    assessments(person, found);
}

/// Whether an exit leaves a day in care.
fn no_day(episode: &Episode) -> bool {
    episode.exit().is_some_and(|exit| exit.day <= episode.removal)
}

fn episodes(person: &Person, found: &mut Found<'_>) {
    for (index, episode) in person.episodes.iter().enumerate() {
        let removal = episode.removal;
        let exits = || episode.exits.iter().map(|exit| exit.event);
        let all = || exits().chain([episode.event]);
        if let (true, Some(exit)) = (episode.doubts.exit_not_after_removal, episode.exit()) {
            let words = format!("removed on {removal}, left on {}", exit.day);
            found.add(Kind::ExitNotAfterRemoval, all(), words);
        }
        let next = person.episodes.get(index + 1);
        if let (true, Some(next)) = (episode.doubts.missing_end, next) {
            let words = format!("removed on {removal} and again on {}", next.removal);
            found.add(Kind::MissingEnd, [episode.event, next.event], words);
        }
        if episode.exits.len() > 1 {
            let left = episode.exits.iter().map(|e| format!("{} {}", e.day, e.reason.code()));
            let left: Vec<_> = left.collect();
            let words = format!("removed on {removal}, left on {}", left.join(" and "));
            found.add(Kind::ConflictingEpisodes, all(), words);
        }
        let next = person.episodes[index + 1..].iter().find(|next| !no_day(next));
        if let (Some(exit), Some(next)) = (episode.exit().filter(|_| !no_day(episode)), next)
            && exit.day > next.removal
        {
            let words = format!("left on {}, removed before on {}", exit.day, next.removal);
            found.add(Kind::ConflictingEpisodes, all().chain([next.event]), words);
        }
        if let Some(exit) = episode.exit().filter(|_| !no_day(episode)) {
            let days = removal.days_until(exit.day);
            if days < SHORT_STAY_DAYS {
                let words = format!("{removal} to {}, days in care: {days}", exit.day);
                found.add(Kind::Under8Days, [episode.event, exit.event], words);
            }
        }
    }
}

/// Exits that no episode has taken; several with the same date and reason are one.
fn exits(person: &Person, facts: &[Seen], found: &mut Found<'_>) {
    for (_, fact) in facts {
        let What::Closed { removal: None, reason, .. } = fact.what else { continue };
        let mut exits = person.episodes.iter().flat_map(|episode| &episode.exits);
        if !exits.any(|exit| (exit.day, exit.reason) == (fact.day, reason)) {
            let words = format!("left to {} on {}", reason.code(), fact.day);
            found.add(Kind::ExitWithoutRemoval, [fact.event], words);
        }
    }
}

fn birth(person: &Person, found: &mut Found<'_>) {
    let Some(birth) = person.birth else {
        if let Some(first) = person.episodes.first() {
            let words = format!("removed on {}", first.removal);
            found.add(Kind::MissingBirthDate, [first.event], words);
        }
        return;
    };
    for episode in person.episodes.iter().filter(|episode| episode.removal < birth.birth) {
        let words = format!("removed on {}, born on {}", episode.removal, birth.birth);
        found.add(Kind::RemovalBeforeBirth, [episode.event, birth.event], words);
    }
}

fn placements(episode: &Episode, found: &mut Found<'_>) {
    for (index, placement) in episode.placements.iter().enumerate() {
        let id = found.text(placement.id.1);
        let next = episode.placements.get(index + 1);
        if placement.flags.overlap {
            let events = [Some(placement.event), placement.end_event, next.map(|n| n.event)];
            let end = placement.end.map_or_else(String::new, |end| format!(" on {end}"));
            let words = format!("{id} from {} is cut by the next one{end}", placement.start);
            found.add(Kind::Overlap, events.into_iter().flatten(), words);
        }
        if let (true, Some(end)) = (placement.flags.end_inferred, placement.end) {
            // It ended with the next placement, the exit, or the next removal.
            let next = next.filter(|next| next.start == end).map(|next| next.event);
            let exit = episode.exit().filter(|exit| exit.day == end).map(|exit| exit.event);
            let events = [placement.event].into_iter().chain(next.or(exit));
            let words = format!("{id} from {} is taken to end on {end}", placement.start);
            found.add(Kind::EndInferred, events, words);
        }
    }
}

/// Starts that stand for no placement, and ends before the start of theirs.
fn ignored_placements(person: &Person, facts: &[Seen], found: &mut Found<'_>) {
    let counted = || person.episodes.iter().flat_map(|episode| &episode.placements);
    for (_, fact) in facts {
        let What::PlacementStarted { id, .. } = fact.what else { continue };
        if counted().any(|placement| placement.event == fact.event) {
            continue;
        }
        let name = found.text(id);
        let before = facts.iter().find(|(_, other)| {
            matches!(other.what, What::PlacementStarted { id: same, .. } if same == id)
                && (other.day, other.original) < (fact.day, fact.original)
        });
        let in_care = person.in_care_on(fact.day);
        let (why, also) = match before {
            Some((_, before)) => ("has the name of an earlier one", Some(before.event)),
            None if in_care => ("has no day before the next one", None),
            None => ("starts outside of care", None),
        };
        let words = format!("{name} from {} {why}", fact.day);
        found.add(Kind::PlacementIgnored, [fact.event].into_iter().chain(also), words);
    }
    for (stream, fact) in facts {
        let What::PlacementEnded { id } = fact.what else { continue };
        let of = |placement: &&Placement| placement.id == (*stream, id);
        if let Some(placement) = counted().find(of).filter(|placement| fact.day < placement.start) {
            let name = found.text(id);
            let words = format!("{name} from {} ended on {}", placement.start, fact.day);
            found.add(Kind::EndBeforeStart, [placement.event, fact.event], words);
        }
    }
}

fn goals(person: &Person, found: &mut Found<'_>) {
    let primary = || person.goals.iter().filter(|act| act.role == GoalRole::Primary);
    for (index, episode) in person.episodes.iter().enumerate() {
        let next = person.episodes.get(index + 1).map(|next| next.removal);
        if let Some(exit) = episode.exit() {
            let late = primary().filter(|act| {
                act.conduct == Conduct::Approved
                    && exit.day < act.day
                    && next.is_none_or(|next| act.day < next)
            });
            let late: Vec<_> = late.collect();
            if let Some(first) = late.first() {
                let words = format!("left on {}, approved on {}", exit.day, first.day);
                let events = late.iter().map(|act| act.event).chain([exit.event]);
                found.add(Kind::ApprovalAfterExit, events, words);
            }
        }
        let last = episode.exit().map_or(Date::MAX, |exit| exit.day);
        let last = next.map_or(last, |next| last.min(next.add_days(-1)));
        let within = primary().filter(|act| episode.removal <= act.day && act.day <= last);
        let (approved, others): (Vec<&GoalAct>, Vec<&GoalAct>) =
            within.partition(|act| act.conduct == Conduct::Approved);
        let proposed: Vec<_> =
            others.iter().filter(|act| act.conduct == Conduct::Proposed).collect();
        if let (true, Some(first)) = (approved.is_empty(), proposed.first()) {
            let words = format!("{} proposed on {}", first.goal.code(), first.day);
            found.add(Kind::GoalNotApproved, proposed.iter().map(|act| act.event), words);
        }
    }
}

fn assessments(person: &Person, found: &mut Found<'_>) {
    for assessment in &person.assessments {
        let mut placements = person.episodes.iter().flat_map(|episode| &episode.placements);
        let placement = placements.find(|placement| placement.id == assessment.placement);
        if let Some(placement) = placement.filter(|p| assessment.day < p.start) {
            let name = found.text(placement.id.1);
            let words = format!("{name} from {}, assessed on {}", placement.start, assessment.day);
            let events = [placement.event, assessment.event];
            found.add(Kind::AssessmentBeforePlacement, events, words);
        }
    }
}
