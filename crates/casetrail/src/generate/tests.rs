//! Tests of what every state promises, and of the magnitudes of a large one.

use std::collections::{BTreeMap, BTreeSet};

use eventlog::{Batch, EventLog as _, Memory, SeededEntropy, SetClock};
use events::v1::child::{ExitReason, Setting};
use events::{Admission, Date, EventType, Family, Incoming, Json, Payload, Subject, Timestamp};

use super::calendar::holidays;
use super::{Generated, Generator, Options, OptionsError};

fn options(children: u32) -> Options {
    Options { children, ..Options::default() }
}

fn state(options: Options) -> Generator {
    Generator::new(options).unwrap()
}

fn lines(options: Options) -> Vec<u8> {
    let mut out = Vec::new();
    state(options).for_each(|event| event.write_line(&mut out));
    out
}

#[test]
fn the_same_options_give_the_same_bytes() {
    let first = lines(options(60));
    assert!(first == lines(options(60)));
    assert!(first != lines(Options { seed: 2, ..options(60) }));
}

/// Whoever names a state by its seed means these bytes: change them on purpose alone.
#[test]
fn a_seed_stands_for_one_state() {
    let bytes = lines(Options { years: 3, ..options(20) });
    // FNV-1a.
    let digest = bytes.iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    });
    assert_eq!((bytes.len(), digest), (602_006, 6_786_721_700_183_622_469));
}

#[test]
fn recorded_time_never_decreases_and_stays_within_the_state() {
    for years in [1, 4] {
        let options = Options { years, late_percent: 20, ..options(150) };
        let first: Timestamp = format!("{}-01-01T14:00:00Z", 2026 - years).parse().unwrap();
        let until: Timestamp = "2025-12-31T22:00:00Z".parse().unwrap();
        let mut last = first;
        for event in state(options) {
            assert!(event.recorded_time >= last && event.recorded_time < until, "{event:?}");
            last = event.recorded_time;
        }
    }
}

#[test]
fn exactly_the_children_asked_for_come_into_care() {
    for children in [1, 2, 97] {
        let removed: BTreeSet<Subject> = state(Options { late_percent: 0, ..options(children) })
            .filter(|event| event.payload.kind() == EventType::RemovalRecorded)
            .map(|event| event.subject)
            .collect();
        assert_eq!(removed.len(), children as usize);
    }
}

#[test]
fn every_line_is_read_as_backfill() {
    for thin in [false, true] {
        for event in state(Options { thin, late_percent: 20, ..options(60) }) {
            let mut line = Vec::new();
            event.write_line(&mut line);
            assert_eq!(line.pop(), Some(b'\n'));
            let json = Json::parse(&line).unwrap();
            let read = Incoming::read(&json, Admission::Backfill).unwrap();
            assert_eq!(read, event.incoming().unwrap());
            assert_eq!(read.content.payload(), event.payload);
        }
    }
}

/// The log refuses an amendment that names what does not stand, and an identity used twice.
#[tokio::test]
async fn a_log_takes_every_event() {
    for (children, late_percent) in [(300, 4), (60, 20)] {
        let options = Options { late_percent, ..options(children) };
        let clock = SetClock::at("2026-01-01T00:00:00Z".parse().unwrap());
        let log = Memory::new("example.org/generated", clock, SeededEntropy(1));
        let events: Vec<Incoming> = state(options).map(|e| e.incoming().unwrap()).collect();
        for batch in events.chunks(500) {
            let (events, recorded_by) = (batch.to_vec(), "local".to_owned());
            let receipts = log.append(Batch::Backfill { events, recorded_by }).await.unwrap();
            assert!(receipts.iter().all(|receipt| !receipt.already_recorded));
        }
        assert_eq!(log.head(None).await.unwrap().position.0, events.len() as u64);
    }
}

#[test]
fn a_source_counts_what_it_sent() {
    let (mut sent, mut counted) = (0, 0);
    for event in state(options(50)).filter(|event| event.key.source == "faces") {
        match &event.payload {
            Payload::SourceCompleted(completed) => {
                counted += completed.counts.iter().flatten().map(|(_, n)| n).sum::<i64>();
                assert_eq!(counted, sent);
            }
            _ => sent += 1,
        }
    }
    assert!(counted > 1000);
}

/// What a state holds, counted.
#[derive(Default)]
struct Survey {
    events: u32,
    amendments: u32,
    /// Told at least a month after the fact, on streams of children and cases.
    late: u32,
    by_type: BTreeMap<EventType, u32>,
    settings: BTreeMap<Setting, u32>,
    /// Exits by reason with the days in care.
    exits: BTreeMap<ExitReason, Vec<i32>>,
    removals: BTreeMap<Subject, Vec<Date>>,
    exit_dates: BTreeMap<Subject, Vec<Date>>,
}

impl Survey {
    fn of(options: Options) -> Self {
        let mut survey = Self::default();
        state(options).for_each(|event| survey.count(event));
        survey
    }

