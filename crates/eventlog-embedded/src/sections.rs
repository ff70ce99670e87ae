//! The sections of a run: what finds its events.

use std::collections::BTreeMap;

use events::{Hash, Revision};
use journal::{RunWriter, WriteRunError};
use rustc_hash::FxHashMap;

use crate::filter::Filter;
use crate::hash_list;
use crate::short_hash;
use crate::state::BLOCK;
use crate::streams::{self, StreamEntry, StreamName};
use crate::tail::Indexed;

pub(crate) const SUMMARY: &str = "summary";
pub(crate) const STREAMS: &str = "streams";
pub(crate) const STREAMS_INDEX: &str = "streams-index";
pub(crate) const SUBJECTS: &str = "subjects";
pub(crate) const SUBJECTS_INDEX: &str = "subjects-index";
pub(crate) const IDS: &str = "ids";
pub(crate) const IDS_INDEX: &str = "ids-index";
pub(crate) const FILTER: &str = "filter";
pub(crate) const ROOTS: &str = "roots";
/// Version of the sections and of what the records hold.
pub(crate) const SECTIONS_VERSION: u32 = 1;

/// Why sections could not be written.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SectionsError {
    #[error(transparent)]
    Write(#[from] WriteRunError),
    #[error("a list of the run exceeds its fields")]
    TooLarge,
}

/// The sections of a run in the making.
#[derive(Debug, Default)]
pub(crate) struct Sections {
    /// By number.
    pub(crate) streams: Vec<StreamEntry>,
    /// Short hashes of the events' identities, and of what they amend, with their places in the
    /// run.
    pub(crate) ids: Vec<(u64, u32)>,
    /// Roots of the blocks.
    pub(crate) roots: Vec<Hash>,
}

impl Sections {
    /// Takes in what an event at a place of the run is found by.
    pub(crate) fn index(&mut self, event: &Indexed, place: u32) {
        let hashes = event.key_hash.into_iter().chain(event.amended_hash);
        self.ids.extend(hashes.map(|hash| (hash, place)));
    }

    /// Writes them behind the blocks.
    pub(crate) fn write(self, writer: &mut RunWriter) -> Result<(), SectionsError> {
        let subjects: Option<Vec<(u64, u32)>> = self
            .streams
            .iter()
            .enumerate()
            .map(|(number, stream)| {
                Some((short_hash::of_stream(&stream.name), u32::try_from(number).ok()?))
            })
            .collect();
        let subjects = subjects.ok_or(SectionsError::TooLarge)?;
        let erased = self.streams.iter().filter(|s| matches!(s.name, StreamName::Erased(_)));
        let erased = u32::try_from(erased.map(|stream| stream.places.len()).sum::<usize>());
        let erased = erased.map_err(|_| SectionsError::TooLarge)?;
        let hashes: Vec<u64> = self.ids.iter().chain(&subjects).map(|(hash, _)| *hash).collect();
        let streams = streams::encode(&self.streams).ok_or(SectionsError::TooLarge)?;
        let subjects = hash_list::encode(subjects).ok_or(SectionsError::TooLarge)?;
        let ids = hash_list::encode(self.ids).ok_or(SectionsError::TooLarge)?;
        let sections = BTreeMap::from([
            (SUMMARY, [SECTIONS_VERSION, erased].map(u32::to_le_bytes).concat()),
            (STREAMS, streams.pages),
            (STREAMS_INDEX, streams.index),
            (SUBJECTS, subjects.buckets),
            (SUBJECTS_INDEX, subjects.index),
            (IDS, ids.buckets),
            (IDS_INDEX, ids.index),
            (FILTER, Filter::of(&hashes, self.roots.len() * BLOCK).encode()),
            (ROOTS, self.roots.concat()),
        ]);
        for (name, bytes) in sections {
            writer.section(name, &bytes)?;
        }
        Ok(())
    }
}

/// Gathers the streams of a run, event by event.
#[derive(Debug, Default)]
pub(crate) struct StreamsDraft {
    numbers: FxHashMap<StreamName, u32>,
    streams: Vec<StreamEntry>,
}

impl StreamsDraft {
    /// Takes the event at a place of the run; answers with its stream's number, or `None` where
    /// there are too many streams.
    pub(crate) fn take(&mut self, name: StreamName, revision: Revision, place: u32) -> Option<u32> {
        let next = u32::try_from(self.streams.len()).ok()?;
        let number = *self.numbers.entry(name.clone()).or_insert(next);
        if number == next {
            self.streams.push(StreamEntry { name, first_revision: revision, places: Vec::new() });
        }
        let index = usize::try_from(number).expect("usize has 64 bits");
        self.streams[index].places.push(place);
        Some(number)
    }

    /// The streams by number.
    pub(crate) fn into_streams(self) -> Vec<StreamEntry> {
        self.streams
    }
}
