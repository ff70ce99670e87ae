//! Events to append, each given out once.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Lines};
use std::path::PathBuf;

use anyhow::{Context as _, Result};
use events::{Admission, EventType, Incoming, Json};

use super::input::Input;

/// The events of a file, in order, as an adapter would send them; at its end again from the start,
/// under other identities.
#[derive(Debug)]
pub(crate) struct Supply {
    path: PathBuf,
    lines: Lines<BufReader<File>>,
    lap: u32,
}

impl Supply {
    pub(crate) fn new(input: &Input) -> Result<Self> {
        let path = input.path.clone();
        Ok(Self { lines: lines(&path)?, path, lap: 0 })
    }

    /// From now on under identities that no generated state has.
    pub(crate) const fn rename(&mut self) {
        self.lap += 1_000;
    }

    /// The next events. Corrections and retractions are left out: they name events that must have
    /// been appended before, and concurrent callers keep no order.
    pub(crate) fn take(&mut self, count: usize) -> Result<Vec<Incoming>> {
        let mut events = Vec::with_capacity(count);
        while events.len() < count {
            let Some(line) = self.lines.next() else {
                self.lines = lines(&self.path)?;
                self.lap += 1;
                continue;
            };
            let json = Json::parse(line?.as_bytes()).context("a generated line is JSON")?;
            let mut event = Incoming::read(&json, Admission::Backfill)?;
            if matches!(event.content.kind, EventType::RecordCorrected | EventType::RecordRetracted)
            {
                continue;
            }
            event.recorded_time = None;
            if self.lap > 0 {
                event.content.key.id = format!("{}~{}", event.content.key.id, self.lap).into();
            }
            events.push(event);
        }
        Ok(events)
    }
}

fn lines(path: &PathBuf) -> Result<Lines<BufReader<File>>> {
    let file = File::open(path).with_context(|| format!("cannot read {}", path.display()))?;
    Ok(BufReader::with_capacity(1 << 20, file).lines())
}
