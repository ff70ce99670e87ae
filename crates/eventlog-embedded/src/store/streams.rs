//! Reading one stream.

use std::sync::Arc;

use eventlog::{ReadError, StreamHead};
use events::{Event, Position, Revision, Subject};

use super::{Store, unsealed};
use crate::directory::Part;
use crate::sealed::SealedRun;
use crate::state::State;

/// A stream's unsealed events.
struct TailPart {
    first_revision: Revision,
    positions: Vec<u64>,
}

impl Store {
    /// Events of a stream behind revision `after`, in order; for readers.
    pub(crate) fn stream(
        &self,
        subject: &Subject,
        after: Revision,
        limit: usize,
    ) -> Result<Vec<Event>, ReadError> {
        let parts = |runs: &[Arc<SealedRun>]| {
            let (mut parts, covered) = self.directory.parts(subject, runs);
            let behind = runs.iter().filter(|run| run.name().last > covered);
            parts.extend(parts_in(subject, behind)?);
            Ok(parts)
        };
        self.read_stream(subject, after, limit, parts)
    }

    /// The same for the writer, which asks the runs alone: what is appended must rest on nothing
    /// else, and must wait for nothing else.
    pub(crate) fn stream_for_writer(
        &self,
        subject: &Subject,
        after: Revision,
        limit: usize,
    ) -> Result<Vec<Event>, ReadError> {
        self.read_stream(subject, after, limit, |runs| parts_in(subject, runs))
    }

    fn read_stream(
        &self,
        subject: &Subject,
        after: Revision,
        limit: usize,
        parts: impl FnOnce(&[Arc<SealedRun>]) -> Result<Vec<Part>, ReadError>,
    ) -> Result<Vec<Event>, ReadError> {
        let (snapshot, tail) = {
            let state = self.state();
            (Arc::clone(state.snapshot()), tail_parts(&state, subject, after, limit))
        };
        let mut events = Vec::new();
        if tail.first().is_none_or(|oldest| oldest.first_revision.0 > after.0 + 1) {
            self.read_parts(parts(&snapshot.runs)?, after, limit, &mut events)?;
        }
        for position in tail.into_iter().flat_map(|part| part.positions).map(Position) {
            if events.len() == limit {
                break;
            }
            events.push(unsealed(&snapshot, position)?);
        }
        Ok(events)
    }

    fn read_parts(
        &self,
        parts: Vec<Part>,
        after: Revision,
        limit: usize,
        events: &mut Vec<Event>,
    ) -> Result<(), ReadError> {
        for part in parts.into_iter().filter(|part| part.last_revision > after) {
            if events.len() == limit {
                break;
            }
            let run = Arc::clone(&part.run);
            let entry = part.entry()?;
            let skip = skip(entry.first_revision, after);
            let offsets = entry.offsets.iter().skip(skip).take(limit - events.len());
            for position in offsets.map(|offset| run.position(*offset)) {
                let block = self.block(&run, position)?;
                let name = (entry.subject.clone(), entry.salt);
                events.push(block.event(position, |_| Ok(name))?);
            }
        }
        Ok(())
    }

    /// Last revision and salt of a stream, from tail and runs alone, as the writer needs it.
    pub(crate) fn stream_head(&self, subject: &Subject) -> Result<Option<StreamHead>, ReadError> {
        let snapshot = {
            let state = self.state();
            let newest = state.generations().find_map(|generation| generation.stream(subject));
            if let Some(stream) = newest {
                return Ok(Some(stream.head()));
            }
            Arc::clone(state.snapshot())
        };
        for run in snapshot.runs.iter().rev() {
            if let Some(entry) = run.stream(subject)? {
                let (revision, salt) = (entry.last_revision(), entry.salt);
                return Ok(Some(StreamHead { revision, salt }));
            }
        }
        Ok(None)
    }
}

/// The parts of a stream, as the runs' own lists have them.
fn parts_in<'a>(
    subject: &Subject,
    runs: impl IntoIterator<Item = &'a Arc<SealedRun>>,
) -> Result<Vec<Part>, ReadError> {
    let parts = runs.into_iter().map(|run| {
        let entry = run.stream(subject)?;
        Ok(entry.map(|entry| Part::read(run, entry)))
    });
    parts.filter_map(Result::transpose).collect()
}

/// The unsealed events of a stream behind `after`, oldest part first.
fn tail_parts(state: &State, subject: &Subject, after: Revision, limit: usize) -> Vec<TailPart> {
    let streams = state.generations().filter_map(|generation| generation.stream(subject));
    let mut parts: Vec<_> = streams
        .map(|stream| {
            let skip = skip(stream.first_revision, after);
            let positions = stream.positions.iter().skip(skip).take(limit).copied().collect();
            TailPart { first_revision: stream.first_revision, positions }
        })
        .collect();
    parts.reverse();
    parts
}

/// How many events to pass over from a stream's part that begins at `first`.
fn skip(first: Revision, after: Revision) -> usize {
    usize::try_from((after.0 + 1).saturating_sub(first.0)).expect("usize has 64 bits")
}
