//! What a program claimed while it ran, and what a log must hold if the claims were true.
//!
//! A claim is a line on standard output. A program under test says `try` before it hands a batch
//! over, `ack` for every event after it was told that the event is there, and `head` for every head
//! that a reader saw.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use anyhow::{Context as _, Result, bail, ensure};
use events::{Event, Hash, Logged};
use proof::Tree;

use crate::names::BatchName;

/// One claim.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Claim {
    /// A batch of so many events is handed over.
    Try(BatchName, usize),
    /// The event of that identity is at that position, with that leaf hash.
    Ack(u64, Hash, String),
    /// A reader saw that many events, with that root.
    Head(u64, Hash),
}

impl Claim {
    /// The claim as a line, with its end.
    #[must_use]
    pub fn line(&self) -> String {
        match self {
            Self::Try(batch, count) => format!("try {batch} {count}\n"),
            Self::Ack(position, leaf, id) => format!("ack {position} {} {id}\n", hex::encode(leaf)),
            Self::Head(position, root) => format!("head {position} {}\n", hex::encode(root)),
        }
    }

    /// Reads a line; `None` for one that claims nothing.
    fn parse(line: &str) -> Result<Option<Self>> {
        let words: Vec<_> = line.split(' ').collect();
        let hash = |text: &str| -> Result<Hash> {
            let bytes = hex::decode(text)?;
            bytes.try_into().ok().context("a hash has 32 bytes")
        };
        Ok(Some(match words[..] {
            ["try", batch, count] => Self::Try(batch.parse()?, count.parse()?),
            ["ack", position, leaf, id] => Self::Ack(position.parse()?, hash(leaf)?, id.to_owned()),
            ["head", position, root] => Self::Head(position.parse()?, hash(root)?),
            _ => return Ok(None),
        }))
    }
}

/// All claims about one log.
#[derive(Debug, Clone, Default)]
pub struct Claims {
    tries: BTreeMap<BatchName, usize>,
    acks: BTreeMap<u64, (Hash, String)>,
    heads: BTreeMap<u64, Hash>,
}

impl Claims {
    /// Adds what a program said. A last line that was cut short claims nothing.
    ///
    /// # Errors
    /// Where two claims contradict each other, or a line begins like a claim and is none.
    pub fn hear(&mut self, said: &str) -> Result<()> {
        for line in said.split_inclusive('\n').filter_map(|line| line.strip_suffix('\n')) {
            match Claim::parse(line).with_context(|| format!("claim: {line}"))? {
                Some(Claim::Try(batch, count)) => {
                    let twice = self.tries.insert(batch, count).is_some();
                    ensure!(!twice, "two batches have one name: {line}");
                }
                Some(Claim::Ack(position, leaf, id)) => {
                    let other = self.acks.insert(position, (leaf, id.clone()));
                    let same = other.is_none_or(|other| other == (leaf, id));
                    ensure!(same, "two events were acknowledged at one position: {line}");
                }
                Some(Claim::Head(position, root)) => {
                    let other = self.heads.insert(position, root);
                    ensure!(
                        other.is_none_or(|other| other == root),
                        "two roots of one size: {line}"
                    );
                }
                None => {}
            }
        }
        Ok(())
    }

    /// All claims as lines.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = String::new();
        let tries = self.tries.iter().map(|(batch, count)| Claim::Try(*batch, *count));
        let acks = self.acks.iter().map(|(at, (leaf, id))| Claim::Ack(*at, *leaf, id.clone()));
        let heads = self.heads.iter().map(|(at, root)| Claim::Head(*at, *root));
        for claim in tries.chain(acks).chain(heads) {
            let _ = text.write_str(&claim.line());
        }
        text
    }

    /// How many events were acknowledged.
    #[must_use]
    pub fn acknowledged(&self) -> usize {
        self.acks.len()
    }

    /// The last position that anybody was told of.
    #[must_use]
    pub fn last(&self) -> u64 {
        let ack = self.acks.last_key_value().map_or(0, |(position, _)| *position);
        ack.max(self.heads.last_key_value().map_or(0, |(position, _)| *position))
    }

    /// Compares the claims with the events of a log, from the first to the last; answers with its
    /// tree.
    ///
    /// # Errors
    /// Names what was lost, changed or invented.
    pub fn check(&self, events: &[Logged]) -> Result<Tree> {
        let mut tree = Tree::default();
        if let Some(root) = self.heads.get(&0) {
            ensure!(*root == tree.root(), "the root of the empty log was another");
        }
        let mut rest: BTreeMap<BatchName, usize> = BTreeMap::new();
        for (logged, position) in events.iter().zip(1..) {
            ensure!(
                logged.position().0 == position,
                "position {position} is {}",
                logged.position()
            );
            let leaf = logged.leaf();
            tree.push(leaf);
            let event = logged.event().with_context(|| format!("position {position} is erased"))?;
            let id = &event.content.key.id;
            if let Some((claimed, name)) = self.acks.get(&position) {
                ensure!(name == id, "position {position} was acknowledged as {name}, it is {id}");
                ensure!(*claimed == leaf, "position {position} changed after its acknowledgement");
            }
            if let Some(root) = self.heads.get(&position) {
                ensure!(*root == tree.root(), "at size {position} the root was another");
            }
            self.check_origin(event, &mut rest)?;
        }
        ensure!(
            self.last() <= tree.size(),
            "the log ends at {}, positions up to {} were seen or acknowledged",
            tree.size(),
            self.last()
        );
        if let Some((batch, left)) = rest.into_iter().find(|(_, left)| *left > 0) {
            bail!("of batch {batch} {left} events are missing");
        }
        Ok(tree)
    }

    /// Tells whether an event was handed over like this, whole with its batch and in order.
    fn check_origin(&self, event: &Event, rest: &mut BTreeMap<BatchName, usize>) -> Result<()> {
        let id = &event.content.key.id;
        let (batch, number) = BatchName::of_event(id)?;
        let count = *self.tries.get(&batch).with_context(|| format!("{id} is invented"))?;
        let left = rest.entry(batch).or_insert(count);
        ensure!(number + *left == count, "{id} is out of its batch's order");
        *left -= 1;
        ensure!(event.content == batch.event(number).content, "{id} is not what was handed over");
        Ok(())
    }
}
