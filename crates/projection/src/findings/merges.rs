//! Findings about merged identities.

use std::collections::BTreeMap;

use timeline::{Moment, Pos, Sym, What, World, uncut};

use super::{Finding, FindingKind, FindingsAsked, Found};
use crate::Projection;

/// Where a child's events say that it belongs, with the event.
type Links = BTreeMap<Sym, Vec<(Sym, Pos)>>;

pub(super) fn find(
    projection: &Projection,
    world: &World<'_>,
    asked: &FindingsAsked,
) -> Vec<Finding> {
    let links = links(projection, &world.at);
    let is_asked = |child: Sym| {
        let subject = asked.subject.as_deref().and_then(|name| world.names.known(name));
        let same =
            subject.is_some_and(|of| world.merges.canonical(of) == world.merges.canonical(child));
        asked.subject.is_none() || same
    };
    let mut all = Vec::new();
    for (child, into) in links.iter().filter(|(child, _)| is_asked(**child)) {
        let mut found = Found::new(world, asked, *child);
        let name = |sym: &Sym| world.names.text(*sym).to_owned();
        let events = || into.iter().map(|(_, event)| *event);
        let mut targets: Vec<String> = into.iter().map(|(target, _)| name(target)).collect();
        targets.sort();
        targets.dedup();
        if targets.len() > 1 {
            let words = format!("merged into {}", targets.join(" and "));
            found.add(FindingKind::ConflictingMerges, events(), words);
        }
        let circle = circle(*child, &links);
        if let Some(around) = circle {
            let words: Vec<String> = around.iter().map(|(target, _)| name(target)).collect();
            let words = format!("merged in a circle: {}", words.join(", "));
            let events = around.iter().map(|(_, event)| *event);
            found.add(FindingKind::ConflictingMerges, events, words);
        }
        all.extend(found.findings);
    }
    all
}

/// Identity is not dated: every merge that is known counts.
fn links(projection: &Projection, at: &Moment) -> Links {
    let mut links = Links::new();
    for stream in projection.merging() {
        for fact in uncut(stream, at) {
            if let What::Merged { into } = fact.what {
                links.entry(stream.name).or_default().push((into, fact.event));
            }
        }
    }
    links
}

/// The first merges of a child and of those it was merged into, if they lead back to it.
fn circle(child: Sym, links: &Links) -> Option<Vec<(Sym, Pos)>> {
    let mut around: Vec<(Sym, Pos)> = Vec::new();
    let mut here = child;
    loop {
        let link = *links.get(&here)?.first()?;
        if around.iter().any(|(seen, _)| *seen == link.0) {
            return None;
        }
        around.push(link);
        here = link.0;
        if here == child {
            return Some(around);
        }
    }
}
