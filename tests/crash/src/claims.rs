//! What a program claimed while it ran, and what a log must hold if the claims were true.
//!
//! A claim is a line on standard output. A program under test says `try` before it hands a batch
//! over, `ack` for every event after it was told that the event is there, and `head` for every head
//! that a reader saw.

use std::collections::{BTreeMap, BTreeSet};
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
    /// A stream is to be erased.
    Erase(String),
    /// It is erased, and the event at that position says so.
    Erased(u64, Hash, String),
}

impl Claim {
    /// The claim as a line, with its end.
    #[must_use]
    pub fn line(&self) -> String {
        match self {
            Self::Try(batch, count) => format!("try {batch} {count}\n"),
            Self::Ack(position, leaf, id) => format!("ack {position} {} {id}\n", hex::encode(leaf)),
            Self::Head(position, root) => format!("head {position} {}\n", hex::encode(root)),
            Self::Erase(subject) => format!("erase {subject}\n"),
            Self::Erased(position, leaf, subject) => {
                format!("erased {position} {} {subject}\n", hex::encode(leaf))
            }
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
            ["erase", subject] => Self::Erase(subject.to_owned()),
            ["erased", position, leaf, subject] => {
                Self::Erased(position.parse()?, hash(leaf)?, subject.to_owned())
            }
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
    /// Streams that may be erased.
    erasing: BTreeSet<String>,
    /// Streams that are, with position and leaf hash of the event that says so.
    erased: BTreeMap<String, (u64, Hash)>,
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
                Some(Claim::Erase(subject)) => {
                    self.erasing.insert(subject);
                }
                Some(Claim::Erased(position, leaf, subject)) => {
                    self.erased.insert(subject, (position, leaf));
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
        let erasing = self.erasing.iter().cloned().map(Claim::Erase);
        let erased = self.erased.iter();
        let erased = erased.map(|(subject, (at, leaf))| Claim::Erased(*at, *leaf, subject.clone()));
        for claim in tries.chain(acks).chain(heads).chain(erasing).chain(erased) {
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
        let head = self.heads.last_key_value().map_or(0, |(position, _)| *position);
        let erased = self.erased.values().map(|(position, _)| *position).max();
        ack.max(head).max(erased.unwrap_or(0))
    }

    /// The streams that are erased: their names are in no file.
    pub fn erased(&self) -> impl Iterator<Item = &str> {
        self.erased.keys().map(String::as_str)
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
        let mut found = Found::default();
        for (logged, position) in events.iter().zip(1..) {
            let is = logged.position();
            ensure!(is.0 == position, "position {position} is {is}");
            let leaf = logged.leaf();
            tree.push(leaf);
            if let Some((claimed, _)) = self.acks.get(&position) {
                ensure!(*claimed == leaf, "position {position} changed after its acknowledgement");
            }
            if let Some(root) = self.heads.get(&position) {
                ensure!(*root == tree.root(), "at size {position} the root was another");
            }
            match logged {
                Logged::Whole(event) => self.check_whole(event, &mut found)?,
                Logged::Erased(_) => self.check_bare(position, &mut found)?,
            }
        }
        ensure!(
            self.last() <= tree.size(),
            "the log ends at {}, positions up to {} were seen or acknowledged",
            tree.size(),
            self.last()
        );
        self.check_erasures(events, &found)?;
        self.check_batches(&found)?;
        Ok(tree)
    }

    /// Tells whether an event was handed over like this, in its batch's order.
    fn check_whole(&self, event: &Event, found: &mut Found) -> Result<()> {
        let subject = event.content.subject.as_str();
        if subject == ERASURES {
            found.erasures += 1;
            return Ok(());
        }
        let (id, position) = (&event.content.key.id, event.position.0);
        if let Some((_, name)) = self.acks.get(&position) {
            ensure!(
                *id == name.as_str(),
                "position {position} was acknowledged as {name}, it is {id}"
            );
        }
        let (batch, number) = BatchName::of_event(id)?;
        self.count(batch, number, found)?;
        ensure!(event.content == batch.event(number).content, "{id} is not what was handed over");
        if self.erasing.contains(subject) {
            found.whole.insert(subject.to_owned());
        }
        Ok(())
    }

    /// Tells whether a bare entry stands where one may.
    fn check_bare(&self, position: u64, found: &mut Found) -> Result<()> {
        ensure!(!self.erasing.is_empty(), "position {position} is erased, and nobody asked for it");
        let Some((_, id)) = self.acks.get(&position) else {
            found.unnamed += 1;
            return Ok(());
        };
        let (batch, number) = BatchName::of_event(id)?;
        self.count(batch, number, found)?;
        let subject = batch.event(number).content.subject.to_string();
        ensure!(
            self.erasing.contains(&subject),
            "position {position} is erased, it is on {subject}"
        );
        found.bare.insert(subject);
        Ok(())
    }

    fn count(&self, batch: BatchName, number: usize, found: &mut Found) -> Result<()> {
        ensure!(self.tries.contains_key(&batch), "{batch} is invented");
        let numbers = found.batches.entry(batch).or_default();
        let in_order = numbers.last().is_none_or(|last| *last < number);
        ensure!(in_order, "event {number} of {batch} is out of its batch's order");
        numbers.push(number);
        Ok(())
    }

    /// An erased stream is erased whole, and where it was said to be erased it is.
    fn check_erasures(&self, events: &[Logged], found: &Found) -> Result<()> {
        for (subject, (position, leaf)) in &self.erased {
            let event = usize::try_from(*position - 1).ok().and_then(|at| events.get(at));
            let told = event.is_some_and(|event| event.leaf() == *leaf);
            ensure!(told, "position {position}, the erasure of {subject}, changed");
            ensure!(!found.whole.contains(subject), "{subject} was erased and is readable");
        }
        if let Some(subject) = found.whole.intersection(&found.bare).next() {
            bail!("{subject} is erased in part");
        }
        ensure!(found.erasures <= self.erasing.len(), "an erasure is invented");
        Ok(())
    }

    /// A batch is there whole or not at all; its events may have lost their names.
    fn check_batches(&self, found: &Found) -> Result<()> {
        let mut missing = 0;
        for (batch, numbers) in &found.batches {
            let lacks = self.tries.get(batch).map_or(0, |count| count - numbers.len());
            missing += lacks;
            ensure!(missing <= found.unnamed, "of batch {batch} {lacks} events are missing");
        }
        Ok(())
    }
}

/// What was found in a log.
#[derive(Debug, Default)]
struct Found {
    /// Numbers of the events found of each batch.
    batches: BTreeMap<BatchName, Vec<usize>>,
    /// Bare entries of which nobody knows what they were.
    unnamed: usize,
    /// Streams that may be erased with an event that is not, and with one that is.
    whole: BTreeSet<String>,
    bare: BTreeSet<String>,
    /// Events that tell of erasures.
    erasures: usize,
}

/// The stream of the log's own events that tell of erasures.
const ERASURES: &str = "log/erasures";
