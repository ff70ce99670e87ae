//! Findings about names of what the log does not know.

use std::collections::BTreeMap;

use events::Family;
use metrics::residential;
use rustc_hash::FxHashSet;
use timeline::{Moment, Pos, Proof, Sym, What, history};

use super::{FindingKind, Found, Seen};
use crate::Projection;

/// What is known at a moment: of these families, the identifiers of streams on which something
/// stands.
pub(super) struct Known {
    idents: BTreeMap<Family, FxHashSet<Sym>>,
    /// Subjects of children.
    children: FxHashSet<Sym>,
}

/// Families that facts name by bare identifiers.
const NAMED: [Family; 4] = [Family::Provider, Family::Facility, Family::Place, Family::Staff];

impl Known {
    pub(super) fn read(projection: &Projection, at: &Moment) -> Self {
        let names = projection.names();
        let known = |family| {
            let streams = projection.of_family(family);
            let said = streams.filter(|stream| history(*stream, at).next().is_some());
            let idents = said.filter_map(|stream| {
                names.text(stream.name).split_once('/').and_then(|(_, ident)| names.known(ident))
            });
            (family, idents.collect())
        };
        let children = projection.of_family(Family::Child);
        // A registration is seen on every date, and so is a merge.
        let said = children.filter(|stream| stream.facts.iter().any(|f| f.stood_at(at.known)));
        Self { idents: NAMED.map(known).into(), children: said.map(|stream| stream.name).collect() }
    }

    fn knows(&self, family: Family, ident: Sym) -> bool {
        self.idents.get(&family).is_some_and(|idents| idents.contains(&ident))
    }
}

/// Events that name something, by what it is and its name.
type Unknown = BTreeMap<(&'static str, Sym), Vec<Pos>>;

/// Names in the facts of one subject of what is not known; each name once, with its events.
pub(super) fn find(facts: &[Seen], known: &Known, found: &mut Found<'_>) {
    let mut unknown = Unknown::new();
    let mut lacks = |what, name: Sym, event| {
        unknown.entry((what, name)).or_default().push(event);
    };
    for (_, fact) in facts {
        let event = fact.event;
        let mut of = |family, what, name: Option<Sym>| {
            if let Some(name) = name.filter(|name| !known.knows(family, *name)) {
                lacks(what, name, event);
            }
        };
        match fact.what {
            What::Assigned { provider, worker, county, .. } => {
                of(Family::Provider, "provider", Some(provider));
                of(Family::Staff, "worker", worker);
                of(Family::Place, "county", county);
            }
            // Of family homes no credentials are kept.
            What::PlacementStarted { facility, setting, .. } if residential(setting) => {
                of(Family::Facility, "facility", facility);
            }
            What::RoleStarted { provider, .. } => of(Family::Provider, "provider", Some(provider)),
            What::Provider { parent, .. } => of(Family::Provider, "provider", parent),
            What::Returned { provider, children, .. } => {
                of(Family::Provider, "provider", Some(provider));
                for child in found.world.names.list(children) {
                    if !known.children.contains(child) {
                        lacks("child", *child, event);
                    }
                }
            }
            What::Merged { into } if !known.children.contains(&into) => lacks("child", into, event),
            _ => {}
        }
    }
    for (what, name, event) in own_names(facts) {
        lacks(what, name, event);
    }
    for ((what, name), events) in unknown {
        let words = format!("{what} {}", found.text(name));
        found.add(FindingKind::UnknownReference, events, words);
    }
}

/// Placements, removals and hearings are named within the streams of one child.
fn own_names(facts: &[Seen]) -> Vec<(&'static str, Sym, Pos)> {
    let all = |of: &dyn Fn(&What) -> Option<Sym>| -> FxHashSet<Sym> {
        facts.iter().filter_map(|(_, fact)| of(&fact.what)).collect()
    };
    let placements = all(&|what| match what {
        What::PlacementStarted { id, .. } => Some(*id),
        _ => None,
    });
    let removals = all(&|what| match what {
        What::Removal { id } => Some(*id),
        _ => None,
    });
    let hearings = all(&|what| match what {
        What::Hearing { id, .. } => Some(*id),
        _ => None,
    });
    let mut lacking = Vec::new();
    for (_, fact) in facts {
        let placement = match fact.what {
            What::PlacementEnded { id } => Some(id),
            What::Assessment { placement, .. }
            | What::CourtDecision { placement, .. }
            | What::Proof { placement, .. } => Some(placement),
            _ => None,
        };
        let removal = match fact.what {
            What::Closed { removal, .. } => removal,
            _ => None,
        };
        let hearing = match fact.what {
            What::Proof { proof: Proof::Submitted(hearing), .. } => Some(hearing),
            _ => None,
        };
        let named = [
            ("placement", placement, &placements),
            ("removal", removal, &removals),
            ("hearing", hearing, &hearings),
        ];
        for (what, name, known) in named {
            let lacks = name.filter(|name| !known.contains(name));
            lacking.extend(lacks.map(|name| (what, name, fact.event)));
        }
    }
    lacking
}
