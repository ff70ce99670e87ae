//! Single flipped bits: of every answer that a damaged log gives, none is another than before.

use std::fmt;
use std::ops::RangeInclusive;
use std::panic::{AssertUnwindSafe, catch_unwind};

use anyhow::{Context as _, Result, anyhow, bail, ensure};
use eventlog::{
    Batch, EventLog, ExportReader, Head, Memory, ReadError, SeededEntropy, SetClock, suite,
};
use eventlog_embedded::EmbeddedLog;
use events::{Logged, Position, Revision, Subject, Timestamp};

use crate::check::all;
use crate::dice::Dice;
use crate::names::BatchName;
use crate::program::Place;
use crate::tree::{self, Node, Tree};
use crate::workload::{ORIGIN, Shape};

/// One full run, and a rest in the journal.
const EVENTS: u64 = 300;
const BATCH_EVENTS: usize = 10;
/// Several segments, and nothing sealed.
const SPLICED_EVENTS: u64 = 250;
/// Where headers lie, and footers and the newest group.
const ENDS_BYTES: usize = 96;
/// Where the small sections of a run lie, counted from its end.
const SECTIONS_BYTES: usize = 2048;

/// The year 2100, behind every recorded time; microseconds since 1970.
const LATE_MICROS: i64 = 4_102_444_800_000_000;

/// What was done.
#[derive(Debug, Default, Clone, Copy)]
pub struct Report {
    /// Bits flipped in a log's files, one at a time.
    pub flips: u64,
    /// Found when the log was opened.
    pub at_opening: u64,
    /// Found when events, heads or streams were read.
    pub at_reading: u64,
    /// Bits that no answer rests on.
    pub harmless: u64,
    /// Bits that cut off the newest group of a log that had not been closed, as a torn write is.
    pub cut_off: u64,
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { flips, at_opening, at_reading, harmless, cut_off } = self;
        write!(
            f,
            "{flips} bits flipped: {at_opening} found at opening, {at_reading} at reading, \
             {harmless} without effect, {cut_off} taken for a torn write; no answer changed"
        )
    }
}

/// A log with all that can be asked of it.
struct Sample {
    tree: Tree,
    events: Vec<Logged>,
    head: Head,
    past: Head,
    /// Whether it was closed in order.
    closed: bool,
}

/// Flips so many bits, one at a time, in logs that were closed and logs that were not.
///
/// # Errors
/// The first flip that changes an answer, or makes the log panic.
pub async fn rounds(seed: u64, rounds: u64) -> Result<Report> {
    let samples = [Sample::make(true).await?, Sample::make(false).await?];
    let mut report = Report::default();
    for round in 0..rounds {
        let mut dice = Dice::of(seed, round);
        let sample = &samples[dice.index(samples.len())];
        let files = files_of(&sample.tree, "log");
        let (path, bytes) = &files[dice.index(files.len())];
        let (at, bit) = (place_in(bytes, &mut dice), dice.below(8));
        let mut damaged = sample.tree.clone();
        *byte_of(&mut damaged, path, at).context("the file is there")? ^= 1 << bit;
        sample
            .judge(&damaged, &mut report)
            .await
            .with_context(|| format!("seed {seed}, round {round}: {path}, byte {at}, bit {bit}"))?;
    }
    Ok(report)
}

/// A byte of a file: as often at either end of what is written, or close to its end, as anywhere.
fn place_in(bytes: &[u8], dice: &mut Dice) -> usize {
    let written = bytes.iter().rposition(|byte| *byte != 0).map_or(bytes.len(), |last| last + 1);
    let ends = ENDS_BYTES.min(written);
    match dice.below(5) {
        0 => dice.index(ends),
        1 => written - 1 - dice.index(ends),
        2 => written - 1 - dice.index(SECTIONS_BYTES.min(written)),
        3 => dice.index(written),
        _ => dice.index(bytes.len()),
    }
}

/// Files that are the truth or a check of it, with their bytes, none of them empty. sled's are
/// not: they are made anew wherever they do not match.
fn files_of(tree: &Tree, name: &str) -> Vec<(String, Vec<u8>)> {
    let mut files = Vec::new();
    for (below, node) in tree {
        let path = format!("{name}/{below}");
        match node {
            Node::File(bytes) if !bytes.is_empty() => files.push((path, bytes.clone())),
            Node::File(_) => {}
            Node::Folder(tree) => files.extend(files_of(tree, &path)),
        }
    }
    files
}

