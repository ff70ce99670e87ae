//! When an adapter tells of something: mostly within days, some of it years late.

use events::{Date, Timestamp};

use super::calendar::{Calendar, instant};
use super::dice::Dice;

const MICROS_PER_SECOND: i64 = 1_000_000;
/// Offices work from 14:00 to 22:00 UTC, which is one civil date in Chicago too.
const OPENING_SECOND: i64 = 14 * 3600;
const OPEN_SECONDS: u32 = 8 * 3600;
/// At opening, children are registered before anything else is told of them.
const REGISTRATION_SECONDS: u32 = 300;

/// The shortest delay of a late entry.
const LATE_DAYS_MIN: i32 = 14;
/// The shortest delay of a correction or retraction behind what it names.
const AMENDED_DAYS_MIN: i32 = 3;

/// How much is told late or amended, and how late.
#[derive(Debug, Clone, Copy)]
pub(super) struct Lateness {
    percent: u32,
}

impl Lateness {
    /// So that `percent` of all events are late entries or amendments, half of them each.
    pub(super) const fn of(percent: u32) -> Self {
        Self { percent }
    }

    /// Whether it befalls one entry: to come late, or (asked apart) to be amended. Amendments are
    /// events themselves, hence the denominator.
    pub(super) fn strikes(self, dice: &mut Dice) -> bool {
        dice.ratio(self.percent, 200 - self.percent)
    }

    /// The day on which something effective `on` a day is told; behind the last day if never.
    pub(super) fn day(self, calendar: &Calendar, dice: &mut Dice, on: Date) -> Date {
        if self.strikes(dice)
            && let Some(day) = self.delayed(calendar, dice, on, LATE_DAYS_MIN)
        {
            return day;
        }
        let lags: &[(u32, (i32, i32))] =
            &[(24, (0, 0)), (34, (1, 1)), (20, (2, 2)), (11, (3, 3)), (8, (4, 7)), (3, (8, 13))];
        let (least, most) = dice.weighted(lags);
        calendar.working_day(on.add_days(dice.between(least, most)))
    }

    /// The day on which what was told on a day is amended, if anything so told is: always a later
    /// one. `None` if that never becomes known.
    pub(super) fn amended(self, calendar: &Calendar, dice: &mut Dice, told: Date) -> Option<Date> {
        if self.strikes(dice) { self.amended_again(calendar, dice, told) } else { None }
    }

    /// The same for what is amended in any case.
    pub(super) fn amended_again(
        self,
        calendar: &Calendar,
        dice: &mut Dice,
        told: Date,
    ) -> Option<Date> {
        self.delayed(calendar, dice, told, AMENDED_DAYS_MIN)
    }

    /// A working day at least `shortest` days after `from`. Each doubling of the delay is as
    /// likely as the other; the more is late, the more of it has any age that the state allows.
    fn delayed(
        self,
        calendar: &Calendar,
        dice: &mut Dice,
        from: Date,
        shortest: i32,
    ) -> Option<Date> {
        // No run of days without work is longer than four.
        let longest = from.days_until(calendar.last) - 5;
        let doublings = (0..16).take_while(|n| shortest << n <= longest).count();
        if doublings == 0 {
            return None;
        }
        let any_age = dice.percent(4 * self.percent);
        let least = shortest << dice.below(u32::try_from(doublings).unwrap_or(0));
        let days = if any_age {
            dice.between(shortest, longest)
        } else {
            dice.between(least, longest.min(2 * least - 1))
        };
        Some(calendar.working_day(from.add_days(days)))
    }
}

/// An instant within the working hours of a day.
pub(super) fn moment(dice: &mut Dice, day: Date) -> Timestamp {
    let second = REGISTRATION_SECONDS + dice.below(OPEN_SECONDS - REGISTRATION_SECONDS);
    at_second(dice, day, second)
}

/// An instant at the opening of a day.
pub(super) fn opening(dice: &mut Dice, day: Date) -> Timestamp {
    let second = dice.below(REGISTRATION_SECONDS);
    at_second(dice, day, second)
}

fn at_second(dice: &mut Dice, day: Date, second: u32) -> Timestamp {
    let micros = i64::from(dice.below(1_000_000));
    instant(day, (OPENING_SECOND + i64::from(second)) * MICROS_PER_SECOND + micros)
}
