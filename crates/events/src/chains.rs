//! Which event stands: corrections and retractions within one stream.
//!
//! An event and its corrections form a chain; the last of it stands for the whole. A correction
//! names the event that stands and is put on top; a retraction names the one that stands and takes
//! it off, which brings back what it had replaced, or leaves nothing if it was the original.

use std::collections::BTreeMap;

use crate::Position;

/// The chains of one stream. Events that nothing amended need no mention here.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Chains {
    /// Standing chain by the position of its original, bottom first; empty: nothing stands.
    standing: BTreeMap<Position, Vec<Position>>,
    /// Original of every correction, standing or not.
    original: BTreeMap<Position, Position>,
}

/// What an amendment did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Effect {
    /// The original of the chain, whose place among events of one day the chain keeps.
    pub original: Position,
    /// What stood until now and stands no longer.
    pub ended: Position,
    /// What stands from now on; `None`: nothing.
    pub stands: Option<Position>,
}

/// The event named no longer stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the event no longer stands{}", instead.map_or_else(String::new, |p| format!("; position {p} does")))]
pub struct NotStanding {
    /// What stands in its place, if anything does.
    pub instead: Option<Position>,
}

impl Chains {
    /// Every chain that was amended, as it stands: its original, and its events, bottom first.
    pub fn standing_chains(&self) -> impl ExactSizeIterator<Item = (Position, &[Position])> {
        self.standing.iter().map(|(original, chain)| (*original, chain.as_slice()))
    }

    /// Every correction with the original of its chain.
    pub fn corrections(&self) -> impl ExactSizeIterator<Item = (Position, Position)> {
        self.original.iter().map(|(correction, original)| (*correction, *original))
    }

    /// The chains that gave these lists.
    pub fn of(
        standing: impl IntoIterator<Item = (Position, Vec<Position>)>,
        corrections: impl IntoIterator<Item = (Position, Position)>,
    ) -> Self {
        let (standing, original) =
            (standing.into_iter().collect(), corrections.into_iter().collect());
        Self { standing, original }
    }

    /// What stands now of the chain that the event at `position` belongs to.
    #[must_use]
    pub fn standing(&self, position: Position) -> Option<Position> {
        let original = self.original_of(position);
        self.standing.get(&original).map_or(Some(original), |chain| chain.last().copied())
    }

    /// The original that the event at `position` corrects, or itself.
    #[must_use]
    pub fn original_of(&self, position: Position) -> Position {
        self.original.get(&position).copied().unwrap_or(position)
    }

    /// Puts the correction at `correction` in the place of the event at `named`.
    ///
    /// # Errors
    /// [`NotStanding`].
    pub fn correct(
        &mut self,
        named: Position,
        correction: Position,
    ) -> Result<Effect, NotStanding> {
        let original = self.check(named)?;
        self.standing.entry(original).or_insert_with(|| vec![original]).push(correction);
        self.original.insert(correction, original);
        Ok(Effect { original, ended: named, stands: Some(correction) })
    }

    /// Takes the event at `named` back.
    ///
    /// # Errors
    /// [`NotStanding`].
    pub fn retract(&mut self, named: Position) -> Result<Effect, NotStanding> {
        let original = self.check(named)?;
        let chain = self.standing.entry(original).or_insert_with(|| vec![original]);
        chain.pop();
        Ok(Effect { original, ended: named, stands: chain.last().copied() })
    }

    fn check(&self, named: Position) -> Result<Position, NotStanding> {
        match self.standing(named) {
            Some(position) if position == named => Ok(self.original_of(named)),
            instead => Err(NotStanding { instead }),
        }
    }
}
