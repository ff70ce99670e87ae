//! What waits for its recorded time: one heap of items a day, sorted when the day comes.

use events::{Date, Timestamp};

use super::Generated;
use super::calendar::Calendar;
use super::fact::Fact;
use super::registry::Source;

/// An event to come.
#[derive(Debug)]
pub(super) struct Item {
    /// Its recorded time.
    pub(super) at: Timestamp,
    pub(super) what: What,
}

/// A state of ten million events keeps more than a million of them waiting.
const _: () = assert!(size_of::<Item>() <= 48);

#[derive(Debug)]
pub(super) enum What {
    /// Something about a household, as small as it can be kept.
    Told(Told),
    /// An event that is made already.
    Ready(Box<Generated>),
    /// A source is complete up to a date.
    Completed(Source, Date),
}

/// Something told about a household.
#[derive(Debug)]
pub(super) struct Told {
    pub(super) household: u32,
    /// Its number within the household, from which its identity is made.
    pub(super) number: u16,
    pub(super) member: u8,
    pub(super) stream: Stream,
    pub(super) on: Date,
    pub(super) say: Say,
}

/// The stream of something told about a household.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stream {
    /// The child.
    Child,
    /// The child's second identity.
    Alias,
    /// The family's case.
    Case,
    /// The policy of the metric from which the child may be excluded.
    Policy,
}

#[derive(Debug)]
pub(super) enum Say {
    Fact(Fact),
    Correction(Box<Correction>),
    /// Takes back what stands under that number.
    Retraction(u16),
}

/// What replaces an earlier entry.
#[derive(Debug, Clone, Copy)]
pub(super) struct Correction {
    /// The number under which the entry stands that it replaces.
    pub(super) named: u16,
    /// The new effective date; `None`: as before.
    pub(super) on: Option<Date>,
    pub(super) fact: Fact,
}

/// Items by the day on which they are recorded.
#[derive(Debug)]
pub(super) struct Spool {
    days: Vec<Vec<Item>>,
    first: Date,
    /// How many days have been taken.
    taken: usize,
}

impl Spool {
    pub(super) fn new(calendar: &Calendar) -> Self {
        let days = (0..calendar.days()).map(|_| Vec::new()).collect();
        Self { days, first: calendar.first, taken: 0 }
    }

    /// Keeps an item for a day of the state that has not been taken yet.
    pub(super) fn put(&mut self, day: Date, item: Item) {
        let index = usize::try_from(self.first.days_until(day)).unwrap_or(usize::MAX);
        debug_assert!((self.taken..self.days.len()).contains(&index), "{day} is over or outside");
        if let Some(items) = self.days.get_mut(index) {
            items.push(item);
        }
    }

    /// Takes out the items of the next day, in order of time; equal times keep the order of
    /// putting. `None` after the last day.
    pub(super) fn take(&mut self) -> Option<Vec<Item>> {
        let mut items = std::mem::take(self.days.get_mut(self.taken)?);
        self.taken += 1;
        items.sort_by_key(|item| item.at);
        Some(items)
    }

    /// The day that is taken next.
    pub(super) fn day(&self) -> Date {
        self.first.add_days(i32::try_from(self.taken).unwrap_or(i32::MAX))
    }
}
