//! Bulk ingestion by the real program, and reference C in the same rounds.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

use super::input::Input;
use super::{Bench, bare_pipeline};
use crate::process::{Ran, own_seconds, run};
use crate::{Bar, Limit, Measure, cores, tell};

/// Cores that both are bound to.
const CORES: usize = 2;
const RATE_MIN: f64 = 250_000.0;
const OF_BARE_PIPELINE: f64 = 0.6;
const MIB: f64 = (1 << 20) as f64;

/// Measures rounds of ingestion into a fresh log each; the last one stays.
pub(super) fn measure(bench: &Bench<'_>, input: &Input, log: &Path) -> Result<Vec<Measure>> {
    let events = input.events as f64;
    let (mut ours, mut bare) = (Vec::new(), Vec::new());
    let (mut processor, mut bare_processor, mut memory) = (Vec::new(), Vec::new(), Vec::new());
    for round in 0..bench.args.long_rounds() {
        tell(&format!("ingesting {} events: bare pipeline, casetrail", input.events));
        let mut one_bare = || {
            let before = own_seconds();
            let (seconds, piped) = bare_pipeline::run(&input.path)?;
            bare_processor.push(own_seconds() - before);
            ensure!(piped.events == input.events, "the pipeline saw {} events", piped.events);
            bare.push(events / seconds);
            anyhow::Ok(())
        };
        if round % 2 == 0 {
            one_bare()?;
        }
        let ran = ingest(bench, input, log)?;
        ours.push(events / ran.seconds);
        processor.push(ran.processor_seconds);
        memory.push(ran.memory_bytes_max as f64 / MIB);
        if round % 2 == 1 {
            one_bare()?;
        }
    }
    let rate = Bar::binding(Limit::AtLeast(RATE_MIN));
    let share = Bar::binding(Limit::AtLeast(OF_BARE_PIPELINE));
    let wall: Vec<f64> = ours.iter().map(|rate| events / rate).collect();
    Ok(vec![
        Measure::new("ingest", "events/s", &ours).with_bar(rate).with_note(
            "`casetrail ingest --backfill`, from start to exit, closing included, on two cores",
        ),
        Measure::new("ingest", "events/s", &ours).against("C", &ours, &bare).with_bar(share),
        Measure::new("ingest, from start to exit", "s", &wall),
        Measure::new("ingest, processor time of all threads", "s", &processor).against(
            "C",
            &processor,
            &bare_processor,
        ),
        Measure::new("ingest, memory at most", "MiB", &memory),
    ])
}

/// Ingests once, not as a measure of speed but for what is measured on the log.
pub(super) fn load(bench: &Bench<'_>, input: &Input, log: &Path) -> Result<Measure> {
    tell(&format!("ingesting {} events", input.events));
    let ran = ingest(bench, input, log)?;
    let name = format!("ingest of {} events, memory at most", input.events);
    Ok(Measure::new(name, "MiB", &[ran.memory_bytes_max as f64 / MIB])
        .with_note(format!("{:.0} events/s in one round", input.events as f64 / ran.seconds)))
}

fn ingest(bench: &Bench<'_>, input: &Input, log: &Path) -> Result<Ran> {
    if log.exists() {
        fs::remove_dir_all(log)?;
    }
    let mut command = Command::new(&bench.casetrail);
    command.arg("ingest").arg(&input.path).arg("--log").arg(log);
    command.args(["--backfill", "--strict", "--json", "--origin", "bench.example/log"]);
    command.arg("--quarantine").arg(bench.scratch.join("quarantine.ndjson"));
    let ran = cores::on(CORES, || run(&mut command))?;
    let outcome: Value = serde_json::from_str(&ran.output).context("ingest prints JSON")?;
    let recorded = &outcome[0]["recorded"];
    ensure!(recorded.as_u64() == Some(input.events), "{recorded} events were recorded");
    Ok(ran)
}
