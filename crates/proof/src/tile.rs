//! Names of tiles: 256 neighbouring hashes of one level of the tree (c2sp.org/tlog-tiles).

use std::fmt::Write as _;
use std::ops::Range;

use crate::encoding::decimal;

#[cfg(test)]
mod tests;

/// Hashes in a full tile.
pub const TILE_WIDTH: u16 = 256;
/// Levels of the tree between one level of tiles and the next: log2 of [`TILE_WIDTH`].
pub(crate) const TILE_HEIGHT: u32 = TILE_WIDTH.trailing_zeros();

/// A tile: the hashes `index * 256 ..` of tile level `level`, the first `width` of them. Level 0
/// holds leaf hashes; a hash of level l > 0 is the root of a full tile of level l - 1.
///
/// **Invariant:** the width is 1 to 256, and the indexes of the leaves below it fit 64 bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TileId {
    level: u8,
    index: u64,
    width: u16,
}

/// Why a text names no tile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TileError {
    /// Not of the form `tile/<L>/<N>[.p/<W>]` with three digits an element.
    #[error("expected a path like tile/0/x001/x234/067 or tile/1/004.p/17")]
    Form,
    /// A width of 0 or above 256, or more leaves than 64 bits count.
    #[error("no tree has such a tile")]
    OutOfRange,
}

impl TileId {
    /// The tile of that level, index within the level, and width.
    ///
    /// # Errors
    /// [`TileError::OutOfRange`].
    pub fn new(level: u8, index: u64, width: u16) -> Result<Self, TileError> {
        let shift = u32::from(level) * TILE_HEIGHT;
        let fits = index
            .checked_mul(u64::from(TILE_WIDTH))
            .and_then(|first| first.checked_add(u64::from(width)))
            .is_some_and(|end| shift < u64::BITS && end <= u64::MAX >> shift);
        if !fits || !(1..=TILE_WIDTH).contains(&width) {
            return Err(TileError::OutOfRange);
        }
        Ok(Self { level, index, width })
    }

    /// Level, from 0 (leaf hashes).
    #[must_use]
    pub const fn level(self) -> u8 {
        self.level
    }

    /// Index within the level, from 0.
    #[must_use]
    pub const fn index(self) -> u64 {
        self.index
    }

    /// Hashes, 1 to 256.
    #[must_use]
    pub const fn width(self) -> u16 {
        self.width
    }

    /// Indexes (from 0) of the leaves below its hashes; for level 0 these are its hashes. The
    /// entry at index i is the event at position i + 1.
    #[must_use]
    pub fn leaves(self) -> Range<u64> {
        let shift = u32::from(self.level) * TILE_HEIGHT;
        let first = self.index * u64::from(TILE_WIDTH);
        first << shift..(first + u64::from(self.width)) << shift
    }

    /// The path at which a log serves it.
    ///
    /// ```
    /// let tile = proof::TileId::new(0, 1_234_067, 256)?;
    /// assert_eq!(tile.path(), "tile/0/x001/x234/067");
    /// # Ok::<_, proof::TileError>(())
    /// ```
    #[must_use]
    pub fn path(self) -> String {
        let mut path = format!("tile/{}", self.level);
        let mut divisor = 1;
        while self.index / divisor >= 1000 {
            divisor *= 1000;
        }
        while divisor > 0 {
            let element = self.index / divisor % 1000;
            let more = if divisor > 1 { "x" } else { "" };
            write!(path, "/{more}{element:03}").expect("a string takes every write");
            divisor /= 1000;
        }
        if self.width < TILE_WIDTH {
            write!(path, ".p/{}", self.width).expect("a string takes every write");
        }
        path
    }

    /// The tile at a path, written exactly as [`TileId::path`] writes it.
    ///
    /// # Errors
    /// [`TileError`].
    pub fn parse(path: &str) -> Result<Self, TileError> {
        let rest = path.strip_prefix("tile/").ok_or(TileError::Form)?;
        let (level, rest) = rest.split_once('/').ok_or(TileError::Form)?;
        let (elements, width) = match rest.split_once(".p/") {
            Some((elements, width)) => (elements, decimal(width).ok_or(TileError::Form)?),
            None => (rest, u64::from(TILE_WIDTH)),
        };
        let level = decimal(level).ok_or(TileError::Form)?;
        let index = elements.split('/').try_fold(0_u64, |index, element| {
            let digits = element.strip_prefix('x').unwrap_or(element);
            let three = digits.len() == 3 && digits.bytes().all(|b| b.is_ascii_digit());
            let digits: u64 =
                three.then(|| digits.parse().ok()).flatten().ok_or(TileError::Form)?;
            let index = index.checked_mul(1000).and_then(|i| i.checked_add(digits));
            index.ok_or(TileError::OutOfRange)
        })?;
        let narrow = |_| TileError::OutOfRange;
        let tile = Self::new(
            u8::try_from(level).map_err(narrow)?,
            index,
            u16::try_from(width).map_err(narrow)?,
        )?;
        // One tile has one path: no leading `x000`, no `.p/256`.
        if tile.path() == path { Ok(tile) } else { Err(TileError::Form) }
    }
}
