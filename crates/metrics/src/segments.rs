//! A stretch of days, cut where its attribution changes.

use events::Date;
use timeline::{Person, Place, World};

/// Days `[start, end)` that all belong to one place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Segment {
    pub(crate) start: Date,
    pub(crate) end: Date,
    pub(crate) place: Place,
}

impl Segment {
    pub(crate) fn days(&self) -> i32 {
        self.start.days_until(self.end)
    }
}

/// The days `[start, end)` of a person in segments; `change_days` are those of the directory, in
/// order.
pub(crate) fn segments(
    world: &World<'_>,
    change_days: &[Date],
    person: &Person,
    start: Date,
    end: Date,
) -> Vec<Segment> {
    let inside = |day: &Date| start < *day && *day < end;
    let mut cuts: Vec<Date> = person.assignments.iter().map(|a| a.day).filter(inside).collect();
    let first = change_days.partition_point(|day| *day <= start);
    cuts.extend(change_days[first..].iter().copied().take_while(|day| *day < end));
    cuts.sort_unstable();
    cuts.dedup();
    cuts.insert(0, start);
    let ends = cuts[1..].iter().copied().chain([end]);
    let cut = |(start, end): (&Date, Date)| Segment {
        start: *start,
        end,
        place: world.place(person, *start),
    };
    let all = cuts.iter().zip(ends).map(cut);
    all.filter(|s| s.start < s.end).collect()
}
