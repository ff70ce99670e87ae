//! What would be known if some streams said something else.

use events::Family;
use timeline::Facts;
use triomphe::Arc;

use crate::Projection;
use crate::facts::Identity;
use crate::index::LaneId;

#[cfg(test)]
mod tests;

impl Projection {
    /// A copy in which other facts stand in some lanes; the facts of a lane in any order. Names of
    /// facts are those of this projection.
    ///
    /// It is for asking alone: identities of events are those of the log.
    pub(crate) fn with_facts(&self, changed: impl IntoIterator<Item = (LaneId, Facts)>) -> Self {
        let mut staged = self.clone();
        staged.identity = Identity::default();
        for (id, facts) in changed {
            if self.lane(id).family == Family::Child {
                staged.index.widen(id, &facts);
            } else {
                staged.index.post(id, facts.iter());
            }
            let lane = staged.lane_mut(id);
            lane.set_facts(facts);
            if lane.merges() {
                Arc::make_mut(&mut staged.merging).insert(id);
            }
        }
        staged
    }
}
