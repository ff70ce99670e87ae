//! A seeded generator of a plausible state: years of case histories for trials and benchmarks.
//!
//! [`Generator`] yields the events of a state in order of recorded time; [`Generated::write_line`]
//! writes one as a line that `casetrail ingest --backfill` takes. The same [`Options`] give the
//! same bytes on every machine: all chance comes from seeded streams of whole numbers, and no
//! clock is read. Every correction and retraction names an event that stands when it arrives.
//!
//! Nothing here is real. Magnitudes follow what is published of Missouri (mix of exits, months in
//! care, share of relatives), county codes and legal holidays are the true ones; regions,
//! providers, facilities and people are invented. A state begins empty and fills up over its first
//! years, so shares of the long stays of a short state are lower than those of a long one.
//!
//! From the outside in: `plan` draws who enters when, `household` what happens to a family,
//! `episode` and its neighbours what happens to a child; `scribe` decides when each thing becomes
//! known and what of it is amended; `spool` keeps it until then, as a small `fact`; `world` holds
//! what all families share, told by the `registry`.

mod arrival;
mod calendar;
mod contacts;
mod dice;
mod episode;
mod facilities;
mod fact;
mod goals;
mod handling;
mod hearings;
mod household;
mod line;
mod payload;
mod placements;
mod plan;
mod policy;
mod providers;
mod registry;
mod residential;
mod scribe;
mod spool;
mod staff;
mod world;

use std::collections::BTreeMap;
use std::fmt;

use events::v1::amendment::{RecordCorrected, RecordRetracted};
use events::v1::source::SourceCompleted;
use events::{
    Content, Date, EventKey, EventType, Family, Incoming, Payload, Refusal, Subject, Timestamp,
};

use calendar::Calendar;
use household::TOLD_BEFORE_ENTRY_DAYS_MAX;
use plan::Household;
use registry::Source;
use spool::{Item, Say, Spool, Stream, Told, What};
use world::World;

/// The most children of a state.
pub const CHILDREN_MAX: u32 = 10_000_000;
/// The most years of a state.
pub const YEARS_MAX: u32 = 50;
/// The largest share of late entries and amendments, in percent.
pub const LATE_PERCENT_MAX: u32 = 50;

/// What state is generated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// How many children come into care, siblings among them; 1 to [`CHILDREN_MAX`].
    pub children: u32,
    /// How many years the state spans; 1 to [`YEARS_MAX`].
    pub years: u32,
    /// Another seed gives another state of the same kind.
    pub seed: u64,
    /// The last day of the state; nothing is recorded after it.
    pub until: Date,
    /// Of a hundred events, about how many are entries that come weeks to years late, or
    /// corrections and retractions of earlier ones; half of them each. At most
    /// [`LATE_PERCENT_MAX`].
    pub late_percent: u32,
    /// Leaves out meetings, visits, reviews, proposals and the like: about 18 events a child
    /// instead of about 60.
    pub thin: bool,
}

impl Default for Options {
    /// A thousand children in the ten years to the end of 2025.
    fn default() -> Self {
        let until = Date::from_ymd(2025, 12, 31).unwrap_or(Date::MIN);
        Self { children: 1000, years: 10, seed: 1, until, late_percent: 4, thin: false }
    }
}

/// Options of which no state is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OptionsError {
    /// No children, or too many.
    Children,
    /// No years, or too many.
    Years,
    /// The state would not lie within the years 1900 to 9000.
    Until,
    /// Too large a share of late entries.
    Late,
}

impl fmt::Display for OptionsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Children => write!(f, "a state has 1 to {CHILDREN_MAX} children"),
            Self::Years => write!(f, "a state spans 1 to {YEARS_MAX} years"),
            Self::Until => f.write_str("a state lies within the years 1900 to 9000"),
            Self::Late => {
                write!(f, "at most {LATE_PERCENT_MAX} percent come late or are amendments")
            }
        }
    }
}

impl std::error::Error for OptionsError {}

/// An event of a generated state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Generated {
    /// When it is recorded; never decreases from one to the next.
    pub recorded_time: Timestamp,
    /// Its identity, unique within the state.
    pub key: EventKey,
    /// Its stream.
    pub subject: Subject,
    /// The day on which it is true.
    pub effective_on: Date,
    /// What it says.
    pub payload: Payload,
}

impl Generated {
    /// The event as a log takes it under [`events::Admission::Backfill`], checked as any other.
    ///
    /// # Errors
    /// What the vocabulary refuses; a generated event is not refused.
    pub fn incoming(&self) -> Result<Incoming, Refusal> {
        let content = Content::new(&self.key, &self.subject, self.effective_on, &self.payload)?;
        let recorded_time = Some(self.recorded_time);
        Ok(Incoming { content, expected_revision: None, recorded_time })
    }
}

