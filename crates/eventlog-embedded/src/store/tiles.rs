//! The tiles of the tree.

use eventlog::{ReadError, beyond};
use events::{Hash, Logged, Position};
use proof::TileId;

use super::Store;

impl Store {
    /// The hashes of a tile: of level 0 recomputed from one block of events, else from memory.
    pub(crate) fn tile(&self, tile: TileId) -> Result<Vec<Hash>, ReadError> {
        let (head, held) = {
            let state = self.state();
            (state.snapshot().head(), state.tree().tile(tile).map(<[Hash]>::to_vec))
        };
        if let Some(held) = held {
            return Ok(held);
        }
        let leaves = tile.leaves();
        if tile.level() > 0 || leaves.end > head {
            return Err(beyond(tile, Position(head)));
        }
        let page = self.page(Position(leaves.start + 1), usize::from(tile.width()))?;
        Ok(page.iter().map(Logged::leaf).collect())
    }
}
