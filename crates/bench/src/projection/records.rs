//! The reference: a fold on one thread over records of 32 bytes, in order of position.

use std::io::{self, Write};

use rustc_hash::FxHashMap;

use eventlog::{EventLog, PAGE_EVENTS_MAX};
use events::{Date, Payload, Position};

use super::moments::Asking;

/// An event as the reference keeps it.
#[derive(Debug, Clone, Copy)]
struct Record {
    position: u64,
    subject: u32,
    day: i32,
    kind: Kind,
    a: u32,
    b: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u32)]
enum Kind {
    Removal,
    Exit,
    Assigned,
    Goal,
    Other,
}

/// Every event of a log, as records.
pub(super) struct Records {
    records: Vec<Record>,
    subjects: usize,
}

/// What the fold keeps of a child.
#[derive(Debug, Clone, Copy, Default)]
struct Child {
    removal: i32,
    exit: i32,
    reason: u32,
    goal: u32,
    provider: u32,
    county: u32,
}

/// Numbers for texts, from 1.
#[derive(Default)]
struct Numbered(FxHashMap<String, u32>);

impl Numbered {
    fn of(&mut self, text: &str) -> u32 {
        let next = u32::try_from(self.0.len() + 1).unwrap_or(u32::MAX);
        *self.0.entry(text.to_owned()).or_insert(next)
    }
}

/// Months of a goal's benchmark.
const MONTHS: [u32; 4] = [0, 12, 18, 24];

fn number(code: &str) -> u32 {
    match code {
        "reunification" => 1,
        "guardianship" => 2,
        "adoption" => 3,
        _ => 0,
    }
}

impl Records {
    /// Reads the whole log.
    pub(super) async fn read(log: &dyn EventLog) -> anyhow::Result<Self> {
        let head = log.head(None).await?.position.0;
        let (mut subjects, mut names) = (Numbered::default(), Numbered::default());
        let mut records = Vec::new();
        while (records.len() as u64) < head {
            let next = Position(records.len() as u64 + 1);
            for logged in log.page(next, PAGE_EVENTS_MAX).await? {
                let position = logged.position().0;
                let mut record =
                    Record { position, subject: 0, day: 0, kind: Kind::Other, a: 0, b: 0 };
                if let Some(event) = logged.event() {
                    record.subject = subjects.of(event.content.subject.as_str());
                    record.day = event.content.effective_on.day_number();
                    match event.content.payload() {
                        Payload::RemovalRecorded(_) => record.kind = Kind::Removal,
                        Payload::EpisodeClosed(p) => {
                            record.kind = Kind::Exit;
                            record.a = number(p.exit_reason.code());
                        }
                        Payload::GoalApproved(p) => {
                            record.kind = Kind::Goal;
                            record.a = number(p.goal.code());
                        }
                        Payload::CaseAssigned(p) => {
                            record.kind = Kind::Assigned;
                            record.a = names.of(p.provider.as_str());
                            record.b = p.county.as_ref().map_or(0, |c| names.of(c.as_str()));
                        }
                        _ => {}
                    }
                }
                records.push(record);
            }
        }
        Ok(Self { records, subjects: subjects.0.len() })
    }

    /// Writes one line of CSV for each: position, subject, day, kind, a, b.
    pub(super) fn write(&self, out: &mut impl Write) -> io::Result<()> {
        for Record { position, subject, day, kind, a, b } in &self.records {
            writeln!(out, "{position},{subject},{day},{},{a},{b}", *kind as u32)?;
        }
        Ok(())
    }

    /// Exits of the period and those in time, by provider and county, as known: what
    /// timely-permanency asks, without corrections, merges, doubts and policy.
    pub(super) fn timely(&self, asking: &Asking) -> Vec<((u32, u32), (u32, u32))> {
        let known = asking.known.position.0;
        let as_of = asking.as_of.day_number();
        let mut children = vec![Child::default(); self.subjects + 1];
        for record in self.records.iter().take_while(|r| r.position <= known) {
            if record.day > as_of {
                continue;
            }
            let child = &mut children[record.subject as usize];
            match record.kind {
                Kind::Removal => (child.removal, child.exit) = (record.day, 0),
                Kind::Exit => (child.exit, child.reason) = (record.day, record.a),
                Kind::Goal => child.goal = record.a,
                Kind::Assigned => (child.provider, child.county) = (record.a, record.b),
                Kind::Other => {}
            }
        }
        let days = asking.period.start.day_number()..=asking.period.end.day_number();
        let mut rows: FxHashMap<(u32, u32), (u32, u32)> = FxHashMap::default();
        for child in children.iter().filter(|c| days.contains(&c.exit) && c.goal > 0) {
            let row = rows.entry((child.provider, child.county)).or_default();
            row.1 += 1;
            let deadline = Date::from_day_number(child.removal)
                .add_months(MONTHS[child.goal as usize])
                .day_number();
            row.0 += u32::from(child.goal == child.reason && child.exit <= deadline);
        }
        let mut rows: Vec<_> = rows.into_iter().collect();
        rows.sort_unstable();
        rows
    }
}
