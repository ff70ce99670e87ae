//! A projection that follows a log while others ask it.

use std::sync::Arc;
use std::time::Duration;

use eventlog::{EventLog, ReadError};
use events::{Hash, LeafHasher, Position};
use proof::{BLOCK_LEAVES, TILE_WIDTH, TileId, Tree};
use tokio::sync::watch;
use tokio::time::timeout;

use crate::follow::PAGE;
use crate::page::Page;
use crate::{ApplyError, FollowError, Projection, follow};

#[cfg(test)]
mod tests;

/// What is known of the log up to a position; never changes.
#[derive(Debug, Clone)]
pub struct Followed {
    /// The facts, to be asked.
    pub projection: Projection,
    /// Root of the tree of the events up to the projection's position. Of those that came while it
    /// was followed, the leaves are those of the very events whose facts are here.
    pub root: Hash,
}

impl Followed {
    /// The last position whose event is here.
    #[must_use]
    pub fn position(&self) -> Position {
        self.projection.position()
    }
}

/// Follows a log. It shows what it has at every head that it reaches, once the root of what it has
/// taken is the log's there: an event that was skipped, or was another, is found out before anybody
/// sees it. A reader keeps what it took, so none blocks the follower, nor the follower a reader.
pub struct Follower {
    log: Arc<dyn EventLog>,
    projection: Projection,
    tree: Tree,
    shown: watch::Sender<Arc<Followed>>,
}

/// Where a follower shows what it has.
#[derive(Debug, Clone)]
pub struct View(watch::Receiver<Arc<Followed>>);

/// The position was not reached in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("position {asked} is not reached yet; {reached} is")]
pub struct NotReached {
    /// The position asked for.
    pub asked: Position,
    /// The position reached.
    pub reached: Position,
}

impl View {
    /// What is known by now.
    #[must_use]
    pub fn now(&self) -> Arc<Followed> {
        Arc::clone(&self.0.borrow())
    }

    /// What is known at a position or behind it: at once, or as soon as it is reached, if that
    /// takes no longer than `within`.
    ///
    /// # Errors
    /// [`NotReached`].
    pub async fn at(&self, asked: Position, within: Duration) -> Result<Arc<Followed>, NotReached> {
        let mut shown = self.0.clone();
        let reached = shown.wait_for(|followed| followed.position() >= asked);
        match timeout(within, reached).await {
            Ok(Ok(followed)) => Ok(Arc::clone(&followed)),
            // Too late, or nobody follows any more.
            Ok(Err(_)) | Err(_) => Err(NotReached { asked, reached: self.now().position() }),
        }
    }
}

impl Follower {
    /// Takes a projection up to the present head of its log.
    ///
    /// # Errors
    /// [`FollowError`].
    pub async fn start(
        log: Arc<dyn EventLog>,
        mut projection: Projection,
    ) -> Result<Self, FollowError> {
        let tree = begin(log.as_ref(), &mut projection).await?;
        let followed = Followed { projection: projection.clone(), root: tree.root() };
        Ok(Self { log, projection, tree, shown: watch::Sender::new(Arc::new(followed)) })
    }

    /// Where others see what is followed.
    #[must_use]
    pub fn view(&self) -> View {
        View(self.shown.subscribe())
    }

    /// Follows the log for as long as it goes on, and says why it does not.
    pub async fn run(&mut self) -> FollowError {
        loop {
            if let Err(error) = self.catch_up().await {
                return error;
            }
            if let Err(error) = self.log.watch(self.projection.position()).await {
                return error.into();
            }
        }
    }

    /// Takes what the log holds up to its present head. Where the log has erased a stream whose
    /// facts are here, an empty projection is shown until one is made anew without them.
    ///
    /// # Errors
    /// [`FollowError`]; then it can go no further, and shows what it has shown.
    pub async fn catch_up(&mut self) -> Result<(), FollowError> {
        let head = self.log.head(None).await?;
        while self.projection.position() < head.position {
            match self.take_page(head.position).await {
                Err(FollowError::Apply(ApplyError::Erased(_))) => return self.begin_anew().await,
                outcome => outcome?,
            }
        }
        if self.tree.root() != head.root {
            return Err(FollowError::Unlike(head.position));
        }
        self.show();
        Ok(())
    }

    async fn take_page(&mut self, end: Position) -> Result<(), FollowError> {
        let after = self.projection.position();
        let limit = usize::try_from(end.0 - after.0).map_or(PAGE, |left| left.min(PAGE));
        let page = self.log.page(Position(after.0 + 1), limit).await?;
        if page.is_empty() {
            return Err(FollowError::Unlike(after));
        }
        let mut said = Page::default();
        page.iter().for_each(|logged| said.push(logged.into()));
        self.projection.apply_page(&said)?;
        let mut leaves = LeafHasher::default();
        page.iter().for_each(|logged| self.tree.push(leaves.leaf(logged)));
        Ok(())
    }

    async fn begin_anew(&mut self) -> Result<(), FollowError> {
        (self.projection, self.tree) = (Projection::default(), Tree::default());
        self.show();
        self.tree = begin(self.log.as_ref(), &mut self.projection).await?;
        self.show();
        Ok(())
    }

    fn show(&self) {
        let followed = Followed { projection: self.projection.clone(), root: self.tree.root() };
        self.shown.send_replace(Arc::new(followed));
    }
}

/// Takes a projection to the present head, and the log's tree as it is there.
async fn begin(log: &dyn EventLog, projection: &mut Projection) -> Result<Tree, FollowError> {
    follow(log, projection, &mut |_| ()).await?;
    let reached = projection.position();
    let tree = tree_at(log, reached).await?;
    if tree.root() == log.head(Some(reached)).await?.root {
        Ok(tree)
    } else {
        Err(FollowError::Unlike(reached))
    }
}

/// The log's tree of so many leaves, of its tiles.
async fn tree_at(log: &dyn EventLog, at: Position) -> Result<Tree, ReadError> {
    let width = u64::from(TILE_WIDTH);
    let complete = at.0 / BLOCK_LEAVES;
    let mut blocks = Vec::new();
    for first in (0..complete).step_by(usize::from(TILE_WIDTH)) {
        blocks.extend(tile(log, 1, first / width, (complete - first).min(width)).await?);
    }
    let mut tree = Tree::from_blocks(blocks);
    let rest = at.0 - Tree::partial_from(at.0);
    if rest > 0 {
        tile(log, 0, complete, rest).await?.into_iter().for_each(|leaf| tree.push(leaf));
    }
    Ok(tree)
}

async fn tile(
    log: &dyn EventLog,
    level: u8,
    index: u64,
    width: u64,
) -> Result<Vec<Hash>, ReadError> {
    let width = u16::try_from(width).unwrap_or(TILE_WIDTH);
    let id = TileId::new(level, index, width).map_err(|e| ReadError::Storage(e.to_string()))?;
    log.tile(id).await
}
