//! What is told of registers: staff, facilities, providers, places, policy.
//!
//! There is little of it, so its events are made at once and wait in the spool.

use events::v1::amendment::RecordCorrected;
use events::{Date, EventKey, Payload, Subject};

use super::Generated;
use super::arrival::{Lateness, moment};
use super::calendar::Calendar;
use super::dice::Dice;
use super::spool::{Item, Spool, What};

/// An adapter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Source {
    /// The case system.
    Faces,
    /// Training records.
    Elc,
    /// Contracts and their costs.
    Contracts,
    /// The Division's registers and decisions.
    Division,
}

impl Source {
    pub(super) const ALL: [Self; 4] = [Self::Faces, Self::Elc, Self::Contracts, Self::Division];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Faces => "faces",
            Self::Elc => "elc",
            Self::Contracts => "contracts",
            Self::Division => "division",
        }
    }
}

/// Takes what the registers tell.
pub(super) struct Registry<'a> {
    pub(super) calendar: &'a Calendar,
    spool: &'a mut Spool,
    dice: Dice,
    lateness: Lateness,
    told: u32,
}

impl<'a> Registry<'a> {
    pub(super) fn new(
        calendar: &'a Calendar,
        spool: &'a mut Spool,
        dice: Dice,
        lateness: Lateness,
    ) -> Self {
        Self { calendar, spool, dice, lateness, told: 0 }
    }

    /// First and last day of the state.
    pub(super) fn span(&self) -> (Date, Date) {
        (self.calendar.first, self.calendar.last)
    }

    /// Tells something that came true on a day: what is older than the state is loaded at its
    /// start, what is known only after its end is left out.
    pub(super) fn tell(&mut self, source: Source, subject: &Subject, on: Date, payload: Payload) {
        let loading = self.calendar.first.add_days(self.dice.between(0, 2));
        let told = if on < self.calendar.first {
            self.calendar.working_day(loading)
        } else {
            self.lateness.day(self.calendar, &mut self.dice, on)
        };
        if told > self.calendar.last {
            return;
        }
        let amended = self.lateness.amended(self.calendar, &mut self.dice, told);
        let key = self.key(source);
        if let Some(amended) = amended {
            self.correct(&key, subject, on, amended, &payload);
        }
        self.put(told, key, subject, on, payload);
    }

    /// Tells something that is decided ahead: recorded on `told`, in force from `on`.
    pub(super) fn decide(&mut self, subject: &Subject, told: Date, on: Date, payload: Payload) {
        let told = self.calendar.working_day(told.max(self.calendar.first));
        if told <= self.calendar.last {
            let key = self.key(Source::Division);
            self.put(told, key, subject, on, payload);
        }
    }

    /// Moves the effective date of what was told by some days.
    fn correct(
        &mut self,
        named: &EventKey,
        subject: &Subject,
        on: Date,
        told: Date,
        payload: &Payload,
    ) {
        let data = payload.write().as_object().cloned().unwrap_or_default();
        let moved = on.add_days(self.dice.pick(&[-9, -5, -2, -1]));
        let correction =
            RecordCorrected { corrects: named.clone(), effectiveon: Some(moved), data, raw: None };
        let key = EventKey { source: named.source.clone(), id: format!("{}-c", named.id).into() };
        self.put(told, key, subject, told, correction.into());
    }

    fn key(&mut self, source: Source) -> EventKey {
        self.told += 1;
        EventKey { source: source.name().into(), id: format!("register-{}", self.told).into() }
    }

    fn put(&mut self, told: Date, key: EventKey, subject: &Subject, on: Date, payload: Payload) {
        let recorded_time = moment(&mut self.dice, told);
        let subject = subject.clone();
        let event = Generated { recorded_time, key, subject, effective_on: on, payload };
        self.spool.put(told, Item { at: recorded_time, what: What::Ready(Box::new(event)) });
    }
}
