//! A projection as a file: its tables as they lie in memory, with what they were made of.
//!
//! ```text
//! section … | program '\n' | origin | position | root | erased | sections | length | SHA-256
//! ```
//!
//! Whole numbers are little-endian; a text is its length (4 bytes) and its bytes; a table its
//! length (4 bytes) and its rows. A section is written and read alone: names; recorded and
//! source times; index; lanes, so many in each. Behind them stands the head, with place, length and SHA-256 of
//! each, then the head's length (8 bytes) and its own SHA-256. There is no version of the form:
//! `program` is the digest of the sources that make and write facts, so another program makes its
//! own. A file proves nothing by its digests but that it is whole: whoever reads it compares
//! position, root and the count of erased events with the log.

mod files;
mod input;
mod output;
mod sections;

use std::io::{self, Write};

use eventlog::Head;
use events::{
    Chains, EventType, Family, Hash, Json, Payload, Pointer, Position, Subject, Timestamp, Value,
};
use timeline::{FACT_WORDS_MAX, FACT_WORDS_MIN, Fact, Facts, Names, Sym, What};

use crate::Projection;
use crate::facts::Recorded;
use crate::keys::Keys;
use crate::lane::Lane;
pub(crate) use input::{Input, damaged};
pub(crate) use output::Output;

pub use files::Snapshots;

/// The first line of a file.
/// What tells this program's answers from those of another build.
#[must_use]
pub const fn program() -> &'static str {
    env!("PROJECTION_PROGRAM")
}

const PROGRAM: &str = concat!("casetrail projection ", env!("PROJECTION_PROGRAM"), "\n");

/// Lanes of a section; few in tests, so that there are several.
const LANES: usize = if cfg!(test) { 2 } else { 2048 };

/// What a file was made of.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Stamp {
    origin: String,
    position: Position,
    root: Hash,
    erased: u64,
}

impl From<&Head> for Stamp {
    fn from(head: &Head) -> Self {
        let (origin, position) = (head.origin.clone(), head.position);
        Self { origin, position, root: head.root, erased: head.erased }
    }
}

/// A part of a file, whole or damaged by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Section {
    /// Where it begins, and how many bytes it has.
    at: u64,
    length: u64,
    digest: Hash,
}

/// What stands behind the sections of a file.
#[derive(Debug, PartialEq, Eq)]
struct Directory {
    stamp: Stamp,
    sections: Vec<Section>,
}

fn write(projection: &Projection, stamp: &Stamp, out: impl Write) -> io::Result<()> {
    let mut out = Output::new(out);
    write_names(projection, &mut out)?;
    out.end_section()?;
    write_recorded(projection, &mut out)?;
    projection.source_days.write(&mut out)?;
    out.end_section()?;
    projection.index.write(&mut out)?;
    out.end_section()?;
    let lanes = projection.lane_count();
    for first in (0..lanes).step_by(LANES) {
        for lane in first..lanes.min(first + LANES) {
            write_lane(&projection.lanes[lane], &mut out)?;
        }
        out.end_section()?;
    }
    out.bytes(PROGRAM.as_bytes())?;
    out.text(&stamp.origin)?;
    out.long(stamp.position.0)?;
    out.bytes(&stamp.root)?;
    out.long(stamp.erased)?;
    let sections = out.sections().to_vec();
    out.table(sections.into_iter(), |out, section| {
        out.long(section.at)?;
        out.long(section.length)?;
        out.bytes(&section.digest)
    })?;
    out.finish()
}

fn write_recorded<W: Write>(projection: &Projection, out: &mut Output<W>) -> io::Result<()> {
    // Recorded times never decrease.
    let mut before = 0;
    out.table(projection.recorded.iter(), |out, at| {
        let since = at.micros() - std::mem::replace(&mut before, at.micros());
        out.varint(since.cast_unsigned())
    })
}

fn write_names<W: Write>(projection: &Projection, out: &mut Output<W>) -> io::Result<()> {
    let names = &projection.names;
    out.table(names.texts(), Output::text)?;
    out.table(names.lists(), |out, list| out.table(list.iter(), |out, name| out.name(*name)))?;
    // A document is read again as the data of an event on its stream.
    let mut stream_of = vec![None; names.documents().len()];
    for lane in projection.lanes.iter() {
        for fact in lane.stream().facts.iter() {
            if let What::Policy(id) = fact.what
                && let Some(stream) = stream_of.get_mut(id.index())
            {
                *stream = Some(lane.name);
            }
        }
    }
    out.table(names.documents().zip(stream_of), |out, (document, stream)| {
        out.text(stream.map_or("", |stream| names.text(stream)))?;
        out.text(document.kind.name())?;
        out.text(&document.data.canonical_text())
    })
}

