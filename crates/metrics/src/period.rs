//! The days of a question.

use events::Date;

use crate::QuestionError;

/// Days from `start` to `end`, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period {
    /// First day.
    pub start: Date,
    /// Last day.
    pub end: Date,
}

impl Period {
    /// The calendar months that lie wholly in these days.
    pub fn whole_months(self) -> impl Iterator<Item = Self> {
        let (year, month, _) = self.start.ymd();
        let first = Date::from_ymd(year, month, 1).unwrap_or(self.start);
        let months = (0..).map(move |n| {
            let (start, next) = (first.add_months(n), first.add_months(n + 1));
            // Behind the last month that can be written there is no day.
            let end = if next == Date::MAX { next } else { next.add_days(-1) };
            Self { start, end }
        });
        let within = move |month: &Self| month.end <= self.end && month.start < month.end;
        months.skip_while(move |month| month.start < self.start).take_while(within)
    }
}

impl std::str::FromStr for Period {
    type Err = QuestionError;

    fn from_str(text: &str) -> Result<Self, QuestionError> {
        let wrong = || QuestionError::Period(text.to_owned());
        let (start, end) = text.split_once("..").ok_or_else(wrong)?;
        let date = |text: &str| text.parse::<Date>().map_err(|_| wrong());
        let period = Self { start: date(start)?, end: date(end)? };
        if period.start <= period.end { Ok(period) } else { Err(wrong()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_months_count() {
        let months = |days: &str| -> Vec<String> {
            let days: Period = days.parse().expect("a period");
            days.whole_months().map(|m| format!("{}..{}", m.start, m.end)).collect()
        };
        assert_eq!(months("2024-02-01..2024-03-30"), ["2024-02-01..2024-02-29"]);
        assert_eq!(months("2023-02-02..2023-03-31"), ["2023-03-01..2023-03-31"]);
        assert_eq!(months("2024-02-02..2024-03-30"), Vec::<String>::new());
        assert_eq!(months("2023-12-01..2024-01-31").len(), 2);
        assert_eq!(
            months("9999-11-01..9999-12-31"),
            ["9999-11-01..9999-11-30", "9999-12-01..9999-12-31"]
        );
    }
}
