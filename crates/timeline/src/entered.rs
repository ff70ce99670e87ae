//! When events were entered: the axis of data timeliness.

use std::fmt;

use events::Date;

use crate::Pos;

/// Tells on which civil day in Chicago an event was entered, by its position. A correction was
/// entered when its original was.
pub trait Entered: fmt::Debug + Sync {
    /// The day on which the log took it.
    fn recorded_on(&self, original: Pos) -> Option<Date>;

    /// The day on which the source took it, by the event's `time`.
    fn source_on(&self, original: Pos) -> Option<Date>;
}

/// An event as it was entered, whatever it says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    /// The day on which it is true, as it stands.
    pub day: Date,
    /// Position of the original.
    pub original: Pos,
    /// Whether it says of a child that it entered or left care, was placed, or has another legal
    /// status.
    pub of_status: bool,
    /// The event.
    pub event: Pos,
}
