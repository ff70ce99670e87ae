//! How members stand at one step, and which of them stand otherwise at the next.

use std::collections::{BTreeMap, BTreeSet};

use events::Position;
use metrics::{Exact, MetricId, Population};

use super::Cause;
use super::Stages;
use super::cells::{Place, of_member, row_key, zero};
use crate::Explained;

/// A member of a metric: subject and unit.
type MemberKey = (MetricId, String, String);

/// What members count for at one step.
pub(super) type Standings = BTreeMap<MemberKey, Standing>;

/// What a member counts for at one step, by place, and the events that this rests on.
#[derive(Debug, Default)]
pub(super) struct Standing {
    population: Option<Population>,
    names: Vec<String>,
    counts: BTreeMap<Place, Exact>,
    evidence: BTreeSet<u32>,
}

/// A member whose part in the numbers changed.
#[derive(Debug, Clone, PartialEq)]
pub struct ChangedMember {
    /// Its metric: that of the question, or one that it is composed of.
    pub metric: MetricId,
    /// The subject.
    pub subject: String,
    /// What the member is, as in an explanation.
    pub unit: String,
    /// Its population before; `None`: not in it.
    pub from: Option<Population>,
    /// Its population behind.
    pub to: Option<Population>,
    /// By how much which numbers changed with it.
    pub changes: BTreeMap<Place, Exact>,
    /// The events behind it.
    pub events: Vec<Position>,
}

/// The standings of explained members.
pub(super) fn standings(members: Vec<Explained>) -> Standings {
    let mut all = Standings::new();
    for member in members {
        let standing = all.entry((member.metric, member.subject, member.unit)).or_default();
        let population = member.trace.population;
        standing.population = Some(standing.population.map_or(population, |p| p.min(population)));
        standing.names = member.names;
        standing.evidence.extend(member.trace.evidence);
        let rows = member.rows.iter().map(|(row, cells)| (Some(row_key(row)), cells));
        for (row, cells) in rows.chain([(None, &member.cells)]) {
            for (cell, number) in of_member(cells) {
                let place = Place { row: row.clone(), cell };
                *standing.counts.entry(place).or_insert_with(zero) += number;
            }
        }
    }
    all
}

/// The members that stand otherwise behind a step than before it; `events` are those of its cause.
pub(super) fn changed(
    before: &Standings,
    behind: &Standings,
    cause: Cause,
    events: Option<&Stages<'_>>,
) -> Vec<ChangedMember> {
    let none = Standing::default();
    let keys: BTreeSet<&MemberKey> = before.keys().chain(behind.keys()).collect();
    let mut found = Vec::new();
    for key in keys {
        let (from, to) = (before.get(key).unwrap_or(&none), behind.get(key).unwrap_or(&none));
        let changes = difference(&from.counts, &to.counts);
        if changes.is_empty() {
            continue;
        }
        found.push(ChangedMember {
            metric: key.0,
            subject: key.1.clone(),
            unit: key.2.clone(),
            from: from.population,
            to: to.population,
            changes,
            events: events.map(|events| behind_it(from, to, cause, events)).unwrap_or_default(),
        });
    }
    found
}

/// By how much each number grew, where it did.
pub(super) fn difference<K: Ord + Clone>(
    from: &BTreeMap<K, Exact>,
    to: &BTreeMap<K, Exact>,
) -> BTreeMap<K, Exact> {
    let mut grown: BTreeMap<K, Exact> = to.clone();
    for (key, number) in from {
        *grown.entry(key.clone()).or_insert_with(zero) -= number;
    }
    grown.retain(|_, number| *number != zero());
    grown
}

/// The events of a cause behind a member's change: those that it rests on now and did not before, or
/// the other way round; without any, those on its own streams (an event may also take away, as a
/// withdrawn goal does); without any, those that say where streams and days belong.
fn behind_it(from: &Standing, to: &Standing, cause: Cause, events: &Stages<'_>) -> Vec<Position> {
    let rests = from.evidence.symmetric_difference(&to.evidence);
    let rests = rests.map(|position| Position(u64::from(*position)));
    let mut found: Vec<Position> = rests.filter(|event| events.has(cause, *event)).collect();
    if found.is_empty() {
        let own: BTreeSet<&str> = from.names.iter().chain(&to.names).map(String::as_str).collect();
        found = events.on(cause, own);
    }
    if found.is_empty() {
        found = events.shared(cause).collect();
    }
    found.sort_unstable();
    found.dedup();
    found
}
