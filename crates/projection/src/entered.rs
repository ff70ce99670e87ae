//! When events were entered: by the log, and by the sources that say so.

use std::collections::BTreeMap;
use std::io::{self, Write};

use events::{Date, Position};
use timeline::{Chunks, Entered, Pos};
use triomphe::Arc;

use crate::Projection;
use crate::snapshot::{Input, Output, damaged};

/// Days in Chicago on which sources took events, in two bytes a position: most logs span less than
/// a century. It ends with the last event of which one is known, so a log whose sources do not say
/// pays nothing.
#[derive(Debug, Clone, Default)]
pub(crate) struct SourceDays {
    /// By position, from the first: days from [`FIRST`] on, [`NONE`] or [`FAR`].
    near: Chunks<u16, 8192>,
    /// Days that two bytes do not hold.
    far: Arc<BTreeMap<Pos, Date>>,
}

const NONE: u16 = 0;
const FAR: u16 = u16::MAX;
/// 1900-01-01, the day behind which days are counted.
const FIRST: i32 = 693_596;

impl SourceDays {
    /// Notes the day of the event at a position, behind all noted before.
    pub(crate) fn put(&mut self, position: Pos, day: Date) {
        let index = (position as usize).saturating_sub(1);
        self.near.extend((self.near.len()..index).map(|_| NONE));
        let near = u16::try_from(day.day_number() - FIRST).unwrap_or(FAR);
        let near = if near == NONE { FAR } else { near };
        if near == FAR {
            Arc::make_mut(&mut self.far).insert(position, day);
        }
        self.near.push(near);
    }

    /// The day of the event at a position.
    fn get(&self, position: Pos) -> Option<Date> {
        match *self.near.get((position as usize).checked_sub(1)?)? {
            NONE => None,
            FAR => self.far.get(&position).copied(),
            near => Some(Date::from_day_number(FIRST + i32::from(near))),
        }
    }

    pub(crate) fn write<W: Write>(&self, out: &mut Output<W>) -> io::Result<()> {
        out.table(self.near.iter(), |out, day| out.varint(u64::from(*day)))?;
        out.table(self.far.iter(), |out, (position, day)| {
            out.words(&[*position, day.day_number().cast_unsigned()])
        })
    }

    pub(crate) fn read(input: &mut Input<'_>) -> io::Result<Self> {
        let mut days = Self::default();
        for _ in 0..input.length(1)? {
            let day = u16::try_from(input.varint()?).map_err(|_| damaged("no day of a source"))?;
            days.near.push(day);
        }
        let mut far = BTreeMap::new();
        for _ in 0..input.length(8)? {
            let [position, day] = input.words()?;
            far.insert(position, Date::from_day_number(day.cast_signed()));
        }
        days.far = Arc::new(far);
        Ok(days)
    }
}

impl Entered for Projection {
    fn recorded_on(&self, original: Pos) -> Option<Date> {
        self.recorded_time(Position(u64::from(original))).map(events::Timestamp::chicago_date)
    }

    fn source_on(&self, original: Pos) -> Option<Date> {
        self.source_days.get(original)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_of_any_century_is_kept() {
        let mut days = SourceDays::default();
        let date = |text: &str| text.parse::<Date>().expect("a date");
        let said = [
            (2, "1900-01-01"),
            (3, "1900-01-02"),
            (5, "2024-02-29"),
            (6, "2079-06-06"),
            (7, "2079-06-07"),
            (9, "0001-01-01"),
            (10, "9999-12-31"),
        ];
        said.iter().for_each(|(position, day)| days.put(*position, date(day)));
        for position in 0..12 {
            let expected = said.iter().find(|(at, _)| *at == position).map(|(_, day)| date(day));
            assert_eq!(days.get(position), expected, "{position}");
        }
    }
}
