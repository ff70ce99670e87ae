//! The log between two positions, admitted one cause after the other.

use std::collections::BTreeMap;

use events::{Entry, Event, Logged, Position, Refusal};

use super::Cause;
use super::survey::{Survey, bears_on_numbers};
use crate::{ApplyError, Projection};

/// Projections that know everything up to the earlier position and, of what follows up to the later
/// one, only the events of some causes; each next one knows one cause more.
#[derive(Debug)]
pub struct Stages {
    survey: Survey,
    earlier: Projection,
    /// Each with the last cause that it knows.
    admitted: Vec<(Cause, Projection)>,
    pub(super) events: Admitted,
}

/// Events between the positions, by cause and stream.
#[derive(Debug)]
pub(super) struct Admitted {
    after: Position,
    /// Of every position after the earlier one.
    causes: Vec<Option<Cause>>,
    streams: BTreeMap<Cause, BTreeMap<String, Vec<Position>>>,
}

impl Admitted {
    /// The events of a cause on these streams.
    pub(super) fn on<'a>(
        &self,
        cause: Cause,
        streams: impl IntoIterator<Item = &'a str>,
    ) -> Vec<Position> {
        let Some(of) = self.streams.get(&cause) else { return Vec::new() };
        streams.into_iter().filter_map(|name| of.get(name)).flatten().copied().collect()
    }

    /// The events of a cause on streams of no child: on them many numbers may rest.
    pub(super) fn shared(&self, cause: Cause) -> impl Iterator<Item = Position> {
        let of = self.streams.get(&cause).into_iter().flatten();
        let shared = of.filter(|(name, _)| !name.starts_with("child/"));
        shared.flat_map(|(_, events)| events.iter().copied())
    }

    /// Whether an event is between the positions, and of that cause.
    pub(super) fn has(&self, cause: Cause, event: Position) -> bool {
        let index = event.0.checked_sub(self.after.0 + 1).and_then(|n| usize::try_from(n).ok());
        index.and_then(|index| self.causes.get(index)) == Some(&Some(cause))
    }

    fn push(&mut self, cause: Cause, event: &Event) {
        let of = self.streams.entry(cause).or_default();
        let stream = event.content.subject.as_str();
        of.entry(stream.to_owned()).or_default().push(event.position);
    }
}

/// Why the stages cannot take an event.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StageError {
    /// It could not be applied.
    #[error(transparent)]
    Apply(#[from] ApplyError),
    /// Its data are not those of its type.
    #[error("an event's data are not of its type")]
    Malformed(#[from] Refusal),
}

impl Stages {
    /// Stages of what a survey of the whole log has found.
    #[must_use]
    pub fn new(survey: Survey) -> Self {
        let (causes, streams) = (Vec::new(), BTreeMap::new());
        let events = Admitted { after: survey.after, causes, streams };
        let earlier = Projection::default();
        Self { survey, earlier, admitted: Vec::new(), events }
    }

    /// Whether the two positions are one, so that nothing needs to be taken.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.survey.after == self.survey.through
    }

    /// The last position to be taken.
    #[must_use]
    pub fn through(&self) -> Position {
        self.survey.through
    }

    pub(super) fn survey(&self) -> &Survey {
        &self.survey
    }

    /// Takes what the log holds at the next position, from the first to [`Stages::through`]; what
    /// lies behind is passed over.
    ///
    /// # Errors
    /// [`StageError`].
    pub fn take(&mut self, logged: &Logged) -> Result<(), StageError> {
        let position = logged.position();
        if self.is_empty() || position > self.survey.through {
            return Ok(());
        }
        if position <= self.survey.after {
            return Ok(self.earlier.apply(logged)?);
        }
        if self.events.causes.is_empty() {
            self.begin();
        }
        let Some(event) = logged.event().filter(|event| bears_on_numbers(event)) else {
            self.events.causes.push(None);
            return self.each(|_| true, logged, logged);
        };
        let cause = self.survey.cause(event)?;
        self.events.causes.push(Some(cause));
        self.events.push(cause, event);
        self.each(|admitted| cause <= admitted, logged, &Logged::Erased(left_out(event)))
    }

    /// The last cause that has events needs no projection: with it the whole log is known.
    fn begin(&mut self) {
        let mut causes = self.survey.causes();
        causes.pop_last();
        self.admitted = causes.into_iter().map(|cause| (cause, self.earlier.clone())).collect();
        self.earlier = Projection::default();
    }

    fn each(
        &mut self,
        takes: impl Fn(Cause) -> bool,
        logged: &Logged,
        left_out: &Logged,
    ) -> Result<(), StageError> {
        for (cause, projection) in &mut self.admitted {
            projection.apply(if takes(*cause) { logged } else { left_out })?;
        }
        Ok(())
    }

    /// The causes that have events, in order, each with the projection that knows it and those
    /// before it; the last one has none, since the whole log is known with it.
    pub(super) fn causes(&self) -> Vec<(Cause, Option<&Projection>)> {
        let knows = |cause: Cause| {
            let mut admitted = self.admitted.iter();
            admitted.find(|(admitted, _)| *admitted == cause).map(|(_, projection)| projection)
        };
        let causes = self.events.streams.keys();
        causes.map(|cause| (*cause, knows(*cause))).collect()
    }
}

/// What stands in the place of an event that is left out: a position that says nothing. No hash is
/// looked at.
fn left_out(event: &Event) -> Entry {
    Entry {
        position: event.position,
        revision: event.revision,
        recorded_time: event.recorded_time,
        recorded_by: event.recorded_by.clone(),
        kind: event.content.kind,
        subject_hash: [0; 32],
        content_hash: [0; 32],
    }
}
