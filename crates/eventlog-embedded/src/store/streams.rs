//! Reading one stream.

use std::sync::Arc;

use eventlog::{ReadError, StreamHead};
use events::{Event, Position, Revision, Subject};

use super::places::in_halves;
use super::{Store, unsealed};
use crate::sealed::SealedRun;
use crate::short_hash;
use crate::state::State;
use crate::streams::StreamName;

/// A sealed event of a stream: its run, the stream's name, its position.
type Place = (Arc<SealedRun>, StreamName, Position);

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
        if self.erasures().is_erased(subject) {
            return Err(ReadError::Erased);
        }
        let holding = |runs: &[Arc<SealedRun>]| {
            let (mut holding, covered) = self.directory.runs_of(subject, runs);
            holding.extend(runs.iter().filter(|run| run.name().last > covered).cloned());
            holding
        };
        self.read_stream(subject, after, limit, holding)
    }

    /// The same for the writer, which asks the runs alone: what is appended must rest on nothing
    /// else, and must wait for nothing else.
    pub(crate) fn stream_for_writer(
        &self,
        subject: &Subject,
        after: Revision,
        limit: usize,
    ) -> Result<Vec<Event>, ReadError> {
        self.read_stream(subject, after, limit, <[_]>::to_vec)
    }

    /// `holding` names the runs that may hold events of the stream, oldest first.
    fn read_stream(
        &self,
        subject: &Subject,
        after: Revision,
        limit: usize,
        holding: impl FnOnce(&[Arc<SealedRun>]) -> Vec<Arc<SealedRun>>,
    ) -> Result<Vec<Event>, ReadError> {
        let (snapshot, tail) = {
            let state = self.state();
            (Arc::clone(state.snapshot()), tail_parts(&state, subject, after, limit))
        };
        let mut events = Vec::new();
        if tail.first().is_none_or(|oldest| oldest.first_revision.0 > after.0 + 1) {
            let mut places = Vec::new();
            for run in holding(&snapshot.runs) {
                if places.len() == limit {
                    break;
                }
                let Some(entry) = run.stream(subject)? else { continue };
                let skip = skip(entry.first_revision, after);
                let its = entry.places.iter().skip(skip).take(limit - places.len());
                let its = its.map(|place| run.position(*place));
                places.extend(its.map(|position| (Arc::clone(&run), entry.name.clone(), position)));
            }
            events = self.read_places(&places)?;
        }
        for position in tail.into_iter().flat_map(|part| part.positions).map(Position) {
            if events.len() == limit {
                break;
            }
            events.extend(unsealed(&snapshot, position)?.into_event());
        }
        Ok(events)
    }

    /// Reads events, each of which may be the only one of its block.
    fn read_places(&self, places: &[Place]) -> Result<Vec<Event>, ReadError> {
        in_halves(places, |place| Ok(self.read_place(place)?.into_iter().collect()))
    }

    fn read_place(&self, (run, name, position): &Place) -> Result<Option<Event>, ReadError> {
        let block = self.block(run, *position)?;
        Ok(block.logged(*position, |_| Ok(name.clone()))?.into_event())
    }

    /// Last revision and salt of a stream, from tail and runs alone, as the writer needs it.
    pub(crate) fn stream_head(&self, subject: &Subject) -> Result<Option<StreamHead>, ReadError> {
        let snapshot = {
            let state = self.state();
            if let Some(head) = state.stream_head(subject) {
                return Ok(Some(head));
            }
            Arc::clone(state.snapshot())
        };
        let hash = short_hash::of_subject(subject);
        for run in snapshot.runs_with(hash) {
            if let Some(entry) = run.stream_hashed(subject, hash)?
                && let StreamName::Named(_, salt) = entry.name
            {
                return Ok(Some(StreamHead::of(subject, entry.last_revision(), salt)));
            }
        }
        Ok(None)
    }
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
