//! What would be known if some streams said something else.

use timeline::Fact;

use crate::Projection;
use crate::index::LaneId;

impl Projection {
    pub(crate) fn with_facts(
        &self,
        changed: impl IntoIterator<Item = (LaneId, Vec<Fact>)>,
    ) -> Self {
        let mut staged = self.clone();
        for (id, facts) in changed {
            staged.index.widen(id);
            staged.lanes[id as usize].set_facts(facts);
        }
        staged
    }
}
