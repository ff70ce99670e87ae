//! Who is left out of a metric by a decision in force.

use events::Payload;
use events::v1::policy::ExclusionDecision;
use rustc_hash::FxHashMap;
use timeline::{Policy, PolicyKey, Pos, Sym, World};

/// Subjects left out of a metric, each with the position of the decision.
#[derive(Debug, Clone, Default)]
pub(crate) struct Exclusions(FxHashMap<Sym, Pos>);

impl Exclusions {
    /// The decisions in force for a metric; of a merged child the last under any of its names.
    pub(crate) fn of(world: &World<'_>, metric: &str) -> Self {
        let policy: &Policy<'_> = &world.policy;
        let mut decided: Vec<_> = policy
            .iter()
            .filter_map(|(key, decision)| match (key, &decision.document.payload) {
                (PolicyKey::Exclusion(m, subject), Payload::ExclusionDecided(p)) if m == metric => {
                    let subject = world.merges.canonical(world.names.known(subject)?);
                    let order = (decision.effective_on, decision.original);
                    Some((order, subject, p.decision, decision.original))
                }
                _ => None,
            })
            .collect();
        decided.sort_by_key(|(order, ..)| *order);
        let mut excluded = FxHashMap::default();
        for (_, subject, decision, original) in decided {
            match decision {
                ExclusionDecision::Approved => excluded.insert(subject, original),
                ExclusionDecision::Denied => excluded.remove(&subject),
            };
        }
        Self(excluded)
    }

    /// The position of the decision that leaves a subject out.
    pub(crate) fn decision(&self, subject: Sym) -> Option<Pos> {
        self.0.get(&subject).copied()
    }

    pub(crate) fn contains(&self, subject: Sym) -> bool {
        self.0.contains_key(&subject)
    }
}
