//! An export, folded from zero.

use std::io::BufRead;

use eventlog::{EXPORT_ORIGIN, ExportError, ExportReader, Head};
use events::{Event, EventType, Hash, Logged, Position};
use projection::{ApplyError, Projection};

use crate::Break;
use crate::continuity::Continuity;

/// Everything that answers rest on, folded from the events of a log in order.
#[derive(Debug, Clone, Default)]
pub struct Replayed {
    projection: Projection,
    leaves: Vec<Hash>,
    /// Positions whose payload is gone, in order.
    erased: Vec<Position>,
    /// Changes of the log's key, in order.
    rotations: Vec<Event>,
    checkpoint: Option<String>,
    origin: Option<String>,
    continuity: Continuity,
    /// The events themselves, where they are kept.
    kept: Option<Vec<Logged>>,
}

/// Where an export is not that of a log: the first bad position.
#[derive(Debug, thiserror::Error)]
#[error("position {position} is bad")]
pub struct ReplayError {
    /// The position that was to come next.
    pub position: Position,
    /// What is wrong.
    #[source]
    pub why: Why,
}

/// What is wrong at a position.
#[derive(Debug, thiserror::Error)]
pub enum Why {
    /// Its line is no event, or cannot be read.
    #[error(transparent)]
    Line(#[from] ExportError),
    /// It does not follow the events before it.
    #[error(transparent)]
    Break(#[from] Break),
    /// It amends what does not stand.
    #[error(transparent)]
    Apply(#[from] ApplyError),
}

impl Replayed {
    /// Folds a whole export.
    ///
    /// # Errors
    /// [`ReplayError`] at the first bad position.
    pub fn read<R: BufRead>(mut reader: ExportReader<R>) -> Result<Self, ReplayError> {
        let mut replayed = Self::default();
        for item in &mut reader {
            let position = replayed.continuity.next();
            let (_, logged) = item.map_err(|e| ReplayError { position, why: e.into() })?;
            replayed.push(&logged)?;
        }
        replayed.checkpoint = reader.checkpoint().map(str::to_owned);
        replayed.origin = Some(reader.origin());
        Ok(replayed)
    }

    /// The same as a log of that name.
    #[must_use]
    pub fn named(self, origin: &str) -> Self {
        Self { origin: Some(origin.to_owned()), ..self }
    }

    /// An empty log that keeps its events, for those few that are asked for them.
    #[must_use]
    pub fn keeping_events() -> Self {
        Self { kept: Some(Vec::new()), ..Self::default() }
    }

    /// The events, in order of position; none unless they are kept.
    pub fn events(&self) -> impl Iterator<Item = &Logged> {
        self.kept.iter().flatten()
    }

    /// Takes what stands at the next position.
    ///
    /// # Errors
    /// [`ReplayError`]; then it can go no further.
    pub fn push(&mut self, logged: &Logged) -> Result<(), ReplayError> {
        let position = self.continuity.next();
        let bad = |why| ReplayError { position, why };
        self.continuity.take(logged).map_err(|why| bad(why.into()))?;
        self.projection.apply(logged).map_err(|why| bad(why.into()))?;
        self.leaves.push(logged.leaf());
        if let Some(kept) = &mut self.kept {
            kept.push(logged.clone());
        }
        match logged {
            Logged::Erased(_) => self.erased.push(position),
            Logged::Whole(event) if event.content.kind == EventType::KeyRotated => {
                self.rotations.push(event.clone());
            }
            Logged::Whole(_) => {}
        }
        Ok(())
    }

    /// The signed note on the export's last line.
    #[must_use]
    pub fn checkpoint(&self) -> Option<&str> {
        self.checkpoint.as_deref()
    }

    /// The events that record a change of the log's key, in order.
    #[must_use]
    pub fn rotations(&self) -> &[Event] {
        &self.rotations
    }

    /// The root of the first `size` events; `None` if there are fewer.
    #[must_use]
    pub fn root_at(&self, size: u64) -> Option<Hash> {
        self.leaves.get(..usize::try_from(size).ok()?).map(proof::root_of)
    }

    /// The facts.
    #[must_use]
    pub const fn projection(&self) -> &Projection {
        &self.projection
    }

    /// The tree of the first events, recomputed; positions past the last count as the last.
    #[must_use]
    pub fn head(&self, at: Position) -> Head {
        let position = at.min(self.projection.position());
        let count = usize::try_from(position.0).unwrap_or(usize::MAX).min(self.leaves.len());
        Head {
            origin: self.origin.clone().unwrap_or_else(|| EXPORT_ORIGIN.to_owned()),
            position,
            root: proof::root_of(&self.leaves[..count]),
            recorded_time: self.projection.recorded_time(position),
            erased: self.erased.partition_point(|erased| *erased <= position) as u64,
        }
    }
}
