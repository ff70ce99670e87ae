//! Who is left out of a metric by a decision in force.

use events::Payload;
use events::v1::policy::ExclusionDecision;
use rustc_hash::FxHashMap;
use timeline::{Policy, PolicyKey, Pos, Sym, World};

use crate::{Lack, Population, Trace};

/// The decisions in force for a metric, by subject: each with its position.
#[derive(Debug, Clone, Default)]
pub(crate) struct Exclusions(FxHashMap<Sym, (ExclusionDecision, Pos)>);

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
        let by_subject = decided.into_iter().map(|(_, subject, d, at)| (subject, (d, at)));
        Self(by_subject.collect())
    }

    /// The position of the decision that leaves a subject out.
    pub(crate) fn decision(&self, subject: Sym) -> Option<Pos> {
        let decided = self.0.get(&subject).filter(|(d, _)| *d == ExclusionDecision::Approved);
        decided.map(|(_, position)| *position)
    }

    /// A trace that rests on the decision which leaves a subject out, if there is one, and begins
    /// with it.
    pub(crate) fn begin_trace(
        &self,
        subject: Sym,
        population: Population,
        events: impl IntoIterator<Item = Pos>,
    ) -> Trace {
        let decision = self.decision(subject);
        let trace = Trace::new(population, events.into_iter().chain(decision));
        match decision {
            Some(decision) if population == Population::Excluded => trace
                .clause("not_excluded", false, "left out by a decision in force")
                .lacking(Lack::Contrary(decision)),
            _ => trace,
        }
    }

    pub(crate) fn contains(&self, subject: Sym) -> bool {
        self.decision(subject).is_some()
    }

    /// Whether the decision at a position is the one in force for its subject.
    pub(crate) fn decides(&self, position: Pos) -> bool {
        self.0.values().any(|(_, at)| *at == position)
    }
}