fn byte_of<'a>(tree: &'a mut Tree, path: &str, at: usize) -> Option<&'a mut u8> {
    let (folders, name) = path.rsplit_once('/')?;
    let mut tree = tree;
    for folder in folders.split('/').skip(1) {
        let Node::Folder(below) = tree.get_mut(folder)? else { return None };
        tree = below;
    }
    let Node::File(bytes) = tree.get_mut(name)? else { return None };
    bytes.get_mut(at)
}

impl Sample {
    async fn make(closed: bool) -> Result<Self> {
        let place = Place::new()?;
        let log = EmbeddedLog::open(&place.log(), Shape::small().options())?;
        for number in 0..EVENTS / BATCH_EVENTS as u64 {
            let batch = BatchName { session: 0, caller: 0, number };
            log.append(suite::adapter(batch.events(BATCH_EVENTS))).await?;
        }
        log.watch_sealed(Position(256)).await?;
        let events = all(&log).await?;
        let (head, past) = (log.head(None).await?, log.head(Some(Position(270))).await?);
        if closed {
            log.close()?;
        }
        drop(log);
        let mut tree = tree::load(&place.log())?;
        tree.remove("directory");
        Ok(Self { tree, events, head, past, closed })
    }

    /// Opens the damaged log and asks it everything.
    async fn judge(&self, damaged: &Tree, report: &mut Report) -> Result<()> {
        let place = Place::new()?;
        tree::store(damaged, &place.log())?;
        report.flips += 1;
        let open = || EmbeddedLog::open(&place.log(), Shape::small().options());
        let opened = catch_unwind(AssertUnwindSafe(open)).map_err(|_| anyhow!("it panicked"))?;
        let Ok(log) = opened else {
            report.at_opening += 1;
            return Ok(());
        };
        let held = log.head(None).await?.position.0;
        let shorter = held < EVENTS;
        if shorter {
            ensure!(!self.closed, "events of a log that was closed vanished without a word");
            let newest = held == EVENTS - BATCH_EVENTS as u64;
            ensure!(newest, "events from {held} on vanished without a word");
            report.cut_off += 1;
        }
        let found = self.compare(&log, shorter).await?;
        match (found, shorter) {
            (_, true) => {}
            (true, _) => report.at_reading += 1,
            (false, _) => report.harmless += 1,
        }
        Ok(())
    }

    /// Compares every answer; tells whether one of them was an error.
    async fn compare(&self, log: &EmbeddedLog, shorter: bool) -> Result<bool> {
        let mut found = false;
        let held = log.head(None).await?.position.0;
        for (event, at) in self.events.iter().zip(1..=held) {
            match log.page(Position(at), 1).await {
                Ok(page) => ensure!(page == [event.clone()], "position {at} reads otherwise"),
                Err(error) => found |= names(&error, at..=at)?,
            }
        }
        match log.page(Position(1), 1000).await {
            Ok(page) => ensure!(page.iter().eq(&self.events[..page.len()]), "a page changed"),
            Err(error) => found |= names(&error, 1..=held)?,
        }
        if !shorter {
            for (at, expected) in [(None, &self.head), (Some(self.past.position), &self.past)] {
                match log.head(at).await {
                    Ok(head) => ensure!(head == *expected, "the head at {at:?} changed"),
                    Err(error) => found |= names(&error, 1..=held)?,
                }
            }
        }
        for event in
            self.events[..usize::try_from(held)?].iter().filter_map(Logged::event).step_by(2)
        {
            match log.find(&event.content.key).await {
                Ok(position) => {
                    ensure!(position == Some(event.position), "an identity is found elsewhere");
                }
                Err(error) => found |= names(&error, 1..=held)?,
            }
        }
        Ok(found | self.compare_streams(log, held).await?)
    }

