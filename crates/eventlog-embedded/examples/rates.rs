//! Measures the engine in a directory: appends by one and by many callers, opening, reading.
//!
//! `cargo run --release -p eventlog-embedded --example rates -- <empty directory> [events]`

#![expect(clippy::print_stdout, reason = "the measures are the program's output")]
#![expect(clippy::disallowed_methods, reason = "a benchmark measures time")]

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use eventlog::{Batch, EventLog, PAGE_EVENTS_MAX};
use eventlog_embedded::{EmbeddedLog, Options};
use events::{Content, EventKey, Incoming, Json, Position, Revision};

type Failure = Box<dyn std::error::Error>;

const MEASURED: Duration = Duration::from_secs(3);

fn main() -> Result<(), Failure> {
    let mut arguments = std::env::args().skip(1);
    let dir = arguments.next().ok_or("which directory?")?;
    let count = arguments.next().map_or(Ok(1_000_000), |count| count.parse())?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build()?;
    runtime.block_on(measure(&PathBuf::from(dir), count))
}

async fn measure(dir: &std::path::Path, count: u64) -> Result<(), Failure> {
    let log = Arc::new(EmbeddedLog::open(dir, Options::default())?);
    for (round, callers) in (1..).zip([1, 16, 64, 256]) {
        measure_callers(&log, callers, round * 100_000_000).await?;
    }
    let next = load(&log, count).await?;
    let sealed = log.watch_sealed(Position(next / 65_536 * 65_536)).await?;
    println!("sealed through {sealed}");
    measure_reads(&*log, next).await?;

    log.close()?;
    drop(log);
    println!("disk: {:.1} B/event", bytes_under(dir)? as f64 / next as f64);
    for way in ["closed", "dropped"] {
        let start = Instant::now();
        let log = EmbeddedLog::open(dir, Options::default())?;
        println!("open after being {way}: {:?}", start.elapsed());
        let head = log.head(None).await?;
        println!("  first head: {:?} after opening began, {}", start.elapsed(), head.position);
    }
    let log = EmbeddedLog::open(dir, Options::default())?;
    measure_reads(&log, next).await
}

/// Lets callers append one event at a time for a while.
async fn measure_callers(log: &Arc<EmbeddedLog>, callers: u64, first: u64) -> Result<(), Failure> {
    let start = Instant::now();
    let mut tasks = Vec::new();
    for caller in 0..callers {
        let log = Arc::clone(log);
        tasks.push(tokio::spawn(async move {
            let mut waits = Vec::new();
            let mut n = first + caller;
            while start.elapsed() < MEASURED {
                let begun = Instant::now();
                log.append(batch(vec![event(n)])).await?;
                waits.push(begun.elapsed());
                n += callers;
            }
            Ok::<_, eventlog::AppendError>(waits)
        }));
    }
    let mut waits = Vec::new();
    for task in tasks {
        waits.extend(task.await??);
    }
    waits.sort();
    let rate = waits.len() as f64 / start.elapsed().as_secs_f64();
    let at = |share: usize| waits[(waits.len() - 1) * share / 100];
    println!("{callers} callers: {rate:.0} appends/s, p50 {:?}, p99 {:?}", at(50), at(99));
    Ok(())
}

/// Appends batches of 500, eight of them under way.
async fn load(log: &EmbeddedLog, count: u64) -> Result<u64, Failure> {
    let start = Instant::now();
    let mut under_way = std::collections::VecDeque::new();
    for from in (0..count).step_by(500) {
        let events = (from..count.min(from + 500)).map(event).collect();
        under_way.push_back(log.append(batch(events)));
        if under_way.len() == 8
            && let Some(oldest) = under_way.pop_front()
        {
            oldest.await?;
        }
    }
    for outcome in under_way {
        outcome.await?;
    }
    let rate = count as f64 / start.elapsed().as_secs_f64();
    println!("batches of 500: {rate:.0} events/s");
    Ok(log.head(None).await?.position.0)
}

async fn measure_reads(log: &dyn EventLog, head: u64) -> Result<(), Failure> {
    let start = Instant::now();
    let mut next = 1;
    while next <= head {
        let page = log.page(Position(next), PAGE_EVENTS_MAX).await?;
        next += page.len() as u64;
    }
    println!("pages: {:.0} events/s", head as f64 / start.elapsed().as_secs_f64());

    let start = Instant::now();
    for n in 0..2_000 {
        let position = Position(n * 7_919 % head + 1);
        log.page(position, 1).await?;
    }
    println!("one event: {:?}", start.elapsed() / 2_000);

    let start = Instant::now();
    let mut events = 0;
    for n in 0..2_000 {
        let subject = format!("child/C{}", n * 31 % 56_000).parse()?;
        events += log.stream(&subject, Revision(1), PAGE_EVENTS_MAX).await?.len();
    }
    println!("a stream of {}: {:?}", events / 2_000, start.elapsed() / 2_000);

    let start = Instant::now();
    for n in 0..2_000 {
        log.find(&EventKey { source: "rates".into(), id: format!("absent-{n}").into() }).await?;
    }
    println!("an identity that is not there: {:?}", start.elapsed() / 2_000);

    let start = Instant::now();
    log.head(Some(Position(head - 300))).await?;
    println!("a past head: {:?}", start.elapsed());
    Ok(())
}

fn batch(events: Vec<Incoming>) -> Batch {
    Batch::Adapter { events, recorded_by: "rates".to_owned() }
}

/// A placement of some child, about 400 bytes as JSON.
fn event(n: u64) -> Incoming {
    let stirred = n.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let text = format!(
        r#"{{"specversion":"1.0","source":"rates","id":"{stirred:016x}-{n}",
            "type":"casetrail.placement.started.v1","subject":"child/C{}",
            "effectiveon":"2024-{:02}-{:02}","time":"2024-06-01T08:{:02}:{:02}-05:00",
            "data":{{"placement_id":"P-{n}","setting":"foster-family","facility_id":"R-{}",
            "location":"in-state","county":"29{:03}","reason":"note {stirred:x}"}}}}"#,
        stirred % 56_000,
        n % 12 + 1,
        n % 28 + 1,
        n / 60 % 60,
        n % 60,
        n % 300,
        n % 115 * 2 + 1,
    );
    let json = Json::parse(text.as_bytes()).expect("JSON");
    let content = Content::from_json(&json).expect("an event of the vocabulary");
    Incoming { content, expected_revision: None, recorded_time: None }
}

fn bytes_under(dir: &std::path::Path) -> std::io::Result<u64> {
    let mut bytes = 0;
    for entry in std::fs::read_dir(dir)? {
        let entry = entry?;
        let metadata = entry.metadata()?;
        bytes += if metadata.is_dir() { bytes_under(&entry.path())? } else { metadata.len() };
    }
    Ok(bytes)
}