fn write_lane<W: Write>(lane: &Lane, out: &mut Output<W>) -> io::Result<()> {
    let stream = lane.stream();
    out.name(lane.name)?;
    out.word(lane.family as u32)?;
    out.long(lane.subject_hash)?;
    out.length(stream.facts.len())?;
    let mut words = Vec::with_capacity(FACT_WORDS_MAX);
    for fact in stream.facts.iter() {
        words.clear();
        fact.pack(&mut words);
        out.words(&words)?;
    }
    lane.keys.write(out)?;
    let none = Chains::default();
    let chains = lane.chains_if_any().unwrap_or(&none);
    out.table(chains.standing_chains(), |out, (original, chain)| {
        out.long(original.0)?;
        out.table(chain.iter(), |out, position| out.long(position.0))
    })?;
    out.table(chains.corrections(), |out, (correction, original)| {
        out.long(correction.0)?;
        out.long(original.0)
    })
}

/// What stands behind the sections; `None` in a file of another program, whose form is not known.
fn read_directory(input: &mut Input<'_>) -> io::Result<Option<Directory>> {
    if input.bytes(PROGRAM.len())? != PROGRAM.as_bytes() {
        return Ok(None);
    }
    let origin = input.text()?.to_owned();
    let position = Position(input.long()?);
    let root = input.array()?;
    let stamp = Stamp { origin, position, root, erased: input.long()? };
    let mut sections = Vec::new();
    for _ in 0..input.length(48)? {
        let (at, length) = (input.long()?, input.long()?);
        sections.push(Section { at, length, digest: input.array()? });
    }
    input.end()?;
    Ok(Some(Directory { stamp, sections }))
}

fn read_recorded(input: &mut Input<'_>) -> io::Result<Recorded> {
    let mut recorded = Recorded::default();
    let mut at = 0_i64;
    for _ in 0..input.length(1)? {
        at = at.wrapping_add(input.varint()?.cast_signed());
        recorded.push(Timestamp::from_micros(at));
    }
    Ok(recorded)
}

fn read_names(input: &mut Input<'_>) -> io::Result<Names> {
    let mut texts = Vec::new();
    for _ in 0..input.length(4)? {
        texts.push(input.text()?);
    }
    let mut names = Names::of_texts(texts.into_iter());
    for _ in 0..input.length(4)? {
        let mut list = Vec::new();
        for _ in 0..input.length(4)? {
            list.push(input.name()?);
        }
        names.intern_list(list);
    }
    for _ in 0..input.length(12)? {
        let subject: Subject =
            input.text()?.parse().map_err(|_| damaged("a document is on no stream"))?;
        let kind = EventType::from_name(input.text()?).ok_or_else(|| damaged("no type"))?;
        let data = Json::parse(input.text()?.as_bytes()).map_err(|_| damaged("no JSON"))?;
        let payload = Payload::read(kind, &subject, &Value::from(&data), &Pointer::ROOT);
        names.intern_document(payload.map_err(|_| damaged("no data of a type"))?, data);
    }
    Ok(names)
}

fn read_lane(input: &mut Input<'_>) -> io::Result<Lane> {
    let name: Sym = input.name()?;
    let family = Family::ALL.get(input.word()? as usize).copied();
    let family = family.ok_or_else(|| damaged("a lane is of no family"))?;
    let subject_hash = input.long()?;
    let count = input.length(4 * FACT_WORDS_MIN)?;
    let mut words = input.words_left();
    let mut facts = Facts::with_capacity(count);
    for _ in 0..count {
        facts.insert(Fact::unpack(&mut words).ok_or_else(|| damaged("no fact"))?);
    }
    let left = words.len();
    input.skip_to_last_words(left)?;
    let keys = Keys::read(input)?;
    let mut standing = Vec::new();
    for _ in 0..input.length(12)? {
        let original = Position(input.long()?);
        let mut chain = Vec::new();
        for _ in 0..input.length(8)? {
            chain.push(Position(input.long()?));
        }
        standing.push((original, chain));
    }
    let mut corrections = Vec::new();
    for _ in 0..input.length(16)? {
        corrections.push((Position(input.long()?), Position(input.long()?)));
    }
    let chains = (!standing.is_empty()).then(|| Chains::of(standing, corrections));
    Ok(Lane::of(name, family, subject_hash, facts, keys, chains))
}
