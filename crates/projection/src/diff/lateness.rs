//! Whether a fact was recorded in time: the measure of data timeliness.
//!
//! **Source.** FACES data timeliness memo: placement changes, legal status, entries and exits within
//! 2 business days, everything else within 30 days. An early entry is in time.

use std::collections::BTreeSet;

use events::Date;

/// Business days within which a change of status is recorded.
const BUSINESS_DAYS: usize = 2;
/// Days within which everything else is recorded.
const DAYS: i32 = 30;

/// Days that are no business days.
pub(super) type Holidays = BTreeSet<Date>;

/// Whether something was recorded too late for the day on which it is true; `recorded` is the day
/// of the record in Chicago. Of entries, exits, placement changes and legal status, business days
/// are counted after the day on which they are true.
pub(super) fn late(of_status: bool, effective: Date, recorded: Date, holidays: &Holidays) -> bool {
    if !of_status {
        return effective.days_until(recorded) > DAYS;
    }
    let mut day = effective;
    let mut business = 0;
    while day < recorded && business <= BUSINESS_DAYS {
        day = day.next();
        business += usize::from(is_business_day(day, holidays));
    }
    business > BUSINESS_DAYS
}

/// Monday to Friday, but for holidays. 0001-01-01, day 1, was a Monday.
fn is_business_day(day: Date, holidays: &BTreeSet<Date>) -> bool {
    (day.day_number() - 1).rem_euclid(7) < 5 && !holidays.contains(&day)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(text: &str) -> Date {
        text.parse().expect("a date")
    }

    #[test]
    fn changes_of_status_have_two_business_days() {
        let holidays = Holidays::from([date("2024-05-27")]);
        let is_late = |effective, recorded| late(true, date(effective), date(recorded), &holidays);
        // A Thursday: Friday and, after the weekend and Memorial Day, Tuesday.
        assert!(!is_late("2024-05-23", "2024-05-28"));
        assert!(is_late("2024-05-23", "2024-05-29"));
        assert!(!is_late("2024-05-23", "2024-05-20"), "early");
        assert!(is_late("2020-05-23", "2024-05-20"));
    }

    #[test]
    fn everything_else_has_thirty_days() {
        let is_late = |recorded| late(false, date("2024-01-01"), date(recorded), &Holidays::new());
        assert!(!is_late("2024-01-31"));
        assert!(is_late("2024-02-01"));
    }
}