/// The events of a state, in order of recorded time.
///
/// Memory: about 50 bytes for each event of the children who are in care at a time, and for each
/// amendment that is still to come.
#[derive(Debug)]
pub struct Generator {
    world: World,
    spool: Spool,
    households: Vec<Household>,
    /// How many households have been drawn.
    entered: usize,
    today: std::vec::IntoIter<Item>,
    /// Events by type that each source has sent since it last said that it is complete.
    sent: [BTreeMap<EventType, i64>; Source::ALL.len()],
}

impl Generator {
    /// Draws the registers and the plan of a state; the rest follows as it is asked for.
    ///
    /// # Errors
    /// [`OptionsError`].
    pub fn new(options: Options) -> Result<Self, OptionsError> {
        let first = first_day(&options)?;
        let calendar = Calendar::new(first, options.until);
        let mut spool = Spool::new(&calendar);
        let households = plan::households(&options, calendar.first, calendar.last);
        let world = World::new(options, calendar, &mut spool);
        let today = Vec::new().into_iter();
        let sent = Default::default();
        Ok(Self { world, spool, households, entered: 0, today, sent })
    }

    /// Draws what happens to the households that enter soon, and takes the items of the next day.
    fn turn_day(&mut self) -> Option<()> {
        let soon = self.spool.day().add_days(TOLD_BEFORE_ENTRY_DAYS_MAX);
        while let Some(household) = self.households.get(self.entered).filter(|h| h.entry <= soon) {
            household::write(&self.world, &mut self.spool, *household);
            self.entered += 1;
        }
        self.today = self.spool.take()?.into_iter();
        Some(())
    }

    fn event(&mut self, item: Item) -> Generated {
        let event = match item.what {
            What::Ready(event) => *event,
            What::Told(told) => self.told(item.at, &told),
            What::Completed(source, through) => return self.completed(item.at, source, through),
        };
        let source = Source::ALL.iter().position(|source| event.key.source == source.name());
        if let Some(source) = source {
            *self.sent[source].entry(event.payload.kind()).or_default() += 1;
        }
        event
    }

    fn told(&self, at: Timestamp, told: &Told) -> Generated {
        let household = &self.households[told.household as usize];
        let (subject, source) = match told.stream {
            Stream::Child => (household.child(told.member), Source::Faces),
            Stream::Alias => (household.alias(told.member), Source::Faces),
            Stream::Case => (household.case(), Source::Contracts),
            Stream::Policy => {
                (payload::subject(Family::Policy, payload::EXCLUDED_FROM), Source::Division)
            }
        };
        let key = |number| EventKey {
            source: source.name().into(),
            id: format!("F{}-{number}", household.number()).into(),
        };
        let payload = match &told.say {
            Say::Fact(fact) => payload::payload(household, told.member, fact),
            Say::Correction(correction) => {
                let replacement = payload::payload(household, told.member, &correction.fact);
                RecordCorrected {
                    corrects: key(correction.named),
                    effectiveon: correction.on,
                    data: replacement.write().as_object().cloned().unwrap_or_default(),
                    raw: None,
                }
                .into()
            }
            Say::Retraction(number) => {
                let reason = "entered by mistake".into();
                RecordRetracted { retracts: key(*number), reason, raw: None }.into()
            }
        };
        let key = key(told.number);
        Generated { recorded_time: at, key, subject, effective_on: told.on, payload }
    }

    /// What a source says once it has sent a month.
    fn completed(&mut self, at: Timestamp, source: Source, through: Date) -> Generated {
        let index = Source::ALL.iter().position(|s| *s == source).unwrap_or(0);
        let sent = std::mem::take(&mut self.sent[index]);
        let counts = sent.into_iter().map(|(kind, n)| (kind.name().to_owned(), n)).collect();
        let month = through.month_text();
        let completed = SourceCompleted {
            through,
            extract: Some(month.as_str().into()),
            counts: Some(counts),
            raw: None,
        };
        Generated {
            recorded_time: at,
            key: EventKey { source: source.name().into(), id: format!("complete-{month}").into() },
            subject: payload::subject(Family::Source, source.name()),
            effective_on: through,
            payload: completed.into(),
        }
    }
}

impl Iterator for Generator {
    type Item = Generated;

    fn next(&mut self) -> Option<Generated> {
        loop {
            if let Some(item) = self.today.next() {
                return Some(self.event(item));
            }
            self.turn_day()?;
        }
    }
}

/// The first day of a state, if its options are within bounds.
fn first_day(options: &Options) -> Result<Date, OptionsError> {
    if !(1..=CHILDREN_MAX).contains(&options.children) {
        return Err(OptionsError::Children);
    }
    let years =
        i32::try_from(options.years).ok().filter(|_| (1..=YEARS_MAX).contains(&options.years));
    let years = years.ok_or(OptionsError::Years)?;
    if options.late_percent > LATE_PERCENT_MAX {
        return Err(OptionsError::Late);
    }
    let year = options.until.ymd().0;
    if year - years < 1900 || year > 9000 {
        return Err(OptionsError::Until);
    }
    Ok(options.until.birthday(-years).next())
}

#[cfg(test)]
mod tests;