    async fn compare_streams(&self, log: &EmbeddedLog, held: u64) -> Result<bool> {
        let mut found = false;
        let whole = || self.events.iter().filter_map(Logged::event);
        for event in whole().step_by(23) {
            let subject: &Subject = &event.content.subject;
            let of_subject = whole().filter(|other| other.content.subject == *subject);
            let expected = of_subject.filter(|other| other.position.0 <= held);
            match log.stream(subject, Revision(1), 1000).await {
                Ok(stream) => ensure!(stream.iter().eq(expected), "stream {subject} changed"),
                Err(error) => found |= names(&error, 1..=held)?,
            }
        }
        Ok(found)
    }
}

/// Tells whether an error names positions that were asked for.
fn names(error: &ReadError, asked: RangeInclusive<u64>) -> Result<bool> {
    match error {
        ReadError::Damaged { first, last, .. } => {
            let touched = first.0 <= *asked.end() && last.0 >= *asked.start();
            ensure!(touched, "asked for {asked:?}, told of {first} to {last}");
            Ok(true)
        }
        other => bail!("damage is told as something else: {other}"),
    }
}

/// Puts a part of another log, sound in itself, into the place of the same part of a log: a whole
/// segment.
///
/// # Errors
/// Where it is taken for the log's own.
pub async fn splice() -> Result<()> {
    let (place, other) = (Place::new()?, Place::new()?);
    for place in [&place, &other] {
        let log = EmbeddedLog::open(&place.log(), Shape::many_segments().options())?;
        for number in 0..SPLICED_EVENTS / BATCH_EVENTS as u64 {
            let batch = BatchName { session: 0, caller: 0, number };
            log.append(suite::adapter(batch.events(BATCH_EVENTS))).await?;
        }
    }
    let (own, foreign) = (tree::load(&place.log())?, tree::load(&other.log())?);
    let segments = |tree: &Tree| match tree.get("journal") {
        Some(Node::Folder(segments)) => segments.clone(),
        _ => Tree::new(),
    };
    let names: Vec<String> = segments(&own).into_keys().collect();
    ensure!(names.len() >= 3, "a sample of one segment joins nothing");
    for name in &names[1..] {
        let mut mixed = segments(&own);
        let segment = segments(&foreign).get(name).cloned().context("logs of the same form")?;
        mixed.insert(name.clone(), segment);
        let mut tree = own.clone();
        tree.insert("journal".to_owned(), Node::Folder(mixed));
        tree::store(&tree, &place.log())?;
        let opened = EmbeddedLog::open(&place.log(), Shape::many_segments().options());
        ensure!(opened.is_err(), "{name} of another log is taken for this one's");
    }
    Ok(())
}

/// Flips so many bits, one at a time, in an export, and imports it: what has the known root is the
/// same log.
///
/// # Errors
/// The first flip that gives another log under the same root.
pub async fn export_rounds(seed: u64, rounds: u64) -> Result<Report> {
    let sample = Sample::make(true).await?;
    let lines = sample.events[..40].iter().map(|event| event.to_json().canonical());
    let export: Vec<u8> = lines.flat_map(|line| [line, b"\n".to_vec()].concat()).collect();
    let known = import(&export).await.context("the export without a flip")?.0;
    let mut report = Report::default();
    for round in 0..rounds {
        let mut dice = Dice::of(seed, round);
        let (at, bit) = (dice.index(export.len()), dice.below(8));
        let mut damaged = export.clone();
        damaged[at] ^= 1 << bit;
        report.flips += 1;
        match import(&damaged).await {
            Err(_) => report.at_opening += 1,
            Ok((head, _)) if head.root != known.root => report.at_reading += 1,
            Ok((_, events)) => {
                let same = events == sample.events[..40];
                ensure!(same, "seed {seed}, byte {at}, bit {bit}: another log has the same root");
                report.harmless += 1;
            }
        }
    }
    Ok(report)
}

async fn import(export: &[u8]) -> Result<(Head, Vec<Logged>)> {
    let clock = SetClock::at(Timestamp::from_micros(LATE_MICROS));
    let log = Memory::new(ORIGIN, clock, SeededEntropy(1));
    let events: Vec<_> = ExportReader::new(export).collect::<Result<_, _>>()?;
    let events = events.into_iter().map(|(_, event)| event).collect();
    log.append(Batch::Exact(events)).await?;
    Ok((log.head(None).await?, all(&log).await?))
}