    fn count(&mut self, event: Generated) {
        self.events += 1;
        *self.by_type.entry(event.payload.kind()).or_default() += 1;
        let told = event.recorded_time.chicago_date();
        let of_people = matches!(event.subject.family(), Family::Child | Family::Case);
        self.late += u32::from(of_people && event.effective_on.days_until(told) > 30);
        let on = event.effective_on;
        match event.payload {
            Payload::RecordCorrected(_) | Payload::RecordRetracted(_) => self.amendments += 1,
            Payload::PlacementStarted(placed) => {
                *self.settings.entry(placed.setting).or_default() += 1;
            }
            Payload::RemovalRecorded(_) => self.removals.entry(event.subject).or_default().push(on),
            Payload::EpisodeClosed(closed) => {
                let removals = self.removals.get(&event.subject).map_or(&[][..], Vec::as_slice);
                if let Some(removal) = removals.iter().rfind(|removal| **removal < on) {
                    let days = removal.days_until(on);
                    self.exits.entry(closed.exit_reason).or_default().push(days);
                }
                self.exit_dates.entry(event.subject).or_default().push(on);
            }
            _ => {}
        }
    }

    fn exits(&self) -> usize {
        self.exits.values().map(Vec::len).sum()
    }

    /// Exits by a reason, in percent, and their mean days in care.
    fn exit(&self, reason: ExitReason) -> (usize, i32) {
        let days = &self.exits[&reason];
        let mean = days.iter().sum::<i32>() / i32::try_from(days.len()).unwrap();
        (100 * days.len() / self.exits(), mean)
    }

    /// Removals within a year after an exit.
    fn reentries(&self) -> usize {
        let back = |(child, exits): (&Subject, &Vec<Date>)| {
            let removals = self.removals.get(child).map_or(&[][..], Vec::as_slice);
            let within =
                |exit: &&Date| removals.iter().any(|r| *r > **exit && exit.days_until(*r) <= 365);
            exits.iter().filter(within).count()
        };
        self.exit_dates.iter().map(back).sum()
    }
}

#[test]
fn magnitudes_are_those_published() {
    let survey = Survey::of(options(3000));
    let (percent, days) = survey.exit(ExitReason::Reunification);
    assert!((46..=54).contains(&percent) && (330..=410).contains(&days), "{percent} % {days}");
    let (percent, days) = survey.exit(ExitReason::Adoption);
    assert!((20..=27).contains(&percent) && (690..=820).contains(&days), "{percent} % {days}");
    let (percent, days) = survey.exit(ExitReason::Guardianship);
    assert!((19..=26).contains(&percent) && (550..=660).contains(&days), "{percent} % {days}");
    assert!((165_000..=195_000).contains(&survey.events), "{}", survey.events);
    let back = 1000 * survey.reentries() / survey.exits();
    assert!((25..=50).contains(&back), "{back} of 1000 exits");
    let in_care = 3000 - survey.exit_dates.len();
    assert!((250..=500).contains(&in_care), "{in_care} still in care");
    let placements: u32 = survey.settings.values().sum();
    let kin = survey.settings[&Setting::Relative] + survey.settings[&Setting::Kin];
    assert!((40..=55).contains(&(100 * kin / placements)), "{kin} of {placements}");
}

#[test]
fn every_type_occurs_that_an_adapter_of_cases_sends() {
    let survey = Survey::of(options(3000));
    for kind in EventType::ALL {
        let told = !matches!(kind.family(), Some(Family::Log | Family::Report));
        assert_eq!(survey.by_type.contains_key(kind), told, "{}", kind.name());
    }
}

#[test]
fn a_thin_state_has_about_eighteen_events_a_child() {
    let survey = Survey::of(Options { thin: true, ..options(2000) });
    assert!((34_000..=42_000).contains(&survey.events), "{}", survey.events);
}

#[test]
fn the_share_of_late_events_is_that_asked_for() {
    for percent in [0, 2, 20] {
        let survey = Survey::of(Options { late_percent: percent, ..options(1000) });
        let amendments = 1000 * survey.amendments / survey.events;
        let late = 1000 * survey.late / survey.events;
        assert!((4 * percent..=6 * percent).contains(&amendments), "{percent}: {amendments}");
        assert!((3 * percent..=6 * percent).contains(&late), "{percent}: {late}");
    }
}

#[test]
fn options_out_of_bounds_are_refused() {
    let refused = |options: Options| Generator::new(options).map(|_| ()).unwrap_err();
    assert_eq!(refused(options(0)), OptionsError::Children);
    assert_eq!(refused(Options { years: 0, ..options(1) }), OptionsError::Years);
    assert_eq!(refused(Options { years: 51, ..options(1) }), OptionsError::Years);
    assert_eq!(refused(Options { late_percent: 51, ..options(1) }), OptionsError::Late);
    assert_eq!(refused(Options { until: Date::MIN, ..options(1) }), OptionsError::Until);
}

#[test]
fn holidays_are_those_of_the_law() {
    let kept = |year| holidays(year).iter().map(ToString::to_string).collect::<Vec<_>>();
    // 1 January and 12 February were Sundays, kept on Mondays; 11 November was a Saturday.
    assert_eq!(
        kept(2023),
        [
            "2023-01-02",
            "2023-01-16",
            "2023-02-13",
            "2023-02-20",
            "2023-05-08",
            "2023-05-29",
            "2023-06-19",
            "2023-07-04",
            "2023-09-04",
            "2023-10-09",
            "2023-11-11",
            "2023-11-23",
            "2023-12-25",
        ]
    );
}
