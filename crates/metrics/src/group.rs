//! Groups: the values by which members are put into rows and filtered.

use events::v1::child::Goal;
use events::{Date, Json};
use timeline::{Names, Place, Sym};

/// A way of grouping and filtering.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Dimension {
    /// The prime contractor.
    Provider,
    /// The county of the assignment.
    County,
    /// The county's region.
    Region,
    /// The case manager.
    Worker,
    /// The goal judged.
    Goal,
    /// The month of the exit, deadline or entry.
    Month,
}

impl Dimension {
    /// Every dimension.
    pub const ALL: &'static [Self] =
        &[Self::Provider, Self::County, Self::Region, Self::Worker, Self::Goal, Self::Month];

    /// Its name in questions and answers.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Provider => "provider",
            Self::County => "county",
            Self::Region => "region",
            Self::Worker => "worker",
            Self::Goal => "goal",
            Self::Month => "month",
        }
    }

    /// The dimension of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|d| d.name() == name)
    }
}

/// Where a member, or a part of it, belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Group {
    /// Provider, county, region, worker.
    pub place: Place,
    /// The goal judged.
    pub goal: Option<Goal>,
    /// The first day of the month.
    pub month: Option<Date>,
}

impl Group {
    /// A group of a place alone.
    #[must_use]
    pub fn of(place: Place) -> Self {
        Self { place, goal: None, month: None }
    }

    /// A group of a provider alone.
    #[must_use]
    pub fn provider(provider: Sym) -> Self {
        Self::of(Place { provider: Some(provider), ..Place::default() })
    }

    /// The same in the month of a day.
    #[must_use]
    pub fn in_month(self, day: Date) -> Self {
        let (year, month, _) = day.ymd();
        Self { month: Date::from_ymd(year, month, 1), ..self }
    }

    /// The value in a dimension, as text.
    #[must_use]
    pub fn value(&self, dimension: Dimension, names: &Names) -> Option<String> {
        let text = |sym: Option<Sym>| sym.map(|s| names.text(s).to_owned());
        match dimension {
            Dimension::Provider => text(self.place.provider),
            Dimension::County => text(self.place.county),
            Dimension::Region => text(self.place.region),
            Dimension::Worker => text(self.place.worker),
            Dimension::Goal => self.goal.map(|g| g.code().to_owned()),
            Dimension::Month => self.month.map(Date::month_text),
        }
    }

    /// Only the values of these dimensions: the key of a row.
    #[must_use]
    pub fn only(&self, by: &[Dimension]) -> Self {
        let has = |d| by.contains(&d);
        let place = Place {
            provider: self.place.provider.filter(|_| has(Dimension::Provider)),
            county: self.place.county.filter(|_| has(Dimension::County)),
            region: self.place.region.filter(|_| has(Dimension::Region)),
            worker: self.place.worker.filter(|_| has(Dimension::Worker)),
        };
        Self {
            place,
            goal: self.goal.filter(|_| has(Dimension::Goal)),
            month: self.month.filter(|_| has(Dimension::Month)),
        }
    }
}

/// The values of a row's group in the order of `--by`; a missing value sorts last.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Row(pub Vec<(Dimension, Option<String>)>);

impl Row {
    /// The `group` member of an answer's row.
    #[must_use]
    pub fn to_json(&self) -> Json {
        Json::object(self.0.iter().map(|(dimension, value)| {
            (dimension.name(), value.as_deref().map_or(Json::Null, Json::from))
        }))
    }

    fn key(&self) -> impl Iterator<Item = (bool, &str)> {
        self.0.iter().map(|(_, value)| (value.is_none(), value.as_deref().unwrap_or("")))
    }
}

impl PartialOrd for Row {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Row {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.key().cmp(other.key())
    }
}
