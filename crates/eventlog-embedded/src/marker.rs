//! The thread that witnesses the acknowledged head a second time, every minute.
//!
//! The journal alone cannot tell groups that vanished whole from groups that never were. A log that
//! ends before its mark, or has another root there, has lost what was acknowledged.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Duration;

use crate::files::HeadMark;
use crate::sealer::chain;
use crate::store::Store;

/// What the thread owns.
pub(crate) struct Marker {
    pub(crate) store: Arc<Store>,
    pub(crate) dir: PathBuf,
    pub(crate) every: Duration,
    /// Closed when the engine ends.
    pub(crate) end: Receiver<()>,
}

impl Marker {
    /// Marks the head whenever it has moved, until the engine ends.
    pub(crate) fn run(self) {
        let mut marked = 0;
        while self.end.recv_timeout(self.every) == Err(RecvTimeoutError::Timeout) {
            if self.store.snapshot().head() > marked {
                marked = self.mark().unwrap_or(marked);
            }
        }
    }

    /// Marks the head as it is now; answers with its position.
    fn mark(&self) -> Option<u64> {
        let head = self
            .store
            .head(None)
            .inspect_err(|error| tracing::warn!(error = chain(error), "the head has no mark"))
            .ok()?;
        let mark = HeadMark { position: head.position.0, root: head.root };
        mark.write(&self.dir)
            .inspect_err(|error| tracing::warn!(%error, "the head cannot be marked"))
            .ok()?;
        Some(mark.position)
    }
}
