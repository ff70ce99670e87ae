//! The log between two positions, admitted event by event: what [`super::super::Stages`] make of
//! facts.

use events::{Entry, Event, Logged, Position, Refusal};

use super::super::Cause;
use super::survey::{Survey, bears_on_numbers};
use crate::{ApplyError, Projection};

/// Projections that know everything up to the earlier position and, of what follows up to the later
/// one, only the events of some causes; each next one knows one cause more.
#[derive(Debug)]
pub(super) struct ByLog {
    survey: Survey,
    earlier: Projection,
    /// Each with the last cause that it knows.
    admitted: Vec<(Cause, Projection)>,
    /// Of every position after the earlier one.
    causes: Vec<Option<Cause>>,
}

/// Why the stages cannot take an event.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum StageError {
    /// It could not be applied.
    #[error(transparent)]
    Apply(#[from] ApplyError),
    /// Its data are not those of its type.
    #[error("an event's data are not of its type")]
    Malformed(#[from] Refusal),
}

impl ByLog {
    /// Stages of what a survey of the whole log has found.
    pub(super) fn new(survey: Survey) -> Self {
        let earlier = Projection::default();
        Self { survey, earlier, admitted: Vec::new(), causes: Vec::new() }
    }

    /// Takes what the log holds at the next position, from the first to the later position; what
    /// lies behind is passed over.
    ///
    /// # Errors
    /// [`StageError`].
    pub(super) fn take(&mut self, logged: &Logged) -> Result<(), StageError> {
        let position = logged.position();
        if self.survey.after == self.survey.through || position > self.survey.through {
            return Ok(());
        }
        if position <= self.survey.after {
            return Ok(self.earlier.apply(logged)?);
        }
        if self.causes.is_empty() {
            self.begin();
        }
        let Some(event) = logged.event().filter(|event| bears_on_numbers(event)) else {
            self.causes.push(None);
            return self.each(|_| true, logged, logged);
        };
        let cause = self.survey.cause(event)?;
        self.causes.push(Some(cause));
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

    /// What an event between the positions stands for.
    pub(super) fn cause(&self, event: Position) -> Option<Cause> {
        let index = usize::try_from(event.0 - self.survey.after.0 - 1).expect("small");
        self.causes[index]
    }

    /// The projection that knows the causes up to one, and the position at which it does; `whole`
    /// has folded the whole log.
    pub(super) fn admitting<'p>(
        &'p self,
        whole: &'p Projection,
        cause: Cause,
    ) -> (&'p Projection, Position) {
        let causes = self.survey.causes();
        match causes.iter().rfind(|of| **of <= cause) {
            None => (whole, self.survey.after),
            last if last == causes.last() => (whole, self.survey.through),
            Some(last) => {
                let (_, admitted) =
                    self.admitted.iter().find(|(of, _)| of == last).expect("every cause has one");
                (admitted, self.survey.through)
            }
        }
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
