//! Learning what was appended: leaves are computed from rows, and their root is compared with the
//! head's.

use std::sync::PoisonError;

use eventlog::ReadError;
use events::{Hash, Logged, Position, Timestamp};
use proof::{BLOCK_LEAVES, Tree};
use tokio_postgres::Client;

use crate::rows::{self, failed, hash};
use crate::shared::{Erased, Known, Shared};

/// Rows read at a time.
const ROWS: usize = 2_000;
/// Beyond this many events, the roots of blocks are read instead of their rows: on the primary,
/// where a transaction wrote both. A standby's rows have to reproduce the root, all of them.
const FAR: u64 = 20_000;

/// The row of the head.
#[derive(Debug, Clone, Copy)]
pub(crate) struct HeadRow {
    pub(crate) position: Position,
    pub(crate) root: Hash,
    pub(crate) erasures: i64,
}

impl HeadRow {
    pub(crate) async fn read(client: &Client) -> Result<Self, ReadError> {
        let query = "SELECT position, root, erasures FROM casetrail.head";
        let row = client.query_one(query, &[]).await.map_err(|e| failed(&e))?;
        let root = hash(row.get(1)).ok_or_else(|| ReadError::Storage("a root".to_owned()))?;
        Ok(Self {
            position: Position(row.get::<_, i64>(0).unsigned_abs()),
            root,
            erasures: row.get(2),
        })
    }
}

impl Shared {
    /// Learns what the database has and this server does not know, and tells the watchers; answers
    /// with the head that the database had.
    pub(crate) async fn catch_up(&self, client: &Client) -> Result<HeadRow, ReadError> {
        let head = HeadRow::read(client).await?;
        self.learn_erasures(client, head.erasures).await?;
        let behind = head.position.0.saturating_sub(self.known().position().0);
        if behind > FAR && !is_standby(client).await? {
            self.learn_blocks(client, head.position).await?;
        }
        loop {
            let next = Position(self.known().position().0 + 1);
            if next > head.position {
                break;
            }
            let page = page(self, client, next, head.position).await?;
            if page.first().is_none_or(|first| first.position() != next) {
                return Err(missing(next, head.position));
            }
            let mut known = self.known();
            for logged in page {
                known.add(&logged, logged.leaf(), None);
            }
        }
        self.compare(&head)?;
        self.publish();
        Ok(head)
    }

    /// The rows must reproduce the head's root.
    fn compare(&self, head: &HeadRow) -> Result<(), ReadError> {
        let known = self.known();
        // It may have grown meanwhile, and was compared by whoever let it grow.
        if known.position() == head.position && known.tree.root() != head.root {
            return Err(ReadError::Damaged {
                first: Position(1),
                last: head.position,
                what: "the rows do not give the root of the head".to_owned(),
            });
        }
        Ok(())
    }

    /// Learns which streams are erased, if there were more erasures than this server knows.
    pub(crate) async fn learn_erasures(
        &self,
        client: &Client,
        erasures: i64,
    ) -> Result<(), ReadError> {
        let erased = || self.erased.read().unwrap_or_else(PoisonError::into_inner).erasures;
        if erased() == erasures {
            return Ok(());
        }
        let query = "SELECT subject_hash, digests FROM casetrail.erasure";
        let rows = client.query(query, &[]).await.map_err(|e| failed(&e))?;
        let mut learnt = Erased { erasures, ..Erased::default() };
        for row in rows {
            learnt.hashes.extend(hash(row.get(0)));
            let digests: Vec<&[u8]> = row.get(1);
            learnt.digests.extend(digests.into_iter().filter_map(hash));
        }
        let mut erased = self.erased.write().unwrap_or_else(PoisonError::into_inner);
        if erased.erasures < erasures {
            *erased = learnt;
        }
        self.names.forget_streams();
        self.known().forget_heads();
        Ok(())
    }

    /// Takes the roots of complete blocks as they are kept; the root of the whole tells whether
    /// they are right.
    async fn learn_blocks(&self, client: &Client, head: Position) -> Result<(), ReadError> {
        let count = head.0 / BLOCK_LEAVES;
        let query = "SELECT number, root FROM casetrail.block WHERE number < $1 ORDER BY number";
        let count = rows::number(Position(count));
        let found = client.query(query, &[&count]).await.map_err(|e| failed(&e))?;
        let mut blocks = Vec::with_capacity(found.len());
        for (row, number) in found.iter().zip(0_i64..) {
            let root = hash(row.get(1)).filter(|_| row.get::<_, i64>(0) == number);
            blocks.push(root.ok_or_else(|| missing(Position(1), head))?);
        }
        if rows::limit(blocks.len()) != count {
            return Err(missing(Position(1), head));
        }
        let tree = Tree::from_blocks(blocks);
        let query = "SELECT recorded_time FROM casetrail.event WHERE position = $1";
        let last = rows::number(Position(tree.size()));
        let row = client.query_one(query, &[&last]).await.map_err(|e| failed(&e))?;
        let recorded_time = Some(Timestamp::from_micros(row.get(0)));
        let mut known = self.known();
        if known.tree.size() < tree.size() {
            *known = Known::up_to(tree, recorded_time);
        }
        Ok(())
    }
}

/// Whether a database takes no writes, since another one sends them.
pub(crate) async fn is_standby(client: &Client) -> Result<bool, ReadError> {
    let row = client.query_one("SELECT pg_is_in_recovery()", &[]).await;
    Ok(row.map_err(|e| failed(&e))?.get(0))
}

async fn page(
    shared: &Shared,
    client: &Client,
    from: Position,
    to: Position,
) -> Result<Vec<Logged>, ReadError> {
    let condition = "WHERE e.position BETWEEN $1 AND $2 ORDER BY e.position LIMIT $3";
    let (from, to, limit) = (rows::number(from), rows::number(to), rows::limit(ROWS));
    rows::select(client, &shared.names, condition, &[&from, &to, &limit]).await
}

fn missing(first: Position, last: Position) -> ReadError {
    ReadError::Damaged { first, last, what: "the database lacks rows that the head has".to_owned() }
}
